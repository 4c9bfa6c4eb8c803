/* Containers that a running pod is given (kubectl debug). */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"
#include "tests/unit/adapter/world_test.h"

#define DEBUGGER "uid-web.debugger.0"
#define NEVER "'restartPolicy':'Never'"

/* kubectl debug */
static void add(const char *name, const char *member, json_t *value)
{
	json_t *spec = js_obj(world_object(&w, "web"), "spec"), *list = js_arr(spec, "ephemeralContainers");
	json_t *c = json_pack("{s:s,s:s,s:[s]}", "name", name, "image", "busybox", "command", "sh");
	if (!list) {
		list = json_array();
		json_object_set_new(spec, "ephemeralContainers", list);
	}
	if (member) {
		json_object_set_new(c, member, value);
	}
	json_array_append_new(list, c);
	world_show(&w, "web");
}

static const json_t *status_of(size_t i)
{
	return json_array_get(js_arr(js_obj(world_object(&w, "web"), "status"), "ephemeralContainerStatuses"), i);
}

static const json_t *state_of(const char *state)
{
	return js_at(status_of(0), "state", state, NULL);
}

static void running(const char *spec)
{
	world_begin(&w);
	world_running(&w, "web", "", spec);
	world_silence(&w);
}

/* Mesos never heard of it. */
static void unknown_to_mesos(const char *task_id)
{
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), task_id));
	world_good_day(&w);
	world_answer(&w, task_id, "a1", TASK_GONE);
	world_good_day(&w);
}

static const struct effect *launched(const char *task_id, size_t launches)
{
	offer("more");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), launches);
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 1);
	assert_string_equal(accepted_task(accept, 0), task_id);
	return accept;
}

static void debugged(const char *spec)
{
	running(spec);
	add("debugger", NULL, NULL);
	unknown_to_mesos(DEBUGGER);
	world_run(&w, launched(DEBUGGER, 2));
	assert_non_null(state_of("running"));
}

static void ends(const char *task_id, enum mesos_task_state state, int code)
{
	CLEANUP_FREE char *text = xasprintf("Command exited with status %d", code);
	world_update(&w, task_id, "a1", state, text);
	world_good_day(&w);
}

static void it_is_one_more_task_of_the_pods_executor(void **state)
{
	(void)state;
	running("");
	add("debugger", "tty", json_true());
	world_take(&w, EFFECT_RECONCILE);
	world_answer(&w, DEBUGGER, "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "ContainerCreating");
	const struct effect *accept = launched(DEBUGGER, 2);
	const json_t *group = js_obj(json_array_get(accept->body, 0), "launch_group");
	assert_string_equal(js_str_at(group, "executor", "executor_id", "value", NULL), "uid-web");
	const json_t *task = json_array_get(js_arr(js_obj(group, "task_group"), "tasks"), 0);
	assert_non_null(js_at(task, "container", "tty_info", NULL));
	world_run(&w, accept);
	assert_non_null(state_of("running"));
	assert_string_equal(js_str(status_of(0), "image"), "busybox");
	assert_int_equal(js_int(status_of(0), "restartCount", -1), 0);
	assert_null(js_obj(status_of(0), "resources"));
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
}

static void it_is_launched_only_when_mesos_said_that_it_does_not_live(void **state)
{
	(void)state;
	running("");
	add("debugger", NULL, NULL);
	offer("early");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_answer(&w, DEBUGGER, "a1", TASK_RUNNING);
	world_good_day(&w);
	offer("late");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_non_null(state_of("running"));
}

static void it_never_runs_again(void **state)
{
	(void)state;
	debugged("");
	ends(DEBUGGER, TASK_FAILED, 3);
	assert_int_equal(js_int(state_of("terminated"), "exitCode", 0), 3);
	world_wait(&w, 600000);
	world_good_day(&w);
	offer("again");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
}

static void an_image_that_cannot_be_pulled_is_tried_again(void **state)
{
	(void)state;
	running("");
	add("debugger", NULL, NULL);
	unknown_to_mesos(DEBUGGER);
	launched(DEBUGGER, 2);
	world_good_day(&w);
	world_update(&w, DEBUGGER, "a1", TASK_FAILED, "Failed to launch container: Failed to pull image 'busybox'");
	world_good_day(&w);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "ImagePullBackOff");
	world_wait(&w, 11000);
	world_good_day(&w);
	launched("uid-web.debugger.1", 3);
}

