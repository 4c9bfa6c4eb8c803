/* What this program measures. docs/metrics.md is the operator's list; a test compares both.
 *
 * Names follow Prometheus: unit last, _total for counters, process_* as every exporter has them. Labels have few values
 * that the program itself chooses; nothing that people or peers name stands in one.
 */
#ifndef ADAPTER_METRICS_TABLE_H
#define ADAPTER_METRICS_TABLE_H

#include "base/metrics.h"

enum adapter_metric {
	/* Gauges of the core, taken when they are asked for */
	METRIC_PODS,
	METRIC_AGENTS,
	METRIC_OFFERS,
	METRIC_TASKS_LIVE,
	METRIC_UPDATES_UNACKNOWLEDGED,
	METRIC_ORPHANS,
	/* What is done and how it ends */
	METRIC_EFFECTS,
	METRIC_KUBERNETES_SECONDS,
	METRIC_MESOS_SECONDS,
	METRIC_POD_LISTS,
	METRIC_WATCH_FAILURES,
	METRIC_SUBSCRIPTIONS,
	METRIC_DISCONNECTIONS,
	METRIC_TASK_UPDATES,
	METRIC_AGENT_FAILURES,
	METRIC_EXECUTOR_SHUTDOWNS,
	METRIC_AUDITS,
	METRIC_AUDIT_DIFFERENCES,
	METRIC_EVENTS_DROPPED,
	/* The instance */
	METRIC_LEADER,
	METRIC_SUBSCRIBED,
	METRIC_BUILD_INFO,
	METRIC_CPU_SECONDS,
	METRIC_RESIDENT_BYTES,
	METRIC_OPEN_FDS,
	METRIC_MAX_FDS,
	METRIC_START_TIME,
	ADAPTER_METRICS
};

extern const struct metric_spec adapter_metrics[ADAPTER_METRICS];

/* "2xx" and so on; "none" for 0, when no answer came. */
const char *metric_code_class(int http_status);

#endif
