#include "tests/unit/unit.h"

#include "base/timefmt.h"

static void times_are_written_as_kubernetes_writes_them(void **state)
{
	char out[TIME_TEXT_MAX];
	(void)state;
	assert_string_equal(time_text(0, out), "1970-01-01T00:00:00Z");
	assert_string_equal(time_text(1795342665123, out), "2026-11-22T10:17:45Z");
	assert_string_equal(time_text_micro(1795342665123, out), "2026-11-22T10:17:45.123000Z");
	assert_string_equal(time_text_micro(1795342665000, out), "2026-11-22T10:17:45.000000Z");
	assert_string_equal(time_text_micro(-1, out), "1969-12-31T23:59:59.999000Z");
	assert_string_equal(time_text(-1, out), "1969-12-31T23:59:59Z");
}

static void times_are_read_with_fractions_and_offsets(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-22T10:17:45Z", 1795342665000},
	    {"2026-11-22T10:17:45.123456Z", 1795342665123},
	    {"2026-11-22T10:17:45.1Z", 1795342665100},
	    {"2026-11-22T12:17:45+02:00", 1795342665000},
	    {"2026-11-22T04:47:45.5-05:30", 1795342665500},
	    {"2024-02-29T00:00:00Z", 1709164800000},
	    {"1969-12-31T23:59:59Z", -1000},
	    {"0099-01-01T00:00:00Z", -59042995200000},
	    {"9999-12-31T23:59:59Z", 253402300799000},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = 7;
		assert_int_equal(time_parse(rows[i].text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void what_is_no_time_is_refused_and_leaves_the_output_alone(void **state)
{
	static const char *const rows[] = {"",
					   "now",
					   "2026-11-22",
					   "2026-11-22T10:17:45",
					   "2026-11-22 10:17:45Z",
					   "2026-13-22T10:17:45Z",
					   "2026-11-32T10:17:45Z",
					   "2026-11-22T24:17:45Z",
					   "2026-11-22T10:60:45Z",
					   "2026-11-22T10:17:45.Z",
					   "2026-11-22T10:17:45Zx",
					   "2026-11-22T10:17:45+2:00",
					   "2026-11-22T10:17:45+0200",
					   "2026-1-22T10:17:45Z",
					   "26-11-22T10:17:45Z",
					   " 2026-11-22T10:17:45Z",
					   "-999-11-22T10:17:45Z",
					   "+999-11-22T10:17:45Z",
					   "2026- 1-22T10:17:45Z",
					   "2026-11-22T10:17:45+ 2:00",
					   "0000-01-01T00:00:00+00:01",
					   "9999-12-31T23:59:59-00:01",
					   "2026-11-22T10:17:61Z"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = 7;
		if (time_parse(rows[i], &ms) != -1) {
			fail_msg("\"%s\" was taken for %lld", rows[i], (long long)ms);
		}
		assert_int_equal(ms, 7);
	}
	assert_int_equal(time_parse(NULL, NULL), -1);
}

static void what_was_written_is_read_back(void **state)
{
	(void)state;
	for (int64_t ms = -5000000000000; ms < 5000000000000; ms += 123456789013) {
		char out[TIME_TEXT_MAX];
		int64_t back;
		assert_int_equal(time_parse(time_text_micro(ms, out), &back), 0);
		assert_int_equal(back, ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_written_as_kubernetes_writes_them),
	    cmocka_unit_test(times_are_read_with_fractions_and_offsets),
	    cmocka_unit_test(what_is_no_time_is_refused_and_leaves_the_output_alone),
	    cmocka_unit_test(what_was_written_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
