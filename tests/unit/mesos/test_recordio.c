#include "mesos/recordio.h"
#include "tests/unit/mesos/data.h"

/* All records in one line, each followed by '|'. */
struct seen {
	struct buf text;
	size_t stop_after; /* 0: never */
	size_t count;
};

static bool see(void *arg, const char *record, size_t n)
{
	struct seen *seen = arg;
	assert_int_equal(buf_append(&seen->text, record, n), 0);
	assert_int_equal(buf_putc(&seen->text, '|'), 0);
	return ++seen->count != seen->stop_after;
}

static void seen_init(struct seen *seen)
{
	*seen = (struct seen){0};
	buf_init(&seen->text, 1 << 22);
}

/* Feed in pieces of `piece` bytes, then end. -1 when either failed. */
static int decode(const char *bytes, size_t n, size_t piece, size_t max, struct seen *seen, struct err *e)
{
	struct recordio r;
	recordio_init(&r, max);
	int rc = 0;
	for (size_t at = 0; rc == 0 && at < n; at += piece) {
		/* A copy of exact size lets the sanitizer see a byte too far. */
		size_t take = n - at < piece ? n - at : piece;
		CLEANUP_FREE char *copy = xmalloc(take);
		memcpy(copy, bytes + at, take);
		rc = recordio_feed(&r, copy, take, see, seen, e);
	}
	if (rc == 0) {
		rc = recordio_end(&r, e);
	}
	recordio_done(&r);
	return rc;
}

static void streams_give_their_records_or_one_clear_error(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		const char *records;
		enum err_code code;
		const char *text;
	} table[] = {
	    {"", "", ERR_NONE, ""},
	    {"5\nhello", "hello|", ERR_NONE, ""},
	    {"5\nhello3\nyou", "hello|you|", ERR_NONE, ""},
	    {"0\n", "|", ERR_NONE, ""},
	    {"0\n0\n1\nx0\n", "||x||", ERR_NONE, ""},
	    {"005\nhello", "hello|", ERR_NONE, ""},
	    {"2\n\n\n1\n5", "\n\n|5|", ERR_NONE, ""},
	    {"20\n01234567890123456789", "01234567890123456789|", ERR_NONE, ""},
	    {"5\nhell", "", ERR_PROTOCOL, "stream ended after 4 of 5 bytes of a record"},
	    {"5\n", "", ERR_PROTOCOL, "stream ended after 0 of 5 bytes of a record"},
	    {"5", "", ERR_PROTOCOL, "stream ended inside a record length, at byte 1"},
	    {"1\nx\n", "x|", ERR_PROTOCOL, "record length expected at byte 3 of the stream, found 0x0a"},
	    {"{\"type\"", "", ERR_PROTOCOL, "record length expected at byte 0 of the stream, found 0x7b"},
	    {"-1\nx", "", ERR_PROTOCOL, "record length expected at byte 0 of the stream, found 0x2d"},
	    {"1 \nx", "", ERR_PROTOCOL, "record length expected at byte 1 of the stream, found 0x20"},
	    {"1\r\nx", "", ERR_PROTOCOL, "record length expected at byte 1 of the stream, found 0x0d"},
	    {"21\n", "", ERR_LIMIT, "record at byte 1 of the stream is longer than 20 bytes"},
	    {"99999999999999999999\n", "", ERR_LIMIT, "record at byte 1 of the stream is longer than 20 bytes"},
	    {"00000000000000000000\n", "", ERR_PROTOCOL,
	     "record length at byte 19 of the stream has more than 19 digits"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].bytes);
		for (size_t piece = 1; piece <= n + 1; piece++) {
			struct seen seen;
			seen_init(&seen);
			struct err e = {0};
			int rc = decode(table[i].bytes, n, piece, 20, &seen, &e);
			assert_int_equal(rc, table[i].code == ERR_NONE ? 0 : -1);
			assert_int_equal(e.code, table[i].code);
			assert_string_equal(e.text, table[i].text);
			assert_string_equal(buf_str(&seen.text), table[i].records);
			buf_done(&seen.text);
		}
	}
}

static void a_recorded_stream_split_anywhere_gives_the_same_records(void **state)
{
	(void)state;
	size_t n;
	CLEANUP_FREE char *bytes = read_data("26-pod-sandbox-pause/01-subscribe.body", &n);
	struct seen whole;
	seen_init(&whole);
	assert_int_equal(decode(bytes, n, n, 1 << 20, &whole, NULL), 0);
	assert_int_equal(whole.count, 18);
	for (size_t piece = 1; piece < 100; piece++) {
		struct seen seen;
		seen_init(&seen);
		assert_int_equal(decode(bytes, n, piece, 1 << 20, &seen, NULL), 0);
		assert_string_equal(buf_str(&seen.text), buf_str(&whole.text));
		buf_done(&seen.text);
	}
	buf_done(&whole.text);
}

static void a_receiver_that_wants_no_more_gets_no_more(void **state)
{
	(void)state;
	static const char bytes[] = "1\na1\nb1\ncjunk";
	for (size_t piece = 1; piece <= strlen(bytes); piece++) {
		struct seen seen;
		seen_init(&seen);
		seen.stop_after = 2;
		assert_int_equal(decode(bytes, strlen(bytes), piece, 20, &seen, NULL), 0);
		assert_string_equal(buf_str(&seen.text), "a|b|");
		buf_done(&seen.text);
	}
}

static void a_length_of_100_megabytes_is_refused_before_any_memory_is_taken(void **state)
{
	(void)state;
	struct recordio r;
	recordio_init(&r, (size_t)64 << 20);
	struct err e = {0};
	assert_int_equal(recordio_feed(&r, "104857600\n{", 11, see, NULL, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_null(r.record.data);
	recordio_done(&r);
}

static void what_is_encoded_is_decoded_again(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(1 << 16);
	static const char *const records[] = {"", "x", "{\"type\":\"HEARTBEAT\"}", "1\n2\n3"};
	struct buf want = BUF_INIT(1 << 16);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(recordio_encode(&out, records[i], strlen(records[i])), 0);
		buf_puts(&want, records[i]);
		buf_putc(&want, '|');
	}
	struct seen seen;
	seen_init(&seen);
	assert_int_equal(decode(out.data, out.len, 3, 100, &seen, NULL), 0);
	assert_string_equal(buf_str(&seen.text), buf_str(&want));
	buf_done(&seen.text);
	buf_done(&want);
	buf_done(&out);
}

static void encoding_into_a_full_buffer_appends_nothing(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(6);
	assert_int_equal(recordio_encode(&out, "abc", 3), 0);
	assert_int_equal(recordio_encode(&out, "", 0), -1);
	assert_string_equal(buf_str(&out), "3\nabc");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_give_their_records_or_one_clear_error),
	    cmocka_unit_test(a_recorded_stream_split_anywhere_gives_the_same_records),
	    cmocka_unit_test(a_receiver_that_wants_no_more_gets_no_more),
	    cmocka_unit_test(a_length_of_100_megabytes_is_refused_before_any_memory_is_taken),
	    cmocka_unit_test(what_is_encoded_is_decoded_again),
	    cmocka_unit_test(encoding_into_a_full_buffer_appends_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