static void the_end_of_the_containers_is_its_end(void **state)
{
	(void)state;
	debugged(NEVER);
	ends("uid-web.app.0", TASK_FINISHED, 0);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, DEBUGGER);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_update(&w, DEBUGGER, "a1", TASK_KILLED, "Command terminated with signal Terminated");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded"); /* whatever the end of the ephemeral one was */
	assert_int_equal(js_int(state_of("terminated"), "exitCode", 0), 143);
}

static void it_is_killed_with_its_pod(void **state)
{
	(void)state;
	debugged("");
	world_delete(&w, "web", 5);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 2);
	ends("uid-web.app.0", TASK_KILLED, 0);
	assert_int_equal(core_count(w.core).pods, 1);
	ends(DEBUGGER, TASK_KILLED, 0);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void in_a_pod_that_is_over_nothing_is_started(void **state)
{
	(void)state;
	running(NEVER);
	ends("uid-web.app.0", TASK_FINISHED, 0);
	add("debugger", NULL, NULL);
	unknown_to_mesos(DEBUGGER);
	offer("more");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(js_str(state_of("waiting"), "message"), "the pod is over: nothing more is started in it");
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
}

/* While Mesos is asked about it, containers that never began are said to be over as before. */
static void one_that_comes_after_the_end_of_its_pod_takes_no_end_back(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	world_pod(
	    &w, "web",
	    "'containers':[{'name':'app','image':'busybox','lifecycle':{'postStart':{'exec':{'command':['up']}}}},"
	    "{'name':'late','image':'busybox'}]," NEVER ",'activeDeadlineSeconds':10");
	offer("o1");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_wait(&w, 10000);
	ends("uid-web.app.0", TASK_KILLED, 0);
	ends("uid-web._pause.0", TASK_KILLED, 0);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_non_null(js_at(world_container(&w, "web", "late"), "state", "terminated", NULL));
	add("debugger", NULL, NULL);
	world_good_day(&w);
	assert_non_null(status_of(0));
	assert_non_null(js_at(world_container(&w, "web", "late"), "state", "terminated", NULL));
}

static void without_room_it_waits_and_says_so_and_no_container_waits_for_it(void **state)
{
	(void)state;
	running("");
	add("debugger", NULL, NULL);
	unknown_to_mesos(DEBUGGER);
	world_offer(&w, "small", "a1", "cpus:0.05;mem:16;disk:10", "");
	world_good_day(&w);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(js_str(state_of("waiting"), "message"),
			    "waits for more cpus to be offered by Mesos agent a1");
	ends("uid-web.app.0", TASK_FAILED, 1);
	world_offer(&w, "one", "a1", "cpus:0.1;mem:32;disk:10", "");
	world_good_day(&w);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
	assert_int_equal(json_array_size(world_last(&w, EFFECT_ACCEPT)->body), 1);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	launched(DEBUGGER, 3);
}

