/* Tasks of the Mesos model as real processes: files, exit codes, signals, whole trees. */
#include "tests/unit/sandbox/runner_rig.h"

/* A file of the task's sandbox over the agent's API, by the virtual path. */
static char *sandbox_file(struct runner_rig *f, const char *name)
{
	CLEANUP_FREE char *call = xasprintf("{\"type\":\"READ_FILE\",\"read_file\":{\"offset\":0,\"path\":\"/"
					    "frameworks/%s/executors/pod/runs/latest/tasks/t/%s\"}}",
					    f->k.id, name);
	const struct sandbox_header headers[] = {{"Content-Type", "application/json"}};
	struct rig_answer a = rig_request(mesos_agent_handle, mesos_cluster_agent(f->r.c, "agent1"), now_ms(), "POST",
					  "/api/v1", headers, 1, call, strlen(call));
	if (a.status != 200) {
		fail_msg("%s: %d %s", name, a.status, a.body);
	}
	json_t *answer = js_parse(a.body, strlen(a.body), NULL);
	const char *data = js_str_at(answer, "read_file", "data", NULL);
	/* The model's own base64 is tested elsewhere; here the text is compared encoded. */
	char *copy = xstrdup(data);
	json_decref(answer);
	rig_answer_done(&a);
	return copy;
}

struct outcome {
	const char *fields, *state, *message;
};

