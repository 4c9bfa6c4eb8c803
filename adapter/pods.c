/* Pods as the watch shows them, and their steps through the table. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "adapter/place.h"
#include "base/mem.h"
#include "base/text.h"
#include "kube/objects.h"

#define FORCED_GRACE_MS 2000 /* for a pod that was deleted without any grace */
#define GRACE_MAX_S ((int64_t)1000000000)

void pod_touch(struct core *core, struct pod *pod)
{
	if (!list_linked(&pod->dirty)) {
		list_push(&core->dirty, &pod->dirty);
	}
}

void pod_alarm(struct core *core, struct pod *pod, int64_t at)
{
	if (at != UNSET && (!pod->alarm.place || at < pod->alarm.at)) {
		heap_set(&core->pod_alarms, &pod->alarm, at);
	}
}

void pod_free(struct core *core, struct pod *pod)
{
	heap_remove(&core->pod_alarms, &pod->alarm);
	sources_release(core, pod);
	pod_files_done(core, pod);
	map_del(&core->pods, pod->spec->uid);
	list_remove(&pod->all);
	list_remove(&pod->dirty);
	list_remove(&pod->on);
	list_remove(&pod->write);
	pod_tasks_done(pod);
	kube_pod_free(pod->spec);
	kube_pod_free(pod->restored);
	pins_done(&pod->pins);
	late_claims_done(&pod->late);
	free(pod->why);
	free(pod->ip);
	pod_unjoin(pod);
	free(pod);
}

void pod_enqueue(struct core *core, struct pod *pod)
{
	bool waits = list_linked(&pod->wait);
	list_remove(&pod->wait);
	if (pod->spec->gated || pod->unbound) {
		return;
	}
	if (pod->not_before_ms > core->now) {
		pod_alarm(core, pod, pod->not_before_ms);
		return;
	}
	pod->claims_wait = !pod_claims_ready(core, pod);
	if (pod->claims_wait) {
		return;
	}
	core->want_revive = core->want_revive || !waits; /* a new need: offers that were refused may fit now */
	list_push(&core->fresh, &pod->wait);
}

/* Whoever begins to wait has a moment before anything is said of it. */
static void why_later(const struct core *core, struct pod *pod)
{
	pod->why_said_ms = core->now + core->cfg.why_first_ms - core->cfg.why_every_ms;
}

static void enter_queue(struct core *core, struct pod *pod)
{
	why_later(core, pod);
	pod_enqueue(core, pod);
}

