#include "kube/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void known_init(struct known *k)
{
	*k = (struct known){.objects = MAP_INIT};
}

void known_object_free(struct known_object *o)
{
	if (o) {
		free(o->key);
		free(o->uid);
		free(o->resource_version);
		free(o);
	}
}

void known_done(struct known *k)
{
	size_t it = 0;
	for (struct known_object *o; (o = map_next(&k->objects, &it)) != NULL;) {
		known_object_free(o);
	}
	map_done(&k->objects);
}

struct known_object *known_find(const struct known *k, const char *namespace_, const char *name)
{
	CLEANUP_FREE char *key = xasprintf("%s/%s", namespace_, name);
	return map_get(&k->objects, key);
}

struct known_object *known_add(struct known *k, const char *namespace_, const char *name, const char *uid,
			       const char *resource_version)
{
	struct known_object *o = xcalloc(1, sizeof(*o));
	o->key = xasprintf("%s/%s", namespace_, name);
	o->name = o->key + strlen(namespace_) + 1;
	o->uid = xstrdup(uid);
	o->resource_version = xstrdup(resource_version);
	o->round = k->round;
	list_init(&o->link);
	map_put(&k->objects, o->key, o);
	return o;
}

bool known_update(struct known_object *o, const char *resource_version)
{
	if (strcmp(o->resource_version, resource_version) == 0) {
		return false;
	}
	free(o->resource_version);
	o->resource_version = xstrdup(resource_version);
	return true;
}

void known_doubt(struct known_object *o)
{
	free(o->resource_version);
	o->resource_version = xstrdup("");
}

void known_take(struct known *k, struct known_object *o)
{
	map_del(&k->objects, o->key);
}

char *known_namespace(const struct known_object *o)
{
	return xstrndup(o->key, (size_t)(o->name - o->key - 1));
}

void known_begin_round(struct known *k)
{
	k->round++;
}

void known_mark(const struct known *k, struct known_object *o)
{
	o->round = k->round;
}

void known_take_unmarked(struct known *k, struct list *ret)
{
	size_t it = 0;
	for (struct known_object *o; (o = map_next(&k->objects, &it)) != NULL;) {
		if (o->round != k->round) {
			list_push(ret, &o->link);
		}
	}
	LIST_EACH (ret, link) {
		known_take(k, LIST_ENTRY(link, struct known_object, link));
	}
}
