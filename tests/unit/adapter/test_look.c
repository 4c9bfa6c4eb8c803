/* What the kubelet port is told of pods and containers. */
#include <string.h>

#include "adapter/look.h"
#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

static struct core_look look;
static struct err e;

static int find(const char *pod, const char *uid, const char *container)
{
	e = (struct err){0};
	return core_look(w.core, "default", pod, uid, container, &look, &e);
}

static void a_running_container_is_found_with_its_agent_and_run(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	assert_int_equal(find("web", NULL, "app"), 0);
	assert_string_equal(look.uid, "uid-web");
	assert_string_equal(look.agent_id, "a1");
	assert_non_null(look.present);
	assert_int_equal(look.present->state, RUN_RUNNING);
	assert_non_null(look.inside);
	assert_int_equal(look.inside->state, RUN_RUNNING);
	assert_ptr_not_equal(look.inside, look.present); /* its pause */
	assert_null(look.last);
	assert_int_equal(find("web", "uid-web", NULL), 0);
	assert_string_equal(core_node_of_pod(w.core, "default", "web"), look.node);
	assert_true(core_has_node(w.core, look.node));
}

static void what_is_not_there_is_named_as_a_kubelet_does(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	assert_int_equal(find("nope", NULL, "app"), -1);
	assert_string_equal(e.text, "pod \"nope\" does not exist");
	assert_int_equal(find("web", "another-uid", "app"), -1);
	assert_string_equal(e.text, "pod \"web\" does not exist");
	assert_int_equal(find("web", NULL, "side"), -1);
	assert_string_equal(e.text, "container \"side\" not found in pod \"web\"");
	assert_null(core_node_of_pod(w.core, "default", "nope"));
	assert_null(core_node_of_pod(w.core, "elsewhere", "web"));
	assert_false(core_has_node(w.core, "nowhere"));
}

/* What the status says of it, and what whoever asks for its log is told. */
static void waits_as(const char *pod, const char *reason)
{
	assert_int_equal(find(pod, NULL, "app"), 0);
	assert_string_equal(look.waiting, reason);
	assert_string_equal(js_str_at(world_container(&w, pod, "app"), "state", "waiting", "reason", NULL), reason);
}

static void a_container_waits_for_the_reason_that_its_status_gives(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "lacks", "'envFrom':[{'configMapRef':{'name':'none'}}]", "");
	world_offer(&w, "o0", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	waits_as("lacks", "CreateContainerConfigError");
	world_vanish(&w, "lacks");
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-web.app.1", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	waits_as("web", "CrashLoopBackOff");
}

static void of_two_pods_of_a_name_the_one_that_kubernetes_has_is_meant(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_vanish(&w, "web"); /* by force: its tasks are being killed */
	world_skip(&w);
	world_app(&w, "other", "", "");
	json_t *metadata = js_obj(world_object(&w, "other"), "metadata");
	json_object_set_new(metadata, "uid", json_string("uid-second"));
	json_object_set_new(metadata, "name", json_string("web"));
	world_show(&w, "web");
	assert_int_equal(core_count(w.core).in_state[POD_ORPHANED], 1);
	assert_int_equal(find("web", NULL, NULL), -1); /* it is in the queue */
	assert_int_equal(find("web", "uid-none", NULL), -1);
}

static void a_pod_in_the_queue_is_nobodys(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	assert_int_equal(find("web", NULL, "app"), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static char pods[256];

static void list(void *arg, const struct core_pod_look *pod)
{
	size_t n = strlen(pods);
	(void)arg;
	snprintf(pods + n, sizeof(pods) - n, "%s:", pod->name);
	for (size_t i = 0; i < pod->n_containers; i++) {
		n = strlen(pods);
		snprintf(pods + n, sizeof(pods) - n, "%s ", pod->containers[i].name);
	}
}

static void agents(void *arg, const struct core_agent_look *agent)
{
	(void)arg;
	size_t n = strlen(pods);
	snprintf(pods + n, sizeof(pods) - n, "%s ", agent->agent_id);
}

static void a_node_has_its_pods_with_what_runs(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_app(&w, "later", "", "");
	const char *node = core_find_node(w.core, NULL, &e);
	assert_non_null(node);
	pods[0] = 0;
	core_each_agent_of(w.core, node, agents, NULL);
	assert_string_equal(pods, "a1 ");
	pods[0] = 0;
	core_each_pod(w.core, node, NULL, list, NULL);
	assert_non_null(strstr(pods, "web:app "));
	pods[0] = 0;
	core_each_pod(w.core, "nowhere", NULL, list, NULL);
	core_each_pod(w.core, node, "a9", list, NULL);
	core_each_pod(NULL, node, NULL, list, NULL);
	core_each_agent_of(w.core, "nowhere", agents, NULL);
	assert_string_equal(pods, "");
	assert_null(core_find_node(w.core, "nowhere", &e));
	assert_string_equal(e.text, "node \"nowhere\" does not exist");
}

static void where_an_agent_is_that_has_nothing_to_offer_the_masters_list_tells(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_listed(&w, "a1", "cpus:8;mem:8192;disk:10000", false, false);
	assert_int_equal(find("web", NULL, "app"), 0);
	assert_int_equal(look.agent_port, 0); /* nobody knows how agents are spoken to */
	world_offer(&w, "o2", "a2", "cpus:8;mem:8192;disk:10000", "");
	assert_int_equal(find("web", NULL, "app"), 0);
	assert_string_equal(look.agent_ip, "10.9.9.9");
	assert_int_equal(look.agent_port, 5059);
	assert_false(look.agent_https);
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:10000", "");
	assert_int_equal(find("web", NULL, "app"), 0);
	assert_int_equal(look.agent_port, 5051); /* which knows better */
}

static void a_core_that_is_not_there_knows_nothing(void **state)
{
	(void)state;
	assert_int_equal(core_look(NULL, "default", "web", NULL, NULL, &look, &e), -1);
	assert_null(core_node_of_pod(NULL, "default", "web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_running_container_is_found_with_its_agent_and_run),
	    WORLD_TEST(what_is_not_there_is_named_as_a_kubelet_does),
	    WORLD_TEST(a_container_waits_for_the_reason_that_its_status_gives),
	    WORLD_TEST(of_two_pods_of_a_name_the_one_that_kubernetes_has_is_meant),
	    WORLD_TEST(a_pod_in_the_queue_is_nobodys),
	    WORLD_TEST(a_node_has_its_pods_with_what_runs),
	    WORLD_TEST(where_an_agent_is_that_has_nothing_to_offer_the_masters_list_tells),
	    WORLD_TEST(a_core_that_is_not_there_knows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
