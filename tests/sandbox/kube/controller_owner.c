/* What replica sets and jobs have in common: their pods, made from a template and owned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/controllers.h"
#include "tests/sandbox/kube/controllers_inner.h"

#define MERGE_PATCH "application/merge-patch+json"

static const char *text(const json_t *o, const char *outer, const char *key)
{
	const char *s = js_str_at(o, outer, key, NULL);
	return s ? s : "";
}

static bool in_phase(const json_t *pod, const char *phase)
{
	return strcmp(text(pod, "status", "phase"), phase) == 0;
}

bool pod_failed(const json_t *pod)
{
	return in_phase(pod, "Failed");
}

bool pod_succeeded(const json_t *pod)
{
	return in_phase(pod, "Succeeded");
}

bool pod_terminating(const json_t *pod)
{
	return js_str_at(pod, "metadata", "deletionTimestamp", NULL) != NULL;
}

bool pod_active(const json_t *pod)
{
	return !pod_failed(pod) && !pod_succeeded(pod) && !pod_terminating(pod);
}

bool pod_ready(const json_t *pod)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(pod, "status"), "conditions"), i, condition) {
		const char *type = js_str(condition, "type"), *status = js_str(condition, "status");
		if (type && status && strcmp(type, "Ready") == 0) {
			return strcmp(status, "True") == 0;
		}
	}
	return false;
}

static bool controls(const struct owner *o, const json_t *pod)
{
	size_t i;
	json_t *reference;
	json_array_foreach (js_arr(js_obj(pod, "metadata"), "ownerReferences"), i, reference) {
		const char *uid = js_str(reference, "uid");
		if (uid && strcmp(uid, o->uid) == 0 && js_bool(reference, "controller", false)) {
			return true;
		}
	}
	return false;
}

static void collect(void *arg, const json_t *pod)
{
	struct owner *o = arg;
	if (controls(o, pod)) {
		json_array_append(o->pods, (json_t *)(uintptr_t)pod);
	}
}

/* What is stored is never changed, only replaced; so references stay true to what was seen while we write. */
bool owner_init(struct owner *o, const char *name_space, const char *name)
{
	const json_t *found = apiserver_peek(o->server, o->plural, name_space, name);
	if (!found || pod_terminating(found)) {
		return false;
	}
	o->object = json_incref((json_t *)(uintptr_t)found);
	o->name_space = text(o->object, "metadata", "namespace");
	o->name = text(o->object, "metadata", "name");
	o->uid = text(o->object, "metadata", "uid");
	o->pods = json_array();
	apiserver_each(o->server, "pods", o->name_space, collect, o);
	return true;
}

void owner_done(struct owner *o)
{
	json_decref(o->object);
	json_decref(o->pods);
}

/* Pods */

static json_t *pod_of_template(const struct owner *o, json_t *labels)
{
	const json_t *template = js_at(o->object, "spec", "template", NULL);
	json_t *metadata =
	    json_pack("{s:o, s:[{s:s, s:s, s:s, s:s, s:b, s:b}]}", "generateName", json_sprintf("%s-", o->name),
		      "ownerReferences", "apiVersion", o->api_version, "kind", o->kind, "name", o->name, "uid", o->uid,
		      "controller", 1, "blockOwnerDeletion", 1);
	json_t *own = json_deep_copy(js_at(template, "metadata", "labels", NULL));
	json_t *annotations = js_at(template, "metadata", "annotations", NULL);
	own = own ? own : json_object();
	json_object_update(own, labels);
	json_object_set_new(metadata, "labels", own);
	if (annotations) {
		json_object_set_new(metadata, "annotations", json_deep_copy(annotations));
	}
	json_t *spec = json_deep_copy(js_obj(template, "spec"));
	return json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "v1", "kind", "Pod", "metadata", metadata, "spec",
			 spec ? spec : json_object());
}

bool owner_create_pod(const struct owner *o, json_t *labels)
{
	CLEANUP_JSON json_t *pod = pod_of_template(o, labels), *answer = NULL;
	CLEANUP_FREE char *path = xasprintf("/api/v1/namespaces/%s/pods", o->name_space);
	int status = apiserver_do(o->server, o->now_ms, "POST", path, NULL, pod, &answer);
	const char *name = text(answer, "metadata", "name"), *why = js_str(answer, "message");
	CLEANUP_FREE char *message = status == 201 ? xasprintf("Created pod: %s", name)
						   : xasprintf("Error creating: %s", why ? why : "no reason given");
	owner_event(o, status == 201 ? "Normal" : "Warning", status == 201 ? "SuccessfulCreate" : "FailedCreate",
		    message);
	return status == 201;
}

