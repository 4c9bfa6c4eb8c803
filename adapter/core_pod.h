/* What the core remembers of a pod and its containers, and what it does with them. Private to the core's files.
 */
#ifndef ADAPTER_CORE_POD_H
#define ADAPTER_CORE_POD_H

#include "adapter/claims.h"
#include "adapter/core.h"
#include "adapter/core_limits.h"
#include "adapter/pod_table.h"
#include "base/heap.h"
#include "base/list.h"
#include "kube/objects.h"
#include "translate/checks.h"
#include "translate/ids.h"
#include "translate/plan.h"
#include "translate/run.h"

struct core;
struct agent;

/* What Mesos told last of the check, or health check, of a run. */
struct probed {
	bool told, good;
	bool asked;	  /* by a result; else that there is none yet is all that was told */
	int64_t since_ms; /* when that was first told after something else */
};

/* What the adapter itself asked of a run. */
struct probe_asked {
	bool under_way;
	bool good;	/* the last answer … */
	int64_t times;	/* … came so often in a row; 0: there was none yet */
	int64_t due_ms; /* of the next one; 0: not planned */
};

/* Of one run. */
struct probes {
	struct probed check, health;
	struct probe_asked asked[KUBE_PROBES];
	bool inherited;	     /* it ran before this life of ours */
	bool started, ready; /* what its startup and readiness probes say; without one they mean nothing */
	int64_t begin_ms;    /* that it runs was heard; 0: not yet */
	int64_t started_ms;  /* its startup probe succeeded; 0: it has none, or that was not heard */
};

enum hook_state { HOOK_NOT_YET, HOOK_UNDER_WAY, HOOK_WELL, HOOK_FAILED };

/* A hook of one run. */
struct hooked {
	enum hook_state state;
	int64_t begin_ms; /* 0: not yet */
	int64_t again_ms; /* it could not be run: not before */
	int64_t retry_ms; /* present back-off of that */
};

/* One container of a pod, or its pause: its present run, the one before, and when it may run next. */
struct task {
	const struct kube_container *spec; /* NULL: the pause task */
	bool init, ephemeral;
	char *refusal; /* why it cannot be translated, of an ephemeral one; NULL: it can */
	struct run run;
	struct run last; /* the run before; has_last */
	bool has_last;
	int64_t words_ms;   /* how long to wait for the agent's words about its end; 0: no end is known */
	bool heard;	    /* Mesos said something of the present run */
	bool probe;	    /* Mesos was asked of the present run and has not answered */
	bool probe_next;    /* … of the run after it, which an earlier life may have launched */
	bool id_taken;	    /* the run did not come about, and until that is acknowledged the master keeps its id */
	int64_t backoff_ms; /* what the next restart waits after an end; 0: nothing */
	int64_t restarted_ms;
	int64_t due_ms;	   /* not before */
	int64_t kill_ms;   /* when to send the next KILL; UNSET: none is wanted */
	int64_t killed_ms; /* when the last one was sent */
	int kills_again;   /* that had no effect */
	struct probes probes;
	bool passed;	/* a sidecar has started in this sandbox, so others need not wait for it */
	bool condemned; /* the run is ended because a probe failed, or was and another one shall follow */
	struct hooked hooks[KUBE_HOOKS];
	char *unstarted;		/* how its postStart hook failed, so the run is ended; NULL: it did not */
	int64_t grace_ms;		/* of one that is ended alone */
	int unanswered;			/* audit: one more than the run that no answer has named yet; 0: none */
	char uuid[MESOS_UUID_TEXT_MAX]; /* of the update to acknowledge; empty: none */
	int uuid_run;			/* the run that it is of */
	uint64_t generation;		/* of the status that holds the last change of the run */
	char *config_error;		/* why it could not be configured when that was last tried; NULL: it could */
	bool mount_error;		/* it is about its volumes */
	char *image;			/* of the present run; NULL: none was launched, or it is not known */
	bool replaced;			/* another run shall follow, for the container has another image now */
	bool given_up;			/* with its pod it was told to be over, though no end of it is known */
	int64_t message_ms;		/* until when its last words are waited for; 0: they are not */
	bool message_asked;		/* and its agent was asked for them */
	int files_pause;		/* the pause, and one, beside which its files stand for its next run; 0: none */

