/* A binary heap of deadlines. The links stand inside their owners, so one can be moved or removed in O(log n).
 *
 * Equal times leave in the order in which they were set, so that runs with equal input are equal.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_link {
	int64_t at;
	uint64_t order;
	size_t place; /* 1-based; 0: not in the heap */
};

struct heap {
	struct heap_link **links;
	size_t n, cap;
	uint64_t next_order;
};

#define HEAP_INIT                                                                                                      \
	{                                                                                                              \
		0                                                                                                      \
	}

void heap_done(struct heap *h);
/* Insert, or move to another time. */
void heap_set(struct heap *h, struct heap_link *link, int64_t at);
void heap_remove(struct heap *h, struct heap_link *link);
/* The earliest, NULL when empty. */
struct heap_link *heap_first(const struct heap *h);

#endif
