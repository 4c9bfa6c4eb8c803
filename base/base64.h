/* Base64 with the standard alphabet and padding (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/err.h"

/* NUL-terminated, free() it. */
char *base64_encode(const void *bytes, size_t n);
/* The bytes with a NUL after them, free() them. Line breaks, spaces and tabs are skipped; anything else that is not
 * base64 is ERR_INVALID with its offset; ERR_MEMORY. */
char *base64_decode(const char *text, size_t n, size_t *ret_len, struct err *e);

#endif
