#include "kube/node.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "kube/amounts.h"
#include "kube/quantity.h"
#include "kube/text.h"

#define TEXT_MAX 253
#define MESSAGE_MAX 1024

struct condition_row {
	const char *type, *status, *reason, *message;
};

/* Mesos tells whether its master reaches an agent, and of no pressure at all; neither is more said here. */
static const struct condition_row conditions[] = {
    {"MemoryPressure", "False", "NotReportedByMesos", "Mesos reports no shortage of memory of its agents"},
    {"DiskPressure", "False", "NotReportedByMesos", "Mesos reports no shortage of disk of its agents"},
    {"PIDPressure", "False", "NotReportedByMesos", "Mesos reports no shortage of process ids of its agents"},
    {"NetworkUnavailable", "False", "MesosAgentConnected", "the Mesos master reaches the agent"},
    {"Ready", "True", "MesosAgentReady", "the Mesos agent is registered with the master"},
};
#define CONDITIONS (sizeof(conditions) / sizeof(*conditions))

/* Of a node that stands for all agents; the others are the same. */
static const struct condition_row conditions_of_all[CONDITIONS] = {
    [3] = {"NetworkUnavailable", "False", "StandsForMesosAgents",
	   "pods say of their Mesos agents whether the master reaches them"},
    [4] = {"Ready", "True", "StandsForMesosAgents", "the adapter places pods on all Mesos agents"},
};

/* In milliseconds since 1970. */
static json_t *condition_json(const struct condition_row *row, int64_t since_ms, int64_t now_ms)
{
	char now[TIME_TEXT_MAX], since[TIME_TEXT_MAX];
	json_t *o = json_pack("{ss ss ss ss ss}", "type", row->type, "status", row->status, "reason", row->reason,
			      "lastHeartbeatTime", time_text(now_ms, now), "lastTransitionTime",
			      time_text(since_ms ? since_ms : now_ms, since));
	kube_put_text(o, "message", row->message, MESSAGE_MAX);
	return o;
}

static json_t *conditions_json(enum kube_node_of of, int64_t since_ms, int64_t now_ms,
			       const struct kube_node_access *access, const struct kube_not_ready *why)
{
	json_t *list = json_array();
	for (size_t i = 0; i < CONDITIONS; i++) {
		const struct condition_row not_ready = {conditions[i].type, "False", why->reason, why->message};
		const struct condition_row *row =
		    of == KUBE_NODE_OF_ALL && conditions_of_all[i].type ? &conditions_of_all[i] : &conditions[i];
		bool other = why->reason && !strcmp(row->type, "Ready");
		json_array_append_new(
		    list, condition_json(other ? &not_ready : row, other ? why->since_ms : since_ms, now_ms));
	}
	if (access->reason) {
		struct condition_row row = {CONDITION_KUBELET_PORT, access->good ? "True" : "False", access->reason,
					    access->message};
		json_array_append_new(list, condition_json(&row, access->since_ms, now_ms));
	}
	return list;
}

static void put_count(json_t *o, const char *name, int64_t n)
{
	char text[QUANTITY_TEXT_MAX];
	snprintf(text, sizeof(text), "%lld", (long long)n);
	json_object_set_new(o, name, json_string(text));
}

static json_t *amounts_json(const struct kube_node *node, const struct kube_amounts *a)
{
	json_t *o = kube_amounts_json(a);
	for (size_t i = 0; i < node->n_extended; i++) {
		const struct kube_extended *e = &node->extended[i];
		put_count(o, e->name, a == &node->capacity ? e->capacity : e->allocatable);
	}
	put_count(o, "pods", node->pods);
	return o;
}

static json_t *address_json(const char *type, const char *address)
{
	json_t *o = json_object();
	json_object_set_new(o, "type", json_string(type));
	json_object_set_new(o, "address", kube_text(address, TEXT_MAX));
	return o;
}

/* In a patch, addresses merge by type (and by nothing useful), so the list is replaced whole. */
static json_t *addresses_json(const struct kube_node *node, bool patch)
{
	json_t *list = json_array();
	if (patch) {
		json_array_append_new(list, json_pack("{ss}", "$patch", "replace"));
	}
	if (node->internal_ip) {
		json_array_append_new(list, address_json("InternalIP", node->internal_ip));
	}
	json_array_append_new(list, address_json("Hostname", node->hostname ? node->hostname : node->name));
	return list;
}

