#include "kube/spdy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "kube/spdy_headers.h"

#define HEAD 8 /* bytes before the payload of any frame */
#define VERSION 3
#define FLAG_FIN 1

enum frame_type {
	SYN_STREAM = 1,
	SYN_REPLY = 2,
	RST_STREAM = 3,
	PING = 6,
	GOAWAY = 7,
	HEADERS = 8,
};

struct stream {
	struct list link;
	uint32_t id;
	bool in_closed, out_closed;
};

struct spdy {
	const struct spdy_handlers *handlers;
	void *arg;
	struct buf in;	      /* a head, or a control frame, that is not complete */
	uint32_t data_stream; /* whose frame is being read */
	size_t data_left;     /* of it */
	bool data_fin, in_data;
	bool broken, replied, gone;
	struct spdy_inflater inflater;
	struct list streams;
	size_t n_streams;
	uint32_t last_id;
	struct buf out;
};

struct spdy *spdy_new(const struct spdy_handlers *handlers, void *arg)
{
	struct spdy *s = xcalloc(1, sizeof(*s));
	s->handlers = handlers;
	s->arg = arg;
	buf_init(&s->in, HEAD + SPDY_CONTROL_MAX);
	buf_init(&s->out, SPDY_OUT_MAX);
	list_init(&s->streams);
	spdy_inflater_init(&s->inflater);
	return s;
}

void spdy_free(struct spdy *s)
{
	if (!s) {
		return;
	}
	LIST_EACH (&s->streams, link) {
		free(LIST_ENTRY(link, struct stream, link));
	}
	spdy_inflater_done(&s->inflater);
	buf_done(&s->in);
	buf_done(&s->out);
	free(s);
}

/* ---- streams ---- */

static struct stream *find(const struct spdy *s, uint32_t id)
{
	LIST_EACH (&s->streams, link) {
		struct stream *stream = LIST_ENTRY(link, struct stream, link);
		if (stream->id == id) {
			return stream;
		}
	}
	return NULL;
}

static void drop(struct spdy *s, struct stream *stream)
{
	list_remove(&stream->link);
	s->n_streams--;
	free(stream);
}

static void drop_when_closed(struct spdy *s, struct stream *stream)
{
	if (stream->in_closed && stream->out_closed) {
		drop(s, stream);
	}
}

size_t spdy_stream_count(const struct spdy *s)
{
	return s->n_streams;
}

/* ---- out ---- */

static void put_u32(unsigned char *p, uint32_t n)
{
	p[0] = (unsigned char)(n >> 24);
	p[1] = (unsigned char)(n >> 16);
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
}

static uint32_t get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int put_control(struct spdy *s, enum frame_type type, const unsigned char *payload, size_t n)
{
	unsigned char head[HEAD] = {0x80, VERSION, 0, (unsigned char)type, 0};
	put_u32(head + 4, (uint32_t)n);
	if (s->out.len + sizeof(head) + n > s->out.max) {
		return -1;
	}
	return buf_append(&s->out, head, sizeof(head)) < 0 ? -1 : buf_append(&s->out, payload, n);
}

static int put_two(struct spdy *s, enum frame_type type, uint32_t a, uint32_t b)
{
	unsigned char payload[8];
	put_u32(payload, a);
	put_u32(payload + 4, b);
	return put_control(s, type, payload, sizeof(payload));
}

static int put_data(struct spdy *s, uint32_t stream, const void *bytes, size_t n, unsigned char flags)
{
	unsigned char head[HEAD];
	put_u32(head, stream);
	put_u32(head + 4, (uint32_t)n);
	head[4] = flags;
	if (s->out.len + sizeof(head) + n > s->out.max) {
		return -1;
	}
	return buf_append(&s->out, head, sizeof(head)) < 0 ? -1 : buf_append(&s->out, bytes, n);
}

/* Our replies have no headers, so what a compressor would make of them is always the same: the first block with the
 * beginning of the zlib stream, which names the dictionary, and the others. */
int spdy_reply(struct spdy *s, uint32_t stream)
{
	static const unsigned char first[] = {0x78, 0xf9, 0xe3, 0xc6, 0xa7, 0xc2, 0x62, 0x60,
					      0x60, 0x60, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff};
	static const unsigned char other[] = {0x02, 0x61, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff};
	unsigned char payload[4 + sizeof(first)];
	if (!find(s, stream)) {
		return 0;
	}
	size_t n = s->replied ? sizeof(other) : sizeof(first);
	put_u32(payload, stream);
	memcpy(payload + 4, s->replied ? other : first, n);
	s->replied = true;
	return put_control(s, SYN_REPLY, payload, 4 + n);
}

