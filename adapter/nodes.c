/* The node of each agent: written when the agent is seen, told how it is from time to time, marked while the agent is
 * away, deleted when it does not come back.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

/* ---- names ---- */

void agent_node_claim(struct core *core, struct agent *agent)
{
	map_put(&core->nodes, agent->node, agent);
}

static bool is_free(const struct core *core, const char *name, const struct agent *agent)
{
	const struct agent *holder = map_get(&core->nodes, name);
	if (map_get(&core->others, name)) {
		return false;
	}
	return !holder || holder == agent || holder->away;
}

void agent_node_name(struct core *core, struct agent *agent, const char *name)
{
	if (map_get(&core->nodes, agent->node) == agent) {
		map_del(&core->nodes, agent->node);
	}
	snprintf(agent->node, sizeof(agent->node), "%s", name);
	if (is_free(core, name, agent)) {
		agent_node_claim(core, agent);
	}
}

/* Two agents can have one host name: who is there keeps the name, for an agent that is away somebody else may stand
 * in, as a machine that was installed anew registers with another id. */
static void choose_name(struct core *core, struct agent *agent, const char *hostname)
{
	char name[NODE_NAME_MAX], apart[NODE_NAME_MAX];
	if (agent->node[0] && is_free(core, agent->node, agent)) {
		agent_node_claim(core, agent);
		return;
	}
	node_name_of_agent(hostname, name);
	/* Another adapter may have a node for the same agent, and set it apart from a third one's. */
	bool others = map_get(&core->others, name) != NULL;
	CLEANUP_FREE char *id = xasprintf("%s%s", agent->id, others ? core->cfg.scheduler : "");
	agent_node_name(core, agent, is_free(core, name, agent) ? name : node_name_apart(name, id, apart));
}

/* ---- writes ---- */

static struct agent_node *describe(struct core *core, struct agent *agent, const struct mesos_offer *offer)
{
	agent->shown = agent_allocatable(agent);
	agent->shown_capacity = agent_capacity(agent);
	struct agent_node_spec spec = {
	    .offer = offer,
	    .name = agent->node,
	    .adapter = core->cfg.scheduler,
	    .labels = core->cfg.node_labels,
	    .capacity = agent->shown_capacity,
	    .total = agent->listed ? &agent->listed->total : NULL,
	    .version = agent->listed ? agent->listed->version : NULL,
	    .max_pods = core->cfg.max_pods,
	    .not_ready = agent_not_ready(agent),
	    .allocatable = agent->shown,
	    .taint_key = core->cfg.taint_key,
	    .taint_effect = core->cfg.taint_effect,
	    .kubelet_address = core->cfg.kubelet_address,
	    .kubelet_port = core->cfg.kubelet_port,
	    .since_ms = agent->since_ms,
	    .now_ms = core->now,
	    .access = agent_access(core, agent),
	};
	return agent_node_new(&spec);
}

static struct effect *node_effect(struct core *core, const struct agent *agent, enum effect_type type)
{
	struct effect *f = effects_add(core->out, type);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(agent->node);
	return f;
}

static void upsert(struct core *core, struct agent *agent, const struct mesos_offer *offer)
{
	choose_name(core, agent, offer->hostname);
	struct agent_node *node = describe(core, agent, offer);
	const struct kube_node *view = agent_node_view(node);
	struct effect *f = node_effect(core, agent, EFFECT_UPSERT_NODE);
	f->body = kube_node_create_body(view);
	f->body_patch = kube_node_patch_body(view);
	f->body_status = kube_node_status_body(view);
	agent_node_free(node);
}

static json_t *status_body(struct core *core, struct agent *agent)
{
	const struct mesos_offer *offer = agent_info(agent);
	struct kube_node_access access = agent_access(core, agent);
	struct kube_not_ready why = agent_not_ready(agent);
	if (!offer) { /* nothing tells how it is, but that it is there */
		return kube_node_back_body(agent->since_ms, core->now, &access, &why);
	}
	struct agent_node *node = describe(core, agent, offer);
	json_t *body = kube_node_status_body(agent_node_view(node));
	agent_node_free(node);
	return body;
}

/* As a kubelet: from time to time, and when something changed. */
static void tell(struct core *core, struct agent *agent)
{
	node_effect(core, agent, EFFECT_NODE_STATUS)->body_status = status_body(core, agent);
}

/* Or no longer. */
static void cordon(struct core *core, struct agent *agent)
{
	struct effect *f = node_effect(core, agent, EFFECT_CORDON_NODE);
	f->text = xstrdup(agent_cordon_reason(agent));
	f->body_status = status_body(core, agent);
	agent->leave_told = agent->leave;
}

static void mark(struct core *core, struct agent *agent)
{
	static const char away[] = "the Mesos master lost contact with the agent; what runs there may go on";
	static const char gone[] = "Mesos says that the agent is gone for good";
	struct effect *f = node_effect(core, agent, EFFECT_MARK_NODE);
	agent->marked = true;
	struct kube_node_access access = agent_access(core, agent);
	f->body = kube_node_away_taints(agent->away_ms);
	f->body_status = kube_node_away_body(agent->gone ? "MesosAgentGone" : "MesosAgentUnreachable",
					     agent->gone ? gone : away, agent->away_ms, core->now, &access);
}

/* Back, but it has offered nothing that would tell how it is. */
static void unmark(struct core *core, struct agent *agent)
{
	struct effect *f = node_effect(core, agent, EFFECT_MARK_NODE);
	f->body = json_array();
	f->body_status = status_body(core, agent);
}

static void delete_node(struct core *core, struct agent *agent)
{
	node_effect(core, agent, EFFECT_DELETE_NODE);
}

