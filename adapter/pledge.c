/* Room that is kept on an agent for what its pods will take again: containers between two runs, containers after the
 * init containers, pods that are bound and not launched. Others' offers are not ours to keep; new pods of ours are.
 *
 * Offers alone do not tell how much is left. The master gives away again what a container had as soon as it hears that
 * it ended, but us it tells one update after the other, each when the one before is acknowledged. And a pod that loses
 * its sandbox begins with its init containers again. So pods claim the most that they may take at once, whatever lives
 * of them, and all claims together must fit into what the agent is. */
#include "adapter/core_state.h"
#include "base/i64.h"
#include "base/mem.h"

static void add(struct amounts *to, const struct amounts *what, int64_t sign)
{
	to->cpus += sign * what->cpus;
	to->mem += sign * what->mem;
	to->disk += sign * what->disk;
	to->gpus += sign * what->gpus;
}

static struct amounts larger_of(const struct amounts *a, const struct amounts *b)
{
	return (struct amounts){
	    .cpus = i64_max(a->cpus, b->cpus),
	    .mem = i64_max(a->mem, b->mem),
	    .disk = i64_max(a->disk, b->disk),
	    .gpus = i64_max(a->gpus, b->gpus),
	};
}

/* May anything of the pod be launched, now or later? */
static bool has_future(const struct pod *pod)
{
	switch (pod->state) {
	case POD_BINDING:
	case POD_UNSURE:
	case POD_BOUND:
	case POD_LAUNCHING:
	case POD_ACTIVE:
		return !pod_completed(pod);
	default:
		return false;
	}
}

/* Its ephemeral containers that run, or will. */
static struct amounts of_ephemeral(const struct core *core, const struct pod *pod)
{
	struct amounts sum = {0};
	for (size_t i = pod->first_ephemeral; i < pod->n_tasks; i++) {
		const struct task *task = &pod->tasks[i];
		if (!task_completed(pod, task) && !task->refusal) {
			amounts_add(&sum, container_amounts(pod->spec, task->spec, &core->cfg.translate));
		}
	}
	return sum;
}

/* Its containers that are not over for good: the largest init container with the sidecars before it, or sidecars and
 * containers together. */
static struct amounts of_containers(const struct core *core, const struct pod *pod)
{
	struct amounts init = {0}, together = {0};
	for (size_t i = pod->first_init; i < pod->first_ephemeral; i++) {
		const struct task *task = &pod->tasks[i];
		struct amounts a = container_amounts(pod->spec, task->spec, &core->cfg.translate);
		if (task_completed(pod, task)) {
			continue;
		}
		if (task->init && !task_sidecar(task)) {
			add(&a, &together, 1);
			init = larger_of(&init, &a);
		} else {
			add(&together, &a, 1);
		}
	}
	return larger_of(&init, &together);
}

/* It has its part of the agent, so that is not on offer. What an earlier life knew to run may have ended meanwhile. */
static bool has_taken(const struct task *task)
{
	return run_live(&task->run) && (task->heard || task->run.state == RUN_LAUNCHING);
}

static struct amounts future_of(const struct core *core, const struct pod *pod)
{
	struct amounts a = of_containers(core, pod);
	amounts_add(&a, of_ephemeral(core, pod));
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		if (has_taken(&pod->tasks[i])) {
			struct amounts taken = container_amounts(pod->spec, pod->tasks[i].spec, &core->cfg.translate);
			add(&a, &taken, -1);
		}
	}
	if (!pod_any_live(pod)) {
		struct amounts executor = executor_amounts(pod->spec, &core->cfg.translate);
		add(&a, &executor, 1);
		if (pod->need.pause) {
			struct amounts pause = pause_amounts(pod->spec, &core->cfg.translate);
			add(&a, &pause, 1);
		}
	}
	if (pod->slot) {
		add(&a, &pod->reserved, -1); /* set aside there already */
	}
	return larger_of(&a, &(struct amounts){0});
}

static struct amounts smaller_of(const struct amounts *a, const struct amounts *b)
{
	return (struct amounts){
	    .cpus = i64_min(a->cpus, b->cpus),
	    .mem = i64_min(a->mem, b->mem),
	    .disk = i64_min(a->disk, b->disk),
	    .gpus = i64_min(a->gpus, b->gpus),
	};
}

struct amounts agent_room(const struct agent *agent, struct amounts offered)
{
	add(&offered, &agent->pledged, -1);
	if (agent->listed) {
		struct amounts unclaimed = agent->total;
		add(&unclaimed, &agent->claimed, -1);
		offered = smaller_of(&offered, &unclaimed);
	}
	return offered;
}

bool agent_port_pledged(const struct agent *agent, uint16_t port)
{
	for (size_t i = 0; i < agent->n_pledged_ports; i++) {
		if (agent->pledged_ports[i] == port) {
			return true;
		}
	}
	return false;
}

static void unpledge_port(struct agent *agent, uint16_t port)
{
	for (size_t i = 0; i < agent->n_pledged_ports; i++) {
		if (agent->pledged_ports[i] == port) {
			agent->pledged_ports[i] = agent->pledged_ports[--agent->n_pledged_ports];
			return;
		}
	}
}

static bool container_has_port(const struct kube_container *c, uint16_t port)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		if (c->ports[i].host_port == port) {
			return true;
		}
	}
	return false;
}

/* Its host ports that a container of it has or will have. */
static uint64_t ports_to_come(const struct pod *pod)
{
	uint64_t ports = 0;
	for (size_t k = 0; has_future(pod) && k < pod->need.n_ports; k++) {
		for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
			const struct task *task = &pod->tasks[i];
			if ((!task->init || task_sidecar(task)) && !task_completed(pod, task) &&
			    container_has_port(task->spec, pod->need.ports[k])) {
				ports |= (uint64_t)1 << k;
			}
		}
	}
	return ports;
}

_Static_assert(NEED_PORTS_MAX <= 64, "a bit for each port");

static void pledge_ports(struct pod *pod, uint64_t ports)
{
	struct agent *agent = pod->agent;
	uint64_t changed = ports ^ pod->ports_pledged;
	for (size_t k = 0; changed && k < pod->need.n_ports; k++) {
		uint64_t bit = (uint64_t)1 << k;
		if (!(changed & bit)) {
			continue;
		}
		if (ports & bit) {
			agent->pledged_ports = mem_grow(agent->pledged_ports, &agent->cap_pledged_ports,
							agent->n_pledged_ports + 1, sizeof(*agent->pledged_ports));
			agent->pledged_ports[agent->n_pledged_ports++] = pod->need.ports[k];
		} else {
			unpledge_port(agent, pod->need.ports[k]);
		}
	}
	pod->ports_pledged = ports;
}

static void replace(struct amounts *sum, struct amounts *part, struct amounts by)
{
	add(sum, part, -1);
	add(sum, &by, 1);
	*part = by;
}

void pod_pledge(struct core *core, struct pod *pod)
{
	struct amounts none = {0}, claim = pod->need.total;
	if (!pod->agent) {
		return;
	}
	amounts_add(&claim, of_ephemeral(core, pod));
	pledge_ports(pod, ports_to_come(pod));
	replace(&pod->agent->pledged, &pod->pledge, has_future(pod) ? future_of(core, pod) : none);
	replace(&pod->agent->claimed, &pod->claim, has_future(pod) ? claim : none);
}

void pod_unpledge(struct pod *pod)
{
	struct amounts none = {0};
	pledge_ports(pod, 0);
	replace(&pod->agent->pledged, &pod->pledge, none);
	replace(&pod->agent->claimed, &pod->claim, none);
}
