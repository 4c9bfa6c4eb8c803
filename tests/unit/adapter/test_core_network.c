/* A pod stays on the network that it named when it was bound. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"

#define NETWORK "mesos.apache.org/network"
#define JOINED "mesos.apache.org/joined-network"

static void annotate(const char *name, const char *annotation, const char *value)
{
	json_t *metadata = js_obj(world_object(&w, name), "metadata");
	if (!js_obj(metadata, "annotations")) {
		json_object_set_new(metadata, "annotations", json_object());
	}
	json_object_set_new(js_obj(metadata, "annotations"), annotation, json_string(value));
	world_show(&w, name);
}

static const char *recorded(const char *name)
{
	return js_str_at(world_object(&w, name), "metadata", "annotations", JOINED, NULL);
}

/* Of the last launch; "" is the agent's. */
static const char *launched_on(void)
{
	const json_t *operation = json_array_get(world_last(&w, EFFECT_ACCEPT)->body, 0);
	const json_t *networks = js_at(operation, "launch_group", "executor", "container", "network_infos", NULL);
	return networks ? js_str(json_array_get(networks, 0), "name") : "";
}

static void run_on(const char *network)
{
	world_begin(&w);
	world_app(&w, "web", "", "");
	if (network) {
		annotate("web", NETWORK, network);
	}
	offer("first");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_good_day(&w);
	assert_string_equal(launched_on(), network ? network : "");
	assert_string_equal(recorded("web"), network ? network : "");
}

static void name_later(const char *annotation, const char *value)
{
	annotate("web", annotation, value);
	world_good_day(&w);
}

static void reborn_beside_it(void)
{
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
}

static void next_run_is_on(const char *network)
{
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_wait(&w, 60000);
	offer("again");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
	assert_string_equal(launched_on(), network);
}

static void a_container_that_runs_again_is_on_the_network_that_its_pod_joined(void **state)
{
	(void)state;
	run_on("blue");
	name_later(NETWORK, "green");
	next_run_is_on("blue");
}

static void a_pod_on_its_agents_network_stays_there(void **state)
{
	(void)state;
	run_on(NULL);
	name_later(NETWORK, "green");
	next_run_is_on("");
}

static void what_was_recorded_is_not_changed_while_the_adapter_lives(void **state)
{
	(void)state;
	run_on("blue");
	name_later(JOINED, "green");
	next_run_is_on("blue");
}

static void the_next_life_knows_what_was_joined(void **state)
{
	(void)state;
	run_on("blue");
	name_later(NETWORK, "green");
	reborn_beside_it();
	next_run_is_on("blue");
}

/* The pod names another network while its binding is under way. */
static struct effect *binding_from_blue_to_green(void)
{
	world_begin(&w);
	world_app(&w, "web", "", "");
	annotate("web", NETWORK, "blue");
	world_offer(&w, "o", "a1", ROOM, "");
	world_result(&w, world_take(&w, EFFECT_UPSERT_NODE), ERR_NONE);
	struct effect *bind = world_take(&w, EFFECT_BIND);
	annotate("web", NETWORK, "green");
	return bind;
}

/* Before the watch shows what the binding wrote. */
static void a_change_after_the_binding_is_too_late(void **state)
{
	(void)state;
	struct effect *bind = binding_from_blue_to_green();
	world_ok(&w, bind);
	world_good_day(&w);
	assert_string_equal(launched_on(), "blue");
	assert_string_equal(recorded("web"), "blue");
}

static void a_binding_that_failed_joined_nothing(void **state)
{
	(void)state;
	struct effect *bind = binding_from_blue_to_green();
	world_result(&w, bind, ERR_CONFLICT);
	world_wait(&w, 60000);
	offer("again");
	assert_string_equal(launched_on(), "green");
	assert_string_equal(recorded("web"), "green");
}

static void a_pod_that_somebody_else_bound_has_its_network_recorded_with_its_agent(void **state)
{
	(void)state;
	world_begin(&w);
	offer("first");
	world_app(&w, "web", "", "'schedulingGates':[{'name':'later'}]");
	annotate("web", NETWORK, "blue");
	json_t *spec = js_obj(world_object(&w, "web"), "spec");
	json_object_del(spec, "schedulingGates");
	json_object_set_new(spec, "nodeName", json_string("a1"));
	world_show(&w, "web");
	world_good_day(&w);
	offer("second");
	assert_string_equal(recorded("web"), "blue");
	assert_string_equal(launched_on(), "blue");
}

/* The release before this one recorded nothing. */
static void of_a_pod_without_a_record_the_network_that_it_names_is_meant(void **state)
{
	(void)state;
	run_on("blue");
	json_object_del(js_at(world_object(&w, "web"), "metadata", "annotations", NULL), JOINED);
	reborn_beside_it();
	next_run_is_on("blue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_container_that_runs_again_is_on_the_network_that_its_pod_joined),
	    WORLD_TEST(a_pod_on_its_agents_network_stays_there),
	    WORLD_TEST(what_was_recorded_is_not_changed_while_the_adapter_lives),
	    WORLD_TEST(the_next_life_knows_what_was_joined),
	    WORLD_TEST(a_change_after_the_binding_is_too_late),
	    WORLD_TEST(a_binding_that_failed_joined_nothing),
	    WORLD_TEST(a_pod_that_somebody_else_bound_has_its_network_recorded_with_its_agent),
	    WORLD_TEST(of_a_pod_without_a_record_the_network_that_it_names_is_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
