/* The front with real sockets: a libcurl client and the front share this thread; neither ever blocks the other. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/pki.h"

#define PATIENCE_MS 10000
#define TEXT_MAX ((size_t)80 << 20)

/* The model: says what it was asked, and keeps the last stream. */
struct model {
	struct sandbox_stream *stream;
	struct sandbox_later *later;
	int requests, closed;
};

static void on_closed(struct sandbox_stream *s)
{
	struct model *m = s->model;
	m->closed++;
}

static void start_stream(struct model *m, struct sandbox_response *res)
{
	sandbox_stream_unref(m->stream);
	m->stream = sandbox_stream_new((size_t)64 << 20);
	m->stream->model = m;
	m->stream->closed = on_closed;
	res->stream = sandbox_stream_ref(m->stream);
	sandbox_response_header(res, "Content-Type", "application/json");
}

static void on_later_closed(struct sandbox_later *l)
{
	struct model *m = l->model;
	m->closed++;
}

/* After 101: says everything back until the peer closes. */
static void on_ready(struct sandbox_later *l)
{
	char bytes[4096];
	long n = sandbox_later_receive(l, bytes, sizeof(bytes));
	if (n > 0) {
		assert_int_equal(sandbox_later_send(l, bytes, (size_t)n), n);
	} else if (n == SANDBOX_CLOSED) {
		sandbox_later_release(l);
	}
}

static void promise(struct model *m, struct sandbox_response *res)
{
	m->later = sandbox_later_new();
	m->later->model = m;
	m->later->closed = on_later_closed;
	m->later->ready = on_ready;
	res->later = sandbox_later_ref(m->later);
}

static void say_who(const struct sandbox_request *req, struct sandbox_response *res)
{
	buf_printf(&res->body, "%s", req->cert_common_name ? req->cert_common_name : "nobody");
	for (size_t i = 0; i < req->n_cert_organisations; i++) {
		buf_printf(&res->body, " %s", req->cert_organisations[i]);
	}
	if (req->cert_refused) {
		buf_puts(&res->body, " refused");
	}
}

static void handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct model *m = arg;
	assert_true(llabs(now_ms - front_now()) < 1000);
	m->requests++;
	if (strcmp(req->path, "/stream") == 0) {
		start_stream(m, res);
	} else if (strcmp(req->path, "/wake") == 0) {
		buf_puts(&m->stream->out, "from-a-handler\n");
		sandbox_stream_wake(m->stream);
	} else if (strcmp(req->path, "/later") == 0) {
		promise(m, res);
	} else if (strcmp(req->path, "/silent") == 0) {
		res->status = 0;
	} else if (strcmp(req->path, "/who") == 0) {
		say_who(req, res);
	} else {
		const char *test = sandbox_request_header(req, "x-test");
		res->status = 201;
		sandbox_response_header(res, "X-Answer", "yes");
		buf_printf(&res->body, "%s|%s|%s|%s|%zu", req->method, req->path, req->query, test ? test : "-",
			   req->body_len);
	}
}

/* The client. */
struct call {
	CURL *easy;
	struct buf text;
	long status;
	bool done;
	CURLcode result;
};

struct world {
	uv_loop_t loop;
	CURLM *multi;
	struct model model;
	struct front *front;
	bool secure;
};

static size_t on_text(char *p, size_t size, size_t n, void *arg)
{
	return buf_append(arg, p, size * n) == 0 ? size * n : 0;
}

static void turn(struct world *w)
{
	int running, left;
	uv_run(&w->loop, UV_RUN_NOWAIT);
	curl_multi_perform(w->multi, &running);
	for (CURLMsg *m; (m = curl_multi_info_read(w->multi, &left));) {
		struct call *c;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &c->status);
		c->result = m->data.result;
		c->done = true;
	}
	curl_multi_poll(w->multi, NULL, 0, 1, NULL);
}

