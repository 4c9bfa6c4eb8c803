#include "kube/remote_ws.h"

#include <stdlib.h>

#include "base/mem.h"

#define CLOSE_SIGNAL 255

struct remote_ws {
	struct remote *remote;
	const struct ws_protocol *protocol;
	struct ws_channels channels;
	bool finished;
	const struct remote_ws_owner *owner;
	void *owner_arg;
};

const struct ws_protocol *remote_ws_choose(const char *offers)
{
	return ws_protocol_choose(offers, 1, 5);
}

/* ---- out ---- */

static void put(struct remote_ws *c, enum remote_channel channel, const void *bytes, size_t n)
{
	if (ws_channels_put(&c->channels, channel, bytes, n) < 0) {
		c->finished = true;
		remote_gone(c->remote);
	}
	c->owner->wake(c->owner_arg);
}

static void carrier_send(void *arg, enum remote_channel channel, const void *bytes, size_t n)
{
	put(arg, channel, bytes, n);
}

static size_t carrier_pending(void *arg)
{
	return ws_channels_pending(&((struct remote_ws *)arg)->channels);
}

static void carrier_hold_input(void *arg, bool hold)
{
	struct remote_ws *c = arg;
	c->owner->hold_input(c->owner_arg, hold);
}

static void carrier_finish(void *arg)
{
	struct remote_ws *c = arg;
	c->finished = true;
	c->owner->wake(c->owner_arg);
}

static const struct remote_carrier carrier = {carrier_send, carrier_pending, carrier_hold_input, carrier_finish};

const char *remote_ws_next(const struct remote_ws *c, size_t *ret_n)
{
	return ws_channels_next(&c->channels, ret_n);
}

void remote_ws_sent(struct remote_ws *c)
{
	ws_channels_sent(&c->channels);
	remote_drained(c->remote);
}

bool remote_ws_finished(const struct remote_ws *c)
{
	return c->finished;
}

/* ---- in ---- */

static int take(struct remote_ws *c, const struct ws_message *m, struct err *e)
{
	if (m->channel == CLOSE_SIGNAL && c->protocol->version == 5) {
		if (m->n != 1 || m->bytes[0] != REMOTE_STDIN) {
			return err_set(e, ERR_PROTOCOL,
				       "WebSocket: a close signal for a channel that is not the client's");
		}
		remote_end(c->remote, REMOTE_STDIN);
		return 0;
	}
	if (m->channel != REMOTE_STDIN && m->channel != REMOTE_RESIZE) {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a message for channel %u", m->channel);
	}
	remote_data(c->remote, (enum remote_channel)m->channel, m->bytes, m->n);
	return 0;
}

int remote_ws_message(struct remote_ws *c, const char *bytes, size_t n, struct err *e)
{
	struct ws_message message;
	if (!n) {
		return 0; /* a sign of life */
	}
	if (ws_message_read(c->protocol->base64, bytes, n, &message, e) < 0) {
		return -1;
	}
	int r = take(c, &message, e);
	free(message.owned);
	return r;
}

/* ---- life ---- */

struct remote_ws *remote_ws_new(const struct remote_wish *wish, const struct ws_protocol *protocol,
				const struct remote_process *process, void *process_arg,
				const struct remote_ws_owner *owner, void *owner_arg)
{
	struct remote_wish w = *wish;
	struct remote_ws *c = xcalloc(1, sizeof(*c));
	w.version = protocol->version == 1 ? 3 : protocol->version; /* text for errors, and resizing all the same */
	c->protocol = protocol;
	c->owner = owner;
	c->owner_arg = owner_arg;
	ws_channels_init(&c->channels, protocol->base64);
	c->remote = remote_new(&w, &carrier, c, process, process_arg);
	return c;
}

void remote_ws_free(struct remote_ws *c)
{
	if (!c) {
		return;
	}
	remote_free(c->remote);
	ws_channels_done(&c->channels);
	free(c);
}

struct remote *remote_ws_remote(struct remote_ws *c)
{
	return c->remote;
}

/* An empty message on the first channel that is ours to write tells that the session stands. */
void remote_ws_start(struct remote_ws *c)
{
	static const enum remote_channel ours[] = {REMOTE_STDOUT, REMOTE_STDERR, REMOTE_ERROR};
	size_t i = 0;
	while (!remote_expects(c->remote, ours[i])) {
		i++;
	}
	put(c, ours[i], "", 0);
	for (int channel = 0; channel < REMOTE_CHANNELS; channel++) {
		if (remote_expects(c->remote, (enum remote_channel)channel)) {
			remote_open(c->remote, (enum remote_channel)channel);
		}
	}
}
