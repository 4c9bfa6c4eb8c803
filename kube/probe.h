/* Probes and what they ask, as core/v1 Probe and its handlers say; part of a decoded pod. */
#ifndef KUBE_PROBE_H
#define KUBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kube_probe_kind { PROBE_STARTUP, PROBE_LIVENESS, PROBE_READINESS, KUBE_PROBES };

enum kube_handler_type { HANDLER_EXEC, HANDLER_HTTP, HANDLER_TCP, HANDLER_GRPC };

struct kube_handler {
	enum kube_handler_type type;
	const char *const *command; /* HANDLER_EXEC; at least one word */
	size_t n_command;
	const char *host;		 /* HANDLER_HTTP, HANDLER_TCP; NULL: the pod's */
	int port;			 /* of all but HANDLER_EXEC; names are resolved */
	const char *path;		 /* HANDLER_HTTP; begins with a slash */
	bool https;			 /* HANDLER_HTTP */
	const struct kube_pair *headers; /* HANDLER_HTTP */
	size_t n_headers;
	const char *service; /* HANDLER_GRPC; may be empty */
};

struct kube_probe {
	struct kube_handler handler;
	int64_t delay_s, period_s, timeout_s; /* period and timeout at least 1 */
	int64_t success, failure;	      /* thresholds, at least 1 */
	int64_t grace_s;		      /* terminationGracePeriodSeconds; -1: that of the pod */
};

/* "startupProbe", … */
extern const char *const kube_probe_keys[KUBE_PROBES];

#endif
