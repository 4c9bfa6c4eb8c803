/* A SPDY/3.1 session, the client's side, as an API server speaks it to a kubelet. Pure.
 *
 * Whoever uses it keeps count of its streams. Header blocks that come are not looked at: a kubelet's replies have
 * nothing in them. The preset dictionary is not used in blocks that go out, which zlib leaves to the sender.
 * Source: SPDY Protocol Draft 3.
 */
#ifndef SANDBOX_SPDY_CLIENT_H
#define SANDBOX_SPDY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SPDY_CLIENT_FRAME_MAX ((size_t)64 << 10) /* bytes of a control frame; data is handed on as it comes */

struct spdy_client_handlers {
	void (*on_reply)(void *arg, uint32_t stream);
	void (*on_data)(void *arg, uint32_t stream, const char *bytes, size_t n);
	void (*on_end)(void *arg, uint32_t stream); /* FIN or RST_STREAM */
	void (*on_goaway)(void *arg);
};

struct spdy_client;

/* What is to be sent is appended to `out`, which is the caller's. */
struct spdy_client *spdy_client_new(struct buf *out, const struct spdy_client_handlers *handlers, void *arg);
void spdy_client_free(struct spdy_client *s); /* NULL-safe */

/* Opens a stream with one header; its id, or 0 when `out` is full, after which there can be no further one. */
uint32_t spdy_client_open(struct spdy_client *s, const char *name, const char *value);
/* These return -1 when `out` is full. */
int spdy_client_send(struct spdy_client *s, uint32_t stream, const char *bytes, size_t n);
int spdy_client_fin(struct spdy_client *s, uint32_t stream);
int spdy_client_cancel(struct spdy_client *s, uint32_t stream);
int spdy_client_goaway(struct spdy_client *s);

/* Any split. -1: the kubelet broke the protocol. */
int spdy_client_feed(struct spdy_client *s, const char *bytes, size_t n, struct err *e);

#endif
