/* Hooks: what is run when, and what follows of how it ends. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define SECOND 1000
#define ROOM "cpus:8;mem:8192;disk:10000"
#define POST_START "'lifecycle':{'postStart':{'exec':{'command':['up','now']}}}"
#define PRE_STOP "'lifecycle':{'preStop':{'exec':{'command':['down']}}}"

/* All but hooks is answered. */
static struct effect *hook(void)
{
	world_good_day(&w);
	struct effect *f = world_last(&w, EFFECT_RUN_HOOK);
	assert_non_null(f);
	return f;
}

static void hook_ends(enum err_code code)
{
	world_result(&w, hook(), code);
	world_good_day(&w);
}

static void runs(const char *container, int run)
{
	world_update(&w, world_task("web", container, run), "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
}

static void ends(const char *container, int run, enum mesos_task_state state, const char *message)
{
	world_update(&w, world_task("web", container, run), "a1", state, message);
	world_good_day(&w);
}

static void offer(const char *id)
{
	world_offer(&w, id, "a1", ROOM, "");
	world_good_day(&w);
}

/* A pod of one container that has begun. */
static void begin(const char *container, const char *spec)
{
	world_begin(&w);
	w.hooks_by_hand = true;
	world_app(&w, "web", container, spec);
	offer("o1");
	runs("_pause", 0);
	runs("app", 0);
}

static json_t *state_of(const char *state)
{
	return js_obj(js_obj(world_container(&w, "web", "app"), "state"), state);
}

static bool killed(const char *container, int run)
{
	const struct effect *kill = world_last(&w, EFFECT_KILL);
	return kill && strcmp(kill->task_id, world_task("web", container, run)) == 0;
}

/* ---- postStart ---- */

static void a_container_runs_when_its_post_start_hook_has_ended(void **state)
{
	(void)state;
	begin(POST_START, "");
	const struct effect *f = hook();
	assert_string_equal(f->task_id, world_task("web", "app", 0));
	assert_string_equal(f->agent_id, "a1");
	assert_int_equal(f->hook, HOOK_POST_START);
	assert_int_equal(f->grace_ms, 0);
	assert_string_equal(json_string_value(json_array_get(js_arr(f->body, "command"), 1)), "now");
	assert_string_equal(js_str(state_of("waiting"), "reason"), "ContainerCreating");
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "False");
	assert_string_equal(world_last(&w, EFFECT_ACKNOWLEDGE)->task_id, world_task("web", "app", 0));
	hook_ends(ERR_NONE);
	assert_non_null(state_of("running"));
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 1);
}

static void a_post_start_hook_that_fails_ends_its_container_and_its_policy_holds(void **state)
{
	(void)state;
	begin(POST_START, "'terminationGracePeriodSeconds':7");
	hook_ends(ERR_INVALID);
	assert_non_null(world_said(&w, "web", "FailedPostStartHook"));
	assert_true(killed("app", 0));
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 7 * SECOND);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "ContainerCreating"); /* until it has ended */
	ends("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	assert_string_equal(js_str(state_of("waiting"), "reason"), "PostStartHookError");
	assert_non_null(strstr(js_str(state_of("waiting"), "message"), "postStart hook of container app: "));
	assert_int_equal(
	    js_int(js_at(world_container(&w, "web", "app"), "lastState", "terminated", NULL), "exitCode", -1), 143);
	offer("o2");
	runs("app", 1);
	assert_string_equal(js_str(state_of("waiting"), "reason"), "ContainerCreating");
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 0); /* not yet */
	hook_ends(ERR_NONE);
	assert_non_null(state_of("running"));
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

