/* What Mesos says of tasks: updates, and answers to reconciliation. */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

void acknowledge(struct core *core, const char *agent_id, const char *task_id, const char *uuid)
{
	struct effect *f = effects_add(core->out, EFFECT_ACKNOWLEDGE);
	f->agent_id = xstrdup(agent_id);
	f->task_id = xstrdup(task_id);
	f->text = xstrdup(uuid);
}

static void acknowledge_now(struct core *core, const struct mesos_task_status *status)
{
	if (status->uuid[0] && status->agent_id) {
		acknowledge(core, status->agent_id, status->task_id, status->uuid);
	}
}

bool never_launched(enum pod_state state)
{
	return state == POD_FOREIGN || state == POD_REFUSED || state == POD_QUEUED || state == POD_BINDING;
}

static struct task *find_task(struct pod *pod, const struct task_id *id)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (id->pause ? !task->spec : task->spec && strcmp(task->spec->name, id->container) == 0) {
			return task;
		}
	}
	return NULL;
}

struct task *task_explain(const struct core *core, const char *task_id, struct task_id *ret_id, struct pod **ret_pod)
{
	struct pod *pod = task_id_parse(task_id, ret_id) < 0 ? NULL : map_get(&core->pods, ret_id->uid);
	*ret_pod = pod;
	return pod && !never_launched(pod->state) ? find_task(pod, ret_id) : NULL;
}

bool task_explained(const struct core *core, const char *task_id)
{
	struct task_id id;
	struct pod *pod;
	return task_explain(core, task_id, &id, &pod) != NULL;
}

/* ---- updates ---- */

/* Mesos knows nothing of the task, so it never ran, or no longer. An agent that Mesos does not know could still run it:
 * that is enough to let go of a pod, and not enough to launch it again. */
bool says_absent(const struct pod *pod, enum mesos_task_state state)
{
	if (state == TASK_UNKNOWN) {
		return pod->lost || pod->state == POD_ENDING || pod->state == POD_ORPHANED ||
		       pod->state == POD_FINISHING || pod->state == POD_DONE || pod->state == POD_REMOVING;
	}
	return state == TASK_GONE || state == TASK_DROPPED || state == TASK_LOST;
}

/* To be acknowledged when the status that it led to is stored. */
static void remember_uuid(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status,
			  int number)
{
	if (!status->uuid[0]) {
		return;
	}
	if (task->generation <= pod->stored || pod->state == POD_ORPHANED) {
		acknowledge_now(core, status);
		return;
	}
	memcpy(task->uuid, status->uuid, sizeof(task->uuid));
	task->uuid_run = number;
}

/* The master has the task still, and tells what it heard of it last. */
static bool says_latest(const struct mesos_task_status *status)
{
	return status->reason && strcmp(status->reason, "REASON_RECONCILIATION") == 0;
}

static void ask_later(const struct core *core, struct pod *pod)
{
	if (pod->ask_ms <= core->now || pod->ask_ms == UNSET) {
		pod->ask_ms = core->now + (pod->ask_every_ms ? pod->ask_every_ms : core->cfg.ask_first_ms);
	}
}

/* The run did not come about. Does the master keep its id? Then it is to be asked again, unless it is going to hear of
 * it, by the acknowledgement. */
static bool keeps_id(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	task->id_taken = status->uuid[0] || (status->state == TASK_DROPPED && says_latest(status));
	bool ask = task->id_taken && !status->uuid[0];
	if (ask) {
		ask_later(core, pod);
	}
	return ask;
}

/* True when that was all: the run was not launched after all, or an answer to a question that changes nothing. */
static bool answer(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	struct run *run = &task->run;
	if (status->state == TASK_UNKNOWN && !says_absent(pod, status->state)) {
		return true;
	}
	bool asked = task->probe;
	task->probe = asked && status->state == TASK_UNREACHABLE;
	if (status->state == TASK_GONE && run->state == RUN_LAUNCHING && !task->heard && !asked) {
		pod_ask(core, pod); /* it may answer a question from before the launch */
		return true;
	}
	if (!says_absent(pod, status->state) || task->heard || run->state == RUN_RUNNING || run_over(run)) {
		return false;
	}
	if (run->state == RUN_LAUNCHING) {
		int number = run->number;
		run_done(run);
		*run = (struct run){.number = number};
		pod_relaunch_later(core, pod);
		pod->generation = task->generation = ++core->last_generation;
	}
	task->probe = keeps_id(core, pod, task, status);
	remember_uuid(core, pod, task, status, task->run.number);
	pod_touch(core, pod);
	return true;
}

