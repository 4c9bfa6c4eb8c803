/* Which master is tried, and when: the list of the configuration with its pauses, and what a detector says. */
#include "tests/unit/mesos/scripted_master.h"

static void subscribes(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		begin_stream(c, SUBSCRIBED("15.0"));
	} else {
		accept_call(c);
	}
}

/* ---- pauses ---- */

static void hangs_up(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	hang_up(c);
}

static void says_nothing(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)c;
	(void)r;
}

static void redirects_to_the_other(struct story *story, struct connection *c, const struct request *r)
{
	(void)r;
	int other = c->master == &story->masters[0] ? story->masters[1].port : story->masters[0].port;
	CLEANUP_FREE char *location = xasprintf("Location: //127.0.0.1:%d/api/v1/scheduler\r\n", other);
	answer(c, "307 Temporary Redirect", location, "");
}

static void is_recovering(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	answer(c, "503 Service Unavailable", "Retry-After: 0\r\n", "");
}

static void subscribes_and_ends(struct story *story, struct connection *c, const struct request *r)
{
	subscribes(story, c, r);
	end_stream(c);
}

#define ROUNDS 7
/* 8 ms, doubled to 64; at least half of each pause is waited. */
#define AT_LEAST_MS (4 + 8 + 16 + 32 + 32 + 32)

static struct mesos_scheduler_config paced_config(void)
{
	struct mesos_scheduler_config config = story_config();
	config.backoff_min_ms = 8;
	config.backoff_max_ms = 64;
	config.subscribe_timeout_ms = 50;
	return config;
}

static unsigned failures;

static void count_failures(struct story *story, const char *line)
{
	failures += strncmp(line, "event", 5) != 0;
	if (failures == ROUNDS) {
		buf_puts(&story->lines, "enough\n");
	}
}

static void masters_that_all_fail_are_tried_in_turn_with_growing_pauses_and_never_in_a_circle(void **state)
{
	(void)state;
	static const struct {
		script how;
		unsigned requests_each; /* at most, of one attempt */
	} table[] = {{hangs_up, 1},
		     {says_nothing, 1},
		     {redirects_to_the_other, MESOS_REDIRECTS_MAX + 1},
		     {is_recovering, 1},
		     {subscribes_and_ends, 1}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct story story;
		story_begin(&story, paced_config(), table[i].how, table[i].how);
		story.on_line = count_failures;
		failures = 0;
		uint64_t begun = uv_hrtime();
		start(&story, "f-1");
		run_until(&story, "enough");
		assert_true(uv_hrtime() - begun >= (uint64_t)AT_LEAST_MS * 1000000);
		assert_true(story.masters[0].requests > 0);
		assert_true(story.masters[0].requests + story.masters[1].requests <= ROUNDS * table[i].requests_each);
		story_end(&story);
	}
}

static void masters_that_are_all_down_are_tried_with_the_same_pauses(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, paced_config(), says_nothing, says_nothing);
	uv_close((uv_handle_t *)&story.masters[0].listener, NULL);
	uv_close((uv_handle_t *)&story.masters[1].listener, NULL);
	story.on_line = count_failures;
	failures = 0;
	uint64_t begun = uv_hrtime();
	start(&story, NULL);
	run_until(&story, "enough");
	assert_true(uv_hrtime() - begun >= (uint64_t)AT_LEAST_MS * 1000000);
	master_init(&story.masters[0], &story, says_nothing); /* for story_end */
	master_init(&story.masters[1], &story, says_nothing);
	story_end(&story);
}

/* ---- a detector ---- */

/* The scheduler begins without any master. */
static void begin_without(struct story *story, struct mesos_scheduler_config config, script first, script second)
{
	static const struct mesos_scheduler_handlers handlers = {note_event, note_disconnected, note_trouble,
								 note_credentials, note_agents};
	story_begin(story, config, first, second);
	mesos_scheduler_free(story->scheduler);
	story->scheduler = mesos_scheduler_new(story->http, &config, &handlers, story, NULL);
	assert_non_null(story->scheduler);
}

static void lead(struct story *story, const struct master *master)
{
	CLEANUP_FREE char *url = master ? xasprintf("http://127.0.0.1:%d", master->port) : NULL;
	bool outer = story->in_function;
	story->in_function = true;
	assert_int_equal(mesos_scheduler_lead(story->scheduler, url, NULL), 0);
	story->in_function = outer;
}

/* Lets everything happen that comes within two of the longest pauses. */
static void settle(struct story *story)
{
	uint64_t end = uv_now(&story->loop) + 2 * (uint64_t)story_config().backoff_max_ms;
	while (uv_now(&story->loop) < end) {
		uv_run(&story->loop, UV_RUN_NOWAIT);
	}
}

static void without_a_master_it_waits_for_the_detector(void **state)
{
	(void)state;
	struct story story;
	begin_without(&story, story_config(), subscribes, subscribes);
	start(&story, NULL);
	settle(&story);
	assert_int_not_equal(uv_backend_timeout(&story.loop), 0); /* nothing is due: it does not turn in a circle */
	lead(&story, &story.masters[1]);
	run_until(&story, "SUBSCRIBED");
	assert_story(&story, "event SUBSCRIBED f-1\n");
	assert_int_equal(story.masters[0].connections, 0);
	story_end(&story);
}

