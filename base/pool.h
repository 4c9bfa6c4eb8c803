/* Small blocks that come and go in great numbers: the nodes of JSON trees (base/js.c).
 *
 * What is freed is kept in a list per size and given out again; larger blocks, and those beyond POOL_MAX, are malloc's.
 * One pool per thread, for blocks that are freed by the thread that took them. Aborts when memory is short.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#define POOL_BLOCK_MAX 520	   /* larger ones are malloc's */
#define POOL_MAX ((size_t)8 << 20) /* kept for good, at most */

void *pool_alloc(size_t n);
/* NULL-safe. */
void pool_free(void *p);
/* Bytes that this thread's pool has taken from the system; tests hold them against POOL_MAX. */
size_t pool_size(void);

#endif
