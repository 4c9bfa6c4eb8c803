#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/remote_spdy.h"
#include "tests/unit/kube/recorded.h"
#include "tests/unit/kube/scripted_process.h"
#include "tests/unit/unit.h"

#define DATA_MAX ((size_t)1 << 20)

struct rig {
	struct scripted_process process;
	struct remote_spdy *c;
	struct remote *remote;
	int woken;
	bool input_held;
};

static void on_wake(void *arg)
{
	((struct rig *)arg)->woken++;
}

static void on_hold_input(void *arg, bool hold)
{
	((struct rig *)arg)->input_held = hold;
}

static const struct remote_spdy_owner owner = {on_wake, on_hold_input};

static void rig_init(struct rig *rig, struct remote_wish wish)
{
	*rig = (struct rig){.process = {BUF_INIT(DATA_MAX)}};
	rig->c = remote_spdy_new(&wish, &scripted_process, &rig->process, &owner, rig);
	rig->remote = remote_spdy_remote(rig->c);
}

static void rig_done(struct rig *rig)
{
	remote_spdy_free(rig->c);
	buf_done(&rig->process.told);
}

static void feed(struct rig *rig, const char *name)
{
	size_t n;
	CLEANUP_FREE char *bytes = recorded(name, &n);
	assert_int_equal(remote_spdy_feed(rig->c, bytes, n, NULL), 0);
}

static void assert_sent(struct rig *rig, const char *expected)
{
	size_t n;
	const char *out = remote_spdy_pending(rig->c, &n);
	assert_non_null(memmem(out, n, expected, strlen(expected)));
}

static void a_recorded_exec_is_answered_as_a_real_kubelet_did(void **state)
{
	(void)state;
	struct rig rig;
	size_t n, wanted;
	CLEANUP_FREE char *answer = recorded("exec-stdin.s2c", &wanted);
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 4});
	feed(&rig, "exec-stdin.c2s");
	assert_string_equal(buf_str(&rig.process.told), "start\ninput hello stdin\n\ninput ends");
	remote_output(rig.remote, REMOTE_STDOUT, "hello stdin\n", 12);
	remote_exited(rig.remote, 0);
	const char *out = remote_spdy_pending(rig.c, &n);
	assert_int_equal(n, wanted);
	assert_memory_equal(out, answer, n);
	assert_true(remote_spdy_finished(rig.c) && rig.woken > 0);
	rig_done(&rig);
}

static void a_terminal_is_resized_and_has_no_error_stream(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .tty = true, .version = 4});
	feed(&rig, "k120-exec-tty.c2s");
	assert_string_equal(buf_str(&rig.process.told), "start\nresize 80x24\ninput stty size\n\nresize 120x40\nresize "
							"120x40\ninput stty size\n\ninput exit 7\n");
	remote_output(rig.remote, REMOTE_STDERR, "lost", 4);
	remote_exited(rig.remote, 7);
	assert_sent(&rig,
		    "{\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code: exit status "
		    "7\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\","
		    "\"message\":\"7\"}]}}");
	rig_done(&rig);
}

static void the_process_starts_only_when_every_stream_is_open(void **state)
{
	(void)state;
	struct rig rig;
	size_t n;
	CLEANUP_FREE char *bytes = recorded("exec-stdin.c2s", &n);
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 4});
	assert_int_equal(remote_spdy_feed(rig.c, bytes, 49 + 31 + 33, NULL), 0); /* all but stderr */
	assert_false(remote_started(rig.remote));
	assert_int_equal(remote_spdy_feed(rig.c, bytes + 113, n - 113, NULL), 0);
	assert_true(remote_started(rig.remote));
	rig_done(&rig);
}

static void a_stream_that_was_not_asked_for_is_refused(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.output = true, .version = 4});
	feed(&rig, "exec-stdin.c2s"); /* opens stdin and stderr too */
	assert_string_equal(buf_str(&rig.process.told), "start");
	size_t n;
	const char *out = remote_spdy_pending(rig.c, &n);
	assert_non_null(memmem(out, n, "\x80\3\0\3\0\0\0\x08\0\0\0\3\0\0\0\3", 16));
	rig_done(&rig);
}

