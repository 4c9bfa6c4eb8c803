/* Offers: who gets them, when they go back, and what is said of pods that get none. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"
#include "translate/ids.h"

#define ROOM "cpus:8;mem:8192;disk:10000;ports:31000-31999"

static void offer(const char *id, const char *agent)
{
	world_offer(&w, id, agent, ROOM, "rack=r1");
}

static void known_agent(const char *agent)
{
	CLEANUP_FREE char *id = xasprintf("first-of-%s", agent);
	offer(id, agent);
	world_good_day(&w);
}

static const char *node_of(const char *name)
{
	return js_str_at(world_object(&w, name), "spec", "nodeName", NULL);
}

static void an_offer_that_nobody_needs_goes_back_at_once_for_long(void **state)
{
	(void)state;
	world_begin(&w);
	offer("o1", "a1");
	world_take(&w, EFFECT_UPSERT_NODE);
	struct effect *decline = world_take(&w, EFFECT_DECLINE);
	assert_true(effect_has_id(decline, "o1"));
	assert_int_equal(decline->refuse_ms, w.cfg.decline_idle_ms);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).offers, 0);
}

static void after_ten_idle_seconds_offers_are_suppressed_once_and_a_need_revives_them_at_once(void **state)
{
	(void)state;
	world_begin(&w);
	known_agent("a1");
	world_wait(&w, 9999);
	world_nothing(&w);
	world_wait(&w, 1);
	world_take(&w, EFFECT_SUPPRESS);
	world_wait(&w, 24 * 3600000L);
	world_nothing(&w);
	world_app(&w, "web", "", "");
	world_take(&w, EFFECT_REVIVE);
	world_nothing(&w);
	offer("o2", "a1");
	world_take(&w, EFFECT_BIND);
}

static void a_pod_that_is_gated_makes_no_need_until_its_gates_are_gone(void **state)
{
	(void)state;
	world_begin(&w);
	known_agent("a1");
	world_app(&w, "web", "", "'schedulingGates':[{'name':'example.com/wait'}]");
	world_nothing(&w);
	offer("o2", "a1");
	world_take(&w, EFFECT_DECLINE);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_null(world_said(&w, "web", "FailedScheduling"));
	json_object_del(js_obj(world_object(&w, "web"), "spec"), "schedulingGates");
	world_show(&w, "web");
	world_take(&w, EFFECT_REVIVE);
	offer("o3", "a1");
	world_take(&w, EFFECT_BIND);
}

static void offers_are_revived_at_most_every_hundred_milliseconds(void **state)
{
	(void)state;
	char name[16], id[16];
	world_begin(&w);
	known_agent("a1");
	int64_t start = w.now;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		snprintf(id, sizeof(id), "q%d", i);
		world_app(&w, name, "", "");
		world_vanish(&w, name);
		offer(id, "a1"); /* declined, so the next pod must ask for it */
		world_good_day(&w);
		world_until(&w, start + (i + 1) * 10L);
	}
	assert_in_range(world_count(&w, EFFECT_REVIVE), 5, 11);
}

static void a_pod_that_fits_nowhere_makes_no_busy_loop(void **state)
{
	(void)state;
	char id[32];
	unsigned n = 0;
	world_begin(&w);
	world_app(&w, "huge", "'resources':{'requests':{'cpu':'1000'}}", "");
	int64_t end = w.now + 3600000;
	size_t seen = 0;
	int64_t next = w.now;
	unsigned steps = w.steps;
	/* A master that offers again when the filter is over, or after a REVIVE. */
	while (w.now < end) {
		world_good_day(&w);
		for (; seen < w.out.n; seen++) {
			if (w.out.items[seen]->type == EFFECT_DECLINE) {
				next = w.now + w.out.items[seen]->refuse_ms;
			} else if (w.out.items[seen]->type == EFFECT_REVIVE) {
				next = w.now;
			}
		}
		if (w.now >= next && core_count(w.core).offers == 0) {
			snprintf(id, sizeof(id), "o%u", n++);
			offer(id, "a1");
		}
		world_wait(&w, 100);
	}
	assert_in_range(world_count(&w, EFFECT_DECLINE), 100, 720);
	assert_true(world_count(&w, EFFECT_REVIVE) <= 2);
	assert_int_equal(world_count(&w, EFFECT_SUPPRESS), 0);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
	assert_true(world_count(&w, EFFECT_PATCH_STATUS) <= 4);
	assert_true(world_times_said(&w, "huge", "FailedScheduling") <= 4);
	assert_true(w.steps - steps < 3000);
	assert_int_equal(core_count(w.core).waiting, 1);
}

