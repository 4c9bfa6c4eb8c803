#include "tests/unit/unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/cert_request.h"
#include "base/mem.h"

static void a_request_names_who_asks_and_is_signed_by_its_key(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP_FREE char *pem = NULL;
	CLEANUP_FREE char *key = NULL;
	struct cert_request_subject s = {"system:node:x", "system:nodes", "x.example", "10.0.0.7"};
	assert_int_equal(cert_request_make(&s, &pem, &key, &e), 0);
	assert_memory_equal(pem, "-----BEGIN CERTIFICATE REQUEST-----", 35);
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *r = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	assert_non_null(r);
	assert_int_equal(X509_REQ_verify(r, X509_REQ_get0_pubkey(r)), 1);
	char text[256];
	X509_NAME_oneline(X509_REQ_get_subject_name(r), text, sizeof(text));
	assert_string_equal(text, "/O=system:nodes/CN=system:node:x");
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(r);
	BIO *out = BIO_new(BIO_s_mem());
	X509V3_EXT_print(out, X509v3_get_ext(extensions, 0), 0, 0);
	int n = BIO_read(out, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, "DNS:x.example, IP Address:10.0.0.7");
	BIO *key_bio = BIO_new_mem_buf(key, -1);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
	assert_int_equal(EVP_PKEY_eq(pkey, X509_REQ_get0_pubkey(r)), 1);
	EVP_PKEY_free(pkey);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(r);
	BIO_free(bio);
	BIO_free(out);
	BIO_free(key_bio);
}

static void an_address_that_is_none_makes_no_request(void **state)
{
	(void)state;
	struct err e = {0};
	char *pem = NULL, *key = NULL;
	struct cert_request_subject s = {.common_name = "x", .organisation = "y", .ip = "nowhere"};
	assert_int_equal(cert_request_make(&s, &pem, &key, &e), -1);
	assert_string_equal(e.text, "a request for a certificate of \"x\" cannot be made");
	assert_null(pem);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_names_who_asks_and_is_signed_by_its_key),
	    cmocka_unit_test(an_address_that_is_none_makes_no_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
