/* A container's environment, command and arguments as they are started: values taken from where they stand, and
 * "$(VAR)" expanded, all by the kubelet's rules.
 *
 * First come the variables of services, then envFrom, then env, each in order; a later one of the same name replaces
 * the value of an earlier one. "$(A)" becomes the value of A; "$$" becomes "$", so "$$(A)" stays "$(A)"; what names no
 * variable stays as it is. A variable sees those before it, command and arguments see all. Only literal values are
 * expanded. What came from a Secret, or was made with it, is marked. A command that is to be run in a directory of its
 * own begins with a shell that goes there.
 *
 * Source: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables) of Kubernetes 1.36.
 */
#ifndef TRANSLATE_EXPAND_H
#define TRANSLATE_EXPAND_H

#include "base/err.h"
#include "translate/site.h"

/* One text after expansion; what one exec() takes is 131,072 on Linux, NUL included. */
#define EXPANDED_TEXT_MAX 131071
/* All texts of one container. */
#define EXPANDED_BYTES_MAX ((size_t)2 << 20)

/* No value holds a NUL. Owned; values of Secrets are wiped. */
struct variable {
	char *name, *value;
	bool secret;
};

struct expanded {
	struct variable **env;
	char **command, **args;
	char **sub_paths; /* of the container's mounts; NULL: the whole volume */
	size_t n_env, cap_env, n_command, n_args, n_sub_paths;
	size_t bytes;
};

/* Mounts with a subPathExpr are expanded too: a name that is no variable, or one that comes from a Secret, is an error
 * there (ERR_UNSUPPORTED; with a site only, for the first). site NULL: only what the pod itself tells is filled in (for
 * a check before it is placed). The sentences are the kubelet's. ERR_UNSUPPORTED with the place ("env[A]", "args[2]")
 * when a text becomes too long or cannot be one of the environment; ERR_NOT_FOUND for a source or a key that is missing
 * and not optional. */
int expand_container(const struct kube_pod *pod, const struct kube_container *container, const struct pod_site *site,
		     struct expanded *ret, struct err *e);
void expanded_done(struct expanded *x);

/* The text of a resourceFieldRef; `own` is the container that it means when it names none. free() it; NULL: there is no
 * such container. */
char *expand_resource(const struct kube_pod *pod, const struct kube_container *own, const struct kube_value_from *from,
		      const struct pod_site *site);

#endif
