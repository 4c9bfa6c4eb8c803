/* What a running pod is given: another image (kubectl set image, on a pod).
 *
 * As a kubelet does, a container that has another image is ended, with its grace period, and runs again with the new
 * image: at once, and whatever its restart policy says.
 *
 * Not so the only container of a pod that never restarts: without a pause its executor ends with it, and until that is
 * over, which nobody tells, the agent takes no other of its id. */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

/* The one that runs, or ran last; of a container that was never launched, the one that will. */
const char *task_image(const struct task *task)
{
	return task->image && task->run.state != RUN_NONE ? task->image : task->spec->image;
}

/* Init containers are left alone: what they did is done. */
static bool outdated(const struct task *task)
{
	bool may_run_again = task->spec && !task->ephemeral && (!task->init || task_sidecar(task));
	return may_run_again && strcmp(task_image(task), task->spec->image) != 0;
}

static void image_seen(struct core *core, struct pod *pod, const struct kube_pod *old)
{
	const struct kube_container *now = &pod->spec->containers[0];
	if (pod->state != POD_ACTIVE || pod->need.pause || strcmp(now->image, old->containers[0].image) == 0) {
		return;
	}
	CLEANUP_FREE char *text = xasprintf("Container %s goes on with image %s: a pod of one container that never "
					    "restarts cannot be given another",
					    now->name, old->containers[0].image);
	pod_record(core, pod, "Warning", "ImageNotReplaced", text);
}

void pod_changes_seen(struct core *core, struct pod *pod, const struct kube_pod *old)
{
	image_seen(core, pod, old);
	pod_resize_seen(core, pod, old);
}

void task_killed(const struct pod *pod, struct task *task)
{
	if (pod->need.pause && outdated(task)) {
		task->condemned = task->replaced = true;
	}
}

void pod_condemn_replaced(struct core *core, struct pod *pod)
{
	if (!pod->need.pause) {
		return;
	}
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (task->run.state != RUN_RUNNING || task->run.unreachable || task->condemned || !outdated(task)) {
			continue;
		}
		task->condemned = task->replaced = true;
		task->kill_ms = core->now;
		task->grace_ms = 1000 * pod->spec->termination_grace_s;
		CLEANUP_FREE char *text =
		    xasprintf("Container %s definition changed, will be restarted", task->spec->name);
		pod_record(core, pod, "Normal", "Killing", text);
	}
}
