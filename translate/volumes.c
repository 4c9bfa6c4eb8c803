#include "translate/volumes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/wire.h"
#include "translate/claims.h"
#include "translate/image.h"
#include "translate/message.h"
#include "translate/names.h"
#include "translate/volume_files.h"
#include "translate/volume_nest.h"
#include "translate/written.h"

#define SHARED_MEMORY "/dev/shm"
#define MEGABYTE ((int64_t)1 << 20)

static bool is_shared_memory(const struct kube_mount *m)
{
	return m->volume->kind == KUBE_VOLUME_EMPTY_DIR && m->volume->memory;
}

static const struct kube_container *container_at(const struct kube_pod *pod, size_t i)
{
	return i < pod->n_init_containers ? &pod->init_containers[i] : &pod->containers[i - pod->n_init_containers];
}

/* Checks */

static int refuse(struct err *e, const char *kind, const struct kube_container *c, const struct kube_mount *m,
		  const char *member, const char *why)
{
	return err_set(e, ERR_UNSUPPORTED, "not supported: spec.%s[%s].volumeMounts[%.128s]%s: %s", kind, c->name,
		       m->path, member, why);
}

/* Whether `o` may stand above `m`: what its variables are is not known yet. */
static bool may_lie_above(const struct kube_mount *o, const struct kube_mount *m)
{
	if (!o->sub_path) {
		return true;
	}
	bool same = o->expand == m->expand && !strcmp(o->sub_path, m->sub_path);
	return !same && (o->expand || m->expand || path_is_within(m->sub_path, o->sub_path));
}

/* What an agent would follow a symbolic link for, that a container of the pod can put there. */
static bool lies_below_another(const struct kube_pod *pod, const struct kube_mount *m)
{
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		const struct kube_container *c = container_at(pod, i);
		for (size_t k = 0; k < c->n_mounts; k++) {
			const struct kube_mount *o = &c->mounts[k];
			if (o->volume == m->volume && may_lie_above(o, m)) {
				return true;
			}
		}
	}
	return false;
}

static int check_sub_path(const struct kube_pod *pod, const struct kube_container *c, const struct kube_mount *m,
			  const char *kind, struct err *e)
{
	const char *member = m->expand ? ".subPathExpr" : ".subPath";
	if (!m->sub_path || m->volume->kind == KUBE_VOLUME_FILES) {
		return 0;
	}
	if (m->volume->kind == KUBE_VOLUME_CLAIM) {
		return refuse(e, kind, c, m, member, "a symbolic link could lead out of the volume");
	}
	if (m->volume->kind == KUBE_VOLUME_HOST_PATH) {
		return refuse(e, kind, c, m, member,
			      "a symbolic link could lead out of the volume; put the whole path into hostPath.path");
	}
	if (m->volume->kind == KUBE_VOLUME_IMAGE) {
		return refuse(e, kind, c, m, member, "an agent mounts an image whole");
	}
	return lies_below_another(pod, m)
		   ? refuse(e, kind, c, m, member,
			    "another mount of the volume lies above, and a symbolic link there could lead out of it")
		   : 0;
}

/* It is one container's alone, whereas a volume is shared. */
static int check_memory(const struct kube_pod *pod, const struct kube_container *c, const struct kube_mount *m,
			const char *kind, struct err *e)
{
	size_t n = 0;
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		const struct kube_container *o = container_at(pod, i);
		for (size_t k = 0; k < o->n_mounts; k++) {
			n += o->mounts[k].volume == m->volume;
		}
	}
	return n > 1 || strcmp(m->path, SHARED_MEMORY) != 0 || m->sub_path || m->read_only
		   ? refuse(e, kind, c, m, "",
			    "memory is offered as " SHARED_MEMORY " of one container, whole and to be written")
		   : 0;
}

