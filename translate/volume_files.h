/* The files of a volume that is made of files. Inside the translator only. */
#ifndef TRANSLATE_VOLUME_FILES_H
#define TRANSLATE_VOLUME_FILES_H

#include "translate/volumes.h"

/* The kubelet's beginning of such a sentence. */
#define VOLUME_FAILED "MountVolume.SetUp failed for volume \"%s\" "

struct volume_file {
	const char *path;
	const void *bytes;
	size_t n;
	uint16_t mode;
	char *own; /* where the bytes are, when nobody else has them */
};

struct volume_files {
	struct volume_file *v;
	size_t n, cap;
};

/* In order, no path twice. `tokens`: or else all but these, which need not be had then. */
int volume_files_collect(struct volume_files *ret, const struct kube_pod *pod, const struct kube_volume *volume,
			 bool tokens, const struct pod_site *site, struct err *e);
void volume_files_done(struct volume_files *files);

#endif
