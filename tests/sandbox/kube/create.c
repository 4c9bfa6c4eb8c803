#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/model.h"

#define GENERATED_BASE_MAX 58 /* of a name, before five letters are added */

static bool is_kind(const struct kube_resource *r, const char *kind)
{
	return strcmp(r->kind, kind) == 0;
}

bool has_generation(const struct kube_resource *r)
{
	static const char *const KINDS[] = {"Pod",	   "ReplicaSet", "Deployment", "DaemonSet",
					    "StatefulSet", "Job",	 "CronJob",    "PodDisruptionBudget"};
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (is_kind(r, KINDS[i])) {
			return true;
		}
	}
	return false;
}

/* A decoded object in the order and with the defaults of its type. Steals. */
json_t *canonical(const struct apiserver *s, const struct kube_resource *r, json_t *object)
{
	json_t *out = schema_decode(schema_of_resource(s->schema, r), object, true, NULL, NULL);
	json_decref(object);
	return out;
}

static int check_namespace(struct call *c, json_t *object)
{
	json_t *meta = meta_of(object);
	const char *ns = meta_str(object, "namespace");
	if (!c->r->namespaced) {
		json_object_del(meta, "namespace");
		return 0;
	}
	if (ns[0] && strcmp(ns, c->name_space) != 0) {
		return refuse_bad_request(
		    &c->refusal,
		    "the namespace of the provided object does not match the namespace sent on the request");
	}
	set_str(meta, "namespace", c->name_space);
	return 0;
}

static int namespace_lives(struct call *c, const json_t *object)
{
	const struct kube_resource *namespaces = registry_find("", "v1", "namespaces");
	const struct object *ns;
	if (!c->r->namespaced) {
		return 0;
	}
	ns = store_get(store_bucket(&c->s->store, "namespaces"), "", c->name_space);
	if (!ns) {
		return refuse_not_found(&c->refusal, namespaces, c->name_space);
	}
	if (!meta_str(ns->tree, "deletionTimestamp")[0]) {
		return 0;
	}
	refuse_forbidden(&c->refusal, c->r, meta_str(object, "name"),
			 "unable to create new content in namespace %s because it is being terminated", c->name_space);
	char CLEANUP_FREE *why = xasprintf("namespace %s is being terminated", c->name_space);
	json_object_set_new(c->refusal.details, "causes",
			    json_pack("[{s:s, s:s, s:s}]", "reason", "NamespaceTerminating", "message", why, "field",
				      "metadata.namespace"));
	return -1;
}

static void fresh_meta(struct call *c, json_t *object)
{
	static const char *const SERVERS[] = {
	    "uid",	     "resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
	    "managedFields", "generation"};
	json_t *meta = meta_of(object);
	for (size_t i = 0; i < sizeof(SERVERS) / sizeof(SERVERS[0]); i++) {
		json_object_del(meta, SERVERS[i]);
	}
	char now[TIME_TEXT_MAX];
	char CLEANUP_FREE *uid = make_uid(c->s);
	set_str(meta, "creationTimestamp", time_text(c->now, now));
	set_str(meta, "uid", uid);
	if (c->managed_fields) {
		json_object_set(meta, "managedFields", c->managed_fields);
	}
	if (has_generation(c->r)) {
		json_object_set_new(meta, "generation", json_integer(1));
	}
	const char *base = js_str(meta, "generateName");
	if (base && !meta_str(object, "name")[0]) {
		char suffix[6];
		make_suffix(c->s, suffix, 5);
		char CLEANUP_FREE *name = xasprintf("%.*s%s", GENERATED_BASE_MAX, base, suffix);
		set_str(meta, "name", name);
	}
}

static void prepare_namespace(json_t *object)
{
	json_t *meta = meta_of(object);
	set_default(meta, "labels", json_object());
	set_str(js_obj(meta, "labels"), "kubernetes.io/metadata.name", meta_str(object, "name"));
	json_object_set_new(object, "spec", json_pack("{s:[s]}", "finalizers", "kubernetes"));
	json_object_set_new(object, "status", json_pack("{s:s}", "phase", "Active"));
}

/* The taint stays until something vouches for the node. */
static void prepare_node(json_t *object)
{
	json_t *spec = js_obj(object, "spec");
	size_t i;
	json_t *taint;
	set_default(spec, "taints", json_array());
	json_array_foreach (js_arr(spec, "taints"), i, taint) {
		const char *key = js_str(taint, "key");
		if (key && strcmp(key, "node.kubernetes.io/not-ready") == 0) {
			return;
		}
	}
	json_array_append_new(js_arr(spec, "taints"),
			      json_pack("{s:s, s:s}", "key", "node.kubernetes.io/not-ready", "effect", "NoSchedule"));
}

/* A job selects its pods by its own uid. */
static void prepare_job(json_t *object)
{
	static const char *const KEYS[] = {"batch.kubernetes.io/controller-uid", "controller-uid"};
	json_t *spec = js_obj(object, "spec");
	if (js_bool(spec, "manualSelector", false)) {
		return;
	}
	json_t *template_meta = meta_of(js_obj(spec, "template"));
	set_default(template_meta, "labels", json_object());
	json_t *labels = js_obj(template_meta, "labels");
	for (size_t i = 0; i < 2; i++) {
		set_str(labels, KEYS[i], meta_str(object, "uid"));
	}
	set_str(labels, "batch.kubernetes.io/job-name", meta_str(object, "name"));
	set_str(labels, "job-name", meta_str(object, "name"));
	json_object_set_new(spec, "selector", json_pack("{s:{s:s}}", "matchLabels", KEYS[0], meta_str(object, "uid")));
}

