#include "tests/unit/unit.h"

#include <string.h>

#include "kube/quantity.h"

static void each_suffix_has_its_factor(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t milli;
	} rows[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"2", 2000},
	    {"+2", 2000},
	    {"-2", -2000},
	    {"100m", 100},
	    {"1500m", 1500},
	    {"0.5", 500},
	    {".5", 500},
	    {"5.", 5000},
	    {"000012", 12000},
	    {"0.1", 100},
	    {"0.001", 1},
	    {"1k", 1000000},
	    {"1M", 1000000000},
	    {"2G", 2000000000000},
	    {"1T", 1000000000000000},
	    {"1P", 1000000000000000000},
	    {"1Ki", 1024000},
	    {"64Mi", 67108864000},
	    {"1.5Gi", 1610612736000},
	    {"1Ti", 1099511627776000},
	    {"1Pi", 1125899906842624000},
	    {"1e3", 1000000},
	    {"1E3", 1000000},
	    {"1e+3", 1000000},
	    {"1e-3", 1},
	    {"12.5e1", 125000},
	    {"0.000001G", 1000000},
	    {"1000n", 1},
	    {"1000u", 1},
	    {"1000000u", 1000},
	    {"9223372036854775807m", INT64_MAX},
	    {"-9223372036854775807m", -INT64_MAX},
	    {"9223372036854775.807", INT64_MAX},
	    {"00000000000000000000000000000000000000000000000001", 1000},
	    {"10000000000000000000000000000000000000000e-39", 10000},
	    {"0e400000000000", 0},
	    {"0Ei", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t milli = -77;
		struct err e = {0};
		if (quantity_parse(rows[i].text, &milli, &e) || milli != rows[i].milli) {
			fail_msg("%s: %lld %s", rows[i].text, (long long)milli, e.text);
		}
	}
}

static void finer_than_a_thousandth_is_rounded_away_from_zero(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t milli;
	} rows[] = {
	    {"1n", 1},
	    {"1u", 1},
	    {"1001u", 2},
	    {"-1n", -1},
	    {"0.0001", 1},
	    {"1.0001", 1001},
	    {"1e-9", 1},
	    {"1e-400", 1},
	    {"1e-99999", 1},
	    {"0.1Ki", 102400},
	    {"0.0001Ki", 103},
	    {"0.00000000000000000000000000000000000000001", 1},
	    {"1.00000000000000000000000000000000000000001", 1001},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t milli = -77;
		struct err e = {0};
		if (quantity_parse(rows[i].text, &milli, &e) || milli != rows[i].milli) {
			fail_msg("%s: %lld %s", rows[i].text, (long long)milli, e.text);
		}
	}
}

static void what_is_no_quantity_is_an_error_and_leaves_the_output_alone(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",	     " 1",   "1 ",  "1x",	"m",	 "-",	  "+",	  ".",	 "1..2",
	    "1.2.3", "--1",  "1e",  "1e+",	"1e1.5", "1mi",	  "1KI",  "1ki", "1Kii",
	    "1kk",   "0x10", "1,5", "Infinity", "NaN",	 "1e3Ki", "1Mi2", "१",	 "1\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int64_t milli = -77;
		struct err e = {0};
		if (quantity_parse(texts[i], &milli, &e) != -1 || milli != -77 || e.code != ERR_INVALID) {
			fail_msg("\"%s\" was taken for %lld", texts[i], (long long)milli);
		}
	}
	char longest[400];
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	int64_t milli;
	struct err e;
	assert_int_equal(quantity_parse(longest, &milli, &e), -1);
	assert_int_equal(quantity_parse(NULL, &milli, &e), -1);
}

static void too_large_is_an_error_of_its_own(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "9223372036854775808m",
	    "9223372036854775.808",
	    "10P",
	    "1E",
	    "1Ei",
	    "-1E",
	    "1e16",
	    "1e400",
	    "1e999999999999",
	    "8192Ti9",
	    "99999999999999999999999999",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int64_t milli = -77;
		struct err e = {0};
		enum err_code expected = strcmp(texts[i], "8192Ti9") ? ERR_LIMIT : ERR_INVALID;
		if (quantity_parse(texts[i], &milli, &e) != -1 || milli != -77 || e.code != expected) {
			fail_msg("%s: %lld %s", texts[i], (long long)milli, e.text);
		}
	}
}

static void texts_are_canonical_and_parse_back(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 1, 999, 1000, 1500, -1500, 2000, 123456789, INT64_MAX, -INT64_MAX};
	char out[QUANTITY_TEXT_MAX];
	assert_string_equal(quantity_text(2000, out), "2");
	assert_string_equal(quantity_text(1500, out), "1500m");
	assert_string_equal(quantity_text(0, out), "0");
	assert_string_equal(quantity_text_bytes(67108864, out), "64Mi");
	assert_string_equal(quantity_text_bytes(1000, out), "1000");
	assert_string_equal(quantity_text_bytes(1536, out), "1536");
	assert_string_equal(quantity_text_bytes(0, out), "0");
	assert_string_equal(quantity_text_bytes((int64_t)1 << 60, out), "1Ei");
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		int64_t back;
		assert_int_equal(quantity_parse(quantity_text(values[i], out), &back, NULL), 0);
		assert_true(back == values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_suffix_has_its_factor),
	    cmocka_unit_test(finer_than_a_thousandth_is_rounded_away_from_zero),
	    cmocka_unit_test(what_is_no_quantity_is_an_error_and_leaves_the_output_alone),
	    cmocka_unit_test(too_large_is_an_error_of_its_own),
	    cmocka_unit_test(texts_are_canonical_and_parse_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
