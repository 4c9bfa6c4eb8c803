#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/watch.h"
#include "tests/unit/err_name.h"

/* Feed in pieces; each event becomes "TYPE name/version" in a line. The error of the end, or of what came before. */
static void decode(const char *bytes, size_t n, size_t piece, size_t line_max, struct buf *ret_told, struct err *ret_e)
{
	static const char *const names[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK"};
	struct watch_decoder d;
	struct watch_event event;
	int got = 0;
	err_clear(ret_e);
	buf_clear(ret_told);
	watch_init(&d, line_max);
	while (n && got >= 0) {
		size_t take = piece < n ? piece : n, left = take;
		const char *p = bytes;
		while ((got = watch_next(&d, &p, &left, &event, ret_e)) > 0) {
			const char *name = js_str_at(event.object, "metadata", "name", NULL);
			const char *version = js_str_at(event.object, "metadata", "resourceVersion", NULL);
			buf_printf(ret_told, "%s %s/%s\n", names[event.type], name ? name : "", version ? version : "");
			json_decref(event.object);
		}
		assert_int_equal(left, 0);
		assert_ptr_equal(p, bytes + take);
		bytes += take;
		n -= take;
	}
	if (got >= 0) {
		watch_end(&d, ret_e);
	}
	watch_done(&d);
}

static const char lines[] =
    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}}\n"
    "\n \r\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\\u0000\",\"resourceVersion\":\"2\"}}}\r\n"
    "{\"object\":{\"metadata\":{\"resourceVersion\":\"3\"}},\"type\":\"BOOKMARK\",\"more\":[]}\n"
    "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"4\"}}}\n";

static void lines_split_at_every_byte_give_the_same_events(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf told = BUF_INIT(1 << 20);
	struct err e;
	for (size_t piece = 1; piece <= sizeof(lines); piece++) {
		decode(lines, sizeof(lines) - 1, piece, 0, &told, &e);
		assert_int_equal(e.code, ERR_NONE);
		assert_string_equal(buf_str(&told), "ADDED a/1\nMODIFIED a/2\nBOOKMARK /3\nDELETED a/4\n");
	}
}

#define GOOD "{\"type\":\"ADDED\",\"object\":{}}\n"

static void what_is_wrong_is_one_error_that_names_the_line(void **state)
{
	static const struct {
		const char *bytes;
		enum err_code code;
		int http_status;
		const char *text;
	} rows[] = {
	    {GOOD "{oops}\n" GOOD, ERR_PROTOCOL, 0, "watch line 2 of 6 bytes: JSON line 1 column "},
	    {GOOD GOOD "[]\n", ERR_PROTOCOL, 0, "watch line 3: an event without type"},
	    {"7\n", ERR_PROTOCOL, 0, "watch line 1: an event without type"},
	    {"{\"type\":7,\"object\":{}}\n", ERR_PROTOCOL, 0, "watch line 1: an event without type"},
	    {"{\"type\":\"ADDED\"}\n", ERR_PROTOCOL, 0, "watch line 1: event ADDED without object"},
	    {"{\"type\":\"ADDED\",\"object\":[]}\n", ERR_PROTOCOL, 0, "watch line 1: event ADDED without object"},
	    {"{\"type\":\"added\",\"object\":{}}\n", ERR_PROTOCOL, 0, "watch line 1: event of unknown type \"added\""},
	    {"{\"type\":\"ADDED\",\"object\":{}} {}\n", ERR_PROTOCOL, 0,
	     "watch line 1 of 31 bytes: JSON line 1 column "},
	    {"{\"type\":\"ADDED\",\"type\":\"ADDED\",\"object\":{}}\n", ERR_PROTOCOL, 0, "watch line 1 of "},
	    {"\xff\xfe\n", ERR_PROTOCOL, 0, "watch line 1 of 2 bytes: "},
	    {GOOD "{\"type\":\"AD", ERR_PROTOCOL, 0, "the watch ended inside line 2, after 11 bytes of it"},
	    {"{\"type\":\"ERROR\",\"object\":{\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}}\n",
	     ERR_EXPIRED, 410, "ERROR event 410 Expired: too old"},
	    {"{\"type\":\"ERROR\",\"object\":{\"code\":429}}\n", ERR_BUSY, 429, "ERROR event 429: without a message"},
	    {"{\"type\":\"ERROR\",\"object\":{}}\n", ERR_IO, 500, "ERROR event 500: without a message"},
	    {"{\"type\":\"ERROR\"}\n", ERR_PROTOCOL, 0, "watch line 1: event ERROR without object"},
	};
	(void)state;
	CLEANUP_BUF struct buf told = BUF_INIT(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t piece = 1; piece < 200; piece += 33) {
			struct err e;
			decode(rows[i].bytes, strlen(rows[i].bytes), piece, 0, &told, &e);
			if (e.code != rows[i].code || e.http_status != rows[i].http_status ||
			    strncmp(e.text, rows[i].text, strlen(rows[i].text)) != 0) {
				fail_msg("row %zu: %s %d %s", i, err_code_name(e.code), e.http_status, e.text);
			}
		}
	}
}

