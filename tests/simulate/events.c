/* Virtual time: events in their order, and random numbers from the seed. */
#include <stdlib.h>

#include "base/i64.h"
#include "base/mem.h"
#include "tests/simulate/sim.h"

/* splitmix64 */
uint64_t sim_random(struct sim *sim, enum sim_topic topic, uint64_t below)
{
	uint64_t z = (sim->random[topic] += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return below ? z % below : z;
}

bool sim_chance(struct sim *sim, enum sim_topic topic, unsigned thousandths)
{
	return thousandths && sim_random(sim, topic, 1000) < thousandths;
}

void sim_at(struct sim *sim, struct sim_event *event, int64_t at_ms)
{
	heap_set(&sim->events, &event->link, at_ms > sim->now ? at_ms : sim->now);
}

void sim_cancel(struct sim *sim, struct sim_event *event)
{
	heap_remove(&sim->events, &event->link);
}

/* An event of its own, which goes when it has fired. */
struct once {
	struct sim_event event;
	struct sim *sim;
	void (*fire)(void *arg);
	void *arg;
};

static void fire_once(void *arg)
{
	struct once *once = arg;
	once->fire(once->arg);
	free(once);
}

void sim_later(struct sim *sim, int64_t after_ms, void (*fire)(void *arg), void *arg)
{
	struct once *once = xcalloc(1, sizeof(*once));
	*once = (struct once){.event = {.fire = fire_once, .arg = once}, .sim = sim, .fire = fire, .arg = arg};
	sim_at(sim, &once->event, sim->now + after_ms);
}

void sim_events_done(struct sim *sim)
{
	struct heap_link *link;
	while ((link = heap_first(&sim->events)) != NULL) {
		struct sim_event *event = LIST_ENTRY(link, struct sim_event, link);
		heap_remove(&sim->events, link);
		if (event->fire == fire_once) {
			free(event->arg);
		}
	}
	heap_done(&sim->events);
}

/* ---- the order of things ---- */

static int64_t next_at(const struct sim *sim)
{
	const struct heap_link *link = heap_first(&sim->events);
	int64_t at = link ? link->at : INT64_MAX;
	at = i64_min(at, apiserver_next_deadline(sim->kube));
	return i64_min(at, mesos_cluster_next_deadline(sim->mesos));
}

static void tick_models(struct sim *sim)
{
	if (mesos_cluster_next_deadline(sim->mesos) <= sim->now) {
		mesos_cluster_tick(sim->mesos, sim->now);
	}
	if (apiserver_next_deadline(sim->kube) <= sim->now) {
		apiserver_tick(sim->kube, sim->now);
	}
}

/* Changes are looked at together, a little later. */
static void wake_controllers(struct sim *sim)
{
	if (!sim->controllers_turn.link.place) {
		int64_t at = controllers_next_deadline(sim->controllers);
		if (at != INT64_MAX) {
			sim_at(sim, &sim->controllers_turn, at > sim->now + 5 ? at : sim->now + 5);
		}
	} else if (controllers_next_deadline(sim->controllers) <= sim->now) {
		sim_at(sim, &sim->controllers_turn, i64_min(sim->controllers_turn.link.at, sim->now + 5));
	}
}

static void count(struct sim *sim, int64_t at)
{
	sim->fired++;
	sim->at_once = at > sim->now ? 0 : sim->at_once + 1;
	if (sim->at_once > SIM_EVENTS_AT_ONCE) {
		sim_violated(sim, "busy: %d events in one millisecond", SIM_EVENTS_AT_ONCE);
	}
}

void sim_advance(struct sim *sim, int64_t until_ms)
{
	while (!sim->failed) {
		int64_t at = next_at(sim);
		if (at > until_ms) {
			break;
		}
		count(sim, at);
		sim->now = at > sim->now ? at : sim->now;
		struct heap_link *link = heap_first(&sim->events);
		if (link && link->at <= sim->now) {
			struct sim_event *event = LIST_ENTRY(link, struct sim_event, link);
			heap_remove(&sim->events, link);
			event->fire(event->arg);
		} else {
			tick_models(sim);
		}
		wake_controllers(sim);
	}
	sim->now = until_ms > sim->now ? until_ms : sim->now;
}
