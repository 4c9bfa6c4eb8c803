#include "tests/sandbox/kube/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"

#define FIRST_VERSION 100 /* a real server has made its own objects by then */

void store_init(struct store *s, size_t history)
{
	*s = (struct store){.rv = FIRST_VERSION, .ring_cap = history};
	s->ring = xcalloc(history, sizeof(*s->ring));
}

static void change_done(struct change *c)
{
	json_decref(c->now);
	json_decref(c->before);
	*c = (struct change){0};
}

void objects_free(struct object *objects, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_decref(objects[i].tree);
	}
	free(objects);
}

void store_done(struct store *s)
{
	store_compact(s);
	free(s->ring);
	for (size_t i = 0; i < s->n_buckets; i++) {
		objects_free(s->all[i]->objects, s->all[i]->n);
		free(s->all[i]);
	}
	free(s->all);
	map_done(&s->buckets);
}

struct bucket *store_bucket(struct store *s, const char *stored_as)
{
	struct bucket *b = map_get(&s->buckets, stored_as);
	if (!b) {
		b = xcalloc(1, sizeof(*b));
		b->stored_as = stored_as;
		s->all = mem_grow(s->all, &s->cap_buckets, s->n_buckets + 1, sizeof(struct bucket *));
		s->all[s->n_buckets++] = b;
		map_put(&s->buckets, stored_as, b);
	}
	return b;
}

size_t store_from(const struct bucket *b, const char *name_space, const char *name)
{
	size_t low = 0;
	size_t high = b->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(b->objects[mid].name_space, name_space);
		if (order == 0) {
			order = strcmp(b->objects[mid].name, name);
		}
		if (order < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

const struct object *store_get(const struct bucket *b, const char *name_space, const char *name)
{
	size_t i = store_from(b, name_space, name);
	if (i < b->n && strcmp(b->objects[i].name_space, name_space) == 0 && strcmp(b->objects[i].name, name) == 0) {
		return &b->objects[i];
	}
	return NULL;
}

static const struct change *remember(struct store *s, struct change c)
{
	if (s->ring_len == s->ring_cap) {
		struct change *oldest = &s->ring[s->ring_start];
		s->compacted = oldest->rv;
		change_done(oldest);
		s->ring_start = (s->ring_start + 1) % s->ring_cap;
		s->ring_len--;
	}
	struct change *slot = &s->ring[(s->ring_start + s->ring_len++) % s->ring_cap];
	*slot = c;
	return slot;
}

static void stamp(struct store *s, json_t *tree)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, ++s->rv);
	json_object_set_new(js_obj(tree, "metadata"), "resourceVersion", json_string(text));
}

const struct change *store_put(struct store *s, struct bucket *b, json_t *tree)
{
	stamp(s, tree);
	const char *name = js_str_at(tree, "metadata", "name", NULL);
	const char *name_space = js_str_at(tree, "metadata", "namespace", NULL);
	struct object o = {.name_space = name_space ? name_space : "", .name = name, .tree = tree, .rv = s->rv};
	size_t i = store_from(b, o.name_space, o.name);
	bool there =
	    i < b->n && strcmp(b->objects[i].name_space, o.name_space) == 0 && strcmp(b->objects[i].name, o.name) == 0;
	json_t *before = NULL;
	if (there) {
		before = b->objects[i].tree;
	} else {
		b->objects = mem_grow(b->objects, &b->cap, b->n + 1, sizeof(*b->objects));
		memmove(&b->objects[i + 1], &b->objects[i], (b->n - i) * sizeof(*b->objects));
		b->n++;
		s->n_objects++;
	}
	b->objects[i] = o;
	return remember(s, (struct change){.what = there ? APISERVER_MODIFIED : APISERVER_ADDED,
					   .bucket = b,
					   .rv = s->rv,
					   .now = json_incref(tree),
					   .before = before});
}

