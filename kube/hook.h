/* Hooks: what is to be done when a container has started and before it is told to end, as core/v1 Lifecycle and
 * LifecycleHandler say; part of a decoded pod.
 */
#ifndef KUBE_HOOK_H
#define KUBE_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kube_hook_kind { HOOK_POST_START, HOOK_PRE_STOP, KUBE_HOOKS };

enum kube_hook_type { HOOK_EXEC, HOOK_HTTP, HOOK_SLEEP };

struct kube_hook {
	enum kube_hook_type type;
	const char *const *command; /* HOOK_EXEC; at least one word */
	size_t n_command;
	const char *host;		 /* HOOK_HTTP; NULL: the pod's address */
	int port;			 /* HOOK_HTTP; names are resolved */
	const char *path;		 /* HOOK_HTTP; begins with a slash */
	bool https;			 /* HOOK_HTTP */
	const struct kube_pair *headers; /* HOOK_HTTP */
	size_t n_headers;
	int64_t sleep_s; /* HOOK_SLEEP */
};

/* "postStart", "preStop" */
extern const char *const kube_hook_keys[KUBE_HOOKS];

#endif
