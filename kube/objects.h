/* Bodies and paths of the small API calls: bindings, events, deletes. All return new references or text to free(). */
#ifndef KUBE_OBJECTS_H
#define KUBE_OBJECTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/pod.h"

/* POST /api/v1/namespaces/NS/pods/NAME/binding. The uid guards against a pod of the same name; the annotations are
 * copied to the pod by the API server, which makes them the place for the launch intent. */
json_t *kube_binding_body(const char *ns, const char *name, const char *uid, const char *node,
			  const struct kube_pair *annotations, size_t n_annotations);

/* DELETE /api/v1/namespaces/NS/pods/NAME: gracePeriodSeconds 0 with a uid precondition. */
json_t *kube_pod_delete_body(const char *uid);

/* The same with the pod's own grace period, so that it is asked to end. */
json_t *kube_pod_evict_body(const char *uid);

/* Strategic merge PATCH of /api/v1/namespaces/NS/pods/NAME/status: these annotations, if the pod is still as it was
 * read. */
json_t *kube_pod_adopt_body(const char *uid, const char *resource_version, const struct kube_pair *pairs, size_t n);

/* DELETE /api/v1/nodes/NAME: preconditions uid and resourceVersion of the node as it was read. */
json_t *kube_node_delete_body(const json_t *node);

/* What kubectl describe shows. */
struct kube_event {
	const char *kind, *ns, *name, *uid; /* of the object it is about; ns NULL for a node ("default" is used) */
	const char *type;		    /* "Normal" or "Warning" */
	const char *reason;		    /* CamelCase, at most 128 bytes */
	const char *message;		    /* cut at 1,024 bytes */
	const char *component, *instance;   /* reporting controller and instance */
	int64_t first_ms, last_ms;
	int count;
};

/* POST /api/v1/namespaces/NS/events (core/v1). The name is built from the object's name and `unique`. */
json_t *kube_event_body(const struct kube_event *event, uint64_t unique);

/* "/api/v1/namespaces/NS/pods/NAME[/SUBRESOURCE]"; ns NULL for cluster-scoped ones, name or subresource NULL: left out.
 */
char *kube_path(const char *group_version, const char *ns, const char *resource, const char *name,
		const char *subresource);

#endif
