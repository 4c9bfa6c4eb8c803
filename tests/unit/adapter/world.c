#include "tests/unit/adapter/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "translate/ids.h"

#define SAME_TIME_MAX 50 /* ticks in a row for one point in time: more is a busy loop */

static json_t *quoted(const char *text)
{
	CLEANUP_FREE char *copy = xstrdup(text);
	struct err e;
	for (char *s = copy; (s = strchr(s, '\'')) != NULL;) {
		*s = '"';
	}
	json_t *o = js_parse(copy, strlen(copy), &e);
	if (!o) {
		fail_msg("%s: %s", copy, e.text);
	}
	return o;
}

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
	json_object_set_new(w->sources, whole, object ? quoted(object) : json_null());
}

void world_fetched(struct world *w, const struct effect *f)
{
	const struct kube_source_ref ref = {f->source, f->ns, f->name};
	CLEANUP_FREE char *path = kube_source_path(&ref);
	CLEANUP_JSON json_t *none = quoted("{'items':[]}");
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

/* ---- pods ---- */

static size_t place_of(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_pods; i++) {
		if (!strcmp(js_str_at(w->pods[i], "metadata", "name", NULL), name)) {
			return i;
		}
	}
	return w->n_pods;
}

json_t *world_object(struct world *w, const char *name)
{
	size_t i = place_of(w, name);
	return i < w->n_pods ? w->pods[i] : NULL;
}

void world_show(struct world *w, const char *name)
{
	struct err e;
	struct core_event event = {.type = CORE_POD_CHANGED};
	json_t *o = world_object(w, name);
	assert_non_null(o);
	event.pod = kube_pod_decode(o, &e);
	if (!event.pod) {
		fail_msg("%s", e.text);
	}
	step(w, &event);
	assert_null(event.pod);
}

/* As admission does. */
static void default_tolerations(json_t *spec)
{
	if (!js_arr(spec, "tolerations")) {
		json_object_set_new(spec, "tolerations",
				    quoted("[{'key':'node.kubernetes.io/unreachable','operator':'Exists',"
					   "'effect':'NoExecute','tolerationSeconds':300}]"));
	}
}

void world_pod(struct world *w, const char *name, const char *spec)
{
	char created[TIME_TEXT_MAX];
	CLEANUP_FREE char *text = xasprintf("{'metadata':{'namespace':'default','name':'%s','uid':'uid-%s',"
					    "'creationTimestamp':'%s'},"
					    "'spec':{'schedulerName':'mesos'%s%s},'status':{'phase':'Pending'}}",
					    name, name, time_text(w->now, created), *spec ? "," : "", spec);
	assert_true(w->n_pods < WORLD_PODS_MAX);
	w->pods[w->n_pods] = quoted(text);
	default_tolerations(js_obj(w->pods[w->n_pods++], "spec"));
	world_show(w, name);
}

void world_app(struct world *w, const char *name, const char *container, const char *spec)
{
	CLEANUP_FREE char *text = xasprintf("'containers':[{'name':'app','image':'busybox'%s%s}]%s%s",
					    *container ? "," : "", container, *spec ? "," : "", spec);
	world_pod(w, name, text);
}

void world_delete(struct world *w, const char *name, int grace_s)
{
	char when[TIME_TEXT_MAX];
	json_t *metadata = js_obj(world_object(w, name), "metadata");
	json_object_set_new(metadata, "deletionTimestamp",
			    json_string(time_text(w->now + (int64_t)grace_s * 1000, when)));
	json_object_set_new(metadata, "deletionGracePeriodSeconds", json_integer(grace_s));
	world_show(w, name);
}

static void remove_pod(struct world *w, size_t i)
{
	json_decref(w->pods[i]);
	w->n_pods--;
	memmove(&w->pods[i], &w->pods[i + 1], (w->n_pods - i) * sizeof(json_t *));
}

void world_vanish(struct world *w, const char *name)
{
	CLEANUP_FREE char *uid = xasprintf("uid-%s", name);
	struct core_event event = {.type = CORE_POD_GONE, .uid = uid};
	size_t i = place_of(w, name);
	if (i < w->n_pods) {
		remove_pod(w, i);
	}
	step(w, &event);
}

/* ---- Mesos ---- */

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

void world_rescind(struct world *w, const char *id)
{
	step(w, &(struct core_event){.type = CORE_RESCINDED, .text = id});
}

void world_agent_failed(struct world *w, const char *agent)
{
	step(w, &(struct core_event){.type = CORE_AGENT_FAILED, .text = agent});
}

/* Splits at the separator; false at the end. */
static bool next_word(const char **at, char separator, char *out, size_t max)
{
	if (!*at || !**at) {
		return false;
	}
	const char *end = strchrnul(*at, separator);
	snprintf(out, max, "%.*s", (int)(end - *at), *at);
	*at = *end ? end + 1 : end;
	return true;
}

