/* Containers beside a task and their output, over an agent's API. */
#include <signal.h>

#include "tests/unit/sandbox/mesos_pod.h"

static void expect(struct rig_answer a, int status, const char *body)
{
	if (a.status != status || strcmp(a.body, body) != 0) {
		fail_msg("%d %s was expected, not %d %s", status, body, a.status, a.body);
	}
	rig_answer_done(&a);
}

static void expect_record(struct sandbox_stream *s, const char *text)
{
	json_t *record = stream_next(s);
	assert_non_null(record);
	CLEANUP_FREE char *own = js_text(record);
	assert_string_equal(own, text);
	json_decref(record);
}

static struct rig_answer wait_for(struct pod *p, const char *id)
{
	return pod_call(p, "WAIT_NESTED_CONTAINER", "wait_nested_container", id, "");
}

static struct rig_answer launch(struct pod *p, const char *id)
{
	return pod_call(
	    p, "LAUNCH_NESTED_CONTAINER", "launch_nested_container", id,
	    ",\"command\":{\"value\":\"x\",\"environment\":{\"variables\":[{\"name\":\"OWN\",\"value\":\"1\"}]}}");
}

static void a_session_tells_what_comes_out_and_waiting_for_it_its_raw_status(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct pod_process *x = pod_beside(&p, "s");
	assert_int_equal(x->io, TASK_IO_PIPES);
	pod_output(&p, x, TASK_STDOUT, "out\n");
	pod_output(&p, x, TASK_STDERR, "err\n");
	expect_record(s, "{\"type\":\"DATA\",\"data\":{\"type\":\"STDOUT\",\"data\":\"b3V0Cg==\"}}");
	expect_record(s, "{\"type\":\"DATA\",\"data\":{\"type\":\"STDERR\",\"data\":\"ZXJyCg==\"}}");
	assert_false(s->ended);
	pod_exit(&p, x, 3 << 8);
	assert_true(s->ended);
	assert_false(s->cut);
	expect(wait_for(&p, "s"), 200,
	       "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"exit_status\":768}}");
	sandbox_stream_unref(s);
	pod_done(&p);
}

static void a_session_sees_directory_and_environment_of_its_task_and_others_their_own(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p,
		 "\"command\":{\"value\":\"x\",\"environment\":{\"variables\":[{\"name\":\"TASK\",\"value\":\"1\"}]}}");
	struct sandbox_stream *s = pod_session(&p, "s", "");
	const struct pod_process *task = pod_process(&p, p.task_id), *session = pod_beside(&p, "s");
	assert_string_equal(session->sandbox, task->sandbox);
	assert_non_null(strstr(session->env, "TASK=1\n"));
	assert_non_null(strstr(session->env, "MESOS_TASK_ID=t\n"));
	expect(launch(&p, "n"), 200, "");
	const struct pod_process *nested = pod_beside(&p, "n");
	CLEANUP_FREE char *below = xasprintf("%s/containers/n", pod_process(&p, p.task_id)->sandbox);
	assert_string_equal(nested->sandbox, below);
	assert_int_equal(nested->io, TASK_IO_FILES);
	assert_null(strstr(nested->env, "TASK=1\n"));
	assert_non_null(strstr(nested->env, "OWN=1\n"));
	pod_leave(s);
	pod_done(&p);
}

static void a_session_dies_with_its_client_and_other_readers_hear_its_end(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct rig_answer a = pod_call(&p, "ATTACH_CONTAINER_OUTPUT", "attach_container_output", "s", "");
	assert_int_equal(a.status, 200);
	struct sandbox_stream *other = sandbox_stream_ref(a.stream);
	rig_answer_done(&a);
	pod_output(&p, pod_beside(&p, "s"), TASK_STDOUT, "out\n");
	pod_leave(s);
	assert_true(pod_beside(&p, "s")->signals & (1U << SIGKILL));
	pod_exit(&p, pod_beside(&p, "s"), SIGKILL);
	expect_record(other, "{\"type\":\"DATA\",\"data\":{\"type\":\"STDOUT\",\"data\":\"b3V0Cg==\"}}");
	assert_true(other->ended);
	sandbox_stream_unref(other);
	expect(wait_for(&p, "s"), 200,
	       "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"exit_status\":9}}");
	pod_done(&p);
}

