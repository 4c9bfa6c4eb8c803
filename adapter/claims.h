/* The claims of a pod, before it is placed: had as sources, followed to their volumes, waited for; and the agents that
 * these volumes leave to it. Pure, of the core.
 *
 * Source: kube-scheduler's plugins VolumeBinding and VolumeRestrictions.
 */
#ifndef ADAPTER_CLAIMS_H
#define ADAPTER_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "mesos/types.h"
#include "translate/agent_node.h"
#include "translate/late_claims.h"

struct core;
struct kube_node_terms;
struct pod;

/* Where the nodes are that one of the pod's volumes can be reached from. */
struct pin {
	char *volume;
	struct kube_node_terms *terms;
};

struct pins {
	struct pin *v;
	size_t n;
};

void pins_done(struct pins *pins);
/* Does the agent of this offer, whose node has this name, have what all of them ask for? */
bool pins_match(const struct pins *pins, const struct mesos_offer *offer, const char *node,
		const struct node_labels *fixed);
/* Of the same volumes, in the same order? */
bool pins_same(const struct pins *a, const struct pins *b);

/* Are there volumes for all of them on the agent of this offer? */
bool late_claims_fit(const struct late_claims *late, const struct mesos_offer *offer, const char *node,
		     const struct node_labels *fixed);

/* All claims of a pod that is not placed yet are bound to volumes that an agent can mount, or wait for it, and
 * pod->pins and pod->late are known.
 * False: not yet. It holds its claims and is touched when there is news; if what is known does not do, it says why. */
bool pod_claims_ready(struct core *core, struct pod *pod);
bool pod_has_claims(const struct pod *pod);
/* An agent was found for a queued pod. True: it has claims that want to know, and waits until they are bound. */
bool pod_choose_volumes(struct core *core, struct pod *pod, const struct mesos_offer *offer, const char *node);
void pod_volume_chosen(struct core *core, struct pod *pod, const struct err *failure);
/* Hold the volumes that those claims lead to which are had. */
void pod_hold_volumes(struct core *core, struct pod *pod);
/* Why the container's claims do not do on the agent of the pod, in the kubelet's words; NULL: they do. free() it. */
char *claims_complaint(const struct core *core, const struct pod *pod, const struct kube_container *container);

#endif
