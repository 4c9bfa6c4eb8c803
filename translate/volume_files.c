#include "translate/volume_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/token.h"
#include "translate/claims.h"

struct collector {
	struct volume_files files;
	const struct kube_pod *pod;
	const struct pod_site *site;
	struct err *e;
};

/* free() the name. */
static struct kube_source_ref ref_of(const struct kube_pod *pod, const struct kube_files *f, char **ret_name)
{
	*ret_name = f->kind == KUBE_FILES_TOKEN
			? kube_token_name(pod->service_account, pod->name, pod->uid, f->seconds, f->audience)
			: xstrdup(f->name);
	return (struct kube_source_ref){f->kind == KUBE_FILES_TOKEN    ? KUBE_SOURCE_TOKEN
					: f->kind == KUBE_FILES_SECRET ? KUBE_SOURCE_SECRET
								       : KUBE_SOURCE_CONFIGMAP,
					pod->ns, *ret_name};
}

void volume_refs(const struct kube_pod *pod, const struct kube_volume *v, bool tokens,
		 void (*each)(void *arg, const struct kube_source_ref *ref), void *arg)
{
	for (size_t k = 0; k < v->n_files; k++) {
		CLEANUP_FREE char *name = NULL;
		struct kube_source_ref ref = ref_of(pod, &v->files[k], &name);
		if (v->files[k].kind != KUBE_FILES_VALUE && (tokens || ref.kind != KUBE_SOURCE_TOKEN)) {
			each(arg, &ref);
		}
	}
}

void volumes_refs(const struct kube_pod *pod, const struct kube_container *c,
		  void (*each)(void *arg, const struct kube_source_ref *ref), void *arg)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_volume *v = c->mounts[i].volume;
		if (v->kind == KUBE_VOLUME_CLAIM) {
			struct kube_source_ref claim = claim_ref(pod, v);
			each(arg, &claim);
		}
		volume_refs(pod, v, true, each, arg);
	}
}

static struct volume_file *file_at(struct collector *c, const char *path)
{
	for (size_t i = 0; i < c->files.n; i++) {
		if (!strcmp(c->files.v[i].path, path)) {
			free(c->files.v[i].own);
			return &c->files.v[i];
		}
	}
	c->files.v = mem_grow(c->files.v, &c->files.cap, c->files.n + 1, sizeof(*c->files.v));
	return &c->files.v[c->files.n++];
}

static int put(struct collector *c, const char *path, uint16_t mode, const void *bytes, size_t n, char *own)
{
	struct volume_file *f = file_at(c, path);
	*f = (struct volume_file){.path = path, .bytes = bytes, .n = n, .mode = mode, .own = own};
	return c->files.n > VOLUME_FILES_MAX ? err_set(c->e, ERR_LIMIT, "more than %d files", VOLUME_FILES_MAX) : 0;
}

static int put_all(struct collector *c, const struct kube_files *f, const struct kube_source *object)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct kube_datum *d = &object->items[i];
		if (strchr(d->key, '/') || !strcmp(d->key, ".") || path_climbs(d->key)) {
			return err_set(c->e, ERR_UNSUPPORTED, "the key %.253s cannot be a file", d->key);
		}
		if (put(c, d->key, f->mode, d->bytes, d->n, NULL)) {
			return -1;
		}
	}
	return 0;
}

static int put_items(struct collector *c, const struct kube_files *f, const struct kube_source *object)
{
	for (size_t i = 0; i < f->n_items; i++) {
		const struct kube_datum *d = kube_source_find(object, f->items[i].key);
		if (!d && !f->optional) {
			return err_set(c->e, ERR_NOT_FOUND, "%s references non-existent %s key: %.253s",
				       kube_source_kind_name(object->kind),
				       f->kind == KUBE_FILES_SECRET ? "secret" : "config", f->items[i].key);
		}
		if (d && put(c, f->items[i].path, f->items[i].mode, d->bytes, d->n, NULL)) {
			return -1;
		}
	}
	return 0;
}

static int put_object(struct collector *c, const struct kube_files *f)
{
	CLEANUP_FREE char *name = NULL;
	struct kube_source_ref ref = ref_of(c->pod, f, &name);
	const struct kube_source *object = kube_sources_find(&c->site->sources, &ref);
	if (!object && f->kind == KUBE_FILES_TOKEN) {
		return err_set(c->e, ERR_NOT_FOUND, "failed to fetch token: serviceaccounts \"%.253s\" not found",
			       c->pod->service_account);
	}
	if (!object) {
		return f->optional ? 0
				   : err_set(c->e, ERR_NOT_FOUND, "%s \"%.253s\" not found",
					     kube_source_kind_name(ref.kind), ref.name);
	}
	if (f->kind == KUBE_FILES_TOKEN) {
		const struct kube_datum *d = kube_source_find(object, KUBE_SOURCE_TOKEN_KEY);
		return d ? put(c, f->path, f->mode, d->bytes, d->n, NULL)
			 : err_set(c->e, ERR_NOT_FOUND, "failed to fetch token: there is none");
	}
	return f->items ? put_items(c, f, object) : put_all(c, f, object);
}

static int put_value(struct collector *c, const struct kube_files *f)
{
	if (f->from->kind == KUBE_VALUE_TEXT) {
		return put(c, f->path, f->mode, f->from->key, strlen(f->from->key), NULL);
	}
	char *text = expand_resource(c->pod, NULL, f->from, c->site);
	return text ? put(c, f->path, f->mode, text, strlen(text), text)
		    : err_set(c->e, ERR_NOT_FOUND, "container %.63s not found", f->from->object);
}

int volume_files_collect(struct volume_files *ret, const struct kube_pod *pod, const struct kube_volume *v, bool tokens,
			 const struct pod_site *site, struct err *e)
{
	struct collector c = {.pod = pod, .site = site, .e = e};
	int bad = 0;
	for (size_t i = 0; i < v->n_files && !bad; i++) {
		const struct kube_files *f = &v->files[i];
		if (f->kind == KUBE_FILES_TOKEN && !tokens) {
			continue;
		}
		bad = f->kind == KUBE_FILES_VALUE ? put_value(&c, f) : put_object(&c, f);
	}
	if (bad) {
		volume_files_done(&c.files);
		return err_wrap(e, VOLUME_FAILED, v->name);
	}
	*ret = c.files;
	return 0;
}

void volume_files_done(struct volume_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->v[i].own);
	}
	free(files->v);
	*files = (struct volume_files){0};
}
