/* Sessions of the Mesos model as real processes: pipes, terminals, slow readers, ends. */
#include <signal.h>

#include "tests/sandbox/mesos/ids.h"
#include "tests/unit/sandbox/runner_rig.h"

#define PATIENCE_MS 90000
#define BIG ((size_t)50 << 20)

/* A session and its input, with a client that does as it is told. */
struct session {
	struct runner_rig f;
	char *parent;
	struct sandbox_stream *s;
	struct sandbox_upload *input; /* NULL: none */
	struct buf out, err;
	size_t total; /* bytes of standard output */
	bool slow;    /* takes one record a turn */
};

static struct rig_answer call(struct session *x, const char *accept, const char *text)
{
	const struct sandbox_header headers[] = {{"Content-Type", "application/json"}, {"Accept", accept}};
	return rig_request(mesos_agent_handle, mesos_cluster_agent(x->f.r.c, "agent1"), now_ms(), "POST", "/api/v1",
			   headers, 2, text, strlen(text));
}

/* A task, and beside it `command` (a CommandInfo) with `container` behind it. */
static void begin(struct session *x, const char *command, const char *container)
{
	*x = (struct session){.out = BUF_INIT((size_t)1 << 20), .err = BUF_INIT((size_t)1 << 20)};
	runner_rig_init(&x->f);
	runner_rig_launch(&x->f, CLIENT_SLEEP);
	json_t *status = client_status(&x->f.k, "t", "TASK_RUNNING");
	x->parent = js_text(js_at(status, "container_status", "container_id", NULL));
	json_decref(status);
	CLEANUP_FREE char *launch = xasprintf(
	    "{\"type\":\"LAUNCH_NESTED_CONTAINER_SESSION\",\"launch_nested_container_session\":{\"container_id\":{"
	    "\"value\":\"s\",\"parent\":%s},\"command\":%s%s}}",
	    x->parent, command, container);
	struct rig_answer a = call(x, "application/recordio", launch);
	assert_int_equal(a.status, 200);
	x->s = sandbox_stream_ref(a.stream);
	rig_answer_done(&a);
}

static void send_record(struct session *x, const char *attach)
{
	CLEANUP_FREE char *text =
	    xasprintf("{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":%s}", attach);
	CLEANUP_FREE char *record = xasprintf("%zu\n%s", strlen(text), text);
	size_t n = strlen(record);
	assert_int_equal(x->input->data(x->input, now_ms(), record, n), n);
}

static void attach(struct session *x)
{
	const struct sandbox_header headers[] = {{"Content-Type", "application/recordio"},
						 {"Message-Content-Type", "application/json"}};
	struct sandbox_request head = {
	    .method = "POST", .path = "/api/v1", .query = "", .headers = headers, .n_headers = 2};
	struct sandbox_response res;
	sandbox_response_init(&res);
	mesos_agent_handle(mesos_cluster_agent(x->f.r.c, "agent1"), now_ms(), &head, &res);
	x->input = sandbox_upload_ref(res.upload);
	sandbox_response_done(&res);
	CLEANUP_FREE char *names =
	    xasprintf("{\"type\":\"CONTAINER_ID\",\"container_id\":{\"value\":\"s\",\"parent\":%s}}", x->parent);
	send_record(x, names);
}

static void type_in(struct session *x, const char *text)
{
	CLEANUP_FREE char *data = ids_base64_encode(text, strlen(text));
	CLEANUP_FREE char *io =
	    xasprintf("{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"DATA\",\"data\":{\"type\":\"STDIN\","
		      "\"data\":\"%s\"}}}",
		      data);
	send_record(x, io);
}

/* One record of the stream, if there is one. */
static bool take(struct session *x)
{
	char bad;
	size_t n;
	json_t *record = x->s->out.len > 0 ? stream_next(x->s) : NULL;
	const json_t *data = js_obj(record, "data");
	if (x->s->taken) {
		x->s->taken(x->s);
	}
	if (data) {
		CLEANUP_FREE char *bytes = ids_base64_decode(js_str(data, "data"), &n, &bad);
		bool out = strcmp(js_str(data, "type"), "STDOUT") == 0;
		x->total += out ? n : 0;
		(void)buf_append(out ? &x->out : &x->err, bytes, n);
	}
	json_decref(record);
	return record != NULL;
}

static void turn(struct session *x)
{
	uv_run(&x->f.loop, UV_RUN_NOWAIT);
	if (mesos_cluster_next_deadline(x->f.r.c) <= now_ms()) {
		mesos_cluster_tick(x->f.r.c, now_ms());
	}
	if (take(x)) {
		while (!x->slow && take(x)) {
		}
	} else {
		usleep(1000);
	}
}