static void an_offer_that_does_not_fit_is_held_for_a_second_and_comes_again_soon(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "huge", "'resources':{'requests':{'cpu':'100'}}", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_wait(&w, 999);
	world_nothing(&w);
	world_wait(&w, 1);
	world_good_day(&w);
	struct effect *decline = world_last(&w, EFFECT_DECLINE);
	assert_true(effect_has_id(decline, "o1"));
	assert_int_equal(decline->refuse_ms, w.cfg.decline_busy_ms);
}

static void the_reason_stands_in_an_event_and_in_the_condition_and_names_what_is_missing(void **state)
{
	(void)state;
	world_begin(&w);
	known_agent("a1");
	known_agent("a2");
	known_agent("a3");
	world_offer(&w, "x", "a4", "cpus:2000;mem:8192;disk:1000", "rack=r2");
	world_good_day(&w);
	world_app(&w, "huge", "'resources':{'requests':{'cpu':'1000'}}", "'nodeSelector':{'rack':'r1'}");
	world_good_day(&w);
	assert_null(world_said(&w, "huge", "FailedScheduling")); /* it may yet get an offer */
	world_wait(&w, 1000);
	world_good_day(&w);
	const char *why = "0/4 agents fit: cpus short on 3 (the pod needs 1000.011), "
			  "nodeSelector rack=r1 does not match 1";
	assert_string_equal(world_said(&w, "huge", "FailedScheduling"), why);
	json_t *scheduled = world_condition(&w, "huge", "PodScheduled");
	assert_string_equal(js_str(scheduled, "status"), "False");
	assert_string_equal(js_str(scheduled, "reason"), "Unschedulable");
	assert_string_equal(js_str(scheduled, "message"), why);
	assert_string_equal(world_phase(&w, "huge"), "Pending");
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(world_times_said(&w, "huge", "FailedScheduling"), 1); /* nothing new to say */
}

/* How many of the first pods have said why they wait. */
static size_t explained(size_t pods)
{
	size_t n = 0;
	for (size_t i = 0; i < pods; i++) {
		CLEANUP_FREE char *name = xasprintf("huge-%zu", i);
		n += world_times_said(&w, name, "FailedScheduling");
	}
	return n;
}

static void many_pods(size_t from, size_t to, bool one_kind)
{
	for (size_t i = from; i < to; i++) {
		CLEANUP_FREE char *name = xasprintf("huge-%zu", i);
		CLEANUP_FREE char *container =
		    xasprintf("'resources':{'requests':{'cpu':'%zu'}}", one_kind ? 1000 : 1000 + i);
		world_app(&w, name, container, "");
	}
}

static void pods_of_one_kind_say_at_once_why_they_wait_and_those_of_many_kinds_in_turns(void **state)
{
	(void)state;
	world_begin(&w);
	known_agent("a1");
	many_pods(0, 100, true);
	world_wait(&w, 1000);
	assert_int_equal(explained(100), 100);
	world_good_day(&w);
	many_pods(100, 300, false);
	world_wait(&w, 1000);
	assert_int_equal(explained(300) - 100, 64);
	world_wait(&w, 100);
	assert_int_equal(explained(300) - 100, 128);
	world_wait(&w, 300);
	assert_int_equal(explained(300), 300);
}

static void a_reason_that_changes_is_said_at_most_every_half_minute(void **state)
{
	(void)state;
	char id[16], agent[16];
	world_begin(&w);
	world_app(&w, "huge", "'resources':{'requests':{'cpu':'1000'}}", "");
	int64_t start = w.now;
	for (int i = 0; i < 120; i++) {
		snprintf(id, sizeof(id), "o%d", i);
		snprintf(agent, sizeof(agent), "a%d", i);
		offer(id, agent);
		world_good_day(&w);
		world_until(&w, start + (i + 1) * 1000L);
		world_good_day(&w);
	}
	assert_in_range(world_times_said(&w, "huge", "FailedScheduling"), 3, 5);
}

