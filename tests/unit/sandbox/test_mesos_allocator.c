/* Who is offered what by the Mesos model. */
#include "tests/sandbox/mesos/resources.h"
#include "tests/unit/sandbox/mesos_client.h"

#define WHOLE "cpus:4;mem:4096;disk:1000;ports:[31000-31999]"

static void decline(struct client *k, const char *offer, const char *filters)
{
	CLEANUP_FREE char *call = xasprintf("{\"offer_ids\":[{\"value\":\"%s\"}]%s}", offer, filters);
	client_call(k, "DECLINE", "decline", call);
}

static void a_declined_offer_returns_after_its_filter_and_at_the_next_allocation_without_one(void **state)
{
	struct rig r;
	struct client k;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	rig_agent(&r, "agent1", WHOLE);
	client_init(&k, &r, "", "");
	CLEANUP_FREE char *first = client_offer(&k, NULL);
	decline(&k, first, "");
	rig_sleep(&r, 4999);
	client_expect_nothing(&k);
	rig_sleep(&r, 1001);
	CLEANUP_FREE char *second = client_offer(&k, NULL);
	decline(&k, second, ",\"filters\":{\"refuse_seconds\":0}");
	client_expect_nothing(&k);
	rig_sleep(&r, 1000);
	CLEANUP_FREE char *third = client_offer(&k, NULL);
	decline(&k, third, ",\"filters\":{\"refuse_seconds\":3600}");
	rig_sleep(&r, 10000);
	client_expect_nothing(&k);
	client_call(&k, "REVIVE", "revive", "{}");
	CLEANUP_FREE char *fourth = client_offer(&k, NULL);
	assert_non_null(fourth);
	client_done(&k);
	rig_done(&r);
}

static void a_filter_lets_more_than_was_refused_through(void **state)
{
	struct rig r;
	struct client k;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	CLEANUP_FREE char *agent = xstrdup(mesos_agent_id(rig_agent(&r, "agent1", WHOLE)));
	client_init(&k, &r, "", "");
	CLEANUP_FREE char *offer = client_offer(&k, NULL);
	CLEANUP_FREE char *task = client_task("t", agent, CLIENT_SLEEP);
	client_launch_group(&k, offer, "pod", task);
	rig_sleep(&r, 1000);
	json_decref(client_expect(&k, "UPDATE"));
	CLEANUP_FREE char *rest = client_offer(&k, NULL);
	decline(&k, rest, ",\"filters\":{\"refuse_seconds\":3600}");
	rig_sleep(&r, 2000);
	client_expect_nothing(&k);
	instant_runner_finish(r.runner, "t", 0, r.now);
	rig_sleep(&r, 8000);
	json_t *update = client_expect(&k, "FAILURE");
	json_decref(update);
	bool offered = false;
	while ((update = client_next(&k)) != NULL) {
		offered = offered || strcmp(js_str(update, "type"), "OFFERS") == 0;
		json_decref(update);
	}
	assert_true(offered);
	client_done(&k);
	rig_done(&r);
}

static void two_frameworks_share_the_agents(void **state)
{
	struct rig r;
	struct client one, two;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	client_init(&one, &r, "\"roles\":[\"a\"]", "MULTI_ROLE");
	client_init(&two, &r, "\"roles\":[\"b\"]", "MULTI_ROLE");
	rig_agent(&r, "agent1", WHOLE);
	rig_agent(&r, "agent2", WHOLE);
	const char *first, *second;
	CLEANUP_FREE char *o1 = client_offer(&one, &first);
	CLEANUP_FREE char *o2 = client_offer(&two, &second);
	assert_string_equal(first, "agent1");
	assert_string_equal(second, "agent2");
	assert_string_not_equal(o1, o2);
	client_done(&one);
	client_done(&two);
	rig_done(&r);
}

static void reserved_resources_go_to_their_role_and_those_below_only(void **state)
{
	struct rig r;
	struct client web, batch;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	rig_agent(&r, "agent1", "cpus:4;mem:4096;cpus(web):2;mem(web):100");
	client_init(&batch, &r, "\"roles\":[\"batch\"]", "MULTI_ROLE");
	json_t *event = client_expect(&batch, "OFFERS");
	assert_true(client_amount(json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0), "cpus") == 4);
	json_decref(event);
	client_init(&web, &r, "\"roles\":[\"web/prod\"]", "MULTI_ROLE RESERVATION_REFINEMENT");
	event = client_expect(&web, "OFFERS");
	const json_t *offer = json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0);
	assert_true(client_amount(offer, "cpus") == 2);
	const json_t *cpus = json_array_get(js_arr(offer, "resources"), 0);
	assert_null(js_str(cpus, "role"));
	assert_string_equal(js_str(json_array_get(js_arr(cpus, "reservations"), 0), "role"), "web");
	assert_string_equal(js_str_at(cpus, "allocation_info", "role", NULL), "web/prod");
	json_decref(event);
	client_done(&web);
	client_done(&batch);
	rig_done(&r);
}

static void agents_with_gpus_are_offered_to_who_asks_for_gpus(void **state)
{
	struct rig r;
	struct client plain, gpu;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	rig_agent(&r, "agent1", "cpus:4;mem:4096;gpus:2");
	client_init(&plain, &r, "", "");
	client_expect_nothing(&plain);
	client_init(&gpu, &r, "", "GPU_RESOURCES");
	CLEANUP_FREE char *offer = client_offer(&gpu, NULL);
	assert_non_null(offer);
	client_done(&plain);
	client_done(&gpu);
	rig_done(&r);
}

