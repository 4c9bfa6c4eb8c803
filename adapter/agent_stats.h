/* What runs on each agent and what it uses, asked when somebody wants to know and kept for a short time.
 *
 * At most one call to an agent is under way: who asks meanwhile waits for its answer. An answer, also that there is
 * none, is kept for AGENT_STATS_KEEP_MS. Of the framework's executors the cpu time is added up over their lives, so
 * that the sum never goes back when one of them ends; that sum is forgotten AGENT_STATS_FORGET_MS after the last
 * answer.
 */
#ifndef ADAPTER_AGENT_STATS_H
#define ADAPTER_AGENT_STATS_H

#include "mesos/containers.h"

#define AGENT_STATS_KEEP_MS 5000
#define AGENT_STATS_FORGET_MS 600000
#define AGENT_STATS_CALLS_MAX 512 /* under way; further ones are refused */

/* Borrowed for the call of whoever is told. */
struct agent_figures {
	const struct mesos_containers *containers;
	int64_t at_ms; /* when the answer came, since 1970 */
	double cpu_s;  /* used by the framework's executors since they are looked at, with what they had used before */
};

struct agent_stats;
struct agent_stats_wait;

/* figures NULL: there are none, and why. */
typedef void (*agent_stats_told)(void *arg, const struct agent_figures *figures, const struct err *why);

/* framework_id: borrowed, may become another one. */
struct agent_stats *agent_stats_new(char *const *framework_id);
/* Nobody is told any more. NULL-safe. */
void agent_stats_free(struct agent_stats *s);

/* Tells at once, and returns NULL, when the answer is known or cannot be asked for; else once later, unless cancelled.
 */
struct agent_stats_wait *agent_stats_ask(struct agent_stats *s, const char *agent_id, const struct mesos_agent *agent,
					 agent_stats_told told, void *arg);
/* NULL-safe. */
void agent_stats_cancel(struct agent_stats_wait *wait);

#endif
