/* What is refused of nodes, leases, events and workloads. */
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define NOTE_MAX 1024
#define REASON_MAX 128

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

static void taint_effects(const json_t *node, struct causes *causes)
{
	size_t i;
	json_t *taint;
	json_array_foreach (js_at(node, "spec", "taints", NULL), i, taint) {
		const char *effect = str(taint, "effect");
		if (strcmp(effect, "NoSchedule") != 0 && strcmp(effect, "PreferNoSchedule") != 0 &&
		    strcmp(effect, "NoExecute") != 0) {
			char CLEANUP_FREE *field = xasprintf("metadata.taints[%zu].effect", i);
			if (effect[0]) {
				cause_add(causes, "NotSupported", field,
					  "Unsupported value: \"%s\": supported values: \"NoSchedule\", "
					  "\"PreferNoSchedule\", "
					  "\"NoExecute\"",
					  effect);
			} else {
				cause_add(causes, "Required", field, "Required value");
			}
		}
	}
}

static void amounts(const json_t *node, const char *which, struct causes *causes)
{
	const char *key;
	json_t *value;
	json_object_foreach (js_at(node, "status", which, NULL), key, value) {
		__int128 nano = 0;
		quantity_nano(json_string_value(value), &nano);
		if (nano < 0) {
			char CLEANUP_FREE *field = xasprintf("status.%s.%s", which, key);
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": must be greater than or equal to 0",
				  json_string_value(value));
		}
	}
}

void validate_node(const json_t *node, struct causes *causes)
{
	taint_effects(node, causes);
	amounts(node, "capacity", causes);
	amounts(node, "allocatable", causes);
	const char *last = "";
	size_t i;
	json_t *feature;
	json_array_foreach (js_at(node, "status", "declaredFeatures", NULL), i, feature) {
		const char *name = json_string_value(feature);
		if (i && strcmp(last, name) > 0) {
			char CLEANUP_FREE *field = xasprintf("status.declaredFeatures[%zu]", i);
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": list must be sorted alphabetically",
				  name);
		}
		last = name;
	}
}

static void duplicate_addresses(const json_t *node, struct causes *causes)
{
	json_t *list = js_at(node, "status", "addresses", NULL);
	for (size_t i = 0; i < json_array_size(list); i++) {
		for (size_t j = 0; j < i; j++) {
			json_t *a = json_array_get(list, i);
			if (json_equal(a, json_array_get(list, j))) {
				char CLEANUP_FREE *field = xasprintf("status.addresses[%zu]", i);
				cause_add(causes, "Duplicate", field,
					  "Duplicate value: {\"Type\":\"%s\",\"Address\":\"%s\"}", str(a, "type"),
					  str(a, "address"));
				break;
			}
		}
	}
}

void validate_node_update(const json_t *old, const json_t *node, struct causes *causes)
{
	duplicate_addresses(node, causes);
	taint_effects(node, causes); /* Kubernetes looks twice */
	const char *before = str(js_obj(old, "spec"), "providerID");
	if (before[0] && strcmp(before, str(js_obj(node, "spec"), "providerID")) != 0) {
		cause_add(causes, "Forbidden", "spec.providerID",
			  "Forbidden: node updates may not change providerID except from \"\" to valid");
	}
}

/* Of the request only what it says to be is looked at. */
void validate_csr(const json_t *csr, struct causes *causes)
{
	static const char begin[] = "-----BEGIN CERTIFICATE REQUEST-----";
	const json_t *spec = js_obj(csr, "spec");
	size_t n = 0;
	CLEANUP_FREE char *request = base64_decode(str(spec, "request"), strlen(str(spec, "request")), &n, NULL);
	if (!request || strncmp(request, begin, sizeof(begin) - 1) != 0) {
		cause_add(causes, "Invalid", "spec.request",
			  "Invalid value: \"%s\": PEM block type must be CERTIFICATE REQUEST", str(spec, "request"));
	}
	if (!json_array_size(js_arr(spec, "usages"))) {
		cause_add(causes, "Required", "spec.usages", "Required value");
	}
	if (!str(spec, "signerName")[0]) {
		cause_add(causes, "Required", "spec.signerName", "Required value");
	}
}

void validate_lease(const json_t *lease, struct causes *causes)
{
	const json_t *spec = js_obj(lease, "spec");
	if (json_object_get(spec, "leaseDurationSeconds") && js_int(spec, "leaseDurationSeconds", 0) <= 0) {
		cause_add(causes, "Invalid", "spec.leaseDurationSeconds", "Invalid value: %lld: must be greater than 0",
			  (long long)js_int(spec, "leaseDurationSeconds", 0));
	}
	if (js_int(spec, "leaseTransitions", 0) < 0) {
		cause_add(causes, "Invalid", "spec.leaseTransitions",
			  "Invalid value: %lld: must be greater than or equal to 0",
			  (long long)js_int(spec, "leaseTransitions", 0));
	}
}

