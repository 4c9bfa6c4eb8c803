/* What the core remembers of agents, their offers and nodes, and what it does with them. Private to the core's files.
 */
#ifndef ADAPTER_CORE_AGENT_H
#define ADAPTER_CORE_AGENT_H

#include "adapter/core.h"
#include "adapter/core_limits.h"
#include "base/heap.h"
#include "base/list.h"
#include "kube/objects.h"
#include "mesos/agent_list.h"
#include "translate/agent_node.h"

struct core;
struct pod;

/* The offers of one agent for one role: one ACCEPT can use only these together. */
struct slot {
	struct agent *agent;
	struct list link;  /* agent's slots */
	struct list held;  /* core.held, in order of since_ms */
	struct list ready; /* core.ready */
	struct mesos_offer **offers;
	size_t n_offers, cap_offers;
	struct mesos_resources pool; /* what the offers hold together */
	struct amounts free;	     /* of it, not yet set aside */
	struct amounts unreserved;   /* of the pool, and not set aside for executors, which take nothing else */
	uint16_t *ports;	     /* set aside */
	size_t n_ports, cap_ports;
	struct list batch; /* pods that it will launch */
	size_t n_batch, n_binding;
	int64_t since_ms, batch_ms;
};

enum node_state { NODE_MISSING, NODE_READY, NODE_AWAY, NODE_DELETED };

/* An operator of Mesos is about to take the agent away. */
enum agent_leave {
	LEAVE_NOT,
	LEAVE_MAINTENANCE,
	LEAVE_DEACTIVATED,
	LEAVE_DRAINING,
	LEAVE_FORMER, /* of a node only: it is of the other mode */
	LEAVE_UNKNOWN
};

/* A node of ours, as the API server has it or is to have it. It stands for one agent, or for all of them: core.all. A
 * former one is of the other mode, and goes when no pod is bound to it any more. */
struct node {
	struct agent *agent; /* that it stands for; NULL: for all, or it is a former one */
	bool former;
	char *former_of;	  /* id of the agent that it stood for; NULL: all */
	char name[NODE_NAME_MAX]; /* empty: not chosen yet */
	char *uid;		  /* NULL: the watch has not shown it */
	enum node_state state;	  /* what the API server has; NODE_MISSING: not known */
	enum node_state asked;	  /* on its way; NODE_MISSING: nothing is */
	bool deleted;		  /* by somebody, while that was on its way */
	struct heap_link alarm;	  /* when it is to be looked at */
	int64_t looked_ms;	  /* at all agents; 0: never */
	int64_t retry_ms, again_ms;
	bool marked;			      /* it may still say that its agent is away */
	bool cordoned;			      /* spec.unschedulable: no new pods */
	bool outdated;			      /* it does not say whose it is, or lacks a label */
	bool leased;			      /* its Lease is renewed */
	bool access_news;		      /* of access to its agent, which it does not say yet */
	enum agent_leave leave_told;	      /* by it, as far as we know */
	struct amounts shown, shown_capacity; /* allocatable and capacity as it says */
	int64_t shown_agents;		      /* that stood behind these */
	struct kube_node_access access;	      /* to all of them, as it says */
	char *access_message;
	int64_t since_ms;	  /* it is ready; 0: unknown */
	int64_t told_ms, beat_ms; /* it was written last, is due again; 0: never */
	size_t turn;
};