#define AWAIT(w, condition)                                                                                            \
	do {                                                                                                           \
		int64_t until = front_now() + PATIENCE_MS;                                                             \
		while (!(condition)) {                                                                                 \
			assert_true(front_now() < until);                                                              \
			turn(w);                                                                                       \
		}                                                                                                      \
	} while (0)

static struct call *call_new(struct world *w, const char *path)
{
	struct call *c = xcalloc(1, sizeof(*c));
	CLEANUP_FREE char *url =
	    xasprintf("%s://127.0.0.1:%u%s", w->secure ? "https" : "http", front_port(w->front), path);
	buf_init(&c->text, TEXT_MAX);
	c->easy = curl_easy_init();
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_text);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, &c->text);
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	return c;
}

static void call_start(struct world *w, struct call *c)
{
	curl_multi_add_handle(w->multi, c->easy);
}

static void call_free(struct world *w, struct call *c)
{
	curl_multi_remove_handle(w->multi, c->easy);
	curl_easy_cleanup(c->easy);
	buf_done(&c->text);
	free(c);
}

static struct call *call_finish(struct world *w, struct call *c)
{
	call_start(w, c);
	AWAIT(w, c->done);
	return c;
}

/* Setting up. */
static struct pki *pki;

static int world_make(void **state, bool secure)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e = {0};
	w->secure = secure;
	uv_loop_init(&w->loop);
	w->multi = curl_multi_init();
	struct front_options options = {.name = "test", .handler = handle, .model = &w->model};
	if (secure) {
		options.certificate = pki_server(pki)->certificate;
		options.key = pki_server(pki)->key;
		options.client_ca = pki_ca(pki);
	}
	w->front = front_new(&w->loop, &options, &e);
	assert_string_equal(e.text, "");
	assert_non_null(w->front);
	*state = w;
	return 0;
}

static int setup_plain(void **state)
{
	return world_make(state, false);
}

static int setup_tls(void **state)
{
	return world_make(state, true);
}

static int teardown(void **state)
{
	struct world *w = *state;
	front_free(w->front);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	sandbox_stream_unref(w->model.stream);
	curl_multi_cleanup(w->multi);
	free(w);
	return 0;
}

/* Plain requests. */
static void a_request_reaches_the_model_as_it_was_sent(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/a%2Fb/c%20d?x=%31&y=z?");
	struct curl_slist *headers = curl_slist_append(NULL, "X-Test: v1");
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "PATCH");
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, "hello");
	call_finish(w, c);
	assert_int_equal(c->status, 201);
	assert_string_equal(buf_str(&c->text), "PATCH|/a%2Fb/c%20d|x=%31&y=z?|v1|5");
	curl_slist_free_all(headers);
	call_free(w, c);
}

static void connections_are_kept_for_the_next_request(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 5; i++) {
		struct call *c = call_finish(w, call_new(w, "/again"));
		long fresh = -1;
		curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &fresh);
		assert_int_equal(fresh, i == 0 ? 1 : 0);
		call_free(w, c);
	}
}

struct source {
	size_t left;
};

static size_t on_source(char *to, size_t size, size_t n, void *arg)
{
	struct source *s = arg;
	size_t k = size * n < s->left ? size * n : s->left;
	memset(to, 'x', k);
	s->left -= k;
	return k;
}

static struct call *upload(struct world *w, size_t n, bool chunked)
{
	struct source source = {n};
	struct call *c = call_new(w, "/up");
	curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, on_source);
	curl_easy_setopt(c->easy, CURLOPT_READDATA, &source);
	if (!chunked) {
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	}
	struct curl_slist *headers =
	    curl_slist_append(NULL, chunked ? "Transfer-Encoding: chunked" : "Content-Type: text/plain");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
	call_finish(w, c);
	curl_slist_free_all(headers);
	return c;
}

static void long_bodies_arrive_whole_with_a_length_or_in_chunks(void **state)
{
	struct world *w = *state;
	for (int chunked = 0; chunked < 2; chunked++) {
		struct call *c = upload(w, 5000000, chunked);
		assert_string_equal(buf_str(&c->text), "POST|/up||-|5000000");
		call_free(w, c);
	}
}

