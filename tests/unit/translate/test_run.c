#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/run.h"

#define NOW 5000

static bool tell_why(struct run *run, enum mesos_task_state state, const char *reason, const char *message)
{
	struct mesos_task_status status = {.task_id = (char *)"u.app.0",
					   .state = state,
					   .reason = (char *)(uintptr_t)reason,
					   .message = (char *)(uintptr_t)message};
	return run_update(run, &status, NOW);
}

static bool tell(struct run *run, enum mesos_task_state state, const char *message)
{
	return tell_why(run, state, NULL, message);
}

static void exits_are_read_out_of_messages(void **state)
{
	(void)state;
	static const struct {
		const char *message;
		bool told;
		int exit_code, signal;
	} rows[] = {
	    {"Command exited with status 0", true, 0, 0},
	    {"Command exited with status 3", true, 3, 0},
	    {"Command exited with status 255", true, 255, 0},
	    {"Command exited with status 0: 'IOSwitchboard' exited with status 1", true, 0, 0},
	    {"Command terminated with signal Killed", true, 137, 9},
	    {"Command terminated with signal Terminated", true, 143, 15},
	    {"Command terminated with signal Segmentation fault", true, 139, 11},
	    {"Command terminated with signal Segmentation fault (core dumped)", true, 139, 11},
	    {"Command terminated with signal Aborted (core dumped)", true, 134, 6},
	    {"Command terminated with signal Killed: Memory limit exceeded: Requested: 48MB", true, 137, 9},
	    {"Command terminated with signal Stopped (signal)", true, 147, 19},
	    {"Command terminated with signal User defined signal 1", true, 138, 10},
	    {"Command terminated with signal Trace/breakpoint trap", true, 133, 5},
	    {"Command terminated with signal Bad system call", true, 159, 31},
	    {"Command terminated with signal ", false, 0, 0},
	    {"Command terminated with signal Nonsense", false, 0, 0},
	    {"Command exited with status ", false, 0, 0},
	    {"Command exited with status x", false, 0, 0},
	    {"Command exited with status -1", false, 0, 0},
	    {"Command exited with status 99999999999999999999", false, 0, 0},
	    {"Executor terminated", false, 0, 0},
	    {"", false, 0, 0},
	    {NULL, false, 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int exit_code = -7, signal = -7;
		bool told = run_parse_exit(rows[i].message, &exit_code, &signal);
		if (told != rows[i].told || exit_code != (told ? rows[i].exit_code : -7) ||
		    signal != (told ? rows[i].signal : -7)) {
			fail_msg("%s: %d %d %d", rows[i].message, told, exit_code, signal);
		}
	}
}

/* Reasons, exit codes and messages for what real masters and agents said. */
static void each_recorded_ending_has_its_words(void **state)
{
	(void)state;
	static const struct {
		bool ran;
		enum mesos_task_state state;
		const char *why, *message;
		enum run_state end;
		int exit_code, signal;
		const char *reason, *text;
	} rows[] = {
	    {true, TASK_FINISHED, NULL, "Command exited with status 0", RUN_ENDED, 0, 0, "Completed", NULL},
	    {true, TASK_FINISHED, NULL, NULL, RUN_ENDED, 0, 0, "Completed", NULL},
	    {true, TASK_FAILED, NULL, "Command exited with status 3", RUN_ENDED, 3, 0, "Error", NULL},
	    {true, TASK_FAILED, NULL, "Command terminated with signal Segmentation fault", RUN_ENDED, 139, 11, "Error",
	     NULL},
	    {true, TASK_KILLED, NULL, "Command terminated with signal Terminated", RUN_ENDED, 143, 15, "Error", NULL},
	    {true, TASK_KILLED, NULL, "Command exited with status 0", RUN_ENDED, 0, 0, "Completed", NULL},
	    {true, TASK_FAILED, "REASON_IO_SWITCHBOARD_EXITED",
	     "Command exited with status 0: 'IOSwitchboard' exited with status 1", RUN_ENDED, 0, 0, "Completed", NULL},
	    {true, TASK_FAILED, "REASON_IO_SWITCHBOARD_EXITED",
	     "Command terminated with signal Hangup: 'IOSwitchboard' exited with status 1", RUN_ENDED, 129, 1, "Error",
	     NULL},
	    {true, TASK_KILLED, "REASON_AGENT_DRAINING", "Command terminated with signal Terminated", RUN_ENDED, 143,
	     15, "Error", NULL},
	    {false, TASK_KILLED, NULL, NULL, RUN_ENDED, 137, 0, "Error", NULL},
	    {true, TASK_FAILED, "REASON_CONTAINER_LIMITATION_MEMORY",
	     "Command terminated with signal Killed: Memory limit exceeded: Requested: 48MB Maximum Used: "
	     "48MB\n\nMEMORY STATISTICS: \ncache 0",
	     RUN_ENDED, 137, 9, "OOMKilled",
	     "Command terminated with signal Killed: Memory limit exceeded: Requested: 48MB Maximum Used: 48MB"},
	    {true, TASK_FAILED, "REASON_CONTAINER_LIMITATION_MEMORY",
	     "Memory limit exceeded: Requested: 128MB Maximum Used: 128MB\n\nMEMORY STATISTICS: ", RUN_ENDED, 137, 0,
	     "OOMKilled", "Memory limit exceeded: Requested: 128MB Maximum Used: 128MB"},
	    {true, TASK_FAILED, "REASON_MAX_COMPLETION_TIME_REACHED", "Command terminated with signal Terminated",
	     RUN_ENDED, 143, 15, "DeadlineExceeded", NULL},
	    {true, TASK_FAILED, NULL, "Command exited with status 233", RUN_ENDED, 233, 0, "StartError",
	     "Command exited with status 233"},
	    {false, TASK_FAILED, NULL, "Failed to find archive for image 'missingimage' at '/var/lib/images/x.tar'",
	     RUN_ENDED, 128, 0, "ErrImagePull",
	     "Failed to find archive for image 'missingimage' at '/var/lib/images/x.tar'"},
	    {false, TASK_FAILED, "REASON_CONTAINER_LAUNCH_FAILED",
	     "Failed to launch container: Unsupported container image type: DOCKER", RUN_ENDED, 128, 0, "ErrImagePull",
	     "Failed to launch container: Unsupported container image type: DOCKER"},
	    {false, TASK_FAILED, NULL, "Path '/data/image/.' in HOST_PATH volume does not exist", RUN_ENDED, 128, 0,
	     "FailedMount", "Path '/data/image/.' in HOST_PATH volume does not exist"},
	    {false, TASK_FAILED, NULL,
	     "Failed to determine the launch command: Shell specified but no command value provided", RUN_ENDED, 128, 0,
	     "ContainerCannotRun",
	     "Failed to determine the launch command: Shell specified but no command value provided"},
	    {true, TASK_FAILED, "REASON_EXECUTOR_TERMINATED", "Abnormal executor termination: unknown container",
	     RUN_ENDED, 137, 0, "ContainerStatusUnknown", "Abnormal executor termination: unknown container"},
	    {false, TASK_ERROR, "REASON_TASK_GROUP_INVALID", "Executor 'g' uses no disk", RUN_LOST, 128, 0,
	     "ContainerCannotRun", "Executor 'g' uses no disk"},
	    {false, TASK_LOST, "REASON_INVALID_OFFERS", "Task launched with invalid offers", RUN_LOST, 128, 0,
	     "ContainerCannotRun", "Task launched with invalid offers"},
	    {false, TASK_DROPPED, NULL, "gone", RUN_LOST, 128, 0, "ContainerCannotRun", "gone"},
	    {true, TASK_GONE, NULL, NULL, RUN_LOST, 137, 0, "ContainerStatusUnknown",
	     "Mesos reports TASK_GONE and no more: how the container ended is not known"},
	    {true, TASK_LOST, "REASON_EXECUTOR_TERMINATED", NULL, RUN_LOST, 137, 0, "ContainerStatusUnknown",
	     "Mesos reports TASK_LOST (REASON_EXECUTOR_TERMINATED) and no more: how the container ended is not known"},
	    {true, TASK_GONE_BY_OPERATOR, "REASON_AGENT_REMOVED_BY_OPERATOR", "Agent has been marked gone", RUN_LOST,
	     137, 0, "ContainerStatusUnknown", "Agent has been marked gone"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run run = {.state = RUN_LAUNCHING};
		if (rows[i].ran) {
			tell(&run, TASK_RUNNING, NULL);
		}
		assert_true(tell_why(&run, rows[i].state, rows[i].why, rows[i].message));
		assert_true(run_over(&run) && !run_live(&run));
		if (run.state != rows[i].end || run.exit_code != rows[i].exit_code || run.signal != rows[i].signal ||
		    strcmp(run.reason, rows[i].reason) || !run.message != !rows[i].text ||
		    (run.message && strcmp(run.message, rows[i].text))) {
			fail_msg("row %zu: state %d exit %d signal %d %s %s", i, run.state, run.exit_code, run.signal,
				 run.reason, run.message ? run.message : "(no message)");
		}
		assert_true(run.finished_ms == NOW);
		assert_int_equal(run.never_ran, run.state == RUN_LOST && run.exit_code == 128);
		run_done(&run);
	}
}

static void a_recorded_life_is_followed(void **state)
{
	(void)state;
	static const char *const updates[] = {
	    "{'task_id':{'value':'u1.app.0'},'state':'TASK_STARTING','source':'SOURCE_EXECUTOR','timestamp':1795341620."
	    "6194156,"
	    "'container_status':{'container_id':{'value':'6ed0aaaf','parent':{'value':'baa22091'}}}}",
	    "{'task_id':{'value':'u1.app.0'},'state':'TASK_RUNNING','source':'SOURCE_EXECUTOR','timestamp':1795341621."
	    "0283123,"
	    "'container_status':{'container_id':{'value':'6ed0aaaf','parent':{'value':'baa22091'}}}}",
	    "{'task_id':{'value':'u1.app.0'},'state':'TASK_FAILED','message':'Command exited with status 3',"
	    "'source':'SOURCE_EXECUTOR','timestamp':1795341622.2978888,"
	    "'container_status':{'container_id':{'value':'6ed0aaaf','parent':{'value':'baa22091'}}}}",
	};
	static const enum run_state states[] = {RUN_LAUNCHING, RUN_RUNNING, RUN_ENDED};
	struct run run = {0};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_JSON json_t *tree = sample_json(updates[i]);
		struct mesos_task_status *status = mesos_task_status_decode(tree, NULL);
		assert_non_null(status);
		assert_true(run_update(&run, status, NOW));
		assert_int_equal(run.state, states[i]);
		assert_false(run_update(&run, status, NOW)); /* a repeated update is no news */
		mesos_task_status_free(status);
	}
	struct kube_run report = run_report(&run);
	assert_int_equal(report.state, CONTAINER_TERMINATED);
	assert_int_equal(report.exit_code, 3);
	assert_string_equal(report.reason, "Error");
	assert_true(report.started_ms == 1795341621028 && report.finished_ms == 1795341622298);
	assert_string_equal(report.container_id, run.container_id);
	assert_true(!strncmp(report.container_id, "mesos://", 8) && strstr(report.container_id, "6ed0aaaf"));
	run_done(&run);
	assert_null(run.message);
}

static void unreachable_is_not_death(void **state)
{
	(void)state;
	struct run run = {.state = RUN_LAUNCHING};
	tell(&run, TASK_RUNNING, NULL);
	assert_true(tell(&run, TASK_UNREACHABLE, "health check timed out"));
	assert_true(run.unreachable && run_live(&run) && run.state == RUN_RUNNING);
	assert_int_equal(run_report(&run).state, CONTAINER_RUNNING);
	assert_false(tell(&run, TASK_UNREACHABLE, "health check timed out"));
	assert_true(tell(&run, TASK_RUNNING, "Unreachable agent re-reregistered"));
	assert_false(run.unreachable);
	assert_true(tell(&run, TASK_UNREACHABLE, NULL));
	assert_true(tell(&run, TASK_FINISHED, NULL));
	assert_false(run.unreachable);
	assert_int_equal(run.state, RUN_ENDED);
	run_done(&run);
}

static void a_killing_task_still_runs_and_an_unknown_one_is_no_news(void **state)
{
	(void)state;
	struct run run = {.state = RUN_LAUNCHING};
	assert_false(tell(&run, TASK_UNKNOWN, NULL));
	tell(&run, TASK_RUNNING, NULL);
	assert_false(tell(&run, TASK_KILLING, NULL));
	assert_int_equal(run.state, RUN_RUNNING);
	assert_false(tell(&run, TASK_STAGING, NULL));
	assert_false(tell(&run, TASK_UNKNOWN, NULL));
	assert_int_equal(run.state, RUN_RUNNING);
	run_done(&run);
}

static void a_run_that_was_forgotten_is_learned_again(void **state)
{
	(void)state;
	struct run run = {0};
	assert_true(tell(&run, TASK_UNREACHABLE, NULL));
	assert_true(run_live(&run) && run.unreachable);
	run_done(&run);
	assert_true(tell(&run, TASK_RUNNING, NULL));
	assert_int_equal(run.state, RUN_RUNNING);
	assert_true(run.started_ms == NOW);
	run_done(&run);
}

/* Every sequence of four states. */
static void no_sequence_of_states_ever_moves_backwards(void **state)
{
	(void)state;
	const int n = TASK_UNKNOWN + 1;
	for (int code = 0; code < n * n * n * n; code++) {
		struct run run = {0};
		int before = RUN_NONE, started_before = 0;
		for (int i = 0, rest = code; i < 4; i++, rest /= n) {
			bool over = run_over(&run);
			bool changed = tell(&run, (enum mesos_task_state)(rest % n), "Command exited with status 1");
			assert_true((int)run.state >= before);
			assert_false(over && (changed || (int)run.state != before));
			assert_true(run.started_ms >= started_before);
			assert_true(!run_over(&run) || (run.reason && run.finished_ms));
			before = (int)run.state;
			started_before = (int)run.started_ms;
			run_report(&run);
		}
		run_done(&run);
	}
}

static void a_run_that_is_not_yet_running_waits(void **state)
{
	(void)state;
	struct run run = {0};
	assert_int_equal(run_report(&run).state, CONTAINER_WAITING);
	run.state = RUN_LAUNCHING;
	assert_int_equal(run_report(&run).state, CONTAINER_WAITING);
	assert_string_equal(run_report(&run).reason, "ContainerCreating");
}

static void a_long_message_is_cut(void **state)
{
	(void)state;
	char message[5000];
	memset(message, 'm', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	struct run run = {.state = RUN_RUNNING};
	tell(&run, TASK_FAILED, message);
	assert_int_equal(strlen(run.message), 1024);
	run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exits_are_read_out_of_messages),
	    cmocka_unit_test(each_recorded_ending_has_its_words),
	    cmocka_unit_test(a_recorded_life_is_followed),
	    cmocka_unit_test(unreachable_is_not_death),
	    cmocka_unit_test(a_killing_task_still_runs_and_an_unknown_one_is_no_news),
	    cmocka_unit_test(a_run_that_was_forgotten_is_learned_again),
	    cmocka_unit_test(no_sequence_of_states_ever_moves_backwards),
	    cmocka_unit_test(a_run_that_is_not_yet_running_waits),
	    cmocka_unit_test(a_long_message_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
