/* The life of tasks in the Mesos model: groups, kills, updates, refusals. */
#include <signal.h>

#include "tests/unit/sandbox/mesos_client.h"

#define WHOLE "cpus:4;mem:4096;disk:1000;ports:[31000-31999]"
#define AWARE "PARTITION_AWARE MULTI_ROLE TASK_KILLING_STATE"
#define WEB "\"roles\":[\"web\"],\"failover_timeout\":100,\"checkpoint\":true"

struct fixture {
	struct rig r;
	struct client k;
	char *agent_id;
};

static void setup(struct fixture *f, const char *caps)
{
	rig_init(&f->r, (struct mesos_cluster_config){0});
	f->agent_id = xstrdup(mesos_agent_id(rig_agent(&f->r, "agent1", WHOLE)));
	client_init(&f->k, &f->r, WEB, caps);
}

static void done(struct fixture *f)
{
	client_done(&f->k);
	rig_done(&f->r);
	free(f->agent_id);
}

/* One sleeping task per name, as one group; up to RUNNING. */
static void launch(struct fixture *f, const char *executor, const char *a, const char *b)
{
	CLEANUP_FREE char *offer = client_offer(&f->k, NULL);
	CLEANUP_FREE char *first = client_task(a, f->agent_id, CLIENT_SLEEP);
	CLEANUP_FREE char *second = b ? client_task(b, f->agent_id, CLIENT_SLEEP) : xstrdup("");
	CLEANUP_FREE char *both = xasprintf("%s%s%s", first, b ? "," : "", second);
	client_launch_group(&f->k, offer, executor, both);
	json_t *starting = client_status(&f->k, a, "TASK_STARTING"), *other = NULL;
	if (b) {
		json_t *event = client_expect(&f->k, "UPDATE");
		other = json_incref(js_at(event, "update", "status", NULL));
		json_decref(event);
	}
	client_update(&f->k, a, "TASK_RUNNING", NULL);
	if (b) {
		client_acknowledge(&f->k, other);
		client_update(&f->k, b, "TASK_RUNNING", NULL);
	}
	json_decref(other);
	json_decref(starting);
}

static void kill_task(struct fixture *f, const char *task, int64_t grace_s)
{
	CLEANUP_FREE char *kill =
	    xasprintf("{\"task_id\":{\"value\":\"%s\"},\"agent_id\":{\"value\":\"%s\"},\"kill_policy\":{"
		      "\"grace_period\":{\"nanoseconds\":%lld}}}",
		      task, f->agent_id, (long long)grace_s * 1000000000);
	client_call(&f->k, "KILL", "kill", kill);
}

static void shut_down(struct fixture *f, const char *executor)
{
	CLEANUP_FREE char *shutdown =
	    xasprintf("{\"executor_id\":{\"value\":\"%s\"},\"agent_id\":{\"value\":\"%s\"}}", executor, f->agent_id);
	client_call(&f->k, "SHUTDOWN", "shutdown", shutdown);
}

static void a_failing_member_kills_its_group_but_not_another_on_the_same_executor(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	launch(&f, "pod", "a", "b");
	rig_sleep(&f.r, 1000);
	launch(&f, "pod", "other", NULL);
	instant_runner_finish(f.r.runner, "a", 3 << 8, f.r.now);
	client_update(&f.k, "a", "TASK_FAILED", "Command exited with status 3");
	client_update(&f.k, "b", "TASK_KILLED", "Command terminated with signal Terminated");
	client_expect_nothing(&f.k);
	assert_true(instant_runner_runs(f.r.runner, "other"));
	instant_runner_finish(f.r.runner, "other", 0, f.r.now);
	client_update(&f.k, "other", "TASK_FINISHED", "Command exited with status 0");
	rig_sleep(&f.r, 100);
	json_decref(client_expect(&f.k, "FAILURE"));
	done(&f);
}

static void a_member_that_finishes_leaves_its_group_alone(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	launch(&f, "pod", "a", "b");
	instant_runner_finish(f.r.runner, "a", 0, f.r.now);
	client_update(&f.k, "a", "TASK_FINISHED", NULL);
	client_expect_nothing(&f.k);
	assert_true(instant_runner_runs(f.r.runner, "b"));
	done(&f);
}

static void a_shutdown_of_its_executor_ends_what_a_kill_gave_more_time(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, AWARE);
	instant_runner_stubborn(f.r.runner, true);
	launch(&f, "pod", "a", NULL);
	client_call(&f.k, "SUPPRESS", "suppress", "{}");
	kill_task(&f, "a", 600);
	client_update(&f.k, "a", "TASK_KILLING", NULL);
	shut_down(&f, "pod");
	rig_sleep(&f.r, 4900);
	assert_true(instant_runner_runs(f.r.runner, "a"));
	rig_sleep(&f.r, 200);
	assert_false(instant_runner_runs(f.r.runner, "a"));
	client_update(&f.k, "a", "TASK_KILLED", "Command terminated with signal Killed");
	rig_sleep(&f.r, 100);
	json_decref(client_expect(&f.k, "FAILURE"));
	done(&f);
}

