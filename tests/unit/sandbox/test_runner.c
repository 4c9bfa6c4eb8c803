/* Tasks of the Mesos model as real processes: files, exit codes, signals, whole trees. */
#include "tests/sandbox/runner.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/sandbox/mesos_client.h"

#define AGENT "cpus:4;mem:4096;disk:1000"

struct fixture {
	struct rig r; /* its runner stays idle */
	uv_loop_t loop;
	struct process_runner *runner;
	struct client k;
	char dir[64];
	char *agent_id;
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void setup(struct fixture *f)
{
	struct err e = {0};
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_runner.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->runner = process_runner_new(&f->loop, &e);
	assert_non_null(f->runner);
	f->r = (struct rig){.now = now_ms()};
	struct mesos_cluster_config config = {
	    .seed = 3, .now_ms = f->r.now, .state_dir = f->dir, .runner = process_runner_seam(f->runner)};
	f->r.c = mesos_cluster_new(&config, &e);
	assert_non_null(f->r.c);
	process_runner_attach(f->runner, f->r.c);
	f->agent_id = xstrdup(mesos_agent_id(rig_agent(&f->r, "agent1", AGENT)));
	client_init(&f->k, &f->r, "\"roles\":[\"web\"],\"failover_timeout\":100,\"checkpoint\":true", "MULTI_ROLE");
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void done(struct fixture *f)
{
	client_done(&f->k);
	mesos_cluster_free(f->r.c);
	process_runner_free(f->runner);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f->agent_id);
}

static void wake_up(uv_timer_t *t)
{
	(void)t;
}

/* The loop runs until the framework has something to read. */
static void await(struct fixture *f)
{
	uv_timer_t turn;
	uv_timer_init(&f->loop, &turn);
	uv_timer_start(&turn, wake_up, 10, 10);
	for (int i = 0; i < 3000 && f->k.s->out.len == 0; i++) {
		uv_run(&f->loop, UV_RUN_ONCE);
		if (mesos_cluster_next_deadline(f->r.c) <= now_ms()) {
			mesos_cluster_tick(f->r.c, now_ms());
		}
	}
	uv_close((uv_handle_t *)&turn, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_true(f->k.s->out.len > 0);
}

static void launch(struct fixture *f, const char *task_fields)
{
	CLEANUP_FREE char *offer = client_offer(&f->k, NULL);
	CLEANUP_FREE char *task = client_task("t", f->agent_id, task_fields);
	client_call(&f->k, "SUPPRESS", "suppress", "{}");
	client_launch_group(&f->k, offer, "pod", task);
	client_update(&f->k, "t", "TASK_STARTING", NULL);
}

/* A file of the task's sandbox over the agent's API, by the virtual path. */
static char *sandbox_file(struct fixture *f, const char *name)
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
		struct fixture f;
		setup(&f);
		launch(&f, table[i].fields);
		client_update(&f.k, "t", "TASK_RUNNING", NULL);
		await(&f);
		client_update(&f.k, "t", table[i].state, table[i].message);
		done(&f);
	}
}

static void output_and_environment_are_those_of_the_task(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f);
	launch(&f, "\"command\":{\"value\":\"printf %s \\\"$GREETING\\\"; printf oops >&2; cat cfg/key > copied; touch "
		   "data/x\","
		   "\"environment\":{\"variables\":[{\"name\":\"GREETING\",\"value\":\"hello\"}]}},\"container\":{"
		   "\"type\":\"MESOS\","
		   "\"volumes\":[{\"mode\":\"RW\",\"container_path\":\"/"
		   "data\",\"source\":{\"type\":\"SANDBOX_PATH\",\"sandbox_path\":"
		   "{\"type\":\"PARENT\",\"path\":\"shared\"}}},{\"mode\":\"RO\",\"container_path\":\"/cfg/"
		   "key\",\"source\":{\"type\":"
		   "\"SECRET\",\"secret\":{\"type\":\"VALUE\",\"value\":{\"data\":\"c2VjcmV0\"}}}}]}");
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	await(&f);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	CLEANUP_FREE char *out = sandbox_file(&f, "stdout");
	CLEANUP_FREE char *err = sandbox_file(&f, "stderr");
	CLEANUP_FREE char *copied = sandbox_file(&f, "copied");
	CLEANUP_FREE char *shared = sandbox_file(&f, "../../shared/x");
	assert_string_equal(out, "aGVsbG8=");
	assert_string_equal(err, "b29wcw==");
	assert_string_equal(copied, "c2VjcmV0");
	assert_string_equal(shared, "");
	done(&f);
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
	struct fixture f;
	(void)state;
	setup(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s/pid", f.dir);
	CLEANUP_FREE char *fields = xasprintf(
	    "\"command\":{\"value\":\"set -m; trap '' TERM; sleep 1000 & echo $! > %s.new; mv %s.new %s; sleep 1000\"}",
	    pid_file, pid_file, pid_file);
	launch(&f, fields);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	await_file(pid_file);
	assert_true(lives(pid_file));
	client_call(&f.k, "KILL", "kill",
		    "{\"task_id\":{\"value\":\"t\"},\"kill_policy\":{\"grace_period\":{\"nanoseconds\":0}}}");
	await(&f);
	client_update(&f.k, "t", "TASK_KILLED", "Command terminated with signal Killed");
	for (int i = 0; i < 1000 && lives(pid_file); i++) {
		usleep(1000);
	}
	assert_false(lives(pid_file));
	done(&f);
}

static void grandchildren_end_with_the_first_process(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s/pid", f.dir);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"sh -c 'sleep 1000' & echo $! > %s; exit 0\"}", pid_file);
	launch(&f, fields);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	await(&f);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	for (int i = 0; i < 1000 && lives(pid_file); i++) {
		usleep(1000);
	}
	assert_false(lives(pid_file));
	done(&f);
}

static void an_unknown_user_is_refused(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f);
	launch(&f, "\"command\":{\"value\":\"true\",\"user\":\"1000000\"}");
	json_t *status = client_status(&f.k, "t", "TASK_FAILED");
	assert_non_null(
	    strstr(js_str(status, "message"), "Failed to chown directory to '1000000': No such user '1000000'"));
	json_decref(status);
	done(&f);
}

static void freeing_the_runner_leaves_no_process(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f);
	CLEANUP_FREE char *pid_file = xasprintf("%s.pid", f.dir);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"echo $$ > %s.new; mv %s.new %s; exec sleep 1000\"}", pid_file, pid_file,
		      pid_file);
	launch(&f, fields);
	await_file(pid_file);
	assert_true(lives(pid_file));
	done(&f);
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
