/* From what Mesos tells of a container's use to what a kubelet tells. Pure.
 *
 * The working set of a kubelet is all memory without the page cache that was not used lately. Mesos does not tell which
 * part that is: here it is all memory without any page cache, which is less, and where Mesos knows only resident memory
 * (without cgroups), that. A limit is one only where cgroups hold it.
 */
#ifndef TRANSLATE_USAGE_H
#define TRANSLATE_USAGE_H

#include "kube/stats.h"
#include "mesos/containers.h"

struct kube_usage usage_of_container(const struct mesos_usage *u);

#endif