static const char *label_of(const struct kube_node *node, const char *name)
{
	for (size_t i = 0; i < node->n_labels; i++) {
		if (!strcmp(node->labels[i].name, name)) {
			return node->labels[i].value;
		}
	}
	return "";
}

/* Every member is required, empty where we do not know. */
static json_t *info_json(const struct kube_node *node)
{
	static const char *const unknown[] = {"machineID",     "systemUUID", "bootID",
					      "kernelVersion", "osImage",    "kubeProxyVersion"};
	json_t *o = json_object();
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		json_object_set_new(o, unknown[i], json_string(""));
	}
	json_object_set_new(o, "containerRuntimeVersion",
			    kube_text(node->runtime_version ? node->runtime_version : "mesos://", TEXT_MAX));
	json_object_set_new(o, "kubeletVersion", kube_text(node->version ? node->version : "", TEXT_MAX));
	json_object_set_new(o, "operatingSystem", kube_text(label_of(node, "kubernetes.io/os"), TEXT_MAX));
	json_object_set_new(o, "architecture", kube_text(label_of(node, "kubernetes.io/arch"), TEXT_MAX));
	return o;
}

static void put_endpoint(json_t *status, const struct kube_node *node)
{
	if (node->kubelet_port) {
		json_object_set_new(status, "daemonEndpoints",
				    json_pack("{s{si}}", "kubeletEndpoint", "Port", node->kubelet_port));
	}
}

static json_t *status_json(const struct kube_node *node, bool patch)
{
	json_t *status = json_object();
	json_object_set_new(status, "capacity", amounts_json(node, &node->capacity));
	json_object_set_new(status, "allocatable", amounts_json(node, &node->allocatable));
	json_object_set_new(status, "conditions",
			    conditions_json(node->of, node->since_ms, node->now_ms, &node->access, &node->not_ready));
	json_object_set_new(status, "addresses", addresses_json(node, patch));
	json_object_set_new(status, "nodeInfo", info_json(node));
	put_endpoint(status, node);
	return status;
}

static json_t *metadata_json(const struct kube_node *node)
{
	json_t *metadata = json_object(), *labels = json_object();
	for (size_t i = 0; i < node->n_labels; i++) {
		json_object_set_new(labels, node->labels[i].name, kube_text(node->labels[i].value, TEXT_MAX));
	}
	json_object_set_new(metadata, "labels", labels);
	json_t *annotations = json_object();
	if (node->agent_id) {
		kube_put_text(annotations, ANNOTATION_AGENT_ID, node->agent_id, MESSAGE_MAX);
	}
	if (node->adapter) {
		kube_put_text(annotations, ANNOTATION_ADAPTER, node->adapter, MESSAGE_MAX);
	}
	if (node->kubelet_port) {
		CLEANUP_FREE char *path = xasprintf("/nodes/%s/metrics/resource", node->name);
		kube_put_text(annotations, ANNOTATION_METRICS_PATH, path, MESSAGE_MAX);
	}
	json_object_set_new(metadata, "annotations", annotations);
	return metadata;
}

json_t *kube_node_create_body(const struct kube_node *node)
{
	json_t *o = json_object(), *metadata = metadata_json(node), *spec = json_object();
	json_object_set_new(o, "apiVersion", json_string("v1"));
	json_object_set_new(o, "kind", json_string("Node"));
	kube_put_text(metadata, "name", node->name, TEXT_MAX);
	json_object_set_new(o, "metadata", metadata);
	if (node->taint_key) {
		json_t *taint = json_object(), *taints = json_array();
		kube_put_text(taint, "key", node->taint_key, TEXT_MAX);
		kube_put_text(taint, "value", node->taint_value, TEXT_MAX);
		kube_put_text(taint, "effect", node->taint_effect, TEXT_MAX);
		json_array_append_new(taints, taint);
		json_object_set_new(spec, "taints", taints);
	}
	json_object_set_new(o, "spec", spec);
	json_object_set_new(o, "status", status_json(node, false));
	return o;
}

json_t *kube_node_away_taints(int64_t since_ms)
{
	char since[TIME_TEXT_MAX];
	time_text(since_ms, since);
	return json_pack("[{ss ss ss} {ss ss ss}]", "key", TAINT_UNREACHABLE, "effect", "NoSchedule", "timeAdded",
			 since, "key", TAINT_UNREACHABLE, "effect", "NoExecute", "timeAdded", since);
}

