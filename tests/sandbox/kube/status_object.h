/* Refusals: how a request that is not served is answered, as a Status object.
 *
 * A function that can refuse takes `struct refusal *` last, fills it and returns -1; the caller answers with
 * refusal_status. Messages and details are worded as kube-apiserver words them.
 */
#ifndef SANDBOX_KUBE_STATUS_OBJECT_H
#define SANDBOX_KUBE_STATUS_OBJECT_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/sandbox/kube/registry.h"

struct refusal {
	int code;
	const char *reason; /* constant; NULL for none */
	char *message;
	json_t *details; /* NULL for none */
	int retry_after; /* seconds; 0: none */
	bool plain;	 /* the message alone, as text/plain */
	bool nosniff;
};

void refusal_done(struct refusal *r);
/* `details` is stolen and may be NULL. Always returns -1. */
int refuse(struct refusal *r, int code, const char *reason, json_t *details, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

int refuse_bad_request(struct refusal *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int refuse_not_found(struct refusal *r, const struct kube_resource *res, const char *name);
int refuse_unknown_path(struct refusal *r);
int refuse_method(struct refusal *r);
int refuse_exists(struct refusal *r, const struct kube_resource *res, const char *name, bool terminating);
/* "Operation cannot be fulfilled on pods "x": WHY" */
int refuse_conflict(struct refusal *r, const struct kube_resource *res, const char *sub, const char *name,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int refuse_stale(struct refusal *r, const struct kube_resource *res, const char *name);
/* "pods "x" is forbidden: WHY"; `name` may be "". */
int refuse_forbidden(struct refusal *r, const struct kube_resource *res, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* {"name":…,"group":…,"kind":…}; empty ones are left out. */
json_t *status_details(const char *name, const char *group, const char *kind);
json_t *refusal_status(const struct refusal *r);

/* What validation found wrong, in order. */
struct causes {
	json_t *list; /* NULL while there are none */
};

/* `reason` is a short word of field errors: "Invalid", "Required", "Forbidden", "NotSupported", "Duplicate",
 * "NotFound", "TooLong". */
void cause_add(struct causes *c, const char *reason, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* 0 when there are none; else 422 for `kind` ("Pod") of `group`. The causes are consumed. */
int causes_refuse(struct causes *c, const char *kind, const char *group, const char *name, struct refusal *r);

#endif
