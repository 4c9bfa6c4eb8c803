#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#define STEP 16
#define HEADER 8
#define CHUNK ((size_t)64 << 10)
#define CLASSES ((POOL_BLOCK_MAX + HEADER) / STEP + 1)

/* A block begins with its class. Its header stands where malloc's blocks begin, at a multiple of STEP, so the address
 * behind it tells whose it is. */
struct block {
	uint64_t class;
	struct block *next; /* while it is free; else what was asked for begins here */
};

_Static_assert(_Alignof(max_align_t) == STEP && sizeof(struct block) <= STEP && offsetof(struct block, next) == HEADER,
	       "addresses tell blocks of the pool from blocks of malloc");

static _Thread_local struct {
	struct block *free[CLASSES]; /* a block of class n takes n times STEP bytes */
	char *at, *end;		     /* what is left of the last chunk */
	size_t size;
} pool;

static struct block *carve(size_t class)
{
	size_t n = class * STEP;
	if ((size_t)(pool.end - pool.at) < n) {
		if (pool.size + CHUNK > POOL_MAX) {
			return NULL;
		}
		pool.at = xmalloc(CHUNK);
		pool.end = pool.at + CHUNK;
		pool.size += CHUNK;
	}
	struct block *b = (struct block *)(void *)pool.at;
	pool.at += n;
	b->class = class;
	return b;
}

void *pool_alloc(size_t n)
{
	if (n > POOL_BLOCK_MAX) {
		return xmalloc(n);
	}
	size_t class = (n + HEADER + STEP - 1) / STEP;
	struct block *b = pool.free[class];
	if (b) {
		pool.free[class] = b->next;
	} else if (!(b = carve(class))) {
		return xmalloc(n);
	}
	return &b->next;
}

void pool_free(void *p)
{
	if ((uintptr_t)p % STEP == 0) {
		free(p);
		return;
	}
	struct block *b = (struct block *)(void *)((char *)p - HEADER);
	b->next = pool.free[b->class];
	pool.free[b->class] = b;
}

size_t pool_size(void)
{
	return pool.size;
}
