/* Trouble with Mesos: sessions that end, launches nobody knows of, agents that are away or gone. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static struct effect *launching(const char *name, const char *spec)
{
	world_begin(&w);
	world_app(&w, name, "", spec);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	return world_last(&w, EFFECT_ACCEPT);
}

static void the_framework_id_is_stored_before_anything_is_launched(void **state)
{
	(void)state;
	world_done(&w);
	world_init(&w);
	core_free(w.core);
	w.core = core_new(&w.cfg, NULL);
	world_app(&w, "web", "", "");
	world_synced(&w);
	world_subscribed(&w, "fw-1");
	struct effect *store = world_take(&w, EFFECT_STORE_FRAMEWORK);
	assert_string_equal(store->text, "fw-1");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_nothing(&w);
	world_result(&w, store, ERR_BUSY);
	world_nothing(&w);
	world_wait(&w, 500);
	store = world_take(&w, EFFECT_STORE_FRAMEWORK);
	world_nothing(&w);
	world_result(&w, store, ERR_NONE);
	world_take(&w, EFFECT_RECONCILE);
	world_take(&w, EFFECT_BIND);
	world_nothing(&w);
}

static void a_new_framework_id_is_stored_too_and_the_stored_one_is_not_stored_again(void **state)
{
	(void)state;
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_take(&w, EFFECT_RECONCILE);
	world_nothing(&w);
	world_disconnected(&w);
	world_subscribed(&w, "fw-2");
	assert_string_equal(world_take(&w, EFFECT_STORE_FRAMEWORK)->text, "fw-2");
	world_nothing(&w);
}

static void a_session_that_ends_voids_the_offers_and_queued_pods_wait_for_the_next(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "big", "'resources':{'requests':{'cpu':'9'}}", "");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).offers, 1);
	world_disconnected(&w);
	assert_int_equal(core_count(w.core).offers, 0);
	world_app(&w, "small", "", "");
	world_nothing(&w);
	world_subscribed(&w, "fw");
	world_take(&w, EFFECT_RECONCILE);
	world_nothing(&w);
	world_offer(&w, "o2", "a1", "cpus:10;mem:8192;disk:100", "");
	world_good_day(&w);
	assert_int_equal(world_last(&w, EFFECT_ACCEPT)->n_others, 2);
	assert_true(effect_has_id(world_last(&w, EFFECT_ACCEPT), "o2"));
}

static void a_pod_that_is_bound_while_the_session_ends_waits_for_its_agent(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_disconnected(&w);
	world_ok(&w, bind);
	world_good_day(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.app.0")); /* is its agent still there? */
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_offer(&w, "o2", "a2", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0); /* not its agent */
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_true(effect_has_id(world_last(&w, EFFECT_ACCEPT), "o3"));
}

static void a_launch_during_which_the_session_ended_is_asked_of_and_only_gone_launches_it_again(void **state)
{
	(void)state;
	launching("web", "'restartPolicy':'Never'");
	world_disconnected(&w);
	world_nothing(&w);
	world_subscribed(&w, "fw");
	assert_int_equal(world_take(&w, EFFECT_RECONCILE)->n_ids, 0); /* everything */
	struct effect *ask = world_take(&w, EFFECT_RECONCILE);
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	assert_string_equal(ask->others[0], "a1");
	world_nothing(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_true(effect_has_id(world_take(&w, EFFECT_DECLINE), "o2"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1); /* the agent may yet come back with it */
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_wait(&w, 500);
	world_good_day(&w);
	world_offer(&w, "o3", "a1", ROOM, "");
	struct effect *accept = world_take(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, 0), "uid-web.app.0"); /* the run that never was */
	world_good_day(&w);
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void a_launch_that_came_about_before_the_session_ended_goes_on(void **state)
{
	(void)state;
	launching("web", "");
	world_disconnected(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void an_accept_that_failed_is_asked_of_first_and_its_offers_go_back(void **state)
{
	(void)state;
	struct effect *accept = launching("web", "'restartPolicy':'Never'");
	world_result(&w, accept, ERR_TIMEOUT);
	struct effect *ask = world_take(&w, EFFECT_RECONCILE);
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	world_nothing(&w);
	world_wait(&w, 500);
	struct effect *decline = world_take(&w, EFFECT_DECLINE); /* or they would stay with us, and nobody uses them */
	assert_true(effect_has_id(decline, accept->ids[0]));
	world_nothing(&w);
	world_wait(&w, 1500);
	assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), "uid-web.app.0"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_STAGING);
	world_good_day(&w);
	world_wait(&w, 3600000);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void without_an_answer_it_asks_again_with_growing_pauses(void **state)
{
	(void)state;
	launching("web", "'restartPolicy':'Never'");
	world_disconnected(&w);
	world_subscribed(&w, "fw");
	world_skip(&w);
	int64_t pause = 2000;
	for (int i = 0; i < 8; i++) {
		world_wait(&w, pause - 1);
		if (world_next_is(&w, EFFECT_SUPPRESS)) {
			world_take(&w, EFFECT_SUPPRESS);
		}
		world_nothing(&w);
		world_wait(&w, 1);
		assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), "uid-web.app.0"));
		world_nothing(&w);
		pause = pause * 2 < 60000 ? pause * 2 : 60000;
	}
}

