#include "base/heap.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

void heap_done(struct heap *h)
{
	free(h->links);
	*h = (struct heap)HEAP_INIT;
}

static bool before(const struct heap_link *a, const struct heap_link *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct heap *h, size_t place, struct heap_link *link)
{
	h->links[place - 1] = link;
	link->place = place;
}

static void settle(struct heap *h, struct heap_link *link)
{
	size_t place = link->place;
	while (place > 1 && before(link, h->links[place / 2 - 1])) {
		put(h, place, h->links[place / 2 - 1]);
		place /= 2;
	}
	for (;;) {
		size_t child = place * 2;
		if (child > h->n) {
			break;
		}
		if (child < h->n && before(h->links[child], h->links[child - 1])) {
			child++;
		}
		if (!before(h->links[child - 1], link)) {
			break;
		}
		put(h, place, h->links[child - 1]);
		place = child;
	}
	put(h, place, link);
}

void heap_set(struct heap *h, struct heap_link *link, int64_t at)
{
	link->at = at;
	link->order = h->next_order++;
	if (!link->place) {
		h->links = mem_grow(h->links, &h->cap, h->n + 1, sizeof(struct heap_link *));
		put(h, ++h->n, link);
	}
	settle(h, link);
}

void heap_remove(struct heap *h, struct heap_link *link)
{
	if (!link->place) {
		return;
	}
	size_t place = link->place;
	struct heap_link *last = h->links[--h->n];
	link->place = 0;
	if (last != link) {
		put(h, place, last);
		settle(h, last);
	}
}

struct heap_link *heap_first(const struct heap *h)
{
	return h->n ? h->links[0] : NULL;
}
