/* Offers, agents, task statuses: what a scheduler hears from a master, decoded.
 *
 * Each struct owns all it points to and is freed with its _free. Source: mesos/v1/mesos.proto and scheduler.proto.
 */
#ifndef MESOS_TYPES_H
#define MESOS_TYPES_H

#include <stdbool.h>

#include "mesos/resources.h"

#define MESOS_ATTRIBUTES_MAX 256
#define MESOS_OFFERS_MAX 100000	     /* in one event */
#define MESOS_MESSAGE_MAX 4096	     /* bytes kept of a status message */
#define MESOS_CONTAINER_DEPTH_MAX 32 /* nested containers, in one id */

enum mesos_task_state {
	TASK_STAGING,
	TASK_STARTING,
	TASK_RUNNING,
	TASK_KILLING,
	TASK_FINISHED,
	TASK_FAILED,
	TASK_KILLED,
	TASK_ERROR,
	TASK_LOST,
	TASK_DROPPED,
	TASK_UNREACHABLE,
	TASK_GONE,
	TASK_GONE_BY_OPERATOR,
	TASK_UNKNOWN,
};

const char *mesos_task_state_name(enum mesos_task_state state); /* "TASK_RUNNING" */
/* -1 when unknown. */
int mesos_task_state_parse(const char *name, enum mesos_task_state *ret);
/* Nothing of the task runs any more and no other state will follow (UNREACHABLE and UNKNOWN are not terminal). */
bool mesos_task_state_terminal(enum mesos_task_state state);

struct mesos_attribute {
	char *name;
	char *text; /* scalars as decimal, ranges as "[1-3]", sets as "{a,b}" */
};

struct mesos_offer {
	char *id, *agent_id, *hostname, *role; /* role: allocation_info.role, "*" where the master gives none */
	char *agent_ip;			       /* from url.address, may be NULL */
	int agent_port;			       /* 0: unknown */
	bool agent_https;		       /* from url.scheme */
	char *region, *zone;		       /* fault domain, may be NULL */
	bool unavailable;		       /* maintenance of its machine is scheduled */
	struct mesos_attribute *attributes;
	size_t n_attributes;
	struct mesos_resources resources;
};

#define MESOS_UUID_TEXT_MAX 32 /* base64 of 16 bytes, as it came */

struct mesos_task_status {
	char *task_id;
	enum mesos_task_state state;
	char uuid[MESOS_UUID_TEXT_MAX]; /* empty: made by the master, must not be acknowledged */
	char *agent_id, *executor_id;	/* may be NULL */
	char *source, *reason;		/* "SOURCE_EXECUTOR", "REASON_…"; may be NULL */
	char *message;			/* may be NULL; cut at 4,096 bytes */
	char *container_id;		/* container_status.container_id, parents joined with '.'; may be NULL */
	char *ip;			/* first of container_status.network_infos; may be NULL */
	int64_t timestamp_ms;		/* 0: none */
	int64_t unreachable_ms;		/* since when its agent is; 0: not told */
	bool has_healthy, healthy;
	bool has_check;	  /* check_status is there */
	int check_result; /* exit code, status of HTTP, for TCP 1 or 0; -1: none yet, or none was to be had */
};

/* NULL-safe. */
void mesos_offer_free(struct mesos_offer *offer);
void mesos_task_status_free(struct mesos_task_status *status);

/* NULL when an id or another required member is missing, a limit is passed, or the state is unknown (ERR_UNSUPPORTED);
 * the sentence names the offer or task. */
struct mesos_offer *mesos_offer_decode(const json_t *object, struct err *e);
struct mesos_task_status *mesos_task_status_decode(const json_t *object, struct err *e);

/* One event of the scheduler's stream. */
enum mesos_event_type {
	MESOS_EVENT_SUBSCRIBED,
	MESOS_EVENT_OFFERS,
	MESOS_EVENT_INVERSE_OFFERS,
	MESOS_EVENT_RESCIND,
	MESOS_EVENT_RESCIND_INVERSE_OFFER,
	MESOS_EVENT_UPDATE,
	MESOS_EVENT_UPDATE_OPERATION_STATUS,
	MESOS_EVENT_MESSAGE,
	MESOS_EVENT_FAILURE,
	MESOS_EVENT_ERROR,
	MESOS_EVENT_HEARTBEAT,
	MESOS_EVENT_UNKNOWN, /* a type we do not know; `text` has its name */
};

struct mesos_event {
	enum mesos_event_type type;
	/* SUBSCRIBED */
	char *framework_id;
	double heartbeat_s; /* 0: not given */
	/* OFFERS */
	struct mesos_offer **offers;
	size_t n_offers;
	char **bad_offers; /* ids of offers that could not be decoded, so that they can be declined */
	size_t n_bad_offers;
	/* INVERSE_OFFERS: at most MESOS_OFFERS_MAX; those without an id or agent are left out */
	char **inverse_ids, **inverse_agents;
	size_t n_inverse;
	/* UPDATE */
	struct mesos_task_status *status;
	/* RESCIND, RESCIND_INVERSE_OFFER: offer id; ERROR: the message; UNKNOWN: the type's name */
	char *text;
	/* FAILURE */
	char *agent_id, *executor_id;
	bool has_exit_status;
	int exit_status;
};

/* An event with one bad offer keeps the others and reports the first bad one in `e` with return 1 (also when no good
 * one is left); 0 is all well; -1 when nothing could be used (then *ret is untouched; ERR_MEMORY: for want of memory
 * only). Bytes that are not UTF-8, and escaped NULs, become '?': what a task says must not hide what happened to it. */
int mesos_event_decode(const char *json, size_t n, struct mesos_event **ret, struct err *e);
void mesos_event_free(struct mesos_event *event);

#endif
