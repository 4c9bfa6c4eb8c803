/* Agents, the offers in hand, and giving back what nobody needs. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "adapter/place.h"
#include "base/i64.h"
#include "base/mem.h"

/* ---- agents ---- */

struct agent *agent_get(struct core *core, const char *id)
{
	struct agent *agent = map_get(&core->agents, id);
	if (agent || core->agents.count >= CORE_AGENTS_MAX) {
		return agent;
	}
	agent = xcalloc(1, sizeof(*agent));
	agent->id = xstrdup(id);
	list_init(&agent->slots);
	list_init(&agent->waiting);
	list_init(&agent->pods);
	agent->node = core->all ? core->all : node_new(core, agent);
	census_soon(core);
	list_push(&core->agent_list, &agent->link);
	map_put(&core->agents, agent->id, agent);
	return agent;
}

static void slot_free(struct core *core, struct slot *slot)
{
	for (size_t i = 0; i < slot->n_offers; i++) {
		map_del(&core->offers, slot->offers[i]->id);
		mesos_offer_free(slot->offers[i]);
	}
	free(slot->offers);
	free(slot->ports);
	mesos_resources_done(&slot->pool);
	list_remove(&slot->link);
	list_remove(&slot->held);
	list_remove(&slot->ready);
	free(slot);
}

struct agent *agent_from_hearsay(struct core *core, const char *id)
{
	bool known = map_get(&core->agents, id) != NULL;
	struct agent *agent = agent_get(core, id);
	if (agent && !known) {
		agent->unheard = true;
		agent->ask_ms = core->now;
	}
	return agent;
}

void agent_free(struct core *core, struct agent *agent)
{
	LIST_EACH (&agent->slots, link) {
		slot_free(core, LIST_ENTRY(link, struct slot, link));
	}
	heap_remove(&core->agent_alarms, &agent->alarm);
	map_del(&core->agents, agent->id);
	if (agent->node->agent) {
		node_free(core, agent->node);
	}
	list_remove(&agent->link);
	list_remove(&agent->serve);
	mesos_offer_free(agent->info);
	free(agent->id);
	free(agent->ip);
	agent_forget_maintenance(core, agent);
	mesos_agent_info_free(agent->listed);
	free(agent->access_message);
	free(agent->pledged_ports);
	free(agent);
}

bool agent_lingers(const struct core *core, const struct agent *agent)
{
	return !list_empty(&agent->pods) || (!agent->gone && core->now < agent->away_ms + NODE_LINGER_MS);
}

static int64_t after_now(const struct core *core, int64_t at)
{
	return at > core->now ? at : UNSET;
}

void agent_update(struct core *core, struct agent *agent)
{
	bool lingers = agent->away && list_empty(&agent->pods) && agent_lingers(core, agent);
	int64_t at = lingers ? agent->away_ms + NODE_LINGER_MS : UNSET;
	if (agent_is_asked(agent)) {
		at = i64_min(at, after_now(core, agent->ask_ms));
	}
	at = i64_min(at, after_now(core, agent_silence_ends(core, agent)));
	if (at != UNSET) {
		heap_set(&core->agent_alarms, &agent->alarm, at);
	}
	if (agent->node->agent) {
		node_update(core, agent->node);
	} else {
		aggregate_touch(core);
	}
}

/* One that is away is forgotten when nothing refers to it and it has no node; it comes again with its next offer. */
void agent_sweep(struct core *core, struct agent *agent)
{
	if (!agent->away || !list_empty(&agent->pods) || !list_empty(&agent->slots)) {
		return;
	}
	agent_update(core, agent);
	const struct node *node = agent->node;
	bool nodeless = !node->asked && (!node->name[0] || node->state == NODE_DELETED);
	if (node->agent ? nodeless : !agent_lingers(core, agent)) {
		agent_free(core, agent);
	}
}

