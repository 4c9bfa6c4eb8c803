#include "mesos/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_begin(const void *a, const void *b)
{
	const struct mesos_range *x = a, *y = b;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static size_t merge_sorted(struct mesos_range *r, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		struct mesos_range *last = kept ? &r[kept - 1] : NULL;
		if (last && (r[i].begin <= last->end || r[i].begin - last->end == 1)) {
			if (r[i].end > last->end) {
				last->end = r[i].end;
			}
		} else {
			r[kept++] = r[i];
		}
	}
	return kept;
}

size_t ranges_normalise(struct mesos_range *r, size_t n)
{
	if (n > 1) {
		qsort(r, n, sizeof(*r), by_begin);
	}
	return merge_sorted(r, n);
}

/* The interval that has the value, or the first one after it. */
static size_t lower_bound(const struct mesos_range *r, size_t n, uint64_t value)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (r[middle].end < value) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

bool ranges_has(const struct mesos_range *r, size_t n, uint64_t value)
{
	size_t i = lower_bound(r, n, value);
	return i < n && r[i].begin <= value;
}

bool ranges_contain(const struct mesos_range *r, size_t n, const struct mesos_range *what, size_t n_what)
{
	for (size_t i = 0; i < n_what; i++) {
		size_t at = lower_bound(r, n, what[i].begin);
		if (at == n || r[at].begin > what[i].begin || r[at].end < what[i].end) {
			return false;
		}
	}
	return true;
}

struct mesos_range *ranges_union(const struct mesos_range *a, size_t na, const struct mesos_range *b, size_t nb,
				 size_t *ret_n)
{
	*ret_n = 0;
	if (na + nb == 0) {
		return NULL;
	}
	struct mesos_range *out = xreallocarray(NULL, na + nb, sizeof(*out));
	size_t i = 0, j = 0, n = 0;
	while (i < na || j < nb) {
		bool from_a = j == nb || (i < na && a[i].begin <= b[j].begin);
		out[n++] = from_a ? a[i++] : b[j++];
	}
	*ret_n = merge_sorted(out, n);
	return out;
}

struct mesos_range *ranges_difference(const struct mesos_range *a, size_t na, const struct mesos_range *b, size_t nb,
				      size_t *ret_n)
{
	*ret_n = 0;
	/* Every interval taken away splits at most one in two. */
	struct mesos_range *out = na ? xreallocarray(NULL, na + nb, sizeof(*out)) : NULL;
	size_t n = 0, j = 0;
	for (size_t i = 0; i < na; i++) {
		struct mesos_range left = a[i];
		bool any = true;
		while (j < nb && b[j].end < left.begin) {
			j++;
		}
		for (size_t k = j; any && k < nb && b[k].begin <= left.end; k++) {
			if (b[k].begin > left.begin) {
				out[n++] = (struct mesos_range){left.begin, b[k].begin - 1};
			}
			any = b[k].end < left.end;
			if (any) {
				left.begin = b[k].end + 1;
			}
		}
		if (any) {
			out[n++] = left;
		}
	}
	if (n == 0) {
		free(out);
		return NULL;
	}
	*ret_n = n;
	return out;
}
