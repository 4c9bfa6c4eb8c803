#include "tests/sandbox/http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define LINE_MAX_BYTES ((size_t)4 << 10)
#define CHUNK_DIGITS_MAX 15

void http_answer_init(struct http_answer *a, bool to_head)
{
	*a = (struct http_answer){.to_head = to_head, .text = BUF_INIT(HTTP_ANSWER_HEAD_MAX)};
}

void http_answer_done(struct http_answer *a)
{
	buf_done(&a->text);
	free(a->head);
	a->head = NULL;
	a->n_headers = 0;
}

const char *http_answer_header(const struct http_answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_headers; i++) {
		if (strcasecmp(a->headers[i].name, name) == 0) {
			return a->headers[i].value;
		}
	}
	return NULL;
}

/* The head */

static int read_status(struct http_answer *a, const char *line, struct err *e)
{
	bool good = strncmp(line, "HTTP/1.", 7) == 0 && (line[7] == '0' || line[7] == '1') && line[8] == ' ';
	for (int i = 9; i < 12; i++) {
		good = good && line[i] >= '0' && line[i] <= '9';
	}
	if (!good || (line[12] && line[12] != ' ')) {
		return err_set(e, ERR_PROTOCOL, "malformed HTTP response \"%.60s\"", line);
	}
	a->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	return 0;
}

static int read_header(struct http_answer *a, char *line, struct err *e)
{
	char *colon = strchr(line, ':');
	if (!colon || colon == line || strcspn(line, " \t") < (size_t)(colon - line)) {
		return err_set(e, ERR_PROTOCOL, "malformed header line \"%.60s\"", line);
	}
	if (a->n_headers == HTTP_ANSWER_HEADERS_MAX) {
		return err_set(e, ERR_LIMIT, "more than %d header lines", HTTP_ANSWER_HEADERS_MAX);
	}
	*colon = 0;
	char *value = colon + 1 + strspn(colon + 1, " \t");
	for (size_t n = strlen(value); n && strchr(" \t", value[n - 1]); n--) {
		value[n - 1] = 0;
	}
	a->headers[a->n_headers++] = (struct sandbox_header){line, value};
	return 0;
}

static int read_length(struct http_answer *a, const char *text, struct err *e)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > CHUNK_DIGITS_MAX || text[digits]) {
		return err_set(e, ERR_PROTOCOL, "bad Content-Length \"%.60s\"", text);
	}
	a->sized = true;
	a->size = a->left = strtoull(text, NULL, 10);
	a->state = a->size ? ANSWER_LENGTH : ANSWER_DONE;
	return 0;
}

static int begin_body(struct http_answer *a, struct err *e)
{
	const char *encoding = http_answer_header(a, "Transfer-Encoding");
	const char *length = http_answer_header(a, "Content-Length");
	bool none = a->to_head || a->status == 101 || a->status == 204 || a->status == 304;
	if (none) {
		a->state = ANSWER_DONE;
	} else if (encoding) {
		if (strcasecmp(encoding, "chunked") != 0) {
			return err_set(e, ERR_PROTOCOL, "unsupported transfer encoding \"%.60s\"", encoding);
		}
		a->state = ANSWER_CHUNK_SIZE;
	} else if (length) {
		return read_length(a, length, e);
	} else {
		a->state = ANSWER_UNTIL_CLOSE;
	}
	return 0;
}

static int read_head(struct http_answer *a, struct err *e)
{
	size_t n;
	free(a->head);
	a->n_headers = 0;
	a->head = buf_steal(&a->text, &n);
	if (strlen(a->head) != n) {
		return err_set(e, ERR_PROTOCOL, "a NUL in the head");
	}
	char *rest = a->head;
	char *first = strsep(&rest, "\n");
	first[strcspn(first, "\r")] = 0;
	if (read_status(a, first, e) < 0) {
		return -1;
	}
	for (char *line; (line = strsep(&rest, "\n")) && *line && *line != '\r';) {
		line[strcspn(line, "\r")] = 0;
		if (read_header(a, line, e) < 0) {
			return -1;
		}
	}
	return a->status < 200 && a->status != 101 ? 0 : begin_body(a, e);
}

/* Is there an empty line at the end? */
static bool head_complete(const struct buf *b)
{
	return (b->len >= 2 && memcmp(b->data + b->len - 2, "\n\n", 2) == 0) ||
	       (b->len >= 3 && memcmp(b->data + b->len - 3, "\n\r\n", 3) == 0);
}

