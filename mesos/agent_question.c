#include "mesos/agent_question.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mesos/call_queue.h"

#define SCHEDULER_PATH "/scheduler"
#define QUESTION "{\"type\":\"GET_AGENTS\"}"

struct agent_question {
	struct http_call *call; /* NULL: it was told */
	struct agent_list list;
	struct err broken; /* what came is no list */
	agents_told told;
	void *arg;
	char *url;
};

static void on_data(void *arg, const char *bytes, size_t n)
{
	struct agent_question *q = arg;
	if (q->broken.code == ERR_NONE && agent_list_feed(&q->list, bytes, n, &q->broken) < 0) {
		agent_list_done(&q->list);
	}
}

static void on_done(void *arg, const struct http_result *result)
{
	struct agent_question *q = arg;
	struct err failure = result->err;
	int status = result->head.status;
	q->call = NULL;
	if (failure.code == ERR_NONE && (status < 200 || status > 299)) {
		call_refusal(&failure, q->url, result);
	} else if (failure.code != ERR_NONE || q->broken.code != ERR_NONE || agent_list_end(&q->list, &failure) < 0) {
		failure = q->broken.code != ERR_NONE ? q->broken : failure;
		err_wrap(&failure, "%s", q->url);
	}
	q->told(q->arg, &q->list, failure.code == ERR_NONE ? NULL : &failure);
}

static char *operator_url(const char *url)
{
	size_t n = strlen(url), end = strlen(SCHEDULER_PATH);
	return n > end && strcmp(url + n - end, SCHEDULER_PATH) == 0 ? xstrndup(url, n - end) : xstrdup(url);
}

struct agent_question *agent_question_new(struct http_client *http, const struct http_spec *common, const char *url,
					  agents_told told, void *arg, struct err *e)
{
	static const struct http_handlers handlers = {.on_data = on_data, .on_done = on_done};
	static const struct http_header headers[] = {{"Content-Type", "application/json"},
						     {"Accept", "application/json"}};
	struct agent_question *q = xcalloc(1, sizeof(*q));
	q->told = told;
	q->arg = arg;
	q->url = operator_url(url);
	agent_list_init(&q->list);
	struct http_spec spec = *common;
	spec.method = "POST";
	spec.url = q->url;
	spec.headers = headers;
	spec.n_headers = sizeof(headers) / sizeof(headers[0]);
	spec.body = QUESTION;
	spec.body_len = strlen(QUESTION);
	q->call = http_call_start(http, &spec, &handlers, q, e);
	if (!q->call) {
		agent_question_free(q);
		return NULL;
	}
	return q;
}

void agent_question_free(struct agent_question *q)
{
	if (q) {
		http_call_cancel(q->call);
		agent_list_done(&q->list);
		free(q->url);
		free(q);
	}
}
