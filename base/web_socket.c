#include "base/web_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/list.h"
#include "base/lws_loop.h"
#include "base/mem.h"

#define KEY_BYTES 16
#define KEY_LENGTH 24
#define READ_BYTES 16384

struct web_sockets {
	uv_loop_t *loop;
	struct lws_loop *lws;
	struct lws_vhost *vhost;
	char read[READ_BYTES]; /* one web socket reads at a time */
};

struct web_socket {
	struct web_sockets *all;
	struct lws *wsi; /* at the other end of the pipe; NULL: gone */
	uv_pipe_t pipe;
	char *protocol;
	const struct web_socket_owner *owner;
	void *arg;
	bool open, closing, reading, held, freed;
};

struct piece {
	uv_write_t write;
	char bytes[];
};

/* ---- what libwebsockets wants ---- */

static int add_protocol(const struct web_socket *s, struct lws *wsi, struct lws_process_html_args *room)
{
	unsigned char **at = (unsigned char **)&room->p;
	if (!*s->protocol) {
		return 0;
	}
	return lws_add_http_header_by_name(
	    wsi, (const unsigned char *)"Sec-WebSocket-Protocol:", (const unsigned char *)s->protocol,
	    (int)strlen(s->protocol), at, *at + room->max_len);
}

static int on_established(struct web_socket *s)
{
	s->open = true;
	s->owner->open(s->arg);
	return s->freed ? -1 : 0;
}

static int send_message(struct web_socket *s, const char *message, size_t n, bool text)
{
	unsigned char *frame = xmalloc(LWS_PRE + n);
	memcpy(frame + LWS_PRE, message, n);
	int written = lws_write(s->wsi, frame + LWS_PRE, n, text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
	free(frame);
	return written < (int)n ? -1 : 0;
}

/* In a turn of its own: a close that a writable callback asks for, libwebsockets 4.1 does not send. */
static void say_goodbye(struct web_socket *s)
{
	if (!s->closing) {
		s->closing = true;
		lws_set_timer_usecs(s->wsi, 1);
	}
}

static int on_goodbye(struct web_socket *s)
{
	lws_close_reason(s->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
	return -1;
}

static int on_writable(struct web_socket *s)
{
	size_t n;
	bool text = false;
	const char *message = s->owner->next(s->arg, &n, &text);
	if (!message) {
		if (s->owner->finished(s->arg)) {
			say_goodbye(s);
		}
		return 0;
	}
	if (send_message(s, message, n, text) < 0) {
		return -1;
	}
	s->owner->sent(s->arg, n);
	if (s->freed) {
		return -1;
	}
	lws_callback_on_writable(s->wsi);
	return 0;
}

static int on_receive(struct web_socket *s, const char *bytes, size_t n)
{
	int why = s->owner->receive(s->arg, bytes, n, lws_is_final_fragment(s->wsi));
	if (s->freed) {
		return -1;
	}
	if (why) {
		lws_close_reason(s->wsi, (enum lws_close_status)why, NULL, 0);
		return -1;
	}
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct web_socket *s = lws_get_opaque_user_data(wsi);
	(void)user;
	lws_loop_note(wsi, reason);
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return -1; /* it is not what was asked of it */
	case LWS_CALLBACK_ADD_HEADERS:
		return s ? add_protocol(s, wsi, in) : -1;
	case LWS_CALLBACK_ESTABLISHED:
		return s ? on_established(s) : -1;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return s ? on_writable(s) : -1;
	case LWS_CALLBACK_RECEIVE:
		return s ? on_receive(s, in, len) : -1;
	case LWS_CALLBACK_TIMER:
		return s ? on_goodbye(s) : -1;
	case LWS_CALLBACK_CLOSED:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_WSI_DESTROY:
		if (s) {
			s->wsi = NULL;
			lws_set_opaque_user_data(wsi, NULL);
		}
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
    {.name = "web socket", .callback = callback},
    {0},
};

void web_socket_wake(struct web_socket *s)
{
	if (s->wsi && s->open) {
		lws_callback_on_writable(s->wsi);
	}
}

/* What was read already, libwebsockets gives out in its next turn, and a turn is what on_writable brings. */
void web_socket_hold(struct web_socket *s, bool hold)
{
	if (s->wsi && s->open) {
		lws_rx_flow_control(s->wsi, !hold);
		lws_callback_on_writable(s->wsi);
	}
}

/* ---- the other end ---- */

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	struct web_socket *s = h->data;
	(void)n;
	*b = uv_buf_init(s->all->read, READ_BYTES);
}

static void stop_reading(struct web_socket *s)
{
	s->reading = false;
	uv_read_stop((uv_stream_t *)&s->pipe);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct web_socket *s = stream->data;
	if (n < 0) {
		stop_reading(s);
		s->owner->over(s->arg);
	} else if (n > 0 && !s->owner->out(s->arg, b->base, (size_t)n)) {
		stop_reading(s);
	}
}

void web_socket_go_on(struct web_socket *s)
{
	if (!s->reading && !s->freed) {
		s->reading = uv_read_start((uv_stream_t *)&s->pipe, on_alloc, on_read) == 0;
	}
}

static void hold_connection(struct web_socket *s, bool hold)
{
	if (s->held != hold) {
		s->held = hold;
		s->owner->hold(s->arg, hold);
	}
}

/* A pipe that broke tells so to whoever reads it. */
static void on_written(uv_write_t *w, int status)
{
	struct web_socket *s = w->data;
	(void)status;
	free(LIST_ENTRY(w, struct piece, write));
	if (!s->freed && !uv_stream_get_write_queue_size((uv_stream_t *)&s->pipe)) {
		hold_connection(s, false);
	}
}

void web_socket_feed(struct web_socket *s, const char *bytes, size_t n)
{
	struct piece *p = xmalloc(sizeof(*p) + n);
	uv_buf_t b = uv_buf_init(p->bytes, (unsigned)n);
	memcpy(p->bytes, bytes, n);
	p->write.data = s;
	if (uv_write(&p->write, (uv_stream_t *)&s->pipe, &b, 1, on_written) < 0) {
		free(p);
		return;
	}
	if (uv_stream_get_write_queue_size((uv_stream_t *)&s->pipe)) {
		hold_connection(s, true);
	}
}

/* ---- life ---- */

bool web_socket_key_is_valid(const char *key)
{
	size_t n = 0;
	if (strlen(key) != KEY_LENGTH) {
		return false;
	}
	CLEANUP_FREE char *bytes = base64_decode(key, KEY_LENGTH, &n, NULL);
	return bytes && n == KEY_BYTES;
}

static void ask_for_upgrade(struct web_socket *s, const char *key)
{
	CLEANUP_FREE char *head = xasprintf("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
					    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
					    "Sec-WebSocket-Key: %s\r\n\r\n",
					    key);
	web_socket_feed(s, head, strlen(head));
}

struct web_socket *web_socket_new(struct web_sockets *all, const char *key, const char *protocol,
				  const struct web_socket_owner *owner, void *arg, struct err *e)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends)) {
		err_set(e, ERR_IO, "cannot make a pair of sockets: %s", strerror(errno));
		return NULL;
	}
	struct lws *wsi = lws_adopt_socket_vhost(all->vhost, ends[1]); /* closes it when it cannot */
	if (!wsi) {
		close(ends[0]);
		err_set(e, ERR_IO, "libwebsockets takes no connection");
		return NULL;
	}
	struct web_socket *s = xcalloc(1, sizeof(*s));
	s->all = all;
	s->wsi = wsi;
	s->protocol = xstrdup(protocol);
	s->owner = owner;
	s->arg = arg;
	lws_set_opaque_user_data(wsi, s);
	uv_pipe_init(all->loop, &s->pipe, 0);
	s->pipe.data = s;
	uv_pipe_open(&s->pipe, ends[0]);
	ask_for_upgrade(s, key);
	web_socket_go_on(s);
	return s;
}

