/* From a Mesos agent, as its offers describe it, to a Kubernetes node: labels from attributes and fault domain.
 *
 * What a label may not contain becomes '_'; of several attributes of one name the first counts; beyond NODE_LABELS_MAX
 * labels attributes still match selectors but are not shown. No attribute can be LABEL_NODE_ROLE. Offers do not tell
 * the architecture: an attribute "kubernetes.io/arch" does, else agents are taken to have that of this program.
 */
#ifndef TRANSLATE_AGENT_NODE_H
#define TRANSLATE_AGENT_NODE_H

#include "kube/node.h"
#include "mesos/types.h"
#include "translate/need.h"

#define NODE_NAME_MAX 254

/* The agent's hostname as a DNS-1123 subdomain (lower case, others replaced by '-', cut). Returns out. */
const char *node_name_of_agent(const char *hostname, char out[NODE_NAME_MAX]);

/* Labels that every node has, whatever its agent says: each "key=value". */
struct node_labels {
	const char *const *texts;
	size_t n;
};

/* Value that attribute `key` (a label key of a nodeSelector) has on the agent of this offer; NULL when it has none. The
 * well-known labels count: kubernetes.io/hostname, kubernetes.io/os, kubernetes.io/arch, topology.kubernetes.io/region
 * and /zone. `buffer` holds a value that has to be made. */
const char *agent_label(const struct mesos_offer *offer, const struct node_labels *fixed, const char *key,
			char buffer[NODE_NAME_MAX]);

#define LABEL_HOSTNAME "kubernetes.io/hostname"

struct agent_node_spec {
	const struct mesos_offer
	    *offer;	     /* NULL: a node that stands for all agents; their attributes are no labels of it */
	int64_t agents;	     /* that it then stands for */
	const char *name;    /* of the node */
	const char *adapter; /* whose it is; NULL: not said */
	struct node_labels labels;
	struct amounts capacity, allocatable; /* gpus 0: not shown */
	const struct mesos_resources *total;  /* of the agent; NULL: not known */
	const char *version;		      /* of Mesos there; NULL: not known */
	int64_t max_pods;		      /* on an agent; 0: PODS_PER_NODE */
	const char *taint_key, *taint_effect; /* taint_key NULL: no taint */
	const char *kubelet_address;	 /* where the kubelet port is; NULL: the agent's address is shown, if any */
	int kubelet_port;		 /* 0: none */
	struct kube_not_ready not_ready; /* texts are static */
	int64_t since_ms, now_ms;	 /* of struct kube_node */
	struct kube_node_access access;	 /* borrowed for the node's life */
};

struct agent_node;
/* A node for the agent. Owns what kube_node borrows. Of other scalars than cpus, mem, disk and gpus the whole units
 * are shown as mesos.apache.org/NAME. */
struct agent_node *agent_node_new(const struct agent_node_spec *spec);
void agent_node_free(struct agent_node *n);
const struct kube_node *agent_node_view(const struct agent_node *n);

/* Another agent has the node `name` already: the name that this one gets, made unique by its id. */
const char *node_name_apart(const char *name, const char *agent_id, char out[NODE_NAME_MAX]);

#endif
