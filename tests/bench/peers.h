/* An API server and a Mesos master that answer the core at once or after a while, in simulated time, and a count of the
 * CPU time that our side takes: reading lines, decoding, the core, writing bodies. What the peers do is not counted.
 *
 * One step a millisecond: due answers, due task updates, offers, ticks. Fails loudly (exit 1) when something never
 * comes about.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "adapter/core.h"
#include "kube/watch.h"
#include "tests/bench/texts.h"

enum phase { PHASE_PARSE, PHASE_DECODE, PHASE_CORE, PHASE_WRITE, PHASES };

/* Things in the order in which they fall due. */
struct due {
	int64_t at_ms;
	struct effect *effect; /* to be answered; NULL: a task update */
	char *task_id;
	size_t agent;
	const char *state;
};
struct fifo {
	struct due *items;
	size_t first, n, cap;
};

struct peers {
	struct core_config cfg;
	struct core *core;
	int64_t now_ms, allocate_ms;
	struct bench_pod *pods;
	size_t n_pods, n_running;
	struct bench_agent *agents;
	size_t n_agents;
	struct watch_decoder watch;
	struct buf text;
	struct fifo answers, starting, running;
	unsigned long last_offer, last_uuid, acknowledged;
	bool suppressed;
	uint64_t ns[PHASES], longest_ns;
	size_t steps, lines, calls; /* of the core, of the watch, to both peers */
};

/* The core is synced and subscribed when `ready`; pods are numbered from 0, not shown yet. */
void peers_init(struct peers *p, size_t n_pods, size_t n_agents, bool ready);
void peers_done(struct peers *p);

uint64_t cpu_ns(void);
/* Forget what was counted so far. */
void peers_reset(struct peers *p);
uint64_t peers_total_ns(const struct peers *p);

void peers_feed(struct peers *p, struct core_event *event);
void peers_show(struct peers *p, const char *type, struct bench_pod *pod);
/* Offers of all agents that have none out and were not declined. */
void peers_allocate(struct peers *p);
/* A millisecond passes. */
void peers_pass(struct peers *p);
/* Show pods [from, to) as new, so many a millisecond, until all of them run and all updates are acknowledged. */
void peers_run(struct peers *p, size_t from, size_t to, size_t per_ms);

#endif
