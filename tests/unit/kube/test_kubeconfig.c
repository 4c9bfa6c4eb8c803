#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"
#include "kube/kubeconfig.h"
#include "tests/unit/certs.h"
#include "tests/unit/err_name.h"

/* Made once for all tests. */
static struct cert one, other;

/* CERT, KEY and OTHERKEY stand for the base64 of the PEM texts. */
#define CERT "@1"
#define KEY "@2"
#define OTHERKEY "@3"

static char *filled(const char *text)
{
	struct buf b = BUF_INIT(1 << 20);
	const char *const pem[] = {one.cert_pem, one.key_pem, other.key_pem};
	for (; *text; text++) {
		if (*text != '@') {
			buf_putc(&b, *text);
		} else {
			const char *p = pem[*++text - '1'];
			CLEANUP_FREE char *encoded = base64_encode(p, strlen(p));
			buf_puts(&b, encoded);
		}
	}
	return buf_steal(&b, NULL);
}

static int parse(const char *text, const char *context, struct kube_config *ret, struct err *e)
{
	CLEANUP_FREE char *whole = filled(text);
	return kube_config_parse(whole, strlen(whole), "kc", context, ret, e);
}

/* A folder for the test's files, removed at the end. */
struct folder {
	char path[64];
	char *files[16];
	size_t n;
};

static int setup(void **state)
{
	struct folder *d = xcalloc(1, sizeof(*d));
	snprintf(d->path, sizeof(d->path), "/tmp/test-kubeconfig-XXXXXX");
	assert_non_null(mkdtemp(d->path));
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct folder *d = *state;
	for (size_t i = 0; i < d->n; i++) {
		unlink(d->files[i]);
		free(d->files[i]);
	}
	rmdir(d->path);
	free(d);
	return 0;
}

static const char *put_file(struct folder *d, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", d->path, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return d->files[d->n++] = path;
}

static const char good[] = "apiVersion: v1\n"
			   "kind: Config\n"
			   "current-context: one\n"
			   "preferences: {}\n"
			   "clusters:\n"
			   "- name: other\n"
			   "  cluster: {server: 'https://other:1'}\n"
			   "- name: here\n"
			   "  cluster:\n"
			   "    server: https://10.0.0.1:6443/\n"
			   "    certificate-authority-data: " CERT "\n"
			   "    certificate-authority: ignored-beside-the-data\n"
			   "    tls-server-name: kubernetes\n"
			   "- name: plain\n"
			   "  cluster:\n"
			   "    server: http://127.0.0.1:8080/base//\n"
			   "    certificate-authority:\n"
			   "- name: lax\n"
			   "  cluster: {server: 'https://10.0.0.2', insecure-skip-tls-verify: true}\n"
			   "- name: filed\n"
			   "  cluster: {server: 'https://10.0.0.2', certificate-authority: ca.pem}\n"
			   "users:\n"
			   "- name: certified\n"
			   "  user:\n"
			   "    client-certificate-data: " CERT "\n"
			   "    client-key-data: " KEY "\n"
			   "- name: tokened\n"
			   "  user: {token: abc.def, exec: null, username: ''}\n"
			   "- name: filed\n"
			   "  user: {client-certificate: cert.pem, client-key: key.pem, tokenFile: token, token: old}\n"
			   "contexts:\n"
			   "- name: one\n"
			   "  context: {cluster: here, user: certified, namespace: pods}\n"
			   "- name: two\n"
			   "  context: {cluster: plain, user: tokened}\n"
			   "- name: three\n"
			   "  context: {cluster: lax}\n"
			   "- name: files\n"
			   "  context: {cluster: filed, user: filed}\n";

static void contexts_choose_cluster_user_and_namespace(void **state)
{
	struct kube_config c;
	struct err e;
	(void)state;
	assert_int_equal(parse(good, NULL, &c, &e), 0);
	assert_string_equal(c.source, "kubeconfig kc, context one");
	assert_string_equal(c.server, "https://10.0.0.1:6443");
	assert_string_equal(c.ca_pem, one.cert_pem);
	assert_string_equal(c.cert_pem, one.cert_pem);
	assert_string_equal(c.key_pem, one.key_pem);
	assert_string_equal(c.tls_server_name, "kubernetes");
	assert_string_equal(c.namespace_, "pods");
	assert_null(c.token);
	assert_false(c.insecure);
	kube_config_done(&c);
	assert_int_equal(parse(good, "two", &c, &e), 0);
	assert_string_equal(c.server, "http://127.0.0.1:8080/base");
	assert_string_equal(c.token, "abc.def");
	assert_string_equal(c.namespace_, "default");
	assert_null(c.ca_pem);
	assert_null(c.cert_pem);
	kube_config_done(&c);
	assert_int_equal(parse(good, "three", &c, &e), 0);
	assert_true(c.insecure);
	assert_null(c.token);
	kube_config_done(&c);
}

