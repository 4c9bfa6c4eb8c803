#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void buf_done(struct buf *b)
{
	if (b) {
		free(b->data);
		b->data = NULL;
		b->len = b->cap = 0;
	}
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data) {
		b->data[0] = '\0';
	}
}

bool buf_fits(const struct buf *b, size_t n)
{
	return n <= b->max && b->len <= b->max - n;
}

/* Make room for n more bytes and the NUL. Peer-sized, so failure is an answer. */
static int reserve(struct buf *b, size_t n)
{
	if (!buf_fits(b, n)) {
		return -1;
	}
	size_t want = b->len + n + 1;
	if (want <= b->cap) {
		return 0;
	}
	size_t cap = b->cap ? b->cap * 2 : 64;
	if (cap < want) {
		cap = want;
	}
	if (cap > b->max + 1) {
		cap = b->max + 1;
	}
	char *p = realloc(b->data, cap);
	if (!p) {
		return -1;
	}
	b->data = p;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, const void *p, size_t n)
{
	if (reserve(b, n) < 0) {
		return -1;
	}
	if (n) {
		memcpy(b->data + b->len, p, n);
	}
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_puts(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

int buf_putc(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n) < 0) {
		return -1;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		buf_clear(b);
		return;
	}
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *buf_steal(struct buf *b, size_t *ret_len)
{
	char *p = b->data ? b->data : xstrdup("");
	if (ret_len) {
		*ret_len = b->len;
	}
	b->data = NULL;
	b->len = b->cap = 0;
	return p;
}
