#include "base/js.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

#define CONTAINER_BYTES 512 /* of an object or array with the room that it begins with */
#define VALUE_BYTES 320	    /* with its key and its share of tables that double */
#define TEXT_COPIES 6	    /* the token that is being read, which doubles, and the value or key */
#define SMALL_TEXT ((size_t)16 << 10)

#define TEXT_FIRST ((size_t)1 << 10)

/* For all trees, whoever makes them. AddressSanitizer shall see each node. */
__attribute__((constructor)) static void set_allocator(void)
{
#if defined(__SANITIZE_ADDRESS__)
	json_set_alloc_funcs(xmalloc, free);
#else
	json_set_alloc_funcs(pool_alloc, pool_free);
#endif
}

size_t js_tree_bytes(size_t containers, size_t values, size_t text)
{
	return containers * CONTAINER_BYTES + values * VALUE_BYTES + text * TEXT_COPIES + CONTAINER_BYTES;
}

/* Is there room for the tree? Commas and brackets in strings are counted as well: rather too much than too little. */
static int check_room(const char *text, size_t n)
{
	size_t containers = 0, values = 1;
	if (n <= SMALL_TEXT) {
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		bool opens = text[i] == '{' || text[i] == '[';
		containers += opens;
		values += opens || text[i] == ',';
	}
	return mem_room(js_tree_bytes(containers, values, n));
}

json_t *js_parse(const char *text, size_t n, struct err *e)
{
	json_error_t je;
	if (check_room(text, n) < 0) {
		err_set(e, ERR_MEMORY, "JSON of %zu bytes: memory is short", n);
		return NULL;
	}
	/* \u0000 is let through: one odd annotation must not make a whole list unreadable. */
	json_t *o = json_loadb(text, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);
	if (!o) {
		char *quoted = strstr(je.text, " near '"); /* it may be of a Secret */
		if (quoted) {
			*quoted = '\0';
		}
		err_set(e, ERR_INVALID, "JSON line %d column %d: %s", je.line, je.column, je.text);
	}
	return o;
}

json_t *js_obj(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	return json_is_object(v) ? v : NULL;
}

json_t *js_arr(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	return json_is_array(v) ? v : NULL;
}

const char *js_str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

int64_t js_int(const json_t *o, const char *key, int64_t otherwise)
{
	json_t *v = json_object_get(o, key);
	return json_is_integer(v) ? (int64_t)json_integer_value(v) : otherwise;
}

bool js_bool(const json_t *o, const char *key, bool otherwise)
{
	json_t *v = json_object_get(o, key);
	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

double js_num(const json_t *o, const char *key, double otherwise)
{
	json_t *v = json_object_get(o, key);
	return json_is_number(v) ? json_number_value(v) : otherwise;
}

static json_t *walk(const json_t *o, va_list ap)
{
	json_t *at = (json_t *)(uintptr_t)o;
	for (const char *key; at && (key = va_arg(ap, const char *)) != NULL;) {
		at = json_object_get(at, key);
	}
	return at;
}

json_t *js_at(const json_t *o, ...)
{
	va_list ap;
	va_start(ap, o);
	json_t *v = walk(o, ap);
	va_end(ap);
	return v;
}

const char *js_str_at(const json_t *o, ...)
{
	va_list ap;
	va_start(ap, o);
	json_t *v = walk(o, ap);
	va_end(ap);
	return json_string_value(v);
}

struct text {
	char *data;
	size_t len, cap;
};

static int append(const char *piece, size_t n, void *out)
{
	struct text *t = out;
	if (t->cap - t->len <= n) {
		t->cap = (t->len + n) * 2;
		t->data = xrealloc(t->data, t->cap);
	}
	memcpy(t->data + t->len, piece, n);
	t->len += n;
	return 0;
}

char *js_dump(const json_t *o, size_t flags)
{
	struct text t = {.data = xmalloc(TEXT_FIRST), .cap = TEXT_FIRST};
	if (json_dump_callback(o, append, &t, flags | JSON_ENCODE_ANY) < 0) {
		fputs("JSON that cannot be written\n", stderr);
		abort();
	}
	t.data[t.len] = '\0';
	return t.data;
}

char *js_text(const json_t *o)
{
	return js_dump(o, JSON_COMPACT);
}

void js_unref(json_t **o)
{
	json_decref(*o);
}
