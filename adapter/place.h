/* Matching pods against what agents offer. Pure. */
#ifndef ADAPTER_PLACE_H
#define ADAPTER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mesos/types.h"
#include "translate/agent_node.h"
#include "translate/need.h"

/* Why an agent does not take a pod; the first that applies. */
enum misfit {
	FITS,
	MISFIT_SELECTOR,
	MISFIT_VOLUME,
	MISFIT_UNBOUND,
	MISFIT_PORT,
	MISFIT_GPUS,
	MISFIT_CPUS,
	MISFIT_MEM,
	MISFIT_DISK,
	MISFIT_CORDONED,
	MISFIT_PODS,
	MISFITS
};

struct misfit_counts {
	size_t by[MISFITS];
	size_t agents;
};

/* Does `amounts` fit into `free`? The first scalar that is short. */
enum misfit amounts_fit(const struct amounts *amounts, const struct amounts *free);

/* Does the agent of this offer have what the pod's nodeSelector asks for? `all`: the node that stands for all agents,
 * by whose name as kubernetes.io/hostname any of them may be meant; NULL: there is none. */
bool selector_matches(const struct kube_pod *pod, const struct mesos_offer *offer, const struct node_labels *fixed,
		      const char *all);

/* Do both ask for the same labels, in the same order? */
bool selector_same(const struct kube_pod *a, const struct kube_pod *b);

/* How well a pod sits on an agent with so much left: the greater the better; spreads pods over agents. */
int64_t place_score(const struct amounts *amounts, const struct amounts *free);

/* "0/12 agents fit: cpus short on 9 (the pod needs 4), nodeSelector rack=r9 does not match 3". free() it. */
char *misfit_sentence(const struct misfit_counts *counts, const struct kube_pod *pod, const struct pod_need *need);

#endif
