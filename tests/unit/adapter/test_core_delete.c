/* Pods that are deleted, at every point of their life. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static void drain_patches(void)
{
	while (world_next_is(&w, EFFECT_PATCH_STATUS)) {
		world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	}
}

static void containers_are_killed_within_their_grace_then_the_pause_then_the_pod_is_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 45);
	struct effect *kill = world_take(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web.app.0");
	assert_int_equal(kill->grace_ms, 45000);
	drain_patches();
	world_nothing(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, "Command terminated with signal Terminated");
	kill = world_take(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web._pause.0");
	assert_int_equal(kill->grace_ms, 0);
	world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w); /* the pause lives */
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	drain_patches();
	world_take(&w, EFFECT_ACKNOWLEDGE);
	struct effect *removal = world_take(&w, EFFECT_DELETE_POD);
	assert_string_equal(removal->uid, "uid-web");
	world_nothing(&w);
	world_ok(&w, removal);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
	assert_non_null(world_said(&w, "web", "Killing"));
}

static void the_final_status_is_stored_before_the_pod_is_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_delete(&w, "job", 30);
	world_take(&w, EFFECT_KILL);
	drain_patches();
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, "Command exited with status 0");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_result(&w, patch, ERR_BUSY);
	world_nothing(&w);
	world_wait(&w, 500);
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	assert_string_equal(js_str_at(patch->body, "status", "phase", NULL), "Succeeded");
	world_ok(&w, patch);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_take(&w, EFFECT_DELETE_POD);
	world_nothing(&w);
}

static void a_shorter_grace_kills_again_and_a_longer_one_does_not(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 300);
	assert_int_equal(world_take(&w, EFFECT_KILL)->grace_ms, 300000);
	drain_patches();
	world_wait(&w, 5000);
	world_delete(&w, "web", 2);
	assert_int_equal(world_take(&w, EFFECT_KILL)->grace_ms, 2000);
	drain_patches();
	world_show(&w, "web");
	world_nothing(&w);
}

static void a_kill_that_does_not_help_is_sent_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	world_wait(&w, 39999);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 2);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 0);
}

static void an_executor_that_takes_no_notice_of_kills_is_shut_down(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_running(&w, "other", "", "");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	world_wait(&w, 4 * 40000 - 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 4);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 0);
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 4);
	struct effect *shutdown = world_last(&w, EFFECT_SHUTDOWN);
	assert_string_equal(shutdown->uid, "uid-web");
	assert_string_equal(shutdown->agent_id, "a1");
	world_wait(&w, 9999);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 1);
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 2);
	assert_int_equal(core_count(w.core).shutdowns, 2);
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Executor terminated");
	world_update(&w, "uid-web._pause.0", "a1", TASK_FAILED, "Executor terminated");
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
	world_wait(&w, 3600000);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 2);
	assert_string_equal(world_phase(&w, "other"), "Running");
}

static void several_stuck_tasks_are_one_shutdown_and_deleting_again_does_not_hasten_it(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "two", "'containers':[{'name':'a','image':'x'},{'name':'b','image':'x'}]");
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	for (int grace = 30; grace > 20; grace--) {
		world_delete(&w, "two", grace);
		world_good_day(&w);
	}
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), 0);
	world_wait(&w, 200000);
	assert_int_equal(world_count(&w, EFFECT_SHUTDOWN), core_count(w.core).shutdowns);
	assert_in_range(world_count(&w, EFFECT_SHUTDOWN), 1, 9); /* not for each of them */
}

static void a_pod_removed_by_force_is_killed_and_then_forgotten(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_vanish(&w, "web");
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 1);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE); /* nobody stores its status any more */
	world_take(&w, EFFECT_KILL);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void an_update_after_the_pod_is_gone_is_acknowledged(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_vanish(&w, "job");
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
	world_result(&w, patch, ERR_NOT_FOUND);
	world_nothing(&w);
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
}

static void a_pod_deleted_before_it_was_bound_leaves_no_need(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_vanish(&w, "web");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	assert_true(effect_has_id(world_take(&w, EFFECT_DECLINE), "o1"));
	world_nothing(&w);
	world_app(&w, "kept", "", ""); /* a finalizer keeps it for a while */
	world_wait(&w, 100);
	world_take(&w, EFFECT_REVIVE);
	world_delete(&w, "kept", 0);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_take(&w, EFFECT_DECLINE);
	world_nothing(&w);
}

static struct effect *binding(const char *name)
{
	world_begin(&w);
	world_app(&w, name, "", "");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_nothing(&w);
	return bind;
}

