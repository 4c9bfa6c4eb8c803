#include "tests/unit/sandbox/kube_replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/unit/sandbox/kube_compare.h"
#include "tests/unit/sandbox/kube_recording.h"
#include "tests/unit/unit.h"

#define START_MS INT64_C(1795342665000) /* 2026-11-22T10:17:45Z, in the middle of the recordings */
#define TICK_MS 100000

struct replay {
	const char *folder;
	struct apiserver *server;
	struct compare compare;
	int64_t now;
	struct replay_count *count;
	size_t failures;
};

static const struct apiserver_token TOKENS[] = {
    {.token = "rig-admin-token-0123456789abcdef", .user = "rig-admin", .groups = "system:masters"},
    {.token = "rig-plain-token-0123456789abcdef", .user = "plainuser", .groups = ""},
    {.token = "rig-node-1-token-0123456789abcdef", .user = "system:node:rig-node-1", .groups = "system:nodes"},
};

/* What nodes may do, without the rule that they may do it to their own objects only. */
static const struct apiserver_grant GRANTS[] = {
    {.subject = "system:nodes", .verbs = "get,create,patch,update", .groups = "", .resources = "nodes,nodes/status"},
    {.subject = "system:nodes", .verbs = "list,watch", .groups = "", .resources = "nodes"},
    {.subject = "system:nodes", .verbs = "get,list,watch,delete,create", .groups = "", .resources = "pods"},
    {.subject = "system:nodes", .verbs = "patch,update", .groups = "", .resources = "pods/status"},
    {.subject = "system:nodes", .verbs = "create,patch", .groups = "", .resources = "events"},
    {.subject = "system:nodes",
     .verbs = "get,create,update,patch,delete",
     .groups = "coordination.k8s.io",
     .resources = "leases"},
};

static void differs(struct replay *r, const char *name, const char *what)
{
	print_error("%s/%s: %s\n", r->folder, name, what);
	r->failures++;
}

static void run_steps(struct replay *r, const json_t *steps);

static void do_request(struct replay *r, const char *method, const char *path, const char *type, const json_t *body)
{
	json_t CLEANUP_JSON *answer = NULL;
	char CLEANUP_FREE *ours = compare_translate(&r->compare, path);
	int status = apiserver_do(r->server, r->now, method, ours, type, body, &answer);
	if (status >= 300) {
		char *text = answer ? js_text(answer) : xstrdup("");
		char CLEANUP_FREE *what = xasprintf("step %s %s: %d %s", method, path, status, text);
		differs(r, "", what);
		free(text);
	}
}

static void merge_into(json_t *object, const char *key, const json_t *more)
{
	if (more) {
		json_object_update(js_obj(object, key), (json_t *)(uintptr_t)more);
	}
}

static void make_pod(struct replay *r, const json_t *step)
{
	const char *name = js_str(step, "pod");
	json_t CLEANUP_JSON *pod = json_pack(
	    "{s:{s:s, s:{s:s}}, s:{s:s, s:i, s:[{s:s, s:s, s:[s, s], s:{s:{s:s, s:s}, s:{s:s, s:s}}}]}}", "metadata",
	    "name", name, "labels", "app", "golden", "spec", "restartPolicy", "Always", "terminationGracePeriodSeconds",
	    30, "containers", "name", "main", "image", "busybox:1.36", "command", "sleep", "3600", "resources",
	    "requests", "cpu", "100m", "memory", "64Mi", "limits", "cpu", "500m", "memory", "128Mi");
	merge_into(pod, "spec", js_obj(step, "spec"));
	merge_into(pod, "metadata", js_obj(step, "meta"));
	char CLEANUP_FREE *path = xasprintf("/api/v1/namespaces/%s/pods", js_str(step, "in"));
	do_request(r, "POST", path, NULL, pod);
}

static void make_node(struct replay *r, const json_t *step)
{
	json_t CLEANUP_JSON *node =
	    json_pack("{s:{s:s}, s:{}, s:{}}", "metadata", "name", js_str(step, "node"), "spec", "status");
	merge_into(node, "metadata", js_obj(step, "meta"));
	merge_into(node, "spec", js_obj(step, "spec"));
	merge_into(node, "status", js_obj(step, "status"));
	do_request(r, "POST", "/api/v1/nodes", NULL, node);
}

static void make_namespace(struct replay *r, const char *name)
{
	json_t CLEANUP_JSON *ns = json_pack("{s:{s:s}}", "metadata", "name", name);
	do_request(r, "POST", "/api/v1/namespaces", NULL, ns);
}

