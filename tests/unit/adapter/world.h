/* A small world around the core for its tests: pods in an API server that is a map of JSON objects, effects in order,
 * time that moves when told.
 *
 * Nothing happens by itself: a test takes each effect and answers it. Events and reports for people are kept aside.
 * What the core fetches is answered at once with what world_source put there, and that it was told all that runs when a
 * session begins, until a test says that it does so itself.
 */
#ifndef TESTS_UNIT_ADAPTER_WORLD_H
#define TESTS_UNIT_ADAPTER_WORLD_H

#include "adapter/core.h"
#include "tests/unit/unit.h"

#define WORLD_START_MS 1700000000000
#define WORLD_PODS_MAX 4096

struct world {
	struct core_config cfg;
	struct core *core;
	int64_t now;
	struct effects out;	/* not yet taken */
	size_t taken;		/* of out */
	struct effects said;	/* EFFECT_EVENT and EFFECT_REPORT */
	struct effects fetched; /* EFFECT_FETCH that were answered, or are being */
	size_t answered;	/* of these */
	bool answering;
	struct effects ends; /* questions for the end of everything, likewise */
	size_t told;	     /* of these */
	bool tell_by_hand;
	json_t *sources;	      /* by path */
	bool hooks_by_hand;	      /* on a good day they are not answered, nor are writes of files */
	bool fetch_by_hand;	      /* these stand among the others, to be answered by world_fetched */
	json_t *pods[WORLD_PODS_MAX]; /* objects of the API server */
	size_t n_pods;
	unsigned next_uuid, steps;
	const char *id; /* of the next core; NULL: none stored */
};

/* Nothing synced, nothing subscribed. */
void world_init(struct world *w);
void world_done(struct world *w);
/* The adapter dies and is born again; Kubernetes and Mesos stay. Effects not taken are lost. */
void world_restart(struct world *w);
/* Synced, subscribed as "fw" (stored already). */
void world_begin(struct world *w);

/* ---- events; texts are JSON with ' for " ---- */

/* Such a text; a test that writes it badly fails. The caller owns it. */
json_t *world_json(const char *text);
/* Create pod default/NAME with uid "uid-NAME" whose spec has these members, and show it. */
void world_pod(struct world *w, const char *name, const char *spec);
/* One container "app" with these members (may be empty), and these of the spec. */
void world_app(struct world *w, const char *name, const char *container, const char *spec);
/* The object, to be changed by hand, and showing it. */
json_t *world_object(struct world *w, const char *name);
void world_show(struct world *w, const char *name);
/* kubectl delete: sets the deletion time and grace, and shows it. */
void world_delete(struct world *w, const char *name, int grace_s);
/* Gone from the API server, and the core is told. */
void world_vanish(struct world *w, const char *name);
void world_synced(struct world *w);
/* The REVIVE that every session begins with is taken. */
void world_subscribed(struct world *w, const char *framework_id);
void world_disconnected(struct world *w);
/* "cpus:4;mem:1024;disk:1000;ports:31000-31009", role "mesos"; attributes "rack=r1;zone=z2" or "". */
void world_offer(struct world *w, const char *id, const char *agent, const char *resources, const char *attributes);
struct mesos_offer *world_make_offer(const char *id, const char *agent, const char *resources, const char *attributes);
void world_rescind(struct world *w, const char *id);
/* The master's list has this agent, so large. */
void world_listed(struct world *w, const char *agent, const char *resources, bool deactivated, bool draining);
void world_agent_failed(struct world *w, const char *agent);
/* An update with a uuid (returned, a static buffer), or an answer of the master without. */
const char *world_update(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state,
			 const char *message);
void world_answer(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state);
void world_status(struct world *w, const struct mesos_task_status *status);

/* What GET of /api/v1/namespaces/default/PATH ("configmaps/a") answers; NULL: nothing is there. */
void world_source(struct world *w, const char *path, const char *object);
/* Answer this fetch. */
void world_fetched(struct world *w, const struct effect *f);

/* Any other. */
void world_event(struct world *w, struct core_event *event);

/* Time goes on, the core is ticked whenever it asked for it. Fails when it asks again and again for the same time. */
void world_until(struct world *w, int64_t ms);
void world_wait(struct world *w, int64_t ms);

/* ---- effects ---- */

/* The next effect, which must be of this type. Valid until world_done. */
struct effect *world_take(struct world *w, enum effect_type type);
/* The next effect is of this type. */
bool world_next_is(const struct world *w, enum effect_type type);
void world_nothing(const struct world *w);
/* Forget what was not taken. */
void world_skip(struct world *w);
/* How many of this type there were, from the beginning, taken or not. */
size_t world_count(const struct world *w, enum effect_type type);
/* The last of this type, NULL when there was none. */
struct effect *world_last(const struct world *w, enum effect_type type);

/* It worked: the API server's objects change, the core gets the result, then sees the changed pod. */
void world_ok(struct world *w, struct effect *f);
/* The same in three steps. */
void world_apply(struct world *w, const struct effect *f);
void world_result(struct world *w, const struct effect *f, enum err_code code); /* ERR_NONE: it worked */
/* … and the API server asked for so much patience. */
void world_result_after(struct world *w, const struct effect *f, enum err_code code, int64_t retry_after_ms);
/* Take and answer all effects until there are none: what the shell does on a good day. */
void world_good_day(struct world *w);

/* Did an event or report with this reason (or text) about the pod (NULL: any) come? Its message, or NULL. */
const char *world_said(const struct world *w, const char *name, const char *reason);
size_t world_times_said(const struct world *w, const char *name, const char *reason);
void world_silence(struct world *w);

/* ---- shorthands ---- */

/* A pod on agent "a1", running; the offer "o-NAME" was used for it. All acknowledged. */
void world_running(struct world *w, const char *name, const char *container, const char *spec);
/* Every task of the ACCEPT reports TASK_RUNNING, and all is stored and acknowledged. */
void world_run(struct world *w, const struct effect *accept);
/* Task id of its i-th operation. */
const char *accepted_task(const struct effect *accept, size_t i);
/* Phase in the API server. */
const char *world_phase(struct world *w, const char *name);
/* Member of status.containerStatuses[CONTAINER], by path: ("state", "terminated", "exitCode"). */
json_t *world_container(struct world *w, const char *name, const char *container);
json_t *world_condition(struct world *w, const char *name, const char *type);
/* task id */
const char *world_task(const char *name, const char *container, int run);
bool effect_has_id(const struct effect *f, const char *id);

#endif
