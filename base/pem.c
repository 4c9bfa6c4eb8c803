#include "base/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* A key with a passphrase would make OpenSSL ask on the terminal. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static X509 *next_certificate(BIO *bio)
{
	ERR_clear_error();
	return PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
}

/* After next_certificate gave none: was that the end, or a block that cannot be read? */
static int at_end(void)
{
	unsigned long error = ERR_peek_last_error();
	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int pem_check_certificates(const char *pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
	int n = 0;
	for (X509 *x; (x = next_certificate(bio)) != NULL; n++) {
		X509_free(x);
	}
	int end = at_end();
	BIO_free(bio);
	if (!end) {
		return err_set(e, ERR_INVALID, "certificate %d in it cannot be read", n + 1);
	}
	return n ? 0 : err_set(e, ERR_INVALID, "no certificate in it");
}

static int matches(EVP_PKEY *key, const char *cert_pem)
{
	BIO *bio = BIO_new_mem_buf(cert_pem, (int)strlen(cert_pem));
	X509 *x = next_certificate(bio);
	int yes = x && X509_check_private_key(x, key) == 1;
	X509_free(x);
	BIO_free(bio);
	ERR_clear_error();
	return yes;
}

int pem_check_key(const char *key_pem, const char *cert_pem, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(key_pem, (int)strlen(key_pem));
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!key) {
		return err_set(e, ERR_INVALID, "no private key in it that can be read without a passphrase");
	}
	int yes = matches(key, cert_pem);
	EVP_PKEY_free(key);
	return yes ? 0 : err_set(e, ERR_INVALID, "the private key does not belong to the certificate");
}

static X509 *first_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
	X509 *x = next_certificate(bio);
	BIO_free(bio);
	ERR_clear_error();
	return x;
}

static bool ms_of(const ASN1_TIME *at, int64_t *ret)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(at, &tm) != 1) {
		return false;
	}
	*ret = (int64_t)timegm(&tm) * 1000;
	return true;
}

int pem_validity(const char *cert_pem, int64_t *ret_from_ms, int64_t *ret_until_ms, struct err *e)
{
	X509 *x = first_certificate(cert_pem);
	int64_t from, until;
	bool well = x && ms_of(X509_get0_notBefore(x), &from) && ms_of(X509_get0_notAfter(x), &until);
	X509_free(x);
	if (!well) {
		return err_set(e, ERR_INVALID, "no certificate in it whose dates can be read");
	}
	*ret_from_ms = from;
	*ret_until_ms = until;
	return 0;
}

bool pem_is_for_ip(const char *cert_pem, const char *ip)
{
	X509 *x = first_certificate(cert_pem);
	bool yes = x && X509_check_ip_asc(x, ip, 0) == 1;
	X509_free(x);
	ERR_clear_error();
	return yes;
}

char *pem_text_of(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	char *text = xstrndup(p, (size_t)n);
	BIO_free(bio);
	return text;
}
