/* A simulated world, from one seed: adapters, an API server, a Mesos cluster, the network between them, users and
 * misfortune, in one process and in virtual time.
 *
 * The adapter is the real one, shell and all; only what it takes from outside is replaced when the program is linked:
 * timers, the clock and random numbers (loop.c), HTTP (network.c), and the seam between shell and core is watched
 * (boundary.c). API server and Mesos are the models of tests/sandbox. Equal seeds give equal runs.
 *
 * There is one world at a time (sim_world), since some functions that are replaced have no argument for it. There can
 * be several adapters in it: which one calls follows from the uv_loop_t that a function is given, or, where there is
 * none, from whose turn it is.
 */
#ifndef SIMULATE_SIM_H
#define SIMULATE_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "adapter/settings.h"
#include "adapter/shell.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/kube/controllers.h"
#include "tests/sandbox/mesos/cluster.h"
#include "tests/simulate/faults.h"
#include "tests/simulate/mutations.h"

#define SIM_START_MS 1700000000000
#define SIM_SECOND 1000
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_QUARANTINE_MS (5 * SIM_MINUTE) /* by a clock that may follow another: a tenth less, or more */
#define SIM_NAMESPACE "default"
#define SIM_ROLE "kubernetes"
#define SIM_WRITTEN "files"	/* a volume that is written beside the pause */
#define SIM_NODE_OF_ALL "mesos" /* of the scheduler's name */
#define SIM_VIOLATION_MAX 1024
#define SIM_EVENTS_AT_ONCE 50000 /* in one millisecond: more is a busy loop */
#define SIM_ADAPTERS_MAX 2
#define SIM_AGENTS_MAX 5
#define SIM_AGENT_IP "10.0.0.%u"	  /* of the first, the second, … */
#define SIM_HOLD_CALM_MS (5 * SIM_SECOND) /* no offer is kept longer: held, set aside, bound */
#define SIM_HOLD_MS (60 * SIM_SECOND)	  /* the same when the API server takes its time for a binding */

/* Each topic has its random numbers, so that leaving out one kind of fault changes little else. Those of SIM_MODES are
 * drawn in other modes than the first only. */
enum sim_topic {
	SIM_NETWORK,
	SIM_USERS,
	SIM_FAULTS,
	SIM_TASKS,
	SIM_ADAPTER,
	SIM_MODES,
	SIM_HOOKS,
	SIM_CHANGES,
	SIM_WHOLE,
	SIM_DEBUG,
	SIM_FILES,
	SIM_TOPICS
};

/* What nodes stand for: single agents, all of them, or either, drawn anew for each life of an adapter. */
enum sim_mode { SIM_MODE_AGENT, SIM_MODE_AGGREGATE, SIM_MODE_CHANGING };

struct sim_event {
	struct heap_link link;
	void (*fire)(void *arg);
	void *arg;
};

/* What the network is like at present; times in milliseconds, chances in thousandths. */
struct weather {
	int64_t latency_ms;	  /* up to, each way */
	int64_t blocked_until_ms; /* nothing passes */
	bool down;		  /* connections are refused */
	unsigned request_lost, answer_lost, sent_twice, refused_500, refused_429, refused_409, performed_500;
};

/* One life of a core, as an honest observer at its boundary knows it. */
struct life {
	unsigned number;
	bool synced, subscribed;
	char framework_id[160];
	struct map heard;   /* task id -> struct heard: Mesos spoke of it, or it was launched in this life */
	struct map pods;    /* uid -> struct heard: the core was told of the pod */
	struct map offers;  /* id -> struct heard: that it may use */
	struct map living;  /* task id -> struct heard: Mesos said at last that it lives */
	struct map joined;  /* task id -> struct heard: launched into a sandbox that lived, as far as one could know */
	struct map gone;    /* uid -> struct heard: the core was told so, and not otherwise since */
	struct map unknown; /* agent id -> struct heard: the master said at last that it knows no such agent */
	struct mutant mutant;
};
struct heard {
	int64_t first_ms;
	int64_t version; /* of a pod, as it was told at last */
	char text[160];
};

/* One process of the adapter, or the place where it was. */
struct sim_adapter {
	struct sim *sim;
	unsigned number;
	uv_loop_t loop;		  /* only a name: what is done with it, this adapter does */
	struct list handles;	  /* that are open or closing */
	struct shell *shell;	  /* NULL: dead */
	bool stopping;		  /* it was told to */
	bool dying;		  /* what it does from now on reaches nobody */
	uint64_t calls_to_live;	  /* HTTP calls until it dies in the middle of a step; 0: no such fate */
	int64_t skew_ms;	  /* of its clock */
	int64_t stalled_until_ms; /* it does not run, and does not know it */
	char identity[16];
	bool leads;	/* it has a core */
	int64_t minute; /* of its last request, and how many there were in it */
	uint64_t requests;
	struct sim_event rebirth;
	struct life life;
};

struct sim_options {
	uint64_t seed;
	unsigned faults; /* bits of enum fault */
	enum mutation mutation;
	enum sim_mode mode;
	bool trace;
};

struct runner;
struct users;
struct stored;

