/* What can go wrong, each kind to be switched on and off by name. */
#ifndef SIMULATE_FAULTS_H
#define SIMULATE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

struct sim;

enum fault {
	FAULT_CRASH,	       /* the adapter is killed between any two of its calls, or told to stop */
	FAULT_STALL,	       /* it stands still, and goes on where it was: another one may act by then */
	FAULT_SLOW,	       /* everything takes its time, in any order */
	FAULT_LOSS,	       /* requests and answers are lost, requests come twice */
	FAULT_CUT,	       /* connections break: watches and sessions end */
	FAULT_PARTITION,       /* nothing passes for a while, then everything does */
	FAULT_API_REFUSES,     /* 429, 500 before or after the deed */
	FAULT_API_CONFLICT,    /* 409 to writes */
	FAULT_API_DOWN,	       /* connections are refused */
	FAULT_API_COMPACTED,   /* older resourceVersions are 410 */
	FAULT_MASTER_FAILOVER, /* another master leads; it knows agents and tasks when they have told it */
	FAULT_MASTER_SILENT,   /* connected, and not a byte */
	FAULT_AGENT_RESTART,   /* the agent's process alone */
	FAULT_AGENT_PARTITION, /* for seconds or minutes, then back */
	FAULT_AGENT_LOST,      /* power off; a new agent takes its place */
	FAULT_AGENT_GONE,      /* the operator marks it gone */
	FAULT_EXECUTOR_CRASH,  /* everything of a pod dies, or one container of it */
	FAULT_RESCIND,	       /* offers are taken back while they are in use */
	FAULT_CLOCK,	       /* the adapter's clock jumps */
	FAULT_DELETE,	       /* pods are deleted, also by force, and come again under the same name */
	FAULT_API_RESTORED,    /* a backup is restored: what was written since is gone */
	FAULT_AGENT_LEAVES, /* the operator drains or deactivates it, or schedules maintenance, and takes that back */
	FAULTS
};

#define FAULTS_ALL ((1u << FAULTS) - 1)

const char *fault_name(enum fault fault);
/* "crash,loss" or "all" or "none"; -1 when one is not known. */
int faults_parse(const char *text, unsigned *ret);

/* Misfortune comes from now on, until faults_end: then all is repaired. */
void faults_begin(struct sim *sim);
void faults_end(struct sim *sim);
/* With the world: what would still have ended. */
void faults_done(struct sim *sim);

#endif