void owner_delete_pod(const struct owner *o, const json_t *pod)
{
	const char *name = text(pod, "metadata", "name");
	CLEANUP_JSON json_t *answer = NULL,
			    *options = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "DeleteOptions",
						 "preconditions", "uid", text(pod, "metadata", "uid"));
	CLEANUP_FREE char *path = xasprintf("/api/v1/namespaces/%s/pods/%s", o->name_space, name);
	CLEANUP_FREE char *message = xasprintf("Deleted pod: %s", name);
	if (apiserver_do(o->server, o->now_ms, "DELETE", path, NULL, options, &answer) < 300) {
		owner_event(o, "Normal", "SuccessfulDelete", message);
	}
}

/* The smaller, the sooner it is deleted. */
static int worth(const json_t *pod)
{
	if (!*text(pod, "spec", "nodeName")) {
		return 0;
	}
	return in_phase(pod, "Pending") ? 1 : pod_ready(pod) ? 3 : 2;
}

/* Of equals the younger goes first; times have whole seconds, so the later name decides the rest. */
static int by_worth(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int difference = worth(one) - worth(other);
	if (difference == 0) {
		difference =
		    strcmp(text(other, "metadata", "creationTimestamp"), text(one, "metadata", "creationTimestamp"));
	}
	return difference ? difference : strcmp(text(other, "metadata", "name"), text(one, "metadata", "name"));
}

void owner_delete_surplus(const struct owner *o, size_t n)
{
	const json_t **active = xcalloc(json_array_size(o->pods) + 1, sizeof(*active));
	size_t count = 0, i;
	json_t *pod;
	json_array_foreach (o->pods, i, pod) {
		if (pod_active(pod)) {
			active[count++] = pod;
		}
	}
	qsort(active, count, sizeof(*active), by_worth);
	for (i = 0; i < n && i < count && i < CONTROLLERS_BURST; i++) {
		owner_delete_pod(o, active[i]);
	}
	free(active);
}

int64_t owner_backoff(const struct owner *o)
{
	int64_t newest = 0, created, delay = CONTROLLERS_BACKOFF_MS;
	size_t i, failed = 0;
	json_t *pod;
	json_array_foreach (o->pods, i, pod) {
		if (pod_failed(pod) && time_parse(text(pod, "metadata", "creationTimestamp"), &created) == 0 &&
		    o->now_ms - created < CONTROLLERS_BACKOFF_MAX_MS) {
			failed++;
			newest = created > newest ? created : newest;
		}
	}
	if (failed < 2) {
		return 0;
	}
	for (i = 2; i < failed && delay < CONTROLLERS_BACKOFF_MAX_MS; i++) {
		delay *= 2;
	}
	delay = delay < CONTROLLERS_BACKOFF_MAX_MS ? delay : CONTROLLERS_BACKOFF_MAX_MS;
	return newest + delay <= o->now_ms ? 0 : newest + delay;
}

/* What it says */

void owner_set_status(const struct owner *o, json_t *status)
{
	const json_t *old = js_obj(o->object, "status");
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(status, next, key, value)
	{
		const json_t *was = json_object_get(old, key);
		bool both_nothing =
		    !was && (json_is_null(value) || (json_is_integer(value) && json_integer_value(value) == 0));
		if (both_nothing || (was && json_equal(was, value))) {
			json_object_del(status, key);
		}
	}
	if (json_object_size(status) > 0) {
		CLEANUP_JSON json_t *patch = json_pack("{s:O}", "status", status), *answer = NULL;
		CLEANUP_FREE char *path =
		    xasprintf("/apis/%s/namespaces/%s/%s/%s/status", o->api_version, o->name_space, o->plural, o->name);
		apiserver_do(o->server, o->now_ms, "PATCH", path, MERGE_PATCH, patch, &answer);
	}
	json_decref(status);
}

void owner_event(const struct owner *o, const char *type, const char *reason, const char *message)
{
	char now[TIME_TEXT_MAX], component[64];
	time_text(o->now_ms, now);
	snprintf(component, sizeof(component), "%s-controller", strcmp(o->kind, "Job") == 0 ? "job" : "replicaset");
	CLEANUP_JSON json_t
	    *answer = NULL,
	    *event = json_pack(
		"{s:s, s:s, s:{s:o, s:s}, s:{s:s, s:s, s:s, s:s, s:s, s:o}, s:s, s:s, s:s, s:{s:s}, s:s, s:s, s:i}",
		"apiVersion", "v1", "kind", "Event", "metadata", "generateName", json_sprintf("%s.", o->name),
		"namespace", o->name_space, "involvedObject", "apiVersion", o->api_version, "kind", o->kind, "name",
		o->name, "namespace", o->name_space, "uid", o->uid, "resourceVersion",
		json_string(text(o->object, "metadata", "resourceVersion")), "type", type, "reason", reason, "message",
		message, "source", "component", component, "firstTimestamp", now, "lastTimestamp", now, "count", 1);
	CLEANUP_FREE char *path = xasprintf("/api/v1/namespaces/%s/events", o->name_space);
	apiserver_do(o->server, o->now_ms, "POST", path, NULL, event, &answer);
}
