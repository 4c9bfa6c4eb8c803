/* "$(VAR)" in commands, arguments and values of variables, by the kubelet's rules.
 *
 * "$(A)" becomes the value of A; "$$" becomes "$", so "$$(A)" stays "$(A)"; what names no variable of the container
 * stays as it is. A variable sees those before it; of two with one name the later wins.
 */
#ifndef TRANSLATE_EXPAND_H
#define TRANSLATE_EXPAND_H

#include "base/err.h"
#include "base/map.h"
#include "kube/pod.h"

/* One text after expansion; what one exec() takes is 131,072 on Linux, NUL included. */
#define EXPANDED_TEXT_MAX 131071
/* All texts of one container. */
#define EXPANDED_BYTES_MAX ((size_t)2 << 20)

/* A container's texts after expansion. Owned. */
struct expanded {
	char **env; /* values, as many as the container has variables; NULL: hidden by a later one of the same name */
	char **command, **args;
	size_t n_env, n_command, n_args;
	size_t bytes;
};

/* ERR_UNSUPPORTED with the place ("env[A]", "args[2]") when a text becomes too long. */
int expand_container(const struct kube_container *container, struct expanded *ret, struct err *e);
void expanded_done(struct expanded *x);

#endif
