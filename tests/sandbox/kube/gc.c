#include "tests/sandbox/kube/gc.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

#define FOREGROUND "foregroundDeletion"

struct owner {
	size_t dependants;
	char uid[];
};

static void count(struct apiserver *s, const char *uid, int by)
{
	struct owner *o = map_get(&s->owners, uid);
	if (!o) {
		o = xcalloc(1, sizeof(*o) + strlen(uid) + 1);
		memcpy(o->uid, uid, strlen(uid) + 1);
		map_put(&s->owners, o->uid, o);
	}
	o->dependants = (size_t)((long)o->dependants + by);
	if (o->dependants == 0) {
		map_del(&s->owners, uid);
		free(o);
	}
}

void gc_track(struct apiserver *s, const json_t *tree, int by)
{
	size_t i;
	json_t *owner;
	json_array_foreach (js_at(tree, "metadata", "ownerReferences", NULL), i, owner) {
		const char *uid = js_str(owner, "uid");
		if (uid && uid[0]) {
			count(s, uid, by);
		}
	}
}

bool gc_has_dependants(const struct apiserver *s, const char *owner_uid)
{
	return map_get(&s->owners, owner_uid) != NULL;
}

void gc_done(struct apiserver *s)
{
	size_t it = 0;
	void *o;
	while ((o = map_next(&s->owners, &it))) {
		free(o);
	}
	map_done(&s->owners);
}

static bool owned_by(const json_t *tree, const char *uid)
{
	size_t i;
	json_t *owner;
	json_array_foreach (js_at(tree, "metadata", "ownerReferences", NULL), i, owner) {
		const char *its = js_str(owner, "uid");
		if (its && strcmp(its, uid) == 0) {
			return true;
		}
	}
	return false;
}

/* References to what `chosen` chooses in one bucket; free the array and its elements. */
static json_t **choose(const struct bucket *b, bool (*chosen)(const json_t *, const char *), const char *arg,
		       size_t *ret_n)
{
	json_t **out = xcalloc(b->n ? b->n : 1, sizeof(*out));
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (chosen(b->objects[i].tree, arg)) {
			out[n++] = json_incref(b->objects[i].tree);
		}
	}
	*ret_n = n;
	return out;
}

static void each_chosen(struct apiserver *s, bool (*chosen)(const json_t *, const char *), const char *arg,
			void (*act)(struct apiserver *, const struct kube_resource *, json_t *, const char *))
{
	for (size_t i = 0; i < s->store.n_buckets; i++) {
		const struct bucket *b = s->store.all[i];
		const struct kube_resource *r = registry_stored_as(b->stored_as);
		size_t n;
		json_t **list = choose(b, chosen, arg, &n);
		for (size_t j = 0; j < n; j++) {
			act(s, r, list[j], arg);
			json_decref(list[j]);
		}
		free(list);
	}
}

static void delete_it(struct apiserver *s, const struct kube_resource *r, json_t *tree, const char *unused)
{
	(void)unused;
	struct call c = {
	    .s = s, .now = s->now, .r = r, .internal = true, .bucket = store_bucket(&s->store, r->stored_as)};
	c.sub = (char[]){""};
	struct delete_options o = {
	    .uid = meta_str(tree, "uid"), .resource_version = "", .propagation = "Background", .grace = -1};
	const struct object *now = store_get(c.bucket, meta_str(tree, "namespace"), meta_str(tree, "name"));
	json_t *result;
	bool gone;
	if (now && delete_object(&c, now->tree, &o, &result, &gone) == 0) {
		json_decref(result);
	}
	refusal_done(&c.refusal);
}

/* Does another owner of it still exist? Then it stays. */
static bool has_other_owner(struct apiserver *s, const json_t *tree, const char *uid)
{
	size_t i;
	json_t *owner;
	json_array_foreach (js_at(tree, "metadata", "ownerReferences", NULL), i, owner) {
		const char *its = js_str(owner, "uid");
		if (!its || strcmp(its, uid) == 0) {
			continue;
		}
		for (size_t b = 0; b < s->store.n_buckets; b++) {
			for (size_t j = 0; j < s->store.all[b]->n; j++) {
				if (strcmp(meta_str(s->store.all[b]->objects[j].tree, "uid"), its) == 0) {
					return true;
				}
			}
		}
	}
	return false;
}

