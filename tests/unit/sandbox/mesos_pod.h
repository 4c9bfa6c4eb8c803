/* A cluster with one running task `t` for tests of the agent's API, and a runner that does as it is told. */
#ifndef TESTS_SANDBOX_MESOS_POD_H
#define TESTS_SANDBOX_MESOS_POD_H

#include "tests/unit/sandbox/mesos_client.h"

#define POD_RUNNING_MAX 32

/* What the runner was last asked for. */
struct pod_process {
	char *container_id, *sandbox, *env; /* env: joined with newlines */
	enum task_io io;
	bool running, input_ended, paused;
	unsigned rows, columns, signals; /* signals: bits */
	struct buf input;
};

struct pod {
	struct rig r; /* without its runner */
	struct client k;
	struct mesos_agent *agent;
	struct pod_process processes[POD_RUNNING_MAX];
	size_t n_processes;
	size_t room;		     /* bytes that a process takes of its input; SIZE_MAX: all */
	bool deaf;		     /* nobody reads input */
	char *executor_id, *task_id; /* container ids */
};

static inline struct pod_process *pod_process(struct pod *p, const char *container_id)
{
	for (size_t i = p->n_processes; i > 0; i--) {
		if (strcmp(p->processes[i - 1].container_id, container_id) == 0) {
			return &p->processes[i - 1];
		}
	}
	fail_msg("no process of %s", container_id);
	return NULL;
}

static inline int pod_start(void *ctx, const struct task_spec *spec, int64_t *ret_pid, struct err *e)
{
	struct pod *p = ctx;
	struct buf env = BUF_INIT(65536);
	size_t n;
	(void)e;
	assert_true(p->n_processes < POD_RUNNING_MAX);
	for (const char *const *v = spec->env; v && *v; v++) {
		buf_printf(&env, "%s\n", *v);
	}
	p->processes[p->n_processes++] = (struct pod_process){.container_id = xstrdup(spec->container_id),
							      .sandbox = spec->sandbox ? xstrdup(spec->sandbox) : NULL,
							      .env = buf_steal(&env, &n),
							      .io = spec->io,
							      .running = true,
							      .input = BUF_INIT((size_t)1 << 24)};
	*ret_pid = 100 + (int64_t)p->n_processes;
	return 0;
}

static inline void pod_signal(void *ctx, const char *container_id, int signo)
{
	pod_process(ctx, container_id)->signals |= 1U << signo;
}

static inline ssize_t pod_write(void *ctx, const char *container_id, const char *bytes, size_t n)
{
	struct pod *p = ctx;
	size_t take = n < p->room ? n : p->room;
	if (p->deaf) {
		return -1;
	}
	p->room -= p->room == SIZE_MAX ? 0 : take;
	buf_append(&pod_process(p, container_id)->input, bytes, take);
	return (ssize_t)take;
}

static inline void pod_end_input(void *ctx, const char *container_id)
{
	pod_process(ctx, container_id)->input_ended = true;
}

static inline void pod_resize(void *ctx, const char *container_id, unsigned rows, unsigned columns)
{
	pod_process(ctx, container_id)->rows = rows;
	pod_process(ctx, container_id)->columns = columns;
}

static inline void pod_pause(void *ctx, const char *container_id, bool paused)
{
	pod_process(ctx, container_id)->paused = paused;
}

static inline int pod_usage(void *ctx, const char *container_id, struct task_usage *ret)
{
	(void)pod_process(ctx, container_id);
	*ret = (struct task_usage){.user_ms = 1500, .system_ms = 250, .rss_bytes = 4096};
	return 0;
}

/* `fields` of the task; NULL: it sleeps. */
static inline void pod_init(struct pod *p, const char *fields)
{
	struct err e = {0};
	*p = (struct pod){.r = {.now = RIG_T0}, .room = SIZE_MAX};
	struct mesos_cluster_config config = {.seed = 5,
					      .now_ms = RIG_T0,
					      .state_dir = "/nowhere",
					      .runner = {.ctx = p,
							 .start = pod_start,
							 .signal = pod_signal,
							 .write = pod_write,
							 .end_input = pod_end_input,
							 .resize = pod_resize,
							 .pause = pod_pause,
							 .usage = pod_usage}};
	p->r.c = mesos_cluster_new(&config, &e);
	assert_non_null(p->r.c);
	p->agent = rig_agent(&p->r, "agent1", "cpus:4;mem:4096;disk:1000");
	client_init(&p->k, &p->r, "\"roles\":[\"web\"]", "MULTI_ROLE");
	CLEANUP_FREE char *offer = client_offer(&p->k, NULL);
	CLEANUP_FREE char *task = client_task("t", mesos_agent_id(p->agent), fields ? fields : CLIENT_SLEEP);
	client_call(&p->k, "SUPPRESS", "suppress", "{}");
	client_launch_group(&p->k, offer, "pod", task);
	client_update(&p->k, "t", "TASK_STARTING", NULL);
	json_t *status = client_status(&p->k, "t", "TASK_RUNNING");
	const json_t *id = js_at(status, "container_status", "container_id", NULL);
	p->task_id = xstrdup(js_str(id, "value"));
	p->executor_id = xstrdup(js_str_at(id, "parent", "value", NULL));
	json_decref(status);
}

static inline void pod_done(struct pod *p)
{
	client_done(&p->k);
	mesos_cluster_free(p->r.c);
	for (size_t i = 0; i < p->n_processes; i++) {
		free(p->processes[i].container_id);
		free(p->processes[i].sandbox);
		free(p->processes[i].env);
		buf_done(&p->processes[i].input);
	}
	free(p->task_id);
	free(p->executor_id);
}

