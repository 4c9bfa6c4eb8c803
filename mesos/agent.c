#include "mesos/agent.h"

#include <stdio.h>
#include <string.h>

#define REFUSAL_MAX 300 /* bytes of an agent's sentence */

struct http_spec mesos_agent_spec(const struct mesos_agent *agent, const char *path, char url[MESOS_AGENT_URL_MAX])
{
	snprintf(url, MESOS_AGENT_URL_MAX, "%s%s", agent->url, path);
	return (struct http_spec){
	    .method = "POST",
	    .url = url,
	    .connect_timeout_ms = agent->connect_timeout_ms,
	    .tls = agent->tls,
	    .user = agent->user,
	    .password = agent->password,
	};
}

struct http_call *mesos_agent_post(const struct mesos_agent *agent, const char *body, int64_t timeout_ms,
				   size_t max_body, const struct http_handlers *handlers, void *arg, struct err *e)
{
	static const struct http_header headers[] = {{"Content-Type", "application/json"},
						     {"Accept", "application/json"}};
	char url[MESOS_AGENT_URL_MAX];
	struct http_spec spec = mesos_agent_spec(agent, "/api/v1", url);
	spec.body = body;
	spec.body_len = strlen(body);
	spec.headers = headers;
	spec.n_headers = 2;
	spec.max_body = max_body;
	spec.timeout_ms = timeout_ms;
	return http_call_start(agent->http, &spec, handlers, arg, e);
}

void mesos_agent_error(const struct http_result *result, const char *what, struct err *ret)
{
	if (result->err.code != ERR_NONE) {
		*ret = result->err;
		err_wrap(ret, "%s", what);
		return;
	}
	err_set(ret, err_code_of_http(result->head.status), "%s: the Mesos agent answers %d: %.*s", what,
		result->head.status, REFUSAL_MAX, result->body);
	ret->http_status = result->head.status;
}
