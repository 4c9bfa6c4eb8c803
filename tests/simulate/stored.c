/* What the API server has: it never goes backwards, and an update is acknowledged to Mesos only when it stands there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "mesos/types.h"
#include "tests/simulate/runner.h"
#include "tests/simulate/sim.h"
#include "translate/ids.h"

#define PODS "/api/v1/namespaces/" SIM_NAMESPACE "/pods/"

/* A pod that is about to be removed for good. */
struct removal {
	struct sim *sim;
	const char *name, *uid;
};

/* How far a run has come, as a container status tells. */
enum progress { PROGRESS_WAITING, PROGRESS_RUNNING, PROGRESS_OVER };

struct stored_container {
	char name[64];
	int64_t restarts;
	enum progress progress;
};

#define STORED_CONTAINERS 16
struct stored {
	char uid[64];
	char last_phase[16]; /* Succeeded or Failed, once it was */
	struct stored_container containers[STORED_CONTAINERS];
	size_t n;
};

struct sent_update {
	char uuid[MESOS_UUID_TEXT_MAX];
	char task_id[TASK_ID_MAX];
	char state[32];
	int64_t sent_ms;
};

/* ---- never backwards ---- */

static enum progress progress_of(const json_t *status)
{
	if (js_at(status, "state", "running", NULL)) {
		return PROGRESS_RUNNING;
	}
	/* What waits after an end still counts the run that ended. */
	return js_at(status, "state", "terminated", NULL) || js_at(status, "lastState", "terminated", NULL)
		   ? PROGRESS_OVER
		   : PROGRESS_WAITING;
}

