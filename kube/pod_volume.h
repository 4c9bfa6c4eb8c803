/* The volumes of a pod and where its containers mount them, decoded. Part of kube/pod.h.
 *
 * Source: core/v1 Volume, VolumeMount.
 */
#ifndef KUBE_POD_VOLUME_H
#define KUBE_POD_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOUNT_PATH_MAX 4096 /* of a mount, a subPath, or on the host */

struct kube_value_from;

enum kube_volume_kind {
	KUBE_VOLUME_REFUSED, /* its pod is, with the reason */
	KUBE_VOLUME_EMPTY_DIR,
	KUBE_VOLUME_HOST_PATH,
	KUBE_VOLUME_FILES, /* configMap, secret, downwardAPI, projected */
	KUBE_VOLUME_CLAIM, /* persistentVolumeClaim, ephemeral */
	KUBE_VOLUME_IMAGE,
};

enum kube_files_kind {
	KUBE_FILES_CONFIGMAP,
	KUBE_FILES_SECRET,
	KUBE_FILES_VALUE, /* one file: a field of the pod */
	KUBE_FILES_TOKEN, /* one file: a token of the pod's service account */
};

struct kube_file {
	const char *key, *path;
	uint16_t mode;
};

/* Where files come from. Of two files with one path the later source wins. */
struct kube_files {
	enum kube_files_kind kind;
	uint16_t mode; /* where no item says another */
	bool optional;
	const char *name;	       /* of the ConfigMap or Secret */
	const struct kube_file *items; /* NULL: all keys, each under its name */
	size_t n_items;
	const char *path;		    /* of the one file: relative, without ".." */
	const struct kube_value_from *from; /* VALUE: KUBE_VALUE_TEXT or KUBE_VALUE_RESOURCE of a named container */
	const char *audience;		    /* TOKEN; "": that of the API server */
	int64_t seconds;		    /* TOKEN: how long it is to hold; 0: as the API server likes */
};

struct kube_volume {
	const char *name;
	enum kube_volume_kind kind;
	bool memory;	    /* emptyDir in memory */
	bool directory;	    /* a hostPath that has to be one */
	bool own_claim;	    /* a claim that was made for this pod (ephemeral) */
	bool read_only;	    /* a claim whose every mount is */
	bool written;	    /* files with modes that a Mesos secret has not, or that are to change */
	bool pull_always;   /* an image is pulled anew; else a cached one will do */
	int64_t size_limit; /* of an emptyDir, bytes; 0: none */
	const char *path;   /* hostPath */
	const char *claim;  /* the name of the PersistentVolumeClaim */
	const char *image;  /* whose files are the volume, for reading */
	struct kube_files *files;
	size_t n_files;
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

/* Has ".." as one of its names. */
bool path_climbs(const char *path);
/* Absolute, as the kubelet makes relative ones too, without "." and empty names; "/" for the root. free() it. */
char *path_clean(const char *path);

#endif
