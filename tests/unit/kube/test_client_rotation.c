#include "tests/unit/unit.h"

#include <unistd.h>

#include "kube/client.h"
#include "tests/unit/certs.h"
#include "tests/unit/tiny_server.h"

/* Two generations, made once for all tests. */
static struct cert authority[2], server_cert[2], client_cert[2];

enum { CONFIG, CA, CERT, KEY, TOKEN, FILES };
static const char *const names[FILES] = {"kubeconfig", "ca.pem", "cert.pem", "key.pem", "token"};

struct fixture {
	char dir[64];
	char *paths[FILES];
	uv_loop_t loop;
	SSL_CTX *tls[2];
	struct tiny_server server;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	const char *good_token; /* others are answered 401 */
	bool rotating;		/* the token file is another one after each request */
	struct buf request;
	int reloads, failures;
	struct err failure;
};

struct told {
	int done, data, status;
	struct err err;
};

static void put_text(const char *path, const char *text)
{
	CLEANUP_FREE char *fresh = xasprintf("%s.new", path);
	FILE *file = fopen(fresh, "w");
	fputs(text, file);
	fclose(file);
	assert_int_equal(rename(fresh, path), 0);
}

static void put(struct fixture *f, int file, const char *text)
{
	put_text(f->paths[file], text);
}

static void put_config(struct fixture *f, int port)
{
	CLEANUP_FREE char *text = xasprintf(
	    "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
	    "clusters: [{name: k, cluster: {server: '%s://127.0.0.1:%d', certificate-authority: ca.pem}}]\n"
	    "users: [{name: u, user: {client-certificate: cert.pem, client-key: key.pem, tokenFile: token}}]\n",
	    f->server.tls ? "https" : "http", port);
	put(f, CONFIG, text);
}

static void put_generation(struct fixture *f, int i)
{
	put(f, CA, authority[i].cert_pem);
	put(f, CERT, client_cert[i].cert_pem);
	put(f, KEY, client_cert[i].key_pem);
}

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	buf_clear(&f->request);
	buf_puts(&f->request, q->head);
	buf_append(&f->request, q->body, q->body_len);
	if (f->rotating) {
		CLEANUP_FREE char *token = xasprintf("rotated-%d", c->server->requests);
		put(f, TOKEN, token);
	}
	CLEANUP_FREE char *authorization = tiny_header(q, "Authorization");
	if (!strstr(authorization, f->good_token)) {
		tiny_reply_json(
		    c, 401,
		    "{\"kind\":\"Status\",\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}");
	} else if (strcmp(q->target, "/watch") == 0) {
		tiny_chunked(c, 200);
		tiny_chunk(c, "{}\n");
	} else {
		tiny_reply_json(c, 200, "{}");
	}
}

static void on_reload(void *arg, const struct err *failure)
{
	struct fixture *f = arg;
	f->reloads += !failure;
	f->failures += failure != NULL;
	if (failure) {
		f->failure = *failure;
	}
}

static void on_done(void *arg, const struct kube_result *r)
{
	struct told *t = arg;
	t->done++;
	t->status = r->status;
	t->err = r->err;
}

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct told *t = arg;
	(void)bytes;
	t->data += (int)n;
}

static struct fixture *begin(bool tls)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test-rotation-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (int i = 0; i < FILES; i++) {
		f->paths[i] = xasprintf("%s/%s", f->dir, names[i]);
	}
	for (int i = 0; tls && i < 2; i++) {
		f->tls[i] = cert_server_context(&server_cert[i], &authority[i]);
	}
	uv_loop_init(&f->loop);
	buf_init(&f->request, 1 << 20);
	tiny_start(&f->server, &f->loop, f->tls[0], serve, f);
	put_generation(f, 0);
	put(f, TOKEN, "secret-1");
	put_config(f, f->server.port);
	f->good_token = "secret-1";
	f->http = http_client_new(&f->loop, NULL, &e);
	assert_int_equal(kube_config_load(f->paths[CONFIG], NULL, &f->config, &e), 0);
	f->client = kube_client_new(f->http, &f->config);
	kube_client_on_reload(f->client, on_reload, f);
	return f;
}

static int setup(void **state)
{
	*state = begin(false);
	return 0;
}

static int setup_tls(void **state)
{
	*state = begin(true);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kube_client_free(f->client);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	kube_config_done(&f->config);
	buf_done(&f->request);
	for (int i = 0; i < FILES; i++) {
		unlink(f->paths[i]);
		free(f->paths[i]);
	}
	rmdir(f->dir);
	SSL_CTX_free(f->tls[0]);
	SSL_CTX_free(f->tls[1]);
	free(f);
	return 0;
}

