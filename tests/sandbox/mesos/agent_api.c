/* An agent's own endpoints: /api/v1 and /files. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/calls.h"
#include "tests/sandbox/mesos/nested.h"

static json_t *get_state(struct mesos_agent *a)
{
	json_t *launched = json_array(), *ended = json_array(), *executors = json_array();
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_agent) {
			json_array_append_new(task_state_terminal(t->state) ? ended : launched, task_json(t));
		}
	}
	LIST_EACH (&a->executors, l) {
		const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		json_t *info =
		    x->is_default ? json_incref(x->info) : json_pack("{s:{s:s}}", "executor_id", "value", x->id);
		json_array_append_new(executors, json_pack("{s:o}", "executor_info", info));
	}
	return json_pack("{s:{s:[],s:[],s:o,s:o,s:[]},s:{s:o,s:[]}}", "get_tasks", "pending_tasks", "queued_tasks",
			 "launched_tasks", launched, "terminated_tasks", ended, "completed_tasks", "get_executors",
			 "executors", executors, "completed_executors");
}

static void answer(struct sandbox_response *res, const char *type, const char *field, json_t *value)
{
	api_json(res, 200, json_pack("{s:s,s:o}", "type", type, field, value));
}

static void perform(struct mesos_agent *a, const json_t *call, const struct sandbox_request *req,
		    struct sandbox_response *res)
{
	const char *type = js_str(call, "type");
	if (strcmp(type, "GET_HEALTH") == 0) {
		answer(res, type, "get_health", json_pack("{s:b}", "healthy", 1));
	} else if (strcmp(type, "GET_VERSION") == 0) {
		answer(res, type, "get_version", json_pack("{s:o}", "version_info", api_version()));
	} else if (strcmp(type, "GET_STATE") == 0) {
		answer(res, type, "get_state", get_state(a));
	} else if (strcmp(type, "GET_CONTAINERS") == 0) {
		answer(res, type, "get_containers", agent_containers(a, call));
	} else if (strcmp(type, "LIST_FILES") == 0) {
		files_call_list(a, call, res);
	} else if (strcmp(type, "READ_FILE") == 0) {
		files_call_read(a, call, res);
	} else if (strcmp(type, "ATTACH_CONTAINER_INPUT") == 0) {
		api_text(res, 415,
			 "Expecting 'Content-Type' to be application/recordio for ATTACH_CONTAINER_INPUT call");
	} else if (strstr(type, "_NESTED_CONTAINER") || strcmp(type, "ATTACH_CONTAINER_OUTPUT") == 0) {
		nested_call(a, call, req, res);
	} else {
		api_text(res, 501, "501 Not Implemented.");
	}
}

/* The sentence, free() it; NULL: nothing is wrong. */
static char *invalid(const json_t *call)
{
	const char *type = js_str(call, "type");
	if (!type) {
		return xstrdup("Expecting 'type' to be present");
	}
	if (strcmp(type, "LIST_FILES") == 0 && !js_obj(call, "list_files")) {
		return xstrdup("Expecting 'list_files' to be present");
	}
	if (strcmp(type, "READ_FILE") == 0 && !js_obj(call, "read_file")) {
		return xstrdup("Expecting 'read_file' to be present");
	}
	return nested_invalid(call);
}

/* Calls whose answer is a stream of records. */
static bool streams(const char *type)
{
	return strcmp(type, "LAUNCH_NESTED_CONTAINER_SESSION") == 0 || strcmp(type, "ATTACH_CONTAINER_OUTPUT") == 0;
}

static bool accepts_records(const struct sandbox_request *req)
{
	const char *accept = sandbox_request_header(req, "Accept");
	const char *message = sandbox_request_header(req, "Message-Accept");
	return accept && strstr(accept, "application/recordio") &&
	       (!message || strstr(message, "application/json") || strstr(message, "*/*"));
}

static void call_whole(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res)
{
	CLEANUP_JSON json_t *call = api_call(req, res, &mesos_agent_call);
	if (!call) {
		return;
	}
	CLEANUP_FREE char *why = invalid(call);
	if (why) {
		CLEANUP_FREE char *text = xasprintf("Failed to validate agent::Call: %s", why);
		api_text(res, 400, text);
	} else if (!api_accepts_json(req) && !(streams(js_str(call, "type")) && accepts_records(req))) {
		api_text(res, 406,
			 "Expecting 'Accept' to allow application/json or application/x-protobuf or "
			 "application/recordio");
	} else {
		perform(a, call, req, res);
	}
}

static void api(struct mesos_agent *a, const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *principal;
	if (api_authenticate(a->c, req, res, "mesos-agent-readwrite", &principal) ||
	    api_check_method(req, res, "POST")) {
		return;
	}
	if (mesos_agent_takes_pieces(a, req)) {
		input_begin(a, req, res);
	} else {
		call_whole(a, req, res);
	}
}

bool mesos_agent_takes_pieces(void *agent, const struct sandbox_request *head)
{
	const char *type = sandbox_request_header(head, "Content-Type");
	(void)agent;
	return type && strcmp(type, "application/recordio") == 0;
}

static void files(struct mesos_agent *a, const char *what, const struct sandbox_request *req,
		  struct sandbox_response *res)
{
	const char *principal;
	if (api_authenticate(a->c, req, res, "mesos-agent-readonly", &principal)) {
		return;
	}
	if (strcmp(what, "browse") == 0) {
		files_browse(a, req, res);
	} else if (strcmp(what, "read") == 0) {
		files_read(a, req, res);
	} else if (strcmp(what, "download") == 0) {
		files_download(a, req, res);
	} else {
		api_text(res, 404, "404 Not Found.");
	}
}

void mesos_agent_handle(void *agent, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct mesos_agent *a = agent;
	const char *path = strncmp(req->path, "/slave(1)/", 10) == 0 ? req->path + 9 : req->path;
	if (!a->powered || !a->up || a->partitioned) {
		res->status = 0;
		return;
	}
	cluster_enter(a->c, now_ms);
	if (a->refuses) {
		api_text(res, 401, "401 Unauthorized.");
	} else if (strncmp(path, "/api/v1", 7) == 0) {
		api(a, req, res);
	} else if (strncmp(path, "/files/", 7) == 0) {
		files(a, path + 7, req, res);
	} else if (strcmp(path, "/health") == 0) {
		res->status = 200;
	} else if (strcmp(path, "/version") == 0) {
		api_json(res, 200, api_version());
	} else {
		api_text(res, 404, "404 Not Found.");
	}
	cluster_leave(a->c);
}
