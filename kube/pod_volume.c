#include "kube/pod_volume.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_volume_read.h"
#include "kube/quantity.h"

#define VOLUME_NAME_MAX 63

/* Paths */

bool path_climbs(const char *path)
{
	for (const char *s = strstr(path, ".."); s; s = strstr(s + 1, "..")) {
		if ((s == path || s[-1] == '/') && (s[2] == 0 || s[2] == '/')) {
			return true;
		}
	}
	return false;
}

char *path_clean(const char *path)
{
	CLEANUP_BUF struct buf b = BUF_INIT(strlen(path) + 2);
	for (const char *s = path; *s;) {
		size_t n = strcspn(s, "/");
		if (n && !(n == 1 && s[0] == '.')) {
			buf_putc(&b, '/');
			buf_append(&b, s, n);
		}
		s += n + (s[n] == '/');
	}
	return xstrdup(b.len ? buf_str(&b) : "/");
}

static int read_path(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char **ret)
{
	const char *text = js_str(o, key);
	struct where here = {.up = at, .key = key};
	if (!text || !*text) {
		return reader_error(r, ERR_INVALID, at, key, text ? "empty" : "missing, or not a string");
	}
	if (strlen(text) > MOUNT_PATH_MAX) {
		return reader_error(r, ERR_LIMIT, at, key, "longer than %d", MOUNT_PATH_MAX);
	}
	CLEANUP_FREE char *path = path_clean(text);
	*ret = reader_copy(r, path);
	return !*ret ? -1 : path_climbs(text) ? reader_refuse(r, &here, "has \"..\" in it") : 0;
}

int read_file_path(struct pod_reader *r, const struct where *at, json_t *o, const char **ret)
{
	const char *text = js_str(o, "path");
	struct where here = {.up = at, .key = "path"};
	if (!text || !*text) {
		return reader_error(r, ERR_INVALID, at, "path", text ? "empty" : "missing, or not a string");
	}
	CLEANUP_FREE char *path = path_clean(text);
	*ret = reader_copy(r, path + 1);
	return !*ret ? -1
	       : text[0] == '/' || !path[1] || path_climbs(text)
		   ? reader_refuse(r, &here, "not a path below the volume")
		   : 0;
}

/* Volumes */

static int read_empty_dir(struct pod_reader *r, const struct where *up, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = "emptyDir"};
	struct where medium_at = {.up = &at, .key = "medium"};
	const char *medium = "";
	json_t *limit = json_object_get(o, "sizeLimit");
	CLEANUP_FREE char *number = json_is_number(limit) ? js_text(limit) : NULL;
	struct err why = {0};
	int64_t milli = 0;
	if (reader_check_fields(r, POD_SCOPE_EMPTY_DIR, &at, o) || read_str(r, &at, o, "medium", &medium)) {
		return -1;
	}
	if (limit && !json_is_null(limit) && quantity_parse(number ? number : json_string_value(limit), &milli, &why)) {
		return reader_error(r, why.code, &at, "sizeLimit", "%s", why.text);
	}
	if (milli < 0) {
		return reader_error(r, ERR_INVALID, &at, "sizeLimit", "must not be negative");
	}
	v->kind = KUBE_VOLUME_EMPTY_DIR;
	v->size_limit = milli / 1000 + (milli % 1000 != 0);
	v->memory = !strcmp(medium, "Memory");
	return *medium && !v->memory ? reader_refuse(r, &medium_at, "neither \"\" nor Memory") : 0;
}

static int read_host_path(struct pod_reader *r, const struct where *up, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = "hostPath"};
	const char *type = js_str(o, "type");
	v->kind = KUBE_VOLUME_HOST_PATH;
	v->directory = type && *type;
	return reader_check_fields(r, POD_SCOPE_HOST_PATH, &at, o) || read_path(r, &at, o, "path", &v->path) ? -1 : 0;
}

