#include <string.h>

#include "base/js.h"
#include "tests/sandbox/kube/model.h"

/* core/v1 and events.k8s.io/v1 name the same things differently. */
static const struct {
	const char *core, *group;
} NAMES[] = {
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"},
    {"reportingComponent", "reportingController"},
};

static json_t *renamed(const json_t *object, bool to_core)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		const char *name = key;
		for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
			if (strcmp(key, to_core ? NAMES[i].group : NAMES[i].core) == 0) {
				name = to_core ? NAMES[i].core : NAMES[i].group;
			}
		}
		json_object_set(out, name, value);
	}
	return out;
}

json_t *event_to_core(const json_t *object)
{
	json_t *out = renamed(object, true);
	set_str(out, "apiVersion", "v1");
	set_default(out, "involvedObject", json_object());
	set_default(out, "source", json_object());
	set_default(out, "firstTimestamp", json_null());
	set_default(out, "lastTimestamp", json_null());
	set_default(out, "reportingComponent", json_string(""));
	set_default(out, "reportingInstance", json_string(""));
	return out;
}

json_t *event_to_group(const json_t *object)
{
	json_t *out = renamed(object, false);
	set_str(out, "apiVersion", "events.k8s.io/v1");
	static const char *const EMPTY_GOES[] = {"reportingController", "reportingInstance"};
	for (size_t i = 0; i < 2; i++) {
		const char *value = js_str(out, EMPTY_GOES[i]);
		if (value && !value[0]) {
			json_object_del(out, EMPTY_GOES[i]);
		}
	}
	return out;
}

json_t *in_form_of(const struct kube_resource *r, json_t *stored)
{
	return strcmp(r->group, "events.k8s.io") == 0 ? event_to_group(stored) : json_incref(stored);
}
