/* Request bodies that a model takes piece by piece, with real sockets. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/front.h"

#define PATIENCE_MS 60000
#define HEAD "POST /pieces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

struct world {
	uv_loop_t loop;
	struct front *front;
	struct sandbox_upload *upload;
	struct buf text;
	size_t room; /* bytes that the model takes */
	int over, broken;
	int client;
	struct buf answer; /* what the client got */
	bool closed;
	size_t at; /* in the piece that the client is sending */
};

static size_t on_data(struct sandbox_upload *u, int64_t now_ms, const char *bytes, size_t n)
{
	struct world *w = u->model;
	size_t take = n < w->room ? n : w->room;
	assert_true(llabs(now_ms - front_now()) < 1000);
	w->room -= take;
	assert_int_equal(buf_append(&w->text, bytes, take), 0);
	return take;
}

static void on_over(struct sandbox_upload *u, int64_t now_ms, bool whole)
{
	struct world *w = u->model;
	(void)now_ms;
	w->over++;
	w->broken += !whole;
}

static bool takes_pieces(void *arg, const struct sandbox_request *head)
{
	(void)arg;
	assert_null(head->body);
	return strcmp(head->path, "/whole") != 0;
}

static void handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct world *w = arg;
	(void)now_ms;
	if (strcmp(req->path, "/pieces") == 0) {
		w->upload = sandbox_upload_new();
		w->upload->model = w;
		w->upload->data = on_data;
		w->upload->over = on_over;
		res->upload = sandbox_upload_ref(w->upload);
	} else {
		res->status = 415;
		buf_printf(&res->body, "%s of %zu", req->body ? "whole" : "head", req->body_len);
	}
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = {0};
	uv_loop_init(&w->loop);
	buf_init(&w->text, (size_t)64 << 20);
	buf_init(&w->answer, (size_t)1 << 20);
	w->room = SIZE_MAX;
	struct front_options options = {.name = "test", .handler = handle, .takes_pieces = takes_pieces, .model = w};
	w->front = front_new(&w->loop, &options, &e);
	assert_non_null(w->front);
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(front_port(w->front)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	w->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(w->client, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(w->client, F_SETFL, O_NONBLOCK), 0);
	*state = w;
	return 0;
}

static void leave(struct world *w)
{
	if (w->client >= 0) {
		close(w->client);
	}
	w->client = -1;
}

static int teardown(void **state)
{
	struct world *w = *state;
	leave(w);
	front_free(w->front);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	sandbox_upload_unref(w->upload);
	buf_done(&w->text);
	buf_done(&w->answer);
	free(w);
	return 0;
}

