/* The agent's status update manager: one queue per task, one update under way, repeated until it is acknowledged. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define RETRY_MAX_MS (10 * 60 * 1000)

const char *agent_container_ip(const struct mesos_agent *a)
{
	return a->container_ip ? a->container_ip : a->ip;
}

/* A pod's task is seen with its address and process only while it runs; a task of its own always. */
static json_t *container_status(const struct task *t, const char *state)
{
	const struct executor *x = t->executor;
	bool running = strcmp(state, "TASK_RUNNING") == 0 || strcmp(state, "TASK_KILLING") == 0;
	json_t *s = json_pack("{s:{s:s}}", "container_id", "value", t->container_id);
	if (x && x->is_default) {
		json_object_set_new(js_obj(s, "container_id"), "parent", json_pack("{s:s}", "value", x->container_id));
	}
	if (!x || !x->is_default || running) {
		json_object_set_new(s, "network_infos",
				    json_pack("[{s:[{s:s,s:s}]}]", "ip_addresses", "protocol", "IPv4", "ip_address",
					      agent_container_ip(t->agent)));
		json_object_set_new(s, "executor_pid", json_integer(t->pid));
	}
	return s;
}

json_t *agent_status(struct task *t, const char *state, const char *message, const char *source, const char *reason)
{
	struct mesos_cluster *c = t->agent->c;
	char uuid[UUID_BASE64_SIZE];
	json_t *s = json_pack("{s:{s:s},s:s}", "task_id", "value", t->id, "state", state);
	ids_uuid_base64(&c->ids, uuid);
	if (message) {
		json_object_set_new(s, "message", json_string(message));
	}
	json_object_set_new(s, "source", json_string(source));
	if (reason) {
		json_object_set_new(s, "reason", json_string(reason));
	}
	json_object_update_new(s,
			       json_pack("{s:{s:s},s:{s:s},s:f,s:s}", "agent_id", "value", t->agent->id, "executor_id",
					 "value", t->executor_id, "timestamp", cluster_seconds(c->now), "uuid", uuid));
	if (strcmp(source, "SOURCE_EXECUTOR") == 0) {
		json_object_set_new(s, "container_status", container_status(t, state));
		checks_add_to_status(t, state, s);
	}
	return s;
}

static void retry(struct timer *timer, int64_t now)
{
	task_resend((struct task *)(void *)((char *)timer - offsetof(struct task, retry)), now);
}

static void send_first(struct task *t, int64_t now)
{
	const struct update *u = LIST_ENTRY(t->updates.next, struct update, link);
	timer_set(&t->agent->c->timers, &t->retry, now + t->retry_ms, retry);
	t->retry_ms = t->retry_ms * 2 < RETRY_MAX_MS ? t->retry_ms * 2 : RETRY_MAX_MS;
	if (agent_reachable(t->agent) && t->agent->state == AGENT_REGISTERED) {
		master_receive_update(t, u);
	}
}

void task_resend(struct task *t, int64_t now)
{
	if (!list_empty(&t->updates)) {
		send_first(t, now);
	}
}

void task_update(struct task *t, json_t *status)
{
	struct update *u = xcalloc(1, sizeof(*u));
	bool first = list_empty(&t->updates);
	u->status = status;
	snprintf(u->uuid, sizeof(u->uuid), "%s", js_str(status, "uuid"));
	t->state = task_state_name(js_str(status, "state"));
	list_push(&t->updates, &u->link);
	if (first) {
		t->retry_ms = t->agent->c->config.update_retry_ms;
		send_first(t, t->agent->c->now);
	}
}

static void update_free(struct update *u)
{
	list_remove(&u->link);
	json_decref(u->status);
	free(u);
}

void task_acknowledged(struct task *t, const char *uuid)
{
	struct mesos_cluster *c = t->agent->c;
	if (list_empty(&t->updates)) {
		return;
	}
	struct update *u = LIST_ENTRY(t->updates.next, struct update, link);
	if (strcmp(u->uuid, uuid) != 0) {
		return;
	}
	bool ended = task_state_terminal(js_str(u->status, "state"));
	update_free(u);
	timer_stop(&c->timers, &t->retry);
	t->retry_ms = c->config.update_retry_ms;
	if (ended) {
		task_agent_forget(t);
	} else {
		task_resend(t, c->now);
	}
}

void task_agent_forget(struct task *t)
{
	while (!list_empty(&t->updates)) {
		update_free(LIST_ENTRY(t->updates.next, struct update, link));
	}
	checks_stop(t);
	timer_stop(&t->agent->c->timers, &t->retry);
	list_remove(&t->in_executor);
	if (t->container) {
		t->container->task = NULL;
		t->container = NULL;
	}
	t->executor = NULL;
	t->on_agent = false;
}
