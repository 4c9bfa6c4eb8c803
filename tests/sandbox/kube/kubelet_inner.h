/* What the files about calls to kubelets share. Not for others. */
#ifndef SANDBOX_KUBE_KUBELET_INNER_H
#define SANDBOX_KUBE_KUBELET_INNER_H

#include "tests/sandbox/kube/kubelet.h"
#include "tests/sandbox/kube/model.h"

/* kubelet_node.c: where the kubelet of a node listens, in `call->host` and `port`. */
int kubelet_locate(struct call *c, const char *node, struct kubelet_call *call);
/* "10.0.0.1:10250", with brackets around IPv6. free() it. */
char *kubelet_authority(const struct kubelet_call *call);

/* kubelet_request.c: the bytes. `target` is path and query. */
#define KUBELET_REQUEST_MAX ((size_t)8 << 20)
void kubelet_log_request(struct kubelet_call *call, const char *target);
/* The client's own request to another target; `upgrade`: with what asks for one. */
void kubelet_client_request(const struct call *c, struct kubelet_call *call, const char *target, bool upgrade);
/* Does the client ask that its connection becomes another protocol? */
bool kubelet_asks_upgrade(const struct sandbox_request *req);
/* NAME=VALUE as Go's url.Values encodes them, with ? or & before. */
void kubelet_query_add(struct buf *target, const char *name, const char *value);

/* kubelet_log.c: path and query of a log, from the options in the call's query. */
int kubelet_log_target(struct call *c, const char *container, struct buf *target);

#endif
