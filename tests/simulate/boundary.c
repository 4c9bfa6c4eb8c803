/* The honest observer between shell and core: what the core was told, and what it wants done.
 *
 * The linker redirects core_new, core_free and core_step to here (--wrap).
 */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/simulate/runner.h"
#include "tests/simulate/sim.h"
#include "translate/ids.h"

struct core *__real_core_new(const struct core_config *config, const char *framework_id);
struct core *__wrap_core_new(const struct core_config *config, const char *framework_id);
void __real_core_free(struct core *core);
void __wrap_core_free(struct core *core);
void __real_core_step(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects);
void __wrap_core_step(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects);

/* ---- what a life has heard ---- */

static void hear(struct map *map, const char *text, int64_t now_ms)
{
	if (!text || map_get(map, text)) {
		return;
	}
	struct heard *heard = xcalloc(1, sizeof(*heard));
	heard->first_ms = now_ms;
	snprintf(heard->text, sizeof(heard->text), "%s", text);
	map_put(map, heard->text, heard);
}

static bool unhear(struct map *map, const char *text)
{
	struct heard *heard = map_del(map, text);
	free(heard);
	return heard != NULL;
}

static void unhear_all(struct map *map)
{
	size_t it = 0;
	struct heard *heard;
	while ((heard = map_next(map, &it)) != NULL) {
		free(heard);
	}
	map_done(map);
}

void life_done(struct life *life)
{
	unhear_all(&life->heard);
	unhear_all(&life->pods);
	unhear_all(&life->offers);
	unhear_all(&life->unknown);
	unhear_all(&life->living);
	unhear_all(&life->joined);
	unhear_all(&life->gone);
	mutation_forget(&life->mutant);
	*life = (struct life){.number = life->number};
}

void boundary_done(struct sim *sim)
{
	unhear_all(&sim->hooked);
	unhear_all(&sim->written);
	unhear_all(&sim->let_go);
	unhear_all(&sim->excused);
}

struct sandbox {
	const char *uid;
	bool lives;
};

static void lives_in(void *arg, const char *task_id)
{
	struct sandbox *sandbox = arg;
	struct task_id id;
	sandbox->lives = sandbox->lives || (task_id_parse(task_id, &id) == 0 && strcmp(id.uid, sandbox->uid) == 0);
}

static bool sandbox_lives(const struct sim *sim, const char *task_id)
{
	struct task_id id;
	struct sandbox sandbox = {.uid = id.uid};
	if (task_id_parse(task_id, &id) == 0) {
		runner_each(sim->runner, lives_in, &sandbox);
	}
	return sandbox.lives;
}

/* Of an executor that died Mesos tells task by task, and may be long about it. */
static bool sandbox_seems_to_live(const struct life *life, const char *task_id)
{
	struct task_id id;
	struct sandbox sandbox = {.uid = id.uid};
	const struct heard *living;
	size_t it = 0;
	while (task_id_parse(task_id, &id) == 0 && (living = map_next(&life->living, &it)) != NULL) {
		lives_in(&sandbox, living->text);
	}
	return sandbox.lives;
}

/* ---- what it is told ---- */

static void heard_update(struct sim *sim, struct life *life, const struct mesos_task_status *status)
{
	bool lives = status->state == TASK_STARTING || status->state == TASK_RUNNING || status->state == TASK_KILLING;
	hear(&life->heard, status->task_id, sim->now);
	if (lives) {
		hear(&life->living, status->task_id, sim->now);
	} else {
		unhear(&life->living, status->task_id);
	}
	if (status->state == TASK_UNKNOWN) {
		hear(&life->unknown, status->agent_id, sim->now);
	} else {
		unhear(&life->unknown, status->agent_id);
	}
	if (status->uuid[0]) {
		stored_update_sent(sim, status->uuid, status->task_id, mesos_task_state_name(status->state));
	}
	/* An executor that died while a launch was on its way, or of whose end nobody was told, has to be paid for
	 * again, out of offers that need not. */
	bool died = map_get(&life->joined, status->task_id) && !sandbox_lives(sim, status->task_id);
	if (status->state == TASK_ERROR && !died) {
		sim_violated(sim, "refused: the master would not have task %s: %s", status->task_id,
			     status->message ? status->message : "");
	}
}