void agent_leave(struct core *core, struct pod *pod)
{
	struct agent *agent = pod->agent;
	if (agent) {
		pod_unpledge(pod);
		agent->n_pods -= pod->counted;
		pod->counted = false;
		pod->agent = NULL;
		list_remove(&pod->on);
		agent_sweep(core, agent);
	}
}

void agent_join(struct core *core, struct pod *pod, struct agent *agent)
{
	if (pod->agent != agent) {
		agent_leave(core, pod);
		pod->agent = agent;
		list_push(&agent->pods, &pod->on);
	}
}

const struct mesos_offer *agent_info(const struct agent *agent)
{
	if (!list_empty(&agent->slots)) {
		const struct slot *slot = LIST_ENTRY(agent->slots.next, struct slot, link);
		if (slot->n_offers) {
			return slot->offers[0];
		}
	}
	return agent->info;
}

/* ---- slots ---- */

static struct slot *slot_get(struct core *core, struct agent *agent, const char *role)
{
	LIST_EACH (&agent->slots, link) {
		struct slot *slot = LIST_ENTRY(link, struct slot, link);
		if (strcmp(slot->offers[0]->role ? slot->offers[0]->role : "", role ? role : "") == 0) {
			return slot;
		}
	}
	struct slot *slot = xcalloc(1, sizeof(*slot));
	slot->agent = agent;
	slot->since_ms = core->now;
	mesos_resources_init(&slot->pool);
	list_init(&slot->batch);
	list_push(&agent->slots, &slot->link);
	list_push(&core->held, &slot->held);
	return slot;
}

static struct amounts pool_amounts(const struct mesos_resources *pool, const char *role)
{
	return (struct amounts){
	    .cpus = mesos_resources_available(pool, "cpus", role),
	    .mem = mesos_resources_available(pool, "mem", role),
	    .disk = mesos_resources_available(pool, "disk", role),
	    .gpus = mesos_resources_available(pool, "gpus", role),
	};
}

static struct amounts unreserved_amounts(const struct mesos_resources *pool)
{
	struct amounts a = {0};
	for (size_t i = 0; i < pool->n; i++) {
		const struct mesos_resource *r = &pool->items[i];
		int64_t *to = strcmp(r->name, "cpus") == 0   ? &a.cpus
			      : strcmp(r->name, "mem") == 0  ? &a.mem
			      : strcmp(r->name, "disk") == 0 ? &a.disk
							     : NULL;
		if (to && r->plain && !r->reserved && r->type == MESOS_SCALAR) {
			*to += r->milli;
		}
	}
	return a;
}

static void set_aside(const struct core *core, struct slot *slot, const struct pod *pod)
{
	struct amounts executor = executor_amounts(pod->spec, &core->cfg.translate);
	slot->unreserved.cpus -= executor.cpus;
	slot->unreserved.mem -= executor.mem;
	slot->unreserved.disk -= executor.disk;
	slot->free.cpus -= pod->reserved.cpus;
	slot->free.mem -= pod->reserved.mem;
	slot->free.disk -= pod->reserved.disk;
	slot->free.gpus -= pod->reserved.gpus;
	slot->ports = mem_grow(slot->ports, &slot->cap_ports, slot->n_ports + pod->need.n_ports, sizeof(*slot->ports));
	for (size_t i = 0; i < pod->need.n_ports; i++) {
		slot->ports[slot->n_ports++] = pod->need.ports[i];
	}
}

static void slot_recount(const struct core *core, struct slot *slot)
{
	slot->n_ports = 0;
	slot->free = pool_amounts(&slot->pool, slot->offers[0]->role);
	slot->unreserved = unreserved_amounts(&slot->pool);
	LIST_EACH (&slot->batch, link) {
		set_aside(core, slot, LIST_ENTRY(link, struct pod, batch));
	}
}