static void a_reader_that_only_watched_may_leave(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct rig_answer a = pod_call(&p, "ATTACH_CONTAINER_OUTPUT", "attach_container_output", "s", "");
	struct sandbox_stream *other = sandbox_stream_ref(a.stream);
	rig_answer_done(&a);
	pod_leave(other);
	assert_int_equal(pod_beside(&p, "s")->signals, 0);
	pod_leave(s);
	pod_done(&p);
}

static void a_process_waits_for_the_slowest_reader_until_it_is_killed(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	CLEANUP_FREE char *block = xcalloc(1, 65537);
	memset(block, 'x', 65536);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	struct pod_process *x = pod_beside(&p, "s");
	for (int i = 0; i < 8 && !x->paused; i++) {
		pod_output(&p, x, TASK_STDOUT, block);
	}
	assert_true(x->paused);
	assert_true(s->out.len < (size_t)1 << 20);
	buf_consume(&s->out, s->out.len);
	s->taken(s);
	assert_false(x->paused);
	while (!x->paused) {
		pod_output(&p, x, TASK_STDOUT, block);
	}
	expect(pod_call(&p, "KILL_NESTED_CONTAINER", "kill_nested_container", "s", ""), 200, "");
	assert_false(x->paused);
	assert_true(x->signals & (1U << SIGKILL));
	pod_leave(s);
	pod_done(&p);
}

static void an_open_session_gets_a_heartbeat_every_30_seconds(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	rig_sleep(&p.r, 29999);
	assert_int_equal(s->out.len, 0);
	rig_sleep(&p.r, 30001);
	for (int i = 0; i < 2; i++) {
		expect_record(s,
			      "{\"type\":\"CONTROL\",\"control\":{\"type\":\"HEARTBEAT\",\"heartbeat\":{\"interval\":"
			      "{\"nanoseconds\":30000000000}}}}");
	}
	assert_int_equal(s->out.len, 0);
	pod_leave(s);
	pod_done(&p);
}

static void who_waits_before_the_end_hears_of_it(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	expect(launch(&p, "n"), 200, "");
	struct rig_answer a = wait_for(&p, "n"), left = wait_for(&p, "n");
	assert_non_null(a.stream);
	left.stream->closed(left.stream);
	rig_answer_done(&left);
	pod_exit(&p, pod_beside(&p, "n"), 5 << 8);
	assert_true(a.stream->ended);
	assert_string_equal(buf_str(&a.stream->out),
			    "{\"type\":\"WAIT_NESTED_CONTAINER\",\"wait_nested_container\":{\"exit_status\":1280}}");
	rig_answer_done(&a);
	pod_done(&p);
}

static void a_running_container_is_there_and_an_ended_one_can_be_launched_again_or_removed(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	expect(launch(&p, "n"), 200, "");
	expect(launch(&p, "n"), 202, "");
	expect(pod_call(&p, "REMOVE_NESTED_CONTAINER", "remove_nested_container", "n", ""), 500,
	       "Nested container has not terminated yet");
	expect(pod_call(&p, "KILL_NESTED_CONTAINER", "kill_nested_container", "n", ",\"signal\":15"), 200, "");
	assert_int_equal(pod_beside(&p, "n")->signals, 1U << SIGTERM);
	pod_exit(&p, pod_beside(&p, "n"), SIGTERM);
	expect(launch(&p, "n"), 200, "");
	pod_exit(&p, pod_beside(&p, "n"), 0);
	expect(pod_call(&p, "REMOVE_NESTED_CONTAINER", "remove_nested_container", "n", ""), 200, "");
	CLEANUP_FREE char *gone = xasprintf("Container %s.%s.n cannot be found", p.executor_id, p.task_id);
	expect(wait_for(&p, "n"), 404, gone);
	pod_done(&p);
}

