/* Base64 with the alphabet of URLs and without padding (RFC 4648, section 5). */
#ifndef SANDBOX_KUBE_BASE64URL_H
#define SANDBOX_KUBE_BASE64URL_H

#include <stddef.h>

/* Both NUL-terminated, free() them. */
char *base64url_encode(const void *bytes, size_t n);
/* NULL when it is none. */
char *base64url_decode(const char *text, size_t *ret_len);

#endif