static void mark_ready(struct core *core, struct slot *slot)
{
	if (slot->n_batch && !slot->n_binding) {
		if (!list_linked(&slot->ready)) {
			list_push(&core->ready, &slot->ready);
		}
	} else {
		list_remove(&slot->ready);
	}
}

void slot_assign(struct core *core, struct slot *slot, struct pod *pod, const struct amounts *amounts)
{
	if (!slot->n_batch) {
		slot->batch_ms = core->now;
	}
	pod->slot = slot;
	pod->reserved = *amounts;
	list_push(&slot->batch, &pod->batch);
	slot->n_batch++;
	slot->n_binding += pod->state == POD_QUEUED; /* it is being bound from now on */
	set_aside(core, slot, pod);
	mark_ready(core, slot);
}

void slot_bound(struct core *core, struct slot *slot)
{
	slot->n_binding--;
	mark_ready(core, slot);
}

void slot_unassign(struct core *core, struct pod *pod)
{
	struct slot *slot = pod->slot;
	if (!slot) {
		return;
	}
	list_remove(&pod->batch);
	pod->slot = NULL;
	slot->n_batch--;
	slot->n_binding -= pod->state == POD_BINDING;
	slot_recount(core, slot);
	mark_ready(core, slot);
	agent_serve(core, slot->agent);
	core->supply = true;
}

/* Its offers are used up, or void; the last one is kept for what it says of the agent. */
static void slot_drop(struct core *core, struct slot *slot)
{
	struct agent *agent = slot->agent;
	agent->last_free = agent->idle = slot->free;
	LIST_EACH (&slot->batch, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, batch);
		list_remove(&pod->batch);
		pod->slot = NULL;
		pod_touch(core, pod);
	}
	if (slot->n_offers) {
		struct mesos_offer *offer = slot->offers[--slot->n_offers];
		map_del(&core->offers, offer->id);
		mesos_offer_free(agent->info);
		agent->info = offer;
	}
	slot_free(core, slot);
	agent_sweep(core, agent);
}

void slot_consume(struct core *core, struct slot *slot)
{
	slot_drop(core, slot);
}

/* ---- offers ---- */

static void refuse_offer(struct core *core, struct mesos_offer *offer)
{
	struct effect *f = effects_add(core->out, EFFECT_DECLINE);
	effect_add_id(f, offer->id);
	f->refuse_ms = core->cfg.decline_busy_ms;
	core->filtered = true;
	mesos_offer_free(offer);
}

static void take_offer(struct core *core, struct mesos_offer *offer)
{
	if (map_get(&core->offers, offer->id)) {
		mesos_offer_free(offer);
		return;
	}
	struct agent *agent = core->offers.count < CORE_OFFERS_MAX ? agent_get(core, offer->agent_id) : NULL;
	if (!agent) {
		refuse_offer(core, offer);
		return;
	}
	agent_returned(core, agent);
	agent_offered(core, agent, offer);
	if (offer->agent_ip && (!agent->ip || strcmp(agent->ip, offer->agent_ip) != 0)) {
		free(agent->ip);
		agent->ip = xstrdup(offer->agent_ip);
	}
	if (offer->agent_port) {
		agent->port = offer->agent_port;
		agent->https = offer->agent_https;
		agents_spoken_to(core, offer->agent_https);
	}
	struct slot *slot = slot_get(core, agent, offer->role);
	slot->offers = mem_grow(slot->offers, &slot->cap_offers, slot->n_offers + 1, sizeof(struct mesos_offer *));
	slot->offers[slot->n_offers++] = offer;
	map_put(&core->offers, offer->id, slot);
	mesos_resources_add(&slot->pool, &offer->resources);
	slot_recount(core, slot);
	agent_serve(core, agent);
	agent_update(core, agent);
}

void agents_offers(struct core *core, struct mesos_offer **offers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (offers[i]) {
			take_offer(core, offers[i]);
			offers[i] = NULL;
		}
	}
	core->supply = true;
}

