/* Agents that fall silent, break off, die, come back or are written off; masters that restart, step down or hang. */
#include "tests/unit/sandbox/mesos_client.h"

#define WHOLE "cpus:4;mem:4096;disk:1000"
#define AWARE "PARTITION_AWARE MULTI_ROLE"
#define KEEPS "\"roles\":[\"web\"],\"failover_timeout\":100,\"checkpoint\":true"
#define FORGETS "\"roles\":[\"web\"],\"failover_timeout\":100"
#define PING_MS 2000

struct fixture {
	struct rig r;
	struct client k;
	struct mesos_agent *a;
	char *agent_id;
};

/* A running task "t" on the executor "pod" of agent1; no more offers. */
static void setup(struct fixture *f, const char *info, const char *caps)
{
	rig_init(&f->r,
		 (struct mesos_cluster_config){.ping_timeout_ms = PING_MS, .reregister_ms = 500, .recovery_ms = 300});
	f->a = rig_agent(&f->r, "agent1", WHOLE);
	f->agent_id = xstrdup(mesos_agent_id(f->a));
	client_init(&f->k, &f->r, info, caps);
	CLEANUP_FREE char *offer = client_offer(&f->k, NULL);
	CLEANUP_FREE char *task = client_task("t", f->agent_id, CLIENT_SLEEP);
	client_call(&f->k, "SUPPRESS", "suppress", "{}");
	client_launch_group(&f->k, offer, "pod", task);
	client_update(&f->k, "t", "TASK_STARTING", NULL);
	client_update(&f->k, "t", "TASK_RUNNING", NULL);
}

static void done(struct fixture *f)
{
	client_done(&f->k);
	rig_done(&f->r);
	free(f->agent_id);
}

static void expect_failure_of_agent(struct fixture *f)
{
	json_t *event = client_expect(&f->k, "FAILURE");
	assert_string_equal(js_str_at(event, "failure", "agent_id", "value", NULL), f->agent_id);
	assert_null(js_at(event, "failure", "executor_id", NULL));
	json_decref(event);
}

static void reconcile(struct fixture *f, const char *task, const char *agent)
{
	CLEANUP_FREE char *call =
	    xasprintf("{\"tasks\":[{\"task_id\":{\"value\":\"%s\"},\"agent_id\":{\"value\":\"%s\"}}]}", task, agent);
	client_call(&f->k, "RECONCILE", "reconcile", call);
}

static void a_partitioned_agent_is_unreachable_after_the_ping_timeout_and_comes_back_with_its_tasks(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_partition(f.a, f.r.now);
	rig_sleep(&f.r, PING_MS - 1);
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 1);
	json_t *status = client_status(&f.k, "t", "TASK_UNREACHABLE");
	assert_string_equal(js_str(status, "reason"), "REASON_AGENT_REMOVED");
	assert_non_null(js_obj(status, "unreachable_time"));
	json_decref(status);
	expect_failure_of_agent(&f);
	mesos_agent_heal(f.a, f.r.now);
	rig_sleep(&f.r, 500);
	status = client_status(&f.k, "t", "TASK_RUNNING");
	assert_string_equal(js_str(status, "reason"), "REASON_AGENT_REREGISTERED");
	json_decref(status);
	done(&f);
}

static void a_short_partition_is_no_event(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_partition(f.a, f.r.now);
	rig_sleep(&f.r, PING_MS - 100);
	mesos_agent_heal(f.a, f.r.now);
	rig_sleep(&f.r, 5000);
	client_expect_nothing(&f.k);
	done(&f);
}

static void a_task_that_ends_behind_a_partition_is_told_after_it(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_partition(f.a, f.r.now);
	instant_runner_finish(f.r.runner, "t", 7 << 8, f.r.now);
	client_expect_nothing(&f.k);
	mesos_agent_heal(f.a, f.r.now);
	client_update(&f.k, "t", "TASK_FAILED", "Command exited with status 7");
	done(&f);
}

static void power_off_kills_the_processes_and_the_agent_returns_as_another(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_kill(f.a, f.r.now);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	rig_sleep(&f.r, PING_MS);
	client_update(&f.k, "t", "TASK_UNREACHABLE", NULL);
	expect_failure_of_agent(&f);
	mesos_agent_start(f.a, f.r.now);
	rig_sleep(&f.r, 500);
	assert_string_not_equal(mesos_agent_id(f.a), f.agent_id);
	reconcile(&f, "t", f.agent_id);
	client_update(&f.k, "t", "TASK_UNREACHABLE", "Reconciliation: Task is unreachable");
	client_call(&f.k, "REVIVE", "revive", "{}");
	json_t *event = client_expect(&f.k, "OFFERS");
	assert_true(client_amount(json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0), "cpus") == 4);
	json_decref(event);
	done(&f);
}

