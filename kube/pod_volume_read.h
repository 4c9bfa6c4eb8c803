/* What the files that read volumes share. */
#ifndef KUBE_POD_VOLUME_READ_H
#define KUBE_POD_VOLUME_READ_H

#include "kube/pod_read.h"

/* pod_volume.c: the member `path` of a file in a volume: relative, cleaned; refused with ".." in it. */
int read_file_path(struct pod_reader *r, const struct where *at, json_t *o, const char **ret);

/* pod_files.c: `key` is configMap, secret, downwardAPI or projected. */
int pod_read_files(struct pod_reader *r, const struct where *at, const char *key, json_t *o, struct kube_volume *v);

#endif
