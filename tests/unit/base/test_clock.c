#include "tests/unit/unit.h"

#include <time.h>

#include "base/clock.h"

static void the_wall_clock_counts_milliseconds_since_1970(void **state)
{
	(void)state;
	struct timespec before, after; /* not time(): that clock is a few milliseconds late */
	clock_gettime(CLOCK_REALTIME, &before);
	int64_t now = clock_wall_ms();
	clock_gettime(CLOCK_REALTIME, &after);
	assert_in_range(now, before.tv_sec * 1000 + before.tv_nsec / 1000000,
			after.tv_sec * 1000 + after.tv_nsec / 1000000);
}

static void the_steady_clock_goes_at_the_pace_of_time_and_never_back(void **state)
{
	(void)state;
	struct timespec pause = {.tv_nsec = 20000000};
	int64_t first = clock_steady_ms();
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_steady_ms();
		assert_true(now >= first);
		first = now;
	}
	nanosleep(&pause, NULL);
	assert_true(clock_steady_ms() - first >= 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_wall_clock_counts_milliseconds_since_1970),
	    cmocka_unit_test(the_steady_clock_goes_at_the_pace_of_time_and_never_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
