/* Rows of what makes pods: replica sets, deployments, stateful sets, daemon sets, jobs. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/table_inner.h"

#define NAME                                                                                                           \
	{                                                                                                              \
		"Name", "string", 0                                                                                    \
	}
#define AGE                                                                                                            \
	{                                                                                                              \
		"Age", "string", 0                                                                                     \
	}
#define CONTAINERS                                                                                                     \
	{"Containers", "string", 1},                                                                                   \
	{                                                                                                              \
		"Images", "string", 1                                                                                  \
	}
#define SELECTOR                                                                                                       \
	{                                                                                                              \
		"Selector", "string", 1                                                                                \
	}
#define END                                                                                                            \
	{                                                                                                              \
		0                                                                                                      \
	}

static void add_name(json_t *cells, const json_t *o)
{
	table_text(cells, js_str_at(o, "metadata", "name", NULL), "");
}

static void add_age(json_t *cells, const json_t *o, int64_t now_ms)
{
	char age[TABLE_AGE_MAX];
	table_text(cells, table_age(o, now_ms, age), "");
}

static void add_template(json_t *cells, const json_t *spec, bool with_selector)
{
	table_containers(cells, js_obj(spec, "template"));
	if (with_selector) {
		CLEANUP_FREE char *selector = table_selector(js_obj(spec, "selector"));
		table_text(cells, selector, "");
	}
}

static const struct table_column REPLICASET_COLUMNS[] = {
    NAME, {"Desired", "integer", 0}, {"Current", "integer", 0}, {"Ready", "integer", 0}, AGE, CONTAINERS, SELECTOR, END,
};

static void replicaset_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec"), *status = js_obj(o, "status");
	add_name(cells, o);
	table_number(cells, js_int(spec, "replicas", 1));
	table_number(cells, js_int(status, "replicas", 0));
	table_number(cells, js_int(status, "readyReplicas", 0));
	add_age(cells, o, now_ms);
	add_template(cells, spec, true);
}

static const struct table_column DEPLOYMENT_COLUMNS[] = {
    NAME, {"Ready", "string", 0}, {"Up-to-date", "string", 0}, {"Available", "string", 0}, AGE, CONTAINERS, SELECTOR,
    END,
};

static void deployment_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec"), *status = js_obj(o, "status");
	add_name(cells, o);
	table_format(cells, "%lld/%lld", (long long)js_int(status, "readyReplicas", 0),
		     (long long)js_int(spec, "replicas", 1));
	table_number(cells, js_int(status, "updatedReplicas", 0));
	table_number(cells, js_int(status, "availableReplicas", 0));
	add_age(cells, o, now_ms);
	add_template(cells, spec, true);
}

static const struct table_column STATEFULSET_COLUMNS[] = {NAME, {"Ready", "string", 0}, AGE, CONTAINERS, END};

static void statefulset_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec");
	add_name(cells, o);
	table_format(cells, "%lld/%lld", (long long)js_int(js_obj(o, "status"), "readyReplicas", 0),
		     (long long)js_int(spec, "replicas", 1));
	add_age(cells, o, now_ms);
	add_template(cells, spec, false);
}

static const struct table_column DAEMONSET_COLUMNS[] = {
    NAME,
    {"Desired", "integer", 0},
    {"Current", "integer", 0},
    {"Ready", "integer", 0},
    {"Up-to-date", "integer", 0},
    {"Available", "integer", 0},
    {"Node Selector", "string", 0},
    AGE,
    CONTAINERS,
    SELECTOR,
    END,
};

static void daemonset_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	static const char *const counts[] = {"desiredNumberScheduled", "currentNumberScheduled", "numberReady",
					     "updatedNumberScheduled", "numberAvailable"};
	const json_t *spec = js_obj(o, "spec");
	CLEANUP_FREE char *selector = table_labels(js_at(spec, "template", "spec", "nodeSelector", NULL));
	add_name(cells, o);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		table_number(cells, js_int(js_obj(o, "status"), counts[i], 0));
	}
	table_text(cells, selector, "");
	add_age(cells, o, now_ms);
	add_template(cells, spec, true);
}

static const struct table_column JOB_COLUMNS[] = {
    NAME, {"Status", "string", 0}, {"Completions", "string", 0}, {"Duration", "string", 0}, AGE, CONTAINERS, SELECTOR,
    END,
};

static bool has_condition(const json_t *o, const char *wanted)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(o, "status"), "conditions"), i, condition) {
		const char *type = js_str(condition, "type"), *status = js_str(condition, "status");
		if (type && status && strcmp(type, wanted) == 0 && strcmp(status, "True") == 0) {
			return true;
		}
	}
	return false;
}

static const char *job_state(const json_t *o)
{
	static const char *const order[] = {"Complete",	 "Failed",	  NULL,
					    "Suspended", "FailureTarget", "SuccessCriteriaMet"};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!order[i] && js_str_at(o, "metadata", "deletionTimestamp", NULL)) {
			return "Terminating";
		}
		if (order[i] && has_condition(o, order[i])) {
			return order[i];
		}
	}
	return "Running";
}

static void add_completions(json_t *cells, const json_t *spec, const json_t *status)
{
	long long succeeded = js_int(status, "succeeded", 0), wanted = js_int(spec, "completions", -1);
	long long parallel = js_int(spec, "parallelism", 1);
	if (wanted >= 0) {
		table_format(cells, "%lld/%lld", succeeded, wanted);
	} else if (parallel > 1) {
		table_format(cells, "%lld/1 of %lld", succeeded, parallel);
	} else {
		table_format(cells, "%lld/1", succeeded);
	}
}

static void add_duration(json_t *cells, const json_t *status, int64_t now_ms)
{
	const char *start = js_str(status, "startTime"), *end = js_str(status, "completionTime");
	int64_t from, until = now_ms;
	char text[TABLE_AGE_MAX];
	if (!start || time_parse(start, &from) < 0) {
		table_text(cells, NULL, "");
		return;
	}
	if (end && time_parse(end, &until) < 0) {
		until = now_ms;
	}
	table_text(cells, table_duration(until - from, text), "");
}

static void job_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec"), *status = js_obj(o, "status");
	add_name(cells, o);
	table_text(cells, job_state(o), "");
	add_completions(cells, spec, status);
	add_duration(cells, status, now_ms);
	add_age(cells, o, now_ms);
	add_template(cells, spec, true);
}

const struct table_printer TABLE_WORKLOADS[] = {
    {"replicasets", REPLICASET_COLUMNS, replicaset_row},
    {"deployments", DEPLOYMENT_COLUMNS, deployment_row},
    {"statefulsets", STATEFULSET_COLUMNS, statefulset_row},
    {"daemonsets", DAEMONSET_COLUMNS, daemonset_row},
    {"jobs", JOB_COLUMNS, job_row},
    {0},
};
