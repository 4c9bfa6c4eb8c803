#include "tests/sandbox/mesos/timers.h"

#include <stdlib.h>

#include "base/mem.h"

void timers_done(struct timers *h)
{
	free(h->heap);
	*h = (struct timers){0};
}

static void place(struct timers *h, size_t i, struct timer *t)
{
	h->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct timers *h, size_t i)
{
	struct timer *t = h->heap[i];
	while (i > 0 && h->heap[(i - 1) / 2]->due > t->due) {
		place(h, i, h->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(h, i, t);
}

static void sift_down(struct timers *h, size_t i)
{
	struct timer *t = h->heap[i];
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= h->count) {
			break;
		}
		if (child + 1 < h->count && h->heap[child + 1]->due < h->heap[child]->due) {
			child++;
		}
		if (h->heap[child]->due >= t->due) {
			break;
		}
		place(h, i, h->heap[child]);
		i = child;
	}
	place(h, i, t);
}

void timer_stop(struct timers *h, struct timer *t)
{
	if (t->slot == 0) {
		return;
	}
	size_t i = t->slot - 1;
	t->slot = 0;
	struct timer *last = h->heap[--h->count];
	if (last != t) {
		place(h, i, last);
		sift_up(h, i);
		sift_down(h, last->slot - 1);
	}
}

void timer_set(struct timers *h, struct timer *t, int64_t due, void (*fire)(struct timer *t, int64_t now))
{
	timer_stop(h, t);
	t->due = due;
	t->fire = fire;
	h->heap = mem_grow(h->heap, &h->cap, h->count + 1, sizeof(struct timer *));
	h->heap[h->count++] = t;
	sift_up(h, h->count - 1);
}

int64_t timers_next(const struct timers *h)
{
	return h->count > 0 ? h->heap[0]->due : INT64_MAX;
}

void timers_run(struct timers *h, int64_t now)
{
	while (h->count > 0 && h->heap[0]->due <= now) {
		struct timer *t = h->heap[0];
		timer_stop(h, t);
		t->fire(t, now);
	}
}
