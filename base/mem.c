#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xmalloc(size_t n)
{
	return must(malloc(n ? n : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n)
{
	return must(realloc(p, n ? n : 1));
}

void *xreallocarray(void *p, size_t count, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(count, size, &n)) {
		must(NULL);
	}
	return xrealloc(p, n);
}

char *xstrdup(const char *s)
{
	return s ? must(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
	return s ? must(strndup(s, n)) : NULL;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *s = xmalloc((size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void texts_free(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(texts[i]);
	}
	free(texts);
}

void mem_free_secret(char *text)
{
	if (text) {
		explicit_bzero(text, strlen(text));
	}
	free(text);
}

void mem_free_pointer(void *pointer_to_pointer)
{
	void *p;
	memcpy(&p, pointer_to_pointer, sizeof(p));
	free(p);
}

void *mem_grow(void *array, size_t *cap, size_t want, size_t size)
{
	if (want <= *cap) {
		return array;
	}
	size_t n = *cap ? *cap * 2 : 4;
	if (n < want) {
		n = want;
	}
	array = xreallocarray(array, n, size);
	*cap = n;
	return array;
}

int mem_room(size_t n)
{
	/* Volatile, or the compiler leaves both calls out. */
	void *volatile p = malloc(n);
	free(p);
	return p ? 0 : -1;
}

#define ARENA_ALIGN 16

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) unsigned char data[];
};

struct arena {
	struct chunk *last;
	size_t total, max;
	_Alignas(ARENA_ALIGN) struct chunk first;
};

struct arena *arena_new(size_t first_chunk, size_t max)
{
	struct arena *a = xcalloc(1, sizeof(*a) + first_chunk);
	a->first.size = first_chunk;
	a->last = &a->first;
	a->total = sizeof(*a) + first_chunk;
	a->max = max;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a) {
		return;
	}
	for (struct chunk *c = a->first.next; c;) {
		struct chunk *next = c->next;
		free(c);
		c = next;
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > a->max) {
		return NULL;
	}
	n = (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	struct chunk *c = a->last;
	if (c->size - c->used < n) {
		size_t size = c->size > 512 ? c->size : 512;
		if (size < n) {
			size = n;
		}
		if (a->total + sizeof(*c) + size > a->max) {
			return NULL;
		}
		c = xcalloc(1, sizeof(*c) + size);
		c->size = size;
		a->last->next = c;
		a->last = c;
		a->total += sizeof(*c) + size;
	}
	void *p = c->data + c->used;
	c->used += n;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *d = arena_alloc(a, n + 1);
	if (d) {
		memcpy(d, s, n);
		d[n] = '\0';
	}
	return d;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

size_t arena_size(const struct arena *a)
{
	return a->total;
}
