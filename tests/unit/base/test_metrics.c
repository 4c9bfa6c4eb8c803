#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

enum { CALLS, HELD, LATENCY, N };

static const double bounds[] = {0.1, 1, 2.5};
static const struct metric_spec specs[N] = {
    [CALLS] = {.name = "t_calls_total", .help = "Calls.", .type = METRIC_COUNTER, .labels = {"verb", "code"}},
    [HELD] = {.name = "t_held", .help = "A \\ and\na \"line\".", .type = METRIC_GAUGE},
    [LATENCY] = {.name = "t_seconds",
		 .help = "Time.",
		 .type = METRIC_HISTOGRAM,
		 .labels = {"verb"},
		 .buckets = bounds,
		 .n_buckets = 3},
};

static int set_up(void **state)
{
	*state = metrics_new(specs, N);
	return 0;
}

static int tear_down(void **state)
{
	metrics_free(*state);
	return 0;
}

static void assert_text(const struct metrics *m, const char *want)
{
	CLEANUP_BUF struct buf out = BUF_INIT(METRICS_TEXT_MAX);
	assert_int_equal(metrics_print(m, &out), 0);
	assert_string_equal(buf_str(&out), want);
}

static void assert_has(const struct metrics *m, const char *line)
{
	CLEANUP_BUF struct buf out = BUF_INIT(METRICS_TEXT_MAX);
	assert_int_equal(metrics_print(m, &out), 0);
	if (!strstr(buf_str(&out), line)) {
		fail_msg("\"%s\" is not in:\n%s", line, buf_str(&out));
	}
}

static void what_has_no_labels_is_shown_at_once_and_the_rest_when_it_has_a_value(void **state)
{
	assert_text(*state, "# HELP t_calls_total Calls.\n"
			    "# TYPE t_calls_total counter\n"
			    "# HELP t_held A \\\\ and\\na \"line\".\n"
			    "# TYPE t_held gauge\n"
			    "t_held 0\n"
			    "# HELP t_seconds Time.\n"
			    "# TYPE t_seconds histogram\n");
}

static void each_set_of_label_values_is_a_series_of_its_own(void **state)
{
	metrics_add(*state, CALLS, LABELS("GET", "2xx"), 1);
	metrics_add(*state, CALLS, LABELS("GET", "4xx"), 2);
	metrics_add(*state, CALLS, LABELS("GET", "2xx"), 1);
	assert_has(*state, "t_calls_total{verb=\"GET\",code=\"2xx\"} 2\nt_calls_total{verb=\"GET\",code=\"4xx\"} 2\n");
}

static void label_values_are_escaped(void **state)
{
	metrics_add(*state, CALLS, LABELS("a\"b", "c\\d\ne"), 1);
	assert_has(*state, "t_calls_total{verb=\"a\\\"b\",code=\"c\\\\d\\ne\"} 1\n");
}

static void a_histogram_counts_what_is_at_most_each_bound(void **state)
{
	const double seen[] = {0.05, 0.1, 0.3, 2.5, 2.6, 100};
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		metrics_observe(*state, LATENCY, LABELS("GET"), seen[i]);
	}
	assert_has(*state, "t_seconds_bucket{verb=\"GET\",le=\"0.1\"} 2\n"
			   "t_seconds_bucket{verb=\"GET\",le=\"1\"} 3\n"
			   "t_seconds_bucket{verb=\"GET\",le=\"2.5\"} 4\n"
			   "t_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 6\n"
			   "t_seconds_sum{verb=\"GET\"} 105.55\n"
			   "t_seconds_count{verb=\"GET\"} 6\n");
}

static void numbers_are_written_so_that_they_read_back_the_same(void **state)
{
	static const struct {
		double value;
		const char *text;
	} table[] = {
	    {0, "0"},
	    {-1, "-1"},
	    {0.1, "0.1"},
	    {1e15, "1e+15"},
	    {123456789, "123456789"},
	    {0.1 + 0.2, "0.30000000000000004"},
	    {INFINITY, "+Inf"},
	    {-INFINITY, "-Inf"},
	    {NAN, "NaN"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char line[64];
		snprintf(line, sizeof(line), "\nt_held %s\n", table[i].text);
		metrics_set(*state, HELD, NULL, table[i].value);
		assert_has(*state, line);
	}
}

static void a_counter_never_goes_down_and_a_gauge_may(void **state)
{
	metrics_add(*state, CALLS, LABELS("GET", "2xx"), 3);
	metrics_add(*state, CALLS, LABELS("GET", "2xx"), -1);
	metrics_add(*state, HELD, NULL, 3);
	metrics_add(*state, HELD, NULL, -1);
	assert_has(*state, "t_calls_total{verb=\"GET\",code=\"2xx\"} 3\n");
	assert_has(*state, "t_held 2\n");
}

static void what_comes_after_too_many_series_is_counted_as_other(void **state)
{
	for (int i = 0; i < METRIC_SERIES_MAX + 10; i++) {
		char verb[16];
		snprintf(verb, sizeof(verb), "v%d", i);
		metrics_add(*state, CALLS, LABELS(verb, "2xx"), 1);
	}
	metrics_add(*state, CALLS, LABELS("v0", "2xx"), 1);
	assert_has(*state, "t_calls_total{verb=\"v0\",code=\"2xx\"} 2\n");
	assert_has(*state, "t_calls_total{verb=\"other\",code=\"other\"} 11\n");
	CLEANUP_BUF struct buf out = BUF_INIT(METRICS_TEXT_MAX);
	assert_int_equal(metrics_print(*state, &out), 0);
	int lines = 0;
	for (const char *p = buf_str(&out); (p = strstr(p, "t_calls_total{")) != NULL; p++) {
		lines++;
	}
	assert_int_equal(lines, METRIC_SERIES_MAX);
}

static void a_page_that_is_too_small_is_an_error(void **state)
{
	CLEANUP_BUF struct buf out = BUF_INIT(40);
	assert_int_equal(metrics_print(*state, &out), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_has_no_labels_is_shown_at_once_and_the_rest_when_it_has_a_value,
					    set_up, tear_down),
	    cmocka_unit_test_setup_teardown(each_set_of_label_values_is_a_series_of_its_own, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(label_values_are_escaped, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_histogram_counts_what_is_at_most_each_bound, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(numbers_are_written_so_that_they_read_back_the_same, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_counter_never_goes_down_and_a_gauge_may, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_comes_after_too_many_series_is_counted_as_other, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_page_that_is_too_small_is_an_error, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
