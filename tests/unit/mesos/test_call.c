#include "mesos/call.h"
#include "tests/unit/mesos/data.h"

#define POD_FRAMEWORK "c09d0f89-e33d-42fe-b486-16f2d23e824d-0000"
#define POD_AGENT "c09d0f89-e33d-42fe-b486-16f2d23e824d-S0"

/* Frees the call's text. */
static void assert_call_is(char *text, const char *recorded)
{
	json_t *have CLEANUP_JSON = json_of(text);
	json_t *want CLEANUP_JSON = read_request_body(recorded);
	if (!json_same(have, want)) {
		fail_msg("%s is not %s", text, recorded);
	}
	free(text);
}

static void calls_are_what_a_real_master_accepted(void **state)
{
	(void)state;
	assert_call_is(mesos_call_kill(POD_FRAMEWORK, "u1.app.1", POD_AGENT, 2000), "26-pod-sandbox-pause/15-kill.req");
	assert_call_is(mesos_call_kill(POD_FRAMEWORK, "u1.pause", POD_AGENT, -1), "26-pod-sandbox-pause/17-kill.req");
	assert_call_is(mesos_call_shutdown("9af87a1b-818b-41bf-b294-2e98b263ce10-0001", "pod3",
					   "9af87a1b-818b-41bf-b294-2e98b263ce10-S0"),
		       "03-launch-group-default-executor/23-shutdown.req");
	static const char *const offer[] = {"9af87a1b-818b-41bf-b294-2e98b263ce10-O12"};
	assert_call_is(mesos_call_decline("9af87a1b-818b-41bf-b294-2e98b263ce10-0002", offer, 1, 2),
		       "01-subscribe-offers-decline/02-decline.req");
	static const char framework10[] = "68477208-2670-41f4-9de8-eb830546914a-0011";
	static const char *const web[] = {"web"};
	assert_call_is(mesos_call_revive(framework10, NULL, 0), "10-suppress-revive/04-revive.req");
	assert_call_is(mesos_call_revive(framework10, web, 1), "10-suppress-revive/07-revive-one-role.req");
	assert_call_is(mesos_call_suppress(framework10, NULL, 0), "10-suppress-revive/06-suppress.req");
	assert_call_is(mesos_call_suppress(framework10, web, 1), "10-suppress-revive/09-suppress-one-role.req");
}

static void an_acknowledgement_repeats_the_uuid_as_it_came(void **state)
{
	(void)state;
	json_t *want CLEANUP_JSON = read_request_body("26-pod-sandbox-pause/04-acknowledge.req");
	const json_t *body = js_obj(want, "acknowledge");
	assert_call_is(mesos_call_acknowledge(POD_FRAMEWORK, POD_AGENT, js_str_at(body, "task_id", "value", NULL),
					      js_str(body, "uuid")),
		       "26-pod-sandbox-pause/04-acknowledge.req");
}

static void reconciling_names_tasks_or_asks_for_all(void **state)
{
	(void)state;
	static const char framework[] = "9af87a1b-818b-41bf-b294-2e98b263ce10-0003";
	static const char agent[] = "9af87a1b-818b-41bf-b294-2e98b263ce10-S0";
	const struct mesos_task_ref tasks[] = {{"rec1", agent},
					       {"rec2", NULL},
					       {"ghost-on-known-agent", agent},
					       {"ghost-no-agent", NULL},
					       {"ghost-on-unknown-agent", "deadbeef-S77"}};
	assert_call_is(mesos_call_reconcile(framework, tasks, 5), "05-reconcile/08-reconcile-explicit.req");
	assert_call_is(mesos_call_reconcile(framework, NULL, 0), "05-reconcile/07-reconcile-implicit.req");
}

static void an_accept_carries_its_operations_unchanged(void **state)
{
	(void)state;
	json_t *recorded CLEANUP_JSON = read_request_body("26-pod-sandbox-pause/02-accept.req");
	static const char *const offers[] = {"c09d0f89-e33d-42fe-b486-16f2d23e824d-O0"};
	json_t *operations = json_incref(js_at(recorded, "accept", "operations", NULL));
	char *text = mesos_call_accept(POD_FRAMEWORK, offers, 1, operations, 0);
	assert_non_null(strstr(text, "\"value\":0.001")); /* not 0.001000000000000000021 */
	assert_call_is(text, "26-pod-sandbox-pause/02-accept.req");
	CLEANUP_FREE char *empty = mesos_call_accept(POD_FRAMEWORK, offers, 1, NULL, 0.5);
	json_t *o CLEANUP_JSON = json_of(empty);
	assert_int_equal(json_array_size(js_at(o, "accept", "operations", NULL)), 0);
}

