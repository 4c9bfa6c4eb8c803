/* The kubelet of every agent: what is asked at the kubelet port is answered from what the core knows and from the
 * agents.
 *
 * Lives as long as we lead: the nodes name the leader's port. Nothing is pretended: what cannot be had is refused with
 * the reason.
 */
#ifndef ADAPTER_KUBELET_H
#define ADAPTER_KUBELET_H

#include <uv.h>

#include "adapter/core.h"
#include "adapter/settings.h"
#include "base/buf.h"
#include "kube/client.h"

struct kubelet;

/* All borrowed. */
struct kubelet_config {
	uv_loop_t *loop;
	const struct settings *settings;
	struct core *const *core; /* NULL: nothing is known yet */
	struct kube_client *kube;
	char *const *framework_id; /* of the session; it may become another one */
	/* An agent's API was tried; failure NULL: it works. */
	void (*checked)(void *arg, const char *agent_id, const struct err *failure);
	void *checked_arg;
	void (*print_metrics)(void *arg, struct buf *out); /* of this program */
	void *print_arg;
};

/* NULL when it cannot listen, or its certificates are none. */
struct kubelet *kubelet_new(const struct kubelet_config *config, struct err *e);
uint16_t kubelet_number(const struct kubelet *k); /* its port */
/* Ends all sessions at once. NULL-safe. */
void kubelet_free(struct kubelet *k);

#endif
