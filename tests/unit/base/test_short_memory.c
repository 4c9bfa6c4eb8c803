#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/http_client.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "tests/unit/server_thread.h"
#include "tests/unit/short_memory.h"

#define PEER_SIZE ((size_t)16 << 10)
#define BIG 300000

/* Each allocation of a peer's size fails once, and is one error with this sentence; in the end none fails, and it
 * works.
 */
static void each_allocation(bool (*attempt)(void *arg, struct err *e), void *arg, const char *sentence)
{
	long n = 0;
	for (bool failed = true; failed; n++) {
		struct err e = {0};
		short_memory_begin(PEER_SIZE, n);
		bool worked = attempt(arg, &e);
		failed = short_memory_end();
		if (worked == failed || (failed && (e.code != ERR_MEMORY || !strstr(e.text, sentence)))) {
			fail_msg("allocation %ld: %s: %s", n, worked ? "worked" : "did not work", e.text);
		}
	}
	assert_true(n > 1);
}

static char *long_text(void)
{
	char *text = xmalloc(BIG + 1);
	memset(text, 'x', BIG);
	text[BIG] = '\0';
	return text;
}

static void a_buffer_that_cannot_grow_stays_as_it_was(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf b = BUF_INIT(1 << 20);
	CLEANUP_FREE char *text = long_text();
	assert_int_equal(buf_puts(&b, "before"), 0);
	short_memory_begin(PEER_SIZE, 0);
	assert_int_equal(buf_append(&b, text, BIG), -1);
	assert_true(buf_fits(&b, BIG));
	assert_true(short_memory_end());
	assert_string_equal(buf_str(&b), "before");
	assert_int_equal(buf_append(&b, text, BIG), 0);
	assert_int_equal(b.len, 6 + BIG);
	assert_false(buf_fits(&b, 1 << 20));
}

static bool read_file(void *path, struct err *e)
{
	CLEANUP_FREE char *text = file_read(path, 1 << 20, NULL, e);
	return text != NULL;
}

static void a_file_that_does_not_fit_into_memory_is_named(void **state)
{
	(void)state;
	char path[] = "/tmp/test-short-memory-XXXXXX";
	int fd = mkstemp(path);
	CLEANUP_FREE char *text = long_text();
	assert_int_equal(write(fd, text, BIG), BIG);
	close(fd);
	CLEANUP_FREE char *sentence = xasprintf("read %s: memory is short", path);
	each_allocation(read_file, path, sentence);
	unlink(path);
}

static bool decode_base64(void *text, struct err *e)
{
	CLEANUP_FREE char *bytes = base64_decode(text, strlen(text), NULL, e);
	return bytes != NULL;
}

static void base64_that_does_not_fit_into_memory_is_an_error(void **state)
{
	(void)state;
	CLEANUP_FREE char *plain = long_text();
	CLEANUP_FREE char *text = base64_encode(plain, BIG);
	each_allocation(decode_base64, text, "base64: memory is short");
}

static bool parse_yaml(void *text, struct err *e)
{
	json_t *o CLEANUP_JSON = yaml_parse(text, strlen(text), "big.yaml", e);
	return o != NULL;
}

static void yaml_that_does_not_fit_into_memory_is_an_error_with_its_name(void **state)
{
	(void)state;
	CLEANUP_BUF struct buf b = BUF_INIT(1 << 20);
	for (int i = 0; i < 5000; i++) {
		buf_printf(&b, "key-%d: [1, two, {three: 4}]\n", i);
	}
	/* Only the question for room: what comes after it is small, or aborts. */
	struct err e = {0};
	short_memory_begin(PEER_SIZE, 0);
	assert_false(parse_yaml(b.data, &e));
	assert_true(short_memory_end());
	assert_int_equal(e.code, ERR_MEMORY);
	assert_string_equal(e.text, "big.yaml: memory is short");
	assert_true(parse_yaml(b.data, &e));
}

/* A text of about n bytes out of the same piece. */
static char *repeated(const char *open, const char *piece, const char *close, size_t n)
{
	struct buf b = BUF_INIT(4 << 20);
	buf_puts(&b, open);
	for (size_t i = 0; b.len < n; i++) {
		buf_printf(&b, piece, (int)i);
	}
	b.len -= b.data[b.len - 1] == ',';
	buf_puts(&b, close);
	return buf_steal(&b, NULL);
}

