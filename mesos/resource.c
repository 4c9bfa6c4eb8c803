#include "mesos/resource.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void resource_done(struct mesos_resource *r)
{
	free(r->name);
	free(r->role);
	free(r->ranges);
	for (size_t i = 0; i < r->n_items; i++) {
		free(r->items[i]);
	}
	free(r->items);
	json_decref(r->rest);
	*r = (struct mesos_resource){0};
}

static struct mesos_resource copy_without_value(const struct mesos_resource *r)
{
	return (struct mesos_resource){.name = xstrdup(r->name),
				       .type = r->type,
				       .role = r->role ? xstrdup(r->role) : NULL,
				       .reserved = r->reserved,
				       .plain = r->plain,
				       .whole = r->whole,
				       .rest = json_incref(r->rest)};
}

struct mesos_resource resource_copy(const struct mesos_resource *r)
{
	struct mesos_resource copy = copy_without_value(r);
	copy.milli = r->milli;
	if (r->n_ranges > 0) {
		copy.ranges = xreallocarray(NULL, r->n_ranges, sizeof(*r->ranges));
		memcpy(copy.ranges, r->ranges, r->n_ranges * sizeof(*r->ranges));
		copy.n_ranges = r->n_ranges;
	}
	if (r->n_items > 0) {
		copy.items = xreallocarray(NULL, r->n_items, sizeof(*r->items));
		for (size_t i = 0; i < r->n_items; i++) {
			copy.items[i] = xstrdup(r->items[i]);
		}
		copy.n_items = r->n_items;
	}
	return copy;
}

struct mesos_resource resource_copy_port(const struct mesos_resource *r, uint64_t port)
{
	struct mesos_resource copy = copy_without_value(r);
	copy.ranges = xmalloc(sizeof(*copy.ranges));
	copy.ranges[0] = (struct mesos_range){port, port};
	copy.n_ranges = 1;
	return copy;
}

bool resource_empty(const struct mesos_resource *r)
{
	switch (r->type) {
	case MESOS_SCALAR:
		return r->milli == 0;
	case MESOS_RANGES:
		return r->n_ranges == 0;
	case MESOS_SET:
		return r->n_items == 0;
	}
	return true;
}

bool resource_same_kind(const struct mesos_resource *a, const struct mesos_resource *b)
{
	return a->type == b->type && strcmp(a->name, b->name) == 0 && text_equal(a->role, b->role) &&
	       (a->rest == b->rest || (a->rest && b->rest && json_equal(a->rest, b->rest)));
}

static bool has_item(const struct mesos_resource *r, const char *item)
{
	size_t low = 0, high = r->n_items;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(r->items[middle], item);
		if (order == 0) {
			return true;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return false;
}

static bool contains_items(const struct mesos_resource *have, const struct mesos_resource *what)
{
	for (size_t i = 0; i < what->n_items; i++) {
		if (!has_item(have, what->items[i])) {
			return false;
		}
	}
	return true;
}

bool resource_contains(const struct mesos_resource *have, const struct mesos_resource *what)
{
	switch (have->type) {
	case MESOS_SCALAR:
		return have->whole ? have->milli == what->milli : have->milli >= what->milli;
	case MESOS_RANGES:
		return ranges_contain(have->ranges, have->n_ranges, what->ranges, what->n_ranges);
	case MESOS_SET:
		return contains_items(have, what);
	}
	return false;
}

int64_t milli_sum(int64_t a, int64_t b)
{
	int64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void add_items(struct mesos_resource *to, const struct mesos_resource *what)
{
	if (what->n_items == 0) {
		return;
	}
	char **out = xreallocarray(NULL, to->n_items + what->n_items, sizeof(*out));
	size_t i = 0, j = 0, n = 0;
	while (i < to->n_items || j < what->n_items) {
		int order = i == to->n_items ? 1 : j == what->n_items ? -1 : strcmp(to->items[i], what->items[j]);
		out[n++] = order <= 0 ? to->items[i] : xstrdup(what->items[j]);
		i += order <= 0;
		j += order >= 0;
	}
	free(to->items);
	to->items = out;
	to->n_items = n;
}

static void subtract_items(struct mesos_resource *from, const struct mesos_resource *what)
{
	size_t kept = 0;
	for (size_t i = 0; i < from->n_items; i++) {
		if (has_item(what, from->items[i])) {
			free(from->items[i]);
		} else {
			from->items[kept++] = from->items[i];
		}
	}
	from->n_items = kept;
}

void resource_add(struct mesos_resource *to, const struct mesos_resource *what)
{
	to->milli = milli_sum(to->milli, what->milli);
	if (to->type == MESOS_RANGES) {
		size_t n;
		struct mesos_range *sum = ranges_union(to->ranges, to->n_ranges, what->ranges, what->n_ranges, &n);
		free(to->ranges);
		to->ranges = sum;
		to->n_ranges = n;
	}
	add_items(to, what);
}

void resource_subtract(struct mesos_resource *from, const struct mesos_resource *what)
{
	from->milli -= what->milli;
	if (from->type == MESOS_RANGES) {
		size_t n;
		struct mesos_range *left =
		    ranges_difference(from->ranges, from->n_ranges, what->ranges, what->n_ranges, &n);
		free(from->ranges);
		from->ranges = left;
		from->n_ranges = n;
	}
	subtract_items(from, what);
}
