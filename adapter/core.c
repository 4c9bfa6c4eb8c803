#include "adapter/core.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/i64.h"
#include "base/mem.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void core_config_init(struct core_config *config)
{
	*config = (struct core_config){
	    .component = "kube-mesos-adapter",
	    .instance = "kube-mesos-adapter",
	    .offer_hold_ms = 1 * SECOND,
	    .decline_busy_ms = 5 * SECOND,
	    .decline_idle_ms = 1 * DAY,
	    .revive_every_ms = 100,
	    .backoff_first_ms = 10 * SECOND,
	    .backoff_max_ms = 5 * MINUTE,
	    .retry_first_ms = 500,
	    .retry_max_ms = 1 * MINUTE,
	    .ask_first_ms = 2 * SECOND,
	    .ask_max_ms = 1 * MINUTE,
	    .why_first_ms = 1 * SECOND,
	    .why_every_ms = 30 * SECOND,
	    .quarantine_ms = 1 * HOUR,
	    .audit_every_ms = 5 * MINUTE,
	    .census_every_ms = 30 * SECOND,
	    .node_beat_ms = 5 * MINUTE,
	    .node_change_ms = 30 * SECOND,
	};
	translate_config_init(&config->translate);
}

struct core *core_new(const struct core_config *config, const char *framework_id)
{
	struct core *core = xcalloc(1, sizeof(*core));
	core->cfg = *config;
	core->framework_id = xstrdup(framework_id);
	core->stored = framework_id != NULL;
	core->revived_ms = INT64_MIN / 2;
	core->idle_ms = UNSET;
	audit_reset(core);
	list_init(&core->pod_list);
	list_init(&core->agent_list);
	list_init(&core->fresh);
	list_init(&core->stuck);
	list_init(&core->serve);
	core->place_ms = UNSET;
	list_init(&core->dirty);
	list_init(&core->writers);
	list_init(&core->file_writers);
	list_init(&core->file_lookers);
	list_init(&core->held);
	list_init(&core->ready);
	list_init(&core->orphan_list);
	sources_init(&core->sources);
	aggregate_init(core);
	return core;
}

void core_free(struct core *core)
{
	if (!core) {
		return;
	}
	LIST_EACH (&core->pod_list, link) {
		pod_free(core, LIST_ENTRY(link, struct pod, all));
	}
	LIST_EACH (&core->agent_list, link) {
		agent_free(core, LIST_ENTRY(link, struct agent, link));
	}
	LIST_EACH (&core->orphan_list, link) {
		orphan_drop(core, LIST_ENTRY(link, struct orphan, link));
	}
	map_done(&core->pods);
	map_done(&core->agents);
	map_done(&core->offers);
	map_done(&core->orphans);
	nodes_done(core);
	others_done(core);
	sources_done(&core->sources);
	heap_done(&core->pod_alarms);
	heap_done(&core->agent_alarms);
	heap_done(&core->node_alarms);
	effect_free(core->undeclined);
	free(core->census.kinds);
	free(core->framework_id);
	free(core);
}

bool core_acting(const struct core *core)
{
	return core->synced && core->nodes_synced && core->subscribed && core->stored;
}

int64_t core_backoff(int64_t present_ms, int64_t first_ms, int64_t max_ms)
{
	int64_t ms = present_ms ? present_ms * 2 : first_ms;
	return ms < max_ms ? ms : max_ms;
}

static void store_framework(struct core *core)
{
	struct effect *f = effects_add(core->out, EFFECT_STORE_FRAMEWORK);
	f->text = xstrdup(core->framework_id);
	core->storing = true;
}

static void store_result(struct core *core, const struct effect *effect, const struct err *failure)
{
	core->storing = false;
	if (!failure && core->framework_id && strcmp(effect->text, core->framework_id) == 0) {
		core->stored = true;
		core->store_retry_ms = 0;
		return;
	}
	core->store_retry_ms = core_backoff(core->store_retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
	core->store_ms = core->now + core->store_retry_ms;
}

static void subscribed(struct core *core, const char *framework_id)
{
	core->subscribed = true;
	core->subscribed_ms = core->now;
	core->asked = false;
	agents_subscribed(core);
	census_begin(core);
	if (!core->framework_id || strcmp(core->framework_id, framework_id) != 0) {
		free(core->framework_id);
		core->framework_id = xstrdup(framework_id);
		core->stored = false;
		store_framework(core);
	}
}

static void disconnected(struct core *core)
{
	core->subscribed = false;
	audit_reset(core);
	agents_drop_offers(core);
	effect_free(core->undeclined);
	core->undeclined = NULL;
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		pod_all_untold(pod);
		pod_event(core, pod, POD_EV_DISCONNECTED);
	}
}

static void launch_failed(struct core *core, const struct effect *effect)
{
	for (size_t i = 0; i < effect->n_others; i++) {
		struct pod *pod = map_get(&core->pods, effect->others[i]);
		if (pod) {
			pod_event(core, pod, POD_EV_LAUNCH_FAILED);
		}
	}
}

