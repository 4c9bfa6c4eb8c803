/* The HTTP face of the Mesos model: leniency and refusals as recorded, the operator API's shapes, files of sandboxes.
 */
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/sandbox/mesos_client.h"
#include "tests/unit/sandbox/mesos_transcript.h"

#define WHOLE "cpus:8;mem:8192;disk:10000;ports:[31000-31999]"

/* What belongs to the HTTP front, or is not in the model. */
static const struct {
	const char *name, *why;
} not_here[] = {
    {"keepalive-two-sequential", "several requests: the front's"},
    {"pipelined-two", "several requests: the front's"},
    {"chunked-request", "transfer coding: the front's"},
    {"expect-100", "the front's"},
    {"accept-encoding-gzip", "the sandbox does not compress"},
    {"api-accept-encoding-gzip", "the sandbox does not compress"},
    {"accept-encoding-gzip-small", "another build's version"},
    {"content-encoding-gzip-request", "the front's"},
    {"garbage", "the front's"},
    {"subscribe-then-half-close", "the front's"},
    {"subscribe-then-second-request-on-same-connection", "the front's"},
    {"json-big-int-ids-and-unicode", "jansson has no 64-bit unsigned numbers"},
};

static bool is_here(const char *name)
{
	for (size_t i = 0; i < sizeof(not_here) / sizeof(not_here[0]); i++) {
		if (strcmp(not_here[i].name, name) == 0) {
			return false;
		}
	}
	return true;
}

/* Splits a raw request in place. */
static struct rig_answer send_raw(struct rig *r, char *raw)
{
	struct sandbox_header headers[16];
	size_t n = 0;
	char *body = strstr(raw, "\r\n\r\n"), method[16], path[256];
	assert_non_null(body);
	*body = 0;
	body += 4;
	assert_int_equal(sscanf(raw, "%15s %255s", method, path), 2);
	for (char *line = strstr(raw, "\r\n"); line && n < 16; line = strstr(line, "\r\n")) {
		*line = 0;
		line += 2;
		char *colon = strchr(line, ':');
		char *end = strstr(line, "\r\n");
		if (!colon) {
			break;
		}
		*colon = 0;
		headers[n++] = (struct sandbox_header){line, colon + 2};
		line = end ? end : colon + 1;
	}
	return rig_request(mesos_master_handle, r->c, r->now, method, path, headers, n, body, strlen(body));
}

static void compare_raw(const char *name, char *request, const char *response)
{
	struct rig r;
	int status = 0;
	rig_init(&r, (struct mesos_cluster_config){0});
	assert_int_equal(sscanf(response, "HTTP/1.1 %d", &status), 1);
	const char *body = strstr(response, "\r\n\r\n") + 4;
	struct rig_answer a = send_raw(&r, request);
	if (a.status != status) {
		fail_msg("%s: %d %s, recorded %s", name, a.status, a.body, response);
	}
	if ((status >= 400 || strstr(body, "GET_HEALTH")) && strcmp(a.body, body) != 0) {
		fail_msg("%s: '%s', recorded '%s'", name, a.body, body);
	}
	rig_answer_done(&a);
	rig_done(&r);
}

static void raw_requests_are_answered_as_recorded(void **state)
{
	FILE *f = fopen(TEST_DATA "/mesos/recordings/23-http-layer/transcript.txt", "r");
	char *line = NULL, *request = NULL, name[128] = "";
	size_t cap = 0, compared = 0;
	(void)state;
	assert_non_null(f);
	while (getline(&line, &cap, f) > 0) {
		const char *asked = strstr(line, ">>> "),
			   *literal = strstr(line, " b'") ? strstr(line, " b'") : strstr(line, " b\"");
		if (!literal || sscanf(asked ? asked : "", ">>> %127[^:]", name) == 1) {
			free(request);
			request = literal ? transcript_unquote(literal + 1) : NULL;
		} else if (request && strstr(line, "<- closed") && is_here(name)) {
			CLEANUP_FREE char *response = transcript_unquote(literal + 1);
			compare_raw(name, request, response);
			compared++;
		}
	}
	free(line);
	free(request);
	fclose(f);
	assert_true(compared >= 20);
}

/* All paths of keys: "get_agents.agents[].active". */
static void collect(const json_t *v, const char *path, json_t *to)
{
	const char *key;
	json_t *item;
	size_t i;
	json_object_foreach ((json_t *)v, key, item) {
		/* Tasks are tasks, wherever they stand. */
		CLEANUP_FREE char *below =
		    xasprintf("%s.%s", path, strcmp(key, "completed_tasks") == 0 ? "tasks" : key);
		json_object_set_new(to, below,
				    json_string(json_is_number(item)   ? "number"
						: json_is_string(item) ? "string"
								       : "x"));
		collect(item, below, to);
	}
	json_array_foreach (v, i, item) {
		CLEANUP_FREE char *below = xasprintf("%s[]", path);
		collect(item, below, to);
	}
}

