#include "tests/sandbox/kube/proto.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

/* Messages are put together inside out. */
static void put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7) {
		buf_putc(b, (char)(v | 0x80));
	}
	buf_putc(b, (char)v);
}

static void put_bytes(struct buf *b, int number, const void *p, size_t n)
{
	put_varint(b, (uint64_t)number << 3 | 2);
	put_varint(b, n);
	buf_append(b, p, n);
}

static void put_text(struct buf *b, int number, const char *text)
{
	put_bytes(b, number, text, strlen(text));
}

static void put_number(struct buf *b, int number, uint64_t v)
{
	put_varint(b, (uint64_t)number << 3);
	put_varint(b, v);
}

static void put_inner(struct buf *b, int number, const struct buf *inner)
{
	put_bytes(b, number, inner->len ? inner->data : "", inner->len);
}

static void put_pair(struct buf *b, int number, const char *key, const char *value)
{
	struct buf CLEANUP_BUF pair = BUF_INIT(4096);
	put_text(&pair, 1, key);
	put_text(&pair, 2, value);
	put_inner(b, number, &pair);
}

static void wrap(struct buf *out, const char *api, const char *kind, const struct buf *object)
{
	struct buf CLEANUP_BUF type = BUF_INIT(4096);
	put_text(&type, 1, api);
	put_text(&type, 2, kind);
	buf_append(out, "k8s\0", 4);
	put_inner(out, 1, &type);
	put_inner(out, 2, object);
	put_text(out, 3, "");
	put_text(out, 4, "");
}

/* A config map {metadata:{name:m, labels:{a:b}}, data:{k:v}, binaryData:{z:"\1\2\3"}, immutable:false}. */
static void config_map(struct buf *out)
{
	struct buf CLEANUP_BUF meta = BUF_INIT(4096);
	struct buf CLEANUP_BUF map = BUF_INIT(4096);
	put_text(&meta, 1, "m");
	put_pair(&meta, 11, "a", "b");
	put_inner(&map, 1, &meta);
	put_pair(&map, 2, "k", "v");
	put_pair(&map, 3, "z", "\1\2\3");
	put_number(&map, 4, 0);
	put_number(&map, 99, 7);
	wrap(out, "v1", "ConfigMap", &map);
}

static json_t *reading(const char *type, const struct buf *body, size_t n, struct err *e)
{
	struct schema *s = schema_new();
	json_t *out = proto_read(schema_find(s, type), body->data, n, e);
	schema_free(s);
	return out;
}

static void assert_text(const json_t *got, const char *wanted)
{
	assert_non_null(got);
	char CLEANUP_FREE *text = js_text(got);
	assert_string_equal(text, wanted);
}

static void a_config_map_reads_as_its_json(void **state)
{
	(void)state;
	struct err e;
	struct buf CLEANUP_BUF body = BUF_INIT(65536);
	config_map(&body);
	json_t CLEANUP_JSON *got = reading("ConfigMap", &body, body.len, &e);
	assert_text(got, "{\"metadata\":{\"name\":\"m\",\"labels\":{\"a\":\"b\"}},\"data\":{\"k\":\"v\"},"
			 "\"binaryData\":{\"z\":\"AQID\"},"
			 "\"immutable\":false,\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}");
}

static void fields_of_embedded_messages_are_found(void **state)
{
	(void)state;
	struct err e;
	struct buf CLEANUP_BUF volume = BUF_INIT(4096);
	struct buf CLEANUP_BUF source = BUF_INIT(4096);
	struct buf CLEANUP_BUF host = BUF_INIT(4096);
	struct buf CLEANUP_BUF body = BUF_INIT(65536);
	put_text(&host, 1, "/x");
	put_inner(&source, 1, &host);
	put_text(&volume, 1, "v");
	put_inner(&volume, 2, &source);
	wrap(&body, "v1", "Volume", &volume);
	json_t CLEANUP_JSON *got = reading("Volume", &body, body.len, &e);
	assert_string_equal(js_str_at(got, "hostPath", "path", NULL), "/x");
}

static void times_quantities_and_int_or_strings_are_read(void **state)
{
	(void)state;
	struct err e;
	struct buf CLEANUP_BUF micro = BUF_INIT(64);
	struct buf CLEANUP_BUF spec = BUF_INIT(4096);
	struct buf CLEANUP_BUF lease = BUF_INIT(4096);
	struct buf CLEANUP_BUF body = BUF_INIT(65536);
	put_number(&micro, 1, 1795342665);
	put_number(&micro, 2, 123456000);
	put_text(&spec, 1, "me");
	put_number(&spec, 2, 40);
	put_inner(&spec, 4, &micro);
	put_inner(&lease, 2, &spec);
	wrap(&body, "coordination.k8s.io/v1", "Lease", &lease);
	json_t CLEANUP_JSON *got = reading("Lease", &body, body.len, &e);
	assert_string_equal(js_str_at(got, "spec", "renewTime", NULL), "2026-11-22T10:17:45.123456Z");
	assert_int_equal(js_int(js_obj(got, "spec"), "leaseDurationSeconds", 0), 40);
}

static void every_truncation_is_refused_or_read_and_never_more(void **state)
{
	(void)state;
	struct buf CLEANUP_BUF body = BUF_INIT(65536);
	config_map(&body);
	size_t refused = 0;
	for (size_t n = 0; n < body.len; n++) {
		struct err e;
		/* A copy of that size, so that a sanitizer sees one byte too far. */
		struct buf part = BUF_INIT(65536);
		part.data = xmalloc(n ? n : 1);
		memcpy(part.data, body.data, n);
		part.len = n;
		json_t *got = reading("ConfigMap", &part, n, &e);
		refused += got == NULL;
		json_decref(got);
		free(part.data);
	}
	assert_in_range(refused, 1, body.len - 1);
}

static void lengths_beyond_the_body_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n;
	} BAD[] = {
	    {"k8s\0\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15},
	    {"k8s\0\x12\x05\x0a\x7f", 8},
	    {"k8s\0\x12\x02\x0b\x00", 8},
	    {"k8s\0\x13", 5},
	    {"k9s\0", 4},
	    {"", 0},
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct err e;
		struct buf body = {.data = (char *)(uintptr_t)BAD[i].bytes, .len = BAD[i].n};
		assert_null(reading("ConfigMap", &body, BAD[i].n, &e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_config_map_reads_as_its_json),
	    cmocka_unit_test(fields_of_embedded_messages_are_found),
	    cmocka_unit_test(times_quantities_and_int_or_strings_are_read),
	    cmocka_unit_test(every_truncation_is_refused_or_read_and_never_more),
	    cmocka_unit_test(lengths_beyond_the_body_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
