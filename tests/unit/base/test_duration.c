#include "tests/unit/unit.h"

#include "base/duration.h"

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static void each_written_length_is_so_many_milliseconds(void **state)
{
	(void)state;
	const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"0", 0},
	    {"0s", 0},
	    {"1ms", 1},
	    {"250ms", 250},
	    {"10s", 10 * SECOND},
	    {"90s", 90 * SECOND},
	    {"1h30m", 90 * 60 * SECOND},
	    {"7d", 7 * DAY},
	    {"1d2h3m4s5ms", DAY + 2 * HOUR + 184 * SECOND + 5},
	    {"3650d", DURATION_MAX_MS},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = -1;
		assert_int_equal(duration_parse(rows[i].text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void what_is_no_length_is_refused_and_leaves_the_output_alone(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  " ",
					  "5",
					  "s",
					  "-1s",
					  "+1s",
					  "1.5s",
					  "1 s",
					  "1s ",
					  "10x",
					  "1M",
					  "1sec",
					  "1m1m",
					  "1s1m",
					  "1h30",
					  "h1",
					  "3651d",
					  "3650d1ms",
					  "99999999999999999999d"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ms = 42;
		assert_int_equal(duration_parse(bad[i], &ms), -1);
		assert_int_equal(ms, 42);
	}
	int64_t ms = 42;
	assert_int_equal(duration_parse(NULL, &ms), -1);
}

static void a_length_is_written_as_short_as_it_can_be_read_again(void **state)
{
	(void)state;
	const struct {
		int64_t ms;
		const char *text;
	} rows[] = {{0, "0s"}, {1, "1ms"}, {90 * SECOND, "1m30s"}, {HOUR, "1h"}, {7 * DAY, "7d"}, {DAY + 1, "1d1ms"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[DURATION_TEXT_MAX];
		int64_t ms = -1;
		assert_string_equal(duration_text(rows[i].ms, text), rows[i].text);
		assert_int_equal(duration_parse(text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_written_length_is_so_many_milliseconds),
	    cmocka_unit_test(what_is_no_length_is_refused_and_leaves_the_output_alone),
	    cmocka_unit_test(a_length_is_written_as_short_as_it_can_be_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
