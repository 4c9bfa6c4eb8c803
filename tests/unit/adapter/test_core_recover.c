/* An adapter that is started again: all that it knows stands in Kubernetes and Mesos. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static void show_all(void)
{
	for (size_t i = 0; i < w.n_pods; i++) {
		CLEANUP_FREE char *name = xstrdup(js_str_at(w.pods[i], "metadata", "name", NULL));
		world_show(&w, name);
	}
}

/* The new life has listed the pods and subscribed. */
static void reborn(void)
{
	world_restart(&w);
	show_all();
	world_synced(&w);
	world_subscribed(&w, "fw");
}

static void offer(const char *id)
{
	world_offer(&w, id, "a1", ROOM, "");
	world_good_day(&w);
}

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

/* The question by name (after the one for everything). */
static struct effect *question(void)
{
	struct effect *f = world_take(&w, EFFECT_RECONCILE);
	assert_int_equal(f->n_ids, 0);
	return world_take(&w, EFFECT_RECONCILE);
}

/* The name that marks the end of everything, to be asked of after it. */
static const char *end_of_everything(const char *pod)
{
	struct effect *f = question();
	CLEANUP_FREE char *end = xasprintf("-uid-%s", pod);
	assert_int_equal(f->n_ids, 1);
	assert_memory_equal(f->ids[0], "everything-", strlen("everything-"));
	assert_non_null(strstr(f->ids[0], end));
	return f->ids[0];
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

static void tasks_that_no_pod_explains_are_quarantined_reported_and_then_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_answer(&w, "not an id of ours", "a9", TASK_RUNNING);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).orphans, 2);
	assert_int_equal(world_times_said(&w, NULL, "task that no pod explains is in quarantine"), 2);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	assert_int_equal(world_times_said(&w, NULL, "task that no pod explains is in quarantine"), 2);
	world_wait(&w, w.cfg.quarantine_ms - 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1);
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "someone-else.app.0");
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "not an id of ours");
	world_nothing(&w);
	world_update(&w, "someone-else.app.0", "a9", TASK_KILLED, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).orphans, 1);
}

static void a_task_whose_pod_comes_during_the_quarantine_is_not_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_restart(&w);
	world_synced(&w); /* without the pod: as if the list were old */
	world_subscribed(&w, "fw");
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	assert_int_equal(core_count(w.core).orphans, 2);
	show_all();
	world_wait(&w, w.cfg.quarantine_ms);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void orphans_are_not_killed_while_the_session_is_down(void **state)
{
	(void)state;
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_disconnected(&w);
	world_wait(&w, w.cfg.quarantine_ms + 1000);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void with_the_policy_to_keep_orphans_are_told_of_and_never_killed(void **state)
{
	(void)state;
	w.cfg.keep_orphans = true;
	world_restart(&w);
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_wait(&w, 5 * w.cfg.quarantine_ms);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(core_count(w.core).orphans, 1);
	assert_non_null(world_said(&w, NULL, "unexplained task is kept after its quarantine"));
	world_update(&w, "someone-else.app.0", "a9", TASK_FINISHED, NULL);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void an_orphan_is_an_event_on_the_node_of_its_agent_as_soon_as_that_is_known(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_good_day(&w);
	world_answer(&w, "someone-else.app.0", "a1", TASK_RUNNING);
	const struct effect *f = NULL;
	for (size_t i = 0; i < w.said.n; i++) {
		if (w.said.items[i]->type == EFFECT_EVENT &&
		    strcmp(js_str(w.said.items[i]->body, "reason"), "UnexplainedTask") == 0) {
			f = w.said.items[i];
		}
	}
	assert_non_null(f);
	assert_string_equal(f->ns, "default");
	assert_string_equal(js_str_at(f->body, "involvedObject", "kind", NULL), "Node");
	assert_string_equal(js_str(f->body, "message"),
			    "No pod explains task someone-else.app.0; after 3600 s it is killed");
	world_silence(&w);
	world_answer(&w, "another.app.0", "a9", TASK_RUNNING); /* of an agent that has no node yet */
	assert_int_equal(world_times_said(&w, NULL, "UnexplainedTask"), 0);
	world_offer(&w, "o9", "a9", "cpus:1;mem:64;disk:10", "");
	world_wait(&w, w.cfg.quarantine_ms);
	assert_int_equal(world_times_said(&w, NULL, "UnexplainedTask"), 1);
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
	    WORLD_TEST(a_pod_in_crash_loop_back_off_waits_on_and_its_next_run_is_asked_of),
	    WORLD_TEST(a_restart_that_was_launched_just_before_is_found_and_not_launched_twice),
	    WORLD_TEST(an_agent_that_is_away_makes_no_run_of_one_that_was_only_asked_of),
	    WORLD_TEST(a_restart_on_an_agent_that_was_away_is_found_when_it_is_back),
	    WORLD_TEST(an_agent_that_is_gone_makes_no_run_of_one_that_was_only_asked_of),
	    WORLD_TEST(the_last_end_of_a_container_survives_and_so_does_its_reason),
	    WORLD_TEST(what_was_known_before_the_list_is_replaced_by_what_the_list_shows),
	    WORLD_TEST(a_finished_pod_stays_finished),
	    WORLD_TEST(what_is_left_of_a_finished_pod_is_killed),
	    WORLD_TEST(a_finished_pod_is_removed_when_its_pause_is_known_not_to_live),
	    WORLD_TEST(what_lives_after_all_makes_its_pause_be_asked_of_once_more),
	    WORLD_TEST(what_counted_as_lost_and_lives_is_over_before_its_pod_is_removed),
	    WORLD_TEST(a_run_before_one_that_lives_is_over_and_not_killed),
	    WORLD_TEST(a_pod_that_was_bound_and_never_launched_is_launched_after_the_answer),
	    WORLD_TEST(what_an_earlier_life_wrote_late_is_learnt_and_not_taken_back),
	    WORLD_TEST(a_sandbox_that_is_gone_gets_a_pause_with_a_new_number),
	    WORLD_TEST(a_pause_that_was_left_behind_is_killed_when_it_shows_up),
	    WORLD_TEST(an_answer_to_an_earlier_question_says_nothing_of_a_pause),
	    WORLD_TEST(what_a_session_did_not_tell_to_its_end_the_next_one_is_asked_from_the_beginning),
	    WORLD_TEST(a_pause_that_the_first_answer_did_not_tell_of_is_found_by_the_second),
	    WORLD_TEST(an_end_of_which_the_master_knows_no_more_is_told_when_the_agent_repeats_it),
	    WORLD_TEST(words_that_do_not_come_are_not_waited_for_for_ever),
	    WORLD_TEST(tasks_that_no_pod_explains_are_quarantined_reported_and_then_killed),
	    WORLD_TEST(a_task_whose_pod_comes_during_the_quarantine_is_not_killed),
	    WORLD_TEST(orphans_are_not_killed_while_the_session_is_down),
	    WORLD_TEST(with_the_policy_to_keep_orphans_are_told_of_and_never_killed),
	    WORLD_TEST(an_orphan_is_an_event_on_the_node_of_its_agent_as_soon_as_that_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
