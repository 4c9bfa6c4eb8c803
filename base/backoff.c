#include "base/backoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t system_next(void *arg)
{
	uint64_t bits;
	(void)arg;
	/* Up to 256 bytes come whole or not at all. */
	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits)) {
		fputs("no random numbers from the kernel\n", stderr);
		abort();
	}
	return bits;
}

const struct random_source RANDOM_SYSTEM = {system_next, NULL};

int64_t random_between(const struct random_source *random, int64_t low, int64_t high)
{
	uint64_t span = (uint64_t)high - (uint64_t)low + 1;
	uint64_t bits = random->next(random->arg);
	return (int64_t)((uint64_t)low + (span ? bits % span : bits));
}

void backoff_init(struct backoff *b, int64_t min_ms, int64_t max_ms, struct random_source random)
{
	*b = (struct backoff){.min_ms = min_ms, .max_ms = max_ms, .random = random};
}

int64_t backoff_next_ms(struct backoff *b)
{
	int64_t ms = b->min_ms;
	for (unsigned i = 0; i < b->failures && ms < b->max_ms; i++) {
		ms = ms > b->max_ms / 2 ? b->max_ms : ms * 2;
	}
	b->failures += b->failures < UINT16_MAX;
	return random_between(&b->random, ms - ms / 2, ms);
}

void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}
