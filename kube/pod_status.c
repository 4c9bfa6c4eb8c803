#include "kube/pod_status.h"

#include <string.h>

#include "base/timefmt.h"
#include "kube/amounts.h"
#include "kube/text.h"

#define MESSAGE_MAX 12288
#define NAME_TEXT_MAX 1024

const char *const kube_phase_names[POD_PHASE_UNKNOWN + 1] = {[POD_PHASE_PENDING] = "Pending",
							     [POD_PHASE_RUNNING] = "Running",
							     [POD_PHASE_SUCCEEDED] = "Succeeded",
							     [POD_PHASE_FAILED] = "Failed",
							     [POD_PHASE_UNKNOWN] = "Unknown"};

const char *const kube_condition_names[KUBE_CONDITION_TYPES] = {[POD_SCHEDULED] = "PodScheduled",
								[POD_READY_TO_START] = "PodReadyToStartContainers",
								[POD_INITIALIZED] = "Initialized",
								[POD_CONTAINERS_READY] = "ContainersReady",
								[POD_READY] = "Ready",
								[POD_DISRUPTION_TARGET] = "DisruptionTarget",
								[POD_RESIZE_PENDING] = "PodResizePending"};

const char *const kube_condition_status_names[] = {
    [CONDITION_FALSE] = "False", [CONDITION_TRUE] = "True", [CONDITION_UNKNOWN] = "Unknown"};

static json_t *time_json(int64_t ms)
{
	char text[TIME_TEXT_MAX];
	return ms ? json_string(time_text(ms, text)) : json_null();
}

static json_t *terminated_json(const struct kube_run *run)
{
	json_t *o = json_object();
	json_object_set_new(o, "exitCode", json_integer(run->exit_code));
	if (run->signal) {
		json_object_set_new(o, "signal", json_integer(run->signal));
	}
	kube_put_text(o, "reason", run->reason, NAME_TEXT_MAX);
	kube_put_text(o, "message", run->message, MESSAGE_MAX);
	json_object_set_new(o, "startedAt", time_json(run->started_ms));
	json_object_set_new(o, "finishedAt", time_json(run->finished_ms));
	kube_put_text(o, "containerID", run->container_id, NAME_TEXT_MAX);
	return o;
}

static json_t *state_json(const struct kube_run *run)
{
	json_t *state = json_object(), *o = json_object();
	switch (run->state) {
	case CONTAINER_WAITING:
		kube_put_text(o, "reason", run->reason, NAME_TEXT_MAX);
		kube_put_text(o, "message", run->message, MESSAGE_MAX);
		json_object_set(state, "waiting", o);
		break;
	case CONTAINER_RUNNING:
		json_object_set_new(o, "startedAt", time_json(run->started_ms));
		json_object_set(state, "running", o);
		break;
	case CONTAINER_TERMINATED:
		json_object_set_new(state, "terminated", terminated_json(run));
		break;
	}
	json_decref(o);
	return state;
}

static const char *container_id(const struct kube_container_report *c)
{
	return c->now.container_id ? c->now.container_id : c->has_last ? c->last.container_id : NULL;
}

static void put_amounts(json_t *o, const char *key, const struct kube_amounts *amounts)
{
	json_t *list = kube_amounts_json(amounts);
	if (json_object_size(list)) {
		json_object_set(o, key, list);
	}
	json_decref(list);
}

static void put_resources(json_t *o, const struct kube_resources *resources)
{
	json_t *both = json_object();
	put_amounts(o, "allocatedResources", &resources->requests);
	put_amounts(both, "requests", &resources->requests);
	put_amounts(both, "limits", &resources->limits);
	json_object_set_new(o, "resources", both);
}

