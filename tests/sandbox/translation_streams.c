/* A remote command's channels: messages in front, streams behind. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/translation_inner.h"

#define CLOSE_SIGNAL 255 /* of one channel, whose number follows */

/* In the order in which client-go opens them. */
static const enum channel ORDER[CHANNELS] = {CHANNEL_ERROR, CHANNEL_STDIN, CHANNEL_STDOUT, CHANNEL_STDERR,
					     CHANNEL_RESIZE};
static const char *const NAMES[CHANNELS] = {"stdin", "stdout", "stderr", "error", "resize"};

static enum channel channel_of(const struct translation *t, uint32_t stream)
{
	int c = 0;
	while (c < CHANNELS && (t->stream[c] != stream || !stream)) {
		c++;
	}
	return (enum channel)c;
}

/* What the client of the kubelet does */

void streams_open_next(struct translation *t)
{
	while (t->opening < CHANNELS && !t->wanted[ORDER[t->opening]]) {
		t->opening++;
	}
	if (t->opening < CHANNELS) {
		enum channel c = ORDER[t->opening];
		t->stream[c] = spdy_client_open(t->spdy, "streamtype", NAMES[c]);
		t->full |= !t->stream[c];
	}
}

bool streams_open(const struct translation *t)
{
	return t->opening == CHANNELS;
}

static void on_reply(void *arg, uint32_t stream)
{
	struct translation *t = arg;
	if (t->opening < CHANNELS && t->stream[ORDER[t->opening]] == stream) {
		t->opening++;
		streams_open_next(t);
	}
}

static void check_ended(struct translation *t)
{
	if (!t->over && t->ended[CHANNEL_STDOUT] && t->ended[CHANNEL_STDERR] && t->ended[CHANNEL_ERROR]) {
		spdy_client_goaway(t->spdy);
		translation_fail(t, kubelet_streams_status(buf_str(&t->status)));
	}
}

static void on_data(void *arg, uint32_t stream, const char *bytes, size_t n)
{
	struct translation *t = arg;
	enum channel c = channel_of(t, stream);
	const char number = (char)c;
	if (c == CHANNEL_ERROR) {
		t->full |= buf_append(&t->status, bytes, n) < 0;
	} else if ((c == CHANNEL_STDOUT || c == CHANNEL_STDERR) && !t->ended[c]) {
		t->full |= websocket_put(t->to_client, WEBSOCKET_BINARY, &number, 1, bytes, n) < 0;
	}
}

static void on_end(void *arg, uint32_t stream)
{
	struct translation *t = arg;
	enum channel c = channel_of(t, stream);
	if (c == CHANNELS) {
		return;
	}
	t->ended[c] = true;
	t->input_ended |= c == CHANNEL_STDIN;
	check_ended(t);
}

void streams_end(struct translation *t)
{
	for (int c = 0; c < CHANNELS; c++) {
		t->ended[c] = true;
	}
	check_ended(t);
}

static void on_goaway(void *arg)
{
	streams_end(arg);
}

static const struct spdy_client_handlers handlers = {on_reply, on_data, on_end, on_goaway};

void streams_init(struct translation *t, const struct kubelet_call *call)
{
	static const enum channel OURS[] = {CHANNEL_STDOUT, CHANNEL_STDERR, CHANNEL_ERROR};
	t->wanted[CHANNEL_STDIN] = call->streams.in;
	t->wanted[CHANNEL_STDOUT] = call->streams.out;
	t->wanted[CHANNEL_STDERR] = call->streams.err && !call->streams.tty;
	t->wanted[CHANNEL_ERROR] = true;
	t->wanted[CHANNEL_RESIZE] = call->streams.tty;
	for (int c = 0; c < CHANNELS; c++) {
		t->ended[c] = !t->wanted[c];
	}
	t->channel = -1;
	buf_init(&t->status, TRANSLATION_STATUS_MAX);
	buf_init(&t->small, TRANSLATION_RESIZE_MAX);
	t->spdy = spdy_client_new(t->to_kubelet, &handlers, t);
	/* An empty message on the first channel that is ours to write tells that the connection stands. */
	size_t i = call->streams.out ? 0 : call->streams.err ? 1 : 2;
	const char number = (char)OURS[i];
	t->full |= websocket_put(t->to_client, WEBSOCKET_BINARY, &number, 1, "", 0) < 0;
}

void streams_done(struct translation *t)
{
	spdy_client_free(t->spdy);
	buf_done(&t->status);
	buf_done(&t->small);
}

void translation_cancel(struct translation *t)
{
	for (size_t i = 0; i < CHANNELS && t->spdy && !t->over; i++) {
		if (t->stream[ORDER[i]]) {
			spdy_client_cancel(t->spdy, t->stream[ORDER[i]]);
		}
	}
	if (t->spdy && !t->over) {
		spdy_client_goaway(t->spdy);
	}
}

/* What its own client does */

static void end_input(struct translation *t)
{
	if (t->wanted[CHANNEL_STDIN] && !t->input_ended) {
		t->input_ended = true;
		t->full |= spdy_client_fin(t->spdy, t->stream[CHANNEL_STDIN]) < 0;
	}
}

/* Whatever names the client gives the two, the kubelet gets Go's. What is no size is dropped. */
static void resize(struct translation *t)
{
	json_t CLEANUP_JSON *size = json_loadb(buf_str(&t->small), t->small.len, 0, NULL);
	int64_t width = js_int(size, "Width", js_int(size, "width", -1)),
		height = js_int(size, "Height", js_int(size, "height", -1));
	if (width < 0 || width > UINT16_MAX || height < 0 || height > UINT16_MAX || t->ended[CHANNEL_RESIZE]) {
		return;
	}
	char CLEANUP_FREE *text = xasprintf("{\"Width\":%d,\"Height\":%d}\n", (int)width, (int)height);
	t->full |= spdy_client_send(t->spdy, t->stream[CHANNEL_RESIZE], text, strlen(text)) < 0;
}

static void end_message(struct translation *t)
{
	if (t->channel == CLOSE_SIGNAL && t->small.len == 1 && t->small.data[0] == CHANNEL_STDIN) {
		end_input(t);
	} else if (t->channel == CHANNEL_RESIZE) {
		resize(t);
	}
	t->channel = -1;
	buf_clear(&t->small);
}

void streams_client_data(struct translation *t, const char *bytes, size_t n, bool last)
{
	if (n && t->channel < 0) {
		t->channel = (unsigned char)bytes[0];
		bytes++;
		n--;
	}
	if (t->channel == CHANNEL_STDIN && t->wanted[CHANNEL_STDIN] && !t->input_ended) {
		t->full |= spdy_client_send(t->spdy, t->stream[CHANNEL_STDIN], bytes, n) < 0;
	} else if (t->channel == CLOSE_SIGNAL || t->channel == CHANNEL_RESIZE) {
		(void)!buf_append(&t->small, bytes, n); /* too long to be a size: then it is none */
	}
	if (last) {
		end_message(t);
	}
}
