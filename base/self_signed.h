/* A certificate that nobody signed but itself, for a server that has none yet. */
#ifndef BASE_SELF_SIGNED_H
#define BASE_SELF_SIGNED_H

#include "base/err.h"

#define SELF_SIGNED_DAYS 365

/* PEM texts, free() them. `ip` NULL: no address in it. */
int self_signed_make(const char *name, const char *ip, char **ret_certificate, char **ret_key, struct err *e);

#endif
