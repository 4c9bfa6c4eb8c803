#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/gc.h"
#include "tests/sandbox/kube/model.h"

/* splitmix64: a fixed sequence for a fixed seed. */
static uint64_t next_random(struct apiserver *s)
{
	s->random += 0x9e3779b97f4a7c15u;
	uint64_t z = s->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

char *make_uid(struct apiserver *s)
{
	uint64_t a = next_random(s);
	uint64_t b = next_random(s);
	return xasprintf("%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64, a >> 32,
			 (a >> 16) & 0xffff, a & 0xfff, 0x8000 | (b >> 50), b & 0xffffffffffff);
}

/* Kubernetes leaves out vowels and digits that look like them, so that no words appear. */
void make_suffix(struct apiserver *s, char *out, size_t n)
{
	static const char LETTERS[] = "bcdfghjklmnpqrstvwxz2456789";
	for (size_t i = 0; i < n; i++) {
		out[i] = LETTERS[next_random(s) % (sizeof(LETTERS) - 1)];
	}
	out[n] = 0;
}

static void tell(struct apiserver *s, const struct kube_resource *r, const struct change *change)
{
	watches_notify(s, change);
	if (s->changed) {
		s->changed(s->changed_arg, change->what, r, change->now);
	}
}

json_t *commit_put(struct apiserver *s, const struct kube_resource *r, json_t *tree)
{
	r = registry_stored_as(r->stored_as); /* in two groups: changes under its first name */
	struct bucket *b = store_bucket(&s->store, r->stored_as);
	const struct change *change = store_put(&s->store, b, tree);
	if (strcmp(r->plural, "events") == 0 && s->now + s->config.event_ttl_ms < s->event_expiry_ms) {
		s->event_expiry_ms = s->now + s->config.event_ttl_ms;
	}
	gc_track(s, change->before, -1);
	gc_track(s, tree, 1);
	tell(s, r, change);
	return tree;
}

void commit_delete(struct apiserver *s, const struct kube_resource *r, const char *name_space, const char *name)
{
	r = registry_stored_as(r->stored_as);
	struct bucket *b = store_bucket(&s->store, r->stored_as);
	const struct change *change = store_delete(&s->store, b, name_space, name);
	if (!change) {
		return;
	}
	json_t CLEANUP_JSON *gone = json_incref(change->before);
	gc_track(s, gone, -1);
	tell(s, r, change);
	gc_object_gone(s, r, gone);
}
