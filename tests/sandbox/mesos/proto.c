#include "tests/sandbox/mesos/proto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/ids.h"

#define PATHS_MAX ((size_t)4096)

static json_t *message(const struct proto_message *m, const json_t *in, int depth, struct err *e);

static const char *json_kind(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	default:
		return "number";
	}
}

/* *ret stays NULL for what counts as absent. */
static int from_string(const struct proto_field *f, const json_t *v, json_t **ret, struct err *e)
{
	const char *s = json_string_value(v);
	char bad = 0, *after;
	size_t n;
	switch (f->type) {
	case PROTO_STRING:
		*ret = json_incref((json_t *)v);
		return 0;
	case PROTO_BYTES: {
		CLEANUP_FREE char *bytes = ids_base64_decode(s, &n, &bad);
		if (!bytes) {
			return err_set(e, ERR_INVALID,
				       "Failed to base64 decode bytes field '%s': Invalid character '%c'", f->name,
				       bad);
		}
		*ret = json_incref((json_t *)v);
		return 0;
	}
	case PROTO_ENUM:
		for (size_t i = 0; f->names[i]; i++) {
			if (strcmp(f->names[i], s) == 0) {
				*ret = json_incref((json_t *)v);
			}
		}
		return 0;
	case PROTO_REAL:
	case PROTO_INT: {
		double d = strtod(s, &after);
		if (after == s || *after != 0 || !isfinite(d)) {
			return err_set(e, ERR_INVALID, "Failed to parse '%s' as a JSON number for field '%s'", s,
				       f->name);
		}
		*ret = f->type == PROTO_REAL ? json_real(d) : json_integer(strtoll(s, NULL, 10));
		return 0;
	}
	default:
		return err_set(e, ERR_INVALID, "Not expecting a JSON string for field '%s'", f->name);
	}
}

static int single(const struct proto_field *f, const json_t *v, int depth, json_t **ret, struct err *e)
{
	*ret = NULL;
	if (json_is_null(v)) {
		return 0;
	}
	if (f->type == PROTO_ANY) {
		*ret = json_incref((json_t *)v);
		return 0;
	}
	if (json_is_string(v)) {
		return from_string(f, v, ret, e);
	}
	if (json_is_number(v) && f->type == PROTO_REAL) {
		*ret = json_real(json_number_value(v));
		return 0;
	}
	if (json_is_number(v) && f->type == PROTO_INT) {
		double d = json_number_value(v);
		*ret = json_is_integer(v) ? json_incref((json_t *)v) : json_integer(fabs(d) < 9e18 ? (json_int_t)d : 0);
		return 0;
	}
	if (json_is_boolean(v) && f->type == PROTO_BOOL) {
		*ret = json_incref((json_t *)v);
		return 0;
	}
	if (json_is_object(v) && f->type == PROTO_MESSAGE) {
		*ret = message(f->message, v, depth + 1, e);
		return *ret ? 0 : -1;
	}
	return err_set(e, ERR_INVALID, "Not expecting a JSON %s for field '%s'", json_kind(v), f->name);
}

static int repeated(const struct proto_field *f, const json_t *v, int depth, json_t **ret, struct err *e)
{
	CLEANUP_JSON json_t *all = json_array();
	size_t i;
	json_t *item;
	json_array_foreach (v, i, item) {
		json_t *one;
		if (single(f, item, depth, &one, e)) {
			return -1;
		}
		if (one) {
			json_array_append_new(all, one);
		}
	}
	*ret = json_incref(all);
	return 0;
}

static int map_of(const struct proto_field *f, const json_t *v, int depth, json_t **ret, struct err *e)
{
	CLEANUP_JSON json_t *all = json_object();
	const char *key;
	json_t *item;
	json_object_foreach ((json_t *)v, key, item) {
		json_t *one;
		if (single(f, item, depth, &one, e)) {
			return -1;
		}
		if (one) {
			json_object_set_new(all, key, one);
		}
	}
	*ret = json_incref(all);
	return 0;
}

