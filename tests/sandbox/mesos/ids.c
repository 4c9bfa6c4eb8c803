#include "tests/sandbox/mesos/ids.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* splitmix64: short, and every seed is a good one. */
uint64_t ids_next(struct ids *g)
{
	uint64_t z = (g->state += 0x9e3779b97f4a7c15U);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static void uuid_bytes(struct ids *g, uint8_t b[16])
{
	uint64_t hi = ids_next(g), lo = ids_next(g);
	memcpy(b, &hi, 8);
	memcpy(b + 8, &lo, 8);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
}

void ids_uuid(struct ids *g, char out[UUID_TEXT_SIZE])
{
	uint8_t b[16];
	uuid_bytes(g, b);
	snprintf(out, UUID_TEXT_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		 b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static void encode_to(const uint8_t *in, size_t n, char *out)
{
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;
		v |= i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0;
		v |= i + 2 < n ? in[i + 2] : 0;
		*out++ = ALPHABET[v >> 18];
		*out++ = ALPHABET[(v >> 12) & 63];
		*out++ = i + 1 < n ? ALPHABET[(v >> 6) & 63] : '=';
		*out++ = i + 2 < n ? ALPHABET[v & 63] : '=';
	}
	*out = 0;
}

void ids_uuid_base64(struct ids *g, char out[UUID_BASE64_SIZE])
{
	uint8_t b[16];
	uuid_bytes(g, b);
	encode_to(b, sizeof(b), out);
}

char *ids_base64_encode(const void *data, size_t n)
{
	char *out = xmalloc((n + 2) / 3 * 4 + 1);
	encode_to(data, n, out);
	return out;
}

char *ids_base64_decode(const char *text, size_t *ret_len, char *ret_bad)
{
	size_t n = strlen(text), len = 0;
	uint8_t *out = xmalloc(n / 4 * 3 + 4);
	uint32_t v = 0;
	size_t bits = 0;
	*ret_bad = 0;
	while (n > 0 && text[n - 1] == '=') {
		n--;
	}
	for (size_t i = 0; i < n; i++) {
		const char *at = text[i] ? strchr(ALPHABET, text[i]) : NULL;
		if (!at) {
			*ret_bad = text[i];
			mem_free_pointer(&out);
			return NULL;
		}
		v = v << 6 | (uint32_t)(at - ALPHABET);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (uint8_t)(v >> bits);
		}
	}
	*ret_len = len;
	out[len] = 0;
	return (char *)out;
}
