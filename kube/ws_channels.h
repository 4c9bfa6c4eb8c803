/* Channels in the messages of a WebSocket, as Kubernetes has them: each message begins with the number of its channel,
 * or, in base64, with that number as a character above '0', and base64 follows. Pure; what the channels mean is the
 * users' (remote_ws.h, forward_ws.h). Source: apimachinery's wsstream of Kubernetes 1.36.
 */
#ifndef KUBE_WS_CHANNELS_H
#define KUBE_WS_CHANNELS_H

#include "base/buf.h"
#include "base/err.h"

#define WS_CHANNELS_OUT_MAX ((size_t)16 << 20) /* waiting to be sent; peers are held long before */

struct ws_protocol {
	const char *name;
	int version;
	bool base64;
};

/* The first of the client's offers (comma-separated, as in Sec-WebSocket-Protocol) that is known and of one of these
 * versions; NULL or empty: none was offered, which is version 1 without a name. NULL: none is known. */
const struct ws_protocol *ws_protocol_choose(const char *offers, int least_version, int last_version);

/* Messages to be sent. */
struct ws_channels {
	bool base64;
	struct buf out; /* each message with its length, a size_t, before it */
};

void ws_channels_init(struct ws_channels *c, bool base64);
void ws_channels_done(struct ws_channels *c);
/* In as many messages as it takes; none for no bytes is one too. -1: WS_CHANNELS_OUT_MAX would be passed, the session
 * is of no more use. */
int ws_channels_put(struct ws_channels *c, unsigned channel, const void *bytes, size_t n);
/* The next message, NULL when there is none; gone with ws_channels_sent. Text when the protocol is base64. */
const char *ws_channels_next(const struct ws_channels *c, size_t *ret_n);
void ws_channels_sent(struct ws_channels *c);
size_t ws_channels_pending(const struct ws_channels *c);

/* A message that has come, taken apart; `bytes` points into it or is `owned`, to be freed. n is at least 1. */
struct ws_message {
	unsigned channel;
	const char *bytes;
	size_t n;
	char *owned;
};
int ws_message_read(bool base64, const char *message, size_t n, struct ws_message *ret, struct err *e);

#endif
