/* ATTACH_CONTAINER_INPUT: records in pieces, room for input, one client at a time. */
#include <signal.h>

#include "tests/unit/sandbox/mesos_pod.h"

#define TTY ",\"container\":{\"type\":\"MESOS\",\"tty_info\":{\"window_size\":{\"rows\":40,\"columns\":100}}}"

static void every_split_of_the_body_is_the_same_input(void **state)
{
	(void)state;
	struct pod p;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	CLEANUP_FREE char *names = pod_names(&p, "s"), *first = pod_record(names);
	CLEANUP_FREE char *second = pod_record(POD_STDIN("aGVsbG8K"));
	CLEANUP_FREE char *body = xasprintf("%s%s%s", first, second, second);
	for (size_t cut = 0; cut <= strlen(body); cut++) {
		struct pod_input in = pod_input(&p);
		buf_clear(&pod_beside(&p, "s")->input);
		assert_int_equal(in.u->data(in.u, p.r.now, body, cut), cut);
		assert_int_equal(in.u->data(in.u, p.r.now, body + cut, strlen(body) - cut), strlen(body) - cut);
		pod_input_over(&in, true);
		pod_input_expect(&in, 200, "");
		assert_string_equal(buf_str(&pod_beside(&p, "s")->input), "hello\nhello\n");
	}
	pod_leave(s);
	pod_done(&p);
}

static int wakes;

static void count_wake(struct sandbox_upload *u)
{
	(void)u;
	wakes++;
}

static void no_more_is_taken_than_the_process_takes(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct pod_input in = pod_attach(&p, "s");
	wakes = 0;
	in.u->wake = count_wake;
	p.room = 4;
	CLEANUP_FREE char *record = pod_record(POD_STDIN("aGVsbG8K"));
	CLEANUP_FREE char *two = xasprintf("%s%s", record, record);
	/* The one that it stumbles over is the last. */
	assert_int_equal(in.u->data(in.u, p.r.now, two, strlen(two)), strlen(record));
	assert_int_equal(in.u->data(in.u, p.r.now, two, strlen(two)), 0);
	p.room = 1;
	mesos_cluster_writable(p.r.c, pod_beside(&p, "s")->container_id, p.r.now);
	assert_int_equal(wakes, 0);
	p.room = SIZE_MAX;
	mesos_cluster_writable(p.r.c, pod_beside(&p, "s")->container_id, p.r.now);
	assert_int_equal(wakes, 1);
	assert_string_equal(buf_str(&pod_beside(&p, "s")->input), "hello\n");
	/* The answer waits for the last byte. */
	p.room = 0;
	assert_int_equal(in.u->data(in.u, p.r.now, record, strlen(record)), strlen(record));
	pod_input_over(&in, true);
	assert_false(in.u->answered);
	p.room = SIZE_MAX;
	mesos_cluster_writable(p.r.c, pod_beside(&p, "s")->container_id, p.r.now);
	pod_input_expect(&in, 200, "");
	assert_string_equal(buf_str(&pod_beside(&p, "s")->input), "hello\nhello\n");
	pod_leave(s);
	pod_done(&p);
}

static void empty_data_is_the_end_for_pipes_and_nothing_on_a_terminal(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *pipes = pod_session(&p, "pipes", ""), *tty = pod_session(&p, "tty", TTY);
	struct pod_input a = pod_attach(&p, "pipes"), b = pod_attach(&p, "tty");
	pod_feed(&a, POD_STDIN(""));
	pod_feed(&b, POD_STDIN(""));
	assert_true(pod_beside(&p, "pipes")->input_ended);
	assert_false(pod_beside(&p, "tty")->input_ended);
	pod_input_over(&a, true);
	pod_input_over(&b, true);
	pod_input_expect(&a, 200, "");
	pod_input_expect(&b, 200, "");
	pod_leave(pipes);
	pod_leave(tty);
	pod_done(&p);
}

static void only_a_control_message_gives_a_terminal_its_size(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", TTY);
	const struct pod_process *x = pod_beside(&p, "s");
	struct pod_input in = pod_attach(&p, "s");
	assert_int_equal(x->rows, 0);
	pod_feed(
	    &in,
	    "{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"TTY_INFO\",\"tty_"
	    "info\":{\"window_size\":{\"rows\":24,\"columns\":80}}}}}");
	assert_int_equal(x->rows, 24);
	assert_int_equal(x->columns, 80);
	pod_feed(&in,
		 "{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"HEARTBEAT\","
		 "\"heartbeat\":{\"interval\":{\"nanoseconds\":30000000000}}}}}");
	assert_false(in.u->answered);
	pod_input_over(&in, true);
	pod_input_expect(&in, 200, "");
	pod_leave(s);
	pod_done(&p);
}

static void one_client_at_a_time_and_none_after_one_that_broke_off(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct pod_input first = pod_attach(&p, "s"), second = pod_attach(&p, "s");
	pod_input_expect(&second, 409, "Multiple input connections are not allowed");
	pod_input_over(&first, true);
	pod_input_expect(&first, 200, "");
	struct pod_input third = pod_attach(&p, "s");
	pod_input_over(&third, false);
	sandbox_upload_unref(third.u);
	struct pod_input fourth = pod_attach(&p, "s");
	pod_input_expect(&fourth, 409, "Multiple input connections are not allowed");
	pod_leave(s);
	pod_done(&p);
}

