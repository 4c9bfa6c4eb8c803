#include "tests/bench/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/js.h"
#include "base/mem.h"
#include "mesos/call.h"

#define START_MS 1795343172000
#define API_MS 5	/* an answer of the API server */
#define STARTING_MS 100 /* from ACCEPT to TASK_STARTING */
#define RUNNING_MS                                                                                                     \
	200 /* from its acknowledgement to TASK_RUNNING: an agent sends one update of a task after the other */
#define ALLOCATE_EVERY_MS 1000
#define PATIENCE_MS 600000
#define UPDATES_PER_POD 4 /* STARTING and RUNNING of the container and of the pause */

static const char *const roles[] = {"kubernetes"};

uint64_t cpu_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(EXIT_FAILURE);
}

static void push(struct fifo *f, struct due due)
{
	if (f->first == f->n) {
		f->first = f->n = 0;
	}
	f->items = mem_grow(f->items, &f->cap, f->n + 1, sizeof(*f->items));
	f->items[f->n++] = due;
}

static bool pop(struct fifo *f, int64_t now_ms, struct due *ret)
{
	if (f->first == f->n || f->items[f->first].at_ms > now_ms) {
		return false;
	}
	*ret = f->items[f->first++];
	return true;
}

/* ---- our side, timed ---- */

static char *mesos_text(const struct effect *f)
{
	const char *const *ids = (const char *const *)f->ids;
	switch (f->type) {
	case EFFECT_ACCEPT:
		return mesos_call_accept(TEXT_FRAMEWORK, ids, f->n_ids, json_incref(f->body), 0);
	case EFFECT_DECLINE:
		return mesos_call_decline(TEXT_FRAMEWORK, ids, f->n_ids, (double)f->refuse_ms / 1000);
	case EFFECT_ACKNOWLEDGE:
		return mesos_call_acknowledge(TEXT_FRAMEWORK, f->agent_id, f->task_id, f->text);
	default:
		return xstrdup("");
	}
}

static void write_effect(struct peers *p, const struct effect *f)
{
	uint64_t from = cpu_ns();
	p->calls += f->type != EFFECT_REPORT;
	bool to_kubernetes = f->type == EFFECT_BIND || f->type == EFFECT_PATCH_STATUS || f->type == EFFECT_EVENT ||
			     f->type == EFFECT_UPSERT_NODE;
	CLEANUP_FREE char *text = to_kubernetes ? js_text(f->body) : mesos_text(f);
	p->ns[PHASE_WRITE] += cpu_ns() - from;
}

void peers_feed(struct peers *p, struct core_event *event)
{
	struct effects effects = {0};
	uint64_t from = cpu_ns();
	core_step(p->core, p->now_ms, event, &effects);
	core_deadline(p->core);
	uint64_t took = cpu_ns() - from;
	p->ns[PHASE_CORE] += took;
	p->longest_ns = took > p->longest_ns ? took : p->longest_ns;
	p->steps++;
	for (size_t i = 0; i < effects.n; i++) {
		write_effect(p, effects.items[i]);
		push(&p->answers, (struct due){.at_ms = p->now_ms + API_MS, .effect = effects.items[i]});
	}
	effects.n = 0;
	effects_done(&effects);
}

void peers_show(struct peers *p, const char *type, struct bench_pod *pod)
{
	struct err e;
	struct watch_event line;
	struct core_event event = {.type = CORE_POD_CHANGED};
	pod->version++;
	p->lines++;
	buf_clear(&p->text);
	text_watch_line(&p->text, type, pod);
	const char *at = p->text.data;
	size_t n = p->text.len;
	uint64_t from = cpu_ns();
	if (watch_next(&p->watch, &at, &n, &line, &e) != 1) {
		fail(e.text);
	}
	uint64_t parsed = cpu_ns();
	event.pod = kube_pod_decode(line.object, &e);
	uint64_t decoded = cpu_ns();
	json_decref(line.object);
	p->ns[PHASE_PARSE] += parsed - from + (cpu_ns() - decoded);
	p->ns[PHASE_DECODE] += decoded - parsed;
	if (!event.pod) {
		fail(e.text);
	}
	peers_feed(p, &event);
}

/* The event whose text stands in p->text. */
static struct mesos_event *read_mesos(struct peers *p)
{
	struct mesos_event *event;
	struct err e;
	uint64_t from = cpu_ns();
	if (mesos_event_decode(p->text.data, p->text.len, &event, &e) != 0) {
		fail(e.text);
	}
	p->ns[PHASE_DECODE] += cpu_ns() - from;
	return event;
}

/* ---- Mesos ---- */

