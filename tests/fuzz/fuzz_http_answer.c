/* Answers to HTTP requests as arbitrary bytes: however they are cut, they read the same or are refused. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/http_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX ((size_t)1 << 20)

/* How it ended: -1 when refused. */
static int read_all(const char *bytes, size_t n, size_t piece, struct buf *body, int *ret_status)
{
	struct http_answer a;
	struct err e = {0};
	long k = 1;
	http_answer_init(&a, false);
	for (size_t at = 0; at < n && k > 0; at += k > 0 ? (size_t)k : 0) {
		k = http_answer_feed(&a, bytes + at, n - at < piece ? n - at : piece, body, &e);
		if (k > (long)piece || (k < 0) != (e.code != ERR_NONE)) {
			abort();
		}
	}
	*ret_status = a.status;
	int end = k < 0 ? -1 : (int)a.state;
	http_answer_done(&a);
	return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(BODY_MAX), pieces = BUF_INIT(BODY_MAX);
	int a, b;
	int end = read_all((const char *)data, size, SIZE_MAX / 4, &whole, &a);
	int same = read_all((const char *)data, size, 3, &pieces, &b);
	if (end != same || (end >= 0 && (a != b || strcmp(buf_str(&whole), buf_str(&pieces)) != 0))) {
		abort();
	}
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
