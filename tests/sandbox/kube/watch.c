#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/list_options.h"
#include "tests/sandbox/kube/model.h"

#define LAST_BOOKMARK_MS 2000	   /* before the end */
#define DEFAULT_TIMEOUT_MS 1800000 /* when the client names none */

struct watch {
	struct list link;
	struct apiserver *s;
	struct sandbox_stream *stream;
	const struct kube_resource *r;
	const struct bucket *bucket;
	char *name_space, *name, *include;
	struct list_options options;
	enum shown_as shown;
	bool table_begun;
	int64_t after; /* changes up to this resourceVersion are not for it */
	int64_t told;  /* the newest resourceVersion that its client knows */
	int64_t ends_ms, bookmark_ms;
};

static void watch_free(struct watch *w)
{
	list_remove(&w->link);
	w->s->n_watches--;
	w->stream->closed = NULL;
	w->stream->model = NULL;
	sandbox_stream_unref(w->stream);
	list_options_done(&w->options);
	free(w->name_space);
	free(w->name);
	free(w->include);
	free(w);
}

static void peer_closed(struct sandbox_stream *stream)
{
	if (stream->model) {
		watch_free(stream->model);
	}
}

/* The watch goes before its front is woken, which may close the stream at once. */
static void finish(struct watch *w, bool properly)
{
	struct sandbox_stream *stream = sandbox_stream_ref(w->stream);
	watch_free(w);
	stream->ended = properly;
	stream->cut = !properly;
	sandbox_stream_wake(stream);
	sandbox_stream_unref(stream);
}

static void cut(struct watch *w)
{
	finish(w, false);
}

static void end(struct watch *w)
{
	finish(w, true);
}

/* -1 when the reader is too slow: the watch is cut and gone. */
static int send_line(struct watch *w, const char *type, const char *object)
{
	struct buf *out = &w->stream->out;
	size_t before = out->len;
	if (buf_puts(out, "{\"type\":\"") < 0 || buf_puts(out, type) < 0 || buf_puts(out, "\",\"object\":") < 0 ||
	    buf_puts(out, object) < 0 || buf_puts(out, "}\n") < 0) {
		out->len = before;
		cut(w);
		return -1;
	}
	sandbox_stream_wake(w->stream);
	return 0;
}

static int send_object(struct watch *w, const char *type, json_t *stored)
{
	json_t *object = in_form_of(w->r, stored);
	json_t *as = call_show(w->shown, w->r->plural, w->include, w->s->now, object, !w->table_begun);
	w->table_begun = true;
	char CLEANUP_FREE *text = js_text(as);
	json_decref(as);
	json_decref(object);
	return send_line(w, type, text);
}

static int send_bookmark(struct watch *w, int64_t rv, bool initial)
{
	char api[96];
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, rv);
	json_t *empty = json_object();
	set_str(empty, "kind", w->r->kind);
	set_str(empty, "apiVersion", registry_api_version(w->r, api));
	json_t *bookmark = schema_decode(schema_of_resource(w->s->schema, w->r), empty, true, NULL, NULL);
	json_decref(empty);
	json_t *meta = meta_of(bookmark);
	set_str(meta, "resourceVersion", text);
	if (initial) {
		json_object_set_new(meta, "annotations", json_pack("{s:s}", "k8s.io/initial-events-end", "true"));
	}
	w->told = rv;
	json_t *as = call_show(w->shown, w->r->plural, w->include, w->s->now, bookmark, !w->table_begun);
	char CLEANUP_FREE *line = js_text(as);
	json_decref(as);
	json_decref(bookmark);
	return send_line(w, "BOOKMARK", line);
}

static bool selected(const struct watch *w, const json_t *object)
{
	return object && list_selects(&w->options, w->name_space, object) &&
	       (!w->name[0] || strcmp(w->name, meta_str(object, "name")) == 0);
}

/* An object that leaves the selection is shown as it was, under the new resourceVersion. */
static json_t *last_seen(const struct change *change)
{
	json_t *last = copy_for_change(change->before);
	set_str(meta_of(last), "resourceVersion", meta_str(change->now, "resourceVersion"));
	return last;
}

static int tell(struct watch *w, const struct change *change)
{
	if (change->bucket != w->bucket || change->rv <= w->after) {
		return 0;
	}
	bool gone = change->what == APISERVER_DELETED;
	bool was = selected(w, change->before);
	bool is = !gone && selected(w, change->now);
	if (!was && !is) {
		return 0;
	}
	w->told = change->rv;
	if (is) {
		return send_object(w, was ? "MODIFIED" : "ADDED", change->now);
	}
	if (gone) {
		return send_object(w, "DELETED", change->now);
	}
	json_t CLEANUP_JSON *last = last_seen(change);
	return send_object(w, "DELETED", last);
}

void watches_notify(struct apiserver *s, const struct change *change)
{
	LIST_EACH (&s->watches, link) {
		tell(LIST_ENTRY(link, struct watch, link), change);
	}
}

