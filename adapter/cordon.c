/* Agents that an operator of Mesos is about to take away: no new pods, a taint, and an Event, until it is over.
 *
 * Maintenance: offers of such an agent name a window of unavailability, and an inverse offer comes to those who use it.
 * When the schedule changes, its offers are rescinded and come again with or without one. Draining: Mesos kills what
 * runs there, with a reason that says so, and the agent offers nothing until it is reactivated.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

static void record(struct core *core, const struct agent *agent, enum agent_leave before)
{
	static const struct {
		const char *reason, *message;
	} texts[] = {
	    [LEAVE_NOT] = {"AgentStays", "The Mesos agent is no longer to be taken away"},
	    [LEAVE_MAINTENANCE] = {"MaintenanceScheduled", "Mesos announced maintenance of the agent: no new pods"},
	    [LEAVE_DRAINING] = {"AgentDraining", "Mesos drains the agent: its tasks are killed, no new pods"},
	};
	struct kube_event event = {
	    .kind = "Node",
	    .name = agent->node,
	    .uid = agent->node, /* as kubelets do */
	    .type = agent->leave > before ? "Warning" : "Normal",
	    .reason = texts[agent->leave].reason,
	    .message = texts[agent->leave].message,
	    .component = core->cfg.component,
	    .instance = core->cfg.instance,
	    .first_ms = core->now,
	    .last_ms = core->now,
	    .count = 1,
	};
	record_event(core, &event);
}

void agent_leaves(struct core *core, struct agent *agent, enum agent_leave leave)
{
	enum agent_leave before = agent->leave;
	if (leave == before) {
		return;
	}
	agent->leave = leave;
	if (agent->node[0]) {
		record(core, agent, before);
	}
	if (!leave) {
		core->supply = core->want_revive = true;
	}
	agent_node_update(core, agent);
}

void agents_inverse_offers(struct core *core, const char *const *ids, const char *const *agent_ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct agent *agent = map_get(&core->agents, agent_ids[i]);
		if (agent) {
			free(agent->inverse_offer);
			agent->inverse_offer = xstrdup(ids[i]);
			agent_leaves(core, agent, LEAVE_MAINTENANCE);
		}
	}
}

void agents_inverse_rescinded(struct core *core, const char *id)
{
	LIST_EACH (&core->agent_list, link) {
		struct agent *agent = LIST_ENTRY(link, struct agent, link);
		if (agent->inverse_offer && strcmp(agent->inverse_offer, id) == 0) {
			free(agent->inverse_offer);
			agent->inverse_offer = NULL;
			agent_leaves(core, agent, LEAVE_NOT);
		}
	}
}

/* NULL: it stays. */
const char *agent_cordon_reason(const struct agent *agent)
{
	static const char *const reasons[] = {
	    [LEAVE_NOT] = NULL, [LEAVE_MAINTENANCE] = "maintenance", [LEAVE_DRAINING] = "draining"};
	return reasons[agent->leave];
}
