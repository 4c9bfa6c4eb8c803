#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/schema.h"

/* Where we are in the value, for messages: "spec.containers[0].name", and the struct that holds the field. */
struct place {
	const struct place *up;
	const char *name; /* of a field or map key, NULL for an element */
	size_t index;
};

static void place_text(const struct place *p, bool indexes, struct buf *out)
{
	if (!p) {
		return;
	}
	place_text(p->up, indexes, out);
	if (p->name) {
		buf_printf(out, "%s%s", out->len ? "." : "", p->name);
	} else if (indexes) {
		buf_printf(out, "[%zu]", p->index);
	}
}

struct decoder {
	json_t *unknown;
	struct err *e;
	const char *holder; /* the struct whose field is being read */
	int depth;
};

static json_t *decode(struct decoder *d, const struct schema_shape *shape, const json_t *in, const struct place *at);

static const char *json_word(const json_t *v)
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
		return "bool";
	default:
		return "number";
	}
}

static void go_type(const struct schema_shape *shape, struct buf *out)
{
	static const char *const WORDS[] = {
	    [SCHEMA_STRING] = "string", [SCHEMA_BOOL] = "bool",	       [SCHEMA_INT32] = "int32",
	    [SCHEMA_INT64] = "int64",	[SCHEMA_NUMBER] = "float64",   [SCHEMA_BYTES] = "[]uint8",
	    [SCHEMA_TIME] = "string",	[SCHEMA_MICROTIME] = "string", [SCHEMA_QUANTITY] = "resource.Quantity",
	    [SCHEMA_INTSTR] = "int32",	[SCHEMA_ANY] = "any",
	};
	if (shape->kind == SCHEMA_LIST) {
		buf_puts(out, "[]");
		go_type(shape->element, out);
	} else if (shape->kind == SCHEMA_MAP) {
		buf_puts(out, "map[string]");
		go_type(shape->element, out);
	} else if (shape->kind == SCHEMA_STRUCT) {
		buf_printf(out, "v1.%s", shape->type->name);
	} else {
		buf_puts(out, WORDS[shape->kind]);
	}
}

static json_t *wrong_type(struct decoder *d, const struct schema_shape *shape, const json_t *in, const struct place *at)
{
	struct buf CLEANUP_BUF path = BUF_INIT(4096);
	struct buf CLEANUP_BUF type = BUF_INIT(256);
	place_text(at, false, &path);
	go_type(shape, &type);
	err_set(d->e, ERR_INVALID, "json: cannot unmarshal %s into Go struct field %s.%s of type %s", json_word(in),
		d->holder, buf_str(&path), buf_str(&type));
	return NULL;
}

static json_t *zero(const struct schema_shape *shape)
{
	if (shape->pointer) {
		return json_null();
	}
	switch (shape->kind) {
	case SCHEMA_STRING:
		return json_string("");
	case SCHEMA_BOOL:
		return json_false();
	case SCHEMA_INT32:
	case SCHEMA_INT64:
	case SCHEMA_NUMBER:
	case SCHEMA_INTSTR:
		return json_integer(0);
	case SCHEMA_QUANTITY:
		return json_string("0");
	case SCHEMA_STRUCT: {
		struct err e;
		json_t *empty = json_object();
		json_t *out = schema_decode(shape->type, empty, false, NULL, &e);
		json_decref(empty);
		return out;
	}
	default:
		return json_null();
	}
}

/* Would Go's omitempty leave it out? Structs never are; pointers to anything are something. */
static bool is_empty(const struct schema_shape *shape, const json_t *v)
{
	if (shape->pointer) {
		return false;
	}
	switch (shape->kind) {
	case SCHEMA_STRING:
		return json_string_length(v) == 0;
	case SCHEMA_BOOL:
		return json_is_false(v);
	case SCHEMA_INT32:
	case SCHEMA_INT64:
	case SCHEMA_NUMBER:
		return json_number_value(v) == 0;
	case SCHEMA_LIST:
		return json_array_size(v) == 0;
	case SCHEMA_MAP:
		return json_object_size(v) == 0;
	default:
		return false;
	}
}

