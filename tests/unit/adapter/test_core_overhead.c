/* What a pod costs besides its containers, or as a whole: where it is placed, what it claims, what its executor is
 * given.
 */
#include <math.h>
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"

#define OVERHEAD "'overhead':{'cpu':'1','memory':'512Mi'}"
#define CPUS(n) "'resources':{'requests':{'cpu':'" n "'}}"

/* Thousandths, of the last launch. */
static long executor_has(const char *name)
{
	const json_t *operation = json_array_get(world_last(&w, EFFECT_ACCEPT)->body, 0);
	const json_t *executor = js_at(operation, "launch_group", "executor", NULL);
	size_t k;
	json_t *r;
	json_array_foreach (js_arr(executor, "resources"), k, r) {
		if (strcmp(js_str(r, "name"), name) == 0) {
			return lround(json_number_value(js_at(r, "scalar", "value", NULL)) * 1000);
		}
	}
	return 0;
}

static void a_pod_is_placed_where_there_is_room_for_its_overhead_too(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", CPUS("1"), OVERHEAD);
	world_offer(&w, "small", "a1", "cpus:2;mem:2048;disk:100", "");
	world_wait(&w, 1000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_string_equal(world_said(&w, "web", "FailedScheduling"),
			    "0/1 agents fit: cpus short on 1 (the pod needs 2.011)");
	world_offer(&w, "large", "a2", "cpus:2.02;mem:2048;disk:100", "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_ACCEPT)->agent_id, "a2");
}

/* Six more cpus, reserved for the role. */
static void offer_reserved(const char *resources)
{
	struct mesos_offer *offers[] = {world_make_offer("o", "a1", resources, "")};
	struct mesos_resources more;
	mesos_resources_init(&more);
	mesos_resources_put_scalar(&more, "cpus", 6000, "mesos");
	more.items[0].reserved = true;
	more.items[0].rest = json_pack("{s:[{s:s,s:s}]}", "reservations", "role", "mesos", "type", "STATIC");
	mesos_resources_add(&offers[0]->resources, &more);
	mesos_resources_done(&more);
	world_event(&w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
}

static void the_overhead_of_all_in_a_batch_has_to_be_unreserved(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "one", "", OVERHEAD);
	world_app(&w, "two", "", OVERHEAD);
	offer_reserved("cpus:1.9;mem:8192;disk:100");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_int_equal(json_array_size(world_last(&w, EFFECT_ACCEPT)->body), 2); /* pause and app of one of them */
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void a_container_that_runs_again_has_the_same_executor(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", CPUS("1"), OVERHEAD);
	assert_int_equal(executor_has("cpus"), 1010);
	assert_int_equal(executor_has("mem"), 544000);
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	offer("again");
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
	assert_int_equal(executor_has("cpus"), 1010);
}

static void a_pod_is_placed_where_there_is_what_it_requests_as_a_whole(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", CPUS("1"), "'resources':{'requests':{'cpu':'3'}}");
	world_offer(&w, "small", "a1", "cpus:3;mem:2048;disk:100", "");
	world_wait(&w, 1000);
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "FailedScheduling"),
			    "0/1 agents fit: cpus short on 1 (the pod needs 3.011)");
	world_offer(&w, "large", "a2", "cpus:3.02;mem:2048;disk:100", "");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_ACCEPT)->agent_id, "a2");
}

/* The offer is larger than what is left when all that the first pod may take is counted. */
static void overhead_is_claimed_while_the_pod_may_begin_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", CPUS("1"), OVERHEAD);
	world_listed(&w, "a1", "cpus:4;mem:8192;disk:10000", false, false);
	world_app(&w, "next", CPUS("1.9"), "");
	offer("more");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
	world_app(&w, "third", CPUS("0.1"), "");
	offer("most");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_is_placed_where_there_is_room_for_its_overhead_too),
	    WORLD_TEST(the_overhead_of_all_in_a_batch_has_to_be_unreserved),
	    WORLD_TEST(a_container_that_runs_again_has_the_same_executor),
	    WORLD_TEST(a_pod_is_placed_where_there_is_what_it_requests_as_a_whole),
	    WORLD_TEST(overhead_is_claimed_while_the_pod_may_begin_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