static int read_claim(struct pod_reader *r, const struct where *up, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = "persistentVolumeClaim"};
	v->kind = KUBE_VOLUME_CLAIM;
	if (reader_check_fields(r, POD_SCOPE_CLAIM, &at, o) || read_str(r, &at, o, "claimName", &v->claim) ||
	    read_bool(r, &at, o, "readOnly", &v->read_only)) {
		return -1;
	}
	return v->claim && *v->claim ? 0 : reader_error(r, ERR_INVALID, &at, "claimName", "missing");
}

/* A controller of Kubernetes makes the claim, by this name. */
static int read_ephemeral(struct pod_reader *r, const struct where *up, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = "ephemeral"};
	CLEANUP_FREE char *name = xasprintf("%s-%s", r->name, v->name);
	v->kind = KUBE_VOLUME_CLAIM;
	v->own_claim = true;
	v->claim = reader_copy(r, name);
	return !v->claim || reader_check_fields(r, POD_SCOPE_EPHEMERAL, &at, o) ? -1 : 0;
}

static int read_image(struct pod_reader *r, const struct where *up, json_t *o, struct kube_volume *v)
{
	struct where at = {.up = up, .key = "image"};
	v->kind = KUBE_VOLUME_IMAGE;
	if (reader_check_fields(r, POD_SCOPE_IMAGE, &at, o) || read_str(r, &at, o, "reference", &v->image) ||
	    pod_read_pull_policy(r, &at, o, "pullPolicy", &v->pull_always)) {
		return -1;
	}
	return v->image && *v->image ? 0 : reader_error(r, ERR_INVALID, &at, "reference", "missing");
}

/* The member that says what the volume is; an empty directory if none does, as the API server says. */
static int read_source(struct pod_reader *r, const struct where *at, json_t *o, struct kube_volume *v)
{
	static const char *const files[] = {"configMap", "secret", "downwardAPI", "projected"};
	json_t *host, *empty, *claim, *ephemeral, *image;
	if (read_object(r, at, o, "hostPath", &host) || read_object(r, at, o, "emptyDir", &empty) ||
	    read_object(r, at, o, "persistentVolumeClaim", &claim) || read_object(r, at, o, "ephemeral", &ephemeral) ||
	    read_object(r, at, o, "image", &image)) {
		return -1;
	}
	if (image) {
		return read_image(r, at, image, v);
	}
	if (host) {
		return read_host_path(r, at, host, v);
	}
	if (claim) {
		return read_claim(r, at, claim, v);
	}
	if (ephemeral) {
		return read_ephemeral(r, at, ephemeral, v);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		json_t *member;
		if (read_object(r, at, o, files[i], &member)) {
			return -1;
		}
		if (member) {
			return pod_read_files(r, at, files[i], member, v);
		}
	}
	return empty || json_object_size(o) == 1 ? read_empty_dir(r, at, empty, v) : 0;
}

static const struct kube_volume *find(const struct kube_pod *pod, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(pod->volumes[i].name, name)) {
			return &pod->volumes[i];
		}
	}
	return NULL;
}

/* The name becomes part of a path, so it has to be the DNS label that the API server asks for. */
static bool is_volume_name(const char *s)
{
	size_t n = strlen(s);
	return n && n <= VOLUME_NAME_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && s[0] != '-';
}

static int read_volume(struct pod_reader *r, const struct where *at, json_t *o, size_t i)
{
	struct kube_volume *v = &r->pod->volumes[i];
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (read_str(r, at, o, "name", &v->name)) {
		return -1;
	}
	if (!v->name || !is_volume_name(v->name)) {
		return reader_error(r, ERR_INVALID, at, "name", v->name ? "not a DNS label" : "missing");
	}
	if (find(r->pod, i, v->name)) {
		return reader_error(r, ERR_INVALID, at, "name", "two volumes are called %s", v->name);
	}
	return reader_check_fields(r, POD_SCOPE_VOLUME, at, o) || read_source(r, at, o, v) ? -1 : 0;
}

