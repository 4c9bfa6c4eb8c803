/* One node that stands for all agents, for clusters so large that a node each is too many: what it says.
 *
 * Thousands of agents change all the time, so it is not compared with them at each change, but now and then, should
 * something have changed. It is ready as long as somebody leads: what a single agent is like, its pods say.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

struct totals {
	struct amounts capacity, allocatable;
	int64_t agents;		     /* that are there */
	size_t tried, unreached;     /* by the kubelet port */
	const struct agent *example; /* of these; NULL: none */
	const char *version;	     /* of Mesos on one of them; NULL: not known */
};

void aggregate_init(struct core *core)
{
	node_name_of_agent(core->cfg.scheduler ? core->cfg.scheduler : "mesos", core->all_name);
	if (core->cfg.aggregate) {
		core->all = node_new(core, NULL);
		snprintf(core->all->name, sizeof(core->all->name), "%s", core->all_name);
	}
}

bool node_is_of_all(const struct node *node)
{
	return !node->agent && !node->former_of;
}

void aggregate_touch(struct core *core)
{
	struct node *node = core->all;
	int64_t at = node->state == NODE_READY ? node->looked_ms + NODE_LOOK_MS : core->now;
	at = at > core->now ? at : core->now;
	if (!node->alarm.place || at < node->alarm.at) {
		heap_set(&core->node_alarms, &node->alarm, at);
	}
}

/* What pods of ours hold on an agent that is away, they may hold again; nothing else of it can be had. Nothing new
 * comes to one that is to be taken away. */
static void add_agent(struct totals *t, struct agent *agent)
{
	struct amounts held = agent_held(agent), allocatable = agent_allocatable(agent);
	if (agent->gone) {
		return;
	}
	amounts_add(&t->capacity, agent->away ? held : agent_capacity(agent));
	amounts_add(&t->allocatable, agent->away || agent->leave ? held : allocatable);
	if (agent->away) {
		return;
	}
	t->agents++;
	t->tried += agent->access.reason != NULL;
	if (agent->access.reason && !agent->access.good) {
		t->unreached++;
		t->example = t->example ? t->example : agent;
	}
	t->version = !t->version && agent->listed ? agent->listed->version : t->version;
}

static struct totals totals_of(const struct core *core)
{
	struct totals t = {0};
	LIST_EACH (&core->agent_list, link) {
		add_agent(&t, LIST_ENTRY(link, struct agent, link));
	}
	return t;
}

static bool access_changed(const struct node *node, const struct totals *t)
{
	return t->tried && (!node->access.reason || node->access.good != !t->unreached);
}

bool aggregate_changed(const struct core *core)
{
	const struct node *node = core->all;
	struct totals t = totals_of(core);
	return amounts_far(&t.allocatable, &node->shown, &t.capacity) || t.agents != node->shown_agents ||
	       memcmp(&t.capacity, &node->shown_capacity, sizeof(t.capacity)) != 0 ||
	       (!core->cfg.kubelet_refused && access_changed(node, &t));
}

static void set_access(struct core *core, struct node *node, const struct totals *t)
{
	if (!t->tried) {
		return;
	}
	if (access_changed(node, t)) {
		node->access.since_ms = core->now;
	}
	free(node->access_message);
	node->access_message = t->example
				   ? xasprintf("%zu of %zu Mesos agents are not reached; %s: %s", t->unreached,
					       t->tried, t->example->id, t->example->access.message)
				   : xstrdup("logs, exec, attach, run and statistics work: the Mesos agents answer");
	node->access.good = !t->unreached;
	node->access.reason = t->example ? t->example->access.reason : "AgentsAnswer";
	node->access.message = node->access_message;
}

struct agent_node *aggregate_describe(struct core *core)
{
	struct node *node = core->all;
	struct totals t = totals_of(core);
	const struct kube_node_access refused = {false, "PortNotOpen", core->cfg.kubelet_refused, node->since_ms};
	node->shown = t.allocatable;
	node->shown_capacity = t.capacity;
	node->shown_agents = t.agents;
	node->since_ms = node->since_ms ? node->since_ms : core->now;
	set_access(core, node, &t);
	struct agent_node_spec spec = node_spec(core, node);
	spec.version = t.version;
	spec.agents = t.agents;
	spec.access = core->cfg.kubelet_refused ? refused : node->access;
	return agent_node_new(&spec);
}
