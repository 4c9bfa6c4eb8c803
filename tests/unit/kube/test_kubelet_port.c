#include "base/http_head.h"
#include "tests/unit/kube/kubelet_rig.h"

static void a_request_of_somebody_who_may_is_answered_and_the_connection_ends(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/healthz"));
	assert_string_equal(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
				    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nok");
	assert_status(ask(f, NULL, GET_WITH("/healthz", "Authorization: bearer good")), 200);
	const char *head = ask(f, &admin, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(head, "Content-Length: 2\r\n"));
	assert_null(strstr(head, "ok"));
	assert_string_equal(buf_str(&f->log),
			    "GET /healthz 200 admin\nGET /healthz 200 admin\nHEAD /healthz 200 admin\n");
}

static void nobody_without_rights_gets_anything(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const struct cert *who;
		const char *request;
		int status;
	} attacks[] = {
	    {NULL, GET("/pods"), 401},
	    {NULL, GET("/nope"), 401},
	    {NULL, GET("/../etc/passwd"), 401},
	    {&stranger, GET("/pods"), 401},    /* the right name, signed by somebody else */
	    {&late, GET("/pods"), 401},	       /* expired */
	    {&server_cert, GET("/pods"), 403}, /* known to the authority, but to nobody else */
	    {NULL, GET_WITH("/pods", "Authorization: Bearer bad"), 401},
	    {NULL, GET_WITH("/pods", "Authorization: Bearer "), 401},
	    {NULL, GET_WITH("/pods", "Authorization: Basic Z29vZA=="), 401},
	    {NULL, GET_WITH("/pods", "X-Remote-User: admin"), 401},
	    {&reader, GET("/exec/d/p/c?command=sh&output=1"), 403}, /* reading is no right to run */
	    {&reader, UPGRADE("/exec/d/p/c?command=sh&output=1", "v4.channel.k8s.io"), 403},
	    {&reader, UPGRADE("/portForward/d/p", "portforward.k8s.io"), 403},
	    {&admin, GET("/nope"), 404},
	    {&admin, GET("//pods"), 404},
	    {&admin, GET("/./pods"), 404},
	    {&admin, GET("/exec/d/..%2f..%2fx/c?command=sh&output=1"), 404},
	    {&admin, "DELETE /pods HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /", 400},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400},
	    {&admin, "GET /pods HTTP/1.1\nHost: x\r\n\r\n", 505},
	    {&admin, "\r\n\r\n", 400},
	    {&admin, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	};
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		assert_status(ask(f, attacks[i].who, attacks[i].request), attacks[i].status);
	}
	assert_int_equal(f->requests, 0);
	assert_status(ask(f, &admin, GET("/healthz")), 200);
}

static void a_second_request_on_a_connection_is_not_answered(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/healthz") GET("/pods"));
	assert_int_equal(f->requests, 1);
	assert_null(strstr(answer + 1, "HTTP/1.1"));
}

static void a_head_that_never_ends_is_refused_when_it_is_too_long(void **state)
{
	struct fixture *f = *state;
	char piece[4096];
	memset(piece, 'a', sizeof(piece));
	dial(f, &admin);
	tls_client_text(&f->client, "GET /pods HTTP/1.1\r\nHost: x\r\nA: ");
	for (size_t i = 0; i <= HTTP_REQUEST_HEAD_MAX / sizeof(piece); i++) {
		tls_client_send(&f->client, piece, sizeof(piece));
	}
	run_until_heard(f, "HTTP/1.1 431 ");
	assert_int_equal(f->requests, 0);
}

static void a_long_answer_is_sent_as_the_client_reads_it(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/containerLogs/d/p/c"));
	assert_non_null(strstr(answer, "Transfer-Encoding: chunked\r\n"));
	assert_memory_equal(answer + f->client.in.len - 7, "\r\n0\r\n\r\n", 7);
	size_t lines = 0;
	for (size_t i = 0; i < f->client.in.len; i++) {
		lines += answer[i] == 'g' && answer[i + 1] == '\n'; /* … of a log */
	}
	assert_int_equal(lines, LONG_LINES);
	assert_int_equal(f->gone, 0);
}