int pod_read_volumes(struct pod_reader *r, const struct where *at, json_t *spec)
{
	struct where list_at = {.up = at, .key = "volumes"};
	json_t *list;
	if (read_list(r, at, spec, "volumes", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	if (n > POD_VOLUMES_MAX) {
		return reader_error(r, ERR_LIMIT, &list_at, NULL, "%zu volumes, at most %d are allowed", n,
				    POD_VOLUMES_MAX);
	}
	r->pod->volumes = reader_alloc(r, n, sizeof(*r->pod->volumes));
	if (!r->pod->volumes) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(o, "name"), .index = i};
		if (read_volume(r, &here, o, i)) {
			return -1;
		}
	}
	r->pod->n_volumes = n;
	return 0;
}

/* Mounts */

static int read_sub_path(struct pod_reader *r, const struct where *at, json_t *o, struct kube_mount *m)
{
	const char *path = js_str(o, "subPath") ?: "", *expr = js_str(o, "subPathExpr") ?: "";
	const char *key = *path ? "subPath" : "subPathExpr", *text = *path ? path : expr;
	struct where here = {.up = at, .key = key};
	if (!*text) {
		return 0;
	}
	if (*path && *expr) {
		return reader_error(r, ERR_INVALID, at, "subPathExpr", "not together with subPath");
	}
	if (strlen(text) > MOUNT_PATH_MAX) {
		return reader_error(r, ERR_LIMIT, at, key, "longer than %d", MOUNT_PATH_MAX);
	}
	CLEANUP_FREE char *cleaned = path_clean(text);
	m->expand = text == expr;
	if (cleaned[1] && !(m->sub_path = reader_copy(r, cleaned + 1))) {
		return -1;
	}
	return text[0] == '/' || path_climbs(text) ? reader_refuse(r, &here, "not a path below the volume") : 0;
}

static int read_mount(struct pod_reader *r, const struct where *at, json_t *o, struct kube_mount *m)
{
	const char *name = js_str(o, "name"), *propagation = js_str(o, "mountPropagation");
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	m->volume = name ? find(r->pod, r->pod->n_volumes, name) : NULL;
	if (!m->volume) {
		return reader_error(r, ERR_INVALID, at, "name", name ? "no such volume" : "missing, or not a string");
	}
	if (!strcmp(js_str(o, "mountPath") ?: "", "/")) {
		return reader_refuse(r, at, "the root of a container is its image");
	}
	m->from_host = propagation && !strcmp(propagation, "HostToContainer");
	return reader_check_fields(r, POD_SCOPE_MOUNT, at, o) || read_path(r, at, o, "mountPath", &m->path) ||
		       read_sub_path(r, at, o, m) || read_bool(r, at, o, "readOnly", &m->read_only)
		   ? -1
		   : 0;
}

int pod_read_mounts(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c)
{
	struct where list_at = {.up = at, .key = "volumeMounts"};
	json_t *list;
	if (read_list(r, at, container, "volumeMounts", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	if (n > POD_MOUNTS_MAX) {
		return reader_error(r, ERR_LIMIT, &list_at, NULL, "%zu mounts, at most %d are allowed", n,
				    POD_MOUNTS_MAX);
	}
	struct kube_mount *mounts = reader_alloc(r, n, sizeof(*mounts));
	if (!mounts) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(o, "mountPath"), .index = i};
		if (read_mount(r, &here, o, &mounts[i])) {
			return -1;
		}
	}
	c->mounts = mounts;
	c->n_mounts = n;
	return 0;
}

void pod_mark_first_mounts(struct kube_pod *pod)
{
	for (size_t v = 0; v < pod->n_volumes; v++) {
		bool marked = false;
		for (size_t i = 0; i < pod->n_containers + pod->n_init_containers && !marked; i++) {
			const struct kube_container *c =
			    i < pod->n_containers ? &pod->containers[i] : &pod->init_containers[i - pod->n_containers];
			for (size_t k = 0; k < c->n_mounts && !marked; k++) {
				if (c->mounts[k].volume == &pod->volumes[v]) {
					marked = c->mounts[k].first = true;
				}
			}
		}
	}
}
