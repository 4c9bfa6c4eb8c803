/* Is PEM text what it is taken for? Asked when configuration is read, so that a wrong certificate is an error at start
 * and not at the first connection. Trust and dates are not judged here. */
#ifndef BASE_PEM_H
#define BASE_PEM_H

#include "base/err.h"

/* One or more certificates, all readable. ERR_INVALID says which one is not. */
int pem_check_certificates(const char *pem, struct err *e);
/* A private key without passphrase that belongs to the first certificate. */
int pem_check_key(const char *key_pem, const char *cert_pem, struct err *e);

#endif
