/* Volumes that are made of files: configMap, secret, downwardAPI, projected. What the pod itself tells is resolved
 * here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_volume_read.h"

#define FIELD_TEXT_MAX ((size_t)512 << 10) /* what the API server takes of labels and annotations, with quotes */
#define MODE_SECRET 0644		   /* of a file that Mesos makes */

/* A list of sources that grows as volumes are read; it is copied to the pod in the end. */
struct files_draft {
	struct kube_files *v;
	size_t n, cap;
	uint16_t mode; /* defaultMode */
	bool written;  /* some mode is none that Mesos makes */
};

static struct kube_files *add(struct files_draft *d, enum kube_files_kind kind)
{
	d->v = mem_grow(d->v, &d->cap, d->n + 1, sizeof(*d->v));
	d->v[d->n] = (struct kube_files){.kind = kind, .name = "", .path = "", .audience = "", .mode = d->mode};
	return &d->v[d->n++];
}

/* Readable by all and not executable is what files of Mesos are; whether they could be written on another mount is
 * nothing that anybody could tell. */
static int read_mode(struct pod_reader *r, const struct where *at, json_t *o, const char *key, uint16_t *ret,
		     struct files_draft *d)
{
	int64_t mode = *ret;
	if (read_int(r, at, o, key, 0, 0777, &mode)) {
		return -1;
	}
	*ret = (uint16_t)mode;
	d->written = d->written || (mode & 0111) || (mode & 0444) != 0444;
	return 0;
}

/* ---- ConfigMaps and Secrets ---- */

static int read_item(struct pod_reader *r, const struct where *at, json_t *o, struct kube_file *item,
		     struct files_draft *d)
{
	item->key = "";
	item->mode = d->mode;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	return reader_check_fields(r, POD_SCOPE_KEY_PATH, at, o) || read_str(r, at, o, "key", &item->key) ||
	       read_mode(r, at, o, "mode", &item->mode, d) || read_file_path(r, at, o, &item->path);
}

static int read_items(struct pod_reader *r, const struct where *at, json_t *o, struct kube_files *f,
		      struct files_draft *d)
{
	struct where list_at = {.up = at, .key = "items"};
	json_t *list;
	if (read_list(r, at, o, "items", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_file *items = n ? reader_alloc(r, n, sizeof(*items)) : NULL;
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(item, "key"), .index = i};
		if (!items || read_item(r, &here, item, &items[i], d)) {
			return -1;
		}
	}
	f->items = items;
	f->n_items = n;
	return 0;
}

/* `name` is the member that names it. */
static int read_object_files(struct pod_reader *r, const struct where *at, enum pod_scope scope, json_t *o,
			     const char *name, enum kube_files_kind kind, struct files_draft *d)
{
	struct kube_files *f = add(d, kind);
	return reader_check_fields(r, scope, at, o) || read_str(r, at, o, name, &f->name) ||
	       read_bool(r, at, o, "optional", &f->optional) || read_items(r, at, o, f, d);
}

/* ---- fields of the pod ---- */

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Within double quotes, as Go quotes. */
static int put_quoted(struct buf *b, const char *text)
{
	static const char escaped[] = "\a\b\f\n\r\t\v\\\"", names[] = "abfnrtv\\\"";
	int bad = buf_putc(b, '"');
	for (const char *s = text; *s; s++) {
		const char *e = strchr(escaped, *s);
		if (e) {
			bad |= buf_printf(b, "\\%c", names[e - escaped]);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			bad |= buf_printf(b, "\\x%02x", (unsigned)*s);
		} else {
			bad |= buf_putc(b, *s);
		}
	}
	return bad | buf_putc(b, '"');
}

/* All labels or annotations: a line each, in order. NULL when that is too long. free() it. */
static char *whole_map(const json_t *map)
{
	struct buf b = BUF_INIT(FIELD_TEXT_MAX);
	const char **keys = xcalloc(json_object_size(map) + 1, sizeof(*keys));
	size_t n = 0;
	const char *key;
	json_t *v;
	int bad = 0;
	json_object_foreach ((json_t *)(uintptr_t)map, key, v) {
		keys[n++] = key;
	}
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n && !bad; i++) {
		bad = buf_printf(&b, "%s%s=", i ? "\n" : "", keys[i]) || put_quoted(&b, js_str(map, keys[i]) ?: "");
	}
	free(keys);
	char *text = bad ? NULL : xstrdup(b.len ? buf_str(&b) : "");
	buf_done(&b);
	return text;
}

static int read_field(struct pod_reader *r, const struct where *at, json_t *ref, struct kube_value_from *from)
{
	const char *path = js_str(ref, "fieldPath") ?: "";
	const char *member = !strcmp(path, "metadata.labels")	     ? "labels"
			     : !strcmp(path, "metadata.annotations") ? "annotations"
								     : NULL;
	struct where here = {.up = at, .key = "fieldRef"};
	if (!member) {
		if (pod_read_field_ref(r, &here, ref, from)) {
			return -1;
		}
		return from->kind == KUBE_VALUE_LATE ? reader_refuse(r, &here, "no field of a volume") : 0;
	}
	CLEANUP_FREE char *text = whole_map(js_obj(r->metadata, member));
	if (!text) {
		return reader_error(r, ERR_LIMIT, &here, NULL, "more than %zu bytes", FIELD_TEXT_MAX);
	}
	from->kind = KUBE_VALUE_TEXT;
	from->key = reader_copy(r, text);
	return from->key ? 0 : -1;
}

