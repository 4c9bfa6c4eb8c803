/* A miniature Mesos: one master, its agents, and the executors on them, as a pure state machine.
 *
 * No sockets, clock, threads or randomness: requests come through the sandbox_handlers below (tests/sandbox/http.h),
 * time is an argument (milliseconds since 1970), ids come from the seed, processes are behind task_runner.h. Answers,
 * events and refusals follow what Mesos 1.12 says on its v1 HTTP API. What is not here: protobuf bodies, health checks,
 * custom executors, dynamic reservations and volumes, quota, machines that are down for maintenance, the operators'
 * event stream. What differs: images are not pulled, the commands of their tasks run on the host.
 *
 * Owner's loop: call mesos_cluster_tick when mesos_cluster_next_deadline has come, and after every handler or exit ask
 * for the deadline again. Nothing here blocks; files are only read for the agents' file endpoints.
 */
#ifndef SANDBOX_MESOS_CLUSTER_H
#define SANDBOX_MESOS_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tests/sandbox/http.h"
#include "tests/sandbox/mesos/task_runner.h"

#define MESOS_AGENTS_MAX 100000
#define MESOS_FRAMEWORKS_MAX 1000
#define MESOS_STREAM_PENDING_MAX ((size_t)64 << 20) /* bytes; a scheduler that reads slower is disconnected */
#define MESOS_COMPLETED_TASKS_MAX 1000		    /* per framework, as the real default */

/* HTTP basic authentication; the name is the principal. */
struct mesos_credential {
	const char *principal, *secret;
};

/* Flags of an agent, as words between commas. */
struct mesos_isolation {
	const char *isolators;		  /* of linux/capabilities, linux/seccomp, linux/nnp; NULL: none of them */
	const char *effective, *bounding; /* --effective_capabilities, --bounding_capabilities; NULL: not given */
	const char *profiles;		  /* files below its --seccomp_config_dir; NULL: none */
};

struct mesos_agent_config {
	const char *hostname;	  /* "agent1" */
	const char *ip;		  /* NULL: 127.0.0.1 */
	const char *container_ip; /* what its containers say that theirs is; NULL: that of the agent */
	int port;		  /* of its own HTTP endpoint; stands in offers */
	const char *resources;	  /* "cpus:8;mem:8192;disk:10000;ports:[31000-31999];cpus(web):2"; mem and disk in MB */
	const char *attributes;	  /* "rack:r1;idx:1;range:[1-5]"; NULL: none */
	const char *region, *zone; /* fault domain; both or neither */
	struct mesos_isolation isolation;
};

struct mesos_cluster_config {
	const char *master_hostname; /* NULL: "mesos-master" */
	const char *ip;		     /* NULL: 127.0.0.1 */
	int port;		     /* 0: 5050 */
	uint64_t seed;
	int64_t now_ms;
	int64_t heartbeat_ms;	  /* 0: 15,000 */
	int64_t allocation_ms;	  /* 0: 1,000 */
	int64_t ping_timeout_ms;  /* agent lost after this silence; 0: 75,000 */
	int64_t update_retry_ms;  /* first repetition of an unacknowledged update, then doubling; 0: 10,000 */
	int64_t recovery_ms;	  /* how long a restarted master answers 503; 0: 500 */
	int64_t reregister_ms;	  /* how long agents take to find a restarted master, or to restart; 0: 1,000 */
	int64_t offer_timeout_ms; /* 0: offers stay */
	const char *state_dir;	  /* sandboxes are under STATE_DIR/agents/HOSTNAME; absolute; NULL: none */
	const struct mesos_credential *credentials; /* n_credentials 0: no authentication */
	size_t n_credentials;
	struct task_runner runner;
};

struct mesos_cluster;
struct mesos_agent;

/* Copies the configuration. NULL with a sentence when it makes no sense. */
struct mesos_cluster *mesos_cluster_new(const struct mesos_cluster_config *config, struct err *e);
/* Ends all streams; kills what runs. NULL-safe. */
void mesos_cluster_free(struct mesos_cluster *c);

/* These instead, from the next request on; n > 0. Copied. */
void mesos_cluster_credentials(struct mesos_cluster *c, const struct mesos_credential *credentials, size_t n);

/* The agent registers at once. Owned by the cluster. */
struct mesos_agent *mesos_cluster_add_agent(struct mesos_cluster *c, const struct mesos_agent_config *config,
					    int64_t now_ms, struct err *e);