#define AWAIT(x, condition)                                                                                            \
	do {                                                                                                           \
		int64_t until = now_ms() + PATIENCE_MS;                                                                \
		while (!(condition)) {                                                                                 \
			assert_true(now_ms() < until);                                                                 \
			turn(x);                                                                                       \
		}                                                                                                      \
	} while (0)

static void expect_exit(struct session *x, int wait_status)
{
	AWAIT(x, x->s->ended && x->s->out.len == 0);
	CLEANUP_FREE char *wait = xasprintf("{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{"
					    "\"container_id\":{\"value\":\"s\",\"parent\":%s}}}",
					    x->parent);
	CLEANUP_FREE char *told = xasprintf(
	    "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"exit_status\":%d}}", wait_status);
	struct rig_answer a = call(x, "application/json", wait);
	assert_string_equal(a.body, told);
	rig_answer_done(&a);
}

static void end(struct session *x)
{
	if (x->input && !x->input->answered) {
		x->input->over(x->input, now_ms(), false);
	}
	if (x->s && x->s->closed) {
		x->s->closed(x->s);
	}
	sandbox_upload_unref(x->input);
	sandbox_stream_unref(x->s);
	runner_rig_done(&x->f);
	buf_done(&x->out);
	buf_done(&x->err);
	free(x->parent);
}

static void touch_beside_the_task(struct session *x, const char *name)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/agents/agent1/slaves/%s/frameworks/%s/executors/pod/runs/latest/tasks/t/%s", x->f.dir,
		      x->f.agent_id, x->f.k.id, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
}

static void output_and_error_come_apart_and_before_the_end(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"echo out; echo err >&2; exit 3\"}", "");
	expect_exit(&x, 3 << 8);
	assert_string_equal(buf_str(&x.out), "out\n");
	assert_string_equal(buf_str(&x.err), "err\n");
	end(&x);
}

static void a_file_that_is_not_there_is_named_on_stderr(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"shell\":false,\"value\":\"/no/such\"}", "");
	expect_exit(&x, 256256);
	assert_string_equal(buf_str(&x.err), "Failed to execute '/no/such': No such file or directory\n");
	end(&x);
}

static void every_byte_passes_as_it_is(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"printf '\\\\000\\\\377\\\\012\\\\200x'\"}", "");
	expect_exit(&x, 0);
	assert_int_equal(x.out.len, 5);
	assert_memory_equal(x.out.data, "\0\377\n\200x", 5);
	end(&x);
}

static void the_end_of_input_is_heard_by_the_process(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"cat; echo done\"}", "");
	attach(&x);
	type_in(&x, "hello\n");
	AWAIT(&x, x.out.len == 6);
	type_in(&x, "");
	AWAIT(&x, strcmp(buf_str(&x.out), "hello\ndone\n") == 0);
	x.input->over(x.input, now_ms(), true);
	assert_int_equal(x.input->answer.status, 200);
	expect_exit(&x, 0);
	end(&x);
}

static void a_terminal_echoes_has_its_size_and_control_keys(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"shell\":false,\"value\":\"/bin/sh\",\"arguments\":[\"sh\"]}",
	      ",\"container\":{\"type\":\"MESOS\",\"tty_info\":{\"window_size\":{\"rows\":40,\"columns\":100}}}");
	attach(&x);
	type_in(&x, "stty size\n");
	AWAIT(&x, strstr(buf_str(&x.out), "0 0\r\n"));
	send_record(
	    &x,
	    "{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"TTY_INFO\",\"tty_"
	    "info\":{\"window_size\":{\"rows\":24,\"columns\":80}}}}}");
	type_in(&x, "stty size\n");
	AWAIT(&x, strstr(buf_str(&x.out), "24 80\r\n"));
	type_in(&x, "sh -c 'echo $((1+1)) ready; exec sleep 1000'\n");
	AWAIT(&x, strstr(buf_str(&x.out), "2 ready\r\n"));
	type_in(&x, "\003");
	type_in(&x, "echo status $?\n");
	AWAIT(&x, strstr(buf_str(&x.out), "status 130\r\n"));
	type_in(&x, "exit 6\n");
	expect_exit(&x, 6 << 8);
	assert_int_equal(x.input->answer.status, 500);
	end(&x);
}