static void what_cannot_be_translated_is_not_run_and_says_why_and_its_pod_goes_on(void **state)
{
	(void)state;
	running("");
	add("debugger", "targetContainerName", json_string("app"));
	world_good_day(&w);
	const char *why = "not supported: spec.ephemeralContainers[debugger].targetContainerName (the containers of a "
			  "pod share no process namespace)";
	CLEANUP_FREE char *event = xasprintf("Ephemeral container debugger is not run: %s", why);
	assert_string_equal(world_said(&w, "web", "Unsupported"), event);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "CreateContainerConfigError");
	assert_string_equal(js_str(state_of("waiting"), "message"), why);
	world_answer(&w, DEBUGGER, "a1", TASK_GONE);
	add("other", NULL, NULL);
	unknown_to_mesos("uid-web.other.0");
	world_run(&w, launched("uid-web.other.0", 2));
	assert_non_null(js_at(status_of(1), "state", "running", NULL));
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
	assert_int_equal(world_times_said(&w, "web", "Unsupported"), 1);
}

static void what_it_refers_to_is_waited_for_and_only_by_itself(void **state)
{
	(void)state;
	running("");
	add("debugger", "envFrom", json_pack("[{s:{s:s}}]", "configMapRef", "name", "settings"));
	unknown_to_mesos(DEBUGGER);
	offer("more");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "CreateContainerConfigError");
	assert_string_equal(js_str(state_of("waiting"), "message"), "configmap \"settings\" not found");
	world_source(&w, "configmaps/settings", "{'data':{'A':'b'}}");
	world_wait(&w, 60000);
	world_good_day(&w);
	launched(DEBUGGER, 2);
}

static void beside_a_container_that_cannot_be_configured_one_can_run(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web",
		  "'containers':[{'name':'app','image':'i','envFrom':[{'configMapRef':{'name':'none'}}]},"
		  "{'name':'side','image':'i'}]");
	world_good_day(&w);
	offer("first");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	size_t launches = world_count(&w, EFFECT_ACCEPT);
	add("debugger", NULL, NULL);
	unknown_to_mesos(DEBUGGER);
	launched(DEBUGGER, launches + 1);
}

static void without_a_pause_it_runs_beside_the_container_and_not_after_it(void **state)
{
	(void)state;
	debugged(NEVER);
	add("late", NULL, NULL);
	ends("uid-web.app.0", TASK_FINISHED, 0);
	world_answer(&w, "uid-web.late.0", "a1", TASK_GONE);
	offer("more");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void the_next_life_neither_doubles_nor_forgets_one_that_runs(void **state)
{
	(void)state;
	debugged("");
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, DEBUGGER, "a1", TASK_RUNNING);
	world_good_day(&w);
	offer("again");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	ends(DEBUGGER, TASK_FINISHED, 0);
	assert_string_equal(js_str(state_of("terminated"), "reason"), "Completed");
}

static void the_next_life_runs_none_again_that_ended(void **state)
{
	(void)state;
	debugged("");
	ends(DEBUGGER, TASK_FINISHED, 0);
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.debugger.1", "a1", TASK_GONE);
	world_good_day(&w);
	offer("again");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

static void the_next_life_launches_one_that_the_former_did_not_come_to(void **state)
{
	(void)state;
	running("");
	add("debugger", NULL, NULL);
	world_good_day(&w);
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, DEBUGGER, "a1", TASK_GONE);
	world_good_day(&w);
	launched(DEBUGGER, 2);
}

static void with_a_new_sandbox_none_that_ran_runs_again(void **state)
{
	(void)state;
	debugged("");
	world_update(&w, "uid-web._pause.0", "a1", TASK_FAILED, "");
	ends("uid-web.app.0", TASK_FAILED, 1);
	ends(DEBUGGER, TASK_FAILED, 1);
	world_good_day(&w);
	offer("again");
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 3);
	assert_int_equal(json_array_size(accept->body), 2);
	assert_string_equal(accepted_task(accept, 0), "uid-web._pause.1");
	assert_string_equal(accepted_task(accept, 1), "uid-web.app.1");
}

