/* Tasks that no pod explains. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/reborn.h"

static void tasks_that_no_pod_explains_are_quarantined_reported_and_then_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_answer(&w, "not an id of ours", "a9", TASK_RUNNING);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).orphans, 2);
	assert_int_equal(world_times_said(&w, NULL, "task that no pod explains is in quarantine"), 2);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	assert_int_equal(world_times_said(&w, NULL, "task that no pod explains is in quarantine"), 2);
	world_wait(&w, w.cfg.quarantine_ms - 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_wait(&w, 1);
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "someone-else.app.0");
	assert_string_equal(world_take(&w, EFFECT_KILL)->task_id, "not an id of ours");
	world_nothing(&w);
	world_update(&w, "someone-else.app.0", "a9", TASK_KILLED, NULL);
	world_take(&w, EFFECT_ACKNOWLEDGE);
	world_nothing(&w);
	assert_int_equal(core_count(w.core).orphans, 1);
}

static void a_task_whose_pod_comes_during_the_quarantine_is_not_killed(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_restart(&w);
	world_synced(&w); /* without the pod: as if the list were old */
	world_subscribed(&w, "fw");
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	assert_int_equal(core_count(w.core).orphans, 2);
	show_all();
	world_wait(&w, w.cfg.quarantine_ms);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void orphans_are_not_killed_while_the_session_is_down(void **state)
{
	(void)state;
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_disconnected(&w);
	world_wait(&w, w.cfg.quarantine_ms + 1000);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void with_the_policy_to_keep_orphans_are_told_of_and_never_killed(void **state)
{
	(void)state;
	w.cfg.keep_orphans = true;
	world_restart(&w);
	world_begin(&w);
	world_answer(&w, "someone-else.app.0", "a9", TASK_RUNNING);
	world_wait(&w, 5 * w.cfg.quarantine_ms);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(core_count(w.core).orphans, 1);
	assert_non_null(world_said(&w, NULL, "unexplained task is kept after its quarantine"));
	world_update(&w, "someone-else.app.0", "a9", TASK_FINISHED, NULL);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void an_orphan_is_an_event_on_the_node_of_its_agent_as_soon_as_that_is_known(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_good_day(&w);
	world_answer(&w, "someone-else.app.0", "a1", TASK_RUNNING);
	const struct effect *f = NULL;
	for (size_t i = 0; i < w.said.n; i++) {
		if (w.said.items[i]->type == EFFECT_EVENT &&
		    strcmp(js_str(w.said.items[i]->body, "reason"), "UnexplainedTask") == 0) {
			f = w.said.items[i];
		}
	}
	assert_non_null(f);
	assert_string_equal(f->ns, "default");
	assert_string_equal(js_str_at(f->body, "involvedObject", "kind", NULL), "Node");
	assert_string_equal(js_str(f->body, "message"),
			    "No pod explains task someone-else.app.0; after 3600 s it is killed");
	world_silence(&w);
	world_answer(&w, "another.app.0", "a9", TASK_RUNNING); /* of an agent that has no node yet */
	assert_int_equal(world_times_said(&w, NULL, "UnexplainedTask"), 0);
	world_offer(&w, "o9", "a9", "cpus:1;mem:64;disk:10", "");
	world_wait(&w, w.cfg.quarantine_ms);
	assert_int_equal(world_times_said(&w, NULL, "UnexplainedTask"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(tasks_that_no_pod_explains_are_quarantined_reported_and_then_killed),
	    WORLD_TEST(a_task_whose_pod_comes_during_the_quarantine_is_not_killed),
	    WORLD_TEST(orphans_are_not_killed_while_the_session_is_down),
	    WORLD_TEST(with_the_policy_to_keep_orphans_are_told_of_and_never_killed),
	    WORLD_TEST(an_orphan_is_an_event_on_the_node_of_its_agent_as_soon_as_that_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