static void one_that_fails_again_and_again_backs_off_as_any_other(void **state)
{
	(void)state;
	begin(POST_START, "");
	hook_ends(ERR_INVALID);
	ends("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	offer("o2");
	runs("app", 1);
	hook_ends(ERR_INVALID);
	ends("app", 1, TASK_KILLED, "Command terminated with signal Terminated");
	assert_string_equal(js_str(state_of("waiting"), "reason"), "CrashLoopBackOff");
}

static void a_later_life_runs_again_what_is_stored_as_a_post_start_hook_that_failed(void **state)
{
	(void)state;
	begin(POST_START, "");
	hook_ends(ERR_INVALID);
	ends("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 1), "a1", TASK_GONE);
	world_good_day(&w);
	world_answer(&w, world_task("web", "_pause", 0), "a1", TASK_RUNNING);
	offer("o2");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), world_task("web", "app", 1));
}

static void a_hook_is_run_with_the_rights_of_its_container(void **state)
{
	(void)state;
	w.cfg.translate.rights.capabilities = true;
	world_restart(&w);
	begin("'securityContext':{'capabilities':{'drop':['ALL'],'add':['KILL']}}," POST_START, "");
	const json_t *set = js_at(hook()->body, "linux_info", "bounding_capabilities", "capabilities", NULL);
	assert_int_equal(json_array_size(set), 1);
	assert_string_equal(json_string_value(json_array_get(set, 0)), "KILL");
}

static void with_policy_never_a_post_start_hook_that_fails_is_the_end(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	world_app(&w, "web", POST_START, "'restartPolicy':'Never'");
	offer("o1");
	runs("app", 0);
	hook_ends(ERR_INVALID);
	ends("app", 0, TASK_KILLED, "Command terminated with signal Terminated");
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_int_equal(js_int(state_of("terminated"), "exitCode", -1), 143);
}

static void the_next_container_waits_for_the_post_start_hook_of_the_one_before(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	world_pod(&w, "web", "'containers':[{'name':'app','image':'i'," POST_START "},{'name':'next','image':'i'}]");
	offer("o1");
	assert_int_equal(json_array_size(world_last(&w, EFFECT_ACCEPT)->body), 2); /* with the pause */
	runs("_pause", 0);
	runs("app", 0);
	offer("o2");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	hook_ends(ERR_NONE);
	offer("o3");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), world_task("web", "next", 0));
}

static void a_hook_whose_agent_cannot_be_spoken_to_is_tried_again(void **state)
{
	(void)state;
	begin(POST_START, "");
	hook_ends(ERR_IO);
	assert_int_equal(world_times_said(&w, "web", "FailedPostStartHook"), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, w.cfg.retry_first_ms);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	hook_ends(ERR_AUTH); /* credentials are being exchanged, perhaps */
	world_wait(&w, w.cfg.retry_first_ms);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2); /* the pause grows */
	world_wait(&w, w.cfg.retry_first_ms);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 3);
	assert_int_equal(world_times_said(&w, "web", "FailedPostStartHook"), 1);
	hook_ends(ERR_NONE);
	assert_non_null(state_of("running"));
}

static void a_post_start_hook_that_sleeps_is_over_when_its_time_is(void **state)
{
	(void)state;
	begin("'lifecycle':{'postStart':{'sleep':{'seconds':10}}}", "");
	world_wait(&w, 9 * SECOND);
	world_good_day(&w);
	assert_non_null(state_of("waiting"));
	world_wait(&w, 1 * SECOND);
	world_good_day(&w);
	assert_non_null(state_of("running"));
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 0);
}

static void who_ends_during_its_post_start_hook_has_ended_and_what_becomes_of_the_hook_does_not_matter(void **state)
{
	(void)state;
	begin(POST_START, "");
	const struct effect *first = hook();
	ends("app", 0, TASK_FAILED, "Command exited with status 3");
	world_result(&w, first, ERR_INVALID);
	world_good_day(&w);
	assert_null(world_said(&w, "web", "FailedPostStartHook"));
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	offer("o2");
	runs("app", 1);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	world_result(&w, first, ERR_NONE); /* it is not the second one's */
	world_good_day(&w);
	assert_non_null(state_of("waiting"));
}

