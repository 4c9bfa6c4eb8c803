/* Agents that are away or gone, and what becomes of their pods.
 *
 * Away: the master lost contact with it (TASK_UNREACHABLE, FAILURE), or knows no such agent (TASK_UNKNOWN). It may come
 * back with all its tasks. Its node is marked, nothing is placed there, and each pod is evicted when its toleration of
 * that ends, as by the taint eviction of Kubernetes; it stays Terminating until Mesos says what became of its tasks.
 * Gone: Mesos says that it never comes back. Its pods have failed, and are evicted as soon as nothing of them lives.
 */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "kube/node.h"
#include "kube/objects.h"
#include "translate/toleration.h"

#define TOLERATED_MAX_S ((int64_t)1000000000) /* longer is for ever */

/* Its pods get ready, or no longer are, and the node controller's event says so. */
static void agent_touch(struct core *core, const struct agent *agent, bool away)
{
	bool own = agent->node->agent != NULL;
	CLEANUP_FREE char *text =
	    own ? xstrdup("Node is not ready") : xasprintf("Mesos agent %s is not connected", agent->id);
	LIST_EACH (&agent->pods, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (pod_goes_on(pod)) {
			pod->generation = ++core->last_generation;
			pod_touch(core, pod);
			if (away) {
				pod_record(core, pod, "Warning", "NodeNotReady", text);
			}
		}
	}
}

static void agent_away(struct core *core, struct agent *agent, int64_t since_ms)
{
	agent->unheard = false;
	if (agent->away) {
		return;
	}
	agent->away = true;
	agent->away_ms = since_ms && since_ms < core->now ? since_ms : core->now;
	agent->ask_ms = core->now + AGENT_ASK_MS;
	agent_touch(core, agent, true);
	agent_update(core, agent);
}

/* What was not answered while the agent was away may be answered now, and what was lost with it may live. */
void agent_returned(struct core *core, struct agent *agent)
{
	agent->unheard = false;
	if (!agent->away) {
		return;
	}
	agent->away = agent->gone = false;
	agent_serve(core, agent);
	node_ready_now(core, agent->node);
	agent_touch(core, agent, false);
	LIST_EACH (&agent->pods, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, on);
		pod_doubt_lost(pod);
		if (pod_any_probe(pod)) {
			pod_ask(core, pod);
		}
	}
	agent_update(core, agent);
}

/* What its pods had, the master tells of each task. */
static void agent_gone(struct core *core, struct agent *agent)
{
	if (agent->gone) {
		return;
	}
	agent_away(core, agent, 0);
	agent->gone = true;
	LIST_EACH (&agent->pods, link) {
		pod_ask(core, LIST_ENTRY(link, struct pod, on));
	}
	agent->node->state =
	    agent->node->state == NODE_AWAY ? NODE_MISSING : agent->node->state; /* another reason now */
	agent_update(core, agent);
}

/* Of a pod that is bound nothing lives, so nothing has to be asked. */
void pod_lose(struct core *core, struct pod *pod)
{
	pod->lost = true;
	pod->generation = ++core->last_generation;
	if (pod->state == POD_BOUND) {
		pod_tasks_unprobe(pod);
	}
	pod_touch(core, pod);
}

/* As at the graceful shutdown of a node: it has failed, for its controller to make another. */
void pod_drain(struct core *core, struct pod *pod)
{
	if (!pod->drained && pod_goes_on(pod) && !pod_completed(pod)) {
		pod->drained = true;
		pod->generation = ++core->last_generation;
		pod_record(core, pod, "Warning", "AgentDraining", POD_DRAINED_MESSAGE);
	}
}

void pod_lose_with_agent(struct core *core, struct pod *pod)
{
	if (pod->agent && pod->agent->gone && pod_goes_on(pod) && !pod->lost) {
		pod_lose(core, pod);
	}
	if (pod->agent && pod->agent->draining && pod->state == POD_BOUND && !pod_never_ran(pod) &&
	    !pod_any_probe(pod)) {
		pod_drain(core, pod);
	}
}

/* The agent's tasks and offers are told of one by one; pods that have none yet must ask what will be. */
void agents_failed(struct core *core, const char *agent_id)
{
	struct agent *agent = map_get(&core->agents, agent_id);
	if (!agent) {
		return;
	}
	agent_away(core, agent, 0);
	LIST_EACH (&agent->pods, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (pod->state == POD_BOUND && !pod->lost) {
			pod_tasks_probe(pod);
			pod_ask(core, pod);
		}
	}
	agent_sweep(core, agent);
}

static bool reason_is(const struct mesos_task_status *status, const char *reason)
{
	return status->reason && strcmp(status->reason, reason) == 0;
}

