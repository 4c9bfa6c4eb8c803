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

/* ---- a node whose agent is away ---- */

#define TAINT_UNREACHABLE "node.kubernetes.io/unreachable"

/* The taints that the node lifecycle controller gives to such a node: NoSchedule and NoExecute, added at that time. */
json_t *kube_node_away_taints(int64_t since_ms);
/* Body of a strategic-merge PATCH of nodes/NAME/status: every condition Unknown, with this reason. */
json_t *kube_node_away_body(const char *reason, const char *message, int64_t since_ms, int64_t now_ms);
/* … and every condition as it was before. */
json_t *kube_node_back_body(int64_t now_ms);

/* Does the node, as the API server has it, stand for this agent? */
bool kube_node_is_of(const json_t *node, const char *agent_id);
/* Body of a PATCH of nodes/NAME that leaves exactly these taints (NULL: none) of the key TAINT_UNREACHABLE and touches no
 * other, guarded by the resourceVersion of `node`, for taints are replaced as a whole. NULL: nothing is to be done. */
json_t *kube_node_taints_patch(const json_t *node, const json_t *taints);

#endif