#define DATA_FRAME_MAX ((size_t)32 << 10)

int spdy_send(struct spdy *s, uint32_t stream, const void *bytes, size_t n)
{
	const struct stream *to = find(s, stream);
	const char *p = bytes;
	if (!to || to->out_closed) {
		return 0;
	}
	while (n) {
		size_t part = n < DATA_FRAME_MAX ? n : DATA_FRAME_MAX;
		if (put_data(s, stream, p, part, 0) < 0) {
			return -1;
		}
		p += part;
		n -= part;
	}
	return 0;
}

int spdy_fin(struct spdy *s, uint32_t stream)
{
	struct stream *to = find(s, stream);
	if (!to || to->out_closed) {
		return 0;
	}
	to->out_closed = true;
	drop_when_closed(s, to);
	return put_data(s, stream, "", 0, FLAG_FIN);
}

int spdy_reset(struct spdy *s, uint32_t stream, enum spdy_status status)
{
	struct stream *to = find(s, stream);
	if (!to) {
		return 0;
	}
	drop(s, to);
	return put_two(s, RST_STREAM, stream, status);
}

int spdy_goaway(struct spdy *s)
{
	int r = 0;
	if (s->gone) {
		return 0;
	}
	LIST_EACH (&s->streams, link) {
		r |= spdy_reset(s, LIST_ENTRY(link, struct stream, link)->id, SPDY_CANCEL);
	}
	s->gone = true;
	return r | put_two(s, GOAWAY, s->last_id, 0);
}

const char *spdy_pending(const struct spdy *s, size_t *ret_n)
{
	*ret_n = s->out.len;
	return buf_str(&s->out);
}

void spdy_sent(struct spdy *s, size_t n)
{
	buf_consume(&s->out, n);
}

/* ---- in ---- */

static int inflate_headers(struct spdy *s, const unsigned char *p, size_t n, struct spdy_header *ret, size_t *ret_n,
			   struct err *e)
{
	return spdy_inflate(&s->inflater, p, n, ret, ret_n, e);
}

static void peer_closed(struct spdy *s, uint32_t id)
{
	struct stream *stream = find(s, id);
	if (!stream || stream->in_closed) {
		return;
	}
	stream->in_closed = true;
	s->handlers->on_fin(s->arg, id);
	stream = find(s, id);
	if (stream) {
		drop_when_closed(s, stream);
	}
}

static int on_syn_stream(struct spdy *s, unsigned flags, const unsigned char *p, size_t n, struct err *e)
{
	struct spdy_header headers[SPDY_PAIRS_MAX];
	size_t n_headers;
	if (n < 10) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a SYN_STREAM of %zu bytes", n);
	}
	uint32_t id = get_u32(p) & 0x7fffffff;
	if (inflate_headers(s, p + 10, n - 10, headers, &n_headers, e) < 0) {
		return -1;
	}
	if (id % 2 == 0 || id <= s->last_id) {
		return err_set(e, ERR_PROTOCOL, "SPDY: stream %u is opened after stream %u", id, s->last_id);
	}
	s->last_id = id;
	if (s->gone) {
		return 0;
	}
	if (s->n_streams >= SPDY_STREAMS_MAX) {
		return put_two(s, RST_STREAM, id, SPDY_REFUSED_STREAM);
	}
	struct stream *stream = xcalloc(1, sizeof(*stream));
	stream->id = id;
	list_push(&s->streams, &stream->link);
	s->n_streams++;
	s->handlers->on_open(s->arg, id, headers, n_headers);
	if (flags & FLAG_FIN) {
		peer_closed(s, id);
	}
	return 0;
}

static int on_headers(struct spdy *s, const unsigned char *p, size_t n, struct err *e)
{
	struct spdy_header headers[SPDY_PAIRS_MAX];
	size_t n_headers;
	if (n < 4) {
		return err_set(e, ERR_PROTOCOL, "SPDY: headers in %zu bytes", n);
	}
	/* Nothing is done with them, but they are part of the one zlib stream. */
	return inflate_headers(s, p + 4, n - 4, headers, &n_headers, e);
}

static int on_rst_stream(struct spdy *s, const unsigned char *p, size_t n, struct err *e)
{
	if (n < 8) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a RST_STREAM of %zu bytes", n);
	}
	uint32_t id = get_u32(p) & 0x7fffffff;
	struct stream *stream = find(s, id);
	if (stream) {
		drop(s, stream);
		s->handlers->on_reset(s->arg, id, get_u32(p + 4));
	}
	return 0;
}