static void executors_of_checkpointing_frameworks_survive_their_agents_restart(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_stop(f.a, f.r.now);
	assert_true(instant_runner_runs(f.r.runner, "t"));
	instant_runner_finish(f.r.runner, "t", 0, f.r.now);
	mesos_agent_start(f.a, f.r.now);
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 500);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	done(&f);
}

static void without_checkpoints_tasks_are_lost_with_the_agents_process(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, FORGETS, "MULTI_ROLE");
	mesos_agent_stop(f.a, f.r.now);
	json_t *status = client_status(&f.k, "t", "TASK_LOST");
	assert_string_equal(js_str(status, "reason"), "REASON_AGENT_DISCONNECTED");
	json_decref(status);
	mesos_agent_start(f.a, f.r.now);
	rig_sleep(&f.r, 600);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	client_expect_nothing(&f.k);
	done(&f);
}

static void a_task_launched_into_a_partition_is_dropped_when_the_agent_returns(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	client_call(&f.k, "REVIVE", "revive", "{}");
	CLEANUP_FREE char *offer = client_offer(&f.k, NULL);
	CLEANUP_FREE char *task = client_task("lost", f.agent_id, CLIENT_SLEEP);
	client_call(&f.k, "SUPPRESS", "suppress", "{}");
	mesos_agent_partition(f.a, f.r.now);
	client_launch_group(&f.k, offer, "pod2", task);
	client_expect_nothing(&f.k);
	mesos_agent_heal(f.a, f.r.now);
	client_update(&f.k, "lost", "TASK_DROPPED", "Reconciliation: task unknown to the agent");
	reconcile(&f, "t", f.agent_id);
	client_update(&f.k, "t", "TASK_RUNNING", "Reconciliation: Latest task state");
	done(&f);
}

static void an_agent_marked_gone_ends_its_tasks_for_good(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	CLEANUP_FREE char *call = xasprintf(
	    "{\"type\":\"MARK_AGENT_GONE\",\"mark_agent_gone\":{\"agent_id\":{\"value\":\"%s\"}}}", f.agent_id);
	struct rig_answer a = rig_post(&f.r, "/api/v1", NULL, call);
	assert_int_equal(a.status, 200);
	rig_answer_done(&a);
	client_update(&f.k, "t", "TASK_GONE_BY_OPERATOR", "Agent has been marked gone");
	expect_failure_of_agent(&f);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	reconcile(&f, "t", f.agent_id);
	client_update(&f.k, "t", "TASK_GONE_BY_OPERATOR", "Reconciliation: Task is gone");
	a = rig_post(&f.r, "/api/v1", NULL, call);
	assert_int_equal(a.status, 404);
	rig_answer_done(&a);
	done(&f);
}

static void a_kill_that_the_agent_could_not_hear_is_done_when_it_returns(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_stop(f.a, f.r.now);
	client_call(&f.k, "KILL", "kill", "{\"task_id\":{\"value\":\"t\"}}");
	assert_true(instant_runner_runs(f.r.runner, "t"));
	mesos_agent_start(f.a, f.r.now);
	rig_sleep(&f.r, 500);
	client_update(&f.k, "t", "TASK_KILLED", "Command terminated with signal Terminated");
	done(&f);
}

static void a_framework_removed_while_an_agent_is_away_loses_its_processes_there_later(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_agent_partition(f.a, f.r.now);
	CLEANUP_FREE char *call = xasprintf("{\"type\":\"TEARDOWN\",\"framework_id\":{\"value\":\"%s\"}}", f.k.id);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", f.k.stream_id, call);
	assert_int_equal(a.status, 202);
	rig_answer_done(&a);
	assert_true(instant_runner_runs(f.r.runner, "t"));
	rig_sleep(&f.r, PING_MS);
	mesos_agent_heal(f.a, f.r.now);
	rig_sleep(&f.r, 500);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	done(&f);
}

