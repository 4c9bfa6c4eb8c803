/* A hash map from strings to pointers.
 *
 * Neither keys nor values are owned: a key must live as long as its entry (it usually stands inside the value).
 * The order of map_next is unspecified; who needs an order keeps a list.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const char *key; /* NULL: free */
	uint64_t hash;
	void *value;
};

struct map {
	struct map_entry *entries;
	size_t count, cap;
};

#define MAP_INIT                                                                                                       \
	{                                                                                                              \
		0                                                                                                      \
	}

void map_done(struct map *m);
/* NULL when there is none, or for a NULL key. */
void *map_get(const struct map *m, const char *key);
/* Returns the former value or NULL. The entry takes the new key. */
void *map_put(struct map *m, const char *key, void *value);
void *map_del(struct map *m, const char *key);
/* Start with *it = 0; NULL at the end. The map must not change meanwhile. */
void *map_next(const struct map *m, size_t *it);

#endif
