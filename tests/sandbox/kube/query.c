#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *decode(const char *text, size_t n, bool plus)
{
	char *out = xmalloc(n + 1);
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '%' && i + 2 < n && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
			out[len++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		} else {
			out[len++] = plus && text[i] == '+' ? ' ' : text[i];
		}
	}
	out[len] = 0;
	return out;
}

char *percent_decode(const char *text, size_t n)
{
	return decode(text, n, false);
}

void query_parse(struct query *q, const char *text)
{
	q->n = 0;
	while (*text && q->n < QUERY_PARAMS_MAX) {
		size_t len = strcspn(text, "&");
		const char *eq = memchr(text, '=', len);
		size_t name = eq ? (size_t)(eq - text) : len;
		if (len) {
			q->params[q->n++] = (struct query_param){
			    .name = decode(text, name, true),
			    .value = eq ? decode(eq + 1, len - name - 1, true) : xstrdup(""),
			};
		}
		text += len + (text[len] == '&');
	}
}

void query_done(struct query *q)
{
	for (size_t i = 0; i < q->n; i++) {
		free(q->params[i].name);
		free(q->params[i].value);
	}
	q->n = 0;
}

const char *query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->n; i++) {
		if (strcmp(q->params[i].name, name) == 0) {
			return q->params[i].value;
		}
	}
	return NULL;
}

/* As Go reads flags in queries: present and not "false" or "0". */
bool query_true(const struct query *q, const char *name)
{
	const char *value = query_get(q, name);
	return value && strcmp(value, "false") != 0 && strcmp(value, "0") != 0;
}
