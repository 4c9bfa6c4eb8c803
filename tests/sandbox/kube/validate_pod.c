#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define UPDATE_RULE                                                                                                    \
	"Forbidden: pod updates may not change fields other than "                                                     \
	"`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "   \
	"(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if "   \
	"it "                                                                                                          \
	"was previously negative)"

static bool word_in(const char *word, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(*words, word) == 0) {
			return true;
		}
	}
	return false;
}

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

bool list_has_name(const json_t *list, const char *name, size_t before)
{
	size_t i;
	json_t *element;
	json_array_foreach ((json_t *)(uintptr_t)list, i, element) {
		if (i >= before) {
			return false;
		}
		if (strcmp(str(element, "name"), name) == 0) {
			return true;
		}
	}
	return false;
}

static void check_name(const json_t *element, const char *path, struct causes *causes)
{
	char CLEANUP_FREE *field = xasprintf("%s.name", path);
	const char *name = str(element, "name");
	if (!name[0]) {
		cause_add(causes, "Required", field, "Required value");
		return;
	}
	const char *problem = dns_label_problem(name);
	if (problem) {
		cause_add(causes, "Invalid", field, "Invalid value: \"%s\": %s", name, problem);
	}
}

static void volumes(const json_t *spec, const char *path, struct causes *causes)
{
	size_t i;
	json_t *volume;
	json_t *list = js_arr(spec, "volumes");
	json_array_foreach (list, i, volume) {
		char CLEANUP_FREE *at = xasprintf("%s.volumes[%zu]", path, i);
		check_name(volume, at, causes);
		if (list_has_name(list, str(volume, "name"), i)) {
			char CLEANUP_FREE *field = xasprintf("%s.name", at);
			cause_add(causes, "Duplicate", field, "Duplicate value: \"%s\"", str(volume, "name"));
		}
		json_t *host = js_obj(volume, "hostPath");
		if (host && !str(host, "path")[0]) {
			char CLEANUP_FREE *field = xasprintf("%s.hostPath.path", at);
			cause_add(causes, "Required", field, "Required value");
		}
	}
}

static void quantities(const json_t *map, const char *path, struct causes *causes)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)map, key, value) {
		__int128 nano = 0;
		quantity_nano(json_string_value(value), &nano);
		if (nano < 0) {
			char CLEANUP_FREE *field = xasprintf("%s[%s]", path, key);
			cause_add(causes, "Invalid", field, "Invalid value: \"%s\": must be greater than or equal to 0",
				  json_string_value(value));
		}
	}
}

/* Of a container, or of the pod as a whole. */
static void resources(const json_t *holder, const char *path, struct causes *causes)
{
	json_t *limits = js_at(holder, "resources", "limits", NULL);
	json_t *requests = js_at(holder, "resources", "requests", NULL);
	char CLEANUP_FREE *limits_at = xasprintf("%s.resources.limits", path);
	char CLEANUP_FREE *requests_at = xasprintf("%s.resources.requests", path);
	quantities(limits, limits_at, causes);
	quantities(requests, requests_at, causes);
	const char *key;
	json_t *value;
	json_object_foreach (requests, key, value) {
		const char *limit = js_str(limits, key);
		__int128 asked;
		__int128 most;
		if (limit && quantity_nano(limit, &most) == 0 && quantity_nano(json_string_value(value), &asked) == 0 &&
		    asked > most) {
			cause_add(causes, "Invalid", requests_at,
				  "Invalid value: \"%s\": must be less than or equal to %s limit of %s",
				  json_string_value(value), key, limit);
		}
	}
}

static void mounts(const json_t *container, const json_t *spec, const char *path, struct causes *causes)
{
	size_t i;
	json_t *mount;
	json_array_foreach (js_arr(container, "volumeMounts"), i, mount) {
		const char *name = str(mount, "name");
		char CLEANUP_FREE *field = xasprintf("%s.volumeMounts[%zu].name", path, i);
		if (!name[0]) {
			cause_add(causes, "Required", field, "Required value");
		} else if (!list_has_name(js_arr(spec, "volumes"), name, SIZE_MAX)) {
			cause_add(causes, "NotFound", field, "Not found: \"%s\"", name);
		}
		if (!str(mount, "mountPath")[0]) {
			char CLEANUP_FREE *path_field = xasprintf("%s.volumeMounts[%zu].mountPath", path, i);
			cause_add(causes, "Required", path_field, "Required value");
		}
	}
}

static void ports(const json_t *container, const char *path, struct causes *causes)
{
	static const char *const PROTOCOLS[] = {"TCP", "UDP", "SCTP", NULL};
	size_t i;
	json_t *port;
	json_array_foreach (js_arr(container, "ports"), i, port) {
		int64_t number = js_int(port, "containerPort", 0);
		if (number < 1 || number > 65535) {
			char CLEANUP_FREE *field = xasprintf("%s.ports[%zu].containerPort", path, i);
			if (number == 0) {
				cause_add(causes, "Required", field, "Required value");
			} else {
				cause_add(causes, "Invalid", field,
					  "Invalid value: %lld: must be between 1 and 65535, inclusive",
					  (long long)number);
			}
		}
		if (!word_in(str(port, "protocol"), PROTOCOLS)) {
			char CLEANUP_FREE *field = xasprintf("%s.ports[%zu].protocol", path, i);
			cause_add(causes, "NotSupported", field,
				  "Unsupported value: \"%s\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
				  str(port, "protocol"));
		}
	}
}