static void json_asks_for_room_for_the_whole_tree_and_never_takes_more(void **state)
{
	(void)state;
	static const struct {
		const char *open, *piece, *close;
	} shapes[] = {
	    {"[", "{},", "]"},
	    {"[", "[],", "]"},
	    {"[", "0,", "]"},
	    {"[", "\"\",", "]"},
	    {"[", "1.5,", "]"},
	    {"{", "\"%d\":0,", "}"},
	    {"{", "\"%1$d\":\"%1$d\",", "}"},
	    {"{", "\"%d\":{\"a\":[{}]},", "}"},
	    {"[", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9},", "]"},
	    {"\"", "text without an end ", "\""},
	    {"[\"", "\\u00e4", "\"]"},
	};
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		CLEANUP_FREE char *text = repeated(shapes[i].open, shapes[i].piece, shapes[i].close, BIG);
		struct err e = {0};
		short_memory_begin(PEER_SIZE, 0);
		assert_null(js_parse(text, strlen(text), &e));
		size_t asked = short_memory.taken;
		assert_true(short_memory_end());
		assert_int_equal(e.code, ERR_MEMORY);
		assert_non_null(strstr(e.text, " bytes: memory is short"));
		short_memory_begin(PEER_SIZE, -1);
		json_t *o = js_parse(text, strlen(text), &e);
		size_t taken = short_memory.taken - asked;
		short_memory_end();
		assert_non_null(o);
		json_decref(o);
		if (taken > asked) {
			fail_msg("%s: %zu bytes were asked for and %zu taken", shapes[i].piece, asked, taken);
		}
	}
}

/* HTTP */

struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct server_thread peer;
	char *body, *headers;
	int done, data;
	struct err err;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	bool refuses = strcmp(q->target, "/refused") == 0;
	tiny_reply(c, refuses ? 500 : 200, strcmp(q->target, "/head") == 0 ? f->headers : "",
		   strcmp(q->target, "/body") == 0 || refuses ? f->body : "");
}

static void on_done(void *arg, const struct http_result *r)
{
	struct fixture *f = arg;
	f->done++;
	f->err = r->err;
}

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct fixture *f = arg;
	(void)bytes;
	f->data += (int)n;
}

static bool get(struct fixture *f, const char *target, bool streams, struct err *e)
{
	CLEANUP_FREE char *url = xasprintf("http://127.0.0.1:%d%s", f->peer.server.port, target);
	struct http_handlers handlers = {.on_done = on_done, .on_data = streams ? on_data : NULL};
	f->done = 0;
	assert_non_null(http_call_start(f->client, &(struct http_spec){.url = url}, &handlers, f, e));
	assert_true(tiny_run(&f->loop, &f->done, 1));
	assert_int_equal(f->done, 1);
	*e = f->err;
	return e->code == ERR_NONE;
}

/* And the next call is as good as ever. */
static bool get_and_again(struct fixture *f, const char *target, bool streams, struct err *e)
{
	struct err other;
	bool worked = get(f, target, streams, e);
	assert_true(worked || get(f, "/", false, &other));
	return worked;
}

static bool get_body(void *arg, struct err *e)
{
	return get_and_again(arg, "/body", false, e);
}

static bool get_head(void *arg, struct err *e)
{
	return get_and_again(arg, "/head", false, e);
}

static bool get_refusal(void *arg, struct err *e)
{
	return get_and_again(arg, "/refused", true, e);
}

static void an_answer_that_does_not_fit_into_memory_ends_its_call_and_no_other(void **state)
{
	(void)state;
	struct fixture f = {.body = long_text()};
	struct err e;
	f.headers = repeated("", "Header-%d: with a value\r\n", "", 50000);
	uv_loop_init(&f.loop);
	f.client = http_client_new(&f.loop, NULL, &e);
	server_thread_start(&f.peer, serve, &f);
	each_allocation(get_body, &f, "memory is short for the answer's body");
	each_allocation(get_head, &f, "memory is short for the answer's head");
	each_allocation(get_refusal, &f, "memory is short for the answer's body");
	http_client_free(f.client);
	server_thread_stop(&f.peer);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f.loop), 0);
	free(f.body);
	free(f.headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_buffer_that_cannot_grow_stays_as_it_was),
	    cmocka_unit_test(a_file_that_does_not_fit_into_memory_is_named),
	    cmocka_unit_test(base64_that_does_not_fit_into_memory_is_an_error),
	    cmocka_unit_test(yaml_that_does_not_fit_into_memory_is_an_error_with_its_name),
	    cmocka_unit_test(json_asks_for_room_for_the_whole_tree_and_never_takes_more),
	    cmocka_unit_test(an_answer_that_does_not_fit_into_memory_ends_its_call_and_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