static json_t *resource_of(const char *word)
{
	char name[64];
	unsigned long first, last;
	const char *at = word;
	next_word(&at, ':', name, sizeof(name));
	if (sscanf(at, "%lu-%lu", &first, &last) == 2) {
		return json_pack("{s:s,s:s,s:{s:[{s:I,s:I}]},s:{s:s}}", "name", name, "type", "RANGES", "ranges",
				 "range", "begin", (json_int_t)first, "end", (json_int_t)last, "allocation_info",
				 "role", "mesos");
	}
	return json_pack("{s:s,s:s,s:{s:f},s:{s:s}}", "name", name, "type", "SCALAR", "scalar", "value",
			 strtod(at, NULL), "allocation_info", "role", "mesos");
}

struct mesos_offer *world_make_offer(const char *id, const char *agent, const char *resources, const char *attributes)
{
	char word[128], key[64];
	struct err e;
	json_t *list = json_array(), *pairs = json_array();
	while (next_word(&resources, ';', word, sizeof(word))) {
		json_array_append_new(list, resource_of(word));
	}
	while (next_word(&attributes, ';', word, sizeof(word))) {
		const char *at = word;
		next_word(&at, '=', key, sizeof(key));
		json_array_append_new(pairs,
				      json_pack("{s:s,s:s,s:{s:s}}", "name", key, "type", "TEXT", "text", "value", at));
	}
	CLEANUP_JSON json_t *o =
	    json_pack("{s:{s:s},s:{s:s},s:{s:s},s:s,s:o,s:o,s:{s:s},s:{s:{s:s,s:i}}}", "id", "value", id, "agent_id",
		      "value", agent, "framework_id", "value", "fw", "hostname", agent, "resources", list, "attributes",
		      pairs, "allocation_info", "role", "mesos", "url", "address", "ip", "10.0.0.1", "port", 5051);
	assert_non_null(o);
	struct mesos_offer *offer = mesos_offer_decode(o, &e);
	if (!offer) {
		fail_msg("%s", e.text);
	}
	return offer;
}

void world_offer(struct world *w, const char *id, const char *agent, const char *resources, const char *attributes)
{
	struct mesos_offer *offers[] = {world_make_offer(id, agent, resources, attributes)};
	step(w, &(struct core_event){.type = CORE_OFFERS, .offers = offers, .n_offers = 1});
	assert_null(offers[0]);
}

void world_listed(struct world *w, const char *agent, const char *resources, bool deactivated, bool draining)
{
	struct mesos_offer *offer = world_make_offer("o", agent, resources, "");
	struct mesos_agent_info *info = xcalloc(1, sizeof(*info));
	info->id = xstrdup(agent);
	info->version = xstrdup("1.12.0");
	info->ip = xstrdup("10.9.9.9");
	info->port = 5059;
	info->deactivated = deactivated;
	info->draining = draining;
	mesos_resources_copy(&info->total, &offer->resources);
	mesos_offer_free(offer);
	struct mesos_agent_info *agents[] = {info};
	step(w, &(struct core_event){.type = CORE_AGENTS_LISTED, .agents = agents, .n_agents = 1});
	mesos_agent_info_free(agents[0]);
}

void world_status(struct world *w, const struct mesos_task_status *status)
{
	step(w, &(struct core_event){.type = CORE_UPDATE, .status = status});
}

static char *text_of(const char *s)
{
	return (char *)(uintptr_t)s; /* the core only reads */
}

const char *world_update(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state,
			 const char *message)
{
	static char uuid[MESOS_UUID_TEXT_MAX];
	struct mesos_task_status s = {
	    .task_id = text_of(task_id),
	    .agent_id = text_of(agent),
	    .state = state,
	    .message = text_of(message),
	    .container_id = text_of("c-1"),
	    .ip = text_of("10.1.0.1"),
	    .timestamp_ms = w->now,
	};
	snprintf(uuid, sizeof(uuid), "uuid-%u", ++w->next_uuid);
	memcpy(s.uuid, uuid, sizeof(uuid));
	world_status(w, &s);
	return uuid;
}

void world_answer(struct world *w, const char *task_id, const char *agent, enum mesos_task_state state)
{
	struct mesos_task_status s = {
	    .task_id = text_of(task_id),
	    .agent_id = text_of(agent),
	    .state = state,
	    .source = text_of("SOURCE_MASTER"),
	    .reason = text_of("REASON_RECONCILIATION"),
	    .timestamp_ms = w->now,
	};
	world_status(w, &s);
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

/* The index of the condition of this type, or that behind the last. */
static size_t index_of_type(const json_t *list, const char *type)
{
	size_t i = 0;
	while (i < json_array_size(list) && strcmp(js_str(json_array_get(list, i), "type"), type) != 0) {
		i++;
	}
	return i;
}

static void merge_condition(json_t *list, json_t *one)
{
	size_t i = index_of_type(list, js_str(one, "type"));
	if (js_str(one, "$patch")) {
		json_array_remove(list, i);
	} else if (i < json_array_size(list)) {
		json_object_update(json_array_get(list, i), one);
	} else {
		json_array_append_new(list, json_deep_copy(one));
	}
}

/* A strategic merge, as far as the core's patches need one: conditions merge by type, null removes, all else is set. */
static void merge_status(json_t *status, const json_t *patch)
{
	const char *key;
	json_t *value, *one;
	size_t i;
	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		if (json_is_null(value)) {
			json_object_del(status, key);
		} else if (strcmp(key, "conditions") != 0) {
			json_object_set_new(status, key, json_deep_copy(value));
		} else {
			if (!js_arr(status, key)) {
				json_object_set_new(status, key, json_array());
			}
			json_array_foreach (value, i, one) {
				merge_condition(js_arr(status, key), one);
			}
		}
	}
}

