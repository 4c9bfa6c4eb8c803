/* A small HTTP/1.1 server on a libuv loop, on libwebsockets: plain GET and HEAD of a few fixed paths.
 *
 * Sockets are accepted here and handed to libwebsockets, so a port that cannot be had is one clear error, and no more
 * than HTTP_SERVER_CONNECTIONS_MAX are open at a time (who comes beyond is closed at once). Without a descriptor for
 * one it stays in the kernel's queue, and HTTP_SERVER_PAUSE_MS pass before the next try. A connection serves one
 * request, whose head has a size and a deadline. Another path is answered 404, another method 405. A handler runs on
 * the loop and must not block.
 *
 * Life cycle: http_server_free closes the socket and calls no handler any more; connections and memory go with the
 * loop's context of libwebsockets (lws_loop.h), so run the loop until it is empty before closing it.
 */
#ifndef BASE_HTTP_SERVER_H
#define BASE_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_SERVER_CONNECTIONS_MAX 64
#define HTTP_SERVER_HEAD_MAX 4096
#define HTTP_SERVER_HEAD_TIMEOUT_S 10 /* from being accepted to a whole head */
#define HTTP_SERVER_PAUSE_MS 100

struct http_reply {
	int status;	  /* 200 when the handler says nothing else */
	const char *type; /* Content-Type, a constant; text/plain; charset=utf-8 when the handler says nothing else */
	struct buf body;
};

struct http_route {
	const char *path;
	size_t body_max;
	void (*answer)(void *arg, struct http_reply *reply);
};

struct http_server_config {
	const char *host;		 /* an IPv4 or IPv6 address, without brackets */
	uint16_t port;			 /* 0: the system chooses */
	const struct http_route *routes; /* borrowed */
	size_t n_routes;
	unsigned head_timeout_s; /* 0: HTTP_SERVER_HEAD_TIMEOUT_S */
	/* No connection can be accepted at present; once until one can. NULL: nobody wants to know. */
	void (*trouble)(void *arg, const struct err *e);
	void *arg; /* of the handlers */
};

struct http_server;
/* It listens when this returns. NULL when it cannot; the sentence names address and reason. */
struct http_server *http_server_new(uv_loop_t *loop, const struct http_server_config *config, struct err *e);
void http_server_free(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);

#endif
