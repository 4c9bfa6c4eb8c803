/* A node as we post it, and what we read of it again: core/v1 Node, made of values; strings are borrowed. */
#ifndef KUBE_NODE_H
#define KUBE_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/pod.h"

#define NODE_LABELS_MAX 64
#define NODE_EXTENDED_MAX 16

/* Every node of ours has it, and is chosen by it. "kubectl get nodes" shows what follows the slash as role. */
#define LABEL_NODE_ROLE "node-role.kubernetes.io/mesos-agent"

struct kube_extended {
	const char *name; /* with a prefix */
	int64_t capacity, allocatable;
};

/* Whether the kubelet's verbs work there: the condition KubeletPortReady. reason NULL: not known yet, and not said. */
#define CONDITION_KUBELET_PORT "KubeletPortReady"
struct kube_node_access {
	bool good;
	const char *reason, *message;
	int64_t since_ms;
};

/* Why a node is not ready; reason NULL: it is. */
struct kube_not_ready {
	const char *reason, *message;
	int64_t since_ms;
};

/* What it stands for: its conditions speak of that. */
enum kube_node_of { KUBE_NODE_OF_AGENT, KUBE_NODE_OF_ALL };

struct kube_node {
	enum kube_node_of of;
	const char *name;     /* DNS-1123 */
	const char *hostname; /* address of that type; NULL: the name */
	struct kube_pair labels[NODE_LABELS_MAX];
	size_t n_labels;
	const char *agent_id, *adapter;			    /* annotations; may be NULL */
	const char *taint_key, *taint_value, *taint_effect; /* taint_key NULL: no taint */
	struct kube_amounts capacity, allocatable;	    /* -1: left out */
	struct kube_extended extended[NODE_EXTENDED_MAX];
	size_t n_extended;
	int64_t pods;		     /* how many pods it may have */
	const char *internal_ip;     /* NULL: no InternalIP address */
	int kubelet_port;	     /* at that address; 0: none */
	const char *version;	     /* ours, for nodeInfo.kubeletVersion */
	const char *runtime_version; /* as "mesos://1.12.0" */
	struct kube_not_ready not_ready;
	int64_t since_ms; /* since when the conditions are as they are; 0: now */
	int64_t now_ms;
	struct kube_node_access access;
};

/* Where metrics-server, from 0.7 on, finds the metrics of this node at the kubelet port, which serves many. */
#define ANNOTATION_METRICS_PATH "metrics.k8s.io/resource-metrics-path"

/* Body of POST /api/v1/nodes. A new reference. */
json_t *kube_node_create_body(const struct kube_node *node);
/* Body of a strategic-merge PATCH of nodes/NAME: labels, annotations (not taints: those are an operator's to change).
 * One that stands for all agents is no longer that of a single one. */
json_t *kube_node_patch_body(const struct kube_node *node);
/* Body of a strategic-merge PATCH of nodes/NAME/status: conditions, addresses, capacity, allocatable, nodeInfo. */
json_t *kube_node_status_body(const struct kube_node *node);

/* ---- a node whose agent is away ---- */

#define TAINT_UNREACHABLE "node.kubernetes.io/unreachable"

/* The taints that the node lifecycle controller gives to such a node: NoSchedule and NoExecute, added at that time. */
json_t *kube_node_away_taints(int64_t since_ms);
/* Body of a strategic-merge PATCH of nodes/NAME/status: every condition Unknown, with this reason; that of the port
 * too, if anything was said of it. */
json_t *kube_node_away_body(const char *reason, const char *message, int64_t since_ms, int64_t now_ms,
			    const struct kube_node_access *access);
/* … and every condition as it is while the agent is there, since then. Also a heartbeat. */
json_t *kube_node_back_body(int64_t since_ms, int64_t now_ms,
			    const struct kube_node_access *access, const struct kube_not_ready *why);

/* … of a node of which nothing else is to change: that it is ready, and where its kubelet port is now, if it has one
 * (internal_ip, kubelet_port). */
json_t *kube_node_kept_body(const struct kube_node *node);

/* ---- a node as the API server has it ---- */

struct kube_node_seen {
	const char *name, *uid;
	const char *agent_id; /* NULL: it stands for no agent */
	const char *adapter;  /* whose it is; NULL: it does not say */
	const json_t *labels; /* NULL: none */
	bool unschedulable;
	const char *leaves;	      /* value of the taint TAINT_LEAVES; NULL: it has none */
	bool ready, not_ready;	      /* the condition Ready is True; is False */
	int64_t since_ms;	      /* of that condition; 0: unknown */
	struct kube_amounts capacity; /* -1: unknown */
};

/* Borrows from the object. -1: it has no name or uid. */
int kube_node_read(const json_t *node, struct kube_node_seen *ret);
/* `text` is "key=value". */
bool kube_node_has_label(const struct kube_node_seen *node, const char *text);

/* ---- a node whose agent is to be taken away ---- */

#define TAINT_LEAVES "mesos.apache.org/leaves"
#define ANNOTATION_CORDONED "mesos.apache.org/cordoned-for" /* present: it was us who cordoned */

/* Body of a strategic-merge PATCH of nodes/NAME, guarded by the resourceVersion of `node`: unschedulable, and the taint
 * TAINT_LEAVES=reason:NoSchedule; for reason NULL that is undone, the cordon only if it was ours. NULL: nothing is to
 * be done. */
json_t *kube_node_cordon_patch(const json_t *node, const char *reason);

/* ---- its Lease ---- */

#define NODE_LEASE_NAMESPACE "kube-node-lease"
#define NODE_LEASE_DURATION_S 40

/* Body of POST …/leases: owned by the node, held by it, renewed now. */
json_t *kube_node_lease_body(const char *name, const char *uid, int64_t now_ms);
/* Body of a merge PATCH of leases/NAME: renewed now. */
json_t *kube_node_lease_patch(const char *name, int64_t now_ms);

/* Body of the patch, guarded by what was read, to bring an existing node up to date; NULL: it is another adapter's,
 * or lacks our role, as the node of a kubelet does. */
json_t *kube_node_claim_patch(const json_t *node, const json_t *patch);
/* Does the node, as the API server has it, stand for this agent? NULL: for none in particular. */
bool kube_node_is_of(const json_t *node, const char *agent_id);
/* Body of a PATCH of nodes/NAME that leaves exactly these taints (NULL: none) of the key TAINT_UNREACHABLE and touches
 * no other, guarded by the resourceVersion of `node`, for taints are replaced as a whole. NULL: nothing is to be done.
 */
json_t *kube_node_taints_patch(const json_t *node, const json_t *taints);

#endif