void peers_allocate(struct peers *p)
{
	const struct bench_agent **out = xcalloc(p->n_agents, sizeof(struct bench_agent *));
	size_t n = 0;
	p->allocate_ms = p->now_ms + ALLOCATE_EVERY_MS;
	for (size_t i = 0; i < p->n_agents && !p->suppressed; i++) {
		struct bench_agent *agent = &p->agents[i];
		if (!agent->offer && agent->filtered_ms <= p->now_ms) {
			agent->offer = ++p->last_offer * p->n_agents + i;
			out[n++] = agent;
		}
	}
	buf_clear(&p->text);
	text_offers(&p->text, out, n);
	free(out);
	if (n) {
		struct mesos_event *event = read_mesos(p);
		peers_feed(
		    p, &(struct core_event){.type = CORE_OFFERS, .offers = event->offers, .n_offers = event->n_offers});
		mesos_event_free(event);
	}
}

static void take(struct bench_agent *agent, const json_t *resources)
{
	size_t i;
	json_t *r;
	json_array_foreach (resources, i, r) {
		const char *name = js_str(r, "name");
		double value = js_num(js_obj(r, "scalar"), "value", 0);
		agent->cpus -= strcmp(name, "cpus") == 0 ? (int64_t)(value * 1000 + 0.5) : 0;
		agent->mem -= strcmp(name, "mem") == 0 ? (int64_t)value : 0;
	}
}

static void launch(struct peers *p, const struct effect *f)
{
	size_t number = text_agent_number(f->agent_id), i, j;
	struct bench_agent *agent = &p->agents[number];
	json_t *operation, *task;
	agent->offer = 0;
	json_array_foreach (f->body, i, operation) {
		take(agent, js_arr(js_at(operation, "launch_group", "executor", NULL), "resources"));
		json_t *tasks = js_arr(js_at(operation, "launch_group", "task_group", NULL), "tasks");
		json_array_foreach (tasks, j, task) {
			const char *id = js_str_at(task, "task_id", "value", NULL);
			take(agent, js_arr(task, "resources"));
			push(&p->starting,
			     (struct due){p->now_ms + STARTING_MS, NULL, xstrdup(id), number, "TASK_STARTING"});
		}
	}
}

static void declined(struct peers *p, const struct effect *f)
{
	for (size_t i = 0; i < f->n_ids; i++) {
		struct bench_agent *agent = &p->agents[text_offer_number(f->ids[i]) % p->n_agents];
		agent->offer = 0;
		agent->filtered_ms = p->now_ms + f->refuse_ms;
	}
}

static void revived(struct peers *p)
{
	p->suppressed = false;
	for (size_t i = 0; i < p->n_agents; i++) {
		p->agents[i].filtered_ms = 0;
	}
	peers_allocate(p);
}

static void update(struct peers *p, const char *task_id, size_t agent, const char *state, unsigned long uuid)
{
	buf_clear(&p->text);
	text_update(&p->text, task_id, agent, state, uuid);
	struct mesos_event *event = read_mesos(p);
	peers_feed(p, &(struct core_event){.type = CORE_UPDATE, .status = event->status});
	mesos_event_free(event);
}

/* Whatever is asked for by name runs; without names, all that run. */
static void reconcile(struct peers *p, const struct effect *f)
{
	for (size_t i = 0; i < f->n_ids; i++) {
		update(p, f->ids[i], text_agent_number(f->others[i]), "TASK_RUNNING", 0);
	}
	for (size_t i = 0; !f->n_ids && i < p->n_pods; i++) {
		char uid[TEXT_UID_MAX];
		if (p->pods[i].agent >= 0 && p->pods[i].status) {
			CLEANUP_FREE char *id = xasprintf("%s._pause.0", text_uid(i, uid));
			update(p, id, (size_t)p->pods[i].agent, "TASK_RUNNING", 0);
		}
	}
}

/* ---- answers ---- */

/* The uuid is a number, odd for TASK_STARTING. */
static void acknowledged(struct peers *p, const struct effect *f)
{
	p->acknowledged++;
	if (strtoul(f->text, NULL, 10) % 2) {
		push(&p->running, (struct due){p->now_ms + RUNNING_MS, NULL, xstrdup(f->task_id),
					       text_agent_number(f->agent_id), "TASK_RUNNING"});
	}
}

static void store_status(struct peers *p, struct bench_pod *pod, const struct effect *f)
{
	bool ran = pod->status && strstr(pod->status, "\"phase\":\"Running\"");
	free(pod->status);
	pod->status = js_text(js_obj(f->body, "status"));
	p->n_running += !ran && strstr(pod->status, "\"phase\":\"Running\"");
}

