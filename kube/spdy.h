/* A SPDY/3.1 session, the server's side, as API servers and kubectl speak it to a kubelet: bytes in, events out, bytes
 * to send in a buffer. Pure; knows nothing of what the streams mean.
 *
 * "SPDY/3.1" is SPDY/3 framing without SETTINGS and without flow control: the peer (Go's spdystream) neither sends nor
 * heeds windows, so whoever cannot take more data stops feeding, and TCP does the rest. The peer opens every stream and
 * waits for the reply to one before it opens the next. Header blocks are one zlib stream for the whole connection.
 * Source: SPDY Protocol Draft 3; recordings of a Kubernetes 1.36 API server in tests/data/kubelet.
 *
 * Life of a stream: opened by the peer (on_open; reply or reset it), data both ways, closed by a FIN from each side or
 * by a reset from either. What comes for a stream that is closed is dropped.
 */
#ifndef KUBE_SPDY_H
#define KUBE_SPDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SPDY_STREAMS_MAX 512		    /* open at a time; one more is reset */
#define SPDY_CONTROL_MAX ((size_t)64 << 10) /* bytes of a control frame */
#define SPDY_HEADERS_MAX ((size_t)16 << 10) /* bytes of an inflated header block */
#define SPDY_PAIRS_MAX 64		    /* headers in it */
#define SPDY_OUT_MAX ((size_t)16 << 20)	    /* bytes waiting to be sent; look at spdy_pending long before */

enum spdy_status {
	SPDY_PROTOCOL_ERROR = 1,
	SPDY_INVALID_STREAM = 2,
	SPDY_REFUSED_STREAM = 3,
	SPDY_CANCEL = 5,
	SPDY_INTERNAL_ERROR = 6,
};

struct spdy_header {
	const char *name, *value; /* name in lower case; a value with several parts keeps the first */
};

/* All arguments live for the call. Handlers may send, close and reset, but not free the session. */
struct spdy_handlers {
	void (*on_open)(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n);
	void (*on_data)(void *arg, uint32_t stream, const char *bytes, size_t n);
	void (*on_fin)(void *arg, uint32_t stream); /* the peer sends no more on it */
	void (*on_reset)(void *arg, uint32_t stream, uint32_t status);
	void (*on_goaway)(void *arg); /* the peer opens no more streams */
};

struct spdy;

struct spdy *spdy_new(const struct spdy_handlers *handlers, void *arg);
void spdy_free(struct spdy *s);

/* Any split. -1: the peer broke the protocol; nothing more can be read, what is pending (a GOAWAY among it) can be
 * sent.
 */
int spdy_feed(struct spdy *s, const char *bytes, size_t n, struct err *e);

/* These do nothing for streams that are closed. -1: SPDY_OUT_MAX would be passed; the session is of no more use. */
int spdy_reply(struct spdy *s, uint32_t stream);
int spdy_send(struct spdy *s, uint32_t stream, const void *bytes, size_t n); /* n may be 0: nothing is sent */
int spdy_fin(struct spdy *s, uint32_t stream);
int spdy_reset(struct spdy *s, uint32_t stream, enum spdy_status status);
/* Every stream is reset with CANCEL, then GOAWAY: how a kubelet ends a session. */
int spdy_goaway(struct spdy *s);

/* What is to be sent; take it with spdy_sent. */
const char *spdy_pending(const struct spdy *s, size_t *ret_n);
void spdy_sent(struct spdy *s, size_t n);

/* That are open: at most SPDY_STREAMS_MAX, as tests can see. */
size_t spdy_stream_count(const struct spdy *s);

/* The value of a header, NULL when it is not there. */
const char *spdy_header(const struct spdy_header *headers, size_t n, const char *name);

#endif