static json_t *container_json(const struct kube_container_report *c)
{
	json_t *o = json_object();
	json_object_set_new(o, "name", kube_text(c->name, NAME_TEXT_MAX));
	json_object_set_new(o, "state", state_json(&c->now));
	json_object_set_new(o, "lastState", c->has_last ? state_json(&c->last) : json_object());
	json_object_set_new(o, "ready", json_boolean(c->ready));
	json_object_set_new(o, "restartCount", json_integer(c->restart_count));
	json_object_set_new(o, "image", kube_text(c->image ? c->image : "", NAME_TEXT_MAX));
	json_object_set_new(o, "imageID", json_string("")); /* required; Mesos does not say which image it was */
	kube_put_text(o, "containerID", container_id(c), NAME_TEXT_MAX);
	json_object_set_new(o, "started", json_boolean(c->started));
	if (c->resources) {
		put_resources(o, c->resources);
	}
	return o;
}

/* These lists are atomic: a patch replaces them whole. */
static void put_containers(json_t *status, const char *key, const struct kube_container_report *c, size_t n)
{
	if (!n) {
		return;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, container_json(&c[i]));
	}
	json_object_set_new(status, key, list);
}

static void put_generation(json_t *o, int64_t observed)
{
	if (observed) {
		json_object_set_new(o, "observedGeneration", json_integer(observed));
	}
}

/* Conditions merge by type, so a reason that is gone has to be cleared by null. */
static json_t *condition_json(const struct kube_condition *c, int64_t observed_generation)
{
	json_t *o = json_object();
	json_object_set_new(o, "type", json_string(kube_condition_names[c->type]));
	put_generation(o, observed_generation);
	json_object_set_new(o, "status", json_string(kube_condition_status_names[c->status]));
	json_object_set_new(o, "lastProbeTime", json_null());
	json_object_set_new(o, "lastTransitionTime", time_json(c->since_ms));
	json_object_set_new(o, "reason", kube_text(c->reason, NAME_TEXT_MAX));
	json_object_set_new(o, "message", kube_text(c->message, MESSAGE_MAX));
	return o;
}

/* Lists of addresses merge by address, so a changed one would be added to the old one without the directive. */
static void put_address(json_t *status, const char *key, const char *list_key, const char *ip)
{
	json_object_set_new(status, key, kube_text(ip, NAME_TEXT_MAX));
	if (!ip) {
		json_object_set_new(status, list_key, json_null());
		return;
	}
	json_t *list = json_array(), *replace = json_object(), *element = json_object();
	json_object_set_new(replace, "$patch", json_string("replace"));
	json_object_set_new(element, "ip", kube_text(ip, NAME_TEXT_MAX));
	json_array_append_new(list, replace);
	json_array_append_new(list, element);
	json_object_set_new(status, list_key, list);
}

static json_t *status_json(const struct kube_pod_report *report)
{
	json_t *status = json_object(), *conditions = json_array();
	put_generation(status, report->observed_generation);
	json_object_set_new(status, "phase", json_string(kube_phase_names[report->phase]));
	json_object_set_new(status, "reason", kube_text(report->reason, NAME_TEXT_MAX));
	json_object_set_new(status, "message", kube_text(report->message, MESSAGE_MAX));
	put_address(status, "hostIP", "hostIPs", report->host_ip);
	put_address(status, "podIP", "podIPs", report->pod_ip);
	json_object_set_new(status, "startTime", time_json(report->start_ms));
	for (size_t i = 0; i < report->n_conditions; i++) {
		json_array_append_new(conditions, condition_json(&report->conditions[i], report->observed_generation));
	}
	if (report->resize_over) {
		json_array_append_new(conditions, json_pack("{s:s,s:s}", "$patch", "delete", "type",
							    kube_condition_names[POD_RESIZE_PENDING]));
	}
	json_object_set_new(status, "conditions", conditions);
	put_containers(status, "initContainerStatuses", report->init_containers, report->n_init_containers);
	put_containers(status, "containerStatuses", report->containers, report->n_containers);
	put_containers(status, "ephemeralContainerStatuses", report->ephemeral, report->n_ephemeral);
	return status;
}

