/* Containers that end: restart policies, CrashLoopBackOff, and the sandbox that stays. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"
#include "translate/ids.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ROOM "cpus:8;mem:8192;disk:10000;ports:31000-31999"

static json_t *waiting(const char *name)
{
	return js_at(world_container(&w, name, "app"), "state", "waiting", NULL);
}

static unsigned offers;

static void offer(void)
{
	char id[32];
	snprintf(id, sizeof(id), "offer-%u", ++offers);
	world_offer(&w, id, "a1", ROOM, "");
	world_good_day(&w);
}

static const char *fail_run(const char *name, int run, int status)
{
	static char task[128];
	char message[64];
	snprintf(message, sizeof(message), "Command exited with status %d", status);
	snprintf(task, sizeof(task), "%s", world_task(name, "app", run));
	world_update(&w, task, "a1", status ? TASK_FAILED : TASK_FINISHED, message);
	world_good_day(&w);
	return task;
}

/* How long after its end is the container launched again? -1: not within an hour. */
static int64_t pause_after_end(const char *name, int run, int status)
{
	int64_t ended = w.now;
	size_t before = world_count(&w, EFFECT_ACCEPT);
	CLEANUP_FREE char *next = xstrdup(world_task(name, "app", run + 1));
	fail_run(name, run, status);
	while (w.now < ended + 60 * MINUTE) {
		if (core_count(w.core).waiting) {
			offer();
		}
		if (world_count(&w, EFFECT_ACCEPT) > before) {
			struct effect *accept = world_last(&w, EFFECT_ACCEPT);
			assert_int_equal(json_array_size(accept->body), 1); /* its pause lives on */
			assert_string_equal(accepted_task(accept, 0), next);
			int64_t took = w.now - ended;
			world_run(&w, accept);
			return took;
		}
		world_wait(&w, 250);
		world_good_day(&w);
	}
	return -1;
}

static void restarts_wait_as_the_kubelet_lets_them_wait(void **state)
{
	(void)state;
	static const int64_t seconds[] = {0, 10, 20, 40, 80, 160, 300, 300, 300};
	world_begin(&w);
	world_running(&w, "web", "", "");
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		world_wait(&w, 3 * SECOND);
		assert_int_equal(pause_after_end("web", (int)i, 1), seconds[i] * SECOND);
		assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), i + 1);
	}
}

static void ten_minutes_without_an_end_make_the_count_begin_anew(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	assert_int_equal(pause_after_end("web", 0, 1), 0);
	assert_int_equal(pause_after_end("web", 1, 1), 10 * SECOND);
	assert_int_equal(pause_after_end("web", 2, 1), 20 * SECOND);
	world_wait(&w, 10 * MINUTE);
	world_good_day(&w);
	assert_int_equal(pause_after_end("web", 3, 1), 40 * SECOND); /* not more than ten minutes */
	world_wait(&w, 10 * MINUTE + 1);
	world_good_day(&w);
	assert_int_equal(pause_after_end("web", 4, 1), 0);
	assert_int_equal(pause_after_end("web", 5, 1), 10 * SECOND);
}

static void a_container_in_back_off_says_so_and_keeps_its_last_end(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	pause_after_end("web", 0, 1);
	fail_run("web", 1, 7);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(waiting("web"), "reason"), "CrashLoopBackOff");
	assert_string_equal(js_str(waiting("web"), "message"),
			    "back-off 10s restarting failed container=app pod=web_default(uid-web)");
	json_t *last = js_at(world_container(&w, "web", "app"), "lastState", "terminated", NULL);
	assert_int_equal(js_int(last, "exitCode", -1), 7);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
	assert_string_equal(world_said(&w, "web", "BackOff"),
			    "Back-off restarting failed container app in pod web_default(uid-web)");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "False");
	world_wait(&w, 10 * SECOND);
	offer();
	fail_run("web", 2, 1);
	world_wait(&w, 20 * SECOND);
	offer();
	fail_run("web", 3, 1);
	world_wait(&w, 40 * SECOND);
	offer();
	fail_run("web", 4, 1);
	assert_string_equal(js_str(waiting("web"), "message"),
			    "back-off 1m20s restarting failed container=app pod=web_default(uid-web)");
}

static void always_restarts_what_finished_well(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Always'");
	assert_int_equal(pause_after_end("web", 0, 0), 0);
	assert_int_equal(pause_after_end("web", 1, 0), 10 * SECOND);
}

