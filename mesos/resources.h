/* Mesos resources and their exact arithmetic: scalars in thousandths, ranges as inclusive intervals, sets of strings.
 *
 * A resource keeps what tells it apart (name, roles, reservations, disk, provider, shared, revocable); only equal ones
 * add up, and disks with an identity (a persistent volume, a mount) or shared resources stay whole. Amounts of zero do
 * not exist. Trees under `rest` are shared between copies: nobody changes them. One thousandth is exact below 10^12
 * units.
 *
 * Source: mesos/v1/mesos.proto Resource, and src/common/values.cpp for the three decimals.
 */
#ifndef MESOS_RESOURCES_H
#define MESOS_RESOURCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "mesos/ranges.h"

#define MESOS_RESOURCES_MAX 1024 /* entries in one vector from a peer */
#define MESOS_RANGES_MAX 4096	 /* intervals in one resource */
#define MESOS_SCALAR_MAX_MILLI ((int64_t)1 << 53)

enum mesos_value { MESOS_SCALAR, MESOS_RANGES, MESOS_SET };

struct mesos_resource {
	char *name;
	enum mesos_value type;
	int64_t milli;		    /* scalar */
	struct mesos_range *ranges; /* sorted, disjoint, not touching */
	size_t n_ranges;
	char **items; /* set, sorted */
	size_t n_items;
	char *role;    /* allocation_info.role; NULL: not allocated */
	bool reserved; /* any reservation */
	bool plain;    /* neither revocable nor shared nor a disk with identity: may be used for anything */
	bool whole;    /* never added to or split: shared, persistent volume, mount or block disk */
	json_t *rest;  /* all other members (reservations, disk, revocable, provider_id, a role other than "*",
			* ...), NULL: none */
};

struct mesos_resources {
	struct mesos_resource *items;
	size_t n, cap;
};

void mesos_resources_init(struct mesos_resources *r);
void mesos_resources_done(struct mesos_resources *r);
/* Equal resources of the array are added up. The error names the resource. */
int mesos_resources_decode(const json_t *array, struct mesos_resources *ret, struct err *e);
/* A new array; write it with JSON_REAL_PRECISION(15), as mesos/call.h does, so that 0.1 stays "0.1". */
json_t *mesos_resources_encode(const struct mesos_resources *r);

void mesos_resources_copy(struct mesos_resources *to, const struct mesos_resources *from); /* to is initialised here */
void mesos_resources_add(struct mesos_resources *to, const struct mesos_resources *what);
/* -1, and nothing changed, when `what` is not contained. */
int mesos_resources_subtract(struct mesos_resources *from, const struct mesos_resources *what);

/* What of `name` could be taken from plain resources of `role` (NULL: any role), in thousandths. */
int64_t mesos_resources_available(const struct mesos_resources *r, const char *name, const char *role);
bool mesos_resources_has_port(const struct mesos_resources *r, uint64_t port, const char *role);

/* Move `milli` of the scalar `name` of `role` from `from` to `to`, reserved ones first. -1 and nothing changed when
 * short. */
int mesos_resources_take(struct mesos_resources *from, const char *name, int64_t milli, const char *role,
			 struct mesos_resources *to);
/* The same for one value of a ranges resource (ports). */
int mesos_resources_take_port(struct mesos_resources *from, uint64_t port, const char *role,
			      struct mesos_resources *to);

/* One scalar, without role or reservation; for agents and limits. */
void mesos_resources_put_scalar(struct mesos_resources *r, const char *name, int64_t milli, const char *role);

#endif
