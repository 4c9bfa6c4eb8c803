/* One world from its beginning to its end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/simulate/runner.h"
#include "tests/simulate/sim.h"
#include "tests/simulate/users.h"

#define AGENTS_MIN 3
#define TURMOIL_MIN_MS (1 * SIM_MINUTE)
#define TURMOIL_MAX_MS (6 * SIM_MINUTE)
#define LOOK_MS (5 * SIM_SECOND) /* between two looks at whether it has settled */
#define SETTLE_MIN_MS (2 * SIM_MINUTE)
#define SETTLE_MAX_MS (40 * SIM_MINUTE)
#define IDLE_MS (3 * SIM_MINUTE)
#define IDLE_WRITES_MAX 5 /* what the end of a quarantine may bring */

struct sim *sim_world;

void sim_violated(struct sim *sim, const char *fmt, ...)
{
	va_list ap;
	if (sim->failed) {
		return;
	}
	sim->failed = true;
	va_start(ap, fmt);
	vsnprintf(sim->violation, sizeof(sim->violation), fmt, ap);
	va_end(ap);
	sim_trace(sim, "VIOLATED", "%s", sim->violation);
}

/* ---- beginning ---- */

static const struct apiserver_token TOKENS[] = {{.token = "adapter", .user = "adapter", .groups = "system:masters"}};

static void run_controllers(void *arg)
{
	struct sim *sim = arg;
	controllers_run(sim->controllers, sim->now);
}

static void begin_kube(struct sim *sim)
{
	const struct apiserver_config config = {
	    .tokens = TOKENS,
	    .n_tokens = 1,
	    .seed = sim_random(sim, SIM_NETWORK, 0),
	    .no_service_account_admission = true,
	};
	sim->kube = apiserver_new(&config, sim->now);
	sim->controllers = controllers_new(sim->kube, 0);
	sim->controllers_turn = (struct sim_event){.fire = run_controllers, .arg = sim};
}

static void begin_agent(struct sim *sim, uint64_t i)
{
	CLEANUP_FREE char *hostname = xasprintf("agent%llu", (unsigned long long)i);
	CLEANUP_FREE char *ip = xasprintf(SIM_AGENT_IP, (unsigned)i + 1);
	CLEANUP_FREE char *attributes = xasprintf("rack:r%llu", (unsigned long long)i % 3);
	CLEANUP_FREE char *resources = xasprintf("cpus:%llu;mem:4096;disk:10000;ports:[31000-31003]",
						 (unsigned long long)(2 + sim_random(sim, SIM_USERS, 4)));
	const struct mesos_agent_config config = {
	    .hostname = hostname, .ip = ip, .port = 5051, .resources = resources, .attributes = attributes};
	struct err e = {0};
	if (!mesos_cluster_add_agent(sim->mesos, &config, sim->now, &e)) {
		sim_violated(sim, "%s", e.text);
	}
}

static void begin_mesos(struct sim *sim)
{
	struct err e = {0};
	sim->runner = runner_new(sim);
	const struct mesos_cluster_config config = {
	    .seed = sim_random(sim, SIM_NETWORK, 0),
	    .now_ms = sim->now,
	    .runner = runner_seam(sim->runner),
	};
	sim->mesos = mesos_cluster_new(&config, &e);
	if (!sim->mesos) {
		fprintf(stderr, "simulate: %s\n", e.text);
		abort();
	}
	for (uint64_t n = AGENTS_MIN + sim_random(sim, SIM_USERS, SIM_AGENTS_MAX - AGENTS_MIN + 1), i = 0; i < n; i++) {
		begin_agent(sim, i);
	}
}

static struct sim *begin(const struct sim_options *options)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));
	sim->options = *options;
	sim->now = SIM_START_MS;
	for (uint64_t i = 0; i < SIM_TOPICS; i++) {
		sim->random[i] = i < SIM_MODES ? options->seed * SIM_MODES + i : ~options->seed ^ (i - SIM_MODES) << 32;
		sim->random[i] = sim_random(sim, (enum sim_topic)i, 0);
	}
	list_init(&sim->exchanges);
	list_init(&sim->misfortunes);
	sim->kube_weather.latency_ms = sim->mesos_weather.latency_ms = 5;
	sim_world = sim;
	begin_kube(sim);
	begin_mesos(sim);
	adapters_init(sim);
	return sim;
}

static void end(struct sim *sim)
{
	sim->ending = true;
	adapters_done(sim);
	users_free(sim->users);
	network_done(sim);
	mesos_cluster_free(sim->mesos);
	runner_free(sim->runner);
	controllers_free(sim->controllers);
	apiserver_free(sim->kube);
	sim_events_done(sim);
	faults_done(sim);
	stored_done(sim);
	boundary_done(sim);
	sim_world = NULL;
	free(sim);
}

/* ---- the course of things ---- */

static void advance(struct sim *sim, int64_t ms)
{
	int64_t until = sim->now + ms;
	while (sim->now < until && !sim->failed) {
		int64_t next = sim->now + SIM_SECOND;
		sim_advance(sim, next < until ? next : until);
		resources_check(sim);
		offers_check(sim);
	}
}

static void turmoil(struct sim *sim)
{
	int64_t ms = TURMOIL_MIN_MS + (int64_t)sim_random(sim, SIM_USERS, TURMOIL_MAX_MS - TURMOIL_MIN_MS);
	for (size_t i = 0; i < sim->n_adapters; i++) {
		adapter_start(&sim->adapters[i]);
	}
	sim->users = users_new(sim);
	faults_begin(sim);
	advance(sim, ms);
}

static void calm_down(struct sim *sim)
{
	sim->calm = true;
	sim->calm_ms = sim->now;
	users_rest(sim->users);
	faults_end(sim);
	sim_trace(sim, "world", "calm");
}

/* All that was begun comes to its end. */
static void settle(struct sim *sim)
{
	int64_t until = sim->now + SETTLE_MAX_MS;
	char *not_yet = xstrdup("nothing has been looked at");
	advance(sim, SETTLE_MIN_MS);
	while (not_yet && sim->now < until && !sim->failed) {
		advance(sim, LOOK_MS);
		free(not_yet);
		not_yet = settled_not(sim);
	}
	if (not_yet) {
		sim_violated(sim, "unsettled: %s", not_yet);
	}
	free(not_yet);
}

/* Then nothing is written any more. */
static void rest(struct sim *sim)
{
	advance(sim, SIM_MINUTE);
	uint64_t writes = sim->writes;
	advance(sim, IDLE_MS);
	char *not_yet = sim->failed ? NULL : settled_not(sim);
	if (not_yet) {
		sim_violated(sim, "unsettled: again, %s", not_yet);
	} else if (sim->writes - writes > IDLE_WRITES_MAX) {
		sim_violated(sim, "restless: %llu writes in %d ms in which nothing happened",
			     (unsigned long long)(sim->writes - writes), IDLE_MS);
	}
	free(not_yet);
}

bool sim_run(const struct sim_options *options, struct sim_outcome *ret)
{
	struct sim *sim = begin(options);
	turmoil(sim);
	calm_down(sim);
	settle(sim);
	rest(sim);
	stored_check_all(sim);
	bool failed = sim->failed;
	if (failed) {
		settled_show(sim);
	}
	*ret = (struct sim_outcome){
	    .events = sim->fired,
	    .steps = sim->steps,
	    .requests = sim->requests,
	    .launched = sim->launched,
	    .lives = sim->lives,
	    .virtual_ms = sim->now - SIM_START_MS,
	};
	snprintf(ret->violation, sizeof(ret->violation), "%s", sim->violation);
	end(sim);
	return !failed;
}
