#include "tests/sandbox/kubelet_link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/kubelet_link_inner.h"

#define PENDING_LOW (KUBELET_LINK_PENDING_MAX / 4)
#define WHY_MAX 1024

/* Life of a link */

static void free_handle(uv_handle_t *h)
{
	free(h);
}

void kubelet_link_end(struct kubelet_link *l)
{
	if (l->later) {
		l->later->closed = NULL;
		if (l->switched) {
			sandbox_later_release(l->later);
		}
		sandbox_later_unref(l->later);
	}
	if (l->stream) {
		l->stream->closed = NULL;
		l->stream->taken = NULL;
		sandbox_stream_unref(l->stream);
	}
	if (l->look_up) {
		l->look_up->data = NULL;
		uv_cancel((uv_req_t *)l->look_up);
	}
	if (l->poll) {
		uv_close((uv_handle_t *)l->poll, free_handle);
	}
	if (l->ssl && SSL_is_init_finished(l->ssl)) {
		SSL_shutdown(l->ssl);
	}
	SSL_free(l->ssl);
	if (l->fd >= 0) {
		close(l->fd);
	}
	buf_done(&l->to_kubelet);
	buf_done(&l->to_client);
	buf_done(&l->early);
	buf_done(&l->refusal);
	translation_free(l->translation);
	http_answer_done(&l->answer);
	kubelet_call_free(l->call);
	list_remove(&l->link);
	l->links->n--;
	free(l);
}

/* Gives the answer for which nothing more is needed from the kubelet, and ends. */
static void answer_and_end(struct kubelet_link *l, struct sandbox_response *res)
{
	sandbox_later_answer(l->later, res);
	sandbox_response_done(res);
	kubelet_link_end(l);
}