static void hear_pod(struct life *life, const struct kube_pod *pod, int64_t now_ms)
{
	hear(&life->pods, pod->uid, now_ms);
	struct heard *heard = map_get(&life->pods, pod->uid);
	heard->version = strtoll(pod->resource_version, NULL, 10);
}

static void observe_event(struct sim_adapter *adapter, const struct core_event *event)
{
	struct sim *sim = adapter->sim;
	struct life *life = &adapter->life;
	switch (event->type) {
	case CORE_POD_CHANGED:
		hear_pod(life, event->pod, sim->now);
		unhear(&life->gone, event->pod->uid);
		sim_trace(sim, "event", "pod %s/%s %s", event->pod->ns, event->pod->name, event->pod->uid);
		break;
	case CORE_POD_GONE:
		hear(&life->gone, event->uid, sim->now);
		sim_trace(sim, "event", "pod %s is gone", event->uid);
		break;
	case CORE_PODS_SYNCED:
		life->synced = true;
		sim_trace(sim, "event", "pods are synced");
		break;
	case CORE_PODS_KNOWN:
		sim_trace(sim, "event", "the watch knows %zu pods", event->n_uids);
		break;
	case CORE_NODE_CHANGED:
		sim_trace(sim, "event", "node %s%s", event->node->name, event->node->unschedulable ? ", cordoned" : "");
		break;
	case CORE_NODE_GONE:
		sim_trace(sim, "event", "node %s is gone", event->uid);
		break;
	case CORE_NODES_SYNCED:
		sim_trace(sim, "event", "nodes are synced");
		break;
	case CORE_SUBSCRIBED:
		life->subscribed = true;
		snprintf(life->framework_id, sizeof(life->framework_id), "%s", event->text);
		sim_trace(sim, "event", "subscribed as %s", event->text);
		break;
	case CORE_DISCONNECTED:
		life->subscribed = false;
		unhear_all(&life->offers);
		sim_trace(sim, "event", "disconnected");
		break;
	case CORE_OFFERS:
		for (size_t i = 0; i < event->n_offers; i++) {
			hear(&life->offers, event->offers[i]->id, sim->now);
			sim_trace(sim, "event", "offer %s of %s", event->offers[i]->id, event->offers[i]->hostname);
		}
		break;
	case CORE_RESCINDED:
		unhear(&life->offers, event->text);
		sim_trace(sim, "event", "offer %s is rescinded", event->text);
		break;
	case CORE_INVERSE_OFFERS:
	case CORE_INVERSE_RESCINDED:
		sim_trace(sim, "event", "inverse offers");
		break;
	case CORE_AGENTS_LISTED:
		sim_trace(sim, "event", "%zu agents are listed", event->n_agents);
		break;
	case CORE_UPDATE:
		sim_trace(sim, "event", "update %s %s %s", event->status->task_id,
			  mesos_task_state_name(event->status->state),
			  event->status->uuid[0] ? event->status->uuid : "of the master");
		heard_update(sim, life, event->status);
		break;
	case CORE_AGENT_CHECKED:
		sim_trace(sim, "event", "agent %s was tried: %s", event->text,
			  event->failure ? event->failure->text : "ok");
		break;
	case CORE_AGENT_FAILED:
		sim_trace(sim, "event", "agent %s failed", event->text);
		break;
	case CORE_RESULT:
		sim_trace(sim, "event", "result of %s %s: %s", effect_name(event->effect->type),
			  event->effect->name ? event->effect->name : "", event->failure ? event->failure->text : "ok");
		break;
	case CORE_TICK:
		break;
	}
}

