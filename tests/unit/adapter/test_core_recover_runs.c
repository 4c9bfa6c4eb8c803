/* An adapter that is started again: runs of containers that it had launched, asked of or seen end. */
#include "base/js.h"
#include "tests/unit/adapter/reborn.h"

static void a_pod_in_crash_loop_back_off_waits_on_and_its_next_run_is_asked_of(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("o2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.app.1", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	assert_string_equal(js_str(js_at(world_container(&w, "web", "app"), "state", "waiting", NULL), "reason"),
			    "CrashLoopBackOff");
	reborn();
	assert_true(effect_has_id(question(), "uid-web.app.2"));
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.2", "a1", TASK_GONE);
	world_good_day(&w);
	offer("o3");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2); /* in back-off still */
	world_wait(&w, 9000);
	world_good_day(&w);
	offer("o4");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	world_wait(&w, 1000);
	world_good_day(&w);
	offer("o5");
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 1); /* in the same sandbox */
	assert_string_equal(accepted_task(accept, 0), "uid-web.app.2");
	world_run(&w, accept);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 2);
}

static void a_restart_that_was_launched_just_before_is_found_and_not_launched_twice(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("o2");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
	/* All stored, nothing heard of the new run yet. */
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 0);
	reborn();
	assert_true(effect_has_id(question(), "uid-web.app.1"));
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_RUNNING);
	world_good_day(&w);
	offer("o3");
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

/* Its container ended, and perhaps it was launched again before the adapter died. */
static void reborn_after_an_end(void)
{
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	reborn();
	assert_true(effect_has_id(question(), "uid-web.app.1"));
}

static void an_agent_that_is_away_makes_no_run_of_one_that_was_only_asked_of(void **state)
{
	(void)state;
	reborn_after_an_end();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_UNREACHABLE);
	world_answer(&w, "uid-web.app.1", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 0);
	offer("o2");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
}

static void a_restart_on_an_agent_that_was_away_is_found_when_it_is_back(void **state)
{
	(void)state;
	reborn_after_an_end();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_UNREACHABLE);
	world_answer(&w, "uid-web.app.1", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_RUNNING);
	world_good_day(&w);
	offer("o2");
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

static void an_agent_that_is_gone_makes_no_run_of_one_that_was_only_asked_of(void **state)
{
	(void)state;
	reborn_after_an_end();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE_BY_OPERATOR);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE_BY_OPERATOR);
	world_good_day(&w);
	const json_t *status = js_obj(world_last(&w, EFFECT_PATCH_STATUS)->body, "status");
	assert_string_equal(js_str(status, "phase"), "Failed");
	assert_int_equal(js_int(json_array_get(js_arr(status, "containerStatuses"), 0), "restartCount", -1), 0);
}

static void the_last_end_of_a_container_survives_and_so_does_its_reason(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	struct mesos_task_status s = {.task_id = (char[]){"uid-web.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_FAILED,
				      .reason = (char[]){"REASON_CONTAINER_LIMITATION_MEMORY"}};
	world_status(&w, &s);
	world_good_day(&w);
	offer("o2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_RUNNING);
	world_good_day(&w);
	json_t *last = js_at(world_container(&w, "web", "app"), "lastState", "terminated", NULL);
	assert_string_equal(js_str(last, "reason"), "OOMKilled");
	assert_int_equal(js_int(last, "exitCode", -1), 137);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

static void a_run_before_one_that_lives_is_over_and_not_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn(); /* the end of the first run and the launch of the next are not seen yet */
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

static json_t *end_of_job(void)
{
	return js_at(world_container(&w, "job", "app"), "state", "terminated", NULL);
}

static void an_end_of_which_the_master_knows_no_more_is_told_when_the_agent_repeats_it(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	reborn();
	world_answer(&w, "uid-job.app.0", "a1", TASK_FAILED);
	world_good_day(&w);
	assert_null(end_of_job());
	world_update(&w, "uid-job.app.0", "a1", TASK_FAILED, "Command exited with status 7");
	world_good_day(&w);
	assert_int_equal(js_int(end_of_job(), "exitCode", -1), 7);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	assert_int_equal(core_count(w.core).unacknowledged, 0);
}

static void words_that_do_not_come_are_not_waited_for_for_ever(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	reborn();
	int64_t since = w.now;
	do {
		world_answer(&w, "uid-job.app.0", "a1", TASK_FAILED);
		world_good_day(&w);
		world_wait(&w, 2000);
	} while (!end_of_job() && w.now < since + 100000);
	assert_in_range(w.now - since, 30000, 36000);
	assert_int_equal(js_int(end_of_job(), "exitCode", -1), 137);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_in_crash_loop_back_off_waits_on_and_its_next_run_is_asked_of),
	    WORLD_TEST(a_restart_that_was_launched_just_before_is_found_and_not_launched_twice),
	    WORLD_TEST(an_agent_that_is_away_makes_no_run_of_one_that_was_only_asked_of),
	    WORLD_TEST(a_restart_on_an_agent_that_was_away_is_found_when_it_is_back),
	    WORLD_TEST(an_agent_that_is_gone_makes_no_run_of_one_that_was_only_asked_of),
	    WORLD_TEST(the_last_end_of_a_container_survives_and_so_does_its_reason),
	    WORLD_TEST(a_run_before_one_that_lives_is_over_and_not_killed),
	    WORLD_TEST(an_end_of_which_the_master_knows_no_more_is_told_when_the_agent_repeats_it),
	    WORLD_TEST(words_that_do_not_come_are_not_waited_for_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
