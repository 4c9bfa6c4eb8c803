#include "tests/sandbox/kube/patches.h"

#include <stdint.h>

json_t *patch_merge(const json_t *document, const json_t *patch)
{
	if (!json_is_object(patch)) {
		return json_deep_copy(patch);
	}
	json_t *out = json_is_object(document) ? json_copy((json_t *)(uintptr_t)document) : json_object();
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		if (json_is_null(value)) {
			json_object_del(out, key);
		} else {
			json_object_set_new(out, key, patch_merge(json_object_get(document, key), value));
		}
	}
	return out;
}
