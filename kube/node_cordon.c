#include <string.h>

#include "base/js.h"
#include "kube/node.h"

/* All taints but ours, and ours if there is a reason. A taint is known by key and effect. */
static json_t *taints_with(const json_t *node, const char *reason)
{
	json_t *keep = json_array(), *o;
	size_t i;
	json_array_foreach (js_at(node, "spec", "taints", NULL), i, o) {
		const char *key = js_str(o, "key");
		if (!key || strcmp(key, TAINT_LEAVES) != 0) {
			json_array_append(keep, o);
		}
	}
	if (reason) {
		json_array_append_new(
		    keep, json_pack("{ss ss ss}", "key", TAINT_LEAVES, "value", reason, "effect", "NoSchedule"));
	}
	return keep;
}

json_t *kube_node_cordon_patch(const json_t *node, const char *reason)
{
	const char *ours = js_str_at(node, "metadata", "annotations", ANNOTATION_CORDONED, NULL);
	const char *version = js_str_at(node, "metadata", "resourceVersion", NULL);
	bool cordoned = js_bool(js_obj(node, "spec"), "unschedulable", false);
	CLEANUP_JSON json_t *none = json_array();
	const json_t *had = js_at(node, "spec", "taints", NULL);
	CLEANUP_JSON json_t *taints = taints_with(node, reason);
	json_t *spec = json_object(), *metadata = json_object();
	if (!json_equal(taints, had ? had : none)) {
		json_object_set(spec, "taints", taints);
	}
	if (reason && !cordoned) {
		json_object_set_new(spec, "unschedulable", json_true());
	} else if (!reason && ours && cordoned) {
		json_object_set_new(spec, "unschedulable", json_null());
	}
	/* Who cordoned before us keeps that; the annotation says that it was us. */
	if (reason ? !cordoned || ours : ours != NULL) {
		json_object_set_new(metadata, "annotations", json_pack("{ss?}", ANNOTATION_CORDONED, reason));
	}
	if (!json_object_size(spec) && !json_object_size(metadata)) {
		json_decref(spec);
		json_decref(metadata);
		return NULL;
	}
	json_object_set_new(metadata, "resourceVersion", json_string(version ? version : ""));
	return json_pack("{so so}", "metadata", metadata, "spec", spec);
}
