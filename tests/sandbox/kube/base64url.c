#include "tests/sandbox/kube/base64url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64url_encode(const void *bytes, size_t n)
{
	const unsigned char *in = bytes;
	char *out = xmalloc(n / 3 * 4 + 5);
	size_t len = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6) {
			out[len++] = ALPHABET[bits >> (have - 6) & 63];
		}
	}
	if (have) {
		out[len++] = ALPHABET[bits << (6 - have) & 63];
	}
	out[len] = 0;
	return out;
}

char *base64url_decode(const char *text, size_t *ret_len)
{
	char *out = xmalloc(strlen(text) + 1);
	size_t len = 0;
	uint32_t bits = 0;
	int have = 0;
	for (const char *p = text; *p && *p != '='; p++) {
		const char *at = strchr(ALPHABET, *p);
		if (!at) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)(at - ALPHABET);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[len++] = (char)(bits >> have & 255);
		}
	}
	out[len] = 0;
	*ret_len = len;
	return out;
}