static void a_pod_that_vanishes_while_it_is_bound_gives_back_its_offer(void **state)
{
	(void)state;
	struct effect *bind = binding("web");
	world_vanish(&w, "web");
	assert_true(effect_has_id(world_take(&w, EFFECT_DECLINE), "o1"));
	world_result(&w, bind, ERR_NOT_FOUND);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_pod_that_is_deleted_while_it_is_bound_is_never_launched(void **state)
{
	(void)state;
	struct effect *bind = binding("web");
	world_apply(&w, bind);
	world_delete(&w, "web", 30);
	world_take(&w, EFFECT_PATCH_STATUS);
	world_take(&w, EFFECT_DECLINE);
	world_result(&w, bind, ERR_NONE);
	world_skip(&w);
	world_ok(&w, world_last(&w, EFFECT_PATCH_STATUS));
	world_ok(&w, world_take(&w, EFFECT_DELETE_POD));
	world_nothing(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_pod_that_is_bound_and_waits_is_removed_without_a_kill(void **state)
{
	(void)state;
	struct effect *bind = binding("web");
	world_rescind(&w, "o1");
	world_ok(&w, bind);
	drain_patches();
	world_nothing(&w);
	world_delete(&w, "web", 30);
	drain_patches();
	world_take(&w, EFFECT_DELETE_POD);
	world_nothing(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static const char *ended_with(const char *container, int code)
{
	const json_t *terminated = js_obj(js_obj(world_container(&w, "web", container), "state"), "terminated");
	assert_int_equal(js_int(terminated, "exitCode", -1), code);
	return js_str(terminated, "reason");
}

static void delete_before_the_containers_run(const char *inits)
{
	CLEANUP_FREE char *spec =
	    xasprintf("%s'containers':[{'name':'app','image':'i'},{'name':'other','image':'i'}]", inits);
	world_begin(&w);
	world_pod(&w, "web", spec);
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "finalizers",
			    json_pack("[s]", "example.com/keep"));
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_rescind(&w, "o1");
	world_ok(&w, world_take(&w, EFFECT_BIND));
	world_delete(&w, "web", 30);
	while (world_next_is(&w, EFFECT_PATCH_STATUS) || world_next_is(&w, EFFECT_FETCH)) {
		world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	}
}

static void a_pod_deleted_before_its_containers_ran_has_failed(void **state)
{
	(void)state;
	delete_before_the_containers_run("");
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_string_equal(ended_with("app", 137), "ContainerStatusUnknown");
	assert_string_equal(ended_with("other", 137), "ContainerStatusUnknown");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "reason"), "PodFailed");
}

static void a_pod_deleted_before_it_was_initialized_has_failed_with_its_first_init_container(void **state)
{
	(void)state;
	delete_before_the_containers_run("'initContainers':[{'name':'one','image':'i'},{'name':'two','image':'i'}],");
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_string_equal(ended_with("one", 137), "ContainerStatusUnknown");
	assert_non_null(js_obj(js_obj(world_container(&w, "web", "two"), "state"), "waiting"));
	assert_non_null(js_obj(js_obj(world_container(&w, "web", "app"), "state"), "waiting"));
}

static void a_deleted_pod_has_succeeded_only_if_all_its_containers_ended_well(void **state)
{
	(void)state;
	static const struct {
		enum mesos_task_state other;
		const char *phase;
	} rows[] = {{TASK_FINISHED, "Succeeded"}, {TASK_FAILED, "Failed"}};
	for (size_t i = 0; i < 2; i++) {
		world_restart(&w);
		world_begin(&w);
		world_pod(&w, "web", "'containers':[{'name':'app','image':'i'},{'name':'other','image':'i'}]");
		world_offer(&w, i ? "o2" : "o1", "a1", ROOM, "");
		world_good_day(&w);
		world_run(&w, world_last(&w, EFFECT_ACCEPT));
		world_delete(&w, "web", 30);
		world_good_day(&w);
		world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, "Command exited with status 0");
		world_good_day(&w);
		world_update(&w, "uid-web.other.0", "a1", rows[i].other, NULL);
		assert_string_equal(js_str_at(world_last(&w, EFFECT_PATCH_STATUS)->body, "status", "phase", NULL),
				    rows[i].phase);
		world_good_day(&w);
		world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
		world_good_day(&w);
		assert_null(world_object(&w, "web"));
	}
}

static void a_pod_that_is_deleted_while_it_is_launched_is_killed(void **state)
{
	(void)state;
	world_ok(&w, binding("web"));
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_delete(&w, "web", 30);
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
	world_good_day(&w);
	/* It was quicker than the kill. */
	world_update(&w, "uid-web._pause.0", "a1", TASK_RUNNING, NULL);
	world_update(&w, "uid-web.app.0", "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_removal_that_fails_is_tried_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	world_delete(&w, "job", 30);
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_BUSY);
	world_nothing(&w);
	world_wait(&w, 500);
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_TIMEOUT);
	world_wait(&w, 1000);
	/* The second one had worked after all. */
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_NOT_FOUND);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_deleted_pod_of_an_unreachable_agent_waits_for_the_truth(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	world_delete(&w, "web", 1);
	world_wait(&w, 600000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE_BY_OPERATOR);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE_BY_OPERATOR);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
	assert_null(world_object(&w, "web"));
}

