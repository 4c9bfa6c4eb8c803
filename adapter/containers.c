/* The containers of a pod: which are over for good, which may run next and when, which must be killed. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/i64.h"
#include "base/mem.h"
#include "translate/volumes.h"

#define GRACE_LEAST_MS 2000 /* of who is told to end late: a sidecar, or after a preStop hook */

const char *task_name(const struct task *task)
{
	return task->spec ? task->spec->name : TASK_PAUSE_NAME;
}

void pod_tasks_make(const struct core *core, struct pod *pod)
{
	const struct kube_pod *spec = pod->spec;
	pod->first_init = pod->need.pause ? 1 : 0;
	pod->first_main = pod->first_init + spec->n_init_containers;
	pod->first_ephemeral = pod->first_main + spec->n_containers;
	pod->n_tasks = pod->first_ephemeral + spec->n_ephemeral;
	pod->tasks = xcalloc(pod->n_tasks, sizeof(*pod->tasks));
	for (size_t i = 0; i < pod->n_tasks; i++) {
		pod->tasks[i].kill_ms = UNSET;
		pod->tasks[i].run.number = pod->first_run;
		pod->tasks[i].init = i >= pod->first_init && i < pod->first_main;
	}
	for (size_t i = 0; i < spec->n_ephemeral; i++) {
		task_ephemeral_init(core, pod, i);
	}
	pod_tasks_relink(pod);
}

void pod_tasks_relink(struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->first_ephemeral; i++) {
		pod->tasks[i].spec = i < pod->first_main ? &pod->spec->init_containers[i - pod->first_init]
							 : &pod->spec->containers[i - pod->first_main];
	}
	for (size_t i = pod->first_ephemeral; i < pod->n_tasks; i++) {
		pod->tasks[i].spec = &pod->spec->ephemeral[i - pod->first_ephemeral].container;
	}
}

void task_done(struct task *task)
{
	run_done(&task->run);
	run_done(&task->last);
	free(task->config_error);
	free(task->refusal);
	free(task->unstarted);
	free(task->image);
}

void pod_tasks_done(struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		task_done(&pod->tasks[i]);
	}
	free(pod->tasks);
}

void pod_tasks_probe(struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		task->probe = !run_over(&task->run);
		task->probe_next = run_over(&task->run);
	}
}

void pod_tasks_unprobe(struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		pod->tasks[i].probe = pod->tasks[i].probe_next = false;
	}
	pod->asked_all = 0;
}

bool pod_goes_on(const struct pod *pod)
{
	return pod->state == POD_UNSURE || pod->state == POD_BOUND || pod->state == POD_LAUNCHING ||
	       pod->state == POD_ACTIVE;
}

bool pod_any_live(const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (run_live(&pod->tasks[i].run)) {
			return true;
		}
	}
	return false;
}

bool pod_any_probe(const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].probe || pod->tasks[i].probe_next) {
			return true;
		}
	}
	return pod->asked_all != 0;
}

bool task_sidecar(const struct task *task)
{
	return task->init && task->spec->sidecar;
}

static enum pod_restart_policy policy_of(const struct pod *pod, const struct task *task)
{
	return task->spec->own_restart_policy ? task->spec->restart_policy : pod->spec->restart_policy;
}

bool task_restarts(const struct pod *pod, const struct task *task)
{
	return policy_of(pod, task) != POD_RESTART_NEVER;
}

static bool has_code(const struct kube_restart_rule *rule, int code)
{
	for (size_t i = 0; i < rule->n_codes; i++) {
		if (rule->codes[i] == code) {
			return true;
		}
	}
	return false;
}

/* A rule of its own says that it runs again after this end. */
static bool rule_restarts(const struct task *task)
{
	for (size_t i = 0; i < task->spec->n_restart_rules; i++) {
		const struct kube_restart_rule *rule = &task->spec->restart_rules[i];
		if (has_code(rule, task->run.exit_code) == rule->in) {
			return true;
		}
	}
	return false;
}

/* The container has run and will not run again. */
bool task_completed(const struct pod *pod, const struct task *task)
{
	const struct run *run = &task->run;
	if (!run_over(run) || task_sidecar(task)) {
		return false;
	}
	if (run_not_prepared(run)) {
		return false; /* it is tried again, whatever the policy: that speaks of containers that ran */
	}
	if (task->ephemeral) {
		return true;
	}
	bool well = run->state == RUN_ENDED && run->exit_code == 0 && !task->condemned;
	if (task->init) {
		return well;
	}
	if (rule_restarts(task) || task->replaced) {
		return false;
	}
	switch (policy_of(pod, task)) {
	case POD_RESTART_ALWAYS:
		return false;
	case POD_RESTART_ON_FAILURE:
		return well;
	case POD_RESTART_NEVER:
		return true;
	}
	return false;
}

