/* Header blocks of SPDY/3: one zlib stream for the connection, with the protocol's dictionary. Private to the session.
 */
#ifndef KUBE_SPDY_HEADERS_H
#define KUBE_SPDY_HEADERS_H

#include <zlib.h>

#include "kube/spdy.h"

#define SPDY_DICTIONARY_SIZE 1423

struct spdy_inflater {
	z_stream z;
	bool ready;
	char block[SPDY_HEADERS_MAX + 1];
};

/* The dictionary of SPDY Protocol Draft 3, section 2.6.10.1. `ret` has room for SPDY_DICTIONARY_SIZE bytes. */
void spdy_dictionary(unsigned char *ret);

void spdy_inflater_init(struct spdy_inflater *f);
void spdy_inflater_done(struct spdy_inflater *f);
/* Inflate the next block of the connection and take it apart. The pairs point into the inflater, until its next block.
 * -1: broken, or over a limit; nothing after it can be inflated either. */
int spdy_inflate(struct spdy_inflater *f, const unsigned char *bytes, size_t n, struct spdy_header *ret, size_t *ret_n,
		 struct err *e);

#endif
