/* Replicas of neighbouring releases, one after the other: what another one wrote is read leniently. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

static void put(json_t *o, const char *key, const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	json_object_set_new(o, key, value);
}

static json_t *container_status(const char *pod)
{
	return json_array_get(js_at(world_object(&w, pod), "status", "containerStatuses", NULL), 0);
}

/* Another release leads, which was told of the pod as it stands. Mesos is asked, and says that it runs. */
static void taken_over_while_it_runs(const char *pod)
{
	world_restart(&w);
	world_show(&w, pod);
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_offer(&w, "o9", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_wait(&w, 120000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_string_equal(world_phase(&w, pod), "Running");
}

static void what_a_later_release_adds_changes_nothing(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	json_t *pod = world_object(&w, "web");
	json_t *metadata = js_obj(pod, "metadata"), *status = js_obj(pod, "status");
	put(js_obj(metadata, "annotations"), "mesos.apache.org/from-the-future", "\"{\\\"a\\\":1}\"");
	put(metadata, "labels", "{\"mesos.apache.org/also\":\"new\"}");
	put(status, "invented", "{\"deep\":[1,2,{\"x\":null}]}");
	put(container_status("web"), "invented", "[true]");
	put(js_obj(js_obj(container_status("web"), "state"), "running"), "invented", "17");
	json_array_append_new(js_arr(status, "conditions"),
			      json_pack("{s:s,s:s}", "type", "mesos.apache.org/Invented", "status", "True"));
	taken_over_while_it_runs("web");
	assert_non_null(js_str_at(pod, "metadata", "annotations", "mesos.apache.org/from-the-future", NULL));
	assert_non_null(world_condition(&w, "web", "mesos.apache.org/Invented"));
}

static void what_an_earlier_release_did_not_write_is_made_up_for(void **state)
{
	static const char *const unwritten[] = {"conditions", "startTime", "hostIP",  "hostIPs",
						"podIP",      "podIPs",	   "qosClass"};
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	json_t *status = js_obj(world_object(&w, "web"), "status");
	for (size_t i = 0; i < sizeof(unwritten) / sizeof(unwritten[0]); i++) {
		json_object_del(status, unwritten[i]);
	}
	json_object_del(container_status("web"), "containerID");
	json_object_del(container_status("web"), "started");
	json_object_del(container_status("web"), "imageID");
	taken_over_while_it_runs("web");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");
	assert_non_null(world_container(&w, "web", "app"));
}

static void a_status_that_was_never_written_is_found_out_from_mesos(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	json_object_set_new(world_object(&w, "web"), "status", json_pack("{s:s}", "phase", "Pending"));
	taken_over_while_it_runs("web");
}

static void the_end_that_another_release_told_in_other_words_is_an_end(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	json_t *status = js_obj(world_object(&w, "web"), "status");
	put(container_status("web"), "state",
	    "{\"terminated\":{\"exitCode\":3,\"reason\":\"EndedInAnotherWay\",\"finishedAt\":\"2023-11-14T22:13:20Z\"}"
	    "}");
	put(status, "phase", "\"Failed\"");
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_offer(&w, "o9", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_int_equal(
	    json_integer_value(js_at(world_container(&w, "web", "app"), "state", "terminated", "exitCode", NULL)), 3);
}

static void tasks_named_as_no_release_of_ours_does_are_not_killed_in_haste(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_answer(&w, "uid-web.app.0.second", "a1", TASK_RUNNING);
	world_answer(&w, "pod/uid-web/app", "a1", TASK_RUNNING);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(what_a_later_release_adds_changes_nothing),
	    WORLD_TEST(what_an_earlier_release_did_not_write_is_made_up_for),
	    WORLD_TEST(a_status_that_was_never_written_is_found_out_from_mesos),
	    WORLD_TEST(the_end_that_another_release_told_in_other_words_is_an_end),
	    WORLD_TEST(tasks_named_as_no_release_of_ours_does_are_not_killed_in_haste),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
