#include "tests/sandbox/kube/protobuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/protobuf_fields.h"

#define MAGIC "k8s"
#define MAGIC_LEN 4 /* with its NUL */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* What is left of a message. */
struct reader {
	const unsigned char *p, *end;
};

struct field {
	int number;
	enum wire wire;
	uint64_t varint;
	struct reader bytes;
};

static bool read_varint(struct reader *r, uint64_t *ret)
{
	uint64_t value = 0;
	for (int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
		unsigned char byte = *r->p++;
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool read_bytes(struct reader *r, uint64_t n, struct reader *ret)
{
	if (n > (uint64_t)(r->end - r->p)) {
		return false;
	}
	*ret = (struct reader){r->p, r->p + n};
	r->p += n;
	return true;
}

/* The next field; -1 when the message is broken. */
static int read_field(struct reader *r, struct field *f, struct err *e)
{
	uint64_t tag, n;
	if (!read_varint(r, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911) {
		return err_set(e, ERR_INVALID, "protobuf: broken tag");
	}
	*f = (struct field){.number = (int)(tag >> 3), .wire = (enum wire)(tag & 7)};
	bool ok = false;
	switch (f->wire) {
	case WIRE_VARINT:
		ok = read_varint(r, &f->varint);
		break;
	case WIRE_BYTES:
		ok = read_varint(r, &n) && read_bytes(r, n, &f->bytes);
		break;
	case WIRE_FIXED64:
		ok = read_bytes(r, 8, &f->bytes);
		break;
	case WIRE_FIXED32:
		ok = read_bytes(r, 4, &f->bytes);
		break;
	}
	return ok ? 0 : err_set(e, ERR_INVALID, "protobuf: field %d is broken", f->number);
}

static json_t *text_of(const struct reader *r)
{
	return json_stringn((const char *)r->p, (size_t)(r->end - r->p));
}

static json_t *bytes_of(const struct reader *r)
{
	CLEANUP_FREE char *text = base64_encode((const char *)r->p, (size_t)(r->end - r->p));
	return json_string(text);
}

static int message_read(json_t *to, const struct protobuf_field *table, struct reader r, int depth, struct err *e);

static json_t *message_of(const struct protobuf_field *table, const struct reader *r, int depth, struct err *e)
{
	json_t *o = json_object();
	if (depth > PROTOBUF_DEPTH_MAX) {
		err_set(e, ERR_LIMIT, "protobuf: more than %d messages inside each other", PROTOBUF_DEPTH_MAX);
	} else if (message_read(o, table, *r, depth, e) == 0) {
		return o;
	}
	json_decref(o);
	return NULL;
}

/* {seconds: 1, nanos: 2}; nothing inside is no time. */
static json_t *time_of(struct reader r, struct err *e)
{
	struct field f;
	int64_t seconds = 0;
	char text[TIME_TEXT_MAX];
	while (r.p < r.end) {
		if (read_field(&r, &f, e) < 0) {
			return NULL;
		}
		seconds = f.number == 1 && f.wire == WIRE_VARINT ? (int64_t)f.varint : seconds;
	}
	if (seconds < 0 || seconds > 253402300799) {
		err_set(e, ERR_INVALID, "protobuf: a time out of range");
		return NULL;
	}
	return seconds == 0 ? json_null() : json_string(time_text(seconds * 1000, text));
}

/* The value of a map's entry in its JSON form. */
static json_t *entry_value(enum protobuf_kind kind, const struct reader *r, int depth, struct err *e)
{
	if (kind == PROTOBUF_MAP_BYTES) {
		return bytes_of(r);
	}
	if (kind == PROTOBUF_MAP_QUANTITY) {
		json_t *quantity = message_of(PROTOBUF_QUANTITY, r, depth + 1, e);
		json_t *text = json_incref(json_object_get(quantity, "string"));
		json_decref(quantity);
		return text;
	}
	return text_of(r);
}

/* {key: 1, value: 2} */
static int map_entry_read(json_t *to, const struct protobuf_field *t, struct reader r, int depth, struct err *e)
{
	struct field f;
	struct reader key = {0}, value = {0};
	while (r.p < r.end) {
		if (read_field(&r, &f, e) < 0) {
			return -1;
		}
		if (f.number == 1 && f.wire == WIRE_BYTES) {
			key = f.bytes;
		} else if (f.number == 2 && f.wire == WIRE_BYTES) {
			value = f.bytes;
		}
	}
	json_t *map = json_object_get(to, t->name), *name = text_of(&key), *v = entry_value(t->kind, &value, depth, e);
	if (!map) {
		map = json_object();
		json_object_set_new(to, t->name, map);
	}
	int failed = name && v ? json_object_set(map, json_string_value(name), v) : -1;
	json_decref(name);
	json_decref(v);
	return failed ? err_set(e, ERR_INVALID, "protobuf: %s has an entry that is no text", t->name) : 0;
}

static json_t *value_of(const struct protobuf_field *t, const struct field *f, int depth, struct err *e)
{
	switch (t->kind) {
	case PROTOBUF_TEXT:
		return text_of(&f->bytes);
	case PROTOBUF_TIME:
		return time_of(f->bytes, e);
	case PROTOBUF_MESSAGE:
		return message_of(t->message, &f->bytes, depth + 1, e);
	case PROTOBUF_INT:
		return json_integer((json_int_t)f->varint);
	case PROTOBUF_BOOL:
		return json_boolean(f->varint != 0);
	default:
		return NULL;
	}
}

/* Fields that are no pointers are sent even if nothing was said. */
static bool says_nothing(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_integer(value) && json_integer_value(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

static int known_field(json_t *to, const struct protobuf_field *t, const struct field *f, int depth, struct err *e)
{
	bool number = t->kind == PROTOBUF_INT || t->kind == PROTOBUF_BOOL;
	if (t->kind == PROTOBUF_IGNORED) {
		return 0;
	}
	if (f->wire != (number ? WIRE_VARINT : WIRE_BYTES)) {
		return err_set(e, ERR_INVALID, "protobuf: %s has wire type %d", t->name, (int)f->wire);
	}
	if (t->kind == PROTOBUF_MAP_TEXT || t->kind == PROTOBUF_MAP_BYTES || t->kind == PROTOBUF_MAP_QUANTITY) {
		return map_entry_read(to, t, f->bytes, depth, e);
	}
	json_t *value = value_of(t, f, depth, e);
	if (!value) {
		return e && e->code ? -1 : err_set(e, ERR_INVALID, "protobuf: %s is no text", t->name);
	}
	if (t->flags & PROTOBUF_LIST) {
		if (!json_object_get(to, t->name)) {
			json_object_set_new(to, t->name, json_array());
		}
		json_array_append_new(json_object_get(to, t->name), value);
	} else if (!(t->flags & PROTOBUF_POINTER) && says_nothing(value)) {
		json_decref(value);
	} else {
		json_object_set_new(to, t->name, value);
	}
	return 0;
}

static int message_read(json_t *to, const struct protobuf_field *table, struct reader r, int depth, struct err *e)
{
	struct field f;
	while (r.p < r.end) {
		const struct protobuf_field *t = table;
		if (read_field(&r, &f, e) < 0) {
			return -1;
		}
		while (t->name && t->number != f.number) {
			t++;
		}
		if (t->name) {
			if (known_field(to, t, &f, depth, e) < 0) {
				return -1;
			}
		} else if (f.varint != 0 || f.bytes.p != f.bytes.end) {
			return err_set(e, ERR_UNSUPPORTED, "protobuf: field %d is not known here", f.number);
		}
	}
	return 0;
}

static const struct protobuf_type *type_of(const json_t *meta)
{
	const char *version = js_str(meta, "apiVersion"), *kind = js_str(meta, "kind");
	for (const struct protobuf_type *t = PROTOBUF_TYPES; version && kind && t->kind; t++) {
		if (strcmp(t->api_version, version) == 0 && strcmp(t->kind, kind) == 0) {
			return t;
		}
	}
	return NULL;
}

/* runtime.Unknown{typeMeta: 1, raw: 2} */
static int envelope_read(struct reader r, json_t *meta, struct reader *ret_raw, struct err *e)
{
	struct field f;
	while (r.p < r.end) {
		if (read_field(&r, &f, e) < 0) {
			return -1;
		}
		if (f.number == 1 && f.wire == WIRE_BYTES &&
		    message_read(meta, PROTOBUF_TYPE_META, f.bytes, 0, e) < 0) {
			return -1;
		}
		if (f.number == 2 && f.wire == WIRE_BYTES) {
			*ret_raw = f.bytes;
		}
	}
	return ret_raw->p ? 0 : err_set(e, ERR_INVALID, "protobuf: there is no object in it");
}

json_t *protobuf_object(const void *bytes, size_t n, struct err *e)
{
	struct reader all = {(const unsigned char *)bytes + MAGIC_LEN, (const unsigned char *)bytes + n}, raw = {0};
	struct err local = {0};
	e = e ? e : &local;
	err_clear(e);
	if (n < MAGIC_LEN || memcmp(bytes, MAGIC, MAGIC_LEN) != 0) {
		err_set(e, ERR_INVALID, "protobuf: does not begin with k8s");
		return NULL;
	}
	json_t *object = json_object();
	if (envelope_read(all, object, &raw, e) == 0) {
		const struct protobuf_type *t = type_of(object);
		if (t && message_read(object, t->fields, raw, 0, e) == 0) {
			return object;
		}
		if (!t) {
			err_set(e, ERR_UNSUPPORTED, "protobuf: this kind is not known here");
		}
	}
	json_decref(object);
	return NULL;
}

void protobuf_front(sandbox_handler handler, void *model, int64_t now_ms, const struct sandbox_request *req,
		    struct sandbox_response *res)
{
	const char *type = sandbox_request_header(req, "Content-Type");
	CLEANUP_JSON json_t *object =
	    type && strcasecmp(type, PROTOBUF_MEDIA_TYPE) == 0 ? protobuf_object(req->body, req->body_len, NULL) : NULL;
	if (!object) {
		handler(model, now_ms, req, res);
		return;
	}
	CLEANUP_FREE char *text = js_text(object);
	CLEANUP_FREE struct sandbox_header *headers = xcalloc(req->n_headers, sizeof(*headers));
	struct sandbox_request copy = *req;
	for (size_t i = 0; i < req->n_headers; i++) {
		headers[i] = req->headers[i];
		if (strcasecmp(headers[i].name, "Content-Type") == 0) {
			headers[i].value = "application/json";
		}
	}
	copy.headers = headers;
	copy.body = text;
	copy.body_len = strlen(text);
	handler(model, now_ms, &copy, res);
}