static int check_mount(const struct kube_pod *pod, const struct kube_container *c, size_t at, const char *kind,
		       struct err *e)
{
	const struct kube_mount *m = &c->mounts[at];
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *o = &c->mounts[i];
		if (i != at && mount_same(m, o)) {
			return refuse(e, kind, c, m, ".mountPath", "another volume is mounted there");
		}
	}
	CLEANUP_FREE char *why = mount_problem(c, m);
	if (why) {
		return refuse(e, kind, c, m, ".mountPath", why);
	}
	return is_shared_memory(m) ? check_memory(pod, c, m, kind, e) : check_sub_path(pod, c, m, kind, e);
}

int volumes_check(const struct kube_pod *pod, const struct kube_container *c, const char *kind, struct err *e)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (check_mount(pod, c, i, kind, e)) {
			return -1;
		}
	}
	return names_check(pod, c, kind, e) || message_check(c, kind, e) ? -1 : 0;
}

/* Translation */

/* What one call of volumes_make works with. */
struct maker {
	const struct kube_pod *pod;
	const struct kube_container *container;
	const struct pod_site *site;
	json_t *volumes; /* NULL: they are only counted */
	size_t files, bytes;
	struct err *e;
};

/* `type`: the directory of the executor (PARENT), or of the task (SELF). */
static json_t *directory_source(const char *type, const char *at)
{
	json_t *o = json_object(), *path = json_object();
	json_object_set_new(path, "type", json_string(type));
	json_object_set_new(path, "path", wire_new_string(at));
	json_object_set_new(o, "type", json_string("SANDBOX_PATH"));
	json_object_set_new(o, "sandbox_path", path);
	return o;
}

static json_t *sandbox_source(const struct kube_volume *v, const char *sub_path)
{
	CLEANUP_FREE char *at = xasprintf("volumes/%s%s%s", v->name, sub_path ? "/" : "", sub_path ? sub_path : "");
	return directory_source("PARENT", at);
}

static char *host_path(const char *at, bool directory)
{
	return xasprintf("%s%s", at, !directory ? "" : strcmp(at, "/") ? "/." : ".");
}

static json_t *host_source(const char *at, bool directory, bool from_host)
{
	json_t *o = json_object(), *path = json_object();
	CLEANUP_FREE char *text = host_path(at, directory);
	json_object_set_new(path, "path", wire_new_string(text));
	if (from_host) {
		json_object_set_new(path, "mount_propagation", json_pack("{s:s}", "mode", "HOST_TO_CONTAINER"));
	}
	json_object_set_new(o, "type", json_string("HOST_PATH"));
	json_object_set_new(o, "host_path", path);
	return o;
}

static json_t *secret_source(const struct volume_file *f)
{
	json_t *o = json_object();
	json_object_set_new(o, "type", json_string("SECRET"));
	json_object_set_new(o, "secret", wire_new_secret(f->bytes, f->n));
	return o;
}

/* The whole of a volume that is written (file NULL), or one file of it. */
static json_t *written_source(const struct kube_volume *v, const char *file)
{
	CLEANUP_FREE char *at = xasprintf(WRITTEN_DIRECTORY "/%s%s%s", v->name, file ? "/" : "", file ? file : "");
	return directory_source("PARENT", at);
}

static void put_at(struct maker *k, const char *at, bool read_only, const char *member, json_t *what)
{
	json_t *o = json_object();
	json_object_set_new(o, "mode", json_string(read_only ? "RO" : "RW"));
	json_object_set_new(o, "container_path", wire_new_string(at));
	json_object_set(o, member, what);
	json_array_append_new(k->volumes, o);
}

/* `member`: "source", or "image". Takes what that is. */
static void put_member(struct maker *k, const char *at, bool read_only, const char *member, json_t *what)
{
	put_at(k, at, read_only, member, what);
	if (path_is_within(at, "/var/run")) {
		put_at(k, at + strlen("/var"), read_only, member, what);
	}
	json_decref(what);
}

/* Takes the source. */
static void put(struct maker *k, const char *at, bool read_only, json_t *source)
{
	put_member(k, at, read_only, "source", source);
}

