/* Ephemeral containers (kubectl debug): tasks that a pod gets while it runs.
 *
 * Each is launched once, as one more group on the pod's executor, and never again, whatever becomes of it. They count
 * for nothing: neither for the pod's phase and readiness nor for its end; with the pod they are killed. One that cannot
 * be translated waits for ever and says why.
 *
 * An earlier life of ours may have launched it already, also when this one has only just seen it: so Mesos is asked of
 * each before it is launched. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

void task_ephemeral_init(const struct core *core, const struct pod *pod, size_t i)
{
	struct task *task = &pod->tasks[pod->first_ephemeral + i];
	struct err e = {0};
	task->ephemeral = true;
	task->kill_ms = UNSET;
	task->run.number = pod->first_run;
	task->refusal = ephemeral_check(pod->spec, i, &core->cfg.translate, &e) ? xstrdup(e.text) : NULL;
}

static struct task *find(struct task *tasks, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (tasks[i].spec && strcmp(tasks[i].spec->name, name) == 0) {
			return &tasks[i];
		}
	}
	return NULL;
}

static void say_refused(struct core *core, const struct pod *pod, const struct task *task)
{
	if (task->refusal) {
		CLEANUP_FREE char *text =
		    xasprintf("Ephemeral container %s is not run: %s", task->spec->name, task->refusal);
		pod_record(core, pod, "Warning", "Unsupported", text);
	}
}

static void say_more(struct core *core, const struct pod *pod)
{
	CLEANUP_FREE char *text =
	    xasprintf("not supported: spec.ephemeralContainers: more than %d, or too large; %zu of "
		      "them are not run",
		      POD_EPHEMERAL_MAX, pod->spec->ephemeral_more);
	pod_record(core, pod, "Warning", "Unsupported", text);
}

void pod_ephemeral_begin(struct core *core, struct pod *pod)
{
	if (pod->state == POD_FOREIGN || pod->state == POD_REFUSED || pod->state == POD_DONE) {
		return;
	}
	for (size_t i = pod->first_ephemeral; i < pod->n_tasks; i++) {
		if (!task_stored(pod->spec, &pod->tasks[i])) {
			say_refused(core, pod, &pod->tasks[i]); /* else an earlier life has */
		}
	}
	if (pod->spec->ephemeral_more) {
		say_more(core, pod);
	}
}

/* A new one. */
static void added(struct core *core, struct pod *pod, size_t i)
{
	struct task *task = &pod->tasks[pod->first_ephemeral + i];
	task_ephemeral_init(core, pod, i);
	task->spec = &pod->spec->ephemeral[i].container;
	say_refused(core, pod, task);
	pod->generation = ++core->last_generation;
	if (never_launched(pod->state)) {
		return;
	}
	task->probe = true;
	pod->ask_ms = core->now;
	pod->ask_every_ms = 0;
}

/* One that its pod does not have any more. What lives of it no pod explains. */
static void left(struct core *core, const struct pod *pod, struct task *task)
{
	char id[TASK_ID_MAX];
	if (task->spec && run_live(&task->run)) {
		orphan_add(core, task_id_make(pod->spec->uid, task_name(task), task->run.number, id), pod->agent->id);
	}
	task_done(task);
}

/* By name, since after the restore of a backup others may stand there. */
void pod_ephemeral_follow(struct core *core, struct pod *pod, const struct kube_pod *old)
{
	const struct kube_pod *spec = pod->spec;
	size_t first = pod->first_ephemeral, n_old = pod->n_tasks - first;
	if (!pod->tasks || (!n_old && !spec->n_ephemeral)) {
		return;
	}
	struct task *before = pod->tasks;
	pod->n_tasks = first + spec->n_ephemeral;
	pod->tasks = xcalloc(pod->n_tasks, sizeof(*pod->tasks));
	memcpy(pod->tasks, before, first * sizeof(*before));
	for (size_t i = 0; i < spec->n_ephemeral; i++) {
		struct task *known = find(before + first, n_old, spec->ephemeral[i].container.name);
		if (known) {
			pod->tasks[first + i] = *known;
			*known = (struct task){0};
		} else {
			added(core, pod, i);
		}
	}
	for (size_t i = first; i < first + n_old; i++) {
		left(core, pod, &before[i]);
	}
	free(before);
	if (spec->ephemeral_more > old->ephemeral_more) {
		say_more(core, pod);
	}
}

/* Is there an executor for it? Without a pause it ends with its container. */
static bool executor_lives(const struct pod *pod)
{
	const struct task *main = &pod->tasks[pod->first_main];
	bool runs = main->run.state == RUN_RUNNING && !main->run.unreachable && !main->run.kill_sent && !main->probe;
	return pod->state == POD_ACTIVE && (pod->need.pause || runs);
}

size_t pod_ephemeral_due(const struct pod *pod, int64_t now, bool all, struct plan_item *ret, int64_t *ret_next_due)
{
	size_t n = 0, max = all ? POD_EPHEMERAL_MAX : 1;
	for (size_t i = pod->first_ephemeral; executor_lives(pod) && i < pod->n_tasks && n < max; i++) {
		const struct task *task = &pod->tasks[i];
		bool held = !all && !task_files_stand(pod, task);
		if (!task->refusal && !held && task_launchable(pod, task, now, ret_next_due)) {
			ret[n++] = (struct plan_item){task->spec, task_next_number(task)};
		}
	}
	return n;
}
