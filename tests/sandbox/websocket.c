#include "tests/sandbox/websocket.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

#define FIN 0x80
#define RSV 0x70
#define MASKED 0x80
#define KEY_OF_ALL "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define PIECE 4096

/* Of the head that begins so. */
static size_t head_size(const struct websocket *w)
{
	if (w->head_len < 2) {
		return 2;
	}
	unsigned n = w->head[1] & 0x7f;
	return 2 + (n == 126 ? 2 : n == 127 ? 8 : 0) + (w->head[1] & MASKED ? 4 : 0);
}

static uint64_t payload_length(const struct websocket *w)
{
	unsigned n = w->head[1] & 0x7f;
	size_t bytes = n == 126 ? 2 : n == 127 ? 8 : 0;
	uint64_t length = bytes ? 0 : n;
	for (size_t i = 0; i < bytes; i++) {
		length = length << 8 | w->head[2 + i];
	}
	return length;
}

/* The head is complete. */
static int begin_frame(struct websocket *w, struct err *e)
{
	unsigned opcode = w->head[0] & 0x0f;
	bool control = opcode >= WEBSOCKET_CLOSE;
	w->final = w->head[0] & FIN;
	w->opcode = (enum websocket_opcode)opcode;
	w->length = payload_length(w);
	w->at = 0;
	w->in_payload = true;
	if (w->head[0] & RSV || !(w->head[1] & MASKED) || (opcode > WEBSOCKET_BINARY && !control) ||
	    opcode > WEBSOCKET_PONG) {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a frame that begins with 0x%02x%02x", w->head[0],
			       w->head[1]);
	}
	if (control && (!w->final || w->length > WEBSOCKET_CONTROL_MAX)) {
		return err_set(e, ERR_PROTOCOL, "WebSocket: a control frame in parts, or of %llu bytes",
			       (unsigned long long)w->length);
	}
	if (!control && (opcode == WEBSOCKET_CONTINUATION) != w->in_message) {
		return err_set(e, ERR_PROTOCOL,
			       "WebSocket: a message begins before the last has ended, or goes on "
			       "though none has begun");
	}
	return 0;
}

static void end_frame(struct websocket *w, const struct websocket_handlers *handlers, void *arg)
{
	w->in_payload = false;
	w->head_len = 0;
	if (w->opcode >= WEBSOCKET_CLOSE) {
		handlers->on_control(arg, w->opcode, w->control, (size_t)w->length);
	} else {
		w->in_message = !w->final;
	}
}

/* How many bytes were taken. */
static size_t take_payload(struct websocket *w, const char *bytes, size_t n, const struct websocket_handlers *handlers,
			   void *arg)
{
	const unsigned char *mask = w->head + head_size(w) - 4;
	char piece[PIECE];
	size_t k = n < PIECE ? n : PIECE;
	k = k < w->length - w->at ? k : (size_t)(w->length - w->at);
	char *to = w->opcode >= WEBSOCKET_CLOSE ? w->control + w->at : piece;
	for (size_t i = 0; i < k; i++) {
		to[i] = (char)((unsigned char)bytes[i] ^ mask[(w->at + i) % 4]);
	}
	w->at += k;
	bool ends = w->at == w->length;
	if (w->opcode < WEBSOCKET_CLOSE) {
		handlers->on_data(arg, piece, k, ends && w->final);
	}
	if (ends) {
		end_frame(w, handlers, arg);
	}
	return k;
}

int websocket_feed(struct websocket *w, const char *bytes, size_t n, const struct websocket_handlers *handlers,
		   void *arg, struct err *e)
{
	size_t at = 0;
	while (at < n || (w->in_payload && w->at == w->length)) {
		if (w->in_payload) {
			at += take_payload(w, bytes + at, n - at, handlers, arg);
			continue;
		}
		w->head[w->head_len++] = (unsigned char)bytes[at++];
		if (w->head_len == head_size(w) && begin_frame(w, e) < 0) {
			return -1;
		}
	}
	return 0;
}

int websocket_put(struct buf *out, enum websocket_opcode opcode, const void *first, size_t n_first, const void *bytes,
		  size_t n)
{
	unsigned char head[10] = {(unsigned char)(FIN | opcode)};
	size_t length = n_first + n, n_head = 2;
	if (length < 126) {
		head[1] = (unsigned char)length;
	} else {
		size_t wide = length > UINT16_MAX ? 8 : 2;
		head[1] = wide == 8 ? 127 : 126;
		for (size_t i = 0; i < wide; i++) {
			head[2 + i] = (unsigned char)((uint64_t)length >> 8 * (wide - 1 - i));
		}
		n_head += wide;
	}
	if (!buf_fits(out, n_head + length)) {
		return -1;
	}
	return buf_append(out, head, n_head) || buf_append(out, first, n_first) || buf_append(out, bytes, n) ? -1 : 0;
}

int websocket_put_close(struct buf *out)
{
	static const unsigned char normal[] = {1000 >> 8, 1000 & 0xff};
	return websocket_put(out, WEBSOCKET_CLOSE, normal, sizeof(normal), "", 0);
}

char *websocket_accept(const char *key)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	char CLEANUP_FREE *both = xasprintf("%s" KEY_OF_ALL, key);
	SHA1((const unsigned char *)both, strlen(both), digest);
	return base64_encode(digest, sizeof(digest));
}