/* An id that is to be used again must be free. Whether an acknowledgement that failed was taken, the master tells. */
void acknowledged(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct task_id id;
	struct pod *pod;
	struct task *task = task_explain(core, effect->task_id, &id, &pod);
	bool next = task && run_over(&task->run);
	if (!task || !task->id_taken || id.run != task->run.number + next) {
		return;
	}
	task->id_taken = failure != NULL;
	*(next ? &task->probe_next : &task->probe) = task->id_taken;
	if (failure) {
		pod_ask(core, pod);
	}
	pod_touch(core, pod);
}

static void say_started(struct core *core, const struct pod *pod, const struct task *task)
{
	if (task->spec) {
		CLEANUP_FREE char *text = xasprintf("Started container %s", task->spec->name);
		pod_record(core, pod, "Normal", "Started", text);
	}
}

/* An agent that is away answers later, and then perhaps that it never had the task. */
static void ask_while_unreachable(struct core *core, struct pod *pod, struct task *task)
{
	task->probe = task->probe || !run_over(&task->run);
	ask_later(core, pod);
}

static bool is_live(enum mesos_task_state state)
{
	return !mesos_task_state_terminal(state) && state != TASK_UNKNOWN && state != TASK_UNREACHABLE;
}

/* A run that counts as over must not live. */
static void kill_left_over(struct core *core, const struct pod *pod, const struct task *task, int number,
			   int64_t grace_ms)
{
	char id[TASK_ID_MAX];
	if (core_acting(core)) {
		struct effect *f = effects_add(core->out, EFFECT_KILL);
		f->ns = xstrdup(pod->spec->ns);
		f->name = xstrdup(pod->spec->name);
		f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), number, id));
		f->agent_id = xstrdup(pod->agent->id);
		f->grace_ms = grace_ms;
	}
}

/* It was taken for lost, and it lives, and so may others of its pod. What is stored of them stays as it is; nothing
 * comes after them, their pod's end included, before Mesos says that they are over. */
static void lives_on(struct core *core, struct pod *pod, struct task *task)
{
	kill_left_over(core, pod, task, task->run.number, task->spec ? pod->grace_ms : 0);
	pod_doubt_lost(pod);
	ask_later(core, pod);
}

static void update_run(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	struct run *run = &task->run;
	struct mesos_task_status gone = *status;
	if (status->state == TASK_UNKNOWN) {
		gone.state = TASK_GONE; /* nobody knows it, and nobody wants it any more */
		status = &gone;
	}
	bool was_live = run_live(run) && task->heard && !run->unreachable;
	bool was_running = run->state == RUN_RUNNING;
	bool was_over = run_over(run);
	bool changed = run_update(run, status, core->now); /* what may live is as good as launched */
	if (was_over && run->state == RUN_LOST && is_live(status->state)) {
		lives_on(core, pod, task);
	}
	if (status->state == TASK_UNREACHABLE) {
		ask_while_unreachable(core, pod, task);
	} else {
		task->heard = true;
		pod->relaunch_ms = 0;
	}
	if (changed) {
		pod->generation = task->generation = ++core->last_generation;
		if (status->ip && (!pod->ip || strcmp(pod->ip, status->ip) != 0)) {
			free(pod->ip);
			pod->ip = xstrdup(status->ip);
		}
	}
	if (run->state == RUN_RUNNING) {
		task_probes_begin(task, core->now);
		task_probes_told(core, pod, task, status);
	}
	if (!was_over && run_over(run) && task_ended_unhealthy(task, status)) {
		task->condemned = true;
		say_condemned(core, pod, task, PROBE_LIVENESS);
	}
	if (!was_over && status->state == TASK_KILLED) {
		task_killed(pod, task);
	}
	remember_uuid(core, pod, task, status, task->run.number);
	if (!was_running && run->state == RUN_RUNNING) {
		say_started(core, pod, task);
	}
	if (!was_over && run_over(run)) {
		task_ended(core, pod, task);
		task_await_message(core, pod, task);
		if (status->reason && strcmp(status->reason, "REASON_AGENT_DRAINING") == 0) {
			pod_drain(core, pod);
		}
	}
	pod_touch(core, pod);
	if (!was_live && run_live(run)) {
		pod_event(core, pod, POD_EV_TASK_LIVE);
	}
}

/* The master says so of every task that is asked of, also of one that was never launched. */
static bool says_only_of_agent(enum mesos_task_state state)
{
	return state == TASK_UNREACHABLE || state == TASK_GONE_BY_OPERATOR;
}

