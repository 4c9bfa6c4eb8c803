/* Whether the kubelet's verbs work on a node: what those who tried its agent's API found, as a condition of the node.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define VERBS "logs, exec, attach, run and statistics"

static const char *reason_of(const struct err *failure)
{
	bool answered = failure->http_status != 0;
	switch (failure->code) {
	case ERR_AUTH:
		return answered ? "CredentialsRefused" : "TLSFailed";
	case ERR_DENIED:
		return "CredentialsRefused";
	default:
		return answered ? "AgentRefuses" : "AgentNotReachable";
	}
}

/* The words of a failure differ from time to time, so only what kind it is counts as news. */
void agent_checked(struct core *core, const char *agent_id, const struct err *failure)
{
	struct agent *agent = map_get(&core->agents, agent_id);
	if (!agent) {
		return;
	}
	bool first = !agent->access.reason, was_good = agent->access.good;
	const char *reason = failure ? reason_of(failure) : "AgentAnswers";
	bool changed = first || strcmp(agent->access.reason, reason) != 0;
	free(agent->access_message);
	agent->access_message = failure ? xasprintf(VERBS " do not work: %s", failure->text)
					: xstrdup(VERBS " work: the Mesos agent answers");
	agent->access.good = !failure;
	agent->access.reason = reason;
	agent->access.message = agent->access_message;
	if (first || was_good != agent->access.good) {
		agent->access.since_ms = core->now;
	}
	/* That all is well waits for the heartbeat. */
	bool news = changed && !(first && !failure);
	struct node *node = agent->node;
	node->access_news = node->agent && (node->access_news || news);
	if (node->access_news || (!node->agent && changed)) {
		agent_update(core, agent);
	}
}

/* Without a port there is nothing to try. */
struct kube_node_access agent_access(const struct core *core, const struct agent *agent)
{
	if (core->cfg.kubelet_refused) {
		return (struct kube_node_access){false, "PortNotOpen", core->cfg.kubelet_refused,
						 agent->node->since_ms};
	}
	return agent->access;
}
