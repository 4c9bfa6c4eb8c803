/* Election of one leader among several processes by a Lease: (state, now, event) -> the call to make. Pure.
 *
 * Follows client-go's tools/leaderelection. Nobody's clock is compared with another's: whoever does not hold the lease
 * takes it when its record has not changed for the time that the record itself promises, measured on the own steady
 * clock from the moment the change was seen. The holder leads for `renew_ms` from the moment at which it sent the last
 * renewal that was accepted, which is before anybody else could begin to count; so it stops at least
 * duration_ms - renew_ms before another starts, as long as clocks do not differ in pace by more than their quotient.
 *
 * One call is under way at a time: after a step that asks for one, the next event but ELECTION_TICK, ELECTION_YIELD and
 * ELECTION_RELEASE is its result. All times are milliseconds of one steady clock.
 */
#ifndef KUBE_ELECTION_H
#define KUBE_ELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"

#define ELECTION_YIELD_MS 30000 /* no candidate for so long after ELECTION_YIELD */

struct election_config {
	const char *identity; /* no other live process has it; not empty */
	int64_t duration_ms;  /* promised to the others; > renew_ms */
	int64_t renew_ms;     /* the holder leads for so long without a renewal; > retry_ms with its jitter */
	int64_t retry_ms;     /* between calls; up to a fifth is added at random for those who do not lead */
	struct random_source random;
};

/* What counts of a lease. */
struct election_record {
	const char *holder;  /* "" for nobody */
	int64_t duration_ms; /* 0: not said, then our own */
	const char *stamp;   /* a text that is another one after each renewal */
};

enum election_event_type {
	ELECTION_TICK,	   /* election_deadline has come */
	ELECTION_SEEN,	   /* record: the answer to a READ */
	ELECTION_ABSENT,   /* there is no lease: the answer to a READ or a WRITE */
	ELECTION_ACCEPTED, /* record: as it stands after our CREATE, WRITE or CLEAR */
	ELECTION_CONFLICT, /* somebody else was faster than our CREATE, WRITE or CLEAR */
	ELECTION_FAILED,   /* the call failed otherwise, or nobody knows; retry_after_ms: asked for, or 0 */
	ELECTION_YIELD,	   /* stop leading, let others go first */
	ELECTION_RELEASE,  /* stop leading, clear the lease if it is ours, and be done */
};

struct election_event {
	enum election_event_type type;
	struct election_record record;
	int64_t retry_after_ms;
};

enum election_call {
	ELECTION_NOTHING,
	ELECTION_READ,
	ELECTION_CREATE,
	ELECTION_WRITE, /* the record that was seen last, with us as holder */
	ELECTION_CLEAR, /* the same, with nobody as holder */
};

struct election {
	struct election_config config;
	char *holder, *stamp; /* seen last; NULL: nothing yet, or no lease */
	int64_t duration_ms, seen_ms;
	bool current; /* nothing speaks against what was seen last: it can be written upon */
	bool leading, calling, releasing, over;
	int64_t until_ms; /* leads until then */
	int64_t sent_ms, next_ms, yield_until_ms;
	uint64_t term;
};

/* identity and random are borrowed. */
void election_init(struct election *e, const struct election_config *config);
void election_done(struct election *e);

enum election_call election_step(struct election *e, int64_t now, const struct election_event *event);

/* To be asked again before every act. */
bool election_leads(const struct election *e, int64_t now);
/* Seen last as holder; NULL: nothing seen, "": nobody. */
const char *election_holder(const struct election *e);
/* Counts how often it began to lead: when this has changed, leadership was lost in between, however short. */
uint64_t election_term(const struct election *e);
/* The release is through, or there was nothing to release; no call follows. */
bool election_over(const struct election *e);
/* When ELECTION_TICK is due; INT64_MAX: never. */
int64_t election_deadline(const struct election *e);

#endif
