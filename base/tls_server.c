#include "base/tls_server.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/tls_context.h"

#define BACKLOG 128
#define READ_BYTES ((size_t)64 << 10)
#define PLAIN_BYTES ((size_t)16 << 10)

struct tls_server {
	uv_loop_t *loop;
	uv_tcp_t listener;
	const struct tls_handlers *handlers;
	void *arg;
	int64_t handshake_timeout_ms;
	size_t connections_max;
	SSL_CTX *context;
	struct list conns;
	size_t n_conns;
	uint16_t port;
	bool freed, listener_closed;
	char read[READ_BYTES]; /* one connection reads at a time */
};

struct tls_conn {
	struct list link;
	struct tls_server *server;
	void *data;
	uv_tcp_t tcp;
	uv_timer_t idle, deadline, later;
	uv_poll_t watch; /* of a peer that is held, who may go away unread */
	int watch_fd;	 /* the same connection once more, since libuv takes a descriptor once; -1: never held */
	unsigned open_handles;
	SSL *ssl;
	struct tls_names names;
	struct tls_peer peer;
	int64_t idle_ms;
	bool established, held, finishing, shut, doomed, closing;
	size_t in_flight; /* bytes given to uv_write */
};

struct out {
	uv_write_t write;
	struct tls_conn *conn;
	size_t n;
	char bytes[];
};

/* ---- life ---- */

static void maybe_free(struct tls_server *s)
{
	if (s->freed && s->listener_closed && !s->n_conns) {
		SSL_CTX_free(s->context);
		free(s);
	}
}

static void on_handle_closed(uv_handle_t *h)
{
	struct tls_conn *c = h->data;
	if (--c->open_handles) {
		return;
	}
	struct tls_server *s = c->server;
	SSL_free(c->ssl);
	tls_names_done(&c->names);
	free(c);
	s->n_conns--;
	maybe_free(s);
}

void tls_conn_close(struct tls_conn *c)
{
	if (c->closing) {
		return;
	}
	c->closing = true;
	list_remove(&c->link);
	if (c->established) {
		c->server->handlers->on_close(c);
	}
	uv_close((uv_handle_t *)&c->tcp, on_handle_closed);
	uv_close((uv_handle_t *)&c->idle, on_handle_closed);
	uv_close((uv_handle_t *)&c->deadline, on_handle_closed);
	uv_close((uv_handle_t *)&c->later, on_handle_closed);
	if (c->watch_fd >= 0) {
		uv_close((uv_handle_t *)&c->watch, on_handle_closed);
		close(c->watch_fd);
	}
}

static void on_expired(uv_timer_t *t)
{
	tls_conn_close(t->data);
}

static void touch(struct tls_conn *c)
{
	if (c->idle_ms && !c->closing) {
		uv_timer_start(&c->idle, on_expired, (uint64_t)c->idle_ms, 0);
	}
}

void tls_conn_idle_timeout(struct tls_conn *c, int64_t ms)
{
	c->idle_ms = ms;
	uv_timer_stop(&c->idle);
	touch(c);
}

void tls_conn_deadline(struct tls_conn *c, int64_t ms)
{
	if (c->doomed || c->closing) {
		return;
	}
	uv_timer_stop(&c->deadline);
	if (ms) {
		uv_timer_start(&c->deadline, on_expired, (uint64_t)ms, 0);
	}
}

/* Whoever sends must not find the connection closed under its hands. */
static void close_later(struct tls_conn *c)
{
	c->doomed = true;
	uv_timer_start(&c->deadline, on_expired, 0, 0);
}

/* ---- out ---- */

static void shut_when_sent(struct tls_conn *c);

static void on_written(uv_write_t *w, int status)
{
	struct out *o = LIST_ENTRY(w, struct out, write);
	struct tls_conn *c = o->conn;
	c->in_flight -= o->n;
	free(o);
	if (status < 0) {
		tls_conn_close(c);
		return;
	}
	touch(c);
	if (c->finishing) {
		shut_when_sent(c);
	} else if (c->established && !c->closing) {
		c->server->handlers->on_sent(c);
	}
}

/* What OpenSSL wants on the wire goes there. */
static void flush(struct tls_conn *c)
{
	BIO *bio = SSL_get_wbio(c->ssl);
	size_t n = BIO_ctrl_pending(bio);
	if (!n || c->closing) {
		return;
	}
	struct out *o = xmalloc(sizeof(*o) + n);
	o->conn = c;
	o->n = n;
	BIO_read(bio, o->bytes, (int)n);
	uv_buf_t b = uv_buf_init(o->bytes, (unsigned)n);
	c->in_flight += n;
	if (uv_write(&o->write, (uv_stream_t *)&c->tcp, &b, 1, on_written) < 0) {
		c->in_flight -= n;
		free(o);
		close_later(c);
	}
}

