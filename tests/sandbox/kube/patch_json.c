#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/patches.h"

/* Whatever does not apply is answered alike. */
static int cannot_apply(struct refusal *r)
{
	return refuse(r, 422, "Invalid", json_object(),
		      "the server rejected our request due to an error in our request");
}

/* Unescapes one part of a JSON pointer in place. */
static void unescape(char *part)
{
	char *out = part;
	for (const char *p = part; *p; p++) {
		if (p[0] == '~' && (p[1] == '0' || p[1] == '1')) {
			*out++ = p[1] == '0' ? '~' : '/';
			p++;
		} else {
			*out++ = *p;
		}
	}
	*out = 0;
}

/* An index of an array; `size` itself only when `append`. */
static int array_index(const char *part, size_t size, bool append, size_t *ret)
{
	if (append && strcmp(part, "-") == 0) {
		*ret = size;
		return 0;
	}
	char *end;
	if (part[0] < '0' || part[0] > '9') {
		return -1;
	}
	unsigned long i = strtoul(part, &end, 10);
	if (*end || i > size || (i == size && !append)) {
		return -1;
	}
	*ret = i;
	return 0;
}

static json_t *child(const json_t *at, const char *part)
{
	size_t i;
	if (json_is_object(at)) {
		return json_object_get(at, part);
	}
	if (json_is_array(at) && array_index(part, json_array_size(at), false, &i) == 0) {
		return json_array_get(at, i);
	}
	return NULL;
}

/* The container that the pointer's last part is in; NULL when there is none. `*ret_last` is to be freed. */
static json_t *resolve(json_t *root, const char *pointer, char **ret_last)
{
	if (pointer[0] != '/') {
		return NULL;
	}
	json_t *at = root;
	char CLEANUP_FREE *copy = xstrdup(pointer + 1);
	char *rest = copy;
	char *part = strsep(&rest, "/");
	while (rest) {
		unescape(part);
		at = child(at, part);
		part = strsep(&rest, "/");
	}
	if (!at) {
		return NULL;
	}
	unescape(part);
	*ret_last = xstrdup(part);
	return at;
}

static int add(json_t *at, const char *last, json_t *value)
{
	size_t i;
	if (json_is_object(at)) {
		return json_object_set(at, last, value);
	}
	if (json_is_array(at) && array_index(last, json_array_size(at), true, &i) == 0) {
		return json_array_insert(at, i, value);
	}
	return -1;
}

static int take_out(json_t *at, const char *last)
{
	size_t i;
	if (json_is_object(at)) {
		return json_object_del(at, last);
	}
	if (json_is_array(at) && array_index(last, json_array_size(at), false, &i) == 0) {
		return json_array_remove(at, i);
	}
	return -1;
}

static int put(json_t *at, const char *last, json_t *value)
{
	size_t i;
	if (!child(at, last)) {
		return -1;
	}
	if (json_is_object(at)) {
		return json_object_set(at, last, value);
	}
	return array_index(last, json_array_size(at), false, &i) == 0 ? json_array_set(at, i, value) : -1;
}

/* A copy of what `from` points at; NULL when there is nothing. */
static json_t *value_at(json_t *root, const char *from)
{
	char *last = NULL;
	json_t *at = resolve(root, from, &last);
	json_t *value = at ? child(at, last) : NULL;
	free(last);
	return value ? json_deep_copy(value) : NULL;
}

static int move_or_copy(json_t *root, const json_t *op, const char *path, bool move)
{
	const char *from = js_str(op, "from");
	json_t CLEANUP_JSON *value = from ? value_at(root, from) : NULL;
	if (!value) {
		return -1;
	}
	if (move) {
		char *last = NULL;
		json_t *at = resolve(root, from, &last);
		take_out(at, last);
		free(last);
	}
	char *last = NULL;
	json_t *at = resolve(root, path, &last);
	int result = at ? add(at, last, value) : -1;
	free(last);
	return result;
}

static int apply_one(json_t *root, const json_t *op)
{
	const char *name = js_str(op, "op");
	const char *path = js_str(op, "path");
	json_t *value = json_object_get(op, "value");
	if (!name || !path) {
		return -1;
	}
	if (strcmp(name, "move") == 0 || strcmp(name, "copy") == 0) {
		return move_or_copy(root, op, path, name[0] == 'm');
	}
	char *last = NULL;
	json_t *at = resolve(root, path, &last);
	int result = -1;
	if (at && strcmp(name, "remove") == 0) {
		result = take_out(at, last);
	} else if (at && value && strcmp(name, "add") == 0) {
		json_t CLEANUP_JSON *copy = json_deep_copy(value);
		result = add(at, last, copy);
	} else if (at && value && strcmp(name, "replace") == 0) {
		json_t CLEANUP_JSON *copy = json_deep_copy(value);
		result = put(at, last, copy);
	} else if (at && strcmp(name, "test") == 0) {
		json_t *have = child(at, last);
		bool nothing = !have && (!value || json_is_null(value));
		result = nothing || (have && value && json_equal(have, value)) ? 0 : -1;
	}
	free(last);
	return result;
}

json_t *patch_json(const json_t *document, const json_t *operations, struct refusal *r)
{
	if (!json_is_array(operations)) {
		refuse_bad_request(
		    r, "error decoding patch: json: cannot unmarshal %s into Go value of type []handlers.jsonPatchOp",
		    json_is_object(operations)	 ? "object"
		    : json_is_string(operations) ? "string"
						 : "number");
		return NULL;
	}
	if (json_array_size(operations) > PATCH_OPERATIONS_MAX) {
		refuse(r, 413, "RequestEntityTooLarge", NULL,
		       "The allowed maximum operations in a JSON patch is %d, got %zu", PATCH_OPERATIONS_MAX,
		       json_array_size(operations));
		return NULL;
	}
	json_t *out = json_deep_copy(document);
	size_t i;
	json_t *op;
	json_array_foreach ((json_t *)(uintptr_t)operations, i, op) {
		if (apply_one(out, op) < 0) {
			cannot_apply(r);
			json_decref(out);
			return NULL;
		}
	}
	return out;
}
