#include "kube/parse.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"

#define KEY "\"managedFields\":["

/* Past the string whose first quote stands before p; NULL: it does not end. */
static const char *skip_string(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\\') {
			p++;
		} else if (*p == '"') {
			return p + 1;
		}
	}
	return NULL;
}

/* Past the array whose first bracket stands before p; NULL: it does not end. */
static const char *skip_array(const char *p, const char *end)
{
	size_t depth = 1;
	while (p && p < end) {
		char c = *p++;
		if (c == '"') {
			p = skip_string(p, end);
		} else if (c == '[') {
			depth++;
		} else if (c == ']' && --depth == 0) {
			return p;
		}
	}
	return NULL;
}

/* Past the comma that follows, if one does. */
static const char *skip_comma(const char *p, const char *end)
{
	const char *at = p;
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
		at++;
	}
	return at < end && *at == ',' ? at + 1 : p;
}

/* The next member between from and end, with the one comma that goes with it. A quote after a backslash stands inside
 * a string; any other begins the key. */
static bool find_member(const char *from, const char *end, const char **ret_begin, const char **ret_end)
{
	const char *at = from;
	while ((at = memmem(at, (size_t)(end - at), KEY, strlen(KEY))) != NULL) {
		if (at > from && (at[-1] == ',' || at[-1] == '{')) {
			bool first = at[-1] == '{';
			const char *after = skip_array(at + strlen(KEY), end);
			*ret_begin = first ? at : at - 1;
			*ret_end = first && after ? skip_comma(after, end) : after;
			return after != NULL;
		}
		at += strlen(KEY);
	}
	return false;
}

json_t *kube_parse(const char *text, size_t n, struct err *e)
{
	CLEANUP_BUF struct buf kept = BUF_INIT(n);
	const char *from = text, *end = text + n, *cut, *after;
	while (find_member(from, end, &cut, &after)) {
		if (buf_append(&kept, from, (size_t)(cut - from)) < 0) {
			err_set(e, ERR_LIMIT, "no memory for %zu bytes of JSON", n);
			return NULL;
		}
		from = after;
	}
	if (from == text) {
		return js_parse(text, n, e);
	}
	if (buf_append(&kept, from, (size_t)(end - from)) < 0) {
		err_set(e, ERR_LIMIT, "no memory for %zu bytes of JSON", n);
		return NULL;
	}
	return js_parse(kept.data, kept.len, e);
}
