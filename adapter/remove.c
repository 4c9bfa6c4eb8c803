/* The end of a pod in Kubernetes: nothing of it lives, and that is stored. */
#include "adapter/core_state.h"
#include "base/mem.h"
#include "kube/objects.h"

static void remove_from_kubernetes(struct core *core, struct pod *pod)
{
	struct effect *f = effects_add(core->out, EFFECT_DELETE_POD);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->body = kube_pod_delete_body(pod->spec->uid);
	pod->removing = true;
}

/* Of one that was to be evicted something may live: that it is gone, only the watch says; tasks are killed for it. */
void pod_delete_result(struct core *core, struct pod *pod, const struct effect *effect, const struct err *failure)
{
	if (!failure) {
		return; /* the watch will show it gone, now or when its finalizers are */
	}
	bool gone = failure->code == ERR_NOT_FOUND || failure->code == ERR_CONFLICT;
	if (gone && effect->type == EFFECT_DELETE_POD) {
		pod_event(core, pod, POD_EV_VANISHED);
		return;
	}
	pod->removing = pod->evicting = false;
	if (write_says_nothing_of_pod(failure)) {
		pod_touch(core, pod);
		return;
	}
	pod_retry_later(core, pod);
	pod->not_before_ms = core->now + pod->retry_ms;
	pod_alarm(core, pod, pod->not_before_ms);
}

void pod_remove_when_over(struct core *core, struct pod *pod)
{
	if (pod->state != POD_REMOVING || pod->removing || pod_any_probe(pod) || pod->stored != pod->generation) {
		return;
	}
	if (pod->agent && pod_ask_for_pause(core, pod)) {
		return; /* it was over when this life began */
	}
	if (orphans_end(core, pod)) {
		return;
	}
	if (pod->not_before_ms > core->now) {
		pod_alarm(core, pod, pod->not_before_ms);
	} else if (write_turn(core, pod)) {
		remove_from_kubernetes(core, pod);
	}
}
