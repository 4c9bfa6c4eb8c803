#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/known.h"

static void objects_are_found_by_namespace_and_name(void **state)
{
	(void)state;
	struct known k;
	known_init(&k);
	known_add(&k, "a", "x", "u1", "1");
	known_add(&k, "b", "x", "u2", "2");
	known_add(&k, "", "x", "u3", "3");
	assert_string_equal(known_find(&k, "a", "x")->uid, "u1");
	assert_string_equal(known_find(&k, "b", "x")->uid, "u2");
	assert_string_equal(known_find(&k, "", "x")->uid, "u3");
	assert_null(known_find(&k, "a", "y"));
	CLEANUP_FREE char *none = known_namespace(known_find(&k, "", "x"));
	CLEANUP_FREE char *some = known_namespace(known_find(&k, "b", "x"));
	assert_string_equal(none, "");
	assert_string_equal(some, "b");
	assert_string_equal(known_find(&k, "b", "x")->name, "x");
	known_done(&k);
}

static void only_another_version_is_an_update(void **state)
{
	(void)state;
	struct known k;
	known_init(&k);
	struct known_object *o = known_add(&k, "a", "x", "u1", "1");
	assert_false(known_update(o, "1"));
	assert_true(known_update(o, "22"));
	assert_false(known_update(o, "22"));
	known_doubt(o);
	assert_true(known_update(o, "22"));
	known_done(&k);
}

static void what_a_round_does_not_show_is_taken_out(void **state)
{
	(void)state;
	struct known k;
	struct list gone;
	known_init(&k);
	known_begin_round(&k);
	for (int i = 0; i < 100; i++) {
		CLEANUP_FREE char *name = xasprintf("x%d", i);
		known_add(&k, "a", name, "u", "1");
	}
	known_begin_round(&k);
	for (int i = 0; i < 100; i += 3) {
		CLEANUP_FREE char *name = xasprintf("x%d", i);
		known_mark(&k, known_find(&k, "a", name));
	}
	known_add(&k, "a", "new", "u", "1");
	list_init(&gone);
	known_take_unmarked(&k, &gone);
	int n = 0;
	LIST_EACH (&gone, link) {
		struct known_object *o = LIST_ENTRY(link, struct known_object, link);
		assert_int_not_equal(atol(o->name + 1) % 3, 0);
		known_object_free(o);
		n++;
	}
	assert_int_equal(n, 66);
	assert_int_equal(k.objects.count, 35);
	assert_non_null(known_find(&k, "a", "new"));
	assert_null(known_find(&k, "a", "x1"));
	known_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_found_by_namespace_and_name),
	    cmocka_unit_test(only_another_version_is_an_update),
	    cmocka_unit_test(what_a_round_does_not_show_is_taken_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