/* The process beside the task. */
static inline struct pod_process *pod_beside(struct pod *p, const char *id)
{
	CLEANUP_FREE char *path = xasprintf("%s.%s.%s", p->executor_id, p->task_id, id);
	return pod_process(p, path);
}

static inline void pod_exit(struct pod *p, struct pod_process *x, int wait_status)
{
	CLEANUP_FREE char *id = xstrdup(x->container_id);
	x->running = false;
	mesos_cluster_exited(p->r.c, id, wait_status, p->r.now);
}

static inline void pod_output(struct pod *p, const struct pod_process *x, enum task_output source, const char *text)
{
	mesos_cluster_output(p->r.c, x->container_id, source, text, strlen(text), p->r.now);
}

/* `{"value":ID,"parent":the task}`; free() it. */
static inline char *pod_id(const struct pod *p, const char *id)
{
	return xasprintf("{\"value\":\"%s\",\"parent\":{\"value\":\"%s\",\"parent\":{\"value\":\"%s\"}}}", id,
			 p->task_id, p->executor_id);
}

static inline struct rig_answer pod_post(struct pod *p, const char *accept, const char *body)
{
	const struct sandbox_header headers[] = {{"Content-Type", "application/json"}, {"Accept", accept}};
	return rig_request(mesos_agent_handle, p->agent, p->r.now, "POST", "/api/v1", headers, 2, body, strlen(body));
}

/* A call about a container beside the task; `more` goes into its message. */
static inline struct rig_answer pod_call(struct pod *p, const char *type, const char *field, const char *id,
					 const char *more)
{
	CLEANUP_FREE char *whole = pod_id(p, id);
	CLEANUP_FREE char *body =
	    xasprintf("{\"type\":\"%s\",\"%s\":{\"container_id\":%s%s}}", type, field, whole, more);
	return pod_post(
	    p, strstr(type, "SESSION") || strstr(type, "OUTPUT") ? "application/recordio" : "application/json", body);
}

static inline struct sandbox_stream *pod_session(struct pod *p, const char *id, const char *more)
{
	CLEANUP_FREE char *fields = xasprintf(",\"command\":{\"value\":\"x\"}%s", more);
	struct rig_answer a =
	    pod_call(p, "LAUNCH_NESTED_CONTAINER_SESSION", "launch_nested_container_session", id, fields);
	if (a.status != 200) {
		fail_msg("session: %d %s", a.status, a.body);
	}
	struct sandbox_stream *s = sandbox_stream_ref(a.stream);
	rig_answer_done(&a);
	return s;
}

/* The peer goes away. */
static inline void pod_leave(struct sandbox_stream *s)
{
	if (s->closed) {
		s->closed(s);
	}
	sandbox_stream_unref(s);
}

/* The body of ATTACH_CONTAINER_INPUT. */
struct pod_input {
	struct pod *p;
	struct sandbox_upload *u;
};

static inline struct pod_input pod_input(struct pod *p)
{
	const struct sandbox_header headers[] = {{"Content-Type", "application/recordio"},
						 {"Accept", "application/json"},
						 {"Message-Content-Type", "application/json"}};
	struct sandbox_request head = {
	    .method = "POST", .path = "/api/v1", .query = "", .headers = headers, .n_headers = 3};
	struct sandbox_response res;
	assert_true(mesos_agent_takes_pieces(p->agent, &head));
	sandbox_response_init(&res);
	mesos_agent_handle(p->agent, p->r.now, &head, &res);
	assert_non_null(res.upload);
	struct pod_input in = {p, sandbox_upload_ref(res.upload)};
	sandbox_response_done(&res);
	return in;
}

/* A record with this AttachContainerInput; free() it. */
static inline char *pod_record(const char *attach)
{
	CLEANUP_FREE char *call =
	    xasprintf("{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":%s}", attach);
	return xasprintf("%zu\n%s", strlen(call), call);
}

/* How much of the record was taken. */
static inline size_t pod_feed(struct pod_input *in, const char *attach)
{
	CLEANUP_FREE char *record = pod_record(attach);
	return in->u->answered ? 0 : in->u->data(in->u, in->p->r.now, record, strlen(record));
}

static inline char *pod_names(const struct pod *p, const char *id)
{
	CLEANUP_FREE char *whole = pod_id(p, id);
	return xasprintf("{\"type\":\"CONTAINER_ID\",\"container_id\":%s}", whole);
}

static inline struct pod_input pod_attach(struct pod *p, const char *id)
{
	struct pod_input in = pod_input(p);
	CLEANUP_FREE char *names = pod_names(p, id);
	pod_feed(&in, names);
	return in;
}

#define POD_STDIN(base64)                                                                                              \
	"{\"type\":\"PROCESS_IO\",\"process_io\":{\"type\":\"DATA\",\"data\":{\"type\":\"STDIN\",\"data\":\"" base64   \
	"\"}}}"

/* The body is over, or the peer went away. */
static inline void pod_input_over(struct pod_input *in, bool whole)
{
	if (!in->u->answered) {
		in->u->over(in->u, in->p->r.now, whole);
	}
}

static inline void pod_input_expect(struct pod_input *in, int status, const char *text)
{
	assert_true(in->u->answered);
	assert_int_equal(in->u->answer.status, status);
	assert_string_equal(buf_str(&in->u->answer.body), text);
	sandbox_upload_unref(in->u);
}

#endif
