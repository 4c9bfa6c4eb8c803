/* Amounts of resources as the API writes them: {"cpu":"100m","memory":"64Mi"}. What is not given (-1) has no member.
 *
 * Source: core/v1 ResourceList, of cpu, memory, ephemeral-storage and nvidia.com/gpu.
 */
#ifndef KUBE_AMOUNTS_H
#define KUBE_AMOUNTS_H

#include "kube/pod.h"

/* A new reference. */
json_t *kube_amounts_json(const struct kube_amounts *amounts);
/* What is missing, or is no amount, is not given. Finer than a unit is rounded up, cpu to thousandths. */
struct kube_amounts kube_amounts_of(const json_t *object);
/* Thousandths of the quantity with that name; -1: there is none, or it cannot be read, or is negative. */
int64_t kube_milli_of(const json_t *object, const char *name);
struct kube_resources kube_resources_of(const json_t *object); /* its `requests` and `limits` */
bool kube_resources_equal(const struct kube_resources *a, const struct kube_resources *b);

#endif