bool task_failed_for_good(const struct pod *pod, const struct task *task)
{
	/* condemned: it went well, and its sandbox died */
	bool again = task->condemned || rule_restarts(task) || run_not_prepared(&task->run);
	return task->init && !task_sidecar(task) && !task_restarts(pod, task) && run_over(&task->run) &&
	       !task_completed(pod, task) && !again;
}

bool phase_is_last(enum pod_phase phase)
{
	return phase == POD_PHASE_SUCCEEDED || phase == POD_PHASE_FAILED;
}

bool pod_completed(const struct pod *pod)
{
	if (pod->lost || pod->drained || pod->expired || phase_is_last(pod->phase) || phase_is_last(pod->spec->phase)) {
		return true;
	}
	bool all = true;
	for (size_t i = pod->first_init; i < pod->first_ephemeral; i++) {
		const struct task *task = &pod->tasks[i];
		if (task_failed_for_good(pod, task)) {
			return true;
		}
		all = all && (task->init || task_completed(pod, task));
	}
	return all;
}

/* The run that ended becomes the last one; the next is not launched yet. */
void task_roll(struct task *task)
{
	int next = task->run.number + 1;
	if (run_not_prepared(&task->run) && !task->has_last) {
		run_done(&task->run); /* still none ever ran */
	} else {
		run_done(&task->last);
		task->last = task->run;
		task->has_last = true;
	}
	task->words_ms = task->message_ms = 0;
	task->run = (struct run){.number = next};
	task->heard = false;
	task->probes = (struct probes){0};
	task->condemned = task->replaced = false;
	task_hooks_anew(task);
}

/* With its sandbox a pod loses the work of its init containers, so they run again. */
void pod_tasks_renew(struct pod *pod)
{
	for (size_t i = 0; i < pod->first_main; i++) {
		pod->tasks[i].passed = false;
		if (run_over(&pod->tasks[i].run)) {
			task_roll(&pod->tasks[i]);
		}
	}
}

static void say_unprepared(struct core *core, const struct pod *pod, const struct task *task)
{
	const char *words = task->run.message ? task->run.message : "";
	if (run_not_pulled(&task->run)) {
		CLEANUP_FREE char *text = xasprintf("Failed to pull image \"%s\": %s", task_image(task), words);
		pod_record(core, pod, "Warning", "Failed", text);
		return;
	}
	const char *volume = volumes_host_path_in(task->spec, words);
	CLEANUP_FREE char *text = volume ? xasprintf("MountVolume.SetUp failed for volume \"%s\" : %s", volume, words)
					 : xasprintf("MountVolume.SetUp failed: %s", words);
	pod_record(core, pod, "Warning", "FailedMount", text);
}

/* The first pause is not left out here. */
static void not_prepared(struct core *core, struct pod *pod, struct task *task)
{
	int64_t least = core->cfg.backoff_first_ms;
	task->backoff_ms = task->backoff_ms > least ? task->backoff_ms : least;
	task->due_ms = core->now + task->backoff_ms;
	say_unprepared(core, pod, task);
}

/* As the kubelet counts: the first restart comes at once, then after 10 s, 20 s, … 5 min; twice the longest without an
 * end, and counting begins anew. */
void task_ended(struct core *core, struct pod *pod, struct task *task)
{
	if (!task->spec) {
		return;
	}
	if (core->now - task->restarted_ms > 2 * core->cfg.backoff_max_ms || task->replaced) {
		task->backoff_ms = 0;
	}
	if (run_not_prepared(&task->run)) {
		not_prepared(core, pod, task);
		return;
	}
	task->due_ms = core->now + task->backoff_ms;
	if (task->backoff_ms && !task_completed(pod, task) && !pod_completed(pod)) {
		CLEANUP_FREE char *text = xasprintf("Back-off restarting failed container %s in pod %s_%s(%s)",
						    task->spec->name, pod->spec->name, pod->spec->ns, pod->spec->uid);
		pod_record(core, pod, "Warning", "BackOff", text);
	}
}

/* May this container be launched now? Not before its last end is stored, so that a later life of ours knows what to
 * ask. */
bool task_launchable(const struct pod *pod, const struct task *task, int64_t now, int64_t *next_due)
{
	if (run_live(&task->run) || task->probe || task->probe_next || task->id_taken || task_completed(pod, task) ||
	    task->generation > pod->stored || task->config_error) {
		return false;
	}
	if (task->due_ms > now) {
		*next_due = task->due_ms < *next_due ? task->due_ms : *next_due;
		return false;
	}
	return true;
}

int task_next_number(const struct task *task)
{
	return run_over(&task->run) ? task->run.number + 1 : task->run.number;
}

