/* Containers with an image have a root of their own, in which volumes are mounted. */
#include <sys/stat.h>

#include "tests/unit/sandbox/runner_rig.h"

#define IMAGE "\"mesos\":{\"image\":{\"type\":\"DOCKER\",\"docker\":{\"name\":\"busybox\"}}}"
#define EMPTY(path, name)                                                                                              \
	"{\"mode\":\"RW\",\"container_path\":\"" path                                                                  \
	"\",\"source\":{\"type\":\"SANDBOX_PATH\",\"sandbox_path\":{\"type\":\"PARENT\",\"path\":\"" name "\"}}}"
#define READ_ONLY(path, name)                                                                                          \
	"{\"mode\":\"RO\",\"container_path\":\"" path                                                                  \
	"\",\"source\":{\"type\":\"SANDBOX_PATH\",\"sandbox_path\":{\"type\":\"PARENT\",\"path\":\"" name "\"}}}"
#define OWN(path, name)                                                                                                \
	"{\"mode\":\"RW\",\"container_path\":\"" path                                                                  \
	"\",\"source\":{\"type\":\"SANDBOX_PATH\",\"sandbox_path\":{\"type\":\"SELF\",\"path\":\"" name "\"}}}"
#define SECRET(path, data)                                                                                             \
	"{\"mode\":\"RO\",\"container_path\":\"" path                                                                  \
	"\",\"source\":{\"type\":\"SECRET\",\"secret\":{\"type\":\"VALUE\",\"value\":{\"data\":\"" data "\"}}}}"

#define NOT_HERE "This machine allows no mount namespace"

/* Runs the script with the volumes. `failure` is why it cannot be launched; NULL: it ends well. Skipped where no
 * namespace can be had, which the task has to say. */
static void run(const char *script, const char *volumes, const char *linux_info, const char *failure)
{
	struct runner_rig f;
	runner_rig_init(&f);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"%s\"},\"container\":{\"type\":\"MESOS\"," IMAGE ",\"volumes\":[%s]%s}",
		      script, volumes, linux_info);
	runner_rig_launch(&f, fields);
	json_t *event = client_expect(&f.k, "UPDATE");
	json_t *status = js_at(event, "update", "status", NULL);
	const char *why = js_str(status, "message") ?: "";
	bool refused = strstr(why, NOT_HERE) != NULL;
	client_acknowledge(&f.k, status);
	if (failure && !refused && !strstr(why, failure)) {
		fail_msg("\"%s\" was expected, not \"%s\"", failure, why);
	}
	assert_string_equal(js_str(status, "state"), failure || refused ? "TASK_FAILED" : "TASK_RUNNING");
	json_decref(event);
	if (!failure && !refused) {
		runner_rig_await(&f);
		client_update(&f.k, "t", "TASK_FINISHED", NULL);
	}
	runner_rig_done(&f);
	if (refused) {
		skip();
	}
}

static void mount_points_need_not_exist_on_the_machine(void **state)
{
	(void)state;
	run("echo x > /no-such-data/x && test \\\"$(cat /etc/no-such-config/deep/key)\\\" = secret && "
	    "test -s /etc/passwd && test -c /dev/null",
	    EMPTY("/no-such-data", "v") "," SECRET("/etc/no-such-config/deep/key", "c2VjcmV0"), "", NULL);
	assert_int_not_equal(access("/no-such-data", F_OK), 0);
	assert_int_not_equal(access("/etc/no-such-config", F_OK), 0);
}

static void what_is_read_only_cannot_be_written(void **state)
{
	(void)state;
	run("! echo x > /no-such/key && test \\\"$(stat -c %a /no-such/key)\\\" = 644 && ! touch /no-such-host/x",
	    SECRET("/no-such/key", "eA==") ",{\"mode\":\"RO\",\"container_path\":\"/no-such-host\",\"source\":{"
					   "\"type\":\"HOST_PATH\",\"host_path\":{\"path\":\"/tmp\"}}}",
	    "", NULL);
}

