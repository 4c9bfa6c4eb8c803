/* Request bodies in protobuf: whatever comes, an object or an error. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/js.h"
#include "tests/sandbox/kube/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	json_t *object = protobuf_object(data, size, &e);
	if (!object != (e.code != ERR_NONE)) {
		abort();
	}
	if (object) {
		/* It can be written, so it is all text. */
		free(js_text(object));
	}
	json_decref(object);
	return 0;
}
