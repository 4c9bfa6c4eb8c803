#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"

static json_t *parse(const char *text)
{
	struct err e;
	json_t *o = js_parse(text, strlen(text), &e);
	if (!o) {
		fail_msg("%s", e.text);
	}
	return o;
}

static void getters_answer_what_is_there_and_nothing_for_other_types(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *o =
	    parse("{\"s\":\"x\",\"i\":7,\"r\":1.5,\"t\":true,\"o\":{\"p\":{\"q\":\"deep\"}},\"a\":[1],\"n\":null}");
	assert_string_equal(js_str(o, "s"), "x");
	assert_null(js_str(o, "i"));
	assert_int_equal(js_int(o, "i", 1), 7);
	assert_int_equal(js_int(o, "r", 1), 1);
	assert_true(js_num(o, "r", 0) == 1.5);
	assert_true(js_num(o, "i", 0) == 7);
	assert_true(js_num(o, "s", 2) == 2);
	assert_true(js_bool(o, "t", false));
	assert_true(js_bool(o, "i", true));
	assert_non_null(js_obj(o, "o"));
	assert_null(js_obj(o, "a"));
	assert_non_null(js_arr(o, "a"));
	assert_null(js_arr(o, "o"));
	assert_string_equal(js_str_at(o, "o", "p", "q", NULL), "deep");
	assert_null(js_str_at(o, "o", "x", "q", NULL));
	assert_null(js_at(o, "s", "x", NULL));
	assert_ptr_equal(js_at(o, NULL), o);
}

static void all_getters_take_null(void **state)
{
	json_t *none = NULL;
	(void)state;
	assert_null(js_str(NULL, "x"));
	assert_null(js_obj(NULL, "x"));
	assert_null(js_arr(NULL, "x"));
	assert_null(js_at(NULL, "x", NULL));
	assert_int_equal(js_int(NULL, "x", 3), 3);
	assert_false(js_bool(NULL, "x", false));
	js_unref(&none);
}

static void what_is_not_one_value_is_refused_with_its_place(void **state)
{
	static const char *const rows[] = {"",	  " ",	      "{",	 "{\"a\":1,\"a\":2}", "[1] 2",
					   "nul", "\"\xff\"", "[1e999]", "{\"\\u0000\":1}"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e;
		assert_null(js_parse(rows[i], strlen(rows[i]), &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_memory_equal(e.text, "JSON line ", 10);
	}
	CLEANUP_BUF struct buf deep = BUF_INIT(100000);
	while (buf_putc(&deep, '[') == 0) {
	}
	assert_null(js_parse(deep.data, deep.len, NULL));
}

static void a_nul_inside_a_string_is_no_reason_to_refuse_the_rest(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *o = parse("{\"a\":\"x\\u0000y\",\"b\":2}");
	assert_string_equal(js_str(o, "a"), "x");
	assert_int_equal(json_string_length(json_object_get(o, "a")), 3);
	assert_int_equal(js_int(o, "b", 0), 2);
	CLEANUP_FREE char *text = js_text(o);
	assert_string_equal(text, "{\"a\":\"x\\u0000y\",\"b\":2}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(getters_answer_what_is_there_and_nothing_for_other_types),
	    cmocka_unit_test(all_getters_take_null),
	    cmocka_unit_test(what_is_not_one_value_is_refused_with_its_place),
	    cmocka_unit_test(a_nul_inside_a_string_is_no_reason_to_refuse_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
