/* A self-signed certificate and its key as PEM files, made on the spot so that none has to be kept or expires. */
#ifndef TESTS_UNIT_ADAPTER_CERTIFICATE_H
#define TESTS_UNIT_ADAPTER_CERTIFICATE_H

#include "tests/unit/unit.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* pass_phrase NULL: the key is not encrypted. */
static inline void make_certificate(const char *cert_path, const char *key_path, const char *pass_phrase)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	FILE *f = fopen(cert_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
	f = fopen(key_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, pass_phrase ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
					      (void *)(uintptr_t)pass_phrase),
			 1);
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

#endif
