/* What an operator does to agents before he takes them away: maintenance schedules with inverse offers, draining,
 * deactivation. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define REFUSE_DEFAULT_S 5.0

/* What a framework is asked to give up on one agent. */
struct inverse {
	struct list link; /* cluster's */
	struct framework *framework;
	struct mesos_agent *agent;
	char id[UUID_TEXT_SIZE + 24];
	bool outstanding;
	int64_t until_ms;   /* it shall not be asked again before */
	const char *answer; /* "ACCEPT", "DECLINE"; NULL: none yet */
	int64_t answered_ms;
};

static void inverse_free(struct inverse *i)
{
	list_remove(&i->link);
	free(i);
}

static struct inverse *inverse_of(const struct framework *f, const struct mesos_agent *a)
{
	LIST_EACH (&a->c->inverse, l) {
		struct inverse *i = LIST_ENTRY(l, struct inverse, link);
		if (i->framework == f && i->agent == a) {
			return i;
		}
	}
	return NULL;
}

void inverse_forget(struct mesos_cluster *c, const struct framework *f, const struct mesos_agent *a)
{
	LIST_EACH (&c->inverse, l) {
		struct inverse *i = LIST_ENTRY(l, struct inverse, link);
		if ((f && i->framework == f) || (a && i->agent == a)) {
			inverse_free(i);
		}
	}
}

void inverse_revived(struct framework *f)
{
	LIST_EACH (&f->c->inverse, l) {
		struct inverse *i = LIST_ENTRY(l, struct inverse, link);
		i->until_ms = i->framework == f ? 0 : i->until_ms;
	}
}

static bool uses(const struct framework *f, const struct mesos_agent *a)
{
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->framework == f && t->holds) {
			return true;
		}
	}
	LIST_EACH (&a->offers, l) {
		if (LIST_ENTRY(l, struct offer, in_agent)->framework == f) {
			return true;
		}
	}
	return false;
}

static void ask(struct framework *f, struct mesos_agent *a)
{
	struct mesos_cluster *c = a->c;
	struct inverse *i = inverse_of(f, a);
	if (i && (i->outstanding || i->until_ms > c->now)) {
		return;
	}
	if (!i) {
		i = xcalloc(1, sizeof(*i));
		i->framework = f;
		i->agent = a;
		list_push(&c->inverse, &i->link);
	}
	snprintf(i->id, sizeof(i->id), "%s-O%llu", c->master_id, (unsigned long long)c->next_offer++);
	i->outstanding = true;
	json_t *offer = json_pack("{s:{s:s},s:{s:s,s:{s:s,s:s,s:i},s:s},s:{s:s},s:{s:s},s:O}", "id", "value", i->id,
				  "url", "scheme", "http", "address", "hostname", a->hostname, "ip", a->ip, "port",
				  a->port, "path", "/slave(1)", "framework_id", "value", f->id, "agent_id", "value",
				  a->id, "unavailability", a->unavailability);
	framework_send(
	    f, json_pack("{s:s,s:{s:[o]}}", "type", "INVERSE_OFFERS", "inverse_offers", "inverse_offers", offer));
}

void inverse_offers(struct mesos_cluster *c)
{
	LIST_EACH (&c->agents, la) {
		struct mesos_agent *a = LIST_ENTRY(la, struct mesos_agent, link);
		LIST_EACH (&c->frameworks, lf) {
			struct framework *f = LIST_ENTRY(lf, struct framework, link);
			if (a->unavailability && a->state == AGENT_REGISTERED && f->connected && uses(f, a)) {
				ask(f, a);
			}
		}
	}
}

void call_answer_inverse(struct framework *f, const json_t *call, const char *answer)
{
	double refuse_s = js_num(js_obj(call, "filters"), "refuse_seconds", REFUSE_DEFAULT_S);
	size_t k;
	json_t *id;
	json_array_foreach (js_arr(call, "inverse_offer_ids"), k, id) {
		LIST_EACH (&f->c->inverse, l) {
			struct inverse *i = LIST_ENTRY(l, struct inverse, link);
			if (i->framework == f && i->outstanding && strcmp(i->id, js_str(id, "value")) == 0) {
				i->outstanding = false;
				i->answer = answer;
				i->answered_ms = f->c->now;
				i->until_ms = f->c->now + (int64_t)(refuse_s * 1000);
			}
		}
	}
}

/* ---- the schedule ---- */

/* Offers and inverse offers of before are taken back, and come again with or without the window. */
static void set_unavailability(struct mesos_agent *a, json_t *unavailability)
{
	json_decref(a->unavailability);
	a->unavailability = json_incref(unavailability);
	offers_rescind_agent(a);
	LIST_EACH (&a->c->inverse, l) {
		struct inverse *i = LIST_ENTRY(l, struct inverse, link);
		if (i->agent == a && i->outstanding) {
			framework_send(i->framework,
				       json_pack("{s:s,s:{s:{s:s}}}", "type", "RESCIND_INVERSE_OFFER",
						 "rescind_inverse_offer", "inverse_offer_id", "value", i->id));
		}
	}
	inverse_forget(a->c, NULL, a);
}

