/* The life of a pod on a good day, effect by effect. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world.h"

static struct world w;

static int begin(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_done(&w);
	return 0;
}

static void a_pod_is_bound_then_launched_then_reported_then_acknowledged_then_removed(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "'command':['true']", "'restartPolicy':'Never'");
	world_nothing(&w); /* nothing holds offers back: they come by themselves */
	world_offer(&w, "o1", "a1", "cpus:4;mem:1024;disk:1000", "");
	struct effect *node = world_take(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(node->node, "a1");
	world_nothing(&w);
	world_ok(&w, node);

	struct effect *bind = world_take(&w, EFFECT_BIND);
	assert_string_equal(js_str_at(bind->body, "target", "name", NULL), "a1");
	world_nothing(&w);
	world_ok(&w, bind);

	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	struct effect *accept = world_take(&w, EFFECT_ACCEPT);
	assert_true(effect_has_id(accept, "o1"));
	assert_int_equal(accept->refuse_ms, 0);
	assert_int_equal(json_array_size(accept->body), 1);
	assert_string_equal(accept->others[0], "uid-web");
	world_ok(&w, accept);
	world_ok(&w, patch);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(js_str(world_condition(&w, "web", "PodScheduled"), "status"), "True");
	world_nothing(&w);

	const char *uuid = world_update(&w, world_task("web", "app", 0), "a1", TASK_RUNNING, NULL);
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w); /* not acknowledged before it is stored */
	world_apply(&w, patch);
	world_result(&w, patch, ERR_NONE);
	struct effect *ack = world_take(&w, EFFECT_ACKNOWLEDGE);
	assert_string_equal(ack->text, uuid);
	assert_string_equal(ack->task_id, "uid-web.app.0");
	assert_string_equal(ack->agent_id, "a1");
	world_nothing(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str(world_condition(&w, "web", "Ready"), "status"), "True");

	world_delete(&w, "web", 30);
	struct effect *kill = world_take(&w, EFFECT_KILL);
	assert_string_equal(kill->task_id, "uid-web.app.0");
	assert_int_equal(kill->grace_ms, 30000);
	world_skip(&w);
	world_ok(&w, world_last(&w, EFFECT_PATCH_STATUS));
	world_update(&w, world_task("web", "app", 0), "a1", TASK_KILLED, "Command terminated with signal Terminated");
	world_ok(&w, world_take(&w, EFFECT_PATCH_STATUS));
	assert_int_equal(js_int(js_at(world_container(&w, "web", "app"), "state", "terminated", NULL), "exitCode", -1),
			 143);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	struct effect *removal = world_take(&w, EFFECT_DELETE_POD);
	world_nothing(&w);
	world_ok(&w, removal);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).pods, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_pod_is_bound_then_launched_then_reported_then_acknowledged_then_removed,
					    begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
