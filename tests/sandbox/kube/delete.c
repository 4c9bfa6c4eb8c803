#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/gc.h"
#include "tests/sandbox/kube/model.h"

#define FOREGROUND "foregroundDeletion"

static bool is(const struct call *c, const char *plural)
{
	return strcmp(c->r->plural, plural) == 0;
}

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

void delete_options_done(struct delete_options *o)
{
	json_decref(o->tree);
	o->tree = NULL;
}

int delete_options_of(struct call *c, const json_t *tree, struct delete_options *o)
{
	struct err e;
	*o = (struct delete_options){.uid = "", .resource_version = "", .propagation = ""};
	o->tree = schema_decode(schema_find(c->s->schema, "DeleteOptions"), tree, true, NULL, &e);
	if (!o->tree) {
		return refuse_bad_request(&c->refusal, "%s", e.text);
	}
	o->has_grace = json_object_get(o->tree, "gracePeriodSeconds") != NULL;
	o->grace = js_int(o->tree, "gracePeriodSeconds", -1);
	o->uid = str(js_obj(o->tree, "preconditions"), "uid");
	o->resource_version = str(js_obj(o->tree, "preconditions"), "resourceVersion");
	o->propagation = str(o->tree, "propagationPolicy");
	if (js_bool(o->tree, "orphanDependents", false)) {
		o->propagation = "Orphan";
	}
	if (json_array_size(js_arr(o->tree, "dryRun"))) {
		c->dry_run = true;
	}
	return 0;
}

/* The body if there is one, else the query. */
static int read_options(struct call *c, struct delete_options *o)
{
	json_t *tree = json_object();
	if (c->req->body_len) {
		json_decref(tree);
		tree = call_body_options(c);
		if (!tree) {
			return -1;
		}
	} else {
		const char *grace = query_get(&c->query, "gracePeriodSeconds");
		const char *policy = query_get(&c->query, "propagationPolicy");
		if (grace) {
			json_object_set_new(tree, "gracePeriodSeconds", json_integer(strtoll(grace, NULL, 10)));
		}
		if (policy) {
			set_str(tree, "propagationPolicy", policy);
		}
	}
	int result = delete_options_of(c, tree, o);
	json_decref(tree);
	return result;
}

static int preconditions(struct call *c, const json_t *old, const struct delete_options *o)
{
	const char *name = meta_str(old, "name");
	const char *what = "UID";
	const char *wanted = o->uid;
	const char *have = meta_str(old, "uid");
	const char *then = "deleted and then recreated";
	if (!wanted[0] || strcmp(wanted, have) == 0) {
		what = "ResourceVersion";
		wanted = o->resource_version;
		have = meta_str(old, "resourceVersion");
		then = "modified";
	}
	if (!wanted[0] || strcmp(wanted, have) == 0) {
		return 0;
	}
	return refuse(
	    &c->refusal, 409, "Conflict", status_details(name, c->r->group, c->r->kind),
	    "Operation cannot be fulfilled on %s%s%s \"%s\": the %s in the precondition (%s) does not match the %s in "
	    "record (%s). The object might have been %s",
	    c->r->kind, c->r->group[0] ? "." : "", c->r->group, name, what, wanted, what, have, then);
}

/* How long a pod may go on: the asked or its own time, none when nothing can be running. */
static int64_t pod_grace(const json_t *pod, const struct delete_options *o)
{
	const json_t *spec = js_obj(pod, "spec");
	const char *phase = str(js_obj(pod, "status"), "phase");
	if (!str(spec, "nodeName")[0] || strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0) {
		return 0;
	}
	int64_t grace = o->has_grace ? o->grace : js_int(spec, "terminationGracePeriodSeconds", 30);
	return grace < 0 ? 1 : grace;
}

static void set_deadline(json_t *meta, int64_t at_ms, int64_t grace)
{
	char text[TIME_TEXT_MAX];
	set_str(meta, "deletionTimestamp", time_text(at_ms, text));
	json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(grace));
}

/* A copy marked as terminating; NULL when it already is and nothing changes. */
static json_t *marked(struct call *c, const json_t *old, int64_t grace, bool asked)
{
	const json_t *old_meta = js_obj(old, "metadata");
	json_t *copy = copy_for_change(old);
	json_t *meta = meta_of(copy);
	if (!str(old_meta, "deletionTimestamp")[0]) {
		set_deadline(meta, c->now + grace * 1000, grace);
		if (json_object_get(meta, "generation")) {
			json_object_set_new(meta, "generation", json_integer(js_int(meta, "generation", 0) + 1));
		}
		return canonical(c->s, c->r, copy);
	}
	int64_t had = js_int(old_meta, "deletionGracePeriodSeconds", 0);
	int64_t at;
	if (!asked || grace >= had || time_parse(str(old_meta, "deletionTimestamp"), &at) < 0) {
		json_decref(copy);
		return NULL;
	}
	set_deadline(meta, at - (had - grace) * 1000, grace);
	return copy;
}

