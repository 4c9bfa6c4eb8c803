/* Pods that can never fit their agent, and what the master says of how large agents are. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:2;mem:2048;disk:1000"
#define BOUND "'nodeName':'a1'"
#define CPUS(n) "'resources':{'requests':{'cpu':'" n "'}}"

static void agent_a1(void)
{
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
}

static const char *status_of(const char *name, const char *member)
{
	return js_str_at(world_object(&w, name), "status", member, NULL);
}

static void a_bound_pod_that_is_larger_than_its_agent_fails_in_the_words_of_the_kubelet(void **state)
{
	(void)state;
	agent_a1();
	world_listed(&w, "a1", "cpus:4;mem:4096;disk:1000", false, false);
	world_app(&w, "large", CPUS("5"), BOUND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "large"), "Failed");
	assert_string_equal(status_of("large", "reason"), "OutOfcpu");
	assert_string_equal(status_of("large", "message"), "Pod was rejected: Node didn't have enough resource: cpu, "
							   "requested: 5011, used: 0, capacity: 4000");
	assert_string_equal(world_said(&w, "large", "OutOfcpu"),
			    "Node didn't have enough resource: cpu, requested: 5011, used: 0, capacity: 4000");
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 0);
	world_delete(&w, "large", 0);
	world_good_day(&w);
	assert_null(world_object(&w, "large"));
}

static void each_resource_has_its_reason(void **state)
{
	(void)state;
	static const struct {
		const char *name, *requests, *reason;
	} table[] = {
	    {"mem", "'memory':'5Gi'", "OutOfmemory"},
	    {"disk", "'ephemeral-storage':'2Gi'", "OutOfephemeral-storage"},
	    {"gpu", "'nvidia.com/gpu':'1'", "OutOfnvidia.com/gpu"},
	};
	agent_a1();
	world_listed(&w, "a1", "cpus:4;mem:4096;disk:1000", false, false);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP_FREE char *container =
		    xasprintf("'resources':{'requests':{%s},'limits':{%s}}", table[i].requests, table[i].requests);
		world_app(&w, table[i].name, container, BOUND);
		world_good_day(&w);
		assert_string_equal(status_of(table[i].name, "reason"), table[i].reason);
	}
}

/* Two leaders that do not know of each other, or people, may bind both. */
static void a_bound_pod_whose_host_port_another_pod_has_there_fails_in_the_words_of_the_kubelet(void **state)
{
	(void)state;
	const char *ports = "'ports':[{'containerPort':80,'hostPort':31080}]";
	world_begin(&w);
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000;ports:31000-31080", "");
	world_good_day(&w);
	world_app(&w, "first", ports, BOUND);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", "cpus:8;mem:8192;disk:1000;ports:31000-31080", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_good_day(&w);
	world_app(&w, "second", ports, BOUND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "first"), "Running");
	assert_string_equal(world_phase(&w, "second"), "Failed");
	assert_string_equal(status_of("second", "reason"), "NodePorts");
	assert_string_equal(status_of("second", "message"),
			    "Pod was rejected: Predicate NodePorts failed: node(s) didn't "
			    "have free ports for the requested pod ports");
	world_delete(&w, "first", 5);
	world_good_day(&w);
	world_app(&w, "third", ports, BOUND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "third"), "Pending"); /* the first one is about to go */
}

static void what_others_hold_now_may_be_ours_later_so_the_pod_waits(void **state)
{
	(void)state;
	agent_a1();
	world_listed(&w, "a1", "cpus:4;mem:4096;disk:1000", false, false);
	world_app(&w, "web", CPUS("3"), BOUND);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	world_offer(&w, "o3", "a1", "cpus:4;mem:2048;disk:1000", "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void while_the_size_of_the_agent_is_not_known_the_pod_waits(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "large", CPUS("5"), BOUND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "large"), "Pending");
	world_listed(&w, "a1", "cpus:4;mem:4096;disk:1000", false, false);
	world_good_day(&w);
	assert_string_equal(status_of("large", "reason"), "OutOfcpu");
}

static void a_pod_that_ran_is_not_refused_any_more(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", CPUS("2"), "");
	world_listed(&w, "a1", "cpus:1;mem:4096;disk:1000", false, false);
	for (int i = 0; i < 2; i++) {
		const char *id = i ? "uid-web._pause.0" : world_task("web", "app", 0);
		world_update(&w, id, "a1", TASK_FAILED, "Command exited with status 1");
	}
	assert_int_equal(core_count(w.core).in_state[POD_REFUSED], 0);
	assert_int_equal(core_count(w.core).in_state[POD_BOUND], 1);
}

static void one_pod_more_than_a_node_may_have_fails_and_finished_ones_do_not_count(void **state)
{
	(void)state;
	w.cfg.max_pods = 2;
	world_restart(&w);
	agent_a1();
	world_app(&w, "one", CPUS("0.1"), BOUND);
	world_app(&w, "two", CPUS("0.1"), BOUND ",'restartPolicy':'Never'");
	world_app(&w, "three", CPUS("0.1"), BOUND);
	world_good_day(&w);
	assert_string_equal(status_of("three", "reason"), "OutOfpods");
	assert_string_equal(world_said(&w, "three", "OutOfpods"),
			    "Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2");
	world_app(&w, "own", CPUS("0.1"), "");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_offer(&w, "o3", "a1", ROOM, "");
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_string_equal(world_said(&w, "own", "FailedScheduling"), "0/1 agents fit: too many pods on 1");
	world_update(&w, world_task("two", "app", 0), "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	world_offer(&w, "o4", "a1", ROOM, "");
	world_good_day(&w);
	assert_non_null(world_said(&w, "own", "Scheduled"));
}

static const char *capacity_of_node(const char *name)
{
	const struct effect *f = world_last(&w, EFFECT_NODE_STATUS);
	return js_str_at(f->body_status, "status", "capacity", name, NULL);
}

static void the_capacity_of_a_node_is_its_agent_and_may_shrink(void **state)
{
	(void)state;
	w.cfg.node_change_ms = 30000;
	world_restart(&w);
	agent_a1();
	world_listed(&w, "a1", "cpus:4;mem:4096;disk:1000;widgets:7", false, false);
	world_wait(&w, 30000);
	assert_string_equal(capacity_of_node("cpu"), "4");
	assert_string_equal(capacity_of_node("mesos.apache.org/widgets"), "7");
	assert_string_equal(
	    js_str_at(world_last(&w, EFFECT_NODE_STATUS)->body_status, "status", "allocatable", "cpu", NULL), "2");
	assert_string_equal(js_str_at(world_last(&w, EFFECT_NODE_STATUS)->body_status, "status", "nodeInfo",
				      "containerRuntimeVersion", NULL),
			    "mesos://1.12.0");
	world_good_day(&w);
	world_listed(&w, "a1", "cpus:3;mem:4096;disk:1000", false, false);
	world_wait(&w, 30000);
	assert_string_equal(capacity_of_node("cpu"), "3");
}

static void the_master_is_asked_when_a_session_begins_now_and_then_and_soon_for_a_new_agent(void **state)
{
	(void)state;
	w.cfg.census_every_ms = 60000;
	world_restart(&w);
	world_begin(&w);
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 1);
	world_wait(&w, 59999);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 2);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 9999);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 2);
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 3);
	world_disconnected(&w);
	world_wait(&w, 120000);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 3);
	world_subscribed(&w, "fw");
	world_wait(&w, 1);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 4);
}

