/* What a container is started with, besides its pod: ConfigMaps, Secrets and services, had before it is launched. A
 * container that cannot be configured waits with the kubelet's reason, CreateContainerConfigError, one whose volumes
 * cannot be had with its event, FailedMount; the others go on. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "translate/volumes.h"

#define MEGABYTE ((int64_t)1 << 20)

struct pod_site pod_site(const struct core *core, const struct pod *pod)
{
	const struct node *node = pod->agent->node;
	struct amounts room = node->agent ? node->shown : agent_allocatable(pod->agent);
	return (struct pod_site){
	    .node_name = pod_node_name(pod),
	    .host_ip = pod->agent->ip ? pod->agent->ip : pod->spec->host_ip,
	    .pod_ip = pod->ip ? pod->ip : pod->agent->ip,
	    .cpu_milli = room.cpus,
	    .memory = room.mem / 1000 * MEGABYTE,
	    .ephemeral_storage = room.disk / 1000 * MEGABYTE,
	    .network = pod->joined && !pod->network ? "" : pod->network,
	    .sources = sources_view(core),
	};
}

bool pod_lacks_configuration(const struct pod *pod)
{
	if (pod->state == POD_QUEUED && pod_has_claims(pod)) {
		return true;
	}
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].config_error) {
			return true;
		}
	}
	return false;
}

/* Why it cannot be started now; NULL: it can. Free it. */
static char *complaint(const struct core *core, const struct pod *pod, const struct kube_container *c, bool *ret_mount)
{
	struct source_failure failure = {.core = core};
	struct pod_site site = pod_site(core, pod);
	struct expanded x;
	struct err e = {0};
	*ret_mount = false;
	source_refs(pod->spec, c, source_find_failure, &failure);
	if (failure.why) {
		return xstrdup(failure.why);
	}
	if (expand_container(pod->spec, c, &site, &x, &e)) {
		return xstrdup(e.text);
	}
	char *claims = claims_complaint(core, pod, c);
	*ret_mount = claims || volumes_make(pod->spec, c, &x, &site, NULL, &e) != 0;
	expanded_done(&x);
	return claims ? claims : *ret_mount ? xstrdup(e.text) : NULL;
}

static struct task *task_of(struct pod *pod, const struct kube_container *c)
{
	size_t i = pod->first_init;
	while (pod->tasks[i].spec != c) {
		i++;
	}
	return &pod->tasks[i];
}

static void say(struct core *core, struct pod *pod, const struct task *task)
{
	CLEANUP_FREE char *text = xasprintf("%s%s", task->mount_error ? "" : "Error: ", task->config_error);
	pod_record(core, pod, "Warning", task->mount_error ? "FailedMount" : "Failed", text);
}

/* Takes `why`. */
static void set_complaint(struct core *core, struct pod *pod, struct task *task, char *why, const char *before)
{
	bool changed = why ? !before || strcmp(why, before) != 0 : before != NULL;
	task->config_error = why;
	if (changed) {
		pod->generation = ++core->last_generation;
	}
	if (changed && why) {
		say(core, pod, task);
	}
}

static void configure(struct core *core, struct pod *pod, struct task *task, const char *before)
{
	char *why = complaint(core, pod, task->spec, &task->mount_error);
	if (why) {
		sources_again(core, pod);
	} else {
		why = xstrdup(task_files_prepare(core, pod, task));
		task->mount_error = why != NULL;
	}
	set_complaint(core, pod, task, why, before);
}

/* The complaints are lifted to see what is due; `before` gets them. */
static size_t due(struct core *core, struct pod *pod, struct plan_item *items, char **before)
{
	int64_t later = UNSET;
	for (size_t i = 0; i < pod->n_tasks; i++) {
		before[i] = pod->tasks[i].config_error;
		pod->tasks[i].config_error = NULL;
	}
	return pod_due(pod, core->now, items, &later);
}

bool pod_configure(struct core *core, struct pod *pod)
{
	struct plan_item items[POD_TASKS_ROOM];
	char *before[POD_TASKS_ROOM];
	struct source_holder holder = {core, pod};
	size_t n = due(core, pod, items, before);
	for (size_t i = 0; i < n; i++) {
		if (items[i].container) {
			source_refs(pod->spec, items[i].container, source_hold_each, &holder);
		}
	}
	pod_hold_volumes(core, pod);
	bool answered = sources_answered(pod);
	for (size_t i = 0; i < n; i++) {
		if (answered && items[i].container) {
			struct task *task = task_of(pod, items[i].container);
			configure(core, pod, task, before[task - pod->tasks]);
		}
	}
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (!answered) {
			pod->tasks[i].config_error = before[i];
		} else {
			free(before[i]);
		}
	}
	return answered;
}