static json_t *decode_number(struct decoder *d, const struct schema_shape *shape, const json_t *in,
			     const struct place *at)
{
	if (shape->kind == SCHEMA_NUMBER && json_is_number(in)) {
		return json_copy((json_t *)(uintptr_t)in);
	}
	if (json_is_real(in) && json_real_value(in) == (double)(int64_t)json_real_value(in)) {
		return json_integer((int64_t)json_real_value(in));
	}
	if (!json_is_integer(in)) {
		return wrong_type(d, shape, in, at);
	}
	int64_t v = json_integer_value(in);
	if (shape->kind == SCHEMA_INT32 && (v > INT32_MAX || v < INT32_MIN)) {
		struct buf CLEANUP_BUF path = BUF_INIT(4096);
		place_text(at, false, &path);
		err_set(d->e, ERR_INVALID,
			"json: cannot unmarshal number %" PRId64 " into Go struct field %s.%s of type int32", v,
			d->holder, buf_str(&path));
		return NULL;
	}
	return json_integer(v);
}

static json_t *decode_scalar(struct decoder *d, const struct schema_shape *shape, const json_t *in,
			     const struct place *at)
{
	char out[64];
	switch (shape->kind) {
	case SCHEMA_STRING:
	case SCHEMA_BYTES:
		return json_is_string(in) ? json_copy((json_t *)(uintptr_t)in) : wrong_type(d, shape, in, at);
	case SCHEMA_BOOL:
		return json_is_boolean(in) ? json_boolean(json_is_true(in)) : wrong_type(d, shape, in, at);
	case SCHEMA_TIME:
	case SCHEMA_MICROTIME:
		if (!json_is_string(in)) {
			return wrong_type(d, shape, in, at);
		}
		if (schema_time(json_string_value(in), shape->kind == SCHEMA_MICROTIME, out, d->e) < 0) {
			return NULL;
		}
		return json_string(out);
	case SCHEMA_QUANTITY:
		if (json_is_string(in)) {
			snprintf(out, sizeof(out), "%s", json_string_value(in));
		} else if (json_is_integer(in)) {
			snprintf(out, sizeof(out), "%" JSON_INTEGER_FORMAT, json_integer_value(in));
		} else if (json_is_real(in)) {
			snprintf(out, sizeof(out), "%.9g", json_real_value(in));
		} else {
			out[0] = 0;
		}
		if (quantity_canonical(out, out) < 0) {
			err_set(d->e, ERR_INVALID,
				"quantities must match the regular expression "
				"'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
			return NULL;
		}
		return json_string(out);
	case SCHEMA_INTSTR:
		if (json_is_string(in)) {
			return json_copy((json_t *)(uintptr_t)in);
		}
		return decode_number(d, shape, in, at);
	case SCHEMA_ANY:
		return json_deep_copy(in);
	default:
		return decode_number(d, shape, in, at);
	}
}

/* kind and apiVersion may stand in any object that is sent on its own. */
static void copy_type_meta(const json_t *in, json_t *out)
{
	static const char *const KEYS[] = {"kind", "apiVersion"};
	for (size_t i = 0; i < 2; i++) {
		json_t *v = json_object_get(in, KEYS[i]);
		if (json_is_string(v)) {
			json_object_set(out, KEYS[i], v);
		}
	}
}

static void note_unknown(struct decoder *d, const struct schema_type *t, const json_t *in, bool root,
			 const struct place *at)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)in, key, value) {
		bool type_meta = root && (strcmp(key, "kind") == 0 || strcmp(key, "apiVersion") == 0);
		if (!type_meta && !schema_field(t, key)) {
			struct place here = {.up = at, .name = key};
			struct buf CLEANUP_BUF path = BUF_INIT(4096);
			place_text(&here, true, &path);
			json_array_append_new(d->unknown, json_string(buf_str(&path)));
		}
	}
}

