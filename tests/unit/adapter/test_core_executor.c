/* A master takes no other ExecutorInfo while an executor runs, so a pod's stays what it was when it was bound. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"

#define EXECUTOR "mesos.apache.org/executor"

static const json_t *executor_launched(void)
{
	return js_at(json_array_get(world_last(&w, EFFECT_ACCEPT)->body, 0), "launch_group", "executor", NULL);
}

static double mem_launched(void)
{
	size_t i;
	json_t *resource;
	json_array_foreach (js_arr(executor_launched(), "resources"), i, resource) {
		if (strcmp(js_str(resource, "name"), "mem") == 0) {
			return json_number_value(js_at(resource, "scalar", "value", NULL));
		}
	}
	return 0;
}

static void reborn_with_larger_executors(void)
{
	w.cfg.translate.executor.mem = 64000;
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
}

static void other_options_do_not_change_the_executor_of_a_pod_that_runs(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	CLEANUP_JSON json_t *first = json_deep_copy(executor_launched());
	assert_string_equal(js_str_at(world_object(&w, "web"), "metadata", "annotations", EXECUTOR, NULL),
			    "cpus:0.010;mem:32.000;disk:1.000");
	reborn_with_larger_executors();
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_wait(&w, 60000);
	offer("again");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
	assert_true(json_equal(executor_launched(), first));
}

static void pods_that_are_bound_later_have_what_the_options_say(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn_with_larger_executors();
	world_app(&w, "new", "", "");
	offer("for-new");
	assert_true(mem_launched() == 64);
}

/* Not set with a binding of ours, or not by us. */
static void an_annotation_that_says_nothing_counts_for_nothing(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "gated", "'containers':[{'name':'app','image':'x'}],'schedulingGates':[{'name':'later'}]");
	json_t *o = world_object(&w, "gated");
	json_object_set_new(js_obj(o, "metadata"), "annotations",
			    json_pack("{s:s}", EXECUTOR, "cpus:4.000;mem:4000.000;disk:1.000"));
	json_object_del(js_obj(o, "spec"), "schedulingGates");
	world_show(&w, "gated");
	offer("o1");
	assert_true(mem_launched() == 32);
	json_object_set_new(js_at(o, "metadata", "annotations", NULL), EXECUTOR, json_string("cpus:much"));
	world_show(&w, "gated");
	world_update(&w, "uid-gated.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_update(&w, "uid-gated._pause.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_wait(&w, 60000);
	offer("o2");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_true(mem_launched() == 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(other_options_do_not_change_the_executor_of_a_pod_that_runs),
	    WORLD_TEST(pods_that_are_bound_later_have_what_the_options_say),
	    WORLD_TEST(an_annotation_that_says_nothing_counts_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
