#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/resource.h"
#include "mesos/wire.h"

static const char *const TYPE_NAMES[] = {[MESOS_SCALAR] = "SCALAR", [MESOS_RANGES] = "RANGES", [MESOS_SET] = "SET"};

static int decode_type(const json_t *o, enum mesos_value *ret, struct err *e)
{
	const char *type = js_str(o, "type");
	for (size_t i = 0; type && i < sizeof(TYPE_NAMES) / sizeof(TYPE_NAMES[0]); i++) {
		if (strcmp(type, TYPE_NAMES[i]) == 0) {
			*ret = (enum mesos_value)i;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "unknown type \"%.64s\"", type ? type : "");
}

static int decode_scalar(const json_t *o, struct mesos_resource *r, struct err *e)
{
	double value;
	if (!wire_double(js_at(o, "scalar", "value", NULL), &value)) {
		return err_set(e, ERR_INVALID, "scalar without a number");
	}
	if (value < 0) {
		return err_set(e, ERR_INVALID, "negative amount %g", value);
	}
	if (value * 1000 > (double)MESOS_SCALAR_MAX_MILLI) {
		return err_set(e, ERR_LIMIT, "absurd amount %g", value);
	}
	r->milli = llround(value * 1000);
	return 0;
}

static int decode_ranges(const json_t *o, struct mesos_resource *r, struct err *e)
{
	const json_t *array = js_arr(js_obj(o, "ranges"), "range");
	size_t n = json_array_size(array);
	if (n > MESOS_RANGES_MAX) {
		return err_set(e, ERR_LIMIT, "%zu ranges, at most %d are taken", n, MESOS_RANGES_MAX);
	}
	if (n == 0) {
		return 0;
	}
	r->ranges = xcalloc(n, sizeof(*r->ranges));
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(array, i);
		struct mesos_range *range = &r->ranges[i];
		if (!wire_u64(json_object_get(one, "begin"), &range->begin) ||
		    !wire_u64(json_object_get(one, "end"), &range->end)) {
			return err_set(e, ERR_INVALID, "range %zu without two numbers", i);
		}
		if (range->end > INT64_MAX) { /* JSON integers of ours end there */
			return err_set(e, ERR_LIMIT, "absurd range end %" PRIu64, range->end);
		}
		if (range->begin > range->end) {
			return err_set(e, ERR_INVALID, "range [%" PRIu64 "-%" PRIu64 "] runs backwards", range->begin,
				       range->end);
		}
	}
	r->n_ranges = ranges_normalise(r->ranges, n);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int decode_set(const json_t *o, struct mesos_resource *r, struct err *e)
{
	const json_t *array = js_arr(js_obj(o, "set"), "item");
	size_t n = json_array_size(array);
	if (n > MESOS_RANGES_MAX) {
		return err_set(e, ERR_LIMIT, "a set of %zu, at most %d are taken", n, MESOS_RANGES_MAX);
	}
	if (n == 0) {
		return 0;
	}
	r->items = xcalloc(n, sizeof(*r->items));
	for (size_t i = 0; i < n; i++) {
		const char *item = json_string_value(json_array_get(array, i));
		if (!item) {
			return err_set(e, ERR_INVALID, "item %zu of the set is not text", i);
		}
		r->items[r->n_items++] = xstrdup(item);
	}
	qsort(r->items, n, sizeof(*r->items), by_text);
	size_t kept = 1;
	for (size_t i = 1; i < n; i++) {
		if (strcmp(r->items[i], r->items[kept - 1]) == 0) {
			free(r->items[i]);
		} else {
			r->items[kept++] = r->items[i];
		}
	}
	r->n_items = kept;
	return 0;
}

/* Members that have a field of their own, or say nothing: null, and the role "*" that every unreserved resource has. */
static bool is_rest(const char *key, const json_t *value)
{
	static const char *const known[] = {"name", "type", "scalar", "ranges", "set", "allocation_info"};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(key, known[i]) == 0) {
			return false;
		}
	}
	if (strcmp(key, "reservations") == 0 && json_is_array(value) && json_array_size(value) == 0) {
		return false;
	}
	return !json_is_null(value) &&
	       !(strcmp(key, "role") == 0 && json_is_string(value) && strcmp(json_string_value(value), "*") == 0);
}

static json_t *decode_rest(const json_t *o)
{
	json_t *rest = NULL;
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)o, key, value) {
		if (!is_rest(key, value)) {
			continue;
		}
		if (!rest) {
			rest = json_object();
		}
		json_object_set(rest, key, value);
	}
	return rest;
}

