/* Nodes: written when their agent, or any agent, is seen, told how they are from time to time, marked while the agent
 * is away, deleted when it does not come back. What a node that stands for all agents says: aggregate.c; the nodes of
 * the other mode: former.c.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/i64.h"
#include "base/mem.h"

/* ---- life and names ---- */

struct node *node_new(struct core *core, struct agent *agent)
{
	struct node *node = xcalloc(1, sizeof(*node));
	node->agent = agent;
	node->turn = core->last_turn++;
	return node;
}

static void unclaim(struct core *core, const struct node *node)
{
	if (map_get(&core->nodes, node->name) == node) {
		map_del(&core->nodes, node->name);
	}
}

void node_free(struct core *core, struct node *node)
{
	unclaim(core, node);
	heap_remove(&core->node_alarms, &node->alarm);
	free(node->uid);
	free(node->former_of);
	free(node->access_message);
	free(node);
}

void node_claim(struct core *core, struct node *node)
{
	map_put(&core->nodes, node->name, node);
}

static bool is_free(const struct core *core, const char *name, const struct node *node)
{
	const struct node *holder = map_get(&core->nodes, name);
	if (map_get(&core->others, name)) {
		return false;
	}
	return !holder || holder == node || (holder->agent && holder->agent->away);
}

void node_name(struct core *core, struct node *node, const char *name)
{
	unclaim(core, node);
	snprintf(node->name, sizeof(node->name), "%s", name);
	if (is_free(core, name, node)) {
		node_claim(core, node);
	}
}

/* Two agents can have one host name: who is there keeps the name, for an agent that is away somebody else may stand
 * in, as a machine that was installed anew registers with another id. */
static void choose_name(struct core *core, struct node *node, const char *hostname)
{
	char name[NODE_NAME_MAX], apart[NODE_NAME_MAX];
	if (node->name[0] && is_free(core, node->name, node)) {
		node_claim(core, node);
		return;
	}
	node_name_of_agent(hostname, name);
	/* Another adapter may have a node for the same agent, and set it apart from a third one's. */
	bool others = map_get(&core->others, name) != NULL;
	CLEANUP_FREE char *id = xasprintf("%s%s", node->agent->id, others ? core->cfg.scheduler : "");
	node_name(core, node, is_free(core, name, node) ? name : node_name_apart(name, id, apart));
}

/* ---- writes ---- */

struct agent_node_spec node_spec(const struct core *core, const struct node *node)
{
	return (struct agent_node_spec){
	    .name = node->name,
	    .adapter = core->cfg.scheduler,
	    .labels = core->cfg.node_labels,
	    .capacity = node->shown_capacity,
	    .allocatable = node->shown,
	    .max_pods = core->cfg.max_pods,
	    .taint_key = core->cfg.taint_key,
	    .taint_effect = core->cfg.taint_effect,
	    .kubelet_address = core->cfg.kubelet_address,
	    .kubelet_port = core->cfg.kubelet_port,
	    .since_ms = node->since_ms,
	    .now_ms = core->now,
	};
}

static struct agent_node *describe(struct core *core, struct node *node)
{
	struct agent *agent = node->agent;
	if (!agent) {
		return aggregate_describe(core);
	}
	node->shown = agent_allocatable(agent);
	node->shown_capacity = agent_capacity(agent);
	struct agent_node_spec spec = node_spec(core, node);
	spec.offer = agent_info(agent);
	spec.total = agent->listed ? &agent->listed->total : NULL;
	spec.version = agent->listed ? agent->listed->version : NULL;
	spec.not_ready = agent_not_ready(agent);
	spec.access = agent_access(core, agent);
	return agent_node_new(&spec);
}

static struct effect *node_effect(struct core *core, const struct node *node, enum effect_type type)
{
	struct effect *f = effects_add(core->out, type);
	f->agent_id = xstrdup(node->agent ? node->agent->id : node->former_of);
	f->node = xstrdup(node->name);
	return f;
}

/* Something tells how it is. */
static bool can_describe(const struct node *node)
{
	return !node->former && (!node->agent || agent_info(node->agent));
}

static void upsert(struct core *core, struct node *node)
{
	if (node->agent) {
		choose_name(core, node, agent_info(node->agent)->hostname);
	}
	struct agent_node *made = describe(core, node);
	const struct kube_node *view = agent_node_view(made);
	struct effect *f = node_effect(core, node, EFFECT_UPSERT_NODE);
	f->body = kube_node_create_body(view);
	f->body_patch = kube_node_patch_body(view);
	f->body_status = kube_node_status_body(view);
	agent_node_free(made);
}

