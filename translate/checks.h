/* Which of a container's probes Mesos performs, and how.
 *
 * A task has one check, which tells of each change of its result, and one health check, which tells of every failure
 * and of the first success after it. Liveness is the health check, readiness the check, and the startup probe takes the
 * one that is free, or shares one with a probe that asks the same. What neither can ask, and no command, the adapter
 * asks itself, over the network. Pure. docs/internals/probes.md.
 *
 * Source: mesos.proto CheckInfo, HealthCheck; "Task Health Checking" of Mesos' documentation.
 */
#ifndef TRANSLATE_CHECKS_H
#define TRANSLATE_CHECKS_H

#include <jansson.h>

#include "base/err.h"
#include "kube/pod.h"

enum probe_source { PROBE_BY_NOBODY, PROBE_BY_CHECK, PROBE_BY_HEALTH, PROBE_BY_ADAPTER };

struct checks {
	enum probe_source by[KUBE_PROBES]; /* PROBE_BY_NOBODY: there is no such probe */
	bool kills; /* the executor itself ends the container when its liveness probe has failed often enough */
};

/* ERR_UNSUPPORTED with the place ("livenessProbe.httpGet.path: …") when Mesos cannot do it. */
int checks_assign(const struct kube_container *c, struct checks *ret, struct err *e);

/* Puts members check and health_check into a TaskInfo. -1 as checks_assign, or when a command becomes too long. */
int checks_put(const struct kube_container *c, json_t *task, struct err *e);

/* What the adapter asks for a probe of its own (PROBE_BY_ADAPTER), of a pod at this address: "host" and "port", with
 * "url" and "headers" ([name, value]) for HTTP, "url" and "service" for gRPC. */
json_t *checks_question(const struct kube_handler *handler, const char *pod_ip);

/* Is the result of a check (mesos_task_status.check_result) a success? */
bool check_succeeded(const struct kube_handler *handler, int result);

/* Seconds that a container gets when Mesos ends it by itself; the pod's are `otherwise`. */
int64_t checks_grace(const struct kube_container *c, int64_t otherwise);

#endif
