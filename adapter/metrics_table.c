#include "adapter/metrics_table.h"

#define PREFIX "kube_mesos_adapter_"

/* Seconds: from an answer on the same machine to the time-out of a call. */
static const double call_seconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
#define N_CALL_SECONDS (sizeof(call_seconds) / sizeof(call_seconds[0]))

/* Two or three lines a row read better than ten. */
/* clang-format off */
const struct metric_spec adapter_metrics[ADAPTER_METRICS] = {
	[METRIC_PODS] = {PREFIX "pods", "Pods that are looked at, by the state of their life.",
		METRIC_GAUGE, .labels = {"state"}},
	[METRIC_AGENTS] = {PREFIX "agents", "Mesos agents that have offered something, run a pod or have a node.", .type = METRIC_GAUGE},
	[METRIC_OFFERS] = {PREFIX "offers_held", "Mesos offers in hand.", .type = METRIC_GAUGE},
	[METRIC_TASKS_LIVE] = {PREFIX "tasks_live", "Mesos tasks of pods that live or may live.", .type = METRIC_GAUGE},
	[METRIC_UPDATES_UNACKNOWLEDGED] = {PREFIX "updates_unacknowledged",
		"Task updates whose status is not stored in Kubernetes yet.", .type = METRIC_GAUGE},
	[METRIC_ORPHANS] = {PREFIX "orphans", "Live tasks that no pod explains, in quarantine.", .type = METRIC_GAUGE},

	[METRIC_EFFECTS] = {PREFIX "effects_total", "Things done to Kubernetes and Mesos, and how they ended.",
		METRIC_COUNTER, .labels = {"effect", "result"}},
	[METRIC_KUBERNETES_SECONDS] = {PREFIX "kubernetes_request_duration_seconds",
		"Calls to the API server from being sent to the end of the answer, watches apart; code none: no answer.",
		METRIC_HISTOGRAM, .labels = {"verb", "code"}, .buckets = call_seconds, .n_buckets = N_CALL_SECONDS},
	[METRIC_MESOS_SECONDS] = {PREFIX "mesos_call_duration_seconds",
		"Calls to the Mesos master, waiting for earlier ones included; code none: no answer.",
		METRIC_HISTOGRAM, .labels = {"call", "code"}, .buckets = call_seconds, .n_buckets = N_CALL_SECONDS},
	[METRIC_POD_LISTS] = {PREFIX "pod_lists_total", "Complete lists of pods; more than one: a watch could not go on.",
		.type = METRIC_COUNTER},
	[METRIC_WATCH_FAILURES] = {PREFIX "watch_failures_total", "Lists and watches that were interrupted.",
		.type = METRIC_COUNTER},
	[METRIC_SUBSCRIPTIONS] = {PREFIX "subscriptions_total", "Sessions with a Mesos master that have begun.",
		.type = METRIC_COUNTER},
	[METRIC_DISCONNECTIONS] = {PREFIX "disconnections_total", "Sessions with a Mesos master that have ended.",
		.type = METRIC_COUNTER},
	[METRIC_TASK_UPDATES] = {PREFIX "task_updates_total", "Task updates and answers to reconciliation, by state.",
		METRIC_COUNTER, .labels = {"state"}},
	[METRIC_AGENT_FAILURES] = {PREFIX "agent_failures_total", "Agents that Mesos lost or removed.", .type = METRIC_COUNTER},
	[METRIC_EVENTS_DROPPED] = {PREFIX "events_dropped_total",
		"Events for people that were dropped, because too many waited for the API server.", .type = METRIC_COUNTER},

	[METRIC_EXECUTOR_SHUTDOWNS] = {PREFIX "executor_shutdowns_total", "Executors shut down because kills had no effect.",
		.type = METRIC_COUNTER},
	[METRIC_AUDITS] = {PREFIX "audits_total", "Comparisons of both worlds with what is believed.", .type = METRIC_COUNTER},
	[METRIC_AUDIT_DIFFERENCES] = {PREFIX "audit_differences_total", "What audits found, by kind.",
		METRIC_COUNTER, .labels = {"kind"}},

	[METRIC_LEADER] = {PREFIX "leader", "1 if this instance acts, 0 if it stands by.", .type = METRIC_GAUGE},
	[METRIC_SUBSCRIBED] = {PREFIX "subscribed", "1 if there is a session with the Mesos master.", .type = METRIC_GAUGE},
	[METRIC_BUILD_INFO] = {PREFIX "build_info", "1, labelled with the version.", METRIC_GAUGE, .labels = {"version"}},
	[METRIC_CPU_SECONDS] = {"process_cpu_seconds_total", "User and system time.", .type = METRIC_COUNTER},
	[METRIC_RESIDENT_BYTES] = {"process_resident_memory_bytes", "Resident memory.", .type = METRIC_GAUGE},
	[METRIC_OPEN_FDS] = {"process_open_fds", "Open file descriptors.", .type = METRIC_GAUGE},
	[METRIC_MAX_FDS] = {"process_max_fds", "File descriptors that may be open.", .type = METRIC_GAUGE},
	[METRIC_START_TIME] = {"process_start_time_seconds", "When the process started, in seconds since 1970.",
		.type = METRIC_GAUGE},
};
/* clang-format on */

const char *metric_code_class(int http_status)
{
	static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
	int class = http_status / 100;
	return class >= 0 && class <= 5 ? classes[class] : "other";
}
