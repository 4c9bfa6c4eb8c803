/* What the files of the Mesos model share; outside of it only cluster.h is known.
 *
 * Two views of a task are kept apart, because partitions and restarts make them differ: what the agent knows (its
 * container, its queue of unacknowledged updates, `state`) and what the master knows (`master_state`, resources held).
 * A task lives while either side does; what remains afterwards is the JSON in its framework's list of completed tasks.
 */
#ifndef SANDBOX_MESOS_MODEL_H
#define SANDBOX_MESOS_MODEL_H

#include <jansson.h>

#include "base/list.h"
#include "base/map.h"
#include "tests/sandbox/mesos/cluster.h"
#include "tests/sandbox/mesos/ids.h"
#include "tests/sandbox/mesos/isolators.h"
#include "tests/sandbox/mesos/resources.h"
#include "tests/sandbox/mesos/timers.h"

#define MESOS_VERSION "1.12.0"
#define MESOS_ID_MAX 255
#define MESOS_EXECUTOR_SHUTDOWN_GRACE_MS 5000
#define MESOS_KILL_GRACE_MS 3000
#define MESOS_INPUT_LINGER_MS 1000 /* from a process' end to that of its container, while its input is connected */
#define MESOS_EXECUTOR_END_MS 100  /* from the last task's end to that of its executor */

enum master_state { MASTER_LEADING, MASTER_RECOVERING, MASTER_STANDBY };

struct mesos_cluster {
	struct mesos_cluster_config config; /* its strings belong to the cluster */
	struct ids ids;
	struct timers timers;
	int64_t now; /* of the call under way */

	char master_id[UUID_TEXT_SIZE];
	enum master_state master;
	bool silent;
	char *leader; /* HOST:PORT of the other master while standby */
	int64_t started_ms;
	uint64_t next_framework, next_offer, next_agent;
	struct timer allocation, recovery;

	struct list frameworks; /* all but removed ones */
	struct map frameworks_by_id;
	size_t n_frameworks;
	struct list removed; /* frameworks, oldest first, as struct framework */
	struct list agents;
	struct mesos_agent **agent_array;
	size_t n_agents, cap_agents;
	struct map agents_by_id, agents_by_host, offers, containers;
	struct list retired; /* agents' former ids */
	struct list inverse; /* maintenance.c */
	json_t *schedule;    /* of maintenance; NULL: none */

	struct list exits; /* ends of containers not handled yet */
	bool busy;
};

struct framework_role {
	char *name;
	bool suppressed;
	struct list filters;
};

enum framework_capability {
	FRAMEWORK_TASK_KILLING = 1,
	FRAMEWORK_GPU = 2,
	FRAMEWORK_PARTITION_AWARE = 4,
	FRAMEWORK_MULTI_ROLE = 8,
	FRAMEWORK_REFINEMENT = 16,
};

struct framework {
	struct list link;
	struct mesos_cluster *c;
	char *id;
	json_t *info;
	json_t *constraints; /* role -> groups of attribute constraints; NULL: none */
	unsigned capabilities;
	bool checkpoint, connected, removed;
	bool recovered; /* known from an agent, not subscribed since */
	bool forgotten; /* by a restarted master, until it subscribes or an agent tells of it */
	struct framework_role *roles;
	size_t n_roles;
	struct sandbox_stream *stream;
	char stream_id[UUID_TEXT_SIZE];
	struct timer heartbeat, failover;
	int64_t failover_ms, registered_ms, reregistered_ms, unregistered_ms;
	struct list tasks;	 /* on the master */
	struct list unreachable; /* tasks on agents that are */
	struct map tasks_by_id;	 /* of `tasks` */
	struct list offers;
	json_t *completed; /* Task objects, oldest first */
};

/* The master's view. */
enum agent_state {
	AGENT_REGISTERED,
	AGENT_DISCONNECTED, /* its connection broke, its time has not run out */
	AGENT_RECOVERED,    /* the master restarted and has not seen it yet */
	AGENT_UNREACHABLE,
	AGENT_GONE,
};

