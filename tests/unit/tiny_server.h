/* A scripted HTTP server on the test's own loop, plain or TLS: the test decides every byte of an answer and how it is
 * cut.
 *
 * The pieces of an answer are sent two turns of the loop apart, so that a client on the same loop reads each by itself.
 */
#ifndef TESTS_TINY_SERVER_H
#define TESTS_TINY_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"

#define TINY_FUNCTION static __attribute__((unused))

struct tiny_conn;

struct tiny_request {
	const char *head; /* request line and headers */
	char method[16], target[4096];
	const char *body;
	size_t body_len;
};

struct tiny_server {
	uv_loop_t *loop;
	uv_tcp_t *listener;
	int port;
	SSL_CTX *tls; /* NULL: plain; borrowed */
	void (*on_request)(struct tiny_conn *conn, const struct tiny_request *request);
	void (*on_accept)(struct tiny_conn *conn); /* may be NULL */
	void *arg;
	struct list conns;
	int accepted, requests, open;
};

struct tiny_conn {
	struct list link;
	struct tiny_server *server;
	uv_tcp_t tcp;
	uv_idle_t idle;
	SSL *ssl;
	struct buf in, out;
	size_t piece; /* bytes at a time, 0: all */
	int ticks, handles;
	bool close_when_sent, reset_when_sent, closing;
};

TINY_FUNCTION void tiny_handle_closed(uv_handle_t *h)
{
	struct tiny_conn *c = h->data;
	if (--c->handles == 0) {
		buf_done(&c->in);
		buf_done(&c->out);
		SSL_free(c->ssl);
		free(c);
	}
}

TINY_FUNCTION void tiny_conn_close(struct tiny_conn *c, bool reset)
{
	if (c->closing) {
		return;
	}
	c->closing = true;
	list_remove(&c->link);
	c->server->open--;
	if (!reset || uv_tcp_close_reset(&c->tcp, tiny_handle_closed) < 0) {
		uv_close((uv_handle_t *)&c->tcp, tiny_handle_closed);
	}
	uv_close((uv_handle_t *)&c->idle, tiny_handle_closed);
}

TINY_FUNCTION void tiny_written(uv_write_t *w, int status)
{
	(void)status;
	free(w->data);
	free(w);
}

TINY_FUNCTION void tiny_write_raw(struct tiny_conn *c, const void *p, size_t n)
{
	uv_write_t *w = xmalloc(sizeof(*w));
	w->data = xmalloc(n);
	memcpy(w->data, p, n);
	uv_buf_t b = uv_buf_init(w->data, (unsigned)n);
	if (uv_write(w, (uv_stream_t *)&c->tcp, &b, 1, tiny_written) < 0) {
		tiny_written(w, 0);
	}
}

TINY_FUNCTION void tiny_flush_tls(struct tiny_conn *c)
{
	char chunk[16384];
	for (int n; (n = BIO_read(SSL_get_wbio(c->ssl), chunk, sizeof(chunk))) > 0;) {
		tiny_write_raw(c, chunk, (size_t)n);
	}
}

TINY_FUNCTION void tiny_send_now(struct tiny_conn *c, const void *p, size_t n)
{
	if (!c->ssl) {
		tiny_write_raw(c, p, n);
	} else {
		SSL_write(c->ssl, p, (int)n);
		tiny_flush_tls(c);
	}
}

TINY_FUNCTION void tiny_tick(uv_idle_t *idle)
{
	struct tiny_conn *c = idle->data;
	if (++c->ticks % 2) {
		return;
	}
	if (c->out.len) {
		size_t n = c->piece && c->piece < c->out.len ? c->piece : c->out.len;
		tiny_send_now(c, c->out.data, n);
		buf_consume(&c->out, n);
	} else if (!uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp)) {
		uv_idle_stop(idle);
		if (c->close_when_sent || c->reset_when_sent) {
			tiny_conn_close(c, c->reset_when_sent);
		}
	}
}