static void files_stand_beside_the_kubeconfig(void **state)
{
	struct folder *d = *state;
	struct kube_config c;
	struct err e;
	CLEANUP_FREE char *text = filled(good);
	const char *path = put_file(d, "kubeconfig", text);
	put_file(d, "ca.pem", one.cert_pem);
	put_file(d, "cert.pem", one.cert_pem);
	put_file(d, "key.pem", one.key_pem);
	put_file(d, "token", "  new-token\n");
	assert_int_equal(kube_config_load(path, "files", &c, &e), 0);
	assert_string_equal(c.ca_pem, one.cert_pem);
	assert_string_equal(c.cert_pem, one.cert_pem);
	assert_string_equal(c.key_pem, one.key_pem);
	assert_string_equal(c.token, "new-token");
	kube_config_done(&c);
}

static void missing_or_wrong_files_are_named(void **state)
{
	struct folder *d = *state;
	struct kube_config c;
	struct err e;
	CLEANUP_FREE char *text = filled(good);
	const char *path = put_file(d, "kubeconfig", text);
	assert_int_equal(kube_config_load(path, "files", &c, &e), -1);
	CLEANUP_FREE char *missing = xasprintf(
	    "%s: cluster \"filed\": certificate-authority %s/ca.pem: read %s/ca.pem: No such file or directory", path,
	    d->path, d->path);
	assert_string_equal(e.text, missing);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	put_file(d, "ca.pem", "this is no certificate");
	assert_int_equal(kube_config_load(path, "files", &c, &e), -1);
	assert_non_null(strstr(e.text, "/ca.pem: no certificate in it"));
	put_file(d, "ca.pem", one.cert_pem);
	put_file(d, "cert.pem", one.cert_pem);
	put_file(d, "key.pem", one.key_pem);
	put_file(d, "token", " \n");
	assert_int_equal(kube_config_load(path, "files", &c, &e), -1);
	assert_non_null(strstr(e.text, "/token: empty"));
	put_file(d, "token", "two words");
	assert_int_equal(kube_config_load(path, "files", &c, &e), -1);
	assert_non_null(strstr(e.text, "/token: not one word of ASCII"));
	assert_int_equal(kube_config_load("/nonexistent/kubeconfig", NULL, &c, &e), -1);
	assert_string_equal(e.text, "kubeconfig: read /nonexistent/kubeconfig: No such file or directory");
	assert_int_equal(kube_config_load(d->path, NULL, &c, &e), -1);
	assert_non_null(strstr(e.text, "Is a directory"));
}

#define TOP "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
#define CLUSTER "clusters: [{name: k, cluster: {server: 'https://h'}}]\n"

