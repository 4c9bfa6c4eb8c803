/* Writes to pods (their status, their deletion): a bounded number at a time, none while the API server is away.
 *
 * Who may not write yet waits in a queue as a pod, not as a body: what is written in the end is what is known then. So
 * an outage costs no memory, however long it is and whatever Mesos repeats. A failure that says nothing of the pod
 * (no answer, 429, 503) holds all writes back, for as long as the server asks or with growing pauses; then one is
 * tried, and its success lets the others go on.
 */
#include "adapter/core_state.h"

#define HOLD_MAX_MS 10000

static size_t free_turns(const struct core *core)
{
	size_t max = core->hold_ms ? 1 : CORE_WRITES_MAX;
	return core->now < core->hold_until_ms || core->n_writes >= max ? 0 : max - core->n_writes;
}

bool writes_held(const struct core *core)
{
	return core->now < core->hold_until_ms;
}

bool write_turn(struct core *core, struct pod *pod)
{
	bool called = pod->called;
	pod->called = false;
	if (!free_turns(core) || (!called && !list_empty(&core->writers))) {
		if (!list_linked(&pod->write)) {
			list_push(&core->writers, &pod->write);
		}
		return false;
	}
	list_remove(&pod->write);
	core->n_writes++;
	return true;
}

void writers_call(struct core *core)
{
	for (size_t n = free_turns(core); n && !list_empty(&core->writers); n--) {
		struct pod *pod = LIST_ENTRY(core->writers.next, struct pod, write);
		list_remove(&pod->write);
		pod->called = true;
		pod_touch(core, pod);
	}
}

bool write_says_nothing_of_pod(const struct err *failure)
{
	int status = failure->http_status;
	switch (failure->code) {
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_LIMIT:
	case ERR_AUTH:
		return status != 413;
	case ERR_IO:
	case ERR_PROTOCOL:
		return status / 100 != 5 || status == 502;
	case ERR_DENIED:
		return status == 0; /* ours: it was not sent */
	default:
		return false;
	}
}

int64_t core_jittered(struct core *core, int64_t ms)
{
	uint64_t x = core->jitter += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return ms - (int64_t)((x ^ (x >> 31)) % (uint64_t)(ms / 2 + 1));
}

static void hold(struct core *core, int64_t retry_after_ms)
{
	int64_t until = core->now + retry_after_ms;
	if (core->now >= core->hold_until_ms) { /* those that were under way together count once */
		core->hold_ms = core_backoff(core->hold_ms, core->cfg.retry_first_ms, HOLD_MAX_MS);
		core->hold_until_ms = core->now + core_jittered(core, core->hold_ms);
	}
	core->hold_until_ms = until > core->hold_until_ms ? until : core->hold_until_ms;
}

void write_done(struct core *core, const struct effect *effect, const struct err *failure, int64_t retry_after_ms)
{
	bool counted = effect->type == EFFECT_PATCH_STATUS || effect->type == EFFECT_ADOPT_POD ||
		       effect->type == EFFECT_DELETE_POD || effect->type == EFFECT_EVICT_POD;
	if (counted && core->n_writes) {
		core->n_writes--;
	}
	if (failure && write_says_nothing_of_pod(failure) && (counted || retry_after_ms)) {
		hold(core, retry_after_ms);
	} else if (counted) {
		core->hold_ms = core->hold_until_ms = 0;
	}
}

int64_t writes_deadline(const struct core *core)
{
	bool waits = !list_empty(&core->writers) || !list_empty(&core->fresh);
	return waits && writes_held(core) ? core->hold_until_ms : UNSET;
}
