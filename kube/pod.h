/* A pod, decoded: what this program uses of core/v1 Pod, compact, in one arena.
 *
 * No field is silently ignored: a field (or value) that the decoder does not know to be handled or meaningless lands in
 * `refused`, as its path ("spec.containers[web].tty"); who translates the pod refuses it with that name.
 * The tree it was decoded from may be dropped at once. Immutable after decoding.
 */
#ifndef KUBE_POD_H
#define KUBE_POD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/hook.h"
#include "kube/pod_security.h"
#include "kube/pod_volume.h"
#include "kube/probe.h"

#define POD_BYTES_MAX ((size_t)1 << 20) /* memory one decoded pod may take */
#define POD_CONTAINERS_MAX 100		/* init and ordinary ones together */
#define POD_EPHEMERAL_MAX 100		/* ephemeral containers; further ones are counted only */
#define POD_VOLUMES_MAX 500
#define POD_MOUNTS_MAX 500 /* of a container */
#define POD_REFUSED_MAX 8  /* paths kept; `more` counts the rest */

enum pod_restart_policy { POD_RESTART_ALWAYS, POD_RESTART_ON_FAILURE, POD_RESTART_NEVER };
/* An unknown or missing phase reads as POD_PHASE_PENDING. */
enum pod_phase { POD_PHASE_PENDING, POD_PHASE_RUNNING, POD_PHASE_SUCCEEDED, POD_PHASE_FAILED, POD_PHASE_UNKNOWN };

/* terminationMessagePath of a container that names no other. */
#define KUBE_MESSAGE_PATH "/dev/termination-log"

struct kube_pair {
	const char *name, *value;
};

enum kube_value_kind {
	KUBE_VALUE_TEXT, /* key: the value, which the pod itself told */
	KUBE_VALUE_CONFIGMAP,
	KUBE_VALUE_SECRET,
	KUBE_VALUE_LATE, /* known when it is started */
	KUBE_VALUE_RESOURCE,
};
enum kube_late_field { KUBE_LATE_NODE_NAME, KUBE_LATE_HOST_IP, KUBE_LATE_POD_IP };

struct kube_value_from {
	enum kube_value_kind kind;
	const char *object; /* ConfigMap or Secret; RESOURCE: container, NULL: its own */
	const char *key;    /* in it; RESOURCE: "cpu", "memory", "ephemeral-storage" */
	int64_t divisor_milli;
	enum kube_late_field late;
	bool optional;
	bool limit; /* RESOURCE: the limit, else the request */
};

struct kube_env {
	const char *name, *value;	    /* value: with "$(NAME)"; "" when there is `from` */
	const struct kube_value_from *from; /* NULL: `value` holds */
};

/* All that a ConfigMap or a Secret holds. */
struct kube_env_from {
	const char *name, *prefix;
	bool secret, optional;
};

struct kube_port {
	const char *name;	       /* may be NULL */
	const char *protocol;	       /* "TCP" when not given */
	int container_port, host_port; /* host_port 0: none */
};

/* Thousandths of a cpu, bytes, whole devices; -1: not given. */
struct kube_amounts {
	int64_t cpu_milli, memory, ephemeral_storage, gpus;
};

struct kube_resources {
	struct kube_amounts requests, limits;
};

/* A container that ended with such an exit code runs again, whatever its policy says. */
struct kube_restart_rule {
	bool in; /* one of these; else none of them */
	const int *codes;
	size_t n_codes;
};

struct kube_container {
	const char *name, *image;
	const char *const *command, *const *args;
	const char *working_dir; /* absolute; NULL: the image's */
	const struct kube_env *env;
	const struct kube_env_from *env_from;
	const struct kube_port *ports;
	size_t n_command, n_args, n_env, n_env_from, n_ports;
	struct kube_mount *mounts;
	size_t n_mounts;
	bool pull_always;	     /* imagePullPolicy Always; else a cached image will do */
	bool tty;		     /* on a terminal … */
	bool stdin_open, stdin_once; /* … that takes input of those who attach; of the first one only */
	bool message_of_log;	     /* after an error without last words, the end of its log is them */
	const struct kube_probe *probes[KUBE_PROBES]; /* NULL: none */
	const struct kube_hook *hooks[KUBE_HOOKS];    /* NULL: none */
	const struct kube_security *security;	      /* NULL: it says nothing */
	const char
	    *message_path;	 /* absolute: a file in it whose contents are its last words; NULL: none is asked for */
	bool own_restart_policy; /* restart_policy holds instead of the pod's */
	bool sidecar;		 /* an init container that goes on beside the others (its restartPolicy is Always) */
	enum pod_restart_policy restart_policy;
	const struct kube_restart_rule *restart_rules;
	size_t n_restart_rules;
	struct kube_amounts requests,
	    limits; /* a limit without a request is also the request, as the API server says */
};

