/* Sets of unsigned integers as inclusive intervals: sorted, disjoint, not touching ([1-3],[4-5] is [1-5]).
 *
 * Arrays are malloc()ed and owned by the caller. Every operation is linear in the intervals, normalising sorts.
 */
#ifndef MESOS_RANGES_H
#define MESOS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mesos_range {
	uint64_t begin, end; /* inclusive */
};

/* In place; begin <= end in each. Returns how many are left. */
size_t ranges_normalise(struct mesos_range *r, size_t n);

bool ranges_has(const struct mesos_range *r, size_t n, uint64_t value);
bool ranges_contain(const struct mesos_range *r, size_t n, const struct mesos_range *what, size_t n_what);

/* New arrays of normalised ones; NULL with *ret_n = 0 when empty. */
struct mesos_range *ranges_union(const struct mesos_range *a, size_t na, const struct mesos_range *b, size_t nb,
				 size_t *ret_n);
struct mesos_range *ranges_difference(const struct mesos_range *a, size_t na, const struct mesos_range *b, size_t nb,
				      size_t *ret_n);

#endif
