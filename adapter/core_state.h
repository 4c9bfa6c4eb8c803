/* What the core remembers: pods (core_pod.h), agents and nodes (core_agent.h), and itself. Private to the core's files.
 */
#ifndef ADAPTER_CORE_STATE_H
#define ADAPTER_CORE_STATE_H

#include "adapter/core_agent.h"
#include "adapter/core_pod.h"
#include "adapter/sources.h"
#include "base/map.h"

/* A live task that no pod explains. */
struct orphan {
	struct list link;
	char *task_id, *agent_id;
	int64_t due_ms;
	int64_t kill_ms; /* with its pod: not again before */
	bool told;	 /* by an Event */
};

/* The present audit, or the next. */
struct audit {
	int64_t begin_ms, end_ms; /* UNSET: it has begun; it has not */
	uint64_t missing, news;
};

struct core {
	struct core_config cfg;
	int64_t now;
	struct effects *out;
	char *framework_id;
	bool subscribed, synced, stored, storing, asked;
	bool nodes_synced;
	struct map pods, agents, offers, orphans; /* by uid, agent id, offer id (of struct slot), task id */
	struct map nodes;			  /* by name */
	struct node *all;			  /* stands for all agents; NULL: each has its own */
	char all_name[NODE_NAME_MAX];		  /* of that node, and of none else, in either mode */
	struct map others;			  /* by name: nodes of other adapters */
	size_t last_turn;
	struct list pod_list, agent_list;
	struct list fresh, stuck;  /* pods to place: not yet tried, tried in vain */
	struct list serve;	   /* agents whose waiting pods may take what they offer */
	uint64_t looks, looks_end; /* comparisons since the beginning; where this step has no time for more */
	int64_t place_ms;	   /* placing goes on; UNSET: all were tried */
	int64_t reasons_ms;	   /* when further kinds of pods say why they wait … */
	size_t n_reasons;	   /* … and how many have that turn already */
	struct list dirty;
	struct list held;  /* slots with offers */
	struct list ready; /* slots whose batch can be launched */
	struct list orphan_list;
	size_t n_waiting; /* bound pods that want an offer of their agent */
	struct heap pod_alarms, agent_alarms, node_alarms;
	uint64_t last_generation, last_event, last_binding, last_all, last_write;
	bool suppressed, filtered; /* filtered: something was declined since the last REVIVE */
	bool supply;		   /* offers came since the last placement */
	bool want_revive;
	bool look_again;     /* offers are to come even if nobody needs any: agents are about to leave */
	bool agents_seen;    /* an offer told where its agent is, and with it … */
	bool agents_https;   /* … how agents are spoken to */
	size_t n_maintained; /* agents with maintenance scheduled */
	int64_t subscribed_ms;
	int64_t revived_ms, store_ms, store_retry_ms, idle_ms, implicit_ms;
	struct audit audit;
	struct census census;
	struct sources sources;
	struct core_found found; /* by all audits */
	struct effect *question; /* of this step, while others can be added */
	bool asked_all;		 /* in this step */
	bool told_all;		 /* Mesos said at the begin of this session what it runs, or had the time to */
	int64_t told_by_ms;
	struct effect *undeclined; /* offers whose DECLINE failed; NULL: none */
	int64_t undeclined_ms;	   /* when to try again */
	size_t n_file_writes;	   /* files of pods, under way */
	struct list file_writers;  /* struct pod_files that wait for a turn */
	size_t n_file_looks;
	struct list file_lookers; /* likewise */
	struct list writers;	  /* pods that wait to write */
	size_t n_writes;	  /* under way */
	int64_t hold_ms;	  /* present back-off of all writes; 0: the last one worked */
	int64_t hold_until_ms;
	uint64_t jitter;
	uint64_t shutdowns; /* of executors that took no notice of kills */
};

/* core.c */
bool core_acting(const struct core *core); /* synced, subscribed, id stored */
int64_t core_backoff(int64_t present_ms, int64_t first_ms, int64_t max_ms);

/* orphans.c */
void orphan_update(struct core *core, const struct mesos_task_status *status);
void orphans_tick(struct core *core);
/* Events for those whose node was not known before. */
void orphans_tell(struct core *core);
void orphan_drop(struct core *core, struct orphan *orphan);
/* One of a pod's, or NULL. */
const struct orphan *orphan_of(const struct core *core, const char *uid);
/* A task that a pod explained until now. */
void orphan_add(struct core *core, const char *task_id, const char *agent_id);
/* Those of a pod that is removed end with it: true while there are any. */
bool orphans_end(struct core *core, struct pod *pod);
/* Those of a pod that explains its tasks now. */
void orphans_explained(struct core *core, const char *uid);

/* audit.c */
void audit_tick(struct core *core);
void audit_pods(struct core *core, const char *const *uids, size_t n);
/* A session has begun or ended. */
void audit_reset(struct core *core);
int64_t audit_deadline(const struct core *core);
/* Mesos said something of this run; what it answered was news. */
void audit_heard(struct task *task, int run);
void audit_news(struct core *core);

/* writes.c */
/* May the pod write now? The turn is given back by write_done. Else it is touched when it may. */
bool write_turn(struct core *core, struct pod *pod);
void write_done(struct core *core, const struct effect *effect, const struct err *failure, int64_t retry_after_ms);
void writers_call(struct core *core);
bool writes_held(const struct core *core);
int64_t writes_deadline(const struct core *core);

/* place.c */
int64_t place_deadline(const struct core *core);
/* Its offers, or what its pods want of them, are others than before. */
void agent_serve(struct core *core, struct agent *agent);
void place_all(struct core *core);
/* Why a bound pod waits for an offer of its agent, once in a while. */
void pod_say_why(struct core *core, struct pod *pod);
/* The reason of a pod that waits; another one than before becomes an event and stands in the status. */
void pod_wait_because(struct core *core, struct pod *pod, const char *sentence);

/* launch.c */
void launch_all(struct core *core);

#endif