static void bind_result(struct core *core, struct pod *pod, const struct effect *effect, const struct err *failure)
{
	if (pod->rebinding && pod->rebinding == effect->generation) {
		pod_rebind_result(core, pod, failure);
		return;
	}
	if (pod->binding != effect->generation) {
		return;
	}
	pod_event(core, pod, failure ? POD_EV_BIND_FAILED : POD_EV_BIND_OK);
	if (pod->state == POD_QUEUED && pod->spec->node_name && !pod_wants_agent(core, pod->spec)) {
		pod_node_seen(core, pod); /* it was bound after all */
	}
}

static void result(struct core *core, const struct core_event *event)
{
	const struct effect *effect = event->effect;
	const struct err *failure = event->failure;
	struct pod *pod = map_get(&core->pods, effect->uid);
	switch (effect->type) {
	case EFFECT_BIND:
		if (pod) {
			bind_result(core, pod, effect, failure);
		}
		break;
	case EFFECT_PATCH_STATUS:
		if (pod) {
			pod_report_result(core, pod, event);
		}
		break;
	case EFFECT_CLAIM_VOLUME:
	case EFFECT_CLAIM_NODE:
		if (pod) {
			pod_volume_chosen(core, pod, failure);
		}
		break;
	case EFFECT_ADOPT_POD:
		if (pod && effect->generation) {
			bind_result(core, pod, effect, failure);
		} else if (pod) {
			pod_store_agent_result(core, pod, failure);
		}
		break;
	case EFFECT_DELETE_POD:
	case EFFECT_EVICT_POD:
		if (pod) {
			pod_delete_result(core, pod, effect, failure);
		}
		break;
	case EFFECT_UPSERT_NODE:
	case EFFECT_NODE_STATUS:
	case EFFECT_CORDON_NODE:
	case EFFECT_MARK_NODE:
	case EFFECT_DELETE_NODE:
		node_result(core, effect, failure);
		break;
	case EFFECT_STORE_FRAMEWORK:
		store_result(core, effect, failure);
		break;
	case EFFECT_ACCEPT:
		if (failure) {
			launch_failed(core, effect);
		}
		if (failure && core->subscribed) {
			agents_again(core, effect); /* what it did not reach is still offered to us: it goes back */
		}
		break;
	case EFFECT_DECLINE:
	case EFFECT_REVIVE:
		if (failure && core->subscribed) {
			agents_again(core, effect);
		}
		break;
	case EFFECT_RECONCILE:
		questions_taken(core, effect, failure);
		break;
	case EFFECT_ACKNOWLEDGE:
		acknowledged(core, effect, failure);
		break;
	case EFFECT_FETCH:
		sources_result(core, event);
		break;
	case EFFECT_PROBE:
		probe_answered(core, effect, failure);
		break;
	case EFFECT_READ_MESSAGE:
		message_read(core, event);
		break;
	case EFFECT_RUN_HOOK:
		hook_result(core, event);
		break;
	case EFFECT_WRITE_FILES:
		files_result(core, pod, event);
		break;
	case EFFECT_ACCEPT_INVERSE:
	case EFFECT_DECLINE_INVERSE:
	case EFFECT_EVENT:
	case EFFECT_SUPPRESS:
	case EFFECT_KILL:
	case EFFECT_SHUTDOWN:
	case EFFECT_ASK_AGENTS:
	case EFFECT_COMPARE_PODS:
	case EFFECT_SHOW_PODS:
	case EFFECT_RENEW_LEASE:
	case EFFECT_LEAVE_LEASE:
	case EFFECT_REPORT:
		/* What fails of these comes again by itself, or is no loss: the agent repeats its update, kills and
		 * questions have timers, offers that come in spite of a SUPPRESS are declined. */
		break;
	}
}

static void pod_alarm_rings(struct core *core, struct pod *pod)
{
	if (pod->state == POD_QUEUED) {
		pod_enqueue(core, pod);
	}
	pod_touch(core, pod);
}

static void tick(struct core *core)
{
	struct heap_link *link;
	while ((link = heap_first(&core->pod_alarms)) != NULL && link->at <= core->now) {
		heap_remove(&core->pod_alarms, link);
		pod_alarm_rings(core, LIST_ENTRY(link, struct pod, alarm));
	}
	if (core->framework_id && !core->stored && !core->storing && core->store_ms <= core->now) {
		store_framework(core);
	}
	agents_tick(core);
	nodes_tick(core);
	sources_tick(core);
	orphans_tick(core);
	core->told_all = core->told_all || core->told_by_ms <= core->now;
	audit_tick(core);
	census_tick(core);
}