static void nobody_offering_is_a_reason_too(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	world_wait(&w, 1000);
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "FailedScheduling"),
			    "no Mesos agent has offered anything to our roles");
}

static void a_pod_with_a_field_that_cannot_be_translated_is_refused_by_its_name(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "'stdin':true", "");
	world_good_day(&w);
	offer("o1", "a1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_non_null(strstr(world_said(&w, "web", "Unsupported"), "stdin (not without tty)"));
	json_t *scheduled = world_condition(&w, "web", "PodScheduled");
	assert_string_equal(js_str(scheduled, "status"), "False");
	assert_non_null(strstr(js_str(scheduled, "message"), "stdin (not without tty)"));
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(world_times_said(&w, "web", "Unsupported"), 1);
	world_delete(&w, "web", 0);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

static void pods_on_nodes_of_others_are_never_touched(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "'nodeName':'kubelet-7'");
	offer("o1", "a1");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_delete(&w, "web", 5);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), 0);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_vanish(&w, "web");
	assert_int_equal(core_count(w.core).pods, 0);
}

static void a_pod_that_somebody_else_binds_first_is_left_alone(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	json_object_set_new(js_obj(world_object(&w, "web"), "spec"), "nodeName", json_string("kubelet-7"));
	world_show(&w, "web");
	world_nothing(&w);
	world_result(&w, bind, ERR_CONFLICT);
	assert_true(effect_has_id(world_take(&w, EFFECT_DECLINE), "o1"));
	world_wait(&w, 9000);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).waiting, 0);
}

static void a_binding_that_failed_is_tried_again_after_a_pause(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_result(&w, world_take(&w, EFFECT_BIND), ERR_BUSY);
	world_take(&w, EFFECT_DECLINE);
	world_nothing(&w);
	world_wait(&w, 499);
	world_nothing(&w);
	world_wait(&w, 1);
	world_take(&w, EFFECT_REVIVE); /* what was declined in the meantime may fit */
	world_nothing(&w);
	offer("o2", "a1");
	world_ok(&w, world_take(&w, EFFECT_BIND));
	world_good_day(&w);
	assert_true(effect_has_id(world_last(&w, EFFECT_ACCEPT), "o2"));
}

static void a_binding_that_timed_out_but_worked_is_noticed_and_nothing_is_launched_twice(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "'restartPolicy':'Never'");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_apply(&w, bind);
	world_result(&w, bind, ERR_TIMEOUT);
	world_skip(&w);
	world_show(&w, "web");
	struct effect *ask = world_take(&w, EFFECT_RECONCILE);
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	offer("o2", "a1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void an_answer_to_an_older_binding_is_not_taken_for_the_new_ones(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *first = world_take(&w, EFFECT_BIND);
	world_result(&w, first, ERR_BUSY);
	world_skip(&w);
	world_wait(&w, 500);
	world_skip(&w);
	offer("o2", "a1");
	struct effect *second = world_take(&w, EFFECT_BIND);
	world_result(&w, first, ERR_NONE);
	world_nothing(&w);
	world_ok(&w, second);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void an_offer_rescinded_before_the_binding_is_answered_leaves_a_bound_pod_that_waits(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_rescind(&w, "o1");
	world_rescind(&w, "unknown");
	world_nothing(&w);
	world_ok(&w, bind);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	offer("o2", "a1");
	world_good_day(&w);
	assert_true(effect_has_id(world_last(&w, EFFECT_ACCEPT), "o2"));
	world_rescind(&w, "o2"); /* too late: the master answers with TASK_LOST, if at all */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void one_slow_binding_does_not_hold_back_the_others_of_its_batch(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "quick", "", "");
	world_app(&w, "slow", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *quick = world_take(&w, EFFECT_BIND), *slow = world_take(&w, EFFECT_BIND);
	world_ok(&w, quick);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_int_equal(world_last(&w, EFFECT_ACCEPT)->n_others, 1);
	assert_string_equal(world_last(&w, EFFECT_ACCEPT)->others[0], "uid-quick");
	world_ok(&w, slow);
	world_good_day(&w);
	offer("o2", "a1");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_ACCEPT)->others[0], "uid-slow");
}

