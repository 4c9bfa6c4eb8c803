#include "mesos/recordio.h"
#include "mesos/types.h"
#include "tests/unit/mesos/data.h"

struct totals {
	unsigned events, offers, updates, rescinds, failures, errors;
};

static bool count_event(void *arg, const char *record, size_t n)
{
	struct totals *totals = arg;
	struct mesos_event *event = NULL;
	struct err e = {0};
	if (mesos_event_decode(record, n, &event, &e) != 0) {
		fail_msg("%s: %.*s", e.text, (int)n, record);
	}
	assert_int_not_equal(event->type, MESOS_EVENT_UNKNOWN);
	totals->events++;
	totals->offers += (unsigned)event->n_offers;
	totals->updates += event->type == MESOS_EVENT_UPDATE && event->status;
	totals->rescinds += event->type == MESOS_EVENT_RESCIND && event->text;
	if (event->type == MESOS_EVENT_INVERSE_OFFERS) {
		assert_int_equal(event->n_inverse, 1); /* the recorded ones */
		assert_non_null(strstr(event->inverse_ids[0], "-O12"));
		assert_non_null(strstr(event->inverse_agents[0], "-S0"));
	}
	totals->failures += event->type == MESOS_EVENT_FAILURE && event->agent_id;
	totals->errors += event->type == MESOS_EVENT_ERROR && *event->text;
	mesos_event_free(event);
	return true;
}

static void every_recorded_stream_decodes_whatever_the_split(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct totals want;
	} table[] = {
	    {"01-subscribe-offers-decline/01-subscribe.body", {6, 6, 0, 0, 0, 0}},
	    {"02-launch-command-task/01-subscribe.body", {29, 6, 20, 0, 0, 0}},
	    {"03-launch-group-default-executor/01-subscribe.body", {27, 5, 18, 0, 3, 0}},
	    {"04-kill-policy/01-subscribe.body", {44, 8, 28, 0, 2, 0}},
	    {"05-reconcile/01-subscribe.body", {14, 2, 11, 0, 0, 0}},
	    {"05-reconcile/10-subscribe.body", {8, 2, 3, 0, 0, 0}},
	    {"06-framework-failover/01-subscribe.body", {6, 2, 2, 0, 0, 1}},
	    {"06-framework-failover/22-resubscribe-after-removal.body", {1, 0, 0, 0, 0, 1}},
	    {"08-agent-death-partition/01-subscribe.body", {33, 3, 23, 0, 4, 0}},
	    {"09-rescind/01-subscribe.body", {38, 21, 4, 14, 0, 0}},
	    {"10-suppress-revive/01-subscribe.body", {9, 8, 0, 1, 0, 0}},
	    {"11-health-checks/01-subscribe.body", {64, 6, 55, 0, 1, 0}},
	    {"18-custom-executor/01-subscribe.body", {13, 4, 5, 0, 2, 0}},
	    {"19-master-restart/01-subscribe.body", {9, 5, 4, 0, 0, 0}},
	    {"19-master-restart/23-resubscribe.body", {10, 2, 6, 0, 0, 0}},
	    {"21-linux-isolation/01-subscribe.body", {38, 8, 26, 0, 2, 0}},
	    {"26-pod-sandbox-pause/01-subscribe.body", {18, 4, 12, 0, 0, 0}},
	};
	static const size_t pieces[] = {1, 7, 1000, SIZE_MAX};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) * 4; i++) {
		size_t n, piece = pieces[i % 4];
		CLEANUP_FREE char *bytes = read_data(table[i / 4].name, &n);
		struct totals totals = {0};
		struct recordio r;
		recordio_init(&r, 1 << 20);
		for (size_t at = 0; at < n;) {
			size_t take = n - at < piece ? n - at : piece;
			assert_int_equal(recordio_feed(&r, bytes + at, take, count_event, &totals, NULL), 0);
			at += take;
		}
		assert_int_equal(recordio_end(&r, NULL), 0);
		recordio_done(&r);
		assert_memory_equal(&totals, &table[i / 4].want, sizeof(totals));
	}
}

/* 0, 1 or -1; *ret only for the first two. */
static int decode(const char *json, struct mesos_event **ret, struct err *e)
{
	return mesos_event_decode(json, strlen(json), ret, e);
}

static struct mesos_event *decoded(const char *json)
{
	struct mesos_event *event = NULL;
	struct err e = {0};
	if (decode(json, &event, &e) != 0) {
		fail_msg("%s", e.text);
	}
	return event;
}

static void subscribed_has_its_framework_id_and_heartbeat(void **state)
{
	(void)state;
	struct mesos_event *event =
	    decoded("{\"type\":\"SUBSCRIBED\",\"subscribed\":{\"framework_id\":{\"value\":\"f-1\"},"
		    "\"heartbeat_interval_seconds\":15.0,\"master_info\":{\"id\":\"m\",\"ip\":16777343}}}");
	assert_int_equal(event->type, MESOS_EVENT_SUBSCRIBED);
	assert_string_equal(event->framework_id, "f-1");
	assert_true(event->heartbeat_s > 14.9 && event->heartbeat_s < 15.1);
	mesos_event_free(event);
	event = decoded("{\"type\":\"SUBSCRIBED\",\"subscribed\":{\"framework_id\":{\"value\":\"f-1\"},"
			"\"heartbeat_interval_seconds\":-3}}");
	assert_true(event->heartbeat_s == 0);
	mesos_event_free(event);
}

