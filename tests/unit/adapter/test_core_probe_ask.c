/* Probes that the adapter makes itself: when they are asked, and what follows of the answers. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define SECOND 1000
#define NUMBERS ",'initialDelaySeconds':3,'periodSeconds':5,'timeoutSeconds':2,'failureThreshold':3"
#define READINESS "'readinessProbe':{'grpc':{'port':9}" NUMBERS ",'successThreshold':2}"
#define LIVENESS "'livenessProbe':{'grpc':{'port':9}" NUMBERS ",'terminationGracePeriodSeconds':7}"
#define STARTUP "'startupProbe':{'httpGet':{'port':80,'httpHeaders':[{'name':'A','value':'b'}]}" NUMBERS "}"

static bool says(const char *member)
{
	return js_bool(world_container(&w, "web", "app"), member, false);
}

static size_t asked(void)
{
	return world_count(&w, EFFECT_PROBE);
}

/* All but probes is answered. */
static void settle(void)
{
	while (w.taken < w.out.n && !world_next_is(&w, EFFECT_PROBE)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
}

/* The next probe, which is to be asked after so long and not before. */
static struct effect *due_after(int64_t ms)
{
	size_t before = asked();
	if (ms > 0) {
		world_wait(&w, ms - 1);
		assert_int_equal(asked(), before);
		world_wait(&w, 1);
	}
	settle();
	return world_take(&w, EFFECT_PROBE);
}

static void answer(const struct effect *f, bool good)
{
	struct err why = {.code = ERR_IO, .text = "no answer"};
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = f, .failure = good ? NULL : &why});
	settle();
}

static void run(const char *container)
{
	world_begin(&w);
	world_running(&w, "web", container, "");
}

static void a_probe_is_asked_after_its_delay_and_once_in_a_period(void **state)
{
	(void)state;
	run(READINESS);
	struct effect *f = due_after(3 * SECOND);
	assert_string_equal(f->task_id, world_task("web", "app", 0));
	assert_string_equal(f->text, "readinessProbe");
	assert_int_equal(f->grace_ms, 2 * SECOND);
	assert_string_equal(js_str(f->body, "host"), "10.1.0.1");
	assert_int_equal(js_int(f->body, "port", 0), 9);
	answer(f, true);
	answer(due_after(5 * SECOND), true);
	f = due_after(5 * SECOND);
	world_wait(&w, 20 * SECOND); /* one that takes long is not asked twice at a time */
	assert_int_equal(asked(), 3);
	answer(f, true);
	answer(due_after(0), true);
	due_after(5 * SECOND);
}

static void it_is_ready_and_unready_when_the_answers_came_often_enough_in_a_row(void **state)
{
	(void)state;
	run(READINESS);
	assert_true(says("started") && !says("ready"));
	static const struct {
		bool good, ready;
	} rows[] = {{true, false}, {false, false}, {true, false}, {true, true},	 {false, true},
		    {false, true}, {true, true},   {false, true}, {false, true}, {false, false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer(due_after((i ? 5 : 3) * SECOND), rows[i].good);
		if (says("ready") != rows[i].ready) {
			fail_msg("after answer %zu", i);
		}
	}
	assert_string_equal(world_said(&w, "web", "Unhealthy"), "Readiness probe of container app failed: no answer");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void who_fails_liveness_often_enough_is_ended_with_the_probes_grace(void **state)
{
	(void)state;
	run(LIVENESS);
	answer(due_after(3 * SECOND), false);
	answer(due_after(5 * SECOND), false);
	answer(due_after(5 * SECOND), true);
	for (int i = 0; i < 2; i++) {
		answer(due_after(5 * SECOND), false);
		assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	}
	answer(due_after(5 * SECOND), false);
	const struct effect *kill = world_last(&w, EFFECT_KILL);
	assert_non_null(kill);
	assert_int_equal(kill->grace_ms, 7 * SECOND);
	assert_string_equal(world_said(&w, "web", "Killing"), "Container app failed liveness probe, will be restarted");
	size_t before = asked();
	world_wait(&w, 6 * SECOND);
	assert_int_equal(asked(), before); /* it is on its way out */
}

static void the_others_wait_for_the_startup_probe_which_is_asked_no_more_then(void **state)
{
	(void)state;
	run(STARTUP "," READINESS);
	assert_false(says("started"));
	struct effect *f = due_after(3 * SECOND);
	assert_string_equal(f->text, "startupProbe");
	assert_string_equal(js_str(f->body, "url"), "http://10.1.0.1:80/");
	answer(f, false);
	f = due_after(5 * SECOND);
	assert_string_equal(f->text, "startupProbe");
	answer(f, true);
	f = due_after(0);
	settle();
	assert_true(says("started") && !says("ready"));
	assert_string_equal(f->text, "readinessProbe");
	answer(f, true);
	f = due_after(5 * SECOND);
	assert_string_equal(f->text, "readinessProbe");
	answer(f, true);
	assert_true(says("ready"));
}

static void a_later_life_goes_on_where_the_status_is_and_spreads_its_questions(void **state)
{
	(void)state;
	run(READINESS "," LIVENESS);
	for (int i = 0; i < 4; i++) {
		answer(due_after(i % 2 ? 0 : i ? 5 * SECOND : 3 * SECOND), true);
	}
	assert_true(says("ready"));
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_true(says("ready"));
	size_t before = asked();
	world_wait(&w, 5 * SECOND);
	assert_int_equal(asked(), before + 2);
}

static void an_answer_about_a_former_run_says_nothing_of_the_present_one(void **state)
{
	(void)state;
	run(LIVENESS);
	struct effect *f = due_after(3 * SECOND);
	world_update(&w, world_task("web", "app", 0), "a1", TASK_FAILED, "Command exited with status 1");
	world_good_day(&w);
	world_offer(&w, "again", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	answer(f, false);
	assert_null(world_said(&w, "web", "Unhealthy"));
	assert_string_equal(due_after(3 * SECOND)->task_id, world_task("web", "app", 1));
}

static void nobody_is_asked_while_its_pod_is_deleted(void **state)
{
	(void)state;
	run(LIVENESS);
	struct effect *f = due_after(3 * SECOND);
	world_delete(&w, "web", 30);
	world_good_day(&w);
	size_t kills = world_count(&w, EFFECT_KILL);
	answer(f, false);
	world_wait(&w, 20 * SECOND);
	assert_int_equal(asked(), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), kills);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_probe_is_asked_after_its_delay_and_once_in_a_period),
	    WORLD_TEST(it_is_ready_and_unready_when_the_answers_came_often_enough_in_a_row),
	    WORLD_TEST(who_fails_liveness_often_enough_is_ended_with_the_probes_grace),
	    WORLD_TEST(the_others_wait_for_the_startup_probe_which_is_asked_no_more_then),
	    WORLD_TEST(a_later_life_goes_on_where_the_status_is_and_spreads_its_questions),
	    WORLD_TEST(an_answer_about_a_former_run_says_nothing_of_the_present_one),
	    WORLD_TEST(nobody_is_asked_while_its_pod_is_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
