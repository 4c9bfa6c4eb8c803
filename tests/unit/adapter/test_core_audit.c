#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define EVERY_MS 300000
#define AT_MOST_MS (EVERY_MS + EVERY_MS / 5)
#define AT_LEAST_MS (EVERY_MS - EVERY_MS / 5)
#define ANSWERS_MS 60000

static void begin(void)
{
	w.cfg.audit_every_ms = EVERY_MS;
	world_restart(&w);
	world_begin(&w);
	world_skip(&w);
}

static size_t questions_for_everything(void)
{
	size_t n = 0;
	for (size_t i = 0; i < w.out.n; i++) {
		n += w.out.items[i]->type == EFFECT_RECONCILE && w.out.items[i]->n_ids == 0;
	}
	return n;
}

/* Time goes on until the master is asked for everything. Returns what passed. */
static int64_t until_asked(void)
{
	size_t before = questions_for_everything();
	int64_t began = w.now;
	while (questions_for_everything() == before) {
		assert_true(w.now - began <= AT_MOST_MS + ANSWERS_MS);
		world_wait(&w, 1000);
	}
	return w.now - began;
}

static void after_answers(void)
{
	world_good_day(&w);
	world_wait(&w, ANSWERS_MS);
}

static void answer_all(void)
{
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_RUNNING);
	world_answer(&w, world_task("web", "_pause", 0), "a1", TASK_RUNNING);
}

static void the_master_is_asked_for_everything_now_and_then_and_not_at_the_same_times(void **state)
{
	(void)state;
	begin();
	int64_t first = until_asked();
	after_answers();
	int64_t second = until_asked();
	after_answers();
	int64_t third = until_asked();
	assert_in_range(first, AT_LEAST_MS, AT_MOST_MS + 1000);
	assert_in_range(second, AT_LEAST_MS, AT_MOST_MS + 1000);
	assert_in_range(third, AT_LEAST_MS, AT_MOST_MS + 1000);
	assert_true(first != second || second != third);
	assert_int_equal(core_count(w.core).found.audits, 2);
}

static void an_audit_that_finds_nothing_changes_nothing(void **state)
{
	(void)state;
	begin();
	world_running(&w, "web", "", "");
	world_good_day(&w);
	until_asked();
	world_good_day(&w);
	answer_all();
	after_answers();
	world_nothing(&w);
	assert_int_equal(core_count(w.core).found.audits, 1);
	assert_int_equal(core_count(w.core).found.missing, 0);
	assert_int_equal(core_count(w.core).found.news, 0);
}

static void a_task_that_the_master_does_not_name_is_asked_for_and_its_end_stored(void **state)
{
	(void)state;
	begin();
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_good_day(&w);
	const char *task = world_task("web", "app", 0);
	until_asked();
	world_skip(&w);
	world_wait(&w, ANSWERS_MS);
	assert_int_equal(core_count(w.core).found.missing, 1);
	assert_non_null(world_said(&w, NULL, "the master did not name a task that should live: asking"));
	assert_true(effect_has_id(world_take(&w, EFFECT_RECONCILE), task));
	world_answer(&w, task, "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_string_equal(js_str_at(world_container(&w, "web", "app"), "state", "terminated", "reason", NULL),
			    "ContainerStatusUnknown");
	assert_non_null(js_str_at(world_container(&w, "web", "app"), "state", "terminated", "message", NULL));
}

static void an_end_that_no_update_told_is_counted(void **state)
{
	(void)state;
	begin();
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_good_day(&w);
	until_asked();
	world_good_day(&w);
	world_answer(&w, world_task("web", "app", 0), "a1", TASK_FAILED);
	after_answers();
	world_update(&w, world_task("web", "app", 0), "a1", TASK_FAILED, "Command exited with status 3");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
	assert_int_equal(core_count(w.core).found.news, 1);
	assert_int_equal(core_count(w.core).found.missing, 0);
}

static void what_is_unreachable_or_launched_meanwhile_is_not_missed(void **state)
{
	(void)state;
	begin();
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_good_day(&w);
	world_update(&w, world_task("web", "app", 0), "a1", TASK_UNREACHABLE, NULL);
	world_good_day(&w);
	until_asked();
	world_running(&w, "late", "", "'restartPolicy':'Never'");
	after_answers();
	assert_int_equal(core_count(w.core).found.missing, 0);
}

static void a_session_that_ends_takes_its_audit_with_it(void **state)
{
	(void)state;
	begin();
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	world_good_day(&w);
	until_asked();
	world_good_day(&w);
	world_disconnected(&w);
	world_wait(&w, 2 * AT_MOST_MS);
	assert_int_equal(core_count(w.core).found.audits, 0);
	size_t asked = world_count(&w, EFFECT_RECONCILE);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	answer_all();
	assert_true(world_count(&w, EFFECT_RECONCILE) > asked);
	assert_in_range(until_asked(), AT_LEAST_MS, AT_MOST_MS + 1000);
}

static void the_watch_knows(const char *const *uids, size_t n)
{
	struct core_event known = {.type = CORE_PODS_KNOWN, .uids = uids, .n_uids = n};
	world_event(&w, &known);
}

static void a_pod_that_the_watch_does_not_know_is_gone_and_its_tasks_are_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_running(&w, "other", "", "");
	world_good_day(&w);
	the_watch_knows((const char *const[]){"uid-web", "uid-other"}, 2);
	world_nothing(&w);
	the_watch_knows((const char *const[]){"uid-other"}, 1);
	assert_non_null(world_said(&w, "web", "the watch does not know a pod that should exist: it is gone"));
	assert_int_equal(core_count(w.core).found.vanished_pods, 1);
	assert_string_equal(world_take(&w, EFFECT_KILL)->name, "web");
	world_skip(&w);
	the_watch_knows((const char *const[]){"uid-other"}, 1); /* it is on its way out, and no news */
	assert_int_equal(core_count(w.core).found.vanished_pods, 1);
	assert_int_equal(core_count(w.core).found.unseen_pods, 0);
}

static void a_pod_that_only_the_watch_knows_is_shown_again(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_good_day(&w);
	the_watch_knows((const char *const[]){"uid-one", "uid-web", "uid-two"}, 3);
	const struct effect *f = world_take(&w, EFFECT_SHOW_PODS);
	assert_int_equal(f->n_ids, 2);
	assert_true(effect_has_id(f, "uid-one") && effect_has_id(f, "uid-two"));
	assert_int_equal(core_count(w.core).found.unseen_pods, 2);
	world_nothing(&w);
}

static void an_audit_compares_the_pods(void **state)
{
	(void)state;
	begin();
	until_asked();
	assert_int_equal(world_count(&w, EFFECT_COMPARE_PODS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(the_master_is_asked_for_everything_now_and_then_and_not_at_the_same_times),
	    WORLD_TEST(an_audit_that_finds_nothing_changes_nothing),
	    WORLD_TEST(a_task_that_the_master_does_not_name_is_asked_for_and_its_end_stored),
	    WORLD_TEST(an_end_that_no_update_told_is_counted),
	    WORLD_TEST(what_is_unreachable_or_launched_meanwhile_is_not_missed),
	    WORLD_TEST(a_session_that_ends_takes_its_audit_with_it),
	    WORLD_TEST(an_audit_compares_the_pods),
	    WORLD_TEST(a_pod_that_the_watch_does_not_know_is_gone_and_its_tasks_are_killed),
	    WORLD_TEST(a_pod_that_only_the_watch_knows_is_shown_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
