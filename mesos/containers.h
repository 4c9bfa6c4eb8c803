/* What runs on an agent and what it uses: GET_CONTAINERS of its v1 API, with what is nested.
 *
 * Which figures there are depends on the agent's isolation: cgroups tell of every container that has its own, others of
 * executors only. What is not told stays unknown. Source: mesos/v1/agent/agent.proto (Response.GetContainers),
 * mesos/v1/mesos.proto (ResourceStatistics), recordings 13 and 21.
 */
#ifndef MESOS_CONTAINERS_H
#define MESOS_CONTAINERS_H

#include "base/map.h"
#include "mesos/agent.h"

#define MESOS_CONTAINERS_MAX 20000		     /* in one answer */
#define MESOS_CONTAINERS_BODY_MAX ((size_t)16 << 20) /* bytes of it */
#define MESOS_CONTAINERS_TIMEOUT_MS 10000	     /* for an agent to give it */

/* -1: not told. Times in seconds since the container began, sizes in bytes. */
struct mesos_usage {
	int64_t time_ms; /* when it was measured, since 1970; 0: nothing was */
	double cpu_user_s, cpu_system_s;
	int64_t memory;	      /* all that is charged, with the page cache */
	int64_t memory_rss;   /* anonymous memory and swap cache */
	int64_t memory_cache; /* page cache, with what lies in tmpfs */
	int64_t memory_mapped, memory_swap, memory_limit;
	int64_t disk; /* of its sandbox */
	int64_t cfs_periods, cfs_throttled;
	double cfs_throttled_s;
	int64_t processes, threads;
};

struct mesos_container {
	char *id;			  /* "executor", "executor.task", … */
	char *framework_id, *executor_id; /* of an executor's own container, else NULL */
	struct mesos_usage usage;
};

struct mesos_containers {
	struct mesos_container *all;
	size_t n;
	struct map by_id; /* of struct mesos_container; of several with one id the last */
};

/* The body of an answer. Containers without an id are left out. */
int mesos_containers_parse(const char *text, size_t n, struct mesos_containers *ret, struct err *e);
/* NULL-safe. */
void mesos_containers_done(struct mesos_containers *c);

struct mesos_containers_call;

/* Once, unless cancelled. NULL and why, when there is no answer. What is in `c` may be taken, leaving it zeroed. */
typedef void (*mesos_containers_answer)(void *arg, struct mesos_containers *c, const struct err *why);

/* NULL when the agent's address makes no URL. */
struct mesos_containers_call *mesos_containers_ask(const struct mesos_agent *agent, mesos_containers_answer on_answer,
						   void *arg, struct err *e);
/* NULL-safe. */
void mesos_containers_cancel(struct mesos_containers_call *call);

#endif
