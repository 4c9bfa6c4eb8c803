/* Requests that are streamed, and answers that are held. */
#include "tests/unit/unit.h"

#include "base/http_client.h"
#include "tests/unit/tiny_server.h"

#define SILENCE_MS 2000 /* much longer than the answer takes to be made on a busy machine */
#define PIECE ((size_t)1 << 20)
#define ANSWER_BYTES ((size_t)64 << 20) /* more than two sockets and libcurl can hold between them */

struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct tiny_server server;
	struct http_call *call;
	struct tiny_conn *conn;
	struct buf heads; /* what the server took for heads: the request's, then its chunks */
	int sents, done;
	size_t taken; /* bytes of the answer */
	int status;
	enum err_code code;
	char text[ERR_TEXT_MAX];
	bool hold_at_data;
};

static void on_request(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	f->conn = c;
	buf_puts(&f->heads, q->head);
	if (strstr(q->head, "0\r\n\r\n") && q->method[0] != 'P') {
		tiny_reply(c, 200, "", "thanks");
	}
}

static void on_sent(void *arg)
{
	((struct fixture *)arg)->sents++;
}

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct fixture *f = arg;
	(void)bytes;
	f->taken += n;
	if (f->hold_at_data) {
		http_call_hold(f->call, true);
	}
}

static void on_done(void *arg, const struct http_result *r)
{
	struct fixture *f = arg;
	f->done++;
	f->status = r->head.status;
	f->code = r->err.code;
	snprintf(f->text, sizeof(f->text), "%s", r->err.text);
}

static const struct http_handlers handlers = {.on_data = on_data, .on_done = on_done, .on_sent = on_sent};

static void start(struct fixture *f, struct http_spec spec)
{
	struct err e = {0};
	char url[64];
	*f = (struct fixture){.heads = BUF_INIT(16u << 20)};
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->client = http_client_new(&f->loop, NULL, &e);
	tiny_start(&f->server, &f->loop, NULL, on_request, f);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", f->server.port);
	spec.url = url;
	f->call = http_call_start(f->client, &spec, &handlers, f, &e);
	assert_non_null(f->call);
}

static void stop(struct fixture *f)
{
	http_client_free(f->client);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	buf_done(&f->heads);
}

static bool heard(const struct fixture *f, const char *text)
{
	return strstr(buf_str(&f->heads), text) || (f->conn && f->conn->in.len && strstr(buf_str(&f->conn->in), text));
}

static void run_until_heard(struct fixture *f, const char *text)
{
	while (!heard(f, text)) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void a_streamed_request_leaves_piece_by_piece_as_it_is_given(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct http_spec){.method = "POST", .upload = true});
	run_until_heard(&f, "Transfer-Encoding: chunked\r\n");
	assert_null(strstr(buf_str(&f.heads), "Expect"));
	assert_int_equal(http_call_send(f.call, "first", 5), 0);
	run_until_heard(&f, "5\r\nfirst\r\n");
	assert_int_equal(http_call_unsent(f.call), 0);
	assert_int_equal(http_call_send(f.call, "second", 6), 0);
	run_until_heard(&f, "6\r\nsecond\r\n");
	assert_int_equal(f.sents, 2);
	http_call_send_end(f.call);
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_int_equal(f.status, 200);
	assert_int_equal(f.code, ERR_NONE);
	stop(&f);
}

static void what_is_given_before_the_connection_stands_is_sent_too(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct http_spec){.method = "POST", .upload = true});
	assert_int_equal(http_call_send(f.call, "all", 3), 0);
	http_call_send_end(f.call);
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_true(heard(&f, "3\r\nall\r\n"));
	stop(&f);
}

static void more_than_may_wait_is_not_taken(void **state)
{
	(void)state;
	static char piece[PIECE];
	struct fixture f;
	size_t n = 0;
	start(&f, (struct http_spec){.method = "POST", .upload = true});
	while (http_call_send(f.call, piece, sizeof(piece)) == 0) {
		n += sizeof(piece);
	}
	assert_int_equal(n, HTTP_UPLOAD_MAX);
	assert_int_equal(http_call_unsent(f.call), HTTP_UPLOAD_MAX);
	stop(&f);
}

static void queue_answer(struct fixture *f)
{
	static char piece[PIECE];
	char head[64];
	f->conn->out.max = ANSWER_BYTES + 1024;
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", ANSWER_BYTES);
	tiny_text(f->conn, head);
	for (size_t i = 0; i < ANSWER_BYTES / PIECE; i++) {
		tiny_send(f->conn, piece, PIECE);
	}
}

/* The kernel holds what nobody reads; then the server's own queue does. */
static bool server_waits(struct fixture *f)
{
	return uv_stream_get_write_queue_size((uv_stream_t *)&f->conn->tcp) > 0 && !f->conn->out.len;
}

static void an_answer_that_is_held_makes_the_peer_wait_and_comes_whole_in_the_end(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct http_spec){.idle_timeout_ms = SILENCE_MS});
	run_until_heard(&f, "GET / ");
	f.hold_at_data = true;
	queue_answer(&f);
	while (!server_waits(&f) || !f.taken) {
		assert_string_equal(f.text, "");
		uv_run(&f.loop, UV_RUN_NOWAIT);
	}
	size_t taken = f.taken;
	uv_update_time(&f.loop);
	uint64_t until = uv_now(&f.loop) + 3 * SILENCE_MS / 2; /* longer than silence may last where nobody holds */
	for (; uv_now(&f.loop) < until; uv_run(&f.loop, UV_RUN_NOWAIT)) {
		assert_int_equal(f.taken, taken);
		assert_false(f.done);
	}
	f.hold_at_data = false;
	http_call_hold(f.call, false);
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_string_equal(f.text, "");
	assert_int_equal(f.taken, ANSWER_BYTES);
	stop(&f);
}

static void silence_counts_again_once_an_answer_is_released(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct http_spec){.idle_timeout_ms = 500});
	run_until_heard(&f, "GET / ");
	tiny_text(f.conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
	http_call_hold(f.call, true);
	http_call_hold(f.call, false);
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_int_equal(f.code, ERR_TIMEOUT);
	stop(&f);
}

static void a_held_call_can_be_cancelled(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, (struct http_spec){.method = "POST", .upload = true});
	http_call_send(f.call, "x", 1);
	run_until_heard(&f, "1\r\nx\r\n");
	http_call_hold(f.call, true);
	http_call_send(f.call, "y", 1);
	http_call_cancel(f.call);
	stop(&f);
	assert_false(f.done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_streamed_request_leaves_piece_by_piece_as_it_is_given),
	    cmocka_unit_test(what_is_given_before_the_connection_stands_is_sent_too),
	    cmocka_unit_test(more_than_may_wait_is_not_taken),
	    cmocka_unit_test(an_answer_that_is_held_makes_the_peer_wait_and_comes_whole_in_the_end),
	    cmocka_unit_test(silence_counts_again_once_an_answer_is_released),
	    cmocka_unit_test(a_held_call_can_be_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