static void say(struct world *w, const char *text)
{
	assert_int_equal(send(w->client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void turn(struct world *w)
{
	char block[4096];
	uv_run(&w->loop, UV_RUN_NOWAIT);
	ssize_t n = w->client >= 0 ? recv(w->client, block, sizeof(block), 0) : -1;
	if (n > 0) {
		buf_append(&w->answer, block, (size_t)n);
	}
	w->closed = w->closed || n == 0;
	usleep(100);
}

#define AWAIT(w, condition)                                                                                            \
	do {                                                                                                           \
		int64_t until = front_now() + PATIENCE_MS;                                                             \
		while (!(condition)) {                                                                                 \
			assert_true(front_now() < until);                                                              \
			turn(w);                                                                                       \
		}                                                                                                      \
	} while (0)

static bool starts_with(const struct buf *b, const char *text)
{
	return strncmp(buf_str(b), text, strlen(text)) == 0;
}

static void pieces_come_one_by_one_and_the_answer_after_the_last(void **state)
{
	struct world *w = *state;
	say(w, HEAD "3\r\none\r\n");
	AWAIT(w, w->text.len == 3);
	say(w, "3\r\ntwo\r\n");
	AWAIT(w, w->text.len == 6);
	assert_int_equal(w->over, 0);
	say(w, "0\r\n\r\n");
	AWAIT(w, w->over == 1);
	assert_string_equal(buf_str(&w->text), "onetwo");
	assert_int_equal(w->broken, 0);
	assert_int_equal(w->answer.len, 0);
	buf_puts(&w->upload->answer.body, "thanks");
	sandbox_upload_answer(w->upload);
	AWAIT(w, strstr(buf_str(&w->answer), "\r\n\r\nthanks"));
	assert_true(starts_with(&w->answer, "HTTP/1.1 200 "));
	/* The connection goes on. */
	buf_clear(&w->answer);
	say(w, "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
	AWAIT(w, strstr(buf_str(&w->answer), "whole of 2"));
}

static void an_answer_before_the_end_comes_at_once_and_the_rest_is_dropped(void **state)
{
	struct world *w = *state;
	say(w, HEAD "3\r\none\r\n");
	AWAIT(w, w->text.len == 3);
	w->upload->answer.status = 409;
	sandbox_response_header(&w->upload->answer, "Content-Type", "text/plain");
	buf_puts(&w->upload->answer.body, "no more");
	sandbox_upload_answer(w->upload);
	AWAIT(w, strstr(buf_str(&w->answer), "\r\n\r\nno more"));
	assert_true(starts_with(&w->answer, "HTTP/1.1 409 Conflict\r\n"));
	assert_non_null(strstr(buf_str(&w->answer), "Content-Length: 7\r\n"));
	assert_non_null(strstr(buf_str(&w->answer), "Content-Type: text/plain\r\n"));
	say(w, "3\r\ntwo\r\n0\r\n\r\n");
	AWAIT(w, w->closed);
	assert_int_equal(w->text.len, 3);
	assert_int_equal(w->over, 0);
}

static void a_head_can_be_refused_before_its_body(void **state)
{
	struct world *w = *state;
	say(w, "POST /other HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	AWAIT(w, strstr(buf_str(&w->answer), "\r\n\r\nhead of 0"));
	assert_true(starts_with(&w->answer, "HTTP/1.1 415 Unsupported Media Type\r\n"));
}

/* Sends pieces until the socket stays full or `max` bytes are sent. */
static size_t push(struct world *w, size_t max)
{
	static const char piece[] = "8\r\n01234567\r\n";
	size_t sent = 0;
	for (int idle = 0; sent < max && idle < 200;) {
		ssize_t n = send(w->client, piece + w->at, sizeof(piece) - 1 - w->at, MSG_NOSIGNAL);
		idle = n < 0 ? idle + 1 : 0;
		if (n < 0) {
			turn(w);
			continue;
		}
		w->at = (w->at + (size_t)n) % (sizeof(piece) - 1);
		sent += (size_t)n;
	}
	return sent;
}

static void what_is_not_taken_stays_in_the_socket_and_comes_after_a_wake(void **state)
{
	struct world *w = *state;
	int small = 16384;
	setsockopt(w->client, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	say(w, HEAD);
	w->room = 8 * 1000;
	assert_true(push(w, (size_t)64 << 20) < (size_t)32 << 20);
	assert_int_equal(w->text.len, 8 * 1000);
	w->room = SIZE_MAX;
	sandbox_upload_wake(w->upload);
	AWAIT(w, w->text.len > 8 * 1000);
	assert_true(push(w, (size_t)1 << 20) >= (size_t)1 << 20);
	assert_int_equal(w->over, 0);
}

static void a_client_that_leaves_is_noticed_although_nothing_is_taken(void **state)
{
	struct world *w = *state;
	w->room = 0;
	say(w, HEAD "3\r\none\r\n");
	AWAIT(w, w->upload);
	for (int i = 0; i < 20; i++) {
		turn(w);
	}
	leave(w);
	AWAIT(w, w->over == 1);
	assert_int_equal(w->broken, 1);
	sandbox_upload_wake(w->upload);
	turn(w);
	assert_int_equal(w->over, 1);
}

static void a_front_that_goes_down_ends_uploads(void **state)
{
	struct world *w = *state;
	say(w, HEAD "3\r\none\r\n");
	AWAIT(w, w->text.len == 3);
	front_down(w->front);
	assert_int_equal(w->broken, 1);
	AWAIT(w, w->closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(pieces_come_one_by_one_and_the_answer_after_the_last, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_answer_before_the_end_comes_at_once_and_the_rest_is_dropped, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_head_can_be_refused_before_its_body, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_not_taken_stays_in_the_socket_and_comes_after_a_wake, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_client_that_leaves_is_noticed_although_nothing_is_taken, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_front_that_goes_down_ends_uploads, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
