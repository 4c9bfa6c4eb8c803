/* Pods that the API server has as not bound, though tasks of theirs live, or may: it was restored from a backup that is
 * older than their binding.
 *
 * Such a pod is not placed. It is bound once more to the agent that it was on, and goes on there: from then on it is as
 * any pod of which the watch shows a binding that this life did not write. What of it lives is among the tasks that no
 * pod explains, for a pod that is not bound explains none. */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define AGENT_AGAIN_MS 1000 /* its agent, or that agent's node, is not known yet */

void pod_look_for_tasks(struct core *core, struct pod *pod)
{
	bool lives = pod->state == POD_QUEUED && orphan_of(core, pod->spec->uid);
	if (pod->state != POD_QUEUED || lives == pod->unbound) {
		return;
	}
	pod->unbound = lives;
	pod->rebinding = 0;
	if (lives) {
		pod_release(core, pod);
	} else {
		pod_enqueue(core, pod);
	}
	pod_touch(core, pod);
}

void pod_binding_taken_back(struct core *core, struct pod *pod)
{
	pod->unbound = pod->unbound || (pod_goes_on(pod) && !pod->spec->node_name);
	pod->rebinding = 0;
	pod_touch(core, pod);
}

void pod_bound_again(struct core *core, struct pod *pod)
{
	pod->unbound = false;
	pod->rebinding = 0;
	orphans_explained(core, pod->spec->uid);
}

static struct agent *agent_of(const struct core *core, const struct pod *pod)
{
	const struct orphan *orphan = pod_goes_on(pod) ? NULL : orphan_of(core, pod->spec->uid);
	struct agent *agent = orphan ? map_get(&core->agents, orphan->agent_id) : pod->agent;
	return agent && agent->node->name[0] ? agent : NULL;
}

void pod_rebind(struct core *core, struct pod *pod)
{
	if (!pod->unbound || pod->rebinding) {
		return; /* the watch will show it */
	}
	struct agent *agent = agent_of(core, pod);
	if (!agent || pod->not_before_ms > core->now) {
		pod_alarm(core, pod, agent ? pod->not_before_ms : core->now + AGENT_AGAIN_MS);
		return;
	}
	bool adopts = pod->spec->node_name != NULL;
	if (!adopts && writes_held(core)) {
		pod_alarm(core, pod, core->hold_until_ms);
		return;
	}
	if (adopts && !write_turn(core, pod)) {
		return;
	}
	struct effect *f = adopts ? pod_adoption(core, pod, agent) : pod_binding(core, pod, agent);
	f->generation = pod->rebinding = ++core->last_binding;
}

void pod_rebind_result(struct core *core, struct pod *pod, const struct err *failure)
{
	if (!failure) {
		return;
	}
	pod->rebinding = 0;
	pod_retry_later(core, pod);
	pod->not_before_ms = core->now + pod->retry_ms;
	pod_touch(core, pod);
}
