/* Agents that an operator of Mesos is about to take away: maintenance and inverse offers, draining, deactivation. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static void unavailable(const char *id, const char *agent)
{
	struct mesos_offer *offers[] = {world_make_offer(id, agent, ROOM, "")};
	offers[0]->unavailable = true;
	world_event(&w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
}

static void asked_back(const char *id, const char *agent)
{
	const char *const ids[] = {id}, *const agents[] = {agent};
	world_event(&w, &(struct core_event){.type = CORE_INVERSE_OFFERS, .ids = ids, .uids = agents, .n_uids = 1});
}

static void ended_by_draining(const char *task_id)
{
	char id[64];
	snprintf(id, sizeof(id), "%s", task_id);
	struct mesos_task_status s = {.task_id = id,
				      .agent_id = (char[]){"a1"},
				      .state = TASK_KILLED,
				      .message = (char[]){"Command terminated with signal Terminated"},
				      .reason = (char[]){"REASON_AGENT_DRAINING"},
				      .uuid = "u"};
	world_status(&w, &s);
}

static const char *ready(const char *member)
{
	const json_t *conditions = js_at(world_last(&w, EFFECT_CORDON_NODE)->body_status, "status", "conditions", NULL);
	return js_str(json_array_get(conditions, json_array_size(conditions) - 1), member);
}

static void inverse_offers_are_declined_while_pods_are_there_and_accepted_when_none_is(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	asked_back("i1", "a1");
	const struct effect *no = world_last(&w, EFFECT_DECLINE_INVERSE);
	assert_string_equal(no->ids[0], "i1");
	assert_int_equal(no->refuse_ms, 60000);
	world_update(&w, "uid-web.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	asked_back("i2", "a1");
	assert_string_equal(world_last(&w, EFFECT_ACCEPT_INVERSE)->ids[0], "i2");
	asked_back("i3", "nobody");
	assert_string_equal(world_last(&w, EFFECT_ACCEPT_INVERSE)->ids[0], "i3");
	assert_int_equal(world_count(&w, EFFECT_DECLINE_INVERSE), 1);
}

static void of_an_agent_with_maintenance_offers_come_every_minute_so_that_its_end_is_seen(void **state)
{
	(void)state;
	world_begin(&w);
	unavailable("o1", "a1");
	world_good_day(&w);
	assert_int_equal(world_last(&w, EFFECT_DECLINE)->refuse_ms, 60000);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_SUPPRESS), 0);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
	world_wait(&w, 20000);
	assert_int_equal(world_count(&w, EFFECT_SUPPRESS), 1);
}

static void what_was_suppressed_is_revived_when_maintenance_is_announced(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_wait(&w, 20000);
	assert_int_equal(world_count(&w, EFFECT_SUPPRESS), 1);
	size_t before = world_count(&w, EFFECT_REVIVE);
	asked_back("i1", "a1");
	assert_int_equal(world_count(&w, EFFECT_REVIVE), before + 1);
}

static void when_mesos_no_longer_speaks_of_it_maintenance_is_over(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	asked_back("i1", "a1");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "maintenance");
	world_wait(&w, 120000);
	asked_back("i2", "a1");
	world_wait(&w, 179000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	world_disconnected(&w);
	world_wait(&w, 600000);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	world_subscribed(&w, "fw");
	world_wait(&w, 179000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	world_wait(&w, 1000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 2);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void the_node_of_an_agent_that_is_drained_is_not_ready_and_is_again_when_it_is_reactivated(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_listed(&w, "a1", ROOM, true, true);
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "draining");
	assert_string_equal(ready("status"), "False");
	assert_string_equal(ready("reason"), "MesosAgentDraining");
	assert_non_null(world_said(&w, NULL, "AgentDraining"));
	world_good_day(&w);
	world_listed(&w, "a1", ROOM, false, false);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
	assert_string_equal(ready("status"), "True");
	assert_non_null(world_said(&w, NULL, "AgentStays"));
}

static void a_deactivated_agent_is_cordoned_and_ready_and_its_pods_go_on(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_listed(&w, "a1", ROOM, true, false);
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "deactivated");
	assert_string_equal(ready("status"), "True");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_app(&w, "wait", "", "'nodeName':'a1'");
	world_good_day(&w);
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_string_equal(world_said(&w, "wait", "FailedScheduling"),
			    "Mesos agent a1 is deactivated: it is offered to nobody");
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void an_older_list_does_not_undo_what_a_task_or_an_offer_says(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	ended_by_draining("uid-web.app.0");
	world_good_day(&w);
	world_listed(&w, "a1", ROOM, false, false); /* asked for before */
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "draining");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	world_app(&w, "large", "'resources':{'requests':{'cpu':'100'}}", "");
	world_offer(&w, "o3", "a1", ROOM, ""); /* held for a second */
	world_listed(&w, "a1", ROOM, true, true);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void a_pod_whose_agent_is_drained_fails_so_that_its_controller_makes_another(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	ended_by_draining("uid-web.app.0");
	ended_by_draining("uid-web._pause.0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	const json_t *object = world_object(&w, "web");
	assert_string_equal(js_str_at(object, "status", "reason", NULL), "Terminated");
	assert_string_equal(js_str(world_condition(&w, "web", "DisruptionTarget"), "reason"), "TerminationByKubelet");
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	assert_int_equal(core_count(w.core).in_state[POD_DONE], 1);
}

static void a_drained_pod_has_failed_when_all_its_containers_have_ended(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web", "'containers':[{'name':'app','image':'i'},{'name':'slow','image':'i'}]");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	ended_by_draining("uid-web.app.0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_null(js_str_at(world_object(&w, "web"), "status", "reason", NULL));
	assert_string_equal(js_str(world_condition(&w, "web", "DisruptionTarget"), "reason"), "TerminationByKubelet");
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, "uid-web.slow.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web.slow.0");
	assert_string_equal(world_phase(&w, "web"), "Running");
	ended_by_draining("uid-web.slow.0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_string_equal(js_str_at(world_object(&w, "web"), "status", "reason", NULL), "Terminated");
}

static void a_pod_between_two_runs_fails_with_its_agent_and_one_that_never_ran_is_rejected(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "crash", "", "");
	world_update(&w, "uid-crash.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_update(&w, "uid-crash._pause.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_app(&w, "set", "'resources':{'requests':{'cpu':'7.9'}}", "'nodeName':'a1'");
	world_good_day(&w);
	world_listed(&w, "a1", ROOM, true, true);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "crash"), "Failed");
	assert_string_equal(js_str_at(world_object(&w, "crash"), "status", "reason", NULL), "Terminated");
	assert_string_equal(js_str_at(world_object(&w, "set"), "status", "reason", NULL), "NodeShutdown");
}

