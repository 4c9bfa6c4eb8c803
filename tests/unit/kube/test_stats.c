#include <string.h>

#include "tests/unit/unit.h"

#include "base/js.h"
#include "base/mem.h"
#include "kube/stats.h"

static struct kube_usage usage(int64_t ms, double cpu, double memory)
{
	struct kube_usage u = kube_usage_unknown();
	u.time_ms = ms;
	u.of[FIGURE_CPU] = cpu;
	u.of[FIGURE_WORKING_SET] = memory;
	return u;
}

/* One pod with a container that is measured and one that is not. */
struct sample {
	struct kube_stats_container containers[2];
	struct kube_stats_pod pod;
	struct kube_stats stats;
};

static void make(struct sample *s)
{
	*s = (struct sample){
	    .containers = {{.name = "main", .image = "re\"po/x:1", .id = "e.t", .start_ms = 1700000000500},
			   {.name = "side", .image = "y", .id = "e.u"}},
	    .pod =
		{.ns = "default", .name = "web", .uid = "u1", .id = "e", .start_ms = 1700000000000, .n_containers = 2},
	    .stats = {.node = "agent1", .n_pods = 1},
	};
	s->containers[0].usage = usage(1700000100250, 4.5, 1048576);
	s->containers[1].usage = kube_usage_unknown();
	s->pod.usage = usage(1700000100000, 5, 2097152);
	s->pod.containers = s->containers;
	s->stats.usage = usage(1700000100300, 60.25, 4194304);
	s->stats.pods = &s->pod;
}

static void metrics_server_finds_what_it_scrapes(void **state)
{
	(void)state;
	struct sample s;
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	make(&s);
	assert_int_equal(kube_stats_resource(&s.stats, &out), 0);
	static const char *const lines[] = {
	    "# TYPE node_cpu_usage_seconds_total counter\nnode_cpu_usage_seconds_total 60.25 1700000100300\n",
	    "\nnode_memory_working_set_bytes 4194304 1700000100300\n",
	    "\ncontainer_start_time_seconds{container=\"main\",namespace=\"default\",pod=\"web\"} 1700000000.5\n",
	    "\ncontainer_cpu_usage_seconds_total{container=\"main\",namespace=\"default\",pod=\"web\"} 4.5 "
	    "1700000100250\n",
	    "\ncontainer_memory_working_set_bytes{container=\"main\",namespace=\"default\",pod=\"web\"} 1048576 "
	    "1700000100250\n",
	    "\npod_cpu_usage_seconds_total{namespace=\"default\",pod=\"web\"} 5 1700000100000\n",
	    "\npod_memory_working_set_bytes{namespace=\"default\",pod=\"web\"} 2097152 1700000100000\n",
	    "\nresource_scrape_error 0\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!strstr(buf_str(&out), lines[i])) {
			fail_msg("not there: %s in %s", lines[i], buf_str(&out));
		}
	}
}

static void what_is_not_known_is_left_out(void **state)
{
	(void)state;
	struct sample s;
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	make(&s);
	kube_stats_resource(&s.stats, &out);
	kube_stats_cadvisor(&s.stats, &out);
	assert_null(strstr(buf_str(&out), "side"));
	assert_null(strstr(buf_str(&out), "swap"));
	assert_null(strstr(buf_str(&out), "throttled"));
	s.stats.usage = kube_usage_unknown();
	buf_clear(&out);
	kube_stats_resource(&s.stats, &out);
	assert_null(strstr(buf_str(&out), "node_"));
}

static void figures_that_could_not_be_had_are_an_error_that_scrapers_know(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	kube_stats_resource(NULL, &out);
	assert_non_null(strstr(buf_str(&out), "\nresource_scrape_error 1\n"));
	buf_clear(&out);
	kube_stats_cadvisor(NULL, &out);
	assert_non_null(strstr(buf_str(&out), "\ncontainer_scrape_error 1\n"));
}

