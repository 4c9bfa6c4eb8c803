/* What the master says of its agents when asked for all of them: how large each is, and whether it is offered at all.
 *
 * Offers tell neither. The question is the operator API's, and a cluster may not let us ask it: then an agent is as
 * large as the most that was ours to use there (allocatable.c), and nobody is told that a pod can never fit.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "adapter/place.h"
#include "base/i64.h"
#include "base/mem.h"
#include "mesos/agent_list.h"

#define CENSUS_SOON_MS 1000	 /* after something that makes one worth while: more of the kind may follow */
#define CENSUS_APART_MS 10000	 /* between two, however much happens */
#define CENSUS_REFUSED_MS 600000 /* the next one, when we may not ask */

void census_begin(struct core *core)
{
	free(core->census.kinds);
	core->census = (struct census){.due_ms = core->cfg.census_every_ms ? core->now : UNSET};
}

void census_soon(struct core *core)
{
	struct census *c = &core->census;
	int64_t at = i64_max(core->now + CENSUS_SOON_MS, c->asked_ms + CENSUS_APART_MS);
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

/* How they are spoken to the list does not tell; one is as the other. */
static void place(const struct core *core, struct agent *agent)
{
	const struct mesos_agent_info *info = agent->listed;
	if (agent->port || !info || !info->port || !core->agents_seen) {
		return;
	}
	free(agent->ip);
	agent->ip = xstrdup(info->ip);
	agent->port = info->port;
	agent->https = core->agents_https;
}

void agents_spoken_to(struct core *core, bool https)
{
	core->agents_https = https;
	if (core->agents_seen) {
		return;
	}
	core->agents_seen = true;
	LIST_EACH (&core->agent_list, link) {
		place(core, LIST_ENTRY(link, struct agent, link));
	}
}

static void take(struct core *core, struct agent *agent, struct mesos_agent_info *info)
{
	struct amounts total = total_of(info);
	bool resized = !agent->listed || !same_amounts(&agent->total, &total);
	agent_stands(core, agent, info);
	mesos_agent_info_free(agent->listed);
	agent->listed = info;
	agent->total = total;
	place(core, agent);
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

static void raise_to(int64_t *to, int64_t n)
{
	*to = n > *to ? n : *to;
}

/* Agents come in few kinds. Should there be many, the last is made to contain the others: then pods wait that could be
 * refused. */
static void add_kind(struct census *c, struct amounts a)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->n_kinds; i++) {
		if (amounts_fit(&a, &c->kinds[i]) == FITS) {
			return; /* so it contains none of the others */
		}
	}
	for (size_t i = 0; i < c->n_kinds; i++) {
		if (amounts_fit(&c->kinds[i], &a) != FITS) {
			c->kinds[kept++] = c->kinds[i];
		}
	}
	c->n_kinds = kept;
	c->kinds = c->kinds ? c->kinds : xcalloc(CENSUS_KINDS_MAX, sizeof(*c->kinds));
	if (kept < CENSUS_KINDS_MAX) {
		c->kinds[c->n_kinds++] = a;
		return;
	}
	struct amounts *last = &c->kinds[kept - 1];
	raise_to(&last->cpus, a.cpus);
	raise_to(&last->mem, a.mem);
	raise_to(&last->disk, a.disk);
	raise_to(&last->gpus, a.gpus);
}

bool census_settled(const struct core *core)
{
	return core->subscribed && core->census.n_kinds && core->subscribed_ms + CENSUS_SETTLED_MS <= core->now;
}

/* Those that wait on a node that stands for all agents may be larger than any of them. */
static void touch_waiting(struct core *core)
{
	struct list *const lists[] = {&core->fresh, &core->stuck};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && census_settled(core); i++) {
		LIST_EACH (lists[i], link) {
			struct pod *pod = LIST_ENTRY(link, struct pod, wait);
			if (pod->spec->node_name) {
				pod_touch(core, pod);
			}
		}
	}
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
		add_kind(c, total_of(agents[i]));
		if (agent) {
			take(core, agent, agents[i]);
			agents[i] = NULL;
		}
	}
	touch_waiting(core);
}
