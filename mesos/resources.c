#include "mesos/resources.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/resource.h"

void mesos_resources_init(struct mesos_resources *r)
{
	*r = (struct mesos_resources){0};
}

void mesos_resources_done(struct mesos_resources *r)
{
	if (!r) {
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		resource_done(&r->items[i]);
	}
	free(r->items);
	mesos_resources_init(r);
}

static void append(struct mesos_resources *r, struct mesos_resource owned)
{
	r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof(*r->items));
	r->items[r->n++] = owned;
}

static void remove_at(struct mesos_resources *r, size_t i)
{
	resource_done(&r->items[i]);
	r->n--;
	memmove(&r->items[i], &r->items[i + 1], (r->n - i) * sizeof(*r->items));
}

static void remove_if_empty(struct mesos_resources *r, size_t i)
{
	if (resource_empty(&r->items[i])) {
		remove_at(r, i);
	}
}

void resources_add_owned(struct mesos_resources *to, struct mesos_resource *owned)
{
	if (resource_empty(owned)) {
		resource_done(owned);
		return;
	}
	for (size_t i = 0; i < to->n && !owned->whole; i++) {
		if (resource_same_kind(&to->items[i], owned)) {
			resource_add(&to->items[i], owned);
			resource_done(owned);
			return;
		}
	}
	append(to, *owned);
}

void mesos_resources_copy(struct mesos_resources *to, const struct mesos_resources *from)
{
	mesos_resources_init(to);
	for (size_t i = 0; i < from->n; i++) {
		append(to, resource_copy(&from->items[i]));
	}
}

void mesos_resources_add(struct mesos_resources *to, const struct mesos_resources *what)
{
	for (size_t i = 0; i < what->n; i++) {
		struct mesos_resource one = resource_copy(&what->items[i]);
		resources_add_owned(to, &one);
	}
}

static int subtract_one(struct mesos_resources *from, const struct mesos_resource *what)
{
	for (size_t i = 0; i < from->n; i++) {
		struct mesos_resource *have = &from->items[i];
		if (resource_same_kind(have, what) && resource_contains(have, what)) {
			resource_subtract(have, what);
			remove_if_empty(from, i);
			return 0;
		}
	}
	return -1;
}

int mesos_resources_subtract(struct mesos_resources *from, const struct mesos_resources *what)
{
	struct mesos_resources left;
	mesos_resources_copy(&left, from);
	for (size_t i = 0; i < what->n; i++) {
		if (subtract_one(&left, &what->items[i]) < 0) {
			mesos_resources_done(&left);
			return -1;
		}
	}
	mesos_resources_done(from);
	*from = left;
	return 0;
}

static bool usable(const struct mesos_resource *r, enum mesos_value type, const char *name, const char *role)
{
	return r->plain && r->type == type && strcmp(r->name, name) == 0 &&
	       (!role || (r->role && strcmp(r->role, role) == 0));
}

int64_t mesos_resources_available(const struct mesos_resources *r, const char *name, const char *role)
{
	int64_t sum = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (usable(&r->items[i], MESOS_SCALAR, name, role)) {
			sum = milli_sum(sum, r->items[i].milli);
		}
	}
	return sum;
}

/* Index of the resource that has the port, reserved ones first; -1: none. */
static ssize_t find_port(const struct mesos_resources *r, uint64_t port, const char *role)
{
	ssize_t found = -1;
	for (size_t i = 0; i < r->n; i++) {
		const struct mesos_resource *one = &r->items[i];
		if (!usable(one, MESOS_RANGES, "ports", role) || !ranges_has(one->ranges, one->n_ranges, port)) {
			continue;
		}
		if (one->reserved) {
			return (ssize_t)i;
		}
		if (found < 0) {
			found = (ssize_t)i;
		}
	}
	return found;
}

bool mesos_resources_has_port(const struct mesos_resources *r, uint64_t port, const char *role)
{
	return find_port(r, port, role) >= 0;
}

/* Move up to *milli from the resources that are reserved, or from those that are not. */
static void take_from(struct mesos_resources *from, const char *name, int64_t *milli, const char *role, bool reserved,
		      struct mesos_resources *to)
{
	for (size_t i = 0; i<from->n && * milli> 0;) {
		struct mesos_resource *have = &from->items[i];
		if (have->reserved != reserved || !usable(have, MESOS_SCALAR, name, role)) {
			i++;
			continue;
		}
		struct mesos_resource part = resource_copy(have);
		if (part.milli > *milli) {
			part.milli = *milli;
		}
		*milli -= part.milli;
		have->milli -= part.milli;
		resources_add_owned(to, &part);
		if (have->milli == 0) {
			remove_at(from, i);
		} else {
			i++;
		}
	}
}

int mesos_resources_take(struct mesos_resources *from, const char *name, int64_t milli, const char *role,
			 struct mesos_resources *to)
{
	if (milli < 0 || mesos_resources_available(from, name, role) < milli) {
		return -1;
	}
	take_from(from, name, &milli, role, true, to);
	take_from(from, name, &milli, role, false, to);
	return 0;
}

int mesos_resources_take_port(struct mesos_resources *from, uint64_t port, const char *role, struct mesos_resources *to)
{
	ssize_t i = find_port(from, port, role);
	if (i < 0) {
		return -1;
	}
	struct mesos_resource part = resource_copy_port(&from->items[i], port);
	resource_subtract(&from->items[i], &part);
	remove_if_empty(from, (size_t)i);
	resources_add_owned(to, &part);
	return 0;
}

void mesos_resources_put_scalar(struct mesos_resources *r, const char *name, int64_t milli, const char *role)
{
	if (milli <= 0) {
		return;
	}
	struct mesos_resource one = {.name = xstrdup(name),
				     .type = MESOS_SCALAR,
				     .milli = milli,
				     .role = role ? xstrdup(role) : NULL,
				     .plain = true};
	resources_add_owned(r, &one);
}
