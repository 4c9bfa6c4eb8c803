/* The volumes of a pod and where its containers mount them, decoded. Part of kube/pod.h.
 *
 * Source: core/v1 Volume, VolumeMount.
 */
#ifndef KUBE_POD_VOLUME_H
#define KUBE_POD_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

enum kube_volume_kind {
	KUBE_VOLUME_REFUSED, /* its pod is, with the reason */
	KUBE_VOLUME_EMPTY_DIR,
	KUBE_VOLUME_HOST_PATH,
};

struct kube_volume {
	const char *name;
	enum kube_volume_kind kind;
	bool memory;	    /* emptyDir in memory */
	int64_t size_limit; /* of an emptyDir, bytes; 0: none */
	const char *path;   /* hostPath */
	bool directory;	    /* a hostPath that has to be one */
};

struct kube_mount {
	const char *path;     /* absolute, without "..", "." and empty names */
	const char *sub_path; /* NULL: the whole volume */
	bool expand;	      /* the sub_path holds $(NAME) */
	bool read_only;
	bool first;	/* of all mounts of its volume; those of ordinary containers come before those of init ones */
	bool from_host; /* what the host mounts later is to be seen */
	const struct kube_volume *volume;
};

#endif
