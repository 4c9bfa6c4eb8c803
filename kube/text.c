#include "kube/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define CHARACTER_BYTES 4 /* of UTF-8, at most */

json_t *kube_text(const char *s, size_t max)
{
	if (!s) {
		return json_null();
	}
	size_t n = strnlen(s, max), all = n + strnlen(s + n, CHARACTER_BYTES), at = 0;
	CLEANUP_FREE char *copy = xstrndup(s, n);
	while (at < n) {
		size_t step = text_utf8(s + at, all - at);
		if (at + step > n) {
			break;
		}
		if (!step) {
			copy[at] = '?';
			step = 1;
		}
		at += step;
	}
	return json_stringn(copy, at);
}

void kube_put_text(json_t *object, const char *key, const char *s, size_t max)
{
	if (s) {
		json_object_set_new(object, key, kube_text(s, max));
	}
}
