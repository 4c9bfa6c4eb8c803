#include "tests/unit/unit.h"

#include "base/file.h"
#include "base/http_head.h"
#include "base/js.h"
#include "kube/kubelet_port.h"
#include "tests/unit/kube/tls_client.h"

#define HOUR 3600L
#define LONG_LINES 200000

static struct cert ca, foreign, server_cert, admin, reader, late, stranger;

/* The port with an API server that lets "admin" do everything and "reader" read; and one client. */
struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *kube;
	struct kubelet_auth *auth;
	struct kubelet_port *port;
	struct tiny_server server;
	struct tls_client client;
	bool has_client;
	int requests, gone, cancelled, overs, reviews;
	struct buf log;
	struct kubelet_exchange *x;
	struct remote *remote;
	size_t lines; /* still to be sent of a long log */
	struct buf input;
};

static void review(struct tiny_conn *c, const struct tiny_request *q)
{
	struct fixture *f = c->server->arg;
	CLEANUP_JSON json_t *body = json_loadb(q->body, q->body_len, 0, NULL);
	const json_t *spec = js_obj(body, "spec");
	const char *user = js_str(spec, "user");
	f->reviews++;
	if (strcmp(js_str(body, "kind"), "TokenReview") == 0) {
		tiny_reply_json(c, 201,
				strcmp(js_str(spec, "token"), "good") == 0
				    ? "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"admin\"}}}"
				    : "{\"status\":{\"authenticated\":false}}");
		return;
	}
	bool get = strcmp(js_str_at(spec, "resourceAttributes", "verb", NULL), "get") == 0;
	bool yes = strcmp(user, "admin") == 0 || (strcmp(user, "reader") == 0 && get);
	tiny_reply_json(c, 201, yes ? "{\"status\":{\"allowed\":true}}" : "{\"status\":{\"allowed\":false}}");
}

/* ---- the owner ---- */

static void send_lines(struct fixture *f)
{
	while (f->lines && kubelet_exchange_pending(f->x) < KUBELET_PENDING_HIGH) {
		kubelet_exchange_write(f->x, "a line of a log\n", 16);
		f->lines--;
	}
	if (!f->lines) {
		kubelet_exchange_end(f->x);
		f->x = NULL;
	}
}

static void on_start(void *arg)
{
	struct fixture *f = arg;
	remote_output(f->remote, REMOTE_STDOUT, "started\n", 8);
}

static void on_input(void *arg, const void *bytes, size_t n)
{
	struct fixture *f = arg;
	buf_append(&f->input, bytes, n);
	remote_output(f->remote, REMOTE_STDOUT, bytes, n);
}

static void on_input_end(void *arg)
{
	struct fixture *f = arg;
	remote_exited(f->remote, 3);
}

static void on_resize(void *arg, uint16_t columns, uint16_t rows)
{
	(void)arg;
	(void)columns;
	(void)rows;
}

static void on_hold(void *arg, bool hold)
{
	(void)arg;
	(void)hold;
}

static void on_cancel(void *arg)
{
	((struct fixture *)arg)->cancelled++;
}

static const struct remote_process process = {on_start, on_input, on_input_end, on_resize, on_hold, on_cancel};

static void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	(void)port;
	(void)arg;
	return pair;
}

static void on_forward(void *to, const void *bytes, size_t n)
{
	forward_data(to, bytes, n); /* an echo */
}

static void on_nothing(void *to)
{
	(void)to;
}

static const struct forward_dialer dialer = {on_dial, on_forward, on_nothing, on_hold, on_nothing};

static void on_over(void *arg)
{
	((struct fixture *)arg)->overs++;
}

static const char *node_of(void *arg, const struct kubelet_request *r, const char *host, const char *uri)
{
	(void)arg;
	(void)host;
	(void)uri;
	return r->pod ? "agent1" : NULL;
}

static void on_request(void *arg, struct kubelet_exchange *x)
{
	struct fixture *f = arg;
	f->requests++;
	switch (kubelet_exchange_request(x)->verb) {
	case KUBELET_CONTAINER_LOGS:
		f->x = x;
		f->lines = kubelet_exchange_request(x)->log.tail >= 0 ? 1 : LONG_LINES;
		kubelet_exchange_set_data(x, f);
		kubelet_exchange_begin(x, "text/plain");
		if (!kubelet_exchange_request(x)->log.follow) {
			send_lines(f);
		}
		break;
	case KUBELET_EXEC:
		f->remote = kubelet_exchange_remote(x, &process, f);
		break;
	case KUBELET_PORT_FORWARD:
		kubelet_exchange_forward(x, &dialer, f, on_over);
		break;
	default:
		kubelet_exchange_answer(x, 200, "text/plain", "ok", 2);
	}
}

