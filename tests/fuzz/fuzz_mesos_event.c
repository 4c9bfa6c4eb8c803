/* One record of the scheduler's stream. */
#include <stdint.h>
#include <stdlib.h>

#include "mesos/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mesos_event *event = NULL;
	struct err e = {0};
	int rc = mesos_event_decode((const char *)data, size, &event, &e);
	if ((rc < 0) != !event || (rc != 0) != (e.code != ERR_NONE)) {
		abort();
	}
	if (event && event->type == MESOS_EVENT_UPDATE && !event->status) {
		abort();
	}
	mesos_event_free(event);
	return 0;
}
