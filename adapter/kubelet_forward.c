/* port-forward: connections to the pod's address. */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/list.h"
#include "base/mem.h"

#define READ_BYTES ((size_t)32 << 10)
#define QUEUE_HIGH ((size_t)256 << 10) /* bytes that the pod has not taken: the client is held … */
#define QUEUE_LOW ((size_t)64 << 10)   /* … until so few are left */

/* One port-forward of a client. */
struct forwarding {
	uv_loop_t *loop;
	char *ip, *pod, *uid;
};

struct dialled {
	struct forward_pair *pair; /* NULL: gone, nothing more is told */
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_timer_t later; /* tells that it could not even be tried */
	uint16_t port;
	bool connected, held, full, ended;
	unsigned open_handles;
	char *what; /* for the sentence of a failure */
	char buffer[READ_BYTES];
};

struct written {
	uv_write_t write;
	struct dialled *d;
	char bytes[];
};

static void on_handle_closed(uv_handle_t *h)
{
	struct dialled *d = h->data;
	if (!--d->open_handles) {
		free(d->what);
		free(d);
	}
}

static void drop(struct dialled *d)
{
	d->pair = NULL;
	if (!uv_is_closing((uv_handle_t *)&d->tcp)) {
		uv_close((uv_handle_t *)&d->tcp, on_handle_closed);
		uv_close((uv_handle_t *)&d->later, on_handle_closed);
	}
}

static void failed(struct dialled *d, int error)
{
	struct forward_pair *pair = d->pair;
	CLEANUP_FREE char *sentence = xasprintf("%s: %s", d->what, uv_strerror(error));
	drop(d);
	if (pair) {
		forward_failed(pair, sentence);
	}
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
	struct forward_pair *pair = d->pair;
	if (!pair) {
		return;
	}
	if (n > 0) {
		forward_data(pair, b->base, (size_t)n);
	} else if (n == UV_EOF) {
		drop(d);
		forward_end(pair);
	} else if (n < 0) {
		failed(d, (int)n);
	}
}

static void read_on(struct dialled *d)
{
	if (d->connected && !d->held && d->pair) {
		uv_read_start((uv_stream_t *)&d->tcp, on_alloc, on_read);
	}
}

static void on_shut(uv_shutdown_t *r, int status)
{
	(void)status;
	free(r);
}

static void shut(struct dialled *d)
{
	uv_shutdown_t *r = xmalloc(sizeof(*r));
	if (uv_shutdown(r, (uv_stream_t *)&d->tcp, on_shut) < 0) {
		free(r);
	}
}

static void on_connected(uv_connect_t *c, int status)
{
	struct dialled *d = c->data;
	if (!d->pair) {
		return;
	}
	if (status < 0) {
		failed(d, status);
		return;
	}
	d->connected = true;
	uv_tcp_nodelay(&d->tcp, 1);
	read_on(d);
	if (d->ended) {
		shut(d);
	}
}

static void weigh(struct dialled *d)
{
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&d->tcp);
	bool full = d->full ? queued > QUEUE_LOW : queued > QUEUE_HIGH;
	if (d->pair && full != d->full) {
		d->full = full;
		forward_full(d->pair, full);
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct written *o = LIST_ENTRY(w, struct written, write);
	struct dialled *d = o->d;
	free(o);
	if (status < 0 && d->pair) {
		failed(d, status);
	} else {
		weigh(d);
	}
}

static void on_later(uv_timer_t *t)
{
	failed(t->data, UV_EINVAL);
}

/* The client must not be held from within what it sends. */
static void on_full(uv_timer_t *t)
{
	weigh(t->data);
}

/* ---- what the client does ---- */

static void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	const struct forwarding *f = arg;
	struct sockaddr_storage at;
	struct dialled *d = xcalloc(1, sizeof(*d));
	d->pair = pair;
	d->port = port;
	d->what = xasprintf("error forwarding port %u to pod %s, uid %s: dial %s", port, f->pod, f->uid, f->ip);
	uv_tcp_init(f->loop, &d->tcp);
	uv_timer_init(f->loop, &d->later);
	d->tcp.data = d->later.data = d->connect.data = d;
	d->open_handles = 2;
	int r = uv_ip4_addr(f->ip, port, (struct sockaddr_in *)&at);
	r = r < 0 ? uv_ip6_addr(f->ip, port, (struct sockaddr_in6 *)&at) : r;
	if (r < 0 || uv_tcp_connect(&d->connect, &d->tcp, (struct sockaddr *)&at, on_connected) < 0) {
		uv_timer_start(&d->later, on_later, 0, 0);
	}
	return d;
}

/* Before the connection stands libuv keeps what is written. */
static void on_send(void *to, const void *bytes, size_t n)
{
	struct dialled *d = to;
	struct written *o = xmalloc(sizeof(*o) + n);
	o->d = d;
	memcpy(o->bytes, bytes, n);
	uv_buf_t b = uv_buf_init(o->bytes, (unsigned)n);
	if (d->ended || uv_write(&o->write, (uv_stream_t *)&d->tcp, &b, 1, on_written) < 0) {
		free(o);
		return;
	}
	size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&d->tcp);
	if (queued > QUEUE_HIGH) {
		uv_timer_start(&d->later, on_full, 0, 0);
	}
}

static void on_end(void *to)
{
	struct dialled *d = to;
	d->ended = true;
	if (d->connected) {
		shut(d);
	}
}

static void on_hold(void *to, bool hold)
{
	struct dialled *d = to;
	d->held = hold;
	if (hold) {
		uv_read_stop((uv_stream_t *)&d->tcp);
	} else {
		read_on(d);
	}
}

static void on_close(void *to)
{
	drop(to);
}

static const struct forward_dialer dialer = {on_dial, on_send, on_end, on_hold, on_close};

static void on_over(void *arg)
{
	struct forwarding *f = arg;
	free(f->ip);
	free(f->pod);
	free(f->uid);
	free(f);
}

void kubelet_forward(struct kubelet *k, struct kubelet_exchange *x)
{
	const struct kubelet_request *r = kubelet_exchange_request(x);
	struct core_look look;
	if (!kubelet_find(k, x, &look)) {
		return;
	}
	if (!look.pod_ip) {
		kubelet_exchange_refuse(x, 500, "the address of the pod is not known yet");
		return;
	}
	struct forwarding *f = xcalloc(1, sizeof(*f));
	f->loop = k->cfg.loop;
	f->ip = xstrdup(look.pod_ip);
	f->pod = xstrdup(r->pod);
	f->uid = xstrdup(look.uid);
	if (!kubelet_exchange_forward(x, &dialer, f, on_over)) {
		on_over(f);
	}
}
