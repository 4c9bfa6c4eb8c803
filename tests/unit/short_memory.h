/* Memory that is short: allocations of a peer's size fail when a test says so.
 *
 * For programs whose name ends in short_memory, which the build links with malloc, calloc and realloc wrapped. Only our
 * own code is concerned, not the libraries; jansson allocates through ours, unless short_memory_spare_json is called,
 * since there is room for its nodes once the question for it was answered (base/js.h). And only the thread that says so, so a
 * server that plays the peer has one of its own (tests/unit/server_thread.h).
 */
#ifndef TESTS_SHORT_MEMORY_H
#define TESTS_SHORT_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static _Thread_local struct {
	size_t size;  /* allocations of so many bytes count; 0: none */
	long fails;   /* the one with this number fails, from 0; negative: none does */
	long counted; /* since short_memory_begin */
	size_t taken; /* bytes of all allocations since then, for measuring */
} short_memory;

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);

static bool short_memory_now(size_t n)
{
	short_memory.taken += n;
	return short_memory.size && n >= short_memory.size && short_memory.counted++ == short_memory.fails;
}

void *__wrap_malloc(size_t n)
{
	return short_memory_now(n) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
	return short_memory_now(count * n) ? NULL : __real_calloc(count, n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return short_memory_now(n) ? NULL : __real_realloc(p, n);
}

static inline void short_memory_spare_json(void)
{
	json_set_alloc_funcs(__real_malloc, free);
}

/* From now on the allocation with this number among those of at least `size` bytes fails. */
static inline void short_memory_begin(size_t size, long fails)
{
	short_memory.size = size;
	short_memory.fails = fails;
	short_memory.counted = 0;
	short_memory.taken = 0;
}

/* Did one fail? Everything works again. */
static inline bool short_memory_end(void)
{
	bool failed = short_memory.fails >= 0 && short_memory.counted > short_memory.fails;
	short_memory.size = 0;
	return failed;
}

#endif
