/* The node of each agent: written when the agent is seen, told how it is from time to time, marked while the agent is
 * away, deleted when it does not come back.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
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
	return !holder || holder == node || holder->agent->away;
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

static struct agent_node *describe(struct core *core, struct node *node, const struct mesos_offer *offer)
{
	struct agent *agent = node->agent;
	node->shown = agent_allocatable(agent);
	node->shown_capacity = agent_capacity(agent);
	struct agent_node_spec spec = {
	    .offer = offer,
	    .name = node->name,
	    .adapter = core->cfg.scheduler,
	    .labels = core->cfg.node_labels,
	    .capacity = node->shown_capacity,
	    .total = agent->listed ? &agent->listed->total : NULL,
	    .version = agent->listed ? agent->listed->version : NULL,
	    .max_pods = core->cfg.max_pods,
	    .not_ready = agent_not_ready(agent),
	    .allocatable = node->shown,
	    .taint_key = core->cfg.taint_key,
	    .taint_effect = core->cfg.taint_effect,
	    .kubelet_address = core->cfg.kubelet_address,
	    .kubelet_port = core->cfg.kubelet_port,
	    .since_ms = node->since_ms,
	    .now_ms = core->now,
	    .access = agent_access(core, agent),
	};
	return agent_node_new(&spec);
}

static struct effect *node_effect(struct core *core, const struct node *node, enum effect_type type)
{
	struct effect *f = effects_add(core->out, type);
	f->agent_id = xstrdup(node->agent->id);
	f->node = xstrdup(node->name);
	return f;
}

static void upsert(struct core *core, struct node *node, const struct mesos_offer *offer)
{
	choose_name(core, node, offer->hostname);
	struct agent_node *made = describe(core, node, offer);
	const struct kube_node *view = agent_node_view(made);
	struct effect *f = node_effect(core, node, EFFECT_UPSERT_NODE);
	f->body = kube_node_create_body(view);
	f->body_patch = kube_node_patch_body(view);
	f->body_status = kube_node_status_body(view);
	agent_node_free(made);
}

static json_t *status_body(struct core *core, struct node *node)
{
	const struct mesos_offer *offer = agent_info(node->agent);
	struct kube_node_access access = agent_access(core, node->agent);
	struct kube_not_ready why = agent_not_ready(node->agent);
	if (!offer) { /* nothing tells how it is, but that it is there */
		return kube_node_back_body(node->since_ms, core->now, &access, &why);
	}
	struct agent_node *made = describe(core, node, offer);
	json_t *body = kube_node_status_body(agent_node_view(made));
	agent_node_free(made);
	return body;
}

/* As a kubelet: from time to time, and when something changed. */
static void tell(struct core *core, struct node *node)
{
	node_effect(core, node, EFFECT_NODE_STATUS)->body_status = status_body(core, node);
}

/* Or no longer. */
static void cordon(struct core *core, struct node *node)
{
	struct effect *f = node_effect(core, node, EFFECT_CORDON_NODE);
	f->text = xstrdup(agent_cordon_reason(node->agent));
	f->body_status = status_body(core, node);
	node->leave_told = node->agent->leave;
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
	if (!agent->away) {
		return agent_info(agent) || node->marked ? NODE_READY : node->state;
	}
	if (!node->name[0]) {
		return node->state;
	}
	return agent_lingers(core, agent) ? NODE_AWAY : NODE_DELETED;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When it is to be told how it is. */
static int64_t tell_due(const struct core *core, struct node *node)
{
	if (node->agent->away || node->state != NODE_READY) {
		return UNSET;
	}
	if (node->access_news) {
		return core->now; /* whoever tries agents does so at a measured pace */
	}
	bool changed = core->cfg.node_change_ms && agent_info(node->agent) && agent_allocatable_changed(node->agent);
	int64_t at = core->cfg.node_beat_ms ? node->beat_ms : UNSET;
	return changed ? earlier(at, node->told_ms + core->cfg.node_change_ms) : at;
}

static int64_t after_now(const struct core *core, int64_t at)
{
	return at > core->now ? at : UNSET;
}

/* When what it lacks is to be written; somebody may take it away again and again. UNSET: it lacks nothing. */
static int64_t renewal_due(const struct core *core, const struct node *node, enum node_state state)
{
	bool outdated = state == NODE_READY && node->outdated && agent_info(node->agent);
	return outdated ? node->told_ms + core->cfg.node_change_ms : UNSET;
}

static void set_alarm(struct core *core, struct node *node, enum node_state state)
{
	int64_t at = state != node->state ? after_now(core, node->again_ms) : UNSET;
	at = earlier(at, after_now(core, tell_due(core, node)));
	at = earlier(at, after_now(core, renewal_due(core, node, state)));
	if (at != UNSET) {
		heap_set(&core->node_alarms, &node->alarm, at);
	}
}

static bool leaves(const struct node *node, enum node_state state)
{
	return state == NODE_READY && node->agent->leave != node->leave_told;
}

static void write_node(struct core *core, struct node *node, enum node_state state)
{
	const struct mesos_offer *offer = agent_info(node->agent);
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
	} else if (state == NODE_READY && offer) {
		upsert(core, node, offer);
	} else if (state == NODE_READY) {
		unmark(core, node);
	} else if (state == NODE_AWAY) {
		mark(core, node);
	} else {
		node_effect(core, node, EFFECT_DELETE_NODE);
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
	bool renewed = node->uid && node->state == NODE_READY && !node->agent->away;
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
	update_lease(core, node);
	set_alarm(core, node, state);
	if (!core->nodes_synced || node->asked || node->again_ms > core->now) {
		return;
	}
	if (state != node->state || leaves(node, state) || renewal_due(core, node, state) <= core->now ||
	    tell_due(core, node) <= core->now) {
		write_node(core, node, state);
	}
}

void node_result(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct agent *agent = map_get(&core->agents, effect->agent_id);
	if (!agent) {
		return;
	}
	struct node *node = agent->node;
	if (!failure) {
		node->outdated = node->outdated && effect->type != EFFECT_UPSERT_NODE;
		node->state = node->asked;
		node_told(core, node);
		node->marked = node->marked && node->state != NODE_READY;
		node->retry_ms = node->again_ms = 0;
		core->supply = true;
	} else {
		/* What the API server has is not known now: the failure may have come after the deed. */
		node->state = NODE_MISSING;
		node->leave_told = effect->type == EFFECT_CORDON_NODE ? LEAVE_UNKNOWN : node->leave_told;
		node->retry_ms = core_backoff(node->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
		node->again_ms = core->now + node->retry_ms;
	}
	node->asked = NODE_MISSING;
	node_update(core, node);
	agent_sweep(core, agent);
}

void nodes_tick(struct core *core)
{
	struct heap_link *link;
	while ((link = heap_first(&core->node_alarms)) != NULL && link->at <= core->now) {
		struct node *node = LIST_ENTRY(link, struct node, alarm);
		heap_remove(&core->node_alarms, link);
		node_update(core, node);
		agent_sweep(core, node->agent);
	}
}
