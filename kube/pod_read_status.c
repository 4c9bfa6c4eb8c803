#include <limits.h>
#include <string.h>

#include "base/js.h"
#include "kube/amounts.h"
#include "kube/pod_read.h"
#include "kube/pod_status.h"

/* Status lists may hold more than the pod has containers: the API server does not check them. */
#define STATUSES_MAX (2 * POD_CONTAINERS_MAX)

static int read_number(struct pod_reader *r, const struct where *at, json_t *o, const char *key, int *ret)
{
	int64_t n = *ret;
	if (read_int(r, at, o, key, INT_MIN, INT_MAX, &n)) {
		return -1;
	}
	*ret = (int)n;
	return 0;
}

static int read_ending(struct pod_reader *r, const struct where *at, json_t *terminated,
		       struct kube_container_status *s)
{
	return read_number(r, at, terminated, "exitCode", &s->exit_code) ||
		       read_number(r, at, terminated, "signal", &s->signal) ||
		       read_str(r, at, terminated, "reason", &s->reason) ||
		       read_str(r, at, terminated, "message", &s->message)
		   ? -1
		   : 0;
}

static int read_last(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container_status *s)
{
	struct where last_at = {.up = at, .key = "lastState"};
	struct where here = {.up = &last_at, .key = "terminated"};
	json_t *last, *terminated;
	if (read_object(r, at, o, "lastState", &last) || read_object(r, &last_at, last, "terminated", &terminated)) {
		return -1;
	}
	if (!terminated) {
		return 0;
	}
	s->has_last = true;
	if (read_str(r, &here, terminated, "containerID", &s->last_container_id) ||
	    read_time(r, &here, terminated, "startedAt", &s->last_started_ms) ||
	    read_time(r, &here, terminated, "finishedAt", &s->last_finished_ms)) {
		return -1;
	}
	return s->state == CONTAINER_TERMINATED ? 0 : read_ending(r, &here, terminated, s);
}

static int read_state(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container_status *s)
{
	struct where state_at = {.up = at, .key = "state"};
	struct where terminated_at = {.up = &state_at, .key = "terminated"};
	struct where running_at = {.up = &state_at, .key = "running"};
	json_t *state, *running, *terminated;
	if (read_object(r, at, o, "state", &state) || read_object(r, &state_at, state, "running", &running) ||
	    read_object(r, &state_at, state, "terminated", &terminated)) {
		return -1;
	}
	if (terminated) {
		s->state = CONTAINER_TERMINATED;
		return read_ending(r, &terminated_at, terminated, s) ||
			       read_time(r, &terminated_at, terminated, "startedAt", &s->started_ms) ||
			       read_time(r, &terminated_at, terminated, "finishedAt", &s->finished_ms)
			   ? -1
			   : 0;
	}
	if (running) {
		s->state = CONTAINER_RUNNING;
		return read_time(r, &running_at, running, "startedAt", &s->started_ms);
	}
	return 0;
}

static int read_resources(struct pod_reader *r, json_t *o, struct kube_container_status *s)
{
	const json_t *resources = js_obj(o, "resources");
	struct kube_resources *own = resources ? reader_alloc(r, 1, sizeof(*own)) : NULL;
	if (own) {
		*own = kube_resources_of(resources);
		s->resources = own;
	}
	return resources && !own ? -1 : 0;
}

static int read_status(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container_status *s)
{
	int64_t restarts = 0;
	s->state = CONTAINER_WAITING;
	if (!json_is_object(o)) {
		return reader_error(r, ERR_INVALID, at, NULL, "not an object");
	}
	if (read_str(r, at, o, "name", &s->name) || read_str(r, at, o, "image", &s->image) ||
	    read_str(r, at, o, "containerID", &s->container_id) ||
	    read_int(r, at, o, "restartCount", INT_MIN, INT_MAX, &restarts) || read_state(r, at, o, s) ||
	    read_last(r, at, o, s)) {
		return -1;
	}
	if (read_resources(r, o, s)) {
		return -1;
	}
	s->ready = js_bool(o, "ready", false);
	s->started = js_bool(o, "started", false);
	if (!s->name) {
		return reader_error(r, ERR_INVALID, at, "name", "missing");
	}
	if (s->container_id && !*s->container_id) {
		s->container_id = NULL;
	}
	if (s->state == CONTAINER_WAITING) {
		s->started_ms = s->last_started_ms;
		s->finished_ms = s->last_finished_ms;
	}
	s->restart_count = restarts < 0 ? 0 : (int)restarts; /* the API server lets negative ones through */
	return 0;
}

static int read_statuses(struct pod_reader *r, const struct where *at, json_t *status, const char *key,
			 struct kube_container_status **ret, size_t *ret_n)
{
	struct where list_at = {.up = at, .key = key};
	json_t *list;
	if (read_list(r, at, status, key, &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	if (n > STATUSES_MAX) {
		return reader_error(r, ERR_LIMIT, &list_at, NULL, "more than %d elements", STATUSES_MAX);
	}
	struct kube_container_status *statuses = reader_alloc(r, n, sizeof(*statuses));
	if (!statuses) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(o, "name"), .index = i};
		if (read_status(r, &here, o, &statuses[i])) {
			return -1;
		}
	}
	*ret = statuses;
	*ret_n = n;
	return 0;
}

static enum pod_phase phase_of(const char *text)
{
	for (int i = POD_PHASE_PENDING; text && i <= POD_PHASE_UNKNOWN; i++) {
		if (!strcmp(text, kube_phase_names[i])) {
			return (enum pod_phase)i;
		}
	}
	return POD_PHASE_PENDING;
}

/* What stands of the conditions that the pod waits for. */
static int read_gates(struct pod_reader *r, const json_t *status)
{
	const json_t *list = js_arr(status, "conditions"), *o;
	for (size_t k = 0; k < r->pod->n_readiness_gates; k++) {
		struct kube_readiness_gate *gate = &r->pod->readiness_gates[k];
		size_t i;
		json_array_foreach (list, i, o) {
			const char *type = js_str(o, "type"), *value = js_str(o, "status");
			if (type && value && !strcmp(type, gate->type) && !(gate->status = reader_copy(r, value))) {
				return -1;
			}
		}
	}
	return 0;
}

int pod_read_status(struct pod_reader *r, json_t *status)
{
	struct kube_pod *pod = r->pod;
	struct where at = {.key = "status"};
	pod->phase = phase_of(js_str(status, "phase"));
	if (read_time(r, &at, status, "startTime", &pod->start_ms) ||
	    read_str(r, &at, status, "hostIP", &pod->host_ip) || read_str(r, &at, status, "podIP", &pod->pod_ip) ||
	    read_statuses(r, &at, status, "initContainerStatuses", &pod->init_statuses, &pod->n_init_statuses)) {
		return -1;
	}
	return read_gates(r, status) ||
		       read_statuses(r, &at, status, "containerStatuses", &pod->statuses, &pod->n_statuses) ||
		       read_statuses(r, &at, status, "ephemeralContainerStatuses", &r->ephemeral_statuses,
				     &r->n_ephemeral_statuses)
		   ? -1
		   : 0;
}
