/* Request bodies in protobuf, read as each of a few kinds: an object that can be written, or an error. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/js.h"
#include "tests/sandbox/kube/proto.h"

static const char *const KINDS[] = {"Namespace", "ConfigMap", "Secret", "Job", "Pod", "Event"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const struct schema_type *type, const uint8_t *data, size_t size)
{
	struct err e = {0};
	json_t *object = proto_read(type, (const char *)data, size, &e);
	if (!object != (e.code != ERR_NONE)) {
		abort();
	}
	if (object) {
		free(js_text(object));
	}
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct schema *schema; /* constant, and dear to build */
	if (!schema) {
		schema = schema_new();
	}
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		const struct schema_type *type = schema_find(schema, KINDS[i]);
		if (!type) {
			abort();
		}
		read_as(type, data, size);
	}
	return 0;
}
