/* The API server is away, or busy: nothing is lost, nothing grows, nobody storms. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define JOB "'restartPolicy':'Never'"
#define IN_FLIGHT 32 /* CORE_WRITES_MAX */
#define MANY 300

static void name_of(int i, char out[16])
{
	snprintf(out, 16, "p%d", i);
}

/* MANY pods that run on a1. */
static void many_run(void)
{
	char name[16];
	world_begin(&w);
	for (int i = 0; i < MANY; i++) {
		name_of(i, name);
		world_app(&w, name, "", JOB);
	}
	for (int i = 0; world_count(&w, EFFECT_ACCEPT) < MANY / 100; i++) {
		char id[16];
		snprintf(id, sizeof(id), "o%d", i);
		world_offer(&w, id, "a1", "cpus:1000;mem:1000000;disk:1000000", "");
		world_good_day(&w);
	}
	for (size_t i = 0; i < w.out.n; i++) {
		if (w.out.items[i]->type == EFFECT_ACCEPT) {
			world_run(&w, w.out.items[i]);
		}
	}
	world_nothing(&w);
}

static void all_finish(void)
{
	char name[16];
	for (int i = 0; i < MANY; i++) {
		name_of(i, name);
		world_update(&w, world_task(name, "app", 0), "a1", TASK_FINISHED, NULL);
	}
}

/* All that are not yet taken fail. How many there were. */
static size_t all_fail(enum err_code code)
{
	size_t n = 0, end = w.out.n;
	while (w.taken < end) {
		struct effect *f = w.out.items[w.taken++];
		if (f->type == EFFECT_PATCH_STATUS) {
			world_result(&w, f, code);
			n++;
		}
	}
	return n;
}

static void an_outage_costs_one_try_at_a_time_and_then_all_is_caught_up_without_a_storm(void **state)
{
	(void)state;
	many_run();
	size_t acknowledged = world_count(&w, EFFECT_ACKNOWLEDGE);
	all_finish();
	assert_int_equal(w.out.n - w.taken, IN_FLIGHT); /* the others wait as pods */
	assert_int_equal(all_fail(ERR_TIMEOUT), IN_FLIGHT);
	size_t tries = 0;
	for (int second = 0; second < 3600; second++) {
		world_wait(&w, 1000);
		size_t n = all_fail(second % 2 ? ERR_IO : ERR_BUSY);
		assert_in_range(n, 0, 2);
		tries += n;
	}
	assert_in_range(tries, 3600 / 10, 3600 / 4); /* every 5 to 10 s in the end */
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), acknowledged);
	assert_int_equal(core_count(w.core).unacknowledged, MANY);
	/* It is back: one succeeds, and the others follow, at most so many at a time. */
	world_wait(&w, 10000);
	size_t in_flight = 0, most = 0;
	while (w.taken < w.out.n) {
		in_flight = 0;
		for (size_t i = w.taken; i < w.out.n; i++) {
			in_flight += w.out.items[i]->type == EFFECT_PATCH_STATUS;
		}
		most = in_flight > most ? in_flight : most;
		world_ok(&w, w.out.items[w.taken++]);
	}
	assert_int_equal(most, IN_FLIGHT);
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), acknowledged + MANY);
	assert_string_equal(world_phase(&w, "p0"), "Succeeded");
	assert_string_equal(world_phase(&w, "p299"), "Succeeded");
}

static void what_is_written_in_the_end_is_what_is_known_then(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 3");
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_update(&w, "uid-web._pause.0", "a1", TASK_FAILED, NULL);
	world_result(&w, patch, ERR_TIMEOUT);
	world_nothing(&w);
	world_wait(&w, 500);
	patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_ok(&w, patch);
	assert_int_equal(world_count(&w, EFFECT_ACKNOWLEDGE), 4); /* both runs, both ends */
}

static void the_server_is_obeyed_when_it_names_a_time(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "a", "", JOB);
	world_running(&w, "b", "", JOB);
	world_update(&w, "uid-a.app.0", "a1", TASK_FINISHED, NULL);
	world_result_after(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_BUSY, 7000);
	world_update(&w, "uid-b.app.0", "a1", TASK_FINISHED, NULL);
	world_app(&w, "new", "", JOB); /* is not bound meanwhile either */
	world_offer(&w, "o9", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_wait(&w, 6999);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
	while (w.taken < w.out.n) {
		assert_int_not_equal(w.out.items[w.taken++]->type, EFFECT_PATCH_STATUS);
	}
	world_offer(&w, "o10", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_wait(&w, 1);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "a"), "Succeeded");
	assert_string_equal(world_phase(&w, "b"), "Succeeded");
	assert_int_equal(world_count(&w, EFFECT_BIND), 3);
}

static void a_failure_that_is_the_pods_own_holds_back_nobody_else(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "bad", "", JOB);
	world_running(&w, "good", "", JOB);
	world_update(&w, "uid-bad.app.0", "a1", TASK_FINISHED, NULL);
	world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_INVALID);
	world_update(&w, "uid-good.app.0", "a1", TASK_FINISHED, NULL);
	assert_string_equal(world_take(&w, EFFECT_PATCH_STATUS)->name, "good");
}

static void deletions_wait_for_their_turn_too(void **state)
{
	(void)state;
	char name[16];
	many_run();
	all_finish();
	world_good_day(&w);
	for (int i = 0; i < MANY; i++) {
		name_of(i, name);
		world_delete(&w, name, 0);
	}
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), IN_FLIGHT);
	struct effect *deletion = world_take(&w, EFFECT_DELETE_POD);
	world_result(&w, deletion, ERR_BUSY);
	world_good_day(&w);
	assert_int_equal(w.n_pods, 0);
}

/* An agent repeats what is not acknowledged, whatever the API server does. */
static void a_million_repeated_updates_cost_neither_memory_nor_calls(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", JOB);
	struct mesos_task_status s = {.task_id = (char[]){"uid-web.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_FINISHED,
				      .uuid = "uuid-of-the-end",
				      .message = (char[]){"Command exited with status 0"}};
	world_status(&w, &s);
	world_result(&w, world_take(&w, EFFECT_PATCH_STATUS), ERR_TIMEOUT);
	world_skip(&w);
	size_t effects = w.out.n, said = w.said.n, bytes = mallinfo2().uordblks;
	int64_t due = core_deadline(w.core);
	for (int i = 0; i < 1000000; i++) {
		world_status(&w, &s);
	}
	assert_int_equal(w.out.n, effects);
	assert_int_equal(w.said.n, said);
	assert_int_equal(core_deadline(w.core), due);
	assert_int_equal(mallinfo2().uordblks, bytes);
	world_wait(&w, 500);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).unacknowledged, 0);
	assert_string_equal(world_last(&w, EFFECT_ACKNOWLEDGE)->text, "uuid-of-the-end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(an_outage_costs_one_try_at_a_time_and_then_all_is_caught_up_without_a_storm),
	    WORLD_TEST(what_is_written_in_the_end_is_what_is_known_then),
	    WORLD_TEST(the_server_is_obeyed_when_it_names_a_time),
	    WORLD_TEST(a_failure_that_is_the_pods_own_holds_back_nobody_else),
	    WORLD_TEST(deletions_wait_for_their_turn_too),
	    WORLD_TEST(a_million_repeated_updates_cost_neither_memory_nor_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
