/* What the core knows of one pod or container, for the kubelet port. Pure; borrowed until the core's next step. A core
 * that is NULL knows nothing. */
#ifndef ADAPTER_LOOK_H
#define ADAPTER_LOOK_H

#include <stdbool.h>

#include "adapter/core.h"
#include "translate/run.h"

struct core_look {
	const char *uid, *node, *agent_id;
	const char *agent_ip; /* NULL: not known; the agent has offered nothing yet */
	int agent_port;	      /* 0: not known */
	bool agent_https;
	const char *pod_ip;
	const struct run *inside;	   /* a container that runs in the pod's network; NULL: none does */
	const struct run *present, *last;  /* of the container; NULL: there was none */
	const struct kube_container *spec; /* of the container */
	const char *waiting;		   /* why the container waits, should it wait */
};

/* uid NULL: any; container NULL: the pod alone. ERR_NOT_FOUND with the sentence of a kubelet. */
int core_look(const struct core *core, const char *ns, const char *name, const char *uid, const char *container,
	      struct core_look *ret, struct err *e);

/* NULL when it is not known here. */
const char *core_node_of_pod(const struct core *core, const char *ns, const char *name);

/* node NULL: the only one that there is. NULL, and ERR_NOT_FOUND: there is none of that name, or there are several. */
const char *core_find_node(const struct core *core, const char *node, struct err *e);

/* Where an agent is. */
struct core_agent_look {
	const char *agent_id;
	const char *ip; /* NULL: not known */
	int port;	/* 0: not known */
	bool https;
	bool away; /* the master lost contact with it */
};

/* -1: no node stands for it. */
int core_look_agent(const struct core *core, const char *agent_id, struct core_agent_look *ret);
/* Those for which a node stands. */
void core_each_agent(const struct core *core, void (*each)(void *arg, const struct core_agent_look *agent), void *arg);
/* Those to ask of the node's pods: its agent, or, of a node that stands for all of them, each that has pods of ours and
 * is there. */
void core_each_agent_of(const struct core *core, const char *node,
			void (*each)(void *arg, const struct core_agent_look *agent), void *arg);

struct core_container_look {
	const char *name, *image;
	const struct run *run;
};

struct core_pod_look {
	const char *ns, *name, *uid;
	int64_t start_ms; /* 0: not known */
	const struct core_container_look *containers;
	size_t n_containers;
};

/* Every pod of the node that was launched, or is about to be, with those of its containers that run. agent_id: only
 * those on this agent; NULL: on any. */
void core_each_pod(const struct core *core, const char *node, const char *agent_id,
		   void (*each)(void *arg, const struct core_pod_look *pod), void *arg);

#endif
