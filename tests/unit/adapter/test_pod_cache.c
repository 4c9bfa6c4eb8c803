#include "tests/unit/unit.h"

#include "adapter/pod_cache.h"
#include "base/js.h"

static struct kube_pod *pod(const char *uid, const char *name)
{
	struct err e = {0};
	json_t *o CLEANUP_JSON =
	    json_pack("{s:{s:s,s:s,s:s,s:s},s:{s:[{s:s,s:s}]}}", "metadata", "namespace", "default", "name", name,
		      "uid", uid, "resourceVersion", "1", "spec", "containers", "name", "main", "image", "x");
	struct kube_pod *p = kube_pod_decode(o, &e);
	if (!p) {
		fail_msg("%s", e.text);
	}
	return p;
}

static void expect(struct pod_cache *cache, const char *name)
{
	struct kube_pod *p = pod_cache_take(cache);
	assert_non_null(p);
	assert_string_equal(p->name, name);
	kube_pod_free(p);
}

static void the_last_version_of_each_pod_is_kept(void **state)
{
	struct pod_cache cache;
	(void)state;
	pod_cache_init(&cache);
	pod_cache_put(&cache, pod("u-1", "old"));
	pod_cache_put(&cache, pod("u-2", "b"));
	pod_cache_put(&cache, pod("u-1", "new"));
	expect(&cache, "new");
	expect(&cache, "b");
	assert_null(pod_cache_take(&cache));
	pod_cache_done(&cache);
}

static void what_is_gone_is_not_kept(void **state)
{
	struct pod_cache cache;
	(void)state;
	pod_cache_init(&cache);
	pod_cache_put(&cache, pod("u-1", "a"));
	pod_cache_put(&cache, pod("u-2", "b"));
	pod_cache_drop(&cache, "u-1");
	pod_cache_drop(&cache, "u-7");
	expect(&cache, "b");
	pod_cache_put(&cache, pod("u-1", "again"));
	pod_cache_done(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_version_of_each_pod_is_kept),
	    cmocka_unit_test(what_is_gone_is_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