static void a_launch_with_an_offer_that_was_void_does_not_fail_a_pod_that_never_restarts(void **state)
{
	(void)state;
	launching("job", "'restartPolicy':'Never'");
	struct mesos_task_status s = {.task_id = (char[]){"uid-job.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_LOST,
				      .reason = (char[]){"REASON_INVALID_OFFERS"},
				      .source = (char[]){"SOURCE_MASTER"}};
	world_status(&w, &s);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Pending");
	world_wait(&w, 500);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-job.app.0");
	/* Should it happen again and again, it is tried less and less often. */
	for (int i = 0; i < 20; i++) {
		world_status(&w, &s);
		world_good_day(&w);
		world_wait(&w, 60000);
		world_good_day(&w);
		char id[32];
		snprintf(id, sizeof(id), "again-%d", i);
		world_offer(&w, id, "a1", ROOM, "");
		world_good_day(&w);
	}
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 22);
	world_status(&w, &s);
	world_wait(&w, 59999);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).waiting, 0);
	world_wait(&w, 1);
	assert_int_equal(core_count(w.core).waiting, 1);
}

static void a_task_that_the_agent_dropped_is_acknowledged_and_launched_again(void **state)
{
	(void)state;
	launching("job", "'restartPolicy':'Never'");
	const char *uuid = world_update(&w, "uid-job.app.0", "a1", TASK_DROPPED, "the agent is shutting down");
	struct effect *acknowledge = world_take(&w, EFFECT_ACKNOWLEDGE);
	assert_string_equal(acknowledge->text, uuid);
	world_nothing(&w);
	world_ok(&w, acknowledge);
	world_wait(&w, 500);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void an_id_is_not_used_again_while_the_master_may_keep_it(void **state)
{
	(void)state;
	launching("job", "'restartPolicy':'Never'");
	world_update(&w, "uid-job.app.0", "a1", TASK_DROPPED, "the agent is shutting down");
	world_result(&w, world_take(&w, EFFECT_ACKNOWLEDGE), ERR_IO);
	assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), "uid-job.app.0"));
	struct mesos_task_status kept = {.task_id = (char *)(uintptr_t) "uid-job.app.0",
					 .agent_id = (char *)(uintptr_t) "a1",
					 .state = TASK_DROPPED,
					 .reason = (char *)(uintptr_t) "REASON_RECONCILIATION"};
	world_status(&w, &kept);
	world_wait(&w, 5000);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_update(&w, "uid-job.app.0", "a1", TASK_DROPPED, "the agent is shutting down"); /* it comes again */
	world_good_day(&w);
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void an_invalid_task_fails_the_pod_with_the_masters_words(void **state)
{
	(void)state;
	launching("job", "'restartPolicy':'Never'");
	struct mesos_task_status s = {.task_id = (char[]){"uid-job.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_ERROR,
				      .reason = (char[]){"REASON_TASK_GROUP_INVALID"},
				      .message = (char[]){"Task group's executor uses no disk"}};
	world_status(&w, &s);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	json_t *terminated = js_at(world_container(&w, "job", "app"), "state", "terminated", NULL);
	assert_string_equal(js_str(terminated, "message"), "Task group's executor uses no disk");
}

static void unreachable_is_not_death_and_running_brings_it_back(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never','tolerations':[{'operator':'Exists'}]");
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "False");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "reason"), "NodeUnreachable");
	assert_non_null(js_at(world_container(&w, "web", "app"), "state", "running", NULL));
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
	size_t asked = world_count(&w, EFFECT_RECONCILE);
	world_wait(&w, 3600000);
	assert_int_equal(world_count(&w, EFFECT_RECONCILE), asked); /* answered */
}

