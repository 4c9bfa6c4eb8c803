#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/list_options.h"
#include "tests/sandbox/kube/model.h"

struct page {
	json_t **trees;
	size_t n;
	int64_t rv;
	char *start; /* the last name of the page before, "" for none */
};

/* A version that is not reached in time. Kubernetes' time-out answers so, without kind and as text. */
static void future(struct call *c)
{
	static const char BODY[] =
	    "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"Timeout: request did not complete within the "
	    "allotted timeout\",\"reason\":\"Timeout\",\"details\":{},\"code\":504}";
	c->res->status = 504;
	sandbox_response_header(c->res, "Cache-Control", "no-cache, private");
	sandbox_response_header(c->res, "Content-Type", "text/plain; charset=utf-8");
	buf_puts(&c->res->body, BODY);
}

static int expired(struct call *c)
{
	return refuse(&c->refusal, 410, "Expired", NULL, "The resourceVersion for the provided list is too old.");
}

/* A token from before the remembered past: the answer carries another, with which the rest can be had inconsistently.
 */
static int expired_token(struct call *c, const char *start)
{
	char CLEANUP_FREE *token = continue_make(-1, start);
	refuse(&c->refusal, 410, "Expired", NULL,
	       "The provided continue parameter is too old to display a consistent list result. You can start a new "
	       "list without "
	       "the continue parameter, or use the continue token in this response to retrieve the remainder of the "
	       "results. "
	       "Continuing with the provided token results in an inconsistent list - objects that were created, "
	       "modified, or "
	       "deleted between the time the first chunk was returned and now may show up in the list.");
	json_t *status = refusal_status(&c->refusal);
	set_str(json_object_get(status, "metadata"), "continue", token);
	refusal_done(&c->refusal);
	c->shown = SHOWN_OBJECT;
	call_reply(c, 410, status);
	return 0;
}

static int take_snapshot(struct call *c, int64_t rv, struct page *p)
{
	p->rv = rv;
	return store_snapshot(&c->s->store, c->bucket, rv, &p->trees, &p->n);
}

/* Which version is listed, and from where. 1: answered already. */
static int choose(struct call *c, const struct list_options *o, struct page *p)
{
	int64_t now = c->s->store.rv;
	if (o->continued[0]) {
		int64_t rv;
		if (o->rv) {
			return refuse_bad_request(&c->refusal,
						  "specifying resource version is not allowed when using continue");
		}
		if (continue_parse(o->continued, &rv, &p->start, &c->refusal) < 0) {
			return -1;
		}
		if (take_snapshot(c, rv < 0 ? now : rv, p) < 0) {
			return expired_token(c, p->start) == 0 ? 1 : -1;
		}
		return 0;
	}
	p->start = xstrdup("");
	if (o->rv > now) {
		future(c);
		return 1;
	}
	bool exact = strcmp(o->match, "Exact") == 0 || (o->rv && o->limit && !o->match[0]);
	if (take_snapshot(c, exact ? o->rv : now, p) < 0) {
		return expired(c);
	}
	return 0;
}

json_t *list_item(const struct kube_resource *r, json_t *stored)
{
	json_t *object = in_form_of(r, stored);
	json_t *item = json_copy(object);
	json_decref(object);
	json_object_del(item, "kind");
	json_object_del(item, "apiVersion");
	return item;
}

json_t *list_with(const struct call *c, int64_t at, json_t *items)
{
	char rv[24];
	char api[96];
	snprintf(rv, sizeof(rv), "%" PRId64, at);
	char CLEANUP_FREE *kind = xasprintf("%sList", c->r->kind);
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "kind", kind, "apiVersion", registry_api_version(c->r, api),
			 "metadata", "resourceVersion", rv, "items", items);
}

static bool after_start(const struct page *p, const json_t *object, const char *name_space)
{
	if (!p->start[0]) {
		return true;
	}
	const char *slash = strchr(p->start, '/');
	if (!slash || name_space[0]) {
		return strcmp(meta_str(object, "name"), p->start) > 0;
	}
	char CLEANUP_FREE *start_ns = xstrndup(p->start, (size_t)(slash - p->start));
	int order = strcmp(meta_str(object, "namespace"), start_ns);
	return order > 0 || (order == 0 && strcmp(meta_str(object, "name"), slash + 1) > 0);
}

static char *start_of(const json_t *object, const char *name_space)
{
	const char *ns = meta_str(object, "namespace");
	if (name_space[0] || !ns[0]) {
		return xasprintf("/%s", meta_str(object, "name"));
	}
	return xasprintf("/%s/%s", ns, meta_str(object, "name"));
}

static json_t *list_of(struct call *c, const struct list_options *o, const struct page *p)
{
	json_t *items = json_array();
	int64_t limit = strcmp(o->rv_text, "0") == 0 ? 0 : o->limit;
	int64_t remaining = 0;
	const json_t *last = NULL;
	for (size_t i = 0; i < p->n; i++) {
		json_t *object = p->trees[i];
		if (!list_selects(o, c->name_space, object) || !after_start(p, object, c->name_space)) {
			continue;
		}
		if (limit > 0 && (int64_t)json_array_size(items) >= limit) {
			remaining++;
			continue;
		}
		last = object;
		json_array_append_new(items, list_item(c->r, object));
	}
	json_t *list = list_with(c, p->rv, items);
	json_t *meta = meta_of(list);
	if (remaining) {
		char CLEANUP_FREE *start = start_of(last, c->name_space);
		char CLEANUP_FREE *token = continue_make(p->rv, start);
		set_str(meta, "continue", token);
		if (!o->labels && !o->fields) {
			json_object_set_new(meta, "remainingItemCount", json_integer(remaining));
		}
	}
	return list;
}

static void page_done(struct page *p)
{
	for (size_t i = 0; i < p->n; i++) {
		json_decref(p->trees[i]);
	}
	free(p->trees);
	free(p->start);
}

int do_list(struct call *c)
{
	struct list_options o;
	struct page p = {0};
	int result = list_options_parse(c, false, &o);
	if (result == 0) {
		result = choose(c, &o, &p);
	}
	if (result == 0) {
		call_reply(c, 200, list_of(c, &o, &p));
	}
	page_done(&p);
	list_options_done(&o);
	return result < 0 ? -1 : 0;
}

int do_get(struct call *c)
{
	const struct object *o = store_get(c->bucket, c->r->namespaced ? c->name_space : "", c->name);
	if (!o) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	call_reply(c, 200, in_form_of(c->r, o->tree));
	return 0;
}