static json_t *status_body(struct core *core, struct node *node)
{
	if (node->former) {
		return former_status(core, node);
	}
	if (!can_describe(node)) { /* nothing but that it is there */
		struct kube_node_access access = agent_access(core, node->agent);
		struct kube_not_ready why = agent_not_ready(node->agent);
		return kube_node_back_body(node->since_ms, core->now, &access, &why);
	}
	struct agent_node *made = describe(core, node);
	json_t *body = kube_node_status_body(agent_node_view(made));
	agent_node_free(made);
	return body;
}

/* As a kubelet: from time to time, and when something changed. */
static void tell(struct core *core, struct node *node)
{
	node_effect(core, node, EFFECT_NODE_STATUS)->body_status = status_body(core, node);
}

/* What it is to say. */
static enum agent_leave leave_of(const struct node *node)
{
	if (node->former) {
		return LEAVE_FORMER;
	}
	return node->agent ? node->agent->leave : LEAVE_NOT;
}

/* Or no longer. */
static void cordon(struct core *core, struct node *node)
{
	struct effect *f = node_effect(core, node, EFFECT_CORDON_NODE);
	f->text = xstrdup(leave_reason(leave_of(node)));
	f->body_status = status_body(core, node);
	node->leave_told = leave_of(node);
}

static void mark(struct core *core, struct node *node)
{
	static const char away[] = "the Mesos master lost contact with the agent; what runs there may go on";
	static const char gone[] = "Mesos says that the agent is gone for good";
	const struct agent *agent = node->agent;
	struct effect *f = node_effect(core, node, EFFECT_MARK_NODE);
	node->marked = true;
	struct kube_node_access access = agent_access(core, agent);
	f->body = kube_node_away_taints(agent->away_ms);
	f->body_status = kube_node_away_body(agent->gone ? "MesosAgentGone" : "MesosAgentUnreachable",
					     agent->gone ? gone : away, agent->away_ms, core->now, &access);
}

/* Back, but it has offered nothing that would tell how it is. */
static void unmark(struct core *core, struct node *node)
{
	struct effect *f = node_effect(core, node, EFFECT_MARK_NODE);
	f->body = json_array();
	f->body_status = status_body(core, node);
}

/* A node to which pods are bound stays: the garbage collector of pods would remove them by force. */
static enum node_state wanted(const struct core *core, const struct node *node)
{
	const struct agent *agent = node->agent;
	if (node->former) {
		return former_wanted(core, node);
	}
	if (!agent) {
		return core->agents.count ? NODE_READY : node->state;
	}
	if (!agent->away) {
		return agent_info(agent) || node->marked ? NODE_READY : node->state;
	}
	if (!node->name[0]) {
		return node->state;
	}
	return agent_lingers(core, agent) ? NODE_AWAY : NODE_DELETED;
}

static bool changed(const struct core *core, struct node *node)
{
	if (!core->cfg.node_change_ms || !can_describe(node)) {
		return false;
	}
	return node->agent ? agent_allocatable_changed(node->agent) : aggregate_changed(core);
}

/* When it is to be told how it is. */
static int64_t tell_due(const struct core *core, struct node *node)
{
	if (node->state != NODE_READY || (node->agent && node->agent->away)) {
		return UNSET;
	}
	if (node->access_news) {
		return core->now; /* whoever tries agents does so at a measured pace */
	}
	int64_t at = core->cfg.node_beat_ms ? node->beat_ms : UNSET;
	int64_t apart = node->agent ? core->cfg.node_change_ms : NODE_LOOK_MS;
	return changed(core, node) ? i64_min(at, node->told_ms + apart) : at;
}

static int64_t after_now(const struct core *core, int64_t at)
{
	return at > core->now ? at : UNSET;
}

/* When what it lacks is to be written; somebody may take it away again and again. UNSET: it lacks nothing. */
static int64_t renewal_due(const struct core *core, const struct node *node, enum node_state state)
{
	bool outdated = state == NODE_READY && node->outdated && can_describe(node);
	return outdated ? node->told_ms + core->cfg.node_change_ms : UNSET;
}

static void set_alarm(struct core *core, struct node *node, enum node_state state, int64_t tell_at)
{
	int64_t at = state != node->state ? after_now(core, node->again_ms) : UNSET;
	at = i64_min(at, after_now(core, tell_at));
	at = i64_min(at, after_now(core, renewal_due(core, node, state)));
	at = node->former ? i64_min(at, core->now + FORMER_LOOK_MS) : at;
	if (at != UNSET) {
		heap_set(&core->node_alarms, &node->alarm, at);
	}
}

