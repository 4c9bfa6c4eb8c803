/* Requests whose body is streamed, and answers that are held: libcurl pauses and goes on. Only in the client's own turn
 * is it told to, never from inside one of its callbacks. */
#include <string.h>

#include "base/http_inner.h"

static void look_again(struct http_call *call)
{
	if (!list_linked(&call->again) && !call->mute) {
		list_push(&call->client->again, &call->again);
		curl_loop_schedule(&call->client->loop);
	}
}

/* libcurl wants up to n bytes of the request. */
static size_t on_read(char *to, size_t one, size_t n, void *arg)
{
	struct http_call *call = arg;
	size_t part = n * one < call->unsent.len ? n * one : call->unsent.len;
	if (call->mute) {
		return CURL_READFUNC_ABORT;
	}
	if (!part) {
		call->starved = !call->ended;
		return call->ended ? 0 : CURL_READFUNC_PAUSE;
	}
	memcpy(to, call->unsent.data, part);
	buf_consume(&call->unsent, part);
	if (call->handlers.on_sent) {
		call->handlers.on_sent(call->arg);
	}
	return part;
}

void http_stream_prepare(struct http_call *call)
{
	call->upload = true;
	curl_easy_setopt(call->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, "POST");
	curl_easy_setopt(call->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(call->easy, CURLOPT_READDATA, call);
}

void http_stream_turn(struct http_client *c)
{
	while (!list_empty(&c->again)) {
		struct http_call *call = LIST_ENTRY(c->again.next, struct http_call, again);
		list_remove(&call->again);
		bool more = call->unsent.len || call->ended;
		if (call->starved && more) {
			call->starved = false;
		}
		curl_easy_pause(call->easy, (call->held && call->streams ? CURLPAUSE_RECV : 0) |
						(call->starved ? CURLPAUSE_SEND : 0));
	}
}

int http_call_send(struct http_call *call, const void *bytes, size_t n)
{
	if (buf_append(&call->unsent, bytes, n) < 0) {
		return -1;
	}
	if (call->starved) {
		look_again(call);
	}
	return 0;
}

void http_call_send_end(struct http_call *call)
{
	call->ended = true;
	if (call->starved) {
		look_again(call);
	}
}

static void on_left(void *arg, const struct http_result *result)
{
	(void)arg;
	(void)result;
}

void http_call_leave(struct http_call *call, int64_t within_ms)
{
	call->handlers = (struct http_handlers){.on_done = on_left};
	call->timeout_ms = (int64_t)uv_now(call->client->loop.uv) - call->started_ms + within_ms;
	http_call_send_end(call);
	http_call_wind_timer(call);
}

size_t http_call_unsent(const struct http_call *call)
{
	return call->unsent.len;
}

void http_call_hold(struct http_call *call, bool hold)
{
	if (call->held == hold) {
		return;
	}
	call->held = hold;
	if (!hold) {
		call->last_byte_ms = (int64_t)uv_now(call->client->loop.uv);
		if (call->added) {
			look_again(call);
		}
		http_call_wind_timer(call);
	}
}
