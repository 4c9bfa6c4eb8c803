#include "mesos/call.h"

#include "base/js.h"
#include "mesos/wire.h"

static char *text_of(json_t *call)
{
	char *text = js_dump(call, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(call);
	return text;
}

static json_t *new_call(const char *type, const char *framework_id)
{
	json_t *call = json_object();
	json_object_set_new(call, "type", json_string(type));
	if (framework_id) {
		json_object_set_new(call, "framework_id", wire_new_id(framework_id));
	}
	return call;
}

/* {"type": TYPE, "framework_id": …, "NAME": body} */
static char *call_text(const char *type, const char *framework_id, const char *name, json_t *body)
{
	json_t *call = new_call(type, framework_id);
	json_object_set_new(call, name, body);
	return text_of(call);
}

static void set_text(json_t *o, const char *key, const char *value)
{
	if (value) {
		json_object_set_new(o, key, wire_new_string(value));
	}
}

static json_t *texts(const char *const *items, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(array, wire_new_string(items[i]));
	}
	return array;
}

static json_t *ids(const char *const *items, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(array, wire_new_id(items[i]));
	}
	return array;
}

static json_t *capabilities(bool gpus)
{
	static const char *const names[] = {"PARTITION_AWARE", "MULTI_ROLE", "RESERVATION_REFINEMENT",
					    "TASK_KILLING_STATE", "GPU_RESOURCES"};
	size_t n = sizeof(names) / sizeof(names[0]) - (gpus ? 0 : 1);
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(array, json_pack("{s:s}", "type", names[i]));
	}
	return array;
}

char *mesos_call_subscribe(const struct mesos_framework *framework)
{
	json_t *info = json_object();
	set_text(info, "user", framework->user ? framework->user : "");
	set_text(info, "name", framework->name ? framework->name : "");
	set_text(info, "principal", framework->principal);
	set_text(info, "hostname", framework->hostname);
	set_text(info, "webui_url", framework->webui_url);
	json_object_set_new(info, "roles", texts(framework->roles, framework->n_roles));
	json_object_set_new(info, "failover_timeout", json_real(framework->failover_timeout_s));
	json_object_set_new(info, "checkpoint", json_true());
	json_object_set_new(info, "capabilities", capabilities(framework->gpus));
	if (framework->id) { /* a master wants it in both places */
		json_object_set_new(info, "id", wire_new_id(framework->id));
	}
	return call_text("SUBSCRIBE", framework->id, "subscribe", json_pack("{s:o}", "framework_info", info));
}

static json_t *filters(double refuse_s)
{
	return json_pack("{s:f}", "refuse_seconds", refuse_s);
}

char *mesos_call_accept(const char *framework_id, const char *const *offer_ids, size_t n, json_t *operations,
			double refuse_s)
{
	json_t *accept = json_object();
	json_object_set_new(accept, "offer_ids", ids(offer_ids, n));
	json_object_set_new(accept, "operations", operations ? operations : json_array());
	json_object_set_new(accept, "filters", filters(refuse_s));
	return call_text("ACCEPT", framework_id, "accept", accept);
}

char *mesos_call_decline(const char *framework_id, const char *const *offer_ids, size_t n, double refuse_s)
{
	json_t *decline = json_object();
	json_object_set_new(decline, "offer_ids", ids(offer_ids, n));
	json_object_set_new(decline, "filters", filters(refuse_s));
	return call_text("DECLINE", framework_id, "decline", decline);
}

char *mesos_call_inverse_offers(const char *framework_id, bool accept, const char *const *offer_ids, size_t n,
				double refuse_s)
{
	json_t *body = json_object();
	json_object_set_new(body, "inverse_offer_ids", ids(offer_ids, n));
	json_object_set_new(body, "filters", filters(refuse_s));
	return call_text(accept ? "ACCEPT_INVERSE_OFFERS" : "DECLINE_INVERSE_OFFERS", framework_id,
			 accept ? "accept_inverse_offers" : "decline_inverse_offers", body);
}

/* Without roles the body is left out: the call means all roles then. */
static char *roles_call(const char *type, const char *name, const char *framework_id, const char *const *roles,
			size_t n)
{
	if (n == 0) {
		return text_of(new_call(type, framework_id));
	}
	return call_text(type, framework_id, name, json_pack("{s:o}", "roles", texts(roles, n)));
}

char *mesos_call_revive(const char *framework_id, const char *const *roles, size_t n)
{
	return roles_call("REVIVE", "revive", framework_id, roles, n);
}

char *mesos_call_suppress(const char *framework_id, const char *const *roles, size_t n)
{
	return roles_call("SUPPRESS", "suppress", framework_id, roles, n);
}

static json_t *task_ref(const char *task_id, const char *agent_id)
{
	json_t *o = json_object();
	json_object_set_new(o, "task_id", wire_new_id(task_id));
	if (agent_id) {
		json_object_set_new(o, "agent_id", wire_new_id(agent_id));
	}
	return o;
}

char *mesos_call_kill(const char *framework_id, const char *task_id, const char *agent_id, int64_t grace_ms)
{
	json_t *kill = task_ref(task_id, agent_id);
	if (grace_ms >= 0) {
		int64_t ns = grace_ms > INT64_MAX / 1000000 ? INT64_MAX : grace_ms * 1000000;
		json_object_set_new(kill, "kill_policy",
				    json_pack("{s:{s:I}}", "grace_period", "nanoseconds", (json_int_t)ns));
	}
	return call_text("KILL", framework_id, "kill", kill);
}

char *mesos_call_shutdown(const char *framework_id, const char *executor_id, const char *agent_id)
{
	json_t *shutdown = json_object();
	json_object_set_new(shutdown, "executor_id", wire_new_id(executor_id));
	json_object_set_new(shutdown, "agent_id", wire_new_id(agent_id));
	return call_text("SHUTDOWN", framework_id, "shutdown", shutdown);
}

char *mesos_call_acknowledge(const char *framework_id, const char *agent_id, const char *task_id, const char *uuid)
{
	json_t *acknowledge = task_ref(task_id, agent_id);
	json_object_set_new(acknowledge, "uuid", wire_new_string(uuid));
	return call_text("ACKNOWLEDGE", framework_id, "acknowledge", acknowledge);
}

char *mesos_call_reconcile(const char *framework_id, const struct mesos_task_ref *tasks, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(array, task_ref(tasks[i].task_id, tasks[i].agent_id));
	}
	return call_text("RECONCILE", framework_id, "reconcile", json_pack("{s:o}", "tasks", array));
}