static void on_failure_restarts_what_failed_and_ends_with_what_finished_well(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'OnFailure'");
	assert_int_equal(pause_after_end("job", 0, 5), 0);
	fail_run("job", 1, 0);
	assert_string_equal(world_phase(&w, "job"), "Succeeded");
	assert_int_equal(js_int(world_container(&w, "job", "app"), "restartCount", -1), 1);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-job._pause.0");
	world_update(&w, "uid-job._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	size_t accepts = world_count(&w, EFFECT_ACCEPT);
	offer();
	world_wait(&w, 60 * MINUTE);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), accepts);
}

static void never_restarts_nothing(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	assert_int_equal(pause_after_end("job", 0, 1), -1);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0); /* it had no pause */
}

static void a_container_is_not_launched_again_before_its_end_is_stored(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_offer(&w, "o9", "a1", ROOM, "");
	struct effect *decline = world_take(&w, EFFECT_DECLINE); /* it needs none yet */
	assert_true(effect_has_id(decline, "o9"));
	world_ok(&w, patch);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_wait(&w, 100);
	world_take(&w, EFFECT_REVIVE);
	world_nothing(&w);
	world_offer(&w, "o10", "a1", ROOM, "");
	assert_string_equal(accepted_task(world_take(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
}

static void when_the_sandbox_dies_a_new_one_runs_the_init_containers_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web", "'initContainers':[{'name':'i','image':'b'}],'containers':[{'name':'app','image':'b'}]");
	offer();
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.i.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	offer();
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web._pause.0", "a1", TASK_FAILED, "Executor terminated");
	world_good_day(&w);
	size_t accepts = world_count(&w, EFFECT_ACCEPT);
	offer();
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), accepts); /* not before all in the old one is over */
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Executor terminated");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running"); /* and no way back to Pending */
	offer();
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 2);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.i.1");
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_update(&w, "uid-web.i.1", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	offer();
	accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 1);
	assert_string_equal(accepted_task(accept, 0), "uid-web.app.1");
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

static void an_init_container_that_runs_again_for_a_new_sandbox_has_not_failed_in_the_eyes_of_a_later_life(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web",
		  "'restartPolicy':'Never','initContainers':[{'name':'i','image':'b'}],"
		  "'containers':[{'name':'app','image':'b'}]");
	offer();
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.i.0", "a1", TASK_FINISHED, NULL);
	world_update(&w, "uid-web._pause.0", "a1", TASK_FAILED, "Executor terminated");
	world_good_day(&w);
	offer();
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 1), "uid-web.i.1");
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_answer(&w, "uid-web._pause.1", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_answer(&w, "uid-web.i.1", "a1", TASK_FINISHED);
	world_good_day(&w);
	offer();
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.0");
}

static void a_pause_that_died_alone_is_replaced_with_the_next_container(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web", "'containers':[{'name':'app','image':'x'},{'name':'other','image':'x'}]");
	offer();
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, world_task("web", TASK_PAUSE_NAME, 0), "a1", TASK_FAILED,
		     "Command terminated with signal Killed");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).waiting, 0); /* nobody needs one now */
	fail_run("web", 0, 1);
	offer();
	struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 2);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.app.1");
}

