/* The Mesos half of the sandbox: master, agents, their ports, and real processes for the tasks.
 *
 * The master has one port, every agent one of its own. Sandboxes of tasks are under DIR/agents/HOSTNAME. An agent that
 * is killed or stopped refuses connections until it is started again.
 */
#ifndef SANDBOX_SERVE_MESOS_H
#define SANDBOX_SERVE_MESOS_H

#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/mesos/cluster.h"
#include "tests/sandbox/options.h"
#include "tests/sandbox/pki.h"
#include "tests/sandbox/ticker.h"

struct serve_mesos;

/* `pki` (borrowed) is used when the options ask for TLS. With a credential DIR/mesos-secret holds the secret. */
struct serve_mesos *serve_mesos_new(uv_loop_t *loop, struct ticker *ticker, const struct sandbox_options *o,
				    const struct pki *pki, struct err *e);
/* After a step of the pki: show and trust what is due now. The secret changes with PKI_SWITCH, and that of before is
 * good until PKI_RETIRE. */
int serve_mesos_reissue(struct serve_mesos *m, enum pki_step step, struct err *e);
/* Kills every task. Call once the ticker is closed; the loop must run on until the fronts have gone. NULL-safe. */
void serve_mesos_free(struct serve_mesos *m);

uint16_t serve_mesos_port(const struct serve_mesos *m);
struct mesos_cluster *serve_mesos_cluster(struct serve_mesos *m);
struct front *serve_mesos_front(struct serve_mesos *m); /* the master's */

enum agent_order {
	AGENT_KILL,
	AGENT_STOP,
	AGENT_START,
	AGENT_PARTITION,
	AGENT_HEAL,
	AGENT_GONE,
	AGENT_REFUSE,
	AGENT_ACCEPT,
	AGENT_DRAIN,
	AGENT_DEACTIVATE,
	AGENT_REACTIVATE,
	AGENT_MAINTAIN,
	AGENT_UNMAINTAIN
};

/* -1 when there is no such agent, or its port is taken. */
int serve_mesos_order(struct serve_mesos *m, const char *hostname, enum agent_order order, struct err *e);

/* Lines HOSTNAME=PORT for the file `env`, prefixed. */
void serve_mesos_list(const struct serve_mesos *m, const char *prefix, struct buf *out);

#endif
