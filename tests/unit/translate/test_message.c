/* Termination messages: where the file is, what is read after which end, and what of it is told. */
#include "translate/message.h"

#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "translate/need.h"
#include "translate/plan.h"

static struct kube_pod *pod_with(const char *container, const char *volumes)
{
	struct err e = {0};
	CLEANUP_FREE char *spec =
	    xasprintf("'volumes':[%s],'containers':[{'name':'app','image':'i','command':['x']%s%s}]", volumes,
		      *container ? "," : "", container);
	struct kube_pod *pod = sample_spec(spec, &e);
	if (!pod) {
		fail_msg("%s: %s", container, e.text);
	}
	return pod;
}

#define EMPTY "{'name':'e','emptyDir':{}}"
#define AGENTS "{'name':'h','hostPath':{'path':'/dev'}}"
#define FILE_AT(path)                                                                                                  \
	"[{'mode':'RO','container_path':'termination-log','source':{'type':'SANDBOX_PATH','sandbox_path':"             \
	"{'type':'PARENT','path':'stdout'}}},"                                                                         \
	"{'mode':'RW','container_path':'" path "','source':{'type':'SANDBOX_PATH','sandbox_path':"                     \
	"{'type':'SELF','path':'termination-log'}}}]"

static void a_file_of_the_sandbox_is_mounted_where_the_message_is_to_be(void **state)
{
	(void)state;
	static const struct {
		const char *container, *volumes, *expected;
	} rows[] = {
	    {"", "", "[]"},
	    {"'terminationMessagePath':''", "", "[]"},
	    {"'terminationMessagePath':'/dev/termination-log'", "", FILE_AT("/dev/termination-log")},
	    {"'terminationMessagePath':'/dev//./termination-log'", "", FILE_AT("/dev/termination-log")},
	    {"'terminationMessagePath':'/a/b','terminationMessagePolicy':'FallbackToLogsOnError'", "", FILE_AT("/a/b")},
	    {"'terminationMessagePath':'/data2','volumeMounts':[{'name':'e','mountPath':'/data'}]", EMPTY,
	     FILE_AT("/data2")},
	    /* It stands in every pod, so it is no reason to refuse one. */
	    {"'terminationMessagePath':'/dev/termination-log','volumeMounts':[{'name':'h','mountPath':'/dev'}]", AGENTS,
	     "[]"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		struct kube_pod *pod = pod_with(rows[i].container, rows[i].volumes);
		CLEANUP_JSON json_t *expected = sample_json(rows[i].expected), *made = json_array();
		translate_config_init(&config);
		if (pod_need_make(pod, &config, &need, &e)) {
			fail_msg("%s: %s", rows[i].container, e.text);
		}
		message_put(&pod->containers[0], made);
		if (!json_equal(expected, made)) {
			CLEANUP_FREE char *text = js_text(made);
			fail_msg("%s: %s", rows[i].container, text);
		}
		kube_pod_free(pod);
	}
}

static void a_path_of_ones_own_that_a_volume_hides_is_refused(void **state)
{
	(void)state;
	static const char *const paths[] = {"/data", "/data/log", "/data/in/log", "/var/run/x/log"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct translate_config config;
		struct pod_need need;
		struct err e = {0};
		CLEANUP_FREE char *container =
		    xasprintf("'terminationMessagePath':'%s','volumeMounts':[{'name':'e','mountPath':'/data/in'},"
			      "{'name':'e','mountPath':'/data'},{'name':'e','mountPath':'/run/x'}]",
			      paths[i]);
		struct kube_pod *pod = pod_with(container, EMPTY);
		translate_config_init(&config);
		assert_int_equal(pod_need_make(pod, &config, &need, &e), -1);
		if (e.code != ERR_UNSUPPORTED || !strstr(e.text, "spec.containers[app].terminationMessagePath: ")) {
			fail_msg("%s: %s", paths[i], e.text);
		}
		kube_pod_free(pod);
	}
}

static void the_log_is_looked_at_only_after_an_error_and_if_it_is_asked_for(void **state)
{
	(void)state;
	static char id[] = "mesos://a.b";
	static const struct {
		const char *container;
		struct run run;
		bool file, log;
	} rows[] = {
	    {"'terminationMessagePath':'/l'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "Completed"},
	     true,
	     false},
	    {"'terminationMessagePath':'/l'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "Error", .exit_code = 1},
	     true,
	     false},
	    {"'terminationMessagePath':'/l','terminationMessagePolicy':'FallbackToLogsOnError'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "Completed"},
	     true,
	     false},
	    {"'terminationMessagePath':'/l','terminationMessagePolicy':'FallbackToLogsOnError'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "OOMKilled", .exit_code = 137},
	     true,
	     true},
	    {"'terminationMessagePolicy':'FallbackToLogsOnError'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "Error", .exit_code = 1},
	     false,
	     true},
	    {"'terminationMessagePath':'/l','terminationMessagePolicy':'FallbackToLogsOnError'",
	     {.state = RUN_ENDED, .container_id = id, .reason = "ErrImagePull", .exit_code = 128},
	     false,
	     false},
	    {"'terminationMessagePath':'/l','terminationMessagePolicy':'FallbackToLogsOnError'",
	     {.state = RUN_ENDED, .reason = "Error", .exit_code = 1},
	     false,
	     false},
	    {"'terminationMessagePath':'/l'",
	     {.state = RUN_LOST, .container_id = id, .reason = "ContainerStatusUnknown", .exit_code = 137},
	     false,
	     false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kube_pod *pod = pod_with(rows[i].container, "");
		struct message_sources s = message_sources(&pod->containers[0], &rows[i].run);
		if (s.file != rows[i].file || s.log != rows[i].log) {
			fail_msg("row %zu: file %d, log %d", i, s.file, s.log);
		}
		kube_pod_free(pod);
	}
}

static void of_a_log_the_last_lines_and_no_more_than_so_many_bytes_are_told(void **state)
{
	(void)state;
	char many[4 * 200 + 1] = "", expected[4 * MESSAGE_LOG_LINES_MAX + 1] = "", wide[MESSAGE_LOG_MAX + 10];
	for (size_t i = 0; i < 200; i++) {
		snprintf(many + 4 * i, 5, "%03zu\n", i);
	}
	memcpy(expected, many + 4 * (200 - MESSAGE_LOG_LINES_MAX), 4 * MESSAGE_LOG_LINES_MAX);
	memset(wide, 'x', sizeof(wide));
	CLEANUP_FREE char *lines = message_of_log(many, strlen(many), "", 0);
	assert_string_equal(lines, expected);
	CLEANUP_FREE char *bytes = message_of_log(wide, MESSAGE_LOG_MAX, "end", 3);
	assert_int_equal(strlen(bytes), MESSAGE_LOG_MAX);
	assert_string_equal(bytes + MESSAGE_LOG_MAX - 4, "xend");
	CLEANUP_FREE char *both = message_of_log("out\n", 4, "err\0\n", 5);
	assert_string_equal(both, "out\nerr?\n");
	CLEANUP_FREE char *none = message_of_log(NULL, 0, NULL, 0);
	assert_string_equal(none, "");
}

#define LAUNCHER                                                                                                       \
	"Preparing rootfs at '/var/lib/mesos/provisioner/containers/x/rootfses/y'\nMarked '/' as rslave\n"             \
	"Executing pre-exec command '{}'\nChanging root to /var/lib/mesos/provisioner/containers/x/rootfses/y\n"

static void what_the_agents_launcher_wrote_is_none_of_the_containers_words(void **state)
{
	(void)state;
	static const struct {
		const char *err, *told;
	} rows[] = {{LAUNCHER, ""},
		    {LAUNCHER "boom\n", "boom\n"},
		    {LAUNCHER "Overwriting environment variable 'PATH'\nFailed to execute 'x': No such file\n",
		     "Failed to execute 'x': No such file\n"},
		    {"boom\nMarked '/' as rslave\n", "boom\nMarked '/' as rslave\n"},
		    {"Marked '/' as rslave", "Marked '/' as rslave"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *told = message_of_log("", 0, rows[i].err, strlen(rows[i].err));
		assert_string_equal(told, rows[i].told);
	}
	char cut[MESSAGE_LOG_MAX];
	memset(cut, 'x', sizeof(cut));
	memcpy(cut + 100, "\n" LAUNCHER, strlen("\n" LAUNCHER));
	CLEANUP_FREE char *told = message_of_log("", 0, cut, sizeof(cut));
	assert_int_equal(strlen(told), MESSAGE_LOG_MAX - 100 - strlen("\n" LAUNCHER));
}

static void a_message_follows_what_mesos_said_and_takes_its_containers_part(void **state)
{
	(void)state;
	static const struct {
		const char *before, *message, *after;
	} rows[] = {{NULL, "bye", "bye"},
		    {"Memory limit exceeded", "bye", "Memory limit exceeded: bye"},
		    {"Memory limit exceeded", "", "Memory limit exceeded"},
		    {NULL, "", NULL}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run run = {.message = xstrdup(rows[i].before)};
		message_add(&run, rows[i].message, 3);
		assert_true(rows[i].after ? strcmp(run.message, rows[i].after) == 0 : !run.message);
		run_done(&run);
	}
	struct run run = {0};
	char wide[MESSAGE_FILE_MAX + 1];
	memset(wide, 'x', MESSAGE_FILE_MAX);
	wide[MESSAGE_FILE_MAX] = 0;
	message_add(&run, wide, 4);
	assert_int_equal(strlen(run.message), MESSAGE_POD_MAX / 4);
	run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_of_the_sandbox_is_mounted_where_the_message_is_to_be),
	    cmocka_unit_test(a_path_of_ones_own_that_a_volume_hides_is_refused),
	    cmocka_unit_test(the_log_is_looked_at_only_after_an_error_and_if_it_is_asked_for),
	    cmocka_unit_test(of_a_log_the_last_lines_and_no_more_than_so_many_bytes_are_told),
	    cmocka_unit_test(what_the_agents_launcher_wrote_is_none_of_the_containers_words),
	    cmocka_unit_test(a_message_follows_what_mesos_said_and_takes_its_containers_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
