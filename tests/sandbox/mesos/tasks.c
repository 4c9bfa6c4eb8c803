/* The master's view of tasks: which there are, what they hold, what was last heard of them. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

static const struct {
	const char *name;
	bool terminal;
} states[] = {
    {"TASK_STAGING", false}, {"TASK_STARTING", false},	  {"TASK_RUNNING", false}, {"TASK_KILLING", false},
    {"TASK_FINISHED", true}, {"TASK_FAILED", true},	  {"TASK_KILLED", true},   {"TASK_ERROR", true},
    {"TASK_LOST", true},     {"TASK_DROPPED", true},	  {"TASK_GONE", true},	   {"TASK_GONE_BY_OPERATOR", true},
    {"TASK_UNKNOWN", true},  {"TASK_UNREACHABLE", false},
};

const char *task_state_name(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].name, state) == 0) {
			return states[i].name;
		}
	}
	return states[0].name;
}

bool task_state_terminal(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].name, state) == 0) {
			return states[i].terminal;
		}
	}
	return false;
}

struct task *task_new(struct framework *f, struct mesos_agent *a, const json_t *info, const struct resources *resources,
		      const char *executor_id)
{
	struct task *t = xcalloc(1, sizeof(*t));
	t->id = xstrdup(js_str_at(info, "task_id", "value", NULL));
	t->info = json_incref((json_t *)info);
	t->framework = f;
	t->agent = a;
	t->executor_id = xstrdup(executor_id);
	t->state = t->master_state = task_state_name("TASK_STAGING");
	t->statuses = json_array();
	t->on_master = t->holds = true;
	t->retry_ms = f->c->config.update_retry_ms;
	list_init(&t->updates);
	list_init(&t->in_executor);
	resources_copy(&t->resources, resources);
	list_push(&f->tasks, &t->in_framework);
	list_push(&a->tasks, &t->in_agent);
	map_put(&f->tasks_by_id, t->id, t);
	return t;
}

struct task *task_find(struct framework *f, const char *id)
{
	return map_get(&f->tasks_by_id, id);
}

struct task *task_find_on_agent(struct mesos_agent *a, const char *framework_id, const char *id)
{
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_agent && strcmp(t->id, id) == 0 && strcmp(t->framework->id, framework_id) == 0) {
			return t;
		}
	}
	return NULL;
}

void task_send_status(struct framework *f, const json_t *status)
{
	framework_send(f, json_pack("{s:s,s:{s:O}}", "type", "UPDATE", "update", "status", status));
}

json_t *master_status(struct mesos_cluster *c, const char *task_id, const char *state, const char *message,
		      const char *reason, const char *agent_id)
{
	json_t *s = json_pack("{s:{s:s},s:s,s:s,s:s,s:s}", "task_id", "value", task_id, "state", state, "message",
			      message, "source", "SOURCE_MASTER", "reason", reason);
	if (agent_id) {
		json_object_set_new(s, "agent_id", json_pack("{s:s}", "value", agent_id));
	}
	json_object_set_new(s, "timestamp", json_real(cluster_seconds(c->now)));
	return s;
}

void task_set_master(struct task *t, json_t *status)
{
	const char *uuid = js_str(status, "uuid");
	t->master_state = task_state_name(js_str(status, "state"));
	snprintf(t->status_uuid, sizeof(t->status_uuid), "%s", uuid ? uuid : "");
	json_array_append_new(t->statuses, status);
}

void task_release(struct task *t)
{
	if (t->holds) {
		t->holds = false;
		struct resources back;
		resources_copy(&back, &t->resources);
		resources_allocate(&back, NULL, false);
		resources_add(&t->agent->free, &back);
		resources_done(&back);
	}
}

void master_receive_update(struct task *t, const struct update *u)
{
	if (t->on_master) {
		/* A repetition is no news for the history. */
		if (strcmp(t->status_uuid, u->uuid) != 0) {
			task_set_master(t, json_incref(u->status));
		}
		/* The agent also tells the newest state with each update, so a task that has ended holds nothing. */
		if (task_state_terminal(t->state)) {
			task_release(t);
		}
	}
	task_send_status(t->framework, u->status);
}

json_t *task_json(const struct task *t)
{
	json_t *o = json_pack("{s:O,s:{s:s},s:{s:s}}", "name", json_object_get(t->info, "name"), "task_id", "value",
			      t->id, "framework_id", "value", t->framework->id);
	if (strcmp(t->executor_id, t->id) != 0) {
		json_object_set_new(o, "executor_id", json_pack("{s:s}", "value", t->executor_id));
	}
	const char *state =
	    t->on_agent && !t->unreachable && !task_state_terminal(t->master_state) ? t->state : t->master_state;
	json_object_update_new(o, json_pack("{s:{s:s},s:s,s:o,s:O}", "agent_id", "value", t->agent->id, "state", state,
					    "resources", resources_json(&t->resources, RESOURCE_FORMAT_REFINED),
					    "statuses", t->statuses));
	if (t->status_uuid[0]) {
		json_object_update_new(o, json_pack("{s:s,s:s}", "status_update_state", t->master_state,
						    "status_update_uuid", t->status_uuid));
	}
	if (json_object_get(t->info, "labels")) {
		json_object_set(o, "labels", json_object_get(t->info, "labels"));
	}
	return o;
}

void task_master_forget(struct task *t)
{
	struct framework *f = t->framework;
	if (!t->on_master && !t->unreachable) {
		return;
	}
	task_release(t);
	if (json_array_size(f->completed) >= MESOS_COMPLETED_TASKS_MAX) {
		json_array_remove(f->completed, 0);
	}
	json_array_append_new(f->completed, task_json(t));
	if (t->on_master) {
		map_del(&f->tasks_by_id, t->id);
	}
	list_remove(&t->in_framework);
	t->on_master = t->unreachable = false;
}

void task_maybe_free(struct task *t)
{
	if (t->on_master || t->unreachable || t->on_agent) {
		return;
	}
	timer_stop(&t->agent->c->timers, &t->retry);
	list_remove(&t->in_agent);
	list_remove(&t->in_framework);
	resources_done(&t->resources);
	json_decref(t->info);
	json_decref(t->statuses);
	free(t->executor_id);
	free(t->id);
	free(t);
}

void call_acknowledge(struct framework *f, const json_t *acknowledge)
{
	const char *id = js_str_at(acknowledge, "task_id", "value", NULL), *uuid = js_str(acknowledge, "uuid");
	struct mesos_agent *a = agent_find(f->c, js_str_at(acknowledge, "agent_id", "value", NULL));
	struct task *t = task_find(f, id);
	if (!a) {
		return;
	}
	if (t && t->agent == a && strcmp(t->status_uuid, uuid) == 0 && task_state_terminal(t->master_state)) {
		task_master_forget(t);
	}
	if (!t || t->agent != a) {
		t = task_find_on_agent(a, f->id, id);
	}
	if (!t) {
		return;
	}
	if (agent_reachable(a)) {
		task_acknowledged(t, uuid);
	}
	task_maybe_free(t);
}
