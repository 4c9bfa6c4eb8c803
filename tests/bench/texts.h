/* What peers send, as text, in the shape in which real servers sent it (tests/data): a pod of a Deployment with its
 * managedFields, offers, task updates.
 */
#ifndef TESTS_BENCH_TEXTS_H
#define TESTS_BENCH_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TEXT_FRAMEWORK "9627a182-ac04-428a-abcc-ca822d0af82c-0000"
#define TEXT_MAX ((size_t)64 << 20)

struct bench_pod {
	size_t number;
	unsigned version;     /* resourceVersion */
	const char *cpu;      /* what it requests */
	const char *selector; /* nodeSelector rack; NULL: none */
	long agent;	      /* -1: not bound */
	char *status;	      /* as stored, owned; NULL: Pending */
};

struct bench_agent {
	size_t number;
	unsigned long offer; /* number of the one that is out; 0: none */
	int64_t cpus, mem;   /* left, in thousandths and MB */
	int64_t filtered_ms; /* declined until */
};

/* Ids of pods, agents and offers, and back. */
#define TEXT_UID_MAX 40
const char *text_uid(size_t pod, char out[TEXT_UID_MAX]);
size_t text_uid_number(const char *uid);
#define TEXT_AGENT_MAX 64
const char *text_agent(size_t agent, char out[TEXT_AGENT_MAX]);
size_t text_agent_number(const char *id);
unsigned long text_offer_number(const char *id);

/* What the API server stores of a running pod: what the core would write, too. Owned by the caller. */
char *text_running_status(void);

void text_pod(struct buf *b, const struct bench_pod *pod);
void text_watch_line(struct buf *b, const char *type, const struct bench_pod *pod);
/* One event for the offers of all these agents. */
void text_offers(struct buf *b, const struct bench_agent *const *agents, size_t n);
/* uuid 0: an answer of the master. */
void text_update(struct buf *b, const char *task_id, size_t agent, const char *state, unsigned long uuid);

#endif