static void a_deleted_pod_that_mesos_does_not_know_any_more_is_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_disconnected(&w);
	world_delete(&w, "web", 1);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
	assert_int_equal(core_count(w.core).pods, 0);
}

static void drop(const char *task_id)
{
	struct mesos_task_status status = {
	    .task_id = (char *)(uintptr_t)task_id,
	    .agent_id = (char *)(uintptr_t) "a1",
	    .state = TASK_DROPPED,
	};
	world_status(&w, &status);
}

/* The master says so of every task that is asked of, also of one that never was. */
static void what_is_said_of_the_agent_of_a_pod_that_never_ran_and_is_removed_changes_nothing(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_good_day(&w);
	world_delete(&w, "web", 2);
	world_skip(&w);
	drop("uid-web._pause.0");
	drop("uid-web.app.0");
	while (w.taken < w.out.n && !world_next_is(&w, EFFECT_DELETE_POD)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	assert_non_null(js_at(world_container(&w, "web", "app"), "state", "terminated", NULL));
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	assert_int_equal(core_count(w.core).in_state[POD_REMOVING], 1);
	world_result(&w, world_take(&w, EFFECT_DELETE_POD), ERR_NONE);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
}

/* Its launch did not come about, so nothing of it began; then the master's session is lost, and Mesos is asked anew. */
static void what_was_told_to_be_over_with_its_pod_stays_so_while_mesos_is_asked_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "'initContainers':[{'name':'prepare','image':'busybox'}]");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_skip(&w);
	world_answer(&w, "uid-web.prepare.0", "a1", TASK_GONE);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_delete(&w, "web", 30);
	while (world_next_is(&w, EFFECT_RECONCILE) || world_next_is(&w, EFFECT_PATCH_STATUS)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_non_null(js_at(world_container(&w, "web", "prepare"), "state", "terminated", NULL));
	world_disconnected(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web.prepare.0", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	assert_non_null(js_at(world_container(&w, "web", "prepare"), "state", "terminated", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(containers_are_killed_within_their_grace_then_the_pause_then_the_pod_is_removed),
	    WORLD_TEST(the_final_status_is_stored_before_the_pod_is_removed),
	    WORLD_TEST(a_shorter_grace_kills_again_and_a_longer_one_does_not),
	    WORLD_TEST(a_kill_that_does_not_help_is_sent_again),
	    WORLD_TEST(an_executor_that_takes_no_notice_of_kills_is_shut_down),
	    WORLD_TEST(several_stuck_tasks_are_one_shutdown_and_deleting_again_does_not_hasten_it),
	    WORLD_TEST(a_pod_removed_by_force_is_killed_and_then_forgotten),
	    WORLD_TEST(an_update_after_the_pod_is_gone_is_acknowledged),
	    WORLD_TEST(a_pod_deleted_before_it_was_bound_leaves_no_need),
	    WORLD_TEST(a_pod_that_vanishes_while_it_is_bound_gives_back_its_offer),
	    WORLD_TEST(a_pod_that_is_deleted_while_it_is_bound_is_never_launched),
	    WORLD_TEST(a_pod_that_is_bound_and_waits_is_removed_without_a_kill),
	    WORLD_TEST(a_pod_deleted_before_its_containers_ran_has_failed),
	    WORLD_TEST(a_pod_deleted_before_it_was_initialized_has_failed_with_its_first_init_container),
	    WORLD_TEST(a_deleted_pod_has_succeeded_only_if_all_its_containers_ended_well),
	    WORLD_TEST(a_pod_that_is_deleted_while_it_is_launched_is_killed),
	    WORLD_TEST(a_removal_that_fails_is_tried_again),
	    WORLD_TEST(a_deleted_pod_of_an_unreachable_agent_waits_for_the_truth),
	    WORLD_TEST(a_deleted_pod_that_mesos_does_not_know_any_more_is_removed),
	    WORLD_TEST(what_is_said_of_the_agent_of_a_pod_that_never_ran_and_is_removed_changes_nothing),
	    WORLD_TEST(what_was_told_to_be_over_with_its_pod_stays_so_while_mesos_is_asked_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
