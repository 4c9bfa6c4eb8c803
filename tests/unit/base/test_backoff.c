#include "tests/unit/unit.h"

#include "base/backoff.h"

static uint64_t given(void *arg)
{
	return *(uint64_t *)arg;
}

static void waits_double_up_to_the_maximum_and_start_again_after_success(void **state)
{
	static const int64_t longest[] = {100, 200, 400, 800, 1000, 1000, 1000};
	uint64_t bits;
	struct backoff b;
	(void)state;
	backoff_init(&b, 100, 1000, (struct random_source){given, &bits});
	for (size_t i = 0; i < sizeof(longest) / sizeof(*longest); i++) {
		bits = 0;
		assert_int_equal(backoff_next_ms(&b), longest[i] / 2);
	}
	backoff_reset(&b);
	for (size_t i = 0; i < sizeof(longest) / sizeof(*longest); i++) {
		bits = (uint64_t)(longest[i] - longest[i] / 2);
		assert_int_equal(backoff_next_ms(&b), longest[i]);
	}
}

static void no_number_of_failures_overflows(void **state)
{
	uint64_t bits = 12345;
	struct backoff b;
	(void)state;
	backoff_init(&b, 1, INT64_MAX, (struct random_source){given, &bits});
	for (int i = 0; i < 100000; i++) {
		assert_true(backoff_next_ms(&b) >= 0);
	}
	backoff_init(&b, 5, 5, (struct random_source){given, &bits});
	for (int i = 0; i < 10; i++) {
		int64_t ms = backoff_next_ms(&b);
		assert_in_range(ms, 3, 5);
	}
}

static void random_numbers_stay_in_their_range(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t n = random_between(&RANDOM_SYSTEM, -3, 3);
		assert_true(n >= -3 && n <= 3);
	}
	assert_int_equal(random_between(&RANDOM_SYSTEM, 7, 7), 7);
	random_between(&RANDOM_SYSTEM, INT64_MIN, INT64_MAX);
	assert_int_not_equal(RANDOM_SYSTEM.next(NULL), RANDOM_SYSTEM.next(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_double_up_to_the_maximum_and_start_again_after_success),
	    cmocka_unit_test(no_number_of_failures_overflows),
	    cmocka_unit_test(random_numbers_stay_in_their_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
