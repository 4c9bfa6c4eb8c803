/* Replays a recorded scenario against the model: requests are sent with ids translated, answers and events compared
 * modulo ids, uuids, time stamps and process ids. Processes end when the recording says that they did; free resources
 * are offered when it says so, since its allocations had a phase of their own. */
#ifndef TESTS_SANDBOX_MESOS_REPLAY_H
#define TESTS_SANDBOX_MESOS_REPLAY_H

#include <signal.h>

#include "tests/sandbox/mesos/model.h"
#include "tests/unit/sandbox/mesos_rig.h"
#include "tests/unit/sandbox/mesos_transcript.h"

#define REPLAY_MAP_MAX 1024
#define REPLAY_STREAMS_MAX 64
#define REPLAY_TASKS_MAX 256
#define REPLAY_PATIENCE_MS 3000

enum hook_action {
	HOOK_CLOSE,
	HOOK_PARTITION,
	HOOK_HEAL,
	HOOK_STOP,
	HOOK_START,
	HOOK_MASTER_RESTART,
	HOOK_FINISH,
	HOOK_END
};

/* What the recorded client or operator did besides requests: when a line contains `when`. */
struct hook {
	const char *when;
	enum hook_action action;
	const char *arg;
};

/* A request or record that is not compared, and why. Skipped ACCEPTs give their offers back. */
struct skip {
	const char *what; /* in the line */
	const char *why;
};

struct scenario {
	const char *name;
	const char *agents; /* digits of their host names, in order of registration */
	int port;	    /* of the master, as recorded */
	struct mesos_cluster_config config;
	struct hook hooks[10];
	struct skip skips[32];
	const char *open; /* a stream that is read on after its answer was noted; NULL: none */
	size_t least;	  /* answers and events that must have been compared */
};

struct replay_task {
	char *task_id, *container_id;
	unsigned signals; /* bits */
	bool running;
};

struct replay_stream {
	char *label;
	struct sandbox_stream *s;
	json_t *pending; /* our events not matched yet */
	bool ended;
	char *container_id; /* whose output it is; NULL: not that of a container */
};

struct replay {
	const struct scenario *scenario;
	struct transcript t;
	struct mesos_cluster *c, *standby;
	int64_t now;
	struct {
		char *from, *to;
	} map[REPLAY_MAP_MAX];
	size_t n_map;
	struct replay_stream streams[REPLAY_STREAMS_MAX];
	size_t n_streams;
	struct replay_task tasks[REPLAY_TASKS_MAX];
	size_t n_tasks;
	struct rig_answer answer;
	struct sandbox_upload *upload; /* a body that goes on, or went on and is not answered yet; NULL: none */
	bool uploads, answered;	       /* the last request: is this one; has been answered, so others follow */
	struct step *request;
	bool ended, answer_skipped;
	size_t compared, failed;
};

static inline int replay_start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct replay *r = ctx;
	(void)e;
	assert_true(r->n_tasks < REPLAY_TASKS_MAX);
	r->tasks[r->n_tasks++] = (struct replay_task){xstrdup(spec->task_id), xstrdup(spec->container_id), 0, true};
	*ret_pid = 4711;
	return 0;
}

/* What runs beside a task dies at once; when tasks do is recorded. */
static inline void replay_signal(void *ctx, const char *container_id, int signo)
{
	struct replay *r = ctx;
	for (size_t i = 0; i < r->n_tasks; i++) {
		struct replay_task *t = &r->tasks[i];
		if (strcmp(t->container_id, container_id) != 0) {
			continue;
		}
		t->signals |= 1U << signo;
		if (t->running && strchr(container_id, '.') && signo == SIGKILL) {
			t->running = false;
			mesos_cluster_exited(r->c, container_id, signo, r->now);
		}
	}
}

static inline void replay_map(struct replay *r, const char *from, const char *to)
{
	for (size_t i = 0; i < r->n_map; i++) {
		if (strcmp(r->map[i].from, from) == 0) {
			return;
		}
	}
	assert_true(r->n_map < REPLAY_MAP_MAX);
	r->map[r->n_map].from = xstrdup(from);
	r->map[r->n_map++].to = xstrdup(to);
}

