/* Probes: what the checks of Mesos tell, and when a container is ready, started, or ended because of them. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define SECOND 1000
#define READINESS "'readinessProbe':{'httpGet':{'port':80},'periodSeconds':5,'timeoutSeconds':1}"
#define LIVENESS "'livenessProbe':{'tcpSocket':{'port':80},'periodSeconds':5,'timeoutSeconds':1}"
#define STARTUP "'startupProbe':{'exec':{'command':['up']},'periodSeconds':5,'timeoutSeconds':1,'failureThreshold':4}"
#define NO_CHECK -2

/* TASK_RUNNING of web's run, as an executor or (no reason) the master says it. */
static void tell(int run, const char *reason, int check, int healthy)
{
	static unsigned uuids;
	struct mesos_task_status s = {
	    .task_id = (char *)(uintptr_t)world_task("web", "app", run),
	    .agent_id = (char *)(uintptr_t) "a1",
	    .state = TASK_RUNNING,
	    .reason = (char *)(uintptr_t)reason,
	    .has_check = check != NO_CHECK,
	    .check_result = check,
	    .has_healthy = healthy >= 0,
	    .healthy = healthy > 0,
	};
	snprintf(s.uuid, sizeof(s.uuid), "probe-%u", ++uuids);
	world_status(&w, &s);
	world_good_day(&w);
}

static void checked(int result)
{
	tell(0, "REASON_TASK_CHECK_STATUS_UPDATED", result, -1);
}

static void healthy(bool good)
{
	tell(0, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED", NO_CHECK, good);
}

static bool is_true(const char *condition)
{
	return strcmp(js_str(world_condition(&w, "web", condition), "status"), "True") == 0;
}

static const char *message_of(const char *condition)
{
	return js_str(world_condition(&w, "web", condition), "message");
}

static bool says(const char *member)
{
	return js_bool(world_container(&w, "web", "app"), member, false);
}

static void wait_s(int64_t seconds)
{
	world_wait(&w, seconds * SECOND);
	world_good_day(&w);
}

static size_t kills(void)
{
	return world_count(&w, EFFECT_KILL);
}

static void a_pod_without_probes_is_ready_when_its_containers_run(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	assert_true(says("ready") && says("started"));
	assert_true(is_true("PodReadyToStartContainers") && is_true("Initialized"));
	assert_true(is_true("ContainersReady") && is_true("Ready"));
}

static void a_container_is_not_ready_before_its_readiness_probe_has_succeeded(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", READINESS, "");
	tell(0, NULL, -1, -1);
	assert_true(says("started") && !says("ready"));
	assert_false(is_true("ContainersReady") || is_true("Ready"));
	assert_string_equal(message_of("Ready"), "containers with unready status: [app]");
	assert_true(is_true("PodReadyToStartContainers") && is_true("Initialized"));
	assert_null(world_said(&w, "web", "Unhealthy"));
	checked(503);
	assert_false(is_true("Ready"));
	assert_string_equal(world_said(&w, "web", "Unhealthy"),
			    "Readiness probe of container app failed: HTTP probe failed with statuscode: 503");
	wait_s(100);
	assert_false(is_true("Ready"));
	checked(200);
	assert_true(says("ready") && is_true("ContainersReady") && is_true("Ready"));
	assert_int_equal(kills(), 0);
}

static void it_is_unready_when_the_probe_has_failed_as_often_as_its_threshold_says(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", READINESS, "");
	checked(200);
	checked(500);
	wait_s(10); /* it has failed three times now, if each asking took no time at all */
	assert_true(is_true("Ready"));
	checked(503); /* another failure, not another result */
	wait_s(1);
	assert_false(is_true("Ready") || says("ready"));
	checked(302);
	assert_true(is_true("Ready"));
	checked(-1);
	wait_s(5);
	checked(200); /* in between a success, so counting begins anew */
	checked(-1);
	wait_s(10);
	assert_true(is_true("Ready"));
	assert_int_equal(kills(), 0);
}

static void a_success_threshold_is_waited_for(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'readinessProbe':{'tcpSocket':{'port':80},'periodSeconds':5,'successThreshold':3}",
		      "");
	checked(1);
	wait_s(10);
	assert_false(is_true("Ready"));
	checked(0);
	checked(1);
	wait_s(10);
	assert_false(is_true("Ready"));
	wait_s(1);
	assert_true(is_true("Ready"));
}

static void what_a_probe_said_survives_a_restart_of_the_adapter(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", READINESS, "");
	checked(200);
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	tell(0, NULL, 200, -1);
	assert_true(is_true("Ready"));
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	wait_s(60);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	checked(500);
	wait_s(11);
	assert_false(is_true("Ready"));
}

static void an_agent_that_is_away_makes_it_unready_and_its_return_ready(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", READINESS, "");
	checked(200);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	assert_false(is_true("Ready"));
	tell(0, "REASON_AGENT_REREGISTERED", NO_CHECK, -1);
	assert_true(is_true("Ready"));
}

static void a_failing_liveness_probe_alone_is_left_to_the_executor(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", LIVENESS, "'terminationGracePeriodSeconds':9");
	for (int i = 0; i < 3; i++) {
		healthy(false);
		wait_s(5);
	}
	assert_int_equal(kills(), 0);
	assert_int_equal(world_times_said(&w, "web", "Unhealthy"), 1);
	world_update(&w, world_task("web", "app", 0), "a1", TASK_KILLED, "Command terminated with signal Terminated");
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "Killing"), "Container app failed liveness probe, will be restarted");
	world_offer(&w, "again", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), world_task("web", "app", 1));
}