/* Where the file is to stand: under its own name below the mount, or, of a part of the volume, under what is left of
 * it. free() it; NULL: not in that part. */
static char *place_of(const struct kube_mount *m, const char *sub_path, const char *file)
{
	if (!sub_path) {
		return xasprintf("%s/%s", m->path, file);
	}
	return path_is_within(file, sub_path) ? xasprintf("%s%s", m->path, file + strlen(sub_path)) : NULL;
}

static int count(struct maker *k, const struct volume_file *f)
{
	k->files++;
	k->bytes += f->n;
	if (k->files > VOLUME_FILES_MAX) {
		return err_set(k->e, ERR_LIMIT, "more than %d files", VOLUME_FILES_MAX);
	}
	return k->bytes > VOLUME_FILES_BYTES_MAX
		   ? err_set(k->e, ERR_LIMIT, "more than %zu bytes of files", VOLUME_FILES_BYTES_MAX)
		   : 0;
}

/* The first directory of a mount that is inside another one. */
static void put_way(struct maker *k, const struct kube_mount *m)
{
	const struct kube_mount *around = mount_around(k->container, m);
	CLEANUP_FREE char *at = around && k->volumes ? mount_way(k->container, m, around) : NULL;
	if (at) {
		CLEANUP_FREE char *place = mount_place(k->container, around, at);
		put(k, at, false, directory_source("SELF", place));
	}
}

/* What a file that is inside another mount will be mounted on. */
static void put_point(struct maker *k, const struct kube_mount *m, const char *at)
{
	static const struct volume_file nothing = {.bytes = ""};
	const struct kube_mount *around = mount_around(k->container, m);
	if (around) {
		CLEANUP_FREE char *place = mount_place(k->container, around, at);
		put(k, place, true, secret_source(&nothing));
	}
}

static int put_each(struct maker *k, const struct kube_mount *m, const char *sub_path, const struct volume_files *files,
		    size_t *ret_n)
{
	for (size_t i = 0; i < files->n; i++) {
		CLEANUP_FREE char *at = place_of(m, sub_path, files->v[i].path);
		if (!at) {
			continue;
		}
		++*ret_n;
		if (count(k, &files->v[i])) {
			return -1;
		}
		if (!k->volumes || (m->volume->written && !sub_path)) {
			continue; /* the latter is mounted whole */
		}
		if (m->volume->written) {
			put(k, at, true, written_source(m->volume, files->v[i].path));
		} else {
			put_point(k, m, at);
			put(k, at, true, secret_source(&files->v[i]));
		}
	}
	return 0;
}

static bool has_mount_inside(const struct kube_container *c, const struct kube_mount *m)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (&c->mounts[i] != m && path_is_within(c->mounts[i].path, m->path)) {
			return true;
		}
	}
	return false;
}

static int put_files(struct maker *k, const struct kube_mount *m, const char *sub_path)
{
	struct volume_files files = {0};
	size_t n = 0;
	if (volume_files_collect(&files, k->pod, m->volume, true, k->site, k->e)) {
		return -1;
	}
	int bad = (m->volume->written && written_check(&files, k->e)) || put_each(k, m, sub_path, &files, &n);
	volume_files_done(&files);
	if (bad) {
		return err_wrap(k->e, VOLUME_FAILED, m->volume->name);
	}
	if (!n && sub_path) {
		err_set(k->e, ERR_NOT_FOUND, "no file %.253s in it", sub_path);
		return err_wrap(k->e, VOLUME_FAILED, m->volume->name);
	}
	if (k->volumes && m->volume->written && !sub_path) {
		put(k, m->path, true, written_source(m->volume, NULL));
	} else if (!n && k->volumes && !has_mount_inside(k->container, m)) {
		put(k, m->path, true, sandbox_source(m->volume, NULL));
	}
	return 0;
}

