/* What a pod needs of an agent, worked out once per pod; or the refusal that names the field. It covers what its
 * containers take at once, its `pause` task where it has one, and its executor.
 */
#ifndef TRANSLATE_NEED_H
#define TRANSLATE_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "translate/amounts.h"

#define NEED_PORTS_MAX 64

struct pod_need {
	struct amounts total;		/* to launch the pod whole */
	uint16_t ports[NEED_PORTS_MAX]; /* host ports */
	size_t n_ports;
	bool pause; /* a pause task keeps the executor: several containers, init containers, restarts, or files written
		     */
};

/* ERR_INVALID for a malformed pod; ERR_UNSUPPORTED naming the field(s) that cannot be translated: everything in
 * pod->refused, and what only the translation knows. */
int pod_need_make(const struct kube_pod *pod, const struct translate_config *config, struct pod_need *ret,
		  struct err *e);

/* Can the pod's i-th ephemeral container be run? ERR_INVALID for a malformed one; ERR_UNSUPPORTED naming the field(s)
 * that cannot be translated. */
int ephemeral_check(const struct kube_pod *pod, size_t i, const struct translate_config *config, struct err *e);

#endif
