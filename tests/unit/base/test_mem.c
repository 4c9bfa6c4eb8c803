#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void small_allocations_are_never_null(void **state)
{
	(void)state;
	CLEANUP_FREE char *none = xmalloc(0);
	CLEANUP_FREE int *zeroed = xcalloc(4, sizeof(int));
	CLEANUP_FREE char *text = xasprintf("%s-%d", "a", 7);
	CLEANUP_FREE char *copy = xstrndup("abcdef", 3);
	assert_non_null(none);
	assert_int_equal(zeroed[3], 0);
	assert_string_equal(text, "a-7");
	assert_string_equal(copy, "abc");
	assert_null(xstrdup(NULL));
	assert_null(xstrndup(NULL, 3));
}

static void an_array_grows_by_doubling_and_keeps_its_elements(void **state)
{
	size_t cap = 0, changes = 0;
	int *array = NULL;
	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		size_t before = cap;
		array = mem_grow(array, &cap, i + 1, sizeof(*array));
		array[i] = (int)i;
		changes += before != cap;
	}
	assert_true(changes < 12);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(array[i], i);
	}
	array = mem_grow(array, &cap, 5000, sizeof(*array));
	assert_true(cap >= 5000);
	free(array);
}

static void an_arena_gives_zeroed_aligned_memory_that_does_not_overlap(void **state)
{
	(void)state;
	struct arena *a = arena_new(64, 1 << 20);
	unsigned char *pieces[500];
	for (size_t i = 0; i < 500; i++) {
		size_t n = i * 3 % 200 + 1;
		pieces[i] = arena_alloc(a, n);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(pieces[i][k], 0);
			pieces[i][k] = (unsigned char)i;
		}
	}
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(pieces[i][i * 3 % 200], (unsigned char)i);
	}
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_strndup(a, "text", 2), "te");
	assert_null(arena_strdup(a, NULL));
	arena_free(a);
	arena_free(NULL);
}

static void an_arena_keeps_to_its_maximum(void **state)
{
	(void)state;
	struct arena *a = arena_new(100, 4096);
	size_t got = 0;
	while (arena_alloc(a, 100)) {
		got += 100;
	}
	assert_true(got >= 2000 && got <= 4096);
	assert_true(arena_size(a) <= 4096);
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 8));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_allocations_are_never_null),
	    cmocka_unit_test(an_array_grows_by_doubling_and_keeps_its_elements),
	    cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_that_does_not_overlap),
	    cmocka_unit_test(an_arena_keeps_to_its_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
