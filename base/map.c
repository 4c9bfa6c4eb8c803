#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint64_t hash_of(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (; *s; s++) {
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	}
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	return h ^ (h >> 33);
}

static struct map_entry *slot_of(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);
	while (m->entries[i].key && (m->entries[i].hash != hash || strcmp(m->entries[i].key, key) != 0)) {
		i = (i + 1) & (m->cap - 1);
	}
	return &m->entries[i];
}

static void grow(struct map *m)
{
	struct map old = *m;
	m->cap = old.cap ? old.cap * 2 : 16;
	m->entries = xcalloc(m->cap, sizeof(*m->entries));
	for (size_t i = 0; i < old.cap; i++) {
		if (old.entries[i].key) {
			*slot_of(m, old.entries[i].key, old.entries[i].hash) = old.entries[i];
		}
	}
	free(old.entries);
}

void map_done(struct map *m)
{
	free(m->entries);
	*m = (struct map)MAP_INIT;
}

void *map_get(const struct map *m, const char *key)
{
	if (!m->count || !key) {
		return NULL;
	}
	return slot_of(m, key, hash_of(key))->value;
}

void *map_put(struct map *m, const char *key, void *value)
{
	if ((m->count + 1) * 4 > m->cap * 3) {
		grow(m);
	}
	uint64_t hash = hash_of(key);
	struct map_entry *e = slot_of(m, key, hash);
	void *former = e->value;
	if (!e->key) {
		m->count++;
	}
	*e = (struct map_entry){.key = key, .hash = hash, .value = value};
	return former;
}

void *map_del(struct map *m, const char *key)
{
	if (!m->count || !key) {
		return NULL;
	}
	struct map_entry *e = slot_of(m, key, hash_of(key));
	if (!e->key) {
		return NULL;
	}
	void *former = e->value;
	*e = (struct map_entry){0};
	m->count--;
	/* Close the gap, so that probing never needs tombstones. */
	size_t mask = m->cap - 1;
	size_t hole = (size_t)(e - m->entries);
	for (size_t i = (hole + 1) & mask; m->entries[i].key; i = (i + 1) & mask) {
		size_t home = m->entries[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->entries[hole] = m->entries[i];
			m->entries[i] = (struct map_entry){0};
			hole = i;
		}
	}
	return former;
}

void *map_next(const struct map *m, size_t *it)
{
	while (*it < m->cap) {
		const struct map_entry *e = &m->entries[(*it)++];
		if (e->key) {
			return e->value;
		}
	}
	return NULL;
}