struct mesos_agent {
	struct list link;
	struct mesos_cluster *c;
	size_t index;
	char *id, *hostname, *ip, *container_ip, *region, *zone;
	int port;
	struct isolators isolators;
	json_t *attributes;
	struct resources total, free; /* free: neither allocated nor offered */
	enum agent_state state;
	bool deactivated;
	json_t *unavailability; /* NULL: no maintenance is scheduled */
	bool draining, drain_gone;
	int64_t drain_grace_ms; /* -1: as the tasks say */
	int64_t unreachable_ms, registered_ms, reregistered_ms;
	/* The agent's own. */
	bool powered, up, partitioned;
	bool refuses;  /* all credentials */
	bool blank;    /* lost its state, and with it its id */
	bool unlisted; /* the registry dropped it while it was unreachable */
	struct timer lost, comeback;
	struct list executors;
	struct list tasks; /* that either side knows */
	struct list offers;
	struct list containers;
	struct list nested; /* nested.h */
	struct map nested_by_path;
	size_t n_nested;
};

/* An id that an agent had before it lost everything. */
struct retired_agent {
	struct list link;
	char *id;
	enum agent_state state;
	int64_t unreachable_ms;
};

struct filter {
	struct list link;
	struct mesos_agent *agent;
	struct resources refused;
	int64_t until_ms;
};

struct offer {
	struct list in_framework, in_agent;
	char id[UUID_TEXT_SIZE + 24];
	struct framework *framework;
	struct mesos_agent *agent;
	char *role;
	struct resources resources;
	struct timer expiry;
};

struct executor {
	struct list in_agent;
	struct mesos_agent *agent;
	char *framework_id, *id;
	bool is_default; /* else the command executor of one task */
	bool holds;	 /* resources on the master */
	bool unhealthy;	 /* one of its tasks was; it says so of each that ends from then on, as the real one does */
	bool ending;	 /* has nothing left to run, and takes nothing on */
	struct timer end;
	bool checkpoint;
	char container_id[UUID_TEXT_SIZE];
	json_t *info;
	char *role;
	struct resources resources;
	struct list tasks; /* that live on the agent */
	int next_group;
	char *run_dir; /* NULL without a state directory */
};

struct update {
	struct list link;
	json_t *status;
	char uuid[UUID_BASE64_SIZE];
};

struct task {
	struct list in_framework, in_agent, in_executor;
	char *id;
	json_t *info; /* TaskInfo */
	struct framework *framework;
	struct mesos_agent *agent;
	struct executor *executor; /* NULL when it was never launched there, or has ended */
	char *executor_id;
	struct resources resources;
	int group;
	/* the master's */
	bool on_master, unreachable, holds, kill_pending;
	int64_t pending_grace_ms;
	const char *master_state; /* that of the last status forwarded */
	json_t *statuses;
	char status_uuid[UUID_BASE64_SIZE]; /* of the last forwarded one; "" for the master's own */
	/* the agent's */
	bool on_agent, killed, drained;
	bool has_healthy, healthy;	      /* the last word of its health check */
	struct checker *check, *health_check; /* NULL: there is none, or it is over */
	const char *state;
	struct container *container;
	char container_id[UUID_TEXT_SIZE];
	int64_t pid;
	struct list updates; /* the first has been sent, the others wait for its acknowledgement */
	struct timer retry;
	int64_t retry_ms;
};

/* A process that runs, or will soon be reported to have ended. Outlives its task when the framework is gone. */
struct container {
	struct list in_agent;
	char *id; /* a task's container id, or the path of a nested one */
	char *framework_id;
	struct mesos_agent *agent;
	struct task *task;	 /* or */
	struct checker *checker; /* it is one of its askings, or */
	struct nested *nested;	 /* all NULL when nobody wants to know any more */
	struct switchboard *io;	 /* NULL: its input and output are files */
	bool ended;		 /* but whoever writes to it is still heard for a moment */
	int wait_status;
	struct timer grace;
};

/* cluster.c */
void cluster_enter(struct mesos_cluster *c, int64_t now_ms);
void cluster_leave(struct mesos_cluster *c); /* handles ends that came meanwhile */
json_t *cluster_master_info(const struct mesos_cluster *c);
double cluster_seconds(int64_t ms);
json_t *cluster_nanoseconds(int64_t ms);

/* streams.c */
struct sandbox_stream *stream_open(struct framework *f);
void stream_record(struct sandbox_stream *s, json_t *event); /* takes the reference */
void framework_send(struct framework *f, json_t *event);     /* takes the reference; nothing when disconnected */
void framework_send_error(struct sandbox_stream *s, const char *message);
void stream_end(struct framework *f, bool cut);

