/* Any body as a call to the Mesos model of the sandbox: of a framework that runs a pod, and of an operator. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/mesos/cluster.h"
#include "tests/sandbox/mesos/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fixed by the seed, so that inputs can name them: the corpus does. */
#define SUBSCRIBE                                                                                                      \
	"{\"type\":\"SUBSCRIBE\",\"framework_id\":{\"value\":\"F\"},\"subscribe\":{\"framework_info\":{\"user\":"      \
	"\"u\",\"name\":"                                                                                              \
	"\"n\",\"id\":{\"value\":\"F\"},\"failover_timeout\":9,\"roles\":[\"r\"],\"capabilities\":[{\"type\":\"MULTI_" \
	"ROLE\"}]}}}"

struct scene {
	struct instant_runner *runner;
	struct mesos_cluster *c;
	struct sandbox_stream *stream;
	char *stream_id;
	int64_t now;
};

static void call(struct scene *s, const char *path, const char *body, size_t n, bool subscribe)
{
	const struct sandbox_header headers[] = {{"Content-Type", "application/json"},
						 {"Mesos-Stream-Id", s->stream_id}};
	struct sandbox_request req = {.method = "POST",
				      .path = path,
				      .query = "",
				      .headers = headers,
				      .n_headers = s->stream_id && !subscribe ? 2 : 1,
				      .body = body,
				      .body_len = n};
	struct sandbox_response res;
	sandbox_response_init(&res);
	mesos_master_handle(s->c, s->now, &req, &res);
	for (size_t i = 0; i < res.n_headers && !s->stream_id; i++) {
		if (strcmp(res.headers[i].name, "Mesos-Stream-Id") == 0) {
			s->stream_id = xstrdup(res.headers[i].value);
			s->stream = sandbox_stream_ref(res.stream);
		}
	}
	sandbox_response_done(&res);
}

/* The input's lines are calls; those that start with '!' go to the operators' endpoint, a '.' lets time pass. */
static void play(struct scene *s, const char *text, size_t n)
{
	while (n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;
		if (len > 0 && text[0] == '!') {
			call(s, "/api/v1", text + 1, len - 1, false);
		} else if (len > 0 && text[0] == '.') {
			s->now += 5000;
			mesos_cluster_tick(s->c, s->now);
		} else {
			call(s, "/api/v1/scheduler", text, len, false);
		}
		n -= len + (end != NULL);
		text += len + (end != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene s = {.runner = instant_runner_new(), .now = 1000000};
	struct mesos_cluster_config config = {.seed = 1, .now_ms = s.now, .runner = instant_runner_seam(s.runner)};
	struct mesos_agent_config agent = {.hostname = "a", .resources = "cpus:4;mem:4096;disk:100;ports:[1-9]"};
	s.c = mesos_cluster_new(&config, NULL);
	instant_runner_attach(s.runner, s.c);
	mesos_cluster_add_agent(s.c, &agent, s.now, NULL);
	call(&s, "/api/v1/scheduler", SUBSCRIBE, strlen(SUBSCRIBE), true);
	play(&s, (const char *)data, size);
	mesos_cluster_free(s.c);
	instant_runner_free(s.runner);
	sandbox_stream_unref(s.stream);
	free(s.stream_id);
	return 0;
}
