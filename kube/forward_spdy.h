/* port-forward over a SPDY/3.1 session: each forwarded connection is a pair of streams, one for data and one for an
 * error. Pure: bytes in, bytes out; who dials is behind a vtable.
 *
 * Nothing is stored: when the client reads slowly all connections are held, when one connection takes no more the
 * client is, since SPDY as it is spoken here has no window for a single stream. Source: portforward.k8s.io of
 * Kubernetes 1.36; recordings in tests/data/kubelet.
 */
#ifndef KUBE_FORWARD_SPDY_H
#define KUBE_FORWARD_SPDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FORWARD_PROTOCOL "portforward.k8s.io"
#define FORWARD_CONNECTIONS_MAX 128
#define FORWARD_REQUEST_ID_MAX 64
#define FORWARD_PENDING_HIGH ((size_t)256 << 10) /* bytes that the client has not read: connections are held … */
#define FORWARD_PENDING_LOW ((size_t)64 << 10)	 /* … until so few are left */

struct forward_pair; /* one forwarded connection, as the dialer's side names it */

/* Towards the pod. None of these may call forward_* at once. */
struct forward_dialer {
	/* Returns what the other functions get as `to`. */
	void *(*dial)(void *arg, struct forward_pair *pair, uint16_t port);
	void (*send)(void *to, const void *bytes, size_t n);
	void (*end)(void *to); /* the client sends no more */
	void (*hold)(void *to, bool hold);
	void (*close)(void *to); /* gone; nothing is told any more */
};

struct forward_owner {
	void (*wake)(void *arg);		  /* there is something to send */
	void (*hold_input)(void *arg, bool hold); /* feed nothing for now */
};

struct forward_spdy;
struct forward_spdy *forward_spdy_new(const struct forward_dialer *dialer, void *dialer_arg,
				      const struct forward_owner *owner, void *owner_arg);
/* Closes all connections. NULL-safe. */
void forward_spdy_free(struct forward_spdy *f);

int forward_spdy_feed(struct forward_spdy *f, const char *bytes, size_t n, struct err *e);
const char *forward_spdy_pending(const struct forward_spdy *f, size_t *ret_n);
void forward_spdy_sent(struct forward_spdy *f, size_t n);
bool forward_spdy_finished(const struct forward_spdy *f); /* the client said goodbye */

/* ---- from the pod's side ---- */

void forward_data(struct forward_pair *p, const void *bytes, size_t n);
/* It takes no more for now, or again. */
void forward_full(struct forward_pair *p, bool full);
/* The pod closed the connection: the pair is gone. */
void forward_end(struct forward_pair *p);
/* It could not be dialled, or broke: the pair is gone. A whole sentence. */
void forward_failed(struct forward_pair *p, const char *sentence);

#endif
