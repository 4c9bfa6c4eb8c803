/* Calls over HTTP/2: an answer with trailers, as gRPC has them, and a connection of their own. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/http_client.h"
#include "tests/unit/tiny_server.h"

#define FRAME(length, type, flags, stream) "\0\0" length type flags "\0\0\0" stream
#define SETTINGS FRAME("\0", "\4", "\0", "\0") FRAME("\0", "\4", "\1", "\0")
#define HEADERS "\1"
#define DATA "\0"
#define END_HEADERS "\4"
#define END_ALL "\5"
#define STATUS_200 "\x88"
#define TRAILER "\0\x0bgrpc-status\1" /* and its one character */

static const char answer[] = SETTINGS FRAME("\1", HEADERS, END_HEADERS, "\1")
    STATUS_200 FRAME("\2", DATA, "\0", "\1") "ok" FRAME("\x0f", HEADERS, END_ALL, "\1") TRAILER "7";
static const char refusal[] = SETTINGS FRAME("\x10", HEADERS, END_ALL, "\1") STATUS_200 TRAILER "9";

struct told {
	int done;
	struct err err;
	int status;
	char grpc_status[8], body[16];
};

static const char *to_send;
static size_t to_send_len;

/* What the tiny server takes for requests is how HTTP/2 begins: "PRI * HTTP/2.0" and "SM". */
static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	if (strcmp(q->method, "SM") == 0) {
		tiny_send(c, to_send, to_send_len);
	}
}

static void on_done(void *arg, const struct http_result *r)
{
	struct told *t = arg;
	const char *status = http_header(&r->head, "grpc-status");
	t->done++;
	t->err = r->err;
	t->status = r->head.status;
	snprintf(t->grpc_status, sizeof(t->grpc_status), "%s", status ? status : "none");
	snprintf(t->body, sizeof(t->body), "%s", r->body);
}

static void call(struct told *ret, const char *bytes, size_t n, bool http2, int times)
{
	static const struct http_handlers handlers = {.on_done = on_done};
	uv_loop_t loop;
	struct tiny_server server;
	struct err e;
	to_send = bytes;
	to_send_len = n;
	assert_int_equal(uv_loop_init(&loop), 0);
	struct http_client *client = http_client_new(&loop, NULL, &e);
	tiny_start(&server, &loop, NULL, serve, NULL);
	CLEANUP_FREE char *url = xasprintf("http://127.0.0.1:%d/x", server.port);
	struct http_spec spec = {
	    .method = "POST", .url = url, .body = "question", .body_len = 8, .http2 = http2, .fresh = true};
	for (int i = 1; i <= times; i++) {
		*ret = (struct told){0};
		assert_non_null(http_call_start(client, &spec, &handlers, ret, &e));
		assert_true(tiny_run(&loop, &ret->done, 1));
		assert_int_equal(server.accepted, i);
	}
	http_client_free(client);
	tiny_stop(&server);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void trailers_are_told_with_the_headers(void **state)
{
	(void)state;
	struct told t;
	call(&t, answer, sizeof(answer) - 1, true, 1);
	assert_string_equal(t.err.text, "");
	assert_int_equal(t.status, 200);
	assert_string_equal(t.body, "ok");
	assert_string_equal(t.grpc_status, "7");
}

static void an_answer_of_headers_alone_is_whole(void **state)
{
	(void)state;
	struct told t;
	call(&t, refusal, sizeof(refusal) - 1, true, 1);
	assert_string_equal(t.err.text, "");
	assert_string_equal(t.grpc_status, "9");
	assert_string_equal(t.body, "");
}

static void each_call_has_a_connection_of_its_own(void **state)
{
	(void)state;
	struct told t;
	call(&t, answer, sizeof(answer) - 1, true, 3);
	assert_string_equal(t.grpc_status, "7");
}

static void who_speaks_http_1_is_told_so(void **state)
{
	(void)state;
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
	struct told t;
	call(&t, text, sizeof(text) - 1, true, 1);
	assert_int_not_equal(t.err.code, ERR_NONE);
}

static void a_redirect_is_followed_on_the_same_host_only(void **state)
{
	(void)state;
	static const struct {
		const char *location, *to;
	} rows[] = {
	    {"/b", "http://10.0.0.1:80/b"},
	    {"c?x=1", "http://10.0.0.1:80/a/c?x=1"},
	    {"https://10.0.0.1:8443/", "https://10.0.0.1:8443/"},
	    {"http://10.0.0.2/", NULL},
	    {"//evil.example/", NULL},
	    {"http://user@10.0.0.1/", NULL},
	    {"http://", NULL},
	    {NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *to = http_redirect("http://10.0.0.1:80/a/b", rows[i].location);
		if (rows[i].to ? !to || strcmp(to, rows[i].to) != 0 : to != NULL) {
			fail_msg("%s: %s", rows[i].location, to ? to : "nowhere");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trailers_are_told_with_the_headers),
	    cmocka_unit_test(an_answer_of_headers_alone_is_whole),
	    cmocka_unit_test(each_call_has_a_connection_of_its_own),
	    cmocka_unit_test(who_speaks_http_1_is_told_so),
	    cmocka_unit_test(a_redirect_is_followed_on_the_same_host_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