/* Odd ids are the peer's questions, even ones would be answers to ours. */
static int on_ping(struct spdy *s, const unsigned char *p, size_t n, struct err *e)
{
	if (n < 4) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a PING of %zu bytes", n);
	}
	return get_u32(p) % 2 ? put_control(s, PING, p, 4) : 0;
}

static int on_control(struct spdy *s, const unsigned char *frame, size_t n, struct err *e)
{
	unsigned version = (unsigned)(frame[0] & 0x7f) << 8 | frame[1];
	unsigned type = (unsigned)frame[2] << 8 | frame[3];
	const unsigned char *payload = frame + HEAD;
	if (version != VERSION) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a frame of version %u", version);
	}
	switch (type) {
	case SYN_STREAM:
		return on_syn_stream(s, frame[4], payload, n - HEAD, e);
	case SYN_REPLY:
	case HEADERS:
		return on_headers(s, payload, n - HEAD, e);
	case RST_STREAM:
		return on_rst_stream(s, payload, n - HEAD, e);
	case PING:
		return on_ping(s, payload, n - HEAD, e);
	case GOAWAY:
		s->handlers->on_goaway(s->arg);
		return 0;
	default: /* SETTINGS, WINDOW_UPDATE, and what nobody knows */
		return 0;
	}
}

static size_t payload_length(const char *head)
{
	return get_u32((const unsigned char *)head + 4) & 0xffffff;
}

static void end_of_data(struct spdy *s)
{
	s->in_data = false;
	if (s->data_fin) {
		peer_closed(s, s->data_stream);
	}
}

/* Data is handed on as it comes, whatever the length of its frame. */
static size_t take_data(struct spdy *s, const char *p, size_t n)
{
	size_t part = n < s->data_left ? n : s->data_left;
	const struct stream *stream = find(s, s->data_stream);
	s->data_left -= part;
	if (stream && !stream->in_closed && part) {
		s->handlers->on_data(s->arg, s->data_stream, p, part);
	}
	if (!s->data_left) {
		end_of_data(s);
	}
	return part;
}

static int begin_data(struct spdy *s, struct err *e)
{
	const unsigned char *head = (const unsigned char *)s->in.data;
	s->data_stream = get_u32(head);
	s->data_left = payload_length(s->in.data);
	s->data_fin = head[4] & FLAG_FIN;
	s->in_data = true;
	buf_clear(&s->in);
	if (!s->data_stream || s->data_stream > s->last_id) {
		return err_set(e, ERR_PROTOCOL, "SPDY: data for stream %u, which nobody opened", s->data_stream);
	}
	if (!s->data_left) {
		end_of_data(s);
	}
	return 0;
}

/* A whole head stands in `in`, and perhaps the payload of a control frame. */
static int take_frame(struct spdy *s, struct err *e)
{
	bool control = s->in.data[0] & 0x80;
	size_t whole = HEAD + payload_length(s->in.data);
	if (!control) {
		return begin_data(s, e);
	}
	if (whole > s->in.max) {
		return err_set(e, ERR_LIMIT, "SPDY: a control frame of %zu bytes, at most %zu are taken", whole,
			       s->in.max);
	}
	if (s->in.len < whole) {
		return 0;
	}
	int r = on_control(s, (const unsigned char *)s->in.data, whole, e);
	buf_clear(&s->in);
	return r;
}

/* How many bytes `in` still wants: of a head, or of the control frame that it begins. */
static size_t wanted(const struct spdy *s)
{
	return s->in.len < HEAD ? HEAD - s->in.len : HEAD + payload_length(s->in.data) - s->in.len;
}

int spdy_feed(struct spdy *s, const char *bytes, size_t n, struct err *e)
{
	if (s->broken) {
		return err_set(e, ERR_PROTOCOL, "SPDY: the session is broken already");
	}
	while (n) {
		size_t part;
		if (s->in_data) {
			part = take_data(s, bytes, n);
		} else {
			part = wanted(s) < n ? wanted(s) : n;
			buf_append(&s->in, bytes, part);
			if (s->in.len >= HEAD && take_frame(s, e) < 0) {
				s->broken = true;
				spdy_goaway(s);
				return -1;
			}
		}
		bytes += part;
		n -= part;
	}
	return 0;
}

const char *spdy_header(const struct spdy_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(headers[i].name, name) == 0) {
			return headers[i].value;
		}
	}
	return NULL;
}
