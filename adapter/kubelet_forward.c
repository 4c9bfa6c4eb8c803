/* port-forward: to the pod's address; when that does not answer, through a command inside of its network. */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_way.h"
#include "base/buf.h"
#include "base/mem.h"

#define EARLY_MAX                                                                                                      \
	((size_t)4 << 20) /* more than a client can send between two turns of the loop; else it is cut off             \
			   */

/* One port-forward of a client. */
struct forwarding {
	struct kubelet *k;
	char *ip, *pod, *uid;
	char *inside; /* a container in the network of the pod; NULL: none is known */
	char url[AGENT_URL_MAX];
};

/* One connection of it. */
struct forwarded {
	const struct forwarding *f;
	struct forward_pair *pair;
	uint16_t port;
	struct way *way;
	char *not_dialled; /* why; NULL: it was, or will be */
	bool up;	   /* what the client sends goes to the way; before that it is kept: */
	struct buf early;
	bool ended, held, full, flooded;
	uv_timer_t *later; /* the client must not be held from within what it sends */
};

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void forwarded_free(struct forwarded *w)
{
	uv_close((uv_handle_t *)w->later, timer_closed);
	buf_done(&w->early);
	free(w->not_dialled);
	free(w);
}

static void set_full(struct forwarded *w, bool full)
{
	if (full != w->full) {
		w->full = full;
		forward_full(w->pair, full);
	}
}

static void failed(struct forwarded *w, const char *how, const char *why)
{
	const struct forwarding *f = w->f;
	struct forward_pair *pair = w->pair;
	CLEANUP_FREE char *sentence =
	    xasprintf("error forwarding port %u to pod %s, uid %s: dial %s: %s%s%s", w->port, f->pod, f->uid, f->ip,
		      w->not_dialled ? w->not_dialled : why, how, w->not_dialled ? why : "");
	forwarded_free(w);
	forward_failed(pair, sentence);
}

/* The way is open: what was kept goes there. */
static void open_way(struct forwarded *w)
{
	w->up = true;
	uv_timer_stop(w->later);
	if (w->held) {
		w->way->kind->hold(w->way, true);
	}
	if (w->early.len) {
		w->way->kind->send(w->way, w->early.data, w->early.len);
	}
	buf_done(&w->early);
	if (w->ended) {
		w->way->kind->end(w->way);
	}
}

/* ---- what a way tells ---- */

static void on_up(void *arg)
{
	struct forwarded *w = arg;
	open_way(w);
	set_full(w, false);
}

static void on_data(void *arg, const void *bytes, size_t n)
{
	struct forwarded *w = arg;
	forward_data(w->pair, bytes, n);
}

static void on_full(void *arg, bool full)
{
	set_full(arg, full);
}

static void on_end(void *arg)
{
	struct forwarded *w = arg;
	struct forward_pair *pair = w->pair;
	forwarded_free(w);
	forward_end(pair);
}

static void on_relay_failed(void *arg, const char *why)
{
	failed(arg, "; from inside of the pod: ", why);
}

static const struct way_owner through_relay = {on_up, on_data, on_full, on_end, on_relay_failed};

static void on_dial_failed(void *arg, const char *why)
{
	struct forwarded *w = arg;
	if (w->up || !w->f->inside) {
		failed(w, w->up ? "" : "; the agent cannot be asked either", why);
		return;
	}
	w->not_dialled = xstrdup(why);
	w->way = way_relay(w->f->k, w->f->url, w->f->inside, w->port, &through_relay, w);
	open_way(w);
	set_full(w, false);
}

static const struct way_owner directly = {on_up, on_data, on_full, on_end, on_dial_failed};

/* ---- what the client does ---- */

static void on_later(uv_timer_t *t)
{
	struct forwarded *w = t->data;
	if (w->flooded) {
		w->way->kind->close(w->way);
		failed(w, "", "the client sent too much before the connection stood");
	} else if (!w->up) {
		set_full(w, true);
	}
}

static void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	const struct forwarding *f = arg;
	struct forwarded *w = xcalloc(1, sizeof(*w));
	w->f = f;
	w->pair = pair;
	w->port = port;
	buf_init(&w->early, EARLY_MAX);
	w->later = xcalloc(1, sizeof(*w->later));
	uv_timer_init(f->k->cfg.loop, w->later);
	w->later->data = w;
	w->way = way_dial(f->k->cfg.loop, f->ip, port, &directly, w);
	return w;
}

static void on_send(void *to, const void *bytes, size_t n)
{
	struct forwarded *w = to;
	if (w->ended) {
		return;
	}
	if (w->up) {
		w->way->kind->send(w->way, bytes, n);
		return;
	}
	w->flooded = w->flooded || buf_append(&w->early, bytes, n) < 0;
	if (w->flooded || w->early.len > WAY_QUEUE_HIGH) {
		uv_timer_start(w->later, on_later, 0, 0);
	}
}

static void on_client_end(void *to)
{
	struct forwarded *w = to;
	if (w->up && !w->ended) {
		w->way->kind->end(w->way);
	}
	w->ended = true;
}

static void on_hold(void *to, bool hold)
{
	struct forwarded *w = to;
	w->held = hold;
	if (w->up) {
		w->way->kind->hold(w->way, hold);
	}
}

static void on_close(void *to)
{
	struct forwarded *w = to;
	w->way->kind->close(w->way);
	forwarded_free(w);
}

static const struct forward_dialer dialer = {on_dial, on_send, on_client_end, on_hold, on_close};

static void on_over(void *arg)
{
	struct forwarding *f = arg;
	free(f->ip);
	free(f->pod);
	free(f->uid);
	free(f->inside);
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
	f->k = k;
	f->ip = xstrdup(look.pod_ip);
	f->pod = xstrdup(r->pod);
	f->uid = xstrdup(look.uid);
	const char *inside = kubelet_container_id(look.inside);
	if (inside && kubelet_agent_known(&look, f->url)) {
		f->inside = xstrdup(inside);
	}
	if (!kubelet_exchange_forward(x, &dialer, f, on_over)) {
		on_over(f);
	}
}
