/* A simulated world, from one seed: the whole adapter, an API server, a Mesos cluster, the network between them, users
 * and misfortune, in one process and in virtual time.
 *
 * The adapter is the real one, shell and all; only what it takes from outside is replaced when the program is linked:
 * timers (loop.c), the clock and random numbers (loop.c), HTTP (network.c), and the seam between shell and core is
 * watched (boundary.c). API server and Mesos are the models of tests/sandbox. Equal seeds give equal runs.
 *
 * There is one world at a time (sim_world), since the functions that are replaced have no argument for it.
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
#define SIM_QUARANTINE_MS (5 * SIM_MINUTE)
#define SIM_NAMESPACE "default"
#define SIM_VIOLATION_MAX 1024
#define SIM_EVENTS_AT_ONCE 50000 /* in one millisecond: more is a busy loop */
#define SIM_ROLE "kubernetes"

/* Each topic has its random numbers, so that leaving out one kind of fault changes little else. */
enum sim_topic { SIM_NETWORK, SIM_USERS, SIM_FAULTS, SIM_TASKS, SIM_ADAPTER, SIM_TOPICS };

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

/* One life of the adapter's process, as an honest observer at its boundary knows it. */
struct life {
	unsigned number;
	bool synced, subscribed;
	struct map heard;  /* task id -> struct heard */
	struct map pods;   /* uid: the core was told of the pod */
	struct map offers; /* ids that it may use */
};
struct heard {
	int64_t first_ms;
	char task_id[160];
};

struct sim_options {
	uint64_t seed;
	unsigned faults; /* bits of enum fault */
	enum mutation mutation;
	bool trace;
};

struct http_client;
struct runner;
struct users;

struct sim {
	struct sim_options options;
	int64_t now;
	int64_t skew_ms; /* of the adapter's clock */
	uint64_t random[SIM_TOPICS];
	struct heap events;
	uv_loop_t loop; /* only a name for this world */
	struct list exchanges;
	struct weather kube_weather, mesos_weather;
	size_t leader; /* which of the two masters leads */

	struct apiserver *kube;
	struct controllers *controllers;
	struct mesos_cluster *mesos;
	struct runner *runner;
	struct users *users;

	struct settings settings;
	struct kube_config *kube_config;
	struct shell *shell;	/* NULL: dead */
	bool dying;		/* what it does from now on reaches nobody */
	uint64_t calls_to_live; /* HTTP calls until it dies in the middle of a step; 0: no such fate */
	struct life life;
	struct map updates; /* uuid -> struct sent_update */
	bool calm;	    /* no more faults, nothing ends by itself */
	bool idle;	    /* nothing should happen at all */

	/* counts */
	uint64_t fired, steps, effects, requests, ticks, at_once;
	uint64_t launched, lives, acknowledged, created;

	bool failed;
	char violation[SIM_VIOLATION_MAX];
};

extern struct sim *sim_world;

/* world.c */
/* True when nothing was violated; else `sim->violation` says what, first. */
bool sim_run(const struct sim_options *options, char violation[SIM_VIOLATION_MAX]);
uint64_t sim_random(struct sim *sim, enum sim_topic topic, uint64_t below);
bool sim_chance(struct sim *sim, enum sim_topic topic, unsigned thousandths);
/* Set, or set anew; the event belongs to the caller. */
void sim_at(struct sim *sim, struct sim_event *event, int64_t at_ms);
void sim_cancel(struct sim *sim, struct sim_event *event);
/* Once, after so long. */
void sim_later(struct sim *sim, int64_t after_ms, void (*fire)(void *arg), void *arg);
void sim_advance(struct sim *sim, int64_t until_ms);
void sim_violated(struct sim *sim, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* trace.c: one line of what happens, when it was asked for */
void sim_trace(struct sim *sim, const char *who, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* adapter.c */
void adapter_init(struct sim *sim);
void adapter_done(struct sim *sim);
void adapter_start(struct sim *sim);
/* As kill -9. */
void adapter_kill(struct sim *sim);

/* network.c */
/* What is on its way breaks: streams, and calls without an answer. */
void network_cut(struct sim *sim, bool kube);
void network_done(struct sim *sim);

#endif
