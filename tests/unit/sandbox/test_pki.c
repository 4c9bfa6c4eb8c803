#include "tests/unit/unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/pki.h"

static struct pki *pki;

static X509 *read_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	assert_non_null(x);
	return x;
}

/* X509_V_OK when our CA vouches for it now. */
static int verify(const char *pem, int purpose)
{
	X509 *ca = read_certificate(pki_ca(pki)), *x = read_certificate(pem);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, x, NULL);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	int result = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(x);
	X509_free(ca);
	return result;
}

static void the_server_certificate_is_good_for_its_names_only(void **state)
{
	(void)state;
	const char *pem = pki_server(pki)->certificate;
	X509 *x = read_certificate(pem);
	assert_int_equal(verify(pem, X509_PURPOSE_SSL_SERVER), X509_V_OK);
	assert_int_not_equal(verify(pem, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "kubernetes.default.svc", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "example.org", 0, 0, NULL), 0);
	X509_free(x);
}

static void client_certificates_are_good_foreign_or_expired_as_asked(void **state)
{
	(void)state;
	static const char *const organisations[] = {"a", "b"};
	static const enum pki_flaw flaws[] = {PKI_GOOD, PKI_EXPIRED, PKI_FOREIGN};
	int results[3];
	for (size_t i = 0; i < 3; i++) {
		struct pki_pair pair;
		assert_int_equal(pki_client(pki, "me", organisations, 2, flaws[i], &pair, NULL), 0);
		results[i] = verify(pair.certificate, X509_PURPOSE_SSL_CLIENT);
		pki_pair_done(&pair);
	}
	assert_int_equal(results[0], X509_V_OK);
	assert_int_equal(results[1], X509_V_ERR_CERT_HAS_EXPIRED);
	/* Which error it is depends on how far OpenSSL looks. */
	assert_int_not_equal(results[2], X509_V_OK);
}

static void too_many_organisations_are_refused(void **state)
{
	(void)state;
	static const char *const organisations[17] = {"a"};
	struct pki_pair pair;
	struct err e = {0};
	assert_int_equal(pki_client(pki, "me", organisations, 17, PKI_GOOD, &pair, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
}

static void files_are_for_their_owner_only_and_replaced_whole(void **state)
{
	(void)state;
	char dir[] = "/tmp/sandbox-pki-XXXXXX", text[256] = {0};
	struct stat st;
	struct err e = {0};
	assert_non_null(mkdtemp(dir));
	CLEANUP_FREE char *path = xasprintf("%s/kubeconfig", dir);
	assert_int_equal(file_replace(path, "something longer", &e), 0);
	struct pki_kubeconfig k = {.server = "https://127.0.0.1:1", .user = "u", .name_space = "n", .token = "secret"};
	assert_int_equal(pki_kubeconfig_write(pki, path, &k, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_memory_equal(text, "apiVersion: v1\nkind: Config\n", 28);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(file_replace(path, "x", &e), -1);
	assert_non_null(strstr(e.text, path));
}

static void an_authority_is_exchanged_in_three_steps(void **state)
{
	(void)state;
	struct err e = {0};
	struct pki *p = pki_new(front_now(), &e);
	struct pki *usual = pki;
	struct pki_pair before, after;
	CLEANUP_FREE char *server = xstrdup(pki_server(p)->certificate);
	pki = p;
	assert_int_equal(pki_take_step(p, PKI_SWITCH, &e), -1);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(pki_take_step(p, PKI_RETIRE, &e), -1);
	assert_int_equal(pki_take_step(p, PKI_ADD, &e), 0);
	assert_int_equal(pki_take_step(p, PKI_ADD, &e), -1);
	/* Trusted, and not in use yet: the first certificate of the text is the authority of before. */
	assert_int_equal(pki_client(p, "me", NULL, 0, PKI_GOOD, &before, &e), 0);
	assert_int_equal(verify(before.certificate, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_string_equal(pki_server(p)->certificate, server);
	assert_int_equal(pki_take_step(p, PKI_SWITCH, &e), 0);
	assert_int_equal(pki_client(p, "me", NULL, 0, PKI_GOOD, &after, &e), 0);
	assert_int_not_equal(verify(after.certificate, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_equal(verify(before.certificate, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_equal(pki_take_step(p, PKI_RETIRE, &e), 0);
	assert_int_equal(verify(after.certificate, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_equal(verify(pki_server(p)->certificate, X509_PURPOSE_SSL_SERVER), X509_V_OK);
	assert_int_not_equal(verify(before.certificate, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
	assert_int_not_equal(verify(server, X509_PURPOSE_SSL_SERVER), X509_V_OK);
	/* And once more. */
	assert_int_equal(pki_take_step(p, PKI_ADD, &e), 0);
	pki_pair_done(&before);
	pki_pair_done(&after);
	pki_free(p);
	pki = usual;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_server_certificate_is_good_for_its_names_only),
	    cmocka_unit_test(client_certificates_are_good_foreign_or_expired_as_asked),
	    cmocka_unit_test(too_many_organisations_are_refused),
	    cmocka_unit_test(an_authority_is_exchanged_in_three_steps),
	    cmocka_unit_test(files_are_for_their_owner_only_and_replaced_whole),
	};
	struct err e = {0};
	pki = pki_new(front_now(), &e);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	pki_free(pki);
	return failed;
}
