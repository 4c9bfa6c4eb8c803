/* Reading one group of nodes in ZooKeeper, and keeping a connection for it: Apache's C client (the single-threaded
 * variant) driven by our loop.
 *
 * Each connection is to one server, with a session of its own: who only reads needs none to outlive it. So a lost
 * connection, an expired session, a server that does not answer and a refusal are one thing: the connection is over,
 * and after a growing, random pause the next server is tried (in turn, beginning with a random one), its name looked up
 * anew.
 *
 * All handlers come from the loop, never from inside a function of this header; every function may be called from
 * within a handler. Nothing blocks.
 *
 * Trusts its servers with memory: the library takes an answer of any size before we see it, and ends the process when a
 * server answers what nobody asked (docs/decisions/0004-zookeeper-client.md).
 */
#ifndef MESOS_ZK_CLIENT_H
#define MESOS_ZK_CLIENT_H

#include <uv.h>

#include "base/err.h"
#include "mesos/zk_url.h"

/* What is asked for, as Mesos asks; servers answer with what they allow. A third of it between pings, two thirds of it
 * without a byte end the connection, also one that is only being made. */
#define ZK_SESSION_TIMEOUT_MS 10000
#define ZK_SESSION_ALLOWED_MAX_MS 600000 /* of what a server answers; more is no ZooKeeper speaking */

struct zk_client_handlers { /* all must be set; what they get is borrowed */
	void (*on_connected)(void *arg);
	/* Something that was read on this connection is no longer so. */
	void (*on_change)(void *arg);
	/* The answers, one for each question. No names: also when the group's node does not exist (yet). NULL: the node
	 * does not exist (any more). */
	void (*on_names)(void *arg, const char *const *names, size_t n);
	void (*on_data)(void *arg, const char *data, size_t n);
	/* The connection is over, or could not be made; questions are void. ERR_DENIED: the server refused to answer
	 * or does not take the credentials, ERR_PROTOCOL: it is no ZooKeeper, ERR_NOT_FOUND: its name is unknown,
	 * ERR_TIMEOUT: it was silent, ERR_IO: all else. The sentence names the server. */
	void (*on_lost)(void *arg, const struct err *why);
};

struct zk_client_config {
	const struct zk_url *url; /* copied */
	int64_t backoff_min_ms, backoff_max_ms;
	int64_t session_timeout_ms; /* 0: ZK_SESSION_TIMEOUT_MS */
};

struct zk_client;
struct zk_client *zk_client_new(uv_loop_t *loop, const struct zk_client_config *config,
				const struct zk_client_handlers *handlers, void *arg);
/* Memory goes when the loop has run its closing handles. NULL-safe. */
void zk_client_free(struct zk_client *c);
/* Once; from now on it keeps itself connected. */
void zk_client_start(struct zk_client *c);

/* One question at a time, between on_connected and on_lost. on_change comes once it is no longer so. */
void zk_client_names(struct zk_client *c);		     /* of the children of the URL's path */
void zk_client_data(struct zk_client *c, const char *child); /* of one of them */

#endif
