#include "kube/reflector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/known.h"
#include "kube/watch.h"

#define PAGE_ATTEMPTS 5

enum step { STEP_LIST, STEP_WATCH };

struct reflector {
	struct kube_client *client;
	struct reflector_handlers handlers;
	void *arg;
	char *path, *field_selector, *label_selector;
	int page, watch_min_s, watch_max_s;
	int64_t grace_ms;
	size_t line_max;
	struct random_source random;

	uv_timer_t *timer; /* outlives the reflector until the loop has closed it */
	enum step step;	   /* what the timer will begin */
	struct kube_call *call;
	struct backoff backoff;
	bool expired; /* the last attempt was too old, too: do not list in a circle */

	struct known known;
	char *continue_;	/* of a list that goes on */
	char *resource_version; /* to watch from */
	struct watch_decoder decoder;
	int64_t watch_began_ms;
	bool watch_spoke; /* an event came */

	unsigned inside; /* callbacks that are running */
	bool freed;
};

/* ---- life: handlers may free the reflector, which then stays until the callback that called them is through ---- */

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

static void destroy(struct reflector *r)
{
	uv_close((uv_handle_t *)r->timer, on_timer_closed);
	known_done(&r->known);
	watch_done(&r->decoder);
	free(r->path);
	free(r->field_selector);
	free(r->label_selector);
	free(r->continue_);
	free(r->resource_version);
	free(r);
}

static void enter(struct reflector *r)
{
	r->inside++;
}

static void leave(struct reflector *r)
{
	if (--r->inside == 0 && r->freed) {
		destroy(r);
	}
}

void reflector_free(struct reflector *r)
{
	if (!r || r->freed) {
		return;
	}
	kube_call_cancel(r->call);
	r->call = NULL;
	uv_timer_stop(r->timer);
	r->freed = true;
	enter(r);
	leave(r);
}

static void on_timer(uv_timer_t *timer);

static void wait_for(struct reflector *r, enum step step, int64_t ms)
{
	if (!r->freed) {
		r->step = step;
		uv_update_time(kube_client_loop(r->client));
		uv_timer_start(r->timer, on_timer, (uint64_t)ms, 0);
	}
}

/* ---- telling ---- */

static void tell_error(struct reflector *r, const struct err *e)
{
	if (!r->freed && r->handlers.on_error) {
		r->handlers.on_error(r->arg, e);
	}
}

static void tell_object(struct reflector *r, enum kube_change change, const json_t *object)
{
	if (!r->freed && r->handlers.on_object) {
		r->handlers.on_object(r->arg, change, object);
	}
}

/* Takes the object, which is known no more. */
static void tell_vanished(struct reflector *r, struct known_object *o)
{
	if (!r->freed && r->handlers.on_vanished) {
		CLEANUP_FREE char *namespace_ = known_namespace(o);
		r->handlers.on_vanished(r->arg, namespace_, o->name, o->uid);
	}
	known_object_free(o);
}

static void replace(char **field, const char *text)
{
	char *copy = xstrdup(text);
	free(*field);
	*field = copy;
}

/* ---- objects ---- */

static void object_gone(struct reflector *r, struct known_object *o, const json_t *object)
{
	if (o) {
		known_take(&r->known, o);
		known_object_free(o);
		tell_object(r, KUBE_DELETED, object);
	}
}

