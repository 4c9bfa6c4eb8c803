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
	const struct run *inside;	  /* a container that runs in the pod's network; NULL: none does */
	const struct run *present, *last; /* of the container; NULL: there was none */
	bool tty, stdin_open, stdin_once; /* as the container's spec says */
	const char *working_dir;	  /* likewise; NULL: the image's */
	const char *waiting;		  /* why the container waits, should it wait */
};

/* uid NULL: any; container NULL: the pod alone. ERR_NOT_FOUND with the sentence of a kubelet. */
int core_look(const struct core *core, const char *ns, const char *name, const char *uid, const char *container,
	      struct core_look *ret, struct err *e);

/* NULL when it is not known here. */
const char *core_node_of_pod(const struct core *core, const char *ns, const char *name);

/* Where the agent of a node is. */
struct core_node_look {
	const char *node, *agent_id;
	const char *agent_ip; /* NULL: not known */
	int agent_port;	      /* 0: not known */
	bool agent_https;
	bool away; /* the master lost contact with it */
};

/* node NULL: the only one that there is. ERR_NOT_FOUND: there is none of that name, or there are several. */
int core_look_node(const struct core *core, const char *node, struct core_node_look *ret, struct err *e);

/* -1: no node stands for it. */
int core_look_agent(const struct core *core, const char *agent_id, struct core_node_look *ret);
void core_each_node(const struct core *core, void (*each)(void *arg, const struct core_node_look *node), void *arg);

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

/* Every pod that was launched on the node's agent, with those of its containers that run. */
void core_each_pod(const struct core *core, const char *node, void (*each)(void *arg, const struct core_pod_look *pod),
		   void *arg);

#endif
