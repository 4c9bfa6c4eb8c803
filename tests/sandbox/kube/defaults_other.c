/* Defaults of the kinds that are not pods. */
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

static void template_defaults(json_t *spec)
{
	json_t *pod_spec = js_at(spec, "template", "spec", NULL);
	if (pod_spec) {
		pod_spec_defaults(pod_spec);
	}
}

static void deployment(json_t *spec)
{
	set_default(spec, "replicas", json_integer(1));
	set_default(spec, "revisionHistoryLimit", json_integer(10));
	set_default(spec, "progressDeadlineSeconds", json_integer(600));
	json_t *strategy = js_obj(spec, "strategy");
	set_default(strategy, "type", json_string("RollingUpdate"));
	if (strcmp(js_str(strategy, "type"), "RollingUpdate") == 0) {
		set_default(strategy, "rollingUpdate", json_object());
		set_default(js_obj(strategy, "rollingUpdate"), "maxUnavailable", json_string("25%"));
		set_default(js_obj(strategy, "rollingUpdate"), "maxSurge", json_string("25%"));
	}
}

static void stateful_set(json_t *spec)
{
	set_default(spec, "replicas", json_integer(1));
	set_default(spec, "podManagementPolicy", json_string("OrderedReady"));
	set_default(spec, "revisionHistoryLimit", json_integer(10));
}

static void daemon_set(json_t *spec)
{
	set_default(spec, "revisionHistoryLimit", json_integer(10));
}

static void job(json_t *spec)
{
	bool work_queue = json_object_get(spec, "parallelism") && !json_object_get(spec, "completions");
	if (!work_queue) {
		set_default(spec, "completions", json_integer(1));
	}
	set_default(spec, "parallelism", json_integer(1));
	set_default(spec, "backoffLimit", json_integer(6));
	set_default(spec, "completionMode", json_string("NonIndexed"));
	set_default(spec, "suspend", json_false());
	set_default(spec, "podReplacementPolicy", json_string("TerminatingOrFailed"));
}

static void service(json_t *spec)
{
	set_default(spec, "type", json_string("ClusterIP"));
	set_default(spec, "sessionAffinity", json_string("None"));
	size_t i;
	json_t *port;
	json_array_foreach (js_arr(spec, "ports"), i, port) {
		set_default(port, "protocol", json_string("TCP"));
		json_t *target = json_object_get(port, "targetPort");
		if (!target || (json_is_integer(target) && json_integer_value(target) == 0)) {
			json_object_set(port, "targetPort", json_object_get(port, "port"));
		}
	}
}

/* Plain texts are only written, never stored as such. */
static void secret(json_t *object)
{
	const char *key;
	json_t *text, *plain = json_incref(js_obj(object, "stringData"));
	set_default(object, "type", json_string("Opaque"));
	json_object_del(object, "stringData");
	if (json_object_size(plain) && !js_obj(object, "data")) {
		json_object_set_new(object, "data", json_object());
	}
	json_object_foreach (plain, key, text) {
		CLEANUP_FREE char *data = base64_encode(json_string_value(text), json_string_length(text));
		json_object_set_new(js_obj(object, "data"), key, json_string(data));
	}
	json_decref(plain);
}

void workload_defaults(const struct kube_resource *r, json_t *object)
{
	json_t *spec = js_obj(object, "spec");
	if (strcmp(r->kind, "Pod") == 0) {
		pod_defaults(object);
		return;
	}
	storage_defaults(r, object);
	template_defaults(spec);
	if (strcmp(r->kind, "ReplicaSet") == 0) {
		set_default(spec, "replicas", json_integer(1));
	} else if (strcmp(r->kind, "Deployment") == 0) {
		deployment(spec);
	} else if (strcmp(r->kind, "StatefulSet") == 0) {
		stateful_set(spec);
	} else if (strcmp(r->kind, "DaemonSet") == 0) {
		daemon_set(spec);
	} else if (strcmp(r->kind, "Job") == 0) {
		job(spec);
	} else if (strcmp(r->kind, "Service") == 0) {
		service(spec);
	} else if (strcmp(r->kind, "Secret") == 0) {
		secret(object);
	}
}
