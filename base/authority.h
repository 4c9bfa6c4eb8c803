/* "host[:port]" and "[IPv6][:port]", the part of an address that names a machine. No user, no password. */
#ifndef BASE_AUTHORITY_H
#define BASE_AUTHORITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Reads n bytes. *ret_host (newly allocated) is the name or the address without brackets; *ret_port is 0 when there is
 * none. Both may be NULL. Each error is the end of a sentence about the text: "has no host". */
int authority_parse(const char *text, size_t n, char **ret_host, uint16_t *ret_port, struct err *e);

#endif
