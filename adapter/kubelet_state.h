/* What the files of the kubelet share. */
#ifndef ADAPTER_KUBELET_STATE_H
#define ADAPTER_KUBELET_STATE_H

#include "adapter/kubelet.h"
#include "adapter/look.h"
#include "base/file_set.h"
#include "kube/kubelet_port.h"
#include "mesos/agent.h"
#include "mesos/credentials.h"

#define AGENT_URL_MAX 128

struct kubelet {
	struct kubelet_config cfg;
	struct kubelet_auth *auth;
	struct kubelet_port *port;
	struct file_set files;		      /* certificates and keys of the port */
	struct mesos_credentials credentials; /* for agents */
	uv_timer_t *look;		      /* at the files */
};

/* The pod and container that are asked about. False: refused already. */
bool kubelet_find(struct kubelet *k, struct kubelet_exchange *x, struct core_look *ret);
/* Where the agent is. False: that is not known, refused already. */
bool kubelet_agent_url(struct kubelet_exchange *x, const struct core_look *look, char url[AGENT_URL_MAX]);
/* How to speak to it at present; for one call. */
struct mesos_agent kubelet_agent(const struct kubelet *k, const char *url);
/* The container's id without "mesos://"; NULL when the run has none. */
const char *kubelet_container_id(const struct run *run);

/* kubelet_identity.c: certificates from files, or made here; what is shown to agents */
int kubelet_identify(struct kubelet *k, struct err *e);
int kubelet_read_credentials(struct kubelet *k, struct err *e);
void kubelet_watch_files(struct kubelet *k);

/* kubelet_exec.c: exec and attach */
void kubelet_run_session(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_forward.c */
void kubelet_forward(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_logs.c; the handlers of its exchanges */
void kubelet_logs(struct kubelet *k, struct kubelet_exchange *x);
void kubelet_logs_sent(struct kubelet_exchange *x);
void kubelet_logs_gone(struct kubelet_exchange *x);

#endif