static void no_offer_is_asked_for_while_a_batch_waits_for_its_bindings(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_take(&w, EFFECT_BIND);
	unsigned steps = w.steps;
	world_wait(&w, 600000); /* the API server does not answer */
	assert_true(w.steps - steps < 10);
}

static void two_pods_with_one_host_port_go_to_different_agents(void **state)
{
	(void)state;
	const char *ports = "'ports':[{'containerPort':80,'hostPort':31080}]";
	world_begin(&w);
	world_app(&w, "one", ports, "");
	world_app(&w, "two", ports, "");
	world_app(&w, "three", ports, "");
	offer("o1", "a1");
	world_good_day(&w);
	world_offer(&w, "o2", "a2", "cpus:8;mem:8192;disk:1000;ports:31000-31079", ""); /* without it */
	world_good_day(&w);
	world_offer(&w, "o3", "a3", "cpus:8;mem:8192;disk:1000;ports:31080-31080", "");
	world_good_day(&w);
	assert_string_equal(node_of("one"), "a1");
	assert_string_equal(node_of("two"), "a3");
	assert_null(node_of("three"));
	world_wait(&w, 31000);
	world_good_day(&w);
	assert_non_null(strstr(world_said(&w, "three", "FailedScheduling"), "hostPort"));
}

static void the_reason_stays_while_agents_offer_nothing(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "'ports':[{'containerPort':80,'hostPort':31080}]", "");
	for (int i = 0; i < 20; i++) {
		char id[16];
		snprintf(id, sizeof(id), "o%d", i);
		world_offer(&w, id, "a1", "cpus:8;mem:8192;disk:1000;ports:31000-31079", "");
		world_wait(&w, 900 + 7000 * (i % 2)); /* some of the times to speak fall between two offers */
		world_good_day(&w);
	}
	assert_int_equal(world_times_said(&w, "web", "FailedScheduling"), 1);
}

static void a_host_port_is_kept_while_its_pod_has_init_containers(void **state)
{
	(void)state;
	const char *ports = "'ports':[{'containerPort':80,'hostPort':31080}]";
	world_begin(&w);
	world_app(&w, "one", ports, "'initContainers':[{'name':'first','image':'x'}]");
	offer("o1", "a1");
	world_good_day(&w);
	assert_string_equal(node_of("one"), "a1");
	world_app(&w, "two", ports, "");
	offer("o2", "a1");
	world_good_day(&w);
	assert_null(node_of("two"));
	world_vanish(&w, "one");
	world_update(&w, world_task("one", "first", 0), "a1", TASK_KILLED, NULL);
	world_update(&w, world_task("one", TASK_PAUSE_NAME, 0), "a1", TASK_KILLED, NULL);
	offer("o3", "a1");
	world_good_day(&w);
	assert_string_equal(node_of("two"), "a1");
}

static void a_pod_that_fits_nowhere_hides_none_that_asks_for_something_else(void **state)
{
	(void)state;
	static const char *const stuck[] = {"rack", "rack-too", "port", "port-too", "both"};
	static const char *const fit[] = {"own-rack", "own-port", "plain"};
	world_begin(&w);
	known_agent("a1");
	world_app(&w, "both", "'ports':[{'containerPort':80,'hostPort':80}]", "'nodeSelector':{'rack':'r2'}");
	world_app(&w, "rack", "", "'nodeSelector':{'rack':'r2'}");
	world_app(&w, "rack-too", "", "'nodeSelector':{'rack':'r2'}");
	world_app(&w, "port", "'ports':[{'containerPort':80,'hostPort':80}]", "");
	world_app(&w, "port-too", "'ports':[{'containerPort':80,'hostPort':80}]", "");
	world_app(&w, "own-rack", "", "'nodeSelector':{'rack':'r1'}");
	world_app(&w, "own-port", "'ports':[{'containerPort':80,'hostPort':31080}]", "");
	world_app(&w, "plain", "", "");
	offer("o2", "a1");
	world_good_day(&w);
	for (size_t i = 0; i < sizeof(stuck) / sizeof(*stuck); i++) {
		assert_null(node_of(stuck[i]));
	}
	for (size_t i = 0; i < sizeof(fit) / sizeof(*fit); i++) {
		assert_non_null(node_of(fit[i]));
	}
}