static void a_stubborn_task_is_killed_after_its_grace_and_killing_is_told_to_who_knows_it(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, AWARE);
	instant_runner_stubborn(f.r.runner, true);
	launch(&f, "pod", "a", NULL);
	client_call(&f.k, "SUPPRESS", "suppress", "{}");
	kill_task(&f, "a", 5);
	client_update(&f.k, "a", "TASK_KILLING", NULL);
	rig_sleep(&f.r, 4900);
	assert_true(instant_runner_runs(f.r.runner, "a"));
	rig_sleep(&f.r, 200);
	assert_false(instant_runner_runs(f.r.runner, "a"));
	client_update(&f.k, "a", "TASK_KILLED", "Command terminated with signal Killed");
	done(&f);
}

static void an_update_is_repeated_until_acknowledged_and_holds_back_the_next(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
	CLEANUP_FREE char *task = client_task("t", f.agent_id, CLIENT_SLEEP);
	client_launch_group(&f.k, offer, "pod", task);
	client_call(&f.k, "SUPPRESS", "suppress", "{}");
	json_t *first = client_expect(&f.k, "UPDATE");
	rig_sleep(&f.r, 9900);
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 200);
	json_t *again = client_expect(&f.k, "UPDATE");
	assert_true(json_equal(first, again));
	rig_sleep(&f.r, 19000);
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 1100);
	client_update(&f.k, "t", "TASK_STARTING", NULL);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	json_decref(first);
	json_decref(again);
	done(&f);
}

static void resources_of_ended_tasks_come_back_exactly(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	launch(&f, "pod", "a", NULL);
	rig_sleep(&f.r, 1000);
	json_t *event = client_expect(&f.k, "OFFERS");
	const json_t *offer = json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0);
	assert_true(client_amount(offer, "cpus") == 3.89);
	assert_true(client_amount(offer, "mem") == 4032);
	assert_true(client_amount(offer, "disk") == 999);
	assert_string_equal(js_str(json_array_get(js_arr(offer, "executor_ids"), 0), "value"), "pod");
	CLEANUP_FREE char *decline =
	    xasprintf("{\"offer_ids\":[{\"value\":\"%s\"}],\"filters\":{\"refuse_seconds\":0}}",
		      js_str_at(offer, "id", "value", NULL));
	client_call(&f.k, "DECLINE", "decline", decline);
	json_decref(event);
	instant_runner_finish(f.r.runner, "a", 0, f.r.now);
	client_update(&f.k, "a", "TASK_FINISHED", NULL);
	rig_sleep(&f.r, 100);
	json_decref(client_expect(&f.k, "FAILURE"));
	rig_sleep(&f.r, 1000);
	event = client_expect(&f.k, "OFFERS");
	offer = json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0);
	assert_true(client_amount(offer, "cpus") == 4);
	assert_true(client_amount(offer, "mem") == 4096);
	json_decref(event);
	done(&f);
}

static void a_group_for_an_executor_that_is_ending_fails_with_it(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	launch(&f, "pod", "a", NULL);
	rig_sleep(&f.r, 1000);
	CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
	CLEANUP_FREE char *late = client_task("late", f.agent_id, CLIENT_SLEEP);
	instant_runner_finish(f.r.runner, "a", 0, f.r.now);
	client_update(&f.k, "a", "TASK_FINISHED", NULL);
	client_launch_group(&f.k, offer, "pod", late);
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 100);
	client_update(&f.k, "late", "TASK_FAILED", "Executor terminated");
	json_decref(client_expect(&f.k, "FAILURE"));
	done(&f);
}

static void an_image_without_a_command_fails_with_a_reason_and_one_with_a_command_runs(void **state)
{
	static const char image[] = "\"container\":{\"type\":\"MESOS\",\"mesos\":{\"image\":{\"type\":\"DOCKER\","
				    "\"docker\":{\"name\":\"nginx\"}}}}";
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
	CLEANUP_FREE char *with =
	    xasprintf("%s,\"command\":{\"shell\":false,\"value\":\"sleep\",\"arguments\":[\"sleep\"]}", image);
	CLEANUP_FREE char *without = xasprintf("%s,\"command\":{\"shell\":false}", image);
	CLEANUP_FREE char *bad = client_task("bad", f.agent_id, without);
	CLEANUP_FREE char *good = client_task("good", f.agent_id, with);
	client_launch_group(&f.k, offer, "pod1", bad);
	client_update(&f.k, "bad", "TASK_STARTING", NULL);
	client_update(&f.k, "bad", "TASK_FAILED",
		      "Images cannot be pulled in the sandbox, and task 'bad' has no command of its own to run instead "
		      "of that of "
		      "its image 'nginx'");
	rig_sleep(&f.r, 100);
	json_decref(client_expect(&f.k, "FAILURE"));
	rig_sleep(&f.r, 1000);
	CLEANUP_FREE char *next = client_offer(&f.k, NULL);
	client_launch_group(&f.k, next, "pod2", good);
	client_update(&f.k, "good", "TASK_STARTING", NULL);
	client_update(&f.k, "good", "TASK_RUNNING", NULL);
	done(&f);
}