static void answer(struct peers *p, struct effect *f)
{
	struct bench_pod *pod = f->uid ? &p->pods[text_uid_number(f->uid)] : NULL;
	bool shown = f->type == EFFECT_BIND || f->type == EFFECT_PATCH_STATUS;
	if (f->type == EFFECT_BIND) {
		pod->agent = (long)text_agent_number(f->agent_id);
	} else if (f->type == EFFECT_PATCH_STATUS) {
		store_status(p, pod, f);
	}
	CLEANUP_JSON json_t *none = f->type == EFFECT_FETCH ? json_object() : NULL; /* no services */
	peers_feed(p, &(struct core_event){.type = CORE_RESULT, .effect = f, .object = none});
	if (shown) {
		peers_show(p, "MODIFIED", pod);
	}
	switch (f->type) {
	case EFFECT_ACCEPT:
		launch(p, f);
		break;
	case EFFECT_DECLINE:
		declined(p, f);
		break;
	case EFFECT_REVIVE:
		revived(p);
		break;
	case EFFECT_SUPPRESS:
		p->suppressed = true;
		break;
	case EFFECT_RECONCILE:
		reconcile(p, f);
		break;
	case EFFECT_ACKNOWLEDGE:
		acknowledged(p, f);
		break;
	default:
		break;
	}
	effect_free(f);
}

/* ---- time ---- */

static void updates(struct peers *p, struct fifo *fifo)
{
	struct due due;
	while (pop(fifo, p->now_ms, &due)) {
		p->last_uuid += 2;
		update(p, due.task_id, due.agent, due.state, p->last_uuid + (fifo == &p->starting));
		free(due.task_id);
	}
}

void peers_pass(struct peers *p)
{
	struct due due;
	p->now_ms++;
	while (pop(&p->answers, p->now_ms, &due)) {
		answer(p, due.effect);
	}
	updates(p, &p->starting);
	updates(p, &p->running);
	if (p->allocate_ms <= p->now_ms) {
		peers_allocate(p);
	}
	if (core_deadline(p->core) <= p->now_ms) {
		peers_feed(p, &(struct core_event){.type = CORE_TICK});
	}
}

void peers_run(struct peers *p, size_t from, size_t to, size_t per_ms)
{
	size_t shown = from, want = p->n_running + (to - from);
	unsigned long acks = p->acknowledged + (to - from) * UPDATES_PER_POD;
	int64_t until = p->now_ms + PATIENCE_MS;
	while (p->n_running < want || p->acknowledged < acks) {
		for (size_t i = 0; i < per_ms && shown < to; i++) {
			peers_show(p, "ADDED", &p->pods[shown++]);
		}
		peers_pass(p);
		if (p->now_ms > until) {
			fprintf(stderr, "bench: %zu of %zu pods run, %lu of %lu updates are acknowledged\n",
				p->n_running, want, p->acknowledged, acks);
			exit(EXIT_FAILURE);
		}
	}
}

/* ---- life ---- */

void peers_init(struct peers *p, size_t n_pods, size_t n_agents, bool ready)
{
	*p = (struct peers){.now_ms = START_MS, .allocate_ms = START_MS, .n_pods = n_pods, .n_agents = n_agents};
	core_config_init(&p->cfg);
	p->cfg.roles = roles;
	p->cfg.n_roles = 1;
	p->cfg.taint_key = "mesos.apache.org/agent";
	p->cfg.taint_effect = "NoSchedule";
	p->core = core_new(&p->cfg, TEXT_FRAMEWORK);
	p->pods = xcalloc(n_pods, sizeof(*p->pods));
	for (size_t i = 0; i < n_pods; i++) {
		p->pods[i] = (struct bench_pod){.number = i, .cpu = "100m", .agent = -1};
	}
	p->agents = xcalloc(n_agents, sizeof(*p->agents));
	for (size_t i = 0; i < n_agents; i++) {
		p->agents[i] = (struct bench_agent){.number = i, .cpus = 64000, .mem = 262144};
	}
	watch_init(&p->watch, 0);
	buf_init(&p->text, TEXT_MAX);
	if (ready) {
		peers_feed(p, &(struct core_event){.type = CORE_NODES_SYNCED});
		peers_feed(p, &(struct core_event){.type = CORE_PODS_SYNCED});
		peers_feed(p, &(struct core_event){.type = CORE_SUBSCRIBED, .text = TEXT_FRAMEWORK});
	}
}

void peers_done(struct peers *p)
{
	struct due due;
	while (pop(&p->answers, INT64_MAX, &due)) {
		effect_free(due.effect);
	}
	free(p->answers.items);
	free(p->starting.items);
	free(p->running.items);
	core_free(p->core);
	for (size_t i = 0; i < p->n_pods; i++) {
		free(p->pods[i].status);
	}
	free(p->pods);
	free(p->agents);
	watch_done(&p->watch);
	buf_done(&p->text);
}

void peers_reset(struct peers *p)
{
	memset(p->ns, 0, sizeof(p->ns));
	p->steps = p->lines = p->calls = 0;
	p->longest_ns = 0;
}

uint64_t peers_total_ns(const struct peers *p)
{
	uint64_t total = 0;
	for (int i = 0; i < PHASES; i++) {
		total += p->ns[i];
	}
	return total;
}
