#include "tests/unit/unit.h"

#include <jansson.h>

#include "base/file.h"
#include "base/js.h"
#include "mesos/session.h"
#include "tests/unit/tiny_server.h"

#define SESSION TEST_DATA "/mesos/agent/session.body"

/* A scripted agent and what a session told. */
struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct tiny_server server;
	char url[64];
	struct mesos_session *session;
	struct tiny_conn *output, *input, *waiting;
	struct buf out, err;
	struct buf asked;  /* bodies of the calls, a line each */
	struct buf chunks; /* of a whole streamed request */
	int ends, exit_status, fulls;
	bool full;
	struct err why;
};

static void on_request(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	if (q->method[0] != 'P') {
		buf_puts(&f->chunks, q->head); /* taken for a head, since they end as one does */
		return;
	}
	if (strstr(q->head, "Content-Type: application/recordio")) {
		f->input = c;
		return;
	}
	buf_append(&f->asked, q->body, q->body_len);
	buf_putc(&f->asked, '\n');
	if (strstr(q->body, "WAIT_NESTED_CONTAINER")) {
		f->waiting = c;
	} else {
		f->output = c;
	}
}

static void on_output(void *arg, enum process_io_type type, const char *bytes, size_t n)
{
	struct fixture *f = arg;
	buf_append(type == PROCESS_IO_STDOUT ? &f->out : &f->err, bytes, n);
}

static void on_input_full(void *arg, bool full)
{
	struct fixture *f = arg;
	f->full = full;
	f->fulls++;
}

static void on_exit_(void *arg, int wait_status)
{
	struct fixture *f = arg;
	f->ends++;
	f->exit_status = wait_status;
}

static void on_failed(void *arg, const struct err *why)
{
	struct fixture *f = arg;
	f->ends++;
	f->why = *why;
}

static const struct mesos_session_handlers handlers = {on_output, on_input_full, on_exit_, on_failed};

/* At this address, or at the server's. */
static void begin(struct fixture *f, struct mesos_session_spec spec, const char *url)
{
	struct err e = {0};
	*f = (struct fixture){.out = BUF_INIT(1 << 20),
			      .err = BUF_INIT(1 << 20),
			      .asked = BUF_INIT(1 << 20),
			      .chunks = BUF_INIT(1 << 20),
			      .exit_status = -7};
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->client = http_client_new(&f->loop, NULL, &e);
	tiny_start(&f->server, &f->loop, NULL, on_request, f);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d", f->server.port);
	struct mesos_agent agent = {.http = f->client, .url = url ? url : f->url, .user = "p", .password = "s"};
	f->session = mesos_session_start(&agent, &spec, &handlers, f);
}

