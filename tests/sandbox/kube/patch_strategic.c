#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/patches.h"

#define ORDER "$setElementOrder/"
#define DELETE_PRIMITIVES "$deleteFromPrimitiveList/"

static json_t *merge_struct(const struct schema_type *t, const json_t *doc, const json_t *patch, int depth,
			    struct refusal *r);

static bool is_directive(const char *key)
{
	return key[0] == '$';
}

static const char *directive(const json_t *patch)
{
	const char *word = js_str(patch, "$patch");
	return word ? word : "";
}

/* A value as Go prints it: map[a:1 b:[x y]]. */
static void go_print(const json_t *v, struct buf *out)
{
	size_t i;
	json_t *element;
	if (json_is_object(v)) {
		char *text = js_dump(v, JSON_SORT_KEYS | JSON_COMPACT);
		json_t *sorted = json_loads(text, 0, NULL);
		free(text);
		const char *key;
		const char *gap = "";
		buf_puts(out, "map[");
		json_object_foreach (sorted, key, element) {
			buf_printf(out, "%s%s:", gap, key);
			go_print(element, out);
			gap = " ";
		}
		buf_puts(out, "]");
		json_decref(sorted);
	} else if (json_is_array(v)) {
		buf_puts(out, "[");
		json_array_foreach ((json_t *)(uintptr_t)v, i, element) {
			buf_puts(out, i ? " " : "");
			go_print(element, out);
		}
		buf_puts(out, "]");
	} else if (json_is_string(v)) {
		buf_puts(out, json_string_value(v));
	} else if (json_is_integer(v)) {
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	} else {
		buf_puts(out, json_is_null(v)	 ? "<nil>"
			      : json_is_true(v)	 ? "true"
			      : json_is_false(v) ? "false"
						 : "number");
	}
}

static int no_merge_key(const json_t *element, const char *key, struct refusal *r)
{
	struct buf CLEANUP_BUF text = BUF_INIT(65536);
	go_print(element, &text);
	return refuse(r, 500, NULL, NULL, "map: %s does not contain declared merge key: %s", buf_str(&text), key);
}

/* Elements are the same when their merge keys, or for primitives themselves, are equal. */
static bool same_element(const json_t *a, const json_t *b, const char *key)
{
	if (!key) {
		return json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b);
	}
	json_t *ka = json_object_get(a, key);
	json_t *kb = json_object_get(b, key);
	return ka && kb && json_equal(ka, kb);
}

static size_t index_of(const json_t *list, const json_t *element, const char *key)
{
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)list, i, e) {
		if (same_element(e, element, key)) {
			return i;
		}
	}
	return SIZE_MAX;
}

/* The elements of `list` that are (or are not) in `order`; those that are come in its order. */
static json_t *partition(const json_t *list, const json_t *order, const char *key, bool present)
{
	json_t *out = json_array();
	size_t i;
	json_t *e;
	if (present) {
		json_array_foreach ((json_t *)(uintptr_t)order, i, e) {
			size_t at = index_of(list, e, key);
			if (at != SIZE_MAX && index_of(out, e, key) == SIZE_MAX) {
				json_array_append(out, json_array_get(list, at));
			}
		}
		return out;
	}
	json_array_foreach ((json_t *)(uintptr_t)list, i, e) {
		if (index_of(order, e, key) == SIZE_MAX) {
			json_array_append(out, e);
		}
	}
	return out;
}

/* What the client ordered keeps that order; what only the server has stays in front of its former followers. */
static json_t *ordered(const json_t *merged, const json_t *order, const json_t *original, const char *key)
{
	json_t CLEANUP_JSON *asked = partition(merged, order, key, true);
	json_t CLEANUP_JSON *others = partition(merged, order, key, false);
	json_t *out = json_array();
	size_t i = 0;
	size_t j = 0;
	while (i < json_array_size(others) || j < json_array_size(asked)) {
		json_t *other = json_array_get(others, i);
		json_t *mine = json_array_get(asked, j);
		bool other_first = !mine;
		if (other && mine) {
			size_t a = index_of(original, other, key);
			size_t b = index_of(original, mine, key);
			other_first = a != SIZE_MAX && b != SIZE_MAX && a < b;
		}
		json_array_append(out, other_first ? other : mine);
		i += other_first;
		j += !other_first;
	}
	return out;
}

static void delete_matching(json_t *list, const json_t *element, const char *key)
{
	for (size_t i; (i = index_of(list, element, key)) != SIZE_MAX;) {
		json_array_remove(list, i);
	}
}

/* The patch's elements into a copy of the original; `*ret_replace`: a {"$patch":"replace"} stood among them. */
static json_t *merge_elements(const struct schema_field *f, const json_t *original, const json_t *patch,
			      bool *ret_replace, int depth, struct refusal *r)
{
	const struct schema_type *t = f->shape->element->type;
	json_t *out = original ? json_copy((json_t *)(uintptr_t)original) : json_array();
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)patch, i, e) {
		if (strcmp(directive(e), "replace") == 0) {
			*ret_replace = true;
			json_array_clear(out);
		}
	}
	json_array_foreach ((json_t *)(uintptr_t)patch, i, e) {
		if (strcmp(directive(e), "replace") == 0) {
			continue;
		}
		if (!json_object_get(e, f->merge_key)) {
			no_merge_key(e, f->merge_key, r);
			json_decref(out);
			return NULL;
		}
		if (strcmp(directive(e), "delete") == 0) {
			delete_matching(out, e, f->merge_key);
			continue;
		}
		size_t at = index_of(out, e, f->merge_key);
		json_t *merged = merge_struct(t, at == SIZE_MAX ? NULL : json_array_get(out, at), e, depth + 1, r);
		if (!merged) {
			json_decref(out);
			return NULL;
		}
		if (at == SIZE_MAX) {
			json_array_append_new(out, merged);
		} else {
			json_array_set_new(out, at, merged);
		}
	}
	return out;
}

