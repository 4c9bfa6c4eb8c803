/* What a controller manager does for the few kinds that the demo and tests need, next to the miniature API server.
 *
 * ReplicaSets: keep as many active pods as asked (neither Failed, Succeeded nor terminating), delete the surplus
 * (unassigned, not ready and young ones first), report counts. Jobs: create pods until enough succeeded or too many
 * failed. Pod garbage collection: pods bound to a node that does not exist are failed and removed after a quarantine.
 * Approved CertificateSigningRequests of the signer kubernetes.io/kubelet-serving: a certificate, or the condition Failed.
 * Claims are bound to volumes that exist, at once or, if their class waits for a pod, when the volume names the claim.
 * Not done: provisioning of volumes, adoption of orphans, job indexes, deadlines, time to live, deployments.
 *
 * Pure: no sockets, no clock; works through apiserver_do. Subscribes to the server, of which it must be the one
 * subscriber. Owner's loop: call controllers_run whenever controllers_next_deadline has come; ask again after every
 * request.
 */
#ifndef SANDBOX_KUBE_CONTROLLERS_H
#define SANDBOX_KUBE_CONTROLLERS_H

#include <stdint.h>

#include "base/err.h"
#include "tests/sandbox/kube/apiserver.h"

#define CONTROLLERS_BURST 500		 /* pods created or deleted for one object at a time */
#define CONTROLLERS_BACKOFF_MS 1000	 /* after the second pod that failed at once; then doubling */
#define CONTROLLERS_BACKOFF_MAX_MS 60000 /* a pod that failed within this time of its creation failed at once */

struct controllers;

/* Who signs: PEM in, a new PEM text out; NULL with the reason in the signer's words. */
struct controllers_signer {
	char *(*sign)(void *arg, const char *request, struct err *why);
	void *arg;
};

/* `quarantine_ms`: how long a node may be missing before its pods are removed; 0: 40 s, as in a real cluster.
 * The server must outlive the controllers. */
struct controllers *controllers_new(struct apiserver *server, int64_t quarantine_ms);
/* Without it requests for certificates stay as they are. */
void controllers_set_signer(struct controllers *c, const struct controllers_signer *signer);
/* Unsubscribes. NULL-safe. */
void controllers_free(struct controllers *c);

/* INT64_MAX: nothing to do until something changes. */
int64_t controllers_next_deadline(const struct controllers *c);
void controllers_run(struct controllers *c, int64_t now_ms);

#endif
