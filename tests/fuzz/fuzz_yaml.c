/* YAML: a tree that is valid JSON and within its bounds, or one error with the file's name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	json_t *o = yaml_parse((const char *)data, size, "fuzz", &e);
	if (!o) {
		if (e.code == ERR_NONE || strncmp(e.text, "fuzz:", 5) != 0) {
			abort();
		}
		return 0;
	}
	char *text = js_text(o);
	json_t *again = js_parse(text, strlen(text), NULL);
	if (!again) {
		abort();
	}
	json_decref(again);
	free(text);
	json_decref(o);
	return 0;
}
