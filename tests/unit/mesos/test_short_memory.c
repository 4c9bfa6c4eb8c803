#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "mesos/recordio.h"
#include "mesos/scheduler.h"
#include "tests/unit/server_thread.h"
#include "tests/unit/short_memory.h"

#define PEER_SIZE ((size_t)16 << 10)
#define BIG 300000

/* A master whose session has one long update and a short one. */
struct fixture {
	uv_loop_t loop;
	struct server_thread peer;
	struct http_client *http;
	struct mesos_scheduler *scheduler;
	char *records[3];
	int subscribed, first, second, ended;
	struct err why;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	(void)q;
	tiny_text(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: s\r\n"
		     "Content-Type: application/json\r\n\r\n");
	for (int i = 0; i < 3; i++) {
		CLEANUP_FREE char *record = xasprintf("%zu\n%s", strlen(f->records[i]), f->records[i]);
		tiny_chunk(c, record);
	}
}

static void on_event(void *arg, struct mesos_event *event)
{
	struct fixture *f = arg;
	f->subscribed += event->type == MESOS_EVENT_SUBSCRIBED;
	if (event->type == MESOS_EVENT_UPDATE) {
		*(strcmp(event->status->task_id, "first") == 0 ? &f->first : &f->second) += 1;
	}
}

static void on_end(void *arg, const struct err *why)
{
	struct fixture *f = arg;
	f->ended++;
	f->why = *why;
}

static char *update(const char *task, const char *message)
{
	return xasprintf("{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"%s\"},\"state\":"
			 "\"TASK_RUNNING\",\"agent_id\":{\"value\":\"a\"},\"message\":\"%s\"}}}",
			 task, message);
}

static void a_record_that_does_not_fit_into_memory_ends_the_session_and_the_next_one_tells_it_again(void **state)
{
	static const struct mesos_scheduler_handlers handlers = {on_event, on_end, on_end, NULL, NULL};
	static const char *const roles[] = {"r"};
	struct fixture f = {.subscribed = 0};
	struct err e;
	(void)state;
	char *text = xmalloc(BIG + 1);
	memset(text, 'x', BIG);
	text[BIG] = '\0';
	f.records[0] = xstrdup("{\"type\":\"SUBSCRIBED\",\"subscribed\":{\"framework_id\":{\"value\":\"f\"}}}");
	f.records[1] = update("first", text);
	f.records[2] = update("second", "short");
	free(text);
	uv_loop_init(&f.loop);
	server_thread_start(&f.peer, serve, &f);
	f.http = http_client_new(&f.loop, NULL, &e);
	CLEANUP_FREE char *url = xasprintf("http://127.0.0.1:%d", f.peer.server.port);
	const char *const masters[] = {url};
	struct mesos_scheduler_config config = {.masters = masters,
						.n_masters = 1,
						.framework = {.name = "t", .user = "u", .roles = roles, .n_roles = 1},
						.backoff_min_ms = 1,
						.backoff_max_ms = 2};
	bool failed = true;
	int failures = 0;
	for (long n = 0; failed; n++) {
		f.subscribed = f.first = f.second = f.ended = 0;
		f.scheduler = mesos_scheduler_new(f.http, &config, &handlers, &f, &e);
		assert_non_null(f.scheduler);
		short_memory_begin(PEER_SIZE, n);
		mesos_scheduler_start(f.scheduler, "f");
		assert_true(tiny_run(&f.loop, &f.second, 1));
		failed = short_memory_end();
		mesos_scheduler_free(f.scheduler);
		assert_int_equal(f.ended, failed);
		assert_int_equal(f.subscribed, failed ? 2 : 1);
		assert_int_equal(f.first, 1);
		assert_int_equal(f.second, 1);
		if (failed) {
			assert_int_equal(f.why.code, ERR_MEMORY);
			assert_non_null(strstr(f.why.text, "memory is short"));
			assert_non_null(strstr(f.why.text, url));
			failures++;
		}
	}
	assert_true(failures > 1);
	http_client_free(f.http);
	server_thread_stop(&f.peer);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f.loop), 0);
	for (int i = 0; i < 3; i++) {
		free(f.records[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_that_does_not_fit_into_memory_ends_the_session_and_the_next_one_tells_it_again),
	};
	short_memory_spare_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
