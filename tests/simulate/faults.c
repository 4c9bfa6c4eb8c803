#include "tests/simulate/faults.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"
#include "tests/simulate/runner.h"
#include "tests/simulate/sim.h"
#include "tests/simulate/users.h"

#define BETWEEN_MS 20000     /* at most, between two of them */
#define CALM_LATENCY_MS 5    /* as on a good day */
#define CALLS_TO_LIVE 40     /* at most */
#define CLOCK_JUMP_MS 600000 /* at most, back or forth */
#define AGENTS_THAT_STAY 2   /* in so many nothing is ever marked gone */

static const char *const names[FAULTS] = {
    [FAULT_CRASH] = "crash",
    [FAULT_STALL] = "stall",
    [FAULT_SLOW] = "slow",
    [FAULT_LOSS] = "loss",
    [FAULT_CUT] = "cut",
    [FAULT_PARTITION] = "partition",
    [FAULT_API_REFUSES] = "api-refuses",
    [FAULT_API_CONFLICT] = "api-conflict",
    [FAULT_API_DOWN] = "api-down",
    [FAULT_API_COMPACTED] = "api-compacted",
    [FAULT_MASTER_FAILOVER] = "master-failover",
    [FAULT_MASTER_SILENT] = "master-silent",
    [FAULT_AGENT_RESTART] = "agent-restart",
    [FAULT_AGENT_PARTITION] = "agent-partition",
    [FAULT_AGENT_LOST] = "agent-lost",
    [FAULT_AGENT_GONE] = "agent-gone",
    [FAULT_AGENT_LEAVES] = "agent-leaves",
    [FAULT_EXECUTOR_CRASH] = "executor-crash",
    [FAULT_RESCIND] = "rescind",
    [FAULT_CLOCK] = "clock",
    [FAULT_DELETE] = "delete",
    [FAULT_API_RESTORED] = "api-restored",
};

const char *fault_name(enum fault fault)
{
	return names[fault];
}

static int parse_one(const char *text, size_t n, unsigned *ret)
{
	for (unsigned i = 0; i < FAULTS; i++) {
		if (strlen(names[i]) == n && strncmp(text, names[i], n) == 0) {
			*ret |= 1u << i;
			return 0;
		}
	}
	return -1;
}

int faults_parse(const char *text, unsigned *ret)
{
	unsigned faults = 0;
	if (strcmp(text, "all") == 0) {
		faults = FAULTS_ALL;
	} else if (strcmp(text, "none") != 0) {
		for (const char *s = text; *s;) {
			size_t n = strcspn(s, ",");
			if (parse_one(s, n, &faults) < 0) {
				return -1;
			}
			s += n + (s[n] == ',');
		}
	}
	*ret = faults;
	return 0;
}

/* ---- what lasts for a while ---- */

struct misfortune {
	struct list link; /* sim's misfortunes */
	struct sim *sim;
	void (*end)(struct sim *sim, struct misfortune *m);
	struct weather *weather;
	struct mesos_agent *agent;
	int64_t version; /* of a backup */
};

static void on_end(void *arg)
{
	struct misfortune *m = arg;
	m->end(m->sim, m);
	list_remove(&m->link);
	free(m);
}

void faults_done(struct sim *sim)
{
	LIST_EACH (&sim->misfortunes, link) {
		free(LIST_ENTRY(link, struct misfortune, link));
	}
}

static uint64_t any(struct sim *sim, uint64_t below)
{
	return sim_random(sim, SIM_FAULTS, below);
}

static void until(struct sim *sim, uint64_t least_ms, uint64_t most_ms, struct misfortune what)
{
	struct misfortune *m = xcalloc(1, sizeof(*m));
	*m = what;
	m->sim = sim;
	list_push(&sim->misfortunes, &m->link);
	sim_later(sim, (int64_t)(least_ms + any(sim, most_ms - least_ms)), on_end, m);
}

static struct weather *some_weather(struct sim *sim)
{
	return any(sim, 2) ? &sim->kube_weather : &sim->mesos_weather;
}

static void clear_weather(struct sim *sim, struct misfortune *m)
{
	(void)sim;
	*m->weather = (struct weather){.latency_ms = CALM_LATENCY_MS};
}

