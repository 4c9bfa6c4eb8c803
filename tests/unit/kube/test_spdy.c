#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "kube/spdy.h"
#include "kube/spdy_headers.h"
#include "tests/unit/kube/recorded.h"
#include "tests/unit/unit.h"

#define DATA_MAX ((size_t)1 << 20)

/* What a session told, one line each; data of one stream that comes in pieces is put together. */
struct told {
	struct buf text;
	uint32_t data_of;
	struct spdy *s;
	bool reply;
};

static void line(struct told *t, const char *what, uint32_t stream)
{
	buf_printf(&t->text, "%s%s %u", t->text.len ? "\n" : "", what, stream);
	t->data_of = 0;
}

static void on_open(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n)
{
	static const char *const names[] = {"streamtype", "port", "requestid"};
	struct told *t = arg;
	line(t, "open", stream);
	for (size_t i = 0; i < 3; i++) { /* their order is the peer's whim */
		const char *value = spdy_header(headers, n, names[i]);
		if (value) {
			buf_printf(&t->text, " %s=%s", names[i], value);
		}
	}
	if (t->reply) {
		spdy_reply(t->s, stream);
	}
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	struct told *t = arg;
	if (t->data_of != stream) {
		line(t, "data", stream);
		buf_putc(&t->text, ' ');
	}
	t->data_of = stream;
	buf_append(&t->text, bytes, n);
}

static void on_fin(void *arg, uint32_t stream)
{
	line(arg, "fin", stream);
}

static void on_reset(void *arg, uint32_t stream, uint32_t status)
{
	line(arg, "reset", stream);
	buf_printf(&((struct told *)arg)->text, " %u", status);
}

static void on_goaway(void *arg)
{
	line(arg, "goaway", 0);
}

static const struct spdy_handlers handlers = {on_open, on_data, on_fin, on_reset, on_goaway};

static void told_init(struct told *t)
{
	*t = (struct told){.text = BUF_INIT(DATA_MAX), .reply = true};
	t->s = spdy_new(&handlers, t);
}

static void told_done(struct told *t)
{
	spdy_free(t->s);
	buf_done(&t->text);
}

static const struct {
	const char *name, *expected;
} sessions[] = {
    {"exec-stdin.c2s", "open 1 streamtype=error\nopen 3 streamtype=stdin\nopen 5 streamtype=stdout\n"
		       "open 7 streamtype=stderr\ndata 3 hello stdin\n\nfin 3"},
    {"k120-exec-tty.c2s",
     "open 1 streamtype=error\nopen 3 streamtype=stdin\nopen 5 streamtype=stdout\nopen 7 streamtype=resize\n"
     "data 7 {\"Width\":80,\"Height\":24}\n\ndata 3 stty size\n\ndata 7 {\"Width\":120,\"Height\":40}\n"
     "{\"Width\":120,\"Height\":40}\n\ndata 3 stty size\nexit 7\n"},
    {"port-forward.c2s",
     "open 1 streamtype=error port=18080 requestid=0\nfin 1\nopen 3 streamtype=data port=18080 requestid=0\n"
     "data 3 GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\nreset 3 5\n"
     "open 5 streamtype=error port=18080 requestid=1\nfin 5\nopen 7 streamtype=data port=18080 requestid=1\n"
     "data 7 GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\nreset 7 5\ngoaway 0"},
    {"exec-idle-ping.c2s", "open 1 streamtype=error\nopen 3 streamtype=stdout\nopen 5 streamtype=stderr\ngoaway 0"},
};
#define N_SESSIONS (sizeof(sessions) / sizeof(sessions[0]))

static void recorded_sessions_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SESSIONS; i++) {
		struct told t;
		struct err e = {0};
		size_t n;
		CLEANUP_FREE char *bytes = recorded(sessions[i].name, &n);
		told_init(&t);
		assert_int_equal(spdy_feed(t.s, bytes, n, &e), 0);
		assert_string_equal(buf_str(&t.text), sessions[i].expected);
		told_done(&t);
	}
}

static void every_split_of_the_bytes_tells_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SESSIONS; i++) {
		size_t n;
		CLEANUP_FREE char *bytes = recorded(sessions[i].name, &n);
		for (size_t at = 0; at <= n; at++) {
			struct told t;
			told_init(&t);
			assert_int_equal(spdy_feed(t.s, bytes, at, NULL), 0);
			assert_int_equal(spdy_feed(t.s, bytes + at, n - at, NULL), 0);
			assert_string_equal(buf_str(&t.text), sessions[i].expected);
			told_done(&t);
		}
		struct told t;
		told_init(&t);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(spdy_feed(t.s, bytes + k, 1, NULL), 0);
		}
		assert_string_equal(buf_str(&t.text), sessions[i].expected);
		told_done(&t);
	}
}

