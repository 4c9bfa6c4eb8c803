#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/forward_spdy.h"
#include "tests/unit/kube/recorded.h"
#include "tests/unit/kube/scripted_pod.h"
#include "tests/unit/unit.h"

struct rig {
	struct forward_spdy *f;
	struct scripted_pod pod;
};

static void rig_init(struct rig *rig)
{
	scripted_pod_init(&rig->pod);
	rig->f = forward_spdy_new(&scripted_dialer, &rig->pod, &scripted_owner, &rig->pod);
}

static void rig_done(struct rig *rig)
{
	forward_spdy_free(rig->f);
	buf_done(&rig->pod.told);
}

/* The first pair is open and has sent its request; the client has not cancelled it yet. */
#define FIRST_PAIR (78 + 8 + 34 + 54)

static void a_recorded_session_dials_for_each_pair_and_ends(void **state)
{
	(void)state;
	struct rig rig;
	size_t n;
	CLEANUP_FREE char *bytes = recorded("port-forward.c2s", &n);
	for (size_t at = 0; at <= n; at += 5) {
		rig_init(&rig);
		assert_int_equal(forward_spdy_feed(rig.f, bytes, at, NULL), 0);
		assert_int_equal(forward_spdy_feed(rig.f, bytes + at, n - at, NULL), 0);
		assert_non_null(strstr(buf_str(&rig.pod.told), "dial 1 :18080\nsend 1 "));
		assert_non_null(strstr(buf_str(&rig.pod.told), "close 1\ndial 2 :18080\nsend 2 "));
		assert_non_null(strstr(buf_str(&rig.pod.told), "close 2"));
		assert_true(forward_spdy_finished(rig.f));
		rig_done(&rig);
	}
}

static size_t begin(struct rig *rig)
{
	size_t n;
	CLEANUP_FREE char *bytes = recorded("port-forward.c2s", &n);
	rig_init(rig);
	assert_int_equal(forward_spdy_feed(rig->f, bytes, FIRST_PAIR, NULL), 0);
	assert_string_equal(buf_str(&rig->pod.told), "dial 1 :18080\nsend 1 46");
	forward_spdy_pending(rig->f, &n);
	forward_spdy_sent(rig->f, n); /* the replies */
	buf_clear(&rig->pod.told);
	return n;
}

static void what_the_pod_sends_goes_to_the_data_stream_and_its_end_to_both(void **state)
{
	(void)state;
	struct rig rig;
	size_t n;
	begin(&rig);
	forward_data(rig.pod.pairs[0], "hi", 2);
	forward_end(rig.pod.pairs[0]);
	const char *out = forward_spdy_pending(rig.f, &n);
	assert_int_equal(n, 10 + 8 + 8);
	assert_memory_equal(out, "\0\0\0\3\0\0\0\2hi\0\0\0\1\1\0\0\0\0\0\0\3\1\0\0\0", 26);
	rig_done(&rig);
}

static void a_port_that_cannot_be_dialled_is_told_on_the_error_stream(void **state)
{
	(void)state;
	struct rig rig;
	size_t n;
	begin(&rig);
	forward_failed(rig.pod.pairs[0], "refused");
	const char *out = forward_spdy_pending(rig.f, &n);
	assert_memory_equal(out, "\0\0\0\1\0\0\0\7refused\0\0\0\1\1\0\0\0\x80\3\0\3\0\0\0\x08\0\0\0\3\0\0\0\5", 39);
	assert_string_equal(buf_str(&rig.pod.told), ""); /* nothing to close */
	rig_done(&rig);
}

static void a_client_that_reads_slowly_holds_the_pod(void **state)
{
	(void)state;
	static char chunk[64 << 10];
	struct rig rig;
	size_t n;
	begin(&rig);
	while (!rig.pod.told.len) {
		forward_data(rig.pod.pairs[0], chunk, sizeof(chunk));
	}
	assert_string_equal(buf_str(&rig.pod.told), "hold 1");
	forward_spdy_pending(rig.f, &n);
	assert_true(n < FORWARD_PENDING_HIGH + 2 * sizeof(chunk));
	forward_spdy_sent(rig.f, n);
	assert_string_equal(buf_str(&rig.pod.told), "hold 1\ngo on 1");
	rig_done(&rig);
}

static void a_pod_that_takes_no_more_holds_the_client_until_it_does_or_is_gone(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig);
	forward_full(rig.pod.pairs[0], true);
	assert_true(rig.pod.input_held);
	forward_full(rig.pod.pairs[0], false);
	assert_false(rig.pod.input_held);
	forward_full(rig.pod.pairs[0], true);
	forward_end(rig.pod.pairs[0]);
	assert_false(rig.pod.input_held);
	rig_done(&rig);
}

static void connections_are_closed_with_the_session(void **state)
{
	(void)state;
	struct rig rig;
	begin(&rig);
	forward_spdy_free(rig.f);
	rig.f = NULL;
	assert_string_equal(buf_str(&rig.pod.told), "close 1");
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recorded_session_dials_for_each_pair_and_ends),
	    cmocka_unit_test(what_the_pod_sends_goes_to_the_data_stream_and_its_end_to_both),
	    cmocka_unit_test(a_port_that_cannot_be_dialled_is_told_on_the_error_stream),
	    cmocka_unit_test(a_client_that_reads_slowly_holds_the_pod),
	    cmocka_unit_test(a_pod_that_takes_no_more_holds_the_client_until_it_does_or_is_gone),
	    cmocka_unit_test(connections_are_closed_with_the_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
