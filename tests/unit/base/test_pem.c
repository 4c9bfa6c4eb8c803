#include "tests/unit/unit.h"

#include "base/pem.h"
#include "base/self_signed.h"
#include "tests/unit/certs.h"

static struct cert ca, one;

static void certificates_are_told_from_what_is_none(void **state)
{
	struct err e;
	CLEANUP_FREE char *chain = xasprintf("# comment\n%s\nbetween\n%s", one.cert_pem, ca.cert_pem);
	CLEANUP_FREE char *broken =
	    xasprintf("%s-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", one.cert_pem);
	CLEANUP_FREE char *cut = xstrndup(one.cert_pem, strlen(one.cert_pem) / 2);
	(void)state;
	assert_int_equal(pem_check_certificates(one.cert_pem, &e), 0);
	assert_int_equal(pem_check_certificates(chain, &e), 0);
	assert_int_equal(pem_check_certificates(broken, &e), -1);
	assert_string_equal(e.text, "certificate 2 in it cannot be read");
	assert_int_equal(pem_check_certificates(cut, &e), -1);
	assert_string_equal(e.text, "certificate 1 in it cannot be read");
	assert_int_equal(pem_check_certificates("", &e), -1);
	assert_string_equal(e.text, "no certificate in it");
	assert_int_equal(pem_check_certificates(one.key_pem, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
}

static void a_key_must_belong_to_its_certificate(void **state)
{
	struct err e;
	(void)state;
	assert_int_equal(pem_check_key(one.key_pem, one.cert_pem, &e), 0);
	assert_int_equal(pem_check_key(ca.key_pem, one.cert_pem, &e), -1);
	assert_string_equal(e.text, "the private key does not belong to the certificate");
	assert_int_equal(pem_check_key(one.cert_pem, one.cert_pem, &e), -1);
	assert_string_equal(e.text, "no private key in it that can be read without a passphrase");
	assert_int_equal(pem_check_key("", one.cert_pem, &e), -1);
}

static void a_key_with_a_passphrase_is_refused_without_asking(void **state)
{
	struct err e;
	BIO *bio = BIO_new(BIO_s_mem());
	(void)state;
	PEM_write_bio_PKCS8PrivateKey(bio, one.key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	CLEANUP_FREE char *locked = cert_bio_text(bio);
	assert_int_equal(pem_check_key(locked, one.cert_pem, &e), -1);
	assert_string_equal(e.text, "no private key in it that can be read without a passphrase");
}

static void dates_and_addresses_of_a_certificate_are_read(void **state)
{
	(void)state;
	struct err e = {0};
	int64_t from = 0, until = 0;
	char *made = NULL, *key = NULL;
	assert_int_equal(self_signed_make("x", "10.0.0.7", &made, &key, &e), 0);
	assert_int_equal(pem_validity(made, &from, &until, &e), 0);
	assert_int_equal(until - from, (int64_t)(SELF_SIGNED_DAYS + 1) * 86400 * 1000);
	assert_true(pem_is_for_ip(made, "10.0.0.7"));
	assert_false(pem_is_for_ip(made, "10.0.0.8"));
	assert_false(pem_is_for_ip(key, "10.0.0.7"));
	assert_int_equal(pem_validity(key, &from, &until, &e), -1);
	free(made);
	free(key);
}

int main(void)
{
	cert_make(&ca, "authority", NULL, NULL, 0, 3600);
	cert_make(&one, "one", NULL, &ca, 0, 3600);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates_are_told_from_what_is_none),
	    cmocka_unit_test(a_key_must_belong_to_its_certificate),
	    cmocka_unit_test(dates_and_addresses_of_a_certificate_are_read),
	    cmocka_unit_test(a_key_with_a_passphrase_is_refused_without_asking),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	cert_done(&ca);
	cert_done(&one);
	return failed;
}