static void the_answer_of_a_real_kubelet_is_sent_byte_for_byte(void **state)
{
	(void)state;
	struct told t;
	size_t n, sent, wanted;
	CLEANUP_FREE char *bytes = recorded("exec-stdin.c2s", &n);
	CLEANUP_FREE char *answer = recorded("exec-stdin.s2c", &wanted);
	told_init(&t);
	assert_int_equal(spdy_feed(t.s, bytes, n, NULL), 0);
	assert_int_equal(spdy_send(t.s, 5, "hello stdin\n", 12), 0);
	assert_int_equal(spdy_send(t.s, 1, "{\"status\":\"Success\"}", 20), 0);
	assert_int_equal(spdy_goaway(t.s), 0);
	const char *out = spdy_pending(t.s, &sent);
	assert_int_equal(sent, wanted);
	assert_memory_equal(out, answer, wanted);
	spdy_sent(t.s, sent);
	spdy_pending(t.s, &sent);
	assert_int_equal(sent, 0);
	told_done(&t);
}

static void questions_are_echoed_and_answers_are_not(void **state)
{
	(void)state;
	struct told t;
	size_t n;
	told_init(&t);
	assert_int_equal(spdy_feed(t.s, "\x80\3\0\6\0\0\0\4\0\0\0\5", 12, NULL), 0);
	assert_int_equal(spdy_feed(t.s, "\x80\3\0\6\0\0\0\4\0\0\0\2", 12, NULL), 0);
	const char *out = spdy_pending(t.s, &n);
	assert_int_equal(n, 12);
	assert_memory_equal(out, "\x80\3\0\6\0\0\0\4\0\0\0\5", 12);
	told_done(&t);
}

static void the_dictionary_is_the_protocols(void **state)
{
	(void)state;
	unsigned char d[SPDY_DICTIONARY_SIZE];
	spdy_dictionary(d);
	assert_int_equal(adler32(adler32(0, NULL, 0), d, sizeof(d)), 0xe3c6a7c2);
}

/* ---- frames made here ---- */

