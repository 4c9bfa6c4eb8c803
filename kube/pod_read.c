#include "kube/pod_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"

#define ALLOC_ALIGN 16
#define STRING_BLOCK 512

static void where_append(const struct where *at, struct buf *b)
{
	if (!at) {
		return;
	}
	where_append(at->up, b);
	if (at->key) {
		buf_printf(b, "%s%s", b->len ? "." : "", at->key);
	} else if (at->name) {
		buf_printf(b, "[%s]", at->name);
	} else {
		buf_printf(b, "[%zu]", at->index);
	}
}

const char *where_text(const struct where *at, char out[POD_PATH_MAX])
{
	CLEANUP_BUF struct buf b = BUF_INIT((size_t)1 << 16);
	where_append(at, &b);
	snprintf(out, POD_PATH_MAX, "%s", buf_str(&b));
	return out;
}

int reader_error(struct pod_reader *r, enum err_code code, const struct where *at, const char *key, const char *fmt,
		 ...)
{
	char sentence[ERR_TEXT_MAX], path[POD_PATH_MAX];
	struct where member = {.up = at, .key = key};
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	where_text(key ? &member : at, path);
	return err_set(r->e, code, "pod %s/%s: %s%s%s", r->ns ? r->ns : "?", r->name ? r->name : "?", path,
		       *path ? ": " : "", sentence);
}

static int too_large(struct pod_reader *r)
{
	return reader_error(r, ERR_LIMIT, NULL, NULL, "takes more than %zu bytes of memory", POD_BYTES_MAX);
}

void *reader_alloc(struct pod_reader *r, size_t count, size_t size)
{
	size_t n = count * size;
	void *p = arena_alloc(r->pod->arena, n);
	if (!p) {
		too_large(r);
		return NULL;
	}
	r->structs += (n + ALLOC_ALIGN - 1) / ALLOC_ALIGN * ALLOC_ALIGN;
	return p;
}

/* Strings stand one after the other in blocks, without the arena's alignment between them. */
const char *reader_copy(struct pod_reader *r, const char *s)
{
	size_t n = strlen(s) + 1;
	if (r->block_left < n) {
		size_t block = n > STRING_BLOCK ? n : STRING_BLOCK;
		char *p = arena_alloc(r->pod->arena, block);
		if (!p) {
			too_large(r);
			return NULL;
		}
		r->block = p;
		r->block_left = block;
	}
	char *copy = memcpy(r->block, s, n);
	r->block += n;
	r->block_left -= n;
	r->strings += n;
	return copy;
}

static json_t *present(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	return json_is_null(v) ? NULL : v;
}

int read_str(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char **ret)
{
	json_t *v = present(o, key);
	if (!v) {
		return 0;
	}
	if (!json_is_string(v)) {
		return reader_error(r, ERR_INVALID, at, key, "not a string");
	}
	const char *copy = reader_copy(r, json_string_value(v));
	if (!copy) {
		return -1;
	}
	*ret = copy;
	return 0;
}

int read_int(struct pod_reader *r, const struct where *at, json_t *o, const char *key, int64_t min, int64_t max,
	     int64_t *ret)
{
	json_t *v = present(o, key);
	if (!v) {
		return 0;
	}
	if (!json_is_integer(v)) {
		return reader_error(r, ERR_INVALID, at, key, "not a whole number");
	}
	int64_t n = json_integer_value(v);
	if (n < min || n > max) {
		return reader_error(r, ERR_INVALID, at, key, "%lld is not between %lld and %lld", (long long)n,
				    (long long)min, (long long)max);
	}
	*ret = n;
	return 0;
}

int read_bool(struct pod_reader *r, const struct where *at, json_t *o, const char *key, bool *ret)
{
	json_t *v = present(o, key);
	if (!v) {
		return 0;
	}
	if (!json_is_boolean(v)) {
		return reader_error(r, ERR_INVALID, at, key, "neither true nor false");
	}
	*ret = json_is_true(v);
	return 0;
}

int read_time(struct pod_reader *r, const struct where *at, json_t *o, const char *key, int64_t *ret_ms)
{
	json_t *v = present(o, key);
	int64_t ms;
	if (!v) {
		return 0;
	}
	if (!json_is_string(v) || time_parse(json_string_value(v), &ms)) {
		return reader_error(r, ERR_INVALID, at, key, "not a time");
	}
	*ret_ms = ms;
	return 0;
}

