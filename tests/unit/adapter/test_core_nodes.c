/* Nodes: their names, what they say of their agents, and what people do to them. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"

static struct mesos_offer *offer_of_host(const char *id, const char *agent, const char *hostname)
{
	struct mesos_offer *offer = world_make_offer(id, agent, ROOM, "");
	free(offer->hostname);
	offer->hostname = strdup(hostname);
	return offer;
}

static void offers_as(const char *id, const char *agent, const char *hostname)
{
	struct mesos_offer *offers[] = {offer_of_host(id, agent, hostname)};
	world_event(&w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
}

static void node_is(const char *name, const char *agent, const char *uid, bool ready, bool cordoned)
{
	struct kube_node_seen node = {
	    .name = name,
	    .uid = uid,
	    .agent_id = agent,
	    .ready = ready,
	    .unschedulable = cordoned,
	    .since_ms = WORLD_START_MS - 5000,
	    .capacity = {16000, (int64_t)16384 << 20, -1, -1},
	};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
}

static json_t *status_member(const struct effect *f, const char *list, const char *name)
{
	return js_at(f->body_status, "status", list, name, NULL);
}

static void of_two_agents_with_one_host_name_each_has_a_node_of_its_own(void **state)
{
	(void)state;
	world_begin(&w);
	offers_as("o1", "fw-S1", "Host_A");
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "host-a");
	world_good_day(&w);
	offers_as("o2", "fw-S2", "Host_A");
	const struct effect *second = world_last(&w, EFFECT_UPSERT_NODE);
	assert_string_not_equal(second->node, "host-a");
	assert_memory_equal(second->node, "host-a-", 7);
	assert_string_equal(js_str_at(second->body, "metadata", "annotations", "mesos.apache.org/agent-id", NULL),
			    "fw-S2");
	world_good_day(&w);
	/* In the next life too, whoever comes first. */
	char name[256];
	snprintf(name, sizeof(name), "%s", second->node);
	world_restart(&w);
	node_is(name, "fw-S2", "u2", true, false);
	node_is("host-a", "fw-S1", "u1", true, false);
	world_begin(&w);
	offers_as("o3", "fw-S2", "Host_A");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2); /* it is there already */
	assert_non_null(world_last(&w, EFFECT_DECLINE));
	world_good_day(&w);
	offers_as("o4", "fw-S3", "Host_A");
	assert_string_not_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, name);
	assert_string_not_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "host-a");
}

static void a_machine_that_registers_anew_keeps_its_node(void **state)
{
	(void)state;
	world_begin(&w);
	offers_as("o1", "fw-S1", "host");
	world_good_day(&w);
	world_agent_failed(&w, "fw-S1");
	world_good_day(&w);
	offers_as("o2", "fw-S9", "host");
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "host");
	world_good_day(&w);
	/* The first one comes back after all. */
	offers_as("o3", "fw-S1", "host");
	assert_string_not_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "host");
}

/* Agent fw-S1 is away, and fw-S9 has its node. */
static void registered_anew(void)
{
	world_begin(&w);
	offers_as("o1", "fw-S1", "host");
	world_good_day(&w);
	node_is("host", "fw-S1", "u1", true, false);
	world_agent_failed(&w, "fw-S1");
	world_good_day(&w);
	offers_as("o2", "fw-S9", "host");
	world_good_day(&w);
}

static void a_node_that_names_the_agent_before_again_is_written_anew_by_the_one_that_is_there(void **state)
{
	(void)state;
	registered_anew();
	size_t upserts = world_count(&w, EFFECT_UPSERT_NODE);
	node_is("host", "fw-S1", "u1", false, false);
	world_wait(&w, 30000);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), upserts + 1);
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->agent_id, "fw-S9");
	world_good_day(&w);
	node_is("host", "fw-S9", "u1", true, false);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), upserts + 1);
}

static void a_node_that_was_of_two_agents_one_after_the_other_is_made_again_when_it_is_gone(void **state)
{
	(void)state;
	registered_anew();
	node_is("host", "fw-S9", "u1", true, false);
	size_t upserts = world_count(&w, EFFECT_UPSERT_NODE);
	world_event(&w, &(struct core_event){.type = CORE_NODE_GONE, .uid = "u1"});
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), upserts + 1);
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->agent_id, "fw-S9");
}

