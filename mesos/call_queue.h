/* The calls of one session, sent in order, one at a time: the part of the scheduler's session that talks.
 *
 * A queue without a session fails what it is given, in the next turn of the loop.
 */
#ifndef MESOS_CALL_QUEUE_H
#define MESOS_CALL_QUEUE_H

#include <uv.h>

#include "base/http_client.h"
#include "base/list.h"

typedef void (*call_done)(void *arg, const struct err *failure);

struct call_queue {
	struct http_client *http;
	const struct http_spec *common; /* time-outs, authentication, TLS; borrowed */
	size_t max;
	/* Looks for other credentials in what is common, thoroughly after a 401 or a failure of TLS: which generation
	 * of them it holds now. A call that failed so with an older one is sent again, once. */
	uint64_t (*look)(void *arg, bool thoroughly);
	void *look_arg;
	char *url, *stream_id; /* NULL: no session */
	struct list waiting;   /* the first is on its way when `sending` */
	struct list failed;    /* to be told */
	size_t n_waiting, n_failed;
	struct http_call *sending;
	uv_timer_t later;
	bool closed;
};

void call_queue_init(struct call_queue *q, struct http_client *http, const struct http_spec *common, size_t max,
		     uint64_t (*look)(void *arg, bool thoroughly), void *look_arg);
/* Everything not done is told from here; `on_closed` may free the queue. */
void call_queue_close(struct call_queue *q, uv_close_cb on_closed);

void call_queue_begin(struct call_queue *q, const char *url, const char *stream_id);
/* The session is over; what was waiting fails in the next turn, or in call_queue_tell. Harmless without a session. */
void call_queue_end(struct call_queue *q);
void call_queue_tell(struct call_queue *q);

void call_queue_add(struct call_queue *q, char *text, call_done done, void *arg);

/* What an answer other than 2xx says, as an error. Returns -1. */
int call_refusal(struct err *e, const char *what, const struct http_result *result);

#endif
