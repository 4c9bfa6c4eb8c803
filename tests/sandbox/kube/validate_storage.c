/* What is refused of claims, volumes and their classes. */
#include <string.h>

#include "base/js.h"
#include "tests/sandbox/kube/model.h"

static void modes(const json_t *spec, struct causes *causes)
{
	if (json_array_size(js_arr(spec, "accessModes")) == 0) {
		cause_add(causes, "Required", "spec.accessModes", "Required value: at least 1 access mode is required");
	}
}

static void claim(const json_t *spec, struct causes *causes)
{
	modes(spec, causes);
	if (!js_str_at(spec, "resources", "requests", "storage", NULL)) {
		cause_add(causes, "Required", "spec.resources[storage]", "Required value");
	}
}

static void volume(const json_t *spec, struct causes *causes)
{
	static const char *const kinds[] = {"gcePersistentDisk",
					    "awsElasticBlockStore",
					    "hostPath",
					    "nfs",
					    "fc",
					    "flocker",
					    "quobyte",
					    "vsphereVolume",
					    "azureDisk",
					    "photonPersistentDisk",
					    "local",
					    "portworxVolume",
					    "csi"};
	size_t n = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n += js_obj(spec, kinds[i]) != NULL;
	}
	modes(spec, causes);
	if (json_object_size(js_obj(spec, "capacity")) == 0) {
		cause_add(causes, "Required", "spec.capacity", "Required value");
	}
	if (n == 0) {
		cause_add(causes, "Required", "spec", "Required value: must specify a volume type");
	}
	if (js_obj(spec, "local") && !js_obj(js_obj(spec, "nodeAffinity"), "required")) {
		cause_add(causes, "Required", "spec.nodeAffinity",
			  "Required value: Local volume requires node affinity");
	}
}

void validate_storage(const struct kube_resource *r, const json_t *object, struct causes *causes)
{
	const json_t *spec = js_obj(object, "spec");
	if (strcmp(r->kind, "PersistentVolumeClaim") == 0) {
		claim(spec, causes);
	} else if (strcmp(r->kind, "PersistentVolume") == 0) {
		volume(spec, causes);
	} else if (strcmp(r->kind, "StorageClass") == 0 && !(js_str(object, "provisioner") ?: "")[0]) {
		cause_add(causes, "Required", "provisioner", "Required value");
	}
}