/* Recorded text with our ids. free() it. */
static inline char *replay_translate(const struct replay *r, const char *text)
{
	struct buf out = BUF_INIT((size_t)1 << 24);
	size_t n;
	while (*text) {
		size_t best = r->n_map, best_len = 0;
		for (size_t i = 0; i < r->n_map; i++) {
			size_t len = strlen(r->map[i].from);
			char next = strncmp(text, r->map[i].from, len) == 0 ? text[len] : 'x';
			if (len > best_len && !(next >= '0' && next <= '9') && !(next >= 'a' && next <= 'z') &&
			    next != '-') {
				best = i;
				best_len = len;
			}
		}
		if (best < r->n_map) {
			buf_puts(&out, r->map[best].to);
			text += best_len;
		} else {
			buf_putc(&out, *text++);
		}
	}
	return buf_steal(&out, &n);
}

static inline void replay_fail(struct replay *r, const struct step *s, const char *what, const char *ours)
{
	/* The first ones tell, the others follow from them. */
	if (++r->failed > 3) {
		return;
	}
	print_message("%s: %s\n  recorded: %.600s\n  ours: %.900s\n", r->scenario->name, what, s->line, ours);
}

static inline void replay_collect(struct replay_stream *st)
{
	json_t *event;
	while (st->s && (event = stream_event(st->s)) != NULL) {
		json_array_append_new(st->pending, event);
	}
}

static inline struct replay_stream *replay_stream_of(struct replay *r, const char *label)
{
	for (size_t i = 0; i < r->n_streams; i++) {
		if (strcmp(r->streams[i].label, label) == 0) {
			return &r->streams[i];
		}
	}
	return NULL;
}

static inline void replay_advance(struct replay *r, int64_t until)
{
	int64_t next;
	while ((next = mesos_cluster_next_deadline(r->c)) <= until) {
		r->now = next > r->now ? next : r->now;
		mesos_cluster_tick(r->c, r->now);
	}
	r->now = until > r->now ? until : r->now;
}

static inline void replay_close(struct replay_stream *st)
{
	if (st && st->s) {
		replay_collect(st);
		if (st->s->closed) {
			st->s->closed(st->s);
		}
		sandbox_stream_unref(st->s);
		st->s = NULL;
	}
}

#include "tests/unit/sandbox/mesos_replay_io.h"

/* The recorded end of a task's process is the end of ours. */
static inline void replay_finish(struct replay *r, const char *task_id, int status)
{
	for (size_t i = 0; i < r->n_tasks; i++) {
		struct replay_task *t = &r->tasks[i];
		if (t->running && strcmp(t->task_id, task_id) == 0) {
			t->running = false;
			mesos_cluster_exited(r->c, t->container_id, status, r->now);
		}
	}
}

static inline const struct replay_task *replay_running(const struct replay *r, const char *task_id)
{
	for (size_t i = 0; i < r->n_tasks; i++) {
		if (r->tasks[i].running && strcmp(r->tasks[i].task_id, task_id) == 0) {
			return &r->tasks[i];
		}
	}
	return NULL;
}

static inline void replay_process_end(struct replay *r, const struct step *s, const json_t *status)
{
	const char *message = js_str(status, "message"), *id = js_str_at(status, "task_id", "value", NULL);
	const char *source = js_str(status, "source");
	const struct replay_task *t = replay_running(r, id);
	int code = 0;
	if (!t || !message || strcmp(source, "SOURCE_EXECUTOR") != 0) {
		return;
	}
	int wait_status = strstr(message, "signal Terminated")	  ? SIGTERM
			  : strstr(message, "signal Killed")	  ? SIGKILL
			  : strstr(message, "Segmentation fault") ? SIGSEGV
								  : -1;
	if (sscanf(message, "Command exited with status %d", &code) == 1) {
		wait_status = code << 8;
	}
	bool asked = strcmp(js_str(status, "state"), "TASK_KILLED") != 0 || (t->signals & (1U << SIGTERM));
	if (wait_status == SIGKILL) {
		replay_advance(r, r->now + 100);
		asked = t->signals & (1U << SIGKILL);
	}
	if (!asked || wait_status < 0) {
		replay_fail(r, s, "the process was not signalled as recorded", message);
	}
	replay_finish(r, id, wait_status);
}

#include "tests/unit/sandbox/mesos_compare.h"

static inline bool replay_find(struct replay *r, struct replay_stream *st, const struct step *s, json_t *event)
{
	replay_collect(st);
	const char *type = js_str(event, "type");
	return strcmp(type, "OFFERS") == 0 ? compare_offers(r, st, event) : compare_event(r, st, event, s);
}

