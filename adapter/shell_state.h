/* What the files of the shell share. */
#ifndef ADAPTER_SHELL_STATE_H
#define ADAPTER_SHELL_STATE_H

#include "adapter/core.h"
#include "adapter/kubelet.h"
#include "adapter/metrics_table.h"
#include "adapter/node_leases.h"
#include "adapter/pod_cache.h"
#include "adapter/shell.h"
#include "base/backoff.h"
#include "base/list.h"
#include "base/map.h"
#include "kube/client.h"
#include "kube/lease.h"
#include "kube/reflector.h"
#include "mesos/agent.h"
#include "mesos/credentials.h"
#include "mesos/scheduler.h"
#include "mesos/zk_detector.h"

enum role {
	ROLE_NONE,
	ROLE_STANDBY,
	ROLE_LEADER,   /* as long as the lease is held: ask shell_may_act */
	ROLE_STOPPING, /* nothing new is done, answers are awaited */
};

/* Who we are to agents. */
struct shell_agents {
	struct mesos_credentials credentials;
	bool known; /* they were read */
	int64_t looked_ms;
};

struct shell {
	uv_loop_t *loop;
	const struct settings *settings;
	const struct kube_config *kube_config;
	enum role role;
	char *identity;	     /* NULL: there is no election */
	struct lease *lease; /* NULL before the start, and without an election */
	bool saw_lease;
	struct pod_cache cache; /* while there is no core */
	struct core *core;	/* of a leader, once the framework id is known */
	struct core_config core_config;
	struct kubelet *kubelet; /* of a leader; NULL: not served */
	char *kubelet_refused;	 /* why its port could not be opened */
	int64_t now_ms,
	    steady_ms; /* shell_now when it was last compared with the wall clock, and the steady clock then */
	struct http_client *http;
	struct kube_client *kube;	/* changes something only while we may act */
	struct kube_client *lease_kube; /* the lease alone, so that a renewal waits for nothing */
	struct reflector *pods;
	struct reflector *nodes;	/* of a leader */
	struct kube_client *nodes_kube; /* for their leases, which wait for nothing else */
	struct node_leases node_leases;
	struct list renewals; /* under way */
	size_t n_renewals;
	struct reflector *foreign; /* pods that others bound; NULL: not watched, or not yet */
	bool foreign_listed;
	struct map
	    foreign_nodes; /* names of nodes that such pods are bound to and that are not ours; keys and values */
	bool listed;	   /* all pods were told once */
	struct mesos_scheduler *mesos;
	struct zk_detector *detector;			  /* NULL: masters are listed */
	bool agents_refused;				  /* the master does not tell us of its agents */
	struct metrics *metrics;			  /* adapter/metrics_table.h */
	uv_timer_t *tick, *retry, *compare, *lease_timer; /* retry: of reading the framework id, and while stopping */
	uv_timer_t *foreign_timer;
	struct backoff load_backoff;
	struct list pending; /* effects that wait for an answer */
	const char *state_namespace;
	struct shell_events *events;
	struct shell_agents agents;
	struct shell_messages *messages;
	struct shell_probes *probes;
	struct shell_hooks *hooks; /* NULL: none was run */
	struct shell_files *files; /* NULL: none were written */
	char *state_path, *state_collection;
	char *framework_id;
	void (*on_fatal)(void *arg, const struct err *why);
	void *fatal_arg;
	void (*on_stopped)(void *arg);
	void *stopped_arg;
};

/* An effect on its way. */
struct pending {
	struct list link;
	struct shell *shell;
	struct effect *effect;
	int stage;
	uint64_t since_ms;	/* of the loop's clock */
	const char *version;	/* of the object in the answer, or what was read; borrowed until pending_done returns */
	const json_t *object;	/* the answer to a fetch; likewise */
	int64_t retry_after_ms; /* of the API server's answer */
};

/* One step of the core and all that comes of it; nothing when we may not act. */
void shell_feed(struct shell *shell, struct core_event *event);
struct pending *pending_new(struct shell *shell, struct effect *effect);
/* The effect's result goes to the core; the effect and the pending are gone. failure NULL: it worked. */
void pending_done(struct pending *p, const struct err *failure);
void shell_drop_pending(struct shell *shell);
/* A new, idle session with the masters, and who finds them. */
int shell_connect_mesos(struct shell *shell, struct err *e);