static void a_mount_hides_what_the_machine_has_there(void **state)
{
	(void)state;
	run("test -z \\\"$(ls -A /usr/local)\\\" && test -n \\\"$(ls -A /usr/bin)\\\"", EMPTY("/usr/local", "v"), "",
	    NULL);
}

static void a_symbolic_link_of_the_machine_is_followed(void **state)
{
	(void)state;
	run("test \\\"$(cat /run/no-such/key)\\\" = x && test \\\"$(cat /var/run/no-such/key)\\\" = x",
	    SECRET("/run/no-such/key", "eA==") "," SECRET("/var/run/no-such/key", "eA=="), "", NULL);
}

static void a_host_path_that_is_missing_fails_the_launch(void **state)
{
	(void)state;
	run("true",
	    "{\"mode\":\"RW\",\"container_path\":\"/no-such\",\"source\":{\"type\":\"HOST_PATH\",\"host_path\":{"
	    "\"path\":\"/no/such/directory\"}}}",
	    "", "Path '/no/such/directory' in HOST_PATH volume does not exist");
	/* With a dot at its end it has to be a directory. */
	run("true",
	    "{\"mode\":\"RW\",\"container_path\":\"/no-such\",\"source\":{\"type\":\"HOST_PATH\",\"host_path\":{"
	    "\"path\":\"/etc/passwd/.\"}}}",
	    "", "Path '/etc/passwd/.' in HOST_PATH volume does not exist");
}

static void a_mount_point_inside_a_volume_is_made_when_its_turn_comes_but_not_for_a_file_of_a_secret(void **state)
{
	(void)state;
	run("echo x > /no-such/inside/deep/x && test -d /no-such/inside && test -z \\\"$(ls "
	    "/no-such/inside/deep/inside)\\\"",
	    EMPTY("/no-such", "v") "," EMPTY("/no-such/inside/deep", "w") "," EMPTY("/no-such/inside/deep/inside", "u"),
	    "", NULL);
	run("true", SECRET("/no-such/key", "eA==") "," EMPTY("/no-such", "v"), "",
	    "Failed to make the mount '/no-such/key': No such file or directory");
	run("true", READ_ONLY("/no-such", "v") "," EMPTY("/no-such/inside", "w"), "",
	    "Failed to make the mount '/no-such/inside': Read-only file system");
}

static void a_secret_inside_a_volume_is_mounted_on_what_a_relative_one_left_in_the_tasks_own_directory(void **state)
{
	(void)state;
	run("test \\\"$(cat /no-such/way/to/key)\\\" = secret && touch /no-such/x /no-such/way/x",
	    EMPTY("/no-such", "v") "," OWN("/no-such/way", "mounts/0/way") "," SECRET(
		"mounts/0/way/to/key", "") "," SECRET("/no-such/way/to/key", "c2VjcmV0"),
	    "", NULL);
}

static void shared_memory_of_its_own_has_the_size_that_was_asked_for(void **state)
{
	(void)state;
	run("test \\\"$(df -k --output=size /dev/shm | tail -1)\\\" -eq 3072 && touch /dev/shm/x", "",
	    ",\"linux_info\":{\"ipc_mode\":\"PRIVATE\",\"shm_size\":3}", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mount_points_need_not_exist_on_the_machine),
	    cmocka_unit_test(what_is_read_only_cannot_be_written),
	    cmocka_unit_test(a_mount_hides_what_the_machine_has_there),
	    cmocka_unit_test(a_symbolic_link_of_the_machine_is_followed),
	    cmocka_unit_test(a_host_path_that_is_missing_fails_the_launch),
	    cmocka_unit_test(a_mount_point_inside_a_volume_is_made_when_its_turn_comes_but_not_for_a_file_of_a_secret),
	    cmocka_unit_test(
		a_secret_inside_a_volume_is_mounted_on_what_a_relative_one_left_in_the_tasks_own_directory),
	    cmocka_unit_test(shared_memory_of_its_own_has_the_size_that_was_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