static void what_is_unknown_is_refused_in_the_words_of_mesos(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	CLEANUP_FREE char *killed =
	    xasprintf("Container '%s.%s.zz' cannot be found (or is already killed)", p.executor_id, p.task_id);
	expect(pod_call(&p, "KILL_NESTED_CONTAINER", "kill_nested_container", "zz", ""), 404, killed);
	static const struct {
		const char *call;
		int status;
		const char *body;
	} table[] = {
	    {"{\"type\":\"LAUNCH_NESTED_CONTAINER\",\"launch_nested_container\":{\"container_id\":{\"value\":\"x\","
	     "\"parent\":"
	     "{\"value\":\"no-such\"}},\"command\":{\"value\":\"true\"}}}",
	     400, "Parent container no-such does not exist"},
	    {"{\"type\":\"LAUNCH_NESTED_CONTAINER\",\"launch_nested_container\":{\"container_id\":{\"value\":\"x\"}}}",
	     400,
	     "Failed to validate agent::Call: Expecting 'launch_nested_container.container_id.parent' to be present"},
	    {"{\"type\":\"LAUNCH_NESTED_CONTAINER\",\"launch_nested_container\":{\"container_id\":{\"value\":\"a/"
	     "b\",\"parent\":{\"value\":\"y\"}}}}",
	     400,
	     "Failed to validate agent::Call: 'launch_nested_container.container_id' is invalid: 'a/b' contains "
	     "invalid "
	     "characters"},
	    {"{\"type\":\"ATTACH_CONTAINER_OUTPUT\"}", 400,
	     "Failed to validate agent::Call: Expecting 'attach_container_output' to be present"},
	    {"{\"type\":\"LAUNCH_NESTED_CONTAINER_SESSION\"}", 400,
	     "Failed to validate agent::Call: Expecting 'launch_nested_container_session' to be present"},
	    {"{\"type\":\"ATTACH_CONTAINER_OUTPUT\",\"attach_container_output\":{\"container_id\":{\"value\":\"zz\"}}}",
	     404, "Container zz cannot be found"},
	    {"{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":{}}", 415,
	     "Expecting 'Content-Type' to be application/recordio for ATTACH_CONTAINER_INPUT call"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		expect(pod_post(&p, "*/*", table[i].call), table[i].status, table[i].body);
	}
	CLEANUP_FREE char *plain =
	    xasprintf("{\"type\":\"ATTACH_CONTAINER_OUTPUT\",\"attach_container_output\":{\"container_id\":"
		      "{\"value\":\"%s\",\"parent\":{\"value\":\"%s\"}}}}",
		      p.task_id, p.executor_id);
	expect(pod_post(&p, "*/*", plain), 500, "I/O switchboard server was disabled for this container");
	pod_done(&p);
}

static void what_runs_beside_a_task_ends_with_it(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	pod_exit(&p, pod_process(&p, p.task_id), 0);
	assert_true(pod_beside(&p, "s")->signals & (1U << SIGKILL));
	/* Its executor leaves before the process does. */
	rig_sleep(&p.r, 1000);
	assert_false(s->ended);
	pod_exit(&p, pod_beside(&p, "s"), SIGKILL);
	assert_true(s->ended);
	sandbox_stream_unref(s);
	pod_done(&p);
}

static void a_task_on_a_terminal_can_be_attached_to_and_always_fails(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, "\"command\":{\"value\":\"x\"},\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}");
	struct pod_process *x = pod_process(&p, p.task_id);
	assert_int_equal(x->io, TASK_IO_TTY);
	CLEANUP_FREE char *call =
	    xasprintf("{\"type\":\"ATTACH_CONTAINER_OUTPUT\",\"attach_container_output\":{\"container_id\":"
		      "{\"value\":\"%s\",\"parent\":{\"value\":\"%s\"}}}}",
		      p.task_id, p.executor_id);
	struct rig_answer a = pod_post(&p, "application/recordio", call);
	assert_int_equal(a.status, 200);
	pod_exit(&p, x, 0);
	assert_true(a.stream->ended);
	rig_answer_done(&a);
	json_t *status = client_status(&p.k, "t", "TASK_FAILED");
	assert_string_equal(js_str(status, "message"),
			    "Command exited with status 0: 'IOSwitchboard' exited with status 1");
	assert_string_equal(js_str(status, "reason"), "REASON_IO_SWITCHBOARD_EXITED");
	json_decref(status);
	pod_done(&p);
}

