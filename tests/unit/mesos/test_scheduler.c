/* How the session with a master begins and ends. */
#include <unistd.h>

#include "tests/unit/certs.h"
#include "tests/unit/mesos/scripted_master.h"
#include "tests/unit/tiny_server.h"

#define OFFER                                                                                                          \
	"{\"type\":\"OFFERS\",\"offers\":{\"offers\":[{\"id\":{\"value\":\"O1\"},\"agent_id\":{\"value\":\"S1\"},"     \
	"\"hostname\":\"h\"}]}}"
#define HEARTBEAT "{\"type\":\"HEARTBEAT\"}"

static void dribbles_three_events(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	assert_string_equal(r->type, "SUBSCRIBE");
	assert_non_null(strstr(r->head, "POST /api/v1/scheduler HTTP/1.1\r\n"));
	assert_non_null(strstr(r->head, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(r->head, "\r\nAccept: application/json\r\n"));
	assert_null(strstr(r->head, "Authorization"));
	assert_null(json_object_get(r->call, "framework_id"));
	CLEANUP_FREE char *a = chunk_of_record(SUBSCRIBED("15.0"));
	CLEANUP_FREE char *b = chunk_of_record(HEARTBEAT);
	CLEANUP_FREE char *d = chunk_of_record(OFFER);
	dribble(c, xasprintf("%s%s%s%s", STREAM_HEAD, a, b, d));
}

static void a_stream_split_at_every_byte_gives_its_events(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), dribbles_three_events, NULL);
	start(&story, NULL);
	run_until(&story, "OFFERS");
	assert_story(&story, "event SUBSCRIBED f-1\nevent OFFERS O1\n");
	story_end(&story);
}

static void subscribes(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	begin_stream(c, SUBSCRIBED("15.0"));
}

static void redirects_to_the_second(struct story *story, struct connection *c, const struct request *r)
{
	assert_string_equal(r->type, "SUBSCRIBE");
	CLEANUP_FREE char *location =
	    xasprintf("Location: //127.0.0.1:%d/master/api/v1/scheduler\r\n", story->masters[1].port);
	answer(c, "307 Temporary Redirect", location, "");
}

static void leads(struct story *story, struct connection *c, const struct request *r)
{
	assert_non_null(strstr(r->head, "POST /master/api/v1/scheduler HTTP/1.1\r\n"));
	if (strcmp(r->type, "SUBSCRIBE") == 0) {
		subscribes(story, c, r);
	} else {
		accept_call(c);
	}
}

static void a_redirect_without_a_scheme_leads_to_the_leader_and_its_calls_go_there(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), redirects_to_the_second, leads);
	start(&story, "f-1");
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	run_until(&story, "call 1");
	assert_story(&story, "event SUBSCRIBED f-1\ncall 1: ok\n");
	assert_int_equal(story.masters[0].requests, 1);
	assert_int_equal(story.masters[1].requests, 2);
	story_end(&story);
}

static void redirects_to_itself(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	answer(c, "307 Temporary Redirect", "Location: /api/v1/scheduler\r\n", "");
}

static void a_circle_of_redirects_is_left_for_the_next_master(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), redirects_to_itself, subscribes);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	assert_story(&story, "trouble: protocol\nevent SUBSCRIBED f-1\n");
	assert_non_null(strstr(story.last.text, "more than 5 redirects, the last to /api/v1/scheduler"));
	assert_int_equal(story.masters[0].requests, MESOS_REDIRECTS_MAX + 1);
	story_end(&story);
}

static void redirects_nowhere(struct story *story, struct connection *c, const struct request *r)
{
	(void)r;
	answer(c, "307 Temporary Redirect", story->masters[0].requests == 1 ? "" : "Location: ftp://x/\r\n", "");
}

static void redirects_that_lead_nowhere_are_trouble(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), redirects_nowhere, NULL);
	start(&story, NULL);
	run_until(&story, "trouble: protocol\n");
	assert_non_null(strstr(story.last.text, "HTTP 307 without a Location"));
	run_until(&story, "trouble: invalid\n");
	assert_non_null(strstr(story.last.text, "\"ftp://x/\" starts with neither http:// nor https://"));
	story_end(&story);
}

static void recovers_twice(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].requests <= 2) {
		answer(c, "503 Service Unavailable", "", "Master has not finished recovery");
	} else {
		subscribes(story, c, r);
	}
}

static void a_recovering_master_is_asked_again(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), recovers_twice, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	assert_story(&story, "trouble: busy\ntrouble: busy\nevent SUBSCRIBED f-1\n");
	assert_non_null(strstr(story.last.text, "HTTP 503: Master has not finished recovery"));
	assert_int_equal(story.last.http_status, 503);
	story_end(&story);
}