static int object_seen(struct reflector *r, bool gone, const json_t *object, struct err *e)
{
	const json_t *meta = js_obj(object, "metadata");
	const char *namespace_ = js_str(meta, "namespace"), *name = js_str(meta, "name"), *uid = js_str(meta, "uid");
	const char *version = js_str(meta, "resourceVersion");
	if (!name || !uid || !version) {
		return err_set(e, ERR_PROTOCOL, "object \"%.100s\" without metadata.%s", name ? name : "",
			       !name  ? "name"
			       : !uid ? "uid"
				      : "resourceVersion");
	}
	struct known_object *o = known_find(&r->known, namespace_ ? namespace_ : "", name);
	if (o && strcmp(o->uid, uid) != 0) {
		known_take(&r->known, o);
		tell_vanished(r, o);
		o = NULL;
	}
	if (gone) {
		object_gone(r, o, object);
		return 0;
	}
	if (o) {
		known_mark(&r->known, o);
		if (known_update(o, version)) {
			tell_object(r, KUBE_MODIFIED, object);
		}
		return 0;
	}
	if (reflector_count(r) >= REFLECTOR_OBJECTS_MAX) {
		return err_set(e, ERR_LIMIT, "object \"%.100s\" left out: over %d objects", name,
			       REFLECTOR_OBJECTS_MAX);
	}
	known_add(&r->known, namespace_ ? namespace_ : "", name, uid, version);
	tell_object(r, KUBE_ADDED, object);
	return 0;
}

/* ---- list ---- */

static void add_selectors(const struct reflector *r, struct buf *query)
{
	if (r->field_selector) {
		kube_query_add(query, "fieldSelector", r->field_selector);
	}
	if (r->label_selector) {
		kube_query_add(query, "labelSelector", r->label_selector);
	}
}

static void on_list_done(void *arg, const struct kube_result *result);

static void begin_list(struct reflector *r)
{
	CLEANUP_BUF struct buf query = BUF_INIT(KUBE_QUERY_MAX);
	if (!r->continue_) {
		known_begin_round(&r->known);
	}
	CLEANUP_FREE char *limit = xasprintf("%d", r->page);
	kube_query_add(&query, "limit", limit);
	if (r->continue_) {
		kube_query_add(&query, "continue", r->continue_);
	}
	add_selectors(r, &query);
	struct kube_request request = {.path = r->path, .query = buf_str(&query)};
	r->call = kube_call(r->client, &request, on_list_done, r);
}

static void list_failed(struct reflector *r, const struct err *e, int64_t retry_after_ms)
{
	bool too_much = e->code == ERR_LIMIT || e->code == ERR_MEMORY;
	if (too_much && r->page > 1) {
		r->page /= 2;
	}
	/* After a passing trouble the same page can still be had; after any other the list starts again. */
	bool passing = e->code == ERR_IO || e->code == ERR_TIMEOUT || e->code == ERR_BUSY || too_much;
	if (!passing || r->backoff.failures >= PAGE_ATTEMPTS) {
		replace(&r->continue_, NULL);
	}
	int64_t ms = backoff_next_ms(&r->backoff);
	wait_for(r, STEP_LIST, ms > retry_after_ms ? ms : retry_after_ms);
	tell_error(r, e);
}

/* One error for all the bad items of a page. */
static void see_items(struct reflector *r, const json_t *items)
{
	struct err first = {0};
	size_t bad = 0;
	for (size_t i = 0; i < json_array_size(items) && !r->freed; i++) {
		struct err e;
		if (object_seen(r, false, json_array_get(items, i), &e) < 0 && bad++ == 0) {
			first = e;
			err_wrap(&first, "list %.200s: item %zu", r->path, i);
		}
	}
	if (bad > 1) {
		struct err all;
		err_set(&all, first.code, "%s (and %zu more)", first.text, bad - 1);
		first = all;
	}
	if (bad) {
		tell_error(r, &first);
	}
}

static void list_complete(struct reflector *r)
{
	struct list gone;
	list_init(&gone);
	known_take_unmarked(&r->known, &gone);
	LIST_EACH (&gone, link) {
		list_remove(link);
		tell_vanished(r, LIST_ENTRY(link, struct known_object, link));
	}
	if (!r->freed && r->handlers.on_synced) {
		r->handlers.on_synced(r->arg, r->resource_version);
	}
	wait_for(r, STEP_WATCH, 0);
}