static void run_until_asked(struct fixture *f)
{
	while (!f->output) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void start(struct fixture *f, struct mesos_session_spec spec)
{
	begin(f, spec, NULL);
	run_until_asked(f);
}

static void stop(struct fixture *f)
{
	mesos_session_free(f->session);
	http_client_free(f->client);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	buf_done(&f->out);
	buf_done(&f->err);
	buf_done(&f->asked);
	buf_done(&f->chunks);
}

static const char *const words[] = {"sh", "-c", "exit 5"};
#define COMMAND .container_id = "x.t.s", .command = words, .n_command = 3

static void records(struct fixture *f, const char *bytes, size_t n)
{
	char head[32];
	snprintf(head, sizeof(head), "%zx\r\n", n);
	tiny_text(f->output, head);
	tiny_send(f->output, bytes, n);
	tiny_text(f->output, "\r\n");
}

static void output_ends(struct fixture *f)
{
	tiny_text(f->output, "0\r\n\r\n");
}

static void exited(struct fixture *f, const char *answer)
{
	while (!f->waiting) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	tiny_reply_json(f->waiting, 200, answer);
	assert_true(tiny_run(&f->loop, &f->ends, 1));
}

/* What the agent got of input so far, chunks and all. */
static void run_until_input(struct fixture *f, const char *text)
{
	while (!f->input || (!strstr(buf_str(&f->input->in), text) && !strstr(buf_str(&f->chunks), text))) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void a_command_is_asked_for_as_the_protocol_says_and_its_end_is_told(void **state)
{
	(void)state;
	struct fixture f;
	size_t n;
	struct err e = {0};
	CLEANUP_FREE char *body = file_read(SESSION, 1 << 20, &n, &e);
	start(&f, (struct mesos_session_spec){COMMAND});
	tiny_chunked(f.output, 200);
	records(&f, body, n);
	output_ends(&f);
	exited(&f, "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"exit_status\":1280}}");
	assert_string_equal(buf_str(&f.out), "out\nbye\n");
	assert_string_equal(buf_str(&f.err), "err\n");
	assert_int_equal(f.exit_status, 1280);
	assert_null(f.input);
	assert_string_equal(
	    buf_str(&f.asked),
	    "{\"type\":\"LAUNCH_NESTED_CONTAINER_SESSION\",\"launch_nested_container_session\":{\"container_id\":{"
	    "\"value\":\"s\",\"parent\":{\"value\":\"t\",\"parent\":{\"value\":\"x\"}}},\"command\":{\"shell\":false,"
	    "\"value\":\"sh\",\"arguments\":[\"sh\",\"-c\",\"exit 5\"]}}}\n"
	    "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"container_id\":{\"value\":\"s\","
	    "\"parent\":{"
	    "\"value\":\"t\",\"parent\":{\"value\":\"x\"}}}}}\n");
	stop(&f);
}

static void a_command_is_launched_with_the_linux_info_that_is_given(void **state)
{
	(void)state;
	struct fixture f;
	CLEANUP_JSON json_t *info = json_pack("{s:{s:[s]}}", "bounding_capabilities", "capabilities", "KILL");
	start(&f, (struct mesos_session_spec){COMMAND, .linux_info = info});
	tiny_chunked(f.output, 200);
	output_ends(&f);
	exited(&f, "{}");
	assert_non_null(strstr(buf_str(&f.asked), "\"container\":{\"type\":\"MESOS\",\"linux_info\":{\"bounding_"
						  "capabilities\":{\"capabilities\":[\"KILL\"]}}}}}\n"));
	stop(&f);
}

static void every_split_of_the_records_gives_the_same_output(void **state)
{
	(void)state;
	size_t n;
	struct err e = {0};
	CLEANUP_FREE char *body = file_read(SESSION, 1 << 20, &n, &e);
	for (size_t at = 1; at < n; at += 7) {
		struct fixture f;
		start(&f, (struct mesos_session_spec){COMMAND});
		tiny_chunked(f.output, 200);
		records(&f, body, at);
		records(&f, body + at, n - at);
		output_ends(&f);
		exited(&f, "{}");
		assert_string_equal(buf_str(&f.out), "out\nbye\n");
		assert_int_equal(f.exit_status, -1); /* the agent did not say */
		stop(&f);
	}
}

static void input_given_early_follows_the_attachment_and_its_end_is_an_empty_record(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){COMMAND, .input = true});
	mesos_session_input(f.session, "hello\n", 6);
	tiny_chunked(f.output, 200);
	run_until_input(
	    &f, "{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":{\"type\":\"CONTAINER_ID\","
		"\"container_id\":{\"value\":\"s\",\"parent\":{\"value\":\"t\",\"parent\":{\"value\":\"x\"}}}}}");
	run_until_input(&f, "{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":{\"type\":\"PROCESS_IO\","
			    "\"process_io\":{\"type\":\"DATA\",\"data\":{\"type\":\"STDIN\",\"data\":\"aGVsbG8K\"}}}}");
	mesos_session_input_end(f.session);
	run_until_input(&f, "\"data\":{\"type\":\"STDIN\",\"data\":\"\"}}}}\r\n0\r\n\r\n");
	mesos_session_input(f.session, "late", 4); /* goes nowhere */
	stop(&f);
}

static void a_terminal_is_resized_and_its_input_ends_with_a_character(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct mesos_session_spec){COMMAND, .input = true, .tty = true}, NULL);
	mesos_session_resize(f.session, 80, 24);
	run_until_asked(&f);
	assert_non_null(strstr(buf_str(&f.asked), "\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}"));
	tiny_chunked(f.output, 200);
	mesos_session_resize(f.session, 100, 40);
	run_until_input(&f, "{\"type\":\"CONTROL\",\"control\":{\"type\":\"TTY_INFO\",\"tty_info\":{\"window_size\":{"
			    "\"rows\":40,\"columns\":100}}}}");
	mesos_session_input_end(f.session);
	run_until_input(&f, "\"data\":\"BA==\"");
	stop(&f);
}

