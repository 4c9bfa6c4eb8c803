/* A pod's ports and its network, as Mesos is told of them.
 *
 * Without ANNOTATION_NETWORK every container is on its agent's network, as with hostNetwork. With it the pod's executor
 * joins the network of CNI of that name, which the agent must have, and all its containers with it: it has an address
 * and a host name of its own, and host ports are mapped to container ports. It stays on the network that it joined,
 * whatever the annotation says later: a master wants the same ExecutorInfo with every group.
 */
#ifndef TRANSLATE_NETWORK_H
#define TRANSLATE_NETWORK_H

#include <jansson.h>

#include "translate/site.h"

/* The pod's `hostname`, or its name, cut to what Linux takes without a '-' or '.' at the end. Free it. */
char *network_host_name(const struct kube_pod *pod);
/* ContainerInfo of the executor; NULL on the agent's network. */
json_t *network_executor_container(const struct kube_pod *pod, const struct pod_site *site);
/* DiscoveryInfo of a task; NULL for a container without ports. */
json_t *network_discovery(const struct kube_pod *pod, const struct kube_container *container);

#endif