static int put_claim(struct maker *k, const struct kube_mount *m)
{
	struct claimed claimed;
	if (claim_resolve(k->pod, m->volume, &k->site->sources, &claimed, k->e)) {
		return err_wrap(k->e, VOLUME_FAILED, m->volume->name);
	}
	if (k->volumes) {
		put(k, m->path, m->read_only || m->volume->read_only,
		    host_source(claimed.path, claimed.directory, m->from_host));
	}
	return 0;
}

static int put_mount(struct maker *k, const struct kube_mount *m, const char *sub_path)
{
	const struct kube_volume *v = m->volume;
	if (v->kind == KUBE_VOLUME_FILES) {
		return put_files(k, m, sub_path);
	}
	if (v->kind == KUBE_VOLUME_CLAIM) {
		return put_claim(k, m);
	}
	if (v->kind == KUBE_VOLUME_IMAGE) {
		if (k->volumes) {
			put_member(k, m->path, true, "image", image_json(v->image, v->pull_always));
		}
		return 0;
	}
	if (k->volumes && !is_shared_memory(m)) {
		put(k, m->path, m->read_only,
		    v->kind == KUBE_VOLUME_HOST_PATH ? host_source(v->path, v->directory, m->from_host)
						     : sandbox_source(v, sub_path));
	}
	return 0;
}

/* In their order, but none before the one that it is inside of. */
static int put_all(struct maker *k, const struct expanded *x)
{
	const struct kube_container *c = k->container;
	for (size_t depth = 0, done = 0; done < c->n_mounts; depth++) {
		for (size_t i = 0; i < c->n_mounts; i++) {
			if (mount_depth(c, &c->mounts[i]) != depth) {
				continue;
			}
			done++;
			put_way(k, &c->mounts[i]);
			if (put_mount(k, &c->mounts[i], x->sub_paths[i])) {
				return -1;
			}
		}
	}
	return 0;
}

/* Takes the text; NULL: nothing. */
static void put_text(struct maker *k, const char *at, char *text)
{
	struct volume_file file = {.bytes = text, .n = text ? strlen(text) : 0};
	if (text) {
		put(k, at, true, secret_source(&file));
	}
	free(text);
}

int volumes_make(const struct kube_pod *pod, const struct kube_container *c, const struct expanded *x,
		 const struct pod_site *site, json_t **ret, struct err *e)
{
	struct maker k = {.pod = pod, .container = c, .site = site, .volumes = ret ? json_array() : NULL, .e = e};
	if (put_all(&k, x)) {
		json_decref(k.volumes);
		return -1;
	}
	if (ret) {
		message_put(c, k.volumes);
		put_text(&k, NAMES_HOSTS, names_hosts(pod, c, site));
		put_text(&k, NAMES_RESOLVER, names_resolver(pod, c));
		*ret = k.volumes;
	}
	return 0;
}

void volumes_put_linux(const struct kube_container *c, json_t *linux_info)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *m = &c->mounts[i];
		if (!is_shared_memory(m)) {
			continue;
		}
		int64_t megabytes = m->volume->size_limit / MEGABYTE + (m->volume->size_limit % MEGABYTE != 0);
		json_object_set_new(linux_info, "ipc_mode", json_string("PRIVATE"));
		if (megabytes > 0) {
			json_object_set_new(linux_info, "shm_size",
					    json_integer(megabytes < UINT32_MAX ? megabytes : UINT32_MAX));
		}
	}
}

const char *volumes_host_path_in(const struct kube_container *c, const char *sentence)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_volume *v = c->mounts[i].volume;
		if (v->kind != KUBE_VOLUME_HOST_PATH) {
			continue;
		}
		CLEANUP_FREE char *path = host_path(v->path, v->directory);
		CLEANUP_FREE char *quoted = xasprintf("'%s'", path);
		if (strstr(sentence, quoted)) {
			return v->name;
		}
	}
	return NULL;
}

int64_t volumes_disk(const struct kube_container *c)
{
	int64_t sum = 0;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *m = &c->mounts[i];
		if (m->first && !m->volume->memory && __builtin_add_overflow(sum, m->volume->size_limit, &sum)) {
			return INT64_MAX;
		}
	}
	return sum;
}
