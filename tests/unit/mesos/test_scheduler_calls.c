/* How calls go to the master, and what becomes of records that cannot be read. */
#include "tests/unit/mesos/scripted_master.h"

static void subscribe_or(struct connection *c, const struct request *r, void (*other)(struct connection *c))
{
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		begin_stream(c, SUBSCRIBED("15.0"));
	} else {
		other(c);
	}
}

static const char *task_of(const struct request *r)
{
	return js_str_at(r->call, "kill", "task_id", "value", NULL);
}

/* Answers late, so that a second call in flight would be seen. */
static struct {
	uv_timer_t timer;
	struct connection *connection;
	unsigned in_flight, answered, of_connection;
	char order[16];
} late;

static void answer_late(uv_timer_t *timer)
{
	(void)timer;
	late.in_flight--;
	late.answered++;
	accept_call(late.connection);
}

static void answers_late(struct story *story, struct connection *c, const struct request *r)
{
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		begin_stream(c, SUBSCRIBED("15.0"));
		assert_int_equal(c->number, 1);
		uv_timer_init(&story->loop, &late.timer);
		return;
	}
	assert_non_null(strstr(r->head, "\r\nMesos-Stream-Id: " STREAM_ID "\r\n"));
	assert_non_null(strstr(r->head, "\r\nContent-Type: application/json\r\n"));
	assert_int_equal(late.in_flight, 0);
	assert_int_equal(c->number, 2);
	late.in_flight++;
	late.order[late.answered] = *task_of(r);
	late.connection = c;
	uv_timer_start(&late.timer, answer_late, 2, 0);
}

static void calls_go_in_order_one_at_a_time_on_one_connection_of_their_own(void **state)
{
	(void)state;
	memset(&late, 0, sizeof(late));
	struct story story;
	story_begin(&story, story_config(), answers_late, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	make_call(&story, "3");
	mesos_scheduler_call(story.scheduler, mesos_call_kill("f-1", "4", NULL, -1), NULL, NULL);
	make_call(&story, "5");
	run_until(&story, "call 5");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: ok\ncall 2: ok\ncall 3: ok\ncall 5: ok\n");
	assert_string_equal(late.order, "12345");
	assert_int_equal(story.masters[0].connections, 2);
	uv_close((uv_handle_t *)&late.timer, NULL);
	story_end(&story);
}

static void refuses_the_second(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	if (strcmp(r->type, "KILL") == 0 && *task_of(r) == '2') {
		answer(c, "400 Bad Request", "Content-Type: text/plain; charset=utf-8\r\n",
		       "Failed to validate scheduler::Call");
	} else {
		subscribe_or(c, r, accept_call);
	}
}

static void a_refused_call_says_why_and_the_next_goes_on(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), refuses_the_second, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	make_call(&story, "3");
	run_until(&story, "call 3");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: ok\ncall 2: invalid\ncall 3: ok\n");
	assert_int_equal(story.last.http_status, 400);
	assert_non_null(strstr(story.last.text, "HTTP 400: Failed to validate scheduler::Call"));
	story_end(&story);
}

static void accepts_with_200(struct connection *c)
{
	answer(c, "200 OK", "", "");
}

static void updates_its_framework(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	subscribe_or(c, r, accepts_with_200);
}

static void status_200_is_as_good_as_202(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), updates_its_framework, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	run_until(&story, "call 1: ok");
	story_end(&story);
}

static void never_answers(struct connection *c)
{
	(void)c;
}

static void is_busy(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	subscribe_or(c, r, never_answers);
}

static void a_call_without_an_answer_times_out_and_the_next_goes_on(void **state)
{
	(void)state;
	struct mesos_scheduler_config config = story_config();
	config.call_timeout_ms = 500;
	struct story story;
	story_begin(&story, config, is_busy, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	run_until(&story, "call 2");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: timeout\ncall 2: timeout\n");
	assert_int_equal(story.masters[0].requests, 3);
	story_end(&story);
}

static void a_call_without_a_session_fails_but_not_at_once(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), is_busy, NULL);
	make_call(&story, "1");
	assert_story(&story, "");
	run_until(&story, "call 1: io");
	assert_string_equal(story.last.text, "not subscribed to a master");
	story_end(&story);
}

static struct connection *stream_of_test;

static void ends_when_called(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		begin_stream(c, SUBSCRIBED("15.0"));
		stream_of_test = c;
	} else {
		end_stream(stream_of_test);
	}
}

static void calls_again_at_its_end(struct story *story, const char *line)
{
	if (strcmp(line, "call 2: io") == 0) {
		make_call(story, "again");
	}
}

static void calls_of_a_session_that_ends_fail_before_its_end_is_told(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), ends_when_called, NULL);
	story.on_line = calls_again_at_its_end;
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	make_call(&story, "3");
	run_until(&story, "call again");
	assert_story(&story,
		     "event SUBSCRIBED f-1\ncall 1: io\ncall 2: io\ncall 3: io\ndisconnected: io\ncall again: io\n");
	story_end(&story);
}

