#include "adapter/pod_cache.h"

#include <stdlib.h>

#include "base/mem.h"

struct cached_pod {
	struct list link;
	struct kube_pod *pod;
};

void pod_cache_init(struct pod_cache *cache)
{
	*cache = (struct pod_cache){0};
	list_init(&cache->order);
}

void pod_cache_put(struct pod_cache *cache, struct kube_pod *pod)
{
	struct cached_pod *c = map_get(&cache->pods, pod->uid);
	if (!c) {
		c = xcalloc(1, sizeof(*c));
		list_push(&cache->order, &c->link);
	}
	map_put(&cache->pods, pod->uid, c); /* the key is the new pod's */
	kube_pod_free(c->pod);
	c->pod = pod;
}

static struct kube_pod *take(struct pod_cache *cache, struct cached_pod *c)
{
	struct kube_pod *pod = c->pod;
	map_del(&cache->pods, pod->uid);
	list_remove(&c->link);
	free(c);
	return pod;
}

void pod_cache_drop(struct pod_cache *cache, const char *uid)
{
	struct cached_pod *c = map_get(&cache->pods, uid);
	if (c) {
		kube_pod_free(take(cache, c));
	}
}

struct kube_pod *pod_cache_take(struct pod_cache *cache)
{
	return list_empty(&cache->order) ? NULL : take(cache, LIST_ENTRY(cache->order.next, struct cached_pod, link));
}

void pod_cache_done(struct pod_cache *cache)
{
	for (struct kube_pod *pod; (pod = pod_cache_take(cache)) != NULL;) {
		kube_pod_free(pod);
	}
	map_done(&cache->pods);
}