static void delete_dependant(struct apiserver *s, const struct kube_resource *r, json_t *tree, const char *uid)
{
	if (!has_other_owner(s, tree, uid)) {
		delete_it(s, r, tree, uid);
	}
}

void gc_dependants(struct apiserver *s, const char *owner_uid)
{
	if (gc_has_dependants(s, owner_uid)) {
		char CLEANUP_FREE *uid = xstrdup(owner_uid);
		each_chosen(s, owned_by, uid, delete_dependant);
	}
}

static void orphan_it(struct apiserver *s, const struct kube_resource *r, json_t *tree, const char *uid)
{
	json_t *copy = copy_for_change(tree);
	json_t *kept = json_array();
	size_t i;
	json_t *owner;
	json_array_foreach (js_at(tree, "metadata", "ownerReferences", NULL), i, owner) {
		if (strcmp(js_str(owner, "uid"), uid) != 0) {
			json_array_append(kept, owner);
		}
	}
	if (json_array_size(kept)) {
		json_object_set(meta_of(copy), "ownerReferences", kept);
	} else {
		json_object_del(meta_of(copy), "ownerReferences");
	}
	json_decref(kept);
	commit_put(s, r, copy);
}

void gc_orphan(struct apiserver *s, const char *owner_uid)
{
	if (gc_has_dependants(s, owner_uid)) {
		each_chosen(s, owned_by, owner_uid, orphan_it);
	}
}

static bool in_namespace(const json_t *tree, const char *name)
{
	return strcmp(meta_str(tree, "namespace"), name) == 0;
}

static bool namespace_empty(const struct apiserver *s, const char *name)
{
	for (size_t i = 0; i < s->store.n_buckets; i++) {
		const struct bucket *b = s->store.all[i];
		size_t at = store_from(b, name, "");
		if (at < b->n && strcmp(b->objects[at].name_space, name) == 0) {
			return false;
		}
	}
	return true;
}

static void release_namespace(struct apiserver *s, const char *name)
{
	const struct object *ns = store_get(store_bucket(&s->store, "namespaces"), "", name);
	if (ns && meta_str(ns->tree, "deletionTimestamp")[0] && namespace_empty(s, name)) {
		commit_delete(s, registry_find("", "v1", "namespaces"), "", name);
	}
}

void gc_namespace(struct apiserver *s, const char *name)
{
	each_chosen(s, in_namespace, name, delete_it);
	release_namespace(s, name);
}

static bool waits_as(const json_t *tree, const char *uid)
{
	return strcmp(meta_str(tree, "uid"), uid) == 0 && meta_str(tree, "deletionTimestamp")[0];
}

/* The owner's last dependant went: take its finalizer, and if none is left, the owner. */
static void release_owner(struct apiserver *s, const struct kube_resource *r, json_t *tree, const char *uid)
{
	(void)uid;
	json_t *kept = json_array();
	size_t i;
	json_t *finalizer;
	json_array_foreach (js_at(tree, "metadata", "finalizers", NULL), i, finalizer) {
		if (strcmp(json_string_value(finalizer), FOREGROUND) != 0) {
			json_array_append(kept, finalizer);
		}
	}
	if (json_array_size(kept) == 0) {
		commit_delete(s, r, meta_str(tree, "namespace"), meta_str(tree, "name"));
	} else {
		json_t *copy = copy_for_change(tree);
		json_object_set(meta_of(copy), "finalizers", kept);
		commit_put(s, r, copy);
	}
	json_decref(kept);
}

void gc_object_gone(struct apiserver *s, const struct kube_resource *r, const json_t *gone)
{
	size_t i;
	json_t *owner;
	gc_dependants(s, meta_str(gone, "uid"));
	json_array_foreach (js_at(gone, "metadata", "ownerReferences", NULL), i, owner) {
		const char *uid = js_str(owner, "uid");
		if (uid && js_bool(owner, "blockOwnerDeletion", false) && !gc_has_dependants(s, uid)) {
			each_chosen(s, waits_as, uid, release_owner);
		}
	}
	if (r->namespaced) {
		release_namespace(s, meta_str(gone, "namespace"));
	}
}
