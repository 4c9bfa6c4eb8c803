/* The hooks of a container; of them only a preStop that sleeps can be done. */
#include <limits.h>

#include "kube/pod_read.h"

int pod_read_hooks(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where here = {.up = at, .key = "lifecycle"};
	struct where stop_at = {.up = &here, .key = "preStop"}, sleep_at = {.up = &stop_at, .key = "sleep"};
	json_t *lifecycle, *stop, *sleep;
	return read_object(r, at, o, "lifecycle", &lifecycle) ||
		       reader_check_fields(r, POD_SCOPE_LIFECYCLE, &here, lifecycle) ||
		       read_object(r, &here, lifecycle, "preStop", &stop) ||
		       reader_check_fields(r, POD_SCOPE_HOOK, &stop_at, stop) ||
		       read_object(r, &stop_at, stop, "sleep", &sleep) ||
		       reader_check_fields(r, POD_SCOPE_SLEEP, &sleep_at, sleep) ||
		       read_int(r, &sleep_at, sleep, "seconds", 0, INT_MAX, &c->pre_stop_sleep_s)
		   ? -1
		   : 0;
}
