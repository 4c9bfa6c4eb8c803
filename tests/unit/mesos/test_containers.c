#include "tests/unit/mesos/data.h"

#include "mesos/containers.h"
#include "tests/unit/tiny_server.h"

static struct mesos_containers c;
static struct err e;

static int parse(const char *text)
{
	e = (struct err){0};
	return mesos_containers_parse(text, strlen(text), &c, &e);
}

static const struct mesos_container *named(const char *id)
{
	const struct mesos_container *found = map_get(&c.by_id, id);
	assert_non_null(found);
	return found;
}

static void an_agent_without_cgroups_tells_of_executors(void **state)
{
	(void)state;
	size_t n;
	CLEANUP_FREE char *text = read_data("13-agent-containers/47-get-containers-session.body", &n);
	assert_int_equal(parse(text), 0);
	assert_int_equal(c.n, 4);
	const struct mesos_container *x = named("a88ca8c5-ffb4-4bec-a03a-0e067e95ebda");
	assert_string_equal(x->executor_id, "npod");
	assert_string_equal(x->framework_id, "b53a8074-9635-42c8-a5d8-0e6a5fb8cbbc-0000");
	assert_int_equal(x->usage.time_ms, 1795342141851);
	assert_int_equal((int)(x->usage.cpu_user_s * 100 + 0.5), 38);
	assert_int_equal(x->usage.memory_rss, 400728064);
	assert_int_equal(x->usage.memory, -1);
	x = named("a88ca8c5-ffb4-4bec-a03a-0e067e95ebda.25c1ccfe-9061-43b8-8c11-562e26f82565");
	assert_null(x->executor_id);
	assert_true(x->usage.cpu_user_s < 0);
	assert_int_equal(x->usage.memory_rss, -1);
	assert_int_equal(x->usage.memory_limit, 33554432);
	named("a88ca8c5-ffb4-4bec-a03a-0e067e95ebda.25c1ccfe-9061-43b8-8c11-562e26f82565.ses-dc");
	mesos_containers_done(&c);
	assert_int_equal(c.n, 0);
}

static void cgroups_tell_more(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("{\"get_containers\":{\"containers\":[{\"container_id\":{\"value\":\"a\"},\"resource_statistics\":{"
		  "\"timestamp\":12.5,\"mem_total_bytes\":20516864.0,\"mem_cache_bytes\":4096,\"disk_used_bytes\":7,"
		  "\"cpus_nr_periods\":10,\"cpus_nr_throttled\":3,\"cpus_throttled_time_secs\":0.5,\"processes\":2,"
		  "\"threads\":5,\"mem_swap_bytes\":1,\"mem_mapped_file_bytes\":0}}]}}"),
	    0);
	struct mesos_usage u = named("a")->usage;
	assert_int_equal(u.time_ms, 12500);
	assert_int_equal(u.memory, 20516864);
	assert_int_equal(u.memory_cache, 4096);
	assert_int_equal(u.disk, 7);
	assert_int_equal(u.cfs_throttled, 3);
	assert_int_equal(u.threads, 5);
	assert_int_equal(u.memory_mapped, 0);
	mesos_containers_done(&c);
}

static void figures_that_are_none_are_not_told(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"get_containers\":{\"containers\":[{\"container_id\":{\"value\":\"a\"},"
			       "\"resource_statistics\":{\"timestamp\":-1,\"cpus_user_time_secs\":-3,"
			       "\"mem_rss_bytes\":1e300,\"mem_cache_bytes\":\"x\"}},{\"container_id\":{}},{},7]}}"),
			 0);
	assert_int_equal(c.n, 1);
	struct mesos_usage u = named("a")->usage;
	assert_int_equal(u.time_ms, 0);
	assert_true(u.cpu_user_s < 0);
	assert_int_equal(u.memory_rss, -1);
	assert_int_equal(u.memory_cache, -1);
	mesos_containers_done(&c);
}

static void an_agent_where_nothing_runs_and_an_answer_that_is_none_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"type\":\"GET_CONTAINERS\",\"get_containers\":{}}"), 0);
	assert_int_equal(c.n, 0);
	mesos_containers_done(&c);
	assert_int_equal(parse("{\"type\":\"GET_STATE\"}"), -1);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_int_equal(parse("<html>"), -1);
	assert_non_null(strstr(e.text, "ask what runs on the agent"));
}

/* ---- the call ---- */

static struct tiny_server server;
static int status, told;
static char asked[256];

static void serve(struct tiny_conn *conn, const struct tiny_request *q)
{
	snprintf(asked, sizeof(asked), "%.*s", (int)q->body_len, q->body);
	if (status) {
		tiny_reply_json(conn, status,
				"{\"get_containers\":{\"containers\":[{\"container_id\":{\"value\":\"a\"}}]}}");
	}
}

static void on_answer(void *arg, struct mesos_containers *got, const struct err *why)
{
	(void)arg;
	told++;
	e = *why;
	if (got) {
		c = *got;
		*got = (struct mesos_containers){0};
	}
}

static void ask(int with)
{
	uv_loop_t loop;
	char url[64];
	uv_loop_init(&loop);
	struct http_client *http = http_client_new(&loop, NULL, NULL);
	status = with;
	told = 0;
	tiny_start(&server, &loop, NULL, serve, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", server.port);
	struct mesos_agent agent = {.http = http, .url = url};
	struct mesos_containers_call *call = mesos_containers_ask(&agent, on_answer, NULL, &e);
	assert_non_null(call);
	if (with) {
		assert_true(tiny_run(&loop, &told, 1));
	} else {
		mesos_containers_cancel(call);
	}
	http_client_free(http);
	tiny_stop(&server);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void nested_containers_are_asked_for_and_the_answer_is_the_owners(void **state)
{
	(void)state;
	ask(200);
	assert_string_equal(asked, "{\"type\":\"GET_CONTAINERS\",\"get_containers\":{\"show_nested\":true}}");
	assert_int_equal(c.n, 1);
	mesos_containers_done(&c);
}

static void a_refusal_is_told_and_who_cancels_hears_nothing(void **state)
{
	(void)state;
	ask(403);
	assert_int_equal(e.code, ERR_DENIED);
	ask(0);
	assert_int_equal(told, 0);
	mesos_containers_cancel(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_agent_without_cgroups_tells_of_executors),
	    cmocka_unit_test(cgroups_tell_more),
	    cmocka_unit_test(figures_that_are_none_are_not_told),
	    cmocka_unit_test(an_agent_where_nothing_runs_and_an_answer_that_is_none_are_told_apart),
	    cmocka_unit_test(nested_containers_are_asked_for_and_the_answer_is_the_owners),
	    cmocka_unit_test(a_refusal_is_told_and_who_cancels_hears_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