/* What a task's status says of its agent. */
void agents_heard(struct core *core, const struct mesos_task_status *status)
{
	struct agent *agent = status->agent_id ? map_get(&core->agents, status->agent_id) : NULL;
	if (!agent) {
		return;
	}
	switch (status->state) {
	case TASK_UNREACHABLE:
		agent_away(core, agent, status->unreachable_ms);
		return;
	case TASK_UNKNOWN:
		agent_away(core, agent, 0);
		return;
	case TASK_GONE_BY_OPERATOR:
		agent_gone(core, agent);
		return;
	case TASK_GONE:
	case TASK_LOST:
		if (reason_is(status, "REASON_AGENT_REMOVED") ||
		    reason_is(status, "REASON_AGENT_REMOVED_BY_OPERATOR")) {
			agent_gone(core, agent);
			return;
		}
		break;
	default:
		break;
	}
	if (reason_is(status, "REASON_AGENT_DRAINING")) {
		agent_drains(core, agent);
	}
	/* A launch that the master refused says nothing of the agent. */
	bool of_agent =
	    status->uuid[0] || reason_is(status, "REASON_RECONCILIATION") || !mesos_task_state_terminal(status->state);
	if (of_agent) {
		agent_returned(core, agent);
	}
}

/* ---- questions ---- */

#define AGENT_QUESTION "agent"

bool is_agent_question(const char *task_id)
{
	return strcmp(task_id, AGENT_QUESTION) == 0;
}

/* An agent that is away and comes back tells nobody, unless a task of ours runs there or it has something to offer that
 * we did not refuse. But a task of which the agent knows nothing is GONE on an agent that is there, UNREACHABLE,
 * GONE_BY_OPERATOR or UNKNOWN otherwise. */
bool agent_is_asked(const struct agent *agent)
{
	return (agent->away && !agent->gone) || agent->unheard;
}

void agent_ask(struct core *core, struct agent *agent)
{
	if (agent_is_asked(agent) && agent->ask_ms <= core->now && core_acting(core)) {
		agent->ask_ms = core->now + AGENT_ASK_MS;
		agent_question(core, AGENT_QUESTION, agent->id);
	}
}

void agents_ask(struct core *core)
{
	LIST_EACH (&core->agent_list, link) {
		struct agent *agent = LIST_ENTRY(link, struct agent, link);
		agent->ask_ms = core->now;
		agent_ask(core, agent);
		agent_update(core, agent); /* which sets the alarm */
	}
}

/* ---- eviction ---- */

/* UNSET: not. */
static int64_t eviction_due(const struct core *core, const struct pod *pod)
{
	int64_t seconds;
	if (!pod->agent || pod->spec->deleting) {
		return UNSET;
	}
	if (pod->lost) {
		return pod->state == POD_DONE ? core->now : UNSET;
	}
	if (!pod->agent->away || !pod_goes_on(pod)) {
		return UNSET;
	}
	if (!toleration_of(pod->spec, TAINT_UNREACHABLE, "NoExecute", &seconds)) {
		return core->now;
	}
	return seconds < 0 || seconds > TOLERATED_MAX_S ? UNSET : pod->agent->away_ms + seconds * 1000;
}

static void evict(struct core *core, struct pod *pod)
{
	CLEANUP_FREE char *text = pod->lost
				      ? xasprintf("Mesos agent %s is gone for good: deleting pod %s/%s", pod->agent->id,
						  pod->spec->ns, pod->spec->name)
				      : xasprintf("Marking for deletion Pod %s/%s", pod->spec->ns, pod->spec->name);
	pod_record(core, pod, pod->lost ? "Warning" : "Normal", pod->lost ? "NodeLost" : "TaintManagerEviction", text);
	struct effect *f = effects_add(core->out, EFFECT_EVICT_POD);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->agent_id = xstrdup(pod->agent->id);
	f->body = kube_pod_evict_body(pod->spec->uid);
	pod->evicting = true;
}

/* As the taint eviction: first a condition that says so, then the deletion. */
void pod_evict_when_due(struct core *core, struct pod *pod)
{
	int64_t due = eviction_due(core, pod);
	bool is_due = due <= core->now;
	if (is_due != pod->disrupted && !pod->evicting && !pod->spec->deleting) {
		pod->disrupted = is_due;
		pod->generation = ++core->last_generation;
	}
	if (!is_due) {
		pod_alarm(core, pod, due);
	} else if (pod->not_before_ms > core->now) {
		pod_alarm(core, pod, pod->not_before_ms);
	} else if (!pod->evicting && pod->stored == pod->generation && write_turn(core, pod)) {
		evict(core, pod);
	}
}
