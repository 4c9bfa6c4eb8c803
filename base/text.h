/* Texts: what is asked of them on every floor. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* NULL is equal to NULL alone. */
bool text_equal(const char *a, const char *b);

/* Bytes of the UTF-8 character that begins here, of which `n` are there; 0 when it is none (RFC 3629: no overlong
 * forms, no surrogates, nothing beyond U+10FFFF). */
size_t text_utf8(const char *p, size_t n);

#endif
