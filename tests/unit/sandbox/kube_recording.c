#include "tests/unit/sandbox/kube_recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

#define FILE_MAX ((size_t)8 << 20)

static void read_file(const char *name, const char *extension, struct buf *out)
{
	char CLEANUP_FREE *path = xasprintf("%s/kubernetes/recordings/%s.%s", TEST_DATA, name, extension);
	char chunk[8192];
	FILE *f = fopen(path, "rb");
	if (!f) {
		fail_msg("%s: no such recording", path);
		return;
	}
	buf_init(out, FILE_MAX);
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;) {
		assert_int_equal(buf_append(out, chunk, n), 0);
	}
	fclose(f);
}

static void join_chunks(const char *p, const char *end, struct buf *out)
{
	while (p < end) {
		char *after;
		unsigned long n = strtoul(p, &after, 16);
		if (n == 0 || after + 2 + n > end) {
			return;
		}
		buf_append(out, after + 2, n);
		p = after + 2 + n + 2;
	}
}

/* Splits the head in place; the first line is returned. */
static char *split_head(char *head, struct sandbox_header *headers, size_t *ret_n)
{
	char *rest = head;
	char *first = strsep(&rest, "\r");
	*ret_n = 0;
	while (rest && *ret_n < RECORDING_HEADERS_MAX) {
		char *line = strsep(&rest, "\r");
		line += *line == '\n';
		char *colon = strchr(line, ':');
		if (!colon) {
			continue;
		}
		*colon = 0;
		headers[(*ret_n)++] = (struct sandbox_header){line, colon + 1 + strspn(colon + 1, " ")};
	}
	return first;
}

static const char *find(const struct sandbox_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(headers[i].name, name) == 0) {
			return headers[i].value;
		}
	}
	return NULL;
}

static void split_message(const struct buf *raw, char **ret_head, struct sandbox_header *headers, size_t *ret_n,
			  struct buf *body, char **ret_first)
{
	const char *end = memmem(raw->data, raw->len, "\r\n\r\n", 4);
	assert_non_null(end);
	*ret_head = xstrndup(raw->data, (size_t)(end - raw->data));
	*ret_first = split_head(*ret_head, headers, ret_n);
	buf_init(body, FILE_MAX);
	const char *encoding = find(headers, *ret_n, "Transfer-Encoding");
	if (encoding && strcasecmp(encoding, "chunked") == 0) {
		join_chunks(end + 4, raw->data + raw->len, body);
	} else {
		buf_append(body, end + 4, raw->len - (size_t)(end + 4 - raw->data));
	}
}

void recording_read(struct recording *r, const char *name)
{
	struct buf CLEANUP_BUF request;
	struct buf CLEANUP_BUF response;
	char *line;
	*r = (struct recording){0};
	read_file(name, "request", &request);
	read_file(name, "response", &response);
	split_message(&request, &r->head, r->headers, &r->n_headers, &r->body, &line);
	r->method = strsep(&line, " ");
	r->path = strsep(&line, " ");
	char *query = strchr(r->path, '?');
	r->query = query ? query + 1 : r->path + strlen(r->path);
	if (query) {
		*query = 0;
	}
	split_message(&response, &r->response_head, r->response_headers, &r->n_response_headers, &r->response_body,
		      &line);
	r->status = (int)strtol(strchr(line, ' '), NULL, 10);
}

void recording_done(struct recording *r)
{
	free(r->head);
	free(r->response_head);
	buf_done(&r->body);
	buf_done(&r->response_body);
}

const char *recording_header(const struct recording *r, const char *name)
{
	return find(r->response_headers, r->n_response_headers, name);
}
