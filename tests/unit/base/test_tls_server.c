#include "tests/unit/unit.h"

#include "base/http_client.h"
#include "base/tls_server.h"
#include "tests/unit/certs.h"

#define HOUR 3600L
#define BIG ((size_t)32 << 20)

static struct cert ca, foreign, server_cert, alice, late, stranger;

/* One server that answers every request with who asks, one client. */
struct fixture {
	uv_loop_t loop;
	struct tls_server *server;
	struct http_client *client;
	int opened, closed, done;
	size_t big; /* bytes still to be sent to who asked for them */
	size_t highest_pending;
	struct tls_conn *conn;
	int status;
	enum err_code code;
	char text[256];
	size_t taken;
};

static void on_open(void *arg, struct tls_conn *c)
{
	struct fixture *f = arg;
	f->opened++;
	f->conn = c;
	tls_conn_set_data(c, f);
}

static void answer(struct tls_conn *c)
{
	char body[128], head[256];
	const struct tls_peer *p = tls_conn_peer(c);
	snprintf(body, sizeof(body), "%s %s %s", p->given ? "given" : "none", p->good ? p->common_name : "-",
		 p->problem ? p->problem : "-");
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	tls_conn_send(c, head, strlen(head));
	tls_conn_finish(c);
}

static void send_more(struct fixture *f, struct tls_conn *c)
{
	static char piece[1 << 16];
	while (f->big && tls_conn_pending(c) < ((size_t)1 << 20)) {
		tls_conn_send(c, piece, sizeof(piece));
		f->big -= sizeof(piece);
		f->highest_pending =
		    tls_conn_pending(c) > f->highest_pending ? tls_conn_pending(c) : f->highest_pending;
		if (!f->big) {
			tls_conn_finish(c);
		}
	}
}

static void on_data(struct tls_conn *c, const char *bytes, size_t n)
{
	struct fixture *f = tls_conn_data(c);
	if (memmem(bytes, n, "GET /big", 8)) {
		char head[128];
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", BIG);
		tls_conn_send(c, head, strlen(head));
		f->big = BIG;
		send_more(f, c);
	} else if (memmem(bytes, n, "\r\n\r\n", 4)) {
		answer(c);
	}
}

static void on_sent(struct tls_conn *c)
{
	send_more(tls_conn_data(c), c);
}

static void on_close(struct tls_conn *c)
{
	struct fixture *f = tls_conn_data(c);
	f->closed++;
	f->conn = NULL;
}

static const struct tls_handlers handlers = {on_open, on_data, on_sent, on_close};

static void on_body(void *arg, const char *bytes, size_t n)
{
	struct fixture *f = arg;
	if (!f->taken) {
		snprintf(f->text, sizeof(f->text), "%.*s", (int)n, bytes);
	}
	f->taken += n;
}

static void on_done(void *arg, const struct http_result *r)
{
	struct fixture *f = arg;
	f->done++;
	f->status = r->head.status;
	f->code = r->err.code;
}

static const struct http_handlers client_handlers = {.on_data = on_body, .on_done = on_done};

static void start(struct fixture *f, bool ask)
{
	struct err e = {0};
	*f = (struct fixture){0};
	uv_loop_init(&f->loop);
	struct tls_server_config config = {
	    .host = "127.0.0.1", .handshake_timeout_ms = 2000, .handlers = &handlers, .arg = f};
	f->server = tls_server_new(&f->loop, &config, &e);
	assert_non_null(f->server);
	assert_int_equal(
	    tls_server_identity(f->server, server_cert.cert_pem, server_cert.key_pem, ask ? ca.cert_pem : NULL, &e), 0);
	f->client = http_client_new(&f->loop, NULL, &e);
}

