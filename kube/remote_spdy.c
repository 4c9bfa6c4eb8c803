#include "kube/remote_spdy.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct remote_spdy {
	struct spdy *spdy;
	struct remote *remote;
	uint32_t streams[REMOTE_CHANNELS]; /* 0: not open */
	bool finished;
	const struct remote_spdy_owner *owner;
	void *owner_arg;
};

static const char *const channel_names[REMOTE_CHANNELS] = {
    [REMOTE_STDIN] = "stdin", [REMOTE_STDOUT] = "stdout", [REMOTE_STDERR] = "stderr",
    [REMOTE_ERROR] = "error", [REMOTE_RESIZE] = "resize",
};

static enum remote_channel channel_of_stream(const struct remote_spdy *c, uint32_t stream)
{
	int i = 0;
	while (i < REMOTE_CHANNELS && c->streams[i] != stream) {
		i++;
	}
	return (enum remote_channel)i;
}

static enum remote_channel channel_of_name(const char *name)
{
	int i = 0;
	while (i < REMOTE_CHANNELS && (!name || strcmp(channel_names[i], name) != 0)) {
		i++;
	}
	return (enum remote_channel)i;
}

/* ---- what the client does ---- */

static void on_open(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n)
{
	struct remote_spdy *c = arg;
	enum remote_channel channel = channel_of_name(spdy_header(headers, n, "streamtype"));
	if (!remote_expects(c->remote, channel) || c->streams[channel]) {
		spdy_reset(c->spdy, stream, SPDY_REFUSED_STREAM);
		return;
	}
	c->streams[channel] = stream;
	spdy_reply(c->spdy, stream);
	remote_open(c->remote, channel);
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	struct remote_spdy *c = arg;
	remote_data(c->remote, channel_of_stream(c, stream), bytes, n);
}

static void on_fin(void *arg, uint32_t stream)
{
	struct remote_spdy *c = arg;
	remote_end(c->remote, channel_of_stream(c, stream));
}

static void on_reset(void *arg, uint32_t stream, uint32_t status)
{
	(void)status;
	on_fin(arg, stream);
}

static void on_goaway(void *arg)
{
	struct remote_spdy *c = arg;
	remote_gone(c->remote);
	spdy_goaway(c->spdy);
	c->finished = true;
}

static const struct spdy_handlers handlers = {on_open, on_data, on_fin, on_reset, on_goaway};

/* ---- what the process does ---- */

static void carrier_send(void *arg, enum remote_channel channel, const void *bytes, size_t n)
{
	struct remote_spdy *c = arg;
	if (spdy_send(c->spdy, c->streams[channel], bytes, n) < 0) {
		c->finished = true;
	}
	c->owner->wake(c->owner_arg);
}

static size_t carrier_pending(void *arg)
{
	size_t n;
	spdy_pending(((struct remote_spdy *)arg)->spdy, &n);
	return n;
}

static void carrier_hold_input(void *arg, bool hold)
{
	struct remote_spdy *c = arg;
	c->owner->hold_input(c->owner_arg, hold);
}

static void carrier_finish(void *arg)
{
	struct remote_spdy *c = arg;
	spdy_goaway(c->spdy);
	c->finished = true;
	c->owner->wake(c->owner_arg);
}

static const struct remote_carrier carrier = {carrier_send, carrier_pending, carrier_hold_input, carrier_finish};

/* ---- life ---- */

struct remote_spdy *remote_spdy_new(const struct remote_wish *wish, const struct remote_process *process,
				    void *process_arg, const struct remote_spdy_owner *owner, void *owner_arg)
{
	struct remote_spdy *c = xcalloc(1, sizeof(*c));
	c->owner = owner;
	c->owner_arg = owner_arg;
	c->spdy = spdy_new(&handlers, c);
	c->remote = remote_new(wish, &carrier, c, process, process_arg);
	return c;
}

void remote_spdy_free(struct remote_spdy *c)
{
	if (!c) {
		return;
	}
	remote_free(c->remote);
	spdy_free(c->spdy);
	free(c);
}

struct remote *remote_spdy_remote(struct remote_spdy *c)
{
	return c->remote;
}

int remote_spdy_feed(struct remote_spdy *c, const char *bytes, size_t n, struct err *e)
{
	return spdy_feed(c->spdy, bytes, n, e);
}

const char *remote_spdy_pending(const struct remote_spdy *c, size_t *ret_n)
{
	return spdy_pending(c->spdy, ret_n);
}

void remote_spdy_sent(struct remote_spdy *c, size_t n)
{
	spdy_sent(c->spdy, n);
	remote_drained(c->remote);
}

bool remote_spdy_finished(const struct remote_spdy *c)
{
	return c->finished;
}