static void containers_are_listed_with_what_their_processes_use(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	CLEANUP_FREE char *expected =
	    xasprintf("{\"container_id\":{\"value\":\"s\"},\"container_status\":{\"container_id\":{\"value\":\"s\","
		      "\"parent\":{\"value\":"
		      "\"%s\",\"parent\":{\"value\":\"%s\"}}},\"executor_pid\":102},\"resource_statistics\":{"
		      "\"timestamp\":1795345000.0,"
		      "\"cpus_user_time_secs\":1.5,\"cpus_system_time_secs\":0.25,\"mem_rss_bytes\":4096}}",
		      p.task_id, p.executor_id);
	struct rig_answer a =
	    pod_post(&p, "application/json", "{\"type\":\"GET_CONTAINERS\",\"get_containers\":{\"show_nested\":true}}");
	json_t *answer = js_parse(a.body, strlen(a.body), NULL);
	const json_t *all = js_at(answer, "get_containers", "containers", NULL);
	assert_int_equal(json_array_size(all), 3);
	/* The root has all of it, with the limits of executor and task. */
	const json_t *root = js_obj(json_array_get(all, 0), "resource_statistics");
	assert_int_equal(js_int(root, "mem_rss_bytes", 0), 8192);
	assert_int_equal(js_int(root, "mem_limit_bytes", 0), 64 << 20);
	assert_true(js_num(root, "cpus_user_time_secs", 0) == 3.0);
	const json_t *task = json_array_get(all, 1);
	assert_int_equal(js_int(js_obj(task, "resource_statistics"), "mem_limit_bytes", 0), 32 << 20);
	assert_null(js_obj(task, "framework_id"));
	CLEANUP_FREE char *session = js_text(json_array_get(all, 2));
	assert_string_equal(session, expected);
	json_decref(answer);
	rig_answer_done(&a);
	a = pod_post(&p, "application/json", "{\"type\":\"GET_CONTAINERS\"}");
	assert_null(strstr(a.body, "\"s\""));
	rig_answer_done(&a);
	pod_leave(s);
	pod_done(&p);
}

static void an_agent_without_power_cuts_its_sessions(void **state)
{
	struct pod p;
	(void)state;
	pod_init(&p, NULL);
	struct sandbox_stream *s = pod_session(&p, "s", "");
	mesos_agent_kill(p.agent, p.r.now);
	assert_true(s->cut);
	sandbox_stream_unref(s);
	pod_done(&p);
}

static void a_runner_without_pipes_says_so(void **state)
{
	struct rig r;
	struct client k;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	struct mesos_agent *agent = rig_agent(&r, "agent1", "cpus:4;mem:4096;disk:1000");
	client_init(&k, &r, "\"roles\":[\"web\"]", "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&k, NULL);
	CLEANUP_FREE char *task = client_task("t", mesos_agent_id(agent), CLIENT_SLEEP);
	client_launch_group(&k, offer, "pod", task);
	client_update(&k, "t", "TASK_STARTING", NULL);
	json_t *status = client_status(&k, "t", "TASK_RUNNING");
	CLEANUP_FREE char *parent = js_text(js_at(status, "container_status", "container_id", NULL));
	CLEANUP_FREE char *call =
	    xasprintf("{\"type\":\"LAUNCH_NESTED_CONTAINER_SESSION\",\"launch_nested_container_session\":{"
		      "\"container_id\":{\"value\":\"s\",\"parent\":%s},\"command\":{\"value\":\"x\"}}}",
		      parent);
	const struct sandbox_header headers[] = {{"Content-Type", "application/json"}};
	expect(rig_request(mesos_agent_handle, agent, r.now, "POST", "/api/v1", headers, 1, call, strlen(call)), 500,
	       "Containers run without input and output in this sandbox");
	json_decref(status);
	client_done(&k);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_session_tells_what_comes_out_and_waiting_for_it_its_raw_status),
	    cmocka_unit_test(a_session_sees_directory_and_environment_of_its_task_and_others_their_own),
	    cmocka_unit_test(a_session_dies_with_its_client_and_other_readers_hear_its_end),
	    cmocka_unit_test(a_reader_that_only_watched_may_leave),
	    cmocka_unit_test(a_process_waits_for_the_slowest_reader_until_it_is_killed),
	    cmocka_unit_test(an_open_session_gets_a_heartbeat_every_30_seconds),
	    cmocka_unit_test(who_waits_before_the_end_hears_of_it),
	    cmocka_unit_test(a_running_container_is_there_and_an_ended_one_can_be_launched_again_or_removed),
	    cmocka_unit_test(what_is_unknown_is_refused_in_the_words_of_mesos),
	    cmocka_unit_test(what_runs_beside_a_task_ends_with_it),
	    cmocka_unit_test(a_task_on_a_terminal_can_be_attached_to_and_always_fails),
	    cmocka_unit_test(containers_are_listed_with_what_their_processes_use),
	    cmocka_unit_test(an_agent_without_power_cuts_its_sessions),
	    cmocka_unit_test(a_runner_without_pipes_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
