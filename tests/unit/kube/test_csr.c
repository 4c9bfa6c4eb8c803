#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/self_signed.h"
#include "kube/csr.h"
#include "tests/unit/tiny_server.h"

static char *certificate, *encoded;

/* ---- objects ---- */

static enum kube_csr_state state_of(const char *status, char **ret, struct err *why)
{
	CLEANUP_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"csr-1\"},\"status\":%s}", status);
	CLEANUP_JSON json_t *o = js_parse(text, strlen(text), NULL);
	assert_non_null(o);
	return kube_csr_read(o, ret, why);
}

static void a_request_waits_is_issued_or_is_refused(void **state)
{
	(void)state;
	char *got = NULL;
	struct err why = {0};
	CLEANUP_FREE char *issued = xasprintf("{\"certificate\":\"%s\"}", encoded);
	assert_int_equal(state_of("{}", &got, &why), KUBE_CSR_PENDING);
	assert_int_equal(state_of("{\"conditions\":[{\"type\":\"Approved\"}]}", &got, &why), KUBE_CSR_PENDING);
	assert_int_equal(state_of(issued, &got, &why), KUBE_CSR_ISSUED);
	assert_string_equal(got, certificate);
	free(got);
	got = NULL;
	assert_int_equal(
	    state_of("{\"conditions\":[{\"type\":\"Denied\",\"reason\":\"KubectlDeny\",\"message\":\"no\"}]}", &got,
		     &why),
	    KUBE_CSR_REFUSED);
	assert_string_equal(why.text, "Denied: KubectlDeny: no");
	assert_int_equal(state_of("{\"certificate\":\"aGVsbG8=\"}", &got, &why), KUBE_CSR_REFUSED);
	assert_string_equal(why.text, "what was issued is no certificate");
	assert_int_equal(state_of("{\"certificate\":\"***\"}", &got, &why), KUBE_CSR_REFUSED);
	assert_null(got);
}

static void a_request_says_what_a_kubelet_needs(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *body = kube_csr_body("x-", KUBE_CSR_SERVING, "PEM");
	CLEANUP_FREE char *text = js_text(body);
	assert_string_equal(
	    text, "{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\",\"metadata\":{"
		  "\"generateName\":\"x-\"},\"spec\":{\"request\":\"UEVN\",\"signerName\":\"kubernetes.io/"
		  "kubelet-serving\",\"usages\":[\"digital signature\",\"server auth\"]}}");
}

static uint64_t next_of(void *arg)
{
	return *(uint64_t *)arg;
}

static void the_next_one_is_asked_for_when_most_of_its_life_is_over(void **state)
{
	(void)state;
	uint64_t bits = 0;
	struct random_source random = {next_of, &bits};
	for (; bits < 100; bits++) {
		assert_in_range(kube_csr_renew_at(5000, 105000, &random), 75000, 95000);
	}
}

/* ---- with an API server ---- */

static struct {
	uv_loop_t loop;
	struct http_client *http;
	struct kube_config config;
	struct kube_client *client;
	struct tiny_server server;
	const char *statuses[3]; /* of the object, one after the other; NULL: 404 */
	int answers, done;
	char name[64], paths[3][128];
	struct err why;
	bool issued;
} f;

static void serve(struct tiny_conn *c, const struct tiny_request *q)
{
	const char *status = f.statuses[f.answers];
	snprintf(f.paths[f.answers], sizeof(f.paths[0]), "%s %.100s", q->method, q->target);
	f.answers++;
	CLEANUP_FREE char *text =
	    status ? xasprintf("{\"metadata\":{\"name\":\"x-abc\"},\"status\":%s}", status) : xstrdup("{}");
	tiny_reply_json(c, status ? 201 : 404, text);
}

static void on_named(void *arg, const char *name)
{
	(void)arg;
	snprintf(f.name, sizeof(f.name), "%s", name);
}

static void on_done(void *arg, const char *got, const struct err *why)
{
	(void)arg;
	f.done++;
	f.issued = got && strcmp(got, certificate) == 0;
	f.why = *why;
}

static int set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	uv_loop_init(&f.loop);
	f.http = http_client_new(&f.loop, NULL, NULL);
	tiny_start(&f.server, &f.loop, NULL, serve, NULL);
	f.config.server = xasprintf("http://127.0.0.1:%d", f.server.port);
	f.client = kube_client_new(f.http, &f.config);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kube_client_free(f.client);
	http_client_free(f.http);
	tiny_stop(&f.server);
	free(f.config.server);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	return uv_loop_close(&f.loop);
}

static struct kube_csr *ask(void)
{
	return kube_csr_new(f.client, "x-", KUBE_CSR_SERVING, "PEM", on_named, on_done, NULL);
}

static void one_is_looked_at_until_it_is_issued(void **state)
{
	(void)state;
	CLEANUP_FREE char *issued = xasprintf("{\"certificate\":\"%s\"}", encoded);
	f.statuses[0] = "{}";
	f.statuses[1] = issued;
	ask();
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_true(f.issued);
	assert_string_equal(f.name, "x-abc");
	assert_string_equal(f.paths[0], "POST /apis/certificates.k8s.io/v1/certificatesigningrequests");
	assert_string_equal(f.paths[1], "GET /apis/certificates.k8s.io/v1/certificatesigningrequests/x-abc");
}

static void one_that_cannot_be_created_is_over(void **state)
{
	(void)state;
	ask();
	assert_true(tiny_run(&f.loop, &f.done, 1));
	assert_false(f.issued);
	assert_int_equal(f.why.code, ERR_NOT_FOUND);
}

static void who_gives_up_hears_nothing(void **state)
{
	(void)state;
	kube_csr_free(ask());
	kube_csr_free(NULL);
	assert_int_equal(f.done, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	CLEANUP_FREE char *key = NULL;
	self_signed_make("x", NULL, &certificate, &key, NULL);
	encoded = base64_encode(certificate, strlen(certificate));
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_waits_is_issued_or_is_refused),
	    cmocka_unit_test(a_request_says_what_a_kubelet_needs),
	    cmocka_unit_test(the_next_one_is_asked_for_when_most_of_its_life_is_over),
	    TEST(one_is_looked_at_until_it_is_issued),
	    TEST(one_that_cannot_be_created_is_over),
	    TEST(who_gives_up_hears_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(certificate);
	free(encoded);
	return failed;
}