static void a_body_beyond_the_limit_is_413_and_never_reaches_the_model(void **state)
{
	struct world *w = *state;
	struct call *c = upload(w, FRONT_BODY_MAX + 1, true);
	assert_int_equal(c->status, 413);
	call_free(w, c);
	assert_int_equal(w->model.requests, 0);
}

/* Raw bytes. */
static int raw_connect(const struct world *w)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons(front_port(w->front)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void raw_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* True when the peer closed. */
static bool raw_receive(int fd, struct buf *b)
{
	char chunk[4096];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
	if (n > 0) {
		buf_append(b, chunk, (size_t)n);
	}
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static int occurrences(const struct buf *b, const char *needle)
{
	int n = 0;
	for (const char *p = buf_str(b); (p = strstr(p, needle)); p++) {
		n++;
	}
	return n;
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct world *w = *state;
	CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
	int fd = raw_connect(w);
	raw_send(fd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
	AWAIT(w, (raw_receive(fd, &b), occurrences(&b, "GET|/") == 2));
	assert_true(strstr(b.data, "GET|/1") < strstr(b.data, "GET|/2"));
	close(fd);
}

static void garbage_is_refused_and_harms_nobody_else(void **state)
{
	struct world *w = *state;
	CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
	int fd = raw_connect(w);
	raw_send(fd, "GARBAGE\r\n\r\n");
	AWAIT(w, raw_receive(fd, &b));
	close(fd);
	fd = raw_connect(w);
	raw_send(fd, "GET /half HTTP/1.1\r\nHo");
	turn(w);
	close(fd);
	struct call *c = call_finish(w, call_new(w, "/fine"));
	assert_int_equal(c->status, 201);
	assert_int_equal(w->model.requests, 1);
	call_free(w, c);
}

/* Streams. */
static void wake_with(struct world *w, const char *text)
{
	buf_puts(&w->model.stream->out, text);
	sandbox_stream_wake(w->model.stream);
}

static void every_wake_delivers_at_once_and_the_end_is_proper(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	char line[32];
	size_t expected = 0;
	call_start(w, c);
	AWAIT(w, w->model.stream);
	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "event %d\n", i);
		expected += strlen(line);
		int64_t before = front_now();
		wake_with(w, line);
		AWAIT(w, c->text.len == expected);
		assert_true(front_now() - before < 1000);
	}
	wake_with(w, "last\n");
	w->model.stream->ended = true;
	sandbox_stream_wake(w->model.stream);
	AWAIT(w, c->done);
	assert_int_equal(c->result, CURLE_OK);
	assert_int_equal(occurrences(&c->text, "last\n"), 1);
	assert_int_equal(w->model.closed, 0);
	call_free(w, c);
}

/* The best of five, as the machine may be busy; a head held back for its body would take 200 ms each time. */
static void the_head_of_a_stream_comes_before_its_first_byte(void **state)
{
	struct world *w = *state;
	int64_t best = INT64_MAX;
	for (int i = 1; i <= 5; i++) {
		CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
		int64_t before = front_now();
		int fd = raw_connect(w);
		raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
		AWAIT(w, (raw_receive(fd, &b), occurrences(&b, "\r\n\r\n") == 1));
		int64_t took = front_now() - before;
		best = took < best ? took : best;
		assert_int_equal(occurrences(&b, "Transfer-Encoding: chunked"), 1);
		close(fd);
		AWAIT(w, w->model.closed == i);
	}
	assert_true(best < 150);
}

static void a_cut_stream_has_no_last_chunk(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	call_start(w, c);
	AWAIT(w, w->model.stream);
	wake_with(w, "one\n");
	AWAIT(w, c->text.len == 4);
	w->model.stream->cut = true;
	sandbox_stream_wake(w->model.stream);
	AWAIT(w, c->done);
	assert_int_not_equal(c->result, CURLE_OK);
	assert_int_equal(w->model.closed, 0);
	call_free(w, c);
}

static void a_peer_that_goes_away_while_nothing_is_sent_is_noticed(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	call_start(w, c);
	AWAIT(w, w->model.stream);
	wake_with(w, "one\n");
	AWAIT(w, c->text.len == 4);
	curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
	wake_with(w, "nobody hears this\n");
	turn(w);
	assert_int_equal(w->model.closed, 1);
}

static void a_handler_may_wake_the_stream_of_another_connection(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	call_start(w, c);
	AWAIT(w, w->model.stream);
	struct call *other = call_finish(w, call_new(w, "/wake"));
	AWAIT(w, c->text.len > 0);
	assert_string_equal(buf_str(&c->text), "from-a-handler\n");
	call_free(w, other);
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
}

static void a_large_stream_passes_whole(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	size_t n = (size_t)8 << 20;
	CLEANUP_FREE char *block = xmalloc(n + 1);
	memset(block, 'y', n);
	block[n] = '\0';
	call_start(w, c);
	AWAIT(w, w->model.stream);
	wake_with(w, block);
	w->model.stream->ended = true;
	sandbox_stream_wake(w->model.stream);
	AWAIT(w, c->done);
	assert_int_equal(c->result, CURLE_OK);
	assert_int_equal(c->text.len, n);
	call_free(w, c);
}

static void what_is_injected_comes_whole_between_two_things_that_the_model_says(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/stream");
	assert_int_equal(front_inject(w->front, "nobody listens", 14, 1), 0);
	call_start(w, c);
	AWAIT(w, w->model.stream);
	wake_with(w, "one\n");
	assert_int_equal(front_inject(w->front, "noise", 5, 3), 1);
	assert_int_equal(front_inject(w->front, "more", 4, 1), 0);
	wake_with(w, "two\n");
	AWAIT(w, c->text.len == 23);
	assert_string_equal(buf_str(&c->text), "one\ntwo\nnoisenoisenoise");
	assert_int_equal(front_inject(w->front, "x", 1, (size_t)20 << 20), 1);
	AWAIT(w, c->text.len > 23);
	wake_with(w, "three\n");
	AWAIT(w, c->text.len == 23 + ((size_t)20 << 20) + 6);
	assert_int_equal(occurrences(&c->text, "xthree\n"), 1);
	assert_int_equal(front_inject(w->front, "never sent", 10, 1000), 1);
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
}

static void a_cut_reaches_a_reader_that_does_not_read(void **state)
{
	struct world *w = *state;
	int fd = raw_connect(w);
	CLEANUP_FREE char *block = xcalloc(1, ((size_t)32 << 20) + 1);
	memset(block, 'y', (size_t)32 << 20);
	raw_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	AWAIT(w, w->model.stream);
	wake_with(w, block);
	size_t before = 0;
	AWAIT(w, (before == w->model.stream->out.len) || (before = w->model.stream->out.len, false));
	assert_true(w->model.stream->out.len > 0);
	w->model.stream->cut = true;
	sandbox_stream_wake(w->model.stream);
	AWAIT(w, w->model.stream->front == NULL);
	close(fd);
}

/* Answers that come later. */
static void answer_later(struct world *w, int status, const char *text)
{
	struct sandbox_response res;
	sandbox_response_init(&res);
	res.status = status;
	sandbox_response_header(&res, "X-Late", "yes");
	buf_puts(&res.body, text);
	sandbox_later_answer(w->model.later, &res);
	sandbox_response_done(&res);
}

static void forget_later(struct world *w)
{
	sandbox_later_unref(w->model.later);
	w->model.later = NULL;
}

static void an_answer_may_come_later(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/later");
	call_start(w, c);
	AWAIT(w, w->model.later);
	turn(w);
	assert_false(c->done);
	answer_later(w, 418, "at last");
	AWAIT(w, c->done);
	assert_int_equal(c->status, 418);
	assert_string_equal(buf_str(&c->text), "at last");
	call_free(w, c);
	assert_int_equal(w->model.closed, 0);
	forget_later(w);
}

static void a_peer_that_does_not_wait_for_its_answer_is_noticed(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/later");
	call_start(w, c);
	AWAIT(w, w->model.later);
	curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
	answer_later(w, 200, "nobody hears this");
	forget_later(w);
}

static void after_101_the_connection_is_the_models(void **state)
{
	struct world *w = *state;
	CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
	int fd = raw_connect(w);
	raw_send(fd, "GET /later HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
	AWAIT(w, w->model.later);
	answer_later(w, 101, "");
	sandbox_later_await(w->model.later, true, false);
	AWAIT(w, (raw_receive(fd, &b), occurrences(&b, "\r\n\r\n") == 1));
	assert_string_equal(buf_str(&b), "HTTP/1.1 101 Switching Protocols\r\nX-Late: yes\r\n\r\n");
	for (int i = 1; i <= 3; i++) {
		raw_send(fd, "<ping>");
		AWAIT(w, (raw_receive(fd, &b), occurrences(&b, "<ping>") == i));
	}
	shutdown(fd, SHUT_WR);
	AWAIT(w, raw_receive(fd, &b));
	close(fd);
	assert_int_equal(w->model.closed, 0);
	forget_later(w);
}

static void a_front_that_ends_takes_back_what_it_gave(void **state)
{
	struct world *w = *state;
	for (int upgraded = 0; upgraded < 2; upgraded++) {
		struct err e = {0};
		int fd = raw_connect(w);
		raw_send(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
		AWAIT(w, w->model.later);
		if (upgraded) {
			answer_later(w, 101, "");
			sandbox_later_await(w->model.later, true, true);
		}
		front_down(w->front);
		assert_int_equal(w->model.closed, upgraded + 1);
		assert_int_equal(sandbox_later_send(w->model.later, "x", 1), SANDBOX_CLOSED);
		forget_later(w);
		close(fd);
		assert_int_equal(front_up(w->front, &e), 0);
	}
}

static void a_silent_answer_keeps_the_connection_until_the_peer_or_the_front_ends_it(void **state)
{
	struct world *w = *state;
	struct call *c = call_new(w, "/silent");
	curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, 50L);
	call_finish(w, c);
	assert_int_equal(c->result, CURLE_OPERATION_TIMEDOUT);
	call_free(w, c);
	c = call_new(w, "/silent");
	call_start(w, c);
	AWAIT(w, w->model.requests == 2);
	front_down(w->front);
	AWAIT(w, c->done);
	assert_int_equal(c->result, CURLE_GOT_NOTHING);
	call_free(w, c);
}

/* Going down. */
static void a_front_that_is_down_cuts_streams_refuses_and_comes_back(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	uint16_t port = front_port(w->front);
	struct call *c = call_new(w, "/stream");
	call_start(w, c);
	AWAIT(w, w->model.stream);
	front_down(w->front);
	AWAIT(w, c->done);
	assert_int_not_equal(c->result, CURLE_OK);
	assert_int_equal(w->model.closed, 1);
	call_free(w, c);
	assert_int_equal(raw_connect(w), -1);
	assert_int_equal(front_up(w->front, &e), 0);
	assert_int_equal(front_port(w->front), port);
	c = call_finish(w, call_new(w, "/fine"));
	assert_int_equal(c->status, 201);
	call_free(w, c);
}

static void a_taken_port_is_one_clear_error(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	struct front_options options = {
	    .name = "second", .port = front_port(w->front), .handler = handle, .model = &w->model};
	assert_null(front_new(&w->loop, &options, &e));
	assert_non_null(strstr(e.text, "second: cannot serve on 127.0.0.1:"));
	assert_non_null(strstr(e.text, "in use"));
}

/* TLS. */
static struct call *tls_try(struct world *w, const char *trusted, const struct pki_pair *pair)
{
	struct call *c = call_new(w, "/who");
	struct curl_blob ca = {(void *)(uintptr_t)trusted, strlen(trusted), CURL_BLOB_COPY};
	curl_easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &ca);
	if (pair) {
		struct curl_blob crt = {pair->certificate, strlen(pair->certificate), CURL_BLOB_COPY};
		struct curl_blob key = {pair->key, strlen(pair->key), CURL_BLOB_COPY};
		curl_easy_setopt(c->easy, CURLOPT_SSLCERT_BLOB, &crt);
		curl_easy_setopt(c->easy, CURLOPT_SSLKEY_BLOB, &key);
	}
	return call_finish(w, c);
}

static struct call *tls_call(struct world *w, const struct pki_pair *pair)
{
	struct call *c = tls_try(w, pki_ca(pki), pair);
	assert_int_equal(c->result, CURLE_OK);
	return c;
}

static void the_subject_of_a_verified_certificate_reaches_the_model(void **state)
{
	static const char *const organisations[] = {"system:masters", "second"};
	struct pki_pair pair;
	assert_int_equal(pki_client(pki, "admin", organisations, 2, PKI_GOOD, &pair, NULL), 0);
	struct call *c = tls_call(*state, &pair);
	assert_string_equal(buf_str(&c->text), "admin system:masters second");
	call_free(*state, c);
	pki_pair_done(&pair);
}

static void without_a_certificate_there_is_nobody(void **state)
{
	struct call *c = tls_call(*state, NULL);
	assert_string_equal(buf_str(&c->text), "nobody");
	call_free(*state, c);
}

static void foreign_and_expired_certificates_are_refused_without_breaking_tls(void **state)
{
	static const char *const organisations[] = {"system:masters"};
	static const enum pki_flaw flaws[] = {PKI_FOREIGN, PKI_EXPIRED};
	for (int i = 0; i < 2; i++) {
		struct pki_pair pair;
		assert_int_equal(pki_client(pki, "admin", organisations, 1, flaws[i], &pair, NULL), 0);
		struct call *c = tls_call(*state, &pair);
		assert_string_equal(buf_str(&c->text), "nobody refused");
		call_free(*state, c);
		pki_pair_done(&pair);
	}
}

static void answers(struct world *w, const char *trusted, const struct pki_pair *pair, const char *who)
{
	struct call *c = tls_try(w, trusted, pair);
	assert_int_equal(c->result, CURLE_OK);
	assert_string_equal(buf_str(&c->text), who);
	call_free(w, c);
}

static void after_a_rotation_new_connections_see_new_certificates_and_clients_of_before_are_judged_anew(void **state)
{
	struct world *w = *state;
	struct pki_pair before, after;
	CLEANUP_FREE char *ca_before = xstrdup(pki_ca(pki));
	assert_int_equal(pki_client(pki, "me", NULL, 0, PKI_GOOD, &before, NULL), 0);
	answers(w, ca_before, &before, "me");
	for (int step = PKI_ADD; step <= PKI_RETIRE; step++) {
		struct err e = {0};
		assert_int_equal(pki_take_step(pki, (enum pki_step)step, &e), 0);
		assert_int_equal(
		    front_certificates(w->front, pki_server(pki)->certificate, pki_server(pki)->key, pki_ca(pki), &e),
		    0);
		/* On the connection of before, which only a client that trusts the old authority could have made. */
		answers(w, ca_before, &before, step == PKI_RETIRE ? "nobody refused" : "me");
	}
	assert_int_equal(pki_client(pki, "me", NULL, 0, PKI_GOOD, &after, NULL), 0);
	answers(w, pki_ca(pki), &after, "me");
	/* Over a new connection. */
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, 1L);
	answers(w, pki_ca(pki), &before, "nobody refused");
	struct call *c = tls_try(w, ca_before, NULL);
	assert_int_equal(c->result, CURLE_PEER_FAILED_VERIFICATION);
	call_free(w, c);
	struct err e = {0};
	assert_int_equal(front_certificates(w->front, "no certificate", pki_server(pki)->key, pki_ca(pki), &e), -1);
	assert_string_equal(e.text, "test: bad certificate or key");
	answers(w, pki_ca(pki), &after, "me");
	pki_pair_done(&before);
	pki_pair_done(&after);
}

