/* How much the queue of pods costs in one step, and what makes it be tried again. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define LOOKS_MAX 50000 /* PLACE_LOOKS_MAX */
#define AGENTS 200
#define PODS 400
#define ROOM "cpus:8;mem:8192;disk:10000"
#define SMALL "cpus:1;mem:512;disk:1000"

static uint64_t looks(void)
{
	return core_count(w.core).looks;
}

/* Their nodes are there, and they offer all at once. */
static void all_offer(void)
{
	static struct mesos_offer *offers[AGENTS];
	char name[16], id[16];
	for (int i = 0; i < AGENTS; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		snprintf(id, sizeof(id), "o%d", i);
		struct kube_node_seen node = {
		    .name = name, .uid = name, .agent_id = name, .ready = true, .capacity = {-1, -1, -1, -1}};
		world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
		offers[i] = world_make_offer(id, name, ROOM, "");
	}
	world_event(&w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = AGENTS});
}

static void a_long_queue_is_placed_in_many_short_steps_and_in_order(void **state)
{
	(void)state;
	char name[16];
	world_begin(&w);
	for (int i = 0; i < PODS; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		world_app(&w, name, "", "'restartPolicy':'Never'");
	}
	uint64_t before = looks();
	all_offer();
	size_t placed = world_count(&w, EFFECT_BIND);
	assert_in_range(looks() - before, 1, LOOKS_MAX + AGENTS + 1);
	assert_in_range(placed, 1, PODS - 1);
	/* Other events do not wait for it, nor hurry it. */
	before = looks();
	world_event(&w, &(struct core_event){.type = CORE_AGENT_FAILED, .text = "nobody"});
	assert_int_equal(looks(), before);
	world_wait(&w, 100);
	assert_int_equal(world_count(&w, EFFECT_BIND), PODS);
	int next = 0;
	for (size_t i = 0; i < w.out.n; i++) {
		if (w.out.items[i]->type == EFFECT_BIND) {
			snprintf(name, sizeof(name), "p%d", next++);
			assert_string_equal(w.out.items[i]->name, name);
		}
	}
}

/* One that fits nowhere is in the queue, and something small is on offer. */
static void one_is_stuck(void)
{
	world_begin(&w);
	world_offer(&w, "o1", "a1", SMALL, "");
	world_good_day(&w);
	world_app(&w, "big", "'resources':{'requests':{'cpu':'6'}}", "");
	world_good_day(&w);
	world_offer(&w, "o2", "a1", SMALL, "");
	world_skip(&w);
}

static void a_write_that_changes_nothing_of_a_node_does_not_try_the_queue_again(void **state)
{
	(void)state;
	const struct err failure = {.code = ERR_TIMEOUT, .text = "words"};
	w.cfg.kubelet_port = 10250;
	world_restart(&w);
	one_is_stuck();
	world_event(&w, &(struct core_event){.type = CORE_AGENT_CHECKED, .text = "a1", .failure = &failure});
	struct effect *told = world_take(&w, EFFECT_NODE_STATUS);
	uint64_t before = looks();
	world_result(&w, told, ERR_NONE);
	assert_int_equal(looks(), before);
}

static void a_node_that_is_ready_is_tried(void **state)
{
	(void)state;
	one_is_stuck();
	world_offer(&w, "o3", "a2", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

/* Bound to its agent, which offers too little. */
static void who_waits_for_its_agent_is_looked_at_when_something_of_either_changes(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_app(&w, "big", "'resources':{'requests':{'cpu':'6'}}", "'nodeName':'a1'");
	world_good_day(&w);
	world_offer(&w, "o2", "a1", SMALL, "");
	world_skip(&w);
	uint64_t before = looks();
	for (int i = 0; i < 100; i++) {
		world_event(&w, &(struct core_event){.type = CORE_AGENT_FAILED, .text = "nobody"});
	}
	assert_int_equal(looks(), before);
	world_offer(&w, "o3", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_long_queue_is_placed_in_many_short_steps_and_in_order),
	    WORLD_TEST(a_write_that_changes_nothing_of_a_node_does_not_try_the_queue_again),
	    WORLD_TEST(a_node_that_is_ready_is_tried),
	    WORLD_TEST(who_waits_for_its_agent_is_looked_at_when_something_of_either_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
