/* Images that an agent cannot get, and paths that it has not got: a kubelet tries again and again, whatever the restart
 * policy says. */
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/reborn.h"
#include "tests/unit/adapter/world_test.h"

#define WORDS "Failed to find archive for image 'busybox' at '/images/busybox.tar'"
#define SECOND 1000

static void offer_again(void)
{
	static unsigned offers;
	CLEANUP_FREE char *id = xasprintf("offer-%u", ++offers);
	offer(id);
}

static void launched(const char *spec)
{
	world_begin(&w);
	world_app(&w, "web", "", spec);
	offer_again();
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void pause_runs(void)
{
	world_update(&w, "uid-web._pause.0", "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
}

static void not_pulled(int run)
{
	world_update(&w, world_task("web", "app", run), "a1", TASK_FAILED, WORDS);
	world_good_day(&w);
}

static const char *waiting(const char *member)
{
	return js_str_at(world_container(&w, "web", "app"), "state", "waiting", member, NULL);
}

/* How long until the next launch, if room is always offered? */
static int64_t pause_until_launch(void)
{
	int64_t began = w.now;
	size_t before = world_count(&w, EFFECT_ACCEPT);
	while (world_count(&w, EFFECT_ACCEPT) == before && w.now < began + 3600 * SECOND) {
		world_wait(&w, 500);
		if (core_count(w.core).waiting) {
			offer_again();
		}
	}
	return w.now - began;
}

static void a_pod_that_never_restarts_waits_for_its_image(void **state)
{
	(void)state;
	launched("'restartPolicy':'Never'");
	not_pulled(0);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(waiting("reason"), "ImagePullBackOff");
	assert_string_equal(waiting("message"), "Back-off pulling image \"busybox\": ErrImagePull: " WORDS);
	assert_string_equal(world_said(&w, "web", "Failed"), "Failed to pull image \"busybox\": " WORDS);
	assert_int_equal(pause_until_launch(), 10 * SECOND);
	world_update(&w, "uid-web.app.1", "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	world_update(&w, "uid-web.app.1", "a1", TASK_FINISHED, "Command exited with status 0");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Succeeded");
}

static void it_waits_longer_and_longer(void **state)
{
	(void)state;
	static const int64_t seconds[] = {10, 20, 40, 80, 160, 300, 300};
	launched("");
	pause_runs();
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		not_pulled((int)i);
		assert_string_equal(world_phase(&w, "web"), "Pending");
		assert_int_equal(pause_until_launch(), seconds[i] * SECOND);
	}
	assert_null(world_said(&w, "web", "BackOff"));
}

static void an_init_container_that_cannot_be_pulled_does_not_fail_its_pod(void **state)
{
	(void)state;
	launched("'restartPolicy':'Never','initContainers':[{'name':'first','image':'busybox'}]");
	pause_runs();
	world_update(&w, "uid-web.first.0", "a1", TASK_FAILED, WORDS);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_int_equal(pause_until_launch(), 10 * SECOND);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.first.1");
}

static void the_next_life_goes_on_waiting(void **state)
{
	(void)state;
	launched("'restartPolicy':'Never'");
	not_pulled(0);
	reborn();
	world_good_day(&w);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(waiting("reason"), "ImagePullBackOff");
	assert_in_range(pause_until_launch(), 1, 10 * SECOND);
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_string_equal(accepted_task(accept, json_array_size(accept->body) - 1), "uid-web.app.1");
}

static void what_ran_before_is_remembered(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	world_update(&w, "uid-web.app.0", "a1", TASK_FAILED, "Command exited with status 7");
	world_good_day(&w);
	offer_again();
	not_pulled(1);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(waiting("reason"), "ImagePullBackOff");
	assert_int_equal(js_int(world_container(&w, "web", "app"), "restartCount", -1), 1);
}

#define NO_PATH "Path '/data/models/.' in HOST_PATH volume does not exist"
#define MODELS "'volumeMounts':[{'name':'m','mountPath':'/m'},{'name':'d','mountPath':'/d'}]"
#define PATHS                                                                                                          \
	"'volumes':[{'name':'d','hostPath':{'path':'/data'}},"                                                         \
	"{'name':'m','hostPath':{'path':'/data/models','type':'Directory'}}]"

static void not_mounted(int run)
{
	world_update(&w, world_task("web", "app", run), "a1", TASK_FAILED, NO_PATH);
	world_good_day(&w);
}

static void a_pod_that_never_restarts_waits_for_a_path_of_its_agent(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", MODELS, "'restartPolicy':'Never'," PATHS);
	offer_again();
	not_mounted(0);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(waiting("reason"), "ContainerCreating");
	assert_string_equal(waiting("message"), NO_PATH);
	assert_string_equal(world_said(&w, "web", "FailedMount"),
			    "MountVolume.SetUp failed for volume \"m\" : " NO_PATH);
	assert_int_equal(pause_until_launch(), 10 * SECOND);
	not_mounted(1);
	assert_int_equal(pause_until_launch(), 20 * SECOND);
	world_update(&w, "uid-web.app.2", "a1", TASK_RUNNING, NULL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void the_next_life_goes_on_waiting_for_the_path(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", MODELS, "'restartPolicy':'OnFailure'," PATHS);
	offer_again();
	pause_runs();
	not_mounted(0);
	reborn();
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web.app.1", "a1", TASK_GONE);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Pending");
	assert_string_equal(waiting("reason"), "ContainerCreating");
	assert_in_range(pause_until_launch(), 1, 10 * SECOND);
	assert_string_equal(accepted_task(world_last(&w, EFFECT_ACCEPT), 0), "uid-web.app.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_that_never_restarts_waits_for_its_image),
	    WORLD_TEST(it_waits_longer_and_longer),
	    WORLD_TEST(an_init_container_that_cannot_be_pulled_does_not_fail_its_pod),
	    WORLD_TEST(the_next_life_goes_on_waiting),
	    WORLD_TEST(what_ran_before_is_remembered),
	    WORLD_TEST(a_pod_that_never_restarts_waits_for_a_path_of_its_agent),
	    WORLD_TEST(the_next_life_goes_on_waiting_for_the_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
