#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/http_server.h"
#include "base/mem.h"

#define ANSWER_MAX ((size_t)4 << 20)
#define LARGE_LINES 100000

struct fixture {
	uv_loop_t loop;
	struct http_server *server;
	int called;
	int troubled;
	struct err trouble; /* the last */
};

/* A connection that a test holds. */
struct client {
	uv_poll_t poll;
	int fd;
	struct buf got;
	bool ended;
};

static void answer_hello(void *arg, struct http_reply *reply)
{
	struct fixture *f = arg;
	f->called++;
	buf_puts(&reply->body, "hello\n");
}

static void answer_not_ready(void *arg, struct http_reply *reply)
{
	(void)arg;
	reply->status = 503;
	reply->type = "text/x-test";
	buf_puts(&reply->body, "not ready\n");
}

static void answer_large(void *arg, struct http_reply *reply)
{
	(void)arg;
	for (int i = 0; i < LARGE_LINES; i++) {
		buf_printf(&reply->body, "line %d\n", i);
	}
}

static void answer_nothing(void *arg, struct http_reply *reply)
{
	(void)arg;
	(void)reply;
}

static const struct http_route routes[] = {
    {"/hello", 100, answer_hello},
    {"/not-ready", 100, answer_not_ready},
    {"/large", ANSWER_MAX, answer_large},
    {"/nothing", 0, answer_nothing},
};

static void on_trouble(void *arg, const struct err *e)
{
	struct fixture *f = arg;
	f->troubled++;
	f->trouble = *e;
}

static struct http_server_config config_of(struct fixture *f)
{
	return (struct http_server_config){
	    .host = "127.0.0.1",
	    .routes = routes,
	    .n_routes = sizeof(routes) / sizeof(routes[0]),
	    .trouble = on_trouble,
	    .arg = f,
	};
}

static int begin(void **state, unsigned head_timeout_s)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct http_server_config config = config_of(f);
	struct err e = {0};
	config.head_timeout_s = head_timeout_s;
	uv_loop_init(&f->loop);
	f->server = http_server_new(&f->loop, &config, &e);
	if (!f->server) {
		print_error("%s\n", e.text);
		return -1;
	}
	*state = f;
	return 0;
}

static int set_up(void **state)
{
	return begin(state, 0);
}

static int set_up_impatient(void **state)
{
	return begin(state, 1);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	http_server_free(f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	int open = uv_loop_close(&f->loop);
	free(f);
	return open; /* nothing of the server is left in the loop */
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct client *c = poll->data;
	char bytes[65536];
	(void)status;
	(void)events;
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0) {
		buf_append(&c->got, bytes, (size_t)n);
	} else {
		c->ended = true;
		uv_poll_stop(poll);
	}
}

static struct client *client_new(struct fixture *f)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(f->server))};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	buf_init(&c->got, ANSWER_MAX);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	uv_poll_init(&f->loop, &c->poll, c->fd);
	c->poll.data = c;
	uv_poll_start(&c->poll, UV_READABLE, on_readable);
	return c;
}

static void client_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;
	close(c->fd);
	buf_done(&c->got);
	free(c);
}

static void client_free(struct client *c)
{
	uv_close((uv_handle_t *)&c->poll, client_closed);
}