static struct call *tls_stream(struct world *w)
{
	struct call *c = call_new(w, "/stream");
	struct curl_blob ca = {(void *)(uintptr_t)pki_ca(pki), strlen(pki_ca(pki)), CURL_BLOB_COPY};
	curl_easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &ca);
	call_start(w, c);
	AWAIT(w, w->model.stream);
	return c;
}

static void streams_work_over_tls_and_notice_a_peer_that_leaves(void **state)
{
	struct world *w = *state;
	struct call *c = tls_stream(w);
	for (size_t i = 1; i <= 20; i++) {
		wake_with(w, "event\n");
		AWAIT(w, c->text.len == i * 6);
	}
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
}

static void plain_http_on_a_tls_port_harms_nobody(void **state)
{
	struct world *w = *state;
	CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
	int fd = raw_connect(w);
	raw_send(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	AWAIT(w, raw_receive(fd, &b));
	close(fd);
	struct call *c = tls_call(w, NULL);
	assert_int_equal(c->status, 200);
	call_free(w, c);
}

#define PLAIN(name) cmocka_unit_test_setup_teardown(name, setup_plain, teardown)
#define TLS(name) cmocka_unit_test_setup_teardown(name, setup_tls, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PLAIN(a_request_reaches_the_model_as_it_was_sent),
	    PLAIN(connections_are_kept_for_the_next_request),
	    PLAIN(long_bodies_arrive_whole_with_a_length_or_in_chunks),
	    PLAIN(a_body_beyond_the_limit_is_413_and_never_reaches_the_model),
	    PLAIN(pipelined_requests_are_answered_in_order),
	    PLAIN(garbage_is_refused_and_harms_nobody_else),
	    PLAIN(every_wake_delivers_at_once_and_the_end_is_proper),
	    PLAIN(the_head_of_a_stream_comes_before_its_first_byte),
	    PLAIN(a_cut_stream_has_no_last_chunk),
	    PLAIN(a_peer_that_goes_away_while_nothing_is_sent_is_noticed),
	    PLAIN(a_handler_may_wake_the_stream_of_another_connection),
	    PLAIN(a_large_stream_passes_whole),
	    PLAIN(what_is_injected_comes_whole_between_two_things_that_the_model_says),
	    PLAIN(a_cut_reaches_a_reader_that_does_not_read),
	    PLAIN(an_answer_may_come_later),
	    PLAIN(a_peer_that_does_not_wait_for_its_answer_is_noticed),
	    PLAIN(after_101_the_connection_is_the_models),
	    PLAIN(a_front_that_ends_takes_back_what_it_gave),
	    PLAIN(a_silent_answer_keeps_the_connection_until_the_peer_or_the_front_ends_it),
	    PLAIN(a_front_that_is_down_cuts_streams_refuses_and_comes_back),
	    PLAIN(a_taken_port_is_one_clear_error),
	    TLS(the_subject_of_a_verified_certificate_reaches_the_model),
	    TLS(without_a_certificate_there_is_nobody),
	    TLS(foreign_and_expired_certificates_are_refused_without_breaking_tls),
	    cmocka_unit_test_setup_teardown(
		after_a_rotation_new_connections_see_new_certificates_and_clients_of_before_are_judged_anew, setup_tls,
		teardown),
	    TLS(streams_work_over_tls_and_notice_a_peer_that_leaves),
	    TLS(plain_http_on_a_tls_port_harms_nobody),
	};
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pki = pki_new(front_now(), NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	pki_free(pki);
	curl_global_cleanup();
	return failed;
}