static void put_u32(struct buf *b, uint32_t n)
{
	char c[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
	buf_append(b, c, 4);
}

static void put_control(struct buf *b, unsigned type, const void *payload, size_t n)
{
	put_u32(b, 0x80030000 | type);
	put_u32(b, (uint32_t)n);
	buf_append(b, payload, n);
}

/* A peer's header blocks. */
struct deflater {
	z_stream z;
};

static void deflater_init(struct deflater *d)
{
	unsigned char dictionary[SPDY_DICTIONARY_SIZE];
	memset(d, 0, sizeof(*d));
	spdy_dictionary(dictionary);
	assert_int_equal(deflateInit(&d->z, 9), Z_OK);
	assert_int_equal(deflateSetDictionary(&d->z, dictionary, sizeof(dictionary)), Z_OK);
}

static void put_block(struct deflater *d, struct buf *to, const struct buf *plain)
{
	unsigned char out[65536];
	d->z.next_in = (unsigned char *)plain->data;
	d->z.avail_in = (uInt)plain->len;
	d->z.next_out = out;
	d->z.avail_out = sizeof(out);
	assert_int_equal(deflate(&d->z, Z_SYNC_FLUSH), Z_OK);
	buf_append(to, out, sizeof(out) - d->z.avail_out);
}

/* SYN_STREAM with `count` headers "k": value of `value_n` bytes; HEADERS when stream is even. */
static void put_syn(struct deflater *d, struct buf *to, uint32_t stream, size_t count, size_t value_n)
{
	CLEANUP_BUF struct buf plain = BUF_INIT(DATA_MAX), payload = BUF_INIT(DATA_MAX);
	put_u32(&plain, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		put_u32(&plain, 1);
		buf_putc(&plain, 'k');
		put_u32(&plain, (uint32_t)value_n);
		for (size_t k = 0; k < value_n; k++) {
			buf_putc(&plain, 'v');
		}
	}
	put_u32(&payload, stream);
	buf_append(&payload, "\0\0\0\0\0\0", 6);
	put_block(d, &payload, &plain);
	put_control(to, 1, payload.data, payload.len);
}

static void assert_broken(const void *bytes, size_t n, const char *text)
{
	struct told t;
	struct err e = {0};
	size_t pending;
	told_init(&t);
	assert_int_equal(spdy_feed(t.s, bytes, n, &e), -1);
	assert_string_equal(e.text, text);
	const char *out = spdy_pending(t.s, &pending);
	assert_true(pending >= 16);
	assert_memory_equal(out + pending - 16, "\x80\3\0\7", 4); /* it says goodbye */
	assert_int_equal(spdy_feed(t.s, "x", 1, &e), -1);
	told_done(&t);
}

static void what_breaks_the_protocol_is_named_and_ends_the_session(void **state)
{
	(void)state;
	struct deflater d;
	CLEANUP_BUF struct buf b = BUF_INIT(DATA_MAX);
	assert_broken("GET / HT", 8, "SPDY: data for stream 1195725856, which nobody opened");
	assert_broken("\x80\2\0\6\0\0\0\4\0\0\0\1", 12, "SPDY: a frame of version 2");
	assert_broken("\x80\3\0\1\0\0\0\4\0\0\0\1", 12, "SPDY: a SYN_STREAM of 4 bytes");
	assert_broken("\x80\3\0\6\0\0\0\2\0\0", 10, "SPDY: a PING of 2 bytes");
	assert_broken("\x80\3\0\1\0\1\0\1", 8, "SPDY: a control frame of 65545 bytes, at most 65544 are taken");
	assert_broken("\x80\3\0\1\0\0\0\x0e\0\0\0\1\0\0\0\0\0\0oops", 22,
		      "SPDY: a header block is broken or longer than 16384 bytes");
	deflater_init(&d);
	put_syn(&d, &b, 2, 1, 1);
	assert_broken(b.data, b.len, "SPDY: stream 2 is opened after stream 0");
	deflateEnd(&d.z);
}

static void header_blocks_have_limits(void **state)
{
	(void)state;
	static const struct {
		size_t count, value_n;
		const char *text;
	} cases[] = {
	    {1, SPDY_HEADERS_MAX, "SPDY: a header block is broken or longer than 16384 bytes"},
	    {SPDY_PAIRS_MAX + 1, 1, "SPDY: 65 headers, at most 64 are taken"},
	};
	for (size_t i = 0; i < 2; i++) {
		struct deflater d;
		CLEANUP_BUF struct buf b = BUF_INIT(DATA_MAX);
		deflater_init(&d);
		put_syn(&d, &b, 1, cases[i].count, cases[i].value_n);
		assert_broken(b.data, b.len, cases[i].text);
		deflateEnd(&d.z);
	}
}

static void one_stream_too_many_is_refused_and_the_others_go_on(void **state)
{
	(void)state;
	struct told t;
	struct deflater d;
	CLEANUP_BUF struct buf b = BUF_INIT(DATA_MAX);
	size_t n;
	told_init(&t);
	t.reply = false;
	deflater_init(&d);
	for (uint32_t i = 0; i <= SPDY_STREAMS_MAX; i++) {
		put_syn(&d, &b, 2 * i + 1, 1, 1);
	}
	assert_int_equal(spdy_feed(t.s, b.data, b.len, NULL), 0);
	assert_int_equal(spdy_stream_count(t.s), SPDY_STREAMS_MAX);
	const char *out = spdy_pending(t.s, &n);
	assert_int_equal(n, 16);
	assert_memory_equal(out, "\x80\3\0\3\0\0\0\x08\0\0\4\1\0\0\0\3", 16);
	assert_int_equal(spdy_feed(t.s, "\0\0\0\1\1\0\0\2hi", 10, NULL), 0);
	assert_non_null(strstr(buf_str(&t.text), "data 1 hi\nfin 1"));
	deflateEnd(&d.z);
	told_done(&t);
}

static void a_stream_is_gone_when_both_sides_have_closed_it(void **state)
{
	(void)state;
	struct told t;
	struct deflater d;
	CLEANUP_BUF struct buf b = BUF_INIT(DATA_MAX);
	told_init(&t);
	deflater_init(&d);
	put_syn(&d, &b, 1, 0, 0);
	assert_int_equal(spdy_feed(t.s, b.data, b.len, NULL), 0);
	assert_int_equal(spdy_fin(t.s, 1), 0);
	assert_int_equal(spdy_stream_count(t.s), 1);
	assert_int_equal(spdy_feed(t.s, "\0\0\0\1\1\0\0\0", 8, NULL), 0);
	assert_int_equal(spdy_stream_count(t.s), 0);
	size_t before, after;
	spdy_pending(t.s, &before);
	assert_int_equal(spdy_send(t.s, 1, "x", 1), 0); /* to nobody */
	assert_int_equal(spdy_feed(t.s, "\0\0\0\1\0\0\0\1x", 9, NULL), 0);
	spdy_pending(t.s, &after);
	assert_int_equal(before, after);
	assert_string_equal(buf_str(&t.text), "open 1\nfin 1");
	deflateEnd(&d.z);
	told_done(&t);
}

static void more_than_may_wait_to_be_sent_is_an_error(void **state)
{
	(void)state;
	static char chunk[1 << 20];
	struct told t;
	size_t n;
	CLEANUP_FREE char *bytes = recorded("exec-stdin.c2s", &n);
	told_init(&t);
	assert_int_equal(spdy_feed(t.s, bytes, n, NULL), 0);
	for (int i = 0; i < 15; i++) {
		assert_int_equal(spdy_send(t.s, 5, chunk, sizeof(chunk)), 0);
	}
	assert_int_equal(spdy_send(t.s, 5, chunk, sizeof(chunk)), -1);
	told_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recorded_sessions_are_understood),
	    cmocka_unit_test(every_split_of_the_bytes_tells_the_same),
	    cmocka_unit_test(the_answer_of_a_real_kubelet_is_sent_byte_for_byte),
	    cmocka_unit_test(questions_are_echoed_and_answers_are_not),
	    cmocka_unit_test(the_dictionary_is_the_protocols),
	    cmocka_unit_test(what_breaks_the_protocol_is_named_and_ends_the_session),
	    cmocka_unit_test(header_blocks_have_limits),
	    cmocka_unit_test(one_stream_too_many_is_refused_and_the_others_go_on),
	    cmocka_unit_test(a_stream_is_gone_when_both_sides_have_closed_it),
	    cmocka_unit_test(more_than_may_wait_to_be_sent_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
