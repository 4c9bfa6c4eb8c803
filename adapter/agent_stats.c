#include "adapter/agent_stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"

/* An executor as it was last seen. */
struct counted {
	uint64_t id; /* hash of its container's */
	double cpu_s;
};

/* One agent. In `fresh` while it has an answer, in `old` with its sum only, both in order of that answer. */
struct entry {
	struct list link;
	struct agent_stats *stats;
	char *agent_id;
	struct mesos_containers_call *call;
	struct list waits;
	bool answered; /* and not yet forgotten: containers, or why not */
	struct mesos_containers containers;
	struct err why;
	int64_t steady_ms, wall_ms; /* of the answer */
	struct counted *counted;
	size_t n_counted;
	double cpu_s;
};

struct agent_stats_wait {
	struct list link;
	agent_stats_told told;
	void *arg;
};

struct agent_stats {
	char *const *framework_id;
	struct map by_agent;
	struct list fresh, old, asking;
	size_t n_calls;
};

/* ---- sums ---- */

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037U; /* FNV-1a */
	for (; *text; text++) {
		hash = (hash ^ (unsigned char)*text) * 1099511628211U;
	}
	return hash;
}

static double counted_before(const struct entry *entry, uint64_t id)
{
	for (size_t i = 0; i < entry->n_counted; i++) {
		if (entry->counted[i].id == id) {
			return entry->counted[i].cpu_s;
		}
	}
	return 0;
}

static bool is_executor(const struct agent_stats *s, const struct mesos_container *c)
{
	return *s->framework_id && c->framework_id && strcmp(c->framework_id, *s->framework_id) == 0 &&
	       c->usage.cpu_user_s >= 0 && c->usage.cpu_system_s >= 0;
}

static void add_up(struct entry *entry)
{
	const struct mesos_containers *c = &entry->containers;
	struct counted *now = xcalloc(c->n + 1, sizeof(*now));
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (is_executor(entry->stats, &c->all[i])) {
			double cpu_s = c->all[i].usage.cpu_user_s + c->all[i].usage.cpu_system_s;
			uint64_t id = hash_of(c->all[i].id);
			double grown = cpu_s - counted_before(entry, id);
			entry->cpu_s += grown > 0 ? grown : 0;
			now[n++] = (struct counted){id, cpu_s};
		}
	}
	free(entry->counted);
	entry->counted = now;
	entry->n_counted = n;
}

/* ---- what is kept ---- */

static void entry_forget_answer(struct entry *entry)
{
	mesos_containers_done(&entry->containers);
	entry->answered = false;
}

static void entry_free(struct entry *entry)
{
	map_del(&entry->stats->by_agent, entry->agent_id);
	list_remove(&entry->link);
	mesos_containers_cancel(entry->call);
	LIST_EACH (&entry->waits, link) {
		free(LIST_ENTRY(link, struct agent_stats_wait, link));
	}
	mesos_containers_done(&entry->containers);
	free(entry->counted);
	free(entry->agent_id);
	free(entry);
}

static void sweep(struct agent_stats *s, int64_t now)
{
	LIST_EACH (&s->fresh, link) {
		struct entry *entry = LIST_ENTRY(link, struct entry, link);
		if (entry->steady_ms + AGENT_STATS_KEEP_MS > now) {
			break;
		}
		entry_forget_answer(entry);
		list_remove(&entry->link);
		list_push(&s->old, &entry->link);
	}
	LIST_EACH (&s->old, link) {
		struct entry *entry = LIST_ENTRY(link, struct entry, link);
		if (entry->steady_ms + AGENT_STATS_FORGET_MS > now) {
			break;
		}
		entry_free(entry);
	}
}

static struct entry *entry_of(struct agent_stats *s, const char *agent_id)
{
	struct entry *entry = map_get(&s->by_agent, agent_id);
	if (!entry) {
		entry = xcalloc(1, sizeof(*entry));
		entry->stats = s;
		entry->agent_id = xstrdup(agent_id);
		list_init(&entry->waits);
		list_init(&entry->link);
		map_put(&s->by_agent, entry->agent_id, entry);
	}
	return entry;
}