static bool leaves(const struct node *node, enum node_state state)
{
	return state == NODE_READY && leave_of(node) != node->leave_told;
}

static void write_node(struct core *core, struct node *node, enum node_state state)
{
	bool known = state == node->state;
	bool renew = known && renewal_due(core, node, state) <= core->now;
	bool leave = known && leaves(node, state);
	node->asked = state;
	node->told_ms = core->now;
	node->access_news = node->access_news && leave;
	if (leave) {
		cordon(core, node);
	} else if (known && !renew) {
		tell(core, node);
	} else if (state == NODE_READY && can_describe(node)) {
		upsert(core, node);
	} else if (state == NODE_READY) {
		unmark(core, node);
	} else if (state == NODE_AWAY) {
		mark(core, node);
	} else {
		node_effect(core, node, EFFECT_DELETE_NODE)->text =
		    node->former ? xstrdup(leave_reason(LEAVE_FORMER)) : NULL;
	}
}

/* Those that were written together at the start are not told together for ever. */
void node_told(const struct core *core, struct node *node)
{
	int64_t every = core->cfg.node_beat_ms;
	node->beat_ms = core->now + every - (node->beat_ms ? 0 : every / BEAT_SPREAD * (node->turn % BEAT_SPREAD));
}

/* While it is there and its agent too, its Lease is renewed. */
static void update_lease(struct core *core, struct node *node)
{
	bool renewed = node->uid && node->state == NODE_READY && !(node->agent && node->agent->away);
	if (renewed == node->leased) {
		return;
	}
	node->leased = renewed;
	struct effect *f = node_effect(core, node, renewed ? EFFECT_RENEW_LEASE : EFFECT_LEAVE_LEASE);
	f->uid = xstrdup(node->uid);
}

void node_update(struct core *core, struct node *node)
{
	enum node_state state = wanted(core, node);
	node->looked_ms = core->now;
	update_lease(core, node);
	int64_t tell_at = tell_due(core, node); /* once: it may look at all agents */
	set_alarm(core, node, state, tell_at);
	if (!core->nodes_synced || node->asked || node->again_ms > core->now) {
		return;
	}
	if (state != node->state || leaves(node, state) || renewal_due(core, node, state) <= core->now ||
	    tell_at <= core->now) {
		write_node(core, node, state);
	}
}

void node_ready_now(const struct core *core, struct node *node)
{
	if (node->agent) {
		node->since_ms = core->now;
	}
}

static struct node *written(const struct core *core, const struct effect *effect)
{
	const struct agent *agent = map_get(&core->agents, effect->agent_id);
	if (agent && agent->node->agent) {
		return agent->node;
	}
	return core->all && !effect->agent_id ? core->all : map_get(&core->nodes, effect->node);
}

void node_result(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct node *node = written(core, effect);
	if (!node) {
		return;
	}
	if (!failure) {
		bool was_ready = node->state == NODE_READY;
		node->outdated = node->outdated && effect->type != EFFECT_UPSERT_NODE;
		node->state = node->deleted && node->asked != NODE_DELETED ? NODE_MISSING : node->asked;
		node_told(core, node);
		if (node == core->all) {
			node_claim(core, node);
		}
		node->marked = node->marked && node->state != NODE_READY;
		node->retry_ms = node->again_ms = 0;
		core->supply = core->supply || (node->state == NODE_READY && !was_ready); /* pods may go there now */
	} else {
		/* What the API server has is not known now: the failure may have come after the deed. */
		node->state = NODE_MISSING;
		node->leave_told = effect->type == EFFECT_CORDON_NODE ? LEAVE_UNKNOWN : node->leave_told;
		node->retry_ms = core_backoff(node->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
		node->again_ms = core->now + node->retry_ms;
	}
	node->asked = NODE_MISSING;
	node->deleted = false;
	node_update(core, node);
	if (node->agent) {
		agent_sweep(core, node->agent);
	}
}

void nodes_done(struct core *core)
{
	struct node *node;
	if (core->all) {
		node_free(core, core->all);
	}
	for (size_t it = 0; (node = map_next(&core->nodes, &it)) != NULL; it = 0) {
		node_free(core, node);
	}
	map_done(&core->nodes);
}

void nodes_tick(struct core *core)
{
	struct heap_link *link;
	while ((link = heap_first(&core->node_alarms)) != NULL && link->at <= core->now) {
		struct node *node = LIST_ENTRY(link, struct node, alarm);
		heap_remove(&core->node_alarms, link);
		node_update(core, node);
		if (node->agent) {
			agent_sweep(core, node->agent);
		}
	}
}
