#include "translate/volume_nest.h"

#include <string.h>

#include "base/mem.h"

#define LINKED "/var/run" /* to /run in most images */

bool path_is_within(const char *below, const char *path)
{
	size_t n = strlen(path);
	return !strncmp(below, path, n) && (below[n] == 0 || below[n] == '/' || path[n - 1] == '/');
}

/* What the path is in most images. */
static const char *real(const char *path)
{
	return path_is_within(path, LINKED) ? path + strlen("/var") : path;
}

/* What of it lies below the mount around it, with the slash before it. */
static const char *rest(const char *path, const struct kube_mount *around)
{
	return real(path) + strlen(real(around->path));
}

bool mount_same(const struct kube_mount *a, const struct kube_mount *b)
{
	return !strcmp(real(a->path), real(b->path));
}

static bool is_memory(const struct kube_mount *m)
{
	return m->volume->kind == KUBE_VOLUME_EMPTY_DIR && m->volume->memory;
}

/* Files are mounted one by one, unless they are written into a directory. */
static bool is_directory(const struct kube_mount *m)
{
	return m->volume->kind != KUBE_VOLUME_FILES || (m->volume->written && !m->sub_path);
}

static bool is_inside(const struct kube_mount *m, const struct kube_mount *o)
{
	return is_directory(o) && path_is_within(real(m->path), real(o->path)) &&
	       !mount_same(m, o);
}

const struct kube_mount *mount_around(const struct kube_container *c, const struct kube_mount *m)
{
	const struct kube_mount *best = NULL;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *o = &c->mounts[i];
		if (o != m && is_inside(m, o) && (!best || strlen(real(o->path)) > strlen(real(best->path)))) {
			best = o;
		}
	}
	return best;
}

size_t mount_depth(const struct kube_container *c, const struct kube_mount *m)
{
	size_t depth = 0;
	for (m = mount_around(c, m); m; m = mount_around(c, m)) {
		depth++;
	}
	return depth;
}

const struct kube_mount *mount_touching(const struct kube_container *c, const char *path)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const char *other = real(c->mounts[i].path);
		if (path_is_within(real(path), other) || path_is_within(other, real(path))) {
			return &c->mounts[i];
		}
	}
	return NULL;
}

static char *way(const struct kube_mount *m, const struct kube_mount *around)
{
	const char *left = rest(m->path, around);
	size_t first = 1 + strcspn(left + 1, "/");
	return xstrndup(m->path, strlen(m->path) - strlen(left) + first);
}

/* ---- what cannot be ---- */

static bool has_files(const struct kube_container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (c->mounts[i].volume->kind == KUBE_VOLUME_FILES) {
			return true;
		}
	}
	return false;
}

/* By /run and by /var/run, so that nobody can tell what hides what. */
static bool is_spelled_twice(const struct kube_container *c, const struct kube_mount *m,
			     const struct kube_mount *around)
{
	CLEANUP_FREE char *own = way(m, around);
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *o = &c->mounts[i];
		CLEANUP_FREE char *other = o != m && mount_around(c, o) == around ? way(o, around) : NULL;
		if (other && strcmp(own, other) != 0 && !strcmp(real(own), real(other))) {
			return true;
		}
	}
	return false;
}

char *mount_problem(const struct kube_container *c, const struct kube_mount *m)
{
	const struct kube_mount *o = mount_around(c, m);
	const char *left = o ? rest(m->path, o) : "";
	if (!o) {
		return m->volume->kind != KUBE_VOLUME_FILES && !strcmp(m->path, LINKED) && has_files(c)
			   ? xasprintf("in most images it is the agent's own " LINKED
				       " that would be hidden, from which files are put into the container; say /run")
			   : NULL;
	}
	if (m->volume->kind == KUBE_VOLUME_IMAGE) {
		return xasprintf("it is inside the mount on %.128s, and an image is mounted inside no other", o->path);
	}
	if (o->volume->kind != KUBE_VOLUME_EMPTY_DIR || is_memory(o) || is_memory(m)) {
		return xasprintf("it is inside the mount on %.128s, where an agent cannot mount", o->path);
	}
	if (o->read_only) {
		return xasprintf("it is inside the mount on %.128s, which is read-only", o->path);
	}
	if (m->volume->kind == KUBE_VOLUME_FILES && m->sub_path && !strchr(left + 1, '/')) {
		return xasprintf("it may be a file right inside the mount on %.128s, and a symbolic link there could "
				 "lead out of it",
				 o->path);
	}
	return is_spelled_twice(c, m, o)
		   ? xasprintf("say /run or " LINKED " of all mounts inside that on %.128s", o->path)
		   : NULL;
}

/* ---- what is ---- */

char *mount_way(const struct kube_container *c, const struct kube_mount *m, const struct kube_mount *around)
{
	CLEANUP_FREE char *own = way(m, around);
	for (const struct kube_mount *o = c->mounts; o < m; o++) {
		CLEANUP_FREE char *other = mount_around(c, o) == around ? way(o, around) : NULL;
		if (other && !strcmp(own, other)) {
			return NULL;
		}
	}
	return xstrdup(own);
}

char *mount_place(const struct kube_container *c, const struct kube_mount *around, const char *path)
{
	return xasprintf("mounts/%zu%s", (size_t)(around - c->mounts), rest(path, around));
}
