/* What a running pod is given: another image. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"
#include "tests/unit/adapter/world_test.h"

/* It may run again after one exit code, so there is a pause to run again beside. */
#define NEVER_BUT_ONCE                                                                                                 \
	"'restartPolicy':'Never','restartPolicyRules':[{'action':'Restart','exitCodes':{'operator':'In','values':[42]" \
	"}}]"

static void set_image(const char *image)
{
	json_t *list = js_arr(js_obj(world_object(&w, "web"), "spec"), "containers");
	json_object_set_new(json_array_get(list, 0), "image", json_string(image));
	world_show(&w, "web");
}

static void running_with(const char *image, const char *container, const char *spec)
{
	world_begin(&w);
	world_running(&w, "web", container, spec);
	world_silence(&w);
	set_image(image);
}

static const char *reported_image(void)
{
	return js_str(world_container(&w, "web", "app"), "image");
}

static const char *launched_image(const struct effect *accept, size_t i)
{
	const json_t *tasks = js_at(json_array_get(accept->body, i), "launch_group", "task_group", "tasks", NULL);
	return js_str_at(json_array_get(tasks, 0), "container", "mesos", "image", "docker", "name", NULL);
}

/* After its end: one launch, of that run with that image. */
static void assert_runs_again(int run, const char *image)
{
	offer("again");
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	size_t i = json_array_size(accept->body) - 1;
	assert_string_equal(accepted_task(accept, i), world_task("web", "app", run));
	assert_string_equal(launched_image(accept, i), image);
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), run);
	assert_string_equal(reported_image(), image);
}

static void killed(int run)
{
	world_update(&w, world_task("web", "app", run), "a1", TASK_KILLED, "Command terminated with signal Terminated");
	world_good_day(&w);
}

static void a_container_with_a_new_image_ends_within_its_grace_and_runs_again_with_it(void **state)
{
	(void)state;
	running_with("busybox:2", "", "'terminationGracePeriodSeconds':7");
	struct effect *kill = world_take(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web.app.0");
	assert_int_equal(kill->grace_ms, 7000);
	assert_string_equal(world_said(&w, "web", "Killing"), "Container app definition changed, will be restarted");
	assert_string_equal(reported_image(), "busybox"); /* which is what runs */
	set_image("busybox:2");
	world_nothing(&w);
	killed(0);
	assert_runs_again(1, "busybox:2");
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
}

static void that_is_no_crash_so_it_does_not_wait(void **state)
{
	(void)state;
	running_with("busybox:2", "", "");
	world_good_day(&w);
	killed(0);
	assert_runs_again(1, "busybox:2");
	set_image("busybox:3");
	world_good_day(&w);
	killed(1);
	assert_null(world_said(&w, "web", "BackOff"));
	assert_runs_again(2, "busybox:3");
}

static void a_container_that_never_restarts_runs_again_with_its_new_image(void **state)
{
	(void)state;
	running_with("busybox:2", NEVER_BUT_ONCE, "'restartPolicy':'Never'");
	world_good_day(&w);
	killed(0);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_non_null(js_at(world_container(&w, "web", "app"), "state", "waiting", NULL));
	assert_runs_again(1, "busybox:2");
	world_update(&w, "uid-web.app.1", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
}

static void where_the_executor_would_end_with_it_the_container_goes_on_and_that_is_said(void **state)
{
	(void)state;
	running_with("busybox:2", "", "'restartPolicy':'Never'");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_string_equal(world_said(&w, "web", "ImageNotReplaced"),
			    "Container app goes on with image busybox: a pod of one container that never restarts "
			    "cannot be given another");
	assert_string_equal(reported_image(), "busybox");
	killed(0);
	assert_string_equal(world_phase(&w, "web"), "Failed");
}

static void an_image_that_changed_while_nobody_led_is_seen(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	json_t *list = js_arr(js_obj(world_object(&w, "web"), "spec"), "containers");
	json_object_set_new(json_array_get(list, 0), "image", json_string("busybox:2"));
	reborn();
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0); /* Mesos has not said that it lives */
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
	killed(0);
	assert_runs_again(1, "busybox:2");
}

static void an_end_that_an_earlier_life_brought_about_is_followed_by_the_new_image(void **state)
{
	(void)state;
	running_with("busybox:2", NEVER_BUT_ONCE, "'restartPolicy':'Never'");
	world_good_day(&w);
	reborn();
	world_good_day(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	killed(0);
	assert_string_equal(world_phase(&w, "web"), "Running");
	reborn(); /* and once more, now that the end is stored */
	world_good_day(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	assert_runs_again(1, "busybox:2");
}

static void a_container_that_ended_by_itself_is_not_run_again_for_an_image(void **state)
{
	(void)state;
	running_with("busybox", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, "Command exited with status 0");
	set_image("busybox:2");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
	assert_string_equal(reported_image(), "busybox");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void a_pod_that_is_deleted_meanwhile_ends(void **state)
{
	(void)state;
	running_with("busybox:2", NEVER_BUT_ONCE, "'restartPolicy':'Never'");
	world_good_day(&w);
	world_delete(&w, "web", 5);
	world_good_day(&w);
	killed(0);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).pods, 0);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_container_with_a_new_image_ends_within_its_grace_and_runs_again_with_it),
	    WORLD_TEST(that_is_no_crash_so_it_does_not_wait),
	    WORLD_TEST(a_container_that_never_restarts_runs_again_with_its_new_image),
	    WORLD_TEST(where_the_executor_would_end_with_it_the_container_goes_on_and_that_is_said),
	    WORLD_TEST(an_image_that_changed_while_nobody_led_is_seen),
	    WORLD_TEST(an_end_that_an_earlier_life_brought_about_is_followed_by_the_new_image),
	    WORLD_TEST(a_container_that_ended_by_itself_is_not_run_again_for_an_image),
	    WORLD_TEST(a_pod_that_is_deleted_meanwhile_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
