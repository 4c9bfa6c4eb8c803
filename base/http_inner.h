/* What base/http_client.c (life cycle), base/http_call.c (one call and libcurl's view of it) and base/http_stream.c
 * share; for nobody else.
 */
#ifndef BASE_HTTP_INNER_H
#define BASE_HTTP_INNER_H

#include "base/buf.h"
#include "base/curl_loop.h"
#include "base/http_client.h"
#include "base/list.h"

struct http_client {
	struct curl_loop loop;
	struct http_limits limits;
	/* Each call stands in one of these. */
	struct list starting; /* libcurl does not know them yet */
	struct list running;
	struct list ending; /* done, failed or cancelled; told and swept in the next turn */
	struct list again;  /* besides: pausing or going on, in the next turn */
	bool freed;
};

struct http_call {
	struct list link;
	struct http_client *client;
	struct http_handlers handlers;
	void *arg;
	bool added; /* to libcurl's multi handle */
	bool mute;  /* cancelled */

	CURL *easy;
	bool (*may_send)(void *arg);
	void *may_send_arg;
	struct curl_slist *request_headers, *connect_to;
	char error_text[CURL_ERROR_SIZE];
	char *where; /* "host:port" */

	uv_timer_t timer;
	int64_t started_ms, last_byte_ms;
	int64_t connect_timeout_ms, head_timeout_ms, timeout_ms, idle_timeout_ms;

	struct buf head_text; /* "name\0value\0" and so on */
	size_t head_bytes;
	struct http_header *headers;
	size_t n_headers;
	bool head_done;
	bool trailers; /* are added to the headers */
	int status;

	bool streams;
	struct buf body;

	struct list again;  /* client->again: libcurl is to look at it, http_stream.c */
	bool upload, ended; /* the request is streamed; it is whole */
	bool starved, held; /* libcurl waits for more of it; nothing of the answer is taken */
	struct buf unsent;
	struct err err; /* set when we know better than libcurl what went wrong */
};

/* http_stream.c: a request that is streamed, an answer that is held */
void http_stream_prepare(struct http_call *call);
void http_stream_turn(struct http_client *client);

/* Prepared, in no list; NULL when the spec is wrong. */
struct http_call *http_call_new(struct http_client *client, const struct http_spec *spec,
				const struct http_handlers *handlers, void *arg, struct err *e);
/* With the easy handle out of the multi handle. */
void http_call_free(struct http_call *call);
/* libcurl is through with it. */
void http_call_finished(struct http_call *call, CURLcode code);
/* Told and swept in the next turn. */
void http_call_end(struct http_call *call);
void http_call_start_timer(struct http_call *call);
/* What it waits for has changed. */
void http_call_wind_timer(struct http_call *call);

#endif
