/* /api/v1 of the master: the calls of operators. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/calls.h"
#include "tests/sandbox/mesos/model.h"

static json_t *get_health(struct mesos_cluster *c)
{
	(void)c;
	return json_pack("{s:b}", "healthy", 1);
}

static json_t *get_version(struct mesos_cluster *c)
{
	(void)c;
	return json_pack("{s:o}", "version_info", api_version());
}

static json_t *get_master(struct mesos_cluster *c)
{
	return json_pack("{s:o,s:f,s:f}", "master_info", cluster_master_info(c), "start_time",
			 cluster_seconds(c->started_ms), "elected_time", cluster_seconds(c->started_ms));
}

static json_t *get_state(struct mesos_cluster *c)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "get_tasks", state_tasks(c), "get_executors", state_executors(c),
			 "get_frameworks", state_frameworks(c), "get_agents", state_agents(c));
}

static json_t *get_logging_level(struct mesos_cluster *c)
{
	(void)c;
	return json_pack("{s:i}", "level", 0);
}

static json_t *get_metrics(struct mesos_cluster *c)
{
	(void)c;
	return json_pack("{s:[]}", "metrics");
}

static const struct {
	const char *type, *field;
	json_t *(*get)(struct mesos_cluster *c);
} getters[] = {{"GET_HEALTH", "get_health", get_health},
	       {"GET_VERSION", "get_version", get_version},
	       {"GET_MASTER", "get_master", get_master},
	       {"GET_STATE", "get_state", get_state},
	       {"GET_AGENTS", "get_agents", state_agents},
	       {"GET_TASKS", "get_tasks", state_tasks},
	       {"GET_FRAMEWORKS", "get_frameworks", state_frameworks},
	       {"GET_EXECUTORS", "get_executors", state_executors},
	       {"GET_LOGGING_LEVEL", "get_logging_level", get_logging_level},
	       {"GET_MAINTENANCE_SCHEDULE", "get_maintenance_schedule", maintenance_get_schedule},
	       {"GET_MAINTENANCE_STATUS", "get_maintenance_status", maintenance_status},
	       {"GET_METRICS", "get_metrics", get_metrics}};

static const struct {
	const char *type, *field;
} needed[] = {{"GET_METRICS", "get_metrics"},
	      {"LIST_FILES", "list_files"},
	      {"READ_FILE", "read_file"},
	      {"UPDATE_WEIGHTS", "update_weights"},
	      {"TEARDOWN", "teardown"},
	      {"MARK_AGENT_GONE", "mark_agent_gone"},
	      {"UPDATE_MAINTENANCE_SCHEDULE", "update_maintenance_schedule"},
	      {"DRAIN_AGENT", "drain_agent"},
	      {"DEACTIVATE_AGENT", "deactivate_agent"},
	      {"REACTIVATE_AGENT", "reactivate_agent"}};

static char *call_invalid(const json_t *call)
{
	const char *type = js_str(call, "type");
	for (size_t i = 0; type && i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (strcmp(needed[i].type, type) == 0 && !js_obj(call, needed[i].field)) {
			return xasprintf("Failed to validate master::Call: Expecting '%s' to be present",
					 needed[i].field);
		}
	}
	return type ? NULL : xstrdup("Failed to validate master::Call: Expecting 'type' to be present");
}

/* google.protobuf.Duration, or DurationInfo. */
static int64_t grace_of(const json_t *drain)
{
	const json_t *grace = js_obj(drain, "max_grace_period");
	int64_t ns = js_int(grace, "nanoseconds", -1);
	return !grace ? -1 : ns >= 0 ? ns / 1000000 : (int64_t)(js_num(grace, "seconds", 0) * 1000);
}

