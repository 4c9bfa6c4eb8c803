/* Lives and deaths of the adapter's process. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kube/kubeconfig.h"
#include "tests/simulate/sim.h"

#define REBIRTH_MS 10000 /* at most, from a death to the next life */

static void make_settings(struct settings *ret, const char *mode)
{
	CLEANUP_FREE char *quarantine = xasprintf("--quarantine=%ds", SIM_QUARANTINE_MS / SIM_SECOND);
	const char *const argv[] = {
	    "kube-mesos-adapter", "--master=http://master0:5050,http://master1:5050", "--mesos-roles=" SIM_ROLE,
	    /* Long, since each look at the lease costs time of ours. */
	    "--lease-retry=10s", "--lease-renew-deadline=30s", "--lease-duration=45s", quarantine, mode};
	struct err e = {0};
	if (settings_load(sizeof(argv) / sizeof(argv[0]), argv, ret, &e) != SETTINGS_RUN) {
		fprintf(stderr, "simulate: %s\n", e.text);
		abort();
	}
}

static void make_kube_config(struct sim *sim)
{
	sim->kube_config = xcalloc(1, sizeof(*sim->kube_config));
	*sim->kube_config = (struct kube_config){
	    .source = xstrdup("the simulation"),
	    .server = xstrdup("http://kube"),
	    .token = xstrdup("adapter"),
	    .namespace_ = xstrdup(SIM_NAMESPACE),
	};
}

static void on_rebirth(void *arg)
{
	adapter_start(arg);
}

void adapters_init(struct sim *sim)
{
	make_settings(&sim->settings, "--node-mode=agent");
	make_settings(&sim->aggregate, "--node-mode=aggregate");
	make_kube_config(sim);
	sim->n_adapters = 1 + sim_random(sim, SIM_ADAPTER, SIM_ADAPTERS_MAX);
	for (unsigned i = 0; i < sim->n_adapters; i++) {
		struct sim_adapter *adapter = &sim->adapters[i];
		*adapter =
		    (struct sim_adapter){.sim = sim, .number = i, .rebirth = {.fire = on_rebirth, .arg = adapter}};
		adapter->loop.data = adapter;
		list_init(&adapter->handles);
	}
}

void adapters_done(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n_adapters; i++) {
		adapter_kill(&sim->adapters[i]);
	}
	settings_done(&sim->settings);
	settings_done(&sim->aggregate);
	kube_config_done(sim->kube_config);
	free(sim->kube_config);
}

static void on_fatal(void *arg, const struct err *why)
{
	const struct sim_adapter *adapter = arg;
	sim_violated(adapter->sim, "fatal: the adapter gives up: %s", why->text);
}

static const struct settings *settings_of_next_life(struct sim *sim)
{
	bool aggregate = sim->options.mode == SIM_MODE_AGGREGATE ||
			 (sim->options.mode == SIM_MODE_CHANGING && sim_chance(sim, SIM_MODES, 500));
	return aggregate ? &sim->aggregate : &sim->settings;
}

void adapter_start(struct sim_adapter *adapter)
{
	struct sim *sim = adapter->sim;
	struct err e = {0};
	if (adapter->shell) {
		return;
	}
	sim->lives++;
	const struct settings *settings = settings_of_next_life(sim);
	sim_trace(sim, "adapter", "%u starts, life %llu%s", adapter->number, (unsigned long long)sim->lives,
		  settings == &sim->aggregate ? ", one node for all agents" : "");
	/* As a container that is restarted in its pod: the same in each life. */
	CLEANUP_FREE char *identity = xasprintf("adapter-%u", adapter->number);
	adapter_enter(adapter);
	adapter->shell = shell_new(&adapter->loop, settings, sim->kube_config, identity, &e);
	if (!adapter->shell) {
		sim_violated(sim, "fatal: %s", e.text);
	} else {
		shell_start(adapter->shell, on_fatal, adapter);
	}
	adapter_leave(adapter);
}

static void on_stopped(void *arg)
{
	struct sim_adapter *adapter = arg;
	adapter->dying = true; /* and is dead when its turn is over */
}

void adapter_stop(struct sim_adapter *adapter)
{
	if (adapter->shell && !adapter->stopping) {
		sim_trace(adapter->sim, "adapter", "%u is told to stop", adapter->number);
		adapter->stopping = true;
		adapter_enter(adapter);
		shell_stop(adapter->shell, on_stopped, adapter);
		adapter_leave(adapter);
	}
}

void adapter_kill(struct sim_adapter *adapter)
{
	struct sim *sim = adapter->sim;
	struct sim_adapter *before = sim->running;
	if (!adapter->shell) {
		return;
	}
	sim_trace(sim, "adapter", "%u is killed", adapter->number);
	sim->running = adapter;
	adapter->dying = true;
	shell_free(adapter->shell);
	loop_drain(adapter);
	adapter->shell = NULL;
	adapter->dying = false;
	adapter->stopping = false;
	adapter->calls_to_live = 0;
	adapter->stalled_until_ms = 0;
	sim->running = before;
	if (!sim->ending) {
		sim_at(sim, &adapter->rebirth, sim->now + 100 + (int64_t)sim_random(sim, SIM_FAULTS, REBIRTH_MS));
	}
}

void adapter_enter(struct sim_adapter *adapter)
{
	adapter->sim->running = adapter;
}

void adapter_leave(struct sim_adapter *adapter)
{
	adapter->sim->running = NULL;
	if (adapter->dying) {
		adapter_kill(adapter);
	}
}