static json_t *merge_primitives(const json_t *original, const json_t *patch)
{
	json_t *out = original ? json_copy((json_t *)(uintptr_t)original) : json_array();
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)patch, i, e) {
		if (index_of(out, e, NULL) == SIZE_MAX) {
			json_array_append(out, e);
		}
	}
	return out;
}

static json_t *merge_list(const struct schema_field *f, const json_t *original, const json_t *patch, int depth,
			  struct refusal *r)
{
	bool replace = false;
	json_t *merged =
	    f->merge_key ? merge_elements(f, original, patch, &replace, depth, r) : merge_primitives(original, patch);
	if (!merged || replace) {
		return merged;
	}
	json_t CLEANUP_JSON *order = json_array();
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)patch, i, e) {
		if (!directive(e)[0]) {
			json_array_append(order, e);
		}
	}
	json_t *out = ordered(merged, order, original, f->merge_key);
	json_decref(merged);
	return out;
}

static json_t *merge_map(const json_t *doc, const json_t *patch)
{
	if (strcmp(directive(patch), "replace") == 0 || strcmp(directive(patch), "delete") == 0) {
		json_t *out = strcmp(directive(patch), "delete") == 0 ? json_object() : json_deep_copy(patch);
		json_object_del(out, "$patch");
		return out;
	}
	return patch_merge(doc, patch);
}

static json_t *merge_value(const struct schema_field *f, const json_t *doc, const json_t *patch, int depth,
			   struct refusal *r)
{
	const struct schema_shape *shape = f ? f->shape : NULL;
	if (f && f->replaces) {
		return json_deep_copy(patch);
	}
	if (shape && shape->kind == SCHEMA_STRUCT && json_is_object(patch)) {
		return merge_struct(shape->type, doc, patch, depth + 1, r);
	}
	if (shape && shape->kind == SCHEMA_LIST && f->merges && json_is_array(patch)) {
		return merge_list(f, doc, patch, depth + 1, r);
	}
	if (json_is_object(patch)) {
		return merge_map(doc, patch);
	}
	return json_deep_copy(patch);
}

static void retain_keys(json_t *out, const json_t *keys)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(out, next, key, value)
	{
		json_t *name = json_string(key);
		if (index_of(keys, name, NULL) == SIZE_MAX) {
			json_object_del(out, key);
		}
		json_decref(name);
	}
}

/* $setElementOrder/x and $deleteFromPrimitiveList/x, after the lists themselves were merged. */
static void list_directives(const struct schema_type *t, const json_t *doc, const json_t *patch, json_t *out)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		size_t i;
		json_t *e;
		if (strncmp(key, DELETE_PRIMITIVES, strlen(DELETE_PRIMITIVES)) == 0) {
			const char *name = key + strlen(DELETE_PRIMITIVES);
			json_t *list = json_object_get(out, name);
			if (json_is_array(list)) {
				list = json_copy(list);
				json_array_foreach (value, i, e) {
					delete_matching(list, e, NULL);
				}
				json_object_set_new(out, name, list);
			}
		}
	}
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		if (strncmp(key, ORDER, strlen(ORDER)) == 0) {
			const char *name = key + strlen(ORDER);
			const struct schema_field *f = schema_field(t, name);
			json_t *list = json_object_get(out, name);
			if (f && json_is_array(list) && json_is_array(value)) {
				json_object_set_new(out, name,
						    ordered(list, value, json_object_get(doc, name), f->merge_key));
			}
		}
	}
}

static json_t *merge_struct(const struct schema_type *t, const json_t *doc, const json_t *patch, int depth,
			    struct refusal *r)
{
	if (depth > PATCH_DEPTH_MAX) {
		refuse_bad_request(r, "patch is nested deeper than %d", PATCH_DEPTH_MAX);
		return NULL;
	}
	const char *how = directive(patch);
	if (strcmp(how, "delete") == 0) {
		return json_object();
	}
	bool replace = strcmp(how, "replace") == 0;
	json_t *out = json_is_object(doc) && !replace ? json_copy((json_t *)(uintptr_t)doc) : json_object();
	const char *key;
	json_t *value;
	if (js_arr(patch, "$retainKeys")) {
		retain_keys(out, js_arr(patch, "$retainKeys"));
	}
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		if (is_directive(key)) {
			continue;
		}
		if (json_is_null(value) || (json_is_object(value) && strcmp(directive(value), "delete") == 0)) {
			json_object_del(out, key);
			continue;
		}
		json_t *merged = merge_value(schema_field(t, key), json_object_get(out, key), value, depth, r);
		if (!merged) {
			json_decref(out);
			return NULL;
		}
		json_object_set_new(out, key, merged);
	}
	list_directives(t, doc, patch, out);
	return out;
}

json_t *patch_strategic(const struct schema_type *t, const json_t *document, const json_t *patch, struct refusal *r)
{
	if (!json_is_object(patch)) {
		refuse_bad_request(r, "json: cannot unmarshal %s into Go value of type map[string]interface {}",
				   json_is_array(patch)	   ? "array"
				   : json_is_string(patch) ? "string"
							   : "number");
		return NULL;
	}
	return merge_struct(t, document, patch, 0, r);
}
