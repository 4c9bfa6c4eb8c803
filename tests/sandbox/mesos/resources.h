/* Arithmetic of Mesos resources: scalars in exact thousandths, ranges (ports), static reservations, allocation roles.
 *
 * A set keeps entries apart that differ in name, kind, reservation or allocation role, merges those that do not, and
 * holds no empty entry. Sets of named items (Value.Set) are understood but contain nothing. Source: Resource of
 * mesos.proto.
 */
#ifndef SANDBOX_MESOS_RESOURCES_H
#define SANDBOX_MESOS_RESOURCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define RESOURCES_RANGES_MAX 10000 /* of one entry */

struct resource_range {
	int64_t begin, end; /* both belong to it */
};

enum resource_kind { RESOURCE_SCALAR, RESOURCE_RANGES, RESOURCE_SET };

struct resource {
	enum resource_kind kind;
	char *name;
	char *reserved; /* the role it is statically reserved for, NULL: none */
	char *role;	/* allocated to, NULL: not said */
	int64_t milli;	/* scalars */
	struct resource_range *ranges;
	size_t n_ranges, cap_ranges;
};

struct resources {
	struct resource *v;
	size_t n, cap;
};

/* How a peer wants them written. */
enum resource_format {
	RESOURCE_FORMAT_ROLE,	 /* "role" always: frameworks without RESERVATION_REFINEMENT */
	RESOURCE_FORMAT_REFINED, /* "reservations", nothing when unreserved */
};

void resources_done(struct resources *r);
void resources_copy(struct resources *to, const struct resources *from); /* `to` was empty or uninitialised */
/* "cpus:8;mem(web):1024;ports:[31000-31999,33000-33100]" */
int resources_parse(const char *text, struct resources *ret, struct err *e);
/* From an array of Resource objects. An invalid one is refused in Mesos' words. */
int resources_from_json(const json_t *array, struct resources *ret, struct err *e);
json_t *resources_json(const struct resources *r, enum resource_format format);
/* As Mesos prints them: "cpus(allocated: web):0.1; ports(allocated: web):[1-2]"; "{}" for none. free() it. */
char *resources_text(const struct resources *r);

bool resources_empty(const struct resources *r);
bool resources_contain(const struct resources *r, const struct resources *part);
void resources_add(struct resources *r, const struct resources *other);
/* What is not there is not subtracted. */
void resources_subtract(struct resources *r, const struct resources *other);
/* For all entries, or only for those that say nothing. NULL takes it away. */
void resources_allocate(struct resources *r, const char *role, bool only_unset);
/* Those free for a framework of this role: unreserved, or reserved for it or for a role above it. */
void resources_for_role(const struct resources *r, const char *role, struct resources *ret);
/* Agents tell ports first, then scalars in the order of `like`; unknown ones last. */
void resources_sort(struct resources *r, const struct resources *like);
/* The sum over reservations and roles, in thousandths; 0 without any. */
int64_t resources_milli(const struct resources *r, const char *name);
bool resources_has(const struct resources *r, const char *name);

#endif
