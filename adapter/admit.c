/* What a kubelet does with a pod that its node can never take: it fails, with a reason that names what is short. The
 * same with one that comes while its node is being emptied, or whose host port another pod has there.
 *
 * Here only what the agent will never have counts. What other frameworks hold at present may be offered to us later, so
 * a pod that wants that waits. Where one node stands for all agents, it is the largest agent that counts.
 */
#include "adapter/core_state.h"
#include "base/mem.h"

#define MEGABYTE ((int64_t)1 << 20)

struct shortage {
	const char *reason, *resource;
	int64_t requested, used, capacity;
};

static bool short_of(const char *reason, const char *resource, int64_t requested, int64_t used, int64_t capacity,
		     struct shortage *ret)
{
	*ret = (struct shortage){reason, resource, requested, used, capacity};
	return requested > capacity;
}

static int64_t bytes(int64_t thousandths)
{
	return (int64_t)((__int128)thousandths * MEGABYTE / 1000);
}

/* In the kubelet's order and units. */
static bool exceeds(const struct amounts *need, const struct amounts *used, const struct amounts *total,
		    struct shortage *ret)
{
	return short_of("OutOfcpu", "cpu", need->cpus, used->cpus, total->cpus, ret) ||
	       short_of("OutOfmemory", "memory", bytes(need->mem), bytes(used->mem), bytes(total->mem), ret) ||
	       short_of("OutOfephemeral-storage", "ephemeral-storage", bytes(need->disk), bytes(used->disk),
			bytes(total->disk), ret) ||
	       short_of("OutOfnvidia.com/gpu", "nvidia.com/gpu", need->gpus / 1000, used->gpus / 1000,
			total->gpus / 1000, ret);
}

static bool find_shortage(const struct core *core, const struct pod *pod, struct shortage *ret)
{
	const struct agent *agent = pod->agent;
	int64_t max = core->cfg.max_pods;
	if (!pod->spec->agent_id && !pod->binding && max && agent->n_pods > max) {
		*ret = (struct shortage){"OutOfpods", "pods", 1, agent->n_pods - 1, max};
		return true;
	}
	if (!agent->listed) {
		return false;
	}
	struct amounts used = agent_held(agent);
	return exceeds(&pod->need.total, &used, &agent->total, ret);
}

/* None of the kinds of agents that there are is large enough; the shortage is that of the last one. */
static bool find_shortage_of_all(const struct core *core, const struct pod *pod, struct shortage *ret)
{
	const struct amounts none = {0};
	bool is_short = core->census.n_kinds > 0;
	for (size_t i = 0; is_short && i < core->census.n_kinds; i++) {
		is_short = exceeds(&pod->need.total, &none, &core->census.kinds[i], ret);
	}
	return is_short;
}

bool pod_never_ran(const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].run.state != RUN_NONE || pod->tasks[i].has_last) {
			return false;
		}
	}
	return !pod_any_probe(pod);
}

static bool shares_port(const struct pod *pod, const struct pod *with)
{
	for (size_t i = 0; i < pod->need.n_ports; i++) {
		for (size_t k = 0; k < with->need.n_ports; k++) {
			if ((with->ports_pledged >> k & 1) && with->need.ports[k] == pod->need.ports[i]) {
				return true;
			}
		}
	}
	return false;
}

/* Somebody bound both: two leaders that did not know of each other, or people. One that may run again keeps its port
 * for good; of those that are being deleted the end is waited for. */
static bool port_is_taken(const struct pod *pod)
{
	LIST_EACH (&pod->agent->pods, link) {
		const struct pod *other = LIST_ENTRY(link, struct pod, on);
		if (other != pod && other->ports_pledged && !pod_never_ran(other) && shares_port(pod, other)) {
			return true;
		}
	}
	return false;
}

void pod_refuse(struct core *core, struct pod *pod, const char *reason, const char *why)
{
	pod->refusal = reason;
	free(pod->why);
	pod->why = xstrdup(why);
	pod->generation = ++core->last_generation;
	pod_record(core, pod, "Warning", reason, why);
}

static void reject(struct core *core, struct pod *pod, const struct shortage *s)
{
	CLEANUP_FREE char *why =
	    xasprintf("Node didn't have enough resource: %s, requested: %lld, used: %lld, capacity: %lld", s->resource,
		      (long long)s->requested, (long long)s->used, (long long)s->capacity);
	pod_refuse(core, pod, s->reason, why);
	pod_event(core, pod, POD_EV_REJECTED);
}

bool pod_admitted(struct core *core, struct pod *pod)
{
	struct shortage s;
	if (pod->state != POD_BOUND || !pod_never_ran(pod)) {
		return true;
	}
	if (pod->agent->draining) {
		pod_refuse(core, pod, "NodeShutdown", "Pod was rejected as the node is shutting down.");
		pod_event(core, pod, POD_EV_REJECTED);
		return false;
	}
	if (pod->need.n_ports && port_is_taken(pod)) {
		pod_refuse(core, pod, "NodePorts",
			   "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
		pod_event(core, pod, POD_EV_REJECTED);
		return false;
	}
	if (!find_shortage(core, pod, &s)) {
		return true;
	}
	reject(core, pod, &s);
	return false;
}

bool pod_admitted_by_any(struct core *core, struct pod *pod)
{
	struct shortage s;
	bool waits = pod->state == POD_QUEUED && pod->spec->node_name;
	if (!waits || !census_settled(core) || !find_shortage_of_all(core, pod, &s)) {
		return true;
	}
	reject(core, pod, &s);
	return false;
}
