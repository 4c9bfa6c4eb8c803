/* Pods that a standby knows, decoded, until it leads and the core takes them. */
#ifndef ADAPTER_POD_CACHE_H
#define ADAPTER_POD_CACHE_H

#include "base/list.h"
#include "base/map.h"
#include "kube/pod.h"

/* As many as the reflector that fills it remembers. */
struct pod_cache {
	struct map pods; /* of struct cached_pod, by uid */
	struct list order;
};

void pod_cache_init(struct pod_cache *cache);
void pod_cache_done(struct pod_cache *cache);

/* Takes the pod, in place of an older version of it. */
void pod_cache_put(struct pod_cache *cache, struct kube_pod *pod);
/* Harmless when it is not there. */
void pod_cache_drop(struct pod_cache *cache, const char *uid);
/* The caller's from now on, in the order in which they came first; NULL when none is left. */
struct kube_pod *pod_cache_take(struct pod_cache *cache);

#endif
