/* Finds the leading master in ZooKeeper, and keeps looking.
 *
 * What was found stays found while ZooKeeper is away: only ZooKeeper can say that another master leads, or none. After
 * a change the group is read again, at most every ZK_DETECTOR_PAUSE_MS, so that a group in turmoil costs little.
 *
 * All handlers come from the loop, never from inside a function of this header; they may call zk_detector_free.
 */
#ifndef MESOS_ZK_DETECTOR_H
#define MESOS_ZK_DETECTOR_H

#include "mesos/zk_client.h"

#define ZK_DETECTOR_PAUSE_MS 250

struct zk_detector_handlers { /* all must be set */
	/* Another master leads ("http://host:port"), or the same was started anew. NULL: none does, so far or any more:
	 * the group is empty, does not exist, or its leader announces itself in a way that cannot be read. Told again
	 * only when it changed. */
	void (*on_leader)(void *arg, const char *master);
	/* Something to log: an attempt to connect failed, a connection broke, the leader's node cannot be read (said
	 * once, until something else is in it). */
	void (*on_trouble)(void *arg, const struct err *what);
};

struct zk_detector;
/* `tls`: masters are spoken to with TLS, which ZooKeeper does not know. */
struct zk_detector *zk_detector_new(uv_loop_t *loop, const struct zk_client_config *config, bool tls,
				    const struct zk_detector_handlers *handlers, void *arg);
/* Memory goes when the loop has run its closing handles. NULL-safe. */
void zk_detector_free(struct zk_detector *d);
/* Once. */
void zk_detector_start(struct zk_detector *d);

#endif
