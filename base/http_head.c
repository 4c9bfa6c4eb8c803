#include "base/http_head.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t http_head_length(const char *bytes, size_t n)
{
	const char *end = n < 4 ? NULL : memmem(bytes, n, "\r\n\r\n", 4);
	return end ? (size_t)(end - bytes) + 4 : 0;
}

void http_head_done(struct http_request_head *h)
{
	free(h->text);
	*h = (struct http_request_head){0};
}

bool http_is_token(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p)) {
			return false;
		}
	}
	return *s;
}

/* No control characters and no blanks: what a request target may hold, generously. */
static bool is_target(const char *s)
{
	for (const char *p = s; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			return false;
		}
	}
	return *s;
}

static bool is_value(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f) {
			return false;
		}
	}
	return true;
}

static int refuse(int *ret_status, int status, struct err *e, const char *sentence)
{
	*ret_status = status;
	return err_set(e, ERR_PROTOCOL, "%s", sentence);
}

static int take_request_line(struct http_request_head *h, char *line, int *ret_status, struct err *e)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	if (!version) {
		return refuse(ret_status, 400, e, "the request line is not METHOD TARGET VERSION");
	}
	*target++ = '\0';
	*version++ = '\0';
	if (!http_is_token(line) || !is_target(target)) {
		return refuse(ret_status, 400, e, "the request line is not METHOD TARGET VERSION");
	}
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
		return refuse(ret_status, 505, e, "only HTTP/1.1 is spoken here");
	}
	h->method = line;
	h->target = target;
	h->version_1_0 = version[7] == '0';
	return 0;
}

static int take_header(struct http_request_head *h, char *line, int *ret_status, struct err *e)
{
	char *colon = strchr(line, ':');
	if (h->n_headers == HTTP_REQUEST_HEADERS_MAX) {
		return refuse(ret_status, 431, e, "too many headers");
	}
	if (!colon) {
		return refuse(ret_status, 400, e, "a header without a colon");
	}
	*colon = '\0';
	char *value = colon + 1 + strspn(colon + 1, " \t");
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--) {
		value[n - 1] = '\0';
	}
	if (!http_is_token(line) || !is_value(value)) {
		return refuse(ret_status, 400, e, "a header with characters that do not belong there");
	}
	h->headers[h->n_headers++] = (struct http_request_header){line, value};
	return 0;
}

static size_t count_of(const struct http_request_head *h, const char *name)
{
	size_t count = 0;
	for (size_t i = 0; i < h->n_headers; i++) {
		count += strcasecmp(h->headers[i].name, name) == 0;
	}
	return count;
}

/* A body, or two opinions about one. */
static int check_body(const struct http_request_head *h, int *ret_status, struct err *e)
{
	const char *length = http_head_get(h, "Content-Length");
	if (count_of(h, "Transfer-Encoding")) {
		return refuse(ret_status, 501, e, "a request with a body is not taken here");
	}
	if (count_of(h, "Content-Length") > 1 || (length && strcmp(length, "0") != 0)) {
		return refuse(ret_status, 400, e, "a request with a body is not taken here");
	}
	if (count_of(h, "Host") > 1 || (!count_of(h, "Host") && !h->version_1_0)) {
		return refuse(ret_status, 400, e, "a request needs one Host");
	}
	return 0;
}

static int take_lines(struct http_request_head *h, int *ret_status, struct err *e)
{
	bool first = true;
	for (char *line = h->text; *line;) {
		char *end = strstr(line, "\r\n");
		*end = '\0';
		int r = first ? take_request_line(h, line, ret_status, e) : take_header(h, line, ret_status, e);
		if (r < 0) {
			return -1;
		}
		first = false;
		line = end + 2;
	}
	return first ? refuse(ret_status, 400, e, "an empty request") : check_body(h, ret_status, e);
}

int http_head_parse(const char *bytes, size_t n, struct http_request_head *ret, int *ret_status, struct err *e)
{
	struct http_request_head h = {0};
	if (n < 4 || n > HTTP_REQUEST_HEAD_MAX) {
		return refuse(ret_status, n < 4 ? 400 : 431, e, "the request's head is too long");
	}
	if (memchr(bytes, '\0', n)) {
		return refuse(ret_status, 400, e, "a NUL in the request's head");
	}
	h.text = xstrndup(bytes, n - 2); /* lines, each with its end; without the blank one */
	if (take_lines(&h, ret_status, e) < 0) {
		http_head_done(&h);
		return -1;
	}
	*ret = h;
	return 0;
}

const char *http_head_get(const struct http_request_head *h, const char *name)
{
	for (size_t i = 0; i < h->n_headers; i++) {
		if (strcasecmp(h->headers[i].name, name) == 0) {
			return h->headers[i].value;
		}
	}
	return NULL;
}

static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = list; *p; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		size_t n = strcspn(p, ", \t");
		if (n == len && strncasecmp(p, word, n) == 0) {
			return true;
		}
	}
	return false;
}

bool http_head_has_word(const struct http_request_head *h, const char *name, const char *word)
{
	for (size_t i = 0; i < h->n_headers; i++) {
		if (strcasecmp(h->headers[i].name, name) == 0 && list_has(h->headers[i].value, word)) {
			return true;
		}
	}
	return false;
}
