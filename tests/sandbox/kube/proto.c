#include "tests/sandbox/kube/proto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/timefmt.h"

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* One field of a message: a number, or bytes that the body holds. */
struct item {
	int number;
	enum wire wire;
	uint64_t value;
	const uint8_t *bytes;
	size_t len;
};

struct reader {
	const uint8_t *p, *end;
};

static json_t *read_message(const struct schema_type *t, struct reader r, int depth);
static json_t *read_value(const struct schema_shape *shape, const struct item *item, int depth);

static int read_varint(struct reader *r, uint64_t *ret)
{
	uint64_t value = 0;
	for (int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
		uint8_t byte = *r->p++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -1;
}

/* 1: an item; 0: the end; -1: broken. */
static int read_item(struct reader *r, struct item *ret)
{
	uint64_t key;
	if (r->p == r->end) {
		return 0;
	}
	if (read_varint(r, &key) < 0 || key >> 3 == 0 || key >> 3 > INT32_MAX) {
		return -1;
	}
	*ret = (struct item){.number = (int)(key >> 3), .wire = (enum wire)(key & 7)};
	size_t left = (size_t)(r->end - r->p);
	switch (ret->wire) {
	case WIRE_VARINT:
		return read_varint(r, &ret->value) < 0 ? -1 : 1;
	case WIRE_BYTES:
		if (read_varint(r, &ret->value) < 0 || ret->value > (size_t)(r->end - r->p)) {
			return -1;
		}
		ret->len = (size_t)ret->value;
		break;
	case WIRE_FIXED64:
	case WIRE_FIXED32:
		ret->len = ret->wire == WIRE_FIXED64 ? 8 : 4;
		if (left < ret->len) {
			return -1;
		}
		break;
	default:
		return -1;
	}
	ret->bytes = r->p;
	r->p += ret->len;
	return 1;
}

static struct reader inside(const struct item *item)
{
	return (struct reader){item->bytes, item->bytes + item->len};
}

/* The item with a number in a small message; false when there is none. */
static bool find_item(struct reader r, int number, struct item *ret)
{
	struct item item;
	bool found = false;
	while (read_item(&r, &item) > 0) {
		if (item.number == number) {
			*ret = item;
			found = true;
		}
	}
	return found;
}

static json_t *text_of(const struct item *item)
{
	return item->wire == WIRE_BYTES ? json_stringn((const char *)item->bytes, item->len) : NULL;
}

static json_t *read_time(const struct item *item, bool micro)
{
	struct item seconds = {0};
	struct item nanos = {0};
	if (item->wire != WIRE_BYTES) {
		return NULL;
	}
	bool any = find_item(inside(item), 1, &seconds);
	any = find_item(inside(item), 2, &nanos) || any;
	if (!any || seconds.value > INT32_MAX * 16ULL) {
		return json_null();
	}
	char text[TIME_TEXT_MAX];
	time_text((int64_t)seconds.value * 1000, text);
	if (!micro) {
		return json_string(text);
	}
	char CLEANUP_FREE *out = xasprintf("%.19s.%06uZ", text, (unsigned)(nanos.value / 1000 % 1000000));
	return json_string(out);
}

static json_t *read_int_or_string(const struct item *item)
{
	struct item type = {0};
	struct item part = {0};
	if (item->wire != WIRE_BYTES) {
		return NULL;
	}
	if (find_item(inside(item), 1, &type) && type.value == 1) {
		return find_item(inside(item), 3, &part) ? text_of(&part) : json_string("");
	}
	find_item(inside(item), 2, &part);
	return json_integer((json_int_t)part.value);
}

static json_t *read_quantity(const struct item *item)
{
	struct item text;
	if (item->wire != WIRE_BYTES) {
		return NULL;
	}
	return find_item(inside(item), 1, &text) ? text_of(&text) : json_string("0");
}

static json_t *read_bytes(const struct item *item)
{
	if (item->wire != WIRE_BYTES) {
		return NULL;
	}
	char CLEANUP_FREE *text = base64_encode(item->bytes, item->len);
	return json_string(text);
}

static json_t *read_value(const struct schema_shape *shape, const struct item *item, int depth)
{
	switch (shape->kind) {
	case SCHEMA_STRING:
		return text_of(item);
	case SCHEMA_BOOL:
		return item->wire == WIRE_VARINT ? json_boolean(item->value != 0) : NULL;
	case SCHEMA_INT32:
	case SCHEMA_INT64:
		return item->wire == WIRE_VARINT ? json_integer((json_int_t)item->value) : NULL;
	case SCHEMA_BYTES:
		return read_bytes(item);
	case SCHEMA_TIME:
	case SCHEMA_MICROTIME:
		return read_time(item, shape->kind == SCHEMA_MICROTIME);
	case SCHEMA_QUANTITY:
		return read_quantity(item);
	case SCHEMA_INTSTR:
		return read_int_or_string(item);
	case SCHEMA_STRUCT:
		return item->wire == WIRE_BYTES ? read_message(shape->type, inside(item), depth + 1) : NULL;
	default:
		return json_null(); /* floats and raw extensions, which no served object needs */
	}
}

static int put_map_entry(const struct schema_field *f, const struct item *item, json_t *object, int depth)
{
	struct item key = {.wire = WIRE_BYTES, .bytes = (const uint8_t *)""};
	struct item value;
	if (item->wire != WIRE_BYTES) {
		return -1;
	}
	find_item(inside(item), 1, &key);
	if (!json_object_get(object, f->name)) {
		json_object_set_new(object, f->name, json_object());
	}
	if (!find_item(inside(item), 2, &value)) {
		return 0;
	}
	json_t *read = read_value(f->shape->element, &value, depth);
	char CLEANUP_FREE *name = xstrndup((const char *)key.bytes, key.len);
	if (!read || json_object_set_new(json_object_get(object, f->name), name, read) < 0) {
		return -1;
	}
	return 0;
}

static int put(const struct schema_field *f, const struct item *item, json_t *object, int depth)
{
	if (f->shape->kind == SCHEMA_MAP) {
		return put_map_entry(f, item, object, depth);
	}
	if (f->shape->kind != SCHEMA_LIST) {
		json_t *read = read_value(f->shape, item, depth);
		return read ? json_object_set_new(object, f->name, read) : -1;
	}
	json_t *read = read_value(f->shape->element, item, depth);
	if (!json_object_get(object, f->name)) {
		json_object_set_new(object, f->name, json_array());
	}
	return read ? json_array_append_new(json_object_get(object, f->name), read) : -1;
}

static const struct schema_field *numbered(const struct schema_type *t, int around, int number)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (t->fields[i].around == around && t->fields[i].number == number) {
			return &t->fields[i];
		}
	}
	return NULL;
}

