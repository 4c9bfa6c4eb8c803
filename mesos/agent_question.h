/* GET_AGENTS under way: one call of the operator API and what came of its answer. */
#ifndef MESOS_AGENT_QUESTION_H
#define MESOS_AGENT_QUESTION_H

#include "base/http_client.h"
#include "mesos/agent_list.h"

/* `failure` NULL: `list` is what the master told; its agents may be taken by setting their pointers to NULL. */
typedef void (*agents_told)(void *arg, struct agent_list *list, const struct err *failure);

struct agent_question;
/* `common`: what the request has in common with all calls; `url`: of the scheduler API, beside which the operator API
 * is. NULL: it could not be begun, and nothing will be told. */
struct agent_question *agent_question_new(struct http_client *http, const struct http_spec *common, const char *url,
					  agents_told told, void *arg, struct err *e);
/* Nothing is told any more. A question that was told is to be freed too, and may be from within `told`. NULL-safe. */
void agent_question_free(struct agent_question *q);

#endif
