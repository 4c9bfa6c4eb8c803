#include <stdlib.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/list_options.h"
#include "tests/sandbox/kube/model.h"

static int delete_each(struct call *c, json_t **trees, size_t n, const struct delete_options *o)
{
	for (size_t i = 0; i < n; i++) {
		const struct object *now =
		    store_get(c->bucket, meta_str(trees[i], "namespace"), meta_str(trees[i], "name"));
		json_t *result;
		bool gone;
		if (now && delete_object(c, now->tree, o, &result, &gone) < 0) {
			return -1;
		}
		if (now) {
			json_decref(result);
		}
	}
	return 0;
}

int do_deletecollection(struct call *c)
{
	struct list_options options;
	struct delete_options CLEANUP_DELETE_OPTIONS o = {0};
	json_t CLEANUP_JSON *none = json_object();
	json_t CLEANUP_JSON *body = c->req->body_len ? call_body_options(c) : json_incref(none);
	if (!body || delete_options_of(c, body, &o) < 0) {
		return -1;
	}
	if (list_options_parse(c, false, &options) < 0) {
		list_options_done(&options);
		return -1;
	}
	json_t **trees = xcalloc(c->bucket->n + 1, sizeof(*trees));
	size_t n = 0;
	json_t *items = json_array();
	for (size_t i = 0; i < c->bucket->n; i++) {
		json_t *tree = c->bucket->objects[i].tree;
		if (list_selects(&options, c->r->namespaced ? c->name_space : "", tree)) {
			trees[n++] = json_incref(tree);
			json_array_append_new(items, list_item(c->r, tree));
		}
	}
	json_t *list = list_with(c, c->s->store.rv, items);
	int result = delete_each(c, trees, n, &o);
	for (size_t i = 0; i < n; i++) {
		json_decref(trees[i]);
	}
	free(trees);
	list_options_done(&options);
	if (result < 0) {
		json_decref(list);
		return -1;
	}
	call_reply(c, 200, list);
	return 0;
}