/* ---- what it wants ---- */

static const char *stored_framework(const struct sim *sim)
{
	return js_str_at(apiserver_peek(sim->kube, "configmaps", SIM_NAMESPACE, sim->settings.state_name), "data",
			 "frameworkId", NULL);
}

static void use_offers(struct sim_adapter *adapter, const struct effect *f)
{
	for (size_t i = 0; i < f->n_ids; i++) {
		if (!unhear(&adapter->life.offers, f->ids[i]) && f->type == EFFECT_ACCEPT) {
			sim_violated(adapter->sim, "offers: ACCEPT of %s, which is not there", f->ids[i]);
		}
	}
}

static void launched(struct sim_adapter *adapter, const struct effect *f)
{
	struct sim *sim = adapter->sim;
	struct life *life = &adapter->life;
	const char *stored = stored_framework(sim);
	size_t i, k;
	json_t *operation, *task;
	if (!life->synced || !life->subscribed) {
		sim_violated(sim, "early: something is launched before the pods are synced and it is subscribed");
	}
	if (!stored || strcmp(stored, life->framework_id) != 0) {
		sim_violated(sim, "unstored: something is launched, and the framework id %s is not stored",
			     life->framework_id);
	}
	json_array_foreach (f->body, i, operation) {
		json_array_foreach (js_at(operation, "launch_group", "task_group", "tasks", NULL), k, task) {
			const char *id = js_str_at(task, "task_id", "value", NULL);
			hear(&life->heard, id, sim->now);
			if (sandbox_lives(sim, id) || sandbox_seems_to_live(life, id)) {
				hear(&life->joined, id, sim->now);
			}
			sim->launched++;
			sim_trace(sim, "effect", "launch %s on %s", id, f->agent_id);
		}
	}
}

static void killed(struct sim_adapter *adapter, const struct effect *f)
{
	struct sim *sim = adapter->sim;
	const struct life *life = &adapter->life;
	const struct heard *heard = map_get(&life->heard, f->task_id);
	struct task_id id;
	bool explained = task_id_parse(f->task_id, &id) == 0 && map_get(&life->pods, id.uid);
	sim_trace(sim, "effect", "kill %s within %lld ms", f->task_id, (long long)f->grace_ms);
	if (!life->synced || !life->subscribed) {
		sim_violated(sim, "early: %s is killed before the pods are synced and it is subscribed", f->task_id);
	} else if (!heard) {
		sim_violated(sim, "early: %s is killed, and Mesos has not said that it lives", f->task_id);
	} else if (!explained && sim->now - heard->first_ms < SIM_QUARANTINE_MS / 10 * 9) {
		sim_violated(sim, "quarantine: %s, which no pod explains, is killed after %lld ms", f->task_id,
			     (long long)(sim->now - heard->first_ms));
	}
}

/* The pod was gone, or known in a version, that a backup took back, which nobody has told it yet. */
static bool is_behind(const struct sim *sim, const struct life *life, const char *task_id)
{
	struct task_id id;
	if (task_id_parse(task_id, &id) < 0) {
		return false;
	}
	const struct heard *gone = map_get(&life->gone, id.uid), *pod = map_get(&life->pods, id.uid);
	return (gone && gone->first_ms <= sim->restored_ms) ||
	       (pod && pod->version > sim->lost_after && pod->version <= sim->lost_until);
}

static void acknowledged(struct sim_adapter *adapter, const struct effect *f)
{
	struct sim *sim = adapter->sim;
	sim_trace(sim, "effect", "acknowledge %s %s", f->task_id, f->text);
	if (is_behind(sim, &adapter->life, f->task_id)) {
		hear(&sim->excused, f->text, sim->now);
	}
}