	struct kube_resources resources; /* of the present run; without one, nothing */
};

/* One of the pod's volumes that are written. */
struct pod_file_volume {
	uint64_t hash, writing; /* of what is written, and is being written; 0: nothing */
	int64_t renew_ms;	/* when its tokens are to be renewed */
	bool fixed;		/* nothing that it is made of will change */
};

/* Files of its volumes that are written beside its pause. */
struct pod_files {
	int pause;			 /* the number of that pause, and one; 0: none */
	struct pod_file_volume *volumes; /* as many as the pod has; NULL: there was no such pause yet */
	uint64_t under_way;		 /* number of that write; 0: none is */
	struct list turn;		 /* core.file_writers */
	char *failure;			 /* of the last one; NULL: it did not fail */
	int64_t again_ms, retry_ms;
	int64_t look_ms;       /* when what running containers have is to be had anew; 0: not planned */
	bool looking;	       /* it is being had … */
	struct list look_turn; /* … or shall be: core.file_lookers */
	bool look_told;	       /* that this failed */
};

struct pod {
	struct list all, wait, dirty, batch, write;
	struct list on; /* agent's pods */
	bool called;	/* it waited to write, and has its turn */
	struct heap_link alarm;
	struct kube_pod *spec;
	struct kube_pod *restored; /* orphaned, and there again, not bound: begins when nothing of it lives; or NULL */
	struct pod_need need;
	const char *refusal; /* static text: the reason of a refused pod */
	char *why;	     /* the refusal, or why it waits */
	enum pod_state state;
	struct agent *agent;
	struct slot *slot;
	struct task *tasks; /* pause (if any), init containers, containers, ephemeral ones */
	size_t n_tasks, first_init, first_main, first_ephemeral;
	int first_run; /* number of its containers' first; not 0: it begins again, unbound, after a life before */
	struct amounts reserved; /* in its slot */
	struct amounts pledge;	 /* what its containers will take again on its agent */
	struct amounts claim;	 /* the most that it takes there at once, now or later */
	uint64_t ports_pledged;	 /* which of need.ports are among its agent's pledged ones, a bit each */
	int64_t not_before_ms;	 /* queue: not placed before */
	int64_t relaunch_ms;	 /* present back-off of launches that did not come about */
	int64_t retry_ms;	 /* present back-off of failing effects */
	int64_t ask_ms, ask_every_ms;
	size_t asking;	    /* questions that the master has not taken yet: what it says may be older than a launch */
	bool pause_known;   /* the number of its pause task, or that none lives */
	uint64_t asked_all; /* number of the question for everything whose end is waited for; 0: none */
	uint64_t binding;   /* number of the binding that is being written */
	/* status */
	enum pod_phase phase;		     /* the last that was reported */
	uint64_t generation, stored;	     /* of what we know, of what the API server has */
	uint64_t patching;		     /* generation in flight; 0: none */
	uint64_t stored_hash, patching_hash; /* of reports; 0: what is stored is not known, or will not be */
	char version[POD_VERSION_MAX]; /* resourceVersion, the newest that we know; empty: none that can be used */
	char wrote[POD_VERSION_MAX];   /* the one that our last status made; empty: not known */
	uint64_t shown_hash;	       /* of the status as that version has it; 0: not seen */
	int64_t repair_ms;	       /* what somebody else makes of our status is not put right before */
	bool awaits_version;	       /* it was just bound, which made another one: the watch will show it */
	bool conflict;		       /* the status could not be stored on the version that we know */
	bool resize_told;	       /* PodResizePending may be stored */
	int64_t observed;	       /* generation of the spec that the status is said of */
	int64_t patch_ms;	       /* not before */
	int64_t grace_ms;	       /* of the kills */
	int64_t grace_end_ms;	       /* when it is over for all: then sidecars wait for nobody */
	int64_t start_ms;
	int64_t why_said_ms;
	int64_t condition_since[KUBE_CONDITION_TYPES];
	signed char condition[KUBE_CONDITION_TYPES]; /* -1: never reported */
	bool written;				     /* a status was written in this life */
	bool unshown;				     /* one was stored that the watch has not shown yet */
	bool lost;				     /* its agent is gone for good */
	bool drained;				     /* Mesos ended it, for its agent is drained */
	bool expired;				     /* it was active for too long */
	bool disrupted;				     /* it is to be evicted */
	bool adopting;				     /* its agent is being written, or was */
	bool unbound;				     /* its binding was taken back, and tasks of it may live */
	uint64_t rebinding;	 /* number of the binding that is written once more, or was; 0: none */
	bool evicting;		 /* DELETE was sent, so that it ends */
	bool removing;		 /* DELETE was sent: its end */
	bool compared;		 /* audit: the watch knows it */
	bool counted;		 /* in its agent's n_pods */
	bool bind_later;	 /* what it refers to is being fetched first */
	int64_t shutdown_ms;	 /* when its executor was last told to shut down */
	struct list holds;	 /* struct source_hold */
	bool claims_wait;	 /* queued, and its claims are not known to do */
	struct pins pins;	 /* of its claims' volumes, as they were when they did */
	struct late_claims late; /* its claims that want an agent before they are bound */
	size_t choosing;	 /* of these, whose volumes or nodes are being written */
	char *ip;
	struct pod_files files;
	bool joined;   /* it is bound, or being bound, and is on … */
	char *network; /* … this network until it ends; NULL: its agent's */
};

