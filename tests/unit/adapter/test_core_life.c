/* The life of a pod on a good day, effect by effect. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

static void a_pod_is_bound_then_launched_then_reported_then_acknowledged_then_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "'command':['true']", "'restartPolicy':'Never'");
	world_nothing(&w); /* nothing holds offers back: they come by themselves */
	world_offer(&w, "o1", "a1", "cpus:4;mem:1024;disk:1000", "");
	struct effect *node = world_take(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(node->node, "a1");
	world_nothing(&w);
	world_ok(&w, node);

	struct effect *bind = world_take(&w, EFFECT_BIND);
	assert_string_equal(js_str_at(bind->body, "target", "name", NULL), "a1");
	world_nothing(&w);
	world_ok(&w, bind);

	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	struct effect *accept = world_take(&w, EFFECT_ACCEPT);
	assert_true(effect_has_id(accept, "o1"));
	assert_int_equal(accept->refuse_ms, 0);
	assert_int_equal(json_array_size(accept->body), 1);
	assert_string_equal(accept->others[0], "uid-web");
	world_ok(&w, accept);
	world_ok(&w, patch);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(js_str(world_condition(&w, "web", "PodScheduled"), "status"), "True");
	world_nothing(&w);

	const char *uuid = world_update(&w, world_task("web", "app", 0), "a1", TASK_RUNNING, NULL);
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w); /* not acknowledged before it is stored */
	world_apply(&w, patch);
	world_result(&w, patch, ERR_NONE);
	struct effect *ack = world_take(&w, EFFECT_ACKNOWLEDGE);
	assert_string_equal(ack->text, uuid);
	assert_string_equal(ack->task_id, "uid-web.app.0");
	assert_string_equal(ack->agent_id, "a1");
	world_nothing(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");

	world_delete(&w, "web", 30);
	struct effect *kill = world_take(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web.app.0");
	assert_int_equal(kill->grace_ms, 30000);
	world_skip(&w);
	world_ok(&w, world_last(&w, EFFECT_PATCH_STATUS));
	world_update(&w, world_task("web", "app", 0), "a1", TASK_KILLED, "Command terminated with signal Terminated");
	world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	assert_int_equal(js_int(js_at(world_container(&w, "web", "app"), "state", "terminated", NULL), "exitCode", -1),
			 143);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	struct effect *removal = world_take(&w, EFFECT_DELETE_POD);
	world_nothing(&w);
	world_ok(&w, removal);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_few_pods_go_into_one_accept_of_their_agent(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "one", "", "'restartPolicy':'Never'");
	world_app(&w, "two", "", "'restartPolicy':'Never'");
	world_app(&w, "three", "", "'restartPolicy':'Never'");
	world_offer(&w, "o1", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *binds[3];
	for (int i = 0; i < 3; i++) {
		binds[i] = world_take(&w, EFFECT_BIND);
	}
	world_nothing(&w);
	world_ok(&w, binds[0]);
	world_ok(&w, binds[2]);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0); /* not before all are bound */
	world_ok(&w, binds[1]);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(accept->n_others, 3);
	assert_int_equal(json_array_size(accept->body), 3);
	world_good_day(&w);
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "one"), "Running");
	assert_string_equal(world_phase(&w, "two"), "Running");
	assert_string_equal(world_phase(&w, "three"), "Running");
}

static void two_small_offers_of_one_agent_are_used_together(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "big", "'resources':{'requests':{'cpu':'3','memory':'1Gi'}}", "'restartPolicy':'Never'");
	world_offer(&w, "o1", "a1", "cpus:2;mem:512;disk:10", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_offer(&w, "o2", "a2", "cpus:2;mem:1024;disk:10", ""); /* another agent is no help */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_offer(&w, "o3", "a1", "cpus:2;mem:1024;disk:10", "");
	world_good_day(&w);
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_non_null(accept);
	assert_int_equal(accept->n_ids, 2);
	assert_true(effect_has_id(accept, "o1") && effect_has_id(accept, "o3"));
}