/* The API server was restored from before it was added. */
static void what_nobody_asked_for_any_more_is_a_task_that_no_pod_explains(void **state)
{
	(void)state;
	debugged("");
	json_object_del(js_obj(world_object(&w, "web"), "spec"), "ephemeralContainers");
	world_show(&w, "web");
	world_good_day(&w);
	world_answer(&w, DEBUGGER, "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).orphans, 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	add("debugger", NULL, NULL);
	world_answer(&w, DEBUGGER, "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_non_null(state_of("running"));
	world_wait(&w, 24 * 3600000);
	assert_int_equal(core_count(w.core).orphans, 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

/* The same, and it is deleted then. */
static void a_pod_is_not_removed_before_what_it_does_not_know_any_more_has_ended(void **state)
{
	(void)state;
	debugged("");
	json_object_del(js_obj(world_object(&w, "web"), "spec"), "ephemeralContainers");
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(core_count(w.core).orphans, 1); /* without being told again that it lives */
	world_delete(&w, "web", 5);
	world_good_day(&w);
	ends("uid-web.app.0", TASK_KILLED, 0);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, DEBUGGER);
	assert_int_equal(core_count(w.core).pods, 1);
	size_t kills = world_count(&w, EFFECT_KILL);
	world_wait(&w, 15000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), kills + 1);
	assert_int_equal(core_count(w.core).pods, 1);
	ends(DEBUGGER, TASK_KILLED, 0);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void one_that_a_pod_has_before_it_is_placed_is_launched_after_it(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	add("debugger", NULL, NULL);
	world_good_day(&w);
	offer("first");
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_int_equal(json_array_size(accept->body), 2);
	world_run(&w, accept);
	launched(DEBUGGER, 2);
}

static void more_than_there_may_be_are_told_of(void **state)
{
	(void)state;
	running("");
	for (int i = 0; i < POD_EPHEMERAL_MAX; i++) {
		CLEANUP_FREE char *name = xasprintf("e%d", i);
		add(name, NULL, NULL);
	}
	assert_null(world_said(&w, "web", "Unsupported"));
	add("too-many", NULL, NULL);
	assert_string_equal(
	    world_said(&w, "web", "Unsupported"),
	    "not supported: spec.ephemeralContainers: more than 100, or too large; 1 of them are not run");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(it_is_one_more_task_of_the_pods_executor),
	    WORLD_TEST(it_is_launched_only_when_mesos_said_that_it_does_not_live),
	    WORLD_TEST(it_never_runs_again),
	    WORLD_TEST(an_image_that_cannot_be_pulled_is_tried_again),
	    WORLD_TEST(the_end_of_the_containers_is_its_end),
	    WORLD_TEST(it_is_killed_with_its_pod),
	    WORLD_TEST(in_a_pod_that_is_over_nothing_is_started),
	    WORLD_TEST(one_that_comes_after_the_end_of_its_pod_takes_no_end_back),
	    WORLD_TEST(without_room_it_waits_and_says_so_and_no_container_waits_for_it),
	    WORLD_TEST(what_cannot_be_translated_is_not_run_and_says_why_and_its_pod_goes_on),
	    WORLD_TEST(what_it_refers_to_is_waited_for_and_only_by_itself),
	    WORLD_TEST(beside_a_container_that_cannot_be_configured_one_can_run),
	    WORLD_TEST(without_a_pause_it_runs_beside_the_container_and_not_after_it),
	    WORLD_TEST(the_next_life_neither_doubles_nor_forgets_one_that_runs),
	    WORLD_TEST(the_next_life_runs_none_again_that_ended),
	    WORLD_TEST(the_next_life_launches_one_that_the_former_did_not_come_to),
	    WORLD_TEST(with_a_new_sandbox_none_that_ran_runs_again),
	    WORLD_TEST(what_nobody_asked_for_any_more_is_a_task_that_no_pod_explains),
	    WORLD_TEST(a_pod_is_not_removed_before_what_it_does_not_know_any_more_has_ended),
	    WORLD_TEST(one_that_a_pod_has_before_it_is_placed_is_launched_after_it),
	    WORLD_TEST(more_than_there_may_be_are_told_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