/* framework.c */
struct framework *framework_find(struct mesos_cluster *c, const char *id);
struct framework *framework_removed_find(struct mesos_cluster *c, const char *id);
struct framework *framework_add(struct mesos_cluster *c, const char *id, const json_t *info);
void framework_apply(struct framework *f, const json_t *info, const json_t *suppressed, const json_t *constraints);
/* NULL, or what is wrong; free() it. */
char *framework_invalid(struct mesos_cluster *c, const json_t *info, const json_t *suppressed);
void framework_connect(struct framework *f, struct sandbox_stream *s);
void framework_disconnect(struct framework *f, bool cut);
void framework_remove(struct framework *f);
void framework_recover(struct framework *f);
void frameworks_master_restarted(struct mesos_cluster *c);
void framework_free(struct framework *f);
bool framework_can(const struct framework *f, enum framework_capability capability);
struct framework_role *framework_role(struct framework *f, const char *name);
enum resource_format framework_format(const struct framework *f);

/* allocator.c */
void allocate(struct mesos_cluster *c);
void allocation_tick(struct timer *t, int64_t now);
void filter_add(struct framework_role *r, struct mesos_agent *a, const struct resources *refused, int64_t until_ms);
void filters_clear(struct framework_role *r);
void filters_forget_agent(struct mesos_cluster *c, struct mesos_agent *a);

/* offers.c */
struct offer *offer_make(struct framework *f, struct mesos_agent *a, const char *role,
			 const struct resources *free_part);
json_t *offer_json(const struct offer *o, enum resource_format format);
void offer_remove(struct offer *o, bool recover);
void offer_rescind(struct offer *o);
void offers_rescind_agent(struct mesos_agent *a);
void offers_drop_framework(struct framework *f);

/* accept.c */
void call_accept(struct framework *f, const json_t *accept);
void call_decline(struct framework *f, const json_t *decline);

/* validate.c: NULL, or what is wrong; free() it. `offered` and the task's resources carry allocation roles. */
char *task_invalid(struct framework *f, struct mesos_agent *a, const json_t *info);
char *task_resources_invalid(const struct resources *needed, const struct resources *offered, bool group);
char *group_invalid(struct framework *f, struct mesos_agent *a, const json_t *executor, const json_t *tasks);
char *id_invalid(const char *id);

/* tasks.c: the master's side */
struct task *task_new(struct framework *f, struct mesos_agent *a, const json_t *info, const struct resources *resources,
		      const char *executor_id);
struct task *task_find(struct framework *f, const char *id);
void task_send_status(struct framework *f, const json_t *status); /* as UPDATE */
/* The master's own word on a task: no uuid. */
json_t *master_status(struct mesos_cluster *c, const char *task_id, const char *state, const char *message,
		      const char *reason, const char *agent_id);
void master_receive_update(struct task *t, const struct update *u);
void task_release(struct task *t);	 /* gives its resources back */
void task_master_forget(struct task *t); /* to the completed ones */
void task_maybe_free(struct task *t);
void task_set_master(struct task *t, json_t *status);
json_t *task_json(const struct task *t);
bool task_state_terminal(const char *state);
const char *task_state_name(const char *state); /* the same name as a constant */
struct task *task_find_on_agent(struct mesos_agent *a, const char *framework_id, const char *id);
void call_acknowledge(struct framework *f, const json_t *acknowledge);

/* updates.c: the agent's status update manager */
const char *agent_container_ip(const struct mesos_agent *a);
json_t *agent_status(struct task *t, const char *state, const char *message, const char *source, const char *reason);
void task_update(struct task *t, json_t *status); /* takes the reference */
void task_acknowledged(struct task *t, const char *uuid);
void task_resend(struct task *t, int64_t now);
void task_agent_forget(struct task *t);

/* executors.c: the agent's side */
/* What is sent to it under its present id, arrives. */
bool agent_reachable(const struct mesos_agent *a);
struct executor *executor_find(struct mesos_agent *a, const char *framework_id, const char *id);
struct executor *executor_new(struct framework *f, struct mesos_agent *a, const char *id, const json_t *info,
			      const char *role, const struct resources *resources);
/* Tasks of one group on the default executor, or one task of its own; they know their executor. */
void executor_launch(struct executor *x, struct task *const *tasks, size_t n);
void executor_kill_task(struct task *t, int64_t grace_ms); /* -1: the task's policy */
void executor_shutdown(struct executor *x);
/* The task's process is gone, or could never start. No reason: NULL. */
void executor_task_ended(struct task *t, const char *state, const char *message, const char *reason);
/* Forget it, giving back what it held. */
void executor_drop(struct executor *x);
void agent_shutdown_framework(struct mesos_agent *a, const char *framework_id);