/* Up to the end of a line; how many bytes that took. */
static size_t take_line(struct buf *text, const char *p, size_t n, bool *ret_full)
{
	const char *end = memchr(p, '\n', n);
	size_t k = end ? (size_t)(end - p) + 1 : n;
	*ret_full = buf_append(text, p, k) < 0;
	return k;
}

static long feed_head(struct http_answer *a, const char *p, size_t n, struct err *e)
{
	size_t taken = 0;
	bool full = false;
	while (taken < n && a->state == ANSWER_HEAD) {
		taken += take_line(&a->text, p + taken, n - taken, &full);
		if (full) {
			return err_set(e, ERR_LIMIT, "the head is longer than %zu bytes", HTTP_ANSWER_HEAD_MAX);
		}
		if (head_complete(&a->text) && read_head(a, e) < 0) {
			return -1;
		}
	}
	return (long)taken;
}

/* The body */

static int read_chunk_size(struct http_answer *a, struct err *e)
{
	const char *line = buf_str(&a->text);
	size_t digits = strspn(line, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > CHUNK_DIGITS_MAX || !strchr("; \t\r\n", line[digits])) {
		return err_set(e, ERR_PROTOCOL, "bad chunk size \"%.20s\"", line);
	}
	a->left = strtoull(line, NULL, 16);
	a->state = a->left ? ANSWER_CHUNK : ANSWER_TRAILER;
	return 0;
}

static int end_of_line(struct http_answer *a, struct err *e)
{
	const char *line = buf_str(&a->text);
	bool empty = line[0] == '\n' || strcmp(line, "\r\n") == 0;
	int failed = 0;
	if (a->state == ANSWER_CHUNK_SIZE) {
		failed = read_chunk_size(a, e);
	} else if (a->state == ANSWER_CHUNK_END) {
		a->state = ANSWER_CHUNK_SIZE;
		failed = empty ? 0 : err_set(e, ERR_PROTOCOL, "a chunk is longer than it said");
	} else if (empty) {
		a->state = ANSWER_DONE;
	}
	buf_clear(&a->text);
	return failed;
}

static long feed_line(struct http_answer *a, const char *p, size_t n, struct err *e)
{
	bool full = false;
	size_t k = take_line(&a->text, p, n, &full);
	if (full || a->text.len > LINE_MAX_BYTES) {
		return err_set(e, ERR_LIMIT, "a line between chunks is longer than %zu bytes", LINE_MAX_BYTES);
	}
	if (a->text.data[a->text.len - 1] == '\n' && end_of_line(a, e) < 0) {
		return -1;
	}
	return (long)k;
}

static long feed_bytes(struct http_answer *a, const char *p, size_t n, struct buf *body, struct err *e)
{
	bool counted = a->state != ANSWER_UNTIL_CLOSE;
	size_t k = counted && a->left < n ? (size_t)a->left : n;
	if (buf_append(body, p, k) < 0) {
		return err_set(e, ERR_LIMIT, "no room for %zu bytes of the body", k);
	}
	a->left -= counted ? k : 0;
	if (counted && a->left == 0) {
		a->state = a->state == ANSWER_CHUNK ? ANSWER_CHUNK_END : ANSWER_DONE;
	}
	return (long)k;
}

long http_answer_feed(struct http_answer *a, const char *bytes, size_t n, struct buf *body, struct err *e)
{
	if (a->state == ANSWER_HEAD) {
		return feed_head(a, bytes, n, e);
	}
	size_t taken = 0;
	while (taken < n && a->state != ANSWER_DONE) {
		bool whole = a->state == ANSWER_LENGTH || a->state == ANSWER_CHUNK || a->state == ANSWER_UNTIL_CLOSE;
		long k = whole ? feed_bytes(a, bytes + taken, n - taken, body, e)
			       : feed_line(a, bytes + taken, n - taken, e);
		if (k < 0) {
			return -1;
		}
		taken += (size_t)k;
	}
	return (long)taken;
}

int http_answer_close(struct http_answer *a, struct err *e)
{
	if (a->state == ANSWER_UNTIL_CLOSE) {
		a->state = ANSWER_DONE;
	}
	return a->state == ANSWER_DONE ? 0
				       : err_set(e, ERR_IO, "%s", a->state == ANSWER_HEAD ? "EOF" : "unexpected EOF");
}