static int next_run(const struct pod *pod, size_t n_tasks)
{
	int number = 0;
	for (size_t i = 0; i < n_tasks; i++) {
		int n = task_next_number(&pod->tasks[i]);
		number = n > number ? n : number;
	}
	return number;
}

int pod_next_run(const struct pod *pod)
{
	return next_run(pod, pod->n_tasks);
}

/* Greater than any number that a former pause had, since each new sandbox comes with a next run of some container;
 * ephemeral ones have none. */
static int pause_number(const struct pod *pod)
{
	return next_run(pod, pod->first_ephemeral);
}

/* Its pause died alone: another container still keeps the executor, so a new pause can join it. */
static bool pause_missing(const struct pod *pod)
{
	const struct task *pause = &pod->tasks[0];
	bool dead = run_over(&pause->run) || (pause->run.state == RUN_NONE && pod->pause_known);
	if (pod->state != POD_ACTIVE || !dead || pause->probe || pause->id_taken) {
		return false;
	}
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		const struct run *run = &pod->tasks[i].run;
		if (run->state == RUN_RUNNING && !run->unreachable && !run->kill_sent) {
			return true;
		}
	}
	return false;
}

/* `all`: also those whose files do not stand yet; else these are counted. */
static size_t containers_due(const struct pod *pod, int64_t now, bool all, struct plan_item *ret, int64_t *ret_next_due,
			     size_t *ret_held)
{
	size_t n = 0;
	for (size_t i = pod->first_init; i < pod->first_ephemeral; i++) {
		const struct task *task = &pod->tasks[i];
		if (task->init && task_completed(pod, task)) {
			continue;
		}
		bool is_due = task_launchable(pod, task, now, ret_next_due);
		bool held = is_due && !all && !task_files_stand(pod, task);
		*ret_held += held;
		if (is_due && !held) {
			ret[n++] = (struct plan_item){task->spec, task_next_number(task)};
		}
		if ((task->init && !task->passed) || task_holds_others(task, is_due)) {
			break; /* one after the other, and before the others */
		}
	}
	return n;
}

/* Ephemeral containers have their turn when no other is due, one by one: what they lack, the others shall not wait for.
 * A pause may be wanted alone, for files to be written beside it. `all`: what would have its turn by then, too. */
static size_t due(const struct pod *pod, int64_t now, bool all, struct plan_item *ret, int64_t *ret_next_due)
{
	bool fresh = pod->state == POD_BOUND || pod->state == POD_BINDING || pod->state == POD_QUEUED;
	size_t n = 0;
	if (pod->asking) {
		return 0; /* an answer that is on its way must not be taken for one about the launch */
	}
	if (fresh && pod->need.pause && (pod->tasks[0].probe || pod->tasks[0].id_taken)) {
		return 0; /* what was taken for lost is being killed, or the master keeps the id still */
	}
	if (pod->need.pause && (fresh || pause_missing(pod))) {
		ret[n++] = (struct plan_item){NULL, pause_number(pod)};
	} else if (!fresh && pod->need.pause && !run_live(&pod->tasks[0].run)) {
		return 0; /* its sandbox is gone or going: not before everything in it is over */
	}
	size_t before = n, held = 0;
	if (fresh || pod->need.pause) {
		n += containers_due(pod, now, all, ret + n, ret_next_due, &held);
	}
	if (all || n == before) {
		n += pod_ephemeral_due(pod, now, all, ret + n, ret_next_due);
	}
	return n > before || held ? n : 0;
}

size_t pod_wanted(const struct pod *pod, int64_t now, struct plan_item *ret, int64_t *ret_next_due)
{
	return due(pod, now, false, ret, ret_next_due);
}

size_t pod_due(const struct pod *pod, int64_t now, struct plan_item *ret, int64_t *ret_next_due)
{
	return due(pod, now, true, ret, ret_next_due);
}

static struct task *task_of_item(struct pod *pod, const struct plan_item *item)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].spec == item->container) {
			return &pod->tasks[i];
		}
	}
	return NULL;
}

void pod_launched(struct core *core, struct pod *pod, const struct plan_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct task *task = task_of_item(pod, &items[i]);
		if (run_over(&task->run)) {
			task_roll(task);
			task->restarted_ms = core->now;
			task->backoff_ms =
			    core_backoff(task->backoff_ms, core->cfg.backoff_first_ms, core->cfg.backoff_max_ms);
		}
		run_done(&task->run);
		task->run.number = items[i].run;
		task->run.state = RUN_LAUNCHING;
		task->probes = (struct probes){0};
		task->condemned = task->replaced = false;
		free(task->image);
		task->image = task->spec ? xstrdup(task->spec->image) : NULL;
		task_hooks_anew(task);
		task->resources = task->spec ? container_resources(task->spec) : (struct kube_resources){0};
		task->heard = false;
		task->words_ms = 0;
		task->files_pause = 0;
		task->kill_ms = UNSET;
		task->kills_again = 0;
	}
	pod->pause_known = true;
	free(pod->why);
	pod->why = NULL;
	pod->generation = ++core->last_generation;
	pod_event(core, pod, POD_EV_LAUNCHED);
}