/* ---- each kind ---- */

static void crash(struct sim *sim)
{
	struct sim_adapter *adapter = &sim->adapters[any(sim, sim->n_adapters)];
	switch (any(sim, 4)) {
	case 0:
		adapter_kill(adapter);
		break;
	case 1:
		adapter_stop(adapter);
		break;
	default:
		adapter->calls_to_live = 1 + any(sim, CALLS_TO_LIVE);
		break;
	}
}

static void stall(struct sim *sim)
{
	struct sim_adapter *adapter = &sim->adapters[any(sim, sim->n_adapters)];
	int64_t until_ms = sim->now + 100 + (int64_t)any(sim, any(sim, 2) ? 5000 : 120000);
	adapter->stalled_until_ms = until_ms > adapter->stalled_until_ms ? until_ms : adapter->stalled_until_ms;
}

static void slow(struct sim *sim)
{
	struct weather *w = some_weather(sim);
	w->latency_ms = 50 + (int64_t)any(sim, any(sim, 2) ? 5000 : 500);
	until(sim, 1000, 30000, (struct misfortune){.end = clear_weather, .weather = w});
}

static void loss(struct sim *sim)
{
	struct weather *w = some_weather(sim);
	w->request_lost = (unsigned)any(sim, 200);
	w->answer_lost = (unsigned)any(sim, 200);
	w->sent_twice = (unsigned)any(sim, 200);
	until(sim, 1000, 60000, (struct misfortune){.end = clear_weather, .weather = w});
}

static void partition(struct sim *sim)
{
	some_weather(sim)->blocked_until_ms = sim->now + 1000 + (int64_t)any(sim, any(sim, 3) ? 10000 : 120000);
}

static void api_refuses(struct sim *sim)
{
	struct weather *w = &sim->kube_weather;
	w->refused_500 = (unsigned)any(sim, 300);
	w->refused_429 = (unsigned)any(sim, 300);
	w->performed_500 = (unsigned)any(sim, 300);
	until(sim, 1000, 60000, (struct misfortune){.end = clear_weather, .weather = w});
}

static void api_conflict(struct sim *sim)
{
	sim->kube_weather.refused_409 = 100 + (unsigned)any(sim, 901);
	until(sim, 1000, 30000, (struct misfortune){.end = clear_weather, .weather = &sim->kube_weather});
}

static void api_down(struct sim *sim)
{
	sim->kube_weather.down = true;
	network_cut(sim, true);
	until(sim, 1000, 90000, (struct misfortune){.end = clear_weather, .weather = &sim->kube_weather});
}

static void master_failover(struct sim *sim)
{
	sim->leader = any(sim, 2);
	network_cut(sim, false);
	mesos_master_restart(sim->mesos, sim->now);
}

static void speaks(struct sim *sim, struct misfortune *m)
{
	(void)m;
	mesos_master_silent(sim->mesos, false);
}

static void master_silent(struct sim *sim)
{
	mesos_master_silent(sim->mesos, true);
	until(sim, 1000, 120000, (struct misfortune){.end = speaks});
}

static struct mesos_agent *some_agent(struct sim *sim)
{
	return mesos_cluster_agent_at(sim->mesos, any(sim, mesos_cluster_agent_count(sim->mesos)));
}

static void starts(struct sim *sim, struct misfortune *m)
{
	mesos_agent_start(m->agent, sim->now);
}

static void heals(struct sim *sim, struct misfortune *m)
{
	if (sim->now >= sim->away_until_ms[m->agent->index]) {
		mesos_agent_heal(m->agent, sim->now);
	}
}

static void agent_restart(struct sim *sim)
{
	struct mesos_agent *a = some_agent(sim);
	mesos_agent_stop(a, sim->now);
	until(sim, 100, 20000, (struct misfortune){.end = starts, .agent = a});
}

static void forgets(struct sim *sim, struct misfortune *m)
{
	(void)sim;
	mesos_agent_forget(m->agent);
}