static void fifty_megabytes_pass_whole_while_the_reader_is_slow_and_nothing_piles_up(void **state)
{
	struct session x;
	size_t most = 0;
	(void)state;
	begin(&x, "{\"value\":\"head -c 52428800 /dev/zero\"}", "");
	x.slow = true;
	while (x.total < BIG) {
		size_t before = x.total;
		most = x.s->out.len > most ? x.s->out.len : most;
		AWAIT(&x, x.total > before);
	}
	assert_true(most < (size_t)1 << 20);
	expect_exit(&x, 0);
	assert_int_equal(x.total, BIG);
	end(&x);
}

/* A pipe holds 64 KiB; the process reads once a file is there. */
static void input_waits_for_a_process_that_does_not_read(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"while ! [ -e go ]; do sleep 0.01; done; wc -c\"}", "");
	attach(&x);
	CLEANUP_FREE char *block = xmalloc(300001);
	memset(block, 'x', 300000);
	block[300000] = 0;
	type_in(&x, block);
	assert_int_equal(x.input->data(x.input, now_ms(), "1", 1), 0);
	touch_beside_the_task(&x, "go");
	AWAIT(&x, x.input->data(x.input, now_ms(), "1", 1) == 1);
	x.input->over(x.input, now_ms(), true);
	end(&x);
}

static void a_session_whose_client_leaves_is_killed_with_all_its_processes(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"trap '' TERM HUP; set -m; sleep 1000 & echo $!; wait\"}", "");
	AWAIT(&x, x.out.len > 0 && x.out.data[x.out.len - 1] == '\n');
	pid_t child = (pid_t)strtol(buf_str(&x.out), NULL, 10);
	assert_int_equal(kill(child, 0), 0);
	x.s->closed(x.s);
	AWAIT(&x, process_runner_count(x.f.runner) == 1);
	/* Killed; whoever is its parent now may take a moment to notice. */
	CLEANUP_FREE char *stat = xasprintf("/proc/%d/stat", child);
	for (int i = 0; i < 1000; i++) {
		FILE *p = fopen(stat, "r");
		char mark = 'Z';
		if (p) {
			(void)!fscanf(p, "%*d (%*[^)]) %c", &mark);
			fclose(p);
		}
		if (mark == 'Z' || mark == 'X') {
			break;
		}
		assert_true(i < 999);
		usleep(1000);
	}
	end(&x);
}

static void statistics_are_those_of_the_processes(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; sleep 1000; :\"}", "");
	AWAIT(&x, x.out.len > 0);
	struct rig_answer a =
	    call(&x, "application/json", "{\"type\":\"GET_CONTAINERS\",\"get_containers\":{\"show_nested\":true}}");
	json_t *answer = js_parse(a.body, strlen(a.body), NULL);
	const json_t *all = js_at(answer, "get_containers", "containers", NULL);
	const json_t *task = js_obj(json_array_get(all, 1), "resource_statistics");
	const json_t *session = js_obj(json_array_get(all, 2), "resource_statistics");
	double spent = js_num(session, "cpus_user_time_secs", 0) + js_num(session, "cpus_system_time_secs", 0);
	assert_int_equal(json_array_size(all), 3);
	assert_true(spent >= 0.02);
	assert_true(js_num(task, "cpus_user_time_secs", 0) >= js_num(session, "cpus_user_time_secs", 9));
	assert_in_range(js_int(session, "mem_rss_bytes", 0), 100000, (size_t)64 << 20);
	json_decref(answer);
	rig_answer_done(&a);
	end(&x);
}

static void freeing_the_runner_ends_an_open_session(void **state)
{
	struct session x;
	(void)state;
	begin(&x, "{\"value\":\"cat\"}", ",\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}");
	attach(&x);
	type_in(&x, "abc\n");
	AWAIT(&x, x.out.len > 0);
	mesos_agent_kill(mesos_cluster_agent(x.f.r.c, "agent1"), now_ms());
	assert_true(x.s->cut);
	assert_true(x.input->answered);
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(output_and_error_come_apart_and_before_the_end),
	    cmocka_unit_test(a_file_that_is_not_there_is_named_on_stderr),
	    cmocka_unit_test(every_byte_passes_as_it_is),
	    cmocka_unit_test(the_end_of_input_is_heard_by_the_process),
	    cmocka_unit_test(a_terminal_echoes_has_its_size_and_control_keys),
	    cmocka_unit_test(fifty_megabytes_pass_whole_while_the_reader_is_slow_and_nothing_piles_up),
	    cmocka_unit_test(input_waits_for_a_process_that_does_not_read),
	    cmocka_unit_test(a_session_whose_client_leaves_is_killed_with_all_its_processes),
	    cmocka_unit_test(statistics_are_those_of_the_processes),
	    cmocka_unit_test(freeing_the_runner_ends_an_open_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
