/* What of an agent is ours to use, as its node says: what our pods hold there, and what our roles were offered last.
 *
 * How large an agent is, the master says (census.c). Where it does not, the capacity is the most that was ever ours to
 * use at once; it never shrinks, and what the node said of it in an earlier life counts.
 */
#include <string.h>

#include "adapter/core_state.h"

static bool holds(enum pod_state state)
{
	return state == POD_UNSURE || state == POD_LAUNCHING || state == POD_ACTIVE || state == POD_FINISHING ||
	       state == POD_ENDING || state == POD_ORPHANED;
}

/* What it held is free again, and nobody else was seen to take it. */
void pod_held(struct pod *pod, enum pod_state before)
{
	if (pod->agent && holds(before) && !holds(pod->state)) {
		amounts_add(&pod->agent->idle, pod->need.total);
	}
	pod_count(pod);
}

void pod_count(struct pod *pod)
{
	bool counts = pod->agent && pod->state != POD_FOREIGN && pod->state != POD_REFUSED &&
		      pod->state != POD_QUEUED && pod->state != POD_DONE && pod->state != POD_FORGOTTEN;
	if (counts != pod->counted) {
		pod->counted = counts;
		pod->agent->n_pods += counts ? 1 : -1;
	}
}

static struct amounts offered(const struct agent *agent)
{
	struct amounts a = {0};
	LIST_EACH (&agent->slots, link) {
		const struct slot *slot = LIST_ENTRY(link, struct slot, link);
		amounts_add(&a, slot->free);
		LIST_EACH (&slot->batch, in_batch) {
			amounts_add(&a, LIST_ENTRY(in_batch, struct pod, batch)->reserved);
		}
	}
	return list_empty(&agent->slots) ? agent->idle : a;
}

static void raise_to(int64_t *to, int64_t n)
{
	*to = n > *to ? n : *to;
}

void agent_capacity_at_least(struct agent *agent, const struct amounts *a)
{
	raise_to(&agent->capacity.cpus, a->cpus);
	raise_to(&agent->capacity.mem, a->mem);
	raise_to(&agent->capacity.disk, a->disk);
	raise_to(&agent->capacity.gpus, a->gpus);
}

struct amounts agent_capacity(const struct agent *agent)
{
	return agent->listed ? agent->total : agent->capacity;
}

struct amounts agent_held(const struct agent *agent)
{
	struct amounts a = {0};
	LIST_EACH (&agent->pods, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (holds(pod->state)) {
			amounts_add(&a, pod->need.total);
		}
	}
	return a;
}

struct amounts agent_allocatable(struct agent *agent)
{
	struct amounts a = offered(agent);
	amounts_add(&a, agent_held(agent));
	agent_capacity_at_least(agent, &a);
	return a;
}

static bool far(int64_t a, int64_t b, int64_t capacity)
{
	int64_t difference = a > b ? a - b : b - a;
	return difference > capacity / NODE_CHANGE_PART;
}

bool amounts_far(const struct amounts *a, const struct amounts *b, const struct amounts *capacity)
{
	return far(a->cpus, b->cpus, capacity->cpus) || far(a->mem, b->mem, capacity->mem) ||
	       far(a->disk, b->disk, capacity->disk) || far(a->gpus, b->gpus, capacity->gpus);
}

bool agent_allocatable_changed(struct agent *agent)
{
	struct amounts a = agent_allocatable(agent), c = agent_capacity(agent);
	const struct node *node = agent->node;
	return amounts_far(&a, &node->shown, &c) ||
	       (agent->listed && memcmp(&c, &node->shown_capacity, sizeof(c)) != 0);
}