static struct stored_container *container_of(struct stored *stored, const char *name)
{
	for (size_t i = 0; i < stored->n; i++) {
		if (strcmp(stored->containers[i].name, name) == 0) {
			return &stored->containers[i];
		}
	}
	if (stored->n == STORED_CONTAINERS) {
		return NULL;
	}
	struct stored_container *c = &stored->containers[stored->n++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	return c;
}

static const json_t *by_name(const json_t *list, const char *name)
{
	size_t i;
	json_t *o;
	json_array_foreach (list, i, o) {
		if (strcmp(js_str(o, "name"), name) == 0) {
			return o;
		}
	}
	return NULL;
}

/* NULL: it has none. */
static const json_t *post_start_of(const json_t *pod, const char *container)
{
	const json_t *spec = js_obj(pod, "spec");
	const json_t *c = by_name(js_arr(spec, "containers"), container);
	c = c ? c : by_name(js_arr(spec, "initContainers"), container);
	return js_at(c, "lifecycle", "postStart", NULL);
}

/* It counts as running when its postStart hook has ended. */
static void check_hook(struct sim *sim, const json_t *pod, const json_t *status)
{
	const char *id = js_str(status, "containerID");
	const json_t *hook = post_start_of(pod, js_str(status, "name"));
	if (js_at(status, "state", "running", NULL) && js_obj(hook, "exec") && id && !runner_hooked(sim, id)) {
		sim_violated(sim, "hook: container %s of %s is told to run, and its postStart hook has not ended well",
			     js_str(status, "name"), js_str_at(pod, "metadata", "name", NULL));
	}
}

static void check_container(struct sim *sim, struct stored *stored, const char *pod, const json_t *status)
{
	struct stored_container *c = container_of(stored, js_str(status, "name"));
	int64_t restarts = js_int(status, "restartCount", 0);
	enum progress progress = progress_of(status);
	if (!c) {
		return;
	}
	if (restarts < c->restarts || (restarts == c->restarts && progress < c->progress)) {
		sim_violated(sim, "backwards: container %s of %s was at run %lld stage %d and is at run %lld stage %d",
			     c->name, pod, (long long)c->restarts, c->progress, (long long)restarts, progress);
	}
	c->restarts = restarts;
	c->progress = progress;
}

/* One that ended does not run again. */
static void check_once(struct sim *sim, struct stored *stored, const char *pod, const json_t *status)
{
	const struct stored_container *c = container_of(stored, js_str(status, "name"));
	if (c && c->progress == PROGRESS_OVER && js_int(status, "restartCount", 0) != c->restarts) {
		sim_violated(sim, "again: ephemeral container %s of %s was over at run %lld, and is at run %lld",
			     c->name, pod, (long long)c->restarts, (long long)js_int(status, "restartCount", 0));
	}
}

static bool is_last(const char *phase)
{
	return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

static void check_pod(void *arg, const json_t *pod)
{
	struct sim *sim = arg;
	const char *uid = js_str_at(pod, "metadata", "uid", NULL), *name = js_str_at(pod, "metadata", "name", NULL);
	const char *phase = js_str_at(pod, "status", "phase", NULL);
	struct stored *stored = map_get(&sim->stored, uid);
	size_t i;
	json_t *status;
	if (!stored) {
		stored = xcalloc(1, sizeof(*stored));
		snprintf(stored->uid, sizeof(stored->uid), "%s", uid);
		map_put(&sim->stored, stored->uid, stored);
	}
	json_array_foreach (js_arr(js_obj(pod, "status"), "initContainerStatuses"), i, status) {
		check_container(sim, stored, name, status);
		check_hook(sim, pod, status);
	}
	json_array_foreach (js_arr(js_obj(pod, "status"), "containerStatuses"), i, status) {
		check_container(sim, stored, name, status);
		check_hook(sim, pod, status);
	}
	json_array_foreach (js_arr(js_obj(pod, "status"), "ephemeralContainerStatuses"), i, status) {
		check_once(sim, stored, name, status);
		check_container(sim, stored, name, status);
	}
	if (stored->last_phase[0] && strcmp(stored->last_phase, phase) != 0) {
		sim_violated(sim, "backwards: %s was %s and is %s", name, stored->last_phase, phase);
	} else if (is_last(phase)) {
		snprintf(stored->last_phase, sizeof(stored->last_phase), "%s", phase);
	}
}

/* ---- removed when nothing lives ---- */

static void lives_on(void *arg, const char *task_id)
{
	const struct removal *r = arg;
	struct task_id id;
	if (task_id_parse(task_id, &id) == 0 && strcmp(id.uid, r->uid) == 0 && settled_reaches(r->sim, task_id)) {
		sim_violated(r->sim, "removed: %s is, while %s lives", r->name, task_id);
	}
}

/* DELETE without grace, which is the end of it; those that only begin a deletion have no grace in them. */
void stored_remove(struct sim *sim, const char *method, const char *path, const char *body, size_t n)
{
	static const char at_once[] = "\"gracePeriodSeconds\":0";
	if (strcmp(method, "DELETE") != 0 || strncmp(path, PODS, strlen(PODS)) != 0 ||
	    !memmem(body, n, at_once, strlen(at_once))) {
		return;
	}
	CLEANUP_JSON json_t *options = js_parse(body, n, NULL);
	struct removal r = {
	    .sim = sim, .name = path + strlen(PODS), .uid = js_str_at(options, "preconditions", "uid", NULL)};
	const json_t *pod = apiserver_peek(sim->kube, "pods", SIM_NAMESPACE, r.name);
	bool there = r.uid && pod && strcmp(js_str_at(pod, "metadata", "uid", NULL), r.uid) == 0;
	if (there && !map_get(&sim->let_go, r.uid)) {
		runner_each(sim->runner, lives_on, &r);
	}
}

/* "/api/v1/namespaces/default/pods/NAME/status" */
void stored_check(struct sim *sim, const char *method, const char *path)
{
	if (strcmp(method, "PATCH") != 0 || strncmp(path, PODS, strlen(PODS)) != 0) {
		return;
	}
	const char *name = path + strlen(PODS);
	CLEANUP_FREE char *own = xstrndup(name, strcspn(name, "/"));
	const json_t *pod = apiserver_peek(sim->kube, "pods", SIM_NAMESPACE, own);
	if (pod) {
		check_pod(sim, pod);
	}
}

void stored_check_all(struct sim *sim)
{
	apiserver_each(sim->kube, "pods", SIM_NAMESPACE, check_pod, sim);
}

/* ---- acknowledged when stored ---- */

void stored_update_sent(struct sim *sim, const char *uuid, const char *task_id, const char *state)
{
	struct sent_update *u = map_get(&sim->updates, uuid);
	if (!u) {
		u = xcalloc(1, sizeof(*u));
		u->sent_ms = sim->now;
		snprintf(u->uuid, sizeof(u->uuid), "%s", uuid);
		snprintf(u->task_id, sizeof(u->task_id), "%s", task_id);
		snprintf(u->state, sizeof(u->state), "%s", state);
		map_put(&sim->updates, u->uuid, u);
	}
}

struct search {
	const char *uid;
	const json_t *found;
};

static void search_one(void *arg, const json_t *pod)
{
	struct search *search = arg;
	if (strcmp(js_str_at(pod, "metadata", "uid", NULL), search->uid) == 0) {
		search->found = pod;
	}
}

static const json_t *find_status(const json_t *pod, const char *list, const char *container)
{
	return by_name(js_arr(js_obj(pod, "status"), list), container);
}

/* Least that must stand there. A run that never came about leaves no trace, and one with a postStart hook runs later.
 */
static enum progress needed(const char *state, bool hook)
{
	if (strcmp(state, "TASK_FINISHED") == 0 || strcmp(state, "TASK_FAILED") == 0 ||
	    strcmp(state, "TASK_KILLED") == 0) {
		return PROGRESS_OVER;
	}
	return strcmp(state, "TASK_RUNNING") == 0 && !hook ? PROGRESS_RUNNING : PROGRESS_WAITING;
}

static void check_acknowledged(struct sim *sim, const struct sent_update *u)
{
	struct task_id id;
	if (task_id_parse(u->task_id, &id) < 0 || id.pause) {
		return;
	}
	struct search search = {.uid = id.uid};
	apiserver_each(sim->kube, "pods", SIM_NAMESPACE, search_one, &search);
	const json_t *pod = search.found;
	if (!pod || !js_str_at(pod, "spec", "nodeName", NULL)) {
		return;
	}
	const json_t *status = find_status(pod, "containerStatuses", id.container);
	status = status ? status : find_status(pod, "initContainerStatuses", id.container);
	status = status ? status : find_status(pod, "ephemeralContainerStatuses", id.container);
	if (id.container[0] == SIM_EPHEMERAL &&
	    !by_name(js_arr(js_obj(pod, "spec"), "ephemeralContainers"), id.container)) {
		return; /* a backup was restored from before it was added */
	}
	int64_t restarts = js_int(status, "restartCount", -1);
	enum progress least = needed(u->state, post_start_of(pod, id.container) != NULL);
	if (restarts < id.run && least == PROGRESS_WAITING) {
		return;
	}
	if (restarts < id.run || (restarts == id.run && progress_of(status) < least)) {
		sim_violated(sim, "acknowledged: %s of %s, and the API server has run %lld stage %d", u->state,
			     u->task_id, (long long)restarts, status ? (int)progress_of(status) : -1);
	}
}

void stored_acknowledged(struct sim *sim, const char *body, size_t n)
{
	if (!memmem(body, n, "\"ACKNOWLEDGE\"", strlen("\"ACKNOWLEDGE\""))) {
		return;
	}
	CLEANUP_JSON json_t *call = js_parse(body, n, NULL);
	const char *uuid = js_str_at(call, "acknowledge", "uuid", NULL);
	const struct sent_update *u = map_get(&sim->updates, uuid);
	sim->acknowledged++;
	if (!u) {
		sim_violated(sim, "acknowledged: an update that never came: %s", uuid ? uuid : "none");
	} else if (u->sent_ms > sim->restored_ms && !map_get(&sim->excused, uuid)) {
		check_acknowledged(sim, u);
	}
}

static void forget(struct map *map)
{
	size_t it = 0;
	void *item;
	while ((item = map_next(map, &it)) != NULL) {
		free(item);
	}
	map_done(map);
}

void stored_restored(struct sim *sim, int64_t version)
{
	sim->restored_ms = sim->now;
	sim->lost_after = version;
	sim->lost_until = apiserver_version(sim->kube);
	forget(&sim->stored);
}

void stored_done(struct sim *sim)
{
	forget(&sim->stored);
	forget(&sim->updates);
}
