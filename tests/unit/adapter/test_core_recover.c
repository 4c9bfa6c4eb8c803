/* An adapter that is started again: all that it knows stands in Kubernetes and Mesos. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/reborn.h"

static const char *condition_time(const char *pod, const char *type)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_at(world_object(&w, pod), "status", "conditions", NULL), i, o) {
		if (strcmp(js_str(o, "type"), type) == 0) {
			return js_str(o, "lastTransitionTime");
		}
	}
	fail_msg("%s has no condition %s", pod, type);
	return NULL;
}

static void nothing_is_launched_or_killed_before_synced_subscribed_stored_and_answered(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	core_free(w.core);
	world_skip(&w);
	w.core = core_new(&w.cfg, NULL); /* the id could not be read */
	show_all();
	world_offer(&w, "o1", "a1", ROOM, "");
	world_delete(&w, "web", 1);
	world_nothing(&w);
	world_synced(&w);
	while (!world_next_is(&w, EFFECT_UPSERT_NODE)) {
		world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	}
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_nothing(&w);
	world_subscribed(&w, "fw");
	struct effect *store = world_take(&w, EFFECT_STORE_FRAMEWORK);
	world_nothing(&w);
	world_result(&w, store, ERR_NONE);
	struct effect *ask = question();
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
}

static void a_running_pod_goes_on_and_its_status_stays_as_it_was(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	CLEANUP_JSON json_t *before = json_deep_copy(js_obj(world_object(&w, "web"), "status"));
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	world_wait(&w, 60000);
	reborn();
	struct effect *ask = question();
	assert_int_equal(ask->n_ids, 1);
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	world_nothing(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	offer("o2");
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	CLEANUP_FREE char *a = js_dump(before, JSON_SORT_KEYS);
	CLEANUP_FREE char *b = js_dump(js_obj(world_object(&w, "web"), "status"), JSON_SORT_KEYS);
	assert_string_equal(a, b);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_delete(&w, "web", 30); /* its pause is known as well */
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
}

static void pods_in_every_shape_need_no_write_after_a_restart(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("o2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT)); /* runs for the second time */
	offer("o3");
	world_running(&w, "loop", "", "");
	for (int run = 0; run < 2; run++) {
		CLEANUP_FREE char *id = xasprintf("uid-loop.app.%d", run);
		world_update(&w, id, "a1", TASK_FAILED, "Command terminated with signal Killed");
		world_good_day(&w);
		offer(run ? "o5" : "o4");
		if (!run) {
			world_run(&w, world_last(&w, EFFECT_ACCEPT));
		}
	}
	world_app(&w, "odd", "", "'hostnameOverride':'x'"); /* is refused */
	world_good_day(&w);
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	world_wait(&w, 5000);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_RUNNING);
	world_answer(&w, "uid-loop._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-loop.app.2", "a1", TASK_GONE);
	world_good_day(&w);
	world_wait(&w, 1000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
}

static void what_changes_after_a_restart_keeps_the_times_of_what_does_not(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	CLEANUP_FREE char *since = xstrdup(condition_time("job", "Initialized"));
	CLEANUP_FREE char *ready = xstrdup(condition_time("job", "Ready"));
	world_wait(&w, 60000);
	reborn();
	world_skip(&w);
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	assert_string_equal(condition_time("job", "Initialized"), since);
	assert_string_not_equal(condition_time("job", "Ready"), ready);
}

/* The last status of the life before can be seen later than the pod, which was listed somewhere else. */
static void a_status_that_is_seen_late_is_compared_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	CLEANUP_JSON json_t *before = json_deep_copy(world_object(&w, "web"));
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	json_object_set_new(js_obj(world_object(&w, "web"), "status"), "podIP", json_string("10.1.1.1"));
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches + 1);
	assert_true(json_equal(js_at(before, "status", "podIP", NULL),
			       js_at(world_object(&w, "web"), "status", "podIP", NULL)) ||
		    !js_at(before, "status", "podIP", NULL));
}

static void an_end_that_came_while_it_was_away_is_stored(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	reborn();
	world_skip(&w);
	const char *uuid = world_update(&w, "uid-job.app.0", "a1", TASK_FAILED, "Command exited with status 4");
	world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	assert_string_equal(world_take(&w, EFFECT_ACKNOWLEDGE)->text, uuid);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	assert_int_equal(js_int(js_at(world_container(&w, "job", "app"), "state", "terminated", NULL), "exitCode", -1),
			 4);
}

static void an_update_before_the_pods_are_listed_is_left_for_later(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_restart(&w);
	world_subscribed(&w, "fw");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_nothing(&w); /* neither acknowledged nor taken for an orphan's */
	show_all();
	world_synced(&w);
	world_skip(&w);
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Succeeded");
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void what_was_known_before_the_list_is_replaced_by_what_the_list_shows(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	CLEANUP_JSON json_t *old = json_deep_copy(world_object(&w, "web"));
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("o2");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	json_t *now = json_deep_copy(world_object(&w, "web"));
	world_restart(&w);
	json_object_update(world_object(&w, "web"), old); /* a standby that missed the last of it */
	world_show(&w, "web");
	json_object_update(world_object(&w, "web"), now);
	json_decref(now);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.app.1"));
	assert_false(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.app.0"));
}

static void a_finished_pod_stays_finished(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-job.app.1", "a1", TASK_GONE);
	offer("o2");
	world_wait(&w, 3600000);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_delete(&w, "job", 0);
	world_take(&w, EFFECT_SUPPRESS);
	world_take(&w, EFFECT_DELETE_POD);
	world_nothing(&w);
}

static void a_pod_that_was_bound_and_never_launched_is_launched_after_the_answer(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "'restartPolicy':'Never'");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_apply(&w, world_take(&w, EFFECT_BIND)); /* bound, and then we died */
	reborn();
	assert_true(effect_has_id(question(), "uid-web.app.0"));
	offer("o2");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	offer("o3");
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, 0), "uid-web.app.0");
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_non_null(js_str_at(world_object(&w, "web"), "status", "startTime", NULL));
}

static void what_an_earlier_life_wrote_late_is_learnt_and_not_taken_back(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 3");
	struct effect *late = world_take(&w, EFFECT_PATCH_STATUS);
	reborn(); /* and its container runs, as far as the list tells */
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_apply(&w, late);
	world_show(&w, "web");
	assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), "uid-web.app.1"));
	world_delete(&w, "web", 30);
	world_good_day(&w);
	json_t *app = world_container(&w, "web", "app");
	assert_int_equal(js_int(js_at(app, "state", "terminated", NULL), "exitCode", -1), 3);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(nothing_is_launched_or_killed_before_synced_subscribed_stored_and_answered),
	    WORLD_TEST(a_running_pod_goes_on_and_its_status_stays_as_it_was),
	    WORLD_TEST(pods_in_every_shape_need_no_write_after_a_restart),
	    WORLD_TEST(what_changes_after_a_restart_keeps_the_times_of_what_does_not),
	    WORLD_TEST(a_status_that_is_seen_late_is_compared_again),
	    WORLD_TEST(an_end_that_came_while_it_was_away_is_stored),
	    WORLD_TEST(an_update_before_the_pods_are_listed_is_left_for_later),
	    WORLD_TEST(what_was_known_before_the_list_is_replaced_by_what_the_list_shows),
	    WORLD_TEST(a_finished_pod_stays_finished),
	    WORLD_TEST(a_pod_that_was_bound_and_never_launched_is_launched_after_the_answer),
	    WORLD_TEST(what_an_earlier_life_wrote_late_is_learnt_and_not_taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
