/* Input and output of containers in a replay; part of mesos_replay.h, which includes it. What a process wrote is what
 * the recording says; what it read is not looked at, the recorded process has answered to it. */
#ifndef TESTS_SANDBOX_MESOS_REPLAY_IO_H
#define TESTS_SANDBOX_MESOS_REPLAY_IO_H

static inline ssize_t replay_write(void *ctx, const char *container_id, const char *bytes, size_t n)
{
	(void)ctx;
	(void)container_id;
	(void)bytes;
	return (ssize_t)n;
}

static inline void replay_end_input(void *ctx, const char *container_id)
{
	(void)ctx;
	(void)container_id;
}

static inline void replay_resize(void *ctx, const char *container_id, unsigned rows, unsigned columns)
{
	(void)ctx;
	(void)container_id;
	(void)rows;
	(void)columns;
}

static inline void replay_pause(void *ctx, const char *container_id, bool paused)
{
	(void)ctx;
	(void)container_id;
	(void)paused;
}

/* The process that this request started or attaches to; free() it. NULL: none. */
static inline char *replay_container(const struct replay *r, const char *body)
{
	CLEANUP_JSON json_t *call = js_parse(body, strlen(body), NULL);
	const json_t *launch = js_obj(call, "launch_nested_container_session");
	const json_t *id = js_obj(launch ? launch : js_obj(call, "attach_container_output"), "container_id");
	const char *own = js_str(id, "value");
	for (size_t i = r->n_tasks; own && i > 0; i--) {
		const char *path = r->tasks[i - 1].container_id, *last = strrchr(path, '.');
		if (strcmp(last ? last + 1 : path, own) == 0) {
			return xstrdup(path);
		}
	}
	return NULL;
}

static inline void replay_output(struct replay *r, const struct replay_stream *st, const json_t *event)
{
	const char *source = js_str_at(event, "data", "type", NULL);
	size_t n;
	char bad;
	CLEANUP_FREE char *bytes = ids_base64_decode(js_str_at(event, "data", "data", NULL), &n, &bad);
	mesos_cluster_output(r->c, st->container_id, strcmp(source, "STDERR") == 0 ? TASK_STDERR : TASK_STDOUT, bytes,
			     n, r->now);
}

static inline void replay_exit(struct replay *r, const char *container_id, int wait_status)
{
	for (size_t i = 0; i < r->n_tasks; i++) {
		struct replay_task *t = &r->tasks[i];
		if (t->running && strcmp(t->container_id, container_id) == 0) {
			t->running = false;
			mesos_cluster_exited(r->c, container_id, wait_status, r->now);
		}
	}
}

/* -1: it says none. */
static inline int replay_exit_status(const char *text)
{
	const char *status = text ? strstr(text, "\"exit_status\":") : NULL;
	return status ? (int)strtol(status + strlen("\"exit_status\":"), NULL, 10) : -1;
}

/* The end of a container's stream is the end of its process, with the status that is told next. */
static inline void replay_container_end(struct replay *r, const struct replay_stream *st, const struct step *s)
{
	int status = -1;
	if (!st || !st->container_id) {
		return;
	}
	for (const struct step *next = s; next < r->t.steps + r->t.n && status < 0; next++) {
		status = replay_exit_status(next->text);
	}
	replay_exit(r, st->container_id, status < 0 ? 0 : status);
}

/* Who waits is answered when the last process beside a task ends. */
static inline void replay_wait_answer(struct replay *r, const char *recorded)
{
	int status = replay_exit_status(recorded);
	if (status < 0 || !r->answer.stream) {
		return;
	}
	for (size_t i = r->n_tasks; i > 0 && !r->answer.stream->ended; i--) {
		if (r->tasks[i - 1].running && strchr(r->tasks[i - 1].container_id, '.')) {
			replay_exit(r, r->tasks[i - 1].container_id, status);
		}
	}
	free(r->answer.body);
	r->answer.body = xstrdup(buf_str(&r->answer.stream->out));
	buf_clear(&r->answer.stream->out);
}

/* Bodies that go on */

static inline void replay_upload_whole(struct replay *r)
{
	if (r->upload && !r->upload->answered) {
		r->upload->over(r->upload, r->now, true);
	}
}

/* The client goes away, if it has no answer yet. */
static inline void replay_upload_gone(struct replay *r)
{
	if (r->upload && !r->upload->answered) {
		r->upload->over(r->upload, r->now, false);
	}
	sandbox_upload_unref(r->upload);
	r->upload = NULL;
}

/* False: its body is whole. */
static inline bool replay_upload_begin(struct replay *r, const struct step *s)
{
	struct sandbox_request head = {
	    .method = s->method, .path = s->path, .query = "", .headers = s->headers, .n_headers = s->n_headers};
	struct mesos_agent *a = mesos_cluster_agent(r->c, s->port == r->scenario->port + 1 ? "agent1" : "agent2");
	struct sandbox_response res;
	if (s->port == r->scenario->port || !mesos_agent_takes_pieces(a, &head)) {
		return false;
	}
	replay_upload_gone(r);
	sandbox_response_init(&res);
	mesos_agent_handle(a, r->now, &head, &res);
	r->answer = (struct rig_answer){.status = res.status, .body = xstrdup(buf_str(&res.body))};
	r->upload = res.upload ? sandbox_upload_ref(res.upload) : NULL;
	sandbox_response_done(&res);
	return true;
}

static inline void replay_chunk(struct replay *r, const struct step *s)
{
	CLEANUP_FREE char *text = replay_translate(r, s->text);
	bool whole = strstr(text, "ATTACH_CONTAINER_INPUT") != NULL;
	CLEANUP_FREE char *call = whole ? xstrdup(text)
					: xasprintf("{\"type\":\"ATTACH_CONTAINER_INPUT\",\"attach_container_input\":{"
						    "\"type\":\"PROCESS_IO\",\"process_io\":%s}}",
						    text);
	CLEANUP_FREE char *record = xasprintf("%zu\n%s", strlen(call), call);
	if (r->upload && !r->upload->answered) {
		assert_int_equal(r->upload->data(r->upload, r->now, record, strlen(record)), strlen(record));
	}
}

/* Status 0: the client went away without one. */
static inline void replay_upload_answer(struct replay *r)
{
	free(r->answer.body);
	r->answer.status = r->upload->answered ? r->upload->answer.status : 0;
	r->answer.body = xstrdup(r->upload->answered ? buf_str(&r->upload->answer.body) : "");
	replay_upload_gone(r);
}

#endif
