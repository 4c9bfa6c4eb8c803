#include "tests/sandbox/kube/apply.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/field_set.h"

#define BEFORE "before-first-apply" /* owns what was there when nobody had applied yet */
#define DEPTH_MAX 64

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

static bool is_ours(const json_t *entry, const char *manager, const char *sub)
{
	return strcmp(str(entry, "manager"), manager) == 0 && strcmp(str(entry, "operation"), "Apply") == 0 &&
	       strcmp(str(entry, "subresource"), sub) == 0;
}

static json_t *merge(const struct schema_field *f, const struct schema_shape *shape, const json_t *live,
		     const json_t *applied, int depth);

static json_t *merge_list(const struct schema_field *f, const json_t *live, const json_t *applied, int depth)
{
	json_t *out = json_is_array(live) ? json_copy((json_t *)(uintptr_t)live) : json_array();
	size_t i;
	json_t *e;
	json_array_foreach ((json_t *)(uintptr_t)applied, i, e) {
		size_t at = SIZE_MAX;
		if (f->apply_map) {
			at = field_element(f, out, e);
		} else {
			for (size_t j = 0; j < json_array_size(out) && at == SIZE_MAX; j++) {
				at = json_equal(json_array_get(out, j), e) ? j : SIZE_MAX;
			}
		}
		json_t *merged =
		    merge(NULL, f->shape->element, at == SIZE_MAX ? NULL : json_array_get(out, at), e, depth + 1);
		if (at == SIZE_MAX) {
			json_array_append_new(out, merged);
		} else {
			json_array_set_new(out, at, merged);
		}
	}
	return out;
}

static json_t *merge_keys(const struct schema_shape *shape, const json_t *live, const json_t *applied, int depth)
{
	json_t *out = json_is_object(live) ? json_copy((json_t *)(uintptr_t)live) : json_object();
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)applied, key, value) {
		const struct schema_field *f = shape->kind == SCHEMA_STRUCT ? schema_field(shape->type, key) : NULL;
		const struct schema_shape *inner = shape->kind == SCHEMA_MAP ? shape->element : f ? f->shape : NULL;
		json_t *merged =
		    inner ? merge(f, inner, json_object_get(out, key), value, depth + 1) : json_deep_copy(value);
		json_object_set_new(out, key, merged);
	}
	return out;
}

static json_t *merge(const struct schema_field *f, const struct schema_shape *shape, const json_t *live,
		     const json_t *applied, int depth)
{
	bool whole = f && f->apply_atomic;
	if (whole || depth > DEPTH_MAX) {
		return json_deep_copy(applied);
	}
	if (json_is_object(applied) &&
	    (shape->kind == SCHEMA_MAP || (shape->kind == SCHEMA_STRUCT && !shape->type->atomic))) {
		return merge_keys(shape, live, applied, depth);
	}
	if (json_is_array(applied) && f && shape->kind == SCHEMA_LIST && (f->apply_map || f->apply_set)) {
		return merge_list(f, live, applied, depth);
	}
	return json_deep_copy(applied);
}

static json_t *managers_of(const json_t *live)
{
	json_t *list = js_at(live, "metadata", "managedFields", NULL);
	return list ? json_deep_copy(list) : json_array();
}

/* What others own, what this manager owned, and the conflicts of both with what it applies now. */
struct owners {
	json_t *others, *former, *conflicts;
};

static void owners_done(struct owners *o)
{
	json_decref(o->others);
	json_decref(o->former);
	json_decref(o->conflicts);
}

static void add_conflicts(struct owners *o, const json_t *entry, const json_t *set)
{
	json_t CLEANUP_JSON *paths = json_array();
	field_set_paths(set, paths);
	const char *sub = str(entry, "subresource");
	bool update = strcmp(str(entry, "operation"), "Update") == 0;
	size_t i;
	json_t *path;
	json_array_foreach (paths, i, path) {
		char CLEANUP_FREE *message = xasprintf("conflict with \"%s\"%s%s%s%s%s", str(entry, "manager"),
						       sub[0] ? " with subresource \"" : "", sub, sub[0] ? "\"" : "",
						       update ? " using " : "", update ? str(entry, "apiVersion") : "");
		json_array_append_new(o->conflicts, json_pack("{s:s, s:s, s:O}", "reason", "FieldManagerConflict",
							      "message", message, "field", path));
	}
}

static int conflict(struct call *c, struct owners *o)
{
	size_t n = json_array_size(o->conflicts);
	if (n == 0 || query_true(&c->query, "force")) {
		return 0;
	}
	const json_t *first = json_array_get(o->conflicts, 0);
	const char *message = str(first, "message");
	char CLEANUP_FREE *head = xasprintf("Apply failed with %zu conflict%s: %s", n, n == 1 ? "" : "s", message);
	struct buf CLEANUP_BUF text = BUF_INIT(65536);
	buf_puts(&text, head);
	size_t i;
	json_t *cause;
	buf_puts(&text, n == 1 ? ": " : ":");
	json_array_foreach (o->conflicts, i, cause) {
		buf_printf(&text, "%s%s", n == 1 ? "" : "\n- ", str(cause, "field"));
	}
	json_t *details = json_object();
	json_object_set(details, "causes", o->conflicts);
	return refuse(&c->refusal, 409, "Conflict", details, "%s", buf_str(&text));
}