static inline void replay_learn_framework(struct replay *r, struct replay_stream *st, const struct step *s)
{
	CLEANUP_JSON json_t *raw = js_parse(s->text, strlen(s->text), NULL);
	const char *recorded = js_str_at(raw, "subscribed", "framework_id", "value", NULL);
	replay_collect(st);
	const char *own = js_str_at(json_array_get(st->pending, 0), "subscribed", "framework_id", "value", NULL);
	if (recorded && own) {
		replay_map(r, recorded, own);
	}
}

static inline void replay_record(struct replay *r, const struct step *s)
{
	struct replay_stream *st = replay_stream_of(r, s->label);
	if (!st) {
		return;
	}
	replay_learn_framework(r, st, s);
	CLEANUP_FREE char *text = replay_translate(r, s->text);
	CLEANUP_JSON json_t *event = js_parse(text, strlen(text), NULL);
	const char *type = js_str(event, "type");
	if (!type || strcmp(type, "HEARTBEAT") == 0) {
		return;
	}
	if (strcmp(type, "UPDATE") == 0) {
		replay_process_end(r, s, js_at(event, "update", "status", NULL));
	}
	bool found = replay_find(r, st, s, event);
	if (!found && st->container_id && strcmp(type, "DATA") == 0) {
		replay_output(r, st, event);
		found = replay_find(r, st, s, event);
	}
	if (!found && strcmp(type, "OFFERS") == 0) {
		cluster_enter(r->c, r->now);
		allocate(r->c);
		cluster_leave(r->c);
		found = replay_find(r, st, s, event);
	}
	for (int64_t until = r->now + REPLAY_PATIENCE_MS; !found && mesos_cluster_next_deadline(r->c) <= until;) {
		replay_advance(r, mesos_cluster_next_deadline(r->c));
		found = replay_find(r, st, s, event);
	}
	r->compared++;
	if (!found) {
		CLEANUP_FREE char *ours = js_text(st->pending);
		replay_fail(r, s, "no such event", ours);
	}
}

static inline struct rig_answer replay_send(struct replay *r, const struct step *s, const char *body)
{
	struct sandbox_header headers[STEP_HEADERS_MAX];
	char *values[STEP_HEADERS_MAX];
	for (size_t i = 0; i < s->n_headers; i++) {
		values[i] = replay_translate(r, s->headers[i].value);
		headers[i] = (struct sandbox_header){s->headers[i].name, values[i]};
	}
	int offset = s->port - r->scenario->port;
	void *model = offset == 10 ? (void *)r->standby : r->c;
	if (offset == 1 || offset == 2) {
		model = mesos_cluster_agent(r->c, offset == 1 ? "agent1" : "agent2");
	}
	struct rig_answer a = rig_request(offset == 1 || offset == 2 ? mesos_agent_handle : mesos_master_handle, model,
					  r->now, s->method, s->path, headers, s->n_headers, body, strlen(body));
	for (size_t i = 0; i < s->n_headers; i++) {
		free(values[i]);
	}
	return a;
}

static inline char *replay_give_back(const char *body)
{
	CLEANUP_JSON json_t *call = js_parse(body, strlen(body), NULL);
	CLEANUP_JSON json_t *decline = json_pack(
	    "{s:s,s:O,s:{s:O,s:{s:f}}}", "type", "DECLINE", "framework_id", js_obj(call, "framework_id"), "decline",
	    "offer_ids", js_at(call, "accept", "offer_ids", NULL), "filters", "refuse_seconds", 0.0);
	return js_text(decline);
}

static inline const struct skip *replay_skip(const struct replay *r, const struct step *s)
{
	for (const struct skip *k = r->scenario->skips; k->what; k++) {
		if (strstr(s->line, k->what)) {
			return k;
		}
	}
	return NULL;
}

static inline void replay_request(struct replay *r, struct step *s, bool skipped)
{
	CLEANUP_FREE char *body = replay_translate(r, s->text);
	r->answer_skipped = skipped;
	if (skipped && !strstr(body, "\"ACCEPT\"")) {
		return;
	}
	if (skipped) {
		char *instead = replay_give_back(body);
		free(body);
		body = instead;
	}
	rig_answer_done(&r->answer);
	r->request = s;
	r->answered = false;
	r->uploads = replay_upload_begin(r, s);
	if (r->uploads) {
		return;
	}
	r->answer = replay_send(r, s, body);
	if (r->answer.stream) {
		assert_true(r->n_streams < REPLAY_STREAMS_MAX);
		r->streams[r->n_streams++] = (struct replay_stream){.label = xstrdup(s->label),
								    .s = sandbox_stream_ref(r->answer.stream),
								    .pending = json_array(),
								    .container_id = replay_container(r, body)};
	}
}

