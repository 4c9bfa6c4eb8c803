/* Memory: small allocations that abort when there is none, and arenas for objects that die together.
 *
 * Small is what has a maximum of about a MiB, as an arena has. What a peer can make larger is never taken from here: it
 * lives in a `struct buf`, which is born with its maximum and answers when memory is short, or asks mem_room first.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Never NULL, except where the argument was NULL. */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t n);
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Each of the texts, and the list. */
void texts_free(char **texts, size_t n);

/* A text that is overwritten before it is given back. NULL-safe. */
void mem_free_secret(char *text);

void mem_free_pointer(void *pointer_to_pointer);
#define CLEANUP_FREE __attribute__((cleanup(mem_free_pointer)))

/* Grow `array` (of `*cap` elements of `size` bytes) so that it holds at least `want`; doubles, aborts when it cannot.
 */
void *mem_grow(void *array, size_t *cap, size_t want, size_t size);

/* Is there memory for so many bytes, to be taken in small pieces from now on? 0, or -1: then nothing has been begun. */
int mem_room(size_t n);

/* An arena: allocations that are freed together. Zeroed, aligned for any type. */
struct arena;

/* `max` bytes in all; arena_alloc answers NULL beyond. The arena itself is one allocation with its first chunk. */
struct arena *arena_new(size_t first_chunk, size_t max);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t n);
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* NULL for NULL. */
char *arena_strdup(struct arena *a, const char *s);
/* Bytes taken from the system; tests hold them against limits. */
size_t arena_size(const struct arena *a);

#endif