static void call(struct fixture *f, struct told *t)
{
	struct kube_request q = {.method = "POST", .path = "/x", .body = "{\"a\":1}", .body_len = 7};
	*t = (struct told){0};
	kube_call(f->client, &q, on_done, t);
	assert_true(tiny_run(&f->loop, &t->done, 1));
	assert_int_equal(t->done, 1);
}

static void expect_ok(struct fixture *f)
{
	struct told t;
	call(f, &t);
	if (t.err.code != ERR_NONE) {
		fail_msg("%s", t.err.text);
	}
}

static void a_401_reads_the_files_once_more_and_sends_the_request_again(void **state)
{
	struct fixture *f = *state;
	struct told t;
	f->good_token = "secret-2";
	put(f, TOKEN, "secret-2\n");
	expect_ok(f);
	assert_int_equal(f->server.requests, 2);
	assert_int_equal(f->reloads, 1);
	assert_non_null(strstr(buf_str(&f->request), "{\"a\":1}"));
	/* The new token stays. */
	expect_ok(f);
	assert_int_equal(f->server.requests, 3);
	/* No other token in the file: no second try. */
	f->good_token = "secret-3";
	call(f, &t);
	assert_int_equal(t.err.code, ERR_AUTH);
	assert_string_equal(t.err.text, "POST /x: HTTP 401 Unauthorized: Unauthorized");
	assert_int_equal(f->server.requests, 4);
	/* Another one, but wrong as well: one more try and no circle. */
	put(f, TOKEN, "secret-4");
	call(f, &t);
	assert_int_equal(t.err.code, ERR_AUTH);
	assert_int_equal(f->server.requests, 6);
	/* The file is gone: the old token is used, and the server has the word. */
	unlink(f->paths[TOKEN]);
	f->good_token = "secret-4";
	expect_ok(f);
}

static void a_token_that_changes_for_ever_is_tried_twice(void **state)
{
	struct fixture *f = *state;
	struct told t;
	f->rotating = true;
	f->good_token = "none of them";
	call(f, &t);
	assert_int_equal(t.err.code, ERR_AUTH);
	assert_int_equal(f->server.requests, 2);
}

static void a_new_token_is_used_before_the_old_one_is_refused(void **state)
{
	struct fixture *f = *state;
	f->good_token = "secret-";
	put(f, TOKEN, "secret-2");
	while (f->reloads == 0) {
		expect_ok(f);
	}
	expect_ok(f);
	assert_non_null(strstr(buf_str(&f->request), "Bearer secret-2\r\n"));
	assert_int_equal(f->failures, 0);
}

static void files_that_do_not_go_together_yet_change_nothing_and_are_told_once(void **state)
{
	struct fixture *f = *state;
	struct told t;
	f->good_token = "secret-2";
	put(f, CERT, client_cert[1].cert_pem);
	put(f, TOKEN, "secret-2");
	for (int i = 0; i < 3; i++) {
		call(f, &t);
		assert_int_equal(t.err.code, ERR_AUTH);
	}
	assert_int_equal(f->server.requests, 3);
	assert_int_equal(f->failures, 1);
	assert_non_null(strstr(f->failure.text, "the private key does not belong to the certificate"));
	put(f, KEY, client_cert[1].key_pem);
	expect_ok(f);
	assert_int_equal(f->reloads, 1);
	/* The same failure is told anew after a success. */
	put(f, KEY, client_cert[0].key_pem);
	f->good_token = "secret-3";
	call(f, &t);
	assert_int_equal(f->failures, 2);
}

static void another_server_is_for_another_start(void **state)
{
	struct fixture *f = *state;
	struct told t;
	put_config(f, f->server.port == 1 ? 2 : 1);
	f->good_token = "secret-2";
	call(f, &t);
	assert_int_equal(t.err.code, ERR_AUTH);
	assert_int_equal(f->failures, 1);
	assert_non_null(strstr(f->failure.text, "another server, http://127.0.0.1:1, is for another start"));
	assert_null(strstr(f->failure.text, "secret"));
	f->good_token = "secret-1";
	expect_ok(f);
}

