#include <stdlib.h>
#include <string.h>

#include "kube/remote_ws.h"
#include "tests/unit/kube/scripted_process.h"
#include "tests/unit/unit.h"

#define DATA_MAX ((size_t)1 << 20)

struct rig {
	struct scripted_process process;
	struct remote_ws *c;
	struct remote *remote;
};

static void on_wake(void *arg)
{
	(void)arg;
}

static void on_hold_input(void *arg, bool hold)
{
	(void)arg;
	(void)hold;
}

static const struct remote_ws_owner owner = {on_wake, on_hold_input};

static void rig_init(struct rig *rig, struct remote_wish wish, const char *protocol)
{
	*rig = (struct rig){.process = {BUF_INIT(DATA_MAX)}};
	rig->c = remote_ws_new(&wish, remote_ws_choose(protocol), &scripted_process, &rig->process, &owner, rig);
	rig->remote = remote_ws_remote(rig->c);
	remote_ws_start(rig->c);
}

static void rig_done(struct rig *rig)
{
	remote_ws_free(rig->c);
	buf_done(&rig->process.told);
}

static void assert_next(struct rig *rig, const char *message, size_t n)
{
	size_t got;
	const char *next = remote_ws_next(rig->c, &got);
	assert_non_null(next);
	assert_int_equal(got, n);
	assert_memory_equal(next, message, n);
	remote_ws_sent(rig->c);
}

static void assert_silent(struct rig *rig)
{
	size_t n;
	assert_null(remote_ws_next(rig->c, &n));
}

#define MESSAGE(text) text, sizeof(text) - 1

static void the_first_known_protocol_of_the_clients_is_chosen(void **state)
{
	(void)state;
	assert_string_equal(remote_ws_choose("v5.channel.k8s.io")->name, "v5.channel.k8s.io");
	assert_string_equal(remote_ws_choose("v6.channel.k8s.io, v4.base64.channel.k8s.io,v4.channel.k8s.io")->name,
			    "v4.base64.channel.k8s.io");
	assert_string_equal(remote_ws_choose("")->name, "");
	assert_string_equal(remote_ws_choose(NULL)->name, "");
	assert_null(remote_ws_choose("chat, v44.channel.k8s.io"));
}

static void an_exec_goes_through_the_channels(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .error = true}, "v5.channel.k8s.io");
	assert_next(&rig, MESSAGE("\1"));
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\0hi"), NULL), 0);
	assert_int_equal(remote_ws_message(rig.c, "", 0, NULL), 0);
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\xff\0"), NULL), 0);
	assert_string_equal(buf_str(&rig.process.told), "start\ninput hi\ninput ends");
	remote_output(rig.remote, REMOTE_STDOUT, "out", 3);
	remote_output(rig.remote, REMOTE_STDERR, "bad", 3);
	assert_next(&rig, MESSAGE("\1out"));
	assert_next(&rig, MESSAGE("\2bad"));
	assert_false(remote_ws_finished(rig.c));
	remote_exited(rig.remote, 0);
	assert_next(&rig, MESSAGE("\3{\"status\":\"Success\"}"));
	assert_silent(&rig);
	assert_true(remote_ws_finished(rig.c));
	rig_done(&rig);
}

static void a_terminal_is_resized(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.input = true, .output = true, .tty = true}, "v4.channel.k8s.io");
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\4{\"Width\":80,\"Hei"), NULL), 0);
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\4ght\":24}{\"Width\":1,\"Height\":70000}"), NULL), 0);
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\4nonsense}{\"Width\":9,\"Height\":8}"), NULL), 0);
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\4{\"height\":5,\"width\":6}"), NULL), 0); /* JavaScript's */
	assert_string_equal(buf_str(&rig.process.told), "start\nresize 80x24\nresize 9x8\nresize 6x5");
	rig_done(&rig);
}

static void base64_messages_are_text(void **state)
{
	(void)state;
	struct rig rig;
	struct err e = {0};
	rig_init(&rig, (struct remote_wish){.input = true, .error = true}, "v4.base64.channel.k8s.io");
	assert_next(&rig, MESSAGE("2"));
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("0aGk="), NULL), 0);
	assert_string_equal(buf_str(&rig.process.told), "start\ninput hi");
	remote_output(rig.remote, REMOTE_STDERR, "bad", 3);
	assert_next(&rig, MESSAGE("2YmFk"));
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("0%%"), &e), -1);
	assert_string_equal(e.text, "WebSocket: a message that is not a channel's digit and base64");
	rig_done(&rig);
}

static void without_a_protocol_errors_are_text(void **state)
{
	(void)state;
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.output = true}, "");
	assert_next(&rig, MESSAGE("\1"));
	remote_exited(rig.remote, 3);
	assert_next(&rig, MESSAGE("\3command terminated with non-zero exit code: exit status 3"));
	rig_done(&rig);
}

static void channels_that_are_not_the_clients_are_refused_by_number(void **state)
{
	(void)state;
	struct rig rig;
	struct err e = {0};
	rig_init(&rig, (struct remote_wish){.input = true, .output = true}, "v4.channel.k8s.io");
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\1x"), &e), -1);
	assert_string_equal(e.text, "WebSocket: a message for channel 1");
	assert_int_equal(remote_ws_message(rig.c, MESSAGE("\xff\0"), &e), -1); /* not before v5 */
	assert_string_equal(e.text, "WebSocket: a message for channel 255");
	rig_done(&rig);
}

static void long_output_is_cut_into_messages_and_nothing_is_lost(void **state)
{
	(void)state;
	static char bytes[100000];
	struct rig rig;
	size_t n, total = 0;
	rig_init(&rig, (struct remote_wish){.output = true}, "v4.channel.k8s.io");
	remote_ws_sent(rig.c);
	memset(bytes, 'x', sizeof(bytes));
	remote_output(rig.remote, REMOTE_STDOUT, bytes, sizeof(bytes));
	for (const char *next; (next = remote_ws_next(rig.c, &n)) != NULL; remote_ws_sent(rig.c)) {
		assert_int_equal(next[0], 1);
		assert_true(n <= 32768);
		total += n - 1;
	}
	assert_int_equal(total, sizeof(bytes));
	rig_done(&rig);
}

static void nobody_reads_nothing_grows(void **state)
{
	(void)state;
	static char bytes[1 << 20];
	struct rig rig;
	rig_init(&rig, (struct remote_wish){.output = true}, "v4.channel.k8s.io");
	for (int i = 0; i < 40; i++) {
		remote_output(rig.remote, REMOTE_STDOUT, bytes, sizeof(bytes));
	}
	assert_string_equal(buf_str(&rig.process.told), "start\nhold\ncancel");
	assert_true(remote_ws_finished(rig.c));
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_known_protocol_of_the_clients_is_chosen),
	    cmocka_unit_test(an_exec_goes_through_the_channels),
	    cmocka_unit_test(a_terminal_is_resized),
	    cmocka_unit_test(base64_messages_are_text),
	    cmocka_unit_test(without_a_protocol_errors_are_text),
	    cmocka_unit_test(channels_that_are_not_the_clients_are_refused_by_number),
	    cmocka_unit_test(long_output_is_cut_into_messages_and_nothing_is_lost),
	    cmocka_unit_test(nobody_reads_nothing_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
