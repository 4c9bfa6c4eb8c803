/* Agents that an operator of Mesos is about to take away: no new pods, a taint, and an Event, until it is over.
 *
 * Maintenance: offers of such an agent name a window of unavailability, and inverse offers come while something of ours
 * is there. These are answered for a minute: accepted when no pod is left there, declined otherwise. So of each such
 * agent Mesos speaks every minute, one way or the other; when it no longer does, or an offer names no window, it is
 * over. Deactivated: it is offered to nobody, what runs there goes on. Draining: what runs there is killed too. Both
 * the master lists (census.c), and tasks that are killed for it say so first.
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
	    [LEAVE_DEACTIVATED] = {"AgentDeactivated", "An operator deactivated the Mesos agent: no new pods"},
	    [LEAVE_DRAINING] = {"AgentDraining", "Mesos drains the agent: its tasks are killed, no new pods"},
	};
	const char *hostname = agent_info(agent) ? agent_info(agent)->hostname : "unknown host";
	bool own = agent->node->agent != NULL;
	CLEANUP_FREE char *message = own ? xstrdup(texts[agent->leave].message)
					 : xasprintf("%s (%s): %s", hostname, agent->id, texts[agent->leave].message);
	struct kube_event event = {
	    .kind = "Node",
	    .name = agent->node->name,
	    .uid = agent->node->name, /* as kubelets do */
	    .type = agent->leave > before ? "Warning" : "Normal",
	    .reason = texts[agent->leave].reason,
	    .message = message,
	};
	record_event(core, &event);
}

static enum agent_leave leave_of(const struct agent *agent)
{
	if (agent->draining) {
		return LEAVE_DRAINING;
	}
	if (agent->deactivated) {
		return LEAVE_DEACTIVATED;
	}
	return agent->maintained_ms ? LEAVE_MAINTENANCE : LEAVE_NOT;
}

/* Something of what its leave follows from is another than before. */
static void leave_changed(struct core *core, struct agent *agent)
{
	enum agent_leave before = agent->leave;
	agent->leave = leave_of(agent);
	if (agent->leave == before) {
		return;
	}
	agent->leave_ms = core->now;
	if (before == LEAVE_DRAINING) {
		node_ready_now(core, agent->node);
	}
	if (agent->node->name[0]) {
		record(core, agent, before);
	}
	if (!agent->leave) {
		core->supply = core->want_revive = true;
	}
	LIST_EACH (&agent->pods, link) {
		pod_touch(core, LIST_ENTRY(link, struct pod, on));
	}
	agent_update(core, agent);
}

void agent_forget_maintenance(struct core *core, struct agent *agent)
{
	core->n_maintained -= agent->maintained_ms != 0;
	agent->maintained_ms = 0;
	free(agent->inverse_offer);
	agent->inverse_offer = NULL;
}

static void maintained(struct core *core, struct agent *agent)
{
	if (!agent->maintained_ms) {
		core->n_maintained++;
		core->look_again = true; /* what was declined or suppressed would hide the end of it */
	}
	agent->maintained_ms = core->now;
}

void agent_offered(struct core *core, struct agent *agent, const struct mesos_offer *offer)
{
	agent->draining = agent->deactivated = false;
	agent->drain_ms = 0;
	if (offer->unavailable) {
		maintained(core, agent);
	} else {
		agent_forget_maintenance(core, agent);
	}
	leave_changed(core, agent);
}

void agent_drains(struct core *core, struct agent *agent)
{
	agent->draining = true;
	agent->drain_ms = core->now;
	census_soon(core);
	leave_changed(core, agent);
}

/* The list may be older than the last word of a task or an offer. */
void agent_stands(struct core *core, struct agent *agent, const struct mesos_agent_info *info)
{
	bool older = agent->drain_ms && agent->drain_ms >= core->census.asked_ms;
	if (older || !list_empty(&agent->slots)) {
		return;
	}
	agent->draining = info->draining;
	agent->deactivated = info->deactivated;
	leave_changed(core, agent);
}

static const char *const reasons[] = {[LEAVE_NOT] = NULL,
				      [LEAVE_MAINTENANCE] = "maintenance",
				      [LEAVE_DEACTIVATED] = "deactivated",
				      [LEAVE_DRAINING] = "draining",
				      [LEAVE_FORMER] = "node-mode"};

enum agent_leave leave_named(const char *reason)
{
	for (int i = LEAVE_NOT; i < LEAVE_UNKNOWN; i++) {
		if (reason == reasons[i] || (reason && reasons[i] && strcmp(reason, reasons[i]) == 0)) {
			return (enum agent_leave)i;
		}
	}
	return LEAVE_UNKNOWN;
}

void agent_left(struct core *core, struct agent *agent, const char *reason)
{
	agent->node->leave_told = leave_named(reason);
	if (!agent->unheard) {
		return;
	}
	agent->draining = agent->node->leave_told == LEAVE_DRAINING;
	agent->deactivated = agent->node->leave_told == LEAVE_DEACTIVATED;
	if (agent->node->leave_told == LEAVE_MAINTENANCE) {
		maintained(core, agent);
	}
	agent->leave = leave_of(agent);
}

int64_t agent_silence_ends(const struct core *core, const struct agent *agent)
{
	if (!agent->maintained_ms || !core->subscribed) {
		return UNSET;
	}
	int64_t since = agent->maintained_ms > core->subscribed_ms ? agent->maintained_ms : core->subscribed_ms;
	return since + LEAVE_SILENT_MS;
}

void agent_silent(struct core *core, struct agent *agent)
{
	if (agent_silence_ends(core, agent) <= core->now) {
		agent_forget_maintenance(core, agent);
		leave_changed(core, agent);
	}
}

/* ---- inverse offers ---- */

static void answer(struct core *core, struct effect **f, enum effect_type type, const char *id)
{
	if (!*f) {
		*f = effects_add(core->out, type);
		(*f)->refuse_ms = LEAVE_AGAIN_MS;
	}
	effect_add_id(*f, id);
}

void agents_inverse_offers(struct core *core, const char *const *ids, const char *const *agent_ids, size_t n)
{
	struct effect *yes = NULL, *no = NULL;
	for (size_t i = 0; i < n; i++) {
		struct agent *agent = map_get(&core->agents, agent_ids[i]);
		bool vacant = !agent || !agent->n_pods;
		answer(core, vacant ? &yes : &no, vacant ? EFFECT_ACCEPT_INVERSE : EFFECT_DECLINE_INVERSE, ids[i]);
		if (agent) {
			maintained(core, agent);
			free(agent->inverse_offer);
			agent->inverse_offer = xstrdup(ids[i]);
			leave_changed(core, agent);
		}
	}
}

void agents_inverse_rescinded(struct core *core, const char *id)
{
	LIST_EACH (&core->agent_list, link) {
		struct agent *agent = LIST_ENTRY(link, struct agent, link);
		if (agent->inverse_offer && strcmp(agent->inverse_offer, id) == 0) {
			agent_forget_maintenance(core, agent);
			leave_changed(core, agent);
		}
	}
}

/* ---- its node ---- */

const char *leave_reason(enum agent_leave leave)
{
	return reasons[leave];
}

struct kube_not_ready agent_not_ready(const struct agent *agent)
{
	if (agent->leave != LEAVE_DRAINING) {
		return (struct kube_not_ready){0};
	}
	return (struct kube_not_ready){"MesosAgentDraining", "Mesos drains the agent: what runs there is killed",
				       agent->leave_ms};
}