static void a_line_at_the_limit_is_good_and_one_byte_more_is_an_error(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf told = BUF_INIT(1 << 20);
	size_t n = strlen(GOOD) - 1;
	struct err e;
	for (size_t piece = 1; piece < 60; piece++) {
		decode(GOOD GOOD, 2 * strlen(GOOD), piece, n, &told, &e);
		assert_int_equal(e.code, ERR_NONE);
		decode(GOOD GOOD, 2 * strlen(GOOD), piece, n - 1, &told, &e);
		assert_int_equal(e.code, ERR_LIMIT);
		assert_string_equal(e.text, "watch line 1 is over 27 bytes");
	}
}

static void after_an_error_a_decoder_takes_nothing_more(void **state)
{
	(void)state;
	struct watch_decoder d;
	struct watch_event event;
	struct err first, again;
	const char *p = "nonsense\n" GOOD, *q = GOOD;
	size_t n = strlen(p), m = strlen(q);
	watch_init(&d, 0);
	assert_int_equal(watch_next(&d, &p, &n, &event, &first), -1);
	assert_int_equal(n, 0);
	assert_int_equal(watch_next(&d, &q, &m, &event, &again), -1);
	assert_string_equal(first.text, again.text);
	watch_done(&d);
}

/* The body of a recorded answer, chunk framing taken off. */
static void recorded_body(const char *name, struct buf *ret)
{
	struct err e;
	CLEANUP_FREE char *path = xasprintf("%s/kubernetes/%s.response", TEST_DATA, name);
	CLEANUP_FREE char *text = file_read(path, 1 << 20, NULL, &e);
	assert_non_null(text);
	char *p = strstr(text, "\r\n\r\n");
	assert_non_null(p);
	p += 4;
	buf_clear(ret);
	for (unsigned long n; (n = strtoul(p, &p, 16)) > 0; p += n + 2) {
		p += 2;
		buf_append(ret, p, n);
	}
}

static void recorded_watches_give_their_events_however_they_are_split(void **state)
{
	static const struct {
		const char *name, *told;
		enum err_code code;
	} rows[] = {
	    {"watch/01-from-rv", "ADDED w1/251\nMODIFIED w1/252\nMODIFIED w1/253\nMODIFIED w1/254\nDELETED w1/255\n",
	     ERR_NONE},
	    {"watch/06-field-selector-transitions", "ADDED w2/259\nMODIFIED w2/260\nDELETED w2/261\n", ERR_NONE},
	    {"watch/07-label-selector-leaves", "DELETED w0/262\nADDED w0/263\n", ERR_NONE},
	    {"watch/09-bookmark-minute",
	     "MODIFIED w0/262\nMODIFIED w0/263\nBOOKMARK /275\nBOOKMARK /275\nBOOKMARK /275\n", ERR_NONE},
	    {"watch/10-watchlist", "ADDED w0/263\nBOOKMARK /280\n", ERR_NONE},
	    {"watch/29-410-compacted-uncached", "", ERR_EXPIRED},
	    {"watch-restart/07-410-watch-compacted", "", ERR_EXPIRED},
	};
	(void)state;
	CLEANUP_BUF struct buf body = BUF_INIT(1 << 20), told = BUF_INIT(1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e;
		recorded_body(rows[i].name, &body);
		for (size_t piece = 1; piece < body.len + 100; piece += 97) {
			decode(body.data, body.len, piece, 0, &told, &e);
			assert_int_equal(e.code, rows[i].code);
			assert_string_equal(buf_str(&told), rows[i].told);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_split_at_every_byte_give_the_same_events),
	    cmocka_unit_test(what_is_wrong_is_one_error_that_names_the_line),
	    cmocka_unit_test(a_line_at_the_limit_is_good_and_one_byte_more_is_an_error),
	    cmocka_unit_test(after_an_error_a_decoder_takes_nothing_more),
	    cmocka_unit_test(recorded_watches_give_their_events_however_they_are_split),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
