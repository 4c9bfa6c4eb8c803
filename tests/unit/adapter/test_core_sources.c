/* ConfigMaps, Secrets and services: had before a launch, waited for, let go. */
#include <stdlib.h>
#include <string.h>

#include "adapter/sources.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world.h"
#include "tests/unit/adapter/world_test.h"

#define FROM_MAP "'envFrom':[{'configMapRef':{'name':'settings'}}]"
#define FROM_SECRET "'env':[{'name':'PASSWORD','valueFrom':{'secretKeyRef':{'name':'db','key':'password'}}}]"
#define NO_LINKS "'enableServiceLinks':false"

static void offer(const char *id)
{
	world_offer(&w, id, "a1", "cpus:4;mem:4096;disk:4096", "");
}

static json_t *variable(const struct effect *accept, size_t operation, const char *name)
{
	const json_t *tasks =
	    js_at(json_array_get(accept->body, operation), "launch_group", "task_group", "tasks", NULL);
	const json_t *variables = js_at(json_array_get(tasks, 0), "command", "environment", "variables", NULL);
	size_t i;
	json_t *v;
	json_array_foreach (variables, i, v) {
		if (!strcmp(js_str(v, "name"), name)) {
			return v;
		}
	}
	return NULL;
}

static const char *reason(const char *pod, const char *container)
{
	return js_str_at(world_container(&w, pod, container), "state", "waiting", "reason", NULL);
}

static const char *message(const char *pod, const char *container)
{
	return js_str_at(world_container(&w, pod, container), "state", "waiting", "message", NULL);
}

static size_t launches(void)
{
	return world_count(&w, EFFECT_ACCEPT);
}

/* Of which nothing else is in the world. */
static size_t fetches(const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < w.fetched.n; i++) {
		n += !strcmp(w.fetched.items[i]->name, name);
	}
	return n;
}

static void values_are_had_before_the_pod_is_bound(void **state)
{
	(void)state;
	world_begin(&w);
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'fast'}}");
	world_source(&w, "secrets/db", "{'data':{'password':'czNjcmV0'}}");
	world_source(&w, "services/kubernetes",
		     "{'metadata':{'name':'kubernetes'},'spec':{'clusterIP':'10.0.0.1','ports':[{'port':443}]}}");
	world_app(&w, "web", FROM_MAP "," FROM_SECRET, "");
	offer("o1");
	world_good_day(&w);
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_non_null(accept);
	assert_string_equal(js_str(variable(accept, 1, "MODE"), "value"), "fast");
	assert_string_equal(js_str(variable(accept, 1, "KUBERNETES_SERVICE_HOST"), "value"), "10.0.0.1");
	const json_t *password = variable(accept, 1, "PASSWORD");
	assert_string_equal(js_str(password, "type"), "SECRET");
	assert_null(js_str(password, "value"));
	assert_string_equal(js_str_at(password, "secret", "value", "data", NULL), "czNjcmV0");
	assert_int_equal(fetches("settings"), 1);
}

static void nothing_is_bound_before_all_is_answered(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_source(&w, "configmaps/settings", "{'data':{}}");
	world_app(&w, "web", FROM_MAP, NO_LINKS);
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *map = world_take(&w, EFFECT_FETCH), *service = world_take(&w, EFFECT_FETCH);
	assert_string_equal(map->name, "settings");
	assert_int_equal(service->source, KUBE_SOURCE_SERVICE);
	world_fetched(&w, service);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_fetched(&w, map);
	world_take(&w, EFFECT_BIND);
}

static void a_missing_object_makes_its_container_wait_as_the_kubelet_says(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", FROM_MAP, "");
	offer("o1");
	world_good_day(&w);
	assert_int_equal(launches(), 0);
	assert_string_equal(reason("web", "app"), "CreateContainerConfigError");
	assert_string_equal(message("web", "app"), "configmap \"settings\" not found");
	assert_string_equal(world_said(&w, "web", "Failed"), "Error: configmap \"settings\" not found");
	assert_string_equal(world_phase(&w, "web"), "Pending");
	world_wait(&w, 5000);
	assert_true(fetches("settings") >= 2);
	assert_int_equal(world_times_said(&w, "web", "Failed"), 1);
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'fast'}}");
	world_wait(&w, 2 * SOURCE_RETRY_MAX_MS);
	offer("o2");
	world_good_day(&w);
	assert_int_equal(launches(), 1);
	assert_non_null(variable(world_last(&w, EFFECT_ACCEPT), 1, "MODE"));
}

