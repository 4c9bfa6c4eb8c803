#include "base/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	char *out = xmalloc((n + 2) / 3 * 4 + 1), *o = out;
	for (; n >= 3; p += 3, n -= 3) {
		*o++ = alphabet[p[0] >> 2];
		*o++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		*o++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
		*o++ = alphabet[p[2] & 63];
	}
	if (n) {
		unsigned second = n == 2 ? p[1] : 0;
		*o++ = alphabet[p[0] >> 2];
		*o++ = alphabet[(p[0] & 3u) << 4 | second >> 4];
		*o++ = n == 2 ? alphabet[(second & 15) << 2] : '=';
		*o++ = '=';
	}
	*o = '\0';
	return out;
}

static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static int is_space(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Decodes into out, which has room; -1 with the offset of what is wrong. */
static int decode(const char *text, size_t n, char *out, size_t *ret_len, size_t *ret_wrong)
{
	size_t len = 0;
	uint32_t bits = 0;
	unsigned have = 0, padding = 0; /* characters of the present group of four; "=" among them */
	for (size_t i = 0; i < n; i++) {
		if (is_space(text[i])) {
			continue;
		}
		int value = value_of(text[i]);
		bool pads = text[i] == '=' && have >= 2;
		if (pads ? padding == 2 : value < 0 || padding) {
			*ret_wrong = i;
			return -1;
		}
		padding += pads;
		bits = bits << 6 | (pads ? 0 : (uint32_t)value);
		if (++have == 4) {
			out[len++] = (char)(bits >> 16);
			out[len++] = (char)(bits >> 8);
			out[len++] = (char)bits;
			len -= padding;
			have = 0;
		}
	}
	*ret_wrong = n;
	*ret_len = len;
	return have ? -1 : 0;
}

char *base64_decode(const char *text, size_t n, size_t *ret_len, struct err *e)
{
	char *out = malloc(n / 4 * 3 + 4);
	size_t len, wrong;
	if (!out) {
		err_set(e, ERR_MEMORY, "base64: memory is short");
		return NULL;
	}
	if (decode(text, n, out, &len, &wrong) < 0) {
		err_set(e, ERR_INVALID,
			wrong < n ? "base64: wrong character at offset %zu" : "base64: cut off at offset %zu", wrong);
		free(out);
		return NULL;
	}
	out[len] = '\0';
	if (ret_len) {
		*ret_len = len;
	}
	return out;
}
