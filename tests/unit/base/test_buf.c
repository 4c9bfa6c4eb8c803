#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void what_is_appended_reads_as_text(void **state)
{
	CLEANUP_BUF struct buf b = BUF_INIT(100);
	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_puts(&b, "one "), 0);
	assert_int_equal(buf_printf(&b, "%s-%d", "two", 3), 0);
	assert_int_equal(buf_putc(&b, '!'), 0);
	assert_int_equal(buf_append(&b, "\0x", 2), 0);
	assert_int_equal(b.len, 12);
	assert_memory_equal(b.data, "one two-3!\0x\0", 13);
}

static void nothing_is_appended_beyond_the_maximum(void **state)
{
	CLEANUP_BUF struct buf b = BUF_INIT(5);
	(void)state;
	assert_int_equal(buf_puts(&b, "1234"), 0);
	assert_int_equal(buf_puts(&b, "56"), -1);
	assert_int_equal(buf_printf(&b, "%d", 56), -1);
	assert_int_equal(buf_append(&b, "x", SIZE_MAX), -1);
	assert_string_equal(buf_str(&b), "1234");
	assert_int_equal(buf_putc(&b, '5'), 0);
	assert_int_equal(buf_putc(&b, '6'), -1);
	assert_int_equal(buf_append(&b, NULL, 0), 0);
	assert_string_equal(buf_str(&b), "12345");
}

static void consuming_drops_the_beginning(void **state)
{
	CLEANUP_BUF struct buf b = BUF_INIT(100);
	(void)state;
	buf_consume(&b, 3);
	buf_puts(&b, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(buf_str(&b), "cdef");
	buf_consume(&b, 4);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "x");
	buf_consume(&b, 99);
	assert_int_equal(b.len, 0);
}

static void stolen_bytes_are_the_callers(void **state)
{
	struct buf b;
	size_t n;
	(void)state;
	buf_init(&b, 100);
	CLEANUP_FREE char *nothing = buf_steal(&b, &n);
	assert_string_equal(nothing, "");
	assert_int_equal(n, 0);
	buf_puts(&b, "abc");
	CLEANUP_FREE char *p = buf_steal(&b, &n);
	assert_string_equal(p, "abc");
	assert_int_equal(n, 3);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_puts(&b, "again"), 0);
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
	buf_done(&b);
	buf_done(NULL);
}

static void a_large_buffer_grows_to_exactly_its_maximum(void **state)
{
	CLEANUP_BUF struct buf b = BUF_INIT(100000);
	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		assert_int_equal(buf_putc(&b, (char)('a' + i % 26)), 0);
	}
	assert_int_equal(buf_putc(&b, 'x'), -1);
	assert_int_equal(strlen(buf_str(&b)), 100000);
	assert_true(b.cap <= 100001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_appended_reads_as_text),
	    cmocka_unit_test(nothing_is_appended_beyond_the_maximum),
	    cmocka_unit_test(consuming_drops_the_beginning),
	    cmocka_unit_test(stolen_bytes_are_the_callers),
	    cmocka_unit_test(a_large_buffer_grows_to_exactly_its_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
