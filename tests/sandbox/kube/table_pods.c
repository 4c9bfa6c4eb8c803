/* The row of a pod: one word for what it is doing, drawn from phase, reason, conditions and all its containers. */
#include <stdio.h>
#include <string.h>

#include "base/js.h"
#include "tests/sandbox/kube/table_inner.h"

#define WORD_MAX 256

struct summary {
	char word[WORD_MAX];
	int64_t restarts, restarted_ms; /* 0: never */
	int64_t sidecar_restarts, sidecar_restarted_ms;
	size_t ready, total;
	bool initializing, running;
};

static void say(struct summary *s, const char *prefix, const char *word)
{
	snprintf(s->word, sizeof(s->word), "%s%s", prefix, word);
}

static bool has_condition(const json_t *pod, const char *type, const char *key, const char *value)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(pod, "status"), "conditions"), i, condition) {
		const char *name = js_str(condition, "type"), *found = js_str(condition, key);
		if (name && found && strcmp(name, type) == 0 && strcmp(found, value) == 0) {
			return true;
		}
	}
	return false;
}

/* An init container that keeps running beside the others. */
static bool is_sidecar(const json_t *pod, const char *name)
{
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(js_obj(pod, "spec"), "initContainers"), i, container) {
		const char *other = js_str(container, "name"), *policy = js_str(container, "restartPolicy");
		if (name && other && strcmp(name, other) == 0) {
			return policy && strcmp(policy, "Always") == 0;
		}
	}
	return false;
}

static void count_restarts(const json_t *status, int64_t *restarts, int64_t *last_ms)
{
	int64_t at;
	const char *finished = js_str_at(status, "lastState", "terminated", "finishedAt", NULL);
	*restarts += js_int(status, "restartCount", 0);
	if (finished && time_parse(finished, &at) == 0 && at > *last_ms) {
		*last_ms = at;
	}
}

static void say_terminated(struct summary *s, const char *prefix, const json_t *terminated)
{
	const char *reason = js_str(terminated, "reason");
	long long signal = js_int(terminated, "signal", 0);
	if (reason && *reason) {
		say(s, prefix, reason);
	} else if (signal != 0) {
		snprintf(s->word, sizeof(s->word), "%sSignal:%lld", prefix, signal);
	} else {
		snprintf(s->word, sizeof(s->word), "%sExitCode:%lld", prefix,
			 (long long)js_int(terminated, "exitCode", 0));
	}
}

/* False when this init container has done its part. */
static bool still_initializing(struct summary *s, const json_t *pod, const json_t *status, size_t index)
{
	const json_t *state = js_obj(status, "state"), *terminated = js_obj(state, "terminated");
	const char *waiting = js_str_at(state, "waiting", "reason", NULL);
	bool sidecar = is_sidecar(pod, js_str(status, "name"));
	count_restarts(status, &s->restarts, &s->restarted_ms);
	if (sidecar) {
		count_restarts(status, &s->sidecar_restarts, &s->sidecar_restarted_ms);
	}
	if (terminated && js_int(terminated, "exitCode", 0) == 0) {
		return false;
	}
	if (sidecar && js_bool(status, "started", false)) {
		s->ready += js_bool(status, "ready", false);
		return false;
	}
	if (terminated) {
		say_terminated(s, "Init:", terminated);
	} else if (waiting && *waiting && strcmp(waiting, "PodInitializing") != 0) {
		say(s, "Init:", waiting);
	} else {
		snprintf(s->word, sizeof(s->word), "Init:%zu/%zu", index,
			 json_array_size(js_arr(js_obj(pod, "spec"), "initContainers")));
	}
	return true;
}

static void look_at_init_containers(struct summary *s, const json_t *pod)
{
	size_t i;
	json_t *status, *container;
	json_array_foreach (js_arr(js_obj(pod, "spec"), "initContainers"), i, container) {
		s->total += is_sidecar(pod, js_str(container, "name"));
	}
	json_array_foreach (js_arr(js_obj(pod, "status"), "initContainerStatuses"), i, status) {
		if (still_initializing(s, pod, status, i)) {
			s->initializing = true;
			return;
		}
	}
}

