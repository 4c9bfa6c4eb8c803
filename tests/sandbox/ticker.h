/* Calls pure models when their time has come: the only clock they get besides requests.
 *
 * Before the loop sleeps, every model is asked for its deadline; those that are due run, and the loop sleeps no longer
 * than the next one. So whatever a request changed is looked at in the same turn. Deadlines are wall clock
 * milliseconds.
 */
#ifndef SANDBOX_TICKER_H
#define SANDBOX_TICKER_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define TICKER_MODELS_MAX 8
/* A model that is due for ever must not stop the loop from reading its sockets. */
#define TICKER_ROUNDS_MAX 100

struct ticker_model {
	int64_t (*next_deadline)(void *model); /* INT64_MAX: never */
	void (*run)(void *model, int64_t now_ms);
	void *model;
};

struct ticker {
	uv_prepare_t prepare;
	uv_timer_t timer;
	struct ticker_model models[TICKER_MODELS_MAX];
	size_t n;
};

void ticker_init(struct ticker *t, uv_loop_t *loop);
/* At most TICKER_MODELS_MAX. */
void ticker_add(struct ticker *t, const struct ticker_model *model);
/* The memory must stay until the loop has closed both handles. */
void ticker_close(struct ticker *t);

#endif
