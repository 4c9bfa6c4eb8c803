/* Files of running containers follow what they are made of. */
#include "tests/unit/adapter/files_world.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define LOOK MINUTE /* at most between two */

/* "app" runs with its files. */
static void running(const char *files, const char *more)
{
	world_begin(&w);
	w.hooks_by_hand = true;
	CLEANUP_FREE char *spec = xasprintf("%s%s", files, more);
	world_app(&w, "web", MOUNTS, spec);
	offer("o1");
	runs("web", "_pause", 0);
	write_ends(ERR_NONE);
	offer("o2");
	runs("web", "app", 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static size_t fetches(const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < w.fetched.n; i++) {
		n += strncmp(w.fetched.items[i]->name, name, strlen(name)) == 0;
	}
	return n;
}

static bool last_write_has(const char *text)
{
	return archive_has(world_last(&w, EFFECT_WRITE_FILES), text);
}

static void good_time(int64_t ms)
{
	world_wait(&w, ms);
	world_good_day(&w);
}

static void what_changes_reaches_a_running_container_within_a_minute(void **state)
{
	(void)state;
	settings("one");
	running(FILES, "");
	size_t launches = world_count(&w, EFFECT_ACCEPT);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 1);
	settings("two");
	good_time(LOOK);
	assert_int_equal(writes(), 2);
	assert_true(last_write_has("two"));
	good_time(10 * MINUTE); /* it is still under way */
	assert_int_equal(writes(), 2);
	write_ends(ERR_NONE);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 2);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), launches);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void it_is_read_at_most_twice_a_minute_and_let_go_in_between(void **state)
{
	(void)state;
	settings("one");
	running(FILES, "");
	size_t before = fetches("settings");
	good_time(10 * MINUTE);
	assert_in_range(fetches("settings") - before, 9, 20);
	world_delete(&w, "web", 30);
	world_good_day(&w);
	before = fetches("settings");
	good_time(10 * MINUTE);
	assert_int_equal(fetches("settings"), before);
}

static void what_cannot_change_is_not_read_again(void **state)
{
	(void)state;
	world_source(&w, "configmaps/settings", "{'immutable':true,'data':{'run':'one'}}");
	running(FILES, "");
	size_t before = fetches("settings");
	good_time(10 * MINUTE);
	assert_int_equal(fetches("settings"), before);
	assert_int_equal(writes(), 1);
}

static void labels_are_written_as_soon_as_they_change(void **state)
{
	(void)state;
	running("'volumes':[{'name':'c','downwardAPI':{'defaultMode':256,'items':[{'path':'labels','fieldRef':"
		"{'fieldPath':'metadata.labels'}}]}}]",
		"");
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 1);
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "labels", json_pack("{s:s}", "a", "new"));
	world_show(&w, "web");
	world_good_day(&w);
	assert_int_equal(writes(), 2);
	assert_true(last_write_has("a=\"new\""));
	write_ends(ERR_NONE);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 2);
}

#define TOKEN                                                                                                          \
	"'volumes':[{'name':'c','projected':{'defaultMode':256,'sources':[{'configMap':{'name':'settings'}},"          \
	"{'serviceAccountToken':{'path':'token','expirationSeconds':1000,'audience':'vault'}}]}}]"

/* 1,000 s after so many of the world. */
static void token(const char *text, const char *expires)
{
	CLEANUP_FREE char *object =
	    xasprintf("{'status':{'token':'%s','expirationTimestamp':'2023-11-14T%sZ'}}", text, expires);
	world_source(&w, "serviceaccounts/default/token", object);
}

static void a_token_is_renewed_at_four_fifths_of_its_life(void **state)
{
	(void)state;
	settings("one");
	token("first", "22:30:00"); /* the world began at 22:13:20 */
	running(TOKEN, "");
	assert_int_equal(fetches("default"), 2); /* for the pause, and for the container */
	token("second", "23:30:00");
	good_time(799 * SECOND);
	assert_int_equal(writes(), 1);
	assert_int_equal(fetches("default"), 2);
	good_time(LOOK + SECOND);
	assert_int_equal(writes(), 2);
	assert_true(last_write_has("second"));
	assert_int_equal(fetches("default"), 3);
	write_ends(ERR_NONE);
	good_time(30 * MINUTE);
	assert_int_equal(writes(), 2);
	settings("two"); /* what is written for another reason has a new one */
	token("third", "23:59:00");
	good_time(LOOK);
	assert_int_equal(writes(), 3);
	assert_true(last_write_has("third"));
}