struct agent {
	struct list link;
	char *id, *ip;
	int port; /* of its HTTP endpoint; 0: not known */
	bool https;
	struct node *node;	  /* that stands for it */
	struct mesos_offer *info; /* the last offer, for its attributes */
	struct amounts last_free; /* of the last offers */
	struct amounts pledged;	  /* by pods on it whose containers are between two runs */
	struct amounts claimed;	  /* by pods on it that may yet launch something, with what they have */
	uint16_t *pledged_ports;  /* of all pods on it that may yet launch something */
	size_t n_pledged_ports, cap_pledged_ports;
	struct heap_link alarm; /* a question, or the end of its lingering or of silence */
	struct list slots;
	struct list waiting;		 /* pods bound to it that want an offer */
	struct list serve;		 /* core.serve: they, or its offers, are others than before */
	struct list pods;		 /* bound to it, or about to be */
	int64_t n_pods;			 /* of them, those that are not over */
	struct mesos_agent_info *listed; /* what the master says of it; NULL: not known */
	struct amounts total;		 /* when it is listed: what it has */
	bool away;			 /* the master lost contact with it, and nothing was heard of it since */
	bool gone;			 /* and it does not come back */
	int64_t away_ms;
	int64_t ask_ms;			/* when to ask the master of it */
	bool unheard;			/* known from its node only, and the master has not said that it is there */
	bool draining, deactivated;	/* its tasks are killed; it is offered to nobody */
	int64_t drain_ms;		/* when a task said the first of these; 0: none */
	int64_t maintained_ms;		/* Mesos spoke last of its maintenance; 0: none is scheduled */
	enum agent_leave leave;		/* what follows from these */
	int64_t leave_ms;		/* since when */
	char *inverse_offer;		/* id of the one that it is asked back by; NULL: none */
	struct amounts idle;		/* while it has no slots: what was offered last and is not held */
	struct amounts capacity;	/* the most that was ours to use at once */
	struct kube_node_access access; /* to its API, as last tried */
	int64_t unread_until_ms;	/* files of containers are not read there before */
	char *access_message;
};

/* When the master is asked for all agents. */
struct census {
	int64_t due_ms, asked_ms; /* UNSET: never */
	bool refused;		  /* we may not ask */
	struct amounts *kinds;	  /* of agents that were listed in this session: those that no other one contains */
	size_t n_kinds;
};

/* agents.c */
void agents_offers(struct core *core, struct mesos_offer **offers, size_t n);
void agents_rescinded(struct core *core, const char *offer_id);
void agents_subscribed(struct core *core);
void agents_drop_offers(struct core *core);
void agents_tick(struct core *core);
/* A DECLINE or REVIVE failed. */
void agents_again(struct core *core, const struct effect *effect);
int64_t agents_deadline(const struct core *core);
void agents_give_back(struct core *core);
void agent_free(struct core *core, struct agent *agent);
const struct mesos_offer *agent_info(const struct agent *agent);
/* NULL: there are too many. */
struct agent *agent_get(struct core *core, const char *id);
/* Likewise; one that is known by name only is asked of. */
struct agent *agent_from_hearsay(struct core *core, const char *id);
/* The pod is on this agent from now on, and no longer on the one before. */
void agent_join(struct core *core, struct pod *pod, struct agent *agent);
void agent_leave(struct core *core, struct pod *pod);
void agent_sweep(struct core *core, struct agent *agent);
/* One that is away: pods are on it, or it may yet come back. */
bool agent_lingers(const struct core *core, const struct agent *agent);
/* After anything that changes how its node shall be, or what it waits for. */
void agent_update(struct core *core, struct agent *agent);
void slot_unassign(struct core *core, struct pod *pod);
void slot_assign(struct core *core, struct slot *slot, struct pod *pod, const struct amounts *amounts);
void slot_bound(struct core *core, struct slot *slot);
void slot_consume(struct core *core, struct slot *slot);

/* allocatable.c */
/* Its state was another one before. */
void pod_held(struct pod *pod, enum pod_state before);
void agent_capacity_at_least(struct agent *agent, const struct amounts *a);
/* As far as we know it. */
struct amounts agent_capacity(const struct agent *agent);
/* What our pods hold there. */
struct amounts agent_held(const struct agent *agent);
/* After any change of its state or agent: does it count among its agent's pods? */
void pod_count(struct pod *pod);
struct amounts agent_allocatable(struct agent *agent);
/* … from what the node says, and by so much that it is worth a write. */
bool agent_allocatable_changed(struct agent *agent);
/* The same of two amounts, of so much in all. */
bool amounts_far(const struct amounts *a, const struct amounts *b, const struct amounts *capacity);

/* census.c */
void census_begin(struct core *core); /* with a session */
void census_tick(struct core *core);
/* There is something to learn. */
void census_soon(struct core *core);
int64_t census_deadline(const struct core *core);
/* Takes agents by setting their pointers to NULL. `failure` may be NULL. */
void agents_listed(struct core *core, struct mesos_agent_info **agents, size_t n, const struct err *failure);
/* An offer told where its agent is, and how it is spoken to; of others the list tells where they are. */
void agents_spoken_to(struct core *core, bool https);
/* The agents of this session are known well enough to say what none of them can take. */
bool census_settled(const struct core *core);