static void refuses_in_four_ways(struct story *story, struct connection *c, const struct request *r)
{
	static const char *const statuses[] = {"401 Unauthorized", "403 Forbidden", "400 Bad Request", "500 Oops"};
	if (story->masters[0].requests <= 4) {
		answer(c, statuses[story->masters[0].requests - 1], "", "because");
	} else {
		subscribes(story, c, r);
	}
}

static void refusals_are_named(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), refuses_in_four_ways, NULL);
	start(&story, NULL);
	run_until(&story, "trouble: unauthenticated\n");
	CLEANUP_FREE char *want =
	    xasprintf("http://127.0.0.1:%d/api/v1/scheduler: HTTP 401: because", story.masters[0].port);
	assert_string_equal(story.last.text, want);
	run_until(&story, "SUBSCRIBED");
	assert_story(
	    &story, "trouble: unauthenticated\ntrouble: denied\ntrouble: invalid\ntrouble: io\nevent SUBSCRIBED f-1\n");
	story_end(&story);
}

/* A file that lives as long as the test. */
static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define FIRST "\r\nAuthorization: Basic ZnJhbWV3b3JrOnNlY3JldA==\r\n"	   /* framework:secret */
#define SECOND "\r\nAuthorization: Basic ZnJhbWV3b3JrOmFub3RoZXIgb25l\r\n" /* framework:another one */

static const char *wanted_password;

static void wants_a_password(struct story *story, struct connection *c, const struct request *r)
{
	if (!strstr(r->head, wanted_password)) {
		answer(c, "401 Unauthorized", "", "");
	} else if (strcmp(r->type, "SUBSCRIBE") == 0) {
		subscribes(story, c, r);
	} else {
		accept_call(c);
	}
}

