#include "tests/sandbox/spdy_client.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"

#define HEAD 8
#define BLOCK_MAX 512 /* of our short headers */
#define FLAG_FIN 1
#define CANCEL 5

enum frame_type { SYN_STREAM = 1, SYN_REPLY = 2, RST_STREAM = 3, PING = 6, GOAWAY = 7 };

struct spdy_client {
	struct buf *out;
	const struct spdy_client_handlers *handlers;
	void *arg;
	z_stream deflater; /* of all header blocks */
	uint32_t next_id;
	struct buf in; /* a head or a control frame that is not complete */
	bool in_data, fin;
	uint32_t stream;
	size_t left; /* of its frame */
};

struct spdy_client *spdy_client_new(struct buf *out, const struct spdy_client_handlers *handlers, void *arg)
{
	struct spdy_client *s = xcalloc(1, sizeof(*s));
	s->out = out;
	s->handlers = handlers;
	s->arg = arg;
	s->next_id = 1;
	buf_init(&s->in, HEAD + SPDY_CLIENT_FRAME_MAX);
	if (deflateInit(&s->deflater, Z_DEFAULT_COMPRESSION) != Z_OK) {
		abort();
	}
	return s;
}

void spdy_client_free(struct spdy_client *s)
{
	if (s) {
		deflateEnd(&s->deflater);
		buf_done(&s->in);
		free(s);
	}
}

/* Out */

static void u32(unsigned char *p, uint32_t n)
{
	for (int i = 0; i < 4; i++) {
		p[i] = (unsigned char)(n >> (24 - 8 * i));
	}
}

static uint32_t of_u32(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int put(struct spdy_client *s, uint32_t first, unsigned char flags, const void *payload, size_t n)
{
	unsigned char head[HEAD];
	u32(head, first);
	u32(head + 4, (uint32_t)n);
	head[4] = flags;
	if (!buf_fits(s->out, HEAD + n)) {
		return -1;
	}
	return buf_append(s->out, head, HEAD) || buf_append(s->out, payload, n) ? -1 : 0;
}

static int put_control(struct spdy_client *s, enum frame_type type, const void *payload, size_t n)
{
	return put(s, 0x80030000 | type, 0, payload, n);
}

static size_t put_text(unsigned char *to, const char *text)
{
	u32(to, (uint32_t)strlen(text));
	memcpy(to + 4, text, strlen(text));
	return 4 + strlen(text);
}

uint32_t spdy_client_open(struct spdy_client *s, const char *name, const char *value)
{
	unsigned char plain[BLOCK_MAX], payload[10 + 2 * BLOCK_MAX] = {0};
	uint32_t id = s->next_id;
	size_t n = 4;
	u32(plain, 1);
	n += put_text(plain + n, name);
	n += put_text(plain + n, value);
	s->deflater.next_in = plain;
	s->deflater.avail_in = (uInt)n;
	s->deflater.next_out = payload + 10;
	s->deflater.avail_out = 2 * BLOCK_MAX;
	deflate(&s->deflater, Z_SYNC_FLUSH);
	u32(payload, id);
	if (put_control(s, SYN_STREAM, payload, sizeof(payload) - s->deflater.avail_out) < 0) {
		return 0;
	}
	s->next_id += 2;
	return id;
}

int spdy_client_send(struct spdy_client *s, uint32_t stream, const char *bytes, size_t n)
{
	return n ? put(s, stream, 0, bytes, n) : 0;
}

int spdy_client_fin(struct spdy_client *s, uint32_t stream)
{
	return put(s, stream, FLAG_FIN, "", 0);
}

int spdy_client_cancel(struct spdy_client *s, uint32_t stream)
{
	unsigned char payload[8];
	u32(payload, stream);
	u32(payload + 4, CANCEL);
	return put_control(s, RST_STREAM, payload, sizeof(payload));
}

int spdy_client_goaway(struct spdy_client *s)
{
	static const unsigned char none[8];
	return put_control(s, GOAWAY, none, sizeof(none));
}

/* In */

static int on_control(struct spdy_client *s, const char *frame, size_t n, struct err *e)
{
	uint32_t type = of_u32(frame) & 0xffff;
	const char *payload = frame + HEAD;
	if ((of_u32(frame) & 0x7fff0000) != 0x00030000) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a frame of version %u", of_u32(frame) >> 16 & 0x7fff);
	}
	if (type >= SYN_STREAM && type <= GOAWAY && n < HEAD + 4) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a frame of type %u and %zu bytes", type, n - HEAD);
	}
	if (type == SYN_REPLY) {
		s->handlers->on_reply(s->arg, of_u32(payload) & INT32_MAX);
	} else if (type == RST_STREAM) {
		s->handlers->on_end(s->arg, of_u32(payload) & INT32_MAX);
	} else if (type == GOAWAY) {
		s->handlers->on_goaway(s->arg);
	} else if (type == PING && of_u32(payload) % 2 == 0) {
		return put_control(s, PING, payload, 4) < 0 ? err_set(e, ERR_LIMIT, "SPDY: too many PINGs") : 0;
	} else if (type == SYN_STREAM) {
		return err_set(e, ERR_PROTOCOL, "SPDY: the kubelet opens a stream");
	}
	return 0;
}

static size_t payload_length(const struct spdy_client *s)
{
	return of_u32(s->in.data + 4) & 0xffffff;
}

static void end_of_data(struct spdy_client *s)
{
	s->in_data = false;
	if (s->fin) {
		s->handlers->on_end(s->arg, s->stream);
	}
}

/* A whole head stands in `in`. */
static int take_frame(struct spdy_client *s, struct err *e)
{
	if (s->in.data[0] & 0x80) {
		size_t whole = HEAD + payload_length(s);
		if (whole > s->in.max) {
			return err_set(e, ERR_LIMIT, "SPDY: a control frame of %zu bytes", whole);
		}
		if (s->in.len < whole) {
			return 0;
		}
		int r = on_control(s, s->in.data, whole, e);
		buf_clear(&s->in);
		return r;
	}
	s->stream = of_u32(s->in.data);
	s->fin = s->in.data[4] & FLAG_FIN;
	s->left = payload_length(s);
	s->in_data = true;
	buf_clear(&s->in);
	if (!s->left) {
		end_of_data(s);
	}
	return 0;
}

static size_t take_data(struct spdy_client *s, const char *bytes, size_t n)
{
	size_t k = n < s->left ? n : s->left;
	s->left -= k;
	s->handlers->on_data(s->arg, s->stream, bytes, k);
	if (!s->left) {
		end_of_data(s);
	}
	return k;
}

int spdy_client_feed(struct spdy_client *s, const char *bytes, size_t n, struct err *e)
{
	for (size_t at = 0, k; at < n; at += k) {
		if (s->in_data) {
			k = take_data(s, bytes + at, n - at);
			continue;
		}
		size_t wanted = (s->in.len < HEAD ? HEAD : HEAD + payload_length(s)) - s->in.len;
		k = wanted < n - at ? wanted : n - at;
		buf_append(&s->in, bytes + at, k);
		if (s->in.len >= HEAD && take_frame(s, e) < 0) {
			return -1;
		}
	}
	return 0;
}
