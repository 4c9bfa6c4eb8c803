#include "tests/unit/unit.h"

#include "base/js.h"
#include "kube/client.h"
#include "tests/unit/tiny_server.h"

struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	struct tiny_server server;
	int status;
	const char *headers, *body;
	bool hold; /* answer nothing */
	struct buf request;
};

struct told {
	int done;
	int status;
	struct err err;
	json_t *body;
	int64_t retry_after_ms;
	struct buf text;
	struct kube_call *call;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	buf_clear(&f->request);
	buf_puts(&f->request, q->head);
	buf_append(&f->request, q->body, q->body_len);
	if (!f->hold) {
		tiny_reply(c, f->status, f->headers, f->body);
	}
}

static void on_done(void *arg, const struct kube_result *r)
{
	struct told *t = arg;
	t->done++;
	t->status = r->status;
	t->err = r->err;
	t->retry_after_ms = r->retry_after_ms;
	json_decref(t->body);
	t->body = json_incref((json_t *)(uintptr_t)r->body);
	buf_puts(&t->text, r->text);
}

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct told *t = arg;
	buf_append(&t->text, bytes, n);
}

static void told_init(struct told *t)
{
	*t = (struct told){.text = BUF_INIT(1 << 20)};
}

static void told_done(struct told *t)
{
	json_decref(t->body);
	buf_done(&t->text);
}

