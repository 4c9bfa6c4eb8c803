#include "tests/unit/sandbox/frames.h"

#include <string.h>

#include "base/mem.h"

#define SPDY_HEAD 8
#define BINARY 0x82

void frame_of_client(struct buf *out, unsigned char first, const char *payload, size_t n)
{
	static const unsigned char MASK[] = {0x11, 0xf2, 0x83, 0x04};
	unsigned char head[8] = {first};
	size_t n_head = n < 126 ? 2 : 4;
	head[1] = 0x80 | (n < 126 ? (unsigned char)n : 126);
	head[2] = (unsigned char)(n >> 8);
	head[3] = (unsigned char)n;
	memcpy(head + n_head, MASK, sizeof(MASK));
	buf_append(out, head, n_head + sizeof(MASK));
	char *masked = xmalloc(n + 1);
	for (size_t i = 0; i < n; i++) {
		masked[i] = (char)((unsigned char)payload[i] ^ MASK[i % 4]);
	}
	buf_append(out, masked, n);
	free(masked);
}

void frames_payloads(const char *bytes, size_t n, size_t without, struct buf *out)
{
	for (size_t at = 0; at + 2 <= n;) {
		const unsigned char *p = (const unsigned char *)bytes + at;
		size_t wide = p[1] == 126 ? 2 : p[1] == 127 ? 8 : 0, length = wide ? 0 : p[1];
		for (size_t i = 0; i < wide; i++) {
			length = length << 8 | p[2 + i];
		}
		if (p[0] == BINARY && length > without) {
			buf_append(out, p + 2 + wide + without, length - without);
		}
		at += 2 + wide + length;
	}
}

static uint32_t of_u32(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_u32(struct buf *out, uint32_t n)
{
	unsigned char bytes[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8),
				 (unsigned char)n};
	buf_append(out, bytes, sizeof(bytes));
}

size_t spdy_frame_size(const char *frame)
{
	return SPDY_HEAD + (of_u32(frame + 4) & 0xffffff);
}

void spdy_frame_reply(struct buf *out, uint32_t stream)
{
	put_u32(out, 0x80030000 | SPDY_SYN_REPLY);
	put_u32(out, 4);
	put_u32(out, stream);
}

void spdy_frame_data(struct buf *out, uint32_t stream, const char *bytes, size_t n)
{
	put_u32(out, stream);
	put_u32(out, (uint32_t)n);
	buf_append(out, bytes, n);
}

void spdy_frames_data(const char *bytes, size_t n, uint32_t stream, struct buf *out)
{
	for (size_t at = 0; at < n; at += spdy_frame_size(bytes + at)) {
		if (of_u32(bytes + at) == stream) {
			buf_append(out, bytes + at + SPDY_HEAD, spdy_frame_size(bytes + at) - SPDY_HEAD);
		}
	}
}

void spdy_frames_describe(const char *bytes, size_t n, struct buf *out)
{
	int last_flags = -1, last_stream = -1;
	for (size_t at = 0; at < n; at += spdy_frame_size(bytes + at)) {
		const char *frame = bytes + at;
		int flags = frame[4], stream = frame[3];
		if (frame[0] & 0x80) {
			if (frame[3] <= 3) {
				buf_printf(out, "control %d of stream %d\n", frame[3], frame[11]);
			}
			continue;
		}
		if (flags != last_flags || stream != last_stream) { /* data may come in any pieces */
			buf_printf(out, "data %d for stream %d:\n", flags, stream);
		}
		buf_append(out, frame + 8, spdy_frame_size(frame) - 8);
		last_flags = flags;
		last_stream = stream;
	}
}