/* Queue bytes; they leave in pieces. */
TINY_FUNCTION void tiny_send(struct tiny_conn *c, const void *p, size_t n)
{
	buf_append(&c->out, p, n);
	if (!c->closing) {
		uv_idle_start(&c->idle, tiny_tick);
	}
}

TINY_FUNCTION void tiny_text(struct tiny_conn *c, const char *text)
{
	tiny_send(c, text, strlen(text));
}

/* Close when all that is queued has left. */
TINY_FUNCTION void tiny_end(struct tiny_conn *c)
{
	c->close_when_sent = true;
	uv_idle_start(&c->idle, tiny_tick);
}

/* A whole answer; `headers` are lines with CRLF, or "". */
TINY_FUNCTION void tiny_reply(struct tiny_conn *c, int status, const char *headers, const char *body)
{
	CLEANUP_FREE char *text =
	    xasprintf("HTTP/1.1 %d Whatever\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body);
	tiny_text(c, text);
}

TINY_FUNCTION void tiny_reply_json(struct tiny_conn *c, int status, const char *body)
{
	tiny_reply(c, status, "Content-Type: application/json\r\n", body);
}

/* The head of a chunked answer, and one chunk of it. */
TINY_FUNCTION void tiny_chunked(struct tiny_conn *c, int status)
{
	CLEANUP_FREE char *text = xasprintf("HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n"
					    "Transfer-Encoding: chunked\r\n\r\n",
					    status);
	tiny_text(c, text);
}

TINY_FUNCTION void tiny_chunk(struct tiny_conn *c, const char *text)
{
	CLEANUP_FREE char *chunk = xasprintf("%zx\r\n%s\r\n", strlen(text), text);
	tiny_text(c, chunk);
}

TINY_FUNCTION bool tiny_parse(struct tiny_conn *c)
{
	char *end = c->in.data ? strstr(c->in.data, "\r\n\r\n") : NULL;
	if (!end) {
		return false;
	}
	size_t head_len = (size_t)(end - c->in.data) + 4;
	const char *length = strcasestr(c->in.data, "\r\nContent-Length:");
	size_t body_len = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	if (c->in.len < head_len + body_len) {
		return false;
	}
	struct tiny_request q = {.head = xstrndup(c->in.data, head_len), .body_len = body_len};
	char *body = xmalloc(body_len + 1);
	memcpy(body, c->in.data + head_len, body_len);
	body[body_len] = '\0';
	q.body = body;
	sscanf(q.head, "%15s %4095s", q.method, q.target);
	buf_consume(&c->in, head_len + body_len);
	c->server->requests++;
	c->server->on_request(c, &q);
	free((char *)(uintptr_t)q.head);
	free(body);
	return true;
}

TINY_FUNCTION void tiny_take_tls(struct tiny_conn *c, const char *p, size_t n)
{
	char chunk[16384];
	BIO_write(SSL_get_rbio(c->ssl), p, (int)n);
	for (int got; (got = SSL_read(c->ssl, chunk, sizeof(chunk))) > 0;) {
		buf_append(&c->in, chunk, (size_t)got);
	}
	tiny_flush_tls(c);
}

TINY_FUNCTION void tiny_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	(void)h;
	*b = uv_buf_init(xmalloc(n), (unsigned)n);
}

TINY_FUNCTION void tiny_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct tiny_conn *c = s->data;
	if (n < 0) {
		tiny_conn_close(c, false);
	} else if (c->ssl) {
		tiny_take_tls(c, b->base, (size_t)n);
	} else {
		buf_append(&c->in, b->base, (size_t)n);
	}
	free(b->base);
	while (n > 0 && !c->closing && tiny_parse(c)) {
	}
}