static void who_failed_its_liveness_probe_runs_again_though_it_ended_well(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", LIVENESS, "'restartPolicy':'OnFailure'");
	healthy(false);
	world_update(&w, world_task("web", "app", 0), "a1", TASK_KILLED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_offer(&w, "again", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), world_task("web", "app", 1));
}

static void before_the_startup_probe_has_succeeded_no_other_counts(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", STARTUP "," LIVENESS, "");
	tell(0, NULL, -1, -1);
	healthy(false);
	wait_s(14);
	assert_false(says("started") || says("ready") || is_true("Ready"));
	assert_int_equal(kills(), 0);
	checked(0);
	assert_true(says("started") && says("ready") && is_true("Ready"));
	wait_s(10);
	assert_int_equal(kills(), 0); /* its failures of before do not count */
	wait_s(1);
	assert_int_equal(kills(), 1);
	assert_string_equal(world_said(&w, "web", "Killing"), "Container app failed liveness probe, will be restarted");
}

static void who_does_not_start_in_time_is_ended_with_the_grace_of_the_probe(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web",
		      "'startupProbe':{'exec':{'command':['up']},'initialDelaySeconds':20,'periodSeconds':5,"
		      "'failureThreshold':4,'terminationGracePeriodSeconds':3}",
		      "");
	tell(0, NULL, -1, -1);
	wait_s(20 + 15);
	assert_int_equal(kills(), 0);
	wait_s(1);
	assert_int_equal(kills(), 1);
	assert_int_equal(world_last(&w, EFFECT_KILL)->grace_ms, 3 * SECOND);
	assert_string_equal(world_said(&w, "web", "Killing"), "Container app failed startup probe, will be restarted");
	wait_s(12);
	assert_int_equal(kills(), 1);
	wait_s(1); /* without effect: again */
	assert_int_equal(kills(), 2);
	world_update(&w, world_task("web", "app", 0), "a1", TASK_KILLED, "Command terminated with signal Killed");
	world_good_day(&w);
	wait_s(60);
	assert_int_equal(kills(), 2);
	world_offer(&w, "again", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	tell(1, NULL, -1, -1);
	tell(1, "REASON_TASK_CHECK_STATUS_UPDATED", 0, -1);
	assert_true(is_true("Ready"));
}

static void no_result_yet_is_no_failure(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "'startupProbe':{'exec':{'command':['up']},'timeoutSeconds':4,'failureThreshold':1}",
		      "");
	tell(0, NULL, -1, -1);
	wait_s(3);
	assert_int_equal(kills(), 0);
	checked(0);
	wait_s(60);
	assert_int_equal(kills(), 0);
	assert_true(is_true("Ready"));
}

static void a_pod_is_ready_when_its_gates_are_open_too(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'readinessGates':[{'conditionType':'x/a'},{'conditionType':'x/b'}]");
	assert_true(is_true("ContainersReady"));
	assert_false(is_true("Ready"));
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "reason"), "ReadinessGatesNotReady");
	assert_string_equal(message_of("Ready"),
			    "corresponding condition of pod readiness gate \"x/a\" does not exist., "
			    "corresponding condition of pod readiness gate \"x/b\" does not exist.");
	json_t *conditions = js_at(world_object(&w, "web"), "status", "conditions", NULL);
	json_t *a = json_pack("{s:s,s:s}", "type", "x/a", "status", "True");
	json_t *b = json_pack("{s:s,s:s}", "type", "x/b", "status", "False");
	json_array_append_new(conditions, a);
	json_array_append_new(conditions, b);
	world_show(&w, "web");
	world_good_day(&w);
	assert_string_equal(message_of("Ready"), "the status of pod readiness gate \"x/b\" is not \"True\", but False");
	json_object_set_new(b, "status", json_string("True"));
	world_show(&w, "web");
	world_good_day(&w);
	assert_true(is_true("Ready"));
}

static void conditions_of_a_pod_that_is_over_say_so(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_update(&w, world_task("web", "app", 0), "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "reason"), "PodFailed");
	assert_false(is_true("PodReadyToStartContainers"));
	assert_true(is_true("Initialized"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_without_probes_is_ready_when_its_containers_run),
	    WORLD_TEST(a_container_is_not_ready_before_its_readiness_probe_has_succeeded),
	    WORLD_TEST(it_is_unready_when_the_probe_has_failed_as_often_as_its_threshold_says),
	    WORLD_TEST(a_success_threshold_is_waited_for),
	    WORLD_TEST(what_a_probe_said_survives_a_restart_of_the_adapter),
	    WORLD_TEST(an_agent_that_is_away_makes_it_unready_and_its_return_ready),
	    WORLD_TEST(a_failing_liveness_probe_alone_is_left_to_the_executor),
	    WORLD_TEST(who_failed_its_liveness_probe_runs_again_though_it_ended_well),
	    WORLD_TEST(before_the_startup_probe_has_succeeded_no_other_counts),
	    WORLD_TEST(who_does_not_start_in_time_is_ended_with_the_grace_of_the_probe),
	    WORLD_TEST(no_result_yet_is_no_failure),
	    WORLD_TEST(a_pod_is_ready_when_its_gates_are_open_too),
	    WORLD_TEST(conditions_of_a_pod_that_is_over_say_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