/* leadership.c */
bool shell_may_act(void *shell);
/* Drop all that a leader and a standby have but the lease. */
void shell_retire(struct shell *shell);
/* Another scheduler took over our framework id. */
void shell_failed_over(struct shell *shell, const struct err *why);
/* One effect less is under way. */
void shell_stopping_answered(struct shell *shell);

void pending_free(struct pending *p);

/* shell_events.c: a bounded queue of EFFECT_EVENT; takes the effect */
struct shell_events *shell_events_new(struct shell *shell);
/* All of them, those on their way among them: after kube_client_free. Both are NULL-safe. */
void shell_events_drop(struct shell_events *events);
void shell_events_free(struct shell_events *events);
void shell_event(struct shell *shell, struct effect *effect);

/* shell_agents.c: how to speak to an agent at present, for one call; `url` has room for AGENT_URL_MAX. -1: where it is,
 * or who we are, is not known yet (ERR_BUSY). */
int shell_agent_at(struct shell *shell, const char *agent_id, char *url, struct mesos_agent *ret, struct err *e);
/* An agent did not take who we are: there may be new credentials. */
void shell_agents_look_again(struct shell *shell);
void shell_agents_done(struct shell *shell);

/* shell_messages.c: the files in which containers leave their last words; takes the effect */
struct shell_messages *shell_messages_new(struct shell *shell);
void shell_messages_drop(struct shell_messages *messages); /* all that is under way */
void shell_messages_free(struct shell_messages *messages); /* NULL-safe */
void shell_read_message(struct shell *shell, struct effect *effect);

/* shell_kube.c: takes the effect */
void shell_post_event(struct pending *p, kube_done on_done);
void shell_perform_kube(struct shell *shell, struct effect *effect);
void shell_observe_kube(void *arg, const char *method, int status, int64_t took_ms);
extern const struct reflector_handlers shell_pod_handlers;
void shell_compare_pods(uv_timer_t *timer);
void shell_kube_reloaded(void *shell, const struct err *failure);

/* shell_nodes.c */
void shell_nodes_start(struct shell *shell);
void shell_nodes_stop(struct shell *shell);
/* After a change of node_leases. */
void shell_wind_leases(struct shell *shell);

/* shell_foreign.c */
void shell_foreign_start(struct shell *shell); /* again: nothing */
void shell_foreign_stop(struct shell *shell);
/* The watch shows this node, so it may be ours by now: what is bound to it is to be shown. */
void shell_foreign_node(struct shell *shell, const char *node);
/* They are, or are not watched. */
bool shell_foreign_listed(const struct shell *shell);
/* Appends the uids of those that the core knows; `uids` moves. */
const char **shell_foreign_add_uids(const struct shell *shell, const char **uids, size_t *n);

/* shell_mesos.c: takes the effect */
void shell_perform_mesos(struct shell *shell, struct effect *effect);
void shell_ask_agents(struct shell *shell);
extern const struct mesos_scheduler_handlers shell_mesos_handlers;
extern const struct zk_detector_handlers shell_detector_handlers;

/* shell_probes.c: takes the effect. */
/* The headers of a request ([name, value]), and, if none says it, who asks; borrowed. `ret` has room for one more. */
size_t shell_put_headers(const json_t *headers, const char *user_agent, struct http_header *ret);
struct shell_probes *shell_probes_new(struct shell *shell);
void shell_probes_drop(struct shell_probes *probes); /* all that is under way */
void shell_probes_free(struct shell_probes *probes); /* NULL-safe */
void shell_probe(struct shell *shell, struct effect *effect);

/* shell_hooks.c: takes the effect */
void shell_run_hook(struct shell *shell, struct effect *effect);
/* Those under way end, and nothing is told of them. */
void shell_hooks_drop(struct shell *shell);

/* shell_files.c: takes the effect */
void shell_write_files(struct shell *shell, struct effect *effect);
/* Likewise. */
void shell_files_drop(struct shell *shell);

/* framework_store.c: the framework id in a ConfigMap */
void framework_load(struct shell *shell, kube_done on_done);
/* The id in an answer to framework_load; NULL when there is none. Borrowed. */
const char *framework_loaded(const struct kube_result *result);
void framework_store(struct shell *shell, struct effect *effect);

/* facts.c: one line a fact */
void fact_performed(const struct effect *effect, const struct err *failure);
void fact_ordered(const struct effect *effect);
void fact_task(const struct mesos_task_status *status);
/* Read again; failure: could not be. */
void fact_credentials(const char *what_for, const struct err *failure);

#endif
