/* The node of each agent: written when the agent is seen, marked while it is away, deleted when it does not come back.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

static void upsert(struct core *core, struct agent *agent, const struct mesos_offer *offer)
{
	struct agent_node *node =
	    agent_node_new(offer, &offer->resources, core->cfg.taint_key, core->cfg.taint_effect, core->now);
	const struct kube_node *view = agent_node_view(node);
	struct effect *f = effects_add(core->out, EFFECT_UPSERT_NODE);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(view->name);
	f->body = kube_node_create_body(view);
	f->body_patch = kube_node_patch_body(view);
	f->body_status = kube_node_status_body(view);
	snprintf(agent->node, sizeof(agent->node), "%s", view->name);
	agent_node_free(node);
}

static void mark(struct core *core, struct agent *agent)
{
	static const char away[] = "the Mesos master lost contact with the agent; what runs there may go on";
	static const char gone[] = "Mesos says that the agent is gone for good";
	struct effect *f = effects_add(core->out, EFFECT_MARK_NODE);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(agent->node);
	agent->marked = true;
	f->body = kube_node_away_taints(agent->away_ms);
	f->body_status = kube_node_away_body(agent->gone ? "MesosAgentGone" : "MesosAgentUnreachable",
					     agent->gone ? gone : away, agent->away_ms, core->now);
}

/* Back, but it has offered nothing that would tell how it is. */
static void unmark(struct core *core, struct agent *agent)
{
	struct effect *f = effects_add(core->out, EFFECT_MARK_NODE);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(agent->node);
	f->body = json_array();
	f->body_status = kube_node_back_body(core->now);
}

static void delete_node(struct core *core, struct agent *agent)
{
	struct effect *f = effects_add(core->out, EFFECT_DELETE_NODE);
	f->agent_id = xstrdup(agent->id);
	f->node = xstrdup(agent->node);
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

static void set_alarm(struct core *core, struct agent *agent, enum node_state state)
{
	bool lingers = agent->away && !agent->gone && list_empty(&agent->pods) && state == NODE_AWAY;
	int64_t at = lingers ? agent->away_ms + NODE_LINGER_MS : UNSET;
	if (agent->away && !agent->gone && agent->ask_ms > core->now && agent->ask_ms < at) {
		at = agent->ask_ms;
	}
	if (state != agent->node_state && agent->node_retry_ms > core->now && agent->node_retry_ms < at) {
		at = agent->node_retry_ms;
	}
	if (at != UNSET) {
		heap_set(&core->node_alarms, &agent->alarm, at);
	}
}

void agent_node_update(struct core *core, struct agent *agent)
{
	enum node_state state = wanted(core, agent);
	set_alarm(core, agent, state);
	if (agent->node_asked || state == agent->node_state || agent->node_retry_ms > core->now) {
		return;
	}
	agent->node_asked = state;
	if (state == NODE_READY && agent_info(agent)) {
		upsert(core, agent, agent_info(agent));
	} else if (state == NODE_READY) {
		unmark(core, agent);
	} else if (state == NODE_AWAY) {
		mark(core, agent);
	} else {
		delete_node(core, agent);
	}
}

void agent_node_result(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct agent *agent = map_get(&core->agents, effect->agent_id);
	if (!agent) {
		return;
	}
	if (!failure) {
		agent->node_state = agent->node_asked;
		agent->marked = agent->marked && agent->node_state != NODE_READY;
		agent->retry_ms = agent->node_retry_ms = 0;
		core->supply = true;
	} else {
		/* What the API server has is not known now: the failure may have come after the deed. */
		agent->node_state = NODE_MISSING;
		agent->retry_ms = core_backoff(agent->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
		agent->node_retry_ms = core->now + agent->retry_ms;
	}
	agent->node_asked = NODE_MISSING;
	agent_node_update(core, agent);
	agent_sweep(core, agent);
}