static void a_new_authority_ends_the_streams_and_a_new_token_does_not(void **state)
{
	struct fixture *f = *state;
	struct told watch = {0};
	kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &watch);
	assert_true(tiny_run(&f->loop, &watch.data, 3));
	f->good_token = "secret-2";
	put(f, TOKEN, "secret-2");
	expect_ok(f);
	f->good_token = "secret-3";
	put(f, TOKEN, "secret-3");
	expect_ok(f);
	assert_int_equal(watch.done, 0);
	put(f, CA, authority[1].cert_pem);
	f->good_token = "secret-4";
	put(f, TOKEN, "secret-4");
	expect_ok(f);
	assert_true(tiny_run(&f->loop, &watch.done, 1));
	assert_int_equal(watch.done, 1);
	assert_int_equal(watch.err.code, ERR_NONE);
	assert_int_equal(watch.status, 200);
	/* One that begins now is left alone. */
	watch = (struct told){0};
	struct kube_call *next =
	    kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &watch);
	assert_true(tiny_run(&f->loop, &watch.data, 3));
	expect_ok(f);
	assert_int_equal(watch.done, 0);
	kube_call_cancel(next);
}

static void a_stream_that_a_change_ended_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	struct told watch = {0}, t = {0};
	struct kube_call *stream =
	    kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &watch);
	assert_true(tiny_run(&f->loop, &watch.data, 3));
	put(f, CA, authority[1].cert_pem);
	/* Until the call that looks has ended the stream, which is told a turn later. */
	do {
		kube_call(f->client, &(struct kube_request){.path = "/x"}, on_done, &t);
	} while (f->reloads == 0 && uv_run(&f->loop, UV_RUN_ONCE) && !watch.done);
	kube_call_cancel(stream);
	expect_ok(f);
	assert_int_equal(watch.done, 0);
	assert_true(tiny_run(&f->loop, &t.done, 1));
}

static void a_server_with_the_certificate_of_a_new_authority_costs_one_more_attempt(void **state)
{
	struct fixture *f = *state;
	struct told t;
	expect_ok(f);
	/* Nobody told us yet. */
	f->server.tls = f->tls[1];
	tiny_drop_all(&f->server);
	call(f, &t);
	assert_int_equal(t.err.code, ERR_AUTH);
	assert_int_equal(f->server.requests, 1);
	put_generation(f, 1);
	expect_ok(f);
	assert_int_equal(f->server.requests, 2);
	assert_int_equal(f->reloads, 1);
	assert_int_equal(f->failures, 0);
	/* A stream as well. */
	f->server.tls = f->tls[0];
	tiny_drop_all(&f->server);
	put_generation(f, 0);
	t = (struct told){0};
	struct kube_call *stream =
	    kube_stream(f->client, &(struct kube_request){.path = "/watch"}, on_data, on_done, &t);
	assert_true(tiny_run(&f->loop, &t.data, 3));
	assert_int_equal(t.done, 0);
	kube_call_cancel(stream);
}

static void a_kept_connection_of_the_old_certificate_is_not_used_with_the_new_one(void **state)
{
	struct fixture *f = *state;
	expect_ok(f);
	assert_int_equal(f->server.accepted, 1);
	expect_ok(f);
	assert_int_equal(f->server.accepted, 1);
	f->server.tls = f->tls[1];
	put_generation(f, 1);
	put(f, TOKEN, "secret-2");
	f->good_token = "secret-2";
	/* Refused on the old connection, sent again on a new one. */
	expect_ok(f);
	assert_int_equal(f->server.accepted, 2);
	expect_ok(f);
	assert_int_equal(f->server.accepted, 2);
}

int main(void)
{
	for (int i = 0; i < 2; i++) {
		cert_make(&authority[i], i ? "new" : "old", NULL, NULL, -3600, 3600);
		cert_make(&server_cert[i], "server", "IP:127.0.0.1", &authority[i], -3600, 3600);
		cert_make(&client_cert[i], "client", NULL, &authority[i], -3600, 3600);
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_401_reads_the_files_once_more_and_sends_the_request_again, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_token_that_changes_for_ever_is_tried_twice, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_new_token_is_used_before_the_old_one_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(files_that_do_not_go_together_yet_change_nothing_and_are_told_once, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(another_server_is_for_another_start, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_new_authority_ends_the_streams_and_a_new_token_does_not, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_stream_that_a_change_ended_can_be_cancelled, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_server_with_the_certificate_of_a_new_authority_costs_one_more_attempt,
					    setup_tls, teardown),
	    cmocka_unit_test_setup_teardown(a_kept_connection_of_the_old_certificate_is_not_used_with_the_new_one,
					    setup_tls, teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 0; i < 2; i++) {
		cert_done(&authority[i]);
		cert_done(&server_cert[i]);
		cert_done(&client_cert[i]);
	}
	return failed;
}
