/* Two adapters in one cluster: each knows its own nodes and pods. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

/* As "mesos", with one label for every node. */
static void begin(void)
{
	static const char *const labels[] = {"type=virtual-kubelet"};
	w.cfg.scheduler = "mesos";
	w.cfg.node_labels = (struct node_labels){labels, 1};
	world_restart(&w);
	world_begin(&w);
}

static void node_is(const char *name, const char *agent, const char *adapter, json_t *labels)
{
	struct kube_node_seen node = {.name = name,
				      .uid = "u1",
				      .agent_id = agent,
				      .adapter = adapter,
				      .labels = labels,
				      .ready = true,
				      .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
}

static const char *mark_of(const json_t *body)
{
	return js_str_at(body, "metadata", "annotations", "mesos.apache.org/adapter", NULL);
}

static void a_node_says_whose_it_is_and_so_does_a_pod(void **state)
{
	(void)state;
	begin();
	world_offer(&w, "o1", "a1", ROOM, "");
	const struct effect *node = world_last(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(mark_of(node->body), "mesos");
	assert_string_equal(mark_of(node->body_patch), "mesos");
	assert_string_equal(js_str_at(node->body, "metadata", "labels", "type", NULL), "virtual-kubelet");
	world_good_day(&w);
	world_app(&w, "own", "", "");
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_string_equal(mark_of(world_last(&w, EFFECT_BIND)->body), "mesos");
	world_app(&w, "set", "", "'nodeName':'a1'");
	assert_string_equal(mark_of(world_last(&w, EFFECT_ADOPT_POD)->body), "mesos");
}

static void pods_on_nodes_of_another_adapter_are_not_ours(void **state)
{
	(void)state;
	begin();
	node_is("a1", "a1", "other", NULL);
	world_app(&w, "web", "", "'nodeName':'a1'");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 0);
	assert_int_equal(core_count(w.core).in_state[POD_FOREIGN], 1);
	assert_false(core_has_node(w.core, "a1"));
	assert_int_equal(core_count(w.core).agents, 0);
}

static void an_agent_that_both_have_gets_a_node_of_each(void **state)
{
	(void)state;
	begin();
	node_is("a1", "a1", "other", NULL);
	world_offer(&w, "o1", "a1", ROOM, "");
	const struct effect *node = world_last(&w, EFFECT_UPSERT_NODE);
	assert_int_equal(strncmp(node->node, "a1-", 3), 0);
	assert_string_equal(js_str_at(node->body, "metadata", "labels", "kubernetes.io/hostname", NULL), "a1");
}

static void who_comes_second_takes_another_name(void **state)
{
	(void)state;
	begin();
	world_offer(&w, "o1", "a1", ROOM, "");
	struct effect *first = world_last(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(first->node, "a1");
	node_is("a1", "a1", "other", NULL);
	world_result(&w, first, ERR_CONFLICT);
	world_wait(&w, 500);
	assert_int_equal(strncmp(world_last(&w, EFFECT_UPSERT_NODE)->node, "a1-", 3), 0);
}

static void a_name_is_free_when_the_other_node_is_gone(void **state)
{
	(void)state;
	begin();
	node_is("a1", "a1", "other", NULL);
	world_event(&w, &(struct core_event){.type = CORE_NODE_GONE, .uid = "u1"});
	world_offer(&w, "o1", "a1", ROOM, "");
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "a1");
}

static void a_node_of_the_release_before_is_taken_for_ours_and_marked(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *labels = json_pack("{s:s}", "type", "virtual-kubelet");
	begin();
	node_is("a1", "a1", NULL, NULL);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 0);
	world_offer(&w, "o1", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
	world_good_day(&w);
	node_is("a1", "a1", "mesos", labels);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
	node_is("a1", "a1", "mesos", NULL); /* the option names another label now */
	world_offer(&w, "o3", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void what_somebody_takes_away_from_a_node_is_put_back_now_and_then_only(void **state)
{
	(void)state;
	w.cfg.node_change_ms = 30000;
	begin();
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	node_is("a1", "a1", "mesos", NULL);
	world_good_day(&w);
	node_is("a1", "a1", "mesos", NULL);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
	world_wait(&w, 30000);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void a_pod_that_another_adapter_launched_is_left_alone_wherever_it_is(void **state)
{
	(void)state;
	begin();
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_app(&w, "web", "", "'nodeName':'a1','schedulingGates':[]");
	size_t adopted = world_count(&w, EFFECT_ADOPT_POD);
	json_object_set_new(
	    js_obj(world_object(&w, "web"), "metadata"), "annotations",
	    json_pack("{s:s, s:s}", "mesos.apache.org/agent-id", "a1", "mesos.apache.org/adapter", "other"));
	world_skip(&w);
	world_show(&w, "web");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), adopted);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_int_equal(core_count(w.core).in_state[POD_FOREIGN], 1);
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	assert_int_equal(core_count(w.core).in_state[POD_FOREIGN], 1);
}

static void a_label_of_every_node_can_be_selected_by(void **state)
{
	(void)state;
	begin();
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_app(&w, "web", "", "'nodeSelector':{'type':'virtual-kubelet'}");
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_node_says_whose_it_is_and_so_does_a_pod),
	    WORLD_TEST(pods_on_nodes_of_another_adapter_are_not_ours),
	    WORLD_TEST(an_agent_that_both_have_gets_a_node_of_each),
	    WORLD_TEST(who_comes_second_takes_another_name),
	    WORLD_TEST(a_name_is_free_when_the_other_node_is_gone),
	    WORLD_TEST(a_node_of_the_release_before_is_taken_for_ours_and_marked),
	    WORLD_TEST(what_somebody_takes_away_from_a_node_is_put_back_now_and_then_only),
	    WORLD_TEST(a_pod_that_another_adapter_launched_is_left_alone_wherever_it_is),
	    WORLD_TEST(a_label_of_every_node_can_be_selected_by),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