static void stop(struct fixture *f)
{
	http_client_free(f->client);
	tls_server_free(f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
}

static struct http_call *call(struct fixture *f, const char *path, const struct cert *who)
{
	char url[64];
	struct err e = {0};
	snprintf(url, sizeof(url), "https://127.0.0.1:%d%s", tls_server_port(f->server), path);
	struct http_spec spec = {.url = url, .tls = {.ca_pem = ca.cert_pem}};
	if (who) {
		spec.tls.cert_pem = who->cert_pem;
		spec.tls.key_pem = who->key_pem;
	}
	f->done = 0;
	f->taken = 0;
	return http_call_start(f->client, &spec, &client_handlers, f, &e);
}

static void ask(struct fixture *f, const struct cert *who)
{
	assert_non_null(call(f, "/", who));
	while (!f->done) {
		uv_run(&f->loop, UV_RUN_ONCE);
	}
	assert_int_equal(f->code, ERR_NONE);
	assert_int_equal(f->status, 200);
}

static void a_peer_is_who_its_certificate_says_and_only_a_good_one_counts(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, true);
	ask(&f, &alice);
	assert_string_equal(f.text, "given alice -");
	ask(&f, NULL);
	assert_string_equal(f.text, "none - -");
	ask(&f, &late);
	assert_string_equal(f.text, "given - certificate has expired");
	ask(&f, &stranger);
	assert_string_equal(f.text, "given - unable to verify the first certificate");
	stop(&f);
	assert_int_equal(f.opened, 4);
	assert_int_equal(f.closed, 4);
}

static void without_a_client_authority_no_certificate_is_asked_for(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, false);
	ask(&f, &alice);
	assert_string_equal(f.text, "none - -");
	stop(&f);
}

static void a_new_identity_holds_for_new_connections(void **state)
{
	(void)state;
	struct fixture f;
	struct err e = {0};
	start(&f, true);
	ask(&f, &alice);
	assert_int_equal(tls_server_identity(f.server, stranger.cert_pem, stranger.key_pem, foreign.cert_pem, &e), 0);
	call(&f, "/", &alice);
	while (!f.done) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	assert_int_equal(f.code, ERR_AUTH); /* the client does not know that authority */
	stop(&f);
}

static void a_wrong_certificate_or_key_is_named_and_changes_nothing(void **state)
{
	(void)state;
	struct fixture f;
	struct err e = {0};
	start(&f, true);
	assert_int_equal(tls_server_identity(f.server, "none", alice.key_pem, NULL, &e), -1);
	assert_memory_equal(e.text, "serving certificate: ", 21);
	assert_int_equal(tls_server_identity(f.server, alice.cert_pem, late.key_pem, NULL, &e), -1);
	assert_memory_equal(e.text, "serving key: ", 13);
	assert_int_equal(tls_server_identity(f.server, alice.cert_pem, alice.key_pem, "none", &e), -1);
	assert_memory_equal(e.text, "client CA: ", 11);
	ask(&f, &alice);
	stop(&f);
}

static void much_is_sent_without_much_being_kept(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, true);
	call(&f, "/big", NULL);
	while (!f.done) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	assert_int_equal(f.taken, BIG);
	assert_true(f.highest_pending < ((size_t)3 << 20) / 2);
	stop(&f);
}

static void on_connected(uv_connect_t *r, int status)
{
	(void)r;
	assert_int_equal(status, 0);
}

static void dial(struct fixture *f, uv_tcp_t *tcp, uv_connect_t *r)
{
	struct sockaddr_in at;
	uv_tcp_init(&f->loop, tcp);
	uv_ip4_addr("127.0.0.1", tls_server_port(f->server), &at);
	uv_tcp_connect(r, tcp, (struct sockaddr *)&at, on_connected);
}

static void who_says_nothing_or_nonsense_instead_of_a_handshake_is_closed_untold(void **state)
{
	(void)state;
	for (int nonsense = 0; nonsense < 2; nonsense++) {
		struct fixture f;
		uv_tcp_t tcp;
		uv_connect_t r;
		start(&f, true);
		dial(&f, &tcp, &r);
		while (!tls_server_connections(f.server)) {
			uv_run(&f.loop, UV_RUN_ONCE);
		}
		if (nonsense) {
			uv_buf_t b = uv_buf_init((char[]){"GET / HTTP/1.1\r\n\r\n"}, 18);
			uv_try_write((uv_stream_t *)&tcp, &b, 1);
		}
		while (tls_server_connections(f.server)) {
			uv_run(&f.loop, UV_RUN_ONCE);
		}
		assert_int_equal(f.opened, 0);
		assert_int_equal(f.closed, 0);
		uv_close((uv_handle_t *)&tcp, NULL);
		stop(&f);
	}
}

#define CROWD 4