static void cadvisors_metrics_name_container_image_and_pod(void **state)
{
	(void)state;
	struct sample s;
	CLEANUP_BUF struct buf out = BUF_INIT(KUBE_STATS_TEXT_MAX);
	make(&s);
	s.containers[0].usage.of[FIGURE_RSS] = 77;
	assert_int_equal(kube_stats_cadvisor(&s.stats, &out), 0);
	assert_non_null(strstr(buf_str(&out),
			       "\ncontainer_cpu_usage_seconds_total{container=\"main\",cpu=\"total\",id=\"e.t\",image="
			       "\"re\\\"po/x:1\",namespace=\"default\",pod=\"web\"} 4.5 1700000100250\n"));
	assert_non_null(strstr(buf_str(&out), "\ncontainer_cpu_usage_seconds_total{container=\"\",cpu=\"total\",id="
					      "\"e\",image=\"\",namespace=\"default\",pod=\"web\"} 5 1700000100000\n"));
	assert_non_null(strstr(buf_str(&out), "\ncontainer_memory_rss{container=\"main\",id=\"e.t\","));
	assert_null(strstr(buf_str(&out), "node_"));
}

static void a_page_that_is_too_long_is_said(void **state)
{
	(void)state;
	struct sample s;
	CLEANUP_BUF struct buf out = BUF_INIT(200);
	make(&s);
	assert_int_equal(kube_stats_resource(&s.stats, &out), -1);
}

static void the_summary_is_a_kubelets(void **state)
{
	(void)state;
	struct sample s;
	make(&s);
	s.pod.usage.of[FIGURE_DISK] = 512;
	s.pod.usage.of[FIGURE_MEMORY] = 3000000;
	s.pod.usage.of[FIGURE_LIMIT] = 4194304;
	s.pod.usage.of[FIGURE_PROCESSES] = 3;
	CLEANUP_JSON json_t *o = kube_stats_summary(&s.stats, false);
	CLEANUP_FREE char *text = js_text(o);
	assert_string_equal(
	    text, "{\"node\":{\"nodeName\":\"agent1\",\"startTime\":null,"
		  "\"cpu\":{\"time\":\"2023-11-14T22:15:00Z\",\"usageCoreNanoSeconds\":60250000000},"
		  "\"memory\":{\"time\":\"2023-11-14T22:15:00Z\",\"workingSetBytes\":4194304}},"
		  "\"pods\":[{\"podRef\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"u1\"},"
		  "\"startTime\":\"2023-11-14T22:13:20Z\",\"containers\":[{\"name\":\"main\","
		  "\"startTime\":\"2023-11-14T22:13:20Z\",\"cpu\":{\"time\":\"2023-11-14T22:15:00Z\","
		  "\"usageCoreNanoSeconds\":4500000000},\"memory\":{\"time\":\"2023-11-14T22:15:00Z\","
		  "\"workingSetBytes\":1048576}},{\"name\":\"side\",\"startTime\":null}],"
		  "\"cpu\":{\"time\":\"2023-11-14T22:15:00Z\",\"usageCoreNanoSeconds\":5000000000},"
		  "\"memory\":{\"time\":\"2023-11-14T22:15:00Z\",\"availableBytes\":2097152,\"usageBytes\":3000000,"
		  "\"workingSetBytes\":2097152},\"ephemeral-storage\":{\"time\":\"2023-11-14T22:15:00Z\","
		  "\"usedBytes\":512},\"process_stats\":{\"process_count\":3}}]}");
	CLEANUP_JSON json_t *less = kube_stats_summary(&s.stats, true);
	CLEANUP_FREE char *short_text = js_text(less);
	assert_null(strstr(short_text, "ephemeral-storage"));
	assert_non_null(strstr(short_text, "usageBytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metrics_server_finds_what_it_scrapes),
	    cmocka_unit_test(what_is_not_known_is_left_out),
	    cmocka_unit_test(figures_that_could_not_be_had_are_an_error_that_scrapers_know),
	    cmocka_unit_test(cadvisors_metrics_name_container_image_and_pod),
	    cmocka_unit_test(a_page_that_is_too_long_is_said),
	    cmocka_unit_test(the_summary_is_a_kubelets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
