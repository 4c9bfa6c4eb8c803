#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct item {
	char key[16];
	int present;
	struct list link;
};

#define ITEMS 3000

/* The map against an array that knows the truth, through some thousand random steps. */
static void a_map_holds_exactly_what_was_put_and_not_deleted(void **state)
{
	struct map m = MAP_INIT;
	struct item *items = xcalloc(ITEMS, sizeof(*items));
	size_t count = 0;
	(void)state;
	srandom(7);
	for (int i = 0; i < ITEMS; i++) {
		snprintf(items[i].key, sizeof(items[i].key), "key-%d", i);
	}
	for (int step = 0; step < 50000; step++) {
		struct item *it = &items[random() % ITEMS];
		if (random() % 3) {
			assert_ptr_equal(map_put(&m, it->key, it), it->present ? it : NULL);
			count += !it->present;
			it->present = 1;
		} else {
			assert_ptr_equal(map_del(&m, it->key), it->present ? it : NULL);
			count -= it->present != 0;
			it->present = 0;
		}
		assert_int_equal(m.count, count);
	}
	for (int i = 0; i < ITEMS; i++) {
		assert_ptr_equal(map_get(&m, items[i].key), items[i].present ? &items[i] : NULL);
	}
	size_t at = 0, seen = 0;
	for (struct item *it; (it = map_next(&m, &at)) != NULL; seen++) {
		assert_int_equal(it->present, 1);
		it->present = 2;
	}
	assert_int_equal(seen, count);
	map_done(&m);
	free(items);
}

static void a_value_put_again_replaces_value_and_key(void **state)
{
	struct map m = MAP_INIT;
	char first[] = "k", second[] = "k", one[] = "one", two[] = "two";
	(void)state;
	assert_null(map_put(&m, first, one));
	assert_string_equal(map_put(&m, second, two), "one");
	first[0] = 'x';
	assert_string_equal(map_get(&m, "k"), "two");
	assert_int_equal(m.count, 1);
	map_done(&m);
}

static void an_empty_map_answers_nothing(void **state)
{
	struct map m = MAP_INIT;
	size_t at = 0;
	(void)state;
	assert_null(map_get(&m, "x"));
	assert_null(map_del(&m, "x"));
	assert_null(map_next(&m, &at));
	map_put(&m, "y", &m);
	assert_null(map_get(&m, NULL));
	assert_null(map_del(&m, NULL));
	map_done(&m);
}

static void a_list_keeps_its_order_while_elements_leave(void **state)
{
	struct list head;
	struct item items[10] = {0};
	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	for (int i = 0; i < 10; i++) {
		items[i].present = i;
		list_remove(&items[i].link); /* harmless */
		assert_false(list_linked(&items[i].link));
		list_push(&head, &items[i].link);
		assert_true(list_linked(&items[i].link));
	}
	int next = 0;
	LIST_EACH (&head, link) {
		struct item *it = LIST_ENTRY(link, struct item, link);
		assert_int_equal(it->present, next++);
		if (it->present % 2) {
			list_remove(link);
			list_remove(link);
		}
	}
	assert_int_equal(next, 10);
	next = 0;
	LIST_EACH (&head, link) {
		assert_int_equal(LIST_ENTRY(link, struct item, link)->present, next);
		next += 2;
	}
	assert_int_equal(next, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_map_holds_exactly_what_was_put_and_not_deleted),
	    cmocka_unit_test(a_value_put_again_replaces_value_and_key),
	    cmocka_unit_test(an_empty_map_answers_nothing),
	    cmocka_unit_test(a_list_keeps_its_order_while_elements_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
