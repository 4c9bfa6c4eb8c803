/* exec over a WebSocket under arbitrary messages: the first byte chooses protocol and channels, then messages follow,
 * each with its length in two bytes before it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "kube/remote_ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct remote *remote;

static void on_start(void *arg)
{
	(void)arg;
}

static void on_input(void *arg, const void *bytes, size_t n)
{
	(void)arg;
	remote_output(remote, REMOTE_STDOUT, bytes, n);
}

static void on_input_end(void *arg)
{
	(void)arg;
	remote_exited(remote, 0);
}

static void on_resize(void *arg, uint16_t columns, uint16_t rows)
{
	(void)arg;
	if (columns == rows) {
		remote_failed(remote, "square");
	}
}

static void on_hold(void *arg, bool hold)
{
	(void)arg;
	(void)hold;
}

static const struct remote_process process = {on_start, on_input, on_input_end, on_resize, on_hold, on_start};
static const struct remote_ws_owner owner = {on_start, on_hold};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const offers[] = {"v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", ""};
	if (!size) {
		return 0;
	}
	struct remote_wish wish = {
	    .input = data[0] & 4, .output = data[0] & 8, .error = data[0] & 16, .tty = data[0] & 32};
	struct remote_ws *c = remote_ws_new(&wish, remote_ws_choose(offers[data[0] & 3]), &process, NULL, &owner, NULL);
	remote = remote_ws_remote(c);
	remote_ws_start(c);
	for (data++, size--; size >= 2;) {
		size_t n = (size_t)data[0] << 8 | data[1];
		n = n < size - 2 ? n : size - 2;
		struct err e = {0};
		int r = remote_ws_message(c, (const char *)data + 2, n, &e);
		if ((r < 0) != (e.code != ERR_NONE)) {
			abort();
		}
		remote_ws_sent(c);
		data += 2 + n;
		size -= 2 + n;
	}
	remote_ws_free(c);
	return 0;
}