static void a_master_that_does_not_tell_us_is_asked_seldom(void **state)
{
	(void)state;
	struct err denied = {.code = ERR_DENIED};
	w.cfg.census_every_ms = 60000;
	world_restart(&w);
	world_begin(&w);
	world_wait(&w, 1);
	world_event(&w, &(struct core_event){.type = CORE_AGENTS_LISTED, .failure = &denied});
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 599000);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 1);
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_ASK_AGENTS), 2);
}

/* The master gives away what a container had before it tells us that it ended. */
static void room_of_a_container_that_is_said_to_live_is_no_new_pods_though_it_is_offered(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", CPUS("1500m"), "");
	world_listed(&w, "a1", "cpus:2;mem:2048;disk:1000", false, false);
	world_app(&w, "new", CPUS("1"), "");
	world_offer(&w, "whole", "a1", "cpus:1.9;mem:2000;disk:999", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	world_app(&w, "small", CPUS("400m"), "");
	world_offer(&w, "again", "a1", "cpus:1.9;mem:2000;disk:999", "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_BIND)->name, "small");
	world_delete(&w, "web", 30); /* whatever it has, it will not run again */
	world_offer(&w, "more", "a1", "cpus:1.4;mem:2000;disk:999", "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_BIND)->name, "new");
}

/* Its init container is over, and what that had is on offer. Should its sandbox be lost, it begins with that again. */
static void room_that_a_pod_needs_when_it_begins_again_is_no_new_pods(void **state)
{
	(void)state;
	agent_a1();
	world_listed(&w, "a1", "cpus:2;mem:2048;disk:1000", false, false);
	world_app(&w, "web", CPUS("0.2"), "'initContainers':[{'name':'prepare','image':'app:1'," CPUS("1.5") "}]");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.prepare.0", "a1", TASK_FINISHED, "");
	world_good_day(&w);
	world_offer(&w, "o3", "a1", "cpus:1.9;mem:1900;disk:900", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_app(&w, "second", CPUS("0.6"), "");
	world_offer(&w, "o4", "a1", "cpus:1.7;mem:1800;disk:900", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	world_app(&w, "third", CPUS("0.4"), "");
	world_offer(&w, "o5", "a1", "cpus:1.7;mem:1800;disk:900", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_bound_pod_that_is_larger_than_its_agent_fails_in_the_words_of_the_kubelet),
	    WORLD_TEST(each_resource_has_its_reason),
	    WORLD_TEST(a_bound_pod_whose_host_port_another_pod_has_there_fails_in_the_words_of_the_kubelet),
	    WORLD_TEST(what_others_hold_now_may_be_ours_later_so_the_pod_waits),
	    WORLD_TEST(while_the_size_of_the_agent_is_not_known_the_pod_waits),
	    WORLD_TEST(a_pod_that_ran_is_not_refused_any_more),
	    WORLD_TEST(one_pod_more_than_a_node_may_have_fails_and_finished_ones_do_not_count),
	    WORLD_TEST(the_capacity_of_a_node_is_its_agent_and_may_shrink),
	    WORLD_TEST(the_master_is_asked_when_a_session_begins_now_and_then_and_soon_for_a_new_agent),
	    WORLD_TEST(a_master_that_does_not_tell_us_is_asked_seldom),
	    WORLD_TEST(room_of_a_container_that_is_said_to_live_is_no_new_pods_though_it_is_offered),
	    WORLD_TEST(room_that_a_pod_needs_when_it_begins_again_is_no_new_pods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