static void nothing_is_written_before_the_nodes_are_listed(void **state)
{
	(void)state;
	world_event(&w, &(struct core_event){.type = CORE_PODS_SYNCED});
	world_subscribed(&w, "fw");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_app(&w, "web", "", "");
	world_nothing(&w);
	world_event(&w, &(struct core_event){.type = CORE_NODES_SYNCED});
	assert_non_null(world_last(&w, EFFECT_UPSERT_NODE));
}

static void allocatable_is_what_is_held_and_offered_and_shrinks_when_others_take_it(void **state)
{
	(void)state;
	w.cfg.node_change_ms = 30000;
	world_restart(&w);
	world_begin(&w);
	world_running(&w, "web", "'resources':{'requests':{'cpu':'2'}}", "");
	const struct effect *made = world_last(&w, EFFECT_UPSERT_NODE);
	const char *cpus = json_string_value(status_member(made, "allocatable", "cpu"));
	assert_string_equal(cpus, json_string_value(status_member(made, "capacity", "cpu")));
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 0); /* what the pod holds is still ours */
	/* Somebody else has taken most of the rest. */
	world_offer(&w, "o9", "a1", "cpus:1;mem:64;disk:10", "");
	world_good_day(&w);
	world_wait(&w, 30000);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	assert_non_null(told);
	assert_string_equal(json_string_value(status_member(told, "allocatable", "cpu")), "3011m");
	assert_string_equal(json_string_value(status_member(told, "capacity", "cpu")), cpus);
	world_good_day(&w);
	/* A little more or less is not worth a write; much is, but not at once. */
	world_offer(&w, "o10", "a1", "cpus:1.1;mem:64;disk:10", "");
	world_good_day(&w);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 1);
}

static void the_status_of_a_node_is_told_every_five_minutes(void **state)
{
	(void)state;
	w.cfg.node_beat_ms = 300000;
	world_restart(&w);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	for (int i = 0; i < 10; i++) {
		world_wait(&w, 300000);
		world_good_day(&w);
	}
	assert_in_range(world_count(&w, EFFECT_NODE_STATUS), 9, 11);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	json_t *ready = json_array_get(status_member(told, "conditions", NULL), 4);
	assert_string_equal(js_str(ready, "status"), "True");
	/* One that cannot be told is made anew. */
	world_wait(&w, 300000);
	world_result(&w, world_last(&w, EFFECT_NODE_STATUS), ERR_NOT_FOUND);
	world_skip(&w);
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void a_node_that_somebody_deleted_is_made_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	node_is("a1", "a1", "u1", true, false);
	world_event(&w, &(struct core_event){.type = CORE_NODE_GONE, .uid = "u1"});
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void a_node_that_is_deleted_while_it_is_written_is_made_again_too(void **state)
{
	(void)state;
	w.cfg.node_beat_ms = 300000;
	world_restart(&w);
	world_begin(&w);
	offers_as("o1", "a1", "host");
	world_good_day(&w);
	node_is("host", "a1", "u1", true, false);
	while (!world_next_is(&w, EFFECT_NODE_STATUS)) {
		world_skip(&w);
		world_wait(&w, 1000);
	}
	struct effect *told = world_take(&w, EFFECT_NODE_STATUS);
	world_event(&w, &(struct core_event){.type = CORE_NODE_GONE, .uid = "u1"});
	world_take(&w, EFFECT_LEAVE_LEASE);
	world_result(&w, told, ERR_NONE); /* it was written, and deleted after that */
	struct effect *made = world_take(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(made->node, "host");
	/* It is there before the answer comes, and once is enough. */
	node_is("host", "a1", "u2", true, false);
	world_result(&w, made, ERR_NONE);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void a_cordoned_node_gets_no_new_pod_until_it_is_uncordoned(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	node_is("a1", "a1", "u1", true, true);
	world_app(&w, "web", "", "");
	world_offer(&w, "o2", "a1", ROOM, "");
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_string_equal(world_said(&w, "web", "FailedScheduling"), "0/1 agents fit: 1 cordoned");
	node_is("a1", "a1", "u1", true, false);
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void a_pod_that_is_bound_to_a_cordoned_node_is_launched(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_app(&w, "web", "", "");
	world_offer(&w, "o2", "a1", ROOM, "");
	struct effect *bind = world_last(&w, EFFECT_BIND);
	assert_non_null(bind);
	node_is("a1", "a1", "u1", true, true);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void the_lease_is_renewed_while_node_and_agent_are_there(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RENEW_LEASE), 0); /* whose uid it has, is not known */
	node_is("a1", "a1", "u1", true, false);
	node_is("a1", "a1", "u1", true, false);
	assert_int_equal(world_count(&w, EFFECT_RENEW_LEASE), 1);
	assert_string_equal(world_last(&w, EFFECT_RENEW_LEASE)->uid, "u1");
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_LEAVE_LEASE), 1);
	world_offer(&w, "o2", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RENEW_LEASE), 2);
}