static void pauses_between_fetches_grow(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", FROM_MAP, "");
	offer("o1");
	world_good_day(&w);
	size_t before = fetches("settings");
	world_wait(&w, 63000); /* 1 + 2 + 4 + … */
	assert_int_equal(fetches("settings") - before, 6);
}

static void a_missing_key_is_told_and_looked_for_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_source(&w, "secrets/db", "{'data':{'user':'eA=='}}");
	world_app(&w, "web", FROM_SECRET, "");
	offer("o1");
	world_good_day(&w);
	assert_string_equal(message("web", "app"), "couldn't find key password in Secret default/db");
	world_source(&w, "secrets/db", "{'data':{'password':'eA=='}}");
	world_wait(&w, SOURCE_RETRY_FIRST_MS);
	offer("o2");
	world_good_day(&w);
	assert_int_equal(launches(), 1);
}

static void what_is_optional_may_be_missing(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web",
		  "'envFrom':[{'secretRef':{'name':'none','optional':true}}],"
		  "'env':[{'name':'A','valueFrom':{'configMapKeyRef':{'name':'none','key':'k','optional':true}}}]",
		  "");
	offer("o1");
	world_good_day(&w);
	assert_int_equal(launches(), 1);
	assert_null(variable(world_last(&w, EFFECT_ACCEPT), 1, "A"));
}

/* The fetch of the container's object, the other is answered. */
static struct effect *take_fetch(void)
{
	struct effect *object = world_take(&w, EFFECT_FETCH);
	world_fetched(&w, world_take(&w, EFFECT_FETCH));
	return object;
}

static void what_is_forbidden_is_told_though_optional(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_app(&w, "web", "'envFrom':[{'secretRef':{'name':'db','optional':true}}]", NO_LINKS);
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct err denied = {.code = ERR_DENIED, .http_status = 403, .text = "secrets \"db\" is forbidden"};
	struct core_event event = {.type = CORE_RESULT, .effect = take_fetch(), .failure = &denied};
	world_event(&w, &event);
	w.fetch_by_hand = false;
	world_good_day(&w);
	assert_int_equal(launches(), 0);
	assert_string_equal(reason("web", "app"), "CreateContainerConfigError");
	assert_string_equal(message("web", "app"), "secrets \"db\" is forbidden");
}

static void no_offer_is_kept_for_a_pod_while_nothing_is_answered(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_app(&w, "web", FROM_MAP, NO_LINKS);
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_result(&w, take_fetch(), ERR_TIMEOUT);
	assert_int_equal(core_count(w.core).in_state[POD_QUEUED], 1);
	assert_null(world_said(&w, "web", "Failed"));
	w.fetch_by_hand = false;
	world_wait(&w, 1000);
	offer("o2");
	world_good_day(&w);
	assert_string_equal(reason("web", "app"), "CreateContainerConfigError");
}

static void the_other_containers_of_the_pod_are_started(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "duo", "'containers':[{'name':'a','image':'i'},{'name':'b','image':'i'," FROM_MAP "}]");
	offer("o1");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_non_null(js_str_at(world_container(&w, "duo", "a"), "state", "running", "startedAt", NULL));
	assert_string_equal(reason("duo", "b"), "CreateContainerConfigError");
	world_source(&w, "configmaps/settings", "{'data':{}}");
	world_wait(&w, 2 * SOURCE_RETRY_MAX_MS);
	offer("o2");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_non_null(js_str_at(world_container(&w, "duo", "b"), "state", "running", "startedAt", NULL));
}

static void each_start_reads_anew(void **state)
{
	(void)state;
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'fast'}}");
	world_begin(&w);
	world_running(&w, "web", FROM_MAP, "");
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'slow'}}");
	world_update(&w, world_task("web", "app", 0), "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("o2");
	world_good_day(&w);
	assert_string_equal(js_str(variable(world_last(&w, EFFECT_ACCEPT), 0, "MODE"), "value"), "slow");
}

/* Two pods that come together share one answer, a later one gets its own. */
static void an_answer_is_shared_by_those_who_asked_before_it(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'fast'}}");
	world_app(&w, "one", FROM_MAP, NO_LINKS);
	world_app(&w, "two", FROM_MAP, NO_LINKS);
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *map = world_take(&w, EFFECT_FETCH), *service = world_take(&w, EFFECT_FETCH);
	world_nothing(&w);
	world_app(&w, "late", FROM_MAP, NO_LINKS);
	world_nothing(&w); /* one at a time */
	world_fetched(&w, map);
	assert_int_equal(world_count(&w, EFFECT_FETCH), 3);
	world_fetched(&w, service);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
}

