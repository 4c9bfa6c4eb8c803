/* A client's WebSocket and a kubelet's SPDY brought together, while both say what they like: the client gets whole
 * frames, the kubelet a session that ours can read, neither more than fits, and what is over stays over.
 *
 * The first byte says what was asked for; then come steps: a byte whose highest bit says who speaks and the rest how
 * many bytes, which follow. None: the kubelet closes, or cannot be reached.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "kube/spdy.h"
#include "tests/sandbox/translation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX 8192
#define OF_KUBELET 0x80
#define FINAL 0x80

enum asked { ASKED_TUNNEL = 1, ASKED_IN = 2, ASKED_OUT = 4, ASKED_ERR = 8, ASKED_TTY = 16 };

static void ignore_open(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n)
{
	(void)arg;
	(void)stream;
	if (!spdy_header(headers, n, "streamtype")) {
		abort();
	}
}

static void ignore_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	(void)arg;
	(void)stream;
	(void)bytes;
	(void)n;
}

static void ignore_fin(void *arg, uint32_t stream)
{
	(void)arg;
	(void)stream;
}

static void ignore_reset(void *arg, uint32_t stream, uint32_t status)
{
	(void)arg;
	(void)stream;
	(void)status;
}

static void ignore_goaway(void *arg)
{
	(void)arg;
}

static void check_kubelet(const struct buf *b)
{
	static const struct spdy_handlers handlers = {ignore_open, ignore_data, ignore_fin, ignore_reset,
						      ignore_goaway};
	struct err e = {0};
	struct spdy *session = spdy_new(&handlers, NULL);
	if (spdy_feed(session, b->data, b->len, &e) < 0) {
		abort();
	}
	spdy_free(session);
}

static void check_client(const struct buf *b)
{
	for (size_t at = 0, frame; at < b->len; at += frame) {
		const unsigned char *p = (const unsigned char *)b->data + at;
		size_t left = b->len - at;
		if (left < 2 || !(p[0] & FINAL) || p[1] > 126 || (p[1] == 126 && left < 4)) {
			abort();
		}
		frame = p[1] == 126 ? 4 + ((size_t)p[2] << 8 | p[3]) : (size_t)2 + p[1];
		if (frame > left) {
			abort();
		}
	}
}

struct session {
	struct translation *translation;
	bool kubelet_closed;
};

/* -1: it is over. */
static int step(struct session *s, bool kubelet, const char *bytes, size_t n)
{
	struct translation *t = s->translation;
	struct err e = {0};
	bool was_over = translation_over(t);
	int r = 0;
	if (n == 0 && !s->kubelet_closed) {
		s->kubelet_closed = true;
		r = kubelet ? translation_kubelet_closed(t) : translation_fail(t, xstrdup("{}"));
	} else if (n && kubelet && !s->kubelet_closed) {
		r = translation_from_kubelet(t, bytes, n, &e);
	} else if (n && !kubelet && !translation_left(t) && translation_takes(t)) {
		r = translation_from_client(t, bytes, n, &e);
	}
	if ((n && (r < 0) != (e.code != ERR_NONE)) || (was_over && !translation_over(t))) {
		abort();
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf to_client = BUF_INIT(OUT_MAX), to_kubelet = BUF_INIT(OUT_MAX);
	struct kubelet_call call = {.front = size && data[0] & ASKED_TUNNEL ? KUBELET_TUNNEL : KUBELET_STREAMS};
	struct session s = {0};
	int r = 0;
	if (size) {
		call.streams.in = data[0] & ASKED_IN;
		call.streams.out = data[0] & ASKED_OUT;
		call.streams.err = data[0] & ASKED_ERR;
		call.streams.tty = data[0] & ASKED_TTY;
	}
	s.translation = translation_new(&call, &to_client, &to_kubelet);
	translation_begin(s.translation);
	for (size_t at = 1; at < size && r == 0;) {
		bool kubelet = data[at] & OF_KUBELET;
		size_t n = data[at++] & ~(unsigned)OF_KUBELET;
		n = n < size - at ? n : size - at;
		r = step(&s, kubelet, (const char *)data + at, n);
		at += n;
	}
	if (!translation_over(s.translation)) {
		translation_cancel(s.translation);
	}
	check_client(&to_client);
	if (call.front == KUBELET_STREAMS) {
		check_kubelet(&to_kubelet);
	}
	translation_free(s.translation);
	buf_done(&to_client);
	buf_done(&to_kubelet);
	return 0;
}
