/* From a pod to Mesos: the LAUNCH_GROUP operations that start it, or start single containers of it again.
 *
 * One pod is one DEFAULT executor whose id is the pod's UID. With pod_need.pause, the pause task and each container run
 * are groups of their own on that executor; without, the only container is the only group. All tasks say share_cgroups:
 * false.
 *
 * The executor's resources are never reserved ones: a master wants the same ExecutorInfo with every group, and which
 * reservation the first group used would be forgotten at a restart. Host ports are resources of their container's task.
 * Nothing of the environment goes into names or labels. What comes from a Secret is a variable of type SECRET: Mesos
 * keeps it out of its logs and resolves it right before the start.
 */
#ifndef TRANSLATE_PLAN_H
#define TRANSLATE_PLAN_H

#include <jansson.h>

#include "mesos/resources.h"
#include "translate/need.h"
#include "translate/site.h"

/* One task of the plan: a container of the pod, or its pause. */
struct plan_item {
	const struct kube_container *container; /* NULL: the pause task */
	int run;
};

struct plan_target {
	const char *framework_id, *agent_id, *role;
	/* The executor is not running yet, so its own resources are taken from the offer as well. Every group repeats
	 * the ExecutorInfo unchanged either way, as the master demands. */
	bool new_executor;
	const struct pod_site *site;
};

/* What the items would take in all (for checking an offer before), without an executor. */
struct amounts plan_amounts(const struct kube_pod *pod, const struct plan_item *items, size_t n,
			    const struct translate_config *config);

/* Append one LAUNCH_GROUP operation per item to `operations` (a JSON array), taking the resources, host ports too, from
 * `pool` (what the agent offered our role). -1, with pool and operations as before, when the pool is short
 * (ERR_LIMIT), the pod cannot be translated (ERR_UNSUPPORTED), or something that it refers to is missing
 * (ERR_NOT_FOUND). */
int plan_append(const struct kube_pod *pod, const struct plan_item *items, size_t n, const struct plan_target *target,
		const struct translate_config *config, struct mesos_resources *pool, json_t *operations, struct err *e);

#endif