static inline void replay_answer(struct replay *r, const struct step *s)
{
	if (!r->request || r->answer_skipped) {
		return;
	}
	r->compared++;
	if (r->upload && (r->uploads || r->answered)) {
		replay_upload_answer(r);
	}
	r->answered = true;
	replay_wait_answer(r, s->text);
	CLEANUP_FREE char *body = replay_translate(r, s->text);
	CLEANUP_FREE char *ours = xasprintf("%d %s", r->answer.status, r->answer.body);
	bool same = r->answer.status == s->status;
	if (s->status >= 400 || strstr(body, "exit_status")) {
		same = same && strcmp(body, r->answer.body) == 0;
	}
	for (size_t i = 0; i < s->n_headers; i++) {
		if (strcmp(s->headers[i].name, "Location") == 0) {
			same = same && r->answer.location && strcmp(r->answer.location, s->headers[i].value) == 0;
		}
	}
	if (!same) {
		replay_fail(r, s, r->request->label, ours);
	}
	const char *open = r->scenario->open;
	if (r->answer.stream && !(open && strcmp(open, r->request->label) == 0)) {
		replay_close(replay_stream_of(r, r->request->label));
	}
}

static inline void replay_hooks(struct replay *r, const struct step *s)
{
	for (const struct hook *h = r->scenario->hooks; h->when; h++) {
		struct mesos_agent *a = h->arg ? mesos_cluster_agent(r->c, h->arg) : NULL;
		if (!strstr(s->line, h->when)) {
			continue;
		}
		switch (h->action) {
		case HOOK_CLOSE:
			replay_close(replay_stream_of(r, h->arg));
			break;
		case HOOK_PARTITION:
			mesos_agent_partition(a, r->now);
			break;
		case HOOK_HEAL:
			mesos_agent_heal(a, r->now);
			break;
		case HOOK_STOP:
			mesos_agent_stop(a, r->now);
			break;
		case HOOK_START:
			mesos_agent_start(a, r->now);
			break;
		case HOOK_MASTER_RESTART:
			mesos_master_restart(r->c, r->now);
			break;
		case HOOK_FINISH:
			replay_finish(r, h->arg, 0);
			break;
		case HOOK_END:
			r->ended = true;
			break;
		}
	}
}

static inline void replay_step(struct replay *r, struct step *s)
{
	const struct replay_stream *st;
	bool skipped = replay_skip(r, s) != NULL;
	replay_advance(r, RIG_T0 + (int64_t)(s->at * 1000));
	switch (s->kind) {
	case STEP_REQUEST:
		replay_request(r, s, skipped);
		break;
	case STEP_HEAD:
		st = replay_stream_of(r, s->label);
		for (size_t i = 0; st && i < s->n_headers; i++) {
			if (strcmp(s->headers[i].name, "Mesos-Stream-Id") == 0 && r->answer.stream_id) {
				replay_map(r, s->headers[i].value, r->answer.stream_id);
			}
		}
		break;
	case STEP_RECORD:
		if (!skipped) {
			replay_record(r, s);
		}
		break;
	case STEP_END:
		st = replay_stream_of(r, s->label);
		replay_container_end(r, st, s);
		if (st && st->s && !st->s->ended && !skipped) {
			replay_fail(r, s, "the stream goes on", "");
		}
		break;
	case STEP_ANSWER:
		replay_answer(r, s);
		break;
	case STEP_CHUNK:
		replay_chunk(r, s);
		break;
	case STEP_LAST:
		replay_upload_whole(r);
		break;
	default:
		break;
	}
}

/* Which recorded agent id is which host. */
static inline void replay_learn_agents(struct replay *r)
{
	for (size_t i = 0; i < r->t.n; i++) {
		for (const char *p = r->t.steps[i].text; p && (p = strstr(p, "\"agent_id\":{\"value\":\"")) != NULL;) {
			char id[128], host[64];
			p += strlen("\"agent_id\":{\"value\":\"");
			if (sscanf(p, "%127[^\"]\"},\"hostname\":\"%63[^\"]", id, host) == 2 &&
			    mesos_cluster_agent(r->c, host)) {
				replay_map(r, id, mesos_agent_id(mesos_cluster_agent(r->c, host)));
			}
		}
	}
}

