/* Answers that go on.
 *
 * A stream with nothing to send is suspended in microhttpd, which then ignores its socket; a watch of our own notices
 * that the peer closes. Waking resumes it; the reader then takes what is there.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "tests/sandbox/front_inner.h"

#define BLOCK_SIZE ((size_t)64 << 10)

int front_socket(const struct front_exchange *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info ? info->connect_fd : -1;
}

void front_resume(struct front_exchange *x)
{
	if (x->suspended) {
		x->suspended = false;
		if (x->watch) {
			uv_poll_stop(x->watch);
		}
		MHD_resume_connection(x->connection);
		front_kick(x->front);
	}
}

static void on_disconnect(uv_poll_t *poll, int status, int events)
{
	struct front_exchange *x = poll->data;
	if (status < 0 || (events & UV_DISCONNECT)) {
		x->gone = true;
		front_resume(x);
	}
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

static void watch_peer(struct front_exchange *x)
{
	if (!x->watch) {
		uv_poll_t *poll = xcalloc(1, sizeof(*poll));
		if (uv_poll_init(x->front->loop, poll, front_socket(x)) < 0) {
			free(poll);
			return;
		}
		poll->data = x;
		x->watch = poll;
	}
	uv_poll_start(x->watch, UV_DISCONNECT, on_disconnect);
}

void front_suspend(struct front_exchange *x)
{
	x->suspended = true;
	MHD_suspend_connection(x->connection);
	watch_peer(x);
}

/* The next piece of what was injected. */
static ssize_t read_injected(struct front_exchange *x, char *to, size_t max)
{
	size_t left = x->injected_len * x->injected_times - x->injected_at;
	size_t n = left < max ? left : max;
	for (size_t i = 0; i < n; i++) {
		to[i] = x->injected[x->injected_at++ % x->injected_len];
	}
	if (n == left) {
		free(x->injected);
		x->injected = NULL;
		x->injected_at = 0;
	}
	return (ssize_t)n;
}

static ssize_t on_read(void *arg, uint64_t position, char *to, size_t max)
{
	(void)position;
	struct front_exchange *x = arg;
	struct sandbox_stream *s = x->stream;
	if (s->cut || x->gone) {
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (x->injected && (x->injected_at > 0 || s->out.len == 0)) {
		return read_injected(x, to, max);
	}
	if (s->out.len > 0) {
		size_t n = s->out.len < max ? s->out.len : max;
		memcpy(to, s->out.data, n);
		buf_consume(&s->out, n);
		if (s->taken) {
			s->taken(s);
		}
		return (ssize_t)n;
	}
	if (s->ended) {
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	front_suspend(x);
	return 0;
}

static void on_wake(struct sandbox_stream *s)
{
	struct front_exchange *x = s->front;
	if (s->cut) {
		/* A reader too slow to be reached by on_read must notice as well. */
		shutdown(front_socket(x), SHUT_RDWR);
	}
	front_resume(x);
}

enum MHD_Result front_stream_begin(struct front_exchange *x, struct sandbox_response *res)
{
	uint64_t size = res->stream->sized ? res->stream->size : MHD_SIZE_UNKNOWN;
	struct MHD_Response *answer = MHD_create_response_from_callback(size, BLOCK_SIZE, on_read, x, NULL);
	if (!answer) {
		return MHD_NO;
	}
	x->stream = res->stream;
	res->stream = NULL;
	x->stream->front = x;
	x->stream->wake = on_wake;
	list_push(&x->front->streams, &x->link);
	front_headers(answer, res);
	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)res->status, answer);
	MHD_destroy_response(answer);
	return queued;
}

void front_stream_silence(struct front_exchange *x)
{
	x->silent = true;
	list_push(&x->front->streams, &x->link);
	front_suspend(x);
}

void front_stream_end(struct front_exchange *x)
{
	struct sandbox_stream *s = x->stream;
	list_remove(&x->link);
	if (x->watch) {
		uv_close((uv_handle_t *)x->watch, free_handle);
	}
	if (!s) {
		return;
	}
	s->wake = NULL;
	s->front = NULL;
	if (!s->cut && (!s->ended || s->out.len > 0) && s->closed) {
		s->closed(s);
	}
	sandbox_stream_unref(s);
}

bool front_stream_inject(struct front_exchange *x, const char *text, size_t n, size_t times)
{
	if (!x->stream || x->injected || n == 0 || times == 0) {
		return false;
	}
	x->injected = xmalloc(n);
	memcpy(x->injected, text, n);
	x->injected_len = n;
	x->injected_times = times;
	front_resume(x);
	return true;
}

void front_stream_break(struct front_exchange *x)
{
	x->gone = true;
	front_resume(x);
}
