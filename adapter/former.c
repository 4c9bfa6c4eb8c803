/* Nodes of the other mode (option node-mode): those of single agents where one node stands for all, and the other way
 * round.
 *
 * Pods that are bound to them go on, so such a node is kept up like any other, with its Lease, for else its pods would
 * be evicted; but it is cordoned, and is deleted when no pod is bound to it any more. It says nothing of agents: what
 * becomes of a pod whose agent is away is the same wherever it is bound.
 */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

bool former_is(const struct core *core, const struct kube_node_seen *seen)
{
	bool named = strcmp(seen->name, core->all_name) == 0;
	return core->all ? seen->agent_id && !named : !seen->agent_id && named;
}

struct agent *former_agent(struct core *core, const struct node *node)
{
	return node->former_of ? agent_from_hearsay(core, node->former_of) : NULL;
}

static struct node *make(struct core *core, const struct kube_node_seen *seen)
{
	struct node *node = node_new(core, NULL);
	node->former = true;
	node->former_of = xstrdup(seen->agent_id);
	node->since_ms = core->now;
	node->state = seen->ready ? NODE_READY : NODE_MISSING; /* else it is told that it is ready */
	node->leave_told = leave_named(seen->leaves);
	node->access_news = core->cfg.kubelet_port != 0; /* the port may be elsewhere by now */
	node_name(core, node, seen->name);
	node_told(core, node);
	struct agent *agent = former_agent(core, node);
	if (agent) {
		agent_ask(core, agent);
		agent_update(core, agent);
	}
	return node;
}

void former_seen(struct core *core, const struct kube_node_seen *seen)
{
	struct node *node = map_get(&core->nodes, seen->name);
	if ((node && !node->former) || (!node && core->nodes.count >= CORE_AGENTS_MAX)) {
		return;
	}
	node = node ? node : make(core, seen);
	if (!node->uid) {
		node->uid = xstrdup(seen->uid);
	}
	node_update(core, node);
}

static bool is_bound_to(const struct pod *pod, const struct node *node)
{
	return pod->state != POD_ORPHANED && pod->spec->node_name && strcmp(pod->spec->node_name, node->name) == 0;
}

/* Pods that others bound to the node of an agent are on that agent too. */
static bool is_vacant(const struct core *core, const struct node *node)
{
	const struct agent *agent = map_get(&core->agents, node->former_of);
	bool vacant = true;
	if (agent) {
		LIST_EACH (&agent->pods, link) {
			vacant = vacant && !is_bound_to(LIST_ENTRY(link, struct pod, on), node);
		}
	} else if (!node->former_of) {
		LIST_EACH (&core->pod_list, link) {
			vacant = vacant && !is_bound_to(LIST_ENTRY(link, struct pod, all), node);
		}
	}
	return vacant;
}

void former_left(struct core *core, const struct pod *pod)
{
	struct node *node = map_get(&core->nodes, pod->spec->node_name);
	if (node && node->former) {
		heap_set(&core->node_alarms, &node->alarm, core->now);
	}
}

enum node_state former_wanted(const struct core *core, const struct node *node)
{
	if (!core->synced || !core->nodes_synced) {
		return node->state;
	}
	return is_vacant(core, node) ? NODE_DELETED : NODE_READY;
}

json_t *former_status(const struct core *core, const struct node *node)
{
	const struct agent *agent = map_get(&core->agents, node->former_of);
	const struct mesos_offer *offer = agent ? agent_info(agent) : NULL;
	const struct kube_node kept = {
	    .of = node->former_of ? KUBE_NODE_OF_AGENT : KUBE_NODE_OF_ALL,
	    .name = node->name,
	    .hostname = offer ? offer->hostname : NULL,
	    .internal_ip = core->cfg.kubelet_address,
	    .kubelet_port = core->cfg.kubelet_port,
	    .since_ms = node->since_ms,
	    .now_ms = core->now,
	};
	return kube_node_kept_body(&kept);
}