static json_t *recorded(const char *name)
{
	CLEANUP_FREE char *path = xasprintf(TEST_DATA "/mesos/recordings/12-operator-master/%s", name);
	json_t *v = json_load_file(path, 0, NULL);
	assert_non_null(v);
	return v;
}

static void expect_known_shape(struct rig *r, const char *type, const char *file)
{
	CLEANUP_FREE char *call = xasprintf("{\"type\":\"%s\"}", type);
	struct rig_answer a = rig_post(r, "/api/v1", NULL, call);
	assert_int_equal(a.status, 200);
	json_t *ours = js_parse(a.body, strlen(a.body), NULL), *theirs = recorded(file);
	json_t *our_paths = json_object(), *their_paths = json_object();
	const char *path;
	json_t *kind;
	collect(ours, "", our_paths);
	collect(theirs, "", their_paths);
	json_object_foreach (our_paths, path, kind) {
		if (!json_equal(kind, json_object_get(their_paths, path))) {
			fail_msg("%s: the real master has no %s of this kind", type, path);
		}
	}
	json_decref(ours);
	json_decref(theirs);
	json_decref(our_paths);
	json_decref(their_paths);
	rig_answer_done(&a);
}

static void operator_answers_hold_only_fields_of_the_real_ones(void **state)
{
	struct rig r;
	struct client k;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	CLEANUP_FREE char *agent = xstrdup(mesos_agent_id(rig_agent(&r, "agent1", WHOLE)));
	client_init(&k, &r, "\"roles\":[\"web\"]", "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&k, NULL);
	CLEANUP_FREE char *a = client_task("a", agent, CLIENT_SLEEP);
	CLEANUP_FREE char *b = client_task("b", agent, CLIENT_SLEEP);
	client_launch_group(&k, offer, "opod", a);
	client_update(&k, "a", "TASK_STARTING", NULL);
	client_update(&k, "a", "TASK_RUNNING", NULL);
	rig_sleep(&r, 1000);
	CLEANUP_FREE char *next = client_offer(&k, NULL);
	client_launch_group(&k, next, "opod", b);
	client_update(&k, "b", "TASK_STARTING", NULL);
	client_update(&k, "b", "TASK_RUNNING", NULL);
	instant_runner_finish(r.runner, "b", 0, r.now);
	client_update(&k, "b", "TASK_FINISHED", NULL);
	rig_sleep(&r, 1000);
	expect_known_shape(&r, "GET_STATE", "21-get-state.body");
	expect_known_shape(&r, "GET_MASTER", "29-get-master.body");
	client_done(&k);
	rig_done(&r);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

struct files {
	struct rig r;
	struct mesos_agent *a;
	char dir[64];
};

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A sandbox as an executor leaves it: log1, run u2. */
static void files_setup(struct files *f)
{
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_mesos_http.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	rig_init(&f->r, (struct mesos_cluster_config){.state_dir = f->dir});
	f->a = rig_agent(&f->r, "agent1", WHOLE);
	CLEANUP_FREE char *run =
	    xasprintf("%s/agents/agent1/slaves/%s/frameworks/F/executors/log1/runs/u2", f->dir, mesos_agent_id(f->a));
	CLEANUP_FREE char *latest = xasprintf("%s/agents/agent1/slaves/%s/frameworks/F/executors/log1/runs/latest",
					      f->dir, mesos_agent_id(f->a));
	for (char *p = run + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = 0;
		(void)mkdir(run, 0755);
		*p = '/';
	}
	assert_int_equal(mkdir(run, 0755), 0);
	assert_int_equal(symlink(run, latest), 0);
	CLEANUP_FREE char *out = xasprintf("%s/stdout", run);
	CLEANUP_FREE char *sub = xasprintf("%s/d", run);
	CLEANUP_FREE char *escape = xasprintf("%s/escape", run);
	write_file(out, "line 1\nline 2\nline 3\nline 4\nline 5\n");
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(symlink("/etc/passwd", escape), 0);
}

static void files_done(struct files *f)
{
	rig_done(&f->r);
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct file_case {
	const char *path;
	int status;
	const char *body;
};

#define LATEST "/frameworks/F/executors/log1/runs/latest"

static void files_are_read_as_recorded(void **state)
{
	static const struct file_case table[] = {
	    {"/files/read?path=" LATEST "/stdout&offset=0&length=100", 200,
	     "{\"data\":\"line 1\\nline 2\\nline 3\\nline 4\\nline 5\\n\",\"offset\":0}"},
	    {"/files/read?path=" LATEST "/stdout", 200, "{\"data\":\"\",\"offset\":35}"},
	    {"/files/read?path=" LATEST "/stdout&offset=-1", 200, "{\"data\":\"\",\"offset\":35}"},
	    {"/files/read?path=" LATEST "/stdout&offset=100000&length=10", 200, "{\"data\":\"\",\"offset\":100000}"},
	    {"/files/read?path=" LATEST "/stdout&offset=3&length=-1", 200,
	     "{\"data\":\"e 1\\nline 2\\nline 3\\nline 4\\nline 5\\n\",\"offset\":3}"},
	    {"/files/read?path=" LATEST "/stdout&offset=3&length=0", 200, "{\"data\":\"\",\"offset\":3}"},
	    {"/files/read?path=%2fframeworks%2fF%2fexecutors%2flog1%2fruns%2flatest%2fstdout&offset=0&length=6", 200,
	     "{\"data\":\"line 1\",\"offset\":0}"},
	    {"/files/read?path=" LATEST "/nosuch&offset=0", 404, ""},
	    {"/files/read?path=" LATEST "/d&offset=0", 400, "Cannot read a directory.\n"},
	    {"/files/read", 400, "Expecting 'path=value' in query.\n"},
	    {"/files/read?path=/etc/passwd&offset=0", 404, ""},
	    {"/files/read?path=" LATEST "/escape&offset=0", 404, ""},
	    {"/files/read?path=" LATEST "/../../../../../../../../../../etc/passwd&offset=0", 404, ""},
	    {"/files/read?path=/frameworks/F/executors/log1/runs/u2/stdout&offset=0", 404, ""},
	    {"/files/browse?path=" LATEST "/nosuch", 404, ""},
	    {"/files/browse?path=" LATEST "/stdout", 200, "[]"},
	    {"/files/browse", 400, "Expecting 'path=value' in query.\n"},
	    {"/files/download?path=" LATEST "/stdout", 200, "line 1\nline 2\nline 3\nline 4\nline 5\n"},
	    {"/files/download?path=nosuch", 404, "404 Not Found."},
	    {"/files/read.json?path=" LATEST "/stdout", 404, "404 Not Found."},
	};
	struct files f;
	(void)state;
	files_setup(&f);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rig_answer a =
		    rig_request(mesos_agent_handle, f.a, f.r.now, "GET", table[i].path, NULL, 0, "", 0);
		if (a.status != table[i].status || strcmp(a.body, table[i].body) != 0) {
			fail_msg("%s: %d '%s'", table[i].path, a.status, a.body);
		}
		rig_answer_done(&a);
	}
	files_done(&f);
}

static void browsing_shows_names_as_asked_and_modes(void **state)
{
	struct files f;
	(void)state;
	files_setup(&f);
	struct rig_answer a =
	    rig_request(mesos_agent_handle, f.a, f.r.now, "GET", "/files/browse?path=" LATEST, NULL, 0, "", 0);
	json_t *all = js_parse(a.body, strlen(a.body), NULL);
	assert_int_equal(json_array_size(all), 3);
	assert_string_equal(js_str(json_array_get(all, 0), "path"), LATEST "/d");
	assert_string_equal(js_str(json_array_get(all, 0), "mode"), "drwxr-xr-x");
	assert_string_equal(js_str(json_array_get(all, 2), "path"), LATEST "/stdout");
	assert_int_equal(js_int(json_array_get(all, 2), "size", 0), 35);
	json_decref(all);
	rig_answer_done(&a);
	files_done(&f);
}

static void a_framework_id_cannot_lead_out_of_the_state_directory(void **state)
{
	struct rig r;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	CLEANUP_FREE char *call = client_subscribe_call("\"roles\":[\"web\"]", "MULTI_ROLE", "../../etc");
	struct rig_answer a = rig_post(&r, "/api/v1/scheduler", NULL, call);
	json_t *event = stream_event(a.stream);
	assert_string_equal(js_str_at(event, "error", "message", NULL), "'../../etc' contains invalid characters");
	json_decref(event);
	rig_answer_done(&a);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(raw_requests_are_answered_as_recorded),
	    cmocka_unit_test(operator_answers_hold_only_fields_of_the_real_ones),
	    cmocka_unit_test(files_are_read_as_recorded),
	    cmocka_unit_test(browsing_shows_names_as_asked_and_modes),
	    cmocka_unit_test(a_framework_id_cannot_lead_out_of_the_state_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
