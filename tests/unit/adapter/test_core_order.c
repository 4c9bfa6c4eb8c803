/* Who runs when: init containers, sidecars, deadlines, and containers that have a restart policy of their own. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define SECOND 1000
#define APP "'containers':[{'name':'app','image':'i'}]"
#define INITS                                                                                                          \
	"'initContainers':[{'name':'one','image':'i','restartPolicy':'Always'},{'name':'two','image':'i'},"            \
	"{'name':'three','image':'i','restartPolicy':'Always','startupProbe':{'exec':{'command':['up']}}}],"

static unsigned offers;

static void offer(void)
{
	char id[32];
	snprintf(id, sizeof(id), "offer-%u", ++offers);
	world_offer(&w, id, "a1", "cpus:8;mem:8192;disk:10000;ports:31000-31999", "");
	world_good_day(&w);
}

static void begin(const char *spec)
{
	world_begin(&w);
	world_pod(&w, "web", spec);
	offer();
}

static bool launched_last(const char *container, int run)
{
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	size_t n = accept ? json_array_size(accept->body) : 0;
	return n && strcmp(accepted_task(accept, n - 1), world_task("web", container, run)) == 0;
}

static void say(const char *container, int run, enum mesos_task_state state, const char *message)
{
	world_update(&w, world_task("web", container, run), "a1", state, message);
	world_good_day(&w);
	if (core_count(w.core).waiting) {
		offer();
	}
}

static void runs(const char *container, int run)
{
	say(container, run, TASK_RUNNING, NULL);
}

static void ends(const char *container, int run, int code)
{
	char message[64];
	snprintf(message, sizeof(message), "Command exited with status %d", code);
	say(container, run, code ? TASK_FAILED : TASK_FINISHED, message);
}

static void startup_of(const char *container, int run)
{
	struct mesos_task_status s = {
	    .task_id = (char *)(uintptr_t)world_task("web", container, run),
	    .agent_id = (char *)(uintptr_t) "a1",
	    .state = TASK_RUNNING,
	    .reason = (char *)(uintptr_t) "REASON_TASK_CHECK_STATUS_UPDATED",
	    .has_check = true,
	    .uuid = "started",
	};
	world_status(&w, &s);
	world_good_day(&w);
	if (core_count(w.core).waiting) {
		offer();
	}
}

static const char *condition(const char *type, const char *member)
{
	return js_str(world_condition(&w, "web", type), member);
}

/* The pod with both sidecars and its container running. */
static void run_all(const char *more)
{
	CLEANUP_FREE char *spec = xasprintf(INITS APP ",'terminationGracePeriodSeconds':30%s", more);
	begin(spec);
	runs("_pause", 0);
	runs("one", 0);
	runs("two", 0);
	ends("two", 0, 0);
	runs("three", 0);
	startup_of("three", 0);
	runs("app", 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void a_sidecar_starts_in_its_turn_and_the_next_when_it_has_started(void **state)
{
	(void)state;
	begin(INITS APP);
	assert_true(launched_last("one", 0));
	runs("_pause", 0);
	assert_true(launched_last("one", 0));
	assert_string_equal(condition("Initialized", "message"), "containers with incomplete status: [one two three]");
	runs("one", 0);
	assert_true(launched_last("two", 0));
	runs("two", 0);
	assert_true(launched_last("two", 0));
	ends("two", 0, 0);
	assert_true(launched_last("three", 0));
	runs("three", 0);
	assert_true(launched_last("three", 0)); /* not before its startup probe has succeeded */
	assert_string_equal(condition("Initialized", "message"), "containers with incomplete status: [three]");
	assert_string_equal(world_phase(&w, "web"), "Pending");
	startup_of("three", 0);
	assert_true(launched_last("app", 0));
	runs("app", 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(condition("Ready", "status"), "True");
	assert_true(js_bool(world_container(&w, "web", "one"), "ready", false));
}

static void a_sidecar_that_ends_runs_again_and_nobody_waits_for_it(void **state)
{
	(void)state;
	run_all(",'restartPolicy':'Never'");
	ends("one", 0, 0);
	assert_true(launched_last("one", 1));
	assert_string_equal(condition("Ready", "message"), "containers with unready status: [one]");
	assert_string_equal(world_phase(&w, "web"), "Running");
	runs("one", 1);
	assert_string_equal(condition("Ready", "status"), "True");
	ends("three", 0, 1);
	assert_true(launched_last("three", 1));
	runs("three", 1);
	ends("app", 0, 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_string_equal(world_phase(&w, "web"), "Running"); /* something still runs */
	say("three", 1, TASK_KILLED, "Command terminated with signal Terminated");
	say("one", 1, TASK_KILLED, "Command terminated with signal Terminated");
	say("_pause", 0, TASK_KILLED, NULL);
	assert_string_equal(world_phase(&w, "web"), "Succeeded"); /* how a sidecar ends does not matter */
}

static void sidecars_are_ended_after_the_others_the_last_one_first(void **state)
{
	(void)state;
	run_all("");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, world_task("web", "app", 0));
	world_wait(&w, 12 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	say("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	assert_int_equal(world_count(&w, EFFECT_KILL), 2);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, world_task("web", "three", 0));
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 18 * SECOND); /* what is left */
	say("three", 0, TASK_KILLED, "Command terminated with signal Terminated");
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, world_task("web", "one", 0));
	say("one", 0, TASK_KILLED, "Command terminated with signal Terminated");
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, world_task("web", "_pause", 0));
	assert_int_equal(world_count(&w, EFFECT_KILL), 4);
}

static void when_the_grace_period_is_over_sidecars_wait_for_nobody(void **state)
{
	(void)state;
	run_all("");
	world_delete(&w, "web", 5);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	world_wait(&w, 5 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 3);
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 2 * SECOND);
}

static void a_sidecar_counts_beside_the_containers(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(
	    &w, "web",
	    "'initContainers':[{'name':'s','image':'i','restartPolicy':'Always','resources':{'requests':{'cpu':'3'}}}],"
	    "'containers':[{'name':'app','image':'i','resources':{'requests':{'cpu':'3'}}}]");
	world_offer(&w, "small", "a1", "cpus:5;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	world_offer(&w, "large", "a2", "cpus:7;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void a_pod_fails_when_it_has_been_active_for_too_long(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'activeDeadlineSeconds':60,'terminationGracePeriodSeconds':7");
	world_wait(&w, 59 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1 * SECOND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running"); /* while it still runs */
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 7 * SECOND);
	assert_string_equal(world_said(&w, "web", "DeadlineExceeded"),
			    "Pod was active on the node longer than the specified deadline");
	say("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	say("_pause", 0, TASK_KILLED, NULL);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	json_t *status = js_obj(world_object(&w, "web"), "status");
	assert_string_equal(js_str(status, "reason"), "DeadlineExceeded");
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
}

static void a_deadline_that_is_shortened_holds(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'activeDeadlineSeconds':600");
	world_wait(&w, 60 * SECOND);
	json_object_set_new(js_obj(world_object(&w, "web"), "spec"), "activeDeadlineSeconds", json_integer(30));
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
}

static void a_pod_that_was_never_launched_expires_too(void **state)
{
	(void)state;
	begin("'activeDeadlineSeconds':60," APP);
	world_until(&w, w.now + 61 * SECOND);
	world_good_day(&w);
	say("app", 0, TASK_DROPPED, NULL);
	say("_pause", 0, TASK_DROPPED, NULL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
}

static void a_pre_stop_hook_sleeps_before_the_container_is_told_to_end(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'lifecycle':{'preStop':{'sleep':{'seconds':10}}}", "");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	world_wait(&w, 9 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 20 * SECOND); /* what is left */
}

static void a_pre_stop_hook_sleeps_no_longer_than_the_grace_period(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'lifecycle':{'preStop':{'sleep':{'seconds':60}}}", "");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	world_wait(&w, 10 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_delete(&w, "web", 12); /* less */
	world_wait(&w, 2 * SECOND);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 2 * SECOND);
}

static void a_container_that_has_ended_sleeps_no_more(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'lifecycle':{'preStop':{'sleep':{'seconds':10}}}", "");
	world_delete(&w, "web", 30);
	world_good_day(&w);
	ends("app", 0, 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1); /* the pause */
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, world_task("web", "_pause", 0));
}

static void a_policy_of_its_own_holds_for_a_container(void **state)
{
	(void)state;
	begin("'restartPolicy':'Never','containers':[{'name':'app','image':'i','restartPolicy':'OnFailure'},"
	      "{'name':'once','image':'i'}]");
	runs("_pause", 0);
	runs("app", 0);
	runs("once", 0);
	ends("once", 0, 1);
	ends("app", 0, 1);
	assert_true(launched_last("app", 1));
	runs("app", 1);
	ends("app", 1, 0);
	say("_pause", 0, TASK_KILLED, NULL);
	assert_string_equal(world_phase(&w, "web"), "Failed");
}

static void a_rule_restarts_after_the_exit_codes_that_it_names(void **state)
{
	(void)state;
	begin("'restartPolicy':'Never','containers':[{'name':'app','image':'i','restartPolicy':'Never',"
	      "'restartPolicyRules':[{'action':'Restart','exitCodes':{'operator':'In','values':[42]}}]}]");
	assert_int_equal(json_array_size(world_last(&w, EFFECT_ACCEPT)->body), 2); /* a pause keeps its sandbox */
	runs("_pause", 0);
	runs("app", 0);
	ends("app", 0, 42);
	assert_true(launched_last("app", 1));
	assert_string_equal(world_phase(&w, "web"), "Running");
	runs("app", 1);
	ends("app", 1, 41);
	say("_pause", 0, TASK_KILLED, NULL);
	assert_string_equal(world_phase(&w, "web"), "Failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_sidecar_starts_in_its_turn_and_the_next_when_it_has_started),
	    WORLD_TEST(a_sidecar_that_ends_runs_again_and_nobody_waits_for_it),
	    WORLD_TEST(sidecars_are_ended_after_the_others_the_last_one_first),
	    WORLD_TEST(when_the_grace_period_is_over_sidecars_wait_for_nobody),
	    WORLD_TEST(a_sidecar_counts_beside_the_containers),
	    WORLD_TEST(a_pod_fails_when_it_has_been_active_for_too_long),
	    WORLD_TEST(a_deadline_that_is_shortened_holds),
	    WORLD_TEST(a_pod_that_was_never_launched_expires_too),
	    WORLD_TEST(a_pre_stop_hook_sleeps_before_the_container_is_told_to_end),
	    WORLD_TEST(a_pre_stop_hook_sleeps_no_longer_than_the_grace_period),
	    WORLD_TEST(a_container_that_has_ended_sleeps_no_more),
	    WORLD_TEST(a_policy_of_its_own_holds_for_a_container),
	    WORLD_TEST(a_rule_restarts_after_the_exit_codes_that_it_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