static void a_client_that_goes_away_is_told_to_the_owner(void **state)
{
	struct fixture *f = *state;
	dial(f, &admin);
	tls_client_text(&f->client, GET("/containerLogs/d/p/c?follow=true"));
	run_until_heard(f, "200 OK");
	hang_up(f);
	while (!f->gone) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void what_is_no_upgrade_or_speaks_nothing_known_is_refused(void **state)
{
	struct fixture *f = *state;
#define EXEC "/exec/d/p/c?command=sh&output=1"
	const char *answer = ask(f, &admin, GET(EXEC));
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "unable to upgrade: missing upgrade headers in request"));
	answer =
	    ask(f, &admin, "POST " EXEC " HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "header X-Stream-Protocol-Version does not exist in request with 3 headers"));
	answer = ask(f, &admin, UPGRADE(EXEC, "v9.channel.k8s.io"));
	assert_status(answer, 403);
	assert_non_null(strstr(answer, "X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"));
	assert_status(ask(f, &admin, UPGRADE("/portForward/d/p", "v4.channel.k8s.io")), 403);
	answer = ask(f, &admin, UPGRADE(EXEC, "v4.channel.k8s.io") "smuggled");
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "unable to upgrade: bytes before the upgrade was answered"));
}

static void start_exec(struct fixture *f)
{
	size_t n;
	CLEANUP_FREE char *bytes = recorded("exec-stdin.c2s", &n);
	dial(f, &admin);
	tls_client_text(&f->client,
			UPGRADE("/exec/default/run-1/main?command=cat&error=1&input=1&output=1", "v4.channel.k8s.io"));
	run_until_heard(f, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
			   "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n");
	/* without the end of the input */
	tls_client_send(&f->client, bytes, n - 8);
	run_until_heard(f, "hello stdin");
}

static void a_recorded_exec_runs_over_the_port(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	tls_client_send(&f->client, "\0\0\0\3\1\0\0\0", 8);
	run_until_closed(f);
	assert_string_equal(buf_str(&f->input), "hello stdin\n");
	const struct buf *in = &f->client.in;
	assert_non_null(memmem(in->data, in->len, "started\n", 8));
	assert_non_null(memmem(in->data, in->len, "\"reason\":\"NonZeroExitCode\"", 26));
	assert_memory_equal(in->data + in->len - 16, "\x80\3\0\7\0\0\0\x08\0\0\0\7\0\0\0\0", 16);
	assert_int_equal(f->cancelled, 0);
}

static void a_client_that_leaves_an_exec_cancels_it(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	hang_up(f);
	while (!f->cancelled) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void a_client_that_leaves_while_it_is_held_is_noticed(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	remote_input_full(f->remote, true);
	tls_client_send(&f->client, "\0\0\0\3\0\0\0\4more", 12);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(f->cancelled, 0);
	hang_up(f);
	while (!f->cancelled) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_string_equal(buf_str(&f->input), "hello stdin\n");
}

static void nonsense_after_an_upgrade_ends_the_session(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	tls_client_text(&f->client, "GET / HTTP/1.1\r\n\r\n");
	run_until_closed(f);
	assert_int_equal(f->cancelled, 1);
}

static void a_recorded_port_forward_runs_over_the_port(void **state)
{
	struct fixture *f = *state;
	size_t n;
	CLEANUP_FREE char *bytes = recorded("port-forward.c2s", &n);
	dial(f, &admin);
	tls_client_text(&f->client, UPGRADE("/portForward/default/run-1", "portforward.k8s.io"));
	run_until_heard(f, "X-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n");
	tls_client_send(&f->client, bytes, n);
	run_until_closed(f);
	assert_non_null(memmem(f->client.in.data, f->client.in.len, "GET / HTTP/1.1\r\nHost: x", 23)); /* the echo */
	hang_up(f);
	while (!f->overs) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void the_end_of_the_port_ends_everything(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	kubelet_port_free(f->port);
	f->port = NULL;
	assert_int_equal(f->cancelled, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_request_of_somebody_who_may_is_answered_and_the_connection_ends),
	    TEST(nobody_without_rights_gets_anything),
	    TEST(a_second_request_on_a_connection_is_not_answered),
	    TEST(a_head_that_never_ends_is_refused_when_it_is_too_long),
	    TEST(a_long_answer_is_sent_as_the_client_reads_it),
	    TEST(a_client_that_goes_away_is_told_to_the_owner),
	    TEST(what_is_no_upgrade_or_speaks_nothing_known_is_refused),
	    TEST(a_recorded_exec_runs_over_the_port),
	    TEST(a_client_that_leaves_an_exec_cancels_it),
	    TEST(a_client_that_leaves_while_it_is_held_is_noticed),
	    TEST(nonsense_after_an_upgrade_ends_the_session),
	    TEST(a_recorded_port_forward_runs_over_the_port),
	    TEST(the_end_of_the_port_ends_everything),
	};
	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
