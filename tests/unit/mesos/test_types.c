#include "mesos/types.h"
#include "tests/unit/mesos/data.h"

static struct mesos_offer *offer_of(const char *json, struct err *e)
{
	json_t *o CLEANUP_JSON = json_of(json);
	return mesos_offer_decode(o, e);
}

static struct mesos_task_status *status_of(const char *json, struct err *e)
{
	json_t *o CLEANUP_JSON = json_of(json);
	return mesos_task_status_decode(o, e);
}

#define OFFER "\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"},\"hostname\":\"agent1\""

static void an_offer_has_all_that_placement_needs(void **state)
{
	(void)state;
	struct err e = {0};
	struct mesos_offer *offer = offer_of(
	    "{" OFFER ",\"framework_id\":{\"value\":\"f\"},\"allocation_info\":{\"role\":\"kubernetes\"},"
	    "\"url\":{\"scheme\":\"http\",\"address\":{\"hostname\":\"agent1\",\"ip\":\"10.0.0.1\",\"port\":5051},"
	    "\"path\":\"/slave(1)\"},"
	    "\"domain\":{\"fault_domain\":{\"region\":{\"name\":\"eu\"},\"zone\":{\"name\":\"eu-1\"}}},"
	    "\"attributes\":[{\"name\":\"rack\",\"type\":\"TEXT\",\"text\":{\"value\":\"r1\"}},"
	    "{\"name\":\"idx\",\"type\":\"SCALAR\",\"scalar\":{\"value\":2.0}},"
	    "{\"name\":\"speed\",\"type\":\"SCALAR\",\"scalar\":{\"value\":0.1}},"
	    "{\"name\":\"lanes\",\"type\":\"RANGES\",\"ranges\":{\"range\":[{\"begin\":1,\"end\":3},"
	    "{\"begin\":\"7\",\"end\":7}]}},"
	    "{\"name\":\"tags\",\"type\":\"SET\",\"set\":{\"item\":[\"a\",\"b\"]}}],"
	    "\"resources\":[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":7.9},"
	    "\"allocation_info\":{\"role\":\"kubernetes\"}}],\"executor_ids\":[{\"value\":\"x\"}],\"future\":1}",
	    &e);
	assert_non_null(offer);
	assert_string_equal(offer->id, "O1");
	assert_string_equal(offer->agent_id, "S1");
	assert_string_equal(offer->hostname, "agent1");
	assert_string_equal(offer->role, "kubernetes");
	assert_string_equal(offer->agent_ip, "10.0.0.1");
	assert_int_equal(offer->agent_port, 5051);
	assert_string_equal(offer->region, "eu");
	assert_string_equal(offer->zone, "eu-1");
	static const char *const attributes[][2] = {
	    {"rack", "r1"}, {"idx", "2"}, {"speed", "0.1"}, {"lanes", "[1-3,7-7]"}, {"tags", "{a,b}"}};
	assert_int_equal(offer->n_attributes, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(offer->attributes[i].name, attributes[i][0]);
		assert_string_equal(offer->attributes[i].text, attributes[i][1]);
	}
	assert_int_equal(mesos_resources_available(&offer->resources, "cpus", "kubernetes"), 7900);
	mesos_offer_free(offer);
}

static void an_offer_without_the_optional_parts_is_still_an_offer(void **state)
{
	(void)state;
	struct mesos_offer *offer = offer_of(
	    "{" OFFER ",\"url\":null,\"domain\":{\"fault_domain\":null},\"attributes\":null,\"resources\":null}", NULL);
	assert_non_null(offer);
	assert_string_equal(offer->role, "*");
	assert_null(offer->agent_ip);
	assert_int_equal(offer->agent_port, 0);
	assert_null(offer->region);
	assert_null(offer->zone);
	assert_int_equal(offer->n_attributes, 0);
	assert_int_equal(offer->resources.n, 0);
	mesos_offer_free(offer);
}

static void a_bad_offer_is_refused_by_its_name(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
	} table[] = {
	    {"{}", "offer without an id"},
	    {"{\"id\":{\"value\":\"\"}}", "offer without an id"},
	    {"{\"id\":{\"value\":\"O1\"},\"hostname\":\"h\"}", "offer O1: no agent id"},
	    {"{\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"}}", "offer O1: no hostname"},
	    {"{" OFFER ",\"attributes\":[{\"type\":\"TEXT\"}]}", "offer O1: attribute without a name"},
	    {"{" OFFER ",\"attributes\":[{\"name\":\"a\",\"type\":\"BLOB\"}]}",
	     "offer O1: attribute a: unknown type \"BLOB\""},
	    {"{" OFFER ",\"attributes\":[{\"name\":\"a\",\"type\":\"TEXT\"}]}",
	     "offer O1: attribute a: text without a value"},
	    {"{" OFFER ",\"attributes\":[{\"name\":\"a\",\"type\":\"RANGES\",\"ranges\":{\"range\":[7]}}]}",
	     "offer O1: attribute a: range 0 without two numbers"},
	    {"{" OFFER ",\"attributes\":[{\"name\":\"a\",\"type\":\"SET\",\"set\":{\"item\":[7]}}]}",
	     "offer O1: attribute a: item 0 of the set is not text"},
	    {"{" OFFER ",\"attributes\":[{\"name\":\"a\",\"type\":\"SCALAR\",\"scalar\":{\"value\":\"nan\"}}]}",
	     "offer O1: attribute a: scalar without a number"},
	    {"{" OFFER ",\"resources\":{}}", "offer O1: resources are not an array"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err e = {0};
		assert_null(offer_of(table[i].json, &e));
		assert_string_equal(e.text, table[i].text);
	}
}

