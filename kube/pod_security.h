/* What a container's security context says of its rights, as far as it is translated: capabilities, the filter of
 * system calls, and whether more can be got by what it executes. Part of kube/pod.h.
 *
 * Source: core/v1 SecurityContext, Capabilities, SeccompProfile of Kubernetes 1.36.
 */
#ifndef KUBE_POD_SECURITY_H
#define KUBE_POD_SECURITY_H

#include <stdbool.h>
#include <stdint.h>

enum kube_seccomp_type {
	KUBE_SECCOMP_NONE,
	KUBE_SECCOMP_RUNTIME_DEFAULT,
	KUBE_SECCOMP_UNCONFINED,
	KUBE_SECCOMP_LOCALHOST
};

struct kube_seccomp {
	enum kube_seccomp_type type; /* NONE: nothing is said */
	bool of_pod;		     /* the pod says it, not the container */
	const char *profile;	     /* of LOCALHOST: a path below the directory of profiles */
};

enum kube_escalation { KUBE_ESCALATION_UNSAID, KUBE_ESCALATION_ALLOWED, KUBE_ESCALATION_FORBIDDEN };

struct kube_security {
	bool add_all, drop_all;		 /* ALL */
	uint64_t add, drop;		 /* the others, as base/capability.h has them */
	enum kube_escalation escalation; /* allowPrivilegeEscalation */
	struct kube_seccomp seccomp;
};

#endif
