#include "kube/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Length of the UTF-8 sequence that starts here, 0 when it is none. */
static size_t sequence(const unsigned char *s)
{
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0	 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
	bool beyond = (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90);
	return n >= 3 && (overlong || beyond) ? 0 : n;
}

json_t *kube_text(const char *s, size_t max)
{
	if (!s) {
		return json_null();
	}
	size_t n = strnlen(s, max), at = 0;
	CLEANUP_FREE char *copy = xstrndup(s, n);
	while (at < n) {
		size_t step = sequence((const unsigned char *)s + at);
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
