#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/http_head.h"

static void a_head_is_taken_apart(void **state)
{
	(void)state;
	static const char bytes[] =
	    "POST /exec/a?b=c%20d HTTP/1.1\r\nHost: x\r\nconnection:  keep-alive, Upgrade \t\r\n"
	    "X-Stream-Protocol-Version: v4\r\nX-Stream-Protocol-Version: v3\r\nEmpty:\r\n\r\nmore";
	struct http_request_head h;
	int status = 0;
	size_t n = http_head_length(bytes, sizeof(bytes) - 1);
	assert_int_equal(n, sizeof(bytes) - 1 - 4);
	assert_int_equal(http_head_parse(bytes, n, &h, &status, NULL), 0);
	assert_string_equal(h.method, "POST");
	assert_string_equal(h.target, "/exec/a?b=c%20d");
	assert_int_equal(h.n_headers, 5);
	assert_string_equal(http_head_get(&h, "CONNECTION"), "keep-alive, Upgrade");
	assert_string_equal(http_head_get(&h, "Empty"), "");
	assert_null(http_head_get(&h, "Nope"));
	assert_true(http_head_has_word(&h, "Connection", "upgrade"));
	assert_true(http_head_has_word(&h, "x-stream-protocol-version", "v3"));
	assert_false(http_head_has_word(&h, "Connection", "Up"));
	http_head_done(&h);
}

static void the_end_of_a_head_is_found_only_when_it_is_there(void **state)
{
	(void)state;
	static const char bytes[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	for (size_t n = 0; n < sizeof(bytes) - 1; n++) {
		assert_int_equal(http_head_length(bytes, n), 0);
	}
	assert_int_equal(http_head_length(bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
	(void)state;
	static const char body[] = "a request with a body is not taken here";
	static const char line[] = "the request line is not METHOD TARGET VERSION";
	static const char odd[] = "a header with characters that do not belong there";
	static const struct {
		const char *head;
		int status;
		const char *text;
	} cases[] = {
	    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 501, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 501, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding:\tidentity\r\n\r\n", 501, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 400, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n", 400, body},
	    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 0\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400, "a header without a colon"},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400, odd},
	    {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "a request needs one Host"},
	    {"GET / HTTP/1.1\r\n\r\n", 400, "a request needs one Host"},
	    {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400, line},
	    {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 505, "only HTTP/1.1 is spoken here"},
	    {"GET /\t HTTP/1.1\r\nHost: x\r\n\r\n", 400, line},
	    {"GET /\r\nHost: x\r\n\r\n", 400, line},
	    {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400, line},
	    {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, "only HTTP/1.1 is spoken here"},
	    {"\r\n\r\n", 400, line},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request_head h;
		struct err e = {0};
		int status = 0;
		if (http_head_parse(cases[i].head, strlen(cases[i].head), &h, &status, &e) == 0) {
			fail_msg("case %zu was taken", i);
		}
		assert_string_equal(e.text, cases[i].text);
		assert_int_equal(status, cases[i].status);
	}
}

static void a_head_has_a_largest_size_and_number_of_headers(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf b = BUF_INIT(1 << 20);
	struct http_request_head h;
	struct err e = {0};
	int status = 0;
	buf_puts(&b, "GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 1; i < HTTP_REQUEST_HEADERS_MAX; i++) {
		buf_puts(&b, "A: b\r\n");
	}
	size_t most = b.len;
	buf_puts(&b, "\r\n");
	assert_int_equal(http_head_parse(b.data, b.len, &h, &status, &e), 0);
	http_head_done(&h);
	b.len = most;
	buf_puts(&b, "A: b\r\n\r\n");
	assert_int_equal(http_head_parse(b.data, b.len, &h, &status, &e), -1);
	assert_int_equal(status, 431);
	while (b.len <= HTTP_REQUEST_HEAD_MAX) {
		buf_puts(&b, "xxxxxxxxxxxxxxxx");
	}
	assert_int_equal(http_head_parse(b.data, b.len, &h, &status, &e), -1);
	assert_int_equal(status, 431);
	assert_string_equal(e.text, "the request's head is too long");
	assert_int_equal(http_head_parse("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29, &h, &status, &e), -1);
	assert_string_equal(e.text, "a NUL in the request's head");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_head_is_taken_apart),
	    cmocka_unit_test(the_end_of_a_head_is_found_only_when_it_is_there),
	    cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
	    cmocka_unit_test(a_head_has_a_largest_size_and_number_of_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
