/* Any text is a quantity or an error; what is written parses back to itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	char out[QUANTITY_TEXT_MAX];
	struct err e = {0};
	int64_t milli = 0, again = 0;
	if (quantity_parse(text, &milli, &e)) {
		if (e.code == ERR_NONE || !*e.text) {
			abort();
		}
		return 0;
	}
	if (milli == INT64_MIN || quantity_parse(quantity_text(milli, out), &again, &e) || again != milli) {
		abort();
	}
	if (milli >= 0 &&
	    (quantity_parse(quantity_text_bytes(milli / 1000, out), &again, &e) || again != milli / 1000 * 1000)) {
		abort();
	}
	return 0;
}
