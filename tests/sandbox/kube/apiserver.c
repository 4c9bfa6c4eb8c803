#include "tests/sandbox/kube/apiserver.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/gc.h"
#include "tests/sandbox/kube/rest.h"

#define BOOKMARK_MS 60000
#define EVENT_TTL_MS 3600000

struct apiserver *apiserver_new(const struct apiserver_config *config, int64_t now_ms)
{
	struct apiserver *s = xcalloc(1, sizeof(*s));
	s->config = *config;
	s->random = config->seed;
	s->now = now_ms;
	s->event_expiry_ms = INT64_MAX;
	list_init(&s->issued);
	if (!s->config.bookmark_interval_ms) {
		s->config.bookmark_interval_ms = BOOKMARK_MS;
	}
	if (!s->config.event_ttl_ms) {
		s->config.event_ttl_ms = EVENT_TTL_MS;
	}
	s->own_schema = config->schema ? NULL : schema_new();
	s->schema = config->schema ? config->schema : s->own_schema;
	store_init(&s->store, config->history ? config->history : APISERVER_HISTORY_DEFAULT);
	list_init(&s->watches);
	found_namespaces(s, now_ms);
	return s;
}

void apiserver_free(struct apiserver *s)
{
	if (!s) {
		return;
	}
	watches_done(s);
	tokens_done(s);
	store_done(&s->store);
	gc_done(s);
	schema_free(s->own_schema);
	free(s);
}

void apiserver_handle(void *model, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	struct apiserver *s = model;
	s->now = now_ms;
	struct call c = {.s = s, .now = now_ms, .req = req, .res = res};
	rest_serve(&c);
}

int apiserver_do(struct apiserver *s, int64_t now_ms, const char *method, const char *path, const char *content_type,
		 const json_t *body, json_t **ret_body)
{
	const char *query = strchr(path, '?');
	char CLEANUP_FREE *plain = xstrndup(path, query ? (size_t)(query - path) : strlen(path));
	char CLEANUP_FREE *text = body ? js_text(body) : NULL;
	struct sandbox_header type = {"Content-Type", content_type ? content_type : "application/json"};
	struct sandbox_request req = {.method = method,
				      .path = plain,
				      .query = query ? query + 1 : "",
				      .headers = &type,
				      .n_headers = 1,
				      .body = text,
				      .body_len = text ? strlen(text) : 0};
	struct sandbox_response res;
	sandbox_response_init(&res);
	s->now = now_ms;
	struct call c = {.s = s, .now = now_ms, .req = &req, .res = &res, .internal = true};
	c.who.user = "system:controller";
	rest_serve(&c);
	if (ret_body) {
		*ret_body = json_loadb(buf_str(&res.body), res.body.len, JSON_DECODE_ANY, NULL);
	}
	int status = res.status;
	sandbox_response_done(&res);
	return status;
}

void apiserver_subscribe(struct apiserver *s, apiserver_changed callback, void *arg)
{
	s->changed = callback;
	s->changed_arg = arg;
}

static const struct bucket *find_bucket(const struct apiserver *s, const char *stored_as)
{
	return map_get(&s->store.buckets, stored_as);
}

const json_t *apiserver_peek(const struct apiserver *s, const char *stored_as, const char *name_space, const char *name)
{
	const struct bucket *b = find_bucket(s, stored_as);
	const struct object *o = b ? store_get(b, name_space, name) : NULL;
	return o ? o->tree : NULL;
}

void apiserver_each(const struct apiserver *s, const char *stored_as, const char *name_space,
		    void (*each)(void *arg, const json_t *object), void *arg)
{
	const struct bucket *b = find_bucket(s, stored_as);
	if (!b) {
		return;
	}
	for (size_t i = store_from(b, name_space, ""); i < b->n; i++) {
		if (name_space[0] && strcmp(b->objects[i].name_space, name_space) != 0) {
			return;
		}
		each(arg, b->objects[i].tree);
	}
}

void apiserver_compact(struct apiserver *s)
{
	store_compact(&s->store);
}

/* When an event was made; long ago when it cannot be told. */
static int64_t event_time(const json_t *event)
{
	int64_t at;
	return time_parse(meta_str(event, "creationTimestamp"), &at) == 0 ? at : 0;
}

static void expire_events(struct apiserver *s, int64_t now_ms)
{
	const struct kube_resource *r = registry_find("", "v1", "events");
	const struct bucket *b = find_bucket(s, "events");
	if (now_ms < s->event_expiry_ms) {
		return;
	}
	s->event_expiry_ms = INT64_MAX;
	for (size_t i = 0; b && i < b->n;) {
		json_t CLEANUP_JSON *tree = json_incref(b->objects[i].tree);
		int64_t expires = event_time(tree) + s->config.event_ttl_ms;
		if (expires <= now_ms) {
			commit_delete(s, r, meta_str(tree, "namespace"), meta_str(tree, "name"));
			continue;
		}
		s->event_expiry_ms = expires < s->event_expiry_ms ? expires : s->event_expiry_ms;
		i++;
	}
}

int64_t apiserver_next_deadline(const struct apiserver *s)
{
	int64_t watch = watches_deadline(s);
	return watch < s->event_expiry_ms ? watch : s->event_expiry_ms;
}

void apiserver_tick(struct apiserver *s, int64_t now_ms)
{
	s->now = now_ms;
	expire_events(s, now_ms);
	watches_tick(s, now_ms);
}