static int read_downward_file(struct pod_reader *r, const struct where *at, json_t *o, struct files_draft *d)
{
	struct kube_files *f = add(d, KUBE_FILES_VALUE);
	struct kube_value_from *from = reader_alloc(r, 1, sizeof(*from));
	struct where resource_at = {.up = at, .key = "resourceFieldRef"};
	json_t *field, *resource;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (!from || reader_check_fields(r, POD_SCOPE_DOWNWARD_FILE, at, o) ||
	    read_mode(r, at, o, "mode", &f->mode, d) || read_file_path(r, at, o, &f->path) ||
	    read_object(r, at, o, "fieldRef", &field) || read_object(r, at, o, "resourceFieldRef", &resource)) {
		return -1;
	}
	if (!field == !resource) {
		return reader_error(r, ERR_INVALID, at, NULL, "neither fieldRef nor resourceFieldRef, or both");
	}
	from->key = "";
	f->from = from;
	if (field) {
		return read_field(r, at, field, from);
	}
	return pod_read_resource_ref(r, &resource_at, resource, from) ||
		       (!from->object && reader_error(r, ERR_INVALID, &resource_at, "containerName", "missing"))
		   ? -1
		   : 0;
}

static int read_downward(struct pod_reader *r, const struct where *at, enum pod_scope scope, json_t *o,
			 struct files_draft *d)
{
	struct where list_at = {.up = at, .key = "items"};
	json_t *list;
	if (reader_check_fields(r, scope, at, o) || read_list(r, at, o, "items", &list)) {
		return -1;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(item, "path"), .index = i};
		if (read_downward_file(r, &here, item, d)) {
			return -1;
		}
	}
	return 0;
}

/* ---- projected ---- */

static int read_token(struct pod_reader *r, const struct where *at, json_t *o, struct files_draft *d)
{
	struct kube_files *f = add(d, KUBE_FILES_TOKEN);
	return reader_check_fields(r, POD_SCOPE_TOKEN, at, o) || read_str(r, at, o, "audience", &f->audience) ||
	       read_int(r, at, o, "expirationSeconds", 0, (int64_t)1 << 32, &f->seconds) ||
	       read_file_path(r, at, o, &f->path);
}

static int read_projection(struct pod_reader *r, const struct where *at, json_t *o, struct files_draft *d)
{
	struct where map_at = {.up = at, .key = "configMap"}, secret_at = {.up = at, .key = "secret"};
	struct where downward_at = {.up = at, .key = "downwardAPI"},
		     token_at = {.up = at, .key = "serviceAccountToken"};
	json_t *map, *secret, *downward, *token;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (reader_check_fields(r, POD_SCOPE_PROJECTION, at, o) || read_object(r, at, o, "configMap", &map) ||
	    read_object(r, at, o, "secret", &secret) || read_object(r, at, o, "downwardAPI", &downward) ||
	    read_object(r, at, o, "serviceAccountToken", &token)) {
		return -1;
	}
	return (map &&
		read_object_files(r, &map_at, POD_SCOPE_PROJECTED_OBJECT, map, "name", KUBE_FILES_CONFIGMAP, d)) ||
		       (secret && read_object_files(r, &secret_at, POD_SCOPE_PROJECTED_OBJECT, secret, "name",
						    KUBE_FILES_SECRET, d)) ||
		       (downward && read_downward(r, &downward_at, POD_SCOPE_PROJECTED_DOWNWARD, downward, d)) ||
		       (token && read_token(r, &token_at, token, d))
		   ? -1
		   : 0;
}

static int read_projected(struct pod_reader *r, const struct where *at, json_t *o, struct files_draft *d)
{
	struct where list_at = {.up = at, .key = "sources"};
	json_t *list;
	if (reader_check_fields(r, POD_SCOPE_PROJECTED, at, o) || read_list(r, at, o, "sources", &list)) {
		return -1;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct where here = {.up = &list_at, .index = i};
		if (read_projection(r, &here, json_array_get(list, i), d)) {
			return -1;
		}
	}
	return 0;
}

/* ---- volumes ---- */

static int read_files(struct pod_reader *r, const struct where *at, const char *key, json_t *o, struct files_draft *d)
{
	if (read_mode(r, at, o, "defaultMode", &d->mode, d)) {
		return -1;
	}
	if (!strcmp(key, "configMap")) {
		return read_object_files(r, at, POD_SCOPE_CONFIGMAP, o, "name", KUBE_FILES_CONFIGMAP, d);
	}
	if (!strcmp(key, "secret")) {
		return read_object_files(r, at, POD_SCOPE_SECRET, o, "secretName", KUBE_FILES_SECRET, d);
	}
	return !strcmp(key, "downwardAPI") ? read_downward(r, at, POD_SCOPE_DOWNWARD, o, d)
					   : read_projected(r, at, o, d);
}

int pod_read_files(struct pod_reader *r, const struct where *up, const char *key, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = key};
	struct files_draft d = {.mode = MODE_SECRET};
	int bad = read_files(r, &at, key, o, &d) ? -1 : 0;
	v->kind = KUBE_VOLUME_FILES;
	v->written = d.written || r->pod->updates_files;
	v->files = bad ? NULL : reader_alloc(r, d.n, sizeof(*v->files));
	if (v->files && d.n) {
		memcpy(v->files, d.v, d.n * sizeof(*d.v));
		v->n_files = d.n;
	}
	free(d.v);
	return v->files ? 0 : -1;
}
