/* A Mesos cluster without processes for tests: requests in, answers and events out, time by hand. */
#ifndef TESTS_SANDBOX_MESOS_RIG_H
#define TESTS_SANDBOX_MESOS_RIG_H

#include "tests/unit/unit.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/cluster.h"
#include "tests/sandbox/mesos/instant.h"

#define RIG_T0 1795345000000

struct rig {
	struct instant_runner *runner;
	struct mesos_cluster *c;
	int64_t now;
};

/* The answer to the last request. */
struct rig_answer {
	int status;
	char *body, *stream_id, *location;
	struct sandbox_stream *stream;
};

static inline void rig_answer_done(struct rig_answer *a)
{
	free(a->body);
	free(a->stream_id);
	free(a->location);
	sandbox_stream_unref(a->stream);
	*a = (struct rig_answer){0};
}

static inline void rig_init(struct rig *r, struct mesos_cluster_config config)
{
	struct err e = {0};
	r->runner = instant_runner_new();
	r->now = config.now_ms = RIG_T0;
	config.seed = 1;
	config.runner = instant_runner_seam(r->runner);
	r->c = mesos_cluster_new(&config, &e);
	assert_non_null(r->c);
	instant_runner_attach(r->runner, r->c);
}

static inline struct mesos_agent *rig_isolated_agent(struct rig *r, const char *hostname, const char *resources,
						     struct mesos_isolation isolation)
{
	struct err e = {0};
	struct mesos_agent_config config = {.hostname = hostname,
					    .port = 5051,
					    .resources = resources,
					    .attributes = "rack:r1;idx:1",
					    .isolation = isolation};
	struct mesos_agent *a = mesos_cluster_add_agent(r->c, &config, r->now, &e);
	assert_non_null(a);
	return a;
}

static inline struct mesos_agent *rig_agent(struct rig *r, const char *hostname, const char *resources)
{
	return rig_isolated_agent(r, hostname, resources, (struct mesos_isolation){0});
}

static inline void rig_done(struct rig *r)
{
	mesos_cluster_free(r->c);
	instant_runner_free(r->runner);
}

/* Runs all that is due on the way. */
static inline void rig_sleep(struct rig *r, int64_t ms)
{
	int64_t until = r->now + ms, next;
	while ((next = mesos_cluster_next_deadline(r->c)) <= until) {
		r->now = next > r->now ? next : r->now;
		mesos_cluster_tick(r->c, r->now);
	}
	r->now = until;
}

static inline struct rig_answer rig_request(sandbox_handler handler, void *model, int64_t now, const char *method,
					    const char *path, const struct sandbox_header *headers, size_t n_headers,
					    const char *body, size_t body_len)
{
	CLEANUP_FREE char *bare = xstrndup(path, strcspn(path, "?"));
	const char *query = strchr(path, '?');
	struct sandbox_request req = {.method = method,
				      .path = bare,
				      .query = query ? query + 1 : "",
				      .headers = headers,
				      .n_headers = n_headers,
				      .body = body,
				      .body_len = body_len};
	struct sandbox_response res;
	struct rig_answer a = {0};
	sandbox_response_init(&res);
	handler(model, now, &req, &res);
	a.status = res.status;
	a.body = xstrndup(buf_str(&res.body), res.body.len);
	for (size_t i = 0; i < res.n_headers; i++) {
		if (strcmp(res.headers[i].name, "Mesos-Stream-Id") == 0) {
			a.stream_id = xstrdup(res.headers[i].value);
		} else if (strcmp(res.headers[i].name, "Location") == 0) {
			a.location = xstrdup(res.headers[i].value);
		}
	}
	a.stream = res.stream ? sandbox_stream_ref(res.stream) : NULL;
	sandbox_response_done(&res);
	return a;
}

/* A JSON call to the master; stream_id may be NULL. */
static inline struct rig_answer rig_post(struct rig *r, const char *path, const char *stream_id, const char *body)
{
	const struct sandbox_header headers[] = {
	    {"Content-Type", "application/json"}, {"Accept", "application/json"}, {"Mesos-Stream-Id", stream_id}};
	return rig_request(mesos_master_handle, r->c, r->now, "POST", path, headers, stream_id ? 3 : 2, body,
			   strlen(body));
}

/* The next record of a stream, NULL when there is none; a new reference. */
static inline json_t *stream_next(struct sandbox_stream *s)
{
	char *after;
	if (s->out.len == 0) {
		return NULL;
	}
	size_t n = strtoul(s->out.data, &after, 10);
	assert_int_equal(*after, '\n');
	json_t *event = js_parse(after + 1, n, NULL);
	assert_non_null(event);
	buf_consume(&s->out, (size_t)(after + 1 - s->out.data) + n);
	return event;
}

/* The next one that is no heartbeat. */
static inline json_t *stream_event(struct sandbox_stream *s)
{
	for (;;) {
		json_t *event = stream_next(s);
		if (!event || strcmp(js_str(event, "type"), "HEARTBEAT") != 0) {
			return event;
		}
		json_decref(event);
	}
}

#endif