static void a_restarted_master_knows_nothing_until_the_agents_are_back(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_master_restart(f.r.c, f.r.now);
	assert_true(f.k.s->cut);
	CLEANUP_FREE char *call = client_subscribe_call(KEEPS, AWARE, f.k.id);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", NULL, call);
	assert_int_equal(a.status, 503);
	rig_answer_done(&a);
	rig_sleep(&f.r, 300);
	client_resubscribe(&f.k, KEEPS, AWARE);
	reconcile(&f, "t", f.agent_id);
	client_call(&f.k, "RECONCILE", "reconcile", "{\"tasks\":[]}");
	client_expect_nothing(&f.k);
	rig_sleep(&f.r, 600);
	json_decref(client_expect(&f.k, "OFFERS"));
	reconcile(&f, "t", f.agent_id);
	client_update(&f.k, "t", "TASK_RUNNING", "Reconciliation: Latest task state");
	done(&f);
}

static void a_standby_points_to_the_leader_and_a_silent_master_says_nothing(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	mesos_master_silent(f.r.c, true);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", NULL, "{}");
	assert_int_equal(a.status, 0);
	rig_answer_done(&a);
	size_t before = f.k.s->out.len;
	rig_sleep(&f.r, 60000);
	assert_int_equal(f.k.s->out.len, before);
	mesos_master_silent(f.r.c, false);
	mesos_master_set_leader(f.r.c, "other:5051", f.r.now);
	a = rig_post(&f.r, "/api/v1/scheduler", NULL, "{");
	assert_int_equal(a.status, 307);
	assert_string_equal(a.location, "//other:5051/master/api/v1/scheduler");
	rig_answer_done(&a);
	done(&f);
}

static void a_framework_that_stays_away_too_long_is_removed(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	client_disconnect(&f.k);
	rig_sleep(&f.r, 99000);
	assert_true(instant_runner_runs(f.r.runner, "t"));
	rig_sleep(&f.r, 1001);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	CLEANUP_FREE char *call = client_subscribe_call(KEEPS, AWARE, f.k.id);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", NULL, call);
	json_t *event = stream_event(a.stream);
	assert_string_equal(js_str_at(event, "error", "message", NULL), "Framework has been removed");
	assert_true(a.stream->ended);
	json_decref(event);
	rig_answer_done(&a);
	done(&f);
}

static void updates_wait_for_a_framework_that_is_away(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	client_disconnect(&f.k);
	instant_runner_finish(f.r.runner, "t", 0, f.r.now);
	client_resubscribe(&f.k, KEEPS, AWARE);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	done(&f);
}

static void a_scheduler_that_does_not_read_is_cut_off(void **state)
{
	struct fixture f;
	(void)state;
	setup(&f, KEEPS, AWARE);
	f.k.s->out.max = f.k.s->out.len + 10;
	rig_sleep(&f.r, 20000);
	assert_true(f.k.s->cut);
	CLEANUP_FREE char *call = xasprintf("{\"type\":\"REVIVE\",\"framework_id\":{\"value\":\"%s\"}}", f.k.id);
	struct rig_answer a = rig_post(&f.r, "/api/v1/scheduler", f.k.stream_id, call);
	assert_int_equal(a.status, 403);
	rig_answer_done(&a);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_partitioned_agent_is_unreachable_after_the_ping_timeout_and_comes_back_with_its_tasks),
	    cmocka_unit_test(a_short_partition_is_no_event),
	    cmocka_unit_test(a_task_that_ends_behind_a_partition_is_told_after_it),
	    cmocka_unit_test(power_off_kills_the_processes_and_the_agent_returns_as_another),
	    cmocka_unit_test(executors_of_checkpointing_frameworks_survive_their_agents_restart),
	    cmocka_unit_test(without_checkpoints_tasks_are_lost_with_the_agents_process),
	    cmocka_unit_test(a_task_launched_into_a_partition_is_dropped_when_the_agent_returns),
	    cmocka_unit_test(an_agent_marked_gone_ends_its_tasks_for_good),
	    cmocka_unit_test(a_kill_that_the_agent_could_not_hear_is_done_when_it_returns),
	    cmocka_unit_test(a_framework_removed_while_an_agent_is_away_loses_its_processes_there_later),
	    cmocka_unit_test(a_restarted_master_knows_nothing_until_the_agents_are_back),
	    cmocka_unit_test(a_standby_points_to_the_leader_and_a_silent_master_says_nothing),
	    cmocka_unit_test(a_framework_that_stays_away_too_long_is_removed),
	    cmocka_unit_test(updates_wait_for_a_framework_that_is_away),
	    cmocka_unit_test(a_scheduler_that_does_not_read_is_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
