#include "mesos/agent.h"

#include <stdio.h>

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
