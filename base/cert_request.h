/* A request for a certificate (PKCS #10), with a new key. */
#ifndef BASE_CERT_REQUEST_H
#define BASE_CERT_REQUEST_H

#include "base/err.h"

/* Who asks; dns or ip may be NULL, not both. */
struct cert_request_subject {
	const char *common_name, *organisation;
	const char *dns, *ip;
};

/* PEM texts, free() them. The key is EC P-256. */
int cert_request_make(const struct cert_request_subject *subject, char **ret_request, char **ret_key, struct err *e);

#endif