static void what_is_there_no_more_leaves_what_stands_and_is_told_once(void **state)
{
	(void)state;
	settings("one");
	running(FILES, "");
	world_source(&w, "configmaps/settings", NULL);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 1);
	assert_int_equal(world_times_said(&w, "web", "FailedMount"), 1);
	assert_string_equal(world_said(&w, "web", "FailedMount"),
			    "MountVolume.SetUp failed for volume \"c\" : configmap \"settings\" not found");
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	settings("two");
	good_time(LOOK);
	assert_int_equal(writes(), 2);
}

static void a_write_that_fails_is_told_once_and_tried_again_within_a_minute(void **state)
{
	(void)state;
	settings("one");
	running(FILES, "");
	settings("two");
	good_time(LOOK);
	for (size_t i = 2; i < 5; i++) {
		assert_int_equal(writes(), i);
		write_ends(ERR_IO);
		good_time(LOOK);
	}
	assert_int_equal(writes(), 5);
	assert_int_equal(world_times_said(&w, "web", "FailedMount"), 1);
	assert_string_equal(world_phase(&w, "web"), "Running");
	settings("one"); /* what stands is not known */
	write_ends(ERR_IO);
	good_time(LOOK);
	assert_int_equal(writes(), 6);
	write_ends(ERR_NONE);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 6);
}

static void a_new_life_does_not_know_what_stands(void **state)
{
	(void)state;
	settings("one");
	running(FILES, "");
	settings("two"); /* while nobody looks */
	reborn();
	world_skip(&w);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	good_time(LOOK);
	assert_int_equal(writes(), 2);
	assert_true(last_write_has("two"));
	write_ends(ERR_NONE);
	good_time(10 * MINUTE);
	assert_int_equal(writes(), 2);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void so_many_pods_are_looked_at_at_a_time(void **state)
{
	char name[16];
	(void)state;
	world_begin(&w);
	settings("one");
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		world_app(&w, name, MOUNTS, FILES);
	}
	world_offer(&w, "o1", "a1", "cpus:80;mem:80000;disk:80000", "");
	world_good_day(&w);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		runs(name, "_pause", 0);
	}
	world_offer(&w, "o2", "a1", "cpus:80;mem:80000;disk:80000", "");
	world_good_day(&w);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		runs(name, "app", 0);
	}
	assert_int_equal(writes(), 40);
	w.hooks_by_hand = true;
	settings("two");
	good_time(2 * LOOK);
	assert_int_equal(writes(), 52); /* 12 are not answered */
	w.hooks_by_hand = false;
	for (size_t i = 0; i < w.out.n; i++) {
		if (w.out.items[i]->type == EFFECT_WRITE_FILES && archive_has(w.out.items[i], "two")) {
			world_result(&w, w.out.items[i], ERR_NONE);
		}
	}
	good_time(2 * LOOK);
	assert_int_equal(writes(), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(what_changes_reaches_a_running_container_within_a_minute),
	    WORLD_TEST(it_is_read_at_most_twice_a_minute_and_let_go_in_between),
	    WORLD_TEST(what_cannot_change_is_not_read_again),
	    WORLD_TEST(labels_are_written_as_soon_as_they_change),
	    WORLD_TEST(a_token_is_renewed_at_four_fifths_of_its_life),
	    WORLD_TEST(what_is_there_no_more_leaves_what_stands_and_is_told_once),
	    WORLD_TEST(a_write_that_fails_is_told_once_and_tried_again_within_a_minute),
	    WORLD_TEST(a_new_life_does_not_know_what_stands),
	    WORLD_TEST(so_many_pods_are_looked_at_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