static void dispatch(struct core *core, struct core_event *event)
{
	struct pod *pod;
	switch (event->type) {
	case CORE_POD_CHANGED:
		pod_changed(core, event->pod);
		event->pod = NULL;
		break;
	case CORE_POD_GONE:
		pod = map_get(&core->pods, event->uid);
		if (pod) {
			pod_event(core, pod, POD_EV_VANISHED);
		}
		break;
	case CORE_PODS_SYNCED:
		pods_synced(core, event->foreign);
		break;
	case CORE_PODS_KNOWN:
		audit_pods(core, event->uids, event->n_uids);
		break;
	case CORE_NODE_CHANGED:
		node_changed(core, event->node);
		break;
	case CORE_NODE_GONE:
		node_gone(core, event->uid);
		break;
	case CORE_NODES_SYNCED:
		nodes_synced(core);
		break;
	case CORE_SUBSCRIBED:
		subscribed(core, event->text);
		break;
	case CORE_DISCONNECTED:
		disconnected(core);
		break;
	case CORE_OFFERS:
		agents_offers(core, event->offers, event->n_offers);
		break;
	case CORE_RESCINDED:
		agents_rescinded(core, event->text);
		break;
	case CORE_INVERSE_OFFERS:
		agents_inverse_offers(core, event->ids, event->uids, event->n_uids);
		break;
	case CORE_INVERSE_RESCINDED:
		agents_inverse_rescinded(core, event->text);
		break;
	case CORE_AGENTS_LISTED:
		agents_listed(core, event->agents, event->n_agents, event->failure);
		break;
	case CORE_UPDATE:
		core_task_update(core, event->status);
		break;
	case CORE_AGENT_FAILED:
		agents_failed(core, event->text);
		break;
	case CORE_AGENT_CHECKED:
		agent_checked(core, event->text, event->failure);
		break;
	case CORE_RESULT:
		write_done(core, event->effect, event->failure, event->retry_after_ms);
		result(core, event);
		break;
	case CORE_TICK:
		tick(core);
		break;
	}
}

/* A pod's turn can touch others (they get an offer) or itself again, so until nobody is left. */
static void settle(struct core *core)
{
	do {
		while (!list_empty(&core->dirty)) {
			struct pod *pod = LIST_ENTRY(core->dirty.next, struct pod, dirty);
			list_remove(&pod->dirty);
			pod_advance(core, pod);
		}
		writers_call(core);
		if (core_acting(core)) {
			place_all(core);
			launch_all(core);
		}
	} while (!list_empty(&core->dirty));
}

void core_step(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects)
{
	/* The wall clock may be set back; nothing here wants to see that. */
	if (now_ms > core->now) {
		core->now = now_ms;
	}
	core->out = effects;
	core->question = NULL;
	core->asked_all = false;
	core->looks_end = core->looks + PLACE_LOOKS_MAX;
	dispatch(core, event);
	if (core_acting(core) && !core->asked) {
		core->asked = true;
		core_ask_all(core);
		audit_reset(core);
	}
	settle(core);
	sources_fetch(core);
	agents_give_back(core);
	core->out = NULL;
	core->question = NULL;
}

int64_t core_deadline(const struct core *core)
{
	int64_t at = UNSET;
	struct heap_link *link = heap_first(&core->pod_alarms);
	if (link) {
		at = i64_min(at, link->at);
	}
	link = heap_first(&core->agent_alarms);
	if (link) {
		at = i64_min(at, link->at);
	}
	link = heap_first(&core->node_alarms);
	if (link) {
		at = i64_min(at, link->at);
	}
	at = i64_min(at, agents_deadline(core));
	at = i64_min(at, sources_deadline(core));
	at = i64_min(at, audit_deadline(core));
	at = i64_min(at, census_deadline(core));
	at = i64_min(at, writes_deadline(core));
	at = i64_min(at, place_deadline(core));
	if (!list_empty(&core->orphan_list)) {
		at = i64_min(at, LIST_ENTRY(core->orphan_list.next, struct orphan, link)->due_ms);
	}
	if (!core->told_all && core->asked) {
		at = i64_min(at, core->told_by_ms);
	}
	if (core->framework_id && !core->stored && !core->storing) {
		at = i64_min(at, core->store_ms);
	}
	return at;
}

struct core_counts core_count(const struct core *core)
{
	struct core_counts c = {
	    .pods = core->pods.count,
	    .waiting = core->n_waiting,
	    .agents = core->agents.count,
	    .offers = core->offers.count,
	    .orphans = core->orphans.count,
	    .shutdowns = core->shutdowns,
	    .looks = core->looks,
	    .found = core->found,
	};
	LIST_EACH (&core->pod_list, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, all);
		c.waiting += pod->state == POD_QUEUED;
		c.in_state[pod->state]++;
		for (size_t i = 0; i < pod->n_tasks; i++) {
			c.live_tasks += run_live(&pod->tasks[i].run);
			c.unacknowledged += pod->tasks[i].uuid[0] != '\0';
		}
	}
	return c;
}

bool core_has_node(const struct core *core, const char *name)
{
	return map_get(&core->nodes, name) != NULL;
}

bool core_has_pod(const struct core *core, const char *uid)
{
	return map_get(&core->pods, uid) != NULL;
}

struct core_health core_health(const struct core *core)
{
	return (struct core_health){
	    .synced = core->synced && core->nodes_synced, .subscribed = core->subscribed, .stored = core->stored};
}
