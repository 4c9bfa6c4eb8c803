/* Heads of requests: what is taken announces no body and holds no control characters. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = http_head_length((const char *)data, size);
	struct http_request_head h;
	struct err e = {0};
	int status = 0;
	if (!n) {
		return 0;
	}
	if (http_head_parse((const char *)data, n, &h, &status, &e) < 0) {
		if (status < 400 || !e.text[0]) {
			abort();
		}
		return 0;
	}
	for (size_t i = 0; i < h.n_headers; i++) {
		if (strpbrk(h.headers[i].value, "\r\n") || strcasecmp(h.headers[i].name, "Transfer-Encoding") == 0) {
			abort();
		}
	}
	http_head_done(&h);
	return 0;
}
