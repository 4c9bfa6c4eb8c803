/* What the master says of its agents when asked for all of them: how large each is, and whether it is offered at all.
 *
 * Offers tell neither. The question is the operator API's, and a cluster may not let us ask it: then an agent is as
 * large as the most that was ours to use there (allocatable.c), and nobody is told that a pod can never fit.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "mesos/agent_list.h"

#define CENSUS_SOON_MS 1000	 /* after something that makes one worth while: more of the kind may follow */
#define CENSUS_APART_MS 10000	 /* between two, however much happens */
#define CENSUS_REFUSED_MS 600000 /* the next one, when we may not ask */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void census_begin(struct core *core)
{
	core->census = (struct census){.due_ms = core->cfg.census_every_ms ? core->now : UNSET};
}

void census_soon(struct core *core)
{
	struct census *c = &core->census;
	int64_t at = later(core->now + CENSUS_SOON_MS, c->asked_ms + CENSUS_APART_MS);
	if (core->cfg.census_every_ms && !c->refused && at < c->due_ms) {
		c->due_ms = at;
	}
}

int64_t census_deadline(const struct core *core)
{
	return core_acting(core) ? core->census.due_ms : UNSET;
}

void census_tick(struct core *core)
{
	struct census *c = &core->census;
	if (core_acting(core) && c->due_ms <= core->now) {
		c->asked_ms = core->now;
		c->due_ms = core->now + core->cfg.census_every_ms;
		effects_add(core->out, EFFECT_ASK_AGENTS);
	}
}

static struct amounts total_of(const struct mesos_agent_info *info)
{
	const struct mesos_resources *total = &info->total;
	return (struct amounts){
	    .cpus = mesos_resources_available(total, "cpus", NULL),
	    .mem = mesos_resources_available(total, "mem", NULL),
	    .disk = mesos_resources_available(total, "disk", NULL),
	    .gpus = mesos_resources_available(total, "gpus", NULL),
	};
}

static bool same_amounts(const struct amounts *a, const struct amounts *b)
{
	return a->cpus == b->cpus && a->mem == b->mem && a->disk == b->disk && a->gpus == b->gpus;
}

static void take(struct core *core, struct agent *agent, struct mesos_agent_info *info)
{
	struct amounts total = total_of(info);
	bool resized = !agent->listed || !same_amounts(&agent->total, &total);
	agent_stands(core, agent, info);
	mesos_agent_info_free(agent->listed);
	agent->listed = info;
	agent->total = total;
	if (!resized) {
		return;
	}
	LIST_EACH (&agent->pods, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (pod->state == POD_BOUND) {
			pod_touch(core, pod);
		}
	}
	agent_update(core, agent);
}

void agents_listed(struct core *core, struct mesos_agent_info **agents, size_t n, const struct err *failure)
{
	struct census *c = &core->census;
	c->refused = failure && (failure->code == ERR_AUTH || failure->code == ERR_DENIED);
	if (c->refused) {
		c->due_ms = core->now + CENSUS_REFUSED_MS;
	}
	for (size_t i = 0; i < n; i++) {
		struct agent *agent = map_get(&core->agents, agents[i]->id);
		if (agent) {
			take(core, agent, agents[i]);
			agents[i] = NULL;
		}
	}
}
