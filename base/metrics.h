/* Counters, gauges and histograms, and their text for Prometheus (text exposition format 0.0.4). Pure.
 *
 * What there is to measure is one table of specs; a metric is named by its place in the table. A metric without labels
 * is shown from the start, one with labels shows a series once it has a value. Series are bounded: what comes after
 * METRIC_SERIES_MAX of them is counted together in one whose labels all say "other", so that no peer can make a metric
 * grow. Label values must be UTF-8, and must never be secrets or names that people choose.
 *
 * Life cycle: metrics_new borrows the table for ever, metrics_free frees the values.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define METRIC_SERIES_MAX 128
#define METRIC_LABELS_MAX 4
#define METRIC_NUMBER_MAX 32		   /* bytes of a number's text */
#define METRICS_TEXT_MAX ((size_t)4 << 20) /* bytes of a page that holds every metric */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_spec {
	const char *name, *help;
	enum metric_type type;
	const char *labels[METRIC_LABELS_MAX + 1]; /* names, NULL after the last */
	const double *buckets;			   /* histogram: upper bounds, ascending, without infinity */
	size_t n_buckets;
};

struct metrics;
struct metrics *metrics_new(const struct metric_spec *specs, size_t n);
void metrics_free(struct metrics *m);

/* Values of the labels, in the order of the spec: LABELS("GET", "2xx"). NULL when the metric has none. */
#define LABELS(...) ((const char *const[]){__VA_ARGS__})

/* A counter goes up only; less than 0 is a defect of the caller and is not counted. */
void metrics_add(struct metrics *m, size_t metric, const char *const *labels, double by);
void metrics_set(struct metrics *m, size_t metric, const char *const *labels, double value);
void metrics_observe(struct metrics *m, size_t metric, const char *const *labels, double value);

/* Appends all; -1 when `out` is full. */
int metrics_print(const struct metrics *m, struct buf *out);

const char *metric_type_name(enum metric_type type);

/* The pieces of a line, for those who print metrics of their own. The text of a label's value (with quotes) or of a
 * help; -1 when `out` is full. */
int metric_escape(struct buf *out, const char *text, bool quotes);
/* The shortest text that reads back as the same number. */
const char *metric_number(double value, char text[METRIC_NUMBER_MAX]);

#endif
