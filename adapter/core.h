/* The core: core(state, now, event) -> effects. No sockets, no clock, no randomness, no log; time is an argument.
 *
 * It knows every pod of ours and its tasks, every agent and the offers in hand, and decides what is to be done. All
 * effects are performed by somebody else, who feeds each result back. The invariants that it keeps
 * (docs/internals/core.md): an update is acknowledged only after the API server stored the status it leads to, or the
 * pod is gone; nothing is launched or killed before the pods are synced, the framework is subscribed and its id is
 * stored; a pod UID never has two live copies of a container, so nothing is launched again before Mesos said that it
 * does not live.
 */
#ifndef ADAPTER_CORE_H
#define ADAPTER_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapter/effect.h"
#include "adapter/pod_table.h"
#include "base/err.h"
#include "kube/node.h"
#include "kube/pod.h"
#include "mesos/agent_list.h"
#include "mesos/types.h"
#include "translate/agent_node.h"
#include "translate/need.h"

struct core_config {
	const char *const *roles; /* the framework's */
	size_t n_roles;
	struct translate_config translate;
	const char *scheduler;		      /* whose nodes and pods are ours, as they say; NULL: all */
	bool aggregate;			      /* one node, of the scheduler's name, stands for all agents */
	struct node_labels node_labels;	      /* of every node */
	const char *taint_key, *taint_effect; /* on nodes; taint_key NULL: none */
	const char *kubelet_address;	      /* where the kubelet port is; NULL: nodes show their agent's address */
	int kubelet_port;		      /* 0: none */
	const char *kubelet_refused;	      /* why there is none although there should be; NULL: nothing is wrong */
	int64_t max_pods;		      /* on an agent; 0: any number */
	int64_t census_every_ms;	      /* the master is asked for all agents so often; 0: never */
	int64_t node_beat_ms;		      /* the status of a node is written at least so often; 0: not */
	int64_t node_change_ms;		      /* what is allocatable there at most so often; 0: not */
	const char *component, *instance;     /* who reports events */
	int64_t offer_hold_ms;		      /* an offer that fits nothing is kept so long while pods wait */
	int64_t decline_busy_ms;	      /* filter when it is then declined */
	int64_t decline_idle_ms;	      /* filter when no pod waits */
	int64_t revive_every_ms;	      /* REVIVE at most so often */
	int64_t backoff_first_ms, backoff_max_ms; /* restarts of containers, as the kubelet counts */
	int64_t retry_first_ms, retry_max_ms;	  /* effects that failed */
	int64_t ask_first_ms, ask_max_ms;	  /* reconciliation without an answer */
	int64_t why_first_ms, why_every_ms; /* the reason of a waiting pod: first said after, then at most every */
	int64_t quarantine_ms;		    /* tasks that no pod explains are left alone for so long */
	int64_t audit_every_ms;		    /* between two audits, more or less; 0: none */
	bool keep_orphans;		    /* and after it they are not killed either */
};
/* The defaults; roles are left empty. */
void core_config_init(struct core_config *config);

enum core_event_type {
	CORE_POD_CHANGED, /* pod: seen, or changed; taken over */
	CORE_POD_GONE,	  /* uid: the API server has it no more */
	CORE_PODS_SYNCED, /* the list is complete, the first time with that of pods that others bound; foreign: that one
			     was read again */
	CORE_PODS_KNOWN,  /* uids: all that the watch knows at this moment */
	CORE_NODE_CHANGED,	/* node: one of ours was seen, or changed */
	CORE_NODE_GONE,		/* uid */
	CORE_NODES_SYNCED,	/* the list is complete */
	CORE_SUBSCRIBED,	/* text: the framework id */
	CORE_DISCONNECTED,	/* the session with the master ended */
	CORE_OFFERS,		/* offers: pointers in the array are taken and set to NULL */
	CORE_RESCINDED,		/* text: offer id */
	CORE_INVERSE_OFFERS,	/* ids, and uids: of agents that are to be given up */
	CORE_INVERSE_RESCINDED, /* text: inverse offer id */
	CORE_AGENTS_LISTED,	/* agents: the master told of all; pointers in the array are taken; or failure */
	CORE_UPDATE,		/* status */
	CORE_AGENT_FAILED,	/* text: agent id */
	CORE_AGENT_CHECKED,	/* text: agent id; failure: why its API cannot be used, or NULL */
	CORE_RESULT, /* effect, failure (NULL: it worked), retry_after_ms, text: the object's resourceVersion if any, or
			the message that was read; object: of a fetch */
	CORE_TICK,   /* core_deadline has come */
};

struct core_event {
	enum core_event_type type;
	struct kube_pod *pod;
	const struct kube_node_seen *node;
	bool foreign;
	const char *uid, *text;
	const char *const *uids, *const *ids;
	size_t n_uids;
	struct mesos_offer **offers;
	size_t n_offers;
	struct mesos_agent_info **agents;
	size_t n_agents;
	const struct mesos_task_status *status;
	const struct effect *effect;
	const struct err *failure;
	const json_t *object;
	int64_t retry_after_ms; /* what the API server asked for; 0: nothing */
};

struct core;
/* The config is copied, its strings are borrowed for the core's life. framework_id: the one that is stored, or NULL. */
struct core *core_new(const struct core_config *config, const char *framework_id);
void core_free(struct core *core);

/* Appends to `effects`. */
void core_step(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects);

/* When CORE_TICK is due; INT64_MAX: never. */
int64_t core_deadline(const struct core *core);

/* What the audits found (docs/internals/audit.md). */
struct core_found {
	uint64_t audits;
	uint64_t missing;		     /* tasks that should live and that the master did not name */
	uint64_t news;			     /* answers that told something that no update had */
	uint64_t unseen_pods, vanished_pods; /* that the watch has and we had not; that we had and it has not */
};

/* The failure of a write says nothing of what was to be written (no answer, 429, 503): the same may work later. */
bool write_says_nothing_of_pod(const struct err *failure);

/* For metrics, tests and the bench. */
struct core_counts {
	size_t pods, waiting, agents, offers, live_tasks, unacknowledged, orphans;
	uint64_t shutdowns; /* of executors that took no notice of kills, since the beginning */
	uint64_t looks;	    /* comparisons of pods with what is offered, since the beginning */
	size_t in_state[POD_STATES];
	struct core_found found;
};
struct core_counts core_count(const struct core *core);

/* Does the node stand for an agent? What is bound to it is to be shown. */
bool core_has_node(const struct core *core, const char *name);
bool core_has_pod(const struct core *core, const char *uid);

/* What it needs before it acts: the pods, a session, and its framework id kept in Kubernetes. */
struct core_health {
	bool synced, subscribed, stored;
};
struct core_health core_health(const struct core *core);

#endif