TINY_FUNCTION void tiny_accept(uv_stream_t *listener, int status)
{
	struct tiny_server *s = listener->data;
	if (status < 0) {
		return;
	}
	struct tiny_conn *c = xcalloc(1, sizeof(*c));
	c->server = s;
	buf_init(&c->in, 64u << 20);
	buf_init(&c->out, 256u << 20);
	uv_tcp_init(s->loop, &c->tcp);
	uv_idle_init(s->loop, &c->idle);
	c->tcp.data = c->idle.data = c;
	c->handles = 2;
	uv_accept(listener, (uv_stream_t *)&c->tcp);
	uv_tcp_nodelay(&c->tcp, 1);
	if (s->tls) {
		c->ssl = SSL_new(s->tls);
		SSL_set_bio(c->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
		SSL_set_accept_state(c->ssl);
	}
	list_push(&s->conns, &c->link);
	s->accepted++;
	s->open++;
	uv_read_start((uv_stream_t *)&c->tcp, tiny_alloc, tiny_read);
	if (s->on_accept) {
		s->on_accept(c);
	}
}

/* Port 0: any. False when the port is taken. */
TINY_FUNCTION bool tiny_listen(struct tiny_server *s, int port)
{
	struct sockaddr_in at;
	int n = sizeof(at);
	s->listener = xcalloc(1, sizeof(*s->listener));
	uv_tcp_init(s->loop, s->listener);
	s->listener->data = s;
	uv_ip4_addr("127.0.0.1", port, &at);
	if (uv_tcp_bind(s->listener, (struct sockaddr *)&at, 0) < 0 ||
	    uv_listen((uv_stream_t *)s->listener, 512, tiny_accept) < 0) {
		return false;
	}
	uv_tcp_getsockname(s->listener, (struct sockaddr *)&at, &n);
	s->port = ntohs(at.sin_port);
	return true;
}

TINY_FUNCTION void tiny_start(struct tiny_server *s, uv_loop_t *loop, SSL_CTX *tls,
			      void (*on_request)(struct tiny_conn *, const struct tiny_request *), void *arg)
{
	*s = (struct tiny_server){.loop = loop, .tls = tls, .on_request = on_request, .arg = arg};
	list_init(&s->conns);
	if (!tiny_listen(s, 0)) {
		abort();
	}
}

TINY_FUNCTION void tiny_listener_closed(uv_handle_t *h)
{
	free(h);
}

/* Refuse connections from now on. */
TINY_FUNCTION void tiny_stop_listening(struct tiny_server *s)
{
	if (s->listener) {
		uv_close((uv_handle_t *)s->listener, tiny_listener_closed);
		s->listener = NULL;
	}
}

TINY_FUNCTION void tiny_drop_all(struct tiny_server *s)
{
	LIST_EACH (&s->conns, link) {
		tiny_conn_close(LIST_ENTRY(link, struct tiny_conn, link), false);
	}
}

TINY_FUNCTION void tiny_stop(struct tiny_server *s)
{
	tiny_stop_listening(s);
	tiny_drop_all(s);
}

/* The header's value, in a buffer of its own; "" when there is none. */
TINY_FUNCTION char *tiny_header(const struct tiny_request *q, const char *name)
{
	CLEANUP_FREE char *needle = xasprintf("\r\n%s:", name);
	const char *at = strcasestr(q->head, needle);
	if (!at) {
		return xstrdup("");
	}
	at += strlen(needle);
	at += strspn(at, " ");
	return xstrndup(at, strcspn(at, "\r"));
}

TINY_FUNCTION void tiny_wake(uv_timer_t *timer)
{
	(void)timer;
}

/* Run the loop until the counter is there, at most ten seconds. */
TINY_FUNCTION bool tiny_run(uv_loop_t *loop, const int *counter, int wanted)
{
	uint64_t began = uv_hrtime();
	uv_timer_t *wake = xcalloc(1, sizeof(*wake));
	uv_timer_init(loop, wake);
	uv_timer_start(wake, tiny_wake, 100, 100);
	while (*counter < wanted && uv_hrtime() - began < 10000000000u) {
		uv_run(loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)wake, tiny_listener_closed);
	return *counter >= wanted;
}

#endif