static void a_bad_offer_costs_only_itself_and_its_id_is_kept(void **state)
{
	(void)state;
	struct mesos_event *event = NULL;
	struct err e = {0};
	int rc = decode("{\"type\":\"OFFERS\",\"offers\":{\"offers\":["
			"{\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"},\"hostname\":\"h1\"},"
			"{\"id\":{\"value\":\"O2\"},\"agent_id\":{\"value\":\"S1\"},\"hostname\":\"h1\",\"resources\":["
			"{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":-1}}]},"
			"{\"agent_id\":{\"value\":\"S1\"},\"hostname\":\"no id\"},"
			"7,"
			"{\"id\":{\"value\":\"O3\"},\"agent_id\":{\"value\":\"S2\"},\"hostname\":\"h2\"}]}}",
			&event, &e);
	assert_int_equal(rc, 1);
	assert_string_equal(e.text, "OFFERS event: offer O2: resource cpus: negative amount -1");
	assert_int_equal(event->n_offers, 2);
	assert_string_equal(event->offers[0]->id, "O1");
	assert_string_equal(event->offers[1]->id, "O3");
	assert_int_equal(event->n_bad_offers, 1);
	assert_string_equal(event->bad_offers[0], "O2");
	mesos_event_free(event);
}

static void an_unknown_type_is_told_by_its_name(void **state)
{
	(void)state;
	struct mesos_event *event = decoded("{\"type\":\"TELEPATHY\",\"telepathy\":{}}");
	assert_int_equal(event->type, MESOS_EVENT_UNKNOWN);
	assert_string_equal(event->text, "TELEPATHY");
	mesos_event_free(event);
}

static void failures_of_agents_and_of_executors_differ(void **state)
{
	(void)state;
	struct mesos_event *event = decoded("{\"type\":\"FAILURE\",\"failure\":{\"agent_id\":{\"value\":\"S1\"},"
					    "\"executor_id\":{\"value\":\"e\"},\"status\":\"0\"}}");
	assert_string_equal(event->agent_id, "S1");
	assert_string_equal(event->executor_id, "e");
	assert_true(event->has_exit_status);
	assert_int_equal(event->exit_status, 0);
	mesos_event_free(event);
	event = decoded("{\"type\":\"FAILURE\",\"failure\":{\"agent_id\":{\"value\":\"S1\"},\"status\":null}}");
	assert_null(event->executor_id);
	assert_false(event->has_exit_status);
	mesos_event_free(event);
}

static void events_that_cannot_be_used_give_one_clear_error(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
		enum err_code code;
	} table[] = {
	    {"", "event: JSON line 1 column 0: '[' or '{' expected near end of file", ERR_INVALID},
	    {"{\"type\":\"HEARTBEAT\"}x", "event: JSON line 1 column 21: end of file expected", ERR_INVALID},
	    {"[]", "event without a type", ERR_INVALID},
	    {"{\"type\":3}", "event without a type", ERR_INVALID},
	    {"{\"type\":\"SUBSCRIBED\"}", "SUBSCRIBED event: no framework id", ERR_INVALID},
	    {"{\"type\":\"RESCIND\",\"rescind\":{}}", "RESCIND event: no offer id", ERR_INVALID},
	    {"{\"type\":\"UPDATE\",\"update\":{}}", "UPDATE event: task status without a task id", ERR_INVALID},
	    {"{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_ODD\"}}}",
	     "UPDATE event: status of task t: unknown state \"TASK_ODD\"", ERR_UNSUPPORTED},
	    {"{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},\"state\":2}}}",
	     "UPDATE event: status of task t: unknown state \"\"", ERR_UNSUPPORTED},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mesos_event *untouched = NULL;
		struct err e = {0};
		assert_int_equal(decode(table[i].json, &untouched, &e), -1);
		if (i > 0) { /* the first sentence is jansson's own */
			assert_string_equal(e.text, table[i].text);
		}
		assert_int_equal(e.code, table[i].code);
		assert_null(untouched);
	}
}

static void what_a_task_says_in_broken_text_does_not_hide_its_end(void **state)
{
	(void)state;
	struct mesos_event *event =
	    decoded("{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},"
		    "\"state\":\"TASK_FAILED\",\"message\":\"a\xff\xc3z \\u0000 \\\\u0000 \xc3\xa9 \xed\xa0\x80\"}}}");
	assert_int_equal(event->status->state, TASK_FAILED);
	assert_string_equal(event->status->message, "a??z ? \\u0000 \xc3\xa9 ???");
	mesos_event_free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_recorded_stream_decodes_whatever_the_split),
	    cmocka_unit_test(subscribed_has_its_framework_id_and_heartbeat),
	    cmocka_unit_test(a_bad_offer_costs_only_itself_and_its_id_is_kept),
	    cmocka_unit_test(an_unknown_type_is_told_by_its_name),
	    cmocka_unit_test(failures_of_agents_and_of_executors_differ),
	    cmocka_unit_test(events_that_cannot_be_used_give_one_clear_error),
	    cmocka_unit_test(what_a_task_says_in_broken_text_does_not_hide_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
