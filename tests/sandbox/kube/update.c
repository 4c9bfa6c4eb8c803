#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/apply.h"
#include "tests/sandbox/kube/model.h"

static bool is(const struct call *c, const char *plural)
{
	return strcmp(c->r->plural, plural) == 0;
}

static void take_from(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);
	if (value) {
		json_object_set(to, key, value);
	} else {
		json_object_del(to, key);
	}
}

/* Approval changes conditions and nothing else. */
static void part_of_csr(const json_t *old, json_t *object)
{
	json_t *status = json_object();
	take_from(status, js_obj(object, "status"), "conditions");
	take_from(status, js_obj(old, "status"), "certificate");
	json_object_set_new(object, "status", status);
	take_from(object, old, "spec");
}

/* What only the server sets, and what the request's path does not reach, stays as it was. */
static void keep(const struct call *c, const json_t *old, json_t *object)
{
	static const char *const SERVERS[] = {"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
					      "generation",	   "generateName",	"selfLink",
					      "managedFields"};
	json_t *meta = meta_of(object);
	const json_t *old_meta = js_obj(old, "metadata");
	for (size_t i = 0; i < sizeof(SERVERS) / sizeof(SERVERS[0]); i++) {
		take_from(meta, old_meta, SERVERS[i]);
	}
	if (!js_str(meta, "uid") || !js_str(meta, "uid")[0]) {
		take_from(meta, old_meta, "uid");
	}
	take_from(meta, old_meta, "resourceVersion");
	if (c->managed_fields) {
		json_object_set(meta, "managedFields", c->managed_fields);
	}
	set_str(object, "apiVersion", js_str(old, "apiVersion"));
	if (strcmp(c->sub, "approval") == 0) {
		part_of_csr(old, object);
	} else if (strcmp(c->sub, "status") == 0) {
		take_from(object, old, "spec");
		take_from(meta, old_meta, "ownerReferences");
	} else if (registry_subresource(c->r, "status")) {
		take_from(object, old, "status");
	}
	if ((is(c, "namespaces") && strcmp(c->sub, "finalize") != 0) || is(c, "certificatesigningrequests")) {
		take_from(object, old, "spec");
	}
}

/* podIP and podIPs[0] are one thing; podIP wins. */
static void pod_ips(json_t *pod)
{
	json_t *status = js_obj(pod, "status");
	const char *ip = js_str(status, "podIP");
	json_t *list = js_arr(status, "podIPs");
	if (ip && ip[0]) {
		const char *first = js_str(json_array_get(list, 0), "ip");
		if (!first || strcmp(first, ip) != 0) {
			json_object_set_new(status, "podIPs", json_pack("[{s:s}]", "ip", ip));
		}
	}
	set_default(status, "qosClass", json_string(pod_qos(pod)));
}

static void part_of_pod(const struct call *c, const json_t *old, json_t *object)
{
	if (strcmp(c->sub, "status") == 0) {
		set_default(object, "status", json_object());
		pod_ips(object);
		return;
	}
	if (strcmp(c->sub, "ephemeralcontainers") != 0 && strcmp(c->sub, "resize") != 0) {
		return;
	}
	json_t *spec = json_deep_copy(js_obj(old, "spec"));
	const json_t *asked = js_obj(object, "spec");
	if (strcmp(c->sub, "ephemeralcontainers") == 0) {
		take_from(spec, asked, "ephemeralContainers");
	} else {
		size_t i;
		json_t *container;
		take_from(spec, asked, "resources");
		json_array_foreach (js_arr(spec, "containers"), i, container) {
			take_from(container, json_array_get(js_arr(asked, "containers"), i), "resources");
		}
	}
	json_object_set_new(object, "spec", spec);
	json_object_set_new(object, "metadata", json_copy(js_obj(old, "metadata")));
}

static int check_version(struct call *c, const json_t *old, const json_t *object)
{
	const char *rv = meta_str(object, "resourceVersion");
	const char *name = meta_str(old, "name");
	if (rv[0] && strcmp(rv, meta_str(old, "resourceVersion")) != 0) {
		return refuse_stale(&c->refusal, c->r, name);
	}
	if (!rv[0] && is(c, "leases")) {
		/* The message names the resource, not the kind. */
		struct causes causes = {0};
		cause_add(&causes, "Invalid", "metadata.resourceVersion",
			  "Invalid value: 0: must be specified for an update");
		return causes_refuse(&causes, c->r->plural, c->r->group, name, &c->refusal);
	}
	return 0;
}

static int validate(struct call *c, const json_t *old, const json_t *object)
{
	struct causes causes = {0};
	validate_update(c, old, object, &causes);
	const char *group = strcmp(c->r->group, "events.k8s.io") == 0 ? "" : c->r->group;
	return causes_refuse(&causes, c->r->kind, group, meta_str(old, "name"), &c->refusal);
}