static json_t *decode_struct(struct decoder *d, const struct schema_type *t, const json_t *in, bool root,
			     const struct place *at)
{
	json_t *out = json_object();
	const char *former = d->holder;
	if (root) {
		copy_type_meta(in, out);
	}
	if (d->unknown) {
		note_unknown(d, t, in, root, at);
	}
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];
		const json_t *v = json_object_get(in, f->name);
		json_t *got = NULL;
		d->holder = t->name;
		if (v && !json_is_null(v)) {
			struct place here = {.up = at, .name = f->name};
			got = decode(d, f->shape, v, &here);
			if (!got) {
				json_decref(out);
				return NULL;
			}
			if (!f->always && is_empty(f->shape, got)) {
				json_decref(got);
				continue;
			}
		} else if (f->always) {
			got = zero(f->shape);
		} else {
			continue;
		}
		json_object_set_new(out, f->name, got);
	}
	d->holder = former;
	return out;
}

static json_t *decode_list(struct decoder *d, const struct schema_shape *shape, const json_t *in,
			   const struct place *at)
{
	json_t *out = json_array();
	size_t i;
	json_t *v;
	json_array_foreach ((json_t *)(uintptr_t)in, i, v) {
		struct place here = {.up = at, .index = i};
		json_t *got = json_is_null(v) ? zero(shape->element) : decode(d, shape->element, v, &here);
		if (!got) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, got);
	}
	return out;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Maps are written in the order of their keys. */
static json_t *decode_map(struct decoder *d, const struct schema_shape *shape, const json_t *in, const struct place *at)
{
	size_t n = 0;
	size_t count = json_object_size(in);
	const char **keys = xcalloc(count ? count : 1, sizeof(*keys));
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)(uintptr_t)in, key, v) {
		keys[n++] = key;
	}
	qsort(keys, n, sizeof(*keys), by_name);
	json_t *out = json_object();
	for (size_t i = 0; i < n; i++) {
		struct place here = {.up = at, .name = keys[i]};
		v = json_object_get(in, keys[i]);
		json_t *got = json_is_null(v) ? zero(shape->element) : decode(d, shape->element, v, &here);
		if (!got) {
			json_decref(out);
			out = NULL;
			break;
		}
		json_object_set_new(out, keys[i], got);
	}
	free(keys);
	return out;
}

static json_t *decode_nested(struct decoder *d, const struct schema_shape *shape, const json_t *in,
			     const struct place *at)
{
	switch (shape->kind) {
	case SCHEMA_STRUCT:
		return json_is_object(in) ? decode_struct(d, shape->type, in, false, at) : wrong_type(d, shape, in, at);
	case SCHEMA_LIST:
		return json_is_array(in) ? decode_list(d, shape, in, at) : wrong_type(d, shape, in, at);
	case SCHEMA_MAP:
		return json_is_object(in) ? decode_map(d, shape, in, at) : wrong_type(d, shape, in, at);
	default:
		return decode_scalar(d, shape, in, at);
	}
}

static json_t *decode(struct decoder *d, const struct schema_shape *shape, const json_t *in, const struct place *at)
{
	if (d->depth >= SCHEMA_DEPTH_MAX) {
		err_set(d->e, ERR_LIMIT, "nested deeper than %d", SCHEMA_DEPTH_MAX);
		return NULL;
	}
	d->depth++;
	json_t *out = decode_nested(d, shape, in, at);
	d->depth--;
	return out;
}

json_t *schema_decode(const struct schema_type *t, const json_t *in, bool root, json_t *unknown, struct err *e)
{
	struct decoder d = {.unknown = unknown, .e = e, .holder = t->name};
	return decode_struct(&d, t, in, root, NULL);
}