static void a_hook_of_which_an_earlier_life_stored_no_end_is_run_again_and_no_other(void **state)
{
	(void)state;
	begin(POST_START, "");
	hook();
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_RUNNING);
	world_answer(&w, world_task("web", "_pause", 0), "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	assert_non_null(state_of("waiting"));
	hook_ends(ERR_NONE);
	assert_non_null(state_of("running"));
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	assert_non_null(state_of("running"));
}

static void that_an_earlier_life_saw_the_end_of_a_hook_is_not_taken_back(void **state)
{
	(void)state;
	begin(POST_START, "");
	const struct effect *first = hook();
	json_t *before = json_deep_copy(world_object(&w, "web"));
	world_result(&w, first, ERR_NONE);
	const struct effect *late = world_last(&w, EFFECT_PATCH_STATUS);
	json_object_update(world_object(&w, "web"), before); /* what it wrote has not arrived */
	json_decref(before);
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_RUNNING);
	world_apply(&w, late);
	world_show(&w, "web");
	world_good_day(&w);
	assert_non_null(state_of("running"));
}

/* ---- preStop ---- */

static void a_pre_stop_hook_is_run_before_the_container_is_told_to_end(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	world_delete(&w, "web", 30);
	const struct effect *f = hook();
	assert_int_equal(f->hook, HOOK_PRE_STOP);
	assert_int_equal(f->grace_ms, 30 * SECOND);
	world_wait(&w, 12 * SECOND);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	hook_ends(ERR_NONE);
	assert_true(killed("app", 0));
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 18 * SECOND); /* what is left */
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 1);
}

static void a_pre_stop_hook_that_fails_is_told_and_the_container_ends_all_the_same(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	world_delete(&w, "web", 30);
	world_wait(&w, 29 * SECOND);
	hook_ends(ERR_INVALID);
	assert_non_null(world_said(&w, "web", "FailedPreStopHook"));
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 2 * SECOND); /* the least */
}

static void a_pre_stop_hook_takes_no_longer_than_the_grace_period(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	world_delete(&w, "web", 30);
	hook();
	world_delete(&w, "web", 10); /* less */
	world_wait(&w, 9 * SECOND);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1 * SECOND);
	assert_true(killed("app", 0));
	hook_ends(ERR_LIMIT);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 1);
}

static void without_any_grace_no_pre_stop_hook_is_run(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	world_delete(&w, "web", 0);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 0);
	assert_true(killed("app", 0));
}

static void a_pre_stop_hook_that_cannot_be_run_is_tried_within_the_grace_period(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	world_delete(&w, "web", 5);
	hook_ends(ERR_IO);
	world_wait(&w, w.cfg.retry_first_ms);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 2);
	assert_int_equal(hook()->grace_ms, 5 * SECOND - w.cfg.retry_first_ms);
	hook_ends(ERR_IO);
	world_wait(&w, 5 * SECOND);
	world_good_day(&w);
	assert_true(killed("app", 0));
}

static void a_container_that_ended_by_itself_has_no_pre_stop_hook(void **state)
{
	(void)state;
	begin(PRE_STOP, "");
	ends("app", 0, TASK_FAILED, "Command exited with status 1");
	offer("o2");
	runs("app", 1);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 0);
}

static void a_post_start_hook_that_failed_is_followed_by_the_pre_stop_hook(void **state)
{
	(void)state;
	begin("'lifecycle':{'postStart':{'httpGet':{'port':80}},'preStop':{'exec':{'command':['down']}}}", "");
	hook_ends(ERR_INVALID);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(hook()->hook, HOOK_PRE_STOP);
	hook_ends(ERR_NONE);
	assert_true(killed("app", 0));
}