/* pods.c */
void pod_changed(struct core *core, struct kube_pod *spec);
/* What it does first, now that it is known or that its node is. */
void pod_begin(struct core *core, struct pod *pod);
void pods_synced(struct core *core, bool foreign);
/* False: that was the pod's end, it is freed. */
bool pod_event(struct core *core, struct pod *pod, enum pod_event event);
void pod_touch(struct core *core, struct pod *pod);
void pod_advance(struct core *core, struct pod *pod);
void pod_release(struct core *core, struct pod *pod);
void pod_free(struct core *core, struct pod *pod);
void pod_alarm(struct core *core, struct pod *pod, int64_t at);
void pod_enqueue(struct core *core, struct pod *pod);
void pod_node_seen(struct core *core, struct pod *pod);
/* It is not ours, or cannot be looked after. */
void pod_disown(struct core *core, struct pod *pod);
void pod_retry_later(struct core *core, struct pod *pod);
struct effect *pod_binding(struct core *core, struct pod *pod, const struct agent *agent);
/* Half of it, and up to as much again: not in step with others. The same numbers for the same history. */
int64_t core_jittered(struct core *core, int64_t ms);

/* recover.c */
void pod_tasks_recover(struct pod *pod, const struct core_config *cfg, int64_t now);
/* NULL: the status in Kubernetes says nothing of it. */
const struct kube_container_status *task_stored(const struct kube_pod *spec, const struct task *task);
/* Of a pod that is bound to an agent of ours: its status in Kubernetes may tell more than is known. */
void pod_tasks_learn(struct core *core, struct pod *pod);

/* containers.c */
void pod_tasks_make(const struct core *core, struct pod *pod);
void pod_tasks_probe(struct pod *pod);
void pod_tasks_unprobe(struct pod *pod);
void pod_tasks_relink(struct pod *pod);
void pod_tasks_renew(struct pod *pod);
void pod_tasks_done(struct pod *pod);
void task_done(struct task *task);
bool pod_any_live(const struct pod *pod);
/* It is bound to an agent of ours, and neither over nor being ended. */
bool pod_goes_on(const struct pod *pod);
bool pod_any_probe(const struct pod *pod);
bool pod_completed(const struct pod *pod);
bool phase_is_last(enum pod_phase phase); /* no other may follow it */
void task_roll(struct task *task);
const char *task_name(const struct task *task);
bool task_completed(const struct pod *pod, const struct task *task);
bool task_sidecar(const struct task *task);
/* Does it run again after a failure? */
bool task_restarts(const struct pod *pod, const struct task *task);
/* An init container failed, so the pod does. */
bool task_failed_for_good(const struct pod *pod, const struct task *task);
void task_ended(struct core *core, struct pod *pod, struct task *task);
/* Greater than the number of any run of it that was launched, its pause's among them. */
int pod_next_run(const struct pod *pod);
/* What is launched next: its containers that are due, or else one ephemeral container; `ret` has room for
 * POD_CONTAINERS_MAX + 1. next_due: the earliest of what could be launched later. */