static void a_subscription_has_the_framework_id_in_both_places(void **state)
{
	(void)state;
	static const char *const roles[] = {"*"};
	struct mesos_framework framework = {.id = "9af87a1b-818b-41bf-b294-2e98b263ce10-0005",
					    .name = "failover",
					    .user = "root",
					    .roles = roles,
					    .n_roles = 1,
					    .failover_timeout_s = 20};
	CLEANUP_FREE char *text = mesos_call_subscribe(&framework);
	json_t *have CLEANUP_JSON = json_of(text);
	json_t *want CLEANUP_JSON = read_request_body("06-framework-failover/05-resubscribe.req");
	/* The recorded framework had fewer capabilities. */
	json_object_del(js_at(want, "subscribe", "framework_info", NULL), "capabilities");
	assert_true(json_covers(have, want));
	json_t *capabilities CLEANUP_JSON =
	    json_of("[{\"type\":\"PARTITION_AWARE\"},{\"type\":\"MULTI_ROLE\"},{\"type\":\"RESERVATION_REFINEMENT\"},"
		    "{\"type\":\"TASK_KILLING_STATE\"}]");
	json_t *info = js_at(have, "subscribe", "framework_info", NULL);
	assert_true(json_equal(js_arr(info, "capabilities"), capabilities));
	assert_true(js_bool(info, "checkpoint", false));
	assert_null(json_object_get(info, "principal"));
}

static void a_new_framework_has_no_id_and_says_what_it_was_told(void **state)
{
	(void)state;
	static const char *const roles[] = {"a", "b/c"};
	struct mesos_framework framework = {.name = "n\xff",
					    .user = "u",
					    .principal = "p",
					    .hostname = "h",
					    .webui_url = "http://w",
					    .roles = roles,
					    .n_roles = 2,
					    .failover_timeout_s = 604800.5,
					    .gpus = true};
	CLEANUP_FREE char *text = mesos_call_subscribe(&framework);
	assert_string_equal(
	    text,
	    "{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"user\":\"u\",\"name\":\"n?\",\"principal\":"
	    "\"p\","
	    "\"hostname\":\"h\",\"webui_url\":\"http://w\",\"roles\":[\"a\",\"b/c\"],\"failover_timeout\":604800.5,"
	    "\"checkpoint\":true,\"capabilities\":[{\"type\":\"PARTITION_AWARE\"},{\"type\":\"MULTI_ROLE\"},"
	    "{\"type\":\"RESERVATION_REFINEMENT\"},{\"type\":\"TASK_KILLING_STATE\"},{\"type\":\"GPU_RESOURCES\"}]}}}");
}

static void a_kill_without_an_agent_or_with_an_absurd_grace_is_still_valid(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = mesos_call_kill("f", "t", NULL, INT64_MAX);
	assert_string_equal(text,
			    "{\"type\":\"KILL\",\"framework_id\":{\"value\":\"f\"},\"kill\":{\"task_id\":{\"value\":"
			    "\"t\"},\"kill_policy\":{\"grace_period\":{\"nanoseconds\":9223372036854775807}}}}");
	CLEANUP_FREE char *now = mesos_call_kill("f", "t", NULL, 0);
	assert_non_null(strstr(now, "\"nanoseconds\":0}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_are_what_a_real_master_accepted),
	    cmocka_unit_test(an_acknowledgement_repeats_the_uuid_as_it_came),
	    cmocka_unit_test(reconciling_names_tasks_or_asks_for_all),
	    cmocka_unit_test(an_accept_carries_its_operations_unchanged),
	    cmocka_unit_test(a_subscription_has_the_framework_id_in_both_places),
	    cmocka_unit_test(a_new_framework_has_no_id_and_says_what_it_was_told),
	    cmocka_unit_test(a_kill_without_an_agent_or_with_an_absurd_grace_is_still_valid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