static void a_crowd_that_says_nothing_makes_room_and_keeps_its_hands_off_who_is_served(void **state)
{
	(void)state;
	struct fixture f;
	struct err e = {0};
	uv_tcp_t crowd[CROWD];
	uv_connect_t connecting[CROWD];
	start(&f, true);
	tls_server_free(f.server);
	struct tls_server_config config = {
	    .host = "127.0.0.1", .connections_max = CROWD, .handlers = &handlers, .arg = &f};
	f.server = tls_server_new(&f.loop, &config, &e);
	assert_int_equal(tls_server_identity(f.server, server_cert.cert_pem, server_cert.key_pem, ca.cert_pem, &e), 0);
	struct http_call *served = call(&f, "/big", NULL);
	http_call_hold(served, true);
	while (!f.conn) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	for (size_t i = 0; i < CROWD; i++) {
		dial(&f, &crowd[i], &connecting[i]);
	}
	while (tls_server_connections(f.server) < CROWD) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	for (int i = 0; i < 2 * CROWD; i++) {
		ask(&f, &alice);
	}
	assert_string_equal(f.text, "given alice -");
	while (f.closed < 2 * CROWD) { /* those who asked, and not the one that is served */
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	assert_true(tls_server_connections(f.server) > 0);
	http_call_cancel(served);
	f.big = 0;
	for (size_t i = 0; i < CROWD; i++) {
		uv_close((uv_handle_t *)&crowd[i], NULL);
	}
	stop(&f);
}

static void a_peer_that_goes_away_and_one_that_is_silent_too_long_are_told_once(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, true);
	struct http_call *c = call(&f, "/big", NULL);
	while (!f.conn || !f.taken) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	http_call_cancel(c);
	while (!f.closed) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	f.big = 0;
	c = call(&f, "/big", NULL);
	while (!f.conn) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	tls_conn_idle_timeout(f.conn, 50);
	http_call_hold(c, true);
	while (f.closed < 2) {
		uv_run(&f.loop, UV_RUN_ONCE);
	}
	http_call_cancel(c);
	stop(&f);
	assert_int_equal(f.closed, 2);
}

static void a_port_in_use_is_one_clear_error(void **state)
{
	(void)state;
	struct fixture f;
	struct err e = {0};
	char expected[64];
	start(&f, true);
	struct tls_server_config config = {
	    .host = "127.0.0.1", .port = tls_server_port(f.server), .handlers = &handlers, .arg = &f};
	assert_null(tls_server_new(&f.loop, &config, &e));
	snprintf(expected, sizeof(expected), "cannot listen on 127.0.0.1, port %u: address already in use",
		 tls_server_port(f.server));
	assert_string_equal(e.text, expected);
	config.host = "localhost";
	assert_null(tls_server_new(&f.loop, &config, &e));
	assert_string_equal(e.text, "\"localhost\" is no IP address");
	stop(&f);
}

static int make_certificates(void **state)
{
	(void)state;
	cert_make(&ca, "ca", NULL, NULL, -HOUR, HOUR);
	cert_make(&foreign, "foreign", NULL, NULL, -HOUR, HOUR);
	cert_make(&server_cert, "server", "IP:127.0.0.1", &ca, -HOUR, HOUR);
	cert_make(&alice, "alice", NULL, &ca, -HOUR, HOUR);
	cert_make(&late, "late", NULL, &ca, -2 * HOUR, -HOUR);
	cert_make(&stranger, "alice", "IP:127.0.0.1", &foreign, -HOUR, HOUR);
	return 0;
}

static int drop_certificates(void **state)
{
	struct cert *all[] = {&ca, &foreign, &server_cert, &alice, &late, &stranger};
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		cert_done(all[i]);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_peer_is_who_its_certificate_says_and_only_a_good_one_counts),
	    cmocka_unit_test(without_a_client_authority_no_certificate_is_asked_for),
	    cmocka_unit_test(a_new_identity_holds_for_new_connections),
	    cmocka_unit_test(a_wrong_certificate_or_key_is_named_and_changes_nothing),
	    cmocka_unit_test(much_is_sent_without_much_being_kept),
	    cmocka_unit_test(who_says_nothing_or_nonsense_instead_of_a_handshake_is_closed_untold),
	    cmocka_unit_test(a_crowd_that_says_nothing_makes_room_and_keeps_its_hands_off_who_is_served),
	    cmocka_unit_test(a_peer_that_goes_away_and_one_that_is_silent_too_long_are_told_once),
	    cmocka_unit_test(a_port_in_use_is_one_clear_error),
	};
	return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