static void more_attributes_than_the_limit_are_refused(void **state)
{
	(void)state;
	json_t *o CLEANUP_JSON = json_of("{" OFFER ",\"attributes\":[]}");
	for (int i = 0; i < MESOS_ATTRIBUTES_MAX + 1; i++) {
		json_array_append_new(js_arr(o, "attributes"),
				      json_of("{\"name\":\"a\",\"type\":\"TEXT\",\"text\":{\"value\":\"x\"}}"));
	}
	struct err e = {0};
	assert_null(mesos_offer_decode(o, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	json_array_remove(js_arr(o, "attributes"), 0);
	struct mesos_offer *offer = mesos_offer_decode(o, &e);
	assert_non_null(offer);
	mesos_offer_free(offer);
}

static void a_status_of_a_pod_task_decodes_whole(void **state)
{
	(void)state;
	struct mesos_task_status *s =
	    status_of("{\"task_id\":{\"value\":\"u1.app.1\"},\"state\":\"TASK_FAILED\",\"source\":\"SOURCE_EXECUTOR\","
		      "\"reason\":\"REASON_COMMAND_EXECUTOR_FAILED\",\"message\":\"Command exited with status 3\","
		      "\"agent_id\":{\"value\":\"S0\"},\"executor_id\":{\"value\":\"pod-1\"},\"healthy\":false,"
		      "\"timestamp\":1795345135.4722996,\"uuid\":\"iGoWHICySGej1JEaidTzWw==\",\"container_status\":{"
		      "\"container_id\":{\"value\":\"c\",\"parent\":{\"value\":\"b\",\"parent\":{\"value\":\"a\"}}},"
		      "\"network_infos\":[{\"ip_addresses\":[]},{\"ip_addresses\":[{\"protocol\":\"IPv4\","
		      "\"ip_address\":\"10.1.2.3\"},{\"ip_address\":\"10.9.9.9\"}]}]}}",
		      NULL);
	assert_non_null(s);
	assert_string_equal(s->task_id, "u1.app.1");
	assert_int_equal(s->state, TASK_FAILED);
	assert_string_equal(s->uuid, "iGoWHICySGej1JEaidTzWw==");
	assert_string_equal(s->agent_id, "S0");
	assert_string_equal(s->executor_id, "pod-1");
	assert_string_equal(s->source, "SOURCE_EXECUTOR");
	assert_string_equal(s->reason, "REASON_COMMAND_EXECUTOR_FAILED");
	assert_string_equal(s->message, "Command exited with status 3");
	assert_string_equal(s->container_id, "a.b.c");
	assert_string_equal(s->ip, "10.1.2.3");
	assert_int_equal(s->timestamp_ms, 1795345135472);
	assert_true(s->has_healthy);
	assert_false(s->healthy);
	mesos_task_status_free(s);
}

static void an_update_of_the_master_has_an_empty_uuid(void **state)
{
	(void)state;
	struct mesos_task_status *s = status_of(
	    "{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_LOST\",\"uuid\":null,\"timestamp\":\"1.5\"}", NULL);
	assert_non_null(s);
	assert_string_equal(s->uuid, "");
	assert_null(s->agent_id);
	assert_null(s->container_id);
	assert_null(s->ip);
	assert_false(s->has_healthy);
	assert_int_equal(s->timestamp_ms, 1500);
	mesos_task_status_free(s);
}

static void the_time_since_when_an_agent_is_unreachable_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		int64_t ms;
	} rows[] = {{"{\"nanoseconds\":1795342796704000000}", 1795342796704},
		    {"{\"nanoseconds\":\"1795342796704000000\"}", 1795342796704},
		    {"{\"nanoseconds\":-1}", 0},
		    {"{}", 0},
		    {"7", 0},
		    {"null", 0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP_FREE char *json =
		    xasprintf("{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_UNREACHABLE\",\"unreachable_time\":%s}",
			      rows[i].json);
		struct mesos_task_status *s = status_of(json, NULL);
		assert_int_equal(s->unreachable_ms, rows[i].ms);
		mesos_task_status_free(s);
	}
}

static void absurd_timestamps_count_as_none(void **state)
{
	(void)state;
	static const char *const stamps[] = {"-1", "1e300", "\"inf\"", "true", "0", "253402300800"};
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		CLEANUP_FREE char *json =
		    xasprintf("{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_RUNNING\",\"timestamp\":%s}", stamps[i]);
		struct mesos_task_status *s = status_of(json, NULL);
		assert_int_equal(s->timestamp_ms, 0);
		mesos_task_status_free(s);
	}
}

