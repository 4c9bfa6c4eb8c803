#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "kube/client.h"
#include "kube/reflector.h"
#include "tests/unit/server_thread.h"
#include "tests/unit/short_memory.h"

#define PEER_SIZE ((size_t)16 << 10)
#define BIG 300000

/* One pod with a long annotation, as a list and as the line of a watch that tells that it changed. */
struct fixture {
	uv_loop_t loop;
	struct server_thread peer;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	char *list, *line;
	int added, modified, others, synced, errors;
	struct err error;
};

#define POD                                                                                                            \
	"{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"%d\","                 \
	"\"annotations\":{\"long\":\"%s\"}}}"

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	if (!strstr(q->target, "watch=1")) {
		tiny_reply_json(c, 200, f->list);
	} else {
		tiny_chunked(c, 200);
		tiny_chunk(c, f->line);
	}
}

static void on_object(void *arg, enum kube_change change, const json_t *object)
{
	struct fixture *f = arg;
	(void)object;
	f->added += change == KUBE_ADDED;
	f->modified += change == KUBE_MODIFIED;
	f->others += change == KUBE_DELETED;
}

static void on_vanished(void *arg, const char *namespace_, const char *name, const char *uid)
{
	struct fixture *f = arg;
	(void)namespace_;
	(void)name;
	(void)uid;
	f->others++;
}

static void on_synced(void *arg, const char *version)
{
	struct fixture *f = arg;
	(void)version;
	f->synced++;
}

static void on_error(void *arg, const struct err *e)
{
	struct fixture *f = arg;
	f->errors++;
	f->error = *e;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;
	char *text = xmalloc(BIG + 1);
	memset(text, 'x', BIG);
	text[BIG] = '\0';
	f->list = xasprintf("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[" POD "]}", 5, text);
	f->line = xasprintf("{\"type\":\"MODIFIED\",\"object\":" POD "}\n", 6, text);
	free(text);
	uv_loop_init(&f->loop);
	server_thread_start(&f->peer, serve, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->peer.server.port);
	f->client = kube_client_new(f->http, &f->config);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kube_client_free(f->client);
	http_client_free(f->http);
	server_thread_stop(&f->peer);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	kube_config_done(&f->config);
	free(f->list);
	free(f->line);
	free(f);
	return 0;
}

static void a_list_or_a_line_that_does_not_fit_into_memory_is_told_and_nothing_is_lost(void **state)
{
	static const struct reflector_handlers handlers = {on_object, on_vanished, on_synced, on_error};
	struct reflector_spec spec = {.path = "/api/v1/pods", .backoff_min_ms = 1, .backoff_max_ms = 2};
	struct fixture *f = *state;
	int lists = 0, lines = 0;
	bool failed = true;
	for (long n = 0; failed; n++) {
		f->added = f->modified = f->others = f->errors = f->synced = 0;
		short_memory_begin(PEER_SIZE, n);
		struct reflector *r = reflector_new(f->client, &spec, &handlers, f);
		assert_true(tiny_run(&f->loop, &f->modified, 1));
		failed = short_memory_end();
		reflector_free(r);
		assert_int_equal(f->errors, failed);
		assert_int_equal(f->added, 1);
		assert_int_equal(f->modified, 1);
		assert_int_equal(f->others, 0);
		if (failed) {
			assert_int_equal(f->error.code, ERR_MEMORY);
			assert_non_null(strstr(f->error.text, "/api/v1/pods"));
			assert_non_null(strstr(f->error.text, "memory is short"));
			lists += f->synced == 1; /* before the first list was whole */
			lines += f->synced == 2; /* and listed again after it */
		}
	}
	assert_true(lists > 0);
	assert_true(lines > 0);
}

static void on_done(void *arg, const struct kube_result *result)
{
	struct fixture *f = arg;
	f->synced++;
	f->error = result->err;
}

static void an_answer_that_does_not_fit_into_memory_fails_its_call_and_no_other(void **state)
{
	struct fixture *f = *state;
	struct kube_request request = {.path = "/api/v1/pods"};
	bool failed = true;
	long n = 0;
	for (; failed; n++) {
		f->synced = 0;
		short_memory_begin(PEER_SIZE, n);
		kube_call(f->client, &request, on_done, f);
		assert_true(tiny_run(&f->loop, &f->synced, 1));
		failed = short_memory_end();
		assert_int_equal(f->synced, 1);
		assert_int_equal(f->error.code, failed ? ERR_MEMORY : ERR_NONE);
		if (failed) {
			assert_non_null(strstr(f->error.text, "GET /api/v1/pods: "));
			kube_call(f->client, &request, on_done, f);
			assert_true(tiny_run(&f->loop, &f->synced, 2));
			assert_int_equal(f->error.code, ERR_NONE);
		}
	}
	assert_true(n > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_list_or_a_line_that_does_not_fit_into_memory_is_told_and_nothing_is_lost,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(an_answer_that_does_not_fit_into_memory_fails_its_call_and_no_other, setup,
					    teardown),
	};
	short_memory_spare_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
