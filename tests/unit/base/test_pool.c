#include "tests/unit/unit.h"

#include <stdint.h>
#include <string.h>

#include "base/pool.h"

static void blocks_of_all_sizes_are_apart_and_aligned_for_pointers(void **state)
{
	enum { SIZES = POOL_BLOCK_MAX + 40 };
	static unsigned char *blocks[SIZES];
	(void)state;
	for (size_t n = 0; n < SIZES; n++) {
		blocks[n] = pool_alloc(n);
		assert_int_equal((uintptr_t)blocks[n] % sizeof(void *), 0);
		memset(blocks[n], (int)(n & 0xff), n);
	}
	for (size_t n = 0; n < SIZES; n++) {
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(blocks[n][i], n & 0xff);
		}
		pool_free(blocks[n]);
	}
	pool_free(NULL);
}

static void what_was_freed_is_given_out_again(void **state)
{
	(void)state;
	void *first = pool_alloc(40);
	pool_free(first);
	size_t size = pool_size();
	for (int i = 0; i < 100000; i++) {
		void *again = pool_alloc(33 + (size_t)i % 7);
		assert_ptr_equal(again, first);
		pool_free(again);
	}
	assert_int_equal(pool_size(), size);
}

static void beyond_its_maximum_blocks_are_taken_elsewhere(void **state)
{
	enum { BLOCKS = 2 * POOL_MAX / POOL_BLOCK_MAX };
	static void *blocks[BLOCKS];
	(void)state;
	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = pool_alloc(POOL_BLOCK_MAX);
		memset(blocks[i], 0xff, POOL_BLOCK_MAX);
	}
	assert_true(pool_size() <= POOL_MAX);
	for (size_t i = 0; i < BLOCKS; i++) {
		pool_free(blocks[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_of_all_sizes_are_apart_and_aligned_for_pointers),
	    cmocka_unit_test(what_was_freed_is_given_out_again),
	    cmocka_unit_test(beyond_its_maximum_blocks_are_taken_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