/* Sorts the entries: ours out, the others freed of what is taken from them. */
static void judge(struct call *c, const struct schema_type *t, const char *manager, json_t *entries, const json_t *set,
		  const json_t *live, const json_t *merged, struct owners *o)
{
	*o = (struct owners){.others = json_object(), .former = json_object(), .conflicts = json_array()};
	json_t CLEANUP_JSON *changes = field_set_changed(t, set, live, merged);
	for (size_t i = 0; i < json_array_size(entries);) {
		json_t *entry = json_array_get(entries, i);
		json_t *fields = js_obj(entry, "fieldsV1");
		if (is_ours(entry, manager, c->sub)) {
			json_decref(o->former);
			o->former = json_incref(fields);
			json_array_remove(entries, i);
			continue;
		}
		json_t CLEANUP_JSON *kept = field_set_minus(fields, changes);
		json_t CLEANUP_JSON *taken = field_set_minus(fields, kept);
		add_conflicts(o, entry, taken);
		json_object_set(entry, "fieldsV1", kept);
		json_t *all = field_set_union(o->others, kept);
		json_decref(o->others);
		o->others = all;
		if (json_object_size(kept) == 0) {
			json_array_remove(entries, i);
		} else {
			i++;
		}
	}
}

static json_t *entry_of(const struct call *c, const char *manager, const char *operation, const char *sub,
			const char *api, json_t *set)
{
	char now[TIME_TEXT_MAX];
	json_t *entry =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "manager", manager, "operation", operation, "apiVersion", api,
		      "time", time_text(c->now, now), "fieldsType", "FieldsV1", "fieldsV1", set);
	if (sub[0]) {
		set_str(entry, "subresource", sub);
	}
	return entry;
}

static const char *manager_of(struct call *c)
{
	const char *manager = query_get(&c->query, "fieldManager");
	if (manager && manager[0]) {
		return manager;
	}
	struct causes causes = {0};
	cause_add(&causes, "Required", "fieldManager", "Required value: is required for apply patch");
	causes_refuse(&causes, "PatchOptions", "meta.k8s.io", "", &c->refusal);
	return NULL;
}

json_t *apply_merge(struct call *c, const struct schema_type *t, const json_t *live, const json_t *applied)
{
	const char *manager = manager_of(c);
	if (!manager) {
		return NULL;
	}
	struct schema_shape root = {.kind = SCHEMA_STRUCT, .type = t};
	char api[96];
	registry_api_version(c->r, api);
	json_t CLEANUP_JSON *set = field_set_of(t, applied);
	json_t CLEANUP_JSON *entries = managers_of(live);
	if (live && json_array_size(entries) == 0) {
		json_array_append_new(entries, entry_of(c, BEFORE, "Update", "", api, field_set_of(t, live)));
	}
	json_t CLEANUP_JSON *mixed = merge(NULL, &root, live, applied, 0);
	json_t *out = json_deep_copy(mixed);
	struct owners o;
	judge(c, t, manager, entries, set, live, out, &o);
	if (conflict(c, &o) < 0) {
		owners_done(&o);
		json_decref(out);
		return NULL;
	}
	json_t CLEANUP_JSON *dropped = field_set_minus(o.former, set);
	json_t CLEANUP_JSON *removed = field_set_minus(dropped, o.others);
	field_set_remove(t, removed, out);
	if (json_equal(o.former, set) && live) {
		/* Unchanged ownership keeps its time, so that applying the same again changes nothing. */
		json_object_set_new(meta_of(out), "managedFields", managers_of(live));
	} else {
		json_array_append_new(entries, entry_of(c, manager, "Apply", c->sub, api, json_incref(set)));
		json_object_set(meta_of(out), "managedFields", entries);
	}
	owners_done(&o);
	return out;
}

void apply_forget_changed(const struct schema_type *t, const json_t *old, json_t *object)
{
	json_t *list = js_at(object, "metadata", "managedFields", NULL);
	if (!list) {
		return;
	}
	json_t *kept = json_array();
	size_t i;
	json_t *entry;
	json_array_foreach (list, i, entry) {
		json_t *fields = js_obj(entry, "fieldsV1");
		json_t CLEANUP_JSON *gone = field_set_changed(t, fields, old, object);
		json_t CLEANUP_JSON *rest = field_set_minus(fields, gone);
		if (json_object_size(rest)) {
			json_t *copy = json_copy(entry);
			json_object_set(copy, "fieldsV1", rest);
			json_array_append_new(kept, copy);
		}
	}
	if (json_array_size(kept)) {
		json_object_set(meta_of(object), "managedFields", kept);
	} else {
		json_object_del(meta_of(object), "managedFields");
	}
	json_decref(kept);
}