static void map_version(struct replay *r, const char *recorded)
{
	json_t CLEANUP_JSON *list = NULL;
	apiserver_do(r->server, r->now, "GET", "/api/v1/nodes", NULL, NULL, &list);
	compare_map(&r->compare, recorded, js_str_at(list, "metadata", "resourceVersion", NULL));
}

static void map_uid(struct replay *r, const json_t *pair)
{
	json_t CLEANUP_JSON *object = NULL;
	apiserver_do(r->server, r->now, "GET", json_string_value(json_array_get(pair, 1)), NULL, NULL, &object);
	const char *uid = js_str_at(object, "metadata", "uid", NULL);
	compare_map(&r->compare, json_string_value(json_array_get(pair, 0)), uid ? uid : "none");
}

static void map_token(struct replay *r, const json_t *pair)
{
	json_t CLEANUP_JSON *list = NULL;
	apiserver_do(r->server, r->now, "GET", json_string_value(json_array_get(pair, 1)), NULL, NULL, &list);
	const char *token = js_str_at(list, "metadata", "continue", NULL);
	compare_map(&r->compare, json_string_value(json_array_get(pair, 0)), token ? token : "none");
}

/* The recorded request as the model gets it, in our uids and versions. */
static void send_request(struct replay *r, const struct recording *rec, struct sandbox_response *res)
{
	char CLEANUP_FREE *query = compare_translate(&r->compare, rec->query);
	char CLEANUP_FREE *body = compare_translate(&r->compare, buf_str(&rec->body));
	struct sandbox_request req = {.method = rec->method,
				      .path = rec->path,
				      .query = query,
				      .headers = rec->headers,
				      .n_headers = rec->n_headers,
				      .body = body,
				      .body_len = strlen(body)};
	sandbox_response_init(res);
	apiserver_handle(r->server, r->now, &req, res);
}

static const char *response_header(const struct sandbox_response *res, const char *name)
{
	struct sandbox_request as_request = {.headers = res->headers, .n_headers = res->n_headers};
	return sandbox_request_header(&as_request, name);
}

static void compare_headers(struct replay *r, const char *name, const struct recording *rec,
			    const struct sandbox_response *res)
{
	static const char *const HEADERS[] = {"Content-Type", "Warning", "Retry-After", "X-Content-Type-Options",
					      "Cache-Control"};
	for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
		const char *recorded = recording_header(rec, HEADERS[i]);
		const char *ours = response_header(res, HEADERS[i]);
		if ((recorded == NULL) != (ours == NULL) || (recorded && strcmp(recorded, ours) != 0)) {
			char CLEANUP_FREE *what = xasprintf("header %s: recorded %s, ours %s", HEADERS[i],
							    recorded ? recorded : "nothing", ours ? ours : "nothing");
			differs(r, name, what);
		}
	}
}

static void compare_text(struct replay *r, const char *name, const char *recorded, const char *ours)
{
	json_t CLEANUP_JSON *a = json_loads(recorded, JSON_DECODE_ANY, NULL);
	json_t CLEANUP_JSON *b = json_loads(ours, JSON_DECODE_ANY, NULL);
	struct err e;
	if (!a || !b) {
		if (strcmp(recorded, ours) != 0) {
			char CLEANUP_FREE *what = xasprintf("recorded %.300s, ours %.300s", recorded, ours);
			differs(r, name, what);
		}
	} else if (compare_json(&r->compare, a, b, &e) < 0) {
		differs(r, name, e.text);
	}
}

static bool compare_status(struct replay *r, const char *name, const struct recording *rec,
			   const struct sandbox_response *res)
{
	if (rec->status == res->status) {
		return true;
	}
	char CLEANUP_FREE *what =
	    xasprintf("recorded %d, ours %d %.400s", rec->status, res->status, buf_str(&res->body));
	differs(r, name, what);
	return false;
}

static void replay_one(struct replay *r, const char *name)
{
	struct recording rec;
	struct sandbox_response res;
	char CLEANUP_FREE *file = xasprintf("%s/%s", r->folder, name);
	recording_read(&rec, file);
	send_request(r, &rec, &res);
	if (compare_status(r, name, &rec, &res)) {
		compare_headers(r, name, &rec, &res);
		compare_text(r, name, buf_str(&rec.response_body), buf_str(&res.body));
	}
	sandbox_response_done(&res);
	recording_done(&rec);
	r->count->replayed++;
}

