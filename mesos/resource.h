/* One resource: what resources.c and its codec are made of. Values of one kind (resource_same_kind) can be added and
 * subtracted; owned members are freed by resource_done.
 */
#ifndef MESOS_RESOURCE_H
#define MESOS_RESOURCE_H

#include "mesos/resources.h"

void resource_done(struct mesos_resource *r);
struct mesos_resource resource_copy(const struct mesos_resource *r);
/* A copy with one port only. */
struct mesos_resource resource_copy_port(const struct mesos_resource *r, uint64_t port);

bool resource_empty(const struct mesos_resource *r);
/* Everything but the amount is equal. */
bool resource_same_kind(const struct mesos_resource *a, const struct mesos_resource *b);
/* Of the same kind; whole ones contain only their equals. */
bool resource_contains(const struct mesos_resource *have, const struct mesos_resource *what);
void resource_add(struct mesos_resource *to, const struct mesos_resource *what);
/* `what` must be contained. */
void resource_subtract(struct mesos_resource *from, const struct mesos_resource *what);

/* Sums that would overflow stay at the largest number. */
int64_t milli_sum(int64_t a, int64_t b);

/* Takes what `owned` owns. */
void resources_add_owned(struct mesos_resources *to, struct mesos_resource *owned);

#endif
