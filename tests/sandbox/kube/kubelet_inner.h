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
/* The words of a header stand between commas and spaces. Where the next one ends, NULL: there is none; `p` may be NULL.
 */
#define KUBELET_WORD_MAX 256 /* the rest is cut */
const char *kubelet_next_word(const char *p, char word[KUBELET_WORD_MAX]);
/* Is one of the words this one? */
bool kubelet_has_word(const char *value, const char *word);
/* Of KUBELET_STREAMS: the API server's own. */
void kubelet_streams_request(struct kubelet_call *call, const char *target);
/* The client's own request to another target; `upgrade`: with what asks for one, or for SPDY when that is in the
 * tunnel.
 */
void kubelet_client_request(const struct call *c, struct kubelet_call *call, const char *target, bool upgrade);
/* Does the client ask that its connection becomes another protocol? */
bool kubelet_asks_upgrade(const struct sandbox_request *req);
/* NAME=VALUE as Go's url.Values encodes them, with ? or & before. */
void kubelet_query_add(struct buf *target, const char *name, const char *value);

/* kubelet_front.c */
#define KUBELET_TUNNEL_PREFIX "SPDY/3.1+"
/* Does this subprotocol of WebSockets carry SPDY? */
bool kubelet_is_tunnel(const char *protocol);
/* Sets the call's front, and what belongs to it. */
int kubelet_choose_front(struct call *c, const char *node, struct kubelet_call *call);

/* kubelet_answer.c: a request that failed, as Go names it: Get "https://…": why; free(). */
char *kubelet_request_failed(const struct kubelet_call *call, const char *url, const char *why);

/* kubelet_log.c: path and query of a log, from the options in the call's query. */
int kubelet_log_target(struct call *c, const char *container, struct buf *target);

#endif