static void of_an_agent_that_is_known_from_its_node_only_the_master_is_asked(void **state)
{
	(void)state;
	node_is("here", "a1", "u1", true, false);
	node_is("gone", "a2", "u2", true, false);
	/* Both leases go on until it is known better. */
	assert_int_equal(world_count(&w, EFFECT_RENEW_LEASE), 2);
	world_begin(&w);
	const struct effect *ask = world_last(&w, EFFECT_RECONCILE);
	assert_non_null(ask);
	world_answer(&w, "agent", "a1", TASK_GONE);
	world_answer(&w, "agent", "a2", TASK_UNKNOWN);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 1);
	assert_string_equal(world_last(&w, EFFECT_MARK_NODE)->node, "gone");
	assert_string_equal(world_last(&w, EFFECT_LEAVE_LEASE)->node, "gone");
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_DELETE_NODE)->node, "gone");
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
}

static void a_ready_node_keeps_the_time_since_when_it_is(void **state)
{
	(void)state;
	w.cfg.node_beat_ms = 300000;
	world_restart(&w);
	node_is("a1", "a1", "u1", true, false);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 600000);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	assert_non_null(told);
	json_t *ready = json_array_get(status_member(told, "conditions", NULL), 4);
	assert_string_equal(js_str(ready, "lastTransitionTime"), "2023-11-14T22:13:15Z");
	assert_string_equal(json_string_value(status_member(told, "capacity", "cpu")), "16");
}

static void maintenance_cordons_the_node_until_offers_name_none_any_more(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	const char *const ids[] = {"i1"}, *const agents[] = {"a1"};
	world_event(&w, &(struct core_event){.type = CORE_INVERSE_OFFERS, .ids = ids, .uids = agents, .n_uids = 1});
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "maintenance");
	assert_non_null(world_said(&w, NULL, "MaintenanceScheduled"));
	world_app(&w, "web", "", "");
	struct mesos_offer *offers[] = {offer_of_host("o2", "a1", "a1")};
	offers[0]->unavailable = true;
	world_event(&w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 1);
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void an_agent_that_is_drained_is_cordoned_until_it_offers_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	struct mesos_task_status s = {.task_id = (char[]){"uid-web.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_KILLED,
				      .reason = (char[]){"REASON_AGENT_DRAINING"},
				      .uuid = "u"};
	world_status(&w, &s);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "draining");
	world_offer(&w, "o9", "a1", ROOM, "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), 2);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void tried(enum err_code code, int http_status)
{
	struct err failure = {.code = code, .http_status = http_status, .text = "words"};
	world_event(&w, &(struct core_event){
			    .type = CORE_AGENT_CHECKED, .text = "a1", .failure = code == ERR_NONE ? NULL : &failure});
}

/* Its node was just written. */
static void one_node(void)
{
	w.cfg.node_change_ms = 30000;
	w.cfg.node_beat_ms = 300000;
	world_restart(&w);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
}

static const json_t *port_condition(const struct effect *f)
{
	return json_array_get(status_member(f, "conditions", NULL), 5);
}

static void that_an_agent_cannot_be_used_is_told_and_that_it_can_again(void **state)
{
	(void)state;
	one_node();
	tried(ERR_AUTH, 0);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	assert_string_equal(js_str(port_condition(told), "status"), "False");
	assert_string_equal(js_str(port_condition(told), "reason"), "TLSFailed");
	assert_string_equal(js_str(port_condition(told), "message"),
			    "logs, exec, attach, run and statistics do not work: words");
	world_good_day(&w);
	tried(ERR_AUTH, 0);
	world_wait(&w, 30000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 1);
	tried(ERR_NONE, 0);
	assert_string_equal(js_str(port_condition(world_last(&w, EFFECT_NODE_STATUS)), "status"), "True");
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 2);
}