static void add_finalizer(json_t *object, const char *name)
{
	json_t *meta = meta_of(object);
	json_t *list = js_arr(meta, "finalizers");
	list = list ? json_copy(list) : json_array();
	json_array_append_new(list, json_string(name));
	json_object_set_new(meta, "finalizers", list);
}

static json_t *mark_and_store(struct call *c, json_t *old, int64_t grace, bool asked, const char *finalizer)
{
	json_t *now = marked(c, old, grace, asked);
	if (!now) {
		return old;
	}
	if (finalizer) {
		add_finalizer(now, finalizer);
		now = canonical(c->s, c->r, now);
	}
	if (!c->dry_run) {
		commit_put(c->s, c->r, json_incref(now));
	}
	json_decref(old);
	return now;
}

static bool has_finalizers(const json_t *object)
{
	return json_array_size(js_at(object, "metadata", "finalizers", NULL)) > 0;
}

static int delete_pod(struct call *c, json_t *old, const struct delete_options *o, json_t **ret, bool *ret_gone)
{
	int64_t grace = pod_grace(old, o);
	json_t *now = mark_and_store(c, old, grace, o->has_grace || grace == 0, NULL);
	bool zero = js_int(js_obj(now, "metadata"), "deletionGracePeriodSeconds", 0) == 0;
	*ret_gone = zero && !has_finalizers(now);
	if (*ret_gone && !c->dry_run) {
		commit_delete(c->s, c->r, meta_str(now, "namespace"), meta_str(now, "name"));
	}
	*ret = now;
	return 0;
}

static int delete_namespace(struct call *c, json_t *old, json_t **ret)
{
	const char *name = meta_str(old, "name");
	static const char *const KEPT[] = {"default", "kube-system", "kube-public"};
	for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
		if (strcmp(name, KEPT[i]) == 0) {
			refuse_forbidden(&c->refusal, c->r, name, "this namespace may not be deleted");
			json_decref(old);
			return -1;
		}
	}
	json_t *now = marked(c, old, 0, false);
	if (!now) {
		*ret = old;
		return 0;
	}
	json_object_del(meta_of(now), "deletionGracePeriodSeconds");
	json_object_set_new(now, "status", json_pack("{s:s}", "phase", "Terminating"));
	if (!c->dry_run) {
		commit_put(c->s, c->r, json_incref(now));
		gc_namespace(c->s, meta_str(now, "name"));
	}
	json_decref(old);
	*ret = now;
	return 0;
}

static int delete_other(struct call *c, json_t *old, const struct delete_options *o, json_t **ret, bool *ret_gone)
{
	bool foreground = strcmp(o->propagation, "Foreground") == 0 && gc_has_dependants(c->s, meta_str(old, "uid"));
	if (strcmp(o->propagation, "Orphan") == 0 && !c->dry_run) {
		gc_orphan(c->s, meta_str(old, "uid"));
	}
	if (!foreground && !has_finalizers(old)) {
		*ret_gone = true;
		*ret = old;
		if (!c->dry_run) {
			commit_delete(c->s, c->r, meta_str(old, "namespace"), meta_str(old, "name"));
		}
		return 0;
	}
	json_t *now = mark_and_store(c, old, 0, false, foreground ? FOREGROUND : NULL);
	if (foreground && !c->dry_run) {
		gc_dependants(c->s, meta_str(now, "uid"));
	}
	*ret = now;
	return 0;
}

int delete_object(struct call *c, const json_t *tree, const struct delete_options *o, json_t **ret, bool *ret_gone)
{
	*ret_gone = false;
	if (preconditions(c, tree, o) < 0) {
		return -1;
	}
	json_t *old = json_incref((json_t *)(uintptr_t)tree);
	if (is(c, "pods")) {
		return delete_pod(c, old, o, ret, ret_gone);
	}
	if (is(c, "namespaces")) {
		return delete_namespace(c, old, ret);
	}
	return delete_other(c, old, o, ret, ret_gone);
}

int do_delete(struct call *c)
{
	struct delete_options CLEANUP_DELETE_OPTIONS o = {0};
	if (read_options(c, &o) < 0) {
		return -1;
	}
	const struct object *object = store_get(c->bucket, c->r->namespaced ? c->name_space : "", c->name);
	if (!object) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	json_t *now;
	bool gone;
	if (delete_object(c, object->tree, &o, &now, &gone) < 0) {
		return -1;
	}
	if (gone && !is(c, "pods")) {
		json_t *details = status_details(meta_str(now, "name"), c->r->group, c->r->plural);
		set_str(details, "uid", meta_str(now, "uid"));
		json_decref(now);
		call_reply(c, 200,
			   json_pack("{s:s, s:s, s:{}, s:s, s:o}", "kind", "Status", "apiVersion", "v1", "metadata",
				     "status", "Success", "details", details));
		return 0;
	}
	json_t *out = in_form_of(c->r, now);
	json_decref(now);
	call_reply(c, 200, out);
	return 0;
}
