#include "base/js.h"
#include "tests/sandbox/kube/controllers.h"
#include "tests/sandbox/kube/controllers_inner.h"

static void report(const struct owner *o)
{
	int64_t active = 0, ready = 0;
	size_t i;
	json_t *pod;
	json_array_foreach (o->pods, i, pod) {
		active += pod_active(pod);
		ready += pod_active(pod) && pod_ready(pod);
	}
	owner_set_status(o, json_pack("{s:I, s:I, s:I, s:I, s:I}", "replicas", (json_int_t)active,
				      "fullyLabeledReplicas", (json_int_t)active, "readyReplicas", (json_int_t)ready,
				      "availableReplicas", (json_int_t)ready, "observedGeneration",
				      (json_int_t)js_int(js_obj(o->object, "metadata"), "generation", 0)));
}

/* Create what is missing; returns when to go on. */
static int64_t create(const struct owner *o, int64_t missing)
{
	int64_t later = owner_backoff(o);
	if (later != 0) {
		return later;
	}
	for (int64_t i = 0; i < missing && i < CONTROLLERS_BURST; i++) {
		if (!owner_create_pod(o, NULL)) {
			return o->now_ms + CONTROLLERS_BACKOFF_MS;
		}
	}
	return INT64_MAX;
}

int64_t replicaset_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms)
{
	struct owner o = {
	    .server = s, .now_ms = now_ms, .api_version = "apps/v1", .kind = "ReplicaSet", .plural = "replicasets"};
	int64_t active = 0, again = INT64_MAX;
	size_t i;
	json_t *pod;
	if (!owner_init(&o, name_space, name)) {
		return INT64_MAX;
	}
	json_array_foreach (o.pods, i, pod) {
		active += pod_active(pod);
	}
	int64_t wanted = js_int(js_obj(o.object, "spec"), "replicas", 1);
	report(&o);
	if (active < wanted) {
		again = create(&o, wanted - active);
	} else if (active > wanted) {
		owner_delete_surplus(&o, (size_t)(active - wanted));
	}
	owner_done(&o);
	return again;
}
