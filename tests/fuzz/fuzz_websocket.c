/* Frames of a WebSocket's client as arbitrary bytes: however they are cut, they are the same messages, or are refused
 * with the same words. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 20)

static void on_data(void *arg, const char *bytes, size_t n, bool last)
{
	buf_append(arg, bytes, n);
	if (last) {
		buf_puts(arg, "<last>");
	}
}

static void on_control(void *arg, enum websocket_opcode opcode, const char *bytes, size_t n)
{
	if (n > WEBSOCKET_CONTROL_MAX || opcode < WEBSOCKET_CLOSE || opcode > WEBSOCKET_PONG) {
		abort();
	}
	buf_printf(arg, "<control %d of %zu>", opcode, n);
	buf_append(arg, bytes, n);
}

static const struct websocket_handlers handlers = {on_data, on_control};

static void read_all(const char *bytes, size_t n, size_t piece, struct buf *text)
{
	struct websocket w = {0};
	struct err e = {0};
	int r = 0;
	for (size_t at = 0; at < n && r == 0; at += piece) {
		r = websocket_feed(&w, bytes + at, n - at < piece ? n - at : piece, &handlers, text, &e);
	}
	if ((r < 0) != (e.code != ERR_NONE)) {
		abort();
	}
	buf_puts(text, e.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(TEXT_MAX), pieces = BUF_INIT(TEXT_MAX);
	read_all((const char *)data, size, size + 1, &whole);
	read_all((const char *)data, size, 1 + size % 7, &pieces);
	if (pieces.len != whole.len || (whole.len && memcmp(pieces.data, whole.data, whole.len) != 0)) {
		abort();
	}
	buf_done(&pieces);
	buf_done(&whole);
	return 0;
}