static void on_sent(struct kubelet_exchange *x)
{
	if (!kubelet_exchange_request(x)->log.follow) {
		send_lines(kubelet_exchange_data(x));
	}
}

static void on_gone(struct kubelet_exchange *x)
{
	struct fixture *f = kubelet_exchange_data(x);
	f->gone++;
	f->x = NULL;
}

static void on_told(void *arg, const char *method, const char *path, int status, const char *user)
{
	struct fixture *f = arg;
	buf_printf(&f->log, "%s %s %d %s\n", method, path, status, user ? user : "-");
}

static const struct kubelet_port_handlers handlers = {node_of, on_request, on_sent, on_gone, on_told};

/* ---- rig ---- */

static int setup(void **state)
{
	struct err e = {0};
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	buf_init(&f->log, 1 << 20);
	buf_init(&f->input, 1 << 20);
	tiny_start(&f->server, &f->loop, NULL, review, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->kube = kube_client_new(f->http, &f->config);
	f->auth = kubelet_auth_new(f->kube);
	f->port = kubelet_port_new(&f->loop, "127.0.0.1", 0, f->auth, &handlers, f, &e);
	assert_non_null(f->port);
	assert_int_equal(kubelet_port_identity(f->port, server_cert.cert_pem, server_cert.key_pem, ca.cert_pem, &e), 0);
	*state = f;
	return 0;
}

static void hang_up(struct fixture *f)
{
	if (f->has_client) {
		tls_client_stop(&f->client);
		f->has_client = false;
	}
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	hang_up(f);
	kubelet_port_free(f->port);
	kubelet_auth_free(f->auth);
	kube_client_free(f->kube);
	http_client_free(f->http);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	kube_config_done(&f->config);
	buf_done(&f->log);
	buf_done(&f->input);
	free(f);
	return 0;
}

static void dial(struct fixture *f, const struct cert *who)
{
	hang_up(f);
	tls_client_start(&f->client, &f->loop, kubelet_port_number(f->port), who);
	f->has_client = true;
}

static void run_until_closed(struct fixture *f)
{
	while (!f->client.closed) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void run_until_heard(struct fixture *f, const char *text)
{
	while (!memmem(buf_str(&f->client.in), f->client.in.len, text, strlen(text))) {
		assert_false(f->client.closed);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

/* One request, its whole answer. */
static const char *ask(struct fixture *f, const struct cert *who, const char *request)
{
	dial(f, who);
	tls_client_text(&f->client, request);
	run_until_closed(f);
	return buf_str(&f->client.in);
}

static void assert_status(const char *answer, int status)
{
	char expected[32];
	snprintf(expected, sizeof(expected), "HTTP/1.1 %d ", status);
	if (strncmp(answer, expected, strlen(expected)) != 0) {
		fail_msg("wanted %d, got %.200s", status, answer);
	}
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define GET_WITH(path, header) "GET " path " HTTP/1.1\r\nHost: x\r\n" header "\r\n\r\n"
#define UPGRADE(path, protocol)                                                                                        \
	"POST " path " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"       \
	"X-Stream-Protocol-Version: v5.channel.k8s.io\r\nX-Stream-Protocol-Version: " protocol "\r\n\r\n"

/* ---- tests ---- */

static void a_request_of_somebody_who_may_is_answered_and_the_connection_ends(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/healthz"));
	assert_string_equal(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
				    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nok");
	assert_status(ask(f, NULL, GET_WITH("/healthz", "Authorization: bearer good")), 200);
	const char *head = ask(f, &admin, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(head, "Content-Length: 2\r\n"));
	assert_null(strstr(head, "ok"));
	assert_string_equal(buf_str(&f->log),
			    "GET /healthz 200 admin\nGET /healthz 200 admin\nHEAD /healthz 200 admin\n");
}

static void nobody_without_rights_gets_anything(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const struct cert *who;
		const char *request;
		int status;
	} attacks[] = {
	    {NULL, GET("/pods"), 401},
	    {NULL, GET("/nope"), 401},
	    {NULL, GET("/../etc/passwd"), 401},
	    {&stranger, GET("/pods"), 401},    /* the right name, signed by somebody else */
	    {&late, GET("/pods"), 401},	       /* expired */
	    {&server_cert, GET("/pods"), 403}, /* known to the authority, but to nobody else */
	    {NULL, GET_WITH("/pods", "Authorization: Bearer bad"), 401},
	    {NULL, GET_WITH("/pods", "Authorization: Bearer "), 401},
	    {NULL, GET_WITH("/pods", "Authorization: Basic Z29vZA=="), 401},
	    {NULL, GET_WITH("/pods", "X-Remote-User: admin"), 401},
	    {&reader, GET("/exec/d/p/c?command=sh&output=1"), 403}, /* reading is no right to run */
	    {&reader, UPGRADE("/exec/d/p/c?command=sh&output=1", "v4.channel.k8s.io"), 403},
	    {&reader, UPGRADE("/portForward/d/p", "portforward.k8s.io"), 403},
	    {&admin, GET("/nope"), 404},
	    {&admin, GET("//pods"), 404},
	    {&admin, GET("/./pods"), 404},
	    {&admin, GET("/exec/d/..%2f..%2fx/c?command=sh&output=1"), 404},
	    {&admin, "DELETE /pods HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /", 400},
	    {&admin, "GET /pods HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400},
	    {&admin, "GET /pods HTTP/1.1\nHost: x\r\n\r\n", 505},
	    {&admin, "\r\n\r\n", 400},
	    {&admin, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	};
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		assert_status(ask(f, attacks[i].who, attacks[i].request), attacks[i].status);
	}
	assert_int_equal(f->requests, 0);
	assert_status(ask(f, &admin, GET("/healthz")), 200);
}

static void a_second_request_on_a_connection_is_not_answered(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/healthz") GET("/pods"));
	assert_int_equal(f->requests, 1);
	assert_null(strstr(answer + 1, "HTTP/1.1"));
}

static void a_head_that_never_ends_is_refused_when_it_is_too_long(void **state)
{
	struct fixture *f = *state;
	char piece[4096];
	memset(piece, 'a', sizeof(piece));
	dial(f, &admin);
	tls_client_text(&f->client, "GET /pods HTTP/1.1\r\nHost: x\r\nA: ");
	for (size_t i = 0; i <= HTTP_REQUEST_HEAD_MAX / sizeof(piece); i++) {
		tls_client_send(&f->client, piece, sizeof(piece));
	}
	run_until_heard(f, "HTTP/1.1 431 ");
	assert_int_equal(f->requests, 0);
}

static void a_long_answer_is_sent_as_the_client_reads_it(void **state)
{
	struct fixture *f = *state;
	const char *answer = ask(f, &admin, GET("/containerLogs/d/p/c"));
	assert_non_null(strstr(answer, "Transfer-Encoding: chunked\r\n"));
	assert_memory_equal(answer + f->client.in.len - 7, "\r\n0\r\n\r\n", 7);
	size_t lines = 0;
	for (const char *p = answer; (p = strstr(p, "a line of a log\n")) != NULL; p++) {
		lines++;
	}
	assert_int_equal(lines, LONG_LINES);
	assert_int_equal(f->gone, 0);
}

static void a_client_that_goes_away_is_told_to_the_owner(void **state)
{
	struct fixture *f = *state;
	dial(f, &admin);
	tls_client_text(&f->client, GET("/containerLogs/d/p/c?follow=true"));
	run_until_heard(f, "200 OK");
	hang_up(f);
	while (!f->gone) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void what_is_no_upgrade_or_speaks_nothing_known_is_refused(void **state)
{
	struct fixture *f = *state;
#define EXEC "/exec/d/p/c?command=sh&output=1"
	const char *answer = ask(f, &admin, GET(EXEC));
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "unable to upgrade: missing upgrade headers in request"));
	answer =
	    ask(f, &admin, "POST " EXEC " HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "header X-Stream-Protocol-Version does not exist in request with 3 headers"));
	answer = ask(f, &admin, UPGRADE(EXEC, "v9.channel.k8s.io"));
	assert_status(answer, 403);
	assert_non_null(strstr(answer, "X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"));
	assert_status(ask(f, &admin, UPGRADE("/portForward/d/p", "v4.channel.k8s.io")), 403);
	answer = ask(f, &admin, UPGRADE(EXEC, "v4.channel.k8s.io") "smuggled");
	assert_status(answer, 400);
	assert_non_null(strstr(answer, "unable to upgrade: bytes before the upgrade was answered"));
}

static char *recorded(const char *name, size_t *ret_n)
{
	char path[256];
	struct err e = {0};
	snprintf(path, sizeof(path), TEST_DATA "/kubelet/%s", name);
	char *all = file_read(path, 1 << 20, ret_n, &e);
	char *body = strstr(all, "\r\n\r\n") + 4;
	*ret_n -= (size_t)(body - all);
	memmove(all, body, *ret_n);
	return all;
}

static void start_exec(struct fixture *f)
{
	size_t n;
	CLEANUP_FREE char *bytes = recorded("exec-stdin.c2s", &n);
	dial(f, &admin);
	tls_client_text(&f->client,
			UPGRADE("/exec/default/run-1/main?command=cat&error=1&input=1&output=1", "v4.channel.k8s.io"));
	run_until_heard(f, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
			   "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n");
	/* without the end of the input */
	tls_client_send(&f->client, bytes, n - 8);
	run_until_heard(f, "hello stdin");
}

static void a_recorded_exec_runs_over_the_port(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	tls_client_send(&f->client, "\0\0\0\3\1\0\0\0", 8);
	run_until_closed(f);
	assert_string_equal(buf_str(&f->input), "hello stdin\n");
	const struct buf *in = &f->client.in;
	assert_non_null(memmem(in->data, in->len, "started\n", 8));
	assert_non_null(memmem(in->data, in->len, "\"reason\":\"NonZeroExitCode\"", 26));
	assert_memory_equal(in->data + in->len - 16, "\x80\3\0\7\0\0\0\x08\0\0\0\7\0\0\0\0", 16);
	assert_int_equal(f->cancelled, 0);
}

static void a_client_that_leaves_an_exec_cancels_it(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	hang_up(f);
	while (!f->cancelled) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void nonsense_after_an_upgrade_ends_the_session(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	tls_client_text(&f->client, "GET / HTTP/1.1\r\n\r\n");
	run_until_closed(f);
	assert_int_equal(f->cancelled, 1);
}

static void a_recorded_port_forward_runs_over_the_port(void **state)
{
	struct fixture *f = *state;
	size_t n;
	CLEANUP_FREE char *bytes = recorded("port-forward.c2s", &n);
	dial(f, &admin);
	tls_client_text(&f->client, UPGRADE("/portForward/default/run-1", "portforward.k8s.io"));
	run_until_heard(f, "X-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n");
	tls_client_send(&f->client, bytes, n);
	run_until_closed(f);
	assert_non_null(memmem(f->client.in.data, f->client.in.len, "GET / HTTP/1.1\r\nHost: x", 23)); /* the echo */
	hang_up(f);
	while (!f->overs) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

static void the_end_of_the_port_ends_everything(void **state)
{
	struct fixture *f = *state;
	start_exec(f);
	kubelet_port_free(f->port);
	f->port = NULL;
	assert_int_equal(f->cancelled, 1);
}

static int make_certificates(void **state)
{
	(void)state;
	cert_make(&ca, "ca", NULL, NULL, -HOUR, HOUR);
	cert_make(&foreign, "foreign", NULL, NULL, -HOUR, HOUR);
	cert_make(&server_cert, "server", "IP:127.0.0.1", &ca, -HOUR, HOUR);
	cert_make(&admin, "admin", NULL, &ca, -HOUR, HOUR);
	cert_make(&reader, "reader", NULL, &ca, -HOUR, HOUR);
	cert_make(&late, "admin", NULL, &ca, -2 * HOUR, -HOUR);
	cert_make(&stranger, "admin", NULL, &foreign, -HOUR, HOUR);
	return 0;
}

static int drop_certificates(void **state)
{
	struct cert *all[] = {&ca, &foreign, &server_cert, &admin, &reader, &late, &stranger};
	(void)state;
	for (size_t i = 0; i < 7; i++) {
		cert_done(all[i]);
	}
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_request_of_somebody_who_may_is_answered_and_the_connection_ends),
	    TEST(nobody_without_rights_gets_anything),
	    TEST(a_second_request_on_a_connection_is_not_answered),
	    TEST(a_head_that_never_ends_is_refused_when_it_is_too_long),
	    TEST(a_long_answer_is_sent_as_the_client_reads_it),
	    TEST(a_client_that_goes_away_is_told_to_the_owner),
	    TEST(what_is_no_upgrade_or_speaks_nothing_known_is_refused),
	    TEST(a_recorded_exec_runs_over_the_port),
	    TEST(a_client_that_leaves_an_exec_cancels_it),
	    TEST(nonsense_after_an_upgrade_ends_the_session),
	    TEST(a_recorded_port_forward_runs_over_the_port),
	    TEST(the_end_of_the_port_ends_everything),
	};
	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
