#include "tests/sandbox/kube/field_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"

static json_t *of_value(const struct schema_field *f, const struct schema_shape *shape, const json_t *v);

static bool is_atomic(const struct schema_field *f, const struct schema_shape *shape)
{
	if (f && f->apply_atomic) {
		return true;
	}
	if (shape->kind == SCHEMA_STRUCT) {
		return shape->type->atomic;
	}
	return shape->kind != SCHEMA_MAP && !(shape->kind == SCHEMA_LIST && f && (f->apply_map || f->apply_set));
}

/* An element's key as "k:{"name":"main"}": compact, keys sorted. An absent protocol is TCP, the one key that has a
 * default. */
static char *element_key(const struct schema_field *f, const json_t *element)
{
	json_t *keys = json_object();
	for (size_t i = 0; i < f->n_keys; i++) {
		json_t *value = json_object_get(element, f->keys[i]);
		if (value) {
			json_object_set(keys, f->keys[i], value);
		} else if (strcmp(f->keys[i], "protocol") == 0) {
			json_object_set_new(keys, f->keys[i], json_string("TCP"));
		}
	}
	char *text = js_dump(keys, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(keys);
	char *out = xasprintf("k:%s", text);
	free(text);
	return out;
}

static bool same_key(const struct schema_field *f, const json_t *a, const json_t *b)
{
	char CLEANUP_FREE *ka = element_key(f, a);
	char CLEANUP_FREE *kb = element_key(f, b);
	return strcmp(ka, kb) == 0;
}

size_t field_element(const struct schema_field *f, const json_t *list, const json_t *element)
{
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)list, i, e) {
		if (same_key(f, e, element)) {
			return i;
		}
	}
	return SIZE_MAX;
}

static size_t element_named(const struct schema_field *f, const json_t *list, const char *name)
{
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)list, i, e) {
		if (f->apply_map) {
			char CLEANUP_FREE *key = element_key(f, e);
			if (strcmp(key, name) == 0) {
				return i;
			}
		} else {
			char *text = js_text(e);
			bool same = strcmp(text, name + 2) == 0;
			free(text);
			if (same) {
				return i;
			}
		}
	}
	return SIZE_MAX;
}

static json_t *of_struct(const struct schema_type *t, const json_t *v)
{
	json_t *out = json_object();
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)v, key, child) {
		const struct schema_field *f = schema_field(t, key);
		if (f) {
			char CLEANUP_FREE *name = xasprintf("f:%s", key);
			json_object_set_new(out, name, of_value(f, f->shape, child));
		}
	}
	return out;
}

static json_t *of_map(const struct schema_shape *shape, const json_t *v)
{
	json_t *out = json_object();
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)v, key, child) {
		char CLEANUP_FREE *name = xasprintf("f:%s", key);
		json_object_set_new(out, name, of_value(NULL, shape->element, child));
	}
	return out;
}

static json_t *of_list(const struct schema_field *f, const json_t *v)
{
	json_t *out = json_object();
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)v, i, e) {
		if (f->apply_map) {
			char CLEANUP_FREE *name = element_key(f, e);
			json_t *inner = of_value(NULL, f->shape->element, e);
			json_object_set_new(inner, ".", json_object());
			json_object_set_new(out, name, inner);
		} else {
			char *text = js_text(e);
			char CLEANUP_FREE *name = xasprintf("v:%s", text);
			free(text);
			json_object_set_new(out, name, json_object());
		}
	}
	return out;
}

static json_t *of_value(const struct schema_field *f, const struct schema_shape *shape, const json_t *v)
{
	if (is_atomic(f, shape) || json_is_null(v)) {
		return json_object();
	}
	if (shape->kind == SCHEMA_STRUCT && json_is_object(v)) {
		return of_struct(shape->type, v);
	}
	if (shape->kind == SCHEMA_MAP && json_is_object(v)) {
		return of_map(shape, v);
	}
	return shape->kind == SCHEMA_LIST && json_is_array(v) ? of_list(f, v) : json_object();
}

json_t *field_set_of(const struct schema_type *t, const json_t *object)
{
	static const char *const IDENTITY[] = {"f:name",
					       "f:namespace",
					       "f:uid",
					       "f:resourceVersion",
					       "f:creationTimestamp",
					       "f:generation",
					       "f:managedFields",
					       "f:selfLink",
					       "f:generateName",
					       "f:deletionTimestamp",
					       "f:deletionGracePeriodSeconds"};
	json_t *out = of_struct(t, object);
	json_t *meta = json_object_get(out, "f:metadata");
	for (size_t i = 0; i < sizeof(IDENTITY) / sizeof(IDENTITY[0]); i++) {
		json_object_del(meta, IDENTITY[i]);
	}
	if (json_object_size(meta) == 0) {
		json_object_del(out, "f:metadata");
	}
	return out;
}

json_t *field_set_minus(const json_t *a, const json_t *b)
{
	json_t *out = json_object();
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)a, key, child) {
		json_t *other = json_object_get(b, key);
		if (!other) {
			json_object_set_new(out, key, json_deep_copy(child));
		} else if (json_object_size(child)) {
			json_t *rest = field_set_minus(child, other);
			if (json_object_size(rest)) {
				json_object_set(out, key, rest);
			}
			json_decref(rest);
		}
	}
	return out;
}

