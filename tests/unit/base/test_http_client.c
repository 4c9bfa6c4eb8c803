#include "tests/unit/unit.h"

#include "base/http_client.h"
#include "tests/unit/certs.h"
#include "tests/unit/err_name.h"
#include "tests/unit/tiny_server.h"

/* One loop, one client, one server; and what a call's handlers were told. */
struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct tiny_server server;
	const char *answer; /* sent to every request */
	size_t answer_len, piece;
	bool close_after, reset_after;
	struct buf request;
};

struct told {
	int heads, done, datas;
	int status;
	size_t n_headers;
	struct err err;
	struct buf body;
	char *note; /* the X-Note header */
	int64_t retry_after_ms;
	struct http_call *call;
	int cancel_at_head, cancel_at_data;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	buf_clear(&f->request);
	buf_puts(&f->request, q->head);
	buf_append(&f->request, q->body, q->body_len);
	c->piece = f->piece;
	c->close_when_sent = f->close_after;
	c->reset_when_sent = f->reset_after;
	if (f->answer) {
		tiny_send(c, f->answer, f->answer_len);
	}
}

static void on_head(void *arg, const struct http_head *head)
{
	struct told *t = arg;
	t->heads++;
	t->status = head->status;
	if (t->cancel_at_head) {
		http_call_cancel(t->call);
	}
}

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct told *t = arg;
	t->datas++;
	buf_append(&t->body, bytes, n);
	if (t->cancel_at_data) {
		http_call_cancel(t->call);
	}
}

static void on_done(void *arg, const struct http_result *r)
{
	struct told *t = arg;
	t->done++;
	t->status = r->head.status;
	t->n_headers = r->head.n_headers;
	t->err = r->err;
	t->retry_after_ms = http_retry_after_ms(&r->head);
	buf_append(&t->body, r->body, r->body_len);
	const char *note = http_header(&r->head, "x-note");
	free(t->note);
	t->note = note ? xstrdup(note) : NULL;
}

static void told_init(struct told *t)
{
	*t = (struct told){.body = BUF_INIT(64u << 20)};
}

static void told_done(struct told *t)
{
	buf_done(&t->body);
	free(t->note);
}

static const struct http_handlers collecting = {.on_done = on_done};
static const struct http_handlers streaming = {.on_head = on_head, .on_data = on_data, .on_done = on_done};

static void fixture_start(struct fixture *f, SSL_CTX *tls, const struct http_limits *limits)
{
	struct err e;
	*f = (struct fixture){.request = BUF_INIT(64u << 20)};
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->client = http_client_new(&f->loop, limits, &e);
	assert_non_null(f->client);
	tiny_start(&f->server, &f->loop, tls, serve, f);
}

static void fixture_stop(struct fixture *f)
{
	http_client_free(f->client);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	buf_done(&f->request);
}

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct fixture));
	fixture_start(*state, NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	fixture_stop(*state);
	free(*state);
	return 0;
}

static void answer_with(struct fixture *f, const char *text)
{
	f->answer = text;
	f->answer_len = strlen(text);
}

static char *url_of(const struct fixture *f, const char *scheme, const char *path)
{
	return xasprintf("%s://127.0.0.1:%d%s", scheme, f->server.port, path);
}

/* One call to its end. `spec` without URL means http://server/. */
static void run_call(struct fixture *f, struct http_spec spec, const struct http_handlers *handlers, struct told *t)
{
	struct err e;
	CLEANUP_FREE char *url = url_of(f, f->server.tls ? "https" : "http", "/path?query=1");
	spec.url = spec.url ? spec.url : url;
	told_init(t);
	t->call = http_call_start(f->client, &spec, handlers, t, &e);
	assert_non_null(t->call);
	assert_int_equal(t->done, 0);
	assert_true(tiny_run(&f->loop, &t->done, 1));
	assert_int_equal(t->done, 1);
}

static void expect_error(struct fixture *f, struct http_spec spec, enum err_code code, const char *part)
{
	struct told t;
	run_call(f, spec, &collecting, &t);
	if (t.err.code != code || !strstr(t.err.text, part)) {
		fail_msg("%s, %s; wanted %s in it", err_code_name(t.err.code), t.err.text, part);
	}
	told_done(&t);
}

static const char whole_answer[] =
    "HTTP/1.1 200 OK\r\nX-Note: first\r\nX-Note: second\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";