json_t *kube_node_away_body(const char *reason, const char *message, int64_t since_ms, int64_t now_ms,
			    const struct kube_node_access *access)
{
	json_t *list = json_array();
	struct condition_row row = {NULL, "Unknown", reason, message};
	for (size_t i = 0; i < CONDITIONS; i++) {
		row.type = conditions[i].type;
		json_array_append_new(list, condition_json(&row, since_ms, now_ms));
	}
	if (access->reason) {
		row.type = CONDITION_KUBELET_PORT;
		json_array_append_new(list, condition_json(&row, since_ms, now_ms));
	}
	return json_pack("{s{so}}", "status", "conditions", list);
}

json_t *kube_node_back_body(int64_t since_ms, int64_t now_ms, const struct kube_node_access *access,
			    const struct kube_not_ready *why)
{
	return json_pack("{s{so}}", "status", "conditions",
			 conditions_json(KUBE_NODE_OF_AGENT, since_ms, now_ms, access, why));
}

json_t *kube_node_kept_body(const struct kube_node *node)
{
	json_t *status = json_object();
	json_object_set_new(status, "conditions",
			    conditions_json(node->of, node->since_ms, node->now_ms, &node->access, &node->not_ready));
	if (node->internal_ip) {
		json_object_set_new(status, "addresses", addresses_json(node, true));
		put_endpoint(status, node);
	}
	return json_pack("{s:o}", "status", status);
}

json_t *kube_node_claim_patch(const json_t *node, const json_t *patch)
{
	const char *has = js_str_at(node, "metadata", "annotations", ANNOTATION_ADAPTER, NULL);
	const char *wants = js_str_at(patch, "metadata", "annotations", ANNOTATION_ADAPTER, NULL);
	const char *version = js_str_at(node, "metadata", "resourceVersion", NULL);
	const json_t *role = json_object_get(js_at(node, "metadata", "labels", NULL), LABEL_NODE_ROLE);
	if (has ? wants && strcmp(has, wants) != 0 : !role) {
		return NULL;
	}
	json_t *guarded = json_deep_copy(patch);
	json_object_set_new(js_obj(guarded, "metadata"), "resourceVersion", json_string(version ? version : ""));
	return guarded;
}

bool kube_node_is_of(const json_t *node, const char *agent_id)
{
	const char *id = js_str_at(node, "metadata", "annotations", ANNOTATION_AGENT_ID, NULL);
	return text_equal(id, agent_id);
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	const char *x = js_str(a, key), *y = js_str(b, key);
	return x && y && strcmp(x, y) == 0;
}

static bool has_taint(const json_t *taints, const json_t *taint)
{
	size_t i;
	json_t *o;
	json_array_foreach (taints, i, o) {
		if (same_text(o, taint, "key") && same_text(o, taint, "effect")) {
			return true;
		}
	}
	return false;
}

json_t *kube_node_taints_patch(const json_t *node, const json_t *taints)
{
	const json_t *had = js_at(node, "spec", "taints", NULL);
	json_t *keep = json_array(), *o;
	bool changed = false;
	size_t i;
	json_array_foreach (had, i, o) {
		const char *key = js_str(o, "key");
		if (key && strcmp(key, TAINT_UNREACHABLE) == 0 && !has_taint(taints, o)) {
			changed = true;
		} else {
			json_array_append(keep, o);
		}
	}
	json_array_foreach (taints, i, o) {
		if (!has_taint(keep, o)) {
			json_array_append(keep, o);
			changed = true;
		}
	}
	if (!changed) {
		json_decref(keep);
		return NULL;
	}
	const char *version = js_str_at(node, "metadata", "resourceVersion", NULL);
	return json_pack("{s{ss} s{so}}", "metadata", "resourceVersion", version ? version : "", "spec", "taints",
			 keep);
}

json_t *kube_node_patch_body(const struct kube_node *node)
{
	json_t *o = json_object();
	json_t *metadata = metadata_json(node);
	if (node->of == KUBE_NODE_OF_ALL) {
		json_object_set_new(js_obj(metadata, "annotations"), ANNOTATION_AGENT_ID, json_null());
	}
	json_object_set_new(o, "metadata", metadata);
	return o;
}

json_t *kube_node_status_body(const struct kube_node *node)
{
	json_t *o = json_object();
	json_object_set_new(o, "status", status_json(node, true));
	return o;
}