json_t *field_set_union(const json_t *a, const json_t *b)
{
	json_t *out = json_deep_copy(a);
	json_object_update_recursive(out, (json_t *)(uintptr_t)b);
	return out;
}

/* What a step of a path leads to in a value; NULL when nothing is there. `*ret_field` and `*ret_shape` describe it. */
static json_t *step(const struct schema_field *f, const struct schema_shape *shape, const json_t *v, const char *name,
		    const struct schema_field **ret_field, const struct schema_shape **ret_shape)
{
	*ret_field = NULL;
	*ret_shape = shape->element;
	if (name[0] == 'f' && shape->kind == SCHEMA_STRUCT) {
		*ret_field = schema_field(shape->type, name + 2);
		*ret_shape = *ret_field ? (*ret_field)->shape : NULL;
		return *ret_field ? json_object_get(v, name + 2) : NULL;
	}
	if (name[0] == 'f') {
		return json_object_get(v, name + 2);
	}
	size_t i = f && json_is_array(v) ? element_named(f, v, name) : SIZE_MAX;
	return i == SIZE_MAX ? NULL : json_array_get(v, i);
}

static json_t *changed(const struct schema_field *f, const struct schema_shape *shape, const json_t *set,
		       const json_t *before, const json_t *after)
{
	json_t *out = json_object();
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)set, key, child) {
		const struct schema_field *inner_field;
		const struct schema_shape *inner;
		if (strcmp(key, ".") == 0) {
			if ((before == NULL) != (after == NULL)) {
				json_object_set_new(out, key, json_object());
			}
			continue;
		}
		json_t *a = before ? step(f, shape, before, key, &inner_field, &inner) : NULL;
		json_t *b = after ? step(f, shape, after, key, &inner_field, &inner) : NULL;
		if (json_object_size(child) == 0) {
			if ((a == NULL) != (b == NULL) || (a && !json_equal(a, b))) {
				json_object_set_new(out, key, json_object());
			}
		} else if (a || b) {
			json_t *rest = changed(inner_field, inner, child, a, b);
			if (json_object_size(rest)) {
				json_object_set(out, key, rest);
			}
			json_decref(rest);
		}
	}
	return out;
}

json_t *field_set_changed(const struct schema_type *t, const json_t *set, const json_t *before, const json_t *after)
{
	struct schema_shape root = {.kind = SCHEMA_STRUCT, .type = t};
	return changed(NULL, &root, set, before, after);
}

static void take_out(const struct schema_field *f, const struct schema_shape *shape, json_t *v, const char *name)
{
	if (name[0] == 'f') {
		json_object_del(v, name + 2);
		return;
	}
	(void)shape;
	size_t i = f && json_is_array(v) ? element_named(f, v, name) : SIZE_MAX;
	if (i != SIZE_MAX) {
		json_array_remove(v, i);
	}
}

static void remove_from(const struct schema_field *f, const struct schema_shape *shape, const json_t *set, json_t *v)
{
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)set, key, child) {
		const struct schema_field *inner_field;
		const struct schema_shape *inner;
		if (strcmp(key, ".") == 0) {
			continue;
		}
		if (json_object_size(child) == 0 || json_object_get(child, ".")) {
			take_out(f, shape, v, key);
			continue;
		}
		json_t *at = step(f, shape, v, key, &inner_field, &inner);
		if (at) {
			remove_from(inner_field, inner, child, at);
		}
	}
}

void field_set_remove(const struct schema_type *t, const json_t *set, json_t *object)
{
	struct schema_shape root = {.kind = SCHEMA_STRUCT, .type = t};
	remove_from(NULL, &root, set, object);
}

/* "k:{"type":"Ready"}" reads [type="Ready"] in messages. */
static void path_part(const char *name, struct buf *out)
{
	if (name[0] == 'f') {
		buf_printf(out, ".%s", name + 2);
		return;
	}
	if (name[0] == 'v') {
		buf_printf(out, "[=%s]", name + 2);
		return;
	}
	json_t *keys = json_loads(name + 2, 0, NULL);
	const char *key;
	json_t *value;
	const char *gap = "";
	buf_puts(out, "[");
	json_object_foreach (keys, key, value) {
		char *text = js_dump(value, 0);
		buf_printf(out, "%s%s=%s", gap, key, text);
		free(text);
		gap = ",";
	}
	buf_puts(out, "]");
	json_decref(keys);
}

static void paths_below(const json_t *set, const char *above, json_t *paths)
{
	const char *key;
	json_t *child;
	json_object_foreach ((json_t *)(uintptr_t)set, key, child) {
		if (strcmp(key, ".") == 0) {
			continue;
		}
		struct buf CLEANUP_BUF path = BUF_INIT(65536);
		buf_puts(&path, above);
		path_part(key, &path);
		if (json_object_size(child) == 0) {
			json_array_append_new(paths, json_string(buf_str(&path)));
		}
		paths_below(child, buf_str(&path), paths);
	}
}

void field_set_paths(const json_t *set, json_t *paths)
{
	paths_below(set, "", paths);
}