static void an_offer_tells_attributes_and_fault_domain(void **state)
{
	struct rig r;
	struct client k;
	struct err e = {0};
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	struct mesos_agent_config config = {
	    .hostname = "far", .port = 7, .resources = WHOLE, .region = "eu", .zone = "eu-1"};
	assert_non_null(mesos_cluster_add_agent(r.c, &config, r.now, &e));
	client_init(&k, &r, "", "");
	json_t *event = client_expect(&k, "OFFERS");
	const json_t *offer = json_array_get(js_arr(js_obj(event, "offers"), "offers"), 0);
	assert_string_equal(js_str_at(offer, "domain", "fault_domain", "region", "name", NULL), "eu");
	assert_string_equal(js_str_at(offer, "domain", "fault_domain", "zone", "name", NULL), "eu-1");
	assert_null(js_obj(offer, "allocation_info"));
	json_decref(event);
	client_done(&k);
	rig_done(&r);
}

static void offers_are_taken_back_after_their_time(void **state)
{
	struct rig r;
	struct client k;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){.offer_timeout_ms = 3000});
	rig_agent(&r, "agent1", WHOLE);
	client_init(&k, &r, "", "");
	CLEANUP_FREE char *offer = client_offer(&k, NULL);
	rig_sleep(&r, 3000);
	json_t *event = client_expect(&k, "RESCIND");
	assert_string_equal(js_str_at(event, "rescind", "offer_id", "value", NULL), offer);
	json_decref(event);
	client_done(&k);
	rig_done(&r);
}

static void a_bad_agent_is_refused_with_its_name(void **state)
{
	static const struct {
		const char *resources, *attributes, *region, *expected;
	} table[] = {
	    {"cpus:x", NULL, NULL, "agent 'bad': resources 'cpus:x': 'x' is no amount"},
	    {"cpus", NULL, NULL, "agent 'bad': resources 'cpus': expected NAME:VALUE at 'cpus'"},
	    {"ports:[5-1]", NULL, NULL, "agent 'bad': resources 'ports:[5-1]': Invalid ranges resource: begin > end"},
	    {"cpus:-1", NULL, NULL, "agent 'bad': resources 'cpus:-1': '-1' is no amount"},
	    {"cpus:1", "rack", NULL, "agent 'bad': attributes 'rack': expected NAME:VALUE at 'rack'"},
	    {"cpus:1", NULL, "eu", "agent 'bad': needs a host name of its own, and region and zone together"},
	};
	struct rig r;
	(void)state;
	rig_init(&r, (struct mesos_cluster_config){0});
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err e = {0};
		struct mesos_agent_config config = {.hostname = "bad",
						    .resources = table[i].resources,
						    .attributes = table[i].attributes,
						    .region = table[i].region};
		assert_null(mesos_cluster_add_agent(r.c, &config, r.now, &e));
		assert_string_equal(e.text, table[i].expected);
	}
	rig_done(&r);
}

struct arithmetic {
	const char *a, *b, *sum, *difference;
	bool contains;
};

static void resources_are_added_subtracted_and_compared_exactly(void **state)
{
	static const struct arithmetic table[] = {
	    {"cpus:0.3", "cpus:0.1", "cpus:0.4", "cpus:0.2", true},
	    {"cpus:1", "cpus:1", "cpus:2", "{}", true},
	    {"cpus:1", "mem:1", "cpus:1; mem:1", "cpus:1", false},
	    {"ports:[1-10]", "ports:[3-4]", "ports:[1-10]", "ports:[1-2, 5-10]", true},
	    {"ports:[1-2,5-6]", "ports:[3-4]", "ports:[1-6]", "ports:[1-2, 5-6]", false},
	    {"ports:[1-2,5-6]", "ports:[1-6]", "ports:[1-6]", "{}", false},
	    {"cpus:2;cpus(web):1", "cpus(web):1", "cpus:2; cpus(reservations: [(STATIC,web)]):2", "cpus:2", true},
	    {"cpus(web):1", "cpus:1", "cpus(reservations: [(STATIC,web)]):1; cpus:1",
	     "cpus(reservations: [(STATIC,web)]):1", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct resources a, b, sum;
		assert_int_equal(resources_parse(table[i].a, &a, NULL), 0);
		assert_int_equal(resources_parse(table[i].b, &b, NULL), 0);
		resources_copy(&sum, &a);
		resources_add(&sum, &b);
		assert_int_equal(resources_contain(&a, &b), table[i].contains);
		resources_subtract(&a, &b);
		CLEANUP_FREE char *sum_text = resources_text(&sum);
		CLEANUP_FREE char *difference = resources_text(&a);
		assert_string_equal(sum_text, table[i].sum);
		assert_string_equal(difference, table[i].difference);
		resources_done(&a);
		resources_done(&b);
		resources_done(&sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_declined_offer_returns_after_its_filter_and_at_the_next_allocation_without_one),
	    cmocka_unit_test(a_filter_lets_more_than_was_refused_through),
	    cmocka_unit_test(two_frameworks_share_the_agents),
	    cmocka_unit_test(reserved_resources_go_to_their_role_and_those_below_only),
	    cmocka_unit_test(agents_with_gpus_are_offered_to_who_asks_for_gpus),
	    cmocka_unit_test(an_offer_tells_attributes_and_fault_domain),
	    cmocka_unit_test(offers_are_taken_back_after_their_time),
	    cmocka_unit_test(a_bad_agent_is_refused_with_its_name),
	    cmocka_unit_test(resources_are_added_subtracted_and_compared_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
