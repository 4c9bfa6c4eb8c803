/* Calls to one agent's v1 API (POST /api/v1) and to its files. */
#ifndef MESOS_AGENT_H
#define MESOS_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/http_client.h"

/* Where an agent is and how it is spoken to; all borrowed. */
struct mesos_agent {
	struct http_client *http;
	const char *url; /* "http://10.0.0.7:5051", without a slash at the end */
	const char *user, *password;
	struct http_tls tls;
	int64_t connect_timeout_ms;
};

/* Fills what each call to the agent shares; path begins with a slash. The URL is put into `url` and must live as long
 * as the spec. */
#define MESOS_AGENT_URL_MAX 2048
struct http_spec mesos_agent_spec(const struct mesos_agent *agent, const char *path, char url[MESOS_AGENT_URL_MAX]);

/* A call to the v1 API whose answer is JSON as well, whole. NULL when the agent's address makes no URL. */
struct http_call *mesos_agent_post(const struct mesos_agent *agent, const char *body, int64_t timeout_ms,
				   size_t max_body, const struct http_handlers *handlers, void *arg, struct err *e);

/* What went wrong with a call that did not answer 200 or 202: the sentence of the agent, with what was asked before it.
 */
void mesos_agent_error(const struct http_result *result, const char *what, struct err *ret);

#endif
