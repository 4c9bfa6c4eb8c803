/* Is PEM text what it is taken for? Asked when configuration is read, so that a wrong certificate is an error at start
 * and not at the first connection. Trust and dates are not judged here. */
#ifndef BASE_PEM_H
#define BASE_PEM_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* One or more certificates, all readable. ERR_INVALID says which one is not. */
int pem_check_certificates(const char *pem, struct err *e);
/* A private key without passphrase that belongs to the first certificate. */
int pem_check_key(const char *key_pem, const char *cert_pem, struct err *e);

/* Of the first certificate: from when until when it is valid, milliseconds since 1970. */
int pem_validity(const char *cert_pem, int64_t *ret_from_ms, int64_t *ret_until_ms, struct err *e);
/* Is the first certificate one for this IP address? */
bool pem_is_for_ip(const char *cert_pem, const char *ip);

/* What was written to a memory BIO, free() it; the BIO is freed. */
char *pem_text_of(BIO *bio);

#endif
