/* Whatever is JSON stays JSON, and what comes out is the same but for lists named managedFields. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "kube/parse.h"

static void drop_lists(json_t *o)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;
	json_object_foreach_safe(o, next, key, value)
	{
		if (strcmp(key, "managedFields") == 0 && json_is_array(value)) {
			json_object_del(o, key);
		} else {
			drop_lists(value);
		}
	}
	json_array_foreach (o, i, value) {
		drop_lists(value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_JSON json_t *whole = js_parse((const char *)data, size, NULL);
	CLEANUP_JSON json_t *cut = kube_parse((const char *)data, size, NULL);
	if (whole && !cut) {
		abort();
	}
	if (whole) {
		drop_lists(whole);
		drop_lists(cut); /* with blanks in it, it is left alone */
		if (!json_equal(whole, cut)) {
			abort();
		}
	}
	return 0;
}
