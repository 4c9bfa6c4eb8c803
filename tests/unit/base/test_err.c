#include "tests/unit/unit.h"

#include <string.h>

#include "base/err.h"

static void an_error_is_set_once_and_wrapped_on_the_way_up(void **state)
{
	struct err e;
	(void)state;
	assert_int_equal(err_set(&e, ERR_CONFLICT, "object %d has been modified", 7), -1);
	e.http_status = 409;
	assert_int_equal(err_wrap(&e, "patch %s", "default/web-1"), -1);
	assert_string_equal(e.text, "patch default/web-1: object 7 has been modified");
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(e.http_status, 409);
	err_set(&e, ERR_IO, "anew");
	assert_int_equal(e.http_status, 0);
	err_clear(&e);
	assert_int_equal(e.code, ERR_NONE);
	assert_string_equal(e.text, "");
}

static void nobody_need_care(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_IO, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
	err_clear(NULL);
}

static void long_sentences_are_cut(void **state)
{
	struct err e;
	char text[2 * ERR_TEXT_MAX];
	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_IO, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "context");
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_memory_equal(e.text, "context: xxx", 12);
	err_wrap(&e, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void an_http_status_stands_for_a_code(void **state)
{
	static const struct {
		int status;
		enum err_code code;
	} rows[] = {{400, ERR_INVALID}, {401, ERR_AUTH},     {403, ERR_DENIED},	 {404, ERR_NOT_FOUND},
		    {408, ERR_TIMEOUT}, {409, ERR_CONFLICT}, {410, ERR_EXPIRED}, {413, ERR_LIMIT},
		    {422, ERR_INVALID}, {429, ERR_BUSY},     {500, ERR_IO},	 {502, ERR_IO},
		    {503, ERR_BUSY},	{504, ERR_TIMEOUT},  {307, ERR_INVALID}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(err_code_of_http(rows[i].status), rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_is_set_once_and_wrapped_on_the_way_up),
	    cmocka_unit_test(nobody_need_care),
	    cmocka_unit_test(long_sentences_are_cut),
	    cmocka_unit_test(an_http_status_stands_for_a_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