static void ask_agents(struct story *story)
{
	struct err e = {0};
	story->in_function = true;
	assert_int_equal(mesos_scheduler_ask_agents(story->scheduler, &e), 0);
	assert_int_equal(mesos_scheduler_ask_agents(story->scheduler, &e), -1);
	assert_int_equal(e.code, ERR_BUSY);
	story->in_function = false;
}

static void lists_its_agents_once(struct story *story, struct connection *c, const struct request *r)
{
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		begin_stream(c, SUBSCRIBED("15.0"));
		return;
	}
	assert_string_equal(r->type, "GET_AGENTS");
	assert_non_null(strstr(r->head, "POST /api/v1 HTTP/1.1\r\n"));
	if (story->masters[0].requests == 2) {
		answer(c, "200 OK", "", "{\"get_agents\":{\"agents\":[{\"agent_info\":{\"id\":{\"value\":\"S1\"}}}]}}");
	} else if (story->masters[0].requests == 3) {
		answer(c, "200 OK", "", "{\"get_agents\":{\"agents\":[");
	} else {
		answer(c, "403 Forbidden", "", "no");
	}
}

static void the_agents_are_asked_for_beside_the_scheduler_api(void **state)
{
	(void)state;
	struct story story;
	struct err e = {0};
	story_begin(&story, story_config(), lists_its_agents_once, NULL);
	assert_int_equal(mesos_scheduler_ask_agents(story.scheduler, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	ask_agents(&story);
	run_until(&story, "agents: ok 1\n");
	ask_agents(&story);
	run_until(&story, "agents: protocol 0\n");
	assert_non_null(strstr(story.last.text, "/api/v1: the list of agents is not whole"));
	ask_agents(&story);
	run_until(&story, "agents: denied 0\n");
	assert_non_null(strstr(story.last.text, "/api/v1: HTTP 403: no"));
	ask_agents(&story); /* and nobody waits for the answer */
	story_end(&story);
}

static void more_calls_than_the_limit_are_refused(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), is_busy, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	for (int i = 0; i < MESOS_CALLS_QUEUED_MAX; i++) {
		mesos_scheduler_call(story.scheduler, xstrdup("{}"), NULL, NULL);
	}
	make_call(&story, "1");
	run_until(&story, "call 1");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: limit\n");
	story_end(&story);
}

static void freeing_tells_what_was_waiting(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), is_busy, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	mesos_scheduler_free(story.scheduler);
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: io\ncall 2: io\n");
	story.scheduler = NULL;
	story_end(&story);
}

static void free_at_the_line(struct story *story, const char *line)
{
	if (strcmp(line, story->until) == 0) {
		mesos_scheduler_free(story->scheduler);
	}
}

static void sends_a_bad_record_and_an_offer(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	if (strcmp(r->type, "SUBSCRIBE") != 0) {
		accept_call(c);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_record(c, "{\"type\":");
	send_record(
	    c,
	    "{\"type\":\"OFFERS\",\"offers\":{\"offers\":[{\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"},"
	    "\"hostname\":\"h\"}]}}");
	end_stream(c);
}

static void freeing_within_any_callback_is_the_last_word(void **state)
{
	(void)state;
	static const char *const lines[] = {"event SUBSCRIBED f-1", "trouble: invalid", "event OFFERS O1",
					    "disconnected: io"};
	CLEANUP_FREE char *want = xstrdup("");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct story story;
		story_begin(&story, story_config(), sends_a_bad_record_and_an_offer, NULL);
		story.on_line = free_at_the_line;
		start(&story, NULL);
		run_until(&story, lines[i]);
		char *longer = xasprintf("%s%s\n", want, lines[i]);
		free(want);
		want = longer;
		for (int turn = 0; turn < 20; turn++) {
			uv_run(&story.loop, UV_RUN_NOWAIT);
		}
		assert_story(&story, want);
		story.scheduler = NULL;
		story_end(&story);
	}
}

static void freeing_within_the_end_of_a_call_tells_the_others(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), ends_when_called, NULL);
	story.on_line = free_at_the_line;
	start(&story, NULL);
	run_until(&story, "event SUBSCRIBED f-1\n");
	make_call(&story, "1");
	make_call(&story, "2");
	make_call(&story, "3");
	run_until(&story, "call 2: io");
	run_until(&story, "call 3: io");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: io\ncall 2: io\ncall 3: io\n");
	story.scheduler = NULL;
	story_end(&story);
}

static char *declined;

static void offers_something_bad(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	if (strcmp(r->type, "SUBSCRIBE") != 0) {
		declined = xstrdup(r->body);
		accept_call(c);
		send_record(stream_of_test, "{\"type\":\"RESCIND\",\"rescind\":{\"offer_id\":{\"value\":\"O2\"}}}");
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	stream_of_test = c;
	send_record(c, "{\"type\":\"TELEPATHY\"}");
	send_record(
	    c, "{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},\"state\":\"TASK_ODD\"}}}");
	send_record(c, "{\"type\":\"OFFERS\",\"offers\":{\"offers\":["
		       "{\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"}},"
		       "{\"id\":{\"value\":\"O2\"},\"agent_id\":{\"value\":\"S1\"},\"hostname\":\"h\"}]}}");
}

