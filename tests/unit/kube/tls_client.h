/* A TLS client of the test's own loop whose every byte the test decides. */
#ifndef TESTS_UNIT_KUBE_TLS_CLIENT_H
#define TESTS_UNIT_KUBE_TLS_CLIENT_H

#include <openssl/ssl.h>
#include <uv.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/unit/certs.h"
#include "tests/unit/tiny_server.h"

struct tls_client {
	uv_tcp_t tcp;
	uv_connect_t connecting;
	SSL_CTX *context;
	SSL *ssl;
	struct buf in, early;
	bool closed; /* by the server */
	bool stopped;
};

TINY_FUNCTION void tls_client_flush(struct tls_client *c)
{
	char chunk[16384];
	for (int n; (n = BIO_read(SSL_get_wbio(c->ssl), chunk, sizeof(chunk))) > 0;) {
		uv_write_t *w = xmalloc(sizeof(*w));
		w->data = xmalloc((size_t)n);
		memcpy(w->data, chunk, (size_t)n);
		uv_buf_t b = uv_buf_init(w->data, (unsigned)n);
		if (uv_write(w, (uv_stream_t *)&c->tcp, &b, 1, tiny_written) < 0) {
			tiny_written(w, 0);
		}
	}
}

TINY_FUNCTION void tls_client_turn(struct tls_client *c)
{
	char chunk[16384];
	if (!SSL_is_init_finished(c->ssl)) {
		SSL_do_handshake(c->ssl);
	}
	if (SSL_is_init_finished(c->ssl) && c->early.len) {
		SSL_write(c->ssl, c->early.data, (int)c->early.len);
		buf_clear(&c->early);
	}
	for (int n; (n = SSL_read(c->ssl, chunk, sizeof(chunk))) > 0;) {
		buf_append(&c->in, chunk, (size_t)n);
	}
	tls_client_flush(c);
}

TINY_FUNCTION void tls_client_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct tls_client *c = s->data;
	if (n < 0) {
		c->closed = true;
		uv_read_stop(s);
	} else if (n > 0) {
		BIO_write(SSL_get_rbio(c->ssl), b->base, (int)n);
		tls_client_turn(c);
	}
	free(b->base);
}

TINY_FUNCTION void tls_client_connected(uv_connect_t *r, int status)
{
	struct tls_client *c = r->data;
	if (status == 0) {
		uv_read_start((uv_stream_t *)&c->tcp, tiny_alloc, tls_client_read);
		tls_client_turn(c);
	} else {
		c->closed = true;
	}
}

/* who NULL: no certificate is shown. Nothing of the server's is checked. */
TINY_FUNCTION void tls_client_start(struct tls_client *c, uv_loop_t *loop, int port, const struct cert *who)
{
	struct sockaddr_in at;
	*c = (struct tls_client){.in = BUF_INIT(256u << 20), .early = BUF_INIT(1u << 20)};
	c->context = SSL_CTX_new(TLS_client_method());
	if (who) {
		SSL_CTX_use_certificate(c->context, who->x509);
		SSL_CTX_use_PrivateKey(c->context, who->key);
	}
	c->ssl = SSL_new(c->context);
	SSL_set_bio(c->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(c->ssl);
	uv_tcp_init(loop, &c->tcp);
	c->tcp.data = c->connecting.data = c;
	uv_ip4_addr("127.0.0.1", port, &at);
	uv_tcp_connect(&c->connecting, &c->tcp, (struct sockaddr *)&at, tls_client_connected);
}

TINY_FUNCTION void tls_client_send(struct tls_client *c, const void *bytes, size_t n)
{
	if (SSL_is_init_finished(c->ssl)) {
		SSL_write(c->ssl, bytes, (int)n);
		tls_client_flush(c);
	} else {
		buf_append(&c->early, bytes, n);
	}
}

TINY_FUNCTION void tls_client_text(struct tls_client *c, const char *text)
{
	tls_client_send(c, text, strlen(text));
}

TINY_FUNCTION void tls_client_stopped(uv_handle_t *h)
{
	((struct tls_client *)h->data)->stopped = true;
}

TINY_FUNCTION void tls_client_stop(struct tls_client *c)
{
	uv_close((uv_handle_t *)&c->tcp, tls_client_stopped);
	while (!c->stopped) {
		uv_run(c->tcp.loop, UV_RUN_NOWAIT);
	}
	SSL_free(c->ssl);
	SSL_CTX_free(c->context);
	buf_done(&c->in);
	buf_done(&c->early);
}

#endif