size_t pod_wanted(const struct pod *pod, int64_t now, struct plan_item *ret, int64_t *ret_next_due);
/* All that is due, of both kinds, whether or not their files stand; `ret` has room for n_tasks. */
size_t pod_due(const struct pod *pod, int64_t now, struct plan_item *ret, int64_t *ret_next_due);
void pod_launched(struct core *core, struct pod *pod, const struct plan_item *items, size_t n);
void pod_kill(struct core *core, struct pod *pod);
/* Those of its runs that are condemned, or whose postStart hook failed. */
void pod_kill_condemned(struct core *core, struct pod *pod);
/* A launch did not come about: nothing of it is due before a back-off. */
void pod_relaunch_later(struct core *core, struct pod *pod);

/* Could it be launched now, were there room? next_due: else when, if that is known. */
bool task_launchable(const struct pod *pod, const struct task *task, int64_t now, int64_t *next_due);
int task_next_number(const struct task *task);

/* ephemeral.c */
void task_ephemeral_init(const struct core *core, const struct pod *pod, size_t i);
/* Those that its new spec has more, or less, than the old one, which still is there. */
void pod_ephemeral_follow(struct core *core, struct pod *pod, const struct kube_pod *old);
/* It is seen for the first time in this life. */
void pod_ephemeral_begin(struct core *core, struct pod *pod);
/* The one that could be launched now; `all`: all of them that are due, whether or not their files stand. */
size_t pod_ephemeral_due(const struct pod *pod, int64_t now, bool all, struct plan_item *ret, int64_t *ret_next_due);

/* messages.c */
/* Its run has just ended. */
void task_await_message(struct core *core, const struct pod *pod, struct task *task);
/* Its status is to wait for the last words of a container. */
bool pod_awaits_messages(struct core *core, struct pod *pod);
void message_read(struct core *core, const struct core_event *result);

/* hooks.c */
/* As Kubernetes sees it: its postStart hook, if it has one, has ended well. */
bool task_runs(const struct task *task);
/* Containers after it wait for its postStart hook, also when it is launched now. */
bool task_holds_others(const struct task *task, bool launched);
/* Begins the postStart hooks of what has started. */
void pod_run_hooks(struct core *core, struct pod *pod);
/* It is to end: begins its preStop hook. Until when that holds back its end, at most; 0: it may end. */
int64_t task_stops_until(struct core *core, const struct pod *pod, struct task *task, int64_t grace_ms);
void hook_result(struct core *core, const struct core_event *result);
/* Of another run. */
void task_hooks_anew(struct task *task);

/* probes.c */
bool task_started(const struct task *task);
bool task_ready(const struct task *task); /* and reachable */
/* It runs, as far as is known in this life since then. */
void task_probes_begin(struct task *task, int64_t now);
void task_probes_told(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status);
bool task_ended_unhealthy(const struct task *task, const struct mesos_task_status *status);
void say_condemned(struct core *core, const struct pod *pod, const struct task *task, enum kube_probe_kind kind);
/* What follows as time goes on. */
void pod_look_at_probes(struct core *core, struct pod *pod);
/* There is an answer more in probes.asked; failure NULL: a good one. */
void task_probe_counted(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind,
			const char *failure);

/* probe_ask.c */
/* Ask for this probe now, or have an alarm when it is time. */
void task_probe_when_due(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind);
void probe_answered(struct core *core, const struct effect *effect, const struct err *failure);

/* resize.c */
/* What its present run has, or, where there is none, its next one gets. */
void task_resources(const struct task *task, struct kube_resources *ret);
struct kube_resources container_resources(const struct kube_container *container);
/* The first container that lives with others than its spec says by now; NULL: none. */
const struct task *pod_resized(const struct pod *pod);
/* Another spec took the place of the old one. */
void pod_resize_seen(struct core *core, struct pod *pod, const struct kube_pod *old);

