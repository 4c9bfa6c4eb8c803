#include "kube/claim.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_volume.h"
#include "kube/quantity.h"
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

static int64_t bits_of_modes(const json_t *spec)
{
	static const char *const modes[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"};
	int64_t bits = 0;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		bits |= has_mode(spec, modes[i]) ? (int64_t)1 << i : 0;
	}
	return bits;
}

/* 0 when there is none. */
static int64_t capacity_of(const json_t *amounts)
{
	const char *text = js_str(amounts, "storage");
	int64_t milli = 0;
	return text && !quantity_parse(text, &milli, NULL) ? milli : 0;
}

/* A label selector as a selector of nodes; NULL when it takes everything. */
static json_t *terms_of(const json_t *selector)
{
	const char *key;
	json_t *v, *expressions = json_array();
	json_object_foreach (js_obj(selector, "matchLabels"), key, v) {
		json_array_append_new(expressions,
				      json_pack("{s:s, s:s, s:[O]}", "key", key, "operator", "In", "values", v));
	}
	json_array_extend(expressions, js_arr(selector, "matchExpressions"));
	if (!json_array_size(expressions)) {
		json_decref(expressions);
		return NULL;
	}
	return json_pack("{s:[{s:o}]}", "nodeSelectorTerms", "matchExpressions", expressions);
}

static char *wish_of(const json_t *spec)
{
	CLEANUP_JSON json_t *wish = json_pack("{s:I, s:I}", "modes", (json_int_t)bits_of_modes(spec), "capacity",
					      (json_int_t)capacity_of(js_obj(js_obj(spec, "resources"), "requests")));
	json_t *selector = terms_of(js_obj(spec, "selector"));
	if (selector) {
		json_object_set_new(wish, "selector", selector);
	}
	return js_text(wish);
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
	const json_t *annotations = js_obj(metadata, "annotations");
	bool whole = volume && *volume && js_str(annotations, BIND_COMPLETED);
	bool open = !(volume && *volume) && strcmp(js_str(spec, "volumeMode") ?: "Filesystem", "Block") != 0;
	CLEANUP_FREE char *wish = open ? wish_of(spec) : NULL;
	return put(d, CLAIM_UID, js_str(metadata, "uid")) || put(d, CLAIM_VOLUME, whole ? volume : NULL) ||
	       put(d, CLAIM_LOST, phase && !strcmp(phase, "Lost") ? "" : NULL) ||
	       put(d, CLAIM_DELETING, js_str(metadata, "deletionTimestamp")) ||
	       put(d, CLAIM_ONCE_POD, has_mode(spec, "ReadWriteOncePod") ? "" : NULL) ||
	       put(d, CLAIM_OWNER, controller_of(metadata)) ||
	       put(d, CLAIM_CLASS, open ? js_str(spec, "storageClassName") : NULL) ||
	       put(d, CLAIM_NODE, js_str(annotations, SELECTED_NODE)) || put(d, CLAIM_WISH, wish);
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

/* ---- what a claim can get ---- */

static bool is_open(const json_t *volume)
{
	const char *phase = js_str_at(volume, "status", "phase", NULL) ?: "";
	const json_t *spec = js_obj(volume, "spec");
	bool over = !strcmp(phase, "Released") || !strcmp(phase, "Failed");
	return !js_str_at(volume, "metadata", "deletionTimestamp", NULL) && !over &&
	       (js_obj(spec, "claimRef") || (!strcmp(phase, "Available") && !refusal(spec, kind_of(spec))));
}

static char *offer_of(const json_t *volume)
{
	const json_t *spec = js_obj(volume, "spec"), *claim = js_obj(spec, "claimRef");
	const json_t *labels = js_at(volume, "metadata", "labels", NULL);
	const json_t *required = js_obj(js_obj(spec, "nodeAffinity"), "required");
	if (claim) {
		CLEANUP_JSON json_t *taken =
		    json_pack("{s:o}", "claim",
			      json_sprintf("%s/%s/%s", js_str(claim, "namespace") ?: "", js_str(claim, "name") ?: "",
					   js_str(claim, "uid") ?: ""));
		return js_text(taken);
	}
	CLEANUP_JSON json_t *o = json_object();
	json_object_set_new(o, "version", json_string(js_str_at(volume, "metadata", "resourceVersion", NULL) ?: ""));
	json_object_set_new(o, "class", json_string(js_str(spec, "storageClassName") ?: ""));
	json_object_set_new(o, "modes", json_integer(bits_of_modes(spec)));
	json_object_set_new(o, "capacity", json_integer(capacity_of(js_obj(spec, "capacity"))));
	if (labels) {
		json_object_set(o, "labels", (json_t *)(uintptr_t)labels);
	}
	if (required) {
		json_object_set(o, "affinity", (json_t *)(uintptr_t)required);
	}
	return js_text(o);
}

int source_put_volumes(struct source_draft *d, const json_t *list)
{
	const json_t *items = js_arr(list, "items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *volume = json_array_get(items, i);
		const char *name = js_str_at(volume, "metadata", "name", NULL);
		CLEANUP_FREE char *offer = name && is_open(volume) ? offer_of(volume) : NULL;
		if (put(d, name, offer)) {
			return -1;
		}
	}
	return 0;
}

/* Terms of topologies have labels with values, and no operators. */
static char *topologies_of(const json_t *class)
{
	const json_t *list = js_arr(class, "allowedTopologies");
	CLEANUP_JSON json_t *o = json_pack("{s:[]}", "nodeSelectorTerms");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *labels = js_arr(json_array_get(list, i), "matchLabelExpressions");
		json_t *expressions = json_array();
		for (size_t k = 0; k < json_array_size(labels); k++) {
			json_t *x = json_deep_copy(json_array_get(labels, k));
			json_object_set_new(x, "operator", json_string("In"));
			json_array_append_new(expressions, x);
		}
		json_array_append_new(js_arr(o, "nodeSelectorTerms"),
				      json_pack("{s:o}", "matchExpressions", expressions));
	}
	return json_array_size(list) ? js_text(o) : NULL;
}

int source_put_class(struct source_draft *d, const json_t *class)
{
	CLEANUP_FREE char *topologies = topologies_of(class);
	bool late = !strcmp(js_str(class, "volumeBindingMode") ?: "", "WaitForFirstConsumer");
	return put(d, CLASS_LATE, late ? "" : NULL) || put(d, CLASS_PROVISIONER, js_str(class, "provisioner")) ||
	       put(d, CLASS_TOPOLOGIES, topologies);
}
