/* Which objects a reflector has told of: namespace, name, uid and resourceVersion of each, no more. Pure. */
#ifndef KUBE_KNOWN_H
#define KUBE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"

struct known_object {
	char *key;	  /* "namespace/name" */
	const char *name; /* inside the key */
	char *uid, *resource_version;
	uint64_t round; /* of the list that showed it last */
	struct list link;
};

struct known {
	struct map objects;
	uint64_t round;
};

void known_init(struct known *k);
void known_done(struct known *k);

/* `namespace_` "" for none. NULL when it is not known. */
struct known_object *known_find(const struct known *k, const char *namespace_, const char *name);
struct known_object *known_add(struct known *k, const char *namespace_, const char *name, const char *uid,
			       const char *resource_version);
/* True if it differs from what was known; then it is known from now on. */
bool known_update(struct known_object *o, const char *resource_version);
/* Whatever version is seen next is news. */
void known_doubt(struct known_object *o);
/* The caller's from now on. */
void known_take(struct known *k, struct known_object *o);
void known_object_free(struct known_object *o);
/* The namespace, free() it. */
char *known_namespace(const struct known_object *o);

/* A new list begins; objects seen from now on carry its round. */
void known_begin_round(struct known *k);
void known_mark(const struct known *k, struct known_object *o);
/* Take all that this round did not mark into `ret`, linked by `link`. */
void known_take_unmarked(struct known *k, struct list *ret);

#endif
