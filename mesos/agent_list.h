/* The master's list of its agents, read as it comes: the answer to GET_AGENTS of the operator API.
 *
 * A list of thousands is megabytes of text and a tree of it many times that, so agents are cut out of the text and
 * decoded one by one. Pure: any split of the bytes gives the same agents. What else is in the answer is passed over,
 * recovered_agents (which a new master has not seen yet) among it.
 *
 * Source: mesos/v1/master/master.proto Response.GetAgents; agent totals leave out resources reserved for roles that the
 * principal may not view (ACL view_roles).
 */
#ifndef MESOS_AGENT_LIST_H
#define MESOS_AGENT_LIST_H

#include "base/buf.h"
#include "mesos/resources.h"

#define AGENT_LIST_ONE_MAX ((size_t)1 << 20)	 /* text of one agent */
#define AGENT_LIST_MAX 50000			 /* agents */
#define AGENT_LIST_BYTES_MAX ((size_t)256 << 20) /* the whole answer */

struct mesos_agent_info {
	char *id;
	char *version; /* of Mesos; NULL: not told */
	char *ip;      /* where its API is, as its pid says; NULL and port 0: not told */
	int port;
	struct mesos_resources total; /* of all roles */
	bool deactivated;	      /* it is offered to nobody: an operator said so, or drains it */
	bool draining;		      /* its tasks are killed, or were */
};
/* NULL-safe. */
void mesos_agent_info_free(struct mesos_agent_info *info);

/* All that was read; owned. */
struct agent_list {
	struct mesos_agent_info **agents;
	size_t n, cap;
	struct buf one; /* text of an agent that is not whole */
	size_t depth, bytes;
	bool text, escaped; /* within a string */
	bool array;	    /* what is open at the third level is one */
	bool begun;
};

void agent_list_init(struct agent_list *list);
void agent_list_done(struct agent_list *list); /* NULL-safe */
/* -1: this is no such answer (ERR_PROTOCOL, ERR_INVALID with the agent's id), or a limit is passed (ERR_LIMIT). */
int agent_list_feed(struct agent_list *list, const char *bytes, size_t n, struct err *e);
/* That was all. -1: it was not whole. */
int agent_list_end(const struct agent_list *list, struct err *e);

#endif