void tls_conn_send(struct tls_conn *c, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n && !c->closing && !c->finishing) {
		int part = n < (1u << 30) ? (int)n : 1 << 30;
		ERR_clear_error();
		if (SSL_write(c->ssl, p, part) != part) {
			close_later(c);
			return;
		}
		p += part;
		n -= (size_t)part;
	}
	flush(c);
}

size_t tls_conn_pending(const struct tls_conn *c)
{
	return c->in_flight;
}

static void on_shut(uv_shutdown_t *r, int status)
{
	(void)status;
	free(r);
}

static void shut_when_sent(struct tls_conn *c)
{
	if (c->in_flight || c->shut || c->closing) {
		return;
	}
	c->shut = true;
	ERR_clear_error();
	SSL_shutdown(c->ssl);
	flush(c);
	uv_shutdown_t *r = xmalloc(sizeof(*r));
	if (uv_shutdown(r, (uv_stream_t *)&c->tcp, on_shut) < 0) {
		free(r);
	}
	tls_conn_deadline(c, TLS_LINGER_MS);
}

/* ---- in ---- */

static void take_plain(struct tls_conn *c)
{
	char plain[PLAIN_BYTES];
	while (!c->held && !c->closing) {
		ERR_clear_error();
		int n = SSL_read(c->ssl, plain, sizeof(plain));
		if (n <= 0) {
			int why = SSL_get_error(c->ssl, n);
			flush(c);
			if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
				tls_conn_close(c);
			}
			return;
		}
		if (!c->finishing) {
			c->server->handlers->on_data(c, plain, (size_t)n);
		}
	}
}

static void shake_hands(struct tls_conn *c)
{
	ERR_clear_error();
	int r = SSL_accept(c->ssl);
	int why = r == 1 ? 0 : SSL_get_error(c->ssl, r);
	flush(c);
	if (r == 1) {
		tls_peer_look(c->ssl, &c->names, &c->peer);
		tls_conn_deadline(c, 0);
		c->established = true;
		c->server->handlers->on_open(c->server->arg, c);
	} else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
		tls_conn_close(c);
	}
}

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	struct tls_conn *c = h->data;
	(void)n;
	*b = uv_buf_init(c->server->read, READ_BYTES);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct tls_conn *c = s->data;
	if (n < 0) {
		tls_conn_close(c);
		return;
	}
	if (!n) {
		return;
	}
	touch(c);
	BIO_write(SSL_get_rbio(c->ssl), b->base, (int)n);
	if (!c->established) {
		shake_hands(c);
	}
	if (c->established && !c->closing) {
		take_plain(c);
	}
}

/* In a turn of its own: who releases may be in the middle of what it was held for. */
static void on_released(uv_timer_t *t)
{
	struct tls_conn *c = t->data;
	if (!c->held && !c->closing) {
		uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
		take_plain(c);
	}
}

static void handle_init(struct tls_conn *c, uv_handle_t *h)
{
	h->data = c;
	c->open_handles++;
}

static void on_watched(uv_poll_t *watch, int status, int events)
{
	if (status < 0 || (events & UV_DISCONNECT)) {
		tls_conn_close(watch->data);
	}
}

/* Without another descriptor a peer who leaves while it is held is noticed later. */
static void watch_peer(struct tls_conn *c)
{
	uv_os_fd_t fd;
	if (c->watch_fd < 0 && uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0) {
		c->watch_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (c->watch_fd >= 0) {
			uv_poll_init(c->server->loop, &c->watch, c->watch_fd);
			handle_init(c, (uv_handle_t *)&c->watch);
		}
	}
	if (c->watch_fd >= 0) {
		uv_poll_start(&c->watch, UV_DISCONNECT, on_watched);
	}
}

void tls_conn_hold(struct tls_conn *c, bool hold)
{
	if (c->held == hold || c->closing) {
		return;
	}
	c->held = hold;
	if (hold) {
		uv_read_stop((uv_stream_t *)&c->tcp);
		watch_peer(c);
		return;
	}
	if (c->watch_fd >= 0) {
		uv_poll_stop(&c->watch);
	}
	uv_timer_start(&c->later, on_released, 0, 0);
}

void tls_conn_finish(struct tls_conn *c)
{
	if (c->closing || c->finishing) {
		return;
	}
	c->finishing = true;
	tls_conn_hold(c, false);
	shut_when_sent(c);
}

/* ---- connections ---- */

