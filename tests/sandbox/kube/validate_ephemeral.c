/* Ephemeral containers: what they may not have, and that a list of them only grows. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define LIST "ephemeralContainers"
#define NOT_FOR_THESE "Forbidden: cannot be set for an Ephemeral Container"

static bool is_set(const json_t *value)
{
	bool empty = json_is_array(value) ? json_array_size(value) == 0 : false;
	return value && !json_is_null(value) && !empty;
}

static void fields(const json_t *container, const char *path, struct causes *causes)
{
	static const char *const KEYS[] = {"ports",	    "livenessProbe",	  "readinessProbe",
					   "startupProbe",  "lifecycle",	  "resizePolicy",
					   "restartPolicy", "restartPolicyRules", "resources"};
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		const json_t *value = json_object_get(container, KEYS[i]);
		bool nothing = strcmp(KEYS[i], "resources") == 0 && json_object_size(value) == 0;
		if (is_set(value) && !nothing) {
			char CLEANUP_FREE *field = xasprintf("%s.%s", path, KEYS[i]);
			cause_add(causes, "Forbidden", field, NOT_FOR_THESE);
		}
	}
}

static void sub_paths(const json_t *container, const char *path, struct causes *causes)
{
	static const char *const KEYS[] = {"subPath", "subPathExpr"};
	size_t i;
	json_t *mount;
	json_array_foreach (js_arr(container, "volumeMounts"), i, mount) {
		for (size_t k = 0; k < sizeof(KEYS) / sizeof(KEYS[0]); k++) {
			const char *value = js_str(mount, KEYS[k]);
			if (value && value[0]) {
				char CLEANUP_FREE *field = xasprintf("%s.volumeMounts[%zu].%s", path, i, KEYS[k]);
				cause_add(causes, "Forbidden", field, NOT_FOR_THESE);
			}
		}
	}
}

static bool is_other(const json_t *spec, const char *name)
{
	return list_has_name(js_arr(spec, "containers"), name, SIZE_MAX) ||
	       list_has_name(js_arr(spec, "initContainers"), name, SIZE_MAX);
}

void validate_ephemeral(const json_t *spec, const char *path, struct causes *causes)
{
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(spec, LIST), i, container) {
		char CLEANUP_FREE *at = xasprintf("%s." LIST "[%zu]", path, i);
		const char *name = js_str(container, "name"), *target = js_str(container, "targetContainerName");
		if (name && is_other(spec, name)) {
			char CLEANUP_FREE *field = xasprintf("%s.name", at);
			cause_add(causes, "Duplicate", field, "Duplicate value: \"%s\"", name);
		}
		if (target && target[0] && !is_other(spec, target)) {
			char CLEANUP_FREE *field = xasprintf("%s.targetContainerName", at);
			cause_add(causes, "NotFound", field, "Not found: \"%s\"", target);
		}
		fields(container, at, causes);
		sub_paths(container, at, causes);
	}
}

void validate_ephemeral_create(const json_t *pod, struct causes *causes)
{
	if (json_array_size(js_arr(js_obj(pod, "spec"), LIST))) {
		cause_add(causes, "Forbidden", "spec." LIST, "Forbidden: cannot be set on create");
	}
}

static const json_t *named(const json_t *list, const char *name)
{
	size_t i;
	json_t *container;
	json_array_foreach ((json_t *)(uintptr_t)list, i, container) {
		const char *own = js_str(container, "name");
		if (own && strcmp(own, name) == 0) {
			return container;
		}
	}
	return NULL;
}

void validate_ephemeral_update(const json_t *old, const json_t *pod, struct causes *causes)
{
	const json_t *now = js_arr(js_obj(pod, "spec"), LIST);
	size_t i;
	json_t *before;
	json_array_foreach (js_arr(js_obj(old, "spec"), LIST), i, before) {
		const json_t *after = named(now, js_str(before, "name"));
		if (!after || !json_equal(before, (json_t *)(uintptr_t)after)) {
			cause_add(causes, "Forbidden", "spec." LIST,
				  "Forbidden: existing ephemeral containers \"%s\" may not be %s",
				  js_str(before, "name"), after ? "changed" : "removed");
		}
	}
}