/* ---- answers ---- */

static void tell(const struct entry *entry, agent_stats_told told, void *arg)
{
	struct agent_figures figures = {
	    .containers = &entry->containers, .at_ms = entry->wall_ms, .cpu_s = entry->cpu_s};
	told(arg, entry->why.code == ERR_NONE ? &figures : NULL, &entry->why);
}

static void answered(struct entry *entry, struct mesos_containers *c, const struct err *why)
{
	entry_forget_answer(entry);
	entry->answered = true;
	entry->why = *why;
	entry->steady_ms = clock_steady_ms();
	entry->wall_ms = clock_wall_ms();
	if (c) {
		entry->containers = *c;
		*c = (struct mesos_containers){0};
		add_up(entry);
	}
	list_remove(&entry->link);
	list_push(&entry->stats->fresh, &entry->link);
}

static void on_answer(void *arg, struct mesos_containers *c, const struct err *why)
{
	struct entry *entry = arg;
	entry->call = NULL;
	entry->stats->n_calls--;
	answered(entry, c, why);
	while (!list_empty(&entry->waits)) {
		struct agent_stats_wait *wait = LIST_ENTRY(entry->waits.next, struct agent_stats_wait, link);
		agent_stats_told told = wait->told;
		void *told_arg = wait->arg;
		agent_stats_cancel(wait);
		tell(entry, told, told_arg);
	}
}

/* ---- questions ---- */

static int ask(struct agent_stats *s, struct entry *entry, const struct mesos_agent *agent, struct err *e)
{
	if (s->n_calls >= AGENT_STATS_CALLS_MAX) {
		return err_set(e, ERR_BUSY, "%d agents are being asked already", AGENT_STATS_CALLS_MAX);
	}
	entry->call = mesos_containers_ask(agent, on_answer, entry, e);
	if (!entry->call) {
		return -1;
	}
	s->n_calls++;
	list_remove(&entry->link);
	list_push(&s->asking, &entry->link);
	return 0;
}

struct agent_stats_wait *agent_stats_ask(struct agent_stats *s, const char *agent_id, const struct mesos_agent *agent,
					 agent_stats_told told, void *arg)
{
	struct err why = {0};
	sweep(s, clock_steady_ms());
	struct entry *entry = entry_of(s, agent_id);
	if (!entry->call && entry->answered) {
		tell(entry, told, arg);
		return NULL;
	}
	if (!entry->call && ask(s, entry, agent, &why) < 0) {
		if (!list_linked(&entry->link)) {
			entry_free(entry);
		}
		told(arg, NULL, &why);
		return NULL;
	}
	struct agent_stats_wait *wait = xcalloc(1, sizeof(*wait));
	wait->told = told;
	wait->arg = arg;
	list_push(&entry->waits, &wait->link);
	return wait;
}

/* The call goes on: the next one who asks has its answer. */
void agent_stats_cancel(struct agent_stats_wait *wait)
{
	if (wait) {
		list_remove(&wait->link);
		free(wait);
	}
}

/* ---- life ---- */

struct agent_stats *agent_stats_new(char *const *framework_id)
{
	struct agent_stats *s = xcalloc(1, sizeof(*s));
	s->framework_id = framework_id;
	list_init(&s->fresh);
	list_init(&s->old);
	list_init(&s->asking);
	return s;
}

void agent_stats_free(struct agent_stats *s)
{
	struct list *const lists[] = {s ? &s->fresh : NULL, s ? &s->old : NULL, s ? &s->asking : NULL};
	for (size_t i = 0; s && i < 3; i++) {
		LIST_EACH (lists[i], link) {
			entry_free(LIST_ENTRY(link, struct entry, link));
		}
	}
	if (s) {
		map_done(&s->by_agent);
	}
	free(s);
}
