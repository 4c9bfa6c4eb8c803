/* port-forward over a SPDY/3.1 session: each forwarded connection is a pair of streams, one for data and one for an
 * error. Pure: bytes in, bytes out; who dials is behind a vtable.
 *
 * When one connection takes no more the whole client is held, since SPDY as it is spoken here has no window for a
 * single stream. Source: portforward.k8s.io of Kubernetes 1.36; recordings in tests/data/kubelet.
 */
#ifndef KUBE_FORWARD_SPDY_H
#define KUBE_FORWARD_SPDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/forward.h"

#define FORWARD_PROTOCOL "portforward.k8s.io"
#define FORWARD_CONNECTIONS_MAX 128
#define FORWARD_REQUEST_ID_MAX 64
struct forward_spdy;
struct forward_spdy *forward_spdy_new(const struct forward_dialer *dialer, void *dialer_arg,
				      const struct forward_owner *owner, void *owner_arg);
/* Closes all connections. NULL-safe. */
void forward_spdy_free(struct forward_spdy *f);

int forward_spdy_feed(struct forward_spdy *f, const char *bytes, size_t n, struct err *e);
const char *forward_spdy_pending(const struct forward_spdy *f, size_t *ret_n);
void forward_spdy_sent(struct forward_spdy *f, size_t n);
bool forward_spdy_finished(const struct forward_spdy *f); /* the client said goodbye */

#endif