static void a_uuid_too_long_is_refused_by_task(void **state)
{
	(void)state;
	struct err e = {0};
	assert_null(status_of("{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_RUNNING\","
			      "\"uuid\":\"01234567890123456789012345678901\"}",
			      &e));
	assert_string_equal(e.text, "status of task t: uuid of 32 characters");
}

static void a_long_message_is_cut_between_characters(void **state)
{
	(void)state;
	char message[MESOS_MESSAGE_MAX + 3];
	memset(message, 'x', sizeof(message));
	memcpy(message + MESOS_MESSAGE_MAX - 1, "\xc3\xa9", 3); /* the character lies across the limit */
	CLEANUP_FREE char *json =
	    xasprintf("{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_FAILED\",\"message\":\"%s\"}", message);
	struct mesos_task_status *s = status_of(json, NULL);
	assert_int_equal(strlen(s->message), MESOS_MESSAGE_MAX - 1);
	mesos_task_status_free(s);
}

static void container_ids_nested_absurdly_deep_count_as_none(void **state)
{
	(void)state;
	json_t *id = json_pack("{s:s}", "value", "x");
	for (int i = 1; i < MESOS_CONTAINER_DEPTH_MAX; i++) {
		id = json_pack("{s:s, s:o}", "value", "x", "parent", id);
	}
	json_t *o CLEANUP_JSON = json_pack("{s:{s:s}, s:s, s:{s:o}}", "task_id", "value", "t", "state", "TASK_RUNNING",
					   "container_status", "container_id", id);
	struct mesos_task_status *s = mesos_task_status_decode(o, NULL);
	assert_int_equal(strlen(s->container_id), 2 * MESOS_CONTAINER_DEPTH_MAX - 1);
	mesos_task_status_free(s);
	json_t *deeper = json_pack("{s:s, s:O}", "value", "x", "parent", id);
	json_object_set_new(js_obj(o, "container_status"), "container_id", deeper);
	s = mesos_task_status_decode(o, NULL);
	assert_null(s->container_id);
	mesos_task_status_free(s);
}

static void states_are_named_both_ways_and_only_ends_are_terminal(void **state)
{
	(void)state;
	static const char *const live[] = {"TASK_STAGING", "TASK_STARTING",    "TASK_RUNNING",
					   "TASK_KILLING", "TASK_UNREACHABLE", "TASK_UNKNOWN"};
	unsigned terminal = 0;
	for (int i = TASK_STAGING; i <= TASK_UNKNOWN; i++) {
		enum mesos_task_state parsed;
		assert_int_equal(mesos_task_state_parse(mesos_task_state_name((enum mesos_task_state)i), &parsed), 0);
		assert_int_equal(parsed, i);
		terminal += mesos_task_state_terminal(parsed);
	}
	assert_int_equal(terminal, 8);
	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		enum mesos_task_state parsed;
		assert_int_equal(mesos_task_state_parse(live[i], &parsed), 0);
		assert_false(mesos_task_state_terminal(parsed));
	}
	enum mesos_task_state untouched = TASK_GONE;
	assert_int_equal(mesos_task_state_parse("RUNNING", &untouched), -1);
	assert_int_equal(mesos_task_state_parse(NULL, &untouched), -1);
	assert_int_equal(untouched, TASK_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_offer_has_all_that_placement_needs),
	    cmocka_unit_test(an_offer_without_the_optional_parts_is_still_an_offer),
	    cmocka_unit_test(a_bad_offer_is_refused_by_its_name),
	    cmocka_unit_test(more_attributes_than_the_limit_are_refused),
	    cmocka_unit_test(a_status_of_a_pod_task_decodes_whole),
	    cmocka_unit_test(an_update_of_the_master_has_an_empty_uuid),
	    cmocka_unit_test(the_time_since_when_an_agent_is_unreachable_is_read),
	    cmocka_unit_test(absurd_timestamps_count_as_none),
	    cmocka_unit_test(a_uuid_too_long_is_refused_by_task),
	    cmocka_unit_test(a_long_message_is_cut_between_characters),
	    cmocka_unit_test(container_ids_nested_absurdly_deep_count_as_none),
	    cmocka_unit_test(states_are_named_both_ways_and_only_ends_are_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
