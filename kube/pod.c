#include "kube/pod.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"

#define DRAFT_BYTES 4096
#define GRACE_DEFAULT_S 30
#define UID_MAX 64
#define NAMESPACE_MAX 63
#define NAME_MAX_BYTES 253

/* Lower-case letters, digits and '-', with '.' where allowed; neither end may be punctuation (RFC 1123). */
static bool is_dns_name(const char *s, size_t max, bool dots)
{
	size_t n = strlen(s);
	if (!n || n > max ||
	    strspn(s, dots ? "abcdefghijklmnopqrstuvwxyz0123456789-." : "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
		return false;
	}
	return s[0] != '-' && s[0] != '.' && s[n - 1] != '-' && s[n - 1] != '.';
}

/* What can stand in a Mesos executor id and before a dot of a task id. */
static bool is_uid(const char *s)
{
	size_t n = strlen(s);
	return n && n <= UID_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static int read_names(struct pod_reader *r, const struct where *at, json_t *metadata)
{
	struct kube_pod *pod = r->pod;
	if (read_str(r, at, metadata, "namespace", &pod->ns) || read_str(r, at, metadata, "name", &pod->name) ||
	    read_str(r, at, metadata, "uid", &pod->uid) ||
	    read_str(r, at, metadata, "resourceVersion", &pod->resource_version)) {
		return -1;
	}
	if (!pod->ns || !is_dns_name(pod->ns, NAMESPACE_MAX, false)) {
		return reader_error(r, ERR_INVALID, at, "namespace", pod->ns ? "not a DNS label" : "missing");
	}
	if (!pod->name || !is_dns_name(pod->name, NAME_MAX_BYTES, true)) {
		return reader_error(r, ERR_INVALID, at, "name", pod->name ? "not a DNS name" : "missing");
	}
	if (!pod->uid || !is_uid(pod->uid)) {
		return reader_error(r, ERR_INVALID, at, "uid", pod->uid ? "not a UID" : "missing");
	}
	return 0;
}

static int read_metadata(struct pod_reader *r, json_t *metadata)
{
	struct kube_pod *pod = r->pod;
	struct where at = {.key = "metadata"};
	struct where annotations_at = {.up = &at, .key = "annotations"};
	json_t *annotations;
	const char *updates = NULL;
	if (read_names(r, &at, metadata) || read_object(r, &at, metadata, "annotations", &annotations) ||
	    read_str(r, &annotations_at, annotations, ANNOTATION_AGENT_ID, &pod->agent_id) ||
	    read_str(r, &annotations_at, annotations, ANNOTATION_ADAPTER, &pod->adapter) ||
	    read_str(r, &annotations_at, annotations, ANNOTATION_FILES, &updates) ||
	    read_time(r, &at, metadata, "creationTimestamp", &pod->created_ms) ||
	    read_time(r, &at, metadata, "deletionTimestamp", &pod->deletion_ms) ||
	    read_int(r, &at, metadata, "generation", 0, INT64_MAX, &pod->generation) ||
	    read_int(r, &at, metadata, "deletionGracePeriodSeconds", INT64_MIN, INT64_MAX, &pod->deletion_grace_s)) {
		return -1;
	}
	pod->updates_files = updates && !strcmp(updates, "true");
	pod->deleting = json_is_string(json_object_get(metadata, "deletionTimestamp"));
	if (pod->deletion_grace_s < 0) {
		pod->deletion_grace_s = 0;
	}
	return 0;
}

int read_restart_policy(struct pod_reader *r, const struct where *at, json_t *spec, enum pod_restart_policy *ret)
{
	static const char *const names[] = {
	    [POD_RESTART_ALWAYS] = "Always", [POD_RESTART_ON_FAILURE] = "OnFailure", [POD_RESTART_NEVER] = "Never"};
	struct where here = {.up = at, .key = "restartPolicy"};
	json_t *v = json_object_get(spec, "restartPolicy");
	if (!v || json_is_null(v)) {
		return 0;
	}
	if (!json_is_string(v)) {
		return reader_error(r, ERR_INVALID, &here, NULL, "not a string");
	}
	for (int i = POD_RESTART_ALWAYS; i <= POD_RESTART_NEVER; i++) {
		if (!strcmp(json_string_value(v), names[i])) {
			*ret = (enum pod_restart_policy)i;
			return 0;
		}
	}
	return reader_refuse(r, &here, "neither Always, OnFailure nor Never");
}

static int read_toleration(struct pod_reader *r, const struct where *at, json_t *o, struct kube_toleration *t)
{
	const char *operator= "Equal";
	t->seconds = -1;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (reader_check_fields(r, POD_SCOPE_TOLERATION, at, o) || read_str(r, at, o, "key", &t->key) ||
	    read_str(r, at, o, "value", &t->value) || read_str(r, at, o, "effect", &t->effect) ||
	    read_str(r, at, o, "operator", &operator) ||
	    read_int(r, at, o, "tolerationSeconds", INT64_MIN, INT64_MAX, &t->seconds)) {
		return -1;
	}
	if (json_is_integer(json_object_get(o, "tolerationSeconds")) && t->seconds < 0) {
		t->seconds = 0; /* "at once", as the API says; -1 means for ever here */
	}
	t->op = !strcmp(operator, "Exists") ? KUBE_OP_EXISTS : KUBE_OP_EQUAL;
	t->key = t->key && *t->key ? t->key : NULL;
	t->effect = t->effect && *t->effect ? t->effect : NULL;
	return 0;
}

static int read_tolerations(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	struct where here = {.up = at, .key = "tolerations"};
	json_t *list;
	if (read_list(r, at, spec, "tolerations", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	pod->tolerations = reader_alloc(r, n, sizeof(*pod->tolerations));
	if (!pod->tolerations) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct where element = {.up = &here, .index = i};
		if (read_toleration(r, &element, json_array_get(list, i), &pod->tolerations[i])) {
			return -1;
		}
	}
	pod->n_tolerations = n;
	return 0;
}

static int read_readiness_gates(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	struct where here = {.up = at, .key = "readinessGates"};
	json_t *list;
	if (read_list(r, at, spec, "readinessGates", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	pod->readiness_gates = reader_alloc(r, n, sizeof(*pod->readiness_gates));
	if (!pod->readiness_gates) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct where element = {.up = &here, .index = i};
		struct kube_readiness_gate *gate = &pod->readiness_gates[i];
		if (reader_check_fields(r, POD_SCOPE_READINESS_GATE, &element, json_array_get(list, i)) ||
		    read_str(r, &element, json_array_get(list, i), "conditionType", &gate->type)) {
			return -1;
		}
		if (!gate->type) {
			return reader_error(r, ERR_INVALID, &element, "conditionType", "missing");
		}
	}
	pod->n_readiness_gates = n;
	return 0;
}

/* What it was bound with goes before what it names now. */
static int read_joined(struct pod_reader *r)
{
	struct kube_pod *pod = r->pod;
	struct where metadata_at = {.key = "metadata"};
	struct where at = {.up = &metadata_at, .key = "annotations"};
	json_t *annotations = js_obj(r->metadata, "annotations");
	bool marked = r->bound && pod->agent_id;
	if (read_str(r, &at, annotations, ANNOTATION_NETWORK, &pod->network) ||
	    (marked && (read_str(r, &at, annotations, ANNOTATION_JOINED, &pod->network) ||
			read_str(r, &at, annotations, ANNOTATION_EXECUTOR, &pod->executor)))) {
		return -1;
	}
	pod->network = pod->network && *pod->network ? pod->network : NULL;
	return 0;
}

static int read_network(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	struct where host_at = {.up = at, .key = "hostNetwork"};
	if (read_bool(r, at, spec, "hostNetwork", &pod->host_network) ||
	    read_str(r, at, spec, "hostname", &pod->hostname)) {
		return -1;
	}
	pod->hostname = pod->hostname && *pod->hostname ? pod->hostname : NULL;
	if (pod->host_network && pod->network) {
		return reader_refuse(r, &host_at, "annotation " ANNOTATION_NETWORK " asks for another network");
	}
	return 0;
}

static int read_spec(struct pod_reader *r, json_t *spec)
{
	struct kube_pod *pod = r->pod;
	struct where at = {.key = "spec"};
	json_t *gates;
	const char *node = json_string_value(json_object_get(spec, "nodeName"));
	r->bound = node && *node;
	if (read_joined(r) || reader_check_fields(r, POD_SCOPE_SPEC, &at, spec) || pod_read_volumes(r, &at, spec) ||
	    reader_check_member(r, POD_SCOPE_OS, &at, spec, "os") || pod_read_pod_security(r, &at, spec) ||
	    read_str(r, &at, spec, "nodeName", &pod->node_name) ||
	    read_str(r, &at, spec, "schedulerName", &pod->scheduler_name) ||
	    read_str(r, &at, spec, "serviceAccountName", &pod->service_account) ||
	    read_restart_policy(r, &at, spec, &pod->restart_policy) ||
	    read_int(r, &at, spec, "activeDeadlineSeconds", 0, INT32_MAX, &pod->active_deadline_s) ||
	    read_int(r, &at, spec, "terminationGracePeriodSeconds", INT64_MIN, INT64_MAX, &pod->termination_grace_s) ||
	    read_network(r, &at, spec) || pod_read_names(r, &at, spec) ||
	    read_bool(r, &at, spec, "enableServiceLinks", &pod->service_links) ||
	    read_list(r, &at, spec, "schedulingGates", &gates) ||
	    read_pairs(r, &at, spec, "nodeSelector", &pod->node_selector, &pod->n_node_selector) ||
	    read_tolerations(r, &at, spec) || read_readiness_gates(r, &at, spec) || pod_read_containers(r, &at, spec) ||
	    pod_read_whole(r, &at, spec) || pod_read_overhead(r, &at, spec)) {
		return -1;
	}
	if (pod->node_name && !*pod->node_name) {
		pod->node_name = NULL;
	}
	if (pod->termination_grace_s < 0) {
		pod->termination_grace_s = 1; /* as the API server does */
	}
	pod->gated = json_array_size(gates) > 0;
	return 0;
}

static int read_pod(struct pod_reader *r, json_t *object)
{
	json_t *metadata, *spec, *status;
	if (!json_is_object(object)) {
		return reader_error(r, ERR_INVALID, NULL, NULL, "not an object");
	}
	if (read_object(r, NULL, object, "metadata", &metadata) || read_object(r, NULL, object, "spec", &spec) ||
	    read_object(r, NULL, object, "status", &status)) {
		return -1;
	}
	r->ns = json_string_value(json_object_get(metadata, "namespace"));
	r->name = json_string_value(json_object_get(metadata, "name"));
	r->metadata = metadata;
	r->spec = spec;
	if (!metadata || !spec) {
		return reader_error(r, ERR_INVALID, NULL, metadata ? "spec" : "metadata", "missing");
	}
	if (read_metadata(r, metadata) || read_spec(r, spec) || pod_read_status(r, status) ||
	    pod_read_report(r, status)) {
		return -1;
	}
	pod_read_ephemeral(r, spec);
	return 0;
}

/* Decode once. `structs` and `strings` are what an earlier pass counted, or 0. */
static struct kube_pod *decode(json_t *object, struct pod_reader *r)
{
	size_t first = r->structs ? r->structs + r->strings + 16 : DRAFT_BYTES;
	struct arena *arena = arena_new(first, POD_BYTES_MAX);
	struct kube_pod *pod = arena_alloc(arena, sizeof(*pod));
	pod->arena = arena;
	pod->termination_grace_s = GRACE_DEFAULT_S;
	pod->service_links = true;
	pod->service_account = "default";
	r->pod = pod;
	r->refused = &pod->refused;
	r->block_left = r->strings;
	r->block = r->strings ? arena_alloc(arena, r->strings) : NULL;
	r->structs = sizeof(*pod) + 16;
	r->strings = 0;
	if (read_pod(r, object)) {
		kube_pod_free(pod);
		return NULL;
	}
	return pod;
}

/* Twice: the first pass counts, the second takes just that much memory, for a pod is held for a long time. */
struct kube_pod *kube_pod_decode(const json_t *object, struct err *e)
{
	json_t *tree = (json_t *)(uintptr_t)object;
	struct pod_reader r = {.e = e};
	struct kube_pod *draft = decode(tree, &r);
	if (!draft) {
		return NULL;
	}
	struct kube_pod *pod = decode(tree, &r);
	kube_pod_free(draft);
	return pod;
}

struct kube_pod *kube_pod_decode_names(const json_t *object, const char *malformed)
{
	json_t *metadata = json_object_get(object, "metadata");
	const char *node = json_string_value(json_object_get(json_object_get(object, "spec"), "nodeName"));
	struct arena *arena = arena_new(DRAFT_BYTES, POD_BYTES_MAX);
	struct kube_pod *pod = arena_alloc(arena, sizeof(*pod));
	struct pod_reader r = {.pod = pod};
	pod->arena = arena;
	if (read_metadata(&r, metadata)) {
		kube_pod_free(pod);
		return NULL;
	}
	pod->node_name = node && *node ? arena_strdup(arena, node) : NULL;
	pod->malformed = arena_strdup(arena, malformed);
	return pod;
}

void kube_pod_free(struct kube_pod *pod)
{
	if (pod) {
		arena_free(pod->arena);
	}
}
