/* The front: requests and answers, and its own life. */
#include "tests/unit/sandbox/front_world.h"

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
	world_turn(w);
	close(fd);
	struct call *c = call_finish(w, call_new(w, "/fine"));
	assert_int_equal(c->status, 201);
	assert_int_equal(w->model.requests, 1);
	call_free(w, c);
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
	    .name = "second", .port = front_port(w->front), .handler = world_handle, .model = &w->model};
	assert_null(front_new(&w->loop, &options, &e));
	assert_non_null(strstr(e.text, "second: cannot serve on 127.0.0.1:"));
	assert_non_null(strstr(e.text, "in use"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PLAIN(a_request_reaches_the_model_as_it_was_sent),
	    PLAIN(connections_are_kept_for_the_next_request),
	    PLAIN(long_bodies_arrive_whole_with_a_length_or_in_chunks),
	    PLAIN(a_body_beyond_the_limit_is_413_and_never_reaches_the_model),
	    PLAIN(pipelined_requests_are_answered_in_order),
	    PLAIN(garbage_is_refused_and_harms_nobody_else),
	    PLAIN(a_silent_answer_keeps_the_connection_until_the_peer_or_the_front_ends_it),
	    PLAIN(a_front_that_is_down_cuts_streams_refuses_and_comes_back),
	    PLAIN(a_taken_port_is_one_clear_error),
	};
	return world_run(tests);
}
