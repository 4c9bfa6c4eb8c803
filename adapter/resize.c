/* Containers that are given other resources while they run (the subresource `resize` of a pod). Mesos changes nothing
 * of a running task, so they have them when they are started again; until then the pod says what a kubelet says of a
 * resize that its node cannot do. */
#include "adapter/core_state.h"
#include "base/mem.h"
#include "kube/amounts.h"

struct kube_resources container_resources(const struct kube_container *container)
{
	return (struct kube_resources){container->requests, container->limits};
}

void task_resources(const struct task *task, struct kube_resources *ret)
{
	*ret = task->run.state == RUN_NONE ? container_resources(task->spec) : task->resources;
}

static bool resized(const struct task *task)
{
	struct kube_resources wanted = container_resources(task->spec);
	return run_live(&task->run) && !kube_resources_equal(&task->resources, &wanted);
}

const struct task *pod_resized(const struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		if (resized(&pod->tasks[i])) {
			return &pod->tasks[i];
		}
	}
	return NULL;
}

static bool same_whole(const struct kube_pod *a, const struct kube_pod *b)
{
	return a->resources && b->resources ? kube_resources_equal(a->resources, b->resources)
					    : a->resources == b->resources;
}

static bool same_resources(const struct kube_container *a, const struct kube_container *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kube_resources x = container_resources(&a[i]), y = container_resources(&b[i]);
		if (!kube_resources_equal(&x, &y)) {
			return false;
		}
	}
	return true;
}

void pod_resize_seen(struct core *core, struct pod *pod, const struct kube_pod *old)
{
	const struct kube_pod *spec = pod->spec;
	struct pod_need need;
	struct err e = {0};
	bool whole = !same_whole(spec, old);
	if (!whole && same_resources(spec->containers, old->containers, spec->n_containers) &&
	    same_resources(spec->init_containers, old->init_containers, spec->n_init_containers)) {
		return;
	}
	if (pod_need_make(spec, &core->cfg.translate, &need, &e) == 0) {
		pod->need = need; /* for the next run */
	}
	pod->generation = ++core->last_generation;
	const struct task *task = pod_resized(pod);
	if (whole && pod_any_live(pod)) {
		pod_record(core, pod, "Warning", "ResizeInfeasible", POD_RESIZE_WHOLE);
	}
	if (task) {
		CLEANUP_FREE char *text = xasprintf(POD_RESIZE_LATER, task->spec->name);
		pod_record(core, pod, "Warning", "ResizeInfeasible", text);
	}
}
