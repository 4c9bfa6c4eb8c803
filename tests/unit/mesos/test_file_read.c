#include "tests/unit/unit.h"

#include "mesos/file_read.h"
#include "tests/unit/tiny_server.h"

struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct tiny_server server;
	char url[64];
	int status;
	const char *answer;
	struct buf asked, bytes;
	int done;
	int64_t size;
	struct err why;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	buf_append(&f->asked, q->body, q->body_len);
	if (f->answer) {
		tiny_reply_json(c, f->status, f->answer);
	}
}

static void on_done(void *arg, const char *bytes, size_t n, int64_t size, const struct err *why)
{
	struct fixture *f = arg;
	f->done++;
	f->size = size;
	f->why = *why;
	if (bytes) {
		buf_append(&f->bytes, bytes, n);
	}
}

static struct mesos_file_read *start(struct fixture *f, int status, const char *answer)
{
	struct err e = {0};
	*f = (struct fixture){
	    .status = status, .answer = answer, .asked = BUF_INIT(1 << 16), .bytes = BUF_INIT(1 << 16)};
	uv_loop_init(&f->loop);
	f->client = http_client_new(&f->loop, NULL, &e);
	tiny_start(&f->server, &f->loop, NULL, serve, f);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d", f->server.port);
	struct mesos_agent agent = {.http = f->client, .url = f->url};
	struct mesos_file_read *read = mesos_file_read(&agent, "/a/stdout", 7, 100, on_done, f, &e);
	assert_non_null(read);
	return read;
}

static void stop(struct fixture *f)
{
	http_client_free(f->client);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	buf_done(&f->asked);
	buf_done(&f->bytes);
}

static void the_bytes_are_exact_and_the_size_is_the_files(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 200, "{\"type\":\"READ_FILE\",\"read_file\":{\"size\":35,\"data\":\"AP8KYQ==\"}}");
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_int_equal(f.bytes.len, 4);
	assert_memory_equal(f.bytes.data, "\0\xff\na", 4);
	assert_int_equal(f.size, 35);
	assert_string_equal(
	    buf_str(&f.asked),
	    "{\"type\":\"READ_FILE\",\"read_file\":{\"path\":\"/a/stdout\",\"offset\":7,\"length\":100}}");
	stop(&f);
}

static void a_file_that_is_not_there_and_an_answer_that_is_none_are_told_apart(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 404, "");
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_int_equal(f.why.code, ERR_NOT_FOUND);
	stop(&f);
	static const char *const bad[] = {"", "[]", "{\"read_file\":{\"data\":\"%%\",\"size\":1}}"};
	for (size_t i = 0; i < 3; i++) {
		start(&f, 200, bad[i]);
		assert_true(tiny_run(&f.loop, &f.done, 1));
		assert_int_equal(f.why.code, ERR_PROTOCOL);
		assert_string_equal(f.why.text, "read a file of the sandbox: the Mesos agent's answer is none");
		stop(&f);
	}
}

static void one_that_is_cancelled_tells_nothing(void **state)
{
	(void)state;
	struct fixture f;
	mesos_file_cancel(start(&f, 200, NULL));
	mesos_file_cancel(NULL);
	stop(&f);
	assert_int_equal(f.done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_bytes_are_exact_and_the_size_is_the_files),
	    cmocka_unit_test(a_file_that_is_not_there_and_an_answer_that_is_none_are_told_apart),
	    cmocka_unit_test(one_that_is_cancelled_tells_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
