#include "translate/claims.h"

#include <string.h>

#include "kube/claim.h"

struct kube_source_ref claim_ref(const struct kube_pod *pod, const struct kube_volume *v)
{
	return (struct kube_source_ref){KUBE_SOURCE_CLAIM, pod->ns, v->claim};
}

bool claim_volume_ref(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_sources *sources,
		      struct kube_source_ref *ret)
{
	struct kube_source_ref ref = claim_ref(pod, v);
	const struct kube_source *claim = kube_sources_find(sources, &ref);
	const char *volume = claim ? kube_source_text(claim, CLAIM_VOLUME) : NULL;
	if (!volume) {
		return false;
	}
	*ret = (struct kube_source_ref){KUBE_SOURCE_VOLUME, "", volume};
	return true;
}

static int check_claim(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_source *claim,
		       struct err *e)
{
	const char *owner = claim ? kube_source_text(claim, CLAIM_OWNER) : NULL;
	if (!claim) {
		return v->own_claim
			   ? err_set(
				 e, ERR_NOT_FOUND,
				 "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%s\"",
				 v->claim)
			   : err_set(e, ERR_NOT_FOUND, "persistentvolumeclaim \"%s\" not found", v->claim);
	}
	if (v->own_claim && (!owner || strcmp(owner, pod->uid) != 0)) {
		return err_set(e, ERR_NOT_FOUND, "PVC %s/%s was not created for pod %s/%s (pod is not owner)", pod->ns,
			       v->claim, pod->ns, pod->name);
	}
	if (kube_source_text(claim, CLAIM_DELETING)) {
		return err_set(e, ERR_NOT_FOUND, "persistentvolumeclaim \"%s\" is being deleted", v->claim);
	}
	if (kube_source_text(claim, CLAIM_LOST)) {
		return err_set(e, ERR_NOT_FOUND, "persistentvolumeclaim \"%s\" bound to non-existent persistentvolume",
			       v->claim);
	}
	return 0;
}

bool claim_is_unbound(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_sources *sources)
{
	struct kube_source_ref ref = claim_ref(pod, v);
	const struct kube_source *claim = kube_sources_find(sources, &ref);
	struct err e = {0};
	return claim && !check_claim(pod, v, claim, &e) && !kube_source_text(claim, CLAIM_VOLUME);
}

static int check_volume(const struct kube_volume *v, const char *name, const struct kube_source *claim,
			const struct kube_source *volume, struct err *e)
{
	const char *bound = volume ? kube_source_text(volume, VOLUME_CLAIM) : NULL,
		   *uid = kube_source_text(claim, CLAIM_UID);
	const char *why = volume ? kube_source_text(volume, VOLUME_REFUSED) : NULL;
	if (!volume) {
		return err_set(e, ERR_NOT_FOUND,
			       "persistentvolumeclaim \"%s\" bound to non-existent persistentvolume \"%s\"", v->claim,
			       name);
	}
	if (!bound || !uid || strcmp(bound, uid) != 0) {
		return err_set(e, ERR_NOT_FOUND, "persistentvolume \"%s\" is not bound to persistentvolumeclaim \"%s\"",
			       name, v->claim);
	}
	return why ? err_set(e, ERR_UNSUPPORTED,
			     "persistentvolume \"%s\" of persistentvolumeclaim \"%s\": not supported: %s", name,
			     v->claim, why)
		   : 0;
}

int claim_resolve(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_sources *sources,
		  struct claimed *ret, struct err *e)
{
	struct kube_source_ref ref = claim_ref(pod, v);
	const struct kube_source *claim = kube_sources_find(sources, &ref);
	if (check_claim(pod, v, claim, e)) {
		return -1;
	}
	if (!claim_volume_ref(pod, v, sources, &ref)) {
		return err_set(e, ERR_NOT_FOUND, "pod has unbound immediate PersistentVolumeClaims");
	}
	const struct kube_source *volume = kube_sources_find(sources, &ref);
	if (check_volume(v, ref.name, claim, volume, e)) {
		return -1;
	}
	*ret = (struct claimed){
	    .volume = ref.name,
	    .path = kube_source_text(volume, VOLUME_PATH),
	    .directory = kube_source_text(volume, VOLUME_DIRECTORY) != NULL,
	    .once_pod = kube_source_text(claim, CLAIM_ONCE_POD) != NULL,
	    .affinity = kube_source_find(volume, VOLUME_AFFINITY),
	};
	return 0;
}