/* A node to which pods are bound stays: the garbage collector of pods would remove them by force. */
static enum node_state wanted(const struct core *core, const struct agent *agent)
{
	if (!agent->away) {
		return agent_info(agent) || agent->marked ? NODE_READY : agent->node_state;
	}
	bool lingers = !agent->gone && core->now < agent->away_ms + NODE_LINGER_MS;
	if (!agent->node[0]) {
		return agent->node_state;
	}
	return !list_empty(&agent->pods) || lingers ? NODE_AWAY : NODE_DELETED;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When the node is to be told how it is. */
static int64_t tell_due(const struct core *core, struct agent *agent)
{
	if (agent->away || agent->node_state != NODE_READY) {
		return UNSET;
	}
	if (agent->access_news) {
		return core->now; /* whoever tries agents does so at a measured pace */
	}
	bool changed = core->cfg.node_change_ms && agent_info(agent) && agent_allocatable_changed(agent);
	int64_t at = core->cfg.node_beat_ms ? agent->beat_ms : UNSET;
	return changed ? earlier(at, agent->told_ms + core->cfg.node_change_ms) : at;
}

static int64_t after_now(const struct core *core, int64_t at)
{
	return at > core->now ? at : UNSET;
}

/* When what a node lacks is to be written; somebody may take it away again and again. UNSET: it lacks nothing. */
static int64_t renewal_due(const struct core *core, const struct agent *agent, enum node_state state)
{
	bool outdated = state == NODE_READY && agent->outdated && agent_info(agent);
	return outdated ? agent->told_ms + core->cfg.node_change_ms : UNSET;
}

static void set_alarm(struct core *core, struct agent *agent, enum node_state state)
{
	bool lingers = agent->away && !agent->gone && list_empty(&agent->pods) && state == NODE_AWAY;
	int64_t at = lingers ? agent->away_ms + NODE_LINGER_MS : UNSET;
	if (agent_is_asked(agent)) {
		at = earlier(at, after_now(core, agent->ask_ms));
	}
	if (state != agent->node_state) {
		at = earlier(at, after_now(core, agent->node_retry_ms));
	}
	at = earlier(at, after_now(core, tell_due(core, agent)));
	at = earlier(at, after_now(core, agent_silence_ends(core, agent)));
	at = earlier(at, after_now(core, renewal_due(core, agent, state)));
	if (at != UNSET) {
		heap_set(&core->node_alarms, &agent->alarm, at);
	}
}

static void write_node(struct core *core, struct agent *agent, enum node_state state)
{
	const struct mesos_offer *offer = agent_info(agent);
	bool known = state == agent->node_state;
	bool renew = known && renewal_due(core, agent, state) <= core->now;
	bool leaves = known && state == NODE_READY && agent->leave != agent->leave_told;
	agent->node_asked = state;
	agent->told_ms = core->now;
	agent->access_news = agent->access_news && leaves;
	if (leaves) {
		cordon(core, agent);
	} else if (known && !renew) {
		tell(core, agent);
	} else if (state == NODE_READY && offer) {
		upsert(core, agent, offer);
	} else if (state == NODE_READY) {
		unmark(core, agent);
	} else if (state == NODE_AWAY) {
		mark(core, agent);
	} else {
		delete_node(core, agent);
	}
}

/* Those that were written together at the start are not told together for ever. */
void agent_node_told(const struct core *core, struct agent *agent)
{
	int64_t every = core->cfg.node_beat_ms;
	agent->beat_ms = core->now + every - (agent->beat_ms ? 0 : every / BEAT_SPREAD * (agent->turn % BEAT_SPREAD));
}

/* While the node is there and its agent too, its Lease is renewed. */
static void update_lease(struct core *core, struct agent *agent)
{
	bool renewed = agent->uid && agent->node_state == NODE_READY && !agent->away;
	if (renewed == agent->leased) {
		return;
	}
	agent->leased = renewed;
	struct effect *f = node_effect(core, agent, renewed ? EFFECT_RENEW_LEASE : EFFECT_LEAVE_LEASE);
	f->uid = xstrdup(agent->uid);
}

void agent_node_update(struct core *core, struct agent *agent)
{
	enum node_state state = wanted(core, agent);
	update_lease(core, agent);
	set_alarm(core, agent, state);
	if (!core->nodes_synced || agent->node_asked || agent->node_retry_ms > core->now) {
		return;
	}
	bool leaves = state == NODE_READY && agent->leave != agent->leave_told;
	if (state != agent->node_state || leaves || renewal_due(core, agent, state) <= core->now ||
	    tell_due(core, agent) <= core->now) {
		write_node(core, agent, state);
	}
}

void agent_node_result(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct agent *agent = map_get(&core->agents, effect->agent_id);
	if (!agent) {
		return;
	}
	if (!failure) {
		agent->outdated = agent->outdated && effect->type != EFFECT_UPSERT_NODE;
		agent->node_state = agent->node_asked;
		agent_node_told(core, agent);
		agent->marked = agent->marked && agent->node_state != NODE_READY;
		agent->retry_ms = agent->node_retry_ms = 0;
		core->supply = true;
	} else {
		/* What the API server has is not known now: the failure may have come after the deed. */
		agent->node_state = NODE_MISSING;
		agent->leave_told = effect->type == EFFECT_CORDON_NODE ? LEAVE_UNKNOWN : agent->leave_told;
		agent->retry_ms = core_backoff(agent->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
		agent->node_retry_ms = core->now + agent->retry_ms;
	}
	agent->node_asked = NODE_MISSING;
	agent_node_update(core, agent);
	agent_sweep(core, agent);
}