json_t *kube_pod_status_patch(const char *uid, const struct kube_pod_report *report)
{
	json_t *patch = json_object(), *metadata = json_object();
	json_object_set_new(metadata, "uid", kube_text(uid, NAME_TEXT_MAX));
	json_object_set_new(patch, "metadata", metadata);
	json_object_set_new(patch, "status", status_json(report));
	return patch;
}

/* ---- comparing ---- */

static void mix(uint64_t *h, uint64_t v)
{
	*h = (*h ^ v) * 0x9e3779b97f4a7c15u;
	*h ^= *h >> 29;
}

/* Nothing and an empty text are stored alike. */
static void mix_text(uint64_t *h, const char *s)
{
	uint64_t word = 0;
	size_t n = s ? strlen(s) : 0, at = 0;
	for (; n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s + at, sizeof(word));
		mix(h, word);
	}
	word = 0;
	memcpy(&word, s ? s + at : "", n - at);
	mix(h, word);
	mix(h, n);
}

static void mix_time(uint64_t *h, int64_t ms)
{
	mix(h, (uint64_t)(ms / 1000));
}

/* What state_json says of it. */
static void mix_run(uint64_t *h, const struct kube_run *run)
{
	mix(h, run->state);
	if (run->state != CONTAINER_WAITING) {
		mix_time(h, run->started_ms);
	}
	if (run->state != CONTAINER_RUNNING) {
		mix_text(h, run->reason);
		mix_text(h, run->message);
	}
	if (run->state == CONTAINER_TERMINATED) {
		mix(h, (uint64_t)run->exit_code);
		mix(h, (uint64_t)run->signal);
		mix_time(h, run->finished_ms);
		mix_text(h, run->container_id);
	}
}

static void mix_amounts(uint64_t *h, const struct kube_amounts *a)
{
	mix(h, (uint64_t)a->cpu_milli);
	mix(h, (uint64_t)a->memory);
	mix(h, (uint64_t)a->ephemeral_storage);
	mix(h, (uint64_t)a->gpus);
}

static void mix_containers(uint64_t *h, const struct kube_container_report *containers, size_t n)
{
	mix(h, n);
	for (size_t i = 0; i < n; i++) {
		const struct kube_container_report *c = &containers[i];
		mix_text(h, c->name);
		mix_text(h, c->image);
		mix_text(h, container_id(c));
		mix_run(h, &c->now);
		mix(h, c->has_last);
		if (c->has_last) {
			mix_run(h, &c->last);
		}
		mix(h, (uint64_t)c->restart_count);
		mix(h, (uint64_t)c->ready * 2 + c->started);
		mix(h, c->resources != NULL);
		if (c->resources) {
			mix_amounts(h, &c->resources->requests);
			mix_amounts(h, &c->resources->limits);
		}
	}
}

static uint64_t condition_hash(const struct kube_condition *c)
{
	uint64_t h = c->type;
	mix(&h, c->status);
	mix_text(&h, c->reason);
	mix_text(&h, c->message);
	mix_time(&h, c->since_ms);
	return h;
}

uint64_t kube_pod_report_hash(const struct kube_pod_report *report)
{
	uint64_t h = report->phase, conditions = 0;
	mix_text(&h, report->reason);
	mix_text(&h, report->message);
	mix_text(&h, report->host_ip);
	mix_text(&h, report->pod_ip);
	mix_time(&h, report->start_ms);
	mix(&h, (uint64_t)report->observed_generation);
	for (size_t i = 0; i < report->n_conditions; i++) {
		conditions += condition_hash(&report->conditions[i]);
	}
	mix(&h, conditions);
	mix_containers(&h, report->init_containers, report->n_init_containers);
	mix_containers(&h, report->containers, report->n_containers);
	mix_containers(&h, report->ephemeral, report->n_ephemeral);
	return h ? h : 1;
}
