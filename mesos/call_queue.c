#include "mesos/call_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define REFUSAL_TEXT_MAX 300 /* bytes of the answer's body that are repeated */

struct queued_call {
	struct list link;
	char *text;
	call_done done;
	void *arg;
	uint64_t generation; /* of the credentials that it was sent with */
	bool again;
	enum err_code code; /* of a failed one */
	const char *why;    /* static */
};

int call_refusal(struct err *e, const char *what, const struct http_result *result)
{
	size_t n = result->body_len < REFUSAL_TEXT_MAX ? result->body_len : REFUSAL_TEXT_MAX;
	int status = result->head.status;
	err_set(e, err_code_of_http(status), "%s: HTTP %d%s%.*s", what, status, n ? ": " : "", (int)n, result->body);
	if (e) {
		e->http_status = status;
	}
	return -1;
}

static void pump(struct call_queue *q);

static void fail(struct call_queue *q, struct queued_call *call, enum err_code code, const char *why)
{
	free(call->text);
	call->text = NULL;
	call->code = code;
	call->why = why;
	list_push(&q->failed, &call->link);
	q->n_failed++;
}

static struct queued_call *take_first(struct call_queue *q)
{
	struct queued_call *call = LIST_ENTRY(q->waiting.next, struct queued_call, link);
	list_remove(&call->link);
	q->n_waiting--;
	return call;
}

static void on_later(uv_timer_t *timer)
{
	call_queue_tell(timer->data);
}

static void tell_later(struct call_queue *q)
{
	if (!q->closed && q->n_failed > 0) {
		uv_timer_start(&q->later, on_later, 0, 0);
	}
}

void call_queue_tell(struct call_queue *q)
{
	/* Only those of now: a handler that calls again and fails again must not keep us here. It may also come back
	 * here, by ending everything, and leave nothing. */
	for (size_t n = q->n_failed; n > 0 && q->n_failed > 0; n--) {
		struct queued_call *call = LIST_ENTRY(q->failed.next, struct queued_call, link);
		list_remove(&call->link);
		q->n_failed--;
		struct err failure;
		err_set(&failure, call->code, "%s", call->why);
		if (call->done) {
			call->done(call->arg, &failure);
		}
		free(call);
	}
	tell_later(q);
}

/* Was it who we are that was not liked, and are there other credentials to try? */
static bool worth_again(struct call_queue *q, struct queued_call *call, const struct http_result *result)
{
	if (call->again || (result->head.status != 401 && result->err.code != ERR_AUTH)) {
		return false;
	}
	call->again = q->look(q->look_arg, true) != call->generation;
	return call->again;
}

static void on_answer(void *arg, const struct http_result *result)
{
	struct call_queue *q = arg;
	q->sending = NULL;
	if (worth_again(q, LIST_ENTRY(q->waiting.next, struct queued_call, link), result)) {
		pump(q);
		return;
	}
	struct queued_call *call = take_first(q);
	struct err failure = result->err;
	int status = result->head.status;
	if (failure.code == ERR_NONE && status != 202 && status != 200) {
		call_refusal(&failure, q->url, result);
	}
	/* The next one first: the handler may end all this. */
	pump(q);
	if (call->done) {
		call->done(call->arg, failure.code == ERR_NONE ? NULL : &failure);
	}
	free(call->text);
	free(call);
}

static void pump(struct call_queue *q)
{
	static const struct http_handlers handlers = {.on_done = on_answer};
	while (q->url && !q->sending && !list_empty(&q->waiting)) {
		struct queued_call *call = LIST_ENTRY(q->waiting.next, struct queued_call, link);
		const struct http_header headers[] = {{"Content-Type", "application/json"},
						      {"Accept", "application/json"},
						      {"Mesos-Stream-Id", q->stream_id}};
		call->generation = q->look(q->look_arg, false);
		struct http_spec spec = *q->common;
		spec.method = "POST";
		spec.url = q->url;
		spec.headers = headers;
		spec.n_headers = 3;
		spec.body = call->text;
		spec.body_len = strlen(call->text);
		q->sending = http_call_start(q->http, &spec, &handlers, q, NULL);
		if (!q->sending) {
			fail(q, take_first(q), ERR_IO, "the call could not be started");
			tell_later(q);
		}
	}
}

void call_queue_init(struct call_queue *q, struct http_client *http, const struct http_spec *common, size_t max,
		     uint64_t (*look)(void *arg, bool thoroughly), void *look_arg)
{
	*q = (struct call_queue){.http = http, .common = common, .max = max, .look = look, .look_arg = look_arg};
	list_init(&q->waiting);
	list_init(&q->failed);
	uv_timer_init(http_client_loop(http), &q->later);
	q->later.data = q;
}

void call_queue_begin(struct call_queue *q, const char *url, const char *stream_id)
{
	call_queue_end(q);
	q->url = xstrdup(url);
	q->stream_id = xstrdup(stream_id);
}

void call_queue_end(struct call_queue *q)
{
	http_call_cancel(q->sending);
	q->sending = NULL;
	while (!list_empty(&q->waiting)) {
		fail(q, take_first(q), ERR_IO, "the session with the master ended first");
	}
	free(q->url);
	free(q->stream_id);
	q->url = q->stream_id = NULL;
	tell_later(q);
}

void call_queue_close(struct call_queue *q, uv_close_cb on_closed)
{
	call_queue_end(q);
	q->closed = true;
	call_queue_tell(q);
	uv_close((uv_handle_t *)&q->later, on_closed);
}

void call_queue_add(struct call_queue *q, char *text, call_done done, void *arg)
{
	if (q->closed) {
		free(text);
		return;
	}
	struct queued_call *call = xcalloc(1, sizeof(*call));
	call->text = text;
	call->done = done;
	call->arg = arg;
	if (!q->url) {
		fail(q, call, ERR_IO, "not subscribed to a master");
	} else if (q->n_waiting >= q->max) {
		fail(q, call, ERR_LIMIT, "too many calls wait for the master");
	} else {
		list_push(&q->waiting, &call->link);
		q->n_waiting++;
		pump(q);
	}
	tell_later(q);
}