/* replace.c */
const char *task_image(const struct task *task);
/* Another spec took the place of the old one: what cannot be done about that is said. */
void pod_changes_seen(struct core *core, struct pod *pod, const struct kube_pod *old);
/* A run was ended from outside: when it was of another image, that was for this, maybe by an earlier life of ours. */
void task_killed(const struct pod *pod, struct task *task);
/* Those of its runs whose container got another image since are condemned, too, and run again. */
void pod_condemn_replaced(struct core *core, struct pod *pod);

/* configure.c */
/* Fetch what the containers that are due refer to, and find out which of them can be configured with it; the others are
 * not launched (pod_wanted) and say why in the status. False: not all is answered yet, so nothing is to be launched. */
bool pod_configure(struct core *core, struct pod *pod);
/* Does one of its containers wait for that, or the pod, which is not placed, hold claims? */
bool pod_lacks_configuration(const struct pod *pod);
/* Where the pod's containers are started. */
struct pod_site pod_site(const struct core *core, const struct pod *pod);

/* files.c */
void pod_files_done(struct core *core, struct pod *pod);
/* They are written beside the present pause, if it has any that have to be. */
bool task_files_stand(const struct pod *pod, const struct task *task);
/* Of one that is due, and of which all sources are had: begins to write its files, if they do not stand. Why they do
 * not; NULL: nothing has failed. */
const char *task_files_prepare(struct core *core, struct pod *pod, struct task *task);
/* pod NULL: it is gone. */
void files_result(struct core *core, struct pod *pod, const struct core_event *result);

/* files_follow.c */
/* Now and then, of running containers: what their files are made of is had anew, and written if it is another. */
void pod_files_follow(struct core *core, struct pod *pod);
/* Another spec took the place of the old one. */
void pod_files_seen(struct core *core, struct pod *pod, const struct kube_pod *old);
/* It is not looked at any more, for now. */
void pod_files_look_ends(struct core *core, struct pod *pod);

/* pledge.c: after anything that changes what the pod will take on its agent */
void pod_pledge(struct core *core, struct pod *pod);
void pod_unpledge(struct pod *pod); /* it leaves its agent */
/* What of this offer a new pod may have. */
struct amounts agent_room(const struct agent *agent, struct amounts offered);
bool agent_port_pledged(const struct agent *agent, uint16_t port);

/* remove.c */
void pod_remove_when_over(struct core *core, struct pod *pod);
void pod_delete_result(struct core *core, struct pod *pod, const struct effect *effect, const struct err *failure);

/* versions.c */
/* A version seen in the watch or in an answer; the one may be behind the other. */
void pod_version_seen(struct core *core, struct pod *pod, const char *version);
bool version_went_back(const char *version, const char *known);
/* Our status is stored, in this version; and the watch shows a version, perhaps that one. */
void pod_status_made(struct pod *pod, const char *version);
void pod_status_shown(struct pod *pod);
/* A later version than that shows another status: somebody else wrote it. */
bool pod_status_is_others(const struct pod *pod);
/* All that is known of it has to be stored. */
void pod_store_again(struct core *core, struct pod *pod);
/* The API server has this older version of it. */
void pod_taken_back(struct core *core, struct pod *pod, const char *version);
/* A list that is not the first is complete; foreign: that of pods that others bound. */
void pods_listed_again(struct core *core, bool foreign);

/* ask.c */
void pod_ask(struct core *core, struct pod *pod);
/* Whatever of it was taken for lost is to be asked of: its agent is there after all. */
void pod_doubt_lost(struct pod *pod);
void core_ask_all(struct core *core);
void ask_implicitly(struct core *core);
void pod_ask_again(struct core *core, struct pod *pod);
bool pod_ask_for_pause(struct core *core, struct pod *pod);
void pod_all_untold(struct pod *pod);
void agent_question(struct core *core, const char *task_id, const char *agent_id);
void questions_taken(struct core *core, const struct effect *effect, const struct err *failure);
bool everything_told(struct core *core, const struct mesos_task_status *status);