static void what_the_node_says_of_an_earlier_life_holds_until_the_master_says_otherwise(void **state)
{
	(void)state;
	struct kube_node_seen node = {.name = "a1",
				      .uid = "u1",
				      .agent_id = "a1",
				      .not_ready = true,
				      .unschedulable = true,
				      .leaves = "draining",
				      .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_begin(&w);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 0);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 0);
	world_listed(&w, "a1", ROOM, false, false);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void a_node_that_an_earlier_life_cordoned_is_uncordoned_though_its_agent_offered_before_it_was_seen(void **state)
{
	(void)state;
	struct kube_node_seen node = {.name = "a1",
				      .uid = "u1",
				      .agent_id = "a1",
				      .ready = true,
				      .unschedulable = true,
				      .leaves = "maintenance",
				      .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
	world_subscribed(&w, "fw");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_event(&w, &(struct core_event){.type = CORE_NODES_SYNCED});
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(inverse_offers_are_declined_while_pods_are_there_and_accepted_when_none_is),
	    WORLD_TEST(of_an_agent_with_maintenance_offers_come_every_minute_so_that_its_end_is_seen),
	    WORLD_TEST(what_was_suppressed_is_revived_when_maintenance_is_announced),
	    WORLD_TEST(when_mesos_no_longer_speaks_of_it_maintenance_is_over),
	    WORLD_TEST(the_node_of_an_agent_that_is_drained_is_not_ready_and_is_again_when_it_is_reactivated),
	    WORLD_TEST(a_deactivated_agent_is_cordoned_and_ready_and_its_pods_go_on),
	    WORLD_TEST(an_older_list_does_not_undo_what_a_task_or_an_offer_says),
	    WORLD_TEST(a_pod_whose_agent_is_drained_fails_so_that_its_controller_makes_another),
	    WORLD_TEST(a_drained_pod_has_failed_when_all_its_containers_have_ended),
	    WORLD_TEST(a_pod_between_two_runs_fails_with_its_agent_and_one_that_never_ran_is_rejected),
	    WORLD_TEST(a_node_that_an_earlier_life_cordoned_is_uncordoned_though_its_agent_offered_before_it_was_seen),
	    WORLD_TEST(what_the_node_says_of_an_earlier_life_holds_until_the_master_says_otherwise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