static void pods_are_spread_over_agents(void **state)
{
	(void)state;
	world_begin(&w);
	char name[16];
	const char *agents[] = {"a1", "a2", "a3", "a4"};
	for (int i = 0; i < 4; i++) {
		known_agent(agents[i]);
	}
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		world_app(&w, name, "", "");
	}
	struct mesos_offer *offers[4];
	for (int i = 0; i < 4; i++) {
		offers[i] = world_make_offer(agents[i], agents[i], ROOM, "");
	}
	struct core_event event = {.type = CORE_OFFERS, .offers = offers, .n_offers = 4};
	world_event(&w, &event);
	bool used[4] = {0};
	for (size_t i = w.taken; i < w.out.n; i++) {
		if (w.out.items[i]->type == EFFECT_BIND) {
			used[w.out.items[i]->node[1] - '1'] = true;
		}
	}
	assert_true(used[0] && used[1] && used[2] && used[3]);
}

static void a_node_that_could_not_be_made_is_tried_again_and_nothing_is_bound_to_it_before(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	offer("o1", "a1");
	world_result(&w, world_take(&w, EFFECT_UPSERT_NODE), ERR_DENIED);
	world_nothing(&w);
	world_wait(&w, 500);
	world_result(&w, world_take(&w, EFFECT_UPSERT_NODE), ERR_BUSY);
	world_nothing(&w);
	world_wait(&w, 499);
	world_nothing(&w);
	world_wait(&w, 501);
	world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS)); /* why it waits */
	world_take(&w, EFFECT_DECLINE);
	struct effect *node = world_take(&w, EFFECT_UPSERT_NODE);
	offer("o2", "a1");
	world_nothing(&w);
	world_ok(&w, node);
	world_take(&w, EFFECT_BIND);
}

static void a_decline_that_failed_holds_no_offers_back_from_a_need_that_came_meanwhile(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", "cpus:8;mem:8192;disk:1000", "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *decline = world_take(&w, EFFECT_DECLINE);
	assert_int_equal(decline->refuse_ms, w.cfg.decline_idle_ms);
	world_result(&w, decline, ERR_IO);
	world_app(&w, "web", "", "");
	world_ok(&w, world_take(&w, EFFECT_REVIVE));
	world_wait(&w, 500);
	decline = world_take(&w, EFFECT_DECLINE);
	assert_true(effect_has_id(decline, "o1"));
	assert_int_equal(decline->refuse_ms, w.cfg.decline_busy_ms);
}

