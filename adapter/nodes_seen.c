/* Our nodes as the API server has them: who they stand for, whether somebody cordoned them, and whether they are there
 * at all.
 *
 * A node whose agent has not been heard of in this life makes that agent known: the master is asked of it, so that the
 * nodes of agents that vanished while nobody looked come to their end, and those of agents that have nothing to offer
 * are looked after.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define MEGABYTE ((int64_t)1 << 20)

static int64_t megabytes_milli(int64_t bytes)
{
	return bytes < 0 ? 0 : bytes / MEGABYTE * 1000;
}

static int64_t not_below_0(int64_t n)
{
	return n < 0 ? 0 : n;
}

static struct agent *agent_of_node(struct core *core, const struct kube_node_seen *node)
{
	struct agent *agent = map_get(&core->agents, node->agent_id);
	if (agent || core->agents.count >= CORE_AGENTS_MAX) {
		return agent;
	}
	agent = agent_get(core, node->agent_id);
	agent->unheard = true;
	agent->ask_ms = core->now;
	agent->node_state = node->ready ? NODE_READY : NODE_AWAY;
	agent->away = !node->ready;
	agent->away_ms = node->since_ms ? node->since_ms : core->now;
	agent->marked = !node->ready;
	agent_node_told(core, agent);
	return agent;
}

static void set_cordoned(struct core *core, struct agent *agent, bool cordoned)
{
	if (agent->cordoned && !cordoned) {
		core->supply = core->want_revive = true; /* pods that wait may go there now */
	}
	agent->cordoned = cordoned;
}

void node_changed(struct core *core, const struct kube_node_seen *node)
{
	struct agent *agent = node->agent_id ? agent_of_node(core, node) : NULL;
	if (!agent) {
		return;
	}
	if (!agent->node[0]) {
		agent_node_name(core, agent, node->name);
	}
	if (strcmp(agent->node, node->name) != 0) {
		return; /* a name that it had before */
	}
	agent_node_claim(core, agent);
	struct amounts capacity = {
	    .cpus = not_below_0(node->capacity.cpu_milli),
	    .mem = megabytes_milli(node->capacity.memory),
	    .disk = megabytes_milli(node->capacity.ephemeral_storage),
	    .gpus = not_below_0(node->capacity.gpus) * 1000,
	};
	agent_capacity_at_least(agent, &capacity);
	if (node->ready && !agent->away && node->since_ms) {
		agent->since_ms = node->since_ms;
	}
	if (!agent->uid || strcmp(agent->uid, node->uid) != 0) {
		free(agent->uid);
		agent->uid = xstrdup(node->uid);
	}
	set_cordoned(core, agent, node->unschedulable);
	if (agent->unheard && node->cordoned_for) {
		/* By an earlier life; an offer tells whether it still holds. */
		agent->leave = agent->leave_told =
		    strcmp(node->cordoned_for, "draining") == 0 ? LEAVE_DRAINING : LEAVE_MAINTENANCE;
	}
	agent_ask(core, agent);
	agent_node_update(core, agent);
	agent_sweep(core, agent);
}

/* Somebody deleted it. While its agent is there it is made again. */
void node_gone(struct core *core, const char *uid)
{
	LIST_EACH (&core->agent_list, link) {
		struct agent *agent = LIST_ENTRY(link, struct agent, link);
		if (!agent->uid || strcmp(agent->uid, uid) != 0) {
			continue;
		}
		free(agent->uid);
		agent->uid = NULL;
		set_cordoned(core, agent, false);
		if (agent->node_state != NODE_DELETED) {
			agent->node_state = NODE_MISSING;
		}
		agent_node_update(core, agent);
		agent_sweep(core, agent);
		return;
	}
}

void nodes_synced(struct core *core)
{
	core->nodes_synced = true;
	LIST_EACH (&core->agent_list, link) {
		agent_node_update(core, LIST_ENTRY(link, struct agent, link));
	}
	pods_look_again(core);
}