static void a_terminal_has_the_size_that_came_first_from_its_beginning(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct mesos_session_spec){COMMAND, .input = true, .tty = true}, NULL);
	mesos_session_input(f.session, "typed early", 11);
	uv_run(&f.loop, UV_RUN_NOWAIT);
	assert_null(f.output); /* the launch waits for a size */
	mesos_session_resize(f.session, 80, 24);
	mesos_session_resize(f.session, 100, 40);
	run_until_asked(&f);
	assert_non_null(strstr(buf_str(&f.asked), "\"value\":\"sh\",\"arguments\":[\"sh\",\"-c\",\"{ ["));
	assert_non_null(strstr(buf_str(&f.asked), "stty rows 24 columns 80"));
	assert_non_null(strstr(buf_str(&f.asked), "\"sh\",\"-c\",\"exit 5\"]"));
	tiny_chunked(f.output, 200);
	run_until_input(&f, "\"rows\":40,\"columns\":100"); /* what other programs get, and changes since */
	const char *typed = strstr(buf_str(&f.input->in), "dHlwZWQgZWFybHk=");
	assert_true(typed && typed < strstr(buf_str(&f.input->in), "\"rows\":24,\"columns\":80"));
	stop(&f);
}

static void a_client_that_tells_no_size_gets_its_terminal_all_the_same(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){COMMAND, .input = true, .tty = true});
	assert_non_null(strstr(buf_str(&f.asked), "\"value\":\"sh\",\"arguments\":[\"sh\",\"-c\",\"exit 5\"]"));
	stop(&f);
}

static void who_leaves_before_the_size_is_known_leaves_no_call_behind(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct mesos_session_spec){COMMAND, .input = true, .tty = true}, NULL);
	mesos_session_free(f.session);
	f.session = NULL;
	stop(&f);
	assert_null(f.output);
}

static void start_attach(struct fixture *f, bool keeps_input)
{
	start(f, (struct mesos_session_spec){
		     .container_id = "x.t", .input = true, .tty = true, .keeps_input = keeps_input});
	tiny_chunked(f->output, 200);
	run_until_input(f, "\"container_id\":{\"value\":\"t\",\"parent\":{\"value\":\"x\"}}");
}

static void who_leaves_an_attachment_ends_its_input_in_order(void **state)
{
	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		struct fixture f;
		start_attach(&f, keeps);
		mesos_session_free(f.session);
		f.session = NULL;
		run_until_input(&f, "0\r\n\r\n");
		bool told = strstr(buf_str(&f.chunks), "\"data\":\"BA==\"") || strstr(buf_str(&f.input->in), "BA==");
		assert_int_equal(told, !keeps);
		stop(&f);
	}
}

static void the_end_of_an_attachments_input_is_not_the_containers(void **state)
{
	(void)state;
	struct fixture f;
	start_attach(&f, true);
	mesos_session_input_end(f.session);
	mesos_session_resize(f.session, 100, 40);
	run_until_input(&f, "\"columns\":100");
	assert_null(strstr(buf_str(&f.chunks), "BA=="));
	stop(&f);
}

static void an_attachment_whose_input_is_refused_says_so(void **state)
{
	(void)state;
	struct fixture f;
	start_attach(&f, true);
	tiny_reply(f.input, 409, "", "Multiple input connections are not allowed");
	assert_true(tiny_run(&f.loop, &f.ends, 1));
	assert_string_equal(f.why.text, "give input to the container: the Mesos agent answers 409: Multiple input "
					"connections are not allowed");
	stop(&f);
}

static void who_attaches_without_input_keeps_it_from_nobody(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){.container_id = "x.t", .tty = true});
	tiny_chunked(f.output, 200);
	mesos_session_resize(f.session, 100, 40);
	records(&f, "2\n{}", 4);
	assert_true(tiny_run(&f.loop, &f.ends, 1)); /* a record that is none; nothing else was asked until it came */
	assert_null(f.input);
	stop(&f);
}

static void what_the_agent_refuses_is_told_in_its_words(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){.container_id = "x.t"});
	assert_non_null(strstr(buf_str(&f.asked), "{\"type\":\"ATTACH_CONTAINER_OUTPUT\",\"attach_container_output\":{"
						  "\"container_id\":{\"value\":\"t\",\"parent\":{\"value\":\"x\"}}}}"));
	tiny_reply(f.output, 500, "", "Container x.t has no I/O switchboard");
	assert_true(tiny_run(&f.loop, &f.ends, 1));
	assert_string_equal(
	    f.why.text, "attach to the container: the Mesos agent answers 500: Container x.t has no I/O switchboard");
	assert_int_equal(f.why.http_status, 500);
	stop(&f);
}