static void send_expired(struct watch *w, int64_t rv)
{
	struct refusal r = {0};
	refuse(&r, 410, "Expired", NULL, "too old resource version: %" PRId64 " (%" PRId64 ")", rv,
	       w->s->store.compacted + 1);
	json_t *status = refusal_status(&r);
	char CLEANUP_FREE *text = js_text(status);
	json_decref(status);
	refusal_done(&r);
	if (send_line(w, "ERROR", text) == 0) {
		end(w);
	}
}

static void send_present(struct watch *w)
{
	int64_t rv = w->s->store.rv;
	for (size_t i = 0; i < w->bucket->n; i++) {
		json_t *tree = w->bucket->objects[i].tree;
		if (selected(w, tree) && send_object(w, "ADDED", tree) < 0) {
			return;
		}
	}
	w->after = rv;
	w->told = rv;
	if (w->options.initial_events && w->options.bookmarks) {
		send_bookmark(w, rv, true);
	}
}

static void send_past(struct watch *w, int64_t rv)
{
	w->after = rv;
	w->told = rv;
	for (size_t i = store_changes_after(&w->s->store, rv); i < w->s->store.ring_len; i++) {
		if (tell(w, store_change(&w->s->store, i)) < 0) {
			return;
		}
	}
}

static void begin(struct watch *w)
{
	const struct list_options *o = &w->options;
	if (o->rv == 0 || o->initial_events) {
		send_present(w);
	} else if (o->rv < w->s->store.compacted) {
		send_expired(w, o->rv);
	} else {
		send_past(w, o->rv);
	}
}

/* One an interval, and a last one shortly before the end. */
static void set_next_bookmark(struct watch *w, int64_t now_ms)
{
	int64_t last = w->ends_ms - LAST_BOOKMARK_MS;
	int64_t next = now_ms + w->s->config.bookmark_interval_ms;
	w->bookmark_ms = now_ms >= last || !w->options.bookmarks ? INT64_MAX : next < last ? next : last;
}

static struct watch *watch_new(struct call *c, const struct list_options *o)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	const char *include = query_get(&c->query, "includeObject");
	*w = (struct watch){.s = c->s,
			    .stream = sandbox_stream_new(APISERVER_WATCH_PENDING_MAX),
			    .r = c->r,
			    .bucket = c->bucket,
			    .name_space = xstrdup(c->r->namespaced ? c->name_space : ""),
			    .name = xstrdup(c->name),
			    .include = xstrdup(include ? include : ""),
			    .options = *o,
			    .shown = c->shown};
	/* The texts are the query's, which goes with the call. */
	w->options.rv_text = w->options.match = w->options.continued = "";
	w->ends_ms = c->now + (o->timeout_ms > 0 ? o->timeout_ms : DEFAULT_TIMEOUT_MS);
	set_next_bookmark(w, c->now);
	w->stream->model = w;
	w->stream->closed = peer_closed;
	list_push(&c->s->watches, &w->link);
	c->s->n_watches++;
	return w;
}

int do_watch(struct call *c)
{
	struct list_options o;
	if (c->internal) {
		return refuse_bad_request(&c->refusal, "watches are not for controllers in the same process");
	}
	if (c->s->n_watches >= APISERVER_WATCHES_MAX) {
		refuse(&c->refusal, 429, "TooManyRequests", NULL, "more than %d watches", APISERVER_WATCHES_MAX);
		c->refusal.retry_after = 1;
		return -1;
	}
	if (list_options_parse(c, true, &o) < 0) {
		list_options_done(&o);
		return -1;
	}
	struct watch *w = watch_new(c, &o);
	c->res->status = 200;
	sandbox_response_header(c->res, "Cache-Control", "no-cache, private");
	sandbox_response_header(c->res, "Content-Type", "application/json");
	c->res->stream = sandbox_stream_ref(w->stream);
	begin(w);
	return 0;
}

void watches_tick(struct apiserver *s, int64_t now_ms)
{
	LIST_EACH (&s->watches, link) {
		struct watch *w = LIST_ENTRY(link, struct watch, link);
		if (now_ms >= w->bookmark_ms) {
			set_next_bookmark(w, now_ms);
			if (s->store.rv > w->told && send_bookmark(w, s->store.rv, false) < 0) {
				continue;
			}
		}
		if (now_ms >= w->ends_ms) {
			end(w);
		}
	}
}

int64_t watches_deadline(const struct apiserver *s)
{
	int64_t soonest = INT64_MAX;
	for (const struct list *link = s->watches.next; link != &s->watches; link = link->next) {
		const struct watch *w = LIST_ENTRY(link, struct watch, link);
		if (w->bookmark_ms < soonest) {
			soonest = w->bookmark_ms;
		}
		if (w->ends_ms < soonest) {
			soonest = w->ends_ms;
		}
	}
	return soonest;
}

void watches_done(struct apiserver *s)
{
	LIST_EACH (&s->watches, link) {
		cut(LIST_ENTRY(link, struct watch, link));
	}
}

void apiserver_cut_watches(struct apiserver *s)
{
	watches_done(s);
}

size_t apiserver_watch_count(const struct apiserver *s)
{
	return s->n_watches;
}
