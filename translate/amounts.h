/* What of Mesos' scalars containers, pause and executor of a pod take.
 *
 * What a pod requests as a whole (spec.resources) its agent must have. Containers that request nothing of it have equal
 * parts of what the others leave, for each task of Mesos has its own; an init container, which runs when the ordinary
 * ones do not, has all that the sidecars before it leave. What no container takes is the pause's, or the executor's
 * where there is none: a pod's resources may change while it runs, but an ExecutorInfo must not.
 *
 * Mesos limits each task alone, so a limit of the pod is kept only where the containers that run at once have limits of
 * their own that are together no more, or where one runs alone: then it is its limit.
 */
#ifndef TRANSLATE_AMOUNTS_H
#define TRANSLATE_AMOUNTS_H

#include "kube/pod.h"
#include "translate/rights.h"

/* Thousandths of Mesos' units: cpus, megabytes (of 2^20 bytes) of mem and disk, gpus. */
struct amounts {
	int64_t cpus, mem, disk, gpus;
};
void amounts_add(struct amounts *to, struct amounts a);

/* What every executor and every pause task costs, what a container gets that asks for nothing, and what agents have. */
struct translate_config {
	struct amounts executor; /* Mesos wants cpus, mem and disk above 0 */
	struct amounts pause;
	struct amounts container_default; /* for what a container does not request */
	struct agent_rights rights;	  /* initially nothing that limits a container */
};
void translate_config_init(struct translate_config *config); /* 0.01 cpus, 32 MB, 1 MB; 0.001, 1, 0; 0.1, 32, 0 */

/* A pause task keeps the executor: several containers, init containers, restarts, or files that are written. */
bool pod_has_pause(const struct kube_pod *pod);

/* What the task of one of the pod's containers takes; an ephemeral one has no part of what the pod has as a whole. A
 * request of 0 counts as none; ephemeral-storage takes its limit, for Mesos has no limit on disk apart from what was
 * taken. Limits of emptyDirs are disk of the first container that mounts them. */
struct amounts container_amounts(const struct kube_pod *pod, const struct kube_container *container,
				 const struct translate_config *config);
/* Its limits of cpus and mem; 0: none. */
struct amounts container_limits(const struct kube_pod *pod, const struct kube_container *container);
/* The most that its containers take at once: sidecars and ordinary ones, or an init container with the sidecars before
 * it. */
struct amounts containers_amounts(const struct kube_pod *pod, const struct translate_config *config);
struct amounts pause_amounts(const struct kube_pod *pod, const struct translate_config *config);
/* Its own cost and the pod's overhead; of a bound pod what its annotation ANNOTATION_EXECUTOR says, for a master takes
 * no other ExecutorInfo while it runs, whatever the options say by now. */
struct amounts executor_amounts(const struct kube_pod *pod, const struct translate_config *config);

/* As agents write resources, with three decimals: "cpus:0.010;mem:32.000;disk:1.000". */
#define EXECUTOR_TEXT_MAX 96
const char *executor_text(struct amounts amounts, char out[EXECUTOR_TEXT_MAX]);
/* False: it is none, or has nothing of one of them. */
bool executor_read(const char *text, struct amounts *ret);

/* Has it limits as a whole? Then nothing may run beside its containers. */
bool pod_has_limits(const struct kube_pod *pod);
/* A limit that cannot be kept, or is below what will be requested: ERR_UNSUPPORTED naming the field. */
int pod_limits_check(const struct kube_pod *pod, const struct translate_config *config, struct err *e);

#endif
