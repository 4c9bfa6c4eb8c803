#include "tests/unit/adapter/world.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"

#define SAME_TIME_MAX 50 /* ticks in a row for one point in time: more is a busy loop */

static void fresh_core(struct world *w)
{
	w->core = core_new(&w->cfg, w->id);
}

void world_init(struct world *w)
{
	static const char *const roles[] = {"mesos"};
	*w = (struct world){.now = WORLD_START_MS, .id = "fw"};
	core_config_init(&w->cfg);
	w->cfg.audit_every_ms = 0; /* a test that wants audits says so */
	w->cfg.census_every_ms = 0;
	w->cfg.node_beat_ms = w->cfg.node_change_ms = 0;
	w->cfg.roles = roles;
	w->cfg.n_roles = 1;
	w->cfg.taint_key = "mesos.apache.org/agent";
	w->cfg.taint_effect = "NoSchedule";
	fresh_core(w);
}

void world_done(struct world *w)
{
	core_free(w->core);
	effects_done(&w->out);
	effects_done(&w->said);
	effects_done(&w->fetched);
	effects_done(&w->ends);
	json_decref(w->sources);
	for (size_t i = 0; i < w->n_pods; i++) {
		json_decref(w->pods[i]);
	}
	*w = (struct world){0};
}

void world_restart(struct world *w)
{
	core_free(w->core);
	w->taken = w->out.n;
	fresh_core(w);
}

void world_begin(struct world *w)
{
	world_synced(w);
	world_subscribed(w, "fw");
	world_skip(w);
}

static void put_aside(struct effects *list, struct effect *f)
{
	list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof(struct effect *));
	list->items[list->n++] = f;
}

/* Of everything at the begin of a session: it is of no agent. */
static bool asks_for_the_end(const struct effect *f)
{
	return f->type == EFFECT_RECONCILE && f->n_ids == 1 && !*f->others[0];
}

/* People's effects are kept aside. */
static void sort_out(struct world *w, size_t from)
{
	size_t kept = from;
	for (size_t i = from; i < w->out.n; i++) {
		struct effect *f = w->out.items[i];
		if (f->type == EFFECT_EVENT || f->type == EFFECT_REPORT) {
			put_aside(&w->said, f);
		} else if (f->type == EFFECT_FETCH && !w->fetch_by_hand) {
			put_aside(&w->fetched, f);
		} else if (asks_for_the_end(f) && !w->tell_by_hand) {
			put_aside(&w->ends, f);
		} else {
			w->out.items[kept++] = f;
		}
	}
	w->out.n = kept;
}

static void step(struct world *w, struct core_event *event)
{
	size_t from = w->out.n;
	w->steps++;
	core_step(w->core, w->now, event, &w->out);
	sort_out(w, from);
	if (w->answering) {
		return; /* whoever answers goes on with what this led to */
	}
	w->answering = true;
	while (w->answered < w->fetched.n || w->told < w->ends.n) {
		if (w->answered < w->fetched.n) {
			world_fetched(w, w->fetched.items[w->answered++]);
		} else {
			world_answer(w, w->ends.items[w->told++]->ids[0], NULL, TASK_UNKNOWN);
		}
	}
	w->answering = false;
}

void world_source(struct world *w, const char *path, const char *object)
{
	CLEANUP_FREE char *whole = xasprintf("/api/v1/namespaces/default/%s", path);
	w->sources = w->sources ? w->sources : json_object();
	json_object_set_new(w->sources, whole, object ? world_json(object) : json_null());
}

void world_fetched(struct world *w, const struct effect *f)
{
	const struct kube_source_ref ref = {f->source, f->ns, f->name};
	CLEANUP_FREE char *path = kube_source_path(&ref);
	CLEANUP_JSON json_t *none = world_json("{'items':[]}");
	const json_t *object = json_object_get(w->sources, path);
	struct err missing = {.code = ERR_NOT_FOUND, .http_status = 404, .text = "not there"};
	struct core_event event = {.type = CORE_RESULT, .effect = f};
	event.object = object && !json_is_null(object) ? object : f->source == KUBE_SOURCE_SERVICES ? none : NULL;
	event.failure = event.object ? NULL : &missing;
	step(w, &event);
}

void world_event(struct world *w, struct core_event *event)
{
	step(w, event);
}

/* ---- sessions ---- */

void world_synced(struct world *w)
{
	step(w, &(struct core_event){.type = CORE_NODES_SYNCED});
	step(w, &(struct core_event){.type = CORE_PODS_SYNCED});
}

void world_subscribed(struct world *w, const char *framework_id)
{
	size_t at = w->out.n;
	step(w, &(struct core_event){.type = CORE_SUBSCRIBED, .text = framework_id});
	/* Each session begins with a REVIVE: out of the way. */
	struct effect *revive = w->out.items[at];
	memmove(&w->out.items[w->taken + 1], &w->out.items[w->taken], (at - w->taken) * sizeof(revive));
	w->out.items[w->taken] = revive;
	world_take(w, EFFECT_REVIVE);
}

void world_disconnected(struct world *w)
{
	step(w, &(struct core_event){.type = CORE_DISCONNECTED});
}

/* ---- time ---- */

