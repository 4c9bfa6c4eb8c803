#include "kube/remote_ws.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"

#define CLOSE_SIGNAL 255
#define CHUNK ((size_t)24 << 10) /* bytes of a channel in one message of ours; a multiple of three, for base64 */

struct remote_ws {
	struct remote *remote;
	const struct remote_ws_protocol *protocol;
	struct buf out; /* each message with its length, a size_t, before it */
	bool finished;
	const struct remote_ws_owner *owner;
	void *owner_arg;
};

static const struct remote_ws_protocol protocols[] = {
    {"v5.channel.k8s.io", 5, false}, {"v4.channel.k8s.io", 4, false},	 {"v4.base64.channel.k8s.io", 4, true},
    {"channel.k8s.io", 1, false},    {"base64.channel.k8s.io", 1, true}, {"", 1, false},
};
#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static const struct remote_ws_protocol *find(const char *name, size_t n)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		if (strlen(protocols[i].name) == n && strncmp(protocols[i].name, name, n) == 0) {
			return &protocols[i];
		}
	}
	return NULL;
}

const struct remote_ws_protocol *remote_ws_choose(const char *offers)
{
	if (!offers || !*offers) {
		return find("", 0);
	}
	for (const char *p = offers; *p; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		size_t n = strcspn(p, ", \t");
		const struct remote_ws_protocol *protocol = n ? find(p, n) : NULL;
		if (protocol) {
			return protocol;
		}
	}
	return NULL;
}

/* ---- out ---- */

static void put(struct remote_ws *c, const char *message, size_t n)
{
	if (c->out.len + sizeof(n) + n > c->out.max || buf_append(&c->out, &n, sizeof(n)) < 0 ||
	    buf_append(&c->out, message, n) < 0) {
		c->finished = true;
		remote_gone(c->remote);
	}
}

static void put_chunk(struct remote_ws *c, int channel, const char *bytes, size_t n)
{
	CLEANUP_BUF struct buf message = BUF_INIT(4 * CHUNK);
	if (c->protocol->base64) {
		CLEANUP_FREE char *text = base64_encode(bytes, n);
		buf_putc(&message, (char)('0' + channel));
		buf_puts(&message, text);
	} else {
		buf_putc(&message, (char)channel);
		buf_append(&message, bytes, n);
	}
	put(c, message.data, message.len);
}

static void carrier_send(void *arg, enum remote_channel channel, const void *bytes, size_t n)
{
	struct remote_ws *c = arg;
	const char *p = bytes;
	while (n) {
		size_t part = n < CHUNK ? n : CHUNK;
		put_chunk(c, channel, p, part);
		p += part;
		n -= part;
	}
	c->owner->wake(c->owner_arg);
}

static size_t carrier_pending(void *arg)
{
	return ((struct remote_ws *)arg)->out.len;
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
	if (!c->out.len) {
		return NULL;
	}
	memcpy(ret_n, c->out.data, sizeof(*ret_n));
	return c->out.data + sizeof(*ret_n);
}

void remote_ws_sent(struct remote_ws *c)
{
	size_t n;
	if (remote_ws_next(c, &n)) {
		buf_consume(&c->out, sizeof(n) + n);
		remote_drained(c->remote);
	}
}

bool remote_ws_finished(const struct remote_ws *c)
{
	return c->finished;
}

/* ---- in ---- */

static int take(struct remote_ws *c, unsigned channel, const char *bytes, size_t n, struct err *e)
{
	if (channel == CLOSE_SIGNAL && c->protocol->version == 5) {
		if (n != 1 || bytes[0] != REMOTE_STDIN) {
			return err_set(e, ERR_PROTOCOL,
				       "WebSocket: a close signal for a channel that is not the client's");
		}
		remote_end(c->remote, REMOTE_STDIN);
		return 0;
	}
	if (channel != REMOTE_STDIN && channel != REMOTE_RESIZE) {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a message for channel %u", channel);
	}
	remote_data(c->remote, (enum remote_channel)channel, bytes, n);
	return 0;
}

int remote_ws_message(struct remote_ws *c, const char *bytes, size_t n, struct err *e)
{
	if (!n) {
		return 0; /* a sign of life */
	}
	if (!c->protocol->base64) {
		return take(c, (unsigned char)bytes[0], bytes + 1, n - 1, e);
	}
	size_t plain_n;
	CLEANUP_FREE char *plain = base64_decode(bytes + 1, n - 1, &plain_n, NULL);
	if (!plain || bytes[0] < '0' || bytes[0] > '9') {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a message that is not a channel's digit and base64");
	}
	return take(c, (unsigned)(bytes[0] - '0'), plain, plain_n, e);
}

/* ---- life ---- */

struct remote_ws *remote_ws_new(const struct remote_wish *wish, const struct remote_ws_protocol *protocol,
				const struct remote_process *process, void *process_arg,
				const struct remote_ws_owner *owner, void *owner_arg)
{
	struct remote_wish w = *wish;
	struct remote_ws *c = xcalloc(1, sizeof(*c));
	w.version = protocol->version == 1 ? 3 : protocol->version; /* text for errors, and resizing all the same */
	c->protocol = protocol;
	c->owner = owner;
	c->owner_arg = owner_arg;
	buf_init(&c->out, REMOTE_WS_OUT_MAX);
	c->remote = remote_new(&w, &carrier, c, process, process_arg);
	return c;
}

void remote_ws_free(struct remote_ws *c)
{
	if (!c) {
		return;
	}
	remote_free(c->remote);
	buf_done(&c->out);
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
	put_chunk(c, ours[i], "", 0);
	c->owner->wake(c->owner_arg);
	for (int channel = 0; channel < REMOTE_CHANNELS; channel++) {
		if (remote_expects(c->remote, (enum remote_channel)channel)) {
			remote_open(c->remote, (enum remote_channel)channel);
		}
	}
}