const struct change *store_delete(struct store *s, struct bucket *b, const char *name_space, const char *name)
{
	const struct object *o = store_get(b, name_space, name);
	if (!o) {
		return NULL;
	}
	json_t *before = o->tree;
	json_t *last = json_copy(before);
	json_object_set_new(last, "metadata", json_copy(js_obj(before, "metadata")));
	stamp(s, last);
	size_t i = (size_t)(o - b->objects);
	memmove(&b->objects[i], &b->objects[i + 1], (b->n - i - 1) * sizeof(*b->objects));
	b->n--;
	s->n_objects--;
	return remember(
	    s, (struct change){.what = APISERVER_DELETED, .bucket = b, .rv = s->rv, .now = last, .before = before});
}

void store_compact(struct store *s)
{
	for (size_t i = 0; i < s->ring_len; i++) {
		change_done(&s->ring[(s->ring_start + i) % s->ring_cap]);
	}
	s->ring_len = 0;
	s->ring_start = 0;
	s->compacted = s->rv;
}

const struct change *store_change(const struct store *s, size_t i)
{
	return i < s->ring_len ? &s->ring[(s->ring_start + i) % s->ring_cap] : NULL;
}

size_t store_changes_after(const struct store *s, int64_t rv)
{
	size_t low = 0;
	size_t high = s->ring_len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (store_change(s, mid)->rv <= rv) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

static int order_of(const json_t *a, const json_t *b)
{
	const char *ns_a = js_str_at(a, "metadata", "namespace", NULL);
	const char *ns_b = js_str_at(b, "metadata", "namespace", NULL);
	int order = strcmp(ns_a ? ns_a : "", ns_b ? ns_b : "");
	return order ? order : strcmp(js_str_at(a, "metadata", "name", NULL), js_str_at(b, "metadata", "name", NULL));
}

/* Undo one change in a sorted array of references. */
static void undo(const struct change *c, json_t ***trees, size_t *n, size_t *cap)
{
	size_t i = 0;
	size_t high = *n;
	while (i < high) {
		size_t mid = i + (high - i) / 2;
		if (order_of((*trees)[mid], c->now) < 0) {
			i = mid + 1;
		} else {
			high = mid;
		}
	}
	if (c->what == APISERVER_DELETED) {
		*trees = mem_grow(*trees, cap, *n + 1, sizeof(json_t *));
		memmove(&(*trees)[i + 1], &(*trees)[i], (*n - i) * sizeof(json_t *));
		(*trees)[i] = json_incref(c->before);
		(*n)++;
	} else if (i < *n && c->what == APISERVER_MODIFIED) {
		json_decref((*trees)[i]);
		(*trees)[i] = json_incref(c->before);
	} else if (i < *n) {
		json_decref((*trees)[i]);
		memmove(&(*trees)[i], &(*trees)[i + 1], (*n - i - 1) * sizeof(json_t *));
		(*n)--;
	}
}

int store_snapshot(const struct store *s, const struct bucket *b, int64_t rv, json_t ***ret_trees, size_t *ret_n)
{
	if (rv < s->compacted) {
		return -1;
	}
	size_t n = b->n;
	size_t cap = n + 16;
	json_t **trees = xcalloc(cap, sizeof(json_t *));
	for (size_t i = 0; i < n; i++) {
		trees[i] = json_incref(b->objects[i].tree);
	}
	for (size_t i = s->ring_len; i-- > 0;) {
		const struct change *c = store_change(s, i);
		if (c->rv <= rv) {
			break;
		}
		if (c->bucket == b) {
			undo(c, &trees, &n, &cap);
		}
	}
	*ret_trees = trees;
	*ret_n = n;
	return 0;
}

int store_restore(struct store *s, struct bucket *b, int64_t rv)
{
	json_t **trees;
	size_t n;
	if (store_snapshot(s, b, rv, &trees, &n) < 0) {
		return -1;
	}
	struct object *objects = xcalloc(n, sizeof(*objects));
	for (size_t i = 0; i < n; i++) {
		const char *name_space = js_str_at(trees[i], "metadata", "namespace", NULL);
		objects[i] = (struct object){
		    .name_space = name_space ? name_space : "",
		    .name = js_str_at(trees[i], "metadata", "name", NULL),
		    .tree = trees[i],
		    .rv = strtoll(js_str_at(trees[i], "metadata", "resourceVersion", NULL), NULL, 10),
		};
	}
	free(trees);
	s->n_objects = s->n_objects - b->n + n;
	b->objects = objects;
	b->n = b->cap = n;
	return 0;
}
