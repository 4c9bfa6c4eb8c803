/* What the files of the kubelet share. */
#ifndef ADAPTER_KUBELET_STATE_H
#define ADAPTER_KUBELET_STATE_H

#include "adapter/agent_stats.h"
#include "adapter/kubelet.h"
#include "adapter/look.h"
#include "base/backoff.h"
#include "base/file_set.h"
#include "base/heap.h"
#include "base/map.h"
#include "kube/csr.h"
#include "kube/kubelet_port.h"
#include "mesos/agent.h"
#include "mesos/credentials.h"

#define AGENT_URL_MAX 128
#define AGENT_CONNECTIONS_MAX 4096		 /* to one agent at a time: two for each session */
#define KUBELET_RUN_OUTPUT_MAX ((size_t)4 << 20) /* bytes of each stream of a command of run */

/* A certificate from Kubernetes: kubelet_serving.c. */
struct kubelet_serving {
	char *issued; /* with its key; NULL: none yet */
	char *key;    /* of the request that is under way */
	struct kube_csr *request;
	int64_t due_ms; /* when to ask for the next one; 0: now */
	struct backoff backoff;
};

struct kubelet {
	struct kubelet_config cfg;
	struct http_client *http; /* to agents, whose sessions hold connections for as long as they last */
	struct kubelet_auth *auth;
	struct kubelet_port *port;
	struct file_set files;		      /* certificates and keys of the port */
	struct mesos_credentials credentials; /* for agents */
	uv_timer_t *look;		      /* at the files */
	struct kubelet_serving serving;
	struct agent_stats *stats;
	struct map checks; /* kubelet_check.c: by agent id */
	struct heap checks_due;
	size_t n_checks; /* under way */
	uint64_t check_round;
	uv_timer_t *check_tick;
};

/* What an exchange that is answered later has as its data, first. */
struct kubelet_job {
	void (*sent)(struct kubelet_exchange *x); /* of a long answer; NULL: there is none */
	void (*gone)(struct kubelet_exchange *x); /* the client is; frees the job */
};

/* The pod and container that are asked about. False: refused already. */
bool kubelet_find(struct kubelet *k, struct kubelet_exchange *x, struct core_look *ret);
/* Where the agent is. False: that is not known, refused already. */
bool kubelet_agent_url(struct kubelet_exchange *x, const struct core_look *look, char url[AGENT_URL_MAX]);
/* The same without an exchange to refuse. */
bool kubelet_agent_known(const struct core_look *look, char url[AGENT_URL_MAX]);
/* The name of the node that is asked about. NULL: there is none, or no one could tell which, refused already. Borrowed
 * until the core's next step. */
const char *kubelet_find_node(struct kubelet *k, struct kubelet_exchange *x);
/* False: where it is, is not known. */
bool kubelet_url(const struct core_agent_look *look, char url[AGENT_URL_MAX]);
#define KUBELET_AGENT_UNKNOWN                                                                                          \
	"the address of the Mesos agent is not known yet: it has offered nothing since this adapter leads, and "       \
	"the master's list did not tell it"
/* 200 with the value, whose reference is taken. */
void kubelet_answer_json(struct kubelet_exchange *x, json_t *value);
/* How to speak to it at present; for one call. */
struct mesos_agent kubelet_agent(const struct kubelet *k, const char *url);
/* The container's id without "mesos://"; NULL when the run has none. */
const char *kubelet_container_id(const struct run *run);
/* For a new container of a session below that one; nobody can guess it. The caller frees it. */
char *kubelet_session_id(const char *container_id);

/* kubelet_identity.c: certificates from files, or made here; what is shown to agents */
int kubelet_identify(struct kubelet *k, struct err *e);
int kubelet_read_credentials(struct kubelet *k, struct err *e);
void kubelet_watch_files(struct kubelet *k);

/* kubelet_serving.c */
void kubelet_serving_start(struct kubelet *k);
void kubelet_serving_look(struct kubelet *k); /* from time to time */
void kubelet_serving_done(struct kubelet *k);

/* kubelet_exec.c: exec and attach */
void kubelet_run_session(struct kubelet *k, struct kubelet_exchange *x);
/* The container that a command is for, and its agent. False: it does not run, or that is not known; refused already,
 * with `context` before it. */
bool kubelet_find_running(struct kubelet *k, struct kubelet_exchange *x, const char *context, struct core_look *ret,
			  char url[AGENT_URL_MAX]);
/* kubelet_run.c */
void kubelet_run(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_pods.c */
void kubelet_pods(struct kubelet *k, struct kubelet_exchange *x);
void kubelet_running_pods(struct kubelet *k, struct kubelet_exchange *x);
void kubelet_configz(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_forward.c */
void kubelet_forward(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_logs.c */
void kubelet_logs(struct kubelet *k, struct kubelet_exchange *x);
/* kubelet_check.c */
void kubelet_checks_start(struct kubelet *k);
void kubelet_checks_done(struct kubelet *k);
/* Something of it went wrong; or who we are to agents has changed. */
void kubelet_check_soon(struct kubelet *k, const char *agent_id);
void kubelet_check_all_soon(struct kubelet *k);
/* kubelet_stats.c: stats and metrics of a node */
void kubelet_stats(struct kubelet *k, struct kubelet_exchange *x);

#endif
