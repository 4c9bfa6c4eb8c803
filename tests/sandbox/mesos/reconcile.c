/* RECONCILE and KILL: what the master answers for tasks that it knows, does not know, or cannot know. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

static void answer(struct framework *f, json_t *status)
{
	task_send_status(f, status);
	json_decref(status);
}

static json_t *last_container_status(const struct task *t)
{
	for (size_t i = json_array_size(t->statuses); i > 0; i--) {
		json_t *s = js_obj(json_array_get(t->statuses, i - 1), "container_status");
		if (s) {
			return s;
		}
	}
	return NULL;
}

/* What the last status says that says it. */
static void put_last(json_t *s, const struct task *t, const char *key)
{
	for (size_t i = json_array_size(t->statuses); i > 0; i--) {
		json_t *v = json_object_get(json_array_get(t->statuses, i - 1), key);
		if (v) {
			json_object_set(s, key, v);
			return;
		}
	}
}

static void latest(struct framework *f, const struct task *t)
{
	json_t *s = master_status(f->c, t->id, t->master_state, "Reconciliation: Latest task state",
				  "REASON_RECONCILIATION", t->agent->id);
	json_t *container = last_container_status(t);
	if (container) {
		json_object_set(s, "container_status", container);
	}
	put_last(s, t, "check_status");
	put_last(s, t, "healthy");
	answer(f, s);
}

static bool waiting_for_agents(struct mesos_cluster *c)
{
	LIST_EACH (&c->agents, l) {
		if (LIST_ENTRY(l, struct mesos_agent, link)->state == AGENT_RECOVERED) {
			return true;
		}
	}
	return false;
}

static void unknown(struct framework *f, const char *task_id, const char *agent_id, const char *state,
		    const char *message)
{
	const char *told = framework_can(f, FRAMEWORK_PARTITION_AWARE) ? state : "TASK_LOST";
	answer(f, master_status(f->c, task_id, told, message, "REASON_RECONCILIATION", agent_id));
}

void reconcile_task(struct framework *f, const char *task_id, const char *agent_id)
{
	struct mesos_cluster *c = f->c;
	const struct task *t = task_find(f, task_id);
	int64_t since = 0;
	bool known = false;
	enum agent_state state = agent_known(c, agent_id, &since, &known);
	if (t) {
		latest(f, t);
	} else if (!agent_id || !known) {
		/* It may be on an agent that has not come back yet: better no answer than a wrong one. */
		if (agent_id || !waiting_for_agents(c)) {
			unknown(f, task_id, agent_id, "TASK_UNKNOWN", "Reconciliation: Task is unknown");
		}
	} else if (state == AGENT_UNREACHABLE) {
		bool aware = framework_can(f, FRAMEWORK_PARTITION_AWARE);
		json_t *s = master_status(c, task_id, aware ? "TASK_UNREACHABLE" : "TASK_LOST",
					  "Reconciliation: Task is unreachable", "REASON_RECONCILIATION", agent_id);
		json_object_set_new(s, "unreachable_time", cluster_nanoseconds(since));
		answer(f, s);
	} else if (state == AGENT_GONE) {
		unknown(f, task_id, agent_id, "TASK_GONE_BY_OPERATOR", "Reconciliation: Task is gone");
	} else if (state != AGENT_RECOVERED) {
		unknown(f, task_id, agent_id, "TASK_GONE", "Reconciliation: Task is unknown to the agent");
	}
}

void call_reconcile(struct framework *f, const json_t *reconcile)
{
	const json_t *tasks = js_arr(reconcile, "tasks");
	size_t i;
	json_t *item;
	if (json_array_size(tasks) == 0) {
		LIST_EACH (&f->tasks, l) {
			latest(f, LIST_ENTRY(l, struct task, in_framework));
		}
	}
	json_array_foreach (tasks, i, item) {
		reconcile_task(f, js_str_at(item, "task_id", "value", NULL),
			       js_str_at(item, "agent_id", "value", NULL));
	}
}

void call_kill(struct framework *f, const json_t *kill)
{
	const char *task_id = js_str_at(kill, "task_id", "value", NULL),
		   *agent_id = js_str_at(kill, "agent_id", "value", NULL);
	struct task *t = task_find(f, task_id);
	int64_t ns = js_int(js_at(kill, "kill_policy", "grace_period", NULL), "nanoseconds", -1);
	int64_t grace_ms = ns >= 0 ? ns / 1000000 : -1;
	if (!t || (agent_id && strcmp(agent_id, t->agent->id) != 0)) {
		reconcile_task(f, task_id, agent_id);
		return;
	}
	if (t->agent->state == AGENT_REGISTERED && agent_reachable(t->agent)) {
		executor_kill_task(t, grace_ms);
	} else {
		t->kill_pending = true;
		t->pending_grace_ms = grace_ms;
	}
}

void call_reconcile_operations(struct framework *f, const json_t *reconcile)
{
	size_t i;
	json_t *item;
	json_array_foreach (js_arr(reconcile, "operations"), i, item) {
		const char *agent_id = js_str_at(item, "agent_id", "value", NULL);
		json_t *status =
		    json_pack("{s:O,s:s,s:s}", "operation_id", js_obj(item, "operation_id"), "state",
			      "OPERATION_UNKNOWN", "message",
			      agent_id ? "Reconciliation: Operation is unknown"
				       : "Reconciliation: Operation is unknown and no 'agent_id' was provided");
		if (agent_id) {
			json_object_set(status, "agent_id", js_obj(item, "agent_id"));
		}
		framework_send(f, json_pack("{s:s,s:{s:o}}", "type", "UPDATE_OPERATION_STATUS",
					    "update_operation_status", "status", status));
	}
}
