/* An answer is read or refused; a status that was read is one that can be named. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/grpc_health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t status = -2;
	struct err e = {0};
	char *copy = malloc(size + 1); /* of exactly that size, so that reading beyond is seen */
	if (!copy) {
		return 0;
	}
	memcpy(copy, data, size);
	int rc = grpc_health_read(copy, size, &status, &e);
	free(copy);
	if (rc == 0 ? status < -1 || !grpc_health_name(status) : status != -2 || !e.code) {
		abort();
	}
	return 0;
}
