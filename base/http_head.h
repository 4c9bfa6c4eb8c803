/* The head of an HTTP/1.1 request, taken apart strictly. Pure.
 *
 * For a port that answers one request a connection and takes no bodies, so there is nothing that two readers of the
 * same bytes could disagree about: whoever announces a body (Transfer-Encoding, a Content-Length that is not 0, two of
 * them), folds lines, ends them without CR, or puts blanks or control characters where none belong is refused. Source:
 * RFC 9112.
 */
#ifndef BASE_HTTP_HEAD_H
#define BASE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define HTTP_REQUEST_HEAD_MAX ((size_t)80 << 10) /* bytes, request line and blank line included */
#define HTTP_REQUEST_HEADERS_MAX 100

struct http_request_header {
	const char *name, *value; /* as sent, without the blanks around the value */
};

/* Texts point into memory of the head's own. */
struct http_request_head {
	char *text;
	const char *method, *target;
	bool version_1_0;
	struct http_request_header headers[HTTP_REQUEST_HEADERS_MAX];
	size_t n_headers;
};

/* A method, or the name of a header: RFC 9110's token. */
bool http_is_token(const char *s);

/* How many bytes of what has come are the head: 0 when its end is not there yet. */
size_t http_head_length(const char *bytes, size_t n);

/* n: of a whole head. When it returns -1, `*ret_status` is what to answer (400, 431, 501, 505). */
int http_head_parse(const char *bytes, size_t n, struct http_request_head *ret, int *ret_status, struct err *e);
void http_head_done(struct http_request_head *h);

/* The first of that name, any case; NULL when there is none. */
const char *http_head_get(const struct http_request_head *h, const char *name);
/* Does one of the headers of that name have this word in its comma-separated list? Any case. */
bool http_head_has_word(const struct http_request_head *h, const char *name, const char *word);

#endif
