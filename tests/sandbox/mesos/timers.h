/* A heap of intrusive timers. Time is an argument; nothing fires by itself. */
#ifndef SANDBOX_MESOS_TIMERS_H
#define SANDBOX_MESOS_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due;
	size_t slot; /* 1-based place in the heap, 0: not set */
	void (*fire)(struct timer *t, int64_t now);
};

struct timers {
	struct timer **heap; /* 0-based */
	size_t count, cap;
};

void timers_done(struct timers *h);
/* (Re)arm. `fire` is kept in the timer. */
void timer_set(struct timers *h, struct timer *t, int64_t due, void (*fire)(struct timer *t, int64_t now));
/* Harmless when not set. */
void timer_stop(struct timers *h, struct timer *t);
int64_t timers_next(const struct timers *h);
/* Fires all that are due, in order of time; those set meanwhile for `now` or earlier too. */
void timers_run(struct timers *h, int64_t now);

#endif
