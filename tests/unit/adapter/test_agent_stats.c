/* What agents use: asked once, kept for a while, added up. The clocks are the test's. */
#include <stdio.h>
#include <string.h>

#include "adapter/agent_stats.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/tiny_server.h"
#include "tests/unit/unit.h"

static int64_t now;
static char framework[] = "fw";

int64_t clock_steady_ms(void)
{
	return now;
}

int64_t clock_wall_ms(void)
{
	return 1700000000000 + now;
}

static struct {
	uv_loop_t loop;
	struct http_client *http;
	struct tiny_server server;
	struct agent_stats *stats;
	struct mesos_agent agent;
	char url[64];
	char *framework_id;
	const char *answer; /* NULL: 403 */
	int asked, told, failed;
	struct agent_figures figures;
	struct err why;
} f;

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	(void)q;
	f.asked++;
	tiny_reply_json(c, f.answer ? 200 : 403, f.answer ? f.answer : "\"no\"");
}

static void told(void *arg, const struct agent_figures *figures, const struct err *why)
{
	(void)arg;
	f.told++;
	f.failed += !figures;
	f.why = *why;
	if (figures) {
		f.figures = *figures;
	}
}

static int set_up(void **state)
{
	(void)state;
	now = 1000;
	memset(&f, 0, sizeof(f));
	f.framework_id = framework;
	uv_loop_init(&f.loop);
	f.http = http_client_new(&f.loop, NULL, NULL);
	tiny_start(&f.server, &f.loop, NULL, serve, NULL);
	snprintf(f.url, sizeof(f.url), "http://127.0.0.1:%d", f.server.port);
	f.agent = (struct mesos_agent){.http = f.http, .url = f.url};
	f.stats = agent_stats_new(&f.framework_id);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	agent_stats_free(f.stats);
	http_client_free(f.http);
	tiny_stop(&f.server);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	return uv_loop_close(&f.loop);
}

static struct agent_stats_wait *ask(void)
{
	return agent_stats_ask(f.stats, "a1", &f.agent, told, NULL);
}

static void ask_and_hear(void)
{
	int before = f.told;
	if (ask()) {
		assert_true(tiny_run(&f.loop, &f.told, before + 1));
	}
}

#define EXECUTOR(framework, id, cpu)                                                                                   \
	"{\"framework_id\":{\"value\":\"" framework "\"},\"executor_id\":{\"value\":\"" id                             \
	"\"},\"container_id\":{\"value\":\"c-" id "\"},\"resource_statistics\":{\"timestamp\":1,"                      \
	"\"cpus_user_time_secs\":" cpu ",\"cpus_system_time_secs\":1}}"
#define CONTAINERS(list) "{\"get_containers\":{\"containers\":[" list "]}}"

static void who_asks_while_an_agent_is_asked_waits_for_the_same_answer(void **state)
{
	(void)state;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "4"));
	assert_non_null(ask());
	assert_non_null(ask());
	struct agent_stats_wait *third = ask();
	assert_non_null(third);
	agent_stats_cancel(third);
	assert_true(tiny_run(&f.loop, &f.told, 2));
	assert_int_equal(f.told, 2);
	assert_int_equal(f.asked, 1);
	assert_int_equal(f.failed, 0);
}

static void an_answer_is_kept_for_a_while_and_then_asked_for_anew(void **state)
{
	(void)state;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "4"));
	ask_and_hear();
	now += AGENT_STATS_KEEP_MS - 1;
	assert_null(ask());
	assert_int_equal(f.told, 2);
	assert_int_equal(f.asked, 1);
	now += 1;
	ask_and_hear();
	assert_int_equal(f.asked, 2);
	assert_int_equal(f.figures.at_ms, 1700000000000 + now);
}

static void a_refusal_is_kept_as_well(void **state)
{
	(void)state;
	ask_and_hear();
	assert_null(ask());
	assert_int_equal(f.failed, 2);
	assert_int_equal(f.why.code, ERR_DENIED);
	assert_int_equal(f.asked, 1);
}

static void the_sum_of_cpu_time_never_goes_back(void **state)
{
	(void)state;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "4") "," EXECUTOR("fw", "y", "10") "," EXECUTOR("other", "z", "99"));
	ask_and_hear();
	assert_int_equal((int)f.figures.cpu_s, 16);
	now += AGENT_STATS_KEEP_MS;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "6"));
	ask_and_hear();
	assert_int_equal((int)f.figures.cpu_s, 18);
	now += AGENT_STATS_KEEP_MS;
	f.answer = NULL;
	ask_and_hear();
	now += AGENT_STATS_KEEP_MS;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "6") "," EXECUTOR("fw", "w", "1"));
	ask_and_hear();
	assert_int_equal((int)f.figures.cpu_s, 20);
}

static void an_agent_that_nobody_asks_about_is_forgotten(void **state)
{
	(void)state;
	f.answer = CONTAINERS(EXECUTOR("fw", "x", "4"));
	ask_and_hear();
	now += AGENT_STATS_KEEP_MS;
	f.answer = CONTAINERS(EXECUTOR("fw", "y", "1"));
	ask_and_hear();
	assert_int_equal((int)f.figures.cpu_s, 7);
	now += AGENT_STATS_FORGET_MS;
	ask_and_hear();
	assert_int_equal((int)f.figures.cpu_s, 2);
}

static void an_address_that_is_none_is_said_at_once(void **state)
{
	(void)state;
	f.agent.url = "nonsense";
	assert_null(ask());
	assert_int_equal(f.failed, 1);
	assert_null(ask());
	assert_int_equal(f.failed, 2);
}

static void whoever_still_waits_at_the_end_hears_nothing(void **state)
{
	(void)state;
	f.answer = CONTAINERS("");
	assert_non_null(ask());
	agent_stats_free(f.stats);
	f.stats = NULL;
	assert_int_equal(f.told, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_asks_while_an_agent_is_asked_waits_for_the_same_answer),
	    TEST(an_answer_is_kept_for_a_while_and_then_asked_for_anew),
	    TEST(a_refusal_is_kept_as_well),
	    TEST(the_sum_of_cpu_time_never_goes_back),
	    TEST(an_agent_that_nobody_asks_about_is_forgotten),
	    TEST(an_address_that_is_none_is_said_at_once),
	    TEST(whoever_still_waits_at_the_end_hears_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
