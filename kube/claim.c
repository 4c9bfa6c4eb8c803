#include "kube/claim.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_volume.h"
#include "kube/source_inner.h"

#define BIND_COMPLETED "pv.kubernetes.io/bind-completed"

static int put(struct source_draft *d, const char *key, const char *text)
{
	return text ? source_put(d, key, text, strlen(text), false) : 0;
}

/* ---- claims ---- */

static bool has_mode(const json_t *spec, const char *mode)
{
	const json_t *modes = js_arr(spec, "accessModes");
	for (size_t i = 0; i < json_array_size(modes); i++) {
		const char *text = json_string_value(json_array_get(modes, i));
		if (text && !strcmp(text, mode)) {
			return true;
		}
	}
	return false;
}

static const char *controller_of(const json_t *metadata)
{
	const json_t *owners = js_arr(metadata, "ownerReferences");
	for (size_t i = 0; i < json_array_size(owners); i++) {
		const json_t *owner = json_array_get(owners, i);
		if (js_bool(owner, "controller", false)) {
			return js_str(owner, "uid");
		}
	}
	return NULL;
}

int source_put_claim(struct source_draft *d, const json_t *claim)
{
	const json_t *metadata = js_obj(claim, "metadata"), *spec = js_obj(claim, "spec");
	const char *volume = js_str(spec, "volumeName"), *phase = js_str_at(claim, "status", "phase", NULL);
	bool whole = volume && *volume && js_str(js_obj(metadata, "annotations"), BIND_COMPLETED);
	return put(d, CLAIM_UID, js_str(metadata, "uid")) || put(d, CLAIM_VOLUME, whole ? volume : NULL) ||
	       put(d, CLAIM_LOST, phase && !strcmp(phase, "Lost") ? "" : NULL) ||
	       put(d, CLAIM_DELETING, js_str(metadata, "deletionTimestamp")) ||
	       put(d, CLAIM_ONCE_POD, has_mode(spec, "ReadWriteOncePod") ? "" : NULL) ||
	       put(d, CLAIM_OWNER, controller_of(metadata));
}

/* ---- volumes ---- */

static bool is_among(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word) != 0) {
		words++;
	}
	return *words != NULL;
}

/* The member that says what it is. */
static const char *kind_of(const json_t *spec)
{
	static const char *const others[] = {"accessModes",	 "capacity",
					     "claimRef",	 "mountOptions",
					     "nodeAffinity",	 "persistentVolumeReclaimPolicy",
					     "storageClassName", "volumeAttributesClassName",
					     "volumeMode",	 NULL};
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)(uintptr_t)spec, key, v) {
		if (!is_among(key, others) && json_is_object(v)) {
			return key;
		}
	}
	return NULL;
}

/* NULL: an agent can mount it. Else which member, and why not. */
static const char *refusal(const json_t *spec, const char *kind)
{
	static const char *const directories[] = {"", "Directory", "DirectoryOrCreate", NULL};
	const json_t *source = kind ? js_obj(spec, kind) : NULL;
	const char *mode = js_str(spec, "volumeMode") ?: "Filesystem", *path = js_str(source, "path");
	bool host = kind && !strcmp(kind, "hostPath");
	if (!host && !(kind && !strcmp(kind, "local"))) {
		return "no driver of Kubernetes runs on an agent; what agents have mounted themselves can be offered "
		       "as "
		       "hostPath or local";
	}
	if (strcmp(mode, "Filesystem") != 0) {
		return "volumeMode: an agent mounts directories, not devices";
	}
	if (json_array_size(js_arr(spec, "mountOptions"))) {
		return "mountOptions: an agent takes none";
	}
	if (!path || path[0] != '/' || strlen(path) > MOUNT_PATH_MAX || path_climbs(path)) {
		return "path: not an absolute path without \"..\"";
	}
	return host && !is_among(js_str(source, "type") ?: "", directories)
		   ? "type: an agent cannot tell files, sockets and devices apart"
		   : NULL;
}

static int put_where(struct source_draft *d, const json_t *spec)
{
	const char *kind = kind_of(spec), *why = refusal(spec, kind);
	if (why) {
		CLEANUP_FREE char *text = xasprintf("spec.%.64s: %s", kind ?: "", why);
		return put(d, VOLUME_REFUSED, text);
	}
	const json_t *source = js_obj(spec, kind);
	const char *type = js_str(source, "type");
	CLEANUP_FREE char *path = path_clean(js_str(source, "path"));
	bool directory = !strcmp(kind, "local") || (type && *type);
	return put(d, VOLUME_PATH, path) || put(d, VOLUME_DIRECTORY, directory ? "" : NULL);
}

int source_put_volume(struct source_draft *d, const json_t *volume)
{
	const json_t *spec = js_obj(volume, "spec");
	const json_t *required = js_obj(js_obj(spec, "nodeAffinity"), "required");
	CLEANUP_FREE char *affinity = required ? js_text(required) : NULL;
	return put(d, CLAIM_UID, js_str_at(volume, "metadata", "uid", NULL)) ||
	       put(d, VOLUME_CLAIM, js_str_at(spec, "claimRef", "uid", NULL)) || put(d, VOLUME_AFFINITY, affinity) ||
	       put_where(d, spec);
}
