/* A node as we post it: minimal but valid core/v1 Node, made of values; strings are borrowed. */
#ifndef KUBE_NODE_H
#define KUBE_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/pod.h"

#define NODE_LABELS_MAX 64

struct kube_node {
	const char *name; /* DNS-1123 */
	struct kube_pair labels[NODE_LABELS_MAX];
	size_t n_labels;
	const char *agent_id;				    /* annotation */
	const char *taint_key, *taint_value, *taint_effect; /* taint_key NULL: no taint */
	struct kube_amounts capacity;			    /* -1: left out */
	int64_t pods;					    /* how many pods it may have */
	const char *internal_ip;			    /* NULL: no InternalIP address */
	const char *version;				    /* ours, for nodeInfo.kubeletVersion */
	int64_t now_ms;					    /* for the condition times */
};

/* Body of POST /api/v1/nodes. A new reference. */
json_t *kube_node_create_body(const struct kube_node *node);
/* Body of a strategic-merge PATCH of nodes/NAME: labels, annotation (not taints: those are an operator's to change). */
json_t *kube_node_patch_body(const struct kube_node *node);
/* Body of a strategic-merge PATCH of nodes/NAME/status: conditions, addresses, capacity, allocatable, nodeInfo. */
json_t *kube_node_status_body(const struct kube_node *node);

#endif
