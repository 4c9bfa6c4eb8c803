#include "tests/unit/unit.h"

#include <unistd.h>

#include "base/http_client.h"
#include "tests/unit/certs.h"
#include "tests/unit/err_name.h"
#include "tests/unit/tiny_server.h"

#define DAY 86400L

/* Made once for all tests. */
static struct cert ca, other_ca, namesake_ca, server_cert, late_cert, client_cert, other_client_cert;

struct fixture {
	uv_loop_t loop;
	struct http_client *client;
	struct tiny_server server;
	SSL_CTX *tls;
	int done, status;
	struct err err;
};

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	CLEANUP_FREE char *host = tiny_header(q, "Host");
	tiny_reply(c, 200, "", host);
}

static void on_done(void *arg, const struct http_result *r)
{
	struct fixture *f = arg;
	f->done++;
	f->status = r->head.status;
	f->err = r->err;
	if (r->err.code == ERR_NONE) {
		CLEANUP_FREE char *host = xasprintf("127.0.0.1:%d", f->server.port);
		assert_string_equal(r->body, host);
	}
}

static void start(struct fixture *f, const struct cert *cert, const struct cert *wanted_client_ca)
{
	struct err e;
	*f = (struct fixture){.tls = cert ? cert_server_context(cert, wanted_client_ca) : NULL};
	uv_loop_init(&f->loop);
	f->client = http_client_new(&f->loop, NULL, &e);
	tiny_start(&f->server, &f->loop, f->tls, serve, f);
}

static void stop(struct fixture *f)
{
	http_client_free(f->client);
	tiny_stop(&f->server);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	SSL_CTX_free(f->tls);
}

static void call(struct fixture *f, struct http_tls tls)
{
	struct err e;
	CLEANUP_FREE char *url = xasprintf("https://127.0.0.1:%d/", f->server.port);
	struct http_handlers handlers = {.on_done = on_done};
	f->done = 0;
	assert_non_null(http_call_start(f->client, &(struct http_spec){.url = url, .tls = tls, .timeout_ms = 5000},
					&handlers, f, &e));
	assert_true(tiny_run(&f->loop, &f->done, 1));
}

static void expect_ok(struct fixture *f, struct http_tls tls)
{
	call(f, tls);
	if (f->err.code != ERR_NONE) {
		fail_msg("%s", f->err.text);
	}
	assert_int_equal(f->status, 200);
}

static void expect_refusal(struct fixture *f, struct http_tls tls, enum err_code code, const char *part)
{
	call(f, tls);
	if (f->err.code != code || !strstr(f->err.text, part) || !strstr(f->err.text, "127.0.0.1:")) {
		fail_msg("%s, %s; wanted %s in it; accepted %d", err_code_name(f->err.code), f->err.text, part,
			 f->server.accepted);
	}
}

static void the_right_authority_is_trusted_and_the_wrong_one_named(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, &server_cert, NULL);
	expect_ok(&f, (struct http_tls){.ca_pem = ca.cert_pem});
	expect_refusal(&f, (struct http_tls){.ca_pem = other_ca.cert_pem}, ERR_AUTH, "its certificate is not trusted");
	expect_refusal(&f, (struct http_tls){.ca_pem = namesake_ca.cert_pem}, ERR_AUTH, "the CA given did not sign it");
	expect_refusal(&f, (struct http_tls){0}, ERR_AUTH, "its certificate is not trusted");
	expect_ok(&f, (struct http_tls){.insecure = true});
	/* The connection that was made without verification must not serve a call that wants it. */
	expect_refusal(&f, (struct http_tls){.ca_pem = other_ca.cert_pem}, ERR_AUTH, "its certificate is not trusted");
	stop(&f);
}

static void an_authority_in_a_file_is_read_anew_for_each_connection(void **state)
{
	(void)state;
	struct fixture f;
	char path[] = "/tmp/test-http-tls-XXXXXX";
	int fd = mkstemp(path);
	start(&f, &server_cert, NULL);
	assert_true(write(fd, other_ca.cert_pem, strlen(other_ca.cert_pem)) > 0);
	expect_refusal(&f, (struct http_tls){.ca_file = path}, ERR_AUTH, "its certificate is not trusted");
	assert_int_equal(pwrite(fd, ca.cert_pem, strlen(ca.cert_pem), 0), (ssize_t)strlen(ca.cert_pem));
	assert_int_equal(ftruncate(fd, (off_t)strlen(ca.cert_pem)), 0);
	expect_ok(&f, (struct http_tls){.ca_file = path});
	close(fd);
	unlink(path);
	tiny_drop_all(&f.server);
	expect_refusal(&f, (struct http_tls){.ca_file = path}, ERR_INVALID, "CA certificates for");
	stop(&f);
}

