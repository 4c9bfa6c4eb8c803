#include "tests/sandbox/kube/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "tests/unit/unit.h"

static json_t *object(const char *ns, const char *name)
{
	return json_pack("{s:{s:s, s:s}}", "metadata", "namespace", ns, "name", name);
}

/* "ns/name ns/name" as of a version; "?" when it is forgotten. */
static void at_version(const struct store *s, const struct bucket *b, int64_t rv, struct buf *out)
{
	json_t **trees;
	size_t n;
	buf_clear(out);
	if (store_snapshot(s, b, rv, &trees, &n) < 0) {
		buf_puts(out, "?");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s/%s", i ? " " : "", js_str_at(trees[i], "metadata", "namespace", NULL),
			   js_str_at(trees[i], "metadata", "name", NULL));
		json_decref(trees[i]);
	}
	free(trees);
}

static void objects_are_found_and_kept_in_order(void **state)
{
	(void)state;
	struct store s;
	store_init(&s, 100);
	struct bucket *b = store_bucket(&s, "pods");
	static const char *const NAMES[][2] = {{"b", "x"}, {"a", "z"}, {"a", "a"}, {"ab", "c"}, {"b", "a"}};
	for (size_t i = 0; i < 5; i++) {
		store_put(&s, b, object(NAMES[i][0], NAMES[i][1]));
	}
	struct buf CLEANUP_BUF text = BUF_INIT(4096);
	at_version(&s, b, s.rv, &text);
	assert_string_equal(buf_str(&text), "a/a a/z ab/c b/a b/x");
	assert_non_null(store_get(b, "ab", "c"));
	assert_null(store_get(b, "ab", "x"));
	assert_int_equal(store_from(b, "b", ""), 3);
	store_done(&s);
}

static void every_write_has_a_version_of_its_own(void **state)
{
	(void)state;
	struct store s;
	store_init(&s, 100);
	struct bucket *b = store_bucket(&s, "pods");
	int64_t first = store_put(&s, b, object("n", "a"))->rv;
	const struct change *second = store_put(&s, b, object("n", "a"));
	assert_int_equal(second->rv, first + 1);
	assert_int_equal(second->what, APISERVER_MODIFIED);
	const struct change *gone = store_delete(&s, b, "n", "a");
	assert_int_equal(gone->rv, first + 2);
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)(first + 2));
	assert_string_equal(js_str_at(gone->now, "metadata", "resourceVersion", NULL), text);
	assert_null(store_delete(&s, b, "n", "a"));
	store_done(&s);
}

static void the_past_can_be_seen_as_long_as_it_is_remembered(void **state)
{
	(void)state;
	struct store s;
	struct buf CLEANUP_BUF text = BUF_INIT(4096);
	store_init(&s, 4);
	struct bucket *b = store_bucket(&s, "pods");
	struct bucket *other = store_bucket(&s, "nodes");
	int64_t rv = s.rv;
	store_put(&s, b, object("n", "a"));
	store_put(&s, b, object("n", "b"));
	store_put(&s, other, object("", "node"));
	store_delete(&s, b, "n", "a");
	at_version(&s, b, rv, &text);
	assert_string_equal(buf_str(&text), "");
	at_version(&s, b, rv + 2, &text);
	assert_string_equal(buf_str(&text), "n/a n/b");
	at_version(&s, b, rv + 4, &text);
	assert_string_equal(buf_str(&text), "n/b");
	store_put(&s, b, object("n", "c"));
	at_version(&s, b, rv, &text);
	assert_string_equal(buf_str(&text), "?");
	at_version(&s, b, rv + 1, &text);
	assert_string_equal(buf_str(&text), "n/a");
	assert_int_equal(store_changes_after(&s, rv + 3), 2);
	store_compact(&s);
	at_version(&s, b, rv + 4, &text);
	assert_string_equal(buf_str(&text), "?");
	at_version(&s, b, rv + 5, &text);
	assert_string_equal(buf_str(&text), "n/b n/c");
	store_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_found_and_kept_in_order),
	    cmocka_unit_test(every_write_has_a_version_of_its_own),
	    cmocka_unit_test(the_past_can_be_seen_as_long_as_it_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
