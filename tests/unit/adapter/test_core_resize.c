/* Containers that are given other resources while they run. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/reborn.h"
#include "tests/unit/adapter/world_test.h"

#define LATER                                                                                                          \
	"Mesos does not change what a running task has: container app gets its new resources when it is started again"

static unsigned generation;

static void resize(const char *cpu)
{
	json_t *app = json_array_get(js_arr(js_obj(world_object(&w, "web"), "spec"), "containers"), 0);
	json_object_set_new(app, "resources", json_pack("{s:{s:s}}", "requests", "cpu", cpu));
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "generation", json_integer(++generation));
	world_show(&w, "web");
}

static const char *reported_cpu(void)
{
	return js_str_at(world_container(&w, "web", "app"), "resources", "requests", "cpu", NULL);
}

static void running_with(const char *cpu)
{
	CLEANUP_FREE char *resources = xasprintf("'resources':{'requests':{'cpu':'%s'}}", cpu);
	generation = 0;
	world_begin(&w);
	world_running(&w, "web", resources, "");
	resize(cpu); /* the same, but now specs are counted */
	world_good_day(&w);
	world_silence(&w);
}

static void a_resize_of_what_runs_is_answered_as_infeasible(void **state)
{
	(void)state;
	running_with("1");
	assert_string_equal(reported_cpu(), "1");
	resize("2");
	world_good_day(&w);
	const json_t *answer = world_condition(&w, "web", "PodResizePending");
	assert_string_equal(js_str(answer, "status"), "True");
	assert_string_equal(js_str(answer, "reason"), "Infeasible");
	assert_string_equal(js_str(answer, "message"), LATER);
	assert_string_equal(world_said(&w, "web", "ResizeInfeasible"), LATER);
	assert_string_equal(reported_cpu(), "1"); /* which is what it has */
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void a_resize_that_is_taken_back_is_no_longer_answered(void **state)
{
	(void)state;
	running_with("1");
	resize("2");
	world_good_day(&w);
	resize("1");
	world_good_day(&w);
	assert_null(world_condition(&w, "web", "PodResizePending"));
}

static const char *launched_cpus(void)
{
	static char text[32];
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	const json_t *tasks = js_at(json_array_get(accept->body, 0), "launch_group", "task_group", "tasks", NULL), *r;
	size_t i;
	json_array_foreach (js_arr(json_array_get(tasks, 0), "resources"), i, r) {
		if (strcmp(js_str(r, "name"), "cpus") == 0) {
			snprintf(text, sizeof(text), "%g", json_number_value(js_at(r, "scalar", "value", NULL)));
		}
	}
	return text;
}

static void the_next_run_has_what_was_asked_for(void **state)
{
	(void)state;
	running_with("1");
	resize("2");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("again");
	assert_string_equal(launched_cpus(), "2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_string_equal(reported_cpu(), "2");
	assert_null(world_condition(&w, "web", "PodResizePending"));
}

/* The executor is the same, whatever becomes of the resources of the pod as a whole. */
static void a_resize_of_the_pod_as_a_whole_is_for_the_next_run(void **state)
{
	(void)state;
	generation = 0;
	world_begin(&w);
	world_running(&w, "web", "'resources':{'requests':{'cpu':'1'}}", "'resources':{'requests':{'cpu':'2'}}");
	const json_t *before =
	    js_at(json_array_get(world_last(&w, EFFECT_ACCEPT)->body, 0), "launch_group", "executor", NULL);
	json_t *spec = js_obj(world_object(&w, "web"), "spec");
	json_object_set_new(spec, "resources",
			    json_pack("{s:{s:s},s:{s:s}}", "requests", "cpu", "4", "limits", "cpu", "4"));
	resize("3");
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "ResizeInfeasible"), LATER);
	assert_int_equal(world_times_said(&w, "web", "ResizeInfeasible"), 2);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("again");
	const json_t *accepted = world_last(&w, EFFECT_ACCEPT)->body;
	assert_string_equal(launched_cpus(), "3");
	assert_true(json_equal(js_at(json_array_get(accepted, 0), "launch_group", "executor", NULL), before));
}

static void a_limit_of_the_pod_as_a_whole_that_cannot_be_kept_keeps_a_container_from_running_again(void **state)
{
	(void)state;
	running_with("2");
	json_object_set_new(js_obj(world_object(&w, "web"), "spec"), "resources",
			    json_pack("{s:{s:s}}", "limits", "cpu", "1"));
	resize("2");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	size_t launches = world_count(&w, EFFECT_ACCEPT);
	offer("again");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), launches);
	assert_string_equal(world_said(&w, "web", "FailedLaunch"),
			    "not supported: spec.resources.limits.cpu: below the request");
}

static void the_next_life_knows_what_runs(void **state)
{
	(void)state;
	running_with("1");
	resize("2");
	world_good_day(&w);
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	resize("1");
	world_good_day(&w);
	assert_null(world_condition(&w, "web", "PodResizePending"));
	assert_string_equal(reported_cpu(), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_resize_of_what_runs_is_answered_as_infeasible),
	    WORLD_TEST(a_resize_that_is_taken_back_is_no_longer_answered),
	    WORLD_TEST(the_next_run_has_what_was_asked_for),
	    WORLD_TEST(a_resize_of_the_pod_as_a_whole_is_for_the_next_run),
	    WORLD_TEST(a_limit_of_the_pod_as_a_whole_that_cannot_be_kept_keeps_a_container_from_running_again),
	    WORLD_TEST(the_next_life_knows_what_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
