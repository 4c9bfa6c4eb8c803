/* One process's part in the election of a leader: a Lease (coordination.k8s.io/v1), read and written as kube/election.h
 * says.
 *
 * Every write carries the resourceVersion of what it is based on, so of two that write at the same time one gets 409.
 * What others keep in the object (labels, fields of later versions) is written back as it was read. A call is given up
 * after half of renew_ms, so that one that hangs leaves time for another. It never gives up: trouble is told, and the
 * next call made.
 *
 * Whoever leads asks lease_held before each act, since handlers can come late: a process that was stopped and goes on
 * handles what is in its sockets before its timers.
 *
 * Give it a client of its own, so that its calls wait for no others. No handler runs inside a function of this header;
 * handlers must not free the lease, on_released excepted.
 */
#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include <stdbool.h>

#include "kube/client.h"
#include "kube/election.h"

struct lease_config {
	const char *namespace_, *name;
	struct election_config election; /* duration_ms: whole seconds */
};

struct lease_handlers {
	void (*on_won)(void *arg);
	/* After on_won: it was not renewed in time, or another holds it. */
	void (*on_lost)(void *arg);
	/* Another one than before holds it; "" for nobody. */
	void (*on_holder)(void *arg, const char *holder);
	/* For the log: the first failure in a row, and each of another kind. */
	void (*on_trouble)(void *arg, const struct err *what);
	/* What lease_release was for is done, or nothing was to be done. Not called when calls keep failing. */
	void (*on_released)(void *arg);
};

struct lease;

/* Starts with the loop's next turn. The configuration is copied, the client borrowed. */
struct lease *lease_new(struct kube_client *client, const struct lease_config *config,
			const struct lease_handlers *handlers, void *arg);
/* The lease stays as it is, and expires. NULL-safe. */
void lease_free(struct lease *l);

/* True as long as nobody else can have it, by our own clock. */
bool lease_held(const struct lease *l);
/* Stop leading, without on_lost, and be no candidate for ELECTION_YIELD_MS. */
void lease_yield(struct lease *l);
/* Stop leading, without on_lost; nobody shall be the holder if we are. */
void lease_release(struct lease *l);

#endif
