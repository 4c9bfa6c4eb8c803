/* An adapter that is started again: the sandboxes of pods, and what is left of pods that have ended. */
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/adapter/reborn.h"

static void what_is_left_of_a_finished_pod_is_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'OnFailure'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w); /* the KILL of the pause is on its way, and lost */
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-job._pause.0", "a1", TASK_RUNNING);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-job._pause.0");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 2);
	assert_string_equal(world_phase(&w, "job"), "Succeeded");
}

static void a_finished_pod_is_removed_when_its_pause_is_known_not_to_live(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'OnFailure'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w); /* the KILL of the pause is on its way, and lost */
	world_delete(&w, "job", 30);
	reborn();
	world_skip(&w);
	world_delete(&w, "job", 0); /* some people cannot wait */
	world_nothing(&w);
	world_answer(&w, "uid-job.app.1", "a1", TASK_GONE); /* its agent has just come back */
	world_wait(&w, 2000);
	const char *end = end_of_everything("job");
	world_answer(&w, "uid-job._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, end, "a1", TASK_GONE);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-job._pause.0");
	world_update(&w, "uid-job._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
}

/* The master knew nothing of the agent, so of the pause neither. */
static void what_lives_after_all_makes_its_pause_be_asked_of_once_more(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 30);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	world_wait(&w, 2000);
	world_answer(&w, end_of_everything("web"), "a1", TASK_UNKNOWN);
	while (!world_next_is(&w, EFFECT_DELETE_POD)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_IO);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING); /* the agent is back */
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	world_wait(&w, 2000);
	CLEANUP_FREE char *end = xstrdup(world_last(&w, EFFECT_RECONCILE)->ids[0]);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, end, "a1", TASK_GONE);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 2);
}

static void what_counted_as_lost_and_lives_is_over_before_its_pod_is_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 30);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN); /* the master does not know the agent yet */
	world_good_day(&w);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web.app.1", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	struct effect *kill = world_last(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web.app.0");
	assert_int_equal(kill->grace_ms, 30000);
	world_wait(&w, 2000);
	world_answer(&w, world_last(&w, EFFECT_RECONCILE)->ids[1], "a1", TASK_GONE);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	world_wait(&w, 2000);
	world_answer(&w, world_last(&w, EFFECT_RECONCILE)->ids[0], "a1", TASK_GONE); /* no pause lives, either */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
}

/* The container is gone, so the pause is asked of, which needs a question for everything. */
static const char *gone(void)
{
	world_skip(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_wait(&w, 2000);
	return end_of_everything("web");
}

static void gone_and_no_pause_heard_of(void)
{
	const char *end = gone();
	size_t accepts = world_count(&w, EFFECT_ACCEPT);
	offer("early");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), accepts);
	world_answer(&w, end, "a1", TASK_GONE);
	world_good_day(&w);
}

static void a_sandbox_that_is_gone_gets_a_pause_with_a_new_number(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn();
	gone_and_no_pause_heard_of();
	offer("o2");
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.app.1");
}

static void a_pause_that_was_left_behind_is_killed_when_it_shows_up(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn();
	gone_and_no_pause_heard_of(); /* though there is one */
	offer("o2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	world_nothing(&w);
}

static void an_answer_to_an_earlier_question_says_nothing_of_a_pause(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn();
	const char *end = gone();
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE); /* it was asked of twice */
	world_update(&w, "uid-web.app.0", "a1", TASK_GONE, NULL);
	world_delete(&w, "web", 30);
	world_good_day(&w);
	assert_non_null(world_object(&w, "web"));
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, end, "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
}

static void what_a_session_did_not_tell_to_its_end_the_next_one_is_asked_from_the_beginning(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn();
	CLEANUP_FREE char *end = xstrdup(gone());
	world_disconnected(&w);
	world_subscribed(&w, "fw");
	assert_true(effect_has_id(question(), "uid-web.app.1")); /* is its agent there? */
	world_answer(&w, end, "a1", TASK_GONE);
	offer("o2");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_wait(&w, 2000);
	assert_string_not_equal(end_of_everything("web"), end);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void a_pause_that_the_first_answer_did_not_tell_of_is_found_by_the_second(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	reborn();
	world_skip(&w); /* the master said nothing: its agent was not back yet */
	world_wait(&w, 2000);
	assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), "uid-web.app.0")); /* by name alone */
	world_nothing(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 3");
	world_good_day(&w);
	world_wait(&w, 2000);
	question();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	offer("o2");
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 1); /* in the old sandbox */
	assert_string_equal(accepted_task(accept, 0), "uid-web.app.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(what_is_left_of_a_finished_pod_is_killed),
	    WORLD_TEST(a_finished_pod_is_removed_when_its_pause_is_known_not_to_live),
	    WORLD_TEST(what_lives_after_all_makes_its_pause_be_asked_of_once_more),
	    WORLD_TEST(what_counted_as_lost_and_lives_is_over_before_its_pod_is_removed),
	    WORLD_TEST(a_sandbox_that_is_gone_gets_a_pause_with_a_new_number),
	    WORLD_TEST(a_pause_that_was_left_behind_is_killed_when_it_shows_up),
	    WORLD_TEST(an_answer_to_an_earlier_question_says_nothing_of_a_pause),
	    WORLD_TEST(what_a_session_did_not_tell_to_its_end_the_next_one_is_asked_from_the_beginning),
	    WORLD_TEST(a_pause_that_the_first_answer_did_not_tell_of_is_found_by_the_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
