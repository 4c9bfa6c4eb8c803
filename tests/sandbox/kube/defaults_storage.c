/* Defaults of claims, volumes and their classes, and how each begins. */
#include <string.h>

#include "base/js.h"
#include "tests/sandbox/kube/model.h"

void storage_defaults(const struct kube_resource *r, json_t *object)
{
	json_t *spec = js_obj(object, "spec");
	if (strcmp(r->kind, "StorageClass") == 0) {
		set_default(object, "reclaimPolicy", json_string("Delete"));
		set_default(object, "volumeBindingMode", json_string("Immediate"));
	} else if (strcmp(r->kind, "PersistentVolumeClaim") == 0) {
		set_default(spec, "volumeMode", json_string("Filesystem"));
	} else if (strcmp(r->kind, "PersistentVolume") == 0) {
		set_default(spec, "persistentVolumeReclaimPolicy", json_string("Retain"));
		set_default(spec, "volumeMode", json_string("Filesystem"));
		if (js_obj(spec, "hostPath")) {
			set_default(js_obj(spec, "hostPath"), "type", json_string(""));
		}
	}
}

void storage_prepare(const struct kube_resource *r, json_t *object)
{
	if (strcmp(r->kind, "PersistentVolumeClaim") == 0 || strcmp(r->kind, "PersistentVolume") == 0) {
		json_object_set_new(object, "status", json_pack("{s:s}", "phase", "Pending"));
	}
}