static void basic_authentication_goes_with_every_request(void **state)
{
	(void)state;
	char path[] = "/tmp/test-scheduler-XXXXXX";
	close(mkstemp(path));
	put(path, "secret\n");
	struct mesos_scheduler_config config = story_config();
	config.user = "framework";
	config.files.secret = path;
	struct story story;
	wanted_password = FIRST;
	story_begin(&story, config, wants_a_password, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	make_call(&story, "1");
	run_until(&story, "call 1: ok");
	story_end(&story);
	unlink(path);
}

static void a_secret_that_was_replaced_goes_with_the_next_attempt(void **state)
{
	(void)state;
	char path[] = "/tmp/test-scheduler-XXXXXX";
	close(mkstemp(path));
	put(path, "secret");
	struct mesos_scheduler_config config = story_config();
	config.user = "framework";
	config.files.secret = path;
	struct story story;
	wanted_password = SECOND;
	story_begin(&story, config, wants_a_password, NULL);
	start(&story, NULL);
	run_until(&story, "trouble: unauthenticated\n");
	put(path, "two\nlines\n");
	run_until(&story, "credentials: invalid\ntrouble: unauthenticated\n");
	put(path, "another one");
	run_until(&story, "credentials: ok\nevent SUBSCRIBED f-1\n");
	make_call(&story, "1");
	run_until(&story, "call 1: ok");
	/* Told once, however many attempts there were. */
	assert_null(strstr(strstr(buf_str(&story.lines), "credentials: invalid") + 1, "credentials: invalid"));
	story_end(&story);
	unlink(path);
}

static void a_call_that_was_refused_for_an_old_secret_is_sent_again_with_the_new_one(void **state)
{
	(void)state;
	char path[] = "/tmp/test-scheduler-XXXXXX";
	close(mkstemp(path));
	put(path, "secret");
	struct mesos_scheduler_config config = story_config();
	config.user = "framework";
	config.files.secret = path;
	wanted_password = FIRST;
	struct story story;
	story_begin(&story, config, wants_a_password, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	wanted_password = SECOND;
	make_call(&story, "1");
	run_until(&story, "call 1: unauthenticated\n");
	assert_int_equal(story.masters[0].requests, 2);
	put(path, "another one");
	make_call(&story, "2");
	make_call(&story, "3");
	run_until(&story, "credentials: ok\ncall 2: ok\ncall 3: ok\n");
	assert_int_equal(story.masters[0].requests, 5);
	/* Another secret, and wrong too: no circle. */
	put(path, "a third one");
	wanted_password = FIRST;
	make_call(&story, "4");
	run_until(&story, "call 4: unauthenticated\n");
	assert_int_equal(story.masters[0].requests, 7);
	assert_null(strstr(buf_str(&story.lines), "disconnected"));
	story_end(&story);
	unlink(path);
}

static void is_recovering(struct tiny_conn *c, const struct tiny_request *q)
{
	(void)q;
	tiny_reply(c, 503, "", "");
}

static void a_master_is_trusted_as_soon_as_the_file_of_authorities_says_so(void **state)
{
	(void)state;
	static const struct mesos_scheduler_handlers handlers = {note_event, note_disconnected, note_trouble,
								 note_credentials, note_agents};
	char path[] = "/tmp/test-scheduler-XXXXXX";
	struct err e;
	struct cert ca, other, server;
	struct tiny_server master;
	cert_make(&ca, "authority", NULL, NULL, -60, 3600);
	cert_make(&other, "other authority", NULL, NULL, -60, 3600);
	cert_make(&server, "master", "IP:127.0.0.1", &ca, -60, 3600);
	SSL_CTX *tls = cert_server_context(&server, NULL);
	close(mkstemp(path));
	struct mesos_scheduler_config config = story_config();
	struct story story;
	story_begin(&story, config, subscribes, NULL);
	mesos_scheduler_free(story.scheduler);
	tiny_start(&master, &story.loop, tls, is_recovering, NULL);
	CLEANUP_FREE char *url = xasprintf("https://127.0.0.1:%d", master.port);
	const char *const masters[] = {url};
	config.masters = masters;
	config.n_masters = 1;
	config.files.ca = path;
	assert_null(mesos_scheduler_new(story.http, &config, &handlers, &story, &e));
	assert_non_null(strstr(e.text, ": no certificate in it"));
	put(path, other.cert_pem);
	story.scheduler = mesos_scheduler_new(story.http, &config, &handlers, &story, &e);
	start(&story, NULL);
	run_until(&story, "trouble: unauthenticated\n");
	assert_non_null(strstr(story.last.text, "its certificate is not trusted"));
	put(path, ca.cert_pem);
	run_until(&story, "credentials: ok\ntrouble: busy\n");
	tiny_stop(&master);
	story_end(&story);
	SSL_CTX_free(tls);
	cert_done(&ca);
	cert_done(&other);
	cert_done(&server);
	unlink(path);
}

static void says_nothing(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)c;
	(void)r;
}

static void promises_only(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	send_text(c, STREAM_HEAD);
}

static void a_master_that_never_subscribes_us_is_left_for_the_next(void **state)
{
	(void)state;
	static const script silent[] = {says_nothing, promises_only};
	for (int i = 0; i < 2; i++) {
		struct mesos_scheduler_config config = story_config();
		config.subscribe_timeout_ms = 50;
		struct story story;
		story_begin(&story, config, silent[i], subscribes);
		start(&story, NULL);
		run_until(&story, "SUBSCRIBED");
		assert_story(&story, "trouble: timeout\nevent SUBSCRIBED f-1\n");
		assert_non_null(strstr(story.last.text, "no SUBSCRIBED within 50 ms"));
		story_end(&story);
	}
}

static void nobody_at_home_is_left_for_the_next(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), says_nothing, subscribes);
	uv_close((uv_handle_t *)&story.masters[0].listener, NULL);
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED");
	assert_story(&story, "trouble: io\nevent SUBSCRIBED f-1\n");
	master_init(&story.masters[0], &story, says_nothing); /* for story_end */
	story_end(&story);
}

/* First stream: ends as the test says. Second: stays, and must be ours still. */
static void then_resubscribes(struct story *story, struct connection *c, const struct request *r)
{
	assert_string_equal(js_str_at(r->call, "framework_id", "value", NULL), "f-1");
	subscribes(story, c, r);
}

static void beats_twice_and_falls_silent(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("0.02"));
	send_record(c, HEARTBEAT);
}

static void a_lost_heartbeat_ends_the_session_and_a_new_one_begins(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), beats_twice_and_falls_silent, NULL);
	start(&story, NULL);
	run_until(&story, "disconnected");
	assert_non_null(strstr(story.last.text, "heartbeat lost: no record for 100 ms"));
	run_until(&story, "disconnected: timeout\nevent SUBSCRIBED");
	assert_story(&story, "event SUBSCRIBED f-1\ndisconnected: timeout\nevent SUBSCRIBED f-1\n");
	story_end(&story);
}

/* A heartbeat each 100 ms for 1.5 s, with an interval of 100 ms announced: five intervals pass more than once, but
 * never in silence. */
static struct {
	uv_timer_t timer;
	struct connection *connection;
	uint64_t until_ms;
} beating;

static void beat(uv_timer_t *timer)
{
	send_record(beating.connection, HEARTBEAT);
	if (uv_now(timer->loop) >= beating.until_ms) {
		uv_timer_stop(timer);
		send_record(beating.connection, OFFER);
	}
}

