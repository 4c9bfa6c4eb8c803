/* The rights of a container as members of a LinuxInfo: capabilities and the filter of system calls.
 *
 * A container has the capabilities that container runtimes give by default, more and fewer as its security context
 * says, as its bounding set. Root has them in effect as well; another user, as everywhere, has none in effect until a
 * program gives it some. Nothing of it is written where agents have no such isolator, for Mesos ignores it there: what
 * a pod asks for then is refused, and what it does not ask for is the agent's.
 *
 * What an agent has, it tells nobody who launches tasks, so it is an operator who says it, of all of them.
 *
 * Source: WithCapabilities of containerd's CRI plugin; isolators linux/capabilities, linux/seccomp and linux/nnp of
 * Mesos 1.12.
 */
#ifndef TRANSLATE_RIGHTS_H
#define TRANSLATE_RIGHTS_H

#include <jansson.h>

#include "base/err.h"
#include "kube/pod.h"

/* What all agents have. Strings are borrowed. */
struct agent_rights {
	bool capabilities;	     /* isolator linux/capabilities … */
	uint64_t bounding;	     /* … which allows these at most */
	uint64_t effective;	     /* … and gives these to whom nothing is said of: commands of probes */
	bool seccomp;		     /* isolator linux/seccomp … */
	const char *seccomp_profile; /* … and a profile that RuntimeDefault means; NULL: none */
	bool no_new_privs;	     /* isolator linux/nnp: for every container there */
	bool other_user;	     /* tasks run as somebody else than root */
};

/* ERR_UNSUPPORTED naming the field that agents have nothing for; `kind` is "containers" or "initContainers". */
int rights_check(const struct kube_container *container, const struct agent_rights *agents, const char *kind,
		 struct err *e);
/* Into the container's LinuxInfo; of one that was checked. NULL: of one that says nothing. */
void rights_put(const struct kube_container *container, const struct agent_rights *agents, json_t *linux_info);
/* The LinuxInfo of a command that is run beside the container, inside it; NULL: there is nothing to say. A command of
 * ours has no container of its own (NULL). */
json_t *rights_beside(const struct kube_container *container, const struct agent_rights *agents);

#endif
