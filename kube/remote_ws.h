/* exec and attach over a WebSocket: each message begins with the number of its channel. Pure: messages in, messages
 * out; frames, masks and pings are libwebsockets'.
 *
 * Protocols: v5.channel.k8s.io (message 255 0: the client's stdin has ended), v4.channel.k8s.io, channel.k8s.io or none
 * (errors as text), and v4.base64.channel.k8s.io and base64.channel.k8s.io (text messages: the channel as a digit, then
 * base64). Source: apimachinery's wsstream and remotecommand of Kubernetes 1.36, recordings in tests/data/kubelet.
 */
#ifndef KUBE_REMOTE_WS_H
#define KUBE_REMOTE_WS_H

#include "kube/remote.h"
#include "kube/ws_channels.h"

#define REMOTE_WS_MESSAGE_MAX ((size_t)1 << 20) /* of a client, where it must be there whole: in base64 */

/* As ws_protocol_choose: every version is spoken. */
const struct ws_protocol *remote_ws_choose(const char *offers);

struct remote_ws_owner {
	void (*wake)(void *arg); /* there is something to send */
	void (*hold_input)(void *arg, bool hold);
};

struct remote_ws;

/* The version in the wish is the protocol's. The process starts with remote_ws_start, since all channels are there from
 * the beginning. */
struct remote_ws *remote_ws_new(const struct remote_wish *wish, const struct ws_protocol *protocol,
				const struct remote_process *process, void *process_arg,
				const struct remote_ws_owner *owner, void *owner_arg);
void remote_ws_free(struct remote_ws *c);
struct remote *remote_ws_remote(struct remote_ws *c);
void remote_ws_start(struct remote_ws *c);

/* One whole message. -1: it is none of this protocol. */
int remote_ws_message(struct remote_ws *c, const char *bytes, size_t n, struct err *e);
/* The next message to be sent, NULL when there is none; gone with remote_ws_sent. Text when the protocol is base64. */
const char *remote_ws_next(const struct remote_ws *c, size_t *ret_n);
void remote_ws_sent(struct remote_ws *c);
/* Everything was said: close with 1000 once nothing is left to send. */
bool remote_ws_finished(const struct remote_ws *c);

#endif
