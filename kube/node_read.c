#include "kube/node.h"

#include <string.h>

#include "base/js.h"
#include "base/timefmt.h"
#include "kube/amounts.h"

static int64_t whole_of(const json_t *capacity, const char *name)
{
	int64_t milli = kube_milli_of(capacity, name);
	return milli < 0 ? -1 : milli / 1000;
}

static void read_ready(const json_t *node, struct kube_node_seen *ret)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_at(node, "status", "conditions", NULL), i, o) {
		const char *type = js_str(o, "type"), *status = js_str(o, "status");
		const char *since = js_str(o, "lastTransitionTime");
		if (type && !strcmp(type, "Ready")) {
			ret->ready = status && !strcmp(status, "True");
			ret->not_ready = status && !strcmp(status, "False");
			if (!since || time_parse(since, &ret->since_ms) < 0) {
				ret->since_ms = 0;
			}
		}
	}
}

static void read_taints(const json_t *node, struct kube_node_seen *ret)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_at(node, "spec", "taints", NULL), i, o) {
		const char *key = js_str(o, "key"), *value = js_str(o, "value");
		if (key && !strcmp(key, TAINT_LEAVES)) {
			ret->leaves = value ? value : "";
		}
	}
}

int kube_node_read(const json_t *node, struct kube_node_seen *ret)
{
	const json_t *capacity = js_at(node, "status", "capacity", NULL);
	struct kube_node_seen seen = {
	    .name = js_str_at(node, "metadata", "name", NULL),
	    .uid = js_str_at(node, "metadata", "uid", NULL),
	    .adapter = js_str_at(node, "metadata", "annotations", ANNOTATION_ADAPTER, NULL),
	    .labels = js_at(node, "metadata", "labels", NULL),
	    .agent_id = js_str_at(node, "metadata", "annotations", ANNOTATION_AGENT_ID, NULL),
	    .unschedulable = js_bool(js_obj(node, "spec"), "unschedulable", false),
	    .capacity =
		{
		    .cpu_milli = kube_milli_of(capacity, "cpu"),
		    .memory = whole_of(capacity, "memory"),
		    .ephemeral_storage = whole_of(capacity, "ephemeral-storage"),
		    .gpus = whole_of(capacity, "nvidia.com/gpu"),
		},
	};
	if (!seen.name || !seen.uid) {
		return -1;
	}
	read_ready(node, &seen);
	read_taints(node, &seen);
	*ret = seen;
	return 0;
}

bool kube_node_has_label(const struct kube_node_seen *node, const char *text)
{
	size_t n = strcspn(text, "=");
	const char *value = json_string_value(json_object_getn(node->labels, text, n));
	return value && text[n] == '=' && strcmp(value, text + n + 1) == 0;
}