void kubelet_link_fail(struct kubelet_link *l, bool dialling, const char *fmt, ...)
{
	char why[WHY_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (l->call->front == KUBELET_STREAMS) {
		kubelet_link_last_words(l, kubelet_streams_unreachable(l->call, why));
		return;
	}
	struct sandbox_response res;
	sandbox_response_init(&res);
	kubelet_unreachable(l->call, why, dialling, &res);
	answer_and_end(l, &res);
}

static void on_later_closed(struct sandbox_later *later)
{
	kubelet_link_end(later->model);
}

/* What is passed on of a head */

static bool of_connection(const char *name)
{
	static const char *const NAMES[] = {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length",
					    "Trailer"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		if (strcasecmp(NAMES[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static void pass_headers(const struct kubelet_link *l, struct sandbox_response *res)
{
	for (size_t i = 0; i < l->answer.n_headers; i++) {
		if (l->answer.status == 101 || !of_connection(l->answer.headers[i].name)) {
			sandbox_response_header(res, l->answer.headers[i].name, l->answer.headers[i].value);
		}
	}
}

/* The body */

static void on_stream_closed(struct sandbox_stream *s)
{
	kubelet_link_end(s->model);
}

static void on_stream_taken(struct sandbox_stream *s)
{
	struct kubelet_link *l = s->model;
	if (s->out.len <= PENDING_LOW) {
		kubelet_link_await(l, UV_READABLE | (l->to_kubelet.len ? UV_WRITABLE : 0));
	}
}

static void begin_stream(struct kubelet_link *l, struct sandbox_response *res)
{
	struct sandbox_stream *s = sandbox_stream_new(KUBELET_LINK_PENDING_MAX + KUBELET_LINK_READ);
	s->model = l;
	s->closed = on_stream_closed;
	s->taken = on_stream_taken;
	s->sized = l->answer.sized && l->call->errand != KUBELET_LOG;
	s->size = l->answer.size;
	l->stream = s;
	res->stream = sandbox_stream_ref(s);
	l->state = LINK_BODY;
}

static void begin_body(struct kubelet_link *l)
{
	struct sandbox_response res;
	sandbox_response_init(&res);
	res.status = l->answer.status;
	if (l->call->errand != KUBELET_UPGRADE) {
		sandbox_response_header(&res, "Cache-Control", "no-cache, private");
	}
	if (l->call->errand == KUBELET_LOG) {
		res.status = 200;
		sandbox_response_header(&res, "Content-Type", "text/plain");
	} else {
		pass_headers(l, &res);
	}
	begin_stream(l, &res);
	l->later->closed = NULL;
	sandbox_later_answer(l->later, &res);
	sandbox_later_unref(l->later);
	l->later = NULL;
	sandbox_response_done(&res);
}

static void pass_switch(struct kubelet_link *l)
{
	struct sandbox_response res;
	sandbox_response_init(&res);
	res.status = 101;
	pass_headers(l, &res);
	l->switched = true;
	sandbox_later_answer(l->later, &res);
	sandbox_response_done(&res);
}

/* -1: the link has ended. */
static int switch_protocols(struct kubelet_link *l)
{
	const char *chosen = http_answer_header(&l->answer, "X-Stream-Protocol-Version");
	char *unknown = l->call->front == KUBELET_STREAMS ? kubelet_streams_protocol(chosen) : NULL;
	if (unknown) {
		kubelet_link_last_words(l, unknown);
		return -1;
	}
	if (l->call->front == KUBELET_TUNNEL) {
		char CLEANUP_FREE *protocol = xasprintf("SPDY/3.1+%s", chosen ? chosen : "");
		kubelet_link_answer_websocket(l, protocol);
	} else if (!l->switched) {
		pass_switch(l);
	}
	kubelet_link_tunnel_begin(l);
	return 0;
}

/* What the head of the answer means. -1: the link has ended. */
static int on_head(struct kubelet_link *l)
{
	const char *encoding = http_answer_header(&l->answer, "Content-Encoding");
	if (l->call->errand == KUBELET_UPGRADE && l->answer.status == 101) {
		return switch_protocols(l);
	} else if (kubelet_refuses(l->call, l->answer.status)) {
		l->state = LINK_REFUSAL;
	} else if (l->answer.status == 101) {
		kubelet_link_fail(l, false, "the kubelet switches protocols unasked");
		return -1;
	} else if (l->call->errand == KUBELET_LOG && encoding) {
		kubelet_link_fail(l, false, "a log in encoding %s, which the sandbox does not decode", encoding);
		return -1;
	} else {
		begin_body(l);
	}
	return 0;
}

static void answer_refusal(struct kubelet_link *l)
{
	struct sandbox_response res;
	size_t n = l->refusal.len < KUBELET_ERROR_MAX ? l->refusal.len : KUBELET_ERROR_MAX;
	const char *body = buf_str(&l->refusal), *location = http_answer_header(&l->answer, "Location");
	if (l->call->front == KUBELET_STREAMS) {
		kubelet_link_last_words(l, kubelet_streams_refused(l->call, l->answer.status, body, n, location));
		return;
	}
	sandbox_response_init(&res);
	kubelet_refused(l->call, l->answer.status, body, n, location, &res);
	answer_and_end(l, &res);
}

/* The answer broke off. */
static void broken(struct kubelet_link *l, const char *why)
{
	if (l->state == LINK_BODY) {
		l->stream->cut = true;
		sandbox_stream_wake(l->stream);
		kubelet_link_end(l);
	} else if (l->state == LINK_REFUSAL) {
		answer_refusal(l);
	} else {
		kubelet_link_fail(l, false, "%s", why);
	}
}

/* Of what came with the head that switched protocols. -1: the link has ended. */
static int give_rest(struct kubelet_link *l, const char *bytes, size_t n)
{
	if (n && kubelet_link_give_client(l, bytes, n) < 0) {
		kubelet_link_end(l);
		return -1;
	}
	return 0;
}

/* -1: the link has ended. */
static int take(struct kubelet_link *l, const char *bytes, size_t n)
{
	struct err e = {0};
	for (size_t at = 0; at < n && l->state != LINK_TUNNEL;) {
		struct buf *body = l->state == LINK_BODY ? &l->stream->out : &l->refusal;
		long k = http_answer_feed(&l->answer, bytes + at, n - at, body, &e);
		if (k < 0) {
			broken(l, e.text);
			return -1;
		}
		if (l->state == LINK_ANSWER && l->answer.state != ANSWER_HEAD && on_head(l) < 0) {
			return -1;
		}
		at += (size_t)k;
		if (k == 0 || l->state == LINK_TUNNEL) {
			/* The rest is the tunnel's; what follows an answer that is complete is nobody's. */
			return l->state == LINK_TUNNEL ? give_rest(l, bytes + at, n - at) : 0;
		}
	}
	return 0;
}

/* Is the answer complete, or enough of it there? -1: the link has ended. */
static int check_complete(struct kubelet_link *l)
{
	bool done = l->answer.state == ANSWER_DONE;
	if (l->state == LINK_REFUSAL && (done || l->refusal.len >= KUBELET_ERROR_MAX)) {
		answer_refusal(l);
		return -1;
	}
	if (l->state == LINK_BODY) {
		l->stream->ended = done;
		sandbox_stream_wake(l->stream);
		if (done) {
			kubelet_link_end(l);
			return -1;
		}
	}
	return 0;
}

static void on_end_of_input(struct kubelet_link *l, bool failed)
{
	struct err e = {0};
	if (failed || http_answer_close(&l->answer, &e) < 0) {
		broken(l, failed ? "read: connection reset by peer" : e.text);
		return;
	}
	check_complete(l);
}

/* Running */

static bool wants_more(const struct kubelet_link *l)
{
	return l->state == LINK_ANSWER || l->state == LINK_REFUSAL ||
	       (l->state == LINK_BODY && l->stream->out.len < KUBELET_LINK_PENDING_MAX);
}

static void run_answer(struct kubelet_link *l)
{
	char bytes[KUBELET_LINK_READ];
	size_t n;
	kubelet_link_write(l); /* a failure shows when reading */
	while (wants_more(l)) {
		enum link_io io = kubelet_link_read(l, bytes, sizeof(bytes), &n);
		if (io == LINK_IO_AGAIN) {
			break;
		}
		if (io != LINK_IO_DONE) {
			on_end_of_input(l, io == LINK_IO_FAILED);
			return;
		}
		if (take(l, bytes, n) < 0 || check_complete(l) < 0) {
			return;
		}
	}
	if (l->state == LINK_TUNNEL) {
		kubelet_link_tunnel_run(l);
	} else {
		kubelet_link_await(l, (wants_more(l) ? UV_READABLE : 0) | (l->to_kubelet.len ? UV_WRITABLE : 0));
	}
}

/* -1: not now, or the link has ended. */
static int shake_hands(struct kubelet_link *l)
{
	int done = kubelet_link_handshake(l);
	if (done == 0) {
		kubelet_link_await(l, l->tls_wants_write ? UV_WRITABLE : UV_READABLE);
	} else if (done > 0) {
		l->state = LINK_ANSWER;
	}
	return done > 0 ? 0 : -1;
}

void kubelet_link_run(struct kubelet_link *l)
{
	if (l->state == LINK_CONNECTING) {
		if (kubelet_link_connected(l) < 0) {
			return;
		}
		kubelet_link_tls_begin(l);
		l->state = LINK_HANDSHAKE;
	}
	if (l->state == LINK_HANDSHAKE && shake_hands(l) < 0) {
		return;
	}
	if (l->state == LINK_TUNNEL) {
		kubelet_link_tunnel_run(l);
	} else {
		run_answer(l);
	}
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	(void)status; /* what is wrong the next call says */
	(void)events;
	kubelet_link_run(poll->data);
}

void kubelet_link_await(struct kubelet_link *l, int events)
{
	if (!l->poll) {
		l->poll = xcalloc(1, sizeof(*l->poll));
		l->poll->data = l;
		uv_poll_init(l->links->loop, l->poll, l->fd);
	}
	if (events) {
		uv_poll_start(l->poll, events, on_event);
	} else {
		uv_poll_stop(l->poll);
	}
}

/* Not from inside the front's handler, which must have the response before it is answered. */
static void on_soon(uv_timer_t *timer)
{
	struct kubelet_links *links = timer->data;
	LIST_EACH (&links->links, link) {
		struct kubelet_link *l = LIST_ENTRY(link, struct kubelet_link, link);
		if (l->state == LINK_NEW) {
			l->state = LINK_RESOLVING;
			if (l->call->front == KUBELET_STREAMS) {
				kubelet_link_answer_websocket(l, "v5.channel.k8s.io");
			}
			kubelet_link_dial(l);
		}
	}
}

void kubelet_links_carry(void *arg, struct kubelet_call *call, struct sandbox_response *res)
{
	struct kubelet_links *links = arg;
	struct kubelet_link *l = xcalloc(1, sizeof(*l));
	l->links = links;
	l->call = call;
	l->fd = -1;
	l->to_kubelet = call->request;
	buf_init(&call->request, 0);
	buf_init(&l->to_client, KUBELET_LINK_PENDING_MAX);
	buf_init(&l->refusal, KUBELET_LINK_PENDING_MAX);
	buf_init(&l->early, KUBELET_LINK_PENDING_MAX);
	http_answer_init(&l->answer, strcmp(call->method, "HEAD") == 0);
	l->later = sandbox_later_new();
	l->later->model = l;
	l->later->closed = on_later_closed;
	res->later = sandbox_later_ref(l->later);
	list_push(&links->links, &l->link);
	links->n++;
	uv_timer_start(&links->soon, on_soon, 0, 0);
}

/* Life of all */

struct kubelet_links *kubelet_links_new(uv_loop_t *loop, const struct pki_pair *pair, const char *authority,
					struct err *e)
{
	SSL_CTX *tls = kubelet_tls_context(pair, authority, e);
	if (!tls) {
		return NULL;
	}
	struct kubelet_links *links = xcalloc(1, sizeof(*links));
	links->loop = loop;
	links->tls = tls;
	links->authority = authority ? xstrdup(authority) : NULL;
	list_init(&links->links);
	uv_timer_init(loop, &links->soon);
	links->soon.data = links;
	return links;
}

int kubelet_links_certificate(struct kubelet_links *links, const struct pki_pair *pair, struct err *e)
{
	SSL_CTX *tls = kubelet_tls_context(pair, links->authority, e);
	if (!tls) {
		return -1;
	}
	SSL_CTX_free(links->tls);
	links->tls = tls;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	struct kubelet_links *links = h->data;
	SSL_CTX_free(links->tls);
	free(links->authority);
	free(links);
}

void kubelet_links_free(struct kubelet_links *links)
{
	if (!links) {
		return;
	}
	LIST_EACH (&links->links, link) {
		kubelet_link_end(LIST_ENTRY(link, struct kubelet_link, link));
	}
	uv_close((uv_handle_t *)&links->soon, on_closed);
}

size_t kubelet_links_count(const struct kubelet_links *links)
{
	return links->n;
}
