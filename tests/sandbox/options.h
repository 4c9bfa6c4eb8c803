/* The command line of the sandbox. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define OPTIONS_AGENTS_MAX 1000

/* One agent: "HOSTNAME;cpus:4;mem:8192;attr=rack:r1;port=5051", texts owned. */
struct agent_options {
	char *hostname, *resources;			   /* resources as Mesos writes them: "cpus:4;mem:8192" */
	char *attributes;				   /* "rack:r1;zone:a", NULL for none */
	char *region, *zone;				   /* fault domain, NULL for none */
	char *container_ip;				   /* of its containers; NULL: that of the agent */
	char *isolation, *effective, *bounding, *profiles; /* of struct mesos_isolation */
	uint16_t port;					   /* 0: any */
};

struct sandbox_options {
	char *dir; /* absolute; exists */
	uint16_t kube_port, mesos_port, control_port;
	struct agent_options *agents;
	size_t n_agents;
	bool instant;		  /* no processes */
	bool fast;		  /* short time-outs, for tests */
	bool mesos_tls;		  /* the master speaks https */
	bool proxy_loopback;	  /* nodes/NAME/proxy reaches loopback addresses */
	bool verify_kubelets;	  /* with the authority of the sandbox */
	bool metrics_server;	  /* metrics.k8s.io is there */
	char *kubelet_authority;  /* file; NULL: kubelets are not verified */
	char *principal, *secret; /* NULL: no authentication in Mesos */
	bool help;
};

/* With three agents of two CPUs when the command line names none. 0, or -1 with the option in the sentence. */
int sandbox_options_parse(struct sandbox_options *o, int argc, char **argv, struct err *e);
void sandbox_options_done(struct sandbox_options *o);
const char *sandbox_options_help(void);

/* Exposed for tests: one agent from its text. */
int options_agent(const char *text, struct agent_options *ret_agent, struct err *e);

#endif