/* An agent that the master does not know may come back, and nobody can wait for that. */
static void removed(struct sim_adapter *adapter, const struct effect *f)
{
	struct sim *sim = adapter->sim;
	const json_t *pod = apiserver_peek(sim->kube, "pods", SIM_NAMESPACE, f->name);
	const char *agent_id = js_str_at(pod, "metadata", "annotations", ANNOTATION_AGENT_ID, NULL);
	sim_trace(sim, "effect", "delete pod %s", f->name);
	if (agent_id && map_get(&adapter->life.unknown, agent_id)) {
		hear(&sim->let_go, f->uid, sim->now);
	}
}

static void observe_effect(struct sim_adapter *adapter, const struct effect *f)
{
	struct sim *sim = adapter->sim;
	sim->effects++;
	switch (f->type) {
	case EFFECT_ACCEPT:
		use_offers(adapter, f);
		launched(adapter, f);
		break;
	case EFFECT_DECLINE:
		use_offers(adapter, f);
		sim_trace(sim, "effect", "decline %zu offers for %lld ms", f->n_ids, (long long)f->refuse_ms);
		break;
	case EFFECT_KILL:
		killed(adapter, f);
		break;
	case EFFECT_DELETE_POD:
		removed(adapter, f);
		break;
	case EFFECT_ACKNOWLEDGE:
		acknowledged(adapter, f);
		break;
	case EFFECT_RECONCILE:
		sim_trace(sim, "effect", "reconcile %zu tasks%s%s", f->n_ids, f->n_ids ? ": " : "",
			  f->n_ids ? f->ids[0] : "");
		break;
	case EFFECT_EVENT:
		sim_trace(sim, "effect", "event %s: %s", f->name, js_str(f->body, "message"));
		break;
	default:
		sim_trace(sim, "effect", "%s %s %s", effect_name(f->type), f->name ? f->name : "",
			  f->text ? f->text : "");
		break;
	}
}

struct core *__wrap_core_new(const struct core_config *config, const char *framework_id)
{
	struct sim_adapter *adapter = sim_world->running;
	life_done(&adapter->life);
	adapter->leads = true;
	adapter->life.number++;
	sim_trace(adapter->sim, "adapter", "%u begins to act", adapter->number);
	adapter->life.mutant = (struct mutant){
	    .mutation = adapter->sim->options.mutation, .life = &adapter->life, .step = __real_core_step};
	return __real_core_new(config, framework_id);
}

void __wrap_core_free(struct core *core)
{
	struct sim_adapter *adapter = sim_world->running;
	if (core) {
		sim_trace(adapter->sim, "adapter", "%u acts no more", adapter->number);
		life_done(&adapter->life);
		adapter->leads = false;
	}
	__real_core_free(core);
}

void __wrap_core_step(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects)
{
	struct sim_adapter *adapter = sim_world->running;
	size_t before = effects->n;
	adapter->sim->steps++;
	observe_event(adapter, event);
	if (mutation_event(&adapter->life.mutant, event)) {
		__real_core_step(core, now_ms, event, effects);
	}
	mutation_effects(&adapter->life.mutant, core, now_ms, event, effects);
	for (size_t i = before; i < effects->n; i++) {
		observe_effect(adapter, effects->items[i]);
	}
}

/* ---- offers are given back, except by who stands still ---- */

void offers_check(struct sim *sim)
{
	for (size_t i = 0; i < sim->n_adapters; i++) {
		const struct life *life = &sim->adapters[i].life;
		int64_t most = sim->calm && sim->now > sim->calm_ms + SIM_HOLD_MS ? SIM_HOLD_CALM_MS : SIM_HOLD_MS;
		size_t it = 0;
		if (sim->now < sim->adapters[i].stalled_until_ms + most) {
			continue;
		}
		const struct heard *offer;
		while ((offer = map_next(&life->offers, &it)) != NULL) {
			if (sim->now - offer->first_ms > most) {
				sim_violated(sim, "offers: %s is held for %lld ms", offer->text,
					     (long long)(sim->now - offer->first_ms));
			}
		}
	}
}
