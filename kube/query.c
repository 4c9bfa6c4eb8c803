#include <ctype.h>
#include <string.h>

#include "kube/client.h"

static void put_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c < 0x80 && isalnum(c)) || strchr("-._~", c)) {
			buf_putc(b, (char)c);
		} else {
			buf_printf(b, "%%%02X", c);
		}
	}
}

void kube_query_add(struct buf *query, const char *key, const char *value)
{
	if (query->len) {
		buf_putc(query, '&');
	}
	put_escaped(query, key);
	buf_putc(query, '=');
	put_escaped(query, value);
}