static void list_page(struct reflector *r, const json_t *body)
{
	const json_t *items = json_object_get(body, "items"), *meta = js_obj(body, "metadata");
	const char *version = js_str(meta, "resourceVersion"), *more = js_str(meta, "continue");
	struct err e;
	if (!version || !(json_is_array(items) || json_is_null(items))) {
		err_set(&e, ERR_PROTOCOL, "list %.200s: the answer is no list", r->path);
		list_failed(r, &e, 0);
		return;
	}
	see_items(r, items);
	replace(&r->resource_version, version);
	replace(&r->continue_, more && *more ? more : NULL);
	if (r->continue_) {
		wait_for(r, STEP_LIST, 0);
	} else {
		list_complete(r);
	}
}

static void on_list_done(void *arg, const struct kube_result *result)
{
	struct reflector *r = arg;
	enter(r);
	r->call = NULL;
	if (result->err.code != ERR_NONE) {
		list_failed(r, &result->err, result->retry_after_ms);
	} else {
		list_page(r, result->body);
	}
	leave(r);
}

/* ---- watch ---- */

static void on_watch_data(void *arg, const char *bytes, size_t n);
static void on_watch_done(void *arg, const struct kube_result *result);

static void begin_watch(struct reflector *r)
{
	CLEANUP_BUF struct buf query = BUF_INIT(KUBE_QUERY_MAX);
	int64_t seconds = random_between(&r->random, r->watch_min_s, r->watch_max_s);
	CLEANUP_FREE char *timeout = xasprintf("%" PRId64, seconds);
	kube_query_add(&query, "watch", "1");
	kube_query_add(&query, "allowWatchBookmarks", "true");
	kube_query_add(&query, "timeoutSeconds", timeout);
	kube_query_add(&query, "resourceVersion", r->resource_version);
	add_selectors(r, &query);
	watch_done(&r->decoder);
	watch_init(&r->decoder, r->line_max);
	r->watch_spoke = false;
	r->watch_began_ms = (int64_t)uv_now(kube_client_loop(r->client));
	struct kube_request request = {
	    .path = r->path, .query = buf_str(&query), .idle_timeout_ms = seconds * 1000 + r->grace_ms};
	r->call = kube_stream(r->client, &request, on_watch_data, on_watch_done, r);
}

/* Can the watch go on from where it was after this? */
static bool resumable(const struct err *e)
{
	if (e->http_status >= 500) {
		return e->code == ERR_BUSY || e->code == ERR_TIMEOUT;
	}
	return e->code == ERR_IO || e->code == ERR_TIMEOUT || e->code == ERR_BUSY || e->code == ERR_AUTH;
}

static void watch_failed(struct reflector *r, const struct err *e, int64_t retry_after_ms)
{
	enum step step = resumable(e) ? STEP_WATCH : STEP_LIST;
	bool at_once = e->code == ERR_EXPIRED && !r->expired;
	int64_t ms = at_once ? 0 : backoff_next_ms(&r->backoff);
	r->expired = e->code == ERR_EXPIRED;
	wait_for(r, step, ms > retry_after_ms ? ms : retry_after_ms);
	tell_error(r, e);
}

static void worked(struct reflector *r)
{
	backoff_reset(&r->backoff);
	r->expired = false;
}

static void on_event(struct reflector *r, const struct watch_event *event)
{
	const char *version = js_str_at(event->object, "metadata", "resourceVersion", NULL);
	struct err e;
	if (version) {
		replace(&r->resource_version, version);
	}
	r->watch_spoke = true;
	worked(r);
	if (event->type != WATCH_BOOKMARK && object_seen(r, event->type == WATCH_DELETED, event->object, &e) < 0) {
		err_wrap(&e, "watch %.200s", r->path);
		tell_error(r, &e);
	}
}

static void on_watch_data(void *arg, const char *bytes, size_t n)
{
	struct reflector *r = arg;
	struct watch_event event;
	struct err e;
	int got = 0;
	enter(r);
	while (!r->freed && (got = watch_next(&r->decoder, &bytes, &n, &event, &e)) > 0) {
		on_event(r, &event);
		json_decref(event.object);
	}
	if (!r->freed && got < 0) {
		kube_call_cancel(r->call);
		r->call = NULL;
		err_wrap(&e, "watch %.200s", r->path);
		watch_failed(r, &e, 0);
	}
	leave(r);
}