static void environment(const json_t *container, const char *path, struct causes *causes)
{
	size_t i;
	json_t *variable;
	json_array_foreach (js_arr(container, "env"), i, variable) {
		if (!str(variable, "name")[0]) {
			char CLEANUP_FREE *field = xasprintf("%s.env[%zu].name", path, i);
			cause_add(causes, "Required", field, "Required value");
		}
	}
}

static void containers(const json_t *spec, const char *list, const char *path, struct causes *causes)
{
	static const char *const POLICIES[] = {"Always", "IfNotPresent", "Never", NULL};
	size_t i;
	json_t *container;
	json_t *all = js_arr(spec, list);
	json_array_foreach (all, i, container) {
		char CLEANUP_FREE *at = xasprintf("%s.%s[%zu]", path, list, i);
		char CLEANUP_FREE *image = xasprintf("%s.image", at);
		check_name(container, at, causes);
		if (!str(container, "image")[0]) {
			cause_add(causes, "Required", image, "Required value");
		}
		ports(container, at, causes);
		environment(container, at, causes);
		mounts(container, spec, at, causes);
		if (!word_in(str(container, "imagePullPolicy"), POLICIES)) {
			char CLEANUP_FREE *field = xasprintf("%s.imagePullPolicy", at);
			cause_add(
			    causes, "NotSupported", field,
			    "Unsupported value: \"%s\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
			    str(container, "imagePullPolicy"));
		}
		resources(container, at, causes);
		if (list_has_name(all, str(container, "name"), i)) {
			char CLEANUP_FREE *field = xasprintf("%s.name", at);
			cause_add(causes, "Duplicate", field, "Duplicate value: \"%s\"", str(container, "name"));
		}
	}
}

void validate_pod_spec(const json_t *spec, const char *path, struct causes *causes)
{
	static const char *const RESTART[] = {"Always", "OnFailure", "Never", NULL};
	volumes(spec, path, causes);
	if (json_array_size(js_arr(spec, "containers")) == 0) {
		char CLEANUP_FREE *field = xasprintf("%s.containers", path);
		cause_add(causes, "Required", field, "Required value");
	}
	containers(spec, "initContainers", path, causes);
	containers(spec, "containers", path, causes);
	containers(spec, "ephemeralContainers", path, causes);
	validate_ephemeral(spec, path, causes);
	resources(spec, path, causes);
	if (!word_in(str(spec, "restartPolicy"), RESTART)) {
		char CLEANUP_FREE *field = xasprintf("%s.restartPolicy", path);
		cause_add(causes, "NotSupported", field,
			  "Unsupported value: \"%s\": supported values: \"Always\", \"OnFailure\", \"Never\"",
			  str(spec, "restartPolicy"));
	}
	if (js_int(spec, "activeDeadlineSeconds", 1) < 1) {
		char CLEANUP_FREE *field = xasprintf("%s.activeDeadlineSeconds", path);
		cause_add(causes, "Invalid", field, "Invalid value: %lld: must be between 1 and 2147483647, inclusive",
			  (long long)js_int(spec, "activeDeadlineSeconds", 0));
	}
	if (json_array_size(js_arr(spec, "schedulingGates")) && str(spec, "nodeName")[0]) {
		char CLEANUP_FREE *field = xasprintf("%s.nodeName", path);
		cause_add(causes, "Forbidden", field,
			  "Forbidden: cannot be set until all schedulingGates have been cleared");
	}
}

void validate_pod(const json_t *pod, struct causes *causes)
{
	validate_pod_spec(js_obj(pod, "spec"), "spec", causes);
}

/* Copies what an update may change from `from`, so that what remains can be compared. */
static void copy_images(json_t *to, const json_t *from, const char *list)
{
	size_t i;
	json_t *container;
	json_t *others = js_arr(from, list);
	json_array_foreach (js_arr(to, list), i, container) {
		json_t *image = json_object_get(json_array_get(others, i), "image");
		if (image) {
			json_object_set(container, "image", image);
		}
	}
}

static bool only_additions(const json_t *old, const json_t *now)
{
	size_t i;
	json_t *t;
	json_array_foreach ((json_t *)(uintptr_t)old, i, t) {
		bool kept = false;
		size_t j;
		json_t *other;
		json_array_foreach ((json_t *)(uintptr_t)now, j, other) {
			kept = kept || json_equal(t, other);
		}
		if (!kept) {
			return false;
		}
	}
	return true;
}

static void copy_key(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);
	if (value) {
		json_object_set(to, key, value);
	} else {
		json_object_del(to, key);
	}
}

void validate_pod_update(const json_t *old, const json_t *pod, struct causes *causes)
{
	const json_t *before = js_obj(old, "spec");
	const json_t *after = js_obj(pod, "spec");
	if (json_equal((json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after)) {
		return;
	}
	json_t CLEANUP_JSON *munged = json_deep_copy(after);
	copy_images(munged, before, "containers");
	copy_images(munged, before, "initContainers");
	copy_key(munged, before, "activeDeadlineSeconds");
	if (js_int(before, "terminationGracePeriodSeconds", 0) < 0 &&
	    js_int(after, "terminationGracePeriodSeconds", 0) == 1) {
		copy_key(munged, before, "terminationGracePeriodSeconds");
	}
	if (only_additions(js_arr(before, "tolerations"), js_arr(after, "tolerations"))) {
		copy_key(munged, before, "tolerations");
	}
	if (only_additions(js_arr(after, "schedulingGates"), js_arr(before, "schedulingGates"))) {
		copy_key(munged, before, "schedulingGates");
	}
	if (!json_equal(munged, (json_t *)(uintptr_t)before)) {
		cause_add(causes, "Forbidden", "spec", UPDATE_RULE);
	}
}