/* Fields that cannot be translated, as their paths with reasons. */
struct kube_refused {
	const char *paths[POD_REFUSED_MAX];
	size_t n, more;
};

enum kube_operator { KUBE_OP_EQUAL, KUBE_OP_EXISTS };

struct kube_toleration {
	const char *key, *value, *effect; /* NULL: any */
	enum kube_operator op;
	int64_t seconds; /* -1: for ever */
};

enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

/* What the stored status says of a container: where a restarted adapter takes its memory from. */
struct kube_container_status {
	const char *name, *image, *container_id; /* the latter two may be NULL */
	enum container_state state;
	bool ready, started;
	int restart_count;
	int exit_code, signal;		 /* of the current state when terminated, else of lastState, else 0 */
	int64_t started_ms, finished_ms; /* of the current state (running, terminated), else of lastState; 0: unknown */
	const char *reason, *message;	 /* of the same; may be NULL */
	const char *last_container_id;	 /* of lastState.terminated; may be NULL */
	bool has_last;			 /* lastState.terminated is there */
	int64_t last_started_ms, last_finished_ms; /* of lastState.terminated; 0: unknown */
	const struct kube_resources *resources;	   /* NULL: it does not say */
};

/* Added to a pod that was there already (kubectl debug). What is wrong with it is its own affair: its pod is none the
 * worse. */
struct kube_ephemeral {
	struct kube_container container;
	const char *malformed; /* why it could not be decoded; NULL: it could */
	struct kube_refused refused;
	const struct kube_container_status *status; /* NULL: the stored one says nothing of it */
};

/* The types of conditions that are ours to write (kube_condition_names). */
enum kube_condition_type {
	POD_SCHEDULED,
	POD_READY_TO_START,
	POD_INITIALIZED,
	POD_CONTAINERS_READY,
	POD_READY,
	POD_DISRUPTION_TARGET,
	POD_RESIZE_PENDING,
	KUBE_CONDITION_TYPES
};

enum kube_condition_status { CONDITION_FALSE, CONDITION_TRUE, CONDITION_UNKNOWN };

/* A condition as it is stored. */
struct kube_condition_seen {
	bool present;
	enum kube_condition_status status;
	const char *reason; /* may be NULL */
	int64_t since_ms;   /* lastTransitionTime; 0: unknown */
};

/* A condition of somebody else that a pod waits for before it is ready. */
struct kube_readiness_gate {
	const char *type;
	const char *status; /* as it is stored; NULL: there is no such condition */
};

/* Names of an address, for /etc/hosts. */
struct kube_host_alias {
	const char *ip;
	const char *const *names;
	size_t n_names;
};

/* Of hostAliases, and of dnsConfig with dnsPolicy None. */
struct kube_names {
	struct kube_host_alias *aliases;
	size_t n_aliases;
	bool resolver; /* what follows is what stands in /etc/resolv.conf; else the agent's does */
	const char *const *servers, *const *searches;
	size_t n_servers, n_searches;
	struct kube_pair *options; /* value NULL: none */
	size_t n_options;
};