/* The last finalizer of an object that waits for it went: so does the object. */
static bool is_released(const json_t *object)
{
	return meta_str(object, "deletionTimestamp")[0] &&
	       js_int(js_obj(object, "metadata"), "deletionGracePeriodSeconds", 0) == 0 &&
	       json_array_size(js_at(object, "metadata", "finalizers", NULL)) == 0;
}

static void put(struct call *c, const json_t *old, json_t *object, json_t **ret)
{
	if (json_equal((json_t *)(uintptr_t)old, object)) {
		json_decref(object);
		*ret = json_incref((json_t *)(uintptr_t)old);
		return;
	}
	if (c->dry_run) {
		*ret = object;
		return;
	}
	if (is_released(object) && json_array_size(js_at(old, "metadata", "finalizers", NULL))) {
		commit_delete(c->s, c->r, meta_str(old, "namespace"), meta_str(old, "name"));
		*ret = object;
		return;
	}
	*ret = json_incref(commit_put(c->s, c->r, object));
}

static void bump_generation(const struct call *c, const json_t *old, json_t *object)
{
	json_t *meta = meta_of(object);
	if (has_generation(c->r) && !json_equal(js_obj(old, "spec"), js_obj(object, "spec"))) {
		json_object_set_new(meta, "generation", json_integer(js_int(meta, "generation", 0) + 1));
	}
}

int update_object(struct call *c, const json_t *old, json_t *object, json_t **ret)
{
	json_t CLEANUP_JSON *former = json_incref((json_t *)(uintptr_t)old);
	if (check_version(c, former, object) < 0) {
		json_decref(object);
		return -1;
	}
	if (c->r->group[0] && is(c, "events")) {
		json_t *core = event_to_core(object);
		json_decref(object);
		object = core;
	}
	keep(c, former, object);
	if (is(c, "pods")) {
		part_of_pod(c, former, object);
	}
	const struct kube_resource *stored = is(c, "events") ? registry_find("", "v1", "events") : c->r;
	if (strcmp(c->sub, "status") != 0) {
		workload_defaults(stored, object); /* through status the spec is the old one, shared */
	}
	object = canonical(c->s, stored, object);
	if (validate(c, former, object) < 0) {
		json_decref(object);
		return -1;
	}
	bump_generation(c, former, object);
	if (!c->managed_fields) {
		apply_forget_changed(schema_of_resource(c->s->schema, stored), former, object);
	}
	put(c, former, object, ret);
	return 0;
}

static int check_identity(struct call *c, json_t *object)
{
	const char *name = meta_str(object, "name");
	const char *ns = meta_str(object, "namespace");
	if (!name[0]) {
		return refuse_bad_request(&c->refusal, "name must be provided");
	}
	if (strcmp(name, c->name) != 0) {
		return refuse_bad_request(
		    &c->refusal, "the name of the object (%s) does not match the name on the URL (%s)", name, c->name);
	}
	if (c->r->namespaced && ns[0] && strcmp(ns, c->name_space) != 0) {
		return refuse_bad_request(
		    &c->refusal,
		    "the namespace of the provided object does not match the namespace sent on the request");
	}
	if (c->r->namespaced) {
		set_str(meta_of(object), "namespace", c->name_space);
	} else {
		json_object_del(meta_of(object), "namespace");
	}
	return 0;
}

static int check_uid(struct call *c, const json_t *old, const json_t *object)
{
	const char *uid = meta_str(object, "uid");
	if (!uid[0] || strcmp(uid, meta_str(old, "uid")) == 0) {
		return 0;
	}
	return refuse_conflict(&c->refusal, c->r, NULL, c->name,
			       "Precondition failed: UID in precondition: %s, UID in object meta: %s", uid,
			       meta_str(old, "uid"));
}

static bool creates_on_update(const struct call *c)
{
	return !c->sub[0] && (is(c, "leases") || is(c, "events") || is(c, "services"));
}

int do_update(struct call *c)
{
	json_t *object =
	    call_body_object(c, schema_of_resource(c->s->schema, c->r), c->r->kind, c->r->group, c->r->version);
	if (!object) {
		return -1;
	}
	if (check_identity(c, object) < 0) {
		json_decref(object);
		return -1;
	}
	const struct object *o = store_get(c->bucket, c->r->namespaced ? c->name_space : "", c->name);
	json_t *stored;
	int status = 200;
	if (!o && creates_on_update(c)) {
		status = 201;
		if (create_object(c, object, &stored) < 0) {
			return -1;
		}
	} else if (!o) {
		json_decref(object);
		return refuse_not_found(&c->refusal, c->r, c->name);
	} else if (check_uid(c, o->tree, object) < 0) {
		json_decref(object);
		return -1;
	} else if (update_object(c, o->tree, object, &stored) < 0) {
		return -1;
	}
	json_t *out = in_form_of(c->r, stored);
	json_decref(stored);
	call_reply(c, status, out);
	return 0;
}
