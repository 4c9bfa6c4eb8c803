/* Messages of an agent about the output of a container. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "mesos/process_io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process_io io;
	struct err e = {0};
	if (process_io_decode((const char *)data, size, &io, &e) < 0) {
		if (e.code == ERR_NONE) {
			abort();
		}
		return 0;
	}
	if ((io.type == PROCESS_IO_OTHER) != !io.bytes) {
		abort();
	}
	process_io_done(&io);
	return 0;
}
