/* A connection to the address of a pod. */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_way.h"
#include "base/list.h"
#include "base/mem.h"

#define READ_BYTES ((size_t)32 << 10)

struct dialled {
	struct way way;
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_timer_t timer; /* the deadline of the connection; later, what must not be told at once */
	bool gone, connected, full;
	int error; /* it could not even be tried */
	unsigned open_handles;
	char buffer[READ_BYTES];
};

struct written {
	uv_write_t write;
	struct dialled *d;
	char bytes[];
};

static struct dialled *dialled(struct way *way)
{
	return LIST_ENTRY(way, struct dialled, way);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct dialled *d = h->data;
	if (!--d->open_handles) {
		free(d);
	}
}

static void drop(struct way *way)
{
	struct dialled *d = dialled(way);
	if (!d->gone) {
		d->gone = true;
		uv_close((uv_handle_t *)&d->tcp, on_handle_closed);
		uv_close((uv_handle_t *)&d->timer, on_handle_closed);
	}
}

static void failed(struct dialled *d, int error)
{
	drop(&d->way);
	d->way.owner->on_failed(d->way.arg, uv_strerror(error));
}

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	struct dialled *d = h->data;
	(void)n;
	*b = uv_buf_init(d->buffer, READ_BYTES);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct dialled *d = s->data;
	if (n > 0) {
		d->way.owner->on_data(d->way.arg, b->base, (size_t)n);
	} else if (n == UV_EOF) {
		drop(&d->way);
		d->way.owner->on_end(d->way.arg);
	} else if (n < 0) {
		failed(d, (int)n);
	}
}

static void on_connected(uv_connect_t *c, int status)
{
	struct dialled *d = c->data;
	if (d->gone) {
		return;
	}
	uv_timer_stop(&d->timer);
	if (status < 0) {
		failed(d, status);
		return;
	}
	d->connected = true;
	uv_tcp_nodelay(&d->tcp, 1);
	uv_read_start((uv_stream_t *)&d->tcp, on_alloc, on_read);
	d->way.owner->on_up(d->way.arg);
}

static void weigh(struct dialled *d)
{
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&d->tcp);
	bool full = queued > (d->full ? WAY_QUEUE_LOW : WAY_QUEUE_HIGH);
	if (full != d->full) {
		d->full = full;
		d->way.owner->on_full(d->way.arg, full);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct dialled *d = t->data;
	if (d->connected) {
		weigh(d);
	} else {
		failed(d, d->error ? d->error : UV_ETIMEDOUT);
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct written *o = LIST_ENTRY(w, struct written, write);
	struct dialled *d = o->d;
	free(o);
	if (d->gone) {
		return;
	}
	if (status < 0) {
		failed(d, status);
	} else {
		weigh(d);
	}
}

static void way_send(struct way *way, const void *bytes, size_t n)
{
	struct dialled *d = dialled(way);
	struct written *o = xmalloc(sizeof(*o) + n);
	o->d = d;
	memcpy(o->bytes, bytes, n);
	uv_buf_t b = uv_buf_init(o->bytes, (unsigned)n);
	if (uv_write(&o->write, (uv_stream_t *)&d->tcp, &b, 1, on_written) < 0) {
		free(o); /* it is broken, which reading tells */
	} else if (!d->full && uv_stream_get_write_queue_size((uv_stream_t *)&d->tcp) > WAY_QUEUE_HIGH) {
		uv_timer_start(&d->timer, on_timer, 0, 0);
	}
}

static void on_shut(uv_shutdown_t *r, int status)
{
	(void)status;
	free(r);
}

static void way_end(struct way *way)
{
	uv_shutdown_t *r = xmalloc(sizeof(*r));
	if (uv_shutdown(r, (uv_stream_t *)&dialled(way)->tcp, on_shut) < 0) {
		free(r);
	}
}

static void way_hold(struct way *way, bool hold)
{
	uv_stream_t *s = (uv_stream_t *)&dialled(way)->tcp;
	if (hold) {
		uv_read_stop(s);
	} else {
		uv_read_start(s, on_alloc, on_read);
	}
}

static const struct way_kind kind = {way_send, way_end, way_hold, drop};

struct way *way_dial(uv_loop_t *loop, const char *ip, uint16_t port, const struct way_owner *owner, void *arg)
{
	struct sockaddr_storage at;
	struct dialled *d = xcalloc(1, sizeof(*d));
	d->way = (struct way){&kind, owner, arg};
	uv_tcp_init(loop, &d->tcp);
	uv_timer_init(loop, &d->timer);
	d->tcp.data = d->timer.data = d->connect.data = d;
	d->open_handles = 2;
	d->error = uv_ip4_addr(ip, port, (struct sockaddr_in *)&at);
	if (d->error < 0) {
		d->error = uv_ip6_addr(ip, port, (struct sockaddr_in6 *)&at);
	}
	if (d->error >= 0) {
		d->error = uv_tcp_connect(&d->connect, &d->tcp, (struct sockaddr *)&at, on_connected);
	}
	uv_timer_start(&d->timer, on_timer, d->error < 0 ? 0 : WAY_DIAL_TIMEOUT_MS, 0);
	return &d->way;
}
