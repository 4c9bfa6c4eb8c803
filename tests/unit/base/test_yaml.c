#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "tests/unit/err_name.h"

static void expect_json(const char *yaml, const char *json)
{
	struct err e;
	json_t *o = yaml_parse(yaml, strlen(yaml), "test.yaml", &e);
	if (!o) {
		fail_msg("%s", e.text);
	}
	CLEANUP_FREE char *text = js_text(o);
	assert_string_equal(text, json);
	json_decref(o);
}

static void expect_error(const char *yaml, size_t n, enum err_code code, const char *text)
{
	struct err e;
	json_t *o = yaml_parse(yaml, n, "test.yaml", &e);
	assert_null(o);
	if (e.code != code || !strstr(e.text, text) || strncmp(e.text, "test.yaml:", 10) != 0) {
		fail_msg("%s, %s; wanted %s", err_code_name(e.code), e.text, text);
	}
}

static void plain_scalars_have_the_types_of_the_core_schema(void **state)
{
	static const char *const rows[][2] = {
	    {"true", "true"},
	    {"True", "true"},
	    {"TRUE", "true"},
	    {"false", "false"},
	    {"yes", "\"yes\""},
	    {"off", "\"off\""},
	    {"y", "\"y\""},
	    {"null", "null"},
	    {"~", "null"},
	    {"NULL", "null"},
	    {"0", "0"},
	    {"-17", "-17"},
	    {"+17", "17"},
	    {"0x1f", "31"},
	    {"0o17", "15"},
	    {"0x", "\"0x\""},
	    {"0x0x1", "\"0x0x1\""},
	    {"0o8", "\"0o8\""},
	    {"-0x1", "\"-0x1\""},
	    {"0123", "\"0123\""},
	    {"1.5", "1.5"},
	    {"1e3", "1000.0"},
	    {".5", "0.5"},
	    {"-1.25e-2", "-0.012500000000000001"},
	    {"1.2.3", "\"1.2.3\""},
	    {"1-2", "\"1-2\""},
	    {"e5", "\"e5\""},
	    {"-", "[null]"},
	    {".inf", "\".inf\""},
	    {"1e999", "\"1e999\""},
	    {"12:30", "\"12:30\""},
	    {"2001-01-01", "\"2001-01-01\""},
	    {"1_000", "\"1_000\""},
	    {"9223372036854775807", "9223372036854775807"},
	    {"9223372036854775808", "9.2233720368547758e18"},
	    {"a b", "\"a b\""},
	    {"", "null"},
	    {"# note", "null"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expect_json(rows[i][0], rows[i][1]);
	}
}

static void quoted_and_block_scalars_are_strings(void **state)
{
	(void)state;
	expect_json("'true'", "\"true\"");
	expect_json("\"1\"", "\"1\"");
	expect_json("''", "\"\"");
	expect_json("!!str 12", "\"12\"");
	expect_json("! 12", "\"12\"");
	expect_json("a: |\n  12\n  x\n", "{\"a\":\"12\\nx\\n\"}");
	expect_json("a: >-\n  12\n  x\n", "{\"a\":\"12 x\"}");
}

static void mappings_and_sequences_nest(void **state)
{
	(void)state;
	expect_json("a:\n- b: 1\n  c: [x, {y: z}]\n- null\nd: {}\n1: one\n",
		    "{\"a\":[{\"b\":1,\"c\":[\"x\",{\"y\":\"z\"}]},null],\"d\":{},\"1\":\"one\"}");
	expect_json("---\na: 1\n...\n", "{\"a\":1}");
	expect_json("{\"json\": [1, 2.5, \"three\", null]}", "{\"json\":[1,2.5,\"three\",null]}");
	expect_json("a: &anchor 1\n", "{\"a\":1}");
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
	static const struct {
		const char *yaml;
		enum err_code code;
		const char *text;
	} rows[] = {
	    {"a: 1\nb: 2\na: 3\n", ERR_INVALID, "test.yaml:3:1: key \"a\" stands here twice"},
	    {"a: &x [1]\nb: *x\n", ERR_UNSUPPORTED, "test.yaml:2:4: alias *x: aliases are not supported"},
	    {"<<: *x\n", ERR_UNSUPPORTED, "alias"},
	    {"a: !!binary aGVsbG8=\n", ERR_UNSUPPORTED, "test.yaml:1:4: tag tag:yaml.org,2002:binary is not supported"},
	    {"a: !mine {}\n", ERR_UNSUPPORTED, "test.yaml:1:4: tag !mine is not supported"},
	    {"? [1]\n: 2\n", ERR_INVALID, "test.yaml:1:3: a key must be a scalar"},
	    {"a: 1\n---\nb: 2\n", ERR_UNSUPPORTED, "test.yaml:2:1: a second document"},
	    {"a: [1\nb: 2\n", ERR_INVALID, "test.yaml:2:"},
	    {"a:\n\t- b\n", ERR_INVALID, "test.yaml:2:1: found character that cannot start any token"},
	    {"a: \"x\n", ERR_INVALID, "test.yaml:2:1: found unexpected end of stream"},
	    {"a: \"\\0\"\n", ERR_INVALID, "test.yaml:1:4: text with a NUL character in it"},
	    {"a: \xff\n", ERR_INVALID, "test.yaml:"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expect_error(rows[i].yaml, strlen(rows[i].yaml), rows[i].code, rows[i].text);
	}
}

static void depth_count_and_size_are_bounded(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf b = BUF_INIT(YAML_TEXT_MAX + 10);
	for (int i = 0; i < YAML_DEPTH_MAX; i++) {
		buf_putc(&b, '[');
	}
	for (int i = 0; i < YAML_DEPTH_MAX; i++) {
		buf_putc(&b, ']');
	}
	struct err e;
	json_t *o = yaml_parse(b.data, b.len, "test.yaml", &e);
	assert_non_null(o);
	json_decref(o);
	buf_clear(&b);
	for (int i = 0; i < 1000; i++) {
		buf_putc(&b, '[');
	}
	expect_error(b.data, b.len, ERR_LIMIT, "test.yaml:1:65: nested deeper than 64");
	buf_clear(&b);
	for (int i = 0; i < YAML_NODES_MAX; i++) {
		buf_puts(&b, "- a\n");
	}
	expect_error(b.data, b.len, ERR_LIMIT, "over 100000 values");
	buf_clear(&b);
	while (buf_putc(&b, ' ') == 0) {
	}
	expect_error(b.data, b.len, ERR_LIMIT, "over 4194304 bytes");
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct err e;
	assert_null(yaml_load("/nonexistent/file.yaml", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.text, "read /nonexistent/file.yaml: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_scalars_have_the_types_of_the_core_schema),
	    cmocka_unit_test(quoted_and_block_scalars_are_strings),
	    cmocka_unit_test(mappings_and_sequences_nest),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	    cmocka_unit_test(depth_count_and_size_are_bounded),
	    cmocka_unit_test(a_missing_file_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