static void a_launch_on_an_agent_that_went_away_is_launched_again_when_it_returns_without_the_task(void **state)
{
	(void)state;
	launching("job", "'restartPolicy':'Never'");
	world_answer(&w, "uid-job.app.0", "a1", TASK_UNREACHABLE);
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	world_wait(&w, 60000);
	world_good_day(&w);
	size_t asked = world_count(&w, EFFECT_RECONCILE);
	world_offer(&w, "o2", "a1", ROOM, ""); /* it is back: ask at once */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RECONCILE), asked + 1);
	world_answer(&w, "uid-job.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Pending");
	world_wait(&w, 500);
	world_good_day(&w);
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void a_pod_that_was_to_be_launched_on_an_agent_that_is_marked_gone_fails(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_rescind(&w, "o1");
	world_ok(&w, bind);
	world_good_day(&w);
	world_agent_failed(&w, "a1");
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.app.0"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE_BY_OPERATOR);
	world_good_day(&w);
	struct effect *patch = world_last(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(js_str_at(patch->body, "status", "phase", NULL), "Failed");
}

static void a_lost_task_is_restarted_as_its_policy_says(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.app.1");
	world_run(&w, accept);
	json_t *last = js_at(world_container(&w, "web", "app"), "lastState", "terminated", NULL);
	assert_string_equal(js_str(last, "reason"), "ContainerStatusUnknown");
}

static void tasks_that_live_are_asked_of_in_every_new_session(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_disconnected(&w);
	world_subscribed(&w, "fw");
	world_take(&w, EFFECT_RECONCILE);
	struct effect *ask = world_take(&w, EFFECT_RECONCILE);
	assert_int_equal(ask->n_ids, 2);
	world_nothing(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 3");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).live_tasks, 1);
}

static void a_run_that_has_a_successor_is_killed_when_it_shows_up(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, NULL);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
	world_nothing(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void an_agent_that_failed_and_that_nobody_needs_is_forgotten(void **state)
{
	(void)state;
	char id[16], agent[16];
	world_begin(&w);
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "o%d", i);
		snprintf(agent, sizeof(agent), "a%d", i);
		world_offer(&w, id, agent, ROOM, "");
		world_good_day(&w);
		world_agent_failed(&w, agent);
	}
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).agents, 0);
	world_running(&w, "web", "", "");
	world_agent_failed(&w, "a1");
	assert_int_equal(core_count(w.core).agents, 1);
	world_vanish(&w, "web");
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE);
	world_agent_failed(&w, "a1");
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).agents, 0);
	assert_int_equal(core_count(w.core).pods, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(the_framework_id_is_stored_before_anything_is_launched),
	    WORLD_TEST(a_new_framework_id_is_stored_too_and_the_stored_one_is_not_stored_again),
	    WORLD_TEST(a_session_that_ends_voids_the_offers_and_queued_pods_wait_for_the_next),
	    WORLD_TEST(a_pod_that_is_bound_while_the_session_ends_waits_for_its_agent),
	    WORLD_TEST(a_launch_during_which_the_session_ended_is_asked_of_and_only_gone_launches_it_again),
	    WORLD_TEST(a_launch_that_came_about_before_the_session_ended_goes_on),
	    WORLD_TEST(an_accept_that_failed_is_asked_of_first_and_its_offers_go_back),
	    WORLD_TEST(without_an_answer_it_asks_again_with_growing_pauses),
	    WORLD_TEST(a_launch_with_an_offer_that_was_void_does_not_fail_a_pod_that_never_restarts),
	    WORLD_TEST(a_task_that_the_agent_dropped_is_acknowledged_and_launched_again),
	    WORLD_TEST(an_id_is_not_used_again_while_the_master_may_keep_it),
	    WORLD_TEST(an_invalid_task_fails_the_pod_with_the_masters_words),
	    WORLD_TEST(unreachable_is_not_death_and_running_brings_it_back),
	    WORLD_TEST(a_launch_on_an_agent_that_went_away_is_launched_again_when_it_returns_without_the_task),
	    WORLD_TEST(a_pod_that_was_to_be_launched_on_an_agent_that_is_marked_gone_fails),
	    WORLD_TEST(a_lost_task_is_restarted_as_its_policy_says),
	    WORLD_TEST(tasks_that_live_are_asked_of_in_every_new_session),
	    WORLD_TEST(a_run_that_has_a_successor_is_killed_when_it_shows_up),
	    WORLD_TEST(an_agent_that_failed_and_that_nobody_needs_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