static void a_certificate_for_another_name_is_refused_unless_that_name_was_asked_for(void **state)
{
	(void)state;
	struct fixture f;
	struct cert named = {0};
	cert_make(&named, "kubernetes", "DNS:kubernetes.default.svc", &ca, -DAY, DAY);
	start(&f, &named, NULL);
	expect_refusal(&f, (struct http_tls){.ca_pem = ca.cert_pem}, ERR_AUTH, "its certificate is not trusted");
	expect_ok(&f, (struct http_tls){.ca_pem = ca.cert_pem, .server_name = "kubernetes.default.svc"});
	expect_refusal(&f, (struct http_tls){.ca_pem = ca.cert_pem, .server_name = "mesos"}, ERR_AUTH,
		       "its certificate is not trusted");
	stop(&f);
	cert_done(&named);
}

static void an_expired_certificate_is_refused_with_that_reason(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, &late_cert, NULL);
	expect_refusal(&f, (struct http_tls){.ca_pem = ca.cert_pem}, ERR_AUTH, "certificate has expired");
	stop(&f);
}

static void a_client_certificate_is_shown_and_a_bad_one_is_an_error(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, &server_cert, &ca);
	expect_ok(&f, (struct http_tls){
			  .ca_pem = ca.cert_pem, .cert_pem = client_cert.cert_pem, .key_pem = client_cert.key_pem});
	call(&f, (struct http_tls){.ca_pem = ca.cert_pem});
	assert_int_not_equal(f.err.code, ERR_NONE);
	call(&f, (struct http_tls){.ca_pem = ca.cert_pem,
				   .cert_pem = other_client_cert.cert_pem,
				   .key_pem = other_client_cert.key_pem});
	assert_int_not_equal(f.err.code, ERR_NONE);
	tiny_drop_all(&f.server); /* or the connection made with the right key would be used */
	expect_refusal(&f,
		       (struct http_tls){.ca_pem = ca.cert_pem,
					 .cert_pem = client_cert.cert_pem,
					 .key_pem = other_client_cert.key_pem},
		       ERR_INVALID, "client certificate or key for");
	expect_refusal(&f, (struct http_tls){.ca_pem = ca.cert_pem, .cert_pem = "nonsense", .key_pem = "nonsense"},
		       ERR_INVALID, "client certificate or key for");
	expect_refusal(&f, (struct http_tls){.ca_pem = "nonsense"}, ERR_INVALID, "CA certificates for");
	stop(&f);
}

static void greet(struct tiny_conn *c)
{
	tiny_text(c, "220 mail.example.org ESMTP\r\n");
}

static void a_server_that_speaks_no_tls_is_named(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, NULL, NULL);
	f.server.on_accept = greet;
	expect_refusal(&f, (struct http_tls){0}, ERR_AUTH, "TLS with 127.0.0.1:");
	stop(&f);
}

static void hang_up(struct tiny_conn *c)
{
	tiny_conn_close(c, false);
}

static void reset(struct tiny_conn *c)
{
	tiny_conn_close(c, true);
}

static void a_connection_that_breaks_during_the_handshake_is_no_matter_of_trust(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, NULL, NULL);
	f.server.on_accept = hang_up;
	expect_refusal(&f, (struct http_tls){0}, ERR_IO, "it broke off during the TLS handshake");
	f.server.on_accept = reset; /* seen while it connects, or just after */
	expect_refusal(&f, (struct http_tls){0}, ERR_IO, "connect to 127.0.0.1:");
	stop(&f);
}

int main(void)
{
	cert_make(&ca, "test authority", NULL, NULL, -DAY, DAY);
	cert_make(&namesake_ca, "test authority", NULL, NULL, -DAY, DAY);
	cert_make(&other_ca, "another authority", NULL, NULL, -DAY, DAY);
	cert_make(&server_cert, "server", "IP:127.0.0.1,DNS:localhost", &ca, -DAY, DAY);
	cert_make(&late_cert, "server", "IP:127.0.0.1", &ca, -2 * DAY, -DAY);
	cert_make(&client_cert, "client", NULL, &ca, -DAY, DAY);
	cert_make(&other_client_cert, "client", NULL, &other_ca, -DAY, DAY);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_right_authority_is_trusted_and_the_wrong_one_named),
	    cmocka_unit_test(an_authority_in_a_file_is_read_anew_for_each_connection),
	    cmocka_unit_test(a_certificate_for_another_name_is_refused_unless_that_name_was_asked_for),
	    cmocka_unit_test(an_expired_certificate_is_refused_with_that_reason),
	    cmocka_unit_test(a_client_certificate_is_shown_and_a_bad_one_is_an_error),
	    cmocka_unit_test(a_server_that_speaks_no_tls_is_named),
	    cmocka_unit_test(a_connection_that_breaks_during_the_handshake_is_no_matter_of_trust),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	struct cert *all[] = {&ca, &other_ca, &namesake_ca, &server_cert, &late_cert, &client_cert, &other_client_cert};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		cert_done(all[i]);
	}
	return failed;
}