static void prepare_service(struct call *c, json_t *object)
{
	json_t *spec = js_obj(object, "spec");
	const char *type = js_str(spec, "type");
	if (js_str(spec, "clusterIP") || (type && strcmp(type, "ExternalName") == 0)) {
		return;
	}
	char ip[32];
	int64_t n = c->s->store.rv;
	snprintf(ip, sizeof(ip), "10.96.%d.%d", (int)(n / 250 % 250), (int)(n % 250 + 2));
	set_str(spec, "clusterIP", ip);
	json_object_set_new(spec, "clusterIPs", json_pack("[s]", ip));
	json_object_set_new(spec, "ipFamilies", json_pack("[s]", "IPv4"));
	set_str(spec, "ipFamilyPolicy", "SingleStack");
	set_str(spec, "internalTrafficPolicy", "Cluster");
}

/* Who asks is not for them to say. */
static void prepare_csr(const struct call *c, json_t *object)
{
	json_t *spec = js_obj(object, "spec"), *groups = json_array();
	for (size_t i = 0; i < c->who.n_groups; i++) {
		json_array_append_new(groups, json_string(c->who.groups[i]));
	}
	set_str(spec, "username", c->who.user ? c->who.user : "");
	json_object_set_new(spec, "groups", groups);
}

static void prepare(struct call *c, json_t *object)
{
	const struct kube_resource *r = c->r;
	bool keeps_status = is_kind(r, "Node");
	if (!keeps_status && registry_subresource(r, "status")) {
		json_object_del(object, "status");
	}
	storage_prepare(r, object);
	if (is_kind(r, "Namespace")) {
		prepare_namespace(object);
	} else if (is_kind(r, "CertificateSigningRequest")) {
		prepare_csr(c, object);
	} else if (is_kind(r, "Node")) {
		prepare_node(object);
	} else if (is_kind(r, "Job")) {
		prepare_job(object);
	} else if (is_kind(r, "Service")) {
		prepare_service(c, object);
	} else if (is_kind(r, "Pod")) {
		json_object_set_new(object, "status",
				    json_pack("{s:s, s:s}", "phase", "Pending", "qosClass", pod_qos(object)));
		if (json_array_size(js_at(object, "spec", "schedulingGates", NULL))) {
			char now[TIME_TEXT_MAX];
			json_object_set_new(js_obj(object, "status"), "conditions",
					    json_pack("[{s:s, s:s, s:s, s:s, s:s}]", "type", "PodScheduled", "status",
						      "False", "lastTransitionTime", time_text(c->now, now), "reason",
						      "SchedulingGated", "message",
						      "Scheduling is blocked due to non-empty scheduling gates"));
		}
	}
}

static int admit(struct call *c, json_t *object)
{
	if (namespace_lives(c, object) < 0) {
		return -1;
	}
	return is_kind(c->r, "Pod") ? pod_admit(c, object) : 0;
}

static int validate(struct call *c, const json_t *object)
{
	struct causes causes = {0};
	validate_create(c, object, &causes);
	const char *group = strcmp(c->r->group, "events.k8s.io") == 0 ? "" : c->r->group;
	return causes_refuse(&causes, c->r->kind, group, meta_str(object, "name"), &c->refusal);
}

static int store_new(struct call *c, json_t *object, json_t **ret)
{
	const char *ns = meta_str(object, "namespace");
	const char *name = meta_str(object, "name");
	const struct object *there = store_get(c->bucket, ns, name);
	if (there) {
		refuse_exists(&c->refusal, c->r, name, meta_str(there->tree, "deletionTimestamp")[0] != 0);
		json_decref(object);
		return -1;
	}
	if (c->dry_run) {
		*ret = object;
		return 0;
	}
	if (c->s->store.n_objects >= APISERVER_OBJECTS_MAX) {
		json_decref(object);
		return refuse(&c->refusal, 507, "InsufficientStorage", NULL, "more than %d objects",
			      APISERVER_OBJECTS_MAX);
	}
	*ret = json_incref(commit_put(c->s, c->r, object));
	return 0;
}

int create_object(struct call *c, json_t *object, json_t **ret)
{
	const char *rv = meta_str(object, "resourceVersion");
	if (rv[0]) {
		json_decref(object);
		return refuse(&c->refusal, 500, NULL, NULL,
			      "resourceVersion should not be set on objects to be created");
	}
	if (check_namespace(c, object) < 0) {
		json_decref(object);
		return -1;
	}
	workload_defaults(c->r, object);
	fresh_meta(c, object);
	if (admit(c, object) < 0) {
		json_decref(object);
		return -1;
	}
	prepare(c, object);
	object = canonical(c->s, c->r, object);
	if (validate(c, object) < 0) {
		json_decref(object);
		return -1;
	}
	if (c->r->group[0] && is_kind(c->r, "Event")) {
		json_t *core = event_to_core(object);
		json_decref(object);
		object = core;
	}
	if (store_new(c, object, ret) < 0) {
		return -1;
	}
	if (is_kind(c->r, "Namespace") && !c->dry_run) {
		populate_namespace(c->s, meta_str(*ret, "name"), c->now);
	}
	return 0;
}

int do_create(struct call *c)
{
	json_t *object =
	    call_body_object(c, schema_of_resource(c->s->schema, c->r), c->r->kind, c->r->group, c->r->version);
	if (!object) {
		return -1;
	}
	json_t *stored;
	if (create_object(c, object, &stored) < 0) {
		return -1;
	}
	json_t *out = in_form_of(c->r, stored);
	json_decref(stored);
	call_reply(c, 201, out);
	return 0;
}
