/* The kinds of objects that the miniature API server knows, as one table.
 *
 * Routing, the store and discovery are all driven by it. Source: the resource lists that Kubernetes serves under
 * /api/v1 and /apis/GROUP/VERSION. Everything here is constant.
 */
#ifndef SANDBOX_KUBE_REGISTRY_H
#define SANDBOX_KUBE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

struct kube_subresource {
	const char *name;	     /* "status" */
	const char *kind;	     /* what it reads and writes: "Pod", "Binding" */
	const char *group, *version; /* of that kind when it is another group's ("autoscaling", "v1"), else NULL */
	const char *verbs;	     /* comma-separated, as discovery says them */
};

struct kube_resource {
	const char *group;    /* "" for core */
	const char *version;  /* "v1" */
	const char *plural;   /* "pods" */
	const char *singular; /* "pod" */
	const char *kind;     /* "Pod"; its list is "PodList" */
	bool namespaced;
	const char *short_names;		     /* comma-separated, "" for none */
	const char *categories;			     /* comma-separated, "" for none */
	const char *verbs;			     /* comma-separated; "create" alone: answered, never stored */
	const struct kube_subresource *subresources; /* ends with a row without a name; NULL for none */
	const char *stored_as; /* resources with the same word share their objects (events in two groups) */
};

/* All, core first, then group by group. */
const struct kube_resource *registry_all(size_t *ret_count);
/* NULL when there is none. */
const struct kube_resource *registry_find(const char *group, const char *version, const char *plural);
const struct kube_resource *registry_find_kind(const char *group, const char *version, const char *kind);
/* The first that stores its objects under this word; NULL when there is none. */
const struct kube_resource *registry_stored_as(const char *word);
const struct kube_subresource *registry_subresource(const struct kube_resource *r, const char *name);
bool registry_has_group_version(const char *group, const char *version);
/* "v1" or "apps/v1"; the text is the caller's buffer of at least 96 bytes. */
const char *registry_api_version(const struct kube_resource *r, char out[96]);
/* "pods" or "replicasets.apps", as messages name it. */
const char *registry_group_resource(const struct kube_resource *r, char out[160]);
/* Is `word` one of the comma-separated words? */
bool registry_word_in(const char *words, const char *word);

#endif