/* False: there is none that is waited for. */
static bool make_room(struct tls_server *s)
{
	struct tls_conn *longest = NULL;
	LIST_EACH (&s->conns, link) {
		struct tls_conn *c = LIST_ENTRY(link, struct tls_conn, link);
		if (uv_is_active((uv_handle_t *)&c->deadline) &&
		    (!longest || uv_timer_get_due_in(&c->deadline) < uv_timer_get_due_in(&longest->deadline))) {
			longest = c;
		}
	}
	if (longest) {
		tls_conn_close(longest);
	}
	return longest != NULL;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct tls_server *s = listener->data;
	if (status < 0) {
		return;
	}
	struct tls_conn *c = xcalloc(1, sizeof(*c));
	c->server = s;
	c->watch_fd = -1;
	uv_tcp_init(s->loop, &c->tcp);
	uv_timer_init(s->loop, &c->idle);
	uv_timer_init(s->loop, &c->deadline);
	uv_timer_init(s->loop, &c->later);
	handle_init(c, (uv_handle_t *)&c->tcp);
	handle_init(c, (uv_handle_t *)&c->idle);
	handle_init(c, (uv_handle_t *)&c->deadline);
	handle_init(c, (uv_handle_t *)&c->later);
	list_push(&s->conns, &c->link);
	s->n_conns++;
	if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0 || !s->context ||
	    (s->n_conns > s->connections_max && !make_room(s))) {
		tls_conn_close(c);
		return;
	}
	uv_tcp_nodelay(&c->tcp, 1);
	uv_tcp_keepalive(&c->tcp, 1, 60);
	c->ssl = SSL_new(s->context);
	SSL_set_bio(c->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(c->ssl);
	tls_conn_deadline(c, s->handshake_timeout_ms);
	uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

static int listen_on(struct tls_server *s, const char *host, uint16_t port, struct err *e)
{
	struct sockaddr_storage at = {0};
	int n = sizeof(at);
	if (uv_ip4_addr(host, port, (struct sockaddr_in *)&at) < 0 &&
	    uv_ip6_addr(host, port, (struct sockaddr_in6 *)&at) < 0) {
		return err_set(e, ERR_INVALID, "\"%s\" is no IP address", host);
	}
	int r = uv_tcp_bind(&s->listener, (struct sockaddr *)&at, 0);
	r = r < 0 ? r : uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection);
	if (r < 0) {
		return err_set(e, r == UV_EADDRINUSE ? ERR_CONFLICT : ERR_IO, "cannot listen on %s, port %u: %s", host,
			       port, uv_strerror(r));
	}
	uv_tcp_getsockname(&s->listener, (struct sockaddr *)&at, &n);
	s->port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
						 : ((struct sockaddr_in *)&at)->sin_port);
	return 0;
}

struct tls_server *tls_server_new(uv_loop_t *loop, const struct tls_server_config *config, struct err *e)
{
	struct tls_server *s = xcalloc(1, sizeof(*s));
	s->loop = loop;
	s->handlers = config->handlers;
	s->arg = config->arg;
	s->handshake_timeout_ms =
	    config->handshake_timeout_ms ? config->handshake_timeout_ms : TLS_HANDSHAKE_TIMEOUT_MS;
	s->connections_max = config->connections_max ? config->connections_max : TLS_CONNECTIONS_MAX;
	list_init(&s->conns);
	uv_tcp_init(loop, &s->listener);
	s->listener.data = s;
	if (listen_on(s, config->host, config->port, e) < 0) {
		tls_server_free(s);
		return NULL;
	}
	return s;
}

static void on_listener_closed(uv_handle_t *h)
{
	struct tls_server *s = h->data;
	s->listener_closed = true;
	maybe_free(s);
}

void tls_server_free(struct tls_server *s)
{
	if (!s) {
		return;
	}
	s->freed = true;
	LIST_EACH (&s->conns, link) {
		tls_conn_close(LIST_ENTRY(link, struct tls_conn, link));
	}
	uv_close((uv_handle_t *)&s->listener, on_listener_closed);
}

uint16_t tls_server_port(const struct tls_server *s)
{
	return s->port;
}

size_t tls_server_connections(const struct tls_server *s)
{
	return s->n_conns;
}

int tls_server_identity(struct tls_server *s, const char *certificate, const char *key, const char *client_ca,
			struct err *e)
{
	SSL_CTX *context = tls_context_new(certificate, key, client_ca, e);
	if (!context) {
		return -1;
	}
	SSL_CTX_free(s->context);
	s->context = context;
	return 0;
}

void tls_conn_set_data(struct tls_conn *c, void *data)
{
	c->data = data;
}

void *tls_conn_data(const struct tls_conn *c)
{
	return c->data;
}

const struct tls_peer *tls_conn_peer(const struct tls_conn *c)
{
	return &c->peer;
}