static void on_pipe_closed(uv_handle_t *h)
{
	struct web_socket *s = h->data;
	free(s->protocol);
	free(s);
}

void web_socket_free(struct web_socket *s)
{
	if (!s || s->freed) {
		return;
	}
	s->freed = true;
	if (s->wsi) {
		lws_set_opaque_user_data(s->wsi, NULL);
		web_socket_hold(s, false); /* so that it sees the end */
		s->wsi = NULL;
	}
	uv_close((uv_handle_t *)&s->pipe, on_pipe_closed);
}

struct web_sockets *web_sockets_new(uv_loop_t *loop, struct err *e)
{
	struct lws_loop *lws = lws_loop_get(loop, e);
	if (!lws) {
		return NULL;
	}
	struct web_sockets *all = xcalloc(1, sizeof(*all));
	struct lws_loop_vhost vhost = {
	    .name = "web sockets",
	    .port = LWS_LOOP_WEB_SOCKETS,
	    .protocols = protocols,
	    .head_timeout_s = WEB_SOCKET_HANDSHAKE_S,
	    .user = all,
	};
	all->loop = loop;
	all->lws = lws;
	all->vhost = lws_loop_vhost(lws, &vhost, e);
	if (!all->vhost) {
		web_sockets_free(all);
		return NULL;
	}
	return all;
}

void web_sockets_free(struct web_sockets *all)
{
	if (all) {
		lws_loop_put(all->lws, free, all);
	}
}
