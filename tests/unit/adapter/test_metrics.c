#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/metrics_table.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_MAX ((size_t)4 << 20)
#define PAGE "docs/metrics.md"

/* The row of the page for a metric. */
static char *row_of(const struct metric_spec *spec)
{
	struct buf row = BUF_INIT(4096);
	buf_printf(&row, "| `%s` | %s | ", spec->name, metric_type_name(spec->type));
	for (size_t i = 0; spec->labels[i]; i++) {
		buf_printf(&row, "%s`%s`", i ? ", " : "", spec->labels[i]);
	}
	buf_printf(&row, "%s| %s |\n", spec->labels[0] ? " " : "", spec->help);
	return buf_steal(&row, NULL);
}

static void the_page_lists_every_metric_in_order_and_no_other(void **state)
{
	struct err e = {0};
	size_t n, rows = 0;
	(void)state;
	CLEANUP_FREE char *page = file_read(PAGE, FILE_MAX, &n, &e);
	assert_non_null(page);
	const char *at = page;
	for (size_t i = 0; i < ADAPTER_METRICS; i++) {
		CLEANUP_FREE char *row = row_of(&adapter_metrics[i]);
		const char *found = strstr(at, row);
		if (!found) {
			fail_msg(PAGE " has no such row, or not in its place: %s", row);
		}
		at = found;
	}
	/* Rows of the other table begin with a condition, and those are no name that ends here. */
	for (const char *p = page; (p = strstr(p, "\n| `")) != NULL; p++) {
		size_t name = strspn(p + 4, "abcdefghijklmnopqrstuvwxyz_");
		rows += strncmp(p + 4 + name, "` | ", 4) == 0 && strncmp(p + 4, "/", 1) != 0;
	}
	assert_int_equal(rows, ADAPTER_METRICS);
}

static bool is_name(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!islower((unsigned char)*p) && *p != '_') {
			return false;
		}
	}
	return *text != '\0';
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && strcmp(text + n - m, end) == 0;
}

static void names_and_labels_are_as_prometheus_wants_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ADAPTER_METRICS; i++) {
		const struct metric_spec *spec = &adapter_metrics[i];
		assert_non_null(spec->name);
		assert_true(is_name(spec->name));
		assert_true(*spec->help && ends_with(spec->help, "."));
		assert_true(strncmp(spec->name, "kube_mesos_adapter_", 19) == 0 ||
			    strncmp(spec->name, "process_", 8) == 0);
		assert_int_equal(ends_with(spec->name, "_total"), spec->type == METRIC_COUNTER);
		assert_int_equal(spec->n_buckets > 0, spec->type == METRIC_HISTOGRAM);
		for (size_t j = 0; spec->labels[j]; j++) {
			assert_true(is_name(spec->labels[j]));
			assert_string_not_equal(spec->labels[j], "le");
		}
		for (size_t j = 1; j < spec->n_buckets; j++) {
			assert_true(spec->buckets[j] > spec->buckets[j - 1]);
		}
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(spec->name, adapter_metrics[j].name);
		}
	}
}

static void an_http_status_is_counted_by_its_class(void **state)
{
	(void)state;
	assert_string_equal(metric_code_class(0), "none");
	assert_string_equal(metric_code_class(200), "2xx");
	assert_string_equal(metric_code_class(409), "4xx");
	assert_string_equal(metric_code_class(599), "5xx");
	assert_string_equal(metric_code_class(999), "other");
	assert_string_equal(metric_code_class(-100), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_lists_every_metric_in_order_and_no_other),
	    cmocka_unit_test(names_and_labels_are_as_prometheus_wants_them),
	    cmocka_unit_test(an_http_status_is_counted_by_its_class),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
