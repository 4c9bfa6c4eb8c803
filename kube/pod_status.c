#include "kube/pod_status.h"

#include "base/timefmt.h"
#include "kube/text.h"

#define MESSAGE_MAX 4096
#define NAME_TEXT_MAX 1024

static json_t *time_json(int64_t ms)
{
	char text[TIME_TEXT_MAX];
	return ms ? json_string(time_text(ms, text)) : json_null();
}

static const char *phase_name(enum pod_phase phase)
{
	static const char *const names[] = {[POD_PHASE_PENDING] = "Pending",
					    [POD_PHASE_RUNNING] = "Running",
					    [POD_PHASE_SUCCEEDED] = "Succeeded",
					    [POD_PHASE_FAILED] = "Failed",
					    [POD_PHASE_UNKNOWN] = "Unknown"};
	return names[phase];
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

static json_t *container_json(const struct kube_container_report *c)
{
	json_t *o = json_object();
	const char *id = c->now.container_id ? c->now.container_id : c->has_last ? c->last.container_id : NULL;
	json_object_set_new(o, "name", kube_text(c->name, NAME_TEXT_MAX));
	json_object_set_new(o, "state", state_json(&c->now));
	json_object_set_new(o, "lastState", c->has_last ? state_json(&c->last) : json_object());
	json_object_set_new(o, "ready", json_boolean(c->ready));
	json_object_set_new(o, "restartCount", json_integer(c->restart_count));
	json_object_set_new(o, "image", kube_text(c->image ? c->image : "", NAME_TEXT_MAX));
	json_object_set_new(o, "imageID", json_string("")); /* required; Mesos does not say which image it was */
	kube_put_text(o, "containerID", id, NAME_TEXT_MAX);
	json_object_set_new(o, "started", json_boolean(c->started));
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

/* Conditions merge by type, so a reason that is gone has to be cleared by null. */
static json_t *condition_json(const struct kube_condition *c)
{
	static const char *const names[] = {
	    [CONDITION_FALSE] = "False", [CONDITION_TRUE] = "True", [CONDITION_UNKNOWN] = "Unknown"};
	json_t *o = json_object();
	json_object_set_new(o, "type", json_string(c->type));
	json_object_set_new(o, "status", json_string(names[c->status]));
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
	json_object_set_new(status, "phase", json_string(phase_name(report->phase)));
	json_object_set_new(status, "reason", kube_text(report->reason, NAME_TEXT_MAX));
	json_object_set_new(status, "message", kube_text(report->message, MESSAGE_MAX));
	put_address(status, "hostIP", "hostIPs", report->host_ip);
	put_address(status, "podIP", "podIPs", report->pod_ip);
	json_object_set_new(status, "startTime", time_json(report->start_ms));
	for (size_t i = 0; i < report->n_conditions; i++) {
		if (report->conditions[i].type) {
			json_array_append_new(conditions, condition_json(&report->conditions[i]));
		}
	}
	json_object_set_new(status, "conditions", conditions);
	put_containers(status, "initContainerStatuses", report->init_containers, report->n_init_containers);
	put_containers(status, "containerStatuses", report->containers, report->n_containers);
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
