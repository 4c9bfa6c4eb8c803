/* port-forward over a WebSocket in its old form, which clients other than kubectl speak: the ports stand in the query,
 * each is one connection, dialled at once, with two channels: data both ways, and an error. The first message of the
 * server on either is the port in two bytes, the lower first. There is no end of one direction: the WebSocket closes
 * when every connection is over. Pure.
 *
 * Protocols: v4.channel.k8s.io, v4.base64.channel.k8s.io, or none. Source: cri-streaming's portforward of Kubernetes
 * 1.36.
 */
#ifndef KUBE_FORWARD_WS_H
#define KUBE_FORWARD_WS_H

#include "kube/forward.h"
#include "kube/ws_channels.h"

/* As ws_protocol_choose. */
const struct ws_protocol *forward_ws_choose(const char *offers);

struct forward_ws;
/* Dials with forward_ws_start. */
struct forward_ws *forward_ws_new(const uint16_t *ports, size_t n, const struct ws_protocol *protocol,
				  const struct forward_dialer *dialer, void *dialer_arg,
				  const struct forward_owner *owner, void *owner_arg);
/* Closes all connections. NULL-safe. */
void forward_ws_free(struct forward_ws *f);
void forward_ws_start(struct forward_ws *f);

/* One whole message. -1: it is none of this protocol. */
int forward_ws_message(struct forward_ws *f, const char *bytes, size_t n, struct err *e);
/* The next message to be sent, NULL when there is none; gone with forward_ws_sent. Text when the protocol is base64. */
const char *forward_ws_next(const struct forward_ws *f, size_t *ret_n);
void forward_ws_sent(struct forward_ws *f);
bool forward_ws_finished(const struct forward_ws *f); /* every connection is over */

#endif
