#include "adapter/effect.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

static void every_type_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = EFFECT_BIND; a <= EFFECT_REPORT; a++) {
		assert_true(strlen(effect_name((enum effect_type)a)) > 0);
		for (int b = EFFECT_BIND; b < a; b++) {
			assert_string_not_equal(effect_name((enum effect_type)a), effect_name((enum effect_type)b));
		}
	}
}

static void a_list_keeps_the_order_and_frees_all_that_its_effects_own(void **state)
{
	(void)state;
	struct effects list = {0};
	for (int i = 0; i < 100; i++) {
		struct effect *f = effects_add(&list, i % 2 ? EFFECT_KILL : EFFECT_BIND);
		f->grace_ms = i;
		f->ns = xstrdup("default");
		f->name = xstrdup("web");
		f->uid = xstrdup("u");
		f->agent_id = xstrdup("a");
		f->node = xstrdup("n");
		f->task_id = xstrdup("t");
		f->text = xstrdup("x");
		f->body = json_object();
		f->body_patch = json_object();
		f->body_status = json_object();
	}
	assert_int_equal(list.n, 100);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(list.items[i]->grace_ms, i);
	}
	effects_done(&list); /* the leak checker sees the rest */
	assert_int_equal(list.n, 0);
	effects_done(&list);
}

static void an_effect_that_was_taken_out_is_not_freed_with_its_list(void **state)
{
	(void)state;
	struct effects list = {0};
	struct effect *f = effects_add(&list, EFFECT_REVIVE);
	list.items[0] = NULL;
	effects_done(&list);
	assert_int_equal(f->type, EFFECT_REVIVE);
	effect_free(f);
}

static void ids_and_others_grow_one_by_one_and_are_copies(void **state)
{
	(void)state;
	struct effects list = {0};
	struct effect *f = effects_add(&list, EFFECT_RECONCILE);
	char text[16];
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "t%d", i);
		effect_add_id(f, text);
		effect_add_other(f, i % 2 ? text : NULL);
	}
	assert_int_equal(f->n_ids, 1000);
	assert_int_equal(f->n_others, 1000);
	assert_string_equal(f->ids[0], "t0");
	assert_string_equal(f->ids[999], "t999");
	assert_string_equal(f->others[0], "");
	assert_string_equal(f->others[511], "t511");
	effects_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_has_a_name_of_its_own),
	    cmocka_unit_test(a_list_keeps_the_order_and_frees_all_that_its_effects_own),
	    cmocka_unit_test(an_effect_that_was_taken_out_is_not_freed_with_its_list),
	    cmocka_unit_test(ids_and_others_grow_one_by_one_and_are_copies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
