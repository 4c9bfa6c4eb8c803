/* Subresources that act on pods: binding and eviction. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/model.h"

#define RETRY_EVICTION_S 10

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

static void reply_success(struct call *c)
{
	call_reply(c, 201,
		   json_pack("{s:s, s:s, s:{}, s:s, s:i}", "kind", "Status", "apiVersion", "v1", "metadata", "status",
			     "Success", "code", 201));
}

static int check_target(struct call *c, const json_t *binding)
{
	const json_t *target = js_obj(binding, "target");
	const char *kind = str(target, "kind");
	if (kind[0] && strcmp(kind, "Node") != 0) {
		return refuse(&c->refusal, 500, NULL, NULL,
			      "target.kind: Unsupported value: \"%s\": supported values: \"Node\", \"<empty>\"", kind);
	}
	if (!str(target, "name")[0]) {
		return refuse(&c->refusal, 500, NULL, NULL, "target.name: Required value");
	}
	return 0;
}

static int precondition(struct call *c, const json_t *pod, const char *what, const char *wanted, const char *have)
{
	if (!wanted[0] || strcmp(wanted, have) == 0) {
		return 0;
	}
	const char *name = meta_str(pod, "name");
	return refuse_conflict(&c->refusal, c->r, NULL, name,
			       "StorageError: invalid object, Code: 4, Key: /registry/pods/%s/%s, ResourceVersion: 0, "
			       "AdditionalErrorMsg: Precondition failed: %s in precondition: %s, %s in object meta: %s",
			       meta_str(pod, "namespace"), name, what, wanted, what, have);
}

static int check_pod(struct call *c, const json_t *pod, const json_t *binding)
{
	const char *name = meta_str(pod, "name");
	const char *node = str(js_obj(pod, "spec"), "nodeName");
	if (precondition(c, pod, "UID", meta_str(binding, "uid"), meta_str(pod, "uid")) < 0 ||
	    precondition(c, pod, "ResourceVersion", meta_str(binding, "resourceVersion"),
			 meta_str(pod, "resourceVersion")) < 0) {
		return -1;
	}
	if (meta_str(pod, "deletionTimestamp")[0]) {
		return refuse_conflict(&c->refusal, c->r, "binding", name,
				       "pod %s is being deleted, cannot be assigned to a host", name);
	}
	if (node[0]) {
		return refuse_conflict(&c->refusal, c->r, "binding", name, "pod %s is already assigned to node \"%s\"",
				       name, node);
	}
	if (json_array_size(js_at(pod, "spec", "schedulingGates", NULL))) {
		return refuse_conflict(&c->refusal, c->r, "binding", name, "pod %s has non-empty .spec.schedulingGates",
				       name);
	}
	return 0;
}

static void copy_words(json_t *meta, const json_t *binding, const char *which)
{
	json_t *words = js_at(binding, "metadata", which, NULL);
	if (words) {
		json_t *own = js_obj(meta, which);
		json_t *all = own ? json_copy(own) : json_object();
		json_object_update(all, words);
		json_object_set_new(meta, which, all);
	}
}

static void scheduled(json_t *pod, int64_t now)
{
	char text[TIME_TEXT_MAX];
	json_t *status = json_copy(js_obj(pod, "status"));
	json_t *list = json_array();
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(status, "conditions"), i, condition) {
		if (strcmp(str(condition, "type"), "PodScheduled") != 0) {
			json_array_append(list, condition);
		}
	}
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "type", "PodScheduled", "status", "True",
					      "lastTransitionTime", time_text(now, text)));
	json_object_set_new(status, "conditions", list);
	json_object_set_new(pod, "status", status);
}

static int bind(struct call *c, const json_t *binding, const char *name)
{
	const struct object *o = store_get(store_bucket(&c->s->store, "pods"), c->name_space, name);
	c->r = registry_find("", "v1", "pods");
	if (!o) {
		return refuse_not_found(&c->refusal, c->r, name);
	}
	if (check_pod(c, o->tree, binding) < 0) {
		return -1;
	}
	json_t *pod = copy_for_change(o->tree);
	json_t *spec = json_copy(js_obj(pod, "spec"));
	set_str(spec, "nodeName", str(js_obj(binding, "target"), "name"));
	json_object_set_new(pod, "spec", spec);
	copy_words(meta_of(pod), binding, "labels");
	copy_words(meta_of(pod), binding, "annotations");
	scheduled(pod, c->now);
	pod = canonical(c->s, c->r, pod);
	if (c->dry_run) {
		json_decref(pod);
	} else {
		commit_put(c->s, c->r, pod);
	}
	reply_success(c);
	return 0;
}

int do_binding(struct call *c)
{
	json_t CLEANUP_JSON *binding = call_body_object(c, schema_find(c->s->schema, "Binding"), "Binding", "", "v1");
	if (!binding) {
		return -1;
	}
	const char *name = meta_str(binding, "name");
	if (c->name[0] && name[0] && strcmp(name, c->name) != 0) {
		return refuse_bad_request(&c->refusal, "name in URL does not match name in Binding object");
	}
	if (check_target(c, binding) < 0) {
		return -1;
	}
	return bind(c, binding, c->name[0] ? c->name : name);
}

static bool selects(const json_t *budget, const json_t *pod)
{
	json_t *labels = js_at(pod, "metadata", "labels", NULL);
	const char *key;
	json_t *value;
	json_object_foreach (js_at(budget, "spec", "selector", "matchLabels", NULL), key, value) {
		if (strcmp(str(labels, key), json_string_value(value)) != 0) {
			return false;
		}
	}
	return true;
}

/* Nobody counts the healthy pods of a budget here, so one that has never been counted allows nothing. */
static int budgets_allow(struct call *c, const json_t *pod)
{
	const struct bucket *b = store_bucket(&c->s->store, "poddisruptionbudgets");
	for (size_t i = store_from(b, c->name_space, "");
	     i < b->n && strcmp(b->objects[i].name_space, c->name_space) == 0; i++) {
		const json_t *budget = b->objects[i].tree;
		const json_t *status = js_obj(budget, "status");
		if (!selects(budget, pod) || js_int(status, "disruptionsAllowed", 0) > 0) {
			continue;
		}
		bool counted =
		    js_int(status, "observedGeneration", 0) >= js_int(js_obj(budget, "metadata"), "generation", 1);
		const char *name = meta_str(budget, "name");
		char CLEANUP_FREE *why =
		    counted ? xasprintf("The disruption budget %s needs %lld healthy pods and has %lld currently", name,
					(long long)js_int(status, "desiredHealthy", 0),
					(long long)js_int(status, "currentHealthy", 0))
			    : xasprintf("The disruption budget %s is still being processed by the server.", name);
		json_t *details = json_pack("{s:[{s:s, s:s}], s:i}", "causes", "reason", "DisruptionBudget", "message",
					    why, "retryAfterSeconds", counted ? 0 : RETRY_EVICTION_S);
		refuse(&c->refusal, 429, "TooManyRequests", details,
		       "Cannot evict pod as it would violate the pod's disruption budget.");
		c->refusal.retry_after = counted ? 0 : RETRY_EVICTION_S;
		return -1;
	}
	return 0;
}

int do_eviction(struct call *c)
{
	json_t CLEANUP_JSON *eviction =
	    call_body_object(c, schema_find(c->s->schema, "Eviction"), "Eviction", "policy", "v1");
	if (!eviction) {
		return -1;
	}
	const char *name = meta_str(eviction, "name");
	if (name[0] && strcmp(name, c->name) != 0) {
		return refuse_bad_request(&c->refusal, "name in URL does not match name in Eviction object");
	}
	const struct object *o = store_get(c->bucket, c->name_space, c->name);
	if (!o) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	if (budgets_allow(c, o->tree) < 0) {
		return -1;
	}
	struct delete_options CLEANUP_DELETE_OPTIONS options = {0};
	json_t *tree = js_obj(eviction, "deleteOptions");
	json_t CLEANUP_JSON *none = json_object();
	if (delete_options_of(c, tree ? tree : none, &options) < 0) {
		return -1;
	}
	json_t *now;
	bool gone;
	if (delete_object(c, o->tree, &options, &now, &gone) < 0) {
		return -1;
	}
	json_decref(now);
	reply_success(c);
	return 0;
}
