/* A SPDY session's client under arbitrary bytes of a kubelet: however they are cut, the same happens and the same is
 * sent, or they are refused with the same words. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/spdy_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 20)
#define OUT_MAX 1024

/* What happened, as text; data of one stream that comes in pieces is one. */
struct story {
	struct buf text;
	bool in_data;
	uint32_t stream;
};

static void tell(struct story *s, const char *what, uint32_t stream)
{
	buf_printf(&s->text, "<%s %u>", what, stream);
	s->in_data = false;
}

static void on_reply(void *arg, uint32_t stream)
{
	tell(arg, "reply", stream);
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	struct story *s = arg;
	if (!s->in_data || s->stream != stream) {
		tell(s, "data", stream);
	}
	s->in_data = true;
	s->stream = stream;
	buf_append(&s->text, bytes, n);
}

static void on_end(void *arg, uint32_t stream)
{
	tell(arg, "end", stream);
}

static void on_goaway(void *arg)
{
	tell(arg, "goaway", 0);
}

static const struct spdy_client_handlers handlers = {on_reply, on_data, on_end, on_goaway};

static void read_all(const char *bytes, size_t n, size_t piece, struct buf *ret_text)
{
	struct story s = {.text = BUF_INIT(TEXT_MAX)};
	struct buf out = BUF_INIT(OUT_MAX);
	struct spdy_client *client = spdy_client_new(&out, &handlers, &s);
	struct err e = {0};
	int r = 0;
	spdy_client_open(client, "streamtype", "error");
	for (size_t at = 0; at < n && r == 0; at += piece) {
		r = spdy_client_feed(client, bytes + at, n - at < piece ? n - at : piece, &e);
	}
	if ((r < 0) != (e.code != ERR_NONE) || out.len > OUT_MAX) {
		abort();
	}
	buf_puts(&s.text, e.text);
	buf_append(&s.text, out.data, out.len);
	*ret_text = s.text;
	spdy_client_free(client);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;
	read_all((const char *)data, size, size + 1, &whole);
	read_all((const char *)data, size, 1 + size % 7, &pieces);
	if (pieces.len != whole.len || memcmp(pieces.data, whole.data, whole.len) != 0) {
		abort();
	}
	buf_done(&pieces);
	buf_done(&whole);
	return 0;
}