static json_t *window_of(const json_t *windows, const struct mesos_agent *a)
{
	size_t i, k;
	json_t *window, *machine;
	json_array_foreach (windows, i, window) {
		json_array_foreach (js_arr(window, "machine_ids"), k, machine) {
			const char *hostname = js_str(machine, "hostname");
			if (hostname && strcmp(hostname, a->hostname) == 0) {
				return js_obj(window, "unavailability");
			}
		}
	}
	return NULL;
}

void maintenance_schedule(struct mesos_cluster *c, const json_t *schedule)
{
	json_decref(c->schedule);
	c->schedule = json_deep_copy(schedule);
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		json_t *window = window_of(js_arr(c->schedule, "windows"), a);
		if (!window != !a->unavailability || (window && !json_equal(window, a->unavailability))) {
			set_unavailability(a, window);
		}
	}
	allocate(c);
}

json_t *maintenance_get_schedule(struct mesos_cluster *c)
{
	json_t *none = c->schedule ? json_incref(c->schedule) : json_pack("{s:[]}", "windows");
	return json_pack("{s:o}", "schedule", none);
}

static json_t *answers(struct mesos_agent *a)
{
	json_t *all = json_array();
	LIST_EACH (&a->c->inverse, l) {
		const struct inverse *i = LIST_ENTRY(l, struct inverse, link);
		if (i->agent == a && i->answer) {
			json_array_append_new(all, json_pack("{s:s,s:{s:s},s:o}", "status", i->answer, "framework_id",
							     "value", i->framework->id, "timestamp",
							     cluster_nanoseconds(i->answered_ms)));
		}
	}
	return all;
}

json_t *maintenance_status(struct mesos_cluster *c)
{
	json_t *draining = json_array();
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (a->unavailability) {
			json_array_append_new(draining, json_pack("{s:{s:s,s:s},s:o}", "id", "hostname", a->hostname,
								  "ip", a->ip, "statuses", answers(a)));
		}
	}
	return json_pack("{s:{s:o}}", "status", "draining_machines", draining);
}

/* ---- draining ---- */

static bool is_empty(const struct mesos_agent *a)
{
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_master && !task_state_terminal(t->master_state)) {
			return false;
		}
	}
	return true;
}

json_t *drain_info(const struct mesos_agent *a)
{
	json_t *grace = a->drain_grace_ms < 0 ? NULL : cluster_nanoseconds(a->drain_grace_ms);
	return json_pack("{s:s,s:{s:o*,s:b}}", "state", is_empty(a) ? "DRAINED" : "DRAINING", "config",
			 "max_grace_period", grace, "mark_gone", a->drain_gone);
}

/* Those that are drained and shall not come back. */
void drained_gone(struct mesos_cluster *c)
{
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (a->draining && a->drain_gone && a->state == AGENT_REGISTERED && is_empty(a)) {
			a->draining = false;
			agent_mark_gone(a);
		}
	}
}

void agent_deactivate(struct mesos_agent *a)
{
	a->deactivated = true;
	offers_rescind_agent(a);
}

void agent_reactivate(struct mesos_agent *a)
{
	a->deactivated = a->draining = false;
}

void agent_drain(struct mesos_agent *a, int64_t grace_ms, bool gone)
{
	a->draining = true;
	a->drain_grace_ms = grace_ms;
	a->drain_gone = gone;
	agent_deactivate(a);
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->executor && t->container) {
			t->drained = true;
			executor_kill_task(t, grace_ms);
		}
	}
}

/* ---- by the controls of the sandbox ---- */

#define HOUR_MS 3600000

void mesos_agent_drain(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	agent_drain(a, -1, false);
	cluster_leave(a->c);
}

void mesos_agent_deactivate(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	agent_deactivate(a);
	cluster_leave(a->c);
}

void mesos_agent_reactivate(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	agent_reactivate(a);
	cluster_leave(a->c);
}

void mesos_agent_maintain(struct mesos_agent *a, bool maintain, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	CLEANUP_JSON json_t *schedule =
	    maintain ? json_pack("{s:[{s:[{s:s,s:s}],s:{s:o,s:o}}]}", "windows", "machine_ids", "hostname", a->hostname,
				 "ip", a->ip, "unavailability", "start", cluster_nanoseconds(now_ms + HOUR_MS),
				 "duration", cluster_nanoseconds(HOUR_MS))
		     : json_pack("{s:[]}", "windows");
	maintenance_schedule(a->c, schedule);
	cluster_leave(a->c);
}