static void a_decline_that_failed_is_sent_again_and_so_is_a_revive(void **state)
{
	(void)state;
	world_begin(&w);
	offer("o1", "a1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_result(&w, world_take(&w, EFFECT_DECLINE), ERR_BUSY);
	world_nothing(&w);
	world_wait(&w, 500);
	struct effect *again = world_take(&w, EFFECT_DECLINE);
	assert_true(effect_has_id(again, "o1"));
	assert_int_equal(again->refuse_ms, w.cfg.decline_idle_ms);
	world_ok(&w, again);
	world_app(&w, "web", "", "");
	struct effect *revive = world_take(&w, EFFECT_REVIVE);
	world_result(&w, revive, ERR_TIMEOUT);
	world_nothing(&w);
	world_wait(&w, 500);
	world_take(&w, EFFECT_REVIVE);
	world_nothing(&w);
}

static void reserved_resources_alone_cannot_carry_an_executor(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", "");
	struct mesos_offer *offers[] = {world_make_offer("o1", "a1", ROOM, "")};
	for (size_t i = 0; i < offers[0]->resources.n; i++) {
		offers[0]->resources.items[i].reserved = true;
	}
	struct core_event event = {.type = CORE_OFFERS, .offers = offers, .n_offers = 1};
	core_step(w.core, w.now, &event, &w.out);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	offer("o2", "a2");
	world_good_day(&w);
	assert_string_equal(node_of("web"), "a2");
}

static void an_agent_marked_with_a_taint_becomes_a_node_with_its_labels(void **state)
{
	(void)state;
	world_begin(&w);
	offer("o1", "Agent_One.Example");
	struct effect *node = world_take(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(node->node, "agent-one.example");
	assert_string_equal(js_str_at(node->body, "metadata", "labels", "rack", NULL), "r1");
	json_t *taints = js_at(node->body, "spec", "taints", NULL);
	assert_string_equal(js_str(json_array_get(taints, 0), "key"), "mesos.apache.org/agent");
	assert_non_null(node->body_patch);
	assert_non_null(node->body_status);
}

static void every_session_begins_with_all_offers_even_if_a_former_one_refused_them(void **state)
{
	(void)state;
	struct core_event subscribed = {.type = CORE_SUBSCRIBED, .text = "fw"};
	struct effects effects = {0};
	core_step(w.core, w.now, &subscribed, &effects);
	assert_int_equal(effects.items[0]->type, EFFECT_REVIVE);
	effects_done(&effects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(an_offer_that_nobody_needs_goes_back_at_once_for_long),
	    WORLD_TEST(after_ten_idle_seconds_offers_are_suppressed_once_and_a_need_revives_them_at_once),
	    WORLD_TEST(a_pod_that_is_gated_makes_no_need_until_its_gates_are_gone),
	    WORLD_TEST(offers_are_revived_at_most_every_hundred_milliseconds),
	    WORLD_TEST(a_pod_that_fits_nowhere_makes_no_busy_loop),
	    WORLD_TEST(an_offer_that_does_not_fit_is_held_for_a_second_and_comes_again_soon),
	    WORLD_TEST(the_reason_stands_in_an_event_and_in_the_condition_and_names_what_is_missing),
	    WORLD_TEST(pods_of_one_kind_say_at_once_why_they_wait_and_those_of_many_kinds_in_turns),
	    WORLD_TEST(a_reason_that_changes_is_said_at_most_every_half_minute),
	    WORLD_TEST(nobody_offering_is_a_reason_too),
	    WORLD_TEST(a_pod_with_a_field_that_cannot_be_translated_is_refused_by_its_name),
	    WORLD_TEST(pods_on_nodes_of_others_are_never_touched),
	    WORLD_TEST(a_pod_that_somebody_else_binds_first_is_left_alone),
	    WORLD_TEST(a_binding_that_failed_is_tried_again_after_a_pause),
	    WORLD_TEST(a_binding_that_timed_out_but_worked_is_noticed_and_nothing_is_launched_twice),
	    WORLD_TEST(an_answer_to_an_older_binding_is_not_taken_for_the_new_ones),
	    WORLD_TEST(an_offer_rescinded_before_the_binding_is_answered_leaves_a_bound_pod_that_waits),
	    WORLD_TEST(one_slow_binding_does_not_hold_back_the_others_of_its_batch),
	    WORLD_TEST(no_offer_is_asked_for_while_a_batch_waits_for_its_bindings),
	    WORLD_TEST(two_pods_with_one_host_port_go_to_different_agents),
	    WORLD_TEST(the_reason_stays_while_agents_offer_nothing),
	    WORLD_TEST(a_host_port_is_kept_while_its_pod_has_init_containers),
	    WORLD_TEST(a_pod_that_fits_nowhere_hides_none_that_asks_for_something_else),
	    WORLD_TEST(pods_are_spread_over_agents),
	    WORLD_TEST(a_node_that_could_not_be_made_is_tried_again_and_nothing_is_bound_to_it_before),
	    WORLD_TEST(a_decline_that_failed_holds_no_offers_back_from_a_need_that_came_meanwhile),
	    WORLD_TEST(a_decline_that_failed_is_sent_again_and_so_is_a_revive),
	    WORLD_TEST(every_session_begins_with_all_offers_even_if_a_former_one_refused_them),
	    WORLD_TEST(reserved_resources_alone_cannot_carry_an_executor),
	    WORLD_TEST(an_agent_marked_with_a_taint_becomes_a_node_with_its_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
