/* Waiting times that double from `min_ms` up to `max_ms`, each drawn at random from its upper half (so that many
 * clients do not return at once). The random source is an argument, so that tests and simulations repeat exactly. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

struct random_source {
	uint64_t (*next)(void *arg); /* 64 evenly spread bits */
	void *arg;
};

/* The kernel's random numbers. */
extern const struct random_source RANDOM_SYSTEM;

/* Evenly from low to high, both included; low <= high. */
int64_t random_between(const struct random_source *random, int64_t low, int64_t high);

struct backoff {
	int64_t min_ms, max_ms; /* 0 < min_ms <= max_ms */
	unsigned failures;	/* since the last reset */
	struct random_source random;
};

void backoff_init(struct backoff *b, int64_t min_ms, int64_t max_ms, struct random_source random);
/* Count a failure; how long to wait after it. */
int64_t backoff_next_ms(struct backoff *b);
/* It worked. */
void backoff_reset(struct backoff *b);

#endif
