/* Mesos resources and their exact arithmetic: scalars in thousandths, ranges as inclusive intervals, sets of strings.
 *
 * A resource keeps what tells it apart (name, roles, reservations, disk, provider, shared, revocable); only equal ones add
 * up. Source: mesos/v1/mesos.proto Resource, and src/common/values.cpp for the three decimals.
 */
#ifndef MESOS_RESOURCES_H
#define MESOS_RESOURCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MESOS_RESOURCES_MAX 1024      /* entries in one vector from a peer */
#define MESOS_RANGES_MAX 4096         /* intervals in one resource */
#define MESOS_SCALAR_MAX_MILLI ((int64_t)1 << 53)

enum mesos_value { MESOS_SCALAR, MESOS_RANGES, MESOS_SET };

struct mesos_range {
	uint64_t begin, end; /* inclusive */
};

struct mesos_resource {
	char *name;
	enum mesos_value type;
	int64_t milli;              /* scalar */
	struct mesos_range *ranges; /* sorted, disjoint, not touching */
	size_t n_ranges;
	char **items;               /* set, sorted */
	size_t n_items;
	char *role;                 /* allocation_info.role; NULL: not allocated */
	bool reserved;              /* any reservation */
	bool plain;                 /* neither revocable nor shared nor a disk with identity: may be used for anything */
	json_t *rest;               /* all other members (reservations, disk, revocable, provider_id, ...), NULL: none */
};

struct mesos_resources {
	struct mesos_resource *items;
	size_t n, cap;
};

void mesos_resources_init(struct mesos_resources *r);
void mesos_resources_done(struct mesos_resources *r);
int mesos_resources_decode(const json_t *array, struct mesos_resources *ret, struct err *e);
json_t *mesos_resources_encode(const struct mesos_resources *r);

void mesos_resources_copy(struct mesos_resources *to, const struct mesos_resources *from); /* to is initialised here */
void mesos_resources_add(struct mesos_resources *to, const struct mesos_resources *what);
/* -1, and nothing changed, when `what` is not contained. */
int mesos_resources_subtract(struct mesos_resources *from, const struct mesos_resources *what);

/* What of `name` could be taken from plain resources of `role` (NULL: any role), in thousandths. */
int64_t mesos_resources_available(const struct mesos_resources *r, const char *name, const char *role);
bool mesos_resources_has_port(const struct mesos_resources *r, uint64_t port, const char *role);

/* Move `milli` of the scalar `name` of `role` from `from` to `to`, reserved ones first. -1 and nothing changed when short. */
int mesos_resources_take(struct mesos_resources *from, const char *name, int64_t milli, const char *role,
			 struct mesos_resources *to);
/* The same for one value of a ranges resource (ports). */
int mesos_resources_take_port(struct mesos_resources *from, uint64_t port, const char *role, struct mesos_resources *to);

/* One scalar, without role or reservation; for agents and limits. */
void mesos_resources_put_scalar(struct mesos_resources *r, const char *name, int64_t milli, const char *role);

#endif