static void look_at_container(struct summary *s, const json_t *status)
{
	const json_t *state = js_obj(status, "state"), *terminated = js_obj(state, "terminated");
	const char *waiting = js_str_at(state, "waiting", "reason", NULL);
	count_restarts(status, &s->restarts, &s->restarted_ms);
	if (waiting && *waiting) {
		say(s, "", waiting);
	} else if (terminated) {
		say_terminated(s, "", terminated);
	} else if (js_bool(status, "ready", false) && js_obj(state, "running")) {
		s->running = true;
		s->ready++;
	}
}

/* The first container has the last word. */
static void look_at_containers(struct summary *s, const json_t *pod)
{
	const json_t *statuses = js_arr(js_obj(pod, "status"), "containerStatuses");
	s->restarts = s->sidecar_restarts;
	s->restarted_ms = s->sidecar_restarted_ms;
	for (size_t i = json_array_size(statuses); i-- > 0;) {
		look_at_container(s, json_array_get(statuses, i));
	}
	if (s->running && strcmp(s->word, "Completed") == 0) {
		say(s, "", has_condition(pod, "Ready", "status", "True") ? "Running" : "NotReady");
	}
}

static void look_at_deletion(struct summary *s, const json_t *pod)
{
	const char *reason = js_str_at(pod, "status", "reason", NULL), *phase = js_str_at(pod, "status", "phase", NULL);
	if (!js_str_at(pod, "metadata", "deletionTimestamp", NULL)) {
		return;
	}
	bool finished = phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
	if (reason && strcmp(reason, "NodeLost") == 0) {
		say(s, "", "Unknown");
	} else if (!finished) {
		say(s, "", "Terminating");
	}
}

static void summarise(struct summary *s, const json_t *pod)
{
	const char *phase = js_str_at(pod, "status", "phase", NULL), *reason = js_str_at(pod, "status", "reason", NULL);
	s->total = json_array_size(js_arr(js_obj(pod, "spec"), "containers"));
	say(s, "", reason && *reason ? reason : phase ? phase : "");
	if (has_condition(pod, "PodScheduled", "reason", "SchedulingGated")) {
		say(s, "", "SchedulingGated");
	}
	look_at_init_containers(s, pod);
	if (!s->initializing || has_condition(pod, "Initialized", "status", "True")) {
		look_at_containers(s, pod);
	}
	look_at_deletion(s, pod);
}

static void add_readiness_gates(json_t *cells, const json_t *pod)
{
	const json_t *gates = js_arr(js_obj(pod, "spec"), "readinessGates");
	size_t i, passed = 0;
	json_t *gate;
	if (json_array_size(gates) == 0) {
		table_text(cells, NULL, "<none>");
		return;
	}
	json_array_foreach (gates, i, gate) {
		const char *type = js_str(gate, "conditionType");
		passed += type && has_condition(pod, type, "status", "True");
	}
	table_format(cells, "%zu/%zu", passed, json_array_size(gates));
}

static void pod_row(json_t *cells, const json_t *pod, int64_t now_ms)
{
	struct summary s = {0};
	char age[TABLE_AGE_MAX];
	summarise(&s, pod);
	table_text(cells, js_str_at(pod, "metadata", "name", NULL), "");
	table_format(cells, "%zu/%zu", s.ready, s.total);
	table_text(cells, s.word, "");
	if (s.restarts != 0 && s.restarted_ms != 0) {
		table_format(cells, "%lld (%s ago)", (long long)s.restarts,
			     table_duration(now_ms - s.restarted_ms, age));
	} else {
		table_format(cells, "%lld", (long long)s.restarts);
	}
	table_text(cells, table_age(pod, now_ms, age), "");
	table_text(cells, js_str_at(pod, "status", "podIP", NULL), "<none>");
	table_text(cells, js_str_at(pod, "spec", "nodeName", NULL), "<none>");
	table_text(cells, js_str_at(pod, "status", "nominatedNodeName", NULL), "<none>");
	add_readiness_gates(cells, pod);
}

static const struct table_column COLUMNS[] = {
    {"Name", "string", 0},
    {"Ready", "string", 0},
    {"Status", "string", 0},
    {"Restarts", "string", 0},
    {"Age", "string", 0},
    {"IP", "string", 1},
    {"Node", "string", 1},
    {"Nominated Node", "string", 1},
    {"Readiness Gates", "string", 1},
    {0},
};

const struct table_printer TABLE_PODS = {"pods", COLUMNS, pod_row};
