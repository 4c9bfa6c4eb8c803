#include "mesos/wire.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* In place; true when anything changed. */
static bool clean(char *text, size_t n)
{
	bool changed = false;
	for (size_t i = 0; i < n;) {
		size_t length = text_utf8(text + i, n - i);
		if (length == 0) {
			text[i++] = '?';
			changed = true;
		} else if (text[i] != '\\') {
			i += length;
		} else if (n - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) {
			memcpy(text + i, "\\u003f", 6);
			i += 6;
			changed = true;
		} else {
			i += 2;
		}
	}
	return changed;
}

json_t *wire_parse(const char *text, size_t n, struct err *e)
{
	struct err first;
	struct buf copy CLEANUP_BUF = BUF_INIT(n);
	json_t *o = js_parse(text, n, &first);
	if (!o && first.code != ERR_MEMORY && buf_append(&copy, text, n) < 0) {
		err_set(&first, ERR_MEMORY, "JSON of %zu bytes: memory is short", n);
	}
	if (!o && first.code != ERR_MEMORY && clean(copy.data, n)) {
		return js_parse(copy.data, n, e);
	}
	if (!o && e) {
		*e = first;
	}
	return o;
}

const char *wire_id(const json_t *o, const char *key)
{
	const char *id = js_str(js_obj(o, key), "value");
	return id && *id ? id : NULL;
}

/* What strtod understands beyond JSON (hexadecimal, "inf", spaces) is no number here. */
static bool looks_like_number(const char *s)
{
	return *s && strspn(s, "0123456789+-.eE") == strlen(s);
}

bool wire_double(const json_t *v, double *ret)
{
	double x;
	if (json_is_number(v)) {
		x = json_number_value(v);
	} else if (json_is_string(v) && looks_like_number(json_string_value(v))) {
		char *end;
		x = strtod(json_string_value(v), &end);
		if (*end) {
			return false;
		}
	} else {
		return false;
	}
	if (!isfinite(x)) {
		return false;
	}
	*ret = x;
	return true;
}

/* Integers beyond 2^53 are only exact when written as integers, so those go first. */
bool wire_i64(const json_t *v, int64_t *ret)
{
	if (json_is_integer(v)) {
		*ret = (int64_t)json_integer_value(v);
		return true;
	}
	if (json_is_string(v) && looks_like_number(json_string_value(v))) {
		char *end;
		errno = 0;
		long long x = strtoll(json_string_value(v), &end, 10);
		if (!*end && errno == 0) {
			*ret = x;
			return true;
		}
	}
	double x;
	if (!wire_double(v, &x) || x != floor(x) || fabs(x) >= 0x1p63) {
		return false;
	}
	*ret = (int64_t)x;
	return true;
}

bool wire_u64(const json_t *v, uint64_t *ret)
{
	if (json_is_string(v) && looks_like_number(json_string_value(v)) && json_string_value(v)[0] != '-') {
		char *end;
		errno = 0;
		unsigned long long x = strtoull(json_string_value(v), &end, 10);
		if (!*end && errno == 0) {
			*ret = x;
			return true;
		}
	}
	int64_t x;
	if (!wire_i64(v, &x) || x < 0) {
		return false;
	}
	*ret = (uint64_t)x;
	return true;
}

static void *must(void *p)
{
	if (!p) {
		abort();
	}
	return p;
}

json_t *wire_new_string(const char *s)
{
	json_t *v = json_string(s);
	if (v) {
		return v;
	}
	CLEANUP_FREE char *clean = xstrdup(s);
	for (char *p = clean; *p; p++) {
		if ((unsigned char)*p >= 0x80) {
			*p = '?';
		}
	}
	return must(json_string(clean));
}

json_t *wire_new_id(const char *id)
{
	return must(json_pack("{s:o}", "value", wire_new_string(id)));
}

/* Mesos' bytes are base64 in JSON. */
json_t *wire_new_secret(const void *bytes, size_t n)
{
	char *data = base64_encode(bytes, n);
	json_t *secret = must(json_pack("{s:s,s:{s:s}}", "type", "VALUE", "value", "data", data));
	mem_free_secret(data);
	return secret;
}
