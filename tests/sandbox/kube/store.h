/* What the API server remembers: objects by resource, namespace and name; the resourceVersion; the recent past.
 *
 * Objects are immutable once stored: a write replaces the tree, so a reference stays valid and true to its version. One
 * counter serves all resources, as etcd's revision does. The past is a ring of changes, from which watches resume and
 * older lists are rebuilt.
 */
#ifndef SANDBOX_KUBE_STORE_H
#define SANDBOX_KUBE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "tests/sandbox/kube/apiserver.h"

#define STORE_KEY_MAX 600

struct object {
	const char *name_space, *name; /* inside the tree */
	json_t *tree;
	int64_t rv;
};

/* All objects of one resource, sorted by namespace and name. */
struct bucket {
	const char *stored_as;
	struct object *objects;
	size_t n, cap;
};

struct change {
	enum apiserver_change what;
	const struct bucket *bucket;
	int64_t rv;
	json_t *now;	/* after the change; for a deletion the last state with the deletion's resourceVersion */
	json_t *before; /* NULL for an addition */
};

struct store {
	struct map buckets;
	struct bucket **all;
	size_t n_buckets, cap_buckets;
	size_t n_objects;
	int64_t rv;
	int64_t compacted; /* changes up to here are forgotten */
	struct change *ring;
	size_t ring_len, ring_cap, ring_start;
};

void store_init(struct store *s, size_t history);
void store_done(struct store *s);

/* Made on first use. */
struct bucket *store_bucket(struct store *s, const char *stored_as);
/* Borrowed, NULL when there is none. */
const struct object *store_get(const struct bucket *b, const char *name_space, const char *name);
/* The first object of a namespace ("" : the first of all) as an index; ends where the namespace ends. */
size_t store_from(const struct bucket *b, const char *name_space, const char *name);

/* Stores `tree` (stolen) under the next resourceVersion, which is written into it; adds or replaces. The change,
 * borrowed until the next. */
const struct change *store_put(struct store *s, struct bucket *b, json_t *tree);
/* NULL when there was none. */
const struct change *store_delete(struct store *s, struct bucket *b, const char *name_space, const char *name);

void store_compact(struct store *s);
/* The i-th remembered change, oldest first; NULL past the end. */
const struct change *store_change(const struct store *s, size_t i);
/* The index of the first change after rv. */
size_t store_changes_after(const struct store *s, int64_t rv);

/* A list of references to the objects of a bucket as they were at `rv` (caller: json_decref each, free the array). -1
 * when that is forgotten. */
int store_snapshot(const struct store *s, const struct bucket *b, int64_t rv, json_t ***ret_trees, size_t *ret_n);
/* The objects of a bucket are again what they were at `rv`; their former array is the caller's, to be freed with
 * objects_free. -1 when that is forgotten. */
int store_restore(struct store *s, struct bucket *b, int64_t rv);
void objects_free(struct object *objects, size_t n);

#endif
