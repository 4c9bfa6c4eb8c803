/* A mount inside another mount. Inside the translator only.
 *
 * An agent makes the mount points of volumes in the image, and what is missing then, when it mounts: directories of
 * executors first, in their order, then those of the agent; last the files of secrets, whose mount points have to be
 * there. All from outside, following symbolic links that a container may have put into a directory. So the first
 * directory on the way to the inner mount is one of the task's own sandbox ("mounts/N/NAME"), which no container has
 * seen before; the mount points below it are made there, those of files by secrets with a relative path.
 *
 * Source: launch.cpp and the isolators volume/sandbox_path, volume/host_path and volume/secret of Mesos 1.12.
 */
#ifndef TRANSLATE_VOLUME_NEST_H
#define TRANSLATE_VOLUME_NEST_H

#include "kube/pod.h"

/* `below` is `path` or stands in it. */
bool path_is_within(const char *below, const char *path);

/* Both are on one directory, as most images have it. */
bool mount_same(const struct kube_mount *a, const struct kube_mount *b);

/* The innermost mount of a directory that `m` is inside of; NULL: none. */
const struct kube_mount *mount_around(const struct kube_container *c, const struct kube_mount *m);
/* How many there are around each other. */
size_t mount_depth(const struct kube_container *c, const struct kube_mount *m);

/* The first mount that is on this path, around it or inside it; NULL: none. */
const struct kube_mount *mount_touching(const struct kube_container *c, const char *path);

/* Why an agent cannot mount it there; NULL: it can. free() it. */
char *mount_problem(const struct kube_container *c, const struct kube_mount *m);

/* The first directory inside `around` on the way to `m`: where it is mounted. NULL: an earlier mount has brought it.
 * free() it. */
char *mount_way(const struct kube_container *c, const struct kube_mount *m, const struct kube_mount *around);
/* Where `path`, which is inside `around`, lies in the task's sandbox. free() it. */
char *mount_place(const struct kube_container *c, const struct kube_mount *around, const char *path);

#endif
