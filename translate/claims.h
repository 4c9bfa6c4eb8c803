/* From a volume of a pod that names a claim to the directory of an agent behind it: the claim, and the
 * PersistentVolume that it is bound to, are both sources (kube/claim.h).
 *
 * Source: the plugin VolumeBinding of kube-scheduler, whose sentences these are; ephemeral.VolumeIsForPod.
 */
#ifndef TRANSLATE_CLAIMS_H
#define TRANSLATE_CLAIMS_H

#include "kube/pod.h"
#include "kube/source.h"

struct claimed {
	const char *volume; /* the PersistentVolume's name */
	const char *path;
	bool directory;			   /* it has to be one */
	bool once_pod;			   /* one pod at a time may use it */
	const struct kube_datum *affinity; /* for kube/node_terms.h; NULL: any node */
};

/* The claim of a KUBE_VOLUME_CLAIM. */
struct kube_source_ref claim_ref(const struct kube_pod *pod, const struct kube_volume *volume);
/* The PersistentVolume that it is bound to, as far as is known: false when the claim is not found or not bound. */
bool claim_volume_ref(const struct kube_pod *pod, const struct kube_volume *volume, const struct kube_sources *sources,
		      struct kube_source_ref *ret);

/* It is there and stays, and no volume is its own yet. */
bool claim_is_unbound(const struct kube_pod *pod, const struct kube_volume *volume, const struct kube_sources *sources);

/* Borrowed from the sources. ERR_NOT_FOUND for what may come yet, ERR_UNSUPPORTED for a volume that no agent can
 * mount. */
int claim_resolve(const struct kube_pod *pod, const struct kube_volume *volume, const struct kube_sources *sources,
		  struct claimed *ret, struct err *e);

#endif
