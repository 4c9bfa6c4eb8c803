/* Whether a connection comes about. */
#include "base/tcp_try.h"

#include <string.h>

#include "tests/unit/unit.h"

#include "tests/unit/tiny_server.h"

struct told {
	int done;
	bool good;
	char why[256];
};

static void on_done(void *arg, const char *failure)
{
	struct told *t = arg;
	t->done++;
	t->good = !failure;
	snprintf(t->why, sizeof(t->why), "%s", failure ? failure : "");
}

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	(void)c;
	(void)q;
}

static struct told try(const char *host, int port, int64_t timeout_ms)
{
	uv_loop_t loop;
	struct tiny_server server;
	struct told t = {0};
	assert_int_equal(uv_loop_init(&loop), 0);
	tiny_start(&server, &loop, NULL, serve, NULL);
	assert_non_null(tcp_try_start(&loop, host, (uint16_t)(port ? port : server.port), timeout_ms, on_done, &t));
	assert_int_equal(t.done, 0);
	assert_true(tiny_run(&loop, &t.done, 1));
	tiny_stop(&server);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(t.done, 1);
	return t;
}

static void an_open_port_is_found_by_address_and_by_name(void **state)
{
	(void)state;
	assert_true(try("127.0.0.1", 0, 30000).good);
	assert_true(try("localhost", 0, 30000).good);
}

static void who_does_not_answer_is_named_with_the_reason(void **state)
{
	(void)state;
	struct told closed = try("127.0.0.1", 1, 30000), unknown = try("no such host", 80, 30000);
	assert_false(closed.good);
	assert_string_equal(closed.why, "dial tcp 127.0.0.1:1: connection refused");
	assert_false(unknown.good);
	assert_non_null(strstr(unknown.why, "no such host:80: "));
}

static void nothing_is_told_of_one_that_was_cancelled(void **state)
{
	(void)state;
	static const char *const hosts[] = {"127.0.0.1", "localhost", "no such host"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		uv_loop_t loop;
		struct told t = {0};
		assert_int_equal(uv_loop_init(&loop), 0);
		struct tcp_try *one = tcp_try_start(&loop, hosts[i], 1, 30000, on_done, &t);
		uv_run(&loop, UV_RUN_NOWAIT);
		if (!t.done) {
			tcp_try_cancel(one);
		}
		int before = t.done;
		uv_run(&loop, UV_RUN_DEFAULT);
		assert_int_equal(t.done, before);
		assert_int_equal(uv_loop_close(&loop), 0);
	}
	tcp_try_cancel(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_open_port_is_found_by_address_and_by_name),
	    cmocka_unit_test(who_does_not_answer_is_named_with_the_reason),
	    cmocka_unit_test(nothing_is_told_of_one_that_was_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
