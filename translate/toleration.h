/* Does a pod tolerate a taint, and for how long: as the scheduler and the taint eviction of Kubernetes decide. */
#ifndef TRANSLATE_TOLERATION_H
#define TRANSLATE_TOLERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "kube/pod.h"

/* False: a taint of this key and effect, without a value, is not tolerated. *ret_seconds: the least of the
 * tolerationSeconds of all tolerations that match; -1 when none of them has any: for ever. */
bool toleration_of(const struct kube_pod *pod, const char *key, const char *effect, int64_t *ret_seconds);

#endif
