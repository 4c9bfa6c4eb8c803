/* A growing byte buffer that is born with its maximum.
 *
 * Owns its memory. The bytes are always followed by a NUL that does not count, so text can be read in place.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until the first byte */
	size_t len, cap, max;
};

#define BUF_INIT(maximum)                                                                                              \
	{                                                                                                              \
		.data = NULL, .len = 0, .cap = 0, .max = (maximum)                                                     \
	}

void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buffer is empty and usable again. NULL-safe. */
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* length 0, memory kept */

/* 0, or -1 when the maximum would be passed or memory is short; nothing is appended then. */
int buf_append(struct buf *b, const void *p, size_t n);
int buf_puts(struct buf *b, const char *s);
int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Would n more bytes stay below the maximum? After a failure: no, it was the maximum; yes, memory is short. */
bool buf_fits(const struct buf *b, size_t n);

/* Drop the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* The text, never NULL. */
const char *buf_str(const struct buf *b);

/* The bytes become the caller's (free()); the buffer is empty afterwards. Never NULL. */
char *buf_steal(struct buf *b, size_t *ret_len);

#define CLEANUP_BUF __attribute__((cleanup(buf_done)))

#endif
