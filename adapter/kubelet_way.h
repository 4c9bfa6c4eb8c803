/* Ways from a port-forward to a port of a pod: a connection to its address, or a command inside of its network that
 * passes bytes on. Both look the same to whoever forwards.
 *
 * None of the owner's functions is called from within a function of this header.
 */
#ifndef ADAPTER_KUBELET_WAY_H
#define ADAPTER_KUBELET_WAY_H

#include <stdint.h>

#include "adapter/kubelet_state.h"

#define WAY_DIAL_TIMEOUT_MS 5000
#define WAY_QUEUE_HIGH ((size_t)256 << 10) /* bytes that the pod has not taken: the owner is told … */
#define WAY_QUEUE_LOW ((size_t)64 << 10)   /* … until so few are left */
#define WAY_WORDS_MAX 512		   /* of what a command says when it fails */

struct way_owner {
	void (*on_up)(void *arg); /* the connection stands; a command never tells so */
	void (*on_data)(void *arg, const void *bytes, size_t n);
	void (*on_full)(void *arg, bool full);
	/* One of these, once: the way is gone. */
	void (*on_end)(void *arg);
	void (*on_failed)(void *arg, const char *why);
};

struct way;

struct way_kind {
	void (*send)(struct way *way, const void *bytes, size_t n);
	void (*end)(struct way *way); /* nothing more will be sent */
	void (*hold)(struct way *way, bool hold);
	void (*close)(struct way *way); /* nothing more is told */
};

struct way {
	const struct way_kind *kind;
	const struct way_owner *owner;
	void *arg;
};

/* kubelet_dial.c. Before on_up only close may be called. ip is a number. */
struct way *way_dial(uv_loop_t *loop, const char *ip, uint16_t port, const struct way_owner *owner, void *arg);

/* kubelet_relay.c. container_id: a container in the network of the pod, at the agent of `url`. */
struct way *way_relay(struct kubelet *k, const char *url, const char *container_id, uint16_t port,
		      const struct way_owner *owner, void *arg);

#endif