static void say(const struct client *c, const char *text)
{
	assert_int_equal(send(c->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void await_text(struct fixture *f, struct client *c, const char *text)
{
	while (!strstr(buf_str(&c->got), text)) {
		if (c->ended) {
			fail_msg("\"%s\" never came, but: %s", text, buf_str(&c->got));
		}
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void await_end(struct fixture *f, const struct client *c)
{
	while (!c->ended) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void a_path_is_answered_with_what_its_handler_says(void **state)
{
	struct client *c = client_new(*state);
	say(c, "GET /not-ready HTTP/1.1\r\nHost: a\r\n\r\n");
	await_text(*state, c, "not ready\n");
	assert_non_null(strstr(buf_str(&c->got), "HTTP/1.1 503 "));
	assert_non_null(strstr(buf_str(&c->got), "content-type: text/x-test\r\n"));
	assert_non_null(strstr(buf_str(&c->got), "content-length: 10\r\n"));
	client_free(c);
}

static void a_connection_serves_one_request_and_ends(void **state)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	say(c, "GET /hello?name=value HTTP/1.1\r\nHost: a\r\n\r\nGET /not-ready HTTP/1.1\r\nHost: a\r\n\r\n");
	await_end(f, c);
	assert_non_null(strstr(buf_str(&c->got), "connection: close\r\n"));
	assert_non_null(strstr(buf_str(&c->got), "\r\n\r\nhello\n"));
	assert_null(strstr(buf_str(&c->got), "503"));
	assert_int_equal(f->called, 1);
	client_free(c);
}

static void an_answer_without_a_body_is_whole(void **state)
{
	struct client *c = client_new(*state);
	say(c, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
	await_end(*state, c);
	assert_non_null(strstr(buf_str(&c->got), "HTTP/1.1 200 "));
	assert_non_null(strstr(buf_str(&c->got), "content-length: 0\r\n"));
	client_free(c);
}

/* Found by fuzzing: libwebsockets served such a connection for ever, in a tight circle. */
static void requests_that_do_not_wait_for_their_answers_do_not_keep_it_busy(void **state)
{
	static const char request[] = "GET /hello HTTP/1.1T\r\n\r\n";
	struct client *c = client_new(*state);
	say(c, request);
	say(c, request);
	say(c, "GET /hello HTTPGET /hello HTTP/1.1\r\nHost: a\rics ,T\r\nContent-Length: 3\r\n\r\nab\n\r\nGET /x");
	await_end(*state, c);
	client_free(c);
}

static void another_path_is_not_found_and_another_method_not_allowed(void **state)
{
	struct client *c = client_new(*state);
	say(c, "GET /hello/../other HTTP/1.1\r\nHost: a\r\n\r\n");
	await_text(*state, c, "\r\n\r\n");
	assert_non_null(strstr(buf_str(&c->got), "HTTP/1.1 404 "));
	client_free(c);
	c = client_new(*state);
	say(c, "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
	await_end(*state, c);
	assert_non_null(strstr(buf_str(&c->got), "HTTP/1.1 405 "));
	assert_non_null(strstr(buf_str(&c->got), "allow: GET, HEAD\r\n"));
	assert_int_equal(((struct fixture *)*state)->called, 0);
	client_free(c);
}

static void a_head_request_gets_the_head_alone(void **state)
{
	struct client *c = client_new(*state);
	say(c, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	await_end(*state, c);
	assert_non_null(strstr(buf_str(&c->got), "content-length: 6\r\n"));
	assert_null(strstr(buf_str(&c->got), "hello"));
	client_free(c);
}

static void a_large_body_comes_whole(void **state)
{
	struct client *c = client_new(*state);
	say(c, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	await_text(*state, c, "\nline 99999\n");
	const char *p = strstr(buf_str(&c->got), "\r\n\r\n") + 4;
	for (int i = 0; i < LARGE_LINES; i++) {
		char line[32];
		size_t n = (size_t)snprintf(line, sizeof(line), "line %d\n", i);
		assert_memory_equal(p, line, n);
		p += n;
	}
	client_free(c);
}

static void a_head_that_is_too_large_ends_the_connection(void **state)
{
	struct client *c = client_new(*state);
	char *large = xcalloc(1, HTTP_SERVER_HEAD_MAX * 2 + 1);
	memset(large, 'x', HTTP_SERVER_HEAD_MAX * 2);
	say(c, "GET /hello HTTP/1.1\r\nHost: ");
	say(c, large);
	free(large);
	await_end(*state, c);
	assert_int_equal(((struct fixture *)*state)->called, 0);
	client_free(c);
}

static void a_head_that_does_not_come_to_its_end_ends_the_connection(void **state)
{
	struct client *c = client_new(*state), *silent = client_new(*state);
	say(c, "GET /hello HTTP/1.1\r\nHo");
	await_end(*state, c);
	await_end(*state, silent);
	assert_int_equal(c->got.len, 0);
	client_free(c);
	client_free(silent);
}

static void connections_beyond_the_limit_are_closed_until_others_end(void **state)
{
	struct client *held[HTTP_SERVER_CONNECTIONS_MAX];
	for (size_t i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++) {
		held[i] = client_new(*state);
		say(held[i], "GET /hello HTTP/1.1\r\n");
	}
	struct client *c = client_new(*state);
	send(c->fd, "GET /hello HTTP/1.1\r\n\r\n", 23, MSG_NOSIGNAL);
	await_end(*state, c);
	assert_int_equal(c->got.len, 0);
	for (size_t i = 0; i < HTTP_SERVER_CONNECTIONS_MAX; i++) {
		assert_false(held[i]->ended); /* it was not their end that it waited for */
	}
	client_free(c);
	client_free(held[0]);
	for (bool served = false; !served;) { /* until the server has seen the end of the other */
		c = client_new(*state);
		send(c->fd, "GET /hello HTTP/1.1\r\n\r\n", 23, MSG_NOSIGNAL);
		await_end(*state, c);
		served = strstr(buf_str(&c->got), "hello\n") != NULL;
		client_free(c);
	}
	for (size_t i = 1; i < HTTP_SERVER_CONNECTIONS_MAX; i++) {
		client_free(held[i]);
	}
}

/* From now on there is no descriptor more than there are. */
static void use_up_descriptors(struct rlimit *before)
{
	int next = dup(STDIN_FILENO);
	close(next);
	assert_true(next >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	struct rlimit short_of = {.rlim_cur = (rlim_t)next, .rlim_max = before->rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &short_of), 0);
}

static void await_trouble(struct fixture *f, int n)
{
	while (f->troubled < n) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void on_time(uv_timer_t *timer)
{
	timer->data = NULL;
}

/* Until the server has tried again. */
static void await_next_try(struct fixture *f)
{
	uv_timer_t timer;
	uv_timer_init(&f->loop, &timer);
	timer.data = &timer;
	uv_timer_start(&timer, on_time, HTTP_SERVER_PAUSE_MS + 50, 0);
	while (timer.data) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT); /* the pause ended before: looks at the socket at least now */
}

static void without_descriptors_it_waits_and_says_so_once(void **state)
{
	struct fixture *f = *state;
	struct epoll_event event;
	struct rlimit before;
	for (int bout = 1; bout <= 2; bout++) {
		struct client *c = client_new(f);
		say(c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
		use_up_descriptors(&before);
		await_trouble(f, bout);
		assert_int_equal(epoll_wait(uv_backend_fd(&f->loop), &event, 1, 0), 0); /* nothing keeps it busy */
		await_next_try(f);
		assert_int_equal(f->troubled, bout);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		await_text(f, c, "hello\n");
		client_free(c);
	}
	assert_string_equal(f->trouble.text, "cannot accept a connection: Too many open files");
}

static void it_can_be_freed_while_it_waits_for_a_descriptor(void **state)
{
	struct fixture *f = *state;
	struct rlimit before;
	struct client *c = client_new(f);
	use_up_descriptors(&before);
	await_trouble(f, 1);
	http_server_free(f->server);
	f->server = NULL;
	await_end(f, c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	client_free(c);
}

static void it_can_be_freed_in_the_middle_of_an_answer(void **state)
{
	struct fixture *f = *state;
	struct client *c = client_new(f), *silent = client_new(f);
	say(c, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	await_text(f, c, "line 0\n");
	http_server_free(f->server);
	f->server = NULL;
	await_end(f, c);
	await_end(f, silent);
	client_free(c);
	client_free(silent);
}

static void a_port_in_use_is_one_clear_error(void **state)
{
	struct fixture *f = *state;
	struct http_server_config config = config_of(f);
	struct err e = {0};
	char want[128];
	config.port = http_server_port(f->server);
	assert_null(http_server_new(&f->loop, &config, &e));
	snprintf(want, sizeof(want), "cannot listen on 127.0.0.1:%d: Address already in use", config.port);
	assert_string_equal(e.text, want);
	assert_int_equal(e.code, ERR_CONFLICT);
	config.host = "localhost";
	assert_null(http_server_new(&f->loop, &config, &e));
	assert_non_null(strstr(e.text, "\"localhost\" is no IP address"));
	assert_int_equal(e.code, ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_path_is_answered_with_what_its_handler_says),
	    TEST(a_connection_serves_one_request_and_ends),
	    TEST(an_answer_without_a_body_is_whole),
	    TEST(requests_that_do_not_wait_for_their_answers_do_not_keep_it_busy),
	    TEST(another_path_is_not_found_and_another_method_not_allowed),
	    TEST(a_head_request_gets_the_head_alone),
	    TEST(a_large_body_comes_whole),
	    TEST(a_head_that_is_too_large_ends_the_connection),
	    cmocka_unit_test_setup_teardown(a_head_that_does_not_come_to_its_end_ends_the_connection, set_up_impatient,
					    tear_down),
	    TEST(connections_beyond_the_limit_are_closed_until_others_end),
	    TEST(without_descriptors_it_waits_and_says_so_once),
	    TEST(it_can_be_freed_while_it_waits_for_a_descriptor),
	    TEST(it_can_be_freed_in_the_middle_of_an_answer),
	    TEST(a_port_in_use_is_one_clear_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
