/* A backup is restored: all objects are what they were. */
#include <stdlib.h>
#include <string.h>

#include "tests/sandbox/kube/gc.h"
#include "tests/sandbox/kube/model.h"

#define BUMP 1000

static void tell(struct apiserver *s, const struct bucket *b, enum apiserver_change what, const json_t *tree)
{
	if (s->changed) {
		s->changed(s->changed_arg, what, registry_stored_as(b->stored_as), tree);
	}
}

int64_t apiserver_version(const struct apiserver *s)
{
	return s->store.rv;
}

bool apiserver_remembers(const struct apiserver *s, int64_t version)
{
	return version >= s->store.compacted;
}

void apiserver_each_then(const struct apiserver *s, const char *stored_as, int64_t version,
			 void (*each)(void *arg, const json_t *object), void *arg)
{
	const struct bucket *b = map_get(&s->store.buckets, stored_as);
	json_t **trees;
	size_t n;
	if (!b || store_snapshot(&s->store, b, version, &trees, &n) < 0) {
		return;
	}
	for (size_t i = 0; i < n; i++) {
		each(arg, trees[i]);
		json_decref(trees[i]);
	}
	free(trees);
}

void apiserver_restore(struct apiserver *s, int64_t version)
{
	for (size_t i = 0; i < s->store.n_buckets; i++) {
		struct bucket *b = s->store.all[i];
		struct bucket now = *b;
		if (store_restore(&s->store, b, version) < 0) {
			continue;
		}
		for (size_t k = 0; k < now.n; k++) {
			gc_track(s, now.objects[k].tree, -1);
			tell(s, b, APISERVER_DELETED, now.objects[k].tree);
		}
		for (size_t k = 0; k < b->n; k++) {
			gc_track(s, b->objects[k].tree, 1);
			tell(s, b, APISERVER_ADDED, b->objects[k].tree);
		}
		objects_free(now.objects, now.n);
	}
	s->store.rv += BUMP;
	store_compact(&s->store);
	apiserver_cut_watches(s);
}
