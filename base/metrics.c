#include "base/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char other[] = "other";

struct series {
	char *labels[METRIC_LABELS_MAX];
	double value;	  /* histogram: the sum */
	uint64_t *counts; /* histogram: of each bucket alone, the last is beyond all */
};

struct metric {
	struct series *series;
	size_t n, cap;
};

struct metrics {
	const struct metric_spec *specs;
	struct metric *metrics;
	size_t n;
};

static size_t n_labels(const struct metric_spec *spec)
{
	size_t n = 0;
	while (spec->labels[n]) {
		n++;
	}
	return n;
}

static struct series *find(const struct metric *metric, size_t labels, const char *const *values)
{
	for (size_t i = 0; i < metric->n; i++) {
		size_t same = 0;
		while (same < labels && strcmp(metric->series[i].labels[same], values[same]) == 0) {
			same++;
		}
		if (same == labels) {
			return &metric->series[i];
		}
	}
	return NULL;
}

/* The series of these label values, or the one for all others when there are too many. */
static struct series *series_get(struct metrics *m, size_t index, const char *const *values)
{
	static const char *const others[METRIC_LABELS_MAX] = {other, other, other, other};
	const struct metric_spec *spec = &m->specs[index];
	struct metric *metric = &m->metrics[index];
	size_t labels = n_labels(spec);
	struct series *series = find(metric, labels, values);
	if (series) {
		return series;
	}
	if (metric->n + 1 >= METRIC_SERIES_MAX) {
		values = others;
		series = find(metric, labels, values);
		if (series) {
			return series;
		}
	}
	metric->series = mem_grow(metric->series, &metric->cap, metric->n + 1, sizeof(*metric->series));
	series = &metric->series[metric->n++];
	*series = (struct series){0};
	for (size_t i = 0; i < labels; i++) {
		series->labels[i] = xstrdup(values[i]);
	}
	if (spec->type == METRIC_HISTOGRAM) {
		series->counts = xcalloc(spec->n_buckets + 1, sizeof(*series->counts));
	}
	return series;
}

struct metrics *metrics_new(const struct metric_spec *specs, size_t n)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	m->specs = specs;
	m->n = n;
	m->metrics = xcalloc(n, sizeof(*m->metrics));
	for (size_t i = 0; i < n; i++) {
		if (!n_labels(&specs[i])) {
			series_get(m, i, NULL);
		}
	}
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m) {
		return;
	}
	for (size_t i = 0; i < m->n; i++) {
		for (size_t j = 0; j < m->metrics[i].n; j++) {
			struct series *series = &m->metrics[i].series[j];
			for (size_t k = 0; k < METRIC_LABELS_MAX; k++) {
				free(series->labels[k]);
			}
			free(series->counts);
		}
		free(m->metrics[i].series);
	}
	free(m->metrics);
	free(m);
}

void metrics_add(struct metrics *m, size_t metric, const char *const *labels, double by)
{
	if (by >= 0 || m->specs[metric].type == METRIC_GAUGE) {
		series_get(m, metric, labels)->value += by;
	}
}

void metrics_set(struct metrics *m, size_t metric, const char *const *labels, double value)
{
	series_get(m, metric, labels)->value = value;
}

void metrics_observe(struct metrics *m, size_t metric, const char *const *labels, double value)
{
	const struct metric_spec *spec = &m->specs[metric];
	struct series *series = series_get(m, metric, labels);
	size_t i = 0;
	while (i < spec->n_buckets && value > spec->buckets[i]) {
		i++;
	}
	series->counts[i]++;
	series->value += value;
}

/* ---- text ---- */

const char *metric_type_name(enum metric_type type)
{
	static const char *const names[] = {"counter", "gauge", "histogram"};
	return names[type];
}

int metric_escape(struct buf *out, const char *text, bool quotes)
{
	int failed = 0;
	for (; *text; text++) {
		switch (*text) {
		case '\\':
			failed |= buf_puts(out, "\\\\");
			break;
		case '\n':
			failed |= buf_puts(out, "\\n");
			break;
		case '"':
			failed |= buf_puts(out, quotes ? "\\\"" : "\"");
			break;
		default:
			failed |= buf_putc(out, *text);
		}
	}
	return failed;
}

const char *metric_number(double value, char text[METRIC_NUMBER_MAX])
{
	if (isnan(value)) {
		return "NaN";
	}
	if (isinf(value)) {
		return value > 0 ? "+Inf" : "-Inf";
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, METRIC_NUMBER_MAX, "%.*g", digits, value);
		if (strtod(text, NULL) == value) { /* NOLINT: equal is what is meant */
			break;
		}
	}
	return text;
}

/* name_suffix{labels,le="bound"} value */
static int put_line(struct buf *out, const struct metric_spec *spec, const struct series *series, const char *suffix,
		    const char *bound, double value)
{
	char text[METRIC_NUMBER_MAX];
	const char *before = "{";
	int failed = buf_printf(out, "%s%s", spec->name, suffix);
	for (size_t i = 0; spec->labels[i]; i++) {
		failed |= buf_printf(out, "%s%s=\"", before, spec->labels[i]);
		failed |= metric_escape(out, series->labels[i], true);
		failed |= buf_putc(out, '"');
		before = ",";
	}
	if (bound) {
		failed |= buf_printf(out, "%sle=\"%s\"", before, bound);
		before = ",";
	}
	failed |= buf_printf(out, "%s %s\n", *before == ',' ? "}" : "", metric_number(value, text));
	return failed;
}

static int put_histogram(struct buf *out, const struct metric_spec *spec, const struct series *series)
{
	uint64_t so_far = 0;
	int failed = 0;
	for (size_t i = 0; i < spec->n_buckets; i++) {
		char text[METRIC_NUMBER_MAX];
		so_far += series->counts[i];
		failed |= put_line(out, spec, series, "_bucket", metric_number(spec->buckets[i], text), (double)so_far);
	}
	so_far += series->counts[spec->n_buckets];
	failed |= put_line(out, spec, series, "_bucket", "+Inf", (double)so_far);
	failed |= put_line(out, spec, series, "_sum", NULL, series->value);
	failed |= put_line(out, spec, series, "_count", NULL, (double)so_far);
	return failed;
}

int metrics_print(const struct metrics *m, struct buf *out)
{
	int failed = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct metric_spec *spec = &m->specs[i];
		failed |= buf_printf(out, "# HELP %s ", spec->name);
		failed |= metric_escape(out, spec->help, false);
		failed |= buf_printf(out, "\n# TYPE %s %s\n", spec->name, metric_type_name(spec->type));
		for (size_t j = 0; j < m->metrics[i].n; j++) {
			const struct series *series = &m->metrics[i].series[j];
			failed |= spec->type == METRIC_HISTOGRAM ? put_histogram(out, spec, series)
								 : put_line(out, spec, series, "", NULL, series->value);
		}
	}
	return failed ? -1 : 0;
}