static void an_answer_serves_nobody_who_asked_after_the_question(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'fast'}}");
	world_app(&w, "one", FROM_MAP, NO_LINKS);
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *early = take_fetch();
	world_vanish(&w, "one"); /* nobody holds it any more */
	world_skip(&w);
	world_app(&w, "two", FROM_MAP, NO_LINKS);
	offer("o2");
	world_take(&w, EFFECT_REVIVE);
	struct effect *late = take_fetch();
	world_fetched(&w, early);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_source(&w, "configmaps/settings", "{'data':{'MODE':'slow'}}");
	world_fetched(&w, late);
	world_good_day(&w);
	assert_string_equal(js_str(variable(world_last(&w, EFFECT_ACCEPT), 1, "MODE"), "value"), "slow");
}

#define EACH 40 /* objects that a pod refers to */

/* One pod of which nothing is there, so it goes on holding all that it refers to. */
static void holds_many(int i)
{
	char name[16], *spec = xstrdup("'envFrom':[");
	for (int k = 0; k < EACH; k++) {
		char *longer = xasprintf("%s%s{'configMapRef':{'name':'m-%d-%d'}}", spec, k ? "," : "", i, k);
		free(spec);
		spec = longer;
	}
	char *whole = xasprintf("%s]", spec);
	snprintf(name, sizeof(name), "p%d", i);
	world_app(&w, name, whole, NO_LINKS);
	free(spec);
	free(whole);
}

static void offer_to_all(void)
{
	for (int i = 0; i < 3; i++) {
		char id[16];
		snprintf(id, sizeof(id), "o%d", i);
		world_offer(&w, id, "a1", "cpus:1000;mem:1000000;disk:1000000", "");
		world_good_day(&w);
	}
}

static void of_too_many_objects_the_last_ones_are_never_asked_for(void **state)
{
	(void)state;
	world_begin(&w);
	for (int i = 0; i < SOURCES_MAX / EACH; i++) {
		holds_many(i);
	}
	offer_to_all();
	world_app(&w, "web", FROM_MAP, NO_LINKS);
	world_app(&w, "first", "'envFrom':[{'configMapRef':{'name':'m-0-0'}}]", NO_LINKS);
	world_offer(&w, "last", "a2", "cpus:4;mem:4096;disk:4096", "");
	world_good_day(&w);
	world_wait(&w, 3 * SOURCE_RETRY_FIRST_MS);
	world_good_day(&w);
	assert_int_equal(fetches("settings"), 0);
	assert_string_equal(message("web", "app"), "too many ConfigMaps and Secrets are being waited for");
	assert_string_equal(message("first", "app"), "configmap \"m-0-0\" not found");
	world_vanish(&w, "p1");
	world_source(&w, "configmaps/settings", "{'data':{}}");
	world_wait(&w, 6 * SOURCE_RETRY_FIRST_MS);
	assert_int_not_equal(fetches("settings"), 0);
}

static void a_pod_that_is_deleted_lets_go(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", FROM_MAP, "");
	offer("o1");
	world_good_day(&w);
	world_delete(&w, "web", 30);
	world_good_day(&w);
	size_t before = fetches("settings");
	world_wait(&w, 600000);
	assert_int_equal(fetches("settings"), before);
}

static void names_that_no_object_has_are_not_asked_for(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "'envFrom':[{'secretRef':{'name':''}}]", NO_LINKS);
	offer("o1");
	world_good_day(&w);
	assert_int_equal(fetches(""), 0);
	assert_string_equal(message("web", "app"), "secret \"\" not found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(values_are_had_before_the_pod_is_bound),
	    WORLD_TEST(nothing_is_bound_before_all_is_answered),
	    WORLD_TEST(a_missing_object_makes_its_container_wait_as_the_kubelet_says),
	    WORLD_TEST(pauses_between_fetches_grow),
	    WORLD_TEST(a_missing_key_is_told_and_looked_for_again),
	    WORLD_TEST(what_is_optional_may_be_missing),
	    WORLD_TEST(what_is_forbidden_is_told_though_optional),
	    WORLD_TEST(no_offer_is_kept_for_a_pod_while_nothing_is_answered),
	    WORLD_TEST(the_other_containers_of_the_pod_are_started),
	    WORLD_TEST(each_start_reads_anew),
	    WORLD_TEST(an_answer_is_shared_by_those_who_asked_before_it),
	    WORLD_TEST(an_answer_serves_nobody_who_asked_after_the_question),
	    WORLD_TEST(of_too_many_objects_the_last_ones_are_never_asked_for),
	    WORLD_TEST(a_pod_that_is_deleted_lets_go),
	    WORLD_TEST(names_that_no_object_has_are_not_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