/* nodes_seen.c */
void node_changed(struct core *core, const struct kube_node_seen *node);
void node_gone(struct core *core, const char *uid);
void nodes_synced(struct core *core);
void others_done(struct core *core);

/* nodes.c */
/* agent NULL: it stands for all of them, or is a former one. */
struct node *node_new(struct core *core, struct agent *agent);
void node_free(struct core *core, struct node *node);
/* What is said of every node, and what this one shows of capacity and allocatable. */
struct agent_node_spec node_spec(const struct core *core, const struct node *node);
/* From now on it has this name, if that is free. */
void node_name(struct core *core, struct node *node, const char *name);
/* The API server's node of that name is this one. */
void node_claim(struct core *core, struct node *node);
/* Its heartbeat has a period from now on, the first one less. */
void node_told(const struct core *core, struct node *node);
/* After anything that changes how it shall be. */
void node_update(struct core *core, struct node *node);
void node_result(struct core *core, const struct effect *effect, const struct err *failure);
void nodes_tick(struct core *core);
void nodes_done(struct core *core); /* those that belong to no agent */
/* What it stands for is ready since now. */
void node_ready_now(const struct core *core, struct node *node);

/* aggregate.c: the node that stands for all agents */
void aggregate_init(struct core *core);
/* Something of an agent, or of its pods, is another than before. */
void aggregate_touch(struct core *core);
/* Does it say something else than it would now? */
bool aggregate_changed(const struct core *core);
/* free: agent_node_free */
struct agent_node *aggregate_describe(struct core *core);
bool node_is_of_all(const struct node *node);

/* former.c: nodes of the other mode */
bool former_is(const struct core *core, const struct kube_node_seen *seen);
void former_seen(struct core *core, const struct kube_node_seen *seen);
/* A pod that was bound there, perhaps the last one, is gone. */
void former_left(struct core *core, const struct pod *pod);
enum node_state former_wanted(const struct core *core, const struct node *node);
json_t *former_status(const struct core *core, const struct node *node);
/* The agent that it stood for; NULL: none, or all. */
struct agent *former_agent(struct core *core, const struct node *node);

/* access.c */
void agent_checked(struct core *core, const char *agent_id, const struct err *failure);
struct kube_node_access agent_access(const struct core *core, const struct agent *agent);

/* away.c */
void agents_failed(struct core *core, const char *agent_id);
/* A task that never was: what the master says of it, it says of the agent. */
bool is_agent_question(const char *task_id);
void agent_ask(struct core *core, struct agent *agent);
bool agent_is_asked(const struct agent *agent);
void agents_ask(struct core *core); /* a session has begun */
void agents_heard(struct core *core, const struct mesos_task_status *status);
void agent_returned(struct core *core, struct agent *agent);
void pod_lose(struct core *core, struct pod *pod);
#define POD_DRAINED_MESSAGE "Pod was terminated because Mesos drains its agent."
void pod_drain(struct core *core, struct pod *pod);
void pod_lose_with_agent(struct core *core, struct pod *pod);
void pod_evict_when_due(struct core *core, struct pod *pod);

/* cordon.c */
/* After an offer of it, a task that was killed for it is drained, and what the master lists. */
void agent_offered(struct core *core, struct agent *agent, const struct mesos_offer *offer);
void agent_drains(struct core *core, struct agent *agent);
void agent_stands(struct core *core, struct agent *agent, const struct mesos_agent_info *info);
/* Its node, seen for the first time, says so (NULL: that it stays); an agent that was not heard of is believed to. */
void agent_left(struct core *core, struct agent *agent, const char *reason);
/* UNSET, or when silence means that no maintenance is scheduled any more. */
int64_t agent_silence_ends(const struct core *core, const struct agent *agent);
void agent_silent(struct core *core, struct agent *agent);
void agent_forget_maintenance(struct core *core, struct agent *agent);
/* Why its node is not ready though it is there; reason NULL: it is. */
struct kube_not_ready agent_not_ready(const struct agent *agent);
void agents_inverse_offers(struct core *core, const char *const *ids, const char *const *agent_ids, size_t n);
void agents_inverse_rescinded(struct core *core, const char *id);
/* NULL: it stays. */
const char *leave_reason(enum agent_leave leave);
enum agent_leave leave_named(const char *reason);

#endif
