/* Variants of the adapter that are broken on purpose, to prove that the simulation notices.
 *
 * Nothing of the product is changed: effects and events are changed on their way between shell and core (boundary.c).
 */
#ifndef SIMULATE_MUTATIONS_H
#define SIMULATE_MUTATIONS_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct core_config;
struct core_event;
struct effects;
struct sim;

enum mutation {
	MUTATION_NONE,
	MUTATION_ACKNOWLEDGE_EARLY,   /* acknowledges what it has not stored */
	MUTATION_GUESS,		      /* does not ask Mesos, takes every task for gone */
	MUTATION_NEVER_ASK,	      /* does not ask Mesos, and waits */
	MUTATION_KILL_UNKNOWN,	      /* kills at once what no pod explains */
	MUTATION_UNKNOWN_IS_DEAD,     /* launches again on TASK_UNKNOWN */
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
	MUTATION_BUSY,		      /* says everything again and again */
	MUTATIONS
};

const char *mutation_name(enum mutation mutation);
/* -1 when it is not known. */
int mutation_parse(const char *name, enum mutation *ret);

/* Before the core is made, before it sees an event, after it answered. */
void mutation_config(enum mutation mutation, struct core_config *config);
/* False: the core shall not see the event. */
bool mutation_event(struct sim *sim, struct core_event *event);
/* May call the core again through `step`. */
void mutation_effects(struct sim *sim, struct core *core, int64_t now_ms, const struct core_event *event,
		      struct effects *effects,
		      void (*step)(struct core *core, int64_t now_ms, struct core_event *event,
				   struct effects *effects));
void mutation_forget(void); /* a new life */

#endif