static void init_containers_run_one_after_the_other_and_before_the_others(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web",
		  "'initContainers':[{'name':'i1','image':'b'},{'name':'i2','image':'b'}],"
		  "'containers':[{'name':'c1','image':'b'},{'name':'c2','image':'b'}]");
	world_offer(&w, "o1", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 2);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.0");
	assert_string_equal(accepted_task(accept, 1), "uid-web.i1.0");
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(js_str(world_condition(&w, "web", "Initialized"), "status"), "False");

	world_update(&w, "uid-web.i1.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	world_offer(&w, "o2", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 1);
	assert_string_equal(accepted_task(accept, 0), "uid-web.i2.0");
	world_run(&w, accept);
	world_update(&w, "uid-web.i2.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	world_offer(&w, "o3", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 2);
	assert_string_equal(accepted_task(accept, 0), "uid-web.c1.0");
	assert_string_equal(accepted_task(accept, 1), "uid-web.c2.0");
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Initialized"), "status"), "True");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
	assert_string_equal(js_str_at(world_object(&w, "web"), "status", "podIP", NULL), "10.1.0.1");
}

static void a_failing_init_container_of_a_never_pod_fails_the_pod(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web",
		  "'restartPolicy':'Never','initContainers':[{'name':'i1','image':'b'}],"
		  "'containers':[{'name':'c1','image':'b'}]");
	world_offer(&w, "o1", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.i1.0", "a1", TASK_FAILED, "Command exited with status 3");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	struct effect *kill = world_last(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web._pause.0");
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void a_pod_of_two_containers_is_over_when_both_are_and_its_pause_is_killed_last(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "job",
		  "'restartPolicy':'Never','containers':[{'name':'c1','image':'b'},{'name':'c2','image':'b'}]");
	world_offer(&w, "o1", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-job.c1.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Running");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_update(&w, "uid-job.c2.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Succeeded");
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-job._pause.0");
	world_update(&w, "uid-job._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).live_tasks, 0);
	assert_int_equal(core_count(w.core).unacknowledged, 0);
	assert_string_equal(js_str(world_condition(&w, "job", "Ready"), "reason"), "PodCompleted");
}

static void one_failed_container_makes_the_whole_pod_failed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-job.app.0", "a1", TASK_FAILED, "Command terminated with signal Killed");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	json_t *terminated = js_at(world_container(&w, "job", "app"), "state", "terminated", NULL);
	assert_int_equal(js_int(terminated, "exitCode", -1), 137);
	assert_int_equal(js_int(terminated, "signal", -1), 9);
	assert_string_equal(js_str(terminated, "reason"), "Error");
}

static void a_status_never_moves_backwards_for_the_same_run(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_update(&w, "uid-web.app.0", "a1", TASK_STARTING, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE); /* it leads to nothing new: what it leads to is stored */
	world_nothing(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
	world_update(&w, "uid-web.app.0", "a1", TASK_RUNNING, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_nothing(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
}

static void an_update_is_acknowledged_only_after_its_own_status_is_stored(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "'restartPolicy':'Never'");
	world_offer(&w, "o1", "a1", "cpus:4;mem:4096;disk:1000", "");
	world_good_day(&w);
	world_update(&w, "uid-web.app.0", "a1", TASK_STARTING, NULL);
	struct effect *first = world_take(&w, EFFECT_PATCH_STATUS); /* its container id is new */
	/* The agent has waited ten seconds and sends it again. */
	const char *uuid = world_update(&w, "uid-web.app.0", "a1", TASK_STARTING, NULL);
	world_nothing(&w);
	world_ok(&w, first);
	assert_string_equal(world_take(&w, EFFECT_ACKNOWLEDGE)->text, uuid);
	world_nothing(&w);
	/* A patch in flight when the next update comes says nothing of that update. */
	world_update(&w, "uid-web.app.0", "a1", TASK_RUNNING, NULL);
	struct effect *running = world_take(&w, EFFECT_PATCH_STATUS);
	const char *end = world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_nothing(&w);
	world_ok(&w, running);
	struct effect *failed = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_ok(&w, failed);
	assert_string_equal(world_take(&w, EFFECT_ACKNOWLEDGE)->text, end);
	world_nothing(&w);
	/* Once stored, duplicates are acknowledged at once. */
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
}

static void updates_made_by_the_master_are_not_acknowledged(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	size_t before = world_count(&w, EFFECT_ACKNOWLEDGE);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_LOST);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), before);
}

