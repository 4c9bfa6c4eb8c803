/* The server's side of a WebSocket on a connection that somebody else owns. libwebsockets makes the answer to the
 * upgrade, frames, unmasks, and answers pings; it talks to a pair of sockets, and what is carried here between that
 * pair and the connection are bytes.
 *
 * libwebsockets sees nothing of the client's request but its key: who asks, and whether they may, is settled before.
 *
 * Nobody runs ahead: what the socket pair does not take holds the connection, what the connection does not take stays
 * in the pair. Source: RFC 6455, without extensions.
 */
#ifndef BASE_WEB_SOCKET_H
#define BASE_WEB_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"

#define WEB_SOCKET_HANDSHAKE_S 10 /* for libwebsockets to answer the upgrade */

/* As RFC 6455 numbers reasons for closing. */
enum web_socket_close {
	WEB_SOCKET_PROTOCOL_ERROR = 1002,
	WEB_SOCKET_TOO_BIG = 1009,
};

struct web_socket_owner {
	/* ---- the connection ---- */

	/* Bytes for the client. False: no more until web_socket_go_on. */
	bool (*out)(void *arg, const char *bytes, size_t n);
	void (*hold)(void *arg, bool hold); /* feed nothing for now */
	/* Once, and nothing after it: whoever ended it, there is nothing more to send. */
	void (*over)(void *arg);

	/* ---- messages ---- */

	void (*open)(void *arg); /* the upgrade was answered */
	/* The next message for the client, or NULL; gone with `sent`. */
	const char *(*next)(void *arg, size_t *ret_n, bool *ret_text);
	void (*sent)(void *arg, size_t n);
	/* Asked when there is no next message: close with 1000? */
	bool (*finished)(void *arg);
	/* Part of a message. 0, or why the WebSocket is to be closed. */
	int (*receive)(void *arg, const char *bytes, size_t n, bool last);
};

struct web_sockets;
struct web_socket;

struct web_sockets *web_sockets_new(uv_loop_t *loop, struct err *e);
/* After all of its web sockets; run the loop on until it is empty. NULL-safe. */
void web_sockets_free(struct web_sockets *all);

/* Is this a Sec-WebSocket-Key? */
bool web_socket_key_is_valid(const char *key);

/* `key` is valid; `protocol`, which is copied, is told to the client unless it is empty. NULL: there is no descriptor
 * left. No callback comes from within. */
struct web_socket *web_socket_new(struct web_sockets *all, const char *key, const char *protocol,
				  const struct web_socket_owner *owner, void *arg, struct err *e);
/* Everything is dropped; from within a callback too. NULL-safe. */
void web_socket_free(struct web_socket *s);

void web_socket_feed(struct web_socket *s, const char *bytes, size_t n);
void web_socket_go_on(struct web_socket *s);
/* There is a next message, or it is finished. */
void web_socket_wake(struct web_socket *s);
void web_socket_hold(struct web_socket *s, bool hold); /* no messages for now */

#endif