static void what_is_wrong_or_unsupported_is_named(void **state)
{
	static const struct {
		const char *text, *context;
		enum err_code code;
		const char *sentence;
	} rows[] = {
	    {"", NULL, ERR_INVALID, "kc: no kubeconfig, its top must be a mapping"},
	    {"a: [", NULL, ERR_INVALID, "kc:2:1: "},
	    {"kind: Pod\n", NULL, ERR_INVALID, "kc: no kubeconfig, its kind is \"Pod\""},
	    {"kind: Config\n", NULL, ERR_INVALID, "kc: no context was asked for and current-context is not set"},
	    {TOP, "x", ERR_NOT_FOUND, "kc: there is no context named \"x\""},
	    {"current-context: c\ncontexts: nonsense\n", NULL, ERR_NOT_FOUND, "kc: there is no context named \"c\""},
	    {"current-context: c\ncontexts: [{name: c, context: 7}]\n", NULL, ERR_INVALID,
	     "kc: context \"c\": context must be a mapping"},
	    {"current-context: c\ncontexts: [{name: c, context: {}}]\n", NULL, ERR_INVALID,
	     "kc: context \"c\": cluster is missing"},
	    {"current-context: c\ncontexts: [{name: c, context: {cluster: [k]}}]\n", NULL, ERR_INVALID,
	     "kc: context \"c\": cluster must be text"},
	    {TOP, NULL, ERR_NOT_FOUND, "kc: there is no cluster named \"k\""},
	    {TOP CLUSTER, NULL, ERR_NOT_FOUND, "kc: there is no user named \"u\""},
	    {TOP "clusters: [{name: k, cluster: {}}]\n", NULL, ERR_INVALID, "kc: cluster \"k\": server is missing"},
	    {TOP "clusters: [{name: k, cluster: {server: 'tcp://h'}}]\n", NULL, ERR_INVALID,
	     "kc: cluster \"k\": server must begin with https:// or http://"},
	    {TOP "clusters: [{name: k, cluster: {server: 'https://h', proxy-url: 'http://p'}}]\n", NULL,
	     ERR_UNSUPPORTED, "kc: cluster \"k\": proxy-url is not supported"},
	    {TOP "clusters: [{name: k, cluster: {server: 'https://h', insecure-skip-tls-verify: 'true'}}]\n", NULL,
	     ERR_INVALID, "kc: cluster \"k\": insecure-skip-tls-verify must be true or false"},
	    {TOP "clusters: [{name: k, cluster: {server: 'https://h', insecure-skip-tls-verify: true, "
		 "certificate-authority-data: " CERT "}}]\n",
	     NULL, ERR_INVALID, "kc: cluster \"k\": insecure-skip-tls-verify contradicts certificate-authority"},
	    {TOP "clusters: [{name: k, cluster: {server: 'https://h', certificate-authority-data: '!!'}}]\n", NULL,
	     ERR_INVALID, "kc: cluster \"k\": certificate-authority-data: base64: wrong character at offset 0"},
	    {TOP "clusters: [{name: k, cluster: {server: 'https://h', certificate-authority-data: aGVsbG8=}}]\n", NULL,
	     ERR_INVALID, "kc: cluster \"k\": certificate-authority-data: no certificate in it"},
	    {TOP CLUSTER "users: [{name: u, user: {exec: {command: aws}}}]\n", NULL, ERR_UNSUPPORTED,
	     "kc: user \"u\": exec is not supported"},
	    {TOP CLUSTER "users: [{name: u, user: {auth-provider: {name: gcp}}}]\n", NULL, ERR_UNSUPPORTED,
	     "kc: user \"u\": auth-provider is not supported"},
	    {TOP CLUSTER "users: [{name: u, user: {username: me, password: x}}]\n", NULL, ERR_UNSUPPORTED,
	     "kc: user \"u\": username is not supported"},
	    {TOP CLUSTER "users: [{name: u, user: {token: t, as: root}}]\n", NULL, ERR_UNSUPPORTED,
	     "kc: user \"u\": as is not supported"},
	    {TOP CLUSTER "users: [{name: u, user: {client-certificate-data: " CERT "}}]\n", NULL, ERR_INVALID,
	     "kc: user \"u\": client-key is missing beside client-certificate"},
	    {TOP CLUSTER "users: [{name: u, user: {client-key-data: " KEY "}}]\n", NULL, ERR_INVALID,
	     "kc: user \"u\": client-certificate is missing beside client-key"},
	    {TOP CLUSTER "users: [{name: u, user: {client-certificate-data: " CERT ", client-key-data: " OTHERKEY
			 "}}]\n",
	     NULL, ERR_INVALID, "kc: user \"u\": client-key-data: the private key does not belong to the certificate"},
	    {TOP CLUSTER "users: [{name: u, user: {client-certificate-data: " CERT ", client-key-data: " CERT "}}]\n",
	     NULL, ERR_INVALID, "kc: user \"u\": client-key-data: no private key in it"},
	    {TOP CLUSTER "users: [{name: u, user: {token: 12345}}]\n", NULL, ERR_INVALID,
	     "kc: user \"u\": token must be text"},
	    {TOP CLUSTER "users: [{name: u}]\n", NULL, ERR_INVALID, "kc: user \"u\": user must be a mapping"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kube_config c = {.server = NULL};
		struct err e;
		assert_int_equal(parse(rows[i].text, rows[i].context, &c, &e), -1);
		if (e.code != rows[i].code || strncmp(e.text, rows[i].sentence, strlen(rows[i].sentence)) != 0) {
			fail_msg("row %zu: %s, %s", i, err_code_name(e.code), e.text);
		}
		assert_null(c.server);
	}
}

static void inside_a_pod_the_service_account_is_used(void **state)
{
	struct folder *d = *state;
	struct kube_config c;
	struct err e;
	put_file(d, "token", "sa-token");
	assert_int_equal(kube_config_in_cluster(d->path, "10.96.0.1", "443", &c, &e), -1);
	assert_non_null(strstr(e.text, "in-cluster configuration: read "));
	assert_non_null(strstr(e.text, "/ca.crt: No such file or directory"));
	put_file(d, "ca.crt", one.cert_pem);
	assert_int_equal(kube_config_in_cluster(d->path, "10.96.0.1", "443", &c, &e), 0);
	assert_string_equal(c.server, "https://10.96.0.1:443");
	assert_string_equal(c.token, "sa-token");
	assert_string_equal(c.ca_pem, one.cert_pem);
	assert_string_equal(c.namespace_, "default");
	kube_config_done(&c);
	put_file(d, "namespace", "kube-mesos\n");
	assert_int_equal(kube_config_in_cluster(d->path, "fd00::1", "6443", &c, &e), 0);
	assert_string_equal(c.server, "https://[fd00::1]:6443");
	assert_string_equal(c.namespace_, "kube-mesos");
	kube_config_done(&c);
	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_int_equal(kube_config_in_cluster(d->path, NULL, NULL, &c, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.text, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"));
}

static void a_configuration_is_read_again_from_where_it_came(void **state)
{
	struct folder *d = *state;
	struct kube_config c, again;
	struct err e;
	CLEANUP_FREE char *text = filled(good);
	const char *path = put_file(d, "kubeconfig", text);
	assert_int_equal(kube_config_load(path, NULL, &c, &e), 0);
	assert_false(file_set_changed(&c.files));
	/* The context of the start, whatever is the current one by now. */
	*strstr(text, "one\npreferences") = 'x';
	put_file(d, "kubeconfig", text);
	assert_true(file_set_changed(&c.files));
	assert_int_equal(kube_config_reload(&c, &again, &e), 0);
	assert_string_equal(again.source, c.source);
	assert_string_equal(again.cert_pem, c.cert_pem);
	assert_false(file_set_changed(&again.files));
	kube_config_done(&again);
	*strstr(text, "10.0.0.1:6443") = '2';
	put_file(d, "kubeconfig", text);
	assert_int_equal(kube_config_reload(&c, &again, &e), -1);
	assert_non_null(strstr(e.text, ": another server, https://20.0.0.1:6443, is for another start"));
	kube_config_done(&c);
}

static void each_file_of_a_kubeconfig_is_watched(void **state)
{
	static const char *const names[] = {"ca.pem", "cert.pem", "key.pem", "token", "kubeconfig"};
	struct folder *d = *state;
	struct kube_config c;
	struct err e;
	CLEANUP_FREE char *text = filled(good);
	const char *texts[] = {one.cert_pem, one.cert_pem, one.key_pem, "token", text};
	const char *paths[5];
	for (size_t i = 0; i < 5; i++) {
		paths[i] = put_file(d, names[i], texts[i]);
	}
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(kube_config_load(paths[4], "files", &c, &e), 0);
		assert_false(file_set_changed(&c.files));
		assert_int_equal(truncate(paths[i], 1), 0);
		assert_true(file_set_changed(&c.files));
		put_file(d, names[i], texts[i]);
		kube_config_done(&c);
	}
}

static void the_service_account_is_read_again_when_its_volume_is_another_one(void **state)
{
	struct folder *d = *state;
	struct kube_config c, again;
	struct err e;
	put_file(d, "token", "old-token");
	put_file(d, "ca.crt", one.cert_pem);
	assert_int_equal(kube_config_in_cluster(d->path, "10.96.0.1", "443", &c, &e), 0);
	put_file(d, "token", "a-new-token");
	assert_true(file_set_changed(&c.files));
	put_file(d, "ca.crt", other.cert_pem);
	assert_int_equal(kube_config_reload(&c, &again, &e), 0);
	assert_string_equal(again.token, "a-new-token");
	assert_string_equal(again.ca_pem, other.cert_pem);
	assert_string_equal(again.server, "https://10.96.0.1:443");
	kube_config_done(&again);
	put_file(d, "ca.crt", "no certificate");
	assert_int_equal(kube_config_reload(&c, &again, &e), -1);
	assert_non_null(strstr(e.text, "in-cluster service account: "));
	assert_non_null(strstr(e.text, "/ca.crt: no certificate in it"));
	kube_config_done(&c);
}

int main(void)
{
	cert_make(&one, "one", NULL, NULL, 0, 3600);
	cert_make(&other, "other", NULL, NULL, 0, 3600);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contexts_choose_cluster_user_and_namespace),
	    cmocka_unit_test_setup_teardown(files_stand_beside_the_kubeconfig, setup, teardown),
	    cmocka_unit_test_setup_teardown(missing_or_wrong_files_are_named, setup, teardown),
	    cmocka_unit_test(what_is_wrong_or_unsupported_is_named),
	    cmocka_unit_test_setup_teardown(inside_a_pod_the_service_account_is_used, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_configuration_is_read_again_from_where_it_came, setup, teardown),
	    cmocka_unit_test_setup_teardown(each_file_of_a_kubeconfig_is_watched, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_service_account_is_read_again_when_its_volume_is_another_one, setup,
					    teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	cert_done(&one);
	cert_done(&other);
	return failed;
}