static inline void replay_cluster(struct replay *r)
{
	struct mesos_cluster_config config = r->scenario->config;
	struct err e = {0};
	config.seed = 7;
	config.now_ms = r->now;
	config.port = r->scenario->port;
	config.runner = (struct task_runner){.ctx = r,
					     .start = replay_start,
					     .signal = replay_signal,
					     .write = replay_write,
					     .end_input = replay_end_input,
					     .resize = replay_resize,
					     .pause = replay_pause};
	r->c = mesos_cluster_new(&config, &e);
	assert_non_null(r->c);
	timer_stop(&r->c->timers, &r->c->allocation);
	config.credentials = NULL;
	config.n_credentials = 0;
	r->standby = mesos_cluster_new(&config, &e);
	CLEANUP_FREE char *leader = xasprintf("mesos-master:%d", config.port);
	mesos_master_set_leader(r->standby, leader, r->now);
	for (const char *d = r->scenario->agents; *d; d++) {
		int i = *d - '0';
		CLEANUP_FREE char *host = xasprintf("agent%d", i);
		CLEANUP_FREE char *resources =
		    xasprintf("ports:[%d000-%d999];cpus:8;mem:8192;disk:10000", 30 + i, 30 + i);
		CLEANUP_FREE char *attributes = xasprintf("rack:r%d;zone:z%d;idx:%d", i, i, i);
		struct mesos_agent_config a = {
		    .hostname = host,
		    .port = config.port + i,
		    .resources = resources,
		    .attributes = config.port == 5050 && i == 1 && strstr(r->scenario->name, "22-") ? "rack:r1;zone:z1"
												    : attributes};
		assert_non_null(mesos_cluster_add_agent(r->c, &a, r->now, &e));
	}
}

static inline void replay_done(struct replay *r)
{
	rig_answer_done(&r->answer);
	replay_upload_gone(r);
	mesos_cluster_free(r->c);
	mesos_cluster_free(r->standby);
	for (size_t i = 0; i < r->n_streams; i++) {
		sandbox_stream_unref(r->streams[i].s);
		json_decref(r->streams[i].pending);
		free(r->streams[i].label);
		free(r->streams[i].container_id);
	}
	for (size_t i = 0; i < r->n_tasks; i++) {
		free(r->tasks[i].task_id);
		free(r->tasks[i].container_id);
	}
	for (size_t i = 0; i < r->n_map; i++) {
		free(r->map[i].from);
		free(r->map[i].to);
	}
	transcript_done(&r->t);
}

/* What we sent and the recording does not have. */
static inline void replay_leftovers(struct replay *r)
{
	for (size_t i = 0; i < r->n_streams; i++) {
		size_t k;
		json_t *event;
		if (!r->ended) {
			replay_collect(&r->streams[i]);
		}
		json_array_foreach (r->streams[i].pending, k, event) {
			CLEANUP_FREE char *text = js_text(event);
			struct step fake = {.line = r->streams[i].label};
			/* A client that has left did not read its last offers. */
			bool known = !r->streams[i].s && strcmp(js_str(event, "type"), "OFFERS") == 0;
			for (const struct skip *s = r->scenario->skips; s->what; s++) {
				known = known || strstr(text, s->what);
			}
			if (!known && !r->ended) {
				replay_fail(r, &fake, "an event that was not recorded", text);
			}
		}
	}
}

static inline void replay_run(const struct scenario *scenario)
{
	struct replay *r = xcalloc(1, sizeof(*r));
	CLEANUP_FREE char *path = xasprintf("%s/mesos/recordings/%s", TEST_DATA, scenario->name);
	r->scenario = scenario;
	r->now = RIG_T0;
	assert_int_equal(transcript_load(&r->t, path), 0);
	replay_cluster(r);
	replay_learn_agents(r);
	for (size_t i = 0; i < r->t.n && !r->ended; i++) {
		replay_hooks(r, &r->t.steps[i]);
		replay_step(r, &r->t.steps[i]);
	}
	replay_leftovers(r);
	size_t compared = r->compared, failed = r->failed;
	print_message("%s: %zu answers and events compared\n", scenario->name, compared);
	replay_done(r);
	free(r);
	assert_int_equal(failed, 0);
	assert_true(compared >= scenario->least);
}

#endif