static void what_cannot_be_read_is_told_and_bad_offers_go_back(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), offers_something_bad, NULL);
	start(&story, NULL);
	run_until(&story, "RESCIND");
	assert_story(&story, "event SUBSCRIBED f-1\nevent UNKNOWN TELEPATHY\ntrouble: unsupported\ntrouble: invalid\n"
			     "event OFFERS O2\nevent RESCIND O2\n");
	assert_non_null(strstr(story.last.text, "OFFERS event: offer O1: no hostname"));
	assert_string_equal(declined,
			    "{\"type\":\"DECLINE\",\"framework_id\":{\"value\":\"f-1\"},\"decline\":{\"offer_ids\":["
			    "{\"value\":\"O1\"}],\"filters\":{\"refuse_seconds\":300.0}}}");
	free(declined);
	story_end(&story);
}

static bool ours;

static bool is_ours(void *arg)
{
	(void)arg;
	return ours;
}

/* Not ours any more when the first call is there. */
static void takes_it_away(struct story *story, struct connection *c, const struct request *r)
{
	ours = strcmp(r->type, "SUBSCRIBE") == 0;
	answers_late(story, c, r);
}

static void no_call_leaves_that_waited_until_it_was_not_ours(void **state)
{
	(void)state;
	memset(&late, 0, sizeof(late));
	struct mesos_scheduler_config config = story_config();
	config.may_act = is_ours;
	ours = true;
	struct story story;
	story_begin(&story, config, takes_it_away, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	make_call(&story, "2");
	make_call(&story, "3");
	run_until(&story, "call 3");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: ok\ncall 2: denied\ncall 3: denied\n");
	assert_string_equal(late.order, "1");
	uv_close((uv_handle_t *)&late.timer, NULL);
	story_end(&story);
}

static void who_may_not_act_does_not_subscribe(void **state)
{
	(void)state;
	struct mesos_scheduler_config config = story_config();
	config.may_act = is_ours;
	ours = false;
	struct story story;
	story_begin(&story, config, is_busy, NULL);
	start(&story, "f-1");
	run_until(&story, "trouble: denied\ntrouble: denied");
	assert_int_equal(story.masters[0].subscribes, 0);
	ours = true;
	run_until(&story, "SUBSCRIBED");
	story_end(&story);
}

static void wrong_configurations_are_refused(void **state)
{
	(void)state;
	static const char *const ok[] = {"http://a"}, *const bad[] = {"zk://a:2181/mesos"};
	const char *many[MESOS_MASTERS_MAX + 1];
	for (size_t i = 0; i <= MESOS_MASTERS_MAX; i++) {
		many[i] = "http://a";
	}
	const struct {
		const char *const *masters;
		size_t n;
		int64_t backoff_min_ms;
		const char *text;
	} table[] = {
	    {many, MESOS_MASTERS_MAX + 1, 1, "17 masters are configured, at most 16 are taken"},
	    {bad, 1, 1, "master \"zk://a:2181/mesos\" starts with neither http:// nor https://"},
	    {ok, 1, 0, "back-off must be above 0 and its maximum not below its minimum"},
	    {ok, 1, 21, "back-off must be above 0 and its maximum not below its minimum"},
	};
	static const struct mesos_scheduler_handlers handlers = {note_event, note_disconnected, note_trouble,
								 note_credentials, note_agents};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mesos_scheduler_config config = story_config();
		config.masters = table[i].masters;
		config.n_masters = table[i].n;
		config.backoff_min_ms = table[i].backoff_min_ms;
		struct err e = {0};
		assert_null(mesos_scheduler_new(NULL, &config, &handlers, NULL, &e));
		assert_string_equal(e.text, table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_go_in_order_one_at_a_time_on_one_connection_of_their_own),
	    cmocka_unit_test(a_refused_call_says_why_and_the_next_goes_on),
	    cmocka_unit_test(status_200_is_as_good_as_202),
	    cmocka_unit_test(a_call_without_an_answer_times_out_and_the_next_goes_on),
	    cmocka_unit_test(a_call_without_a_session_fails_but_not_at_once),
	    cmocka_unit_test(calls_of_a_session_that_ends_fail_before_its_end_is_told),
	    cmocka_unit_test(the_agents_are_asked_for_beside_the_scheduler_api),
	    cmocka_unit_test(more_calls_than_the_limit_are_refused),
	    cmocka_unit_test(freeing_tells_what_was_waiting),
	    cmocka_unit_test(freeing_within_any_callback_is_the_last_word),
	    cmocka_unit_test(freeing_within_the_end_of_a_call_tells_the_others),
	    cmocka_unit_test(what_cannot_be_read_is_told_and_bad_offers_go_back),
	    cmocka_unit_test(no_call_leaves_that_waited_until_it_was_not_ours),
	    cmocka_unit_test(who_may_not_act_does_not_subscribe),
	    cmocka_unit_test(wrong_configurations_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
