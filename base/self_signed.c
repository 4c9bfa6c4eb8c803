#include "base/self_signed.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "base/mem.h"
#include "base/pem.h"

#define DAY_S 86400L

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool well = extension && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return well;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *name, const char *ip)
{
	unsigned char serial[16];
	CLEANUP_FREE char *alternative = ip ? xasprintf("DNS:%s,IP:%s", name, ip) : xasprintf("DNS:%s", name);
	RAND_bytes(serial, sizeof(serial));
	serial[0] &= 0x7f;
	BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
	BN_free(number);
	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(x), SELF_SIGNED_DAYS * DAY_S);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	return add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth") &&
	       add_extension(x, NID_subject_alt_name, alternative) && X509_sign(x, key, EVP_sha256()) > 0;
}

int self_signed_make(const char *name, const char *ip, char **ret_certificate, char **ret_key, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	bool well = key && x && fill(x, key, name, ip);
	if (well) {
		BIO *bio = BIO_new(BIO_s_mem());
		PEM_write_bio_X509(bio, x);
		*ret_certificate = pem_text_of(bio);
		bio = BIO_new(BIO_s_mem());
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
		*ret_key = pem_text_of(bio);
	} else {
		err_set(e, ERR_INVALID, "a certificate for \"%s\" cannot be made", name);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return well ? 0 : -1;
}
