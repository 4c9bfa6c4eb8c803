/* Pods that others bound to our nodes. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"
#define BOUND "'nodeName':'a1'"
#define AGENTS_MAX 50000 /* CORE_AGENTS_MAX */

static const char *agent_of(const char *name)
{
	return js_str_at(world_object(&w, name), "metadata", "annotations", "mesos.apache.org/agent-id", NULL);
}

static void agent_a1(void)
{
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
}

static void its_agent_is_stored_and_then_it_is_launched_with_that_agents_offer(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "web", "", BOUND);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	const struct effect *adopt = world_last(&w, EFFECT_ADOPT_POD);
	assert_non_null(adopt);
	assert_string_equal(js_str_at(adopt->body, "metadata", "uid", NULL), "uid-web");
	world_good_day(&w);
	assert_string_equal(agent_of("web"), "a1");
	world_offer(&w, "o3", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 1);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void while_it_waits_the_reason_is_said(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "web", "'resources':{'requests':{'cpu':'6'}}", BOUND);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", "cpus:1;mem:8192;disk:10000", "");
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "FailedScheduling"),
			    "waits for more cpus to be offered by Mesos agent a1");
	const char *message =
	    json_string_value(js_at(world_container(&w, "web", "app"), "state", "waiting", "message", NULL));
	assert_string_equal(message, "waits for more cpus to be offered by Mesos agent a1");
}

static void a_pod_on_a_node_that_is_not_ours_is_left_alone_until_it_turns_out_to_be(void **state)
{
	(void)state;
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
	world_app(&w, "web", "", BOUND);
	world_app(&w, "other", "", "'nodeName':'elsewhere'");
	world_nothing(&w);
	struct kube_node_seen node = {
	    .name = "a1", .uid = "u1", .agent_id = "a1", .ready = true, .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_subscribed(&w, "fw");
	world_event(&w, &(struct core_event){.type = CORE_NODES_SYNCED});
	world_good_day(&w);
	assert_string_equal(agent_of("web"), "a1");
	assert_null(agent_of("other"));
	struct core_counts counts = core_count(w.core);
	assert_int_equal(counts.in_state[POD_FOREIGN], 1);
}

static void an_agent_that_could_not_be_stored_is_stored_later_and_nothing_is_launched_before(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "web", "", BOUND);
	world_result(&w, world_last(&w, EFFECT_ADOPT_POD), ERR_CONFLICT);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 1);
	world_wait(&w, 500);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 2);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	world_ok(&w, world_last(&w, EFFECT_ADOPT_POD));
	world_offer(&w, "o3", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void an_agent_that_was_stored_and_that_no_list_shows_is_stored_again(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "web", "", BOUND);
	world_result(&w, world_last(&w, EFFECT_ADOPT_POD), ERR_NONE);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 1);
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 2);
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

/* One of ours and one of another scheduler; the statuses that were written last stand in no line of a watch yet. */
static void two_that_are_not_shown(void)
{
	w.cfg.scheduler = "mesos";
	world_restart(&w);
	agent_a1();
	world_app(&w, "ours", "", BOUND);
	world_app(&w, "theirs", "", BOUND);
	json_object_set_new(js_obj(world_object(&w, "theirs"), "spec"), "schedulerName", json_string("another"));
	world_show(&w, "theirs");
	world_good_day(&w);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_update(&w, "uid-ours.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_NONE);
	world_update(&w, "uid-theirs.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_skip(&w);
	world_result(&w, world_last(&w, EFFECT_PATCH_STATUS), ERR_NONE);
	world_skip(&w);
}

static void a_list_says_nothing_of_pods_that_stand_in_the_other_one(void **state)
{
	(void)state;
	two_that_are_not_shown();
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED, .foreign = true});
	assert_string_equal(world_take(&w, EFFECT_PATCH_STATUS)->name, "theirs");
	world_nothing(&w);
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
	assert_string_equal(world_take(&w, EFFECT_PATCH_STATUS)->name, "ours");
	world_nothing(&w);
}

static void beyond_the_limit_of_agents_a_pod_of_a_further_one_is_reported_and_left_alone(void **state)
{
	(void)state;
	char name[16];
	for (int i = 0; i < AGENTS_MAX; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		struct kube_node_seen node = {
		    .name = name, .uid = name, .agent_id = name, .ready = true, .capacity = {-1, -1, -1, -1}};
		world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	}
	world_app(&w, "web", "", "'nodeName':'further'");
	json_t *marks = json_pack("{s:s}", "mesos.apache.org/agent-id", "further");
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "annotations", marks);
	world_show(&w, "web");
	assert_int_equal(core_count(w.core).agents, AGENTS_MAX);
	assert_int_equal(core_count(w.core).in_state[POD_FOREIGN], 1);
	assert_non_null(world_said(&w, "web", "pod is not looked at: there are too many agents"));
}

static void what_an_earlier_life_stored_is_asked_of_before_anything_is_launched(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "web", "", BOUND ",'restartPolicy':'Never'");
	/* The write of an earlier life comes late. */
	world_apply(&w, world_last(&w, EFFECT_ADOPT_POD));
	world_result(&w, world_last(&w, EFFECT_ADOPT_POD), ERR_CONFLICT);
	world_skip(&w);
	world_show(&w, "web");
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.app.0"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_offer(&w, "o3", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void a_node_selector_and_affinity_are_the_business_of_who_bound_it(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "set", "", BOUND ",'affinity':{'nodeAffinity':{}}");
	world_app(&w, "own", "", "'affinity':{'nodeAffinity':{'a':1}}");
	world_good_day(&w);
	assert_string_equal(agent_of("set"), "a1");
	assert_non_null(world_said(&w, "own", "Unsupported"));
	assert_null(world_said(&w, "set", "Unsupported"));
}

static void one_that_cannot_be_translated_fails_as_a_kubelet_would_refuse_it(void **state)
{
	(void)state;
	agent_a1();
	world_app(&w, "odd", "", BOUND ",'hostPID':true");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "odd"), "Failed");
	world_delete(&w, "odd", 0);
	world_good_day(&w);
	assert_null(world_object(&w, "odd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(its_agent_is_stored_and_then_it_is_launched_with_that_agents_offer),
	    WORLD_TEST(while_it_waits_the_reason_is_said),
	    WORLD_TEST(a_pod_on_a_node_that_is_not_ours_is_left_alone_until_it_turns_out_to_be),
	    WORLD_TEST(an_agent_that_could_not_be_stored_is_stored_later_and_nothing_is_launched_before),
	    WORLD_TEST(a_list_says_nothing_of_pods_that_stand_in_the_other_one),
	    WORLD_TEST(beyond_the_limit_of_agents_a_pod_of_a_further_one_is_reported_and_left_alone),
	    WORLD_TEST(what_an_earlier_life_stored_is_asked_of_before_anything_is_launched),
	    WORLD_TEST(a_node_selector_and_affinity_are_the_business_of_who_bound_it),
	    WORLD_TEST(one_that_cannot_be_translated_fails_as_a_kubelet_would_refuse_it),
	    WORLD_TEST(an_agent_that_was_stored_and_that_no_list_shows_is_stored_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
