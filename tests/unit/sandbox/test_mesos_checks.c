/* Checks and health checks in the Mesos model, as the recording of the real ones (scenario 11) tells of them. */
#include <signal.h>

#include "tests/unit/sandbox/mesos_client.h"

#define WHOLE "cpus:4;mem:4096;disk:1000;ports:[31000-31999]"
#define WEB "\"roles\":[\"web\"],\"failover_timeout\":100,\"checkpoint\":true"
#define FAILING (1 << 8)
#define TIMES "\"delay_seconds\":0,\"interval_seconds\":1,\"timeout_seconds\":2"
#define COMMAND "\"type\":\"COMMAND\",\"command\":"
#define ASK "{\"shell\":true,\"value\":\"ask\"}"
#define CHECK "\"check\":{" COMMAND "{\"command\":" ASK "}," TIMES "}"
#define HEALTH_CHECK                                                                                                   \
	"\"health_check\":{" COMMAND ASK "," TIMES ",\"grace_period_seconds\":0,\"consecutive_failures\":3}"

struct fixture {
	struct rig r;
	struct client k;
	char *agent_id;
};

/* One task "a" that sleeps, with these members; up to RUNNING. Its checks answer with this status. */
static void launch(struct fixture *f, const char *members, int answer)
{
	rig_init(&f->r, (struct mesos_cluster_config){0});
	f->agent_id = xstrdup(mesos_agent_id(rig_agent(&f->r, "agent1", WHOLE)));
	client_init(&f->k, &f->r, WEB, "MULTI_ROLE PARTITION_AWARE");
	instant_runner_check(f->r.runner, answer);
	CLEANUP_FREE char *offer = client_offer(&f->k, NULL);
	CLEANUP_FREE char *more = xasprintf(CLIENT_SLEEP ",%s", members);
	CLEANUP_FREE char *task = client_task("a", f->agent_id, more);
	client_launch_group(&f->k, offer, "pod", task);
	client_call(&f->k, "SUPPRESS", "suppress", "{}");
	client_update(&f->k, "a", "TASK_STARTING", NULL);
	client_update(&f->k, "a", "TASK_RUNNING", NULL);
}

static void done(struct fixture *f)
{
	client_done(&f->k);
	rig_done(&f->r);
	free(f->agent_id);
}

static json_t *expect(struct fixture *f, const char *state, const char *reason)
{
	json_t *status = client_status(&f->k, "a", state);
	assert_string_equal(js_str(status, "reason") ? js_str(status, "reason") : "", reason);
	return status;
}

static void expect_result(struct fixture *f, int exit_code)
{
	json_t *status = expect(f, "TASK_RUNNING", "REASON_TASK_CHECK_STATUS_UPDATED");
	assert_int_equal(js_int(js_at(status, "check_status", "command", NULL), "exit_code", -1), exit_code);
	json_decref(status);
}

static void expect_health(struct fixture *f, bool healthy)
{
	json_t *status = expect(f, "TASK_RUNNING", "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED");
	assert_int_equal(js_bool(status, "healthy", !healthy), healthy);
	json_decref(status);
}

static void a_check_tells_of_each_result_that_differs_from_the_one_before(void **state)
{
	struct fixture f;
	(void)state;
	launch(&f, CHECK, 0);
	rig_sleep(&f.r, 1);
	expect_result(&f, 0);
	rig_sleep(&f.r, 5000);
	client_expect_nothing(&f.k);
	instant_runner_check(f.r.runner, FAILING);
	rig_sleep(&f.r, 1000);
	expect_result(&f, 1);
	rig_sleep(&f.r, 5000);
	client_expect_nothing(&f.k);
	done(&f);
}

static void a_health_check_tells_of_each_failure_and_the_first_success_after_it(void **state)
{
	struct fixture f;
	(void)state;
	launch(&f, HEALTH_CHECK, 0);
	rig_sleep(&f.r, 1);
	expect_health(&f, true);
	rig_sleep(&f.r, 5000);
	client_expect_nothing(&f.k);
	instant_runner_check(f.r.runner, FAILING);
	for (int i = 0; i < 2; i++) {
		rig_sleep(&f.r, 1000);
		expect_health(&f, false);
	}
	instant_runner_check(f.r.runner, 0);
	rig_sleep(&f.r, 1000);
	expect_health(&f, true);
	rig_sleep(&f.r, 5000);
	client_expect_nothing(&f.k);
	done(&f);
}

static void who_fails_its_health_check_often_enough_is_killed_by_its_executor(void **state)
{
	struct fixture f;
	(void)state;
	launch(&f, HEALTH_CHECK, FAILING);
	for (int i = 0; i < 3; i++) {
		rig_sleep(&f.r, i ? 1000 : 1);
		expect_health(&f, false);
	}
	json_t *status = expect(&f, "TASK_KILLED", "");
	assert_string_equal(js_str(status, "message"), "Command terminated with signal Terminated");
	assert_false(js_bool(status, "healthy", true));
	json_decref(status);
	assert_int_equal(instant_runner_count(f.r.runner), 0);
	done(&f);
}

static void a_master_that_is_asked_tells_the_last_results(void **state)
{
	struct fixture f;
	(void)state;
	launch(&f, CHECK "," HEALTH_CHECK, 0);
	rig_sleep(&f.r, 1);
	expect_result(&f, 0);
	expect_health(&f, true);
	client_call(&f.k, "RECONCILE", "reconcile", "{}");
	json_t *status = expect(&f, "TASK_RUNNING", "REASON_RECONCILIATION");
	assert_true(js_bool(status, "healthy", false));
	assert_int_equal(js_int(js_at(status, "check_status", "command", NULL), "exit_code", -1), 0);
	json_decref(status);
	done(&f);
}

static void checks_wait_while_the_process_of_their_agent_is_away(void **state)
{
	struct fixture f;
	(void)state;
	launch(&f, CHECK, 0);
	rig_sleep(&f.r, 1);
	expect_result(&f, 0);
	struct mesos_agent *agent = mesos_cluster_agent(f.r.c, "agent1");
	mesos_agent_stop(agent, f.r.now);
	instant_runner_check(f.r.runner, FAILING);
	rig_sleep(&f.r, 10000);
	client_expect_nothing(&f.k);
	mesos_agent_start(agent, f.r.now);
	rig_sleep(&f.r, 10000);
	expect_result(&f, 1);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_check_tells_of_each_result_that_differs_from_the_one_before),
	    cmocka_unit_test(a_health_check_tells_of_each_failure_and_the_first_success_after_it),
	    cmocka_unit_test(who_fails_its_health_check_often_enough_is_killed_by_its_executor),
	    cmocka_unit_test(a_master_that_is_asked_tells_the_last_results),
	    cmocka_unit_test(checks_wait_while_the_process_of_their_agent_is_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