void pod_retry_later(struct core *core, struct pod *pod)
{
	pod->retry_ms = core_backoff(pod->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
}

/* The pod leaves every list that waits for an offer, and the slot that was set aside for it. */
void pod_release(struct core *core, struct pod *pod)
{
	slot_unassign(core, pod);
	if (list_linked(&pod->wait)) {
		core->n_waiting -= pod->state != POD_QUEUED;
		list_remove(&pod->wait);
	}
}

static void forget(struct core *core, struct pod *pod)
{
	pod_release(core, pod);
	pod_settle_acknowledgements(core, pod, true);
	enum pod_state before = pod->state;
	pod->state = POD_FORGOTTEN;
	pod_held(pod, before);
	agent_leave(core, pod);
	pod_free(core, pod);
}

struct effect *pod_binding(struct core *core, struct pod *pod, const struct agent *agent)
{
	const char *node = agent->node->name;
	pod_join(pod);
	struct effect *f = effects_add(core->out, EFFECT_BIND);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(node);
	struct pod_marks marks;
	pod_marks(core, pod, agent, &marks);
	f->body = kube_binding_body(pod->spec->ns, pod->spec->name, pod->spec->uid, node, marks.pairs, marks.n);
	return f;
}

/* A bound pod is launched at once, so what its containers refer to is had before. Its claims may do no more. Where
 * somebody else bound it already, to a node that stands for all agents, its agent is all that is written. */
static void bind_when_configured(struct core *core, struct pod *pod)
{
	bool adopts = pod->spec->node_name != NULL;
	if (!pod->bind_later || !pod_configure(core, pod)) {
		return;
	}
	if (!pod_claims_ready(core, pod) || pod->late.n) {
		pod_event(core, pod, POD_EV_BIND_FAILED);
		return;
	}
	if (adopts && !write_turn(core, pod)) {
		return; /* called when it is its turn */
	}
	pod->bind_later = false;
	pod->adopting = adopts;
	struct effect *f = adopts ? pod_adoption(core, pod, pod->agent) : pod_binding(core, pod, pod->agent);
	f->generation = pod->binding = ++core->last_binding;
}

static void report_unseen(struct core *core, const struct kube_pod *spec, const char *why)
{
	struct effect *f = effects_add(core->out, EFFECT_REPORT);
	f->ns = xstrdup(spec->ns);
	f->name = xstrdup(spec->name);
	f->text = xasprintf("pod is not looked at: %s", why);
}

void pod_disown(struct core *core, struct pod *pod)
{
	pod_release(core, pod);
	agent_leave(core, pod);
	pod_unjoin(pod);
	sources_release(core, pod);
	pod->state = POD_FOREIGN;
}

/* Nothing may be launched on a guess, so an agent that a pod was bound to stays with it. False: there are too many. */
static bool set_agent(struct core *core, struct pod *pod, const char *agent_id)
{
	struct agent *agent = agent_get(core, agent_id);
	if (!agent) {
		report_unseen(core, pod->spec, "there are too many agents");
		pod_disown(core, pod);
		return false;
	}
	if (agent == pod->agent) {
		return true;
	}
	agent_join(core, pod, agent);
	bool has_own = agent->node->agent != NULL;
	if (has_own && !agent->node->name[0] && strcmp(pod->spec->node_name, core->all_name) != 0) {
		node_name(core, agent->node, pod->spec->node_name);
	}
	return true;
}

/* POD_DO_RELEASE and POD_DO_FORGET are pod_event's own; POD_DO_WANT is what pod_advance does in the new state. */
static void act(struct core *core, struct pod *pod, unsigned actions)
{
	if (actions & POD_DO_BIND) {
		pod->bind_later = true;
		bind_when_configured(core, pod);
	}
	if (actions & POD_DO_RETRY) {
		agent_leave(core, pod);
		pod_unjoin(pod);
		pod->adopting = false;
		pod_retry_later(core, pod);
		pod->not_before_ms = core->now + pod->retry_ms;
		pod_enqueue(core, pod);
	}
	if (actions & POD_DO_ASK) {
		pod_ask(core, pod);
	}
	if (actions & POD_DO_STATUS) {
		pod->generation = ++core->last_generation;
	}
	if (actions & POD_DO_KILL) {
		pod->grace_end_ms = core->now + pod->grace_ms;
		for (size_t i = 0; i < pod->n_tasks; i++) {
			pod->tasks[i].kill_ms = core->now;
		}
	}
	if (actions) {
		pod_touch(core, pod);
	}
}

/* The watch shows what was written when it was bound. */
static bool is_marked(const struct pod *pod)
{
	return pod->spec->node_name && (!pod->adopting || pod->spec->agent_id);
}

static void said(struct core *core, struct pod *pod, enum pod_event event)
{
	if (event == POD_EV_BIND_OK) {
		bool own = pod->agent->node->agent != NULL;
		CLEANUP_FREE char *text =
		    xasprintf("Successfully assigned %s/%s to %s%s%s", pod->spec->ns, pod->spec->name,
			      pod_node_name(pod), own ? "" : ", Mesos agent ", own ? "" : pod->agent->id);
		pod_record(core, pod, "Normal", "Scheduled", text);
		free(pod->why);
		pod->why = NULL;
		pod->retry_ms = 0;
		pod->pause_known = true;
		pod->start_ms = core->now;
		pod->awaits_version = !is_marked(pod) && pod->spec->resource_version;
		pod->binding = pod->adopting ? 0 : pod->binding; /* from now on as any that was adopted */
	}
	if (event == POD_EV_DELETING && pod->state == POD_ENDING) {
		pod_record(core, pod, "Normal", "Killing", "Stopping the pod's containers");
	}
}

/* Nothing of it was launched since it was bound, or what was is over; whatever becomes of its agent. */
static void nothing_lives(struct pod *pod)
{
	pod_tasks_unprobe(pod);
	pod->pause_known = true;
}

static void add(struct core *core, struct kube_pod *spec, int first_run);

bool pod_event(struct core *core, struct pod *pod, enum pod_event event)
{
	const struct pod_row *row = pod_table_row(pod->state, event);
	enum pod_state before = pod->state;
	if (event == POD_EV_VANISHED) {
		former_left(core, pod);
		kube_pod_free(pod->restored);
		pod->restored = NULL;
		pod->grace_ms = FORCED_GRACE_MS;
		pod_settle_acknowledgements(core, pod, true);
	}
	if (row->actions & POD_DO_FORGET) {
		struct kube_pod *restored = pod->restored;
		pod->restored = NULL;
		/* Whether the master heard each acknowledgement is not known, so no id is used again. */
		int first_run = pod_next_run(pod);
		forget(core, pod);
		if (restored) {
			add(core, restored, first_run);
		}
		return false;
	}
	/* Leaving the queue's list needs the old state. */
	if (row->actions & POD_DO_RELEASE) {
		pod_release(core, pod);
	}
	if (row->next != POD_STATES) {
		pod->state = row->next;
	}
	pod_held(pod, before);
	if (pod->state == POD_REMOVING &&
	    (before == POD_REFUSED || before == POD_QUEUED || before == POD_BINDING || before == POD_BOUND)) {
		nothing_lives(pod);
	}
	if (before == POD_BINDING && pod->state != POD_BINDING && pod->slot) {
		slot_bound(core, pod->slot);
	}
	act(core, pod, row->actions);
	if (row->next != POD_STATES) {
		said(core, pod, event);
	}
	return true;
}

/* Somebody bound the queued pod: an earlier life of ours, or a stranger. What it launched, Mesos has to say. */
void pod_node_seen(struct core *core, struct pod *pod)
{
	if (pod_wants_agent(core, pod->spec)) {
		return; /* it still waits for one */
	}
	if (pod->unbound) {
		pod_bound_again(core, pod);
	}
	if (!pod->spec->agent_id || pod_is_others(core, pod->spec)) {
		pod_disown(core, pod);
		if (pod_is_adoptable(core, pod->spec)) {
			pod_begin(core, pod);
		}
		return;
	}
	if (!set_agent(core, pod, pod->spec->agent_id)) {
		return;
	}
	pod_join(pod);
	pod->start_ms = pod->spec->start_ms ? pod->spec->start_ms : core->now;
	pod_tasks_probe(pod);
	pod_event(core, pod, POD_EV_SEEN_BOUND);
}

static void refuse(struct core *core, struct pod *pod, const struct err *why)
{
	pod->state = POD_REFUSED;
	pod_refuse(core, pod, "Unsupported", why->text);
}

/* Where a pod that is seen for the first time begins. */
static void begin(struct core *core, struct pod *pod)
{
	struct err e = {0};
	struct kube_pod *spec = pod->spec;
	bool waits = spec->node_name && pod_wants_agent(core, spec), bound = spec->node_name && !waits;
	const struct agent *adopted = bound ? agent_by_node(core, spec) : NULL;
	if (bound && !adopted && (!spec->agent_id || pod_is_others(core, spec))) {
		pod->state = POD_FOREIGN;
		return;
	}
	if (bound && !set_agent(core, pod, adopted ? adopted->id : spec->agent_id)) {
		return;
	}
	if (bound) {
		pod_join(pod);
	}
	pod_tasks_done(pod);
	int translated = pod_need_make(spec, &core->cfg.translate, &pod->need, &e);
	pod_tasks_make(core, pod);
	pod_tasks_recover(pod, &core->cfg, core->now);
	if (adopted || waits) {
		nothing_lives(pod);
	}
	if (phase_is_last(spec->phase)) {
		pod->state = POD_DONE;
		pod->phase = spec->phase; /* also when a restored backup takes it back */
		pod_ask(core, pod);
	} else if (translated < 0) {
		refuse(core, pod, &e);
	} else if (adopted) {
		pod_adopt(core, pod);
	} else if (bound) {
		pod->state = POD_UNSURE;
		pod_ask(core, pod);
	} else {
		pod->state = POD_QUEUED;
		pod->unbound = orphan_of(core, spec->uid) != NULL;
		enter_queue(core, pod);
	}
}

/* The API server removes a pod that is not bound by itself. */
static void deleting(struct core *core, struct pod *pod)
{
	bool waits = pod->state == POD_QUEUED && pod->spec->node_name;
	pod_event(core, pod, waits ? POD_EV_WITHDRAWN : POD_EV_DELETING);
}

static int64_t grace(int64_t seconds)
{
	return (seconds < GRACE_MAX_S ? seconds : GRACE_MAX_S) * 1000;
}

void pod_begin(struct core *core, struct pod *pod)
{
	begin(core, pod);
	pod_ephemeral_begin(core, pod);
	if (pod->spec->deleting) {
		pod->grace_ms = grace(pod->spec->deletion_grace_s);
		deleting(core, pod);
	}
	pod_touch(core, pod);
}

/* The generation of its spec that its status is said of. That it is being deleted, or changed after its end, is not
 * worth a write. */
static int64_t observed_next(const struct kube_pod *spec, int64_t observed)
{
	return spec->deleting || phase_is_last(spec->phase) ? observed : spec->generation;
}

static void add(struct core *core, struct kube_pod *spec, int first_run)
{
	if (core->pods.count >= CORE_PODS_MAX) {
		report_unseen(core, spec, "there are too many");
		kube_pod_free(spec);
		return;
	}
	struct pod *pod = xcalloc(1, sizeof(*pod));
	pod->spec = spec;
	pod->first_run = first_run;
	list_init(&pod->holds);
	pod->ask_ms = UNSET;
	pod->grace_ms = grace(spec->termination_grace_s);
	pod->start_ms = spec->start_ms ? spec->start_ms : core->now;
	pod->ip = xstrdup(spec->pod_ip);
	pod->observed = observed_next(spec, spec->observed_generation);
	pod_status_seen(core, pod);
	list_push(&core->pod_list, &pod->all);
	map_put(&core->pods, spec->uid, pod);
	pod_version_seen(core, pod, spec->resource_version);
	pod_begin(core, pod);
}

/* Nothing that decides where the pod goes is another than before; most changes are our own status coming back. */
static bool same_wish(const struct kube_pod *a, const struct kube_pod *b)
{
	return a->gated == b->gated && a->updates_files == b->updates_files && a->refused.n == b->refused.n &&
	       phase_is_last(a->phase) == phase_is_last(b->phase) && selector_same(a, b);
}

static bool same_gates(const struct kube_pod *a, const struct kube_pod *b)
{
	bool same = a->n_readiness_gates == b->n_readiness_gates;
	for (size_t i = 0; same && i < a->n_readiness_gates; i++) {
		same = text_equal(a->readiness_gates[i].status, b->readiness_gates[i].status);
	}
	return same;
}

/* Whether files are written beside a pause is settled where there is none. */
static void keep_files(const struct pod *pod, const struct kube_pod *old, struct kube_pod *spec)
{
	bool open = pod->state == POD_QUEUED || pod->state == POD_REFUSED;
	for (size_t i = 0; i < spec->n_volumes && !pod->need.pause && !(open && !spec->node_name); i++) {
		spec->volumes[i].written = old->volumes[i].written;
	}
}

/* True when something that decides where the pod goes has changed. */
static bool replace_spec(struct core *core, struct pod *pod, struct kube_pod *spec)
{
	struct kube_pod *old = pod->spec;
	bool changed = !same_wish(old, spec);
	/* The shape of a pod never changes; who sends another one is not believed. */
	if (spec->n_containers != old->n_containers || spec->n_init_containers != old->n_init_containers ||
	    spec->n_volumes != old->n_volumes) {
		kube_pod_free(spec);
		return false;
	}
	int64_t observed = observed_next(spec, pod->observed);
	if (!same_gates(old, spec) || observed != pod->observed) {
		pod->generation = ++core->last_generation;
	}
	pod->observed = observed;
	map_put(&core->pods, spec->uid, pod);
	keep_files(pod, old, spec);
	pod->spec = spec;
	pod_ephemeral_follow(core, pod, old);
	pod_tasks_relink(pod);
	pod_changes_seen(core, pod, old);
	pod_files_seen(core, pod, old);
	kube_pod_free(old);
	pod_status_seen(core, pod);
	return changed;
}

/* Before it is bound a pod may still change: gates open, selectors get narrower, its status may be set by others. */
static void reconsider(struct core *core, struct pod *pod)
{
	struct err e = {0};
	bool waited = list_linked(&pod->wait);
	pod_release(core, pod);
	if (phase_is_last(pod->spec->phase)) {
		pod->state = POD_DONE;
		return;
	}
	if (pod_need_make(pod->spec, &core->cfg.translate, &pod->need, &e) < 0) {
		if (pod->state != POD_REFUSED || !pod->why || strcmp(pod->why, e.text) != 0) {
			refuse(core, pod, &e);
		}
		return;
	}
	pod_tasks_done(pod);
	pod_tasks_make(core, pod);
	pod->state = POD_QUEUED;
	if (waited) {
		core->want_revive = true; /* it may want something else now */
		pod_enqueue(core, pod);
	} else {
		enter_queue(core, pod);
	}
}

void pods_synced(struct core *core, bool foreign)
{
	if (core->synced) {
		pods_listed_again(core, foreign);
		return;
	}
	core->synced = true;
	LIST_EACH (&core->pod_list, link) {
		pod_touch(core, LIST_ENTRY(link, struct pod, all));
	}
}

void pod_changed(struct core *core, struct kube_pod *spec)
{
	struct pod *pod = map_get(&core->pods, spec->uid);
	if (pod && core->synced && pod->state == POD_ORPHANED && !spec->node_name) {
		/* A backup from before it was bound: what it launched then is still being killed. */
		kube_pod_free(pod->restored);
		pod->restored = spec;
		return;
	}
	if (pod && (!core->synced || pod->state == POD_ORPHANED)) {
		/* What a standby knew may be older than what its predecessor stored, and nothing was done with it. And
		 * what was gone and is there again was restored: what lives of it, Mesos has to say. */
		forget(core, pod);
		pod = NULL;
	}
	if (!pod) {
		add(core, spec, 0);
		return;
	}
	bool had_agent = pod->spec->agent_id != NULL;
	bool was_deleting = pod->spec->deleting;
	int64_t old_grace = pod->spec->deletion_grace_s;
	bool went_back = version_went_back(spec->resource_version, pod->spec->resource_version);
	if (went_back) {
		pod_taken_back(core, pod, spec->resource_version);
	}
	bool changed = replace_spec(core, pod, spec);
	if (went_back) {
		pod_binding_taken_back(core, pod);
	} else if (pod->unbound && pod->state != POD_QUEUED && pod->spec->node_name) {
		pod_bound_again(core, pod);
	}
	/* A status is stored on the version that was shown before, so this one has it, unless it is an older one. */
	pod->unshown = pod->unshown && pod->wrote[0] && version_went_back(pod->spec->resource_version, pod->wrote);
	pod->awaits_version = pod->awaits_version && !is_marked(pod);
	pod_version_seen(core, pod, pod->spec->resource_version);
	if ((pod->state == POD_QUEUED || pod->state == POD_REFUSED) && !pod->spec->node_name) {
		if (changed) {
			reconsider(core, pod);
		}
	} else if (pod->state == POD_QUEUED) {
		pod_node_seen(core, pod);
	} else if (!had_agent && pod->spec->agent_id && !pod->binding) {
		pod_agent_stored(core, pod);
	}
	if (pod->agent && pod->state != POD_BINDING && pod->state != POD_REFUSED) {
		pod_tasks_learn(core, pod);
	}
	if (pod->spec->deleting && (!was_deleting || pod->spec->deletion_grace_s < old_grace)) {
		pod->grace_ms = grace(pod->spec->deletion_grace_s);
		deleting(core, pod);
	}
	pod_touch(core, pod);
}

/* A bound pod wants an offer of its agent for what is due; the alarm rings for what is due later. */
static void want(struct core *core, struct pod *pod)
{
	struct plan_item items[POD_CONTAINERS_MAX + 1];
	int64_t next_due = UNSET;
	if (pod->unbound || !pod_admitted(core, pod)) {
		return;
	}
	if (!pod->spec->agent_id && !pod->binding) {
		pod_store_agent(core, pod);
		return;
	}
	if (pod->state == POD_ACTIVE && !pod_any_probe(pod) && pod_ask_for_pause(core, pod)) {
		return; /* a pause that Mesos did not speak of in this life may have died in an earlier one */
	}
	if (!pod_configure(core, pod)) {
		return;
	}
	size_t n = pod_wanted(pod, core->now, items, &next_due);
	pod_alarm(core, pod, next_due);
	if (n && !pod->slot && !list_linked(&pod->wait)) {
		list_push(&pod->agent->waiting, &pod->wait);
		core->n_waiting++;
		core->want_revive = true;
		why_later(core, pod);
	}
	if (list_linked(&pod->wait)) {
		agent_serve(core, pod->agent);
		pod_say_why(core, pod);
	}
}

/* Nothing of the pod lives any more; a new sandbox, should it get one, begins with its init containers again. */
static bool tasks_over(struct core *core, struct pod *pod)
{
	if (pod_ask_for_pause(core, pod)) {
		return true;
	}
	bool goes_on = pod->state == POD_UNSURE || pod->state == POD_LAUNCHING || pod->state == POD_ACTIVE;
	if (goes_on && !pod_completed(pod)) {
		pod_tasks_renew(pod);
	}
	return pod_event(core, pod, POD_EV_TASKS_OVER);
}

static bool may_launch(enum pod_state state)
{
	return state == POD_BINDING || state == POD_BOUND || state == POD_LAUNCHING || state == POD_ACTIVE;
}

static bool may_live(enum pod_state state)
{
	return state == POD_UNSURE || state == POD_LAUNCHING || state == POD_ACTIVE || state == POD_FINISHING ||
	       state == POD_ENDING || state == POD_ORPHANED;
}

/* As the kubelet, from when the pod was bound. */
static void expire(struct core *core, struct pod *pod)
{
	if (!pod_goes_on(pod) || !pod->spec->active_deadline_s || pod->expired || pod_completed(pod)) {
		return;
	}
	int64_t at = pod->start_ms + pod->spec->active_deadline_s * 1000;
	if (at > core->now) {
		pod_alarm(core, pod, at);
		return;
	}
	pod->expired = true;
	pod->generation = ++core->last_generation;
	pod_record(core, pod, "Normal", "DeadlineExceeded", POD_EXPIRED);
}

static bool holds_claims(const struct core *core, const struct pod *pod)
{
	return pod->state == POD_QUEUED && pod->not_before_ms <= core->now && pod_has_claims(pod);
}

void pod_advance(struct core *core, struct pod *pod)
{
	if (pod->state == POD_FOREIGN) {
		return;
	}
	pod_count(pod);
	pod_lose_with_agent(core, pod);
	expire(core, pod);
	if (may_live(pod->state) && !pod_any_live(pod) && !pod_any_probe(pod) && !tasks_over(core, pod)) {
		return;
	}
	if (!pod_admitted_by_any(core, pod)) {
		return; /* touched again */
	}
	if ((pod->state == POD_ACTIVE || pod->state == POD_BOUND) && pod_completed(pod)) {
		pod_event(core, pod, POD_EV_COMPLETED);
	}
	if (!may_launch(pod->state) || (pod->state == POD_BINDING && !pod->bind_later && !pod->slot)) {
		if (!holds_claims(core, pod)) {
			sources_release(core, pod); /* for now: what is launched later is configured anew */
		}
	}
	if (pod->state == POD_QUEUED && pod->claims_wait) {
		enter_queue(core, pod);
	} else if (pod->state == POD_QUEUED && list_linked(&pod->wait) && pod_has_claims(pod)) {
		pod_enqueue(core, pod); /* there may be news of them */
	}
	if (pod->state == POD_BINDING && pod->bind_later && !pod->slot) {
		pod_event(core, pod, POD_EV_BIND_FAILED); /* its offer went while it waited */
	} else if (pod->state == POD_BINDING) {
		bind_when_configured(core, pod);
	}
	if (core_acting(core)) {
		pod_rebind(core, pod);
		pod_ask_again(core, pod);
		if (pod->state == POD_FINISHING || pod->state == POD_ENDING || pod->state == POD_ORPHANED) {
			pod_kill(core, pod);
		}
		if (pod->state == POD_ACTIVE) {
			pod_run_hooks(core, pod);
			pod_look_at_probes(core, pod);
			pod_condemn_replaced(core, pod);
			pod_kill_condemned(core, pod);
		}
		if (pod->state == POD_BOUND || pod->state == POD_ACTIVE) {
			want(core, pod);
		}
		pod_files_follow(core, pod);
	}
	pod_pledge(core, pod);
	if (pod->state == POD_ORPHANED) {
		return;
	}
	pod_evict_when_due(core, pod);
	pod_report(core, pod);
	pod_remove_when_over(core, pod);
}
