#include <string.h>

#include "base/js.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/controllers.h"
#include "tests/sandbox/kube/controllers_inner.h"

struct counts {
	int64_t active, ready, succeeded, failed;
	int64_t restarts; /* of containers in active pods */
};

static int64_t container_restarts(const json_t *pod)
{
	static const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
	int64_t sum = 0;
	size_t i;
	json_t *status;
	for (int list = 0; list < 2; list++) {
		json_array_foreach (js_arr(js_obj(pod, "status"), lists[list]), i, status) {
			sum += js_int(status, "restartCount", 0);
		}
	}
	return sum;
}

static struct counts count(const struct owner *o)
{
	struct counts c = {0};
	size_t i;
	json_t *pod;
	json_array_foreach (o->pods, i, pod) {
		c.active += pod_active(pod);
		c.ready += pod_active(pod) && pod_ready(pod);
		c.succeeded += pod_succeeded(pod);
		c.failed += pod_failed(pod);
		c.restarts += pod_active(pod) ? container_restarts(pod) : 0;
	}
	return c;
}

static bool finished(const json_t *job)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(job, "status"), "conditions"), i, condition) {
		const char *type = js_str(condition, "type"), *status = js_str(condition, "status");
		if (type && status && strcmp(status, "True") == 0 &&
		    (strcmp(type, "Complete") == 0 || strcmp(type, "Failed") == 0)) {
			return true;
		}
	}
	return false;
}

static bool too_many_failures(const struct owner *o, const struct counts *c)
{
	const json_t *spec = js_obj(o->object, "spec");
	const char *policy = js_str_at(spec, "template", "spec", "restartPolicy", NULL);
	int64_t limit = js_int(spec, "backoffLimit", 6);
	bool restarts = policy && strcmp(policy, "OnFailure") == 0;
	return c->failed > limit || (restarts && c->restarts > 0 && c->restarts >= limit);
}

static json_t *status_of(const struct owner *o, const struct counts *c)
{
	char now[TIME_TEXT_MAX];
	const char *started = js_str_at(o->object, "status", "startTime", NULL);
	return json_pack("{s:I, s:I, s:I, s:I, s:s}", "active", (json_int_t)c->active, "ready", (json_int_t)c->ready,
			 "succeeded", (json_int_t)c->succeeded, "failed", (json_int_t)c->failed, "startTime",
			 started ? started : time_text(o->now_ms, now));
}

static json_t *condition(const char *type, const char *reason, const char *message, const char *now)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", type, "status", "True", "lastProbeTime", now,
			 "lastTransitionTime", now, "reason", reason, "message", message);
}

static void complete(const struct owner *o, const struct counts *c)
{
	static const char reason[] = "CompletionsReached", message[] = "Reached expected number of succeeded pods";
	char now[TIME_TEXT_MAX];
	json_t *status = status_of(o, c);
	time_text(o->now_ms, now);
	json_object_set_new(status, "completionTime", json_string(now));
	json_object_set_new(status, "conditions",
			    json_pack("[o, o]", condition("SuccessCriteriaMet", reason, message, now),
				      condition("Complete", reason, message, now)));
	owner_set_status(o, status);
	owner_event(o, "Normal", "Completed", "Job completed");
}

static void fail(const struct owner *o, struct counts *c)
{
	static const char reason[] = "BackoffLimitExceeded", message[] = "Job has reached the specified backoff limit";
	char now[TIME_TEXT_MAX];
	owner_delete_surplus(o, (size_t)c->active);
	c->active = c->ready = 0;
	json_t *status = status_of(o, c);
	time_text(o->now_ms, now);
	json_object_set_new(status, "conditions",
			    json_pack("[o, o]", condition("FailureTarget", reason, message, now),
				      condition("Failed", reason, message, now)));
	owner_set_status(o, status);
	owner_event(o, "Warning", reason, message);
}

static int64_t create(const struct owner *o, int64_t missing)
{
	int64_t later = owner_backoff(o), again = INT64_MAX;
	if (later != 0) {
		return later;
	}
	json_t *labels = json_pack("{s:s, s:s, s:s, s:s}", "job-name", o->name, "batch.kubernetes.io/job-name", o->name,
				   "controller-uid", o->uid, "batch.kubernetes.io/controller-uid", o->uid);
	for (int64_t i = 0; i < missing && i < CONTROLLERS_BURST; i++) {
		if (!owner_create_pod(o, labels)) {
			again = o->now_ms + CONTROLLERS_BACKOFF_MS;
			break;
		}
	}
	json_decref(labels);
	return again;
}

/* How many pods should be at work now. */
static int64_t wanted(const struct owner *o, const struct counts *c, int64_t completions)
{
	const json_t *spec = js_obj(o->object, "spec");
	int64_t parallel = js_int(spec, "parallelism", 1), left = completions - c->succeeded;
	if (js_bool(spec, "suspend", false)) {
		return 0;
	}
	return left < parallel ? left : parallel;
}

static int64_t reconcile(const struct owner *o)
{
	struct counts c = count(o);
	/* Without completions one success is enough, and then the others may end by themselves. */
	int64_t completions = js_int(js_obj(o->object, "spec"), "completions", 1);
	if (c.succeeded >= completions && c.active == 0) {
		complete(o, &c);
		return INT64_MAX;
	}
	if (too_many_failures(o, &c)) {
		fail(o, &c);
		return INT64_MAX;
	}
	int64_t want = wanted(o, &c, completions);
	owner_set_status(o, status_of(o, &c));
	if (c.active < want) {
		return create(o, want - c.active);
	}
	if (c.active > want && c.succeeded < completions) {
		owner_delete_surplus(o, (size_t)(c.active - want));
	}
	return INT64_MAX;
}

int64_t job_reconcile(struct apiserver *s, const char *name_space, const char *name, int64_t now_ms)
{
	struct owner o = {.server = s, .now_ms = now_ms, .api_version = "batch/v1", .kind = "Job", .plural = "jobs"};
	int64_t again = INT64_MAX;
	if (owner_init(&o, name_space, name)) {
		if (!finished(o.object)) {
			again = reconcile(&o);
		}
		owner_done(&o);
	}
	return again;
}
