/* Answers that come later, and connections that become something else.
 *
 * The connection is suspended until the model answers; then microhttpd asks again and gets it. After 101 it stays
 * suspended, so that microhttpd leaves it alone, and the model's bytes go through its TLS session directly. microhttpd
 * could upgrade by itself, but under TLS it copies through a pair of sockets, and that stalls for seconds when both
 * directions are busy.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "tests/sandbox/front_inner.h"

#define HEAD_MAX ((size_t)64 << 10)

static gnutls_session_t tls_of(const struct front_exchange *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	return info ? (gnutls_session_t)info->tls_session : NULL;
}

static long result(const struct front_exchange *x, long n)
{
	if (n > 0) {
		return n;
	}
	bool again = x->front->tls ? n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED
				   : n < 0 && (errno == EAGAIN || errno == EINTR);
	return again ? SANDBOX_AGAIN : SANDBOX_CLOSED;
}

static long send_now(const struct front_exchange *x, const char *bytes, size_t n)
{
	return result(x, x->front->tls ? gnutls_record_send(tls_of(x), bytes, n)
				       : send(front_socket(x), bytes, n, MSG_NOSIGNAL));
}

/* 0 when the head is out. */
static long send_head(struct front_exchange *x)
{
	while (x->head.len) {
		long n = send_now(x, x->head.data, x->head.len);
		if (n < 0) {
			return n;
		}
		buf_consume(&x->head, (size_t)n);
	}
	return 0;
}

static long on_send(struct sandbox_later *l, const char *bytes, size_t n)
{
	struct front_exchange *x = l->front;
	if (x->gone) {
		return SANDBOX_CLOSED;
	}
	long failed = send_head(x);
	return failed ? failed : send_now(x, bytes, n);
}

static long on_receive(struct sandbox_later *l, char *to, size_t max)
{
	struct front_exchange *x = l->front;
	if (x->gone) {
		return SANDBOX_CLOSED;
	}
	return result(x, x->front->tls ? gnutls_record_recv(tls_of(x), to, max) : recv(front_socket(x), to, max, 0));
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	(void)status; /* what is wrong the next call says */
	(void)events;
	struct front_exchange *x = poll->data;
	x->later->ready(x->later);
}

static void on_await(struct sandbox_later *l, bool to_receive, bool to_send)
{
	struct front_exchange *x = l->front;
	if (x->gone) {
		return;
	}
	if (to_receive || to_send) {
		uv_poll_start(x->watch, (to_receive ? UV_READABLE : 0) | (to_send ? UV_WRITABLE : 0), on_event);
	} else {
		uv_poll_stop(x->watch);
	}
}

/* The front is done with what the model has. */
static void forget(struct front_exchange *x)
{
	struct sandbox_later *l = x->later;
	x->later = NULL;
	l->front = NULL;
	l->ways = NULL;
	sandbox_later_unref(l);
}

static void on_release(struct sandbox_later *l)
{
	struct front_exchange *x = l->front;
	if (!x->gone) {
		send_head(x);
		if (x->front->tls) {
			gnutls_bye(tls_of(x), GNUTLS_SHUT_WR);
		}
		shutdown(front_socket(x), SHUT_WR);
	}
	forget(x);
	front_resume(x);
}

static void upgrade(struct front_exchange *x, const struct sandbox_response *res)
{
	x->upgraded = true;
	buf_init(&x->head, HEAD_MAX);
	buf_puts(&x->head, "HTTP/1.1 101 Switching Protocols\r\n");
	for (size_t i = 0; i < res->n_headers; i++) {
		buf_printf(&x->head, "%s: %s\r\n", res->headers[i].name, res->headers[i].value);
	}
	buf_puts(&x->head, "\r\n");
	send_head(x);
}

static void on_answer(struct sandbox_later *l, struct sandbox_response *res)
{
	struct front_exchange *x = l->front;
	if (res->status == MHD_HTTP_SWITCHING_PROTOCOLS && !x->gone) {
		upgrade(x, res);
		return;
	}
	x->answer = xmalloc(sizeof(*x->answer));
	*x->answer = *res;
	sandbox_response_init(res);
	front_resume(x);
}

static const struct sandbox_later_front WAYS = {on_answer, on_receive, on_send, on_await, on_release};

void front_later_begin(struct front_exchange *x, struct sandbox_response *res)
{
	x->later = res->later;
	res->later = NULL;
	x->later->front = x;
	x->later->ways = &WAYS;
	list_push(&x->front->streams, &x->link);
	front_suspend(x);
}

void front_later_end(struct front_exchange *x)
{
	struct sandbox_later *l = x->later ? sandbox_later_ref(x->later) : NULL;
	if (l) {
		forget(x);
		if (l->closed) {
			l->closed(l);
		}
		sandbox_later_unref(l);
	}
	buf_done(&x->head);
	if (x->answer) {
		struct sandbox_stream *s = x->answer->stream;
		if (s && s->closed) {
			s->closed(s);
		}
		sandbox_response_done(x->answer);
		free(x->answer);
		x->answer = NULL;
	}
}

enum MHD_Result front_later_send(struct front_exchange *x)
{
	if (x->gone || !x->answer) {
		return MHD_NO;
	}
	forget(x);
	list_remove(&x->link);
	return front_answer(x, x->answer);
}