struct refusal {
	const char *task, *message;
};

static void invalid_groups_are_refused_in_the_masters_words(void **state)
{
	static const struct refusal table[] = {
	    {CLIENT_SLEEP ",\"container\":{\"type\":\"MESOS\",\"linux_info\":{\"share_cgroups\":false}}",
	     "If set, the value of 'linux_info.share_cgroups' must be the same for all tasks in each task group and "
	     "under each "
	     "executor"},
	    {CLIENT_SLEEP ",\"resources\":[]", "Task 'b' is invalid: Task uses no resources"},
	    {CLIENT_SLEEP ",\"health_check\":{\"type\":\"TCP\"}",
	     "Task 'b' is invalid: Task uses invalid health check: Expecting 'tcp' to be set for TCP health check"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fixture f;
		setup(&f, "MULTI_ROLE");
		CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
		CLEANUP_FREE char *a = client_task("a", f.agent_id, CLIENT_SLEEP);
		CLEANUP_FREE char *b = client_task("b", f.agent_id, table[i].task);
		CLEANUP_FREE char *both = xasprintf("%s,%s", a, b);
		client_launch_group(&f.k, offer, "pod", both);
		client_update(&f.k, "a", "TASK_ERROR", table[i].message);
		json_t *status = client_status(&f.k, "b", "TASK_ERROR");
		assert_string_equal(js_str(status, "reason"), "REASON_TASK_GROUP_INVALID");
		assert_null(js_str(status, "uuid"));
		json_decref(status);
		done(&f);
	}
}

static void an_executor_without_disk_is_refused(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
	CLEANUP_FREE char *task = client_task("t", f.agent_id, CLIENT_SLEEP);
	CLEANUP_FREE char *accept = xasprintf("{\"offer_ids\":[{\"value\":\"%s\"}],\"operations\":[{\"type\":\"LAUNCH_"
					      "GROUP\",\"launch_group\":{\"executor\":{"
					      "\"type\":\"DEFAULT\",\"executor_id\":{\"value\":\"pod\"},\"framework_"
					      "id\":{\"value\":\"%s\"},\"resources\":[{"
					      "\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1}},{"
					      "\"name\":\"mem\",\"type\":\"SCALAR\",\"scalar\":{"
					      "\"value\":32}}]},\"task_group\":{\"tasks\":[%s]}}}]}",
					      offer, f.k.id, task);
	client_call(&f.k, "ACCEPT", "accept", accept);
	client_update(&f.k, "t", "TASK_ERROR", "Executor 'pod' uses no disk");
	done(&f);
}

static void a_partition_aware_framework_hears_of_dropped_tasks(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, AWARE);
	CLEANUP_FREE char *task = client_task("t", f.agent_id, CLIENT_SLEEP);
	json_decref(client_expect(&f.k, "OFFERS"));
	client_launch_group(&f.k, "gone-O1", "pod", task);
	client_update(&f.k, "t", "TASK_DROPPED", "Task launched with invalid offers: Offer gone-O1 is no longer valid");
	done(&f);
}

static void teardown_ends_every_process_of_the_framework(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, "MULTI_ROLE");
	instant_runner_stubborn(f.r.runner, true);
	launch(&f, "pod", "a", "b");
	CLEANUP_FREE char *call = xasprintf("{\"type\":\"TEARDOWN\",\"framework_id\":{\"value\":\"%s\"}}", f.k.id);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", f.k.stream_id, call);
	assert_int_equal(a.status, 202);
	rig_answer_done(&a);
	assert_true(f.k.s->ended);
	rig_sleep(&f.r, 5100);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_failing_member_kills_its_group_but_not_another_on_the_same_executor),
	    cmocka_unit_test(a_member_that_finishes_leaves_its_group_alone),
	    cmocka_unit_test(a_shutdown_of_its_executor_ends_what_a_kill_gave_more_time),
	    cmocka_unit_test(a_stubborn_task_is_killed_after_its_grace_and_killing_is_told_to_who_knows_it),
	    cmocka_unit_test(an_update_is_repeated_until_acknowledged_and_holds_back_the_next),
	    cmocka_unit_test(resources_of_ended_tasks_come_back_exactly),
	    cmocka_unit_test(a_group_for_an_executor_that_is_ending_fails_with_it),
	    cmocka_unit_test(an_image_without_a_command_fails_with_a_reason_and_one_with_a_command_runs),
	    cmocka_unit_test(invalid_groups_are_refused_in_the_masters_words),
	    cmocka_unit_test(an_executor_without_disk_is_refused),
	    cmocka_unit_test(a_partition_aware_framework_hears_of_dropped_tasks),
	    cmocka_unit_test(teardown_ends_every_process_of_the_framework),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
