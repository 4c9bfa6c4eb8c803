/* What the controllers share. Not for others.
 *
 * Each looks at one object and its pods, does what is missing, and says when to look again (INT64_MAX: on the next
 * change).
 */
#ifndef SANDBOX_KUBE_CONTROLLERS_INNER_H
#define SANDBOX_KUBE_CONTROLLERS_INNER_H

#include <jansson.h>

#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/kube/controllers.h"

/* The controller of a set of pods, as a new reference so that it survives writes. */
struct owner {
	struct apiserver *server;
	int64_t now_ms;
	const char *api_version, *kind, *plural; /* "apps/v1", "ReplicaSet", "replicasets" */
	json_t *object;
	const char *name_space, *name, *uid; /* of the object */
	json_t *pods;			     /* those that it controls: an array of new references */
};

/* Reads the object and its pods. False when it is gone or terminating. */
bool owner_init(struct owner *o, const char *name_space, const char *name);
void owner_done(struct owner *o);

bool pod_failed(const json_t *pod);
bool pod_succeeded(const json_t *pod);
bool pod_terminating(const json_t *pod);
/* Neither finished nor terminating. */
bool pod_active(const json_t *pod);
bool pod_ready(const json_t *pod);

/* A pod from the object's template; `labels` (borrowed, may be NULL) are added. Records an Event of the outcome. */
bool owner_create_pod(const struct owner *o, json_t *labels);
void owner_delete_pod(const struct owner *o, const json_t *pod);
/* Deletes n active pods, those first whose loss hurts least. */
void owner_delete_surplus(const struct owner *o, size_t n);
/* Merges into the object's status what differs there (takes the reference). */
void owner_set_status(const struct owner *o, json_t *status);
void owner_event(const struct owner *o, const char *type, const char *reason, const char *message);
/* When the next pod may be created, given how many failed at once lately: 0 for now. */
int64_t owner_backoff(const struct owner *o);

int64_t replicaset_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms);
int64_t job_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms);
/* Removes the pods of a node that is still missing. */
void podgc_collect(struct apiserver *s, const char *node, int64_t now_ms);

/* Binds the claim, if a volume for it is there; says whether the volume is free. */
void claim_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms);
void volume_reconcile(struct apiserver *s, const char *name, int64_t now_ms);

/* Signs an approved request for the certificate of a kubelet. */
void csr_sign(struct apiserver *s, const char *name, const struct controllers_signer *signer, int64_t now_ms);

#endif
