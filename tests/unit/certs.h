/* Certificates made for one test run: an authority, and what it signs. */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/mem.h"

struct cert {
	EVP_PKEY *key;
	X509 *x509;
	char *cert_pem, *key_pem;
};

static __attribute__((unused)) char *cert_bio_text(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	char *text = xstrndup(p, (size_t)n);
	BIO_free(bio);
	return text;
}

static __attribute__((unused)) void cert_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

/* `alt` like "IP:127.0.0.1,DNS:localhost", NULL for none; `ca` NULL: an authority that signs itself. */
static __attribute__((unused)) void cert_make(struct cert *c, const char *name, const char *alt, const struct cert *ca,
					      long valid_from_s, long valid_to_s)
{
	static long serial = 1;
	c->key = EVP_EC_gen("P-256");
	c->x509 = X509_new();
	X509_set_version(c->x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c->x509), serial++);
	X509_gmtime_adj(X509_getm_notBefore(c->x509), valid_from_s);
	X509_gmtime_adj(X509_getm_notAfter(c->x509), valid_to_s);
	X509_set_pubkey(c->x509, c->key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c->x509), "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
				   -1, 0);
	X509 *issuer = ca ? ca->x509 : c->x509;
	X509_set_issuer_name(c->x509, X509_get_subject_name(issuer));
	cert_extension(c->x509, issuer, NID_basic_constraints, ca ? "CA:FALSE" : "critical,CA:TRUE");
	if (alt) {
		cert_extension(c->x509, issuer, NID_subject_alt_name, alt);
	}
	X509_sign(c->x509, ca ? ca->key : c->key, EVP_sha256());
	BIO *bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, c->x509);
	c->cert_pem = cert_bio_text(bio);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL);
	c->key_pem = cert_bio_text(bio);
}

static __attribute__((unused)) void cert_done(struct cert *c)
{
	EVP_PKEY_free(c->key);
	X509_free(c->x509);
	free(c->cert_pem);
	free(c->key_pem);
}

/* `client_ca`: clients must bring a certificate of it. */
static __attribute__((unused)) SSL_CTX *cert_server_context(const struct cert *c, const struct cert *client_ca)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, c->x509);
	SSL_CTX_use_PrivateKey(ctx, c->key);
	if (client_ca) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), client_ca->x509);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"tests", 5);
	}
	return ctx;
}

#endif
