/* Claims that are bound once their pod has an agent: their class says WaitForFirstConsumer. Pure.
 *
 * For each the volumes that would do, least capacity first, or a provisioner that would make one; and, of an agent,
 * which of them it would be. The claim, its class and the list of all volumes are sources (kube/claim.h).
 *
 * Source: volume binder of kube-scheduler's plugin VolumeBinding; FindMatchingVolume of k8s.io/component-helpers.
 */
#ifndef TRANSLATE_LATE_CLAIMS_H
#define TRANSLATE_LATE_CLAIMS_H

#include "kube/node_terms.h"
#include "kube/pod.h"
#include "kube/source.h"

struct late_volume {
	char *name, *version;
	int64_t capacity;
	struct kube_node_terms *terms; /* NULL: any node */
};

struct late_claim {
	char *name, *uid;
	struct late_volume *v;
	size_t n;
	bool provisions;		    /* if none of them does */
	struct kube_node_terms *topologies; /* where it does; NULL: anywhere */
};

struct late_claims {
	struct late_claim *v;
	size_t n;
};

/* What its classes, and then its volumes, are read from: of a claim that is found and not bound. */
void late_claim_refs(const struct kube_pod *pod, const struct kube_volume *volume, const struct kube_sources *sources,
		     void (*each)(void *arg, const struct kube_source_ref *ref), void *arg);

/* 1: it is such a claim, and appended; 0: it is none; -1: it is one, and somebody is about to bind it, or something is
 * wrong (ERR_NOT_FOUND, ERR_INVALID): the sentence says what is waited for. */
int late_claim_add(struct late_claims *claims, const struct kube_pod *pod, const struct kube_volume *volume,
		   const struct kube_sources *sources, struct err *e);
void late_claims_done(struct late_claims *claims);

#define LATE_PROVISIONED ((size_t)-1)
#define LATE_CLAIMS_MAX 500 /* as many as a pod has volumes */

/* For each claim the index of its volume on this node, no volume twice, or LATE_PROVISIONED. False: there is none.
 * `ret` may be NULL. */
bool late_claims_choose(const struct late_claims *claims, const char *node,
			const char *(*label)(void *arg, const char *key), void *arg, size_t *ret);

/* Merge PATCHes: of the volume, if it is as it was read: set aside for the claim; of the claim: its node. */
json_t *late_volume_body(const struct late_volume *volume, const char *ns, const struct late_claim *claim);
json_t *late_claim_body(const struct late_claim *claim, const char *node);

#endif
