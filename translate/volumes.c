#include "translate/volumes.h"

#include <string.h>

#include "base/mem.h"
#include "mesos/wire.h"

#define SHARED_MEMORY "/dev/shm"
#define MEGABYTE ((int64_t)1 << 20)

static bool is_shared_memory(const struct kube_mount *m)
{
	return m->volume->kind == KUBE_VOLUME_EMPTY_DIR && m->volume->memory;
}

/* `below` is `path` or stands in it. */
static bool is_within(const char *below, const char *path)
{
	size_t n = strlen(path);
	return !strncmp(below, path, n) && (below[n] == 0 || below[n] == '/' || path[n - 1] == '/');
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

/* What an agent would follow a symbolic link for, that a container of the pod can put there. */
static bool lies_below_another(const struct kube_pod *pod, const struct kube_mount *m)
{
	for (size_t i = 0; i < pod->n_init_containers + pod->n_containers; i++) {
		const struct kube_container *c = container_at(pod, i);
		for (size_t k = 0; k < c->n_mounts; k++) {
			const struct kube_mount *o = &c->mounts[k];
			if (o->volume == m->volume && (!o->sub_path || (strcmp(o->sub_path, m->sub_path) != 0 &&
									is_within(m->sub_path, o->sub_path)))) {
				return true;
			}
		}
	}
	return false;
}

static int check_sub_path(const struct kube_pod *pod, const struct kube_container *c, const struct kube_mount *m,
			  const char *kind, struct err *e)
{
	if (!m->sub_path) {
		return 0;
	}
	if (m->volume->kind == KUBE_VOLUME_HOST_PATH) {
		return refuse(e, kind, c, m, ".subPath",
			      "a symbolic link could lead out of the volume; put the whole path into hostPath.path");
	}
	return lies_below_another(pod, m)
		   ? refuse(e, kind, c, m, ".subPath",
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
		if (i != at && !strcmp(m->path, o->path)) {
			return refuse(e, kind, c, m, ".mountPath", "another volume is mounted there");
		}
		if (i != at && is_within(m->path, o->path)) {
			CLEANUP_FREE char *why =
			    xasprintf("it is inside the mount on %.128s, where an agent cannot mount", o->path);
			return refuse(e, kind, c, m, ".mountPath", why);
		}
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
	return 0;
}

/* Translation */

static json_t *sandbox_source(const struct kube_mount *m)
{
	json_t *o = json_object(), *path = json_object();
	CLEANUP_FREE char *text =
	    xasprintf("volumes/%s%s%s", m->volume->name, m->sub_path ? "/" : "", m->sub_path ? m->sub_path : "");
	json_object_set_new(path, "type", json_string("PARENT"));
	json_object_set_new(path, "path", wire_new_string(text));
	json_object_set_new(o, "type", json_string("SANDBOX_PATH"));
	json_object_set_new(o, "sandbox_path", path);
	return o;
}

static json_t *host_source(const struct kube_mount *m)
{
	json_t *o = json_object(), *path = json_object();
	CLEANUP_FREE char *text = xasprintf("%s%s", m->volume->path,
					    !m->volume->directory	   ? ""
					    : strcmp(m->volume->path, "/") ? "/."
									   : ".");
	json_object_set_new(path, "path", wire_new_string(text));
	if (m->from_host) {
		json_object_set_new(path, "mount_propagation", json_pack("{s:s}", "mode", "HOST_TO_CONTAINER"));
	}
	json_object_set_new(o, "type", json_string("HOST_PATH"));
	json_object_set_new(o, "host_path", path);
	return o;
}

static void put(json_t *volumes, const struct kube_mount *m, const char *at)
{
	json_t *o = json_object();
	json_object_set_new(o, "mode", json_string(m->read_only ? "RO" : "RW"));
	json_object_set_new(o, "container_path", wire_new_string(at));
	json_object_set_new(o, "source", m->volume->kind == KUBE_VOLUME_HOST_PATH ? host_source(m) : sandbox_source(m));
	json_array_append_new(volumes, o);
}

json_t *volumes_json(const struct kube_container *c)
{
	json_t *volumes = json_array();
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *m = &c->mounts[i];
		if (is_shared_memory(m)) {
			continue;
		}
		put(volumes, m, m->path);
		if (is_within(m->path, "/var/run")) {
			put(volumes, m, m->path + strlen("/var"));
		}
	}
	if (json_array_size(volumes)) {
		return volumes;
	}
	json_decref(volumes);
	return NULL;
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