static void a_pod_in_back_off_keeps_its_room_from_new_pods(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'resources':{'requests':{'cpu':'3'}}", "");
	pause_after_end("web", 0, 1);
	fail_run("web", 1, 1);
	/* Four cpus are offered, three of them are what the container will take again in ten seconds. */
	world_app(&w, "new", "'resources':{'requests':{'cpu':'2'}}", "");
	world_offer(&w, "tight", "a1", "cpus:4;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_null(js_str_at(world_object(&w, "new"), "spec", "nodeName", NULL));
	world_wait(&w, 10 * SECOND);
	world_good_day(&w);
	world_offer(&w, "tight2", "a1", "cpus:4;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.2");
	world_app(&w, "small", "'resources':{'requests':{'cpu':'500m'}}", "");
	fail_run("web", 2, 1);
	world_offer(&w, "tight3", "a1", "cpus:4;mem:8192;disk:1000", "");
	world_good_day(&w);
	assert_string_equal(js_str_at(world_object(&w, "small"), "spec", "nodeName", NULL), "a1");
}

static void what_an_earlier_life_knew_to_run_keeps_its_room_until_mesos_speaks_of_it(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'resources':{'requests':{'cpu':'3'}}", "");
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_app(&w, "new", "'resources':{'requests':{'cpu':'2'}}", "");
	world_offer(&w, "o2", "a1", "cpus:4;mem:8192;disk:10000", ""); /* its container has ended, and has no room */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_offer(&w, "o3", "a1", "cpus:4;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_BIND)->name, "new");
}

static void memory_that_ran_out_is_said_as_kubernetes_says_it(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", "'restartPolicy':'Never'");
	struct mesos_task_status s = {.task_id = (char[]){"uid-job.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_FAILED,
				      .uuid = "u",
				      .reason = (char[]){"REASON_CONTAINER_LIMITATION_MEMORY"},
				      .message = (char[]){"Memory limit exceeded: Requested: 32MB"}};
	world_status(&w, &s);
	world_good_day(&w);
	json_t *terminated = js_at(world_container(&w, "job", "app"), "state", "terminated", NULL);
	assert_string_equal(js_str(terminated, "reason"), "OOMKilled");
	assert_int_equal(js_int(terminated, "exitCode", -1), 137);
	assert_string_equal(world_phase(&w, "job"), "Failed");
}

static void a_pod_that_waits_for_room_on_its_agent_says_for_what(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'resources':{'requests':{'cpu':'2'}}", "");
	fail_run("web", 0, 1);
	world_offer(&w, "small", "a1", "cpus:1;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_wait(&w, SECOND);
	world_good_day(&w);
	const char *why = "waits for more cpus to be offered by Mesos agent a1";
	assert_string_equal(world_said(&w, "web", "FailedScheduling"), why);
	world_wait(&w, 10 * MINUTE);
	world_good_day(&w);
	assert_int_equal(world_times_said(&w, "web", "FailedScheduling"), 1);
	offer();
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), world_task("web", "app", 1));
}

static json_t *terminated(const char *name)
{
	return js_at(world_container(&w, name, "app"), "state", "terminated", NULL);
}

static void a_pod_that_is_deleted_is_not_over_before_mesos_spoke_of_the_next_run_of_its_container(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web",
		      "'restartPolicy':'Never','restartPolicyRules':[{'action':'Restart','exitCodes':"
		      "{'operator':'In','values':[3]}}]",
		      "'restartPolicy':'Never'");
	fail_run("web", 0, 3);
	assert_non_null(waiting("web"));
	world_delete(&w, "web", 30);
	world_restart(&w); /* this life does not know whether the one before launched it again */
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	assert_null(terminated("web"));
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_update(&w, "uid-web.app.1", "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
	assert_non_null(js_at(world_container(&w, "web", "app"), "state", "running", NULL));
	world_update(&w, "uid-web.app.1", "a1", TASK_KILLED, "Command terminated with signal Terminated");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_apply(&w, patch);
	assert_int_equal(js_int(terminated("web"), "exitCode", -1), 143);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(restarts_wait_as_the_kubelet_lets_them_wait),
	    WORLD_TEST(ten_minutes_without_an_end_make_the_count_begin_anew),
	    WORLD_TEST(a_container_in_back_off_says_so_and_keeps_its_last_end),
	    WORLD_TEST(always_restarts_what_finished_well),
	    WORLD_TEST(on_failure_restarts_what_failed_and_ends_with_what_finished_well),
	    WORLD_TEST(never_restarts_nothing),
	    WORLD_TEST(a_container_is_not_launched_again_before_its_end_is_stored),
	    WORLD_TEST(when_the_sandbox_dies_a_new_one_runs_the_init_containers_again),
	    WORLD_TEST(an_init_container_that_runs_again_for_a_new_sandbox_has_not_failed_in_the_eyes_of_a_later_life),
	    WORLD_TEST(a_pause_that_died_alone_is_replaced_with_the_next_container),
	    WORLD_TEST(a_pod_in_back_off_keeps_its_room_from_new_pods),
	    WORLD_TEST(what_an_earlier_life_knew_to_run_keeps_its_room_until_mesos_speaks_of_it),
	    WORLD_TEST(memory_that_ran_out_is_said_as_kubernetes_says_it),
	    WORLD_TEST(a_pod_that_waits_for_room_on_its_agent_says_for_what),
	    WORLD_TEST(a_pod_that_is_deleted_is_not_over_before_mesos_spoke_of_the_next_run_of_its_container),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