static void that_all_is_well_waits_for_the_heartbeat(void **state)
{
	(void)state;
	one_node();
	tried(ERR_NONE, 0);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 0);
	world_wait(&w, 240000);
	assert_string_equal(js_str(port_condition(world_last(&w, EFFECT_NODE_STATUS)), "reason"), "AgentAnswers");
}

static void what_went_wrong_with_an_agent_has_a_name(void **state)
{
	(void)state;
	static const struct {
		enum err_code code;
		int http_status;
		const char *reason;
	} cases[] = {
	    {ERR_IO, 0, "AgentNotReachable"},	   {ERR_TIMEOUT, 0, "AgentNotReachable"},
	    {ERR_AUTH, 401, "CredentialsRefused"}, {ERR_DENIED, 403, "CredentialsRefused"},
	    {ERR_NOT_FOUND, 404, "AgentRefuses"},  {ERR_AUTH, 0, "TLSFailed"},
	};
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (i != 1) {
			tried(cases[i].code, cases[i].http_status);
			world_good_day(&w);
		}
		assert_string_equal(js_str(port_condition(world_last(&w, EFFECT_NODE_STATUS)), "reason"),
				    cases[i].reason);
	}
	tried(ERR_IO, 0);
	world_event(&w, &(struct core_event){.type = CORE_AGENT_CHECKED, .text = "nobody"});
}

static void a_port_that_could_not_be_opened_is_said_of_every_node(void **state)
{
	(void)state;
	w.cfg.kubelet_refused = "listen on 10.0.0.1:10250: address already in use";
	world_restart(&w);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	const json_t *condition = port_condition(world_last(&w, EFFECT_UPSERT_NODE));
	assert_string_equal(js_str(condition, "reason"), "PortNotOpen");
	assert_string_equal(js_str(condition, "message"), "listen on 10.0.0.1:10250: address already in use");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(of_two_agents_with_one_host_name_each_has_a_node_of_its_own),
	    WORLD_TEST(a_machine_that_registers_anew_keeps_its_node),
	    WORLD_TEST(a_node_that_names_the_agent_before_again_is_written_anew_by_the_one_that_is_there),
	    WORLD_TEST(a_node_that_was_of_two_agents_one_after_the_other_is_made_again_when_it_is_gone),
	    WORLD_TEST(nothing_is_written_before_the_nodes_are_listed),
	    WORLD_TEST(allocatable_is_what_is_held_and_offered_and_shrinks_when_others_take_it),
	    WORLD_TEST(the_status_of_a_node_is_told_every_five_minutes),
	    WORLD_TEST(a_node_that_somebody_deleted_is_made_again),
	    WORLD_TEST(a_node_that_is_deleted_while_it_is_written_is_made_again_too),
	    WORLD_TEST(a_cordoned_node_gets_no_new_pod_until_it_is_uncordoned),
	    WORLD_TEST(a_pod_that_is_bound_to_a_cordoned_node_is_launched),
	    WORLD_TEST(the_lease_is_renewed_while_node_and_agent_are_there),
	    WORLD_TEST(of_an_agent_that_is_known_from_its_node_only_the_master_is_asked),
	    WORLD_TEST(maintenance_cordons_the_node_until_offers_name_none_any_more),
	    WORLD_TEST(an_agent_that_is_drained_is_cordoned_until_it_offers_again),
	    WORLD_TEST(a_ready_node_keeps_the_time_since_when_it_is),
	    WORLD_TEST(that_an_agent_cannot_be_used_is_told_and_that_it_can_again),
	    WORLD_TEST(that_all_is_well_waits_for_the_heartbeat),
	    WORLD_TEST(what_went_wrong_with_an_agent_has_a_name),
	    WORLD_TEST(a_port_that_could_not_be_opened_is_said_of_every_node),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
