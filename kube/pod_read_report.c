/* The stored status as the report that would store it, so that the two can be compared. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "kube/amounts.h"
#include "kube/pod_read.h"
#include "kube/pod_status.h"

static int64_t time_of(const json_t *o, const char *key)
{
	int64_t ms = 0;
	const char *text = js_str(o, key);
	return text && time_parse(text, &ms) == 0 ? ms : 0;
}

static struct kube_run run_of(const json_t *state)
{
	const json_t *waiting = js_obj(state, "waiting"), *running = js_obj(state, "running");
	const json_t *ended = js_obj(state, "terminated");
	if (ended) {
		return (struct kube_run){
		    .state = CONTAINER_TERMINATED,
		    .reason = js_str(ended, "reason"),
		    .message = js_str(ended, "message"),
		    .exit_code = (int)js_int(ended, "exitCode", 0),
		    .signal = (int)js_int(ended, "signal", 0),
		    .started_ms = time_of(ended, "startedAt"),
		    .finished_ms = time_of(ended, "finishedAt"),
		    .container_id = js_str(ended, "containerID"),
		};
	}
	if (running) {
		return (struct kube_run){.state = CONTAINER_RUNNING, .started_ms = time_of(running, "startedAt")};
	}
	return (struct kube_run){
	    .state = CONTAINER_WAITING, .reason = js_str(waiting, "reason"), .message = js_str(waiting, "message")};
}

static struct kube_container_report container_of(const json_t *o)
{
	struct kube_container_report c = {
	    .name = js_str(o, "name"),
	    .image = js_str(o, "image"),
	    .now = run_of(js_obj(o, "state")),
	    .has_last = js_at(o, "lastState", "terminated", NULL) != NULL,
	    .restart_count = (int)js_int(o, "restartCount", 0),
	    .ready = js_bool(o, "ready", false),
	    .started = js_bool(o, "started", false),
	};
	if (c.has_last) {
		c.last = run_of(js_obj(o, "lastState"));
	}
	if (!c.now.container_id) {
		c.now.container_id = js_str(o, "containerID");
	}
	return c;
}

static struct kube_container_report *containers_of(const json_t *status, const char *key, size_t *ret_n)
{
	const json_t *list = js_arr(status, key);
	size_t n = json_array_size(list);
	struct kube_container_report *all = n ? xcalloc(n, sizeof(*all)) : NULL;
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i), *resources = js_obj(o, "resources");
		all[i] = container_of(o);
		if (resources) {
			struct kube_resources *own = xcalloc(1, sizeof(*own));
			*own = kube_resources_of(resources);
			all[i].resources = own;
		}
	}
	*ret_n = n;
	return all;
}

static void containers_free(struct kube_container_report *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free((void *)(uintptr_t)all[i].resources);
	}
	free(all);
}

static enum kube_condition_status status_of(const char *name)
{
	for (int i = CONDITION_FALSE; name && i < CONDITION_UNKNOWN; i++) {
		if (strcmp(name, kube_condition_status_names[i]) == 0) {
			return (enum kube_condition_status)i;
		}
	}
	return CONDITION_UNKNOWN;
}

/* Of the types that are ours, each once. */
static void conditions_of(const json_t *status, struct kube_pod_report *report)
{
	bool seen[KUBE_CONDITION_TYPES] = {false};
	const json_t *list = js_arr(status, "conditions"), *o;
	size_t i;
	json_array_foreach (list, i, o) {
		const char *type = js_str(o, "type");
		int which = 0;
		while (type && which < KUBE_CONDITION_TYPES && strcmp(type, kube_condition_names[which]) != 0) {
			which++;
		}
		if (!type || which == KUBE_CONDITION_TYPES || seen[which]) {
			continue;
		}
		seen[which] = true;
		report->conditions[report->n_conditions++] = (struct kube_condition){
		    .type = (enum kube_condition_type)which,
		    .status = status_of(js_str(o, "status")),
		    .reason = js_str(o, "reason"),
		    .message = js_str(o, "message"),
		    .since_ms = time_of(o, "lastTransitionTime"),
		};
	}
}

static int keep_conditions(struct pod_reader *r, const struct kube_pod_report *report)
{
	for (size_t i = 0; i < report->n_conditions; i++) {
		const struct kube_condition *c = &report->conditions[i];
		struct kube_condition_seen *seen = &r->pod->conditions[c->type];
		*seen = (struct kube_condition_seen){.present = true, .status = c->status, .since_ms = c->since_ms};
		if (c->reason && !(seen->reason = reader_copy(r, c->reason))) {
			return -1;
		}
	}
	return 0;
}

int pod_read_report(struct pod_reader *r, json_t *status)
{
	struct kube_pod_report report = {
	    .phase = r->pod->phase,
	    .reason = js_str(status, "reason"),
	    .message = js_str(status, "message"),
	    .host_ip = r->pod->host_ip,
	    .pod_ip = r->pod->pod_ip,
	    .start_ms = r->pod->start_ms,
	    .observed_generation = r->pod->observed_generation = js_int(status, "observedGeneration", 0),
	};
	conditions_of(status, &report);
	report.init_containers = containers_of(status, "initContainerStatuses", &report.n_init_containers);
	report.containers = containers_of(status, "containerStatuses", &report.n_containers);
	report.ephemeral = containers_of(status, "ephemeralContainerStatuses", &report.n_ephemeral);
	r->pod->status_hash = kube_pod_report_hash(&report);
	containers_free(report.init_containers, report.n_init_containers);
	containers_free(report.containers, report.n_containers);
	containers_free(report.ephemeral, report.n_ephemeral);
	return keep_conditions(r, &report);
}
