/* Connections over TLS 1.2 or later on a libuv loop, with OpenSSL: bytes in, bytes out, and who the peer is.
 *
 * A client certificate is asked for and looked at, not insisted upon: what is wrong with it the owner decides, since a
 * request without a good one deserves an answer. No session is resumed, so a certificate is looked at each time. ALPN
 * offers nothing but http/1.1.
 *
 * Life of a connection: accepted, handshake within TLS_HANDSHAKE_TIMEOUT_MS, on_open; data both ways; on_close exactly
 * once after on_open, whoever ended it; never from within tls_conn_send, tls_conn_hold or tls_conn_finish. Handlers may
 * call everything but tls_server_free.
 */
#ifndef BASE_TLS_SERVER_H
#define BASE_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

/* Who comes beyond takes the place of the one that has been waited for longest (tls_conn_deadline, or a handshake), so
 * that no crowd that says nothing keeps others away; when none is waited for, it is closed at once. */
#define TLS_CONNECTIONS_MAX 1024
#define TLS_HANDSHAKE_TIMEOUT_MS 10000
#define TLS_LINGER_MS 2000 /* for a peer to close too, so that what it has not read is not lost to a reset */
#define TLS_ORGANISATIONS_MAX 16

/* Of a client certificate. */
struct tls_peer {
	bool given;		 /* there was one */
	bool good;		 /* it is signed by the client CA, for clients, and valid now */
	const char *common_name; /* NULL when it is not good, or has none */
	const char *const *organisations;
	size_t n_organisations;
	const char *problem; /* why it is not good */
};

struct tls_conn;
struct tls_server;

struct tls_handlers {
	void (*on_open)(void *arg, struct tls_conn *conn);
	void (*on_data)(struct tls_conn *conn, const char *bytes, size_t n);
	void (*on_sent)(struct tls_conn *conn); /* some of what was pending has left */
	void (*on_close)(struct tls_conn *conn);
};

struct tls_server_config {
	const char *host;		     /* an IP address */
	uint16_t port;			     /* 0: any */
	int64_t handshake_timeout_ms;	     /* 0: TLS_HANDSHAKE_TIMEOUT_MS */
	size_t connections_max;		     /* 0: TLS_CONNECTIONS_MAX */
	const struct tls_handlers *handlers; /* borrowed */
	void *arg;
};

struct tls_server *tls_server_new(uv_loop_t *loop, const struct tls_server_config *config, struct err *e);
/* Everything is closed without a word; run the loop on until it is empty. NULL-safe. */
void tls_server_free(struct tls_server *s);
uint16_t tls_server_port(const struct tls_server *s);
/* That are open now; tests wait for them. */
size_t tls_server_connections(const struct tls_server *s);

/* For connections from now on. All PEM; client_ca NULL: no certificate is asked for. Before the first call every
 * connection is refused. */
int tls_server_identity(struct tls_server *s, const char *certificate, const char *key, const char *client_ca,
			struct err *e);

void tls_conn_set_data(struct tls_conn *c, void *data);
void *tls_conn_data(const struct tls_conn *c);
const struct tls_peer *tls_conn_peer(const struct tls_conn *c);

void tls_conn_send(struct tls_conn *c, const void *bytes, size_t n);
size_t tls_conn_pending(const struct tls_conn *c); /* bytes that the network has not taken */
/* Read nothing for now; a peer that goes away meanwhile is noticed all the same, and what it sent is lost. */
void tls_conn_hold(struct tls_conn *c, bool hold);
/* Closed when nothing has come or gone for so long; 0: never. */
void tls_conn_idle_timeout(struct tls_conn *c, int64_t ms);
/* Closed then, whatever happens; 0: not any more. */
void tls_conn_deadline(struct tls_conn *c, int64_t ms);
/* What is pending is sent, then both sides close. Nothing more is told but on_close. */
void tls_conn_finish(struct tls_conn *c);
void tls_conn_close(struct tls_conn *c);

#endif