static void with_pipes_input_goes_on_for_a_second_after_the_process(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", ""), *t = pod_session(&p, "t", "");
	struct pod_input in = pod_attach(&p, "s"), patient = pod_attach(&p, "t");
	pod_exit(&p, pod_beside(&p, "s"), 0);
	pod_exit(&p, pod_beside(&p, "t"), 0);
	assert_false(s->ended);
	pod_input_over(&in, true);
	pod_input_expect(&in, 200, "");
	assert_true(s->ended);
	rig_sleep(&p.r, 999);
	assert_false(t->ended);
	rig_sleep(&p.r, 1);
	assert_true(t->ended);
	pod_input_expect(&patient, 200, "");
	sandbox_stream_unref(s);
	sandbox_stream_unref(t);
	pod_done(&p);
}

static void on_a_terminal_input_is_disconnected_with_the_process(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", TTY);
	struct pod_input in = pod_attach(&p, "s");
	pod_exit(&p, pod_beside(&p, "s"), 6 << 8);
	assert_true(s->ended);
	pod_input_expect(&in, 500, "Disconnected");
	sandbox_stream_unref(s);
	pod_done(&p);
}

static void input_that_nobody_reads_is_an_error(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct pod_input in = pod_attach(&p, "s");
	p.deaf = true;
	pod_feed(&in, POD_STDIN("aGVsbG8K"));
	pod_input_expect(&in, 500, "Failed writing to stdin: Broken pipe");
	pod_leave(s);
	pod_done(&p);
}

struct refusal {
	const char *second; /* record after the one that names the container; NULL: none of them */
	const char *first;  /* instead of the one that names the container */
	int status;
	const char *text;
};

static void what_makes_no_sense_is_refused_with_a_sentence(void **state)
{
	static const struct refusal table[] = {
	    {NULL, POD_STDIN("eA=="), 400, "Expecting 'attach_container_input.type' to be CONTAINER_ID"},
	    {"{\"type\":\"CONTAINER_ID\",\"container_id\":{\"value\":\"x\"}}", NULL, 400,
	     "Expecting 'attach_container_input.type' to be 'PROCESS_IO' instead of: 'CONTAINER_ID'"},
	    {"{\"type\":\"PROCESS_IO\"}", NULL, 400, "Expecting 'attach_container_input.process_io' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{}}", NULL, 400, "Expecting 'process_io.type' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"DATA\"}}", NULL, 400,
	     "Expecting 'process_io.data' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"DATA\",\"data\":{\"type\":\"STDOUT\",\"data\":\"\"}}"
	     "}",
	     NULL, 400, "Expecting 'process_io.data.type' to be 'STDIN'"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"DATA\",\"data\":{\"type\":\"STDIN\"}}}", NULL, 400,
	     "Expecting 'process_io.data.data' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"TTY_INFO\"}}}",
	     NULL, 400, "Expecting 'process_io.control.tty_info' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"TTY_INFO\",\"tty_"
	     "info\":{}}}}",
	     NULL, 400, "Expecting 'tty_info.window_size' to be present"},
	    {"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"CONTROL\",\"control\":{\"type\":\"HEARTBEAT\"}}}",
	     NULL, 400, "Expecting 'process_io.control.heartbeat' to be present"},
	};
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pod_input in = table[i].first ? pod_input(&p) : pod_attach(&p, "s");
		pod_feed(&in, table[i].first ? table[i].first : table[i].second);
		pod_input_expect(&in, table[i].status, table[i].text);
	}
	struct pod_input unknown = pod_attach(&p, "zz");
	CLEANUP_FREE char *text = xasprintf("Unknown container %s.%s.zz", p.executor_id, p.task_id);
	pod_input_expect(&unknown, 500, text);
	pod_leave(s);
	pod_done(&p);
}

static void garbage_and_lengths_beyond_the_limit_are_refused(void **state)
{
	static const char *const table[] = {"x", "12x", "0\n", "99999999\n", "111111111111111111111111", "3\n{x}"};
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pod_input in = pod_input(&p);
		in.u->data(in.u, p.r.now, table[i], strlen(table[i]));
		assert_true(in.u->answered);
		assert_int_equal(in.u->answer.status, 400);
		sandbox_upload_unref(in.u);
	}
	struct pod_input empty = pod_input(&p);
	pod_input_over(&empty, true);
	pod_input_expect(&empty, 400, "Received EOF while reading request body");
	pod_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_split_of_the_body_is_the_same_input),
	    cmocka_unit_test(no_more_is_taken_than_the_process_takes),
	    cmocka_unit_test(empty_data_is_the_end_for_pipes_and_nothing_on_a_terminal),
	    cmocka_unit_test(only_a_control_message_gives_a_terminal_its_size),
	    cmocka_unit_test(one_client_at_a_time_and_none_after_one_that_broke_off),
	    cmocka_unit_test(with_pipes_input_goes_on_for_a_second_after_the_process),
	    cmocka_unit_test(on_a_terminal_input_is_disconnected_with_the_process),
	    cmocka_unit_test(input_that_nobody_reads_is_an_error),
	    cmocka_unit_test(what_makes_no_sense_is_refused_with_a_sentence),
	    cmocka_unit_test(garbage_and_lengths_beyond_the_limit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