/* A run that was not launched, of a pod that is being removed, does not live for its agent being away. If it was asked
 * of, the answer is still to come. */
static bool agent_of_removed(const struct pod *pod, const struct task *task, enum mesos_task_state state)
{
	return pod->state == POD_REMOVING && task->run.state == RUN_NONE && state == TASK_UNREACHABLE;
}

/* Of a pod that is bound nothing lives, so what is said of its agent is all that counts. True when that was said. */
static bool agent_of_bound(struct core *core, struct pod *pod, struct task *task, enum mesos_task_state state)
{
	if (pod->state != POD_BOUND ||
	    (state != TASK_UNREACHABLE && state != TASK_GONE_BY_OPERATOR && state != TASK_UNKNOWN)) {
		return false;
	}
	if (state == TASK_UNREACHABLE) {
		ask_while_unreachable(core, pod, task);
	} else if (!pod->lost) {
		pod_lose(core, pod);
	}
	return true;
}

/* A run with a number that we do not expect. True when the update is dealt with. */
static bool other_run(struct core *core, struct pod *pod, struct task *task, int number,
		      const struct mesos_task_status *status)
{
	if (number == task->run.number) {
		return false;
	}
	if (number < task->run.number) {
		remember_uuid(core, pod, task, status, number); /* it stands in the status as the last one */
		if (is_live(status->state)) {
			kill_left_over(core, pod, task, number, 0);
		}
		return true;
	}
	task->probe_next = false;
	if (task->spec && says_only_of_agent(status->state)) {
		task->probe_next = status->state == TASK_UNREACHABLE;
		acknowledge_now(core, status);
		pod_touch(core, pod);
		return true;
	}
	if (says_absent(pod, status->state) || status->state == TASK_UNKNOWN) {
		bool keeps = keeps_id(core, pod, task, status);
		task->probe_next = keeps || (status->state == TASK_UNKNOWN && !says_absent(pod, status->state));
		acknowledge_now(core, status);
		pod_touch(core, pod);
		return true;
	}
	/* An earlier life of ours launched it, so the one before was over; if it was the pause, it may have been left.
	 */
	if (run_live(&task->run)) {
		if (task->heard) {
			kill_left_over(core, pod, task, task->run.number, 0);
		}
		task->run.state = RUN_LOST;
		task->run.reason = "ContainerStatusUnknown";
	}
	if (run_over(&task->run)) {
		task_roll(task);
	}
	task->run.number = number;
	return false;
}

/* The master remembers that a task failed, and not how: exit code and message stand in the agent's update, which comes
 * again until it is acknowledged, and at once to a framework that subscribes anew. True while that is waited for. */
static bool words_to_come(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	bool of_master = !status->uuid[0] && status->reason && strcmp(status->reason, "REASON_RECONCILIATION") == 0;
	bool ended = status->state == TASK_FAILED || status->state == TASK_KILLED;
	bool wanted = pod->state == POD_UNSURE || pod->state == POD_LAUNCHING || pod->state == POD_ACTIVE;
	if (!of_master || !ended || !wanted || !task->spec || run_over(&task->run)) {
		return false;
	}
	task->words_ms = task->words_ms ? task->words_ms : core->now + WORDS_WAIT_MS;
	if (core->now >= task->words_ms) {
		return false;
	}
	ask_while_unreachable(core, pod, task);
	pod_touch(core, pod);
	return true;
}

void core_task_update(struct core *core, const struct mesos_task_status *status)
{
	struct task_id id;
	if (!core->synced) {
		return; /* the agent repeats it, and the master is asked */
	}
	agents_heard(core, status);
	if (is_agent_question(status->task_id) || everything_told(core, status)) {
		return;
	}
	struct pod *pod;
	struct task *task = task_explain(core, status->task_id, &id, &pod);
	if (!task) {
		acknowledge_now(core, status);
		orphan_update(core, status);
		if (pod) {
			pod_look_for_tasks(core, pod);
			pod_touch(core, pod);
		}
		return;
	}
	bool asked = task->probe;
	bool known = task->words_ms != 0;
	uint64_t generation = task->generation;
	audit_heard(task, id.run);
	if (agent_of_removed(pod, task, status->state) || agent_of_bound(core, pod, task, status->state) ||
	    other_run(core, pod, task, id.run, status) || answer(core, pod, task, status)) {
		return;
	}
	if (!words_to_come(core, pod, task, status)) {
		update_run(core, pod, task, status);
	}
	bool news = task->generation != generation || (!known && task->words_ms);
	if (!asked && !status->uuid[0] && news) {
		audit_news(core); /* to a question for everything */
	}
}
