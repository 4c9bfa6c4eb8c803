/* Request bodies that are taken piece by piece.
 *
 * While the model takes nothing, the connection is suspended: its bytes stay in the socket. microhttpd answers a
 * request only when its body is whole, so an answer that comes before is written past it, and the rest of the body is
 * dropped; the connection is then closed.
 */
#include <sys/socket.h>

#include "tests/sandbox/front_inner.h"

#define ANSWER_MAX ((size_t)64 << 10)

static const char *reason_of(unsigned status)
{
	const char *phrase = MHD_get_reason_phrase_for(status);
	return phrase ? phrase : "";
}

static void write_past(const struct front_exchange *x, const struct buf *text)
{
	const union MHD_ConnectionInfo *tls =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	/* Nothing was sent before, so there is room for all of it. */
	if (tls && tls->tls_session) {
		(void)gnutls_record_send((gnutls_session_t)tls->tls_session, text->data, text->len);
	} else {
		(void)!send(front_socket(x), text->data, text->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

static void tell_early(struct front_exchange *x)
{
	const struct sandbox_response *a = &x->upload->answer;
	CLEANUP_BUF struct buf text = BUF_INIT(ANSWER_MAX);
	buf_printf(&text, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %zu\r\n", a->status,
		   reason_of((unsigned)a->status), a->body.len);
	for (size_t i = 0; i < a->n_headers; i++) {
		buf_printf(&text, "%s: %s\r\n", a->headers[i].name, a->headers[i].value);
	}
	buf_printf(&text, "\r\n");
	buf_append(&text, buf_str(&a->body), a->body.len);
	write_past(x, &text);
	x->told = true;
}

static void on_wake(struct sandbox_upload *u)
{
	struct front_exchange *x = u->front;
	if (u->answered && !x->whole && !x->told) {
		tell_early(x);
	}
	front_resume(x);
}

void front_upload_begin(struct front_exchange *x, struct sandbox_response *res)
{
	if (res->upload) {
		x->upload = res->upload;
		res->upload = NULL;
	} else {
		x->upload = sandbox_upload_new();
		x->upload->answer = *res;
		x->upload->answered = true;
		sandbox_response_init(res);
	}
	x->upload->front = x;
	x->upload->wake = on_wake;
	list_push(&x->front->streams, &x->link);
	if (x->upload->answered) {
		tell_early(x);
	}
}

enum MHD_Result front_upload_data(struct front_exchange *x, const char *bytes, size_t *n)
{
	struct sandbox_upload *u = x->upload;
	if (x->gone) {
		return MHD_NO;
	}
	if (!u->answered) {
		*n -= u->data(u, front_now(), bytes, *n);
	}
	if (u->answered) {
		*n = 0;
	} else if (*n > 0) {
		front_suspend(x);
	}
	return MHD_YES;
}

enum MHD_Result front_upload_whole(struct front_exchange *x)
{
	struct sandbox_upload *u = x->upload;
	if (x->gone || x->told) {
		return MHD_NO;
	}
	if (!x->whole) {
		x->whole = true;
		u->over(u, front_now(), true);
	}
	if (u->answered) {
		return front_answer(x, &u->answer);
	}
	front_suspend(x);
	return MHD_YES;
}

void front_upload_end(struct front_exchange *x)
{
	struct sandbox_upload *u = x->upload;
	if (!u) {
		return;
	}
	u->wake = NULL;
	u->front = NULL;
	if (!u->answered && !x->whole) {
		x->whole = true;
		u->over(u, front_now(), false);
	}
	sandbox_upload_unref(u);
}