static void beats_slowly(struct story *story, struct connection *c, const struct request *r)
{
	(void)r;
	begin_stream(c, SUBSCRIBED("0.1"));
	beating.connection = c;
	beating.until_ms = uv_now(&story->loop) + 1500;
	uv_timer_init(&story->loop, &beating.timer);
	uv_timer_start(&beating.timer, beat, 100, 100);
}

static void every_record_keeps_the_session_alive(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), beats_slowly, NULL);
	start(&story, NULL);
	run_until(&story, "OFFERS");
	uv_close((uv_handle_t *)&beating.timer, NULL);
	assert_story(&story, "event SUBSCRIBED f-1\nevent OFFERS O1\n");
	story_end(&story);
}

/* A length that is not true swallows what comes after it, for as long as anything comes. */
static void beats_within_a_record_that_never_ends(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	beats_slowly(story, c, r);
	beating.until_ms = UINT64_MAX;
	send_text(c, "8\r\n1000000\n\r\n");
}

static void bytes_without_a_record_do_not_keep_the_session_alive(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), beats_within_a_record_that_never_ends, NULL);
	start(&story, NULL);
	run_until(&story, "disconnected: timeout\n");
	uv_close((uv_handle_t *)&beating.timer, NULL);
	run_until(&story, "disconnected: timeout\nevent SUBSCRIBED");
	story_end(&story);
}

static void ends_the_stream(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	end_stream(c);
}

static void hangs_up(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_text(c, "3\r\n99");
	hang_up(c);
}

static void ends_inside_a_record(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_text(c, "4\r\n99\n{\r\n");
	end_stream(c);
}

static void sends_junk(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_text(c, "4\r\n{\"a\"\r\n");
}

static void announces_100_megabytes(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_text(c, "a\r\n104857600\n\r\n");
}

static void fails_over(struct story *story, struct connection *c, const struct request *r)
{
	if (story->masters[0].subscribes > 1) {
		then_resubscribes(story, c, r);
		return;
	}
	begin_stream(c, SUBSCRIBED("15.0"));
	send_record(c, "{\"type\":\"ERROR\",\"error\":{\"message\":\"Framework failed over\"}}");
	send_record(c, OFFER);
}

static void a_session_that_breaks_is_told_once_and_begun_again(void **state)
{
	(void)state;
	static const struct {
		script how;
		const char *story, *text;
	} table[] = {
	    {ends_the_stream, "disconnected: io\n", "the master closed the stream"},
	    {hangs_up, "disconnected: io\n", "in the middle of its answer"},
	    {ends_inside_a_record, "disconnected: protocol\n", "stream ended after 1 of 99 bytes of a record"},
	    {sends_junk, "disconnected: protocol\n", "found 0x7b"},
	    {announces_100_megabytes, "disconnected: limit\n", "is longer than 67108864 bytes"},
	    {fails_over, "event ERROR Framework failed over\ndisconnected: conflict\n", "Framework failed over"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct story story;
		story_begin(&story, story_config(), table[i].how, NULL);
		start(&story, NULL);
		CLEANUP_FREE char *want = xasprintf("event SUBSCRIBED f-1\n%sevent SUBSCRIBED f-1\n", table[i].story);
		run_until(&story, want);
		assert_story(&story, want);
		if (!strstr(story.last.text, table[i].text)) {
			fail_msg("\"%s\" does not say \"%s\"", story.last.text, table[i].text);
		}
		story_end(&story);
	}
}

static void forgets_old_frameworks(struct story *story, struct connection *c, const struct request *r)
{
	if (json_object_get(r->call, "framework_id")) {
		begin_stream(c, "{\"type\":\"ERROR\",\"error\":{\"message\":\"Framework has been removed\"}}");
		end_stream(c);
	} else {
		subscribes(story, c, r);
	}
}

static void begin_anew_when_removed(struct story *story, const char *line)
{
	if (strcmp(line, "trouble: expired") == 0 && story->masters[0].subscribes == 2) {
		start(story, NULL);
	}
}

static void a_removed_framework_is_told_as_expired_and_may_begin_anew(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), forgets_old_frameworks, NULL);
	story.on_line = begin_anew_when_removed;
	start(&story, "old-id");
	run_until(&story, "SUBSCRIBED");
	assert_story(&story, "event ERROR Framework has been removed\ntrouble: expired\n"
			     "event ERROR Framework has been removed\ntrouble: expired\nevent SUBSCRIBED f-1\n");
	story_end(&story);
}

