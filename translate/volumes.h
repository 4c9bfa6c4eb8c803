/* Volumes of a container as Mesos mounts them.
 *
 *   emptyDir            SANDBOX_PATH of the parent, "volumes/NAME" in the executor's directory, so shared by the pod
 *   emptyDir in memory  the container's own /dev/shm
 *   hostPath            HOST_PATH; with "/." at its end where it has to be a directory, which the agent then checks
 *   a claim             HOST_PATH, of the volume of kind hostPath or local that it is bound to
 *   configMap, secret,  a SECRET with its bytes for each file, RO; an empty directory when there is none
 *   downwardAPI,
 *   projected           …; one that is written (translate/written.h): SANDBOX_PATH of the parent, "files/NAME", RO
 *
 * An agent makes mount points in the image and follows symbolic links there. Since images have /var/run as a link to
 * /run, whose target would be looked for on the agent, what is mounted below /var/run is mounted below /run as well. A
 * mount inside the mount of a directory: translate/volume_nest.h.
 *
 * Source: Volume of mesos.proto; isolators volume/sandbox_path, volume/host_path, volume/secret and namespaces/ipc of
 * Mesos 1.12.
 */
#ifndef TRANSLATE_VOLUMES_H
#define TRANSLATE_VOLUMES_H

#include <jansson.h>

#include "translate/expand.h"

#define VOLUME_FILES_MAX 2000			 /* of all volumes of a container */
#define VOLUME_FILES_BYTES_MAX ((size_t)4 << 20) /* their bytes */

/* ERR_UNSUPPORTED naming the mount that cannot be had; `kind` is "containers" or "initContainers". */
int volumes_check(const struct kube_pod *pod, const struct kube_container *container, const char *kind, struct err *e);

/* The ConfigMaps, Secrets, tokens and claims that the container's volumes are made of; may name one several times. */
void volumes_refs(const struct kube_pod *pod, const struct kube_container *container,
		  void (*each)(void *arg, const struct kube_source_ref *ref), void *arg);

/* The same of one volume; `tokens`: or else all but these. */
void volume_refs(const struct kube_pod *pod, const struct kube_volume *volume, bool tokens,
		 void (*each)(void *arg, const struct kube_source_ref *ref), void *arg);

/* ContainerInfo.volumes, of a container that was checked, as an array that may be empty; ret NULL: only find out
 * whether it can be made. ERR_NOT_FOUND, in the kubelet's words, for a source or a key that is missing and not
 * optional; ERR_LIMIT, ERR_UNSUPPORTED. */
int volumes_make(const struct kube_pod *pod, const struct kube_container *container, const struct expanded *x,
		 const struct pod_site *site, json_t **ret, struct err *e);
/* Members of ContainerInfo.linux_info. */
void volumes_put_linux(const struct kube_container *container, json_t *linux_info);

/* The name of the container's volume whose hostPath the agent's sentence names; NULL: of none. */
const char *volumes_host_path_in(const struct kube_container *container, const char *sentence);

/* Disk in bytes that is taken with the container: of the volumes that it is the first of its pod to mount. */
int64_t volumes_disk(const struct kube_container *container);

#endif
