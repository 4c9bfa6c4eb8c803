#include "tests/sandbox/translation_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void on_data(void *arg, const char *bytes, size_t n, bool last)
{
	struct translation *t = arg;
	if (t->over || t->left) {
		return;
	}
	if (!t->tunnel) {
		streams_client_data(t, bytes, n, last);
	} else if (n && buf_append(t->to_kubelet, bytes, n) < 0) {
		t->full = true;
	}
}

static void on_control(void *arg, enum websocket_opcode opcode, const char *bytes, size_t n)
{
	struct translation *t = arg;
	if (opcode == WEBSOCKET_CLOSE) {
		t->left = true;
	} else if (opcode == WEBSOCKET_PING && !t->over &&
		   websocket_put(t->to_client, WEBSOCKET_PONG, "", 0, bytes, n) < 0) {
		t->full = true;
	}
}

static const struct websocket_handlers handlers = {on_data, on_control};

struct translation *translation_new(const struct kubelet_call *call, struct buf *to_client, struct buf *to_kubelet)
{
	struct translation *t = xcalloc(1, sizeof(*t));
	t->to_client = to_client;
	t->to_kubelet = to_kubelet;
	t->tunnel = call->front == KUBELET_TUNNEL;
	if (!t->tunnel) {
		streams_init(t, call);
	}
	return t;
}

void translation_free(struct translation *t)
{
	if (t) {
		streams_done(t);
		free(t);
	}
}

void translation_begin(struct translation *t)
{
	if (!t->tunnel) {
		streams_open_next(t);
	}
}

bool translation_takes(const struct translation *t)
{
	return t->tunnel || t->over || streams_open(t);
}

static int check_full(const struct translation *t, struct err *e)
{
	return t->full ? err_set(e, ERR_LIMIT, "more is to be sent than fits") : 0;
}

int translation_from_client(struct translation *t, const char *bytes, size_t n, struct err *e)
{
	return websocket_feed(&t->websocket, bytes, n, &handlers, t, e) < 0 ? -1 : check_full(t, e);
}

int translation_from_kubelet(struct translation *t, const char *bytes, size_t n, struct err *e)
{
	if (t->over) {
		return 0;
	}
	if (t->tunnel) {
		t->full |= websocket_put(t->to_client, WEBSOCKET_BINARY, "", 0, bytes, n) < 0;
	} else if (spdy_client_feed(t->spdy, bytes, n, e) < 0) {
		return -1;
	}
	return check_full(t, e);
}

int translation_kubelet_closed(struct translation *t)
{
	if (!t->over && !t->tunnel) {
		streams_end(t);
	} else if (!t->over) {
		t->over = true;
		t->full |= websocket_put_close(t->to_client) < 0;
	}
	return t->full ? -1 : 0;
}

int translation_fail(struct translation *t, char *status)
{
	const char channel = CHANNEL_ERROR;
	if (!t->over) {
		t->over = true;
		t->full |= websocket_put(t->to_client, WEBSOCKET_BINARY, &channel, 1, status, strlen(status)) < 0 ||
			   websocket_put_close(t->to_client) < 0;
	}
	free(status);
	return t->full ? -1 : 0;
}

bool translation_over(const struct translation *t)
{
	return t->over;
}

bool translation_left(const struct translation *t)
{
	return t->left;
}
