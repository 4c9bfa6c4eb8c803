/* Reading answers to HTTP requests, in every way the bytes can be split. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/sandbox/http_answer.h"

#define BODY_MAX ((size_t)1 << 16)

struct row {
	const char *bytes, *body;
	int status;
	bool to_head;
	enum http_answer_state end; /* after all bytes */
};

#define HEAD "HTTP/1.1 200 OK\r\n"

static const struct row ROWS[] = {
    {HEAD "Content-Length: 5\r\n\r\nhello", "hello", 200, false, ANSWER_DONE},
    {HEAD "content-length: 0\r\n\r\n", "", 200, false, ANSWER_DONE},
    {HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n", "hello0123456789",
     200, false, ANSWER_DONE},
    {"HTTP/1.0 404 \n\nuntil the end", "until the end", 404, false, ANSWER_UNTIL_CLOSE},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", "x", 201, false, ANSWER_DONE},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", "", 204, false, ANSWER_DONE},
    {HEAD "Content-Length: 9\r\n\r\n", "", 200, true, ANSWER_DONE},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n", "", 101, false, ANSWER_DONE},
    {HEAD "Content-Length: 9\r\n\r\nhalf", "half", 200, false, ANSWER_LENGTH},
};

/* -1 when refused. */
static int feed(struct http_answer *a, const char *bytes, size_t n, struct buf *body)
{
	struct err e = {0};
	for (size_t at = 0; at < n;) {
		long k = http_answer_feed(a, bytes + at, n - at, body, &e);
		if (k <= 0) {
			return k < 0 ? -1 : 0;
		}
		at += (size_t)k;
	}
	return 0;
}

static void every_split_of_an_answer_reads_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct row *r = &ROWS[i];
		size_t n = strlen(r->bytes);
		for (size_t cut = 0; cut <= n; cut++) {
			struct http_answer a;
			struct buf body = BUF_INIT(BODY_MAX);
			http_answer_init(&a, r->to_head);
			assert_int_equal(feed(&a, r->bytes, cut, &body), 0);
			assert_int_equal(feed(&a, r->bytes + cut, n - cut, &body), 0);
			assert_int_equal(a.status, r->status);
			assert_int_equal(a.state, r->end);
			assert_string_equal(buf_str(&body), r->body);
			http_answer_done(&a);
			buf_done(&body);
		}
	}
}

static void nothing_is_taken_behind_the_head_of_a_101(void **state)
{
	(void)state;
	static const char bytes[] = "HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n\x80\x03";
	struct http_answer a;
	struct buf body = BUF_INIT(BODY_MAX);
	struct err e = {0};
	http_answer_init(&a, false);
	assert_int_equal(http_answer_feed(&a, bytes, sizeof(bytes) - 1, &body, &e), sizeof(bytes) - 3);
	assert_string_equal(http_answer_header(&a, "upgrade"), "x");
	http_answer_done(&a);
}

static void what_is_no_answer_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {
	    "SSH-2.0-x\r\n\r\n",
	    "HTTP/1.1 2x0 OK\r\n\r\n",
	    HEAD "no colon\r\n\r\n",
	    HEAD "a b: c\r\n\r\n",
	    HEAD "Content-Length: -1\r\n\r\n",
	    HEAD "Content-Length: 99999999999999999999\r\n\r\n",
	    HEAD "Transfer-Encoding: gzip\r\n\r\n",
	    HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
	    HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct http_answer a;
		struct buf body = BUF_INIT(BODY_MAX);
		http_answer_init(&a, false);
		if (feed(&a, BAD[i], strlen(BAD[i]), &body) == 0) {
			fail_msg("taken: %s", BAD[i]);
		}
		http_answer_done(&a);
		buf_done(&body);
	}
}

static void an_answer_that_breaks_off_is_told_from_one_that_ends_so(void **state)
{
	(void)state;
	struct err e = {0};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct http_answer a;
		struct buf body = BUF_INIT(BODY_MAX);
		http_answer_init(&a, ROWS[i].to_head);
		feed(&a, ROWS[i].bytes, strlen(ROWS[i].bytes), &body);
		assert_int_equal(http_answer_close(&a, &e), ROWS[i].end == ANSWER_LENGTH ? -1 : 0);
		http_answer_done(&a);
		buf_done(&body);
	}
}

static void a_head_without_end_has_a_limit(void **state)
{
	(void)state;
	struct http_answer a;
	struct buf body = BUF_INIT(BODY_MAX);
	struct err e = {0};
	size_t fed = 0;
	http_answer_init(&a, false);
	long k = http_answer_feed(&a, HEAD, strlen(HEAD), &body, &e);
	while (k > 0 && fed <= HTTP_ANSWER_HEAD_MAX) {
		k = http_answer_feed(&a, "a: bbbbbbbb\r\n", 13, &body, &e);
		fed += 13;
	}
	assert_int_equal(k, -1);
	assert_int_equal(e.code, ERR_LIMIT);
	http_answer_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_split_of_an_answer_reads_the_same),
	    cmocka_unit_test(nothing_is_taken_behind_the_head_of_a_101),
	    cmocka_unit_test(what_is_no_answer_is_refused),
	    cmocka_unit_test(an_answer_that_breaks_off_is_told_from_one_that_ends_so),
	    cmocka_unit_test(a_head_without_end_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
