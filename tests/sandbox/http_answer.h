/* Reading the answer to an HTTP/1.1 request: pure; bytes in, head and body out.
 *
 * A head of at most HTTP_ANSWER_HEAD_MAX bytes and HTTP_ANSWER_HEADERS_MAX lines, then a body with a length, in chunks,
 * or until the connection closes. Interim answers (1xx) are skipped, but for 101, after which the connection speaks
 * something else: nothing is taken beyond its head. RFC 9112; trailers are dropped.
 */
#ifndef SANDBOX_HTTP_ANSWER_H
#define SANDBOX_HTTP_ANSWER_H

#include "base/err.h"
#include "tests/sandbox/http.h"

#define HTTP_ANSWER_HEAD_MAX ((size_t)64 << 10)
#define HTTP_ANSWER_HEADERS_MAX 64

enum http_answer_state {
	ANSWER_HEAD,
	ANSWER_LENGTH,	   /* so many bytes are left */
	ANSWER_CHUNK_SIZE, /* the line before a chunk */
	ANSWER_CHUNK,
	ANSWER_CHUNK_END, /* the line end behind it */
	ANSWER_TRAILER,
	ANSWER_UNTIL_CLOSE,
	ANSWER_DONE,
};

struct http_answer {
	enum http_answer_state state;
	bool to_head;	 /* of a HEAD request: there is no body */
	struct buf text; /* of the head; then the line that is being read */
	uint64_t left;

	/* Valid once the state is another than ANSWER_HEAD. */
	int status;
	struct sandbox_header headers[HTTP_ANSWER_HEADERS_MAX]; /* point into `head` */
	size_t n_headers;
	char *head;
	bool sized; /* there was a length: `size` */
	uint64_t size;
};

void http_answer_init(struct http_answer *a, bool to_head);
void http_answer_done(struct http_answer *a);

/* Takes bytes until the head is complete, and once it is, as much as belongs to the body, which is appended to `body`.
 * How many were taken, or -1: the answer is broken, or `body` is full. */
long http_answer_feed(struct http_answer *a, const char *bytes, size_t n, struct buf *body, struct err *e);
/* The connection was closed: 0 when the answer is complete with that. */
int http_answer_close(struct http_answer *a, struct err *e);
/* NULL when there is none. */
const char *http_answer_header(const struct http_answer *a, const char *name);

#endif
