#include "kube/forward_ws.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"

struct ws_pair {
	struct forward_pair base;
	struct forward_ws *f;
	uint16_t port;
	void *to; /* NULL: not dialled, or over */
	bool full;
};

struct forward_ws {
	struct ws_channels channels;
	const struct forward_dialer *dialer;
	void *dialer_arg;
	const struct forward_owner *owner;
	void *owner_arg;
	bool held, broken;
	size_t n_open, n_full, n;
	struct ws_pair pairs[];
};

const struct ws_protocol *forward_ws_choose(const char *offers)
{
	return ws_protocol_choose(offers, 4, 4);
}

static struct ws_pair *ws_pair_of(struct forward_pair *base)
{
	return LIST_ENTRY(base, struct ws_pair, base);
}

static unsigned data_channel(const struct ws_pair *p)
{
	return 2 * (unsigned)(p - p->f->pairs);
}

static void put(struct forward_ws *f, unsigned channel, const void *bytes, size_t n)
{
	if (ws_channels_put(&f->channels, channel, bytes, n) < 0) {
		f->broken = true;
	}
	f->owner->wake(f->owner_arg);
}

/* ---- what the pod does ---- */

static void weigh_output(struct forward_ws *f)
{
	size_t pending = ws_channels_pending(&f->channels);
	bool hold = f->held ? pending > FORWARD_PENDING_LOW : pending > FORWARD_PENDING_HIGH;
	if (hold == f->held) {
		return;
	}
	f->held = hold;
	for (size_t i = 0; i < f->n; i++) {
		if (f->pairs[i].to) {
			f->dialer->hold(f->pairs[i].to, hold);
		}
	}
}

static void on_pod_full(struct forward_pair *base, bool full)
{
	struct ws_pair *p = ws_pair_of(base);
	struct forward_ws *f = p->f;
	bool was_full = f->n_full > 0;
	f->n_full += (size_t)full - (size_t)p->full;
	p->full = full;
	if (was_full != (f->n_full > 0)) {
		f->owner->hold_input(f->owner_arg, f->n_full > 0);
	}
}

static void on_pod_data(struct forward_pair *base, const void *bytes, size_t n)
{
	struct ws_pair *p = ws_pair_of(base);
	put(p->f, data_channel(p), bytes, n);
	weigh_output(p->f);
}

static void on_pod_end(struct forward_pair *base)
{
	struct ws_pair *p = ws_pair_of(base);
	on_pod_full(base, false);
	p->to = NULL;
	p->f->n_open--;
	p->f->owner->wake(p->f->owner_arg);
}

static void on_pod_failed(struct forward_pair *base, const char *sentence)
{
	struct ws_pair *p = ws_pair_of(base);
	put(p->f, data_channel(p) + 1, sentence, strlen(sentence));
	on_pod_end(base);
}

static const struct forward_carrier carrier = {on_pod_data, on_pod_full, on_pod_end, on_pod_failed};

/* ---- what the client does ---- */

static int take(struct forward_ws *f, const struct ws_message *m, struct err *e)
{
	if (m->channel >= 2 * f->n || m->channel % 2) {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a message for channel %u", m->channel);
	}
	void *to = f->pairs[m->channel / 2].to;
	if (to && m->n) {
		f->dialer->send(to, m->bytes, m->n);
	}
	return 0;
}

int forward_ws_message(struct forward_ws *f, const char *bytes, size_t n, struct err *e)
{
	struct ws_message message;
	if (!n) {
		return 0; /* a sign of life */
	}
	if (ws_message_read(f->channels.base64, bytes, n, &message, e) < 0) {
		return -1;
	}
	int r = take(f, &message, e);
	free(message.owned);
	return r;
}

const char *forward_ws_next(const struct forward_ws *f, size_t *ret_n)
{
	return ws_channels_next(&f->channels, ret_n);
}

void forward_ws_sent(struct forward_ws *f)
{
	ws_channels_sent(&f->channels);
	weigh_output(f);
}

bool forward_ws_finished(const struct forward_ws *f)
{
	return f->broken || !f->n_open;
}

/* ---- life ---- */

struct forward_ws *forward_ws_new(const uint16_t *ports, size_t n, const struct ws_protocol *protocol,
				  const struct forward_dialer *dialer, void *dialer_arg,
				  const struct forward_owner *owner, void *owner_arg)
{
	struct forward_ws *f = xcalloc(1, sizeof(*f) + n * sizeof(f->pairs[0]));
	ws_channels_init(&f->channels, protocol->base64);
	f->dialer = dialer;
	f->dialer_arg = dialer_arg;
	f->owner = owner;
	f->owner_arg = owner_arg;
	f->n = f->n_open = n;
	for (size_t i = 0; i < n; i++) {
		f->pairs[i] = (struct ws_pair){.base = {&carrier}, .f = f, .port = ports[i]};
	}
	return f;
}

void forward_ws_start(struct forward_ws *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct ws_pair *p = &f->pairs[i];
		const char port[] = {(char)(p->port & 0xff), (char)(p->port >> 8)};
		put(f, data_channel(p), port, sizeof(port));
		put(f, data_channel(p) + 1, port, sizeof(port));
		p->to = f->dialer->dial(f->dialer_arg, &p->base, p->port);
	}
}

void forward_ws_free(struct forward_ws *f)
{
	if (!f) {
		return;
	}
	for (size_t i = 0; i < f->n; i++) {
		if (f->pairs[i].to) {
			f->dialer->close(f->pairs[i].to);
		}
	}
	ws_channels_done(&f->channels);
	free(f);
}
