/* A SPDY session under arbitrary bytes: every stream is replied to, echoes and is closed; nothing grows without end. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "kube/spdy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spdy *session;

static void on_open(void *arg, uint32_t stream, const struct spdy_header *headers, size_t n)
{
	(void)arg;
	if (spdy_header(headers, n, "port")) {
		spdy_reset(session, stream, SPDY_CANCEL);
	} else {
		spdy_reply(session, stream);
	}
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	(void)arg;
	spdy_send(session, stream, bytes, n);
}

static void on_fin(void *arg, uint32_t stream)
{
	(void)arg;
	spdy_fin(session, stream);
}

static void on_reset(void *arg, uint32_t stream, uint32_t status)
{
	(void)arg;
	(void)stream;
	(void)status;
}

static void on_goaway(void *arg)
{
	(void)arg;
	spdy_goaway(session);
}

static const struct spdy_handlers handlers = {on_open, on_data, on_fin, on_reset, on_goaway};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	size_t half = size / 2, pending;
	session = spdy_new(&handlers, NULL);
	int r = spdy_feed(session, (const char *)data, half, &e);
	if (r == 0) {
		r = spdy_feed(session, (const char *)data + half, size - half, &e);
	}
	if ((r < 0) != (e.code != ERR_NONE) || spdy_stream_count(session) > SPDY_STREAMS_MAX) {
		abort();
	}
	spdy_pending(session, &pending);
	spdy_sent(session, pending);
	spdy_free(session);
	return 0;
}