/* containers.c: the processes */
int container_start(struct task *t, char **ret_failure); /* -1 and free() why */
/* Beside the task, with its environment and directory, and inside it if wanted. NULL: it cannot be run. */
struct container *container_start_check(struct task *t, struct checker *checker, const char *id, const json_t *command,
					bool inside);
void container_signal(struct container *k, int signo);
void container_end(struct container *k, int64_t grace_ms);
void container_free(struct container *k);
void container_exited(struct container *k, int wait_status);
void container_input_over(struct container *k); /* nobody writes to it any more */

/* checks.c */
void checks_start(struct task *t);
void checks_stop(struct task *t);
void checker_output(struct checker *k, const char *bytes, size_t n);
void checker_lost(struct checker *k); /* its process is nobody's business any more */
void checker_exited(struct checker *k, int wait_status);
/* What the executor says of them in a status. */
void checks_add_to_status(const struct task *t, const char *state, json_t *status);

/* agents.c */
struct mesos_agent *agent_find(struct mesos_cluster *c, const char *id);
enum agent_state agent_known(struct mesos_cluster *c, const char *id, int64_t *ret_unreachable_ms, bool *ret_known);
void agent_mark_gone(struct mesos_agent *a);
void agent_shut_down(struct mesos_agent *a); /* its process ends, and all executors with it */
void agents_master_restarted(struct mesos_cluster *c);

/* maintenance.c */
void inverse_offers(struct mesos_cluster *c); /* those that are due */
/* Of this framework, or of this agent. */
void inverse_forget(struct mesos_cluster *c, const struct framework *f, const struct mesos_agent *a);
void inverse_revived(struct framework *f);
/* "ACCEPT" or "DECLINE" */
void call_answer_inverse(struct framework *f, const json_t *call, const char *answer);
void maintenance_schedule(struct mesos_cluster *c, const json_t *schedule);
json_t *maintenance_get_schedule(struct mesos_cluster *c);
json_t *maintenance_status(struct mesos_cluster *c);
json_t *drain_info(const struct mesos_agent *a);
void drained_gone(struct mesos_cluster *c);
void agent_deactivate(struct mesos_agent *a);
void agent_reactivate(struct mesos_agent *a);
void agent_drain(struct mesos_agent *a, int64_t grace_ms, bool gone); /* -1: as the tasks say */

/* reconcile.c */
void reconcile_task(struct framework *f, const char *task_id, const char *agent_id);
void call_reconcile(struct framework *f, const json_t *reconcile);
void call_kill(struct framework *f, const json_t *kill);
void call_reconcile_operations(struct framework *f, const json_t *reconcile);

/* api.c: what all endpoints have in common */
void api_text(struct sandbox_response *res, int status, const char *text);
void api_json(struct sandbox_response *res, int status, json_t *body); /* takes the reference */
/* 0 and the principal (NULL: no authentication), or -1 and the answer is given. */
int api_authenticate(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res,
		     const char *realm, const char **ret_principal);
int api_check_method(const struct sandbox_request *req, struct sandbox_response *res, const char *method);
struct proto_message;
/* A new reference, or NULL and the answer is given. */
json_t *api_call(const struct sandbox_request *req, struct sandbox_response *res, const struct proto_message *message);
bool api_accepts_json(const struct sandbox_request *req);
json_t *api_version(void);

/* scheduler.c, operator.c, state.c, files.c */
void scheduler_handle(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res);
void operator_handle(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res);
json_t *state_tasks(struct mesos_cluster *c);
json_t *state_frameworks(struct mesos_cluster *c);
json_t *state_agents(struct mesos_cluster *c);
json_t *state_executors(struct mesos_cluster *c);
json_t *state_v0(struct mesos_cluster *c);
char *run_dir_of(const struct mesos_agent *a, const char *framework_id, const char *executor_id,
		 const char *container_id);
void files_browse(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res);
void files_read(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res);
void files_download(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res);
void files_call_list(struct mesos_agent *a, const json_t *call, struct sandbox_response *res);
void files_call_read(struct mesos_agent *a, const json_t *call, struct sandbox_response *res);

#endif