static void agent_partition(struct sim *sim)
{
	struct mesos_agent *a = some_agent(sim);
	until(sim, 76000, 120000, (struct misfortune){.end = forgets, .agent = a});
	mesos_agent_partition(a, sim->now);
	uint64_t ms = 500 + any(sim, any(sim, 2) ? 20000 : 300000);
	int64_t *away_until_ms = &sim->away_until_ms[a->index];
	*away_until_ms = *away_until_ms > sim->now + (int64_t)ms ? *away_until_ms : sim->now + (int64_t)ms;
	until(sim, ms, ms + 1, (struct misfortune){.end = heals, .agent = a});
}

static void agent_lost(struct sim *sim)
{
	struct mesos_agent *a = some_agent(sim);
	mesos_agent_kill(a, sim->now);
	until(sim, 1000, 120000, (struct misfortune){.end = starts, .agent = a});
}

static void agent_gone(struct sim *sim)
{
	size_t n = mesos_cluster_agent_count(sim->mesos);
	struct mesos_agent *a = mesos_cluster_agent_at(sim->mesos, AGENTS_THAT_STAY + any(sim, n - AGENTS_THAT_STAY));
	mesos_agent_mark_gone(a, sim->now);
	until(sim, 10000, 120000, (struct misfortune){.end = starts, .agent = a});
}

static void stays(struct sim *sim, struct misfortune *m)
{
	mesos_agent_reactivate(m->agent, sim->now);
	mesos_agent_maintain(m->agent, false, sim->now);
}

static void agent_leaves(struct sim *sim)
{
	struct mesos_agent *a = some_agent(sim);
	switch (any(sim, 3)) {
	case 0:
		mesos_agent_drain(a, sim->now);
		break;
	case 1:
		mesos_agent_deactivate(a, sim->now);
		break;
	default:
		mesos_agent_maintain(a, true, sim->now);
		break;
	}
	until(sim, 1000, 300000, (struct misfortune){.end = stays, .agent = a});
}

static void rescind(struct sim *sim)
{
	cluster_enter(sim->mesos, sim->now);
	offers_rescind_agent(some_agent(sim));
	cluster_leave(sim->mesos);
}

static void clock_jumps(struct sim *sim)
{
	struct sim_adapter *adapter = &sim->adapters[any(sim, sim->n_adapters)];
	adapter->skew_ms += (int64_t)any(sim, 2 * CLOCK_JUMP_MS) - CLOCK_JUMP_MS;
}

static const char *agent_of(const json_t *pod)
{
	return js_str_at(pod, "metadata", "annotations", "mesos.apache.org/agent-id", NULL);
}

/* Of a pod whose containers ended meanwhile, a binding or an agent that is taken back cannot be told by a later life
 * from one that never was: such a backup is not restored. */
static void was_unbound(void *arg, const json_t *pod)
{
	struct sim **sim = arg;
	const char *name = js_str_at(pod, "metadata", "name", NULL);
	const json_t *now = *sim ? apiserver_peek((*sim)->kube, "pods", SIM_NAMESPACE, name) : NULL;
	bool bound = !js_str_at(pod, "spec", "nodeName", NULL) && js_str_at(now, "spec", "nodeName", NULL);
	if (bound || (!agent_of(pod) && agent_of(now))) {
		*sim = NULL;
	}
}

static void is_restored(struct sim *sim, struct misfortune *m)
{
	struct sim *still = sim;
	if (!apiserver_remembers(sim->kube, m->version)) {
		return;
	}
	apiserver_each_then(sim->kube, "pods", m->version, was_unbound, &still);
	if (still) {
		sim_trace(sim, "fault", "the API server is what it was at version %lld", (long long)m->version);
		stored_restored(sim, m->version);
		apiserver_restore(sim->kube, m->version);
	}
}

static void api_restored(struct sim *sim)
{
	/* A cluster without the framework id is one where no adapter ever was. */
	if (apiserver_peek(sim->kube, "configmaps", SIM_NAMESPACE, sim->settings.state_name)) {
		until(sim, 100, 20000,
		      (struct misfortune){.end = is_restored, .version = apiserver_version(sim->kube)});
	}
}