static void exit_codes_and_signals_are_told_as_they_were(void **state)
{
	static const struct outcome table[] = {
	    {"\"command\":{\"value\":\"exit 0\"}", "TASK_FINISHED", "Command exited with status 0"},
	    {"\"command\":{\"value\":\"exit 3\"}", "TASK_FAILED", "Command exited with status 3"},
	    {"\"command\":{\"value\":\"kill -KILL $$\"}", "TASK_FAILED", "Command terminated with signal Killed"},
	    {"\"command\":{\"shell\":false,\"value\":\"/no/such/file\",\"arguments\":[\"x\"]}", "TASK_FAILED",
	     "Command exited with status 233"},
	    {"\"command\":{\"value\":\"nosuchcommand\"}", "TASK_FAILED", "Command exited with status 127"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct runner_rig f;
		runner_rig_init(&f);
		runner_rig_launch(&f, table[i].fields);
		client_update(&f.k, "t", "TASK_RUNNING", NULL);
		runner_rig_await(&f);
		client_update(&f.k, "t", table[i].state, table[i].message);
		runner_rig_done(&f);
	}
}

static void output_and_environment_are_those_of_the_task(void **state)
{
	struct runner_rig f;
	(void)state;
	runner_rig_init(&f);
	runner_rig_launch(
	    &f, "\"command\":{\"value\":\"printf %s \\\"$GREETING\\\"; printf oops >&2; cat cfg/key > copied; touch "
		"data/x\","
		"\"environment\":{\"variables\":[{\"name\":\"GREETING\",\"value\":\"hello\"}]}},\"container\":{"
		"\"type\":\"MESOS\","
		"\"volumes\":[{\"mode\":\"RW\",\"container_path\":\"/"
		"data\",\"source\":{\"type\":\"SANDBOX_PATH\",\"sandbox_path\":"
		"{\"type\":\"PARENT\",\"path\":\"shared\"}}},{\"mode\":\"RO\",\"container_path\":\"/cfg/"
		"key\",\"source\":{\"type\":"
		"\"SECRET\",\"secret\":{\"type\":\"VALUE\",\"value\":{\"data\":\"c2VjcmV0\"}}}}]}");
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	runner_rig_await(&f);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	CLEANUP_FREE char *out = sandbox_file(&f, "stdout");
	CLEANUP_FREE char *err = sandbox_file(&f, "stderr");
	CLEANUP_FREE char *copied = sandbox_file(&f, "copied");
	CLEANUP_FREE char *shared = sandbox_file(&f, "../../shared/x");
	assert_string_equal(out, "aGVsbG8=");
	assert_string_equal(err, "b29wcw==");
	assert_string_equal(copied, "c2VjcmV0");
	assert_string_equal(shared, "");
	runner_rig_done(&f);
}

static bool lives(const char *pid_file)
{
	FILE *p = fopen(pid_file, "r");
	int pid = 0;
	if (!p || fscanf(p, "%d", &pid) != 1) {
		fail_msg("no pid in %s", pid_file);
	}
	fclose(p);
	CLEANUP_FREE char *stat = xasprintf("/proc/%d/stat", pid);
	FILE *s = fopen(stat, "r");
	char mark = 'X';
	if (s && fscanf(s, "%*d (%*[^)]) %c", &mark) != 1) {
		mark = 'X';
	}
	if (s) {
		fclose(s);
	}
	return mark != 'X' && mark != 'Z';
}

static void await_file(const char *path)
{
	for (int i = 0; i < 1000 && access(path, R_OK) != 0; i++) {
		usleep(10000);
	}
}

/* Job control gives the background process a group of its own, and it ignores SIGTERM. */
static void a_kill_reaches_the_whole_tree(void **state)
{
	struct runner_rig f;
	(void)state;
	runner_rig_init(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s/pid", f.dir);
	CLEANUP_FREE char *fields = xasprintf(
	    "\"command\":{\"value\":\"set -m; trap '' TERM; sleep 1000 & echo $! > %s.new; mv %s.new %s; sleep 1000\"}",
	    pid_file, pid_file, pid_file);
	runner_rig_launch(&f, fields);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	await_file(pid_file);
	assert_true(lives(pid_file));
	client_call(&f.k, "KILL", "kill",
		    "{\"task_id\":{\"value\":\"t\"},\"kill_policy\":{\"grace_period\":{\"nanoseconds\":0}}}");
	runner_rig_await(&f);
	client_update(&f.k, "t", "TASK_KILLED", "Command terminated with signal Killed");
	for (int i = 0; i < 1000 && lives(pid_file); i++) {
		usleep(1000);
	}
	assert_false(lives(pid_file));
	runner_rig_done(&f);
}

static void grandchildren_end_with_the_first_process(void **state)
{
	struct runner_rig f;
	(void)state;
	runner_rig_init(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s/pid", f.dir);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"sh -c 'sleep 1000' & echo $! > %s; exit 0\"}", pid_file);
	runner_rig_launch(&f, fields);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	runner_rig_await(&f);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	for (int i = 0; i < 1000 && lives(pid_file); i++) {
		usleep(1000);
	}
	assert_false(lives(pid_file));
	runner_rig_done(&f);
}

static void an_unknown_user_is_refused(void **state)
{
	struct runner_rig f;
	(void)state;
	runner_rig_init(&f);
	runner_rig_launch(&f, "\"command\":{\"value\":\"true\",\"user\":\"1000000\"}");
	json_t *status = client_status(&f.k, "t", "TASK_FAILED");
	assert_non_null(
	    strstr(js_str(status, "message"), "Failed to chown directory to '1000000': No such user '1000000'"));
	json_decref(status);
	runner_rig_done(&f);
}

static void freeing_the_runner_leaves_no_process(void **state)
{
	struct runner_rig f;
	(void)state;
	runner_rig_init(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s.pid", f.dir);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"echo $$ > %s.new; mv %s.new %s; exec sleep 1000\"}", pid_file, pid_file,
		      pid_file);
	runner_rig_launch(&f, fields);
	await_file(pid_file);
	assert_true(lives(pid_file));
	runner_rig_done(&f);
	assert_false(lives(pid_file));
	unlink(pid_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exit_codes_and_signals_are_told_as_they_were),
	    cmocka_unit_test(output_and_environment_are_those_of_the_task),
	    cmocka_unit_test(a_kill_reaches_the_whole_tree),
	    cmocka_unit_test(grandchildren_end_with_the_first_process),
	    cmocka_unit_test(an_unknown_user_is_refused),
	    cmocka_unit_test(freeing_the_runner_leaves_no_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