static bool is_around(const struct schema_type *t, int number)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (t->fields[i].around == number) {
			return true;
		}
	}
	return false;
}

/* The fields of one message into `object`; unknown ones are skipped. */
static int read_fields(const struct schema_type *t, int around, struct reader r, json_t *object, int depth)
{
	struct item item;
	int got;
	while ((got = read_item(&r, &item)) > 0) {
		const struct schema_field *f = numbered(t, around, item.number);
		if (f && put(f, &item, object, depth) < 0) {
			return -1;
		}
		if (!f && around == 0 && item.wire == WIRE_BYTES && is_around(t, item.number) &&
		    read_fields(t, item.number, inside(&item), object, depth) < 0) {
			return -1;
		}
	}
	return got;
}

static json_t *read_message(const struct schema_type *t, struct reader r, int depth)
{
	json_t *object = json_object();
	if (depth > SCHEMA_DEPTH_MAX || read_fields(t, 0, r, object, depth) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *proto_read(const struct schema_type *t, const char *body, size_t n, struct err *e)
{
	static const char MAGIC[4] = "k8s";
	struct item type;
	struct item raw;
	struct item word;
	if (n < sizeof(MAGIC) || memcmp(body, MAGIC, sizeof(MAGIC)) != 0) {
		err_set(e, ERR_INVALID,
			"provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
		return NULL;
	}
	struct reader r = {(const uint8_t *)body + sizeof(MAGIC), (const uint8_t *)body + n};
	json_t *object = find_item(r, 2, &raw) && raw.wire == WIRE_BYTES ? read_message(t, inside(&raw), 0) : NULL;
	if (!object) {
		err_set(e, ERR_INVALID, "the protobuf of the object is broken");
		return NULL;
	}
	if (find_item(r, 1, &type) && type.wire == WIRE_BYTES) {
		if (find_item(inside(&type), 1, &word)) {
			json_object_set_new(object, "apiVersion", text_of(&word));
		}
		if (find_item(inside(&type), 2, &word)) {
			json_object_set_new(object, "kind", text_of(&word));
		}
	}
	return object;
}
