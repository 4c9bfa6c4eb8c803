/* Where a pod's containers are started: what its node and other objects of Kubernetes tell, as far as it is known. */
#ifndef TRANSLATE_SITE_H
#define TRANSLATE_SITE_H

#include <stdint.h>

#include "kube/pod.h"
#include "kube/source.h"

#define POD_SOURCES_MAX 512 /* ConfigMaps and Secrets, services too, that one pod may refer to */

struct pod_site {
	const char *node_name, *host_ip, *pod_ip;     /* NULL: not known */
	int64_t cpu_milli, memory, ephemeral_storage; /* allocatable on the node: thousandths, bytes, bytes */
	const char *network;	     /* of CNI, that the pod is on; empty: the agent's; NULL: the one that it names */
	struct kube_sources sources; /* of what source_refs names */
};

/* Each source that the container refers to, services too; may name one several times. */
void source_refs(const struct kube_pod *pod, const struct kube_container *container,
		 void (*each)(void *arg, const struct kube_source_ref *ref), void *arg);

/* ERR_UNSUPPORTED when the pod with so many of its ephemeral containers refers to more than POD_SOURCES_MAX. */
int source_refs_check(const struct kube_pod *pod, size_t n_ephemeral, struct err *e);

#endif
