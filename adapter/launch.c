/* Batches whose pods are bound: one ACCEPT each. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

/* What the offer has in sum may still not do (an executor takes nothing reserved, a port may be gone): later, and less
 * and less often. */
static void cannot_launch(struct core *core, struct pod *pod, const struct err *why)
{
	pod_relaunch_later(core, pod);
	if (!pod->why || strcmp(pod->why, why->text) != 0) {
		free(pod->why);
		pod->why = xstrdup(why->text);
		pod_record(core, pod, "Warning", "FailedLaunch", pod->why);
		pod->generation = ++core->last_generation;
	}
}

static bool launch_pod(struct core *core, struct slot *slot, struct pod *pod, struct effect *f)
{
	struct plan_item items[POD_CONTAINERS_MAX + 1];
	int64_t later = UNSET;
	struct err e = {0};
	size_t n = pod_wanted(pod, core->now, items, &later);
	struct pod_site site = pod_site(core, pod);
	struct plan_target target = {
	    .framework_id = core->framework_id,
	    .agent_id = slot->agent->id,
	    .role = slot->offers[0]->role,
	    .new_executor = pod->state == POD_BOUND,
	    .site = &site,
	};
	if (!n || pod->state == POD_BINDING) {
		return false;
	}
	if (plan_append(pod->spec, items, n, &target, &core->cfg.translate, &slot->pool, f->body, &e) < 0) {
		cannot_launch(core, pod, &e);
		return false;
	}
	effect_add_other(f, pod->spec->uid);
	sources_release(core, pod);
	pod_launched(core, pod, items, n);
	return true;
}

static void launch_slot(struct core *core, struct slot *slot)
{
	struct effect *f = effects_add(core->out, EFFECT_ACCEPT);
	bool any = false;
	f->body = json_array();
	f->agent_id = xstrdup(slot->agent->id);
	for (size_t i = 0; i < slot->n_offers; i++) {
		effect_add_id(f, slot->offers[i]->id);
	}
	LIST_EACH (&slot->batch, link) {
		any = launch_pod(core, slot, LIST_ENTRY(link, struct pod, batch), f) || any;
	}
	if (!any) {
		/* Nothing to launch in the end: the same offers, given back. */
		f->type = EFFECT_DECLINE;
		f->refuse_ms = core->cfg.decline_busy_ms;
		core->filtered = true;
	}
	slot_consume(core, slot);
}

void launch_all(struct core *core)
{
	while (!list_empty(&core->ready)) {
		struct slot *slot = LIST_ENTRY(core->ready.next, struct slot, ready);
		list_remove(&slot->ready);
		launch_slot(core, slot);
	}
}
