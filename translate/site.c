#include "translate/site.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "translate/volumes.h"

void source_refs(const struct kube_pod *pod, const struct kube_container *c,
		 void (*each)(void *arg, const struct kube_source_ref *ref), void *arg)
{
	for (size_t i = 0; i < c->n_env_from; i++) {
		const struct kube_env_from *from = &c->env_from[i];
		struct kube_source_ref ref = {from->secret ? KUBE_SOURCE_SECRET : KUBE_SOURCE_CONFIGMAP, pod->ns,
					      from->name};
		each(arg, &ref);
	}
	for (size_t i = 0; i < c->n_env; i++) {
		const struct kube_value_from *from = c->env[i].from;
		if (from && (from->kind == KUBE_VALUE_CONFIGMAP || from->kind == KUBE_VALUE_SECRET)) {
			struct kube_source_ref ref = {from->kind == KUBE_VALUE_SECRET ? KUBE_SOURCE_SECRET
										      : KUBE_SOURCE_CONFIGMAP,
						      pod->ns, from->object};
			each(arg, &ref);
		}
	}
	volumes_refs(pod, c, each, arg);
	each(arg, &(struct kube_source_ref){KUBE_SOURCE_SERVICE, KUBE_API_NAMESPACE, KUBE_API_SERVICE});
	if (pod->service_links) {
		each(arg, &(struct kube_source_ref){KUBE_SOURCE_SERVICES, pod->ns, ""});
	}
}

struct counter {
	struct map names;
	char *keys[POD_SOURCES_MAX];
	size_t n;
	bool more;
};

static void count(void *arg, const struct kube_source_ref *ref)
{
	struct counter *c = arg;
	char *key = c->more ? NULL : xasprintf("%d/%s/%s", (int)ref->kind, ref->ns, ref->name);
	if (!key || map_get(&c->names, key)) {
		free(key);
	} else if (c->n == POD_SOURCES_MAX) {
		c->more = true;
		free(key);
	} else {
		c->keys[c->n++] = key;
		map_put(&c->names, key, c);
	}
}

int source_refs_check(const struct kube_pod *pod, size_t n_ephemeral, struct err *e)
{
	struct counter c = {.names = MAP_INIT};
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		source_refs(pod, &pod->init_containers[i], count, &c);
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		source_refs(pod, &pod->containers[i], count, &c);
	}
	for (size_t i = 0; i < n_ephemeral; i++) {
		source_refs(pod, &pod->ephemeral[i].container, count, &c);
	}
	for (size_t i = 0; i < c.n; i++) {
		free(c.keys[i]);
	}
	map_done(&c.names);
	return c.more ? err_set(e, ERR_UNSUPPORTED,
				"not supported: spec: refers to more than %d ConfigMaps and Secrets", POD_SOURCES_MAX)
		      : 0;
}