struct mesos_agent *mesos_cluster_agent(struct mesos_cluster *c, const char *hostname);
size_t mesos_cluster_agent_count(const struct mesos_cluster *c);
struct mesos_agent *mesos_cluster_agent_at(struct mesos_cluster *c, size_t i);
const char *mesos_agent_hostname(const struct mesos_agent *a);
const char *mesos_agent_id(const struct mesos_agent *a);
int mesos_agent_port(const struct mesos_agent *a);

/* sandbox_handlers. The model is the cluster for the first (/api/v1/scheduler, /api/v1, /health, /version, /state,
 * /redirect, each with or without /master in front), a struct mesos_agent for the second (/api/v1, /health, /version,
 * /files/browse, /files/read, /files/download).
 * A response with status 0 means: never answer, keep the connection (a silent peer; also an agent that does not run,
 * whose port should better refuse). A request of which mesos_agent_takes_pieces is true comes to the agent with its
 * head alone. */
void mesos_master_handle(void *cluster, int64_t now_ms, const struct sandbox_request *req,
			 struct sandbox_response *res);
void mesos_agent_handle(void *agent, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res);

bool mesos_agent_takes_pieces(void *agent, const struct sandbox_request *head);

/* INT64_MAX when nothing is due ever. */
int64_t mesos_cluster_next_deadline(const struct mesos_cluster *c);
void mesos_cluster_tick(struct mesos_cluster *c, int64_t now_ms);

/* From the runner: the container's process ended with this wait status (as from waitpid). Unknown ids are ignored. */
void mesos_cluster_exited(struct mesos_cluster *c, const char *container_id, int wait_status, int64_t now_ms);
/* From the runner: bytes from pipes or a terminal; room for input again. Unknown ids are ignored. */
void mesos_cluster_output(struct mesos_cluster *c, const char *container_id, enum task_output source, const char *bytes,
			  size_t n, int64_t now_ms);
void mesos_cluster_writable(struct mesos_cluster *c, const char *container_id, int64_t now_ms);

/* Faults. */
/* Power off: every process dies without a word, the master notices by silence. */
void mesos_agent_kill(struct mesos_agent *a, int64_t now_ms);
/* The agent's process alone ends, executors go on; the master sees the connection break. */
void mesos_agent_stop(struct mesos_agent *a, int64_t now_ms);
/* After stop: recovers its executors. After kill: registers as a new agent, with a new id. */
void mesos_agent_start(struct mesos_agent *a, int64_t now_ms);
/* Nothing passes between master and agent until heal; both go on. */
void mesos_agent_partition(struct mesos_agent *a, int64_t now_ms);
void mesos_agent_heal(struct mesos_agent *a, int64_t now_ms);
/* Its endpoints answer 401 to everybody, as to credentials that it does not have, until told otherwise. */
void mesos_agent_refuse(struct mesos_agent *a, bool refuse);
/* The registry drops it if it is unreachable, as after registry_max_agent_age; it may still come back. */
void mesos_agent_forget(struct mesos_agent *a);
/* As the operator's MARK_AGENT_GONE. */
void mesos_agent_mark_gone(struct mesos_agent *a, int64_t now_ms);
/* As the operator's calls: DRAIN_AGENT, DEACTIVATE_AGENT, REACTIVATE_AGENT. */
void mesos_agent_drain(struct mesos_agent *a, int64_t now_ms);
void mesos_agent_deactivate(struct mesos_agent *a, int64_t now_ms);
void mesos_agent_reactivate(struct mesos_agent *a, int64_t now_ms);
/* UPDATE_MAINTENANCE_SCHEDULE: a window of an hour in an hour for this agent alone; false: for none. */
void mesos_agent_maintain(struct mesos_agent *a, bool maintain, int64_t now_ms);
bool mesos_agent_running(const struct mesos_agent *a);
/* Streams break, 503 while recovering, then agents come back one interval later. The master's id changes. */
void mesos_master_restart(struct mesos_cluster *c, int64_t now_ms);
/* Streams break; from now on 307 to HOST:PORT. NULL: leads (again), as after a restart without recovery. */
void mesos_master_set_leader(struct mesos_cluster *c, const char *host_port, int64_t now_ms);
/* No answers, no events, until switched off. */
void mesos_master_silent(struct mesos_cluster *c, bool silent);

#endif
