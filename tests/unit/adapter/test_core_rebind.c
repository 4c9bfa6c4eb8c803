/* Pods that a restored backup shows as not bound, though tasks of theirs live. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

static void take_binding_back(void)
{
	json_t *object = world_object(&w, "web");
	json_object_del(js_obj(object, "spec"), "nodeName");
	json_object_del(js_obj(object, "metadata"), "annotations");
	json_object_set_new(object, "status", json_pack("{s:s}", "phase", "Pending"));
}

/* The next life sees the pod "web" as not bound, and its tasks live on a1. */
static void restarted_with_a_backup(void)
{
	world_begin(&w);
	world_running(&w, "web", "", "");
	take_binding_back();
	world_restart(&w);
	w.tell_by_hand = true;
	world_show(&w, "web");
	world_begin(&w);
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_offer(&w, "o2", "a2", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void the_end_is_told(void)
{
	struct effect *f = world_last(&w, EFFECT_RECONCILE);
	assert_int_equal(f->n_ids, 1);
	world_answer(&w, f->ids[0], NULL, TASK_UNKNOWN);
	world_good_day(&w);
}

static const char *node_of(const char *name)
{
	return js_str_at(world_object(&w, name), "spec", "nodeName", NULL);
}

static void a_pod_of_which_tasks_live_is_bound_to_their_agent_again_and_goes_on(void **state)
{
	(void)state;
	restarted_with_a_backup();
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	struct effect *bind = world_take(&w, EFFECT_BIND);
	assert_string_equal(bind->agent_id, "a1");
	the_end_is_told();
	world_ok(&w, bind);
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(core_count(w.core).orphans, 0);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void it_is_tried_again_when_the_binding_could_not_be_written(void **state)
{
	(void)state;
	restarted_with_a_backup();
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_result(&w, world_take(&w, EFFECT_BIND), ERR_CONFLICT);
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_BIND), 3);
	assert_string_equal(world_last(&w, EFFECT_BIND)->agent_id, "a1");
}

static void when_its_tasks_are_over_before_that_it_is_placed_anew(void **state)
{
	(void)state;
	restarted_with_a_backup();
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_result(&w, world_take(&w, EFFECT_BIND), ERR_CONFLICT);
	the_end_is_told();
	world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, "");
	world_wait(&w, 1000);
	world_offer(&w, "o3", "a3", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_non_null(node_of("web"));
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void a_pod_of_which_nothing_lives_is_placed_as_soon_as_that_is_told(void **state)
{
	(void)state;
	restarted_with_a_backup();
	the_end_is_told();
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
}

static void a_master_that_does_not_say_so_holds_placement_up_for_two_seconds(void **state)
{
	(void)state;
	restarted_with_a_backup();
	world_wait(&w, 1900);
	world_skip(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	world_wait(&w, 200);
	world_offer(&w, "o3", "a3", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
}

static void a_binding_that_is_taken_back_in_the_same_life_is_written_again_while_its_tasks_go_on(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	json_t *metadata = js_obj(world_object(&w, "web"), "metadata");
	json_object_set_new(metadata, "resourceVersion", json_string("100"));
	world_show(&w, "web");
	world_good_day(&w);
	take_binding_back();
	json_object_set_new(metadata, "resourceVersion", json_string("99"));
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
	assert_non_null(node_of("web"));
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_of_which_tasks_live_is_bound_to_their_agent_again_and_goes_on),
	    WORLD_TEST(it_is_tried_again_when_the_binding_could_not_be_written),
	    WORLD_TEST(when_its_tasks_are_over_before_that_it_is_placed_anew),
	    WORLD_TEST(a_pod_of_which_nothing_lives_is_placed_as_soon_as_that_is_told),
	    WORLD_TEST(a_master_that_does_not_say_so_holds_placement_up_for_two_seconds),
	    WORLD_TEST(a_binding_that_is_taken_back_in_the_same_life_is_written_again_while_its_tasks_go_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
