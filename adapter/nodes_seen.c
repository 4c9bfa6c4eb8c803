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
	bool there = node->ready || node->not_ready;
	agent->node_state = there ? NODE_READY : NODE_AWAY;
	agent->away = !there;
	agent->away_ms = node->since_ms ? node->since_ms : core->now;
	agent->marked = !there;
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

/* ---- nodes of other adapters: their names are taken ---- */

struct others_node {
	char *name, *uid;
};

static void other_free(struct others_node *other)
{
	free(other->name);
	free(other->uid);
	free(other);
}

static void other_drop(struct core *core, const char *name)
{
	struct others_node *other = map_del(&core->others, name);
	if (other) {
		other_free(other);
	}
}

void others_done(struct core *core)
{
	size_t it = 0;
	struct others_node *other;
	while ((other = map_next(&core->others, &it)) != NULL) {
		other_free(other);
	}
	map_done(&core->others);
}

/* Should an agent of ours have had that name, it gets another one. */
static void node_of_others(struct core *core, const struct kube_node_seen *node)
{
	struct agent *agent = map_get(&core->nodes, node->name);
	if (core->others.count >= CORE_AGENTS_MAX) {
		return;
	}
	other_drop(core, node->name);
	struct others_node *other = xcalloc(1, sizeof(*other));
	other->name = xstrdup(node->name);
	other->uid = xstrdup(node->uid);
	map_put(&core->others, other->name, other);
	if (agent) {
		map_del(&core->nodes, agent->node);
		free(agent->uid);
		agent->uid = NULL;
		agent->node_state = NODE_MISSING;
		agent_node_update(core, agent);
	}
}

static bool other_gone(struct core *core, const char *uid)
{
	size_t it = 0;
	const struct others_node *other;
	while ((other = map_next(&core->others, &it)) != NULL) {
		if (strcmp(other->uid, uid) == 0) {
			other_drop(core, other->name);
			return true;
		}
	}
	return false;
}

/* ---- ours ---- */

static bool lacks_something(const struct core *core, const struct kube_node_seen *node)
{
	bool lacks = core->cfg.scheduler && !node->adapter;
	for (size_t i = 0; !lacks && i < core->cfg.node_labels.n; i++) {
		lacks = !kube_node_has_label(node, core->cfg.node_labels.texts[i]);
	}
	return lacks;
}

void node_changed(struct core *core, const struct kube_node_seen *node)
{
	if (is_others(core, node->adapter)) {
		node_of_others(core, node);
		return;
	}
	other_drop(core, node->name);
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
		agent_left(core, agent, node->leaves); /* whether that still holds, the master and offers tell */
		free(agent->uid);
		agent->uid = xstrdup(node->uid);
	}
	set_cordoned(core, agent, node->unschedulable);
	agent->outdated = lacks_something(core, node);
	agent_ask(core, agent);
	agent_node_update(core, agent);
	agent_sweep(core, agent);
}

/* Somebody deleted it. While its agent is there it is made again. */
void node_gone(struct core *core, const char *uid)
{
	if (other_gone(core, uid)) {
		return;
	}
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
