#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"
#include "tests/unit/unit.h"

#define PODS "/api/v1/namespaces/default/pods"
#define MERGE "application/merge-patch+json"

static void assert_events(struct sandbox_stream *s, const char *wanted)
{
	char CLEANUP_FREE *got = rig_events(s);
	assert_string_equal(got, wanted);
}

static void close_watch(struct sandbox_stream *s)
{
	if (s->closed) {
		s->closed(s);
	}
	sandbox_stream_unref(s);
}

static void a_watch_ends_when_its_time_is_over(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct sandbox_stream *s = rig_watch(&r, PODS "?watch=1&timeoutSeconds=10");
	assert_int_equal(apiserver_next_deadline(r.server), r.now + 10000);
	apiserver_tick(r.server, r.now + 9999);
	assert_false(s->ended);
	apiserver_tick(r.server, r.now + 10000);
	assert_true(s->ended);
	assert_false(s->cut);
	assert_int_equal(apiserver_watch_count(r.server), 0);
	close_watch(s);
	rig_done(&r);
}

static void a_bookmark_comes_when_there_is_something_new_to_tell(void **state)
{
	(void)state;
	struct rig r;
	rig_init_config(&r, (struct apiserver_config){.bookmark_interval_ms = 1000});
	struct sandbox_stream *s = rig_watch(&r, PODS "?watch=1&allowWatchBookmarks=true&timeoutSeconds=10");
	apiserver_tick(r.server, r.now + 1000);
	assert_events(s, "");
	assert_int_equal(rig_send(&r, "POST", "/api/v1/namespaces", "{'metadata':{'name':'elsewhere'}}"), 201);
	apiserver_tick(r.server, r.now + 2000);
	assert_events(s, "BOOKMARK\n");
	apiserver_tick(r.server, r.now + 3000);
	assert_events(s, "");
	rig_send(&r, "DELETE", "/api/v1/namespaces/elsewhere", NULL);
	apiserver_tick(r.server, r.now + 8000);
	assert_events(s, "BOOKMARK\n");
	close_watch(s);
	rig_done(&r);
}

static void without_being_asked_no_bookmark_comes(void **state)
{
	(void)state;
	struct rig r;
	rig_init_config(&r, (struct apiserver_config){.bookmark_interval_ms = 1000});
	struct sandbox_stream *s = rig_watch(&r, PODS "?watch=1");
	rig_send(&r, "POST", "/api/v1/namespaces", "{'metadata':{'name':'elsewhere'}}");
	apiserver_tick(r.server, r.now + 5000);
	assert_events(s, "");
	close_watch(s);
	rig_done(&r);
}

static void what_is_older_than_the_history_is_410(void **state)
{
	(void)state;
	struct rig r;
	rig_init_config(&r, (struct apiserver_config){.history = 4});
	rig_pod(&r, "p", NULL);
	char CLEANUP_FREE *rv = xstrdup(rig_str(&r, "metadata", "resourceVersion"));
	for (int i = 0; i < 5; i++) {
		char CLEANUP_FREE *patch = xasprintf("{'metadata':{'labels':{'i':'%d'}}}", i);
		assert_int_equal(rig_patch(&r, MERGE, PODS "/p", patch), 200);
	}
	char CLEANUP_FREE *watch = xasprintf(PODS "?watch=1&resourceVersion=%s", rv);
	struct sandbox_stream *s = rig_watch(&r, watch);
	assert_non_null(strstr(buf_str(&s->out), "\"reason\":\"Expired\",\"code\":410"));
	assert_true(s->ended);
	sandbox_stream_unref(s);
	char CLEANUP_FREE *list = xasprintf(PODS "?resourceVersionMatch=Exact&resourceVersion=%s", rv);
	assert_int_equal(rig_send(&r, "GET", list, NULL), 410);
	rig_done(&r);
}