/* Who was set aside on this slot has to look for another: bound pods wait for their agent, pods that are being bound
 * find out when they are. */
static void evict_batch(struct core *core, struct slot *slot)
{
	LIST_EACH (&slot->batch, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, batch);
		slot_unassign(core, pod);
		pod_touch(core, pod);
	}
}

void agents_rescinded(struct core *core, const char *offer_id)
{
	struct slot *slot = map_get(&core->offers, offer_id);
	if (!slot) {
		return;
	}
	census_soon(core); /* its agent may be deactivated */
	evict_batch(core, slot);
	if (slot->n_offers == 1) {
		slot->free = (struct amounts){0}; /* somebody else gets it */
		slot_drop(core, slot);
		return;
	}
	map_del(&core->offers, offer_id);
	size_t kept = 0;
	for (size_t i = 0; i < slot->n_offers; i++) {
		if (strcmp(slot->offers[i]->id, offer_id) == 0) {
			mesos_offer_free(slot->offers[i]);
		} else {
			slot->offers[kept++] = slot->offers[i];
		}
	}
	slot->n_offers = kept;
	mesos_resources_done(&slot->pool);
	mesos_resources_init(&slot->pool);
	for (size_t i = 0; i < kept; i++) {
		mesos_resources_add(&slot->pool, &slot->offers[i]->resources);
	}
	slot_recount(core, slot);
}

void agents_drop_offers(struct core *core)
{
	LIST_EACH (&core->held, link) {
		struct slot *slot = LIST_ENTRY(link, struct slot, held);
		evict_batch(core, slot);
		slot_drop(core, slot);
	}
}

/* ---- giving back ---- */

static bool core_needs_offers(const struct core *core)
{
	return !list_empty(&core->fresh) || !list_empty(&core->stuck) || core->n_waiting > 0;
}

static void decline(struct core *core, struct slot *slot, struct effect **f, int64_t refuse_ms)
{
	if (!*f) {
		*f = effects_add(core->out, EFFECT_DECLINE);
		(*f)->refuse_ms = refuse_ms;
	}
	for (size_t i = 0; i < slot->n_offers; i++) {
		effect_add_id(*f, slot->offers[i]->id);
	}
	core->filtered = true;
	slot_drop(core, slot);
}

static void revive(struct core *core)
{
	effects_add(core->out, EFFECT_REVIVE);
	core->suppressed = core->filtered = core->want_revive = core->look_again = false;
	core->revived_ms = core->now;
}

/* The master forgets the filters of a framework when it sees its session end. It may not have seen that: a former
 * leader is only stopped, or its machine lost power. */
void agents_subscribed(struct core *core)
{
	revive(core);
	core->revived_ms = INT64_MIN / 2; /* the next need does not wait for that */
}

/* At the end of each step: offers that nobody needs go back at once; while pods wait, those that fit none go back after
 * a short hold (so that parts of one agent can meet) and come again soon. */
void agents_give_back(struct core *core)
{
	bool need = core_needs_offers(core);
	struct effect *f = NULL, *leaving = NULL;
	if (!core->subscribed) {
		return;
	}
	LIST_EACH (&core->held, link) {
		struct slot *slot = LIST_ENTRY(link, struct slot, held);
		if (need && slot->since_ms + core->cfg.offer_hold_ms > core->now) {
			break;
		}
		if (!slot->n_batch && (core_acting(core) || slot->since_ms + core->cfg.offer_hold_ms <= core->now)) {
			bool leaves = slot->agent->maintained_ms && list_empty(&slot->agent->waiting);
			int64_t refuse_ms = need ? core->cfg.decline_busy_ms : core->cfg.decline_idle_ms;
			decline(core, slot, leaves ? &leaving : &f, leaves ? LEAVE_AGAIN_MS : refuse_ms);
		}
	}
	bool held_back = core->suppressed || core->filtered;
	core->look_again = core->look_again && held_back;
	if (!need || !held_back) {
		core->want_revive = false; /* met already, or nothing holds offers back */
	}
	if ((core->want_revive || core->look_again) && core->now >= core->revived_ms + core->cfg.revive_every_ms) {
		revive(core);
	}
	if (need) {
		core->idle_ms = UNSET;
	} else if (core->idle_ms == UNSET) {
		core->idle_ms = core->now + IDLE_BEFORE_SUPPRESS_MS;
	}
}

