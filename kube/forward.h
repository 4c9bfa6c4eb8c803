/* port-forward, whatever carries it: connections to the pod on one side, a client on the other (forward_spdy.h,
 * forward_ws.h). Nothing is stored: when the client reads slowly all its connections are held, when one connection
 * takes no more the client is.
 */
#ifndef KUBE_FORWARD_H
#define KUBE_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORWARD_PENDING_HIGH ((size_t)256 << 10) /* bytes that the client has not read: connections are held … */
#define FORWARD_PENDING_LOW ((size_t)64 << 10)	 /* … until so few are left */

/* One forwarded connection, as the dialer's side names it; whoever carries it has it at the beginning of its own. */
struct forward_pair {
	const struct forward_carrier *carrier;
};

/* Towards the pod. None of these may call forward_* at once. */
struct forward_dialer {
	/* Returns what the other functions get as `to`. */
	void *(*dial)(void *arg, struct forward_pair *pair, uint16_t port);
	void (*send)(void *to, const void *bytes, size_t n);
	void (*end)(void *to); /* the client sends no more */
	void (*hold)(void *to, bool hold);
	void (*close)(void *to); /* gone; nothing is told any more */
};

/* Towards whoever has the client's connection. */
struct forward_owner {
	void (*wake)(void *arg);		  /* there is something to send */
	void (*hold_input)(void *arg, bool hold); /* feed nothing for now */
};

/* Towards the client; called by forward_*. */
struct forward_carrier {
	void (*data)(struct forward_pair *p, const void *bytes, size_t n);
	void (*full)(struct forward_pair *p, bool full);
	void (*end)(struct forward_pair *p);
	void (*failed)(struct forward_pair *p, const char *sentence);
};

/* ---- from the pod's side ---- */

static inline void forward_data(struct forward_pair *p, const void *bytes, size_t n)
{
	p->carrier->data(p, bytes, n);
}

/* It takes no more for now, or again. */
static inline void forward_full(struct forward_pair *p, bool full)
{
	p->carrier->full(p, full);
}

/* The pod closed the connection: the pair is gone. */
static inline void forward_end(struct forward_pair *p)
{
	p->carrier->end(p);
}

/* It could not be dialled, or broke: the pair is gone. A whole sentence. */
static inline void forward_failed(struct forward_pair *p, const char *sentence)
{
	p->carrier->failed(p, sentence);
}

#endif
