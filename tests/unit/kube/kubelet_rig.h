/* The kubelet port with an API server that lets "admin" do everything and "reader" read, an owner whose processes echo
 * their input, and one client whose bytes the test decides. */
#ifndef TESTS_UNIT_KUBE_KUBELET_RIG_H
#define TESTS_UNIT_KUBE_KUBELET_RIG_H

#include "tests/unit/unit.h"

#include "base/file.h"
#include "base/http_server.h"
#include "base/js.h"
#include "kube/kubelet_port.h"
#include "tests/unit/kube/recorded.h"
#include "tests/unit/kube/tls_client.h"

#define HOUR 3600L
#define LONG_LINES 200000

static struct cert ca, foreign, server_cert, admin, reader, late, stranger;

struct fixture {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *kube;
	struct kubelet_auth *auth;
	struct kubelet_port *port;
	struct http_server *metrics; /* on the same loop, as in the adapter */
	struct tiny_server server;
	struct tls_client client;
	bool has_client;
	int requests, gone, cancelled, overs, reviews;
	struct buf log;
	struct kubelet_exchange *x;
	struct remote *remote;
	size_t lines; /* still to be sent of a long log */
	struct buf input;
	bool silent; /* the process says nothing */
	bool held;   /* … because it is told so */
};

TINY_FUNCTION void review(struct tiny_conn *c, const struct tiny_request *q)
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

TINY_FUNCTION void send_lines(struct fixture *f)
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

TINY_FUNCTION void on_start(void *arg)
{
	struct fixture *f = arg;
	if (!f->silent) {
		remote_output(f->remote, REMOTE_STDOUT, "started\n", 8);
	}
}

TINY_FUNCTION void on_input(void *arg, const void *bytes, size_t n)
{
	struct fixture *f = arg;
	buf_append(&f->input, bytes, n);
	if (!f->silent) {
		remote_output(f->remote, REMOTE_STDOUT, bytes, n);
	}
}

TINY_FUNCTION void on_input_end(void *arg)
{
	struct fixture *f = arg;
	remote_exited(f->remote, 3);
}

TINY_FUNCTION void on_resize(void *arg, uint16_t columns, uint16_t rows)
{
	struct fixture *f = arg;
	buf_printf(&f->log, "%ux%u\n", columns, rows);
}

TINY_FUNCTION void on_hold_output(void *arg, bool hold)
{
	struct fixture *f = arg;
	f->held = hold;
}

TINY_FUNCTION void on_hold(void *arg, bool hold)
{
	(void)arg;
	(void)hold;
}

TINY_FUNCTION void on_cancel(void *arg)
{
	((struct fixture *)arg)->cancelled++;
}

static const struct remote_process process = {on_start, on_input, on_input_end, on_resize, on_hold_output, on_cancel};

TINY_FUNCTION void *on_dial(void *arg, struct forward_pair *pair, uint16_t port)
{
	(void)port;
	(void)arg;
	return pair;
}

TINY_FUNCTION void on_forward(void *to, const void *bytes, size_t n)
{
	forward_data(to, bytes, n); /* an echo */
}

TINY_FUNCTION void on_nothing(void *to)
{
	(void)to;
}

static const struct forward_dialer dialer = {on_dial, on_forward, on_nothing, on_hold, on_nothing};

TINY_FUNCTION void on_over(void *arg)
{
	((struct fixture *)arg)->overs++;
}

TINY_FUNCTION const char *node_of(void *arg, const struct kubelet_request *r, const char *host, const char *uri)
{
	(void)arg;
	(void)host;
	(void)uri;
	return r->pod ? "agent1" : NULL;
}

TINY_FUNCTION void on_request(void *arg, struct kubelet_exchange *x)
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

TINY_FUNCTION void on_sent(struct kubelet_exchange *x)
{
	if (!kubelet_exchange_request(x)->log.follow) {
		send_lines(kubelet_exchange_data(x));
	}
}

TINY_FUNCTION void on_gone(struct kubelet_exchange *x)
{
	struct fixture *f = kubelet_exchange_data(x);
	f->gone++;
	f->x = NULL;
}

TINY_FUNCTION void on_told(void *arg, const char *method, const char *path, int status, const char *user)
{
	struct fixture *f = arg;
	buf_printf(&f->log, "%s %s %d %s\n", method, path, status, user ? user : "-");
}

static const struct kubelet_port_handlers handlers = {node_of, on_request, on_sent, on_gone, on_told};

/* ---- rig ---- */

TINY_FUNCTION int setup(void **state)
{
	struct err e = {0};
	struct fixture *f = xcalloc(1, sizeof(*f));
	uv_loop_init(&f->loop);
	buf_init(&f->log, 1 << 20);
	buf_init(&f->input, 64 << 20);
	tiny_start(&f->server, &f->loop, NULL, review, f);
	f->http = http_client_new(&f->loop, NULL, &e);
	f->config.server = xasprintf("http://127.0.0.1:%d", f->server.port);
	f->kube = kube_client_new(f->http, &f->config);
	f->auth = kubelet_auth_new(f->kube);
	f->metrics = http_server_new(&f->loop, &(struct http_server_config){.host = "127.0.0.1"}, &e);
	assert_non_null(f->metrics);
	f->port = kubelet_port_new(&f->loop, "127.0.0.1", 0, f->auth, &handlers, f, &e);
	assert_non_null(f->port);
	assert_int_equal(kubelet_port_identity(f->port, server_cert.cert_pem, server_cert.key_pem, ca.cert_pem, &e), 0);
	*state = f;
	return 0;
}

TINY_FUNCTION void hang_up(struct fixture *f)
{
	if (f->has_client) {
		tls_client_stop(&f->client);
		f->has_client = false;
	}
}

TINY_FUNCTION int teardown(void **state)
{
	struct fixture *f = *state;
	hang_up(f);
	kubelet_port_free(f->port);
	kubelet_auth_free(f->auth);
	http_server_free(f->metrics);
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

TINY_FUNCTION void dial(struct fixture *f, const struct cert *who)
{
	hang_up(f);
	tls_client_start(&f->client, &f->loop, kubelet_port_number(f->port), who);
	f->has_client = true;
}

TINY_FUNCTION void run_until_closed(struct fixture *f)
{
	while (!f->client.closed) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

TINY_FUNCTION void run_until_heard(struct fixture *f, const char *text)
{
	while (!memmem(buf_str(&f->client.in), f->client.in.len, text, strlen(text))) {
		assert_false(f->client.closed);
		uv_run(&f->loop, UV_RUN_ONCE);
	}
}

/* One request, its whole answer. */
TINY_FUNCTION const char *ask(struct fixture *f, const struct cert *who, const char *request)
{
	dial(f, who);
	tls_client_text(&f->client, request);
	run_until_closed(f);
	return buf_str(&f->client.in);
}

TINY_FUNCTION void assert_status(const char *answer, int status)
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

/* ---- certificates ---- */

TINY_FUNCTION int make_certificates(void **state)
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

TINY_FUNCTION int drop_certificates(void **state)
{
	struct cert *all[] = {&ca, &foreign, &server_cert, &admin, &reader, &late, &stranger};
	(void)state;
	for (size_t i = 0; i < 7; i++) {
		cert_done(all[i]);
	}
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