static void compare_lines(struct replay *r, const char *name, char *recorded, char *ours)
{
	while (recorded || ours) {
		char *a = recorded ? strsep(&recorded, "\n") : NULL;
		char *b = ours ? strsep(&ours, "\n") : NULL;
		compare_text(r, name, a ? a : "", b ? b : "");
	}
}

static void replay_watch(struct replay *r, const json_t *step)
{
	const char *name = js_str(step, "watch");
	struct recording rec;
	struct sandbox_response res;
	char CLEANUP_FREE *file = xasprintf("%s/%s", r->folder, name);
	recording_read(&rec, file);
	send_request(r, &rec, &res);
	run_steps(r, js_arr(step, "during"));
	if (compare_status(r, name, &rec, &res)) {
		assert_non_null(res.stream);
		r->now += TICK_MS;
		apiserver_tick(r->server, r->now);
		if (strstr(rec.query, "timeoutSeconds") && !res.stream->ended) {
			differs(r, name, "the watch does not end");
		}
		char CLEANUP_FREE *recorded = xstrdup(buf_str(&rec.response_body));
		char CLEANUP_FREE *ours = xstrdup(buf_str(&res.stream->out));
		compare_lines(r, name, recorded, ours);
	}
	if (res.stream && res.stream->closed) {
		res.stream->closed(res.stream);
	}
	sandbox_response_done(&res);
	recording_done(&rec);
	r->count->replayed++;
}

static void run_step(struct replay *r, const json_t *step)
{
	const json_t *done = js_arr(step, "do");
	if (js_str(step, "replay")) {
		replay_one(r, js_str(step, "replay"));
	} else if (js_str(step, "watch")) {
		replay_watch(r, step);
	} else if (js_str(step, "skip")) {
		assert_non_null(js_str(step, "why"));
		r->count->skipped++;
	} else if (js_str(step, "pod")) {
		make_pod(r, step);
	} else if (js_str(step, "node")) {
		make_node(r, step);
	} else if (js_str(step, "namespace")) {
		make_namespace(r, js_str(step, "namespace"));
	} else if (js_str(step, "rv")) {
		map_version(r, js_str(step, "rv"));
	} else if (js_arr(step, "uid")) {
		map_uid(r, js_arr(step, "uid"));
	} else if (js_arr(step, "continue")) {
		map_token(r, js_arr(step, "continue"));
	} else if (js_str(step, "fault")) {
		apiserver_compact(r->server);
	} else if (done) {
		do_request(r, json_string_value(json_array_get(done, 0)), json_string_value(json_array_get(done, 1)),
			   json_string_value(json_array_get(done, 3)), json_array_get(done, 2));
	} else {
		fail_msg("a step that says nothing");
	}
}

static void run_steps(struct replay *r, const json_t *steps)
{
	size_t i;
	json_t *step;
	json_array_foreach ((json_t *)(uintptr_t)steps, i, step) {
		run_step(r, step);
	}
}

/* Nothing listened where the recorded kubelets should have been. */
static void nobody_there(void *arg, struct kubelet_call *call, struct sandbox_response *res)
{
	(void)arg;
	bool number = call->host[0] >= '0' && call->host[0] <= '9';
	char CLEANUP_FREE *why = number
				     ? xasprintf("dial tcp %s:%u: connect: connection refused", call->host, call->port)
				     : xasprintf("dial tcp: lookup %s on 10.255.255.53:53: no such host", call->host);
	kubelet_unreachable(call, why, true, res);
	kubelet_call_free(call);
}

void replay_script(const char *name, struct replay_count *count)
{
	struct apiserver_config config = {.tokens = TOKENS,
					  .n_tokens = sizeof(TOKENS) / sizeof(TOKENS[0]),
					  .grants = GRANTS,
					  .n_grants = sizeof(GRANTS) / sizeof(GRANTS[0]),
					  .seed = 1,
					  .kubelet = nobody_there};
	struct replay r = {.folder = name, .server = apiserver_new(&config, START_MS), .now = START_MS, .count = count};
	char CLEANUP_FREE *path = xasprintf("%s/kubernetes/replay/%s.json", TEST_DATA, name);
	json_error_t error;
	json_t CLEANUP_JSON *steps = json_load_file(path, 0, &error);
	if (!steps) {
		fail_msg("%s:%d: %s", path, error.line, error.text);
	}
	compare_init(&r.compare);
	run_steps(&r, steps);
	compare_done(&r.compare);
	apiserver_free(r.server);
	assert_int_equal(r.failures, 0);
}