static void after_compaction_only_newer_versions_can_be_watched(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_pod(&r, "p", NULL);
	char CLEANUP_FREE *old =
	    xasprintf(PODS "?watch=1&resourceVersion=%s", rig_str(&r, "metadata", "resourceVersion"));
	rig_patch(&r, MERGE, PODS "/p", "{'metadata':{'labels':{'a':'b'}}}");
	char CLEANUP_FREE *now =
	    xasprintf(PODS "?watch=1&resourceVersion=%s", rig_str(&r, "metadata", "resourceVersion"));
	struct sandbox_stream *before = rig_watch(&r, old);
	assert_events(before, "MODIFIED p\n");
	apiserver_compact(r.server);
	struct sandbox_stream *expired = rig_watch(&r, old);
	assert_true(expired->ended);
	struct sandbox_stream *fresh = rig_watch(&r, now);
	assert_false(fresh->ended);
	rig_pod(&r, "q", NULL);
	assert_events(before, "ADDED q\n");
	assert_events(fresh, "ADDED q\n");
	close_watch(before);
	close_watch(expired);
	close_watch(fresh);
	rig_done(&r);
}

static void cut_watches_end_without_a_last_chunk(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct sandbox_stream *a = rig_watch(&r, PODS "?watch=1");
	struct sandbox_stream *b = rig_watch(&r, "/api/v1/nodes?watch=1");
	apiserver_cut_watches(r.server);
	assert_true(a->cut && b->cut);
	assert_false(a->ended || b->ended);
	assert_int_equal(apiserver_watch_count(r.server), 0);
	close_watch(a);
	close_watch(b);
	rig_done(&r);
}

static void a_reader_that_does_not_read_is_cut(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct sandbox_stream *s = rig_watch(&r, PODS "?watch=1");
	s->out.max = 3000;
	rig_pod(&r, "a", NULL);
	assert_false(s->cut);
	rig_pod(&r, "b", NULL);
	rig_pod(&r, "c", NULL);
	assert_true(s->cut);
	assert_int_equal(apiserver_watch_count(r.server), 0);
	close_watch(s);
	rig_done(&r);
}

static void a_peer_that_went_is_forgotten(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct sandbox_stream *s = rig_watch(&r, PODS "?watch=1");
	assert_int_equal(apiserver_watch_count(r.server), 1);
	s->closed(s);
	assert_int_equal(apiserver_watch_count(r.server), 0);
	rig_pod(&r, "a", NULL);
	assert_int_equal(s->out.len, 0);
	sandbox_stream_unref(s);
	rig_done(&r);
}

static void watching_one_name_hides_the_others(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct sandbox_stream *s = rig_watch(&r, "/api/v1/watch/namespaces/default/pods/b");
	rig_pod(&r, "a", NULL);
	rig_pod(&r, "b", NULL);
	assert_events(s, "ADDED b\n");
	close_watch(s);
	rig_done(&r);
}

static void pages_are_of_one_version_whatever_happens_between(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	for (char name[] = "a"; name[0] <= 'e'; name[0]++) {
		rig_pod(&r, name, NULL);
	}
	assert_int_equal(rig_send(&r, "GET", PODS "?limit=2", NULL), 200);
	char CLEANUP_FREE *rv = xstrdup(rig_str(&r, "metadata", "resourceVersion"));
	char CLEANUP_FREE *next = xasprintf(PODS "?limit=2&continue=%s", rig_str(&r, "metadata", "continue"));
	rig_send(&r, "DELETE", PODS "/c", NULL);
	rig_pod(&r, "cc", NULL);
	assert_int_equal(rig_send(&r, "GET", next, NULL), 200);
	assert_string_equal(rig_str(&r, "metadata", "resourceVersion"), rv);
	json_t *items = js_arr(r.answer, "items");
	assert_int_equal(json_array_size(items), 2);
	assert_string_equal(js_str_at(json_array_get(items, 0), "metadata", "name", NULL), "c");
	assert_string_equal(js_str_at(json_array_get(items, 1), "metadata", "name", NULL), "d");
	assert_int_equal(js_int(js_obj(r.answer, "metadata"), "remainingItemCount", 0), 1);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_watch_ends_when_its_time_is_over),
	    cmocka_unit_test(a_bookmark_comes_when_there_is_something_new_to_tell),
	    cmocka_unit_test(without_being_asked_no_bookmark_comes),
	    cmocka_unit_test(what_is_older_than_the_history_is_410),
	    cmocka_unit_test(after_compaction_only_newer_versions_can_be_watched),
	    cmocka_unit_test(cut_watches_end_without_a_last_chunk),
	    cmocka_unit_test(a_reader_that_does_not_read_is_cut),
	    cmocka_unit_test(a_peer_that_went_is_forgotten),
	    cmocka_unit_test(watching_one_name_hides_the_others),
	    cmocka_unit_test(pages_are_of_one_version_whatever_happens_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
