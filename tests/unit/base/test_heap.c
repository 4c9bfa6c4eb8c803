#include "base/heap.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define N 500

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void the_earliest_is_first_whatever_the_order_of_setting(void **state)
{
	(void)state;
	struct heap h = HEAP_INIT;
	struct heap_link links[N] = {0};
	uint64_t seed = 1;
	int64_t before = INT64_MIN;
	assert_null(heap_first(&h));
	for (size_t i = 0; i < N; i++) {
		heap_set(&h, &links[i], (int64_t)(next_random(&seed) % 100));
	}
	for (size_t i = 0; i < N; i++) {
		struct heap_link *first = heap_first(&h);
		assert_true(first->at >= before);
		before = first->at;
		heap_remove(&h, first);
		assert_int_equal(first->place, 0);
	}
	assert_null(heap_first(&h));
	heap_done(&h);
}

static void equal_times_leave_in_the_order_in_which_they_were_set(void **state)
{
	(void)state;
	struct heap h = HEAP_INIT;
	struct heap_link links[N] = {0};
	for (size_t i = 0; i < N; i++) {
		heap_set(&h, &links[i], 7);
	}
	heap_set(&h, &links[0], 7); /* set anew: the last now */
	for (size_t i = 1; i < N; i++) {
		assert_ptr_equal(heap_first(&h), &links[i]);
		heap_remove(&h, &links[i]);
	}
	assert_ptr_equal(heap_first(&h), &links[0]);
	heap_done(&h);
}

static void a_link_can_be_moved_to_any_time_and_removed_from_any_place(void **state)
{
	(void)state;
	struct heap h = HEAP_INIT;
	struct heap_link links[N] = {0};
	uint64_t seed = 2;
	for (int round = 0; round < 20000; round++) {
		struct heap_link *link = &links[next_random(&seed) % N];
		if (next_random(&seed) % 3) {
			heap_set(&h, link, (int64_t)(next_random(&seed) % 1000));
		} else {
			heap_remove(&h, link);
		}
		const struct heap_link *least = NULL;
		for (size_t i = 0; i < N; i++) {
			const struct heap_link *one = &links[i];
			if (one->place &&
			    (!least || one->at < least->at || (one->at == least->at && one->order < least->order))) {
				least = one;
			}
		}
		assert_ptr_equal(heap_first(&h), least);
	}
	heap_done(&h);
}

static void removing_what_is_not_in_it_does_nothing(void **state)
{
	(void)state;
	struct heap h = HEAP_INIT;
	struct heap_link in = {0}, out = {0};
	heap_set(&h, &in, 1);
	heap_remove(&h, &out);
	heap_remove(&h, &out);
	assert_ptr_equal(heap_first(&h), &in);
	heap_done(&h);
	assert_null(heap_first(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_earliest_is_first_whatever_the_order_of_setting),
	    cmocka_unit_test(equal_times_leave_in_the_order_in_which_they_were_set),
	    cmocka_unit_test(a_link_can_be_moved_to_any_time_and_removed_from_any_place),
	    cmocka_unit_test(removing_what_is_not_in_it_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
