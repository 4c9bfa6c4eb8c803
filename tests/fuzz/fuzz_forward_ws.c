/* port-forward over a WebSocket under arbitrary messages: the first byte chooses protocol and number of ports, then
 * messages follow, each with its length in two bytes before it. The pod echoes; "end" and "bad" end a connection. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/forward_ws.h"

#define PORTS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct forward_pair *closing; /* the pod may not close from within */
static const char *why;

static void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	(void)arg;
	(void)port;
	return pair;
}

static void on_send(void *to, const void *bytes, size_t n)
{
	if (n == 3 && (memcmp(bytes, "end", n) == 0 || memcmp(bytes, "bad", n) == 0)) {
		closing = to;
		why = *(const char *)bytes == 'b' ? "broken" : NULL;
		return;
	}
	forward_full(to, n % 2);
	forward_data(to, bytes, n);
}

static void on_any(void *arg)
{
	(void)arg;
}

static void on_hold(void *arg, bool hold)
{
	(void)arg;
	(void)hold;
}

static const struct forward_dialer dialer = {on_dial, on_send, on_any, on_hold, on_any};
static const struct forward_owner owner = {on_any, on_hold};

static void close_one(void)
{
	if (closing && why) {
		forward_failed(closing, why);
	} else if (closing) {
		forward_end(closing);
	}
	closing = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const offers[] = {"v4.channel.k8s.io", "v4.base64.channel.k8s.io", "", NULL};
	static const uint16_t ports[PORTS] = {1, 80, 443, 65535};
	if (!size) {
		return 0;
	}
	struct forward_ws *f = forward_ws_new(ports, (data[0] >> 2) % PORTS + 1, forward_ws_choose(offers[data[0] & 3]),
					      &dialer, NULL, &owner, NULL);
	forward_ws_start(f);
	for (data++, size--; size >= 2;) {
		size_t n = (size_t)data[0] << 8 | data[1];
		n = n < size - 2 ? n : size - 2;
		struct err e = {0};
		int r = forward_ws_message(f, (const char *)data + 2, n, &e);
		if ((r < 0) != (e.code != ERR_NONE)) {
			abort();
		}
		close_one();
		forward_ws_sent(f);
		data += 2 + n;
		size -= 2 + n;
	}
	forward_ws_free(f);
	return 0;
}