static void of_agent(struct mesos_cluster *c, const char *type, const json_t *call, struct sandbox_response *res)
{
	const char *id = js_str_at(call, "agent_id", "value", NULL);
	struct mesos_agent *a = agent_find(c, id);
	if (!a || a->state == AGENT_GONE) {
		CLEANUP_FREE char *text = xasprintf("Agent '%s' not found", id);
		api_text(res, 404, text);
	} else if (strcmp(type, "MARK_AGENT_GONE") == 0) {
		agent_mark_gone(a);
	} else if (strcmp(type, "DEACTIVATE_AGENT") == 0) {
		agent_deactivate(a);
	} else if (strcmp(type, "DRAIN_AGENT") == 0) {
		agent_drain(a, grace_of(call), js_bool(call, "mark_gone", false));
	} else {
		agent_reactivate(a);
	}
}

static void teardown(struct mesos_cluster *c, const json_t *call, struct sandbox_response *res)
{
	struct framework *f = framework_find(c, js_str_at(call, "teardown", "framework_id", "value", NULL));
	if (f) {
		framework_remove(f);
	} else {
		api_text(res, 400, "No framework found with specified ID");
	}
}

/* Weights are not kept here, but changing one takes back the offers to its role, as it does for real. */
static void update_weights(struct mesos_cluster *c, const json_t *call)
{
	size_t i;
	json_t *weight;
	json_array_foreach (js_arr(js_obj(call, "update_weights"), "weight_infos"), i, weight) {
		const char *role = js_str(weight, "role");
		LIST_EACH (&c->frameworks, lf) {
			struct framework *f = LIST_ENTRY(lf, struct framework, link);
			LIST_EACH (&f->offers, l) {
				struct offer *o = LIST_ENTRY(l, struct offer, in_framework);
				if (role && strcmp(o->role, role) == 0) {
					offer_rescind(o);
				}
			}
		}
	}
}

static void perform(struct mesos_cluster *c, const json_t *call, struct sandbox_response *res)
{
	const char *type = js_str(call, "type");
	for (size_t i = 0; i < sizeof(getters) / sizeof(getters[0]); i++) {
		if (strcmp(getters[i].type, type) == 0) {
			api_json(res, 200, json_pack("{s:s,s:o}", "type", type, getters[i].field, getters[i].get(c)));
			return;
		}
	}
	res->status = 200;
	if (strcmp(type, "MARK_AGENT_GONE") == 0) {
		of_agent(c, type, js_obj(call, "mark_agent_gone"), res);
	} else if (strcmp(type, "DEACTIVATE_AGENT") == 0) {
		of_agent(c, type, js_obj(call, "deactivate_agent"), res);
	} else if (strcmp(type, "REACTIVATE_AGENT") == 0) {
		of_agent(c, type, js_obj(call, "reactivate_agent"), res);
	} else if (strcmp(type, "DRAIN_AGENT") == 0) {
		of_agent(c, type, js_obj(call, "drain_agent"), res);
	} else if (strcmp(type, "UPDATE_MAINTENANCE_SCHEDULE") == 0) {
		maintenance_schedule(c, js_at(call, "update_maintenance_schedule", "schedule", NULL));
	} else if (strcmp(type, "TEARDOWN") == 0) {
		teardown(c, call, res);
	} else if (strcmp(type, "UPDATE_WEIGHTS") == 0) {
		update_weights(c, call);
	} else if (strcmp(type, "READ_FILE") == 0 || strcmp(type, "LIST_FILES") == 0) {
		api_text(res, 404, "");
	} else {
		api_text(res, 501, "501 Not Implemented.");
	}
}

void operator_handle(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *principal;
	if (api_authenticate(c, req, res, "mesos-master-readwrite", &principal) || api_check_method(req, res, "POST")) {
		return;
	}
	CLEANUP_JSON json_t *call = api_call(req, res, &mesos_master_call);
	if (!call) {
		return;
	}
	CLEANUP_FREE char *why = call_invalid(call);
	if (why) {
		api_text(res, 400, why);
	} else if (!api_accepts_json(req)) {
		api_text(res, 406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
	} else {
		perform(c, call, res);
	}
}