static void a_failing_patch_is_tried_again_with_growing_pauses_and_holds_back_nobody_else(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "bad", "", "'restartPolicy':'Never'");
	world_running(&w, "good", "", "'restartPolicy':'Never'");
	const char *uuid = world_update(&w, "uid-bad.app.0", "a1", TASK_FINISHED, NULL);
	char bad_uuid[64];
	memcpy(bad_uuid, uuid, strlen(uuid) + 1);
	int64_t pause = 500;
	for (int i = 0; i < 10; i++) {
		world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), i % 2 ? ERR_INVALID : ERR_CONFLICT);
		world_nothing(&w);
		world_wait(&w, pause - 1);
		if (world_next_is(&w, EFFECT_SUPPRESS)) {
			world_take(&w, EFFECT_SUPPRESS);
		}
		world_nothing(&w);
		world_wait(&w, 1);
		pause = pause * 2 < 60000 ? pause * 2 : 60000;
	}
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_update(&w, "uid-good.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "good"), "Succeeded");
	assert_string_equal(world_phase(&w, "bad"), "Running");
	world_ok(&w, patch);
	assert_string_equal(world_phase(&w, "bad"), "Succeeded");
	assert_string_equal(world_take(&w, EFFECT_ACKNOWLEDGE)->text, bad_uuid);
}

static void a_patch_that_was_not_found_does_not_kill_the_pod(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_NOT_FOUND);
	world_wait(&w, 100);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1000);
	assert_int_equal(world_last(&w, EFFECT_PATCH_STATUS)->type, EFFECT_PATCH_STATUS);
	world_vanish(&w, "web"); /* now the watch says so */
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
}

static void two_hundred_pods_all_run(void **state)
{
	(void)state;
	char name[32];
	world_begin(&w);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		world_app(&w, name, "", "");
	}
	for (int i = 0; i < 8; i++) {
		char offer[16], agent[16];
		snprintf(offer, sizeof(offer), "o%d", i);
		snprintf(agent, sizeof(agent), "a%d", i);
		world_offer(&w, offer, agent, "cpus:8;mem:8192;disk:10000", "");
	}
	size_t done = 0, accepts = 0;
	world_good_day(&w);
	for (size_t i = 0; i < w.out.n; i++) {
		struct effect *f = w.out.items[i];
		if (f->type == EFFECT_ACCEPT) {
			assert_true(f->n_others <= 100);
			accepts++;
			done += f->n_others;
			world_run(&w, f);
		}
	}
	assert_int_equal(done, 200);
	assert_true(accepts <= 8);
	assert_int_equal(core_count(w.core).live_tasks, 400);
	assert_int_equal(core_count(w.core).unacknowledged, 0);
	assert_int_equal(core_count(w.core).waiting, 0);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_string_equal(world_phase(&w, name), "Running");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_is_bound_then_launched_then_reported_then_acknowledged_then_removed),
	    WORLD_TEST(a_few_pods_go_into_one_accept_of_their_agent),
	    WORLD_TEST(two_small_offers_of_one_agent_are_used_together),
	    WORLD_TEST(init_containers_run_one_after_the_other_and_before_the_others),
	    WORLD_TEST(a_failing_init_container_of_a_never_pod_fails_the_pod),
	    WORLD_TEST(a_pod_of_two_containers_is_over_when_both_are_and_its_pause_is_killed_last),
	    WORLD_TEST(one_failed_container_makes_the_whole_pod_failed),
	    WORLD_TEST(a_status_never_moves_backwards_for_the_same_run),
	    WORLD_TEST(an_update_is_acknowledged_only_after_its_own_status_is_stored),
	    WORLD_TEST(updates_made_by_the_master_are_not_acknowledged),
	    WORLD_TEST(a_failing_patch_is_tried_again_with_growing_pauses_and_holds_back_nobody_else),
	    WORLD_TEST(a_patch_that_was_not_found_does_not_kill_the_pod),
	    WORLD_TEST(two_hundred_pods_all_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
