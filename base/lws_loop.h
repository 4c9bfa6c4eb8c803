/* libwebsockets on a libuv loop: one context for each loop, shared by whoever needs it there.
 *
 * libwebsockets 4.1 wants a context of its own loop only once, and ends it in two steps between which the loop has to
 * turn. So the context is found by its loop, lives until the last user puts it back, and then until the loop has run
 * what it closed: run the loop until it is empty before closing it.
 */
#ifndef BASE_LWS_LOOP_H
#define BASE_LWS_LOOP_H

#include <libwebsockets.h>
#include <uv.h>

#include "base/err.h"

struct lws_loop;

/* NULL when libwebsockets cannot start. */
struct lws_loop *lws_loop_get(uv_loop_t *loop, struct err *e);

/* A request goes to a vhost by its port and then by the Host that it names, whichever vhost its socket was given to. So
 * no two kinds of vhost may have the same port; there are two numbers that libwebsockets does not listen at. */
enum lws_loop_port {
	LWS_LOOP_HTTP = CONTEXT_PORT_NO_LISTEN_SERVER,
	LWS_LOOP_WEB_SOCKETS = CONTEXT_PORT_NO_LISTEN,
};

struct lws_loop_vhost {
	const char *name;
	enum lws_loop_port port;
	const struct lws_protocols *protocols; /* borrowed; each callback begins with lws_loop_note */
	unsigned head_timeout_s;	       /* from being adopted to a whole head */
	void *user;			       /* of lws_vhost_user */
};

/* Takes adopted sockets, listens nowhere, and ends with the context. It sends no pings of its own: their answers would
 * not be read while a peer is held. NULL: as above. */
struct lws_vhost *lws_loop_vhost(struct lws_loop *l, const struct lws_loop_vhost *vhost, struct err *e);
/* Counts the connections that there are. */
void lws_loop_note(struct lws *wsi, enum lws_callback_reasons reason);

/* Callbacks may come until on_end, which is told when nothing of libwebsockets is left: what they use is freed there.
 * Whoever puts back is to turn away what comes until then. */
void lws_loop_put(struct lws_loop *l, void (*on_end)(void *arg), void *arg);

#endif
