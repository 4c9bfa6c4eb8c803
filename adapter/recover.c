/* What an earlier life of ours stored of a pod's containers. */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define LOST "ContainerStatusUnknown"

static const struct kube_container_status *named(const struct kube_container_status *all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].name, name) == 0) {
			return &all[i];
		}
	}
	return NULL;
}

const struct kube_container_status *task_stored(const struct kube_pod *spec, const struct task *task)
{
	const char *name = task->spec->name;
	if (!task->ephemeral) {
		return task->init ? named(spec->init_statuses, spec->n_init_statuses, name)
				  : named(spec->statuses, spec->n_statuses, name);
	}
	for (size_t i = 0; i < spec->n_ephemeral; i++) {
		if (strcmp(spec->ephemeral[i].container.name, name) == 0) {
			return spec->ephemeral[i].status;
		}
	}
	return NULL;
}

/* Reasons live as long as the program; one that is not ours reads as what its exit code says. */
static const char *known_reason(const struct kube_container_status *status)
{
	static const char *const reasons[] = {"Completed",	    "Error",	    "OOMKilled",
					      "StartError",	    "ErrImagePull", "FailedMount",
					      "ContainerCannotRun", LOST,	    "DeadlineExceeded"};
	for (size_t i = 0; status->reason && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i], status->reason) == 0) {
			return reasons[i];
		}
	}
	return status->exit_code ? "Error" : "Completed";
}

/* The exit code, reason and message of a status are those of its last end. */
static void recover_end(struct run *run, const struct kube_container_status *status, bool last)
{
	run->exit_code = status->exit_code;
	run->signal = status->signal;
	run->reason = known_reason(status);
	run->state = strcmp(run->reason, LOST) == 0 ? RUN_LOST : RUN_ENDED; /* it may yet turn up */
	run->message = xstrdup(status->message);
	run->container_id = xstrdup(last ? status->last_container_id : status->container_id);
	run->started_ms = last ? status->last_started_ms : status->started_ms;
	run->finished_ms = last ? status->last_finished_ms : status->finished_ms;
}

static int64_t backoff_after(int restarts, const struct core_config *cfg)
{
	int64_t ms = 0;
	for (int i = 0; i < restarts && ms < cfg->backoff_max_ms; i++) {
		ms = ms ? ms * 2 : cfg->backoff_first_ms;
	}
	return ms < cfg->backoff_max_ms ? ms : cfg->backoff_max_ms;
}

/* A container that waits has, after its first end, the count of the run that ended: the next one is counted when it
 * runs. */
static void recover(struct task *task, const struct kube_container_status *status, const struct core_config *cfg,
		    int64_t now)
{
	struct run *run = &task->run;
	run->number = status->restart_count;
	free(task->image);
	task->image = xstrdup(status->image);
	task->resources = status->resources ? *status->resources : container_resources(task->spec);
	task->passed = task_sidecar(task) && (status->started || status->restart_count > 0);
	task->backoff_ms = backoff_after(status->restart_count, cfg);
	if (status->state == CONTAINER_RUNNING) {
		run->state = RUN_RUNNING;
		task->hooks[HOOK_POST_START].state = HOOK_WELL;
		task->probes.started = status->started;
		task->probes.ready = status->ready;
		task->probes.inherited = true;
		task_probes_begin(task, now);
		run->started_ms = task->restarted_ms = status->started_ms;
		run->container_id = xstrdup(status->container_id);
		task->has_last = status->has_last && status->restart_count > 0;
		if (task->has_last) {
			task->last.number = status->restart_count - 1;
			recover_end(&task->last, status, true);
		}
	} else if (status->state == CONTAINER_TERMINATED || status->has_last) {
		recover_end(run, status, status->state != CONTAINER_TERMINATED);
		task->condemned = task->replaced =
		    status->state != CONTAINER_TERMINATED; /* it waits, so it runs again */
		if (run_not_prepared(run)) {
			task->backoff_ms =
			    backoff_after(status->restart_count + 1, cfg); /* without a first restart at once */
		} else if (run->finished_ms - run->started_ms > 2 * cfg->backoff_max_ms) {
			task->backoff_ms = 0;
		}
		task->restarted_ms = run->started_ms;
		task->due_ms = (run->finished_ms < now ? run->finished_ms : now) + task->backoff_ms;
	}
}

/* What an earlier life stored. An ended run is known for certain; of any other, and of the one after an ended one,
 * Mesos has to be asked. */
void pod_tasks_recover(struct pod *pod, const struct core_config *cfg, int64_t now)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		const struct kube_container_status *status = task_stored(pod->spec, task);
		if (status) {
			recover(task, status, cfg, now);
		}
	}
	if (pod->spec->node_name) {
		pod_tasks_probe(pod);
	}
}

/* How far a container has come: its run, and whether that waits, lives or is over. */
struct progress {
	int number;
	enum { WAITS, LIVES, OVER } stage;
};

static struct progress progress_stored(const struct kube_container_status *status)
{
	bool over = status->state == CONTAINER_TERMINATED || status->has_last;
	return (struct progress){status->restart_count, status->state == CONTAINER_RUNNING ? LIVES
							: over				   ? OVER
											   : WAITS};
}

/* As it would be stored: a run that has not begun counts as the one before. */
static struct progress progress_known(const struct task *task)
{
	const struct run *run = &task->run;
	if (run_over(run)) {
		return (struct progress){run->number, OVER};
	}
	if (!task_runs(task) && task->has_last) {
		return (struct progress){task->last.number, OVER};
	}
	return (struct progress){run->number, task_runs(task) ? LIVES : WAITS};
}

static bool further(struct progress a, struct progress b)
{
	return a.number > b.number || (a.number == b.number && a.stage > b.stage);
}

/* An earlier life's last write may come after the list of this one. What it says of a run is as good as if it had been
 * there, and must not be taken back. */
void pod_tasks_learn(struct core *core, struct pod *pod)
{
	bool learnt = false;
	if (phase_is_last(pod->phase)) {
		return; /* all is told; and of who never ran, an end that never was */
	}
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		const struct kube_container_status *status = task_stored(pod->spec, task);
		if (!status || !further(progress_stored(status), progress_known(task))) {
			continue;
		}
		run_done(&task->run);
		run_done(&task->last);
		task->has_last = task->heard = task->id_taken = false;
		task->words_ms = task->message_ms = 0;
		task->probes = (struct probes){0};
		task->condemned = task->replaced = false;
		task_hooks_anew(task);
		recover(task, status, &core->cfg, core->now);
		task->probe = !run_over(&task->run);
		task->probe_next = run_over(&task->run);
		learnt = true;
	}
	if (learnt) {
		pod->generation = ++core->last_generation;
		pod->ask_ms = core->now;
		pod->ask_every_ms = 0;
		pod_touch(core, pod);
	}
}