static int field(const struct proto_field *f, const json_t *v, int depth, json_t **ret, struct err *e)
{
	if (json_is_array(v) && (f->flags & PROTO_REPEATED)) {
		return repeated(f, v, depth, ret, e);
	}
	if (json_is_object(v) && (f->flags & PROTO_MAP)) {
		return map_of(f, v, depth, ret, e);
	}
	if (single(f, v, depth, ret, e)) {
		return -1;
	}
	if (*ret && (f->flags & PROTO_REPEATED)) {
		json_t *list = json_array();
		json_array_append_new(list, *ret);
		*ret = list;
	}
	return 0;
}

static json_t *message(const struct proto_message *m, const json_t *in, int depth, struct err *e)
{
	CLEANUP_JSON json_t *out = json_object();
	if (depth > PROTO_DEPTH_MAX) {
		err_set(e, ERR_LIMIT, "more than %d levels", PROTO_DEPTH_MAX);
		return NULL;
	}
	for (const struct proto_field *f = m->fields; f->name; f++) {
		const json_t *v = json_object_get(in, f->name);
		json_t *converted = NULL;
		if (v && field(f, v, depth, &converted, e)) {
			return NULL;
		}
		if (converted) {
			json_object_set_new(out, f->name, converted);
		}
	}
	return json_incref(out);
}

static void missing(const struct proto_message *m, const json_t *o, const char *path, struct buf *all)
{
	for (const struct proto_field *f = m->fields; f->name; f++) {
		const json_t *v = json_object_get(o, f->name);
		if (!v && (f->flags & PROTO_REQUIRED)) {
			(void)buf_printf(all, "%s%s%s", all->len > 0 ? ", " : "", path, f->name);
		}
		if (!v || f->type != PROTO_MESSAGE || (f->flags & PROTO_MAP)) {
			continue;
		}
		for (size_t i = 0; i < (json_is_array(v) ? json_array_size(v) : 1); i++) {
			CLEANUP_BUF struct buf below = BUF_INIT(PATHS_MAX);
			(void)buf_printf(&below, "%s%s", path, f->name);
			(void)(json_is_array(v) ? buf_printf(&below, "[%zu].", i) : buf_puts(&below, "."));
			missing(f->message, json_is_array(v) ? json_array_get(v, i) : v, buf_str(&below), all);
		}
	}
}

json_t *proto_convert(const struct proto_message *m, const json_t *in, const char *what, struct err *e)
{
	CLEANUP_BUF struct buf absent = BUF_INIT(PATHS_MAX);
	if (!json_is_object(in)) {
		err_set(e, ERR_INVALID, "Failed to convert JSON into %s protobuf: Expecting a JSON object", what);
		return NULL;
	}
	CLEANUP_JSON json_t *out = message(m, in, 0, e);
	if (!out) {
		err_wrap(e, "Failed to convert JSON into %s protobuf", what);
		return NULL;
	}
	missing(m, out, "", &absent);
	if (absent.len > 0) {
		err_set(e, ERR_INVALID, "Failed to convert JSON into %s protobuf: Missing required fields: %s", what,
			buf_str(&absent));
		return NULL;
	}
	return json_incref(out);
}

/* Where the text stopped making sense: jansson points behind the token that it names. */
static size_t offence(const json_error_t *je)
{
	size_t at = je->position > 0 ? (size_t)je->position : 0;
	const char *near = strstr(je->text, "near '");
	const char *end = near ? strrchr(near + 6, '\'') : NULL;
	size_t token = end ? (size_t)(end - near - 6) : 0;
	return at >= token ? at - token : 0;
}

json_t *proto_parse(const char *body, size_t n, struct err *e)
{
	json_error_t je;
	json_t *v = json_loadb(body, n, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &je);
	if (v) {
		size_t after = (size_t)je.position;
		const char *rest = body + after;
		size_t left = after < n ? n - after : 0;
		for (size_t i = 0; i < left; i++) {
			if (!strchr(" \t\r\n", rest[i])) {
				json_decref(v);
				err_set(e, ERR_INVALID,
					"Failed to parse body into JSON: Parsed JSON included non-whitespace trailing "
					"characters: %.*s",
					(int)left, rest);
				return NULL;
			}
		}
		return v;
	}
	size_t at = offence(&je), end = at;
	while (end < n && body[end] != '\n') {
		end++;
	}
	err_set(e, ERR_INVALID, "Failed to parse body into JSON: syntax error at line %d near: %.*s",
		je.line > 0 ? je.line : 1, at < n ? (int)(end - at) : 0, at < n ? body + at : "");
	return NULL;
}