void agents_again(struct core *core, const struct effect *effect)
{
	if (effect->type == EFFECT_REVIVE) {
		core->want_revive = core->filtered = true;
		core->revived_ms = core->now + core->cfg.retry_first_ms - core->cfg.revive_every_ms;
		return;
	}
	if (!core->undeclined) {
		struct effects list = {0};
		core->undeclined = effects_add(&list, EFFECT_DECLINE);
		free(list.items);
		core->undeclined_ms = core->now + core->cfg.retry_first_ms;
	}
	for (size_t i = 0; i < effect->n_ids; i++) {
		effect_add_id(core->undeclined, effect->ids[i]);
	}
	core->undeclined->refuse_ms = effect->refuse_ms;
}

static void decline_again(struct core *core)
{
	struct effect *f = effects_add(core->out, EFFECT_DECLINE);
	struct effect old = *f;
	*f = *core->undeclined;
	*core->undeclined = old;
	effect_free(core->undeclined);
	core->undeclined = NULL;
	if (core_needs_offers(core) && f->refuse_ms > core->cfg.decline_busy_ms) {
		f->refuse_ms = core->cfg.decline_busy_ms; /* a need has come, and its REVIVE is over */
	}
	core->filtered = true;
}

/* Who is bound does not wait for ever for those of its batch that are not. */
static void hurry_batches(struct core *core)
{
	LIST_EACH (&core->held, link) {
		struct slot *slot = LIST_ENTRY(link, struct slot, held);
		if (slot->n_batch > slot->n_binding && slot->batch_ms + SLOT_BIND_MS <= core->now &&
		    !list_linked(&slot->ready)) {
			list_push(&core->ready, &slot->ready);
		}
	}
}

int64_t agents_deadline(const struct core *core)
{
	int64_t at = UNSET;
	LIST_EACH (&core->held, link) {
		const struct slot *slot = LIST_ENTRY(link, struct slot, held);
		if (!slot->n_batch) {
			at = i64_min(at, slot->since_ms + core->cfg.offer_hold_ms);
			break;
		}
		if (slot->n_batch > slot->n_binding) {
			at = i64_min(at, slot->batch_ms + SLOT_BIND_MS);
		}
	}
	if ((core->want_revive || core->look_again) && core->subscribed) {
		at = i64_min(at, core->revived_ms + core->cfg.revive_every_ms);
	}
	if (core->subscribed && !core->suppressed && core->agents.count && !core->n_maintained) {
		at = i64_min(at, core->idle_ms);
	}
	return core->undeclined ? i64_min(at, core->undeclined_ms) : at;
}

void agents_tick(struct core *core)
{
	struct heap_link *link;
	while ((link = heap_first(&core->agent_alarms)) != NULL && link->at <= core->now) {
		struct agent *agent = LIST_ENTRY(link, struct agent, alarm);
		heap_remove(&core->agent_alarms, link);
		agent_ask(core, agent);
		agent_silent(core, agent);
		agent_update(core, agent);
		agent_sweep(core, agent);
	}
	if (core->undeclined && core->undeclined_ms <= core->now) {
		decline_again(core);
	}
	hurry_batches(core);
	if (core->idle_ms <= core->now && core->subscribed && !core->suppressed && core->agents.count &&
	    !core->n_maintained) {
		effects_add(core->out, EFFECT_SUPPRESS);
		core->suppressed = true;
	}
}