static void on_watch_done(void *arg, const struct kube_result *result)
{
	struct reflector *r = arg;
	struct err e = result->err;
	int64_t lived_ms = (int64_t)uv_now(kube_client_loop(r->client)) - r->watch_began_ms;
	bool lasted = r->watch_spoke || (result->status / 100 == 2 && lived_ms >= REFLECTOR_SHORT_WATCH_MS);
	enter(r);
	r->call = NULL;
	if (lasted) {
		worked(r);
	}
	if (e.code == ERR_NONE && watch_end(&r->decoder, &e) < 0) {
		e.code = ERR_IO; /* cut off; what came before it is good */
		err_wrap(&e, "watch %.200s", r->path);
	}
	if (e.code != ERR_NONE) {
		watch_failed(r, &e, result->retry_after_ms);
	} else {
		wait_for(r, STEP_WATCH, lasted ? 0 : backoff_next_ms(&r->backoff));
	}
	leave(r);
}

static void on_timer(uv_timer_t *timer)
{
	struct reflector *r = timer->data;
	if (r->step == STEP_LIST) {
		begin_list(r);
	} else {
		begin_watch(r);
	}
}

/* ---- creation ---- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value ? value : otherwise;
}

void reflector_relist(struct reflector *r)
{
	kube_call_cancel(r->call);
	r->call = NULL;
	replace(&r->continue_, NULL);
	worked(r);
	wait_for(r, STEP_LIST, 0);
}

struct reflector *reflector_new(struct kube_client *client, const struct reflector_spec *spec,
				const struct reflector_handlers *handlers, void *arg)
{
	struct reflector *r = xcalloc(1, sizeof(*r));
	r->client = client;
	r->handlers = *handlers;
	r->arg = arg;
	r->path = xstrdup(spec->path);
	r->field_selector = xstrdup(spec->field_selector);
	r->label_selector = xstrdup(spec->label_selector);
	r->page = (int)or_default(spec->page, REFLECTOR_PAGE);
	r->watch_min_s = (int)or_default(spec->watch_min_s, REFLECTOR_WATCH_MIN_S);
	r->watch_max_s = (int)or_default(spec->watch_max_s, REFLECTOR_WATCH_MAX_S);
	r->grace_ms = or_default(spec->grace_ms, REFLECTOR_GRACE_MS);
	r->line_max = spec->line_max;
	r->random = spec->random.next ? spec->random : RANDOM_SYSTEM;
	backoff_init(&r->backoff, or_default(spec->backoff_min_ms, REFLECTOR_BACKOFF_MIN_MS),
		     or_default(spec->backoff_max_ms, REFLECTOR_BACKOFF_MAX_MS), r->random);
	known_init(&r->known);
	watch_init(&r->decoder, r->line_max);
	r->timer = xcalloc(1, sizeof(*r->timer));
	uv_timer_init(kube_client_loop(client), r->timer);
	r->timer->data = r;
	wait_for(r, STEP_LIST, 0);
	return r;
}

size_t reflector_count(const struct reflector *r)
{
	return r->known.objects.count;
}

const char **reflector_uids(const struct reflector *r, size_t *ret_n)
{
	const char **uids = xcalloc(reflector_count(r), sizeof(*uids));
	size_t n = 0, it = 0;
	for (const struct known_object *o; (o = map_next(&r->known.objects, &it)) != NULL;) {
		uids[n++] = o->uid;
	}
	*ret_n = n;
	return uids;
}

void reflector_tell_again(struct reflector *r, const char *const *uids, size_t n)
{
	struct map wanted = MAP_INIT;
	size_t it = 0;
	for (size_t i = 0; i < n; i++) {
		map_put(&wanted, uids[i], r);
	}
	for (struct known_object *o; (o = map_next(&r->known.objects, &it)) != NULL;) {
		if (map_get(&wanted, o->uid)) {
			known_doubt(o);
		}
	}
	map_done(&wanted);
	reflector_relist(r);
}