static void sidecars_run_their_pre_stop_hooks_at_once_and_wait_for_their_turn_after_it(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	world_pod(&w, "web",
		  "'initContainers':[{'name':'side','image':'i','restartPolicy':'Always'," PRE_STOP "}],"
		  "'containers':[{'name':'app','image':'i'}]");
	offer("o1");
	runs("_pause", 0);
	runs("side", 0);
	offer("o2");
	runs("app", 0);
	world_delete(&w, "web", 30);
	assert_string_equal(hook()->task_id, world_task("web", "side", 0));
	assert_true(killed("app", 0));
	world_wait(&w, 4 * SECOND);
	hook_ends(ERR_NONE);
	assert_int_equal(world_count(&w, EFFECT_KILL), 1);
	ends("app", 0, TASK_FINISHED, NULL);
	assert_true(killed("side", 0));
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 26 * SECOND);
	assert_int_equal(world_count(&w, EFFECT_RUN_HOOK), 1);
}

static void a_request_goes_to_the_pod_or_where_the_hook_says(void **state)
{
	(void)state;
	begin("'ports':[{'name':'web','containerPort':8080}],'lifecycle':{'postStart':{'httpGet':{'port':'web',"
	      "'path':'up','scheme':'HTTPS','httpHeaders':[{'name':'X','value':'y'}]}},"
	      "'preStop':{'httpGet':{'host':'example.com','port':81}}}",
	      "");
	const char *ip = js_str_at(world_object(&w, "web"), "status", "podIP", NULL);
	CLEANUP_FREE char *url = xasprintf("https://%s:8080/up", ip);
	assert_string_equal(js_str(hook()->body, "url"), url);
	assert_string_equal(json_string_value(json_array_get(json_array_get(js_arr(hook()->body, "headers"), 0), 1)),
			    "y");
	hook_ends(ERR_NONE);
	world_delete(&w, "web", 30);
	assert_string_equal(js_str(hook()->body, "url"), "http://example.com:81/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_container_runs_when_its_post_start_hook_has_ended),
	    WORLD_TEST(a_post_start_hook_that_fails_ends_its_container_and_its_policy_holds),
	    WORLD_TEST(one_that_fails_again_and_again_backs_off_as_any_other),
	    WORLD_TEST(a_later_life_runs_again_what_is_stored_as_a_post_start_hook_that_failed),
	    WORLD_TEST(a_hook_is_run_with_the_rights_of_its_container),
	    WORLD_TEST(with_policy_never_a_post_start_hook_that_fails_is_the_end),
	    WORLD_TEST(the_next_container_waits_for_the_post_start_hook_of_the_one_before),
	    WORLD_TEST(a_hook_whose_agent_cannot_be_spoken_to_is_tried_again),
	    WORLD_TEST(a_post_start_hook_that_sleeps_is_over_when_its_time_is),
	    WORLD_TEST(who_ends_during_its_post_start_hook_has_ended_and_what_becomes_of_the_hook_does_not_matter),
	    WORLD_TEST(a_hook_of_which_an_earlier_life_stored_no_end_is_run_again_and_no_other),
	    WORLD_TEST(that_an_earlier_life_saw_the_end_of_a_hook_is_not_taken_back),
	    WORLD_TEST(a_pre_stop_hook_is_run_before_the_container_is_told_to_end),
	    WORLD_TEST(a_pre_stop_hook_that_fails_is_told_and_the_container_ends_all_the_same),
	    WORLD_TEST(a_pre_stop_hook_takes_no_longer_than_the_grace_period),
	    WORLD_TEST(without_any_grace_no_pre_stop_hook_is_run),
	    WORLD_TEST(a_pre_stop_hook_that_cannot_be_run_is_tried_within_the_grace_period),
	    WORLD_TEST(a_container_that_ended_by_itself_has_no_pre_stop_hook),
	    WORLD_TEST(a_post_start_hook_that_failed_is_followed_by_the_pre_stop_hook),
	    WORLD_TEST(sidecars_run_their_pre_stop_hooks_at_once_and_wait_for_their_turn_after_it),
	    WORLD_TEST(a_request_goes_to_the_pod_or_where_the_hook_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