static void required(const json_t *event, const char *key, struct causes *causes)
{
	if (!str(event, key)[0]) {
		cause_add(causes, "Required", key, "Required value");
	}
}

static void too_long(const char *value, const char *field, size_t most, struct causes *causes)
{
	if (strlen(value) > most) {
		cause_add(causes, "Invalid", field, "Invalid value: \"\": can have at most %zu characters", most);
	}
}

static void new_event(const json_t *event, struct causes *causes)
{
	const char *controller = str(event, "reportingController");
	const char *type = str(event, "type");
	if (!json_object_get(event, "eventTime") || json_is_null(json_object_get(event, "eventTime"))) {
		cause_add(causes, "Required", "eventTime", "Required value");
	}
	required(event, "reportingController", causes);
	validate_qualified_name(controller, "reportingController", causes);
	required(event, "reportingInstance", causes);
	too_long(str(event, "reportingInstance"), "reportingInstance", REASON_MAX, causes);
	required(event, "action", causes);
	too_long(str(event, "action"), "action", REASON_MAX, causes);
	required(event, "reason", causes);
	too_long(str(event, "reason"), "reason", REASON_MAX, causes);
	too_long(str(event, "note"), "message", NOTE_MAX, causes);
	if (strcmp(type, "Normal") != 0 && strcmp(type, "Warning") != 0) {
		cause_add(causes, "Invalid", "type", "Invalid value: \"\": has invalid value: %s", type);
	}
}

void validate_event(const json_t *event, bool new_api, struct causes *causes)
{
	if (new_api) {
		new_event(event, causes);
		return;
	}
	const char *involved = str(js_obj(event, "involvedObject"), "namespace");
	const char *own = meta_str(event, "namespace");
	/* Events of cluster-wide objects live in the namespace default. */
	bool fits = involved[0] ? strcmp(involved, own) == 0 : strcmp(own, "default") == 0;
	if (!fits) {
		cause_add(causes, "Invalid", "involvedObject.namespace",
			  "Invalid value: \"%s\": does not match event.namespace", involved);
	}
}

static bool selector_fits(const json_t *selector, const json_t *labels)
{
	const char *key;
	json_t *value;
	json_object_foreach (js_obj(selector, "matchLabels"), key, value) {
		const char *have = js_str(labels, key);
		if (!have || strcmp(have, json_string_value(value)) != 0) {
			return false;
		}
	}
	return true;
}

void validate_workload(const struct kube_resource *r, const json_t *object, struct causes *causes)
{
	const json_t *spec = js_obj(object, "spec");
	const json_t *template = js_obj(spec, "template");
	if (!template || !js_obj(template, "spec")) {
		return;
	}
	if (js_int(spec, "replicas", 0) < 0) {
		cause_add(causes, "Invalid", "spec.replicas", "Invalid value: %lld: must be greater than or equal to 0",
			  (long long)js_int(spec, "replicas", 0));
	}
	json_t *labels = js_at(template, "metadata", "labels", NULL);
	if (strcmp(r->group, "apps") == 0) {
		json_t *selector = js_obj(spec, "selector");
		if (!selector || json_object_size(selector) == 0) {
			cause_add(causes, "Required", "spec.selector", "Required value");
		} else if (!selector_fits(selector, labels)) {
			char CLEANUP_FREE *text = labels ? js_text(labels) : xstrdup("null");
			cause_add(causes, "Invalid", "spec.template.metadata.labels",
				  "Invalid value: %s: `selector` does not match template `labels`", text);
		}
	}
	validate_labels(labels, "spec.template.labels", causes);
	validate_pod_spec(js_obj(template, "spec"), "spec.template.spec", causes);
	const char *policy = str(js_obj(template, "spec"), "restartPolicy");
	if (strcmp(r->group, "apps") == 0 && strcmp(policy, "Always") != 0) {
		cause_add(causes, "NotSupported", "spec.template.spec.restartPolicy",
			  "Unsupported value: \"%s\": supported values: \"Always\"", policy);
	}
	if (strcmp(r->kind, "Job") == 0 && strcmp(policy, "Always") == 0) {
		cause_add(causes, "Required", "spec.template.spec.restartPolicy",
			  "Required value: valid values: \"OnFailure\", \"Never\"");
	}
}