void pod_relaunch_later(struct core *core, struct pod *pod)
{
	pod->relaunch_ms = core_backoff(pod->relaunch_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (!run_live(&task->run) && task->due_ms < core->now + pod->relaunch_ms) {
			task->due_ms = core->now + pod->relaunch_ms;
		}
	}
}

/* As the kubelet reckons: what is left, and at least a moment. */
static int64_t grace_rest(int64_t grace_ms, int64_t left_ms)
{
	int64_t moment = i64_min(grace_ms, GRACE_LEAST_MS);
	return left_ms > moment ? left_ms : moment;
}

/* When its preStop hook has ended, at the latest when the grace period has; end_ms: when that is, UNSET: it begins now,
 * or began with the hook. */
static void kill_task(struct core *core, struct pod *pod, struct task *task, int64_t grace_ms, int64_t end_ms)
{
	char id[TASK_ID_MAX];
	int64_t until = task_stops_until(core, pod, task, grace_ms);
	if (until) {
		task->kill_ms = until;
		return;
	}
	int64_t begin_ms = task->hooks[HOOK_PRE_STOP].begin_ms ? task->hooks[HOOK_PRE_STOP].begin_ms : core->now;
	end_ms = end_ms == UNSET ? begin_ms + grace_ms : end_ms;
	struct effect *f = effects_add(core->out, EFFECT_KILL);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), task->run.number, id));
	f->agent_id = xstrdup(pod->agent->id);
	f->grace_ms = task->spec ? grace_rest(grace_ms, end_ms - core->now) : 0;
	task->run.kill_sent = true;
	task->killed_ms = core->now;
	task->kill_ms = core->now + f->grace_ms + KILL_AGAIN_MS;
}

/* The default executor can get stuck over a kill, and then takes no notice of any other. Its agent does not need it to
 * end all that is in it; so it is only for pods of which nothing shall live. */
static void shut_down(struct core *core, struct pod *pod, struct task *task)
{
	if (pod->shutdown_ms != core->now) {
		struct effect *f = effects_add(core->out, EFFECT_SHUTDOWN);
		f->ns = xstrdup(pod->spec->ns);
		f->name = xstrdup(pod->spec->name);
		f->uid = xstrdup(pod->spec->uid);
		f->agent_id = xstrdup(pod->agent->id);
		core->shutdowns++;
	}
	pod->shutdown_ms = core->now;
	task->kill_ms = core->now + KILL_AGAIN_MS;
}

static void kill_or_shut_down(struct core *core, struct pod *pod, struct task *task)
{
	bool in_vain = task->run.kill_sent && core->now - task->killed_ms >= KILL_AGAIN_MS;
	if (in_vain && ++task->kills_again > KILLS_AGAIN_MAX) {
		shut_down(core, pod, task);
	} else {
		kill_task(core, pod, task, pod->grace_ms, task_sidecar(task) ? pod->grace_end_ms : UNSET);
	}
}

/* The containers first; then the sidecars, the last one first, each when those after it are over or the grace period
 * is; the pause when all are over. A task of which Mesos was asked is left alone until it answers. */
void pod_kill(struct core *core, struct pod *pod)
{
	bool others_live = false;
	for (size_t i = pod->n_tasks; i-- > 0;) {
		struct task *task = &pod->tasks[i];
		bool sidecar = task_sidecar(task);
		if (!run_live(&task->run)) {
			continue;
		}
		if (!task->spec && others_live) {
			return;
		}
		if (sidecar && others_live && !task->run.kill_sent && core->now < pod->grace_end_ms) {
			int64_t until = task->probe ? 0 : task_stops_until(core, pod, task, pod->grace_ms);
			pod_alarm(core, pod, until ? i64_min(until, pod->grace_end_ms) : pod->grace_end_ms);
			continue;
		}
		others_live = true;
		if (task->probe) {
			continue;
		}
		if (task->kill_ms == UNSET || task->kill_ms <= core->now) {
			kill_or_shut_down(core, pod, task);
		}
		pod_alarm(core, pod, task->kill_ms);
	}
}

void pod_kill_condemned(struct core *core, struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (!(task->condemned || task->unstarted) || !run_live(&task->run) || task->probe) {
			continue;
		}
		if (task->kill_ms <= core->now) {
			kill_task(core, pod, task, task->grace_ms, UNSET);
		}
		pod_alarm(core, pod, task->kill_ms);
	}
}
