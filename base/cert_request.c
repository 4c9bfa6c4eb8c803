#include "base/cert_request.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pem.h"

static bool add_name(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1;
}

static bool add_alternatives(X509_REQ *r, const struct cert_request_subject *s)
{
	CLEANUP_FREE char *text = xasprintf("%s%s%s%s%s", s->dns ? "DNS:" : "", s->dns ? s->dns : "",
					    s->dns && s->ip ? "," : "", s->ip ? "IP:" : "", s->ip ? s->ip : "");
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
	bool well = names && sk_X509_EXTENSION_push(extensions, names) > 0;
	if (!well) {
		X509_EXTENSION_free(names);
	}
	well = well && X509_REQ_add_extensions(r, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return well;
}

static bool fill(X509_REQ *r, EVP_PKEY *key, const struct cert_request_subject *s)
{
	X509_NAME *name = X509_REQ_get_subject_name(r);
	return X509_REQ_set_version(r, X509_REQ_VERSION_1) == 1 && add_name(name, "O", s->organisation) &&
	       add_name(name, "CN", s->common_name) && X509_REQ_set_pubkey(r, key) == 1 && add_alternatives(r, s) &&
	       X509_REQ_sign(r, key, EVP_sha256()) > 0;
}

int cert_request_make(const struct cert_request_subject *subject, char **ret_request, char **ret_key, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *r = X509_REQ_new();
	bool well = key && r && fill(r, key, subject);
	if (well) {
		BIO *bio = BIO_new(BIO_s_mem());
		PEM_write_bio_X509_REQ(bio, r);
		*ret_request = pem_text_of(bio);
		bio = BIO_new(BIO_s_mem());
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
		*ret_key = pem_text_of(bio);
	} else {
		err_set(e, ERR_INVALID, "a request for a certificate of \"%s\" cannot be made", subject->common_name);
	}
	ERR_clear_error();
	X509_REQ_free(r);
	EVP_PKEY_free(key);
	return well ? 0 : -1;
}
