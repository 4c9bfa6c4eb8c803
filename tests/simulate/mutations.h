/* Variants of the adapter that are broken on purpose, to prove that the simulation notices.
 *
 * Nothing of the product is changed: effects and events are changed on their way between shell and core (boundary.c).
 */
#ifndef SIMULATE_MUTATIONS_H
#define SIMULATE_MUTATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "adapter/core.h"
#include "base/map.h"

enum mutation {
	MUTATION_NONE,
	MUTATION_ACKNOWLEDGE_EARLY,   /* acknowledges what it has not stored */
	MUTATION_GUESS,		      /* does not ask Mesos, takes every task for gone */
	MUTATION_NEVER_ASK,	      /* does not ask Mesos, and waits */
	MUTATION_KILL_UNKNOWN,	      /* kills at once what no pod explains */
	MUTATION_UNKNOWN_IS_DEAD,     /* launches again on TASK_UNKNOWN, whatever comes after */
	MUTATION_UNREACHABLE_IS_DEAD, /* launches again on TASK_UNREACHABLE */
	MUTATION_FORGET_DISCONNECTED, /* does not notice that a session ended */
	MUTATION_LAUNCH_UNSTORED,     /* launches before the framework id is stored */
	MUTATION_DROP_RESCIND,	      /* does not hear that an offer was taken back */
	MUTATION_NEVER_REVIVE,	      /* does not ask for offers again */
	MUTATION_NEVER_DECLINE,	      /* keeps every offer */
	MUTATION_SYNCED_EARLY,	      /* acts before it knows all pods */
	MUTATION_NEVER_KILL,	      /* deleted pods run on */
	MUTATION_STATUS_TWICE,	      /* sends an older status again after a newer one */
	MUTATION_LOSE_FAILURES,	      /* takes every answer for a good one */
	MUTATION_MISS_DELETIONS,      /* does not hear that a pod is gone */
	MUTATION_COUNT_ENDED,	      /* counts runs of ephemeral containers that have ended */
	MUTATION_BUSY,		      /* says everything again and again */
	MUTATIONS
};

const char *mutation_name(enum mutation mutation);
/* -1 when it is not known. */
int mutation_parse(const char *name, enum mutation *ret);

/* The faults (bits of enum fault) that bring it out soonest. */
unsigned mutation_faults(enum mutation mutation);
/* Is that what it breaks? The violation begins with its word. */
bool mutation_is_that(enum mutation mutation, const char *violation);

struct life;

/* What a broken life needs. */
struct mutant {
	enum mutation mutation;
	const struct life *life; /* what an honest observer knows */
	void (*step)(struct core *core, int64_t now_ms, struct core_event *event, struct effects *effects);
	struct mesos_task_status status; /* a false one; its strings are borrowed */
	struct effects older;		 /* the status that was stored last */
	struct map dead;		 /* by task id: that it takes for dead */
};

/* Before the core sees an event, which may be changed; false: it shall not see it. */
bool mutation_event(struct mutant *m, struct core_event *event);
/* After it answered. */
void mutation_effects(struct mutant *m, struct core *core, int64_t now_ms, const struct core_event *event,
		      struct effects *effects);
/* The life is over. */
void mutation_forget(struct mutant *m);

#endif
