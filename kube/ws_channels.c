#include "kube/ws_channels.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

#define CHUNK ((size_t)24 << 10) /* bytes of a channel in one message of ours; a multiple of three, for base64 */

static const struct ws_protocol protocols[] = {
    {"v5.channel.k8s.io", 5, false}, {"v4.channel.k8s.io", 4, false},	 {"v4.base64.channel.k8s.io", 4, true},
    {"channel.k8s.io", 1, false},    {"base64.channel.k8s.io", 1, true},
};
static const struct ws_protocol nameless = {"", 1, false};
#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

const struct ws_protocol *ws_protocol_choose(const char *offers, int least_version, int last_version)
{
	if (!offers || !*offers) {
		return &nameless;
	}
	for (const char *p = offers; *p; p += strcspn(p, ",")) {
		p += strspn(p, ", \t");
		size_t n = strcspn(p, ", \t");
		for (size_t i = 0; i < N_PROTOCOLS; i++) {
			const struct ws_protocol *known = &protocols[i];
			if (strlen(known->name) == n && strncmp(known->name, p, n) == 0 &&
			    known->version >= least_version && known->version <= last_version) {
				return known;
			}
		}
	}
	return NULL;
}

/* ---- out ---- */

void ws_channels_init(struct ws_channels *c, bool base64)
{
	c->base64 = base64;
	buf_init(&c->out, WS_CHANNELS_OUT_MAX);
}

void ws_channels_done(struct ws_channels *c)
{
	buf_done(&c->out);
}

static int put_message(struct ws_channels *c, unsigned channel, const char *bytes, size_t n)
{
	CLEANUP_FREE char *text = c->base64 ? base64_encode(bytes, n) : NULL;
	char first = (char)(c->base64 ? '0' + channel : channel);
	const char *payload = text ? text : bytes;
	size_t payload_n = text ? strlen(text) : n, whole = 1 + payload_n;
	if (c->out.len + sizeof(whole) + whole > c->out.max || buf_append(&c->out, &whole, sizeof(whole)) < 0 ||
	    buf_putc(&c->out, first) < 0) {
		return -1;
	}
	return buf_append(&c->out, payload, payload_n);
}

int ws_channels_put(struct ws_channels *c, unsigned channel, const void *bytes, size_t n)
{
	const char *p = bytes;
	do {
		size_t part = n < CHUNK ? n : CHUNK;
		if (put_message(c, channel, p, part) < 0) {
			return -1;
		}
		p += part;
		n -= part;
	} while (n);
	return 0;
}

const char *ws_channels_next(const struct ws_channels *c, size_t *ret_n)
{
	if (!c->out.len) {
		return NULL;
	}
	memcpy(ret_n, c->out.data, sizeof(*ret_n));
	return c->out.data + sizeof(*ret_n);
}

void ws_channels_sent(struct ws_channels *c)
{
	size_t n;
	if (ws_channels_next(c, &n)) {
		buf_consume(&c->out, sizeof(n) + n);
	}
}

size_t ws_channels_pending(const struct ws_channels *c)
{
	return c->out.len;
}

/* ---- in ---- */

int ws_message_read(bool base64, const char *message, size_t n, struct ws_message *ret, struct err *e)
{
	struct ws_message m = {.channel = (unsigned char)message[0], .bytes = message + 1, .n = n - 1};
	if (base64) {
		m.owned = base64_decode(message + 1, n - 1, &m.n, NULL);
		if (!m.owned || m.channel < '0') {
			free(m.owned);
			return err_set(e, ERR_PROTOCOL,
				       "WebSocket: a message that is not a channel's digit and base64");
		}
		m.bytes = m.owned;
		m.channel -= '0';
	}
	*ret = m;
	return 0;
}