static void befall(struct sim *sim, enum fault fault)
{
	sim_trace(sim, "fault", "%s", names[fault]);
	switch (fault) {
	case FAULT_CRASH:
		crash(sim);
		break;
	case FAULT_STALL:
		stall(sim);
		break;
	case FAULT_SLOW:
		slow(sim);
		break;
	case FAULT_LOSS:
		loss(sim);
		break;
	case FAULT_CUT:
		network_cut(sim, any(sim, 2));
		break;
	case FAULT_PARTITION:
		partition(sim);
		break;
	case FAULT_API_REFUSES:
		api_refuses(sim);
		break;
	case FAULT_API_CONFLICT:
		api_conflict(sim);
		break;
	case FAULT_API_DOWN:
		api_down(sim);
		break;
	case FAULT_API_COMPACTED:
		apiserver_compact(sim->kube);
		apiserver_cut_watches(sim->kube);
		break;
	case FAULT_MASTER_FAILOVER:
		master_failover(sim);
		break;
	case FAULT_MASTER_SILENT:
		master_silent(sim);
		break;
	case FAULT_AGENT_RESTART:
		agent_restart(sim);
		break;
	case FAULT_AGENT_PARTITION:
		agent_partition(sim);
		break;
	case FAULT_AGENT_LOST:
		agent_lost(sim);
		break;
	case FAULT_AGENT_GONE:
		agent_gone(sim);
		break;
	case FAULT_AGENT_LEAVES:
		agent_leaves(sim);
		break;
	case FAULT_EXECUTOR_CRASH:
		runner_crash(sim->runner, any(sim, 2));
		break;
	case FAULT_RESCIND:
		rescind(sim);
		break;
	case FAULT_CLOCK:
		clock_jumps(sim);
		break;
	case FAULT_DELETE:
		for (uint64_t n = 1 + any(sim, 3); n > 0; n--) {
			users_delete(sim->users);
		}
		break;
	case FAULT_API_RESTORED:
		api_restored(sim);
		break;
	case FAULTS:
		break;
	}
}

/* ---- their time ---- */

static void on_turn(void *arg)
{
	struct sim *sim = arg;
	unsigned left = sim->fates;
	unsigned n = (unsigned)__builtin_popcount(left);
	for (uint64_t skip = any(sim, n); skip > 0; skip--) {
		left &= left - 1;
	}
	befall(sim, (enum fault)__builtin_ctz(left));
	sim_at(sim, &sim->fate, sim->now + (int64_t)any(sim, any(sim, 3) ? BETWEEN_MS : 300));
}

/* Half of the kinds in each world, so that they come in all combinations. */
void faults_begin(struct sim *sim)
{
	unsigned chosen = (unsigned)any(sim, FAULTS_ALL + 1) & sim->options.faults;
	sim->fates = chosen ? chosen : sim->options.faults;
	sim->fate = (struct sim_event){.fire = on_turn, .arg = sim};
	for (unsigned i = 0; i < FAULTS; i++) {
		if (sim->fates & (1u << i)) {
			sim_trace(sim, "world", "there will be %s", names[i]);
		}
	}
	if (sim->fates) {
		sim_at(sim, &sim->fate, sim->now + (int64_t)any(sim, BETWEEN_MS));
	}
}

/* The operator gives up agents that came back as others. */
static void mark_retired_gone(struct sim *sim)
{
	LIST_EACH (&sim->mesos->retired, l) {
		LIST_ENTRY(l, struct retired_agent, link)->state = AGENT_GONE;
	}
}

static void on_last_look(void *arg)
{
	mark_retired_gone(arg);
}

void faults_end(struct sim *sim)
{
	sim_cancel(sim, &sim->fate);
	sim->kube_weather = sim->mesos_weather = (struct weather){.latency_ms = CALM_LATENCY_MS};
	mesos_master_silent(sim->mesos, false);
	for (size_t i = 0; i < mesos_cluster_agent_count(sim->mesos); i++) {
		mesos_agent_heal(mesos_cluster_agent_at(sim->mesos, i), sim->now);
		mesos_agent_start(mesos_cluster_agent_at(sim->mesos, i), sim->now);
		mesos_agent_reactivate(mesos_cluster_agent_at(sim->mesos, i), sim->now);
		mesos_agent_maintain(mesos_cluster_agent_at(sim->mesos, i), false, sim->now);
	}
	for (size_t i = 0; i < sim->n_adapters; i++) {
		sim->adapters[i].calls_to_live = 0;
	}
	sim_later(sim, SIM_MINUTE, on_last_look, sim);
}