void world_until(struct world *w, int64_t ms)
{
	int same = 0;
	int64_t at;
	while ((at = core_deadline(w->core)) <= ms) {
		same = at <= w->now ? same + 1 : 0;
		if (same > SAME_TIME_MAX) {
			fail_msg("the core asks for a tick at %lld again and again", (long long)at);
		}
		w->now = at > w->now ? at : w->now;
		step(w, &(struct core_event){.type = CORE_TICK});
	}
	w->now = ms > w->now ? ms : w->now;
}

void world_wait(struct world *w, int64_t ms)
{
	world_until(w, w->now + ms);
}

/* ---- effects ---- */

static const char *describe(const struct world *w)
{
	static char text[4096];
	size_t at = 0;
	text[0] = '\0';
	for (size_t i = w->taken; i < w->out.n && i < w->taken + 8; i++) {
		const struct effect *f = w->out.items[i];
		CLEANUP_FREE char *body = js_text(f->body ? f->body : json_null());
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\n  %s %s %s %s %.300s", effect_name(f->type),
				       f->name ? f->name : "", f->task_id ? f->task_id : "", f->text ? f->text : "",
				       body);
	}
	return text;
}

bool world_next_is(const struct world *w, enum effect_type type)
{
	return w->taken < w->out.n && w->out.items[w->taken]->type == type;
}

/* A question is accepted at once; what its answers are is the test's business. */
static void taken(struct world *w, const struct effect *f)
{
	if (f->type == EFFECT_RECONCILE) {
		world_result(w, f, ERR_NONE);
	}
}

struct effect *world_take(struct world *w, enum effect_type type)
{
	if (!world_next_is(w, type)) {
		const char *what = describe(w);
		fail_msg("wanted %s, not:%s", effect_name(type), *what ? what : " nothing");
	}
	struct effect *f = w->out.items[w->taken++];
	taken(w, f);
	return f;
}

void world_nothing(const struct world *w)
{
	if (w->taken < w->out.n) {
		fail_msg("wanted no effects, not:%s", describe(w));
	}
}

void world_skip(struct world *w)
{
	while (w->taken < w->out.n) {
		taken(w, w->out.items[w->taken++]);
	}
}

size_t world_count(const struct world *w, enum effect_type type)
{
	size_t n = 0;
	for (size_t i = 0; i < w->out.n; i++) {
		n += w->out.items[i]->type == type;
	}
	return n;
}

struct effect *world_last(const struct world *w, enum effect_type type)
{
	for (size_t i = w->out.n; i-- > 0;) {
		if (w->out.items[i]->type == type) {
			return w->out.items[i];
		}
	}
	return NULL;
}

void world_result_after(struct world *w, const struct effect *f, enum err_code code, int64_t retry_after_ms)
{
	struct err e = {.code = code, .text = "as the test wants it"};
	step(w, &(struct core_event){
		    .type = CORE_RESULT, .effect = f, .failure = code ? &e : NULL, .retry_after_ms = retry_after_ms});
}

void world_result(struct world *w, const struct effect *f, enum err_code code)
{
	world_result_after(w, f, code, 0);
}

/* Such a pod has no grace. */
static bool is_finished(struct world *w, const char *name)
{
	const char *phase = world_phase(w, name);
	return phase && (!strcmp(phase, "Failed") || !strcmp(phase, "Succeeded"));
}

void world_ok(struct world *w, struct effect *f)
{
	world_apply(w, f);
	world_result(w, f, ERR_NONE);
	if (f->type == EFFECT_DELETE_POD || (f->type == EFFECT_EVICT_POD && is_finished(w, f->name))) {
		world_vanish(w, f->name);
	} else if (f->type == EFFECT_EVICT_POD) {
		world_delete(w, f->name, 30);
	} else if ((f->type == EFFECT_BIND || f->type == EFFECT_ADOPT_POD || f->type == EFFECT_PATCH_STATUS) &&
		   world_object(w, f->name)) {
		world_show(w, f->name);
	}
}

void world_good_day(struct world *w)
{
	for (int i = 0; w->taken < w->out.n; i++) {
		if (i > 100000) {
			fail_msg("effects never end");
		}
		struct effect *f = w->out.items[w->taken++];
		if ((f->type != EFFECT_RUN_HOOK && f->type != EFFECT_WRITE_FILES) || !w->hooks_by_hand) {
			world_ok(w, f);
		}
	}
}

static bool is_about(const struct effect *f, const char *name, const char *reason)
{
	const char *text = f->type == EFFECT_EVENT ? js_str(f->body, "reason") : f->text;
	return (!name || (f->name && !strcmp(f->name, name))) && text && !strcmp(text, reason);
}

const char *world_said(const struct world *w, const char *name, const char *reason)
{
	for (size_t i = w->said.n; i-- > 0;) {
		if (is_about(w->said.items[i], name, reason)) {
			return w->said.items[i]->type == EFFECT_EVENT ? js_str(w->said.items[i]->body, "message")
								      : w->said.items[i]->text;
		}
	}
	return NULL;
}

size_t world_times_said(const struct world *w, const char *name, const char *reason)
{
	size_t n = 0;
	for (size_t i = 0; i < w->said.n; i++) {
		n += is_about(w->said.items[i], name, reason);
	}
	return n;
}

void world_silence(struct world *w)
{
	effects_done(&w->said);
}

bool effect_has_id(const struct effect *f, const char *id)
{
	for (size_t i = 0; i < f->n_ids; i++) {
		if (!strcmp(f->ids[i], id)) {
			return true;
		}
	}
	return false;
}
