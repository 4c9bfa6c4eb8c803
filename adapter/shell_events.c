/* Events for people: kept while the API server is away, a bounded number of them, and told when it is back. */
#include <stdlib.h>

#include "adapter/metrics_table.h"
#include "adapter/shell_state.h"
#include "base/log.h"
#include "base/mem.h"

#define EVENTS_IN_FLIGHT 4
#define EVENTS_WAITING 1000 /* the oldest is dropped for a new one */
#define EVENTS_BACKOFF_MIN_MS 500
#define EVENTS_BACKOFF_MAX_MS 10000

struct shell_events {
	struct shell *shell;
	struct list waiting; /* struct pending */
	size_t n_waiting, n_flying;
	uint64_t dropped; /* not yet told */
	struct backoff backoff;
	uv_timer_t timer; /* active: nothing leaves */
};

struct shell_events *shell_events_new(struct shell *shell)
{
	struct shell_events *q = xcalloc(1, sizeof(*q));
	q->shell = shell;
	list_init(&q->waiting);
	backoff_init(&q->backoff, EVENTS_BACKOFF_MIN_MS, EVENTS_BACKOFF_MAX_MS, RANDOM_SYSTEM);
	uv_timer_init(shell->loop, &q->timer);
	q->timer.data = q;
	return q;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void shell_events_drop(struct shell_events *q)
{
	if (!q) {
		return;
	}
	LIST_EACH (&q->waiting, link) {
		pending_free(LIST_ENTRY(link, struct pending, link));
	}
	q->n_waiting = q->n_flying = 0;
	uv_timer_stop(&q->timer);
	backoff_reset(&q->backoff);
}

void shell_events_free(struct shell_events *q)
{
	if (q) {
		shell_events_drop(q);
		uv_close((uv_handle_t *)&q->timer, on_closed);
	}
}

static void say_dropped(struct shell_events *q)
{
	if (q->dropped) {
		log_warn("events were dropped, too many waited for the API server", "events", NUMSTR(q->dropped), NULL);
		q->dropped = 0;
	}
}

static void pump(struct shell_events *q);

static void on_timer(uv_timer_t *timer)
{
	pump(timer->data);
}

/* Back to the head of the queue, and everything waits. */
static void put_back(struct shell_events *q, struct pending *p, int64_t retry_after_ms)
{
	list_remove(&p->link);
	list_push(q->waiting.next, &p->link);
	q->n_waiting++;
	if (!uv_is_active((uv_handle_t *)&q->timer)) {
		int64_t ms = backoff_next_ms(&q->backoff);
		uv_timer_start(&q->timer, on_timer, (uint64_t)(ms > retry_after_ms ? ms : retry_after_ms), 0);
	}
}

static void on_done(void *arg, const struct kube_result *result)
{
	struct pending *p = arg;
	struct shell_events *q = p->shell->events;
	q->n_flying--;
	if (write_says_nothing_of_pod(&result->err) && shell_may_act(q->shell)) {
		put_back(q, p, result->retry_after_ms);
		return;
	}
	if (result->err.code == ERR_NONE) {
		backoff_reset(&q->backoff);
		say_dropped(q);
	}
	pump(q);
	pending_done(p, result->err.code == ERR_NONE ? NULL : &result->err);
}

/* One at a time until one has worked. */
static void pump(struct shell_events *q)
{
	size_t max = !shell_may_act(q->shell) ? 0 : q->backoff.failures ? 1 : EVENTS_IN_FLIGHT;
	while (q->n_flying < max && q->n_waiting && !uv_is_active((uv_handle_t *)&q->timer)) {
		struct pending *p = LIST_ENTRY(q->waiting.next, struct pending, link);
		list_remove(&p->link);
		list_push(&q->shell->pending, &p->link);
		q->n_waiting--;
		q->n_flying++;
		shell_post_event(p, on_done);
	}
}

void shell_event(struct shell *shell, struct effect *effect)
{
	struct shell_events *q = shell->events;
	struct pending *p = pending_new(shell, effect);
	list_remove(&p->link);
	list_push(&q->waiting, &p->link);
	if (++q->n_waiting > EVENTS_WAITING) {
		pending_free(LIST_ENTRY(q->waiting.next, struct pending, link));
		q->n_waiting--;
		q->dropped++;
		metrics_add(shell->metrics, METRIC_EVENTS_DROPPED, NULL, 1);
	}
	pump(q);
}