static void a_leader_that_was_named_before_the_start_is_the_first(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), subscribes, subscribes);
	lead(&story, &story.masters[1]);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	assert_int_equal(story.masters[0].connections, 0);
	story_end(&story);
}

static void another_leader_gets_the_session_at_once_and_calls_of_the_former_fail_first(void **state)
{
	(void)state;
	struct story story;
	begin_without(&story, story_config(), subscribes, subscribes);
	start(&story, NULL);
	lead(&story, &story.masters[0]);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	lead(&story, &story.masters[1]);
	run_until(&story, "disconnected");
	assert_non_null(strstr(story.last.text, "another master leads now"));
	run_until(&story, "disconnected: io\nevent SUBSCRIBED");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: io\ndisconnected: io\nevent SUBSCRIBED f-1\n");
	story_end(&story);
}

static void the_same_leader_named_again_changes_nothing(void **state)
{
	(void)state;
	struct story story;
	begin_without(&story, story_config(), subscribes, subscribes);
	start(&story, NULL);
	lead(&story, &story.masters[0]);
	run_until(&story, "SUBSCRIBED");
	lead(&story, &story.masters[0]);
	lead(&story, NULL);
	lead(&story, &story.masters[0]);
	make_call(&story, "1");
	run_until(&story, "call 1");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: ok\n");
	assert_int_equal(story.masters[0].subscribes, 1);
	story_end(&story);
}

static void subscribes_and_ends_when_called(struct story *story, struct connection *c, const struct request *r)
{
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		subscribes(story, c, r);
	} else {
		LIST_EACH (&c->master->open, link) {
			hang_up(LIST_ENTRY(link, struct connection, link));
		}
	}
}

static void when_none_leads_the_session_goes_on_but_no_other_begins(void **state)
{
	(void)state;
	struct story story;
	begin_without(&story, story_config(), subscribes_and_ends_when_called, subscribes);
	start(&story, NULL);
	lead(&story, &story.masters[0]);
	run_until(&story, "SUBSCRIBED");
	lead(&story, NULL);
	settle(&story);
	assert_null(strstr(buf_str(&story.lines), "disconnected"));
	make_call(&story, "1");
	run_until(&story, "disconnected");
	settle(&story);
	lead(&story, &story.masters[1]);
	run_until(&story, "disconnected: io\nevent SUBSCRIBED");
	assert_int_equal(story.masters[0].subscribes, 1);
	story_end(&story);
}

#define FOR_EVER_MS ((int64_t)3600 * 1000)

static void a_new_leader_ends_a_pause_and_an_attempt(void **state)
{
	(void)state;
	static const script first[] = {is_recovering, says_nothing};
	for (int i = 0; i < 2; i++) {
		struct mesos_scheduler_config config = story_config();
		config.backoff_min_ms = config.backoff_max_ms = config.subscribe_timeout_ms = FOR_EVER_MS;
		struct story story;
		begin_without(&story, config, first[i], subscribes);
		start(&story, NULL);
		lead(&story, &story.masters[0]);
		if (i == 0) {
			run_until(&story, "trouble: busy");
		}
		while (story.masters[0].requests == 0) {
			uv_run(&story.loop, UV_RUN_ONCE);
		}
		lead(&story, &story.masters[1]);
		run_until(&story, "SUBSCRIBED");
		story_end(&story);
	}
}

static void names_the_second(struct story *story, const char *line)
{
	if (strncmp(line, "event", 5) == 0 && story->masters[1].subscribes == 0) {
		lead(story, &story->masters[1]);
	}
}

static void a_handler_may_name_the_leader(void **state)
{
	(void)state;
	struct story story;
	begin_without(&story, story_config(), subscribes, subscribes);
	story.on_line = names_the_second;
	start(&story, NULL);
	lead(&story, &story.masters[0]);
	run_until(&story, "disconnected: io\nevent SUBSCRIBED");
	story_end(&story);
}

static void what_is_no_url_changes_nothing(void **state)
{
	(void)state;
	struct story story;
	struct err e = {0};
	story_begin(&story, story_config(), subscribes, NULL);
	assert_int_equal(mesos_scheduler_lead(story.scheduler, "m1:5050", &e), -1);
	assert_string_equal(e.text, "master \"m1:5050\" starts with neither http:// nor https://");
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	story_end(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(masters_that_all_fail_are_tried_in_turn_with_growing_pauses_and_never_in_a_circle),
	    cmocka_unit_test(masters_that_are_all_down_are_tried_with_the_same_pauses),
	    cmocka_unit_test(without_a_master_it_waits_for_the_detector),
	    cmocka_unit_test(a_leader_that_was_named_before_the_start_is_the_first),
	    cmocka_unit_test(another_leader_gets_the_session_at_once_and_calls_of_the_former_fail_first),
	    cmocka_unit_test(the_same_leader_named_again_changes_nothing),
	    cmocka_unit_test(when_none_leads_the_session_goes_on_but_no_other_begins),
	    cmocka_unit_test(a_new_leader_ends_a_pause_and_an_attempt),
	    cmocka_unit_test(a_handler_may_name_the_leader),
	    cmocka_unit_test(what_is_no_url_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