static int setup(void **state)
{
	struct err e;
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	buf_init(&f->request, 1 << 20);
	tiny_start(&f->server, &f->loop, NULL, serve, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->config.token = xstrdup("secret-1");
	f->client = kube_client_new(f->http, &f->config);
	f->status = 200;
	f->headers = "Content-Type: application/json\r\n";
	f->body = "{\"kind\":\"Pod\"}";
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kube_client_free(f->client);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	kube_config_done(&f->config);
	buf_done(&f->request);
	free(f);
	return 0;
}

static void call(struct fixture *f, struct kube_request q, struct told *t)
{
	told_init(t);
	q.path = q.path ? q.path : "/api/v1/namespaces/ns/pods/web-1";
	kube_call(f->client, &q, on_done, t);
	assert_int_equal(t->done, 0);
	assert_true(tiny_run(&f->loop, &t->done, 1));
	assert_int_equal(t->done, 1);
}

static void a_call_carries_token_type_and_body_and_its_json_comes_back(void **state)
{
	struct fixture *f = *state;
	struct told t;
	call(f,
	     (struct kube_request){.method = "PATCH",
				   .query = "fieldManager=x",
				   .content_type = "application/strategic-merge-patch+json",
				   .body = "{}",
				   .body_len = 2},
	     &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_int_equal(t.status, 200);
	assert_string_equal(js_str(t.body, "kind"), "Pod");
	const char *q = buf_str(&f->request);
	assert_memory_equal(q, "PATCH /api/v1/namespaces/ns/pods/web-1?fieldManager=x HTTP/1.1\r\n", 64);
	assert_non_null(strstr(q, "\r\nAuthorization: Bearer secret-1\r\n"));
	assert_non_null(strstr(q, "\r\nContent-Type: application/strategic-merge-patch+json\r\n"));
	assert_non_null(strstr(q, "\r\nAccept: application/json\r\n"));
	told_done(&t);
}

static void a_refusal_becomes_one_sentence_with_its_code(void **state)
{
	static const struct {
		int status;
		const char *headers, *body;
		enum err_code code;
		const char *sentence;
		int64_t retry_after_ms;
	} rows[] = {
	    {409, "Content-Type: application/json\r\n",
	     "{\"kind\":\"Status\",\"message\":\"object has been modified\",\"reason\":\"Conflict\",\"code\":409}",
	     ERR_CONFLICT, "HTTP 409 Conflict: object has been modified", 0},
	    {404, "Content-Type: text/plain; charset=utf-8\r\n", "404 page not found\n", ERR_NOT_FOUND,
	     "HTTP 404: 404 page not found", 0},
	    {429, "Content-Type: text/plain\r\nRetry-After: 1\r\n", "Too many requests, please try again later.\n",
	     ERR_BUSY, "HTTP 429: Too many requests, please try again later.", 1000},
	    {429, "Content-Type: application/json\r\n",
	     "{\"message\":\"Cannot evict\",\"reason\":\"TooManyRequests\",\"details\":{\"retryAfterSeconds\":10}}",
	     ERR_BUSY, "HTTP 429 TooManyRequests: Cannot evict", 10000},
	    {503, "Retry-After: 99999999999999999999\r\n", "", ERR_BUSY, "HTTP 503", 3600000},
	    {503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "", ERR_BUSY, "HTTP 503", 0},
	    {422, "Content-Type: application/json\r\n", "{broken", ERR_INVALID, "HTTP 422: {broken", 0},
	    {307, "Location: http://elsewhere/\r\n", "", ERR_INVALID, "HTTP 307", 0},
	    {500, "Content-Type: application/json\r\n", "[]", ERR_IO, "HTTP 500: []", 0},
	    {200, "Content-Type: application/json\r\n", "{\"kind\":", ERR_PROTOCOL,
	     "its answer: JSON line 1 column 8: ", 0},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct told t;
		f->status = rows[i].status;
		f->headers = rows[i].headers;
		f->body = rows[i].body;
		call(f, (struct kube_request){.method = "DELETE", .urgent = true}, &t); /* no rest after a 429 */
		CLEANUP_FREE char *sentence =
		    xasprintf("DELETE /api/v1/namespaces/ns/pods/web-1: %s", rows[i].sentence);
		assert_memory_equal(t.err.text, sentence, strlen(sentence));
		assert_int_equal(t.err.code, rows[i].code);
		assert_int_equal(t.err.http_status, rows[i].status);
		assert_int_equal(t.status, rows[i].status);
		assert_int_equal(t.retry_after_ms, rows[i].retry_after_ms);
		told_done(&t);
	}
	assert_int_equal(f->server.requests, sizeof(rows) / sizeof(*rows));
}

static void a_good_answer_is_not_looked_into_when_only_refusals_matter(void **state)
{
	struct fixture *f = *state;
	struct told t;
	struct kube_request q = {.method = "DELETE", .only_refusals = true};
	f->body = "{\"broken";
	call(f, q, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_null(t.body);
	told_done(&t);
	f->status = 409;
	f->body = "{\"message\":\"it was modified\",\"reason\":\"Conflict\"}";
	call(f, q, &t);
	assert_int_equal(t.err.code, ERR_CONFLICT);
	assert_non_null(strstr(t.err.text, "HTTP 409 Conflict: it was modified"));
	told_done(&t);
}

static void text_that_is_no_json_is_handed_on(void **state)
{
	struct fixture *f = *state;
	struct told t;
	f->headers = "Content-Type: text/plain\r\n";
	f->body = "ok";
	call(f, (struct kube_request){.path = "/readyz"}, &t);
	assert_int_equal(t.err.code, ERR_NONE);
	assert_null(t.body);
	assert_string_equal(buf_str(&t.text), "ok");
	told_done(&t);
}

static void a_network_error_names_call_and_cause(void **state)
{
	struct fixture *f = *state;
	struct told t;
	tiny_stop_listening(&f->server);
	call(f, (struct kube_request){0}, &t);
	assert_int_equal(t.err.code, ERR_IO);
	assert_non_null(strstr(t.err.text, "GET /api/v1/namespaces/ns/pods/web-1: connect to 127.0.0.1:"));
	told_done(&t);
	call(f, (struct kube_request){.path = "/with a space"}, &t);
	assert_int_equal(t.err.code, ERR_INVALID);
	told_done(&t);
}

static void calls_beyond_the_number_in_flight_wait_and_beyond_the_queue_are_refused(void **state)
{
	struct fixture *f = *state;
	struct told served, refused;
	struct kube_request q = {.path = "/x"};
	told_init(&served);
	told_init(&refused);
	int n = KUBE_CALLS_IN_FLIGHT + KUBE_CALLS_WAITING;
	for (int i = 0; i < n; i++) {
		kube_call(f->client, &q, on_done, &served);
	}
	kube_call(f->client, &q, on_done, &refused);
	kube_call(f->client, &q, on_done, &refused);
	assert_int_equal(refused.done, 0);
	assert_true(tiny_run(&f->loop, &refused.done, 2));
	assert_int_equal(refused.err.code, ERR_LIMIT);
	assert_string_equal(refused.err.text, "GET /x: 10000 calls to the API server are waiting already");
	assert_true(tiny_run(&f->loop, &served.done, 300));
	assert_true(f->server.accepted <= KUBE_CALLS_IN_FLIGHT);
	assert_int_equal(served.err.code, ERR_NONE);
	told_done(&served);
	told_done(&refused);
}

static void a_cancelled_call_makes_room_for_the_next(void **state)
{
	struct fixture *f = *state;
	struct told held, next;
	struct kube_call *calls[KUBE_CALLS_IN_FLIGHT];
	struct kube_request q = {.path = "/x"};
	f->hold = true;
	told_init(&held);
	told_init(&next);
	for (int i = 0; i < KUBE_CALLS_IN_FLIGHT; i++) {
		calls[i] = kube_call(f->client, &q, on_done, &held);
	}
	kube_call(f->client, &q, on_done, &next);
	struct kube_call *waiting = kube_call(f->client, &q, on_done, &held);
	assert_true(tiny_run(&f->loop, &f->server.requests, KUBE_CALLS_IN_FLIGHT));
	f->hold = false;
	kube_call_cancel(waiting);
	kube_call_cancel(calls[3]);
	assert_true(tiny_run(&f->loop, &next.done, 1));
	assert_int_equal(next.err.code, ERR_NONE);
	assert_int_equal(held.done, 0);
	told_done(&held);
	told_done(&next);
}

static void a_stream_hands_on_what_comes_and_refusals_like_any_call(void **state)
{
	struct fixture *f = *state;
	struct told t;
	told_init(&t);
	kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &t);
	assert_true(tiny_run(&f->loop, &t.done, 1));
	assert_int_equal(t.err.code, ERR_NONE);
	assert_string_equal(buf_str(&t.text), "{\"kind\":\"Pod\"}");
	told_done(&t);
	told_init(&t);
	f->status = 403;
	f->body = "{\"message\":\"pods is forbidden\",\"reason\":\"Forbidden\"}";
	kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &t);
	assert_true(tiny_run(&f->loop, &t.done, 1));
	assert_string_equal(t.err.text, "GET /watch: HTTP 403 Forbidden: pods is forbidden");
	told_done(&t);
	told_init(&t);
	f->hold = true;
	kube_stream(f->client, &(struct kube_request){.path = "/watch", .idle_timeout_ms = 30}, on_data, on_done, &t);
	assert_true(tiny_run(&f->loop, &t.done, 1));
	assert_int_equal(t.err.code, ERR_TIMEOUT);
	told_done(&t);
}

static void free_the_client(void *arg, const struct kube_result *r)
{
	struct fixture *f = arg;
	assert_int_equal(r->status, 200);
	kube_client_free(f->client);
	f->client = NULL;
}

static void a_handler_may_free_the_client_with_calls_in_flight(void **state)
{
	struct fixture *f = *state;
	struct told t;
	told_init(&t);
	kube_call(f->client, &(struct kube_request){.path = "/x"}, free_the_client, f);
	for (int i = 0; i < 100; i++) {
		kube_call(f->client, &(struct kube_request){.path = "/x"}, on_done, &t);
	}
	kube_call(f->client, &(struct kube_request){.path = "/with a space"}, on_done, &t);
	while (f->client) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	int done = t.done;
	for (int i = 0; i < 20; i++) {
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(t.done, done);
	told_done(&t);
}

static bool ask(void *arg)
{
	return *(bool *)arg;
}

static void a_change_that_waited_until_it_was_not_ours_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct told held, change, look;
	struct kube_request patch = {.method = "PATCH", .path = "/x", .body = "{}", .body_len = 2};
	struct kube_call *first = NULL;
	bool ours = true;
	told_init(&held);
	told_init(&change);
	told_init(&look);
	kube_client_guard(f->client, ask, &ours);
	f->hold = true;
	for (int i = 0; i < KUBE_CALLS_IN_FLIGHT; i++) {
		first = kube_call(f->client, &patch, on_done, &held);
	}
	assert_true(tiny_run(&f->loop, &f->server.requests, KUBE_CALLS_IN_FLIGHT));
	kube_call(f->client, &patch, on_done, &change);
	kube_call(f->client, &(struct kube_request){.path = "/x"}, on_done, &look);
	ours = false;
	f->hold = false;
	kube_call_cancel(first);
	assert_true(tiny_run(&f->loop, &change.done, 1));
	assert_true(tiny_run(&f->loop, &look.done, 1));
	assert_int_equal(change.err.code, ERR_DENIED);
	assert_string_equal(change.err.text, "PATCH /x: not sent: it is not ours to act any more");
	assert_int_equal(look.err.code, ERR_NONE);
	assert_int_equal(f->server.requests, KUBE_CALLS_IN_FLIGHT + 1);
	told_done(&held);
	told_done(&change);
	told_done(&look);
}

static void a_query_is_escaped(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf query = BUF_INIT(KUBE_QUERY_MAX);
	kube_query_add(&query, "labelSelector", "app in (a,b),!x");
	kube_query_add(&query, "continue", "a+/=\xc3\xa4~-._");
	assert_string_equal(buf_str(&query),
			    "labelSelector=app%20in%20%28a%2Cb%29%2C%21x&continue=a%2B%2F%3D%C3%A4~-._");
}

struct observed {
	int calls, status;
	char method[16];
	int64_t took_ms;
};

static void on_observed(void *arg, const char *method, int status, int64_t took_ms)
{
	struct observed *o = arg;
	o->calls++;
	o->status = status;
	snprintf(o->method, sizeof(o->method), "%s", method);
	o->took_ms = took_ms;
}

static void calls_are_observed_with_their_answer_and_streams_are_not(void **state)
{
	struct fixture *f = *state;
	struct observed o = {0};
	struct told t;
	kube_client_observe(f->client, on_observed, &o);
	f->status = 409;
	call(f, (struct kube_request){.method = "PATCH"}, &t);
	told_done(&t);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.status, 409);
	assert_string_equal(o.method, "PATCH");
	assert_true(o.took_ms >= 0);
	told_init(&t);
	kube_stream(f->client, &(struct kube_request){.path = "/api/v1/pods"}, on_data, on_done, &t);
	assert_true(tiny_run(&f->loop, &t.done, 1));
	told_done(&t);
	assert_int_equal(o.calls, 1);
	free(f->config.server);
	f->config.server = xstrdup("http://127.0.0.1:1");
	call(f, (struct kube_request){0}, &t);
	told_done(&t);
	assert_int_equal(o.calls, 2);
	assert_int_equal(o.status, 0);
	assert_string_equal(o.method, "GET");
}

