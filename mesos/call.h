/* Calls of the v1 scheduler API as JSON text (application/json). Each returns text to free().
 *
 * Numbers are written with 15 digits, so that 0.1 stays "0.1". Bytes that are not UTF-8 become '?'.
 *
 * Source: mesos/v1/scheduler/scheduler.proto Call. A call of type UNKNOWN is never built: it aborts a real master.
 */
#ifndef MESOS_CALL_H
#define MESOS_CALL_H

#include "mesos/types.h"

struct mesos_framework {
	const char *id;						    /* NULL: not yet known */
	const char *name, *user, *principal, *hostname, *webui_url; /* principal, hostname, webui_url may be NULL */
	const char *const *roles;
	size_t n_roles;
	double failover_timeout_s;
	bool gpus; /* capability GPU_RESOURCES */
};

/* PARTITION_AWARE, MULTI_ROLE, RESERVATION_REFINEMENT, TASK_KILLING_STATE always; checkpoint: true always. */
char *mesos_call_subscribe(const struct mesos_framework *framework);
/* Takes the reference to `operations` (an array of Offer.Operation; NULL: none). */
char *mesos_call_accept(const char *framework_id, const char *const *offer_ids, size_t n, json_t *operations,
			double refuse_s);
char *mesos_call_decline(const char *framework_id, const char *const *offer_ids, size_t n, double refuse_s);
/* ACCEPT_INVERSE_OFFERS, or DECLINE_INVERSE_OFFERS; the master asks again after refuse_s. */
char *mesos_call_inverse_offers(const char *framework_id, bool accept, const char *const *ids, size_t n,
				double refuse_s);
/* n = 0: for all roles of the framework. */
char *mesos_call_revive(const char *framework_id, const char *const *roles, size_t n);
char *mesos_call_suppress(const char *framework_id, const char *const *roles, size_t n);
/* grace_ms < 0: no kill_policy. agent_id may be NULL. */
char *mesos_call_kill(const char *framework_id, const char *task_id, const char *agent_id, int64_t grace_ms);
/* The executor and all its tasks: the agent gives it a grace period of its own, then destroys its containers. */
char *mesos_call_shutdown(const char *framework_id, const char *executor_id, const char *agent_id);
char *mesos_call_acknowledge(const char *framework_id, const char *agent_id, const char *task_id, const char *uuid);

struct mesos_task_ref {
	const char *task_id, *agent_id; /* agent_id may be NULL */
};
/* n = 0 asks for everything (implicit reconciliation). */
char *mesos_call_reconcile(const char *framework_id, const struct mesos_task_ref *tasks, size_t n);

#endif