static void apply_binding(json_t *pod, const json_t *binding)
{
	json_t *annotations = js_at(binding, "metadata", "annotations", NULL);
	json_object_set_new(js_obj(pod, "spec"), "nodeName", json_string(js_str_at(binding, "target", "name", NULL)));
	json_object_set_new(js_obj(pod, "metadata"), "annotations", json_deep_copy(annotations));
}

void world_apply(struct world *w, const struct effect *f)
{
	json_t *pod = f->name && f->uid ? world_object(w, f->name) : NULL;
	if (!pod) {
		return;
	}
	assert_string_equal(js_str_at(pod, "metadata", "uid", NULL), f->uid);
	if (f->type == EFFECT_BIND) {
		apply_binding(pod, f->body);
	} else if (f->type == EFFECT_ADOPT_POD) {
		json_object_set_new(js_obj(pod, "metadata"), "annotations",
				    json_deep_copy(js_at(f->body, "metadata", "annotations", NULL)));
	} else if (f->type == EFFECT_PATCH_STATUS) {
		merge_status(js_obj(pod, "status"), js_obj(f->body, "status"));
	} else if (f->type == EFFECT_DELETE_POD) {
		assert_int_equal(js_int(f->body, "gracePeriodSeconds", -1), 0);
		assert_string_equal(js_str_at(f->body, "preconditions", "uid", NULL), f->uid);
	} else if (f->type == EFFECT_EVICT_POD) {
		assert_null(json_object_get(f->body, "gracePeriodSeconds"));
		assert_string_equal(js_str_at(f->body, "preconditions", "uid", NULL), f->uid);
	}
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
		if (f->type != EFFECT_RUN_HOOK || !w->hooks_by_hand) {
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

/* ---- shorthands ---- */

const char *world_task(const char *name, const char *container, int run)
{
	static char ids[8][TASK_ID_MAX];
	static unsigned next;
	char *out = ids[next++ % 8];
	CLEANUP_FREE char *uid = xasprintf("uid-%s", name);
	task_id_make(uid, container, run, out);
	return out;
}

const char *accepted_task(const struct effect *accept, size_t i)
{
	json_t *group = js_at(json_array_get(accept->body, i), "launch_group", "task_group", NULL);
	return js_str_at(json_array_get(js_arr(group, "tasks"), 0), "task_id", "value", NULL);
}

void world_run(struct world *w, const struct effect *accept)
{
	for (size_t i = 0; i < json_array_size(accept->body); i++) {
		world_update(w, accepted_task(accept, i), accept->agent_id, TASK_RUNNING, NULL);
		world_good_day(w);
	}
}

void world_running(struct world *w, const char *name, const char *container, const char *spec)
{
	CLEANUP_FREE char *offer = xasprintf("o-%s", name);
	world_app(w, name, container, spec);
	world_offer(w, offer, "a1", "cpus:8;mem:8192;disk:10000;ports:31000-31999", "rack=r1");
	world_good_day(w);
	const struct effect *accept = world_last(w, EFFECT_ACCEPT);
	assert_non_null(accept);
	assert_int_equal(accept->n_others, 1);
	world_run(w, accept);
	assert_string_equal(world_phase(w, name), "Running");
	world_nothing(w);
}

const char *world_phase(struct world *w, const char *name)
{
	return js_str_at(world_object(w, name), "status", "phase", NULL);
}

static json_t *list_by_name(const json_t *list, const char *name)
{
	size_t i;
	json_t *o;
	json_array_foreach (list, i, o) {
		if (!strcmp(js_str(o, "name"), name)) {
			return o;
		}
	}
	return NULL;
}

json_t *world_container(struct world *w, const char *name, const char *container)
{
	json_t *status = js_obj(world_object(w, name), "status");
	json_t *o = list_by_name(js_arr(status, "containerStatuses"), container);
	return o ? o : list_by_name(js_arr(status, "initContainerStatuses"), container);
}

json_t *world_condition(struct world *w, const char *name, const char *type)
{
	const json_t *list = js_arr(js_obj(world_object(w, name), "status"), "conditions");
	return json_array_get(list, index_of_type(list, type));
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