static void an_answer_split_at_every_byte_is_the_same_answer(void **state)
{
	struct fixture *f = *state;
	answer_with(f, whole_answer);
	for (size_t piece = 1; piece < sizeof(whole_answer); piece++) {
		struct told t;
		f->piece = piece;
		run_call(f, (struct http_spec){0}, &collecting, &t);
		assert_int_equal(t.err.code, ERR_NONE);
		assert_int_equal(t.status, 200);
		assert_string_equal(buf_str(&t.body), "hello, world");
		assert_string_equal(t.note, "first");
		told_done(&t);
		run_call(f, (struct http_spec){0}, &streaming, &t);
		assert_int_equal(t.heads, 1);
		assert_string_equal(buf_str(&t.body), "hello, world");
		told_done(&t);
	}
}

static void a_request_carries_method_headers_and_body_and_nothing_it_was_not_told(void **state)
{
	struct fixture *f = *state;
	struct told t;
	struct http_header headers[] = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
	answer_with(f, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
	run_call(f,
		 (struct http_spec){
		     .method = "PATCH", .headers = headers, .n_headers = 2, .body = "{\"a\":1}", .body_len = 7},
		 &collecting, &t);
	assert_int_equal(t.status, 202);
	assert_memory_equal(buf_str(&f->request), "PATCH /path?query=1 HTTP/1.1\r\n", 30);
	assert_non_null(strstr(buf_str(&f->request), "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(buf_str(&f->request), "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(buf_str(&f->request), "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(buf_str(&f->request), "\r\n\r\n{\"a\":1}"));
	assert_null(strcasestr(buf_str(&f->request), "Expect"));
	assert_null(strcasestr(buf_str(&f->request), "Authorization"));
	told_done(&t);
	run_call(f, (struct http_spec){.method = "POST", .user = "me", .password = "secret"}, &collecting, &t);
	assert_non_null(strstr(buf_str(&f->request), "\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"));
	assert_non_null(strstr(buf_str(&f->request), "\r\nContent-Length: 0\r\n"));
	assert_null(strcasestr(buf_str(&f->request), "Content-Type"));
	told_done(&t);
}

static void a_body_of_two_megabytes_arrives_whole(void **state)
{
	struct fixture *f = *state;
	struct told t;
	size_t n = 2 << 20;
	CLEANUP_FREE char *body = xmalloc(n);
	memset(body, 'x', n);
	answer_with(f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	run_call(f, (struct http_spec){.method = "POST", .body = body, .body_len = n}, &collecting, &t);
	const char *at = strstr(buf_str(&f->request), "\r\n\r\n");
	assert_non_null(at);
	assert_memory_equal(at + 4, body, n);
	assert_int_equal(f->request.len, (size_t)(at + 4 - f->request.data) + n);
	told_done(&t);
}

static void a_redirect_is_an_answer_like_any_other(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, "HTTP/1.1 307 Temporary Redirect\r\nX-Note: //host:5050/x\r\nRetry-After: 3\r\n"
		       "Content-Length: 0\r\n\r\n");
	run_call(f, (struct http_spec){.method = "POST"}, &streaming, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_int_equal(t.status, 307);
	assert_string_equal(t.note, "//host:5050/x");
	assert_int_equal(t.retry_after_ms, 3000);
	assert_int_equal(f->server.requests, 1);
	told_done(&t);
}

static void a_refusal_of_a_streamed_call_is_collected_and_cut(void **state)
{
	struct fixture *f = *state;
	struct told t;
	CLEANUP_BUF struct buf answer = BUF_INIT(1 << 20);
	buf_printf(&answer, "HTTP/1.1 503 Down\r\nContent-Length: %d\r\n\r\n%0*d", 100000, 100000, 7);
	answer_with(f, answer.data);
	run_call(f, (struct http_spec){0}, &streaming, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_int_equal(t.status, 503);
	assert_int_equal(t.datas, 0);
	assert_int_equal(t.body.len, HTTP_REFUSAL_MAX);
	told_done(&t);
}

static void informational_heads_are_skipped(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, "HTTP/1.1 103 Early\r\nX-Note: early\r\n\r\nHTTP/1.1 200 OK\r\nX-Note: real\r\n"
		       "Content-Length: 0\r\n\r\n");
	run_call(f, (struct http_spec){0}, &streaming, &t);
	assert_int_equal(t.heads, 1);
	assert_int_equal(t.status, 200);
	assert_string_equal(t.note, "real");
	told_done(&t);
}

static void trailers_and_continued_headers_change_nothing(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, "HTTP/1.1 200 OK\r\nX-Note: a\r\n b: c\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "1\r\nx\r\n0\r\nX-Trailer: t\r\n\r\n");
	run_call(f, (struct http_spec){0}, &collecting, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_int_equal(t.n_headers, 2);
	assert_string_equal(t.note, "a");
	told_done(&t);
}

static void a_refused_connection_is_named(void **state)
{
	struct fixture *f = *state;
	tiny_stop_listening(&f->server);
	CLEANUP_FREE char *where = xasprintf("connect to 127.0.0.1:%d: Connection refused", f->server.port);
	expect_error(f, (struct http_spec){0}, ERR_IO, where);
	expect_error(f, (struct http_spec){.url = "http://no-such-host.invalid:5050/"}, ERR_IO,
		     "connect to no-such-host.invalid:5050: the name cannot be resolved");
}

static void a_broken_answer_is_one_clear_error(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *answer;
		enum err_code code;
		const char *part;
	} rows[] = {
	    {"", ERR_IO, "closed the connection without an answer"},
	    {"HTTP/1.1 200 OK\r\nContent-Le", ERR_IO, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ERR_IO, "in the middle of its answer"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ERR_IO, "closed"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ERR_IO, ""},
	    {"SSH-2.0-OpenSSH_9.2\r\n", ERR_PROTOCOL, "does not answer in HTTP"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", ERR_PROTOCOL, "does not answer in HTTP"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_with(f, rows[i].answer);
		f->close_after = true;
		expect_error(f, (struct http_spec){0}, rows[i].code, rows[i].part);
	}
	answer_with(f, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	f->reset_after = true;
	expect_error(f, (struct http_spec){0}, ERR_IO, "127.0.0.1:");
}

static void a_body_over_its_limit_is_an_error_and_one_at_its_limit_is_not(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, whole_answer);
	run_call(f, (struct http_spec){.max_body = 12}, &collecting, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	told_done(&t);
	expect_error(f, (struct http_spec){.max_body = 11}, ERR_LIMIT, "the answer's body is over 11 bytes");
}

static void a_head_over_its_limit_is_an_error(void **state)
{
	struct fixture *f = *state;
	CLEANUP_BUF struct buf answer = BUF_INIT(8 << 20);
	buf_puts(&answer, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 10000; i++) {
		buf_printf(&answer, "X-Header-%d: value\r\n", i);
	}
	buf_puts(&answer, "Content-Length: 0\r\n\r\n");
	answer_with(f, answer.data);
	expect_error(f, (struct http_spec){0}, ERR_LIMIT, "head is over 65536 bytes");
	buf_clear(&answer);
	buf_printf(&answer, "HTTP/1.1 200 OK\r\nX-Note: %0*d\r\nContent-Length: 0\r\n\r\n", 200000, 0);
	answer_with(f, answer.data);
	expect_error(f, (struct http_spec){0}, ERR_LIMIT, "head is over 65536 bytes");
}

static void silence_runs_into_each_of_the_time_outs(void **state)
{
	struct fixture *f = *state;
	expect_error(f, (struct http_spec){.timeout_ms = 50}, ERR_TIMEOUT, "no answer within 50 ms");
	expect_error(f, (struct http_spec){.head_timeout_ms = 40}, ERR_TIMEOUT, "no answer within 40 ms");
	expect_error(f, (struct http_spec){.idle_timeout_ms = 30}, ERR_TIMEOUT, "silent for 30 ms");
	answer_with(f, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	expect_error(f, (struct http_spec){.timeout_ms = 500}, ERR_TIMEOUT, "no whole answer within 500 ms");
	expect_error(f, (struct http_spec){.head_timeout_ms = 5000, .idle_timeout_ms = 50}, ERR_TIMEOUT,
		     "silent for 50 ms");
}

static void a_slow_answer_that_keeps_coming_is_no_silence(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, whole_answer);
	f->piece = 1;
	run_call(f, (struct http_spec){.head_timeout_ms = 5000, .idle_timeout_ms = 1000, .timeout_ms = 9000},
		 &streaming, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	told_done(&t);
}

static void a_wrong_spec_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct http_header evil = {"X-Note", "a\r\nX-More: b"}, nameless = {"X Note", "a"};
	const struct {
		struct http_spec spec;
		const char *part;
	} rows[] = {
	    {{.url = "ftp://127.0.0.1/"}, "neither http nor https"},
	    {{.url = "http://"}, "URL \"http://\""},
	    {{.url = "http://host:99999/"}, "URL"},
	    {{.url = "http://a b/"}, "URL"},
	    {{.url = "http://me:secret@127.0.0.1/"}, "URL with credentials in it"},
	    {{.url = "http://127.0.0.1/", .method = "GET /"}, "method"},
	    {{.url = "http://127.0.0.1/", .headers = &evil, .n_headers = 1}, "header X-Note: control character"},
	    {{.url = "http://127.0.0.1/", .headers = &nameless, .n_headers = 1}, "header name"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct told t;
		struct err e;
		told_init(&t);
		assert_null(http_call_start(f->client, &rows[i].spec, &collecting, &t, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_non_null(strstr(e.text, rows[i].part));
		assert_null(strstr(e.text, "secret"));
		uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_int_equal(t.done, 0);
	}
}

/* Cancel after so many turns of the loop, until the call got through by itself. */
static void a_call_cancelled_in_any_turn_tells_nothing_more(void **state)
{
	struct fixture *f = *state;
	answer_with(f, whole_answer);
	f->piece = 7;
	for (int turns = 0;; turns++) {
		struct told t;
		struct err e;
		CLEANUP_FREE char *url = url_of(f, "http", "/");
		told_init(&t);
		struct http_call *call =
		    http_call_start(f->client, &(struct http_spec){.url = url, .timeout_ms = 5000}, &streaming, &t, &e);
		for (int i = 0; i < turns && !t.done; i++) {
			uv_run(&f->loop, UV_RUN_ONCE);
		}
		if (t.done) {
			told_done(&t);
			assert_true(turns > 5);
			break;
		}
		http_call_cancel(call);
		int heads = t.heads, datas = t.datas;
		for (int i = 0; i < 30; i++) {
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
		assert_int_equal(t.done, 0);
		assert_int_equal(t.heads, heads);
		assert_int_equal(t.datas, datas);
		told_done(&t);
	}
}

static void a_call_may_be_cancelled_from_its_own_handlers(void **state)
{
	struct fixture *f = *state;
	answer_with(f, whole_answer);
	for (int at_head = 0; at_head <= 1; at_head++) {
		struct told t;
		struct err e;
		CLEANUP_FREE char *url = url_of(f, "http", "/");
		told_init(&t);
		t.cancel_at_head = at_head;
		t.cancel_at_data = !at_head;
		t.call = http_call_start(f->client, &(struct http_spec){.url = url}, &streaming, &t, &e);
		assert_true(tiny_run(&f->loop, at_head ? &t.heads : &t.datas, 1));
		for (int i = 0; i < 30; i++) {
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
		assert_int_equal(t.done, 0);
		assert_int_equal(t.datas, !at_head);
		told_done(&t);
	}
}

static void freeing_the_client_ends_calls_in_every_phase_without_a_word(void **state)
{
	(void)state;
	for (int turns = 0; turns < 24; turns++) {
		struct fixture f;
		struct told t[4];
		struct err e;
		fixture_start(&f, NULL, NULL);
		answer_with(&f, whole_answer);
		f.piece = 9;
		CLEANUP_FREE char *url = url_of(&f, "http", "/");
		for (int i = 0; i < 4; i++) {
			told_init(&t[i]);
			assert_non_null(http_call_start(f.client, &(struct http_spec){.url = url, .timeout_ms = 5000},
							&streaming, &t[i], &e));
		}
		for (int i = 0; i < turns; i++) {
			uv_run(&f.loop, UV_RUN_NOWAIT);
		}
		int done = t[0].done;
		fixture_stop(&f);
		assert_int_equal(t[0].done, done);
		for (int i = 0; i < 4; i++) {
			told_done(&t[i]);
		}
	}
}

static void free_client(void *arg, const struct http_result *r)
{
	struct fixture *f = arg;
	assert_int_equal(r->head.status, 200);
	http_client_free(f->client);
	f->client = NULL;
}

static void a_handler_may_free_the_client(void **state)
{
	(void)state;
	struct fixture f;
	struct err e;
	fixture_start(&f, NULL, NULL);
	answer_with(&f, whole_answer);
	CLEANUP_FREE char *url = url_of(&f, "http", "/");
	struct http_handlers handlers = {.on_done = free_client};
	assert_non_null(http_call_start(f.client, &(struct http_spec){.url = url}, &handlers, &f, &e));
	while (f.client) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	fixture_stop(&f);
}

static void cancel_itself(void *arg, const struct http_result *r)
{
	struct told *t = arg;
	assert_int_equal(r->head.status, 200);
	http_call_cancel(t->call);
	t->done++;
}

static void cancelling_a_call_in_its_last_handler_is_harmless(void **state)
{
	struct fixture *f = *state;
	struct told t;
	answer_with(f, whole_answer);
	for (int i = 0; i < 3; i++) {
		run_call(f, (struct http_spec){0}, &(struct http_handlers){.on_done = cancel_itself}, &t);
		uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_int_equal(t.done, 1);
		told_done(&t);
	}
}

static int calls_done;

static void count_done(void *arg, const struct http_result *r)
{
	(void)arg;
	assert_int_equal(r->err.code, ERR_NONE);
	assert_int_equal(r->head.status, 200);
	assert_string_equal(r->body, "hello, world");
	calls_done++;
}

static void two_hundred_calls_at_once_share_the_connections_allowed(void **state)
{
	(void)state;
	struct fixture f;
	struct err e;
	fixture_start(&f, NULL, &(struct http_limits){.connections_per_host = 8});
	answer_with(&f, whole_answer);
	f.piece = 20;
	CLEANUP_FREE char *url = url_of(&f, "http", "/");
	struct http_handlers handlers = {.on_done = count_done};
	struct http_call *last = NULL;
	calls_done = 0;
	for (int i = 0; i < 201; i++) {
		last = http_call_start(f.client, &(struct http_spec){.url = url}, &handlers, NULL, &e);
		assert_non_null(last);
	}
	uv_run(&f.loop, UV_RUN_NOWAIT);
	http_call_cancel(last);
	assert_true(tiny_run(&f.loop, &calls_done, 200));
	assert_true(f.server.accepted <= 8);
	fixture_stop(&f);
	assert_int_equal(calls_done, 200);
}

/* A server that closes kept-alive connections while they are idle: libuv must not be left with stale descriptors. */
static void connections_closed_while_idle_are_replaced(void **state)
{
	struct fixture *f = *state;
	answer_with(f, whole_answer);
	for (int i = 0; i < 20; i++) {
		struct told t;
		run_call(f, (struct http_spec){0}, &collecting, &t);
		assert_int_equal(t.err.code, ERR_NONE);
		told_done(&t);
		tiny_drop_all(&f->server);
		for (int n = 0; n < i % 4; n++) {
			uv_run(&f->loop, UV_RUN_NOWAIT);
		}
	}
}

static bool ask(void *arg)
{
	int *left = arg;
	return (*left)-- > 0;
}

static void a_request_that_may_not_be_sent_any_more_does_not_leave(void **state)
{
	struct fixture *f = *state;
	int left = 1;
	struct http_spec spec = {.method = "POST", .body = "x", .body_len = 1, .may_send = ask, .may_send_arg = &left};
	struct told t;
	answer_with(f, whole_answer);
	run_call(f, spec, &collecting, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	told_done(&t);
	expect_error(f, spec, ERR_DENIED, "not sent");
	assert_int_equal(f->server.requests, 1);
	/* On a kept connection that the peer closes instead of answering a request is sent again: not then, either. */
	run_call(f, (struct http_spec){0}, &collecting, &t);
	told_done(&t);
	answer_with(f, "");
	f->close_after = true;
	left = 1;
	expect_error(f, spec, ERR_DENIED, "not sent");
	assert_int_equal(f->server.requests, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_answer_split_at_every_byte_is_the_same_answer, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_request_carries_method_headers_and_body_and_nothing_it_was_not_told,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(a_body_of_two_megabytes_arrives_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_like_any_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_refusal_of_a_streamed_call_is_collected_and_cut, setup, teardown),
	    cmocka_unit_test_setup_teardown(informational_heads_are_skipped, setup, teardown),
	    cmocka_unit_test_setup_teardown(trailers_and_continued_headers_change_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_refused_connection_is_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_broken_answer_is_one_clear_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_body_over_its_limit_is_an_error_and_one_at_its_limit_is_not, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_head_over_its_limit_is_an_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(silence_runs_into_each_of_the_time_outs, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_slow_answer_that_keeps_coming_is_no_silence, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_wrong_spec_is_refused_at_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_call_cancelled_in_any_turn_tells_nothing_more, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_call_may_be_cancelled_from_its_own_handlers, setup, teardown),
	    cmocka_unit_test(freeing_the_client_ends_calls_in_every_phase_without_a_word),
	    cmocka_unit_test(a_handler_may_free_the_client),
	    cmocka_unit_test_setup_teardown(cancelling_a_call_in_its_last_handler_is_harmless, setup, teardown),
	    cmocka_unit_test(two_hundred_calls_at_once_share_the_connections_allowed),
	    cmocka_unit_test_setup_teardown(connections_closed_while_idle_are_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_request_that_may_not_be_sent_any_more_does_not_leave, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
