#include "kube/forward_spdy.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "kube/spdy.h"

struct spdy_pair {
	struct forward_pair base;
	struct list link;
	struct forward_spdy *f;
	char id[FORWARD_REQUEST_ID_MAX]; /* empty: a client that gives none */
	uint32_t error, data;		 /* streams; 0: not open */
	uint16_t port;
	void *to; /* NULL: not dialled */
	bool full;
};

struct forward_spdy {
	struct spdy *spdy;
	const struct forward_dialer *dialer;
	void *dialer_arg;
	const struct forward_owner *owner;
	void *owner_arg;
	struct list pairs;
	size_t n_pairs, n_full;
	bool held, finished;
};

static const struct forward_carrier carrier;

/* ---- pairs ---- */

static struct spdy_pair *spdy_pair_of(struct forward_pair *base)
{
	return LIST_ENTRY(base, struct spdy_pair, base);
}

static void weigh_input(struct forward_spdy *f, bool was_full)
{
	if (was_full != (f->n_full > 0)) {
		f->owner->hold_input(f->owner_arg, f->n_full > 0);
	}
}

static void pair_free(struct spdy_pair *p)
{
	struct forward_spdy *f = p->f;
	bool was_full = f->n_full > 0;
	f->n_full -= p->full;
	f->n_pairs--;
	list_remove(&p->link);
	free(p);
	weigh_input(f, was_full);
}

static void pair_close(struct spdy_pair *p)
{
	if (p->to) {
		p->f->dialer->close(p->to);
	}
	pair_free(p);
}

static struct spdy_pair *pair_of_stream(struct forward_spdy *f, uint32_t stream)
{
	LIST_EACH (&f->pairs, link) {
		struct spdy_pair *p = LIST_ENTRY(link, struct spdy_pair, link);
		if (p->data == stream || p->error == stream) {
			return p;
		}
	}
	return NULL;
}

/* The pair that the stream belongs to: of the same request, or, without ids, of the error stream before it. */
static struct spdy_pair *pair_of_request(struct forward_spdy *f, const char *id, uint32_t stream, bool data)
{
	LIST_EACH (&f->pairs, link) {
		struct spdy_pair *p = LIST_ENTRY(link, struct spdy_pair, link);
		bool same = *id ? strcmp(p->id, id) == 0 : !*p->id && data && p->error + 2 == stream;
		if (same && !(data ? p->data : p->error)) {
			return p;
		}
	}
	if (f->n_pairs >= FORWARD_CONNECTIONS_MAX || strlen(id) >= FORWARD_REQUEST_ID_MAX) {
		return NULL;
	}
	struct spdy_pair *p = xcalloc(1, sizeof(*p));
	p->base.carrier = &carrier;
	p->f = f;
	memcpy(p->id, id, strlen(id) + 1);
	list_push(&f->pairs, &p->link);
	f->n_pairs++;
	return p;
}