struct sim {
	struct sim_options options;
	int64_t now;
	uint64_t random[SIM_TOPICS];
	struct heap events;
	struct list misfortunes; /* faults.c: what lasts for a while */
	struct list exchanges;	 /* everything that is on its way */
	struct weather kube_weather, mesos_weather;
	size_t leader; /* which of the two masters leads */

	struct apiserver *kube;
	struct controllers *controllers;
	struct sim_event controllers_turn;
	struct mesos_cluster *mesos;
	struct runner *runner;
	struct users *users;

	struct settings settings, aggregate; /* the same but for the option node-mode */
	struct kube_config *kube_config;
	struct sim_adapter adapters[SIM_ADAPTERS_MAX];
	size_t n_adapters;
	struct sim_adapter *running; /* whose turn it is; NULL: nobody's */

	struct map updates;		/* uuid -> struct sent_update */
	struct map stored;		/* uid -> struct stored: what the API server had of it at last */
	int64_t restored_ms;		/* when a backup was restored; 0: never */
	int64_t lost_after, lost_until; /* what it took back: versions beyond the first, up to the second */
	struct map excused; /* uuid -> struct heard: acknowledged by who cannot know that a backup was restored */
	struct map hooked;  /* container id -> struct heard: its postStart hook, a command, has ended well */
	struct map written; /* uid -> struct heard: files were written by its executor, which lives */
	struct map let_go;  /* uid -> struct heard: to be removed, for nobody knows its agent */
	unsigned fates;	    /* the kinds of faults of this world, and when the next one comes */
	struct sim_event fate;
	int64_t away_until_ms[SIM_AGENTS_MAX]; /* partitioned */
	bool calm;			       /* no more faults, nothing ends by itself */
	int64_t calm_ms;		       /* since then */
	bool ending;			       /* who dies now stays dead */

	/* counts */
	uint64_t fired, at_once, steps, effects, requests, writes;
	uint64_t launched, lives, acknowledged, created;

	bool failed;
	char violation[SIM_VIOLATION_MAX];
};

extern struct sim *sim_world;

/* world.c */
struct sim_outcome {
	uint64_t events, steps, requests, launched, lives;
	int64_t virtual_ms;
	char violation[SIM_VIOLATION_MAX];
};
/* True when nothing was violated; else `ret->violation` says what, first. */
bool sim_run(const struct sim_options *options, struct sim_outcome *ret);
void sim_violated(struct sim *sim, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* events.c */
uint64_t sim_random(struct sim *sim, enum sim_topic topic, uint64_t below);
bool sim_chance(struct sim *sim, enum sim_topic topic, unsigned thousandths);
/* Set, or set anew; the event belongs to the caller. */
void sim_at(struct sim *sim, struct sim_event *event, int64_t at_ms);
void sim_cancel(struct sim *sim, struct sim_event *event);
/* Once, after so long. What is still to come when the world ends does not come. */
void sim_later(struct sim *sim, int64_t after_ms, void (*fire)(void *arg), void *arg);
void sim_advance(struct sim *sim, int64_t until_ms);
void sim_events_done(struct sim *sim);

/* trace.c: one line of what happens, when it was asked for */
void sim_trace(struct sim *sim, const char *who, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* adapter.c */
void adapters_init(struct sim *sim);
void adapters_done(struct sim *sim);
void adapter_start(struct sim_adapter *adapter);
/* As SIGTERM; it is dead soon. */
void adapter_stop(struct sim_adapter *adapter);
/* As kill -9. */
void adapter_kill(struct sim_adapter *adapter);
/* Something of it is about to run, or has: a death in the middle of its step is carried out afterwards. */
void adapter_enter(struct sim_adapter *adapter);
void adapter_leave(struct sim_adapter *adapter);

/* loop.c */
/* Closing handles are told, and forgotten. */
void loop_drain(struct sim_adapter *adapter);

/* network.c */
/* What is on its way breaks: streams, and calls without an answer. */
void network_cut(struct sim *sim, bool kube);
void network_done(struct sim *sim);

/* boundary.c */
void life_done(struct life *life);
void boundary_done(struct sim *sim);
/* No offer is kept for long. */
void offers_check(struct sim *sim);

/* stored.c: what is in the API server, and what was acknowledged to Mesos */
/* A request of the adapter was performed. */
void stored_check(struct sim *sim, const char *method, const char *path);
void stored_check_all(struct sim *sim);
/* A request of the adapter is about to be performed: nothing may live any more of a pod that it removes. */
void stored_remove(struct sim *sim, const char *method, const char *path, const char *body, size_t n);
/* What was stored since a backup is not any more, by nobody's fault. */
void stored_restored(struct sim *sim, int64_t version);
void stored_update_sent(struct sim *sim, const char *uuid, const char *task_id, const char *state);
void stored_acknowledged(struct sim *sim, const char *body, size_t n);
void stored_done(struct sim *sim);

/* settled.c */
/* NULL when all is as it must be in the end, else what is not; free() it. */
char *settled_not(struct sim *sim);
void resources_check(struct sim *sim);
void settled_show(struct sim *sim);
/* What an ephemeral container is called, and no other. */
#define SIM_EPHEMERAL 'e'
/* Is the agent with this live task one that the master knows and has not given up? */
bool settled_reaches(struct sim *sim, const char *task_id);

#endif
