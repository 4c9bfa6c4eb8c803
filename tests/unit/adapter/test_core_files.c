/* Files that are written beside the pause: before what mounts them is launched, and again when that is due. */
#include "tests/unit/adapter/files_world.h"

static const char *waits(const char *pod, const char *member)
{
	return js_str_at(world_container(&w, pod, "app"), "state", "waiting", member, NULL);
}

static void the_pause_is_launched_then_files_are_written_then_the_container_is_launched(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	settings("one");
	world_app(&w, "web", MOUNTS, FILES ",'restartPolicy':'Never'");
	offer("o1");
	assert_int_equal(launched("uid-web._pause.0"), 1);
	assert_int_equal(launched("uid-web.app.0"), 0);
	assert_int_equal(writes(), 0);
	runs("web", "_pause", 0);
	assert_int_equal(writes(), 1);
	const struct effect *f = world_last(&w, EFFECT_WRITE_FILES);
	assert_string_equal(f->task_id, "uid-web._pause.0");
	assert_string_equal(f->agent_id, "a1");
	assert_true(archive_has(f, "/run"));
	assert_true(archive_has(f, "one"));
	offer("o2");
	assert_int_equal(launched("uid-web.app.0"), 0);
	assert_string_equal(waits("web", "reason"), "ContainerCreating");
	write_ends(ERR_NONE);
	offer("o3");
	assert_int_equal(launched("uid-web.app.0"), 1);
	runs("web", "app", 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(writes(), 1);
}

static void a_write_that_fails_is_told_and_tried_again(void **state)
{
	(void)state;
	begin(WITH("app"));
	write_ends(ERR_IO);
	assert_string_equal(waits("web", "reason"), "ContainerCreating");
	assert_string_equal(world_said(&w, "web", "FailedMount"),
			    "MountVolume.SetUp failed for volume \"c\" : as the test wants it");
	assert_string_equal(waits("web", "message"), world_said(&w, "web", "FailedMount"));
	for (size_t i = 0; i < 3; i++) { /* 1, 2, 4 s */
		assert_int_equal(writes(), i + 1);
		world_wait(&w, (1000 << i) - 1);
		assert_int_equal(writes(), i + 1);
		world_wait(&w, 1);
		write_ends(ERR_IO);
	}
	assert_int_equal(world_times_said(&w, "web", "FailedMount"), 1);
	world_wait(&w, 8000);
	write_ends(ERR_NONE);
	assert_null(waits("web", "message"));
	offer("o2");
	assert_int_equal(launched("uid-web.app.0"), 1);
}

static void a_container_without_such_files_begins_with_the_pause(void **state)
{
	(void)state;
	begin(PLAIN "," WITH("app"));
	assert_int_equal(launched("uid-web.plain.0"), 1);
	assert_int_equal(launched("uid-web.app.0"), 0);
	runs("web", "plain", 0);
	write_ends(ERR_NONE);
	offer("o2");
	assert_int_equal(launched("uid-web.app.0"), 1);
}

/* Of a pod with a pause and nothing else. */
static void next_life(void)
{
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
}

static void a_new_life_writes_again_before_it_launches_anything(void **state)
{
	(void)state;
	begin(WITH("app"));
	next_life(); /* while it is written */
	offer("o2");
	assert_int_equal(writes(), 2);
	assert_int_equal(launched("uid-web.app.0"), 0);
	write_ends(ERR_NONE);
	next_life(); /* when it is written, and nothing launched */
	offer("o3");
	assert_int_equal(writes(), 3);
	assert_int_equal(launched("uid-web.app.0"), 0);
	write_ends(ERR_NONE);
	offer("o4");
	assert_int_equal(launched("uid-web.app.0"), 1);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void a_restart_gets_what_is_there_then(void **state)
{
	(void)state;
	begin(WITH("app"));
	write_ends(ERR_NONE);
	offer("o2");
	runs("web", "app", 0);
	ends("app", 0, "Command exited with status 1");
	offer("o3");
	assert_int_equal(writes(), 1); /* it stands */
	assert_int_equal(launched("uid-web.app.1"), 1);
	runs("web", "app", 1);
	settings("two");
	ends("app", 1, "Command exited with status 1");
	world_wait(&w, 10000);
	offer("o4");
	assert_int_equal(writes(), 2);
	assert_true(archive_has(world_last(&w, EFFECT_WRITE_FILES), "two"));
	assert_int_equal(launched("uid-web.app.2"), 0);
	write_ends(ERR_NONE);
	offer("o5");
	assert_int_equal(launched("uid-web.app.2"), 1);
}

static void beside_another_pause_they_are_written_again(void **state)
{
	(void)state;
	begin(WITH("app"));
	write_ends(ERR_NONE);
	ends("_pause", 0, "Command terminated with signal Killed");
	offer("o2");
	assert_int_equal(launched("uid-web._pause.1"), 1);
	assert_int_equal(launched("uid-web.app.0"), 0);
	runs("web", "_pause", 1);
	assert_int_equal(writes(), 2);
	assert_string_equal(world_last(&w, EFFECT_WRITE_FILES)->task_id, "uid-web._pause.1");
}

static void what_was_written_beside_a_pause_that_is_over_counts_for_nothing(void **state)
{
	(void)state;
	begin(WITH("app"));
	const struct effect *late = world_last(&w, EFFECT_WRITE_FILES);
	ends("_pause", 0, "Command terminated with signal Killed");
	offer("o2");
	runs("web", "_pause", 1);
	world_result(&w, late, ERR_NONE);
	world_good_day(&w);
	offer("o3");
	assert_int_equal(launched("uid-web.app.0"), 0);
	write_ends(ERR_NONE);
	offer("o4");
	assert_int_equal(launched("uid-web.app.0"), 1);
}

static void a_pod_that_is_deleted_meanwhile_ends(void **state)
{
	(void)state;
	begin(WITH("app"));
	world_delete(&w, "web", 30);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web._pause.0");
	write_ends(ERR_IO);
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
}

#define EPHEMERAL(mounts) ",'ephemeralContainers':[{'name':'debug','image':'busybox'" mounts "}]"

static void an_ephemeral_container_waits_for_its_files_too(void **state)
{
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	settings("one");
	world_pod(&w, "web", FILES ",'containers':[" PLAIN "]" EPHEMERAL("," MOUNTS));
	offer("o1");
	runs("web", "_pause", 0);
	runs("web", "plain", 0);
	world_answer(&w, "uid-web.debug.0", "a1", TASK_GONE);
	offer("o2");
	assert_int_equal(writes(), 1);
	assert_int_equal(launched("uid-web.debug.0"), 0);
	write_ends(ERR_NONE);
	offer("o3");
	assert_int_equal(launched("uid-web.debug.0"), 1);
}

static void without_a_pause_an_ephemeral_container_with_such_files_is_refused(void **state)
{
	(void)state;
	world_begin(&w);
	settings("one");
	world_pod(&w, "web", FILES ",'restartPolicy':'Never','containers':[" PLAIN "]" EPHEMERAL("," MOUNTS));
	offer("o1");
	runs("web", "plain", 0);
	assert_non_null(strstr(world_said(&w, "web", "Unsupported"), "written beside a pause, and the pod has none"));
	assert_int_equal(writes(), 0);
}

static void so_many_pods_are_written_at_a_time_and_the_others_follow(void **state)
{
	char name[16];
	(void)state;
	world_begin(&w);
	w.hooks_by_hand = true;
	settings("one");
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		world_app(&w, name, MOUNTS, FILES);
	}
	world_offer(&w, "o1", "a1", "cpus:40;mem:40960;disk:40960", "");
	world_good_day(&w);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		runs(name, "_pause", 0);
	}
	assert_int_equal(writes(), 16);
	write_ends(ERR_NONE);
	assert_int_equal(writes(), 17);
	world_vanish(&w, "p17"); /* it waits for its turn */
	write_ends(ERR_IO);
	write_ends(ERR_NONE);
	write_ends(ERR_NONE);
	assert_int_equal(writes(), 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(the_pause_is_launched_then_files_are_written_then_the_container_is_launched),
	    WORLD_TEST(a_write_that_fails_is_told_and_tried_again),
	    WORLD_TEST(a_container_without_such_files_begins_with_the_pause),
	    WORLD_TEST(a_new_life_writes_again_before_it_launches_anything),
	    WORLD_TEST(a_restart_gets_what_is_there_then),
	    WORLD_TEST(beside_another_pause_they_are_written_again),
	    WORLD_TEST(what_was_written_beside_a_pause_that_is_over_counts_for_nothing),
	    WORLD_TEST(a_pod_that_is_deleted_meanwhile_ends),
	    WORLD_TEST(an_ephemeral_container_waits_for_its_files_too),
	    WORLD_TEST(without_a_pause_an_ephemeral_container_with_such_files_is_refused),
	    WORLD_TEST(so_many_pods_are_written_at_a_time_and_the_others_follow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
