/* The server's side of a WebSocket (RFC 6455, without extensions): bytes in, messages out, and frames to send. Pure.
 *
 * Payloads are handed on as they come, whatever the length of their frame.
 */
#ifndef SANDBOX_WEBSOCKET_H
#define SANDBOX_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define WEBSOCKET_HEAD_MAX 14
#define WEBSOCKET_CONTROL_MAX 125 /* payload of a control frame */

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

struct websocket_handlers {
	/* Part of a message, 0 bytes too; `last`: the message ends with it. */
	void (*on_data)(void *arg, const char *bytes, size_t n, bool last);
	/* A whole control frame: WEBSOCKET_CLOSE, _PING or _PONG. */
	void (*on_control)(void *arg, enum websocket_opcode opcode, const char *bytes, size_t n);
};

struct websocket {
	unsigned char head[WEBSOCKET_HEAD_MAX];
	size_t head_len;
	bool in_payload, in_message, final;
	enum websocket_opcode opcode;
	uint64_t length, at; /* of the payload */
	char control[WEBSOCKET_CONTROL_MAX];
};

/* Any split. A zeroed struct is the beginning. -1: the client broke the protocol. */
int websocket_feed(struct websocket *w, const char *bytes, size_t n, const struct websocket_handlers *handlers,
		   void *arg, struct err *e);

/* A whole frame of these two parts. -1: `out` is full. */
int websocket_put(struct buf *out, enum websocket_opcode opcode, const void *first, size_t n_first, const void *bytes,
		  size_t n);
/* A CLOSE with 1000. */
int websocket_put_close(struct buf *out);

/* Sec-WebSocket-Accept for a Sec-WebSocket-Key; free(). */
char *websocket_accept(const char *key);

#endif