int read_list(struct pod_reader *r, const struct where *at, json_t *o, const char *key, json_t **ret)
{
	json_t *v = present(o, key);
	if (v && !json_is_array(v)) {
		return reader_error(r, ERR_INVALID, at, key, "not a list");
	}
	if (v && json_array_size(v) > POD_LIST_MAX) {
		return reader_error(r, ERR_LIMIT, at, key, "more than %d elements", POD_LIST_MAX);
	}
	*ret = v;
	return 0;
}

int read_object(struct pod_reader *r, const struct where *at, json_t *o, const char *key, json_t **ret)
{
	json_t *v = present(o, key);
	if (v && !json_is_object(v)) {
		return reader_error(r, ERR_INVALID, at, key, "not an object");
	}
	*ret = v;
	return 0;
}

int read_strs(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char *const **ret,
	      size_t *ret_n)
{
	json_t *list = NULL;
	if (read_list(r, at, o, key, &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	if (!n) {
		return 0;
	}
	const char **strs = reader_alloc(r, n, sizeof(*strs));
	if (!strs) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (!s) {
			return reader_error(r, ERR_INVALID, at, key, "element %zu is not a string", i);
		}
		strs[i] = reader_copy(r, s);
		if (!strs[i]) {
			return -1;
		}
	}
	*ret = strs;
	*ret_n = n;
	return 0;
}

int read_pairs(struct pod_reader *r, const struct where *at, json_t *o, const char *key, struct kube_pair **ret,
	       size_t *ret_n)
{
	json_t *object = NULL, *value;
	const char *name;
	size_t n = 0;
	if (read_object(r, at, o, key, &object)) {
		return -1;
	}
	if (!json_object_size(object)) {
		return 0;
	}
	struct kube_pair *pairs = reader_alloc(r, json_object_size(object), sizeof(*pairs));
	if (!pairs) {
		return -1;
	}
	json_object_foreach (object, name, value) {
		if (!json_is_string(value)) {
			return reader_error(r, ERR_INVALID, at, key, "the value of \"%s\" is not a string", name);
		}
		pairs[n].name = reader_copy(r, name);
		pairs[n].value = pairs[n].name ? reader_copy(r, json_string_value(value)) : NULL;
		if (!pairs[n].value) {
			return -1;
		}
		n++;
	}
	*ret = pairs;
	*ret_n = n;
	return 0;
}

int reader_refuse(struct pod_reader *r, const struct where *at, const char *hint)
{
	char path[POD_PATH_MAX], whole[POD_PATH_MAX * 2];
	struct kube_refused *refused = r->refused;
	if (refused->n == POD_REFUSED_MAX) {
		refused->more++;
		return 0;
	}
	where_text(at, path);
	snprintf(whole, sizeof(whole), hint ? "%s (%s)" : "%s", path, hint);
	const char *copy = reader_copy(r, whole);
	if (!copy) {
		return -1;
	}
	refused->paths[refused->n++] = copy;
	return 0;
}

/* Absent, null and empty are the same to the API. */
static bool is_nothing(const json_t *v)
{
	return json_is_null(v) || (json_is_array(v) && !json_array_size(v)) ||
	       (json_is_object(v) && !json_object_size(v)) || (json_is_string(v) && !json_string_length(v));
}

/* `accepted` is a list of texts, each ended by '|'. */
static bool is_accepted(const json_t *v, const char *accepted)
{
	const char *text = json_is_boolean(v) ? (json_is_true(v) ? "true" : "false") : json_string_value(v);
	size_t n = text ? strlen(text) : 0;
	for (const char *at = accepted; text && *at; at = strchr(at, '|') + 1) {
		if (!strncmp(at, text, n) && at[n] == '|') {
			return true;
		}
	}
	return false;
}

int reader_check_member(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o, const char *key)
{
	struct where member = {.up = at, .key = key};
	json_t *inner = NULL;
	return read_object(r, at, o, key, &inner) || reader_check_fields(r, scope, &member, inner) ? -1 : 0;
}

int reader_check_fields(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o)
{
	const char *key;
	json_t *v;
	json_object_foreach (o, key, v) {
		const struct pod_field *field = pod_field_find(scope, key);
		struct where member = {.up = at, .key = key};
		enum pod_field_rule rule = field ? field->rule : FIELD_REFUSED;
		if (rule == FIELD_PLACEMENT) {
			rule = r->bound ? FIELD_HANDLED : FIELD_REFUSED;
		}
		if (rule == FIELD_HANDLED || rule == FIELD_MEANINGLESS || is_nothing(v) ||
		    (rule == FIELD_DEFAULT_ONLY && is_accepted(v, field->accepted))) {
			continue;
		}
		if (reader_refuse(r, &member, field ? field->why : "not known")) {
			return -1;
		}
	}
	return 0;
}
