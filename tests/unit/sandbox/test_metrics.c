/* The metrics-server in the sandbox: what it makes of two scrapes, and what it hides. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/metrics.h"
#include "tests/unit/sandbox/kube_rig.h"
#include "tests/unit/unit.h"

#define RESOLUTION_MS 15000

static struct metrics_model *m;

static int set_up(void **state)
{
	(void)state;
	m = metrics_model_new(RESOLUTION_MS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	metrics_model_free(m);
	return 0;
}

#define C "{container=\"c\",namespace=\"default\",pod=\"p\"} "

static void scrape(const char *cpu, const char *memory, int64_t at_ms, const char *start_s)
{
	CLEANUP_FREE char *text = xasprintf(
	    "# HELP node_cpu_usage_seconds_total x\nnode_cpu_usage_seconds_total %s %lld\n"
	    "node_memory_working_set_bytes 1048576 %lld\ncontainer_start_time_seconds" C "%s\n"
	    "container_cpu_usage_seconds_total" C "%s %lld\ncontainer_memory_working_set_bytes" C "%s %lld\n",
	    cpu, (long long)at_ms, (long long)at_ms, start_s, cpu, (long long)at_ms, memory, (long long)at_ms);
	metrics_model_take(m, "n1", text, at_ms);
}

static void assert_pods(const char *expected)
{
	CLEANUP_JSON json_t *pods = metrics_model_pods(m, "");
	const json_t *first = json_array_get(pods, 0);
	const json_t *container = json_array_get(js_arr(first, "containers"), 0);
	CLEANUP_FREE char *said =
	    first ? xasprintf("%s/%s %s %s %s", js_str_at(first, "metadata", "namespace", NULL),
			      js_str_at(first, "metadata", "name", NULL), js_str_at(container, "usage", "cpu", NULL),
			      js_str_at(container, "usage", "memory", NULL), js_str(first, "window"))
		  : xstrdup("none");
	assert_string_equal(said, expected);
}

static void cpu_is_what_was_used_between_two_scrapes(void **state)
{
	(void)state;
	scrape("10", "2048", 1000000, "1");
	assert_pods("none");
	scrape("13", "4096", 1015000, "1");
	assert_pods("default/p 200000000n 4Ki 15.000s");
	CLEANUP_JSON json_t *nodes = metrics_model_nodes(m);
	assert_string_equal(js_str_at(json_array_get(nodes, 0), "usage", "memory", NULL), "1024Ki");
	metrics_model_take(m, "n1", NULL, 1020000);
	assert_pods("none");
}

static void the_same_point_again_changes_nothing(void **state)
{
	(void)state;
	scrape("10", "2048", 1000000, "1");
	scrape("10", "2048", 1000000, "1");
	assert_pods("none");
	scrape("13", "4096", 1015000, "1");
	scrape("13", "4096", 1015000, "1");
	assert_pods("default/p 200000000n 4Ki 15.000s");
}

static void what_is_not_complete_hides_its_pod(void **state)
{
	(void)state;
	scrape("10", "2048", 1000000, "1");
	scrape("0", "2048", 1015000, "1");
	assert_pods("none");
	scrape("10", "0", 1030000, "1");
	assert_pods("none");
}

static void a_container_that_began_anew_is_measured_from_its_start_or_waits(void **state)
{
	(void)state;
	scrape("10", "2048", 1000000, "1");
	scrape("1", "2048", 1015000, "1010");
	assert_pods("none");
	scrape("4", "2048", 1022000, "1010");
	assert_pods("default/p 333333333n 2Ki 12.000s");
}

static void the_group_is_there_when_there_is_a_metrics_server(void **state)
{
	(void)state;
	struct rig r;
	struct apiserver_config config = {.metrics = m};
	rig_init_config(&r, config);
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1/nodes/n1", NULL), 404);
	scrape("10", "2048", 1000000, "1");
	scrape("13", "4096", 1015000, "1");
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1/nodes/n1", NULL), 200);
	assert_string_equal(rig_str(&r, "usage", "cpu"), "200000000n");
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods", NULL), 200);
	assert_int_equal(json_array_size(js_arr(r.answer, "items")), 1);
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1/namespaces/other/pods", NULL), 200);
	assert_int_equal(json_array_size(js_arr(r.answer, "items")), 0);
	assert_int_equal(rig_send_as(&r, "plain", "GET", "/apis/metrics.k8s.io/v1beta1/nodes"), 403);
	rig_done(&r);
	rig_init(&r);
	assert_int_equal(rig_send(&r, "GET", "/apis/metrics.k8s.io/v1beta1", NULL), 404);
	rig_done(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(cpu_is_what_was_used_between_two_scrapes),
	    TEST(the_same_point_again_changes_nothing),
	    TEST(what_is_not_complete_hides_its_pod),
	    TEST(a_container_that_began_anew_is_measured_from_its_start_or_waits),
	    TEST(the_group_is_there_when_there_is_a_metrics_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