static void an_address_that_makes_no_url_is_told_of_in_the_loops_next_turn(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct mesos_session_spec){COMMAND, .input = true}, "http://[");
	assert_int_equal(f.ends, 0);
	mesos_session_input(f.session, "early", 5);
	assert_true(tiny_run(&f.loop, &f.ends, 1));
	assert_int_equal(f.why.code, ERR_INVALID);
	assert_non_null(strstr(f.why.text, "http://["));
	stop(&f);
}

static void a_record_that_is_none_ends_the_session_with_its_name(void **state)
{
	(void)state;
	static const char *const bad[] = {"x", "2\n{}", "3\nnot",
					  "53\n{\"type\":\"DATA\",\"data\":{\"type\":\"STDOUT\",\"data\":\"%%%\"}}"};
	for (size_t i = 0; i < 4; i++) {
		struct fixture f;
		start(&f, (struct mesos_session_spec){COMMAND});
		tiny_chunked(f.output, 200);
		records(&f, bad[i], strlen(bad[i]));
		assert_true(tiny_run(&f.loop, &f.ends, 1));
		assert_int_not_equal(f.why.code, ERR_NONE);
		assert_int_equal(f.exit_status, -7);
		stop(&f);
	}
}

static void an_agent_that_takes_no_input_makes_the_sender_wait(void **state)
{
	(void)state;
	static char piece[64 << 10];
	struct fixture f;
	start(&f, (struct mesos_session_spec){COMMAND, .input = true});
	size_t given = 0;
	while (!f.full) { /* nothing is taken before the container is there */
		mesos_session_input(f.session, piece, sizeof(piece));
		given += sizeof(piece);
	}
	assert_true(given <= MESOS_SESSION_INPUT_HIGH + sizeof(piece));
	tiny_chunked(f.output, 200);
	while (f.full) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	assert_int_equal(f.fulls, 2);
	stop(&f);
}

static void input_that_the_agent_refuses_leaves_the_output_alone(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){COMMAND, .input = true});
	tiny_chunked(f.output, 200);
	run_until_input(&f, "CONTAINER_ID");
	tiny_reply(f.input, 500, "", "Disconnected");
	output_ends(&f);
	exited(&f, "{\"wait_nested_container\":{\"exit_status\":0}}");
	assert_int_equal(f.exit_status, 0);
	stop(&f);
}

static void a_session_that_is_freed_leaves_the_agent_at_once(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct mesos_session_spec){COMMAND, .input = true});
	tiny_chunked(f.output, 200);
	run_until_input(&f, "CONTAINER_ID");
	mesos_session_free(f.session);
	f.session = NULL;
	while (f.server.open) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	assert_int_equal(f.ends, 0);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_command_is_asked_for_as_the_protocol_says_and_its_end_is_told),
	    cmocka_unit_test(a_command_is_launched_with_the_linux_info_that_is_given),
	    cmocka_unit_test(every_split_of_the_records_gives_the_same_output),
	    cmocka_unit_test(input_given_early_follows_the_attachment_and_its_end_is_an_empty_record),
	    cmocka_unit_test(a_terminal_is_resized_and_its_input_ends_with_a_character),
	    cmocka_unit_test(a_terminal_has_the_size_that_came_first_from_its_beginning),
	    cmocka_unit_test(a_client_that_tells_no_size_gets_its_terminal_all_the_same),
	    cmocka_unit_test(who_leaves_before_the_size_is_known_leaves_no_call_behind),
	    cmocka_unit_test(who_leaves_an_attachment_ends_its_input_in_order),
	    cmocka_unit_test(the_end_of_an_attachments_input_is_not_the_containers),
	    cmocka_unit_test(an_attachment_whose_input_is_refused_says_so),
	    cmocka_unit_test(who_attaches_without_input_keeps_it_from_nobody),
	    cmocka_unit_test(what_the_agent_refuses_is_told_in_its_words),
	    cmocka_unit_test(an_address_that_makes_no_url_is_told_of_in_the_loops_next_turn),
	    cmocka_unit_test(a_record_that_is_none_ends_the_session_with_its_name),
	    cmocka_unit_test(an_agent_that_takes_no_input_makes_the_sender_wait),
	    cmocka_unit_test(input_that_the_agent_refuses_leaves_the_output_alone),
	    cmocka_unit_test(a_session_that_is_freed_leaves_the_agent_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
