#include <string.h>

#include "kube/forward_ws.h"
#include "tests/unit/kube/scripted_pod.h"
#include "tests/unit/unit.h"

struct rig {
	struct forward_ws *f;
	struct scripted_pod pod;
};

static void begin(struct rig *rig, const char *protocol)
{
	static const uint16_t ports[] = {80, 0x1f90};
	scripted_pod_init(&rig->pod);
	rig->f = forward_ws_new(ports, 2, forward_ws_choose(protocol), &scripted_dialer, &rig->pod, &scripted_owner,
				&rig->pod);
	assert_int_equal(rig->pod.n_pairs, 0);
	forward_ws_start(rig->f);
	assert_string_equal(buf_str(&rig->pod.told), "dial 1 :80\ndial 2 :8080");
	buf_clear(&rig->pod.told);
}

static void assert_next(struct rig *rig, const char *message, size_t n)
{
	size_t got = 0;
	const char *next = forward_ws_next(rig->f, &got);
	assert_non_null(next);
	assert_int_equal(got, n);
	assert_memory_equal(next, message, n);
	forward_ws_sent(rig->f);
}

static void rig_done(struct rig *rig)
{
	forward_ws_free(rig->f);
	buf_done(&rig->pod.told);
}

#define MESSAGE(text) text, sizeof(text) - 1
#define NEXT(rig, text) assert_next(rig, text, sizeof(text) - 1)

/* What the rig has sent by itself. */
static void skip_ports(struct rig *rig)
{
	NEXT(rig, "\0\x50\0");
	NEXT(rig, "\1\x50\0");
	NEXT(rig, "\2\x90\x1f");
	NEXT(rig, "\3\x90\x1f");
}

static void only_the_fourth_version_and_none_are_spoken(void **state)
{
	(void)state;
	assert_string_equal(forward_ws_choose("v5.channel.k8s.io,v4.channel.k8s.io,channel.k8s.io")->name,
			    "v4.channel.k8s.io");
	assert_string_equal(forward_ws_choose("v4.base64.channel.k8s.io")->name, "v4.base64.channel.k8s.io");
	assert_string_equal(forward_ws_choose(NULL)->name, "");
	assert_null(forward_ws_choose("channel.k8s.io, v5.channel.k8s.io"));
}

static void each_port_is_dialled_and_has_a_channel_for_data_and_one_for_an_error(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig, "v4.channel.k8s.io");
	skip_ports(&rig);
	assert_int_equal(forward_ws_message(rig.f, MESSAGE("\2hello"), NULL), 0);
	assert_int_equal(forward_ws_message(rig.f, "", 0, NULL), 0);
	assert_string_equal(buf_str(&rig.pod.told), "send 2 5");
	forward_data(rig.pod.pairs[0], "one", 3);
	forward_data(rig.pod.pairs[1], "two", 3);
	NEXT(&rig, "\0one");
	NEXT(&rig, "\2two");
	forward_failed(rig.pod.pairs[0], "refused");
	NEXT(&rig, "\1refused");
	assert_false(forward_ws_finished(rig.f));
	assert_int_equal(forward_ws_message(rig.f, MESSAGE("\0to nobody"), NULL), 0);
	forward_end(rig.pod.pairs[1]);
	assert_true(forward_ws_finished(rig.f));
	assert_string_equal(buf_str(&rig.pod.told), "send 2 5");
	rig_done(&rig);
}

static void base64_messages_are_text(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig, "v4.base64.channel.k8s.io");
	NEXT(&rig, "0UAA=");
	assert_int_equal(forward_ws_message(rig.f, MESSAGE("0aGk="), NULL), 0);
	assert_string_equal(buf_str(&rig.pod.told), "send 1 2");
	rig_done(&rig);
}

static void a_message_for_no_data_channel_is_an_error(void **state)
{
	(void)state;
	struct rig rig;
	struct err e = {0};
	begin(&rig, "v4.channel.k8s.io");
	assert_int_equal(forward_ws_message(rig.f, MESSAGE("\1x"), &e), -1);
	assert_string_equal(e.text, "WebSocket: a message for channel 1");
	assert_int_equal(forward_ws_message(rig.f, MESSAGE("\4x"), &e), -1);
	assert_string_equal(buf_str(&rig.pod.told), "");
	rig_done(&rig);
}

static void a_client_that_reads_slowly_holds_every_connection(void **state)
{
	(void)state;
	static char chunk[64 << 10];
	struct rig rig;
	size_t n;
	begin(&rig, "v4.channel.k8s.io");
	while (!rig.pod.told.len) {
		forward_data(rig.pod.pairs[0], chunk, sizeof(chunk));
	}
	assert_string_equal(buf_str(&rig.pod.told), "hold 1\nhold 2");
	while (forward_ws_next(rig.f, &n)) {
		forward_ws_sent(rig.f);
	}
	assert_string_equal(buf_str(&rig.pod.told), "hold 1\nhold 2\ngo on 1\ngo on 2");
	rig_done(&rig);
}

static void a_pod_that_takes_no_more_holds_the_client_until_it_does_or_is_gone(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig, "v4.channel.k8s.io");
	forward_full(rig.pod.pairs[0], true);
	assert_true(rig.pod.input_held);
	forward_full(rig.pod.pairs[0], false);
	assert_false(rig.pod.input_held);
	forward_full(rig.pod.pairs[1], true);
	forward_end(rig.pod.pairs[1]);
	assert_false(rig.pod.input_held);
	rig_done(&rig);
}

static void connections_that_are_not_over_are_closed_with_the_session(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig, "v4.channel.k8s.io");
	forward_end(rig.pod.pairs[0]);
	forward_ws_free(rig.f);
	rig.f = NULL;
	assert_string_equal(buf_str(&rig.pod.told), "close 2");
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_fourth_version_and_none_are_spoken),
	    cmocka_unit_test(each_port_is_dialled_and_has_a_channel_for_data_and_one_for_an_error),
	    cmocka_unit_test(base64_messages_are_text),
	    cmocka_unit_test(a_message_for_no_data_channel_is_an_error),
	    cmocka_unit_test(a_client_that_reads_slowly_holds_every_connection),
	    cmocka_unit_test(a_pod_that_takes_no_more_holds_the_client_until_it_does_or_is_gone),
	    cmocka_unit_test(connections_that_are_not_over_are_closed_with_the_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
