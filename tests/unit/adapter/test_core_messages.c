/* The last words of containers: read when they end, waited for, kept with the status. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define SECOND 1000
#define FILE_AND_LOG                                                                                                   \
	"'terminationMessagePath':'/dev/termination-log','terminationMessagePolicy':'FallbackToLogsOnError'"

static const char *message(const char *name)
{
	json_t *state = world_container(&w, name, "app");
	const char *now = js_str_at(state, "state", "terminated", "message", NULL);
	return now ? now : js_str_at(state, "lastState", "terminated", "message", NULL);
}

static void read_it(const struct effect *f, const char *text)
{
	world_event(&w, &(struct core_event){.type = CORE_RESULT, .effect = f, .text = text});
}

static void end(const char *name, int status)
{
	CLEANUP_FREE char *text = xasprintf("Command exited with status %d", status);
	world_update(&w, world_task(name, "app", 0), "a1", status ? TASK_FAILED : TASK_FINISHED, text);
}

static void the_status_waits_for_the_last_words_and_has_them(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", FILE_AND_LOG, "'restartPolicy':'Never'");
	end("job", 3);
	struct effect *read = world_take(&w, EFFECT_READ_MESSAGE);
	assert_string_equal(read->agent_id, "a1");
	assert_string_equal(read->task_id, world_task("job", "app", 0));
	assert_string_equal(read->text, "mesos://c-1");
	assert_string_equal(read->ids[0], "termination-log");
	assert_int_equal(read->n_others, 2);
	assert_string_equal(read->others[0], "stdout");
	assert_string_equal(read->others[1], "stderr");
	world_nothing(&w); /* and the end is not acknowledged either */
	read_it(read, "it was the disk");
	world_good_day(&w);
	assert_string_equal(message("job"), "it was the disk");
	assert_string_equal(world_phase(&w, "job"), "Failed");
	assert_int_equal(core_count(w.core).unacknowledged, 0);
}

static void without_an_answer_the_end_is_told_all_the_same(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", FILE_AND_LOG, "'restartPolicy':'Never'");
	end("job", 3);
	struct effect *read = world_take(&w, EFFECT_READ_MESSAGE);
	world_wait(&w, 9 * SECOND);
	world_nothing(&w);
	world_wait(&w, 2 * SECOND);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "job"), "Failed");
	read_it(read, "too late");
	world_wait(&w, SECOND);
	assert_null(message("job"));
	world_nothing(&w);
}

static void an_agent_whose_files_cannot_be_read_delays_nobody_else(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "one", FILE_AND_LOG, "'restartPolicy':'Never'");
	world_running(&w, "two", FILE_AND_LOG, "'restartPolicy':'Never'");
	world_running(&w, "three", FILE_AND_LOG, "'restartPolicy':'Never'");
	end("one", 1);
	world_result(&w, world_take(&w, EFFECT_READ_MESSAGE), ERR_TIMEOUT);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "one"), "Failed");
	end("two", 1);
	assert_int_equal(world_count(&w, EFFECT_READ_MESSAGE), 1);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "two"), "Failed");
	world_wait(&w, 60 * SECOND);
	world_good_day(&w);
	end("three", 1);
	assert_int_equal(world_count(&w, EFFECT_READ_MESSAGE), 2);
}

static void nothing_is_read_that_is_not_wanted(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "none", "", "'restartPolicy':'Never'");
	world_running(&w, "well", "'terminationMessagePolicy':'FallbackToLogsOnError'", "'restartPolicy':'Never'");
	end("none", 1);
	end("well", 0);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_READ_MESSAGE), 0);
	assert_string_equal(world_phase(&w, "none"), "Failed");
	assert_string_equal(world_phase(&w, "well"), "Succeeded");
}

static void an_agent_whose_api_is_known_not_to_work_is_not_asked(void **state)
{
	(void)state;
	struct err refused = {.code = ERR_DENIED, .http_status = 403, .text = "no"};
	world_begin(&w);
	world_running(&w, "job", FILE_AND_LOG, "'restartPolicy':'Never'");
	world_event(&w, &(struct core_event){.type = CORE_AGENT_CHECKED, .text = "a1", .failure = &refused});
	world_good_day(&w);
	end("job", 1);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_READ_MESSAGE), 0);
	assert_string_equal(world_phase(&w, "job"), "Failed");
}

static void a_restart_keeps_the_words_of_the_run_before(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", FILE_AND_LOG, "");
	end("web", 1);
	read_it(world_take(&w, EFFECT_READ_MESSAGE), "it was the disk");
	world_good_day(&w);
	world_offer(&w, "again", "a1", "cpus:8;mem:8192;disk:10000", "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
	assert_string_equal(message("web"), "it was the disk");
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	world_answer(&w, world_task("web", "app", 1), "a1", TASK_RUNNING);
	world_update(&w, world_task("web", "app", 1), "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
	assert_string_equal(message("web"), "it was the disk");
}

static void where_an_agent_is_may_become_known_while_it_is_waited_for(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", FILE_AND_LOG, "'restartPolicy':'Never'");
	world_restart(&w);
	world_show(&w, "job");
	world_begin(&w);
	world_skip(&w);
	end("job", 1);
	assert_false(world_next_is(&w, EFFECT_READ_MESSAGE));
	world_wait(&w, 2 * SECOND);
	size_t patches = world_count(&w, EFFECT_PATCH_STATUS);
	world_offer(&w, "o", "a1", "cpus:1;mem:128;disk:1000", "");
	world_wait(&w, SECOND);
	assert_int_equal(world_count(&w, EFFECT_READ_MESSAGE), 1);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), patches);
	read_it(world_last(&w, EFFECT_READ_MESSAGE), "it was the disk");
	world_good_day(&w);
	assert_string_equal(message("job"), "it was the disk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(the_status_waits_for_the_last_words_and_has_them),
	    WORLD_TEST(without_an_answer_the_end_is_told_all_the_same),
	    WORLD_TEST(an_agent_whose_files_cannot_be_read_delays_nobody_else),
	    WORLD_TEST(nothing_is_read_that_is_not_wanted),
	    WORLD_TEST(an_agent_whose_api_is_known_not_to_work_is_not_asked),
	    WORLD_TEST(a_restart_keeps_the_words_of_the_run_before),
	    WORLD_TEST(where_an_agent_is_may_become_known_while_it_is_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
