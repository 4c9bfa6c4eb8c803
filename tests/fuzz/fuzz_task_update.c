/* A task status, and the acknowledgement that it leads to. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mesos/call.h"
#include "mesos/wire.h"

static void acknowledge(const struct mesos_task_status *s)
{
	char *text = mesos_call_acknowledge("f", s->agent_id, s->task_id, s->uuid);
	json_t *call CLEANUP_JSON = js_parse(text, strlen(text), NULL);
	const char *task_id = js_str_at(call, "acknowledge", "task_id", "value", NULL);
	if (!task_id || strcmp(task_id, s->task_id) != 0) {
		abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o CLEANUP_JSON = wire_parse((const char *)data, size, NULL);
	struct err e = {0};
	struct mesos_task_status *s = mesos_task_status_decode(o, &e);
	if (!s != (e.code != ERR_NONE)) {
		abort();
	}
	if (s) {
		if (!mesos_task_state_name(s->state) || (s->message && strlen(s->message) > MESOS_MESSAGE_MAX)) {
			abort();
		}
		acknowledge(s);
	}
	mesos_task_status_free(s);
	return 0;
}
