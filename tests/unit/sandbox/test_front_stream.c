/* The front: answers that last, come later, or become the model's connection. */
#include "tests/unit/sandbox/front_world.h"

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
	world_turn(w);
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
	world_turn(w);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	return world_run(tests);
}