static void a_429_is_a_rest_for_all_of_at_least_the_time_that_it_names(void **state)
{
	struct fixture *f = *state;
	struct told refused, next;
	f->status = 429;
	f->headers = "Content-Type: text/plain\r\nRetry-After: 1\r\n";
	f->body = "Too many requests, please try again later.";
	call(f, (struct kube_request){.method = "PATCH"}, &refused);
	assert_int_equal(refused.err.code, ERR_BUSY);
	assert_int_equal(refused.retry_after_ms, 1000);
	uint64_t since = uv_now(&f->loop);
	f->status = 200;
	f->headers = "Content-Type: application/json\r\n";
	f->body = "{}";
	call(f, (struct kube_request){.method = "PATCH"}, &next);
	assert_int_equal(next.err.code, ERR_NONE);
	assert_true(uv_now(&f->loop) >= since + 1000);
	told_done(&refused);
	told_done(&next);
}

static void urgent_calls_and_streams_leave_while_others_rest(void **state)
{
	struct fixture *f = *state;
	struct told refused, waits, urgent, stream;
	f->status = 429;
	f->headers = "Content-Type: application/json\r\nRetry-After: 3000\r\n";
	f->body = "{\"kind\":\"Status\",\"reason\":\"TooManyRequests\",\"message\":\"no\"}";
	call(f, (struct kube_request){.method = "PATCH"}, &refused);
	f->status = 200;
	f->headers = "Content-Type: application/json\r\n";
	f->body = "{}";
	told_init(&waits);
	struct kube_request q = {.method = "PATCH", .path = "/waits"};
	struct kube_call *waiting = kube_call(f->client, &q, on_done, &waits);
	call(f, (struct kube_request){.method = "PUT", .urgent = true}, &urgent);
	assert_int_equal(urgent.err.code, ERR_NONE);
	told_init(&stream);
	q = (struct kube_request){.path = "/watch"};
	kube_stream(f->client, &q, on_data, on_done, &stream);
	assert_true(tiny_run(&f->loop, &stream.done, 1));
	assert_int_equal(stream.err.code, ERR_NONE);
	assert_int_equal(waits.done, 0);
	kube_call_cancel(waiting);
	told_done(&refused);
	told_done(&waits);
	told_done(&urgent);
	told_done(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_call_carries_token_type_and_body_and_its_json_comes_back, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_refusal_becomes_one_sentence_with_its_code, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_good_answer_is_not_looked_into_when_only_refusals_matter, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(text_that_is_no_json_is_handed_on, setup, teardown),
	    cmocka_unit_test_setup_teardown(calls_are_observed_with_their_answer_and_streams_are_not, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_network_error_names_call_and_cause, setup, teardown),
	    cmocka_unit_test_setup_teardown(calls_beyond_the_number_in_flight_wait_and_beyond_the_queue_are_refused,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(a_cancelled_call_makes_room_for_the_next, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_stream_hands_on_what_comes_and_refusals_like_any_call, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_handler_may_free_the_client_with_calls_in_flight, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_change_that_waited_until_it_was_not_ours_is_not_sent, setup, teardown),
	    cmocka_unit_test(a_query_is_escaped),
	    cmocka_unit_test_setup_teardown(a_429_is_a_rest_for_all_of_at_least_the_time_that_it_names, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(urgent_calls_and_streams_leave_while_others_rest, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
