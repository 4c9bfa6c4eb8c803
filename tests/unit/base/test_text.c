#include "base/text.h"

#include <string.h>

#include "tests/unit/unit.h"

static void texts_are_equal_by_their_bytes_and_null_to_null_alone(void **state)
{
	(void)state;
	const char a[] = "web", b[] = "web";
	assert_true(text_equal(a, b));
	assert_false(text_equal(a, "we"));
	assert_false(text_equal(a, NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_equal(NULL, NULL));
}

static void a_character_of_utf8_is_whole_shortest_and_there(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length;
	} table[] = {
	    {"a", 1},
	    {"\x7f", 1},
	    {"\xc2\x80", 2},
	    {"\xdf\xbf", 2},
	    {"\xe0\xa0\x80", 3},
	    {"\xed\x9f\xbf", 3},
	    {"\xee\x80\x80", 3},
	    {"\xef\xbf\xbf", 3},
	    {"\xf0\x90\x80\x80", 4},
	    {"\xf4\x8f\xbf\xbf", 4},
	    {"\x80", 0},
	    {"\xc0\x80", 0},
	    {"\xc1\xbf", 0},
	    {"\xe0\x9f\xbf", 0},
	    {"\xed\xa0\x80", 0},
	    {"\xf0\x8f\xbf\xbf", 0},
	    {"\xf4\x90\x80\x80", 0},
	    {"\xf5\x80\x80\x80", 0},
	    {"\xff", 0},
	    {"\xc2q", 0},
	    {"\xe2\x82q", 0},
	    {"\xf0\x9f\x98q", 0},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *bytes = table[i].bytes;
		assert_int_equal(text_utf8(bytes, strlen(bytes)), table[i].length);
		for (size_t n = 0; n < table[i].length; n++) {
			assert_int_equal(text_utf8(bytes, n), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_equal_by_their_bytes_and_null_to_null_alone),
	    cmocka_unit_test(a_character_of_utf8_is_whole_shortest_and_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