/* tasks.c */
void core_task_update(struct core *core, const struct mesos_task_status *status);
void acknowledge(struct core *core, const char *agent_id, const char *task_id, const char *uuid);
void acknowledged(struct core *core, const struct effect *effect, const struct err *failure);
/* The task that the id names, of the pod that explains it; else NULL. */
struct task *task_explain(const struct core *core, const char *task_id, struct task_id *ret_id, struct pod **ret_pod);
/* Some pod explains the task, so it is no orphan. */
bool task_explained(const struct core *core, const char *task_id);
bool says_absent(const struct pod *pod, enum mesos_task_state state);
/* In this state nothing of a pod was launched by us. */
bool never_launched(enum pod_state state);

/* rebind.c */
/* Whether tasks of the queued pod live, there may be news. */
void pod_look_for_tasks(struct core *core, struct pod *pod);
/* The API server has the pod from before it was bound, if it shows no node. */
void pod_binding_taken_back(struct core *core, struct pod *pod);
/* The watch shows its node. */
void pod_bound_again(struct core *core, struct pod *pod);
void pod_rebind(struct core *core, struct pod *pod);
void pod_rebind_result(struct core *core, struct pod *pod, const struct err *failure);

/* report.c */
/* Why it does not run, while it is to run. */
const char *task_waiting_reason(const struct core *core, const struct pod *pod, const struct task *task);
/* The watch shows what is stored. */
void pod_status_seen(struct core *core, struct pod *pod);
void pod_report(struct core *core, struct pod *pod);
void pod_report_result(struct core *core, struct pod *pod, const struct core_event *result);
void pod_settle_acknowledgements(struct core *core, struct pod *pod, bool gone);
/* `event` is borrowed; who tells it, and when, is filled in. */
void record_event(struct core *core, const struct kube_event *event);
void pod_record(struct core *core, const struct pod *pod, const char *type, const char *reason, const char *message);

/* admit.c */
/* Becomes of a pod that is, or is to be, refused. */
void pod_refuse(struct core *core, struct pod *pod, const char *reason, const char *why);
/* False: the bound pod can never fit its agent, and has failed. */
bool pod_admitted(struct core *core, struct pod *pod);
/* The same of one that is bound to a node that stands for all agents, and waits for one: no agent can take it. */
bool pod_admitted_by_any(struct core *core, struct pod *pod);
bool pod_never_ran(const struct pod *pod);

/* adopt.c */
/* The annotations of a pod of ours that is bound: its agent, its network, its executor, and whose it is. */
struct pod_marks {
	struct kube_pair pairs[4]; /* borrowed */
	size_t n;
	char executor[EXECUTOR_TEXT_MAX];
};
void pod_marks(const struct core *core, const struct pod *pod, const struct agent *agent, struct pod_marks *ret);
/* It is on the network that it names now, whatever it names later; when it was on none. */
void pod_join(struct pod *pod);
void pod_unjoin(struct pod *pod);
/* It belongs to another adapter. */
bool is_others(const struct core *core, const char *adapter);
bool pod_is_others(const struct core *core, const struct kube_pod *spec);
/* Bound by somebody else to a node of ours, and no agent is kept with it yet. */
bool pod_is_adoptable(const struct core *core, const struct kube_pod *spec);
/* … and the node stands for all agents: it waits for one like a pod that is not bound. */
bool pod_wants_agent(const struct core *core, const struct kube_pod *spec);
/* The agent of the node of an adoptable pod; NULL: none in particular. */
struct agent *agent_by_node(struct core *core, const struct kube_pod *spec);
/* Of one that is bound, or about to be. */
const char *pod_node_name(const struct pod *pod);
struct effect *pod_adoption(struct core *core, struct pod *pod, const struct agent *agent);
/* All nodes are known: whose are they? */
void pods_look_again(struct core *core);
void pod_adopt(struct core *core, struct pod *pod);
void pod_store_agent(struct core *core, struct pod *pod);
void pod_store_agent_result(struct core *core, struct pod *pod, const struct err *failure);
/* It had none in Kubernetes before. */
void pod_agent_stored(struct core *core, struct pod *pod);

#endif
