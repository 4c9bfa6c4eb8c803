/* Volumes of files that are written into a directory of the executor, "files/NAME", by a command beside the pause, for
 * Mesos has no word for their modes or they are to change while the pod runs. As a kubelet's they change at once:
 *
 *   KEY -> ..data/KEY, one for each name below the mount
 *   ..data -> ..HASH, replaced by a rename
 *   ..HASH/KEY, the files, with their modes
 *
 * The archive of volumes_archive goes to the standard input of WRITTEN_COMMAND, which runs with the agent's root and
 * tools in the directory of the pause. What is there already stays, so the same may be written again.
 *
 * Source: the kubelet's AtomicWriter; the directories of nested containers of Mesos.
 */
#ifndef TRANSLATE_WRITTEN_H
#define TRANSLATE_WRITTEN_H

#include "base/buf.h"
#include "translate/volume_files.h"

#define WRITTEN_DIRECTORY "files"
#define WRITTEN_ARCHIVE_MAX ((size_t)16 << 20) /* of the volumes of a container, with the names */
#define WRITTEN_COMMAND_WORDS 3

extern const char *const written_command[WRITTEN_COMMAND_WORDS];

/* Mounts a volume that is written. */
bool container_writes(const struct kube_container *container);
bool pod_writes(const struct kube_pod *pod);

/* ERR_UNSUPPORTED: a name that has a meaning of its own there. */
int written_check(const struct volume_files *files, struct err *e);

/* Whether it is the same as before: of names, modes and bytes, but those of tokens, never 0. Fails as volumes_make. */
int written_hash(const struct kube_pod *pod, const struct kube_volume *volume, const struct pod_site *site,
		 uint64_t *ret, struct err *e);

/* When its tokens are to be renewed; INT64_MAX: it has none. fixed: nothing of it will ever change, but what the pod
 * itself tells. */
int64_t written_renew(const struct kube_pod *pod, const struct kube_volume *volume, const struct pod_site *site,
		      int64_t now, bool *ret_fixed);
/* What the pod itself tells of it is another than in its spec before. */
bool written_values_differ(const struct kube_volume *volume, const struct kube_volume *before);

/* One volume more in the archive; then its end, without which nothing is written. ERR_LIMIT beyond its maximum. */
int written_put(struct buf *archive, const struct kube_pod *pod, const struct kube_volume *volume,
		const struct pod_site *site, struct err *e);
int written_end(struct buf *archive, struct err *e);

#endif