/* A disk that is more than space: a volume, or a source of its own (path, mount, block device). */
static bool disk_has_identity(const json_t *disk)
{
	return js_obj(disk, "persistence") || js_obj(disk, "volume") || js_obj(disk, "source");
}

static bool disk_is_whole(const json_t *disk)
{
	const json_t *source = js_obj(disk, "source");
	const char *type = js_str(source, "type");
	return js_obj(disk, "persistence") || js_str(source, "id") ||
	       (type && (strcmp(type, "MOUNT") == 0 || strcmp(type, "BLOCK") == 0));
}

static void classify(struct mesos_resource *r)
{
	const json_t *disk = js_obj(r->rest, "disk");
	bool shared = js_obj(r->rest, "shared");
	r->reserved = js_obj(r->rest, "reservation") || js_arr(r->rest, "reservations") || js_str(r->rest, "role");
	r->plain = !shared && !js_obj(r->rest, "revocable") && !disk_has_identity(disk);
	r->whole = shared || disk_is_whole(disk);
}

static int decode_value(const json_t *o, struct mesos_resource *r, struct err *e)
{
	if (decode_type(o, &r->type, e) < 0) {
		return -1;
	}
	switch (r->type) {
	case MESOS_SCALAR:
		return decode_scalar(o, r, e);
	case MESOS_RANGES:
		return decode_ranges(o, r, e);
	case MESOS_SET:
		return decode_set(o, r, e);
	}
	return -1;
}

static int decode_one(const json_t *o, size_t index, struct mesos_resources *to, struct err *e)
{
	const char *name = js_str(o, "name");
	if (!name || !*name) {
		return err_set(e, ERR_INVALID, "resource %zu has no name", index);
	}
	struct mesos_resource r = {.name = xstrdup(name)};
	if (decode_value(o, &r, e) < 0) {
		err_wrap(e, "resource %.64s", name);
		resource_done(&r);
		return -1;
	}
	const char *role = js_str_at(o, "allocation_info", "role", NULL);
	r.role = role ? xstrdup(role) : NULL;
	r.rest = decode_rest(o);
	classify(&r);
	resources_add_owned(to, &r);
	return 0;
}

int mesos_resources_decode(const json_t *array, struct mesos_resources *ret, struct err *e)
{
	if (array && !json_is_array(array) && !json_is_null(array)) {
		return err_set(e, ERR_INVALID, "resources are not an array");
	}
	if (json_array_size(array) > MESOS_RESOURCES_MAX) {
		return err_set(e, ERR_LIMIT, "%zu resources, at most %d are taken", json_array_size(array),
			       MESOS_RESOURCES_MAX);
	}
	struct mesos_resources r;
	mesos_resources_init(&r);
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (decode_one(json_array_get(array, i), i, &r, e) < 0) {
			mesos_resources_done(&r);
			return -1;
		}
	}
	*ret = r;
	return 0;
}

static json_t *encode_ranges(const struct mesos_resource *r)
{
	json_t *array = json_array();
	for (size_t i = 0; i < r->n_ranges; i++) {
		json_array_append_new(array, json_pack("{s:I, s:I}", "begin", (json_int_t)r->ranges[i].begin, "end",
						       (json_int_t)r->ranges[i].end));
	}
	return json_pack("{s:o}", "range", array);
}

static json_t *encode_set(const struct mesos_resource *r)
{
	json_t *array = json_array();
	for (size_t i = 0; i < r->n_items; i++) {
		json_array_append_new(array, wire_new_string(r->items[i]));
	}
	return json_pack("{s:o}", "item", array);
}

static json_t *encode_one(const struct mesos_resource *r)
{
	json_t *o = json_object();
	json_object_set_new(o, "name", wire_new_string(r->name));
	json_object_set_new(o, "type", json_string(TYPE_NAMES[r->type]));
	switch (r->type) {
	case MESOS_SCALAR:
		json_object_set_new(o, "scalar", json_pack("{s:f}", "value", (double)r->milli / 1000));
		break;
	case MESOS_RANGES:
		json_object_set_new(o, "ranges", encode_ranges(r));
		break;
	case MESOS_SET:
		json_object_set_new(o, "set", encode_set(r));
		break;
	}
	if (r->role) {
		json_object_set_new(o, "allocation_info", json_pack("{s:o}", "role", wire_new_string(r->role)));
	}
	if (r->rest) {
		json_object_update(o, r->rest);
	}
	return o;
}

json_t *mesos_resources_encode(const struct mesos_resources *r)
{
	json_t *array = json_array();
	for (size_t i = 0; i < r->n; i++) {
		json_array_append_new(array, encode_one(&r->items[i]));
	}
	return array;
}
