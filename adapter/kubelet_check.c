/* Would the verbs work? Every agent's API is tried when the agent is first seen and then again and again; the core is
 * told, and the node shows it.
 *
 * The call is GET_HEALTH: it needs everything but rights (address, TLS, credentials) and costs the agent nothing. At
 * most CHECKS_PER_S begin in a second, those first that are due longest, so that thousands of agents are neither
 * forgotten nor asked at once.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"

#define TICK_MS 1000
#define CHECKS_PER_S 20
#define CHECKS_IN_FLIGHT 64
#define EVERY_MS 300000 /* one that works */
#define AGAIN_MS 10000	/* one that does not */
#define CHECK_TIMEOUT_MS 10000
#define ANSWER_MAX ((size_t)64 << 10)

struct check {
	struct heap_link due;
	struct kubelet *k;
	char *agent_id;
	uint64_t round; /* in which the agent was last seen */
	struct http_call *call;
};

static void check_free(struct check *c)
{
	map_del(&c->k->checks, c->agent_id);
	heap_remove(&c->k->checks_due, &c->due);
	if (c->call) {
		c->k->n_checks--;
		http_call_cancel(c->call);
	}
	free(c->agent_id);
	free(c);
}

static void on_done(void *arg, const struct http_result *r)
{
	struct check *c = arg;
	struct kubelet *k = c->k;
	struct err why = {0};
	bool works = r->err.code == ERR_NONE && r->head.status == 200;
	c->call = NULL;
	k->n_checks--;
	if (!works) {
		mesos_agent_error(r, "ask for its health", &why);
	}
	heap_set(&k->checks_due, &c->due, clock_steady_ms() + (works ? EVERY_MS : AGAIN_MS));
	k->cfg.checked(k->cfg.checked_arg, c->agent_id, works ? NULL : &why);
}

static void begin(struct check *c, const struct core_agent_look *look)
{
	static const struct http_handlers handlers = {.on_done = on_done};
	char url[AGENT_URL_MAX];
	kubelet_url(look, url);
	struct mesos_agent agent = kubelet_agent(c->k, url);
	c->call =
	    mesos_agent_post(&agent, "{\"type\":\"GET_HEALTH\"}", CHECK_TIMEOUT_MS, ANSWER_MAX, &handlers, c, NULL);
	c->k->n_checks += c->call != NULL;
}

static void see(void *arg, const struct core_agent_look *look)
{
	struct kubelet *k = arg;
	if (look->away || !look->ip || !look->port) {
		return;
	}
	struct check *c = map_get(&k->checks, look->agent_id);
	if (!c) {
		c = xcalloc(1, sizeof(*c));
		c->k = k;
		c->agent_id = xstrdup(look->agent_id);
		map_put(&k->checks, c->agent_id, c);
		heap_set(&k->checks_due, &c->due, 0);
	}
	c->round = k->check_round;
}

/* False: nothing more is due, or may begin. */
static bool begin_next(struct kubelet *k, int64_t now)
{
	struct core_agent_look look;
	struct heap_link *first = heap_first(&k->checks_due);
	if (!first || first->at > now || k->n_checks >= CHECKS_IN_FLIGHT) {
		return false;
	}
	struct check *c = LIST_ENTRY(first, struct check, due);
	if (c->round != k->check_round || core_look_agent(*k->cfg.core, c->agent_id, &look) < 0) {
		check_free(c); /* gone, or away: tried anew when it is back */
		return true;
	}
	heap_set(&k->checks_due, &c->due, now + EVERY_MS);
	begin(c, &look);
	return true;
}

static void on_tick(uv_timer_t *t)
{
	struct kubelet *k = t->data;
	int64_t now = clock_steady_ms();
	k->check_round++;
	core_each_agent(*k->cfg.core, see, k);
	for (int i = 0; i < CHECKS_PER_S && begin_next(k, now); i++) {
	}
}

/* Unless it is being checked at this moment. */
static void check_soon(struct kubelet *k, struct check *c)
{
	if (!c->call) {
		heap_set(&k->checks_due, &c->due, 0);
	}
}

void kubelet_check_soon(struct kubelet *k, const char *agent_id)
{
	struct check *c = map_get(&k->checks, agent_id);
	if (c) {
		check_soon(k, c);
	}
}

void kubelet_check_all_soon(struct kubelet *k)
{
	size_t it = 0;
	for (struct check *c; (c = map_next(&k->checks, &it)) != NULL;) {
		check_soon(k, c);
	}
}

void kubelet_checks_start(struct kubelet *k)
{
	k->check_tick = xcalloc(1, sizeof(*k->check_tick));
	uv_timer_init(k->cfg.loop, k->check_tick);
	k->check_tick->data = k;
	uv_timer_start(k->check_tick, on_tick, TICK_MS, TICK_MS);
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

void kubelet_checks_done(struct kubelet *k)
{
	for (struct heap_link *first; (first = heap_first(&k->checks_due)) != NULL;) {
		check_free(LIST_ENTRY(first, struct check, due));
	}
	heap_done(&k->checks_due);
	map_done(&k->checks);
	if (k->check_tick) {
		uv_close((uv_handle_t *)k->check_tick, timer_closed);
	}
}