static void older_versions_get_text_and_none_when_all_is_well(void **state)
{
	(void)state;
	for (int code = 0; code < 4; code += 3) {
		struct rig rig;
		rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 2});
		feed(&rig, "exec-stdin.c2s");
		remote_exited(rig.remote, code);
		size_t n;
		const char *out = remote_spdy_pending(rig.c, &n);
		bool text = memmem(out, n, "command terminated with non-zero exit code: exit status 3", 57) != NULL;
		assert_int_equal(text, code == 3);
		assert_null(memmem(out, n, "status\":", 8));
		rig_done(&rig);
	}
}

static void what_could_not_be_run_is_an_internal_error(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 4});
	feed(&rig, "exec-stdin.c2s");
	remote_failed(rig.remote, "error executing command in container: no such file");
	assert_sent(&rig, "{\"status\":\"Failure\",\"message\":\"Internal error occurred: error executing command in "
			  "container: no such file\",\"reason\":\"InternalError\",\"code\":500}");
	remote_exited(rig.remote, 0); /* too late: nothing more is said */
	rig_done(&rig);
}

static void a_client_that_reads_slowly_holds_the_process_and_no_memory(void **state)
{
	(void)state;
	static char chunk[64 << 10];
	struct rig rig;
	size_t n;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 4});
	feed(&rig, "exec-stdin.c2s");
	buf_clear(&rig.process.told);
	while (!rig.process.told.len) {
		remote_output(rig.remote, REMOTE_STDOUT, chunk, sizeof(chunk));
	}
	assert_string_equal(buf_str(&rig.process.told), "hold");
	remote_spdy_pending(rig.c, &n);
	assert_true(n <= REMOTE_PENDING_HIGH + sizeof(chunk) + 1024);
	remote_spdy_sent(rig.c, n - REMOTE_PENDING_LOW - 1);
	assert_string_equal(buf_str(&rig.process.told), "hold");
	remote_spdy_sent(rig.c, 1);
	assert_string_equal(buf_str(&rig.process.told), "hold\ngo on");
	rig_done(&rig);
}

static void a_process_that_reads_slowly_holds_the_client(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true, .version = 4});
	feed(&rig, "exec-stdin.c2s");
	remote_input_full(rig.remote, true);
	assert_true(rig.input_held);
	remote_input_full(rig.remote, false);
	assert_false(rig.input_held);
	rig_done(&rig);
}

static void a_client_that_goes_away_cancels_the_process_once(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.output = true, .error = true, .version = 4});
	feed(&rig, "exec-idle-ping.c2s"); /* ends with a GOAWAY */
	assert_string_equal(buf_str(&rig.process.told), "start\ncancel");
	remote_exited(rig.remote, 0);
	remote_gone(rig.remote);
	assert_string_equal(buf_str(&rig.process.told), "start\ncancel");
	rig_done(&rig);
}

static void one_that_was_not_started_is_not_cancelled(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.output = true, .version = 4});
	remote_gone(rig.remote);
	assert_string_equal(buf_str(&rig.process.told), "");
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recorded_exec_is_answered_as_a_real_kubelet_did),
	    cmocka_unit_test(a_terminal_is_resized_and_has_no_error_stream),
	    cmocka_unit_test(the_process_starts_only_when_every_stream_is_open),
	    cmocka_unit_test(a_stream_that_was_not_asked_for_is_refused),
	    cmocka_unit_test(older_versions_get_text_and_none_when_all_is_well),
	    cmocka_unit_test(what_could_not_be_run_is_an_internal_error),
	    cmocka_unit_test(a_client_that_reads_slowly_holds_the_process_and_no_memory),
	    cmocka_unit_test(a_process_that_reads_slowly_holds_the_client),
	    cmocka_unit_test(a_client_that_goes_away_cancels_the_process_once),
	    cmocka_unit_test(one_that_was_not_started_is_not_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