static uint16_t port_of(const char *text)
{
	char *end;
	unsigned long port = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
	return port && !*end && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* ---- what the client does ---- */

static void on_open(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n)
{
	struct forward_spdy *f = arg;
	const char *type = spdy_header(headers, n, "streamtype");
	const char *id = spdy_header(headers, n, "requestid");
	uint16_t port = port_of(spdy_header(headers, n, "port"));
	bool data = type && strcmp(type, "data") == 0;
	bool known = data || (type && strcmp(type, "error") == 0);
	struct spdy_pair *p = known && port ? pair_of_request(f, id ? id : "", stream, data) : NULL;
	if (!p || (p->port && p->port != port)) {
		spdy_reset(f->spdy, stream, SPDY_REFUSED_STREAM);
		return;
	}
	p->port = port;
	*(data ? &p->data : &p->error) = stream;
	spdy_reply(f->spdy, stream);
	if (p->data && p->error) {
		p->to = f->dialer->dial(f->dialer_arg, &p->base, port);
		if (f->held) {
			f->dialer->hold(p->to, true);
		}
	}
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	struct forward_spdy *f = arg;
	const struct spdy_pair *p = pair_of_stream(f, stream);
	if (p && p->data == stream && p->to) {
		f->dialer->send(p->to, bytes, n);
	}
}

static void on_fin(void *arg, uint32_t stream)
{
	struct forward_spdy *f = arg;
	const struct spdy_pair *p = pair_of_stream(f, stream);
	if (p && p->data == stream && p->to) {
		f->dialer->end(p->to);
	}
}

static void on_reset(void *arg, uint32_t stream, uint32_t status)
{
	struct forward_spdy *f = arg;
	struct spdy_pair *p = pair_of_stream(f, stream);
	(void)status;
	if (p) {
		spdy_reset(f->spdy, p->data == stream ? p->error : p->data, SPDY_CANCEL);
		pair_close(p);
	}
}

static void on_goaway(void *arg)
{
	struct forward_spdy *f = arg;
	LIST_EACH (&f->pairs, link) {
		pair_close(LIST_ENTRY(link, struct spdy_pair, link));
	}
	spdy_goaway(f->spdy);
	f->finished = true;
}

static const struct spdy_handlers handlers = {on_open, on_data, on_fin, on_reset, on_goaway};

/* ---- what the pod does ---- */

static void weigh_output(struct forward_spdy *f)
{
	size_t pending;
	spdy_pending(f->spdy, &pending);
	bool hold = f->held ? pending > FORWARD_PENDING_LOW : pending > FORWARD_PENDING_HIGH;
	if (hold == f->held) {
		return;
	}
	f->held = hold;
	LIST_EACH (&f->pairs, link) {
		struct spdy_pair *p = LIST_ENTRY(link, struct spdy_pair, link);
		if (p->to) {
			f->dialer->hold(p->to, hold);
		}
	}
}

static void on_pod_data(struct forward_pair *pair, const void *bytes, size_t n)
{
	struct spdy_pair *p = spdy_pair_of(pair);
	struct forward_spdy *f = p->f;
	if (spdy_send(f->spdy, p->data, bytes, n) < 0) {
		f->finished = true;
	}
	weigh_output(f);
	f->owner->wake(f->owner_arg);
}

static void on_pod_full(struct forward_pair *pair, bool full)
{
	struct spdy_pair *p = spdy_pair_of(pair);
	struct forward_spdy *f = p->f;
	bool was_full = f->n_full > 0;
	f->n_full += (size_t)full - (size_t)p->full;
	p->full = full;
	weigh_input(f, was_full);
}

static void on_pod_end(struct forward_pair *pair)
{
	struct spdy_pair *p = spdy_pair_of(pair);
	struct forward_spdy *f = p->f;
	spdy_fin(f->spdy, p->error);
	spdy_fin(f->spdy, p->data);
	pair_free(p);
	f->owner->wake(f->owner_arg);
}

static void on_pod_failed(struct forward_pair *pair, const char *sentence)
{
	struct spdy_pair *p = spdy_pair_of(pair);
	struct forward_spdy *f = p->f;
	spdy_send(f->spdy, p->error, sentence, strlen(sentence));
	spdy_fin(f->spdy, p->error);
	spdy_reset(f->spdy, p->data, SPDY_CANCEL);
	pair_free(p);
	f->owner->wake(f->owner_arg);
}

static const struct forward_carrier carrier = {on_pod_data, on_pod_full, on_pod_end, on_pod_failed};

/* ---- life ---- */

struct forward_spdy *forward_spdy_new(const struct forward_dialer *dialer, void *dialer_arg,
				      const struct forward_owner *owner, void *owner_arg)
{
	struct forward_spdy *f = xcalloc(1, sizeof(*f));
	f->dialer = dialer;
	f->dialer_arg = dialer_arg;
	f->owner = owner;
	f->owner_arg = owner_arg;
	list_init(&f->pairs);
	f->spdy = spdy_new(&handlers, f);
	return f;
}

void forward_spdy_free(struct forward_spdy *f)
{
	if (!f) {
		return;
	}
	LIST_EACH (&f->pairs, link) {
		struct spdy_pair *p = LIST_ENTRY(link, struct spdy_pair, link);
		if (p->to) {
			f->dialer->close(p->to);
		}
		free(p);
	}
	spdy_free(f->spdy);
	free(f);
}

int forward_spdy_feed(struct forward_spdy *f, const char *bytes, size_t n, struct err *e)
{
	return spdy_feed(f->spdy, bytes, n, e);
}

const char *forward_spdy_pending(const struct forward_spdy *f, size_t *ret_n)
{
	return spdy_pending(f->spdy, ret_n);
}

void forward_spdy_sent(struct forward_spdy *f, size_t n)
{
	spdy_sent(f->spdy, n);
	weigh_output(f);
}

bool forward_spdy_finished(const struct forward_spdy *f)
{
	return f->finished;
}