static void has_no_stream_id(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	send_text(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_record(c, SUBSCRIBED("15.0"));
}

static void offers_too_early(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	begin_stream(c, OFFER);
	send_record(c, SUBSCRIBED("15.0"));
}

static void a_stream_that_begins_wrongly_is_no_session(void **state)
{
	(void)state;
	static const struct {
		script how;
		const char *text;
	} table[] = {
	    {has_no_stream_id, "the answer to SUBSCRIBE has no Mesos-Stream-Id"},
	    {offers_too_early, "an event came before SUBSCRIBED"},
	};
	for (size_t i = 0; i < 2; i++) {
		struct story story;
		story_begin(&story, story_config(), table[i].how, subscribes);
		start(&story, NULL);
		run_until(&story, "SUBSCRIBED");
		assert_story(&story, "trouble: protocol\nevent SUBSCRIBED f-1\n");
		assert_non_null(strstr(story.last.text, table[i].text));
		story_end(&story);
	}
}

static void starting_again_drops_the_session_silently(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), subscribes, NULL);
	start(&story, "f-1");
	run_until(&story, "SUBSCRIBED");
	start(&story, NULL);
	run_until(&story, "SUBSCRIBED f-1\nevent SUBSCRIBED");
	assert_story(&story, "event SUBSCRIBED f-1\nevent SUBSCRIBED f-1\n");
	story_end(&story);
}

static void replays_a_recording(struct story *story, struct connection *c, const struct request *r)
{
	(void)story;
	(void)r;
	size_t n;
	CLEANUP_FREE char *body = read_data("26-pod-sandbox-pause/01-subscribe.body", &n);
	CLEANUP_FREE char *head = xasprintf("%s%zx\r\n", STREAM_HEAD, n);
	send_text(c, head);
	send_bytes(c, body, n);
	send_text(c, "\r\n0\r\n\r\n");
}

static void a_recorded_session_is_told_whole(void **state)
{
	(void)state;
	struct story story;
	story_begin(&story, story_config(), replays_a_recording, NULL);
	start(&story, NULL);
	run_until(&story, "disconnected: io");
#define F "c09d0f89-e33d-42fe-b486-16f2d23e824d-"
	assert_story(&story, "event SUBSCRIBED " F "0000\nevent OFFERS " F "O0\nevent UPDATE u1.pause\n"
			     "event OFFERS " F "O1\nevent UPDATE u1.init.0\nevent UPDATE u1.pause\n"
			     "event UPDATE u1.init.0\nevent UPDATE u1.init.0\nevent UPDATE u1.app.0\n"
			     "event UPDATE u1.app.0\nevent OFFERS " F "O2\nevent UPDATE u1.app.0\n"
			     "event UPDATE u1.app.1\nevent OFFERS " F "O3\nevent UPDATE u1.app.1\n"
			     "event UPDATE u1.app.1\nevent UPDATE u1.pause\ndisconnected: io\n");
	story_end(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stream_split_at_every_byte_gives_its_events),
	    cmocka_unit_test(a_redirect_without_a_scheme_leads_to_the_leader_and_its_calls_go_there),
	    cmocka_unit_test(a_circle_of_redirects_is_left_for_the_next_master),
	    cmocka_unit_test(redirects_that_lead_nowhere_are_trouble),
	    cmocka_unit_test(a_recovering_master_is_asked_again),
	    cmocka_unit_test(refusals_are_named),
	    cmocka_unit_test(basic_authentication_goes_with_every_request),
	    cmocka_unit_test(a_secret_that_was_replaced_goes_with_the_next_attempt),
	    cmocka_unit_test(a_call_that_was_refused_for_an_old_secret_is_sent_again_with_the_new_one),
	    cmocka_unit_test(a_master_is_trusted_as_soon_as_the_file_of_authorities_says_so),
	    cmocka_unit_test(a_master_that_never_subscribes_us_is_left_for_the_next),
	    cmocka_unit_test(nobody_at_home_is_left_for_the_next),
	    cmocka_unit_test(a_lost_heartbeat_ends_the_session_and_a_new_one_begins),
	    cmocka_unit_test(every_record_keeps_the_session_alive),
	    cmocka_unit_test(bytes_without_a_record_do_not_keep_the_session_alive),
	    cmocka_unit_test(a_session_that_breaks_is_told_once_and_begun_again),
	    cmocka_unit_test(a_removed_framework_is_told_as_expired_and_may_begin_anew),
	    cmocka_unit_test(a_stream_that_begins_wrongly_is_no_session),
	    cmocka_unit_test(starting_again_drops_the_session_silently),
	    cmocka_unit_test(a_recorded_session_is_told_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
