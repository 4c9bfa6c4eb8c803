#include "tests/sandbox/ticker.h"

#include <assert.h>

#include "tests/sandbox/front.h"

static void on_timer(uv_timer_t *timer)
{
	(void)timer;
}

static int64_t earliest(const struct ticker *t)
{
	int64_t best = INT64_MAX;
	for (size_t i = 0; i < t->n; i++) {
		int64_t due = t->models[i].next_deadline(t->models[i].model);
		best = due < best ? due : best;
	}
	return best;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct ticker *t = prepare->data;
	int64_t now = front_now();
	for (int round = 0; round < TICKER_ROUNDS_MAX && earliest(t) <= now; round++) {
		for (size_t i = 0; i < t->n; i++) {
			if (t->models[i].next_deadline(t->models[i].model) <= now) {
				t->models[i].run(t->models[i].model, now);
			}
		}
	}
	int64_t due = earliest(t);
	if (due == INT64_MAX) {
		uv_timer_stop(&t->timer);
		return;
	}
	/* The clock of the timer counts from the start of this turn. */
	uv_update_time(prepare->loop);
	uv_timer_start(&t->timer, on_timer, due > now ? (uint64_t)(due - now) : 0, 0);
}

void ticker_init(struct ticker *t, uv_loop_t *loop)
{
	*t = (struct ticker){0};
	uv_prepare_init(loop, &t->prepare);
	uv_timer_init(loop, &t->timer);
	t->prepare.data = t;
	uv_prepare_start(&t->prepare, on_prepare);
}

void ticker_add(struct ticker *t, const struct ticker_model *model)
{
	assert(t->n < TICKER_MODELS_MAX);
	t->models[t->n++] = *model;
}

void ticker_close(struct ticker *t)
{
	uv_close((uv_handle_t *)&t->prepare, NULL);
	uv_close((uv_handle_t *)&t->timer, NULL);
}
