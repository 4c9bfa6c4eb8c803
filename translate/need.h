/* What a pod needs of an agent, worked out once per pod; or the refusal that names the field.
 *
 * Scalars in thousandths of Mesos' units: cpus, megabytes of mem and disk (Mesos' megabyte is 2^20 bytes), gpus. The
 * sums cover the pod's containers and sidecars (an init container ends before the others start, so it counts, with the
 * sidecars before it, only if that is more than those together), its `pause` task where it has one, and the executor's
 * own cost with the pod's overhead.
 */
#ifndef TRANSLATE_NEED_H
#define TRANSLATE_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/pod.h"
#include "translate/rights.h"

#define NEED_PORTS_MAX 64

struct amounts {
	int64_t cpus, mem, disk, gpus; /* thousandths */
};
void amounts_add(struct amounts *to, struct amounts a);

struct pod_need {
	struct amounts total;		/* to launch the pod whole */
	uint16_t ports[NEED_PORTS_MAX]; /* host ports */
	size_t n_ports;
	bool pause; /* a pause task keeps the executor: several containers, init containers, restarts, or files written
		     */
};

/* What every executor and every pause task costs, what a container gets that asks for nothing, and what agents have. */
struct translate_config {
	struct amounts executor; /* Mesos wants cpus, mem and disk above 0 */
	struct amounts pause;
	struct amounts container_default; /* for what a container does not request */
	struct agent_rights rights;	  /* initially nothing that limits a container */
};
void translate_config_init(struct translate_config *config); /* 0.01 cpus, 32 MB, 1 MB; 0.001, 1, 0; 0.1, 32, 0 */

/* ERR_INVALID for a malformed pod; ERR_UNSUPPORTED naming the field(s) that cannot be translated: everything in
 * pod->refused, and what only the translation knows. */
int pod_need_make(const struct kube_pod *pod, const struct translate_config *config, struct pod_need *ret,
		  struct err *e);

/* Can the pod's i-th ephemeral container be run? ERR_INVALID for a malformed one; ERR_UNSUPPORTED naming the field(s)
 * that cannot be translated. */
int ephemeral_check(const struct kube_pod *pod, size_t i, const struct translate_config *config, struct err *e);

/* What one container's task takes (a container in init order counts as the ordinary ones). A request of 0 counts as
 * none; ephemeral-storage takes its limit, for Mesos has no limit on disk apart from what was taken. Limits of
 * emptyDirs are disk of the first container that mounts them. */
struct amounts container_amounts(const struct kube_container *container, const struct translate_config *config);

/* What its executor takes: its own cost and the pod's overhead. */
struct amounts executor_amounts(const struct kube_pod *pod, const struct translate_config *config);

#endif