struct kube_pod {
	struct arena *arena; /* owns everything below, and this struct */
	const char *ns, *name, *uid, *resource_version;
	const char *node_name; /* NULL: not bound */
	const char *scheduler_name;
	const char *agent_id;	  /* annotation ANNOTATION_AGENT_ID, set with the binding; may be NULL */
	const char *adapter;	  /* annotation ANNOTATION_ADAPTER, set with it; may be NULL */
	int64_t deletion_grace_s; /* of a deleting pod */
	int64_t deletion_ms;	  /* deletionTimestamp: when the grace period ends */
	int64_t generation;	  /* of its spec, counted by the API server; 0: it does not count */
	int64_t created_ms;
	enum pod_restart_policy restart_policy;
	int64_t termination_grace_s;
	int64_t active_deadline_s; /* 0: none */
	/* A network of CNI; NULL: the agent's. Of annotation ANNOTATION_JOINED when that was set with the binding, else
	 * of ANNOTATION_NETWORK. */
	const char *network;
	const char *executor;		/* annotation ANNOTATION_EXECUTOR, set with the binding; may be NULL */
	const char *hostname;		/* of a pod on a network of CNI; may be NULL */
	const struct kube_names *names; /* NULL: those of the agent */
	bool updates_files;		/* annotation ANNOTATION_FILES: what its volumes have changes as it changes */
	bool deleting;			/* deletionTimestamp is set */
	bool host_network;
	bool gated;	    /* spec.schedulingGates is not empty: not to be scheduled yet */
	bool service_links; /* variables for the services of its namespace */
	const char *service_account;
	const struct kube_resources *resources; /* of the pod as a whole, cpu and memory only; NULL: none are given */
	const struct kube_amounts *overhead; /* what it costs besides its containers; NULL: nothing is said of that */
	struct kube_volume *volumes;
	size_t n_volumes;
	struct kube_container *init_containers, *containers;
	size_t n_init_containers, n_containers;
	struct kube_ephemeral *ephemeral;
	size_t n_ephemeral, ephemeral_more;
	struct kube_pair *node_selector;
	size_t n_node_selector;
	struct kube_toleration *tolerations;
	size_t n_tolerations;
	struct kube_readiness_gate *readiness_gates;
	size_t n_readiness_gates;
	/* status */
	enum pod_phase phase;
	int64_t observed_generation;  /* of the stored status; 0: it does not say */
	int64_t start_ms;	      /* status.startTime, 0: none */
	const char *host_ip, *pod_ip; /* may be NULL */
	struct kube_container_status *init_statuses, *statuses;
	size_t n_init_statuses, n_statuses;
	struct kube_condition_seen conditions[KUBE_CONDITION_TYPES];
	uint64_t status_hash; /* kube_pod_report_hash of the report that would store this status */
	/* what we cannot do */
	const char *malformed; /* why it could not be decoded, for one of kube_pod_decode_names; else NULL */
	struct kube_refused refused;
};

/* Annotation on a pod, put there by the Binding: the Mesos agent that it was bound to. */
#define ANNOTATION_AGENT_ID "mesos.apache.org/agent-id"
/* On pods and nodes: the scheduler name of the adapter that they belong to. The release before this one wrote none. */
#define ANNOTATION_ADAPTER "mesos.apache.org/adapter"

/* Annotation on a pod: the network of CNI, by its name on the agents, that it joins instead of the agent's network. */
#define ANNOTATION_NETWORK "mesos.apache.org/network"
/* What it was when the pod was bound, put there by the Binding; empty: the agent's. It is on that one until it ends.
 * The release before this one wrote none. */
#define ANNOTATION_JOINED "mesos.apache.org/joined-network"
/* What its executor has of Mesos' resources (translate/amounts.h), put there by the Binding. The release before this
 * one wrote none. */
#define ANNOTATION_EXECUTOR "mesos.apache.org/executor"

/* Annotation on a pod, "true": the files of its volumes follow what they are made of. */
#define ANNOTATION_FILES "mesos.apache.org/update-files"

/* NULL with one sentence naming the pod and the place when the object is malformed (no uid, quantity that is none or
 * negative, more containers than POD_CONTAINERS_MAX, ...). Times of the API are read into milliseconds. */
struct kube_pod *kube_pod_decode(const json_t *object, struct err *e);
/* What stands for a pod that could not be decoded, so that its owner can be told why: its metadata and node, no
 * containers. NULL when not even that much can be read. */
struct kube_pod *kube_pod_decode_names(const json_t *object, const char *malformed);
void kube_pod_free(struct kube_pod *pod);

#endif
