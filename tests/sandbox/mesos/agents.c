/* Agents as the master sees them come, break off, fall silent, come back and be written off. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

struct mesos_agent *agent_find(struct mesos_cluster *c, const char *id)
{
	return map_get(&c->agents_by_id, id);
}

enum agent_state agent_known(struct mesos_cluster *c, const char *id, int64_t *ret_unreachable_ms, bool *ret_known)
{
	const struct mesos_agent *a = agent_find(c, id);
	*ret_known = a != NULL && !a->unlisted;
	if (a) {
		*ret_unreachable_ms = a->unreachable_ms;
		return a->state;
	}
	LIST_EACH (&c->retired, l) {
		const struct retired_agent *r = LIST_ENTRY(l, struct retired_agent, link);
		if (id && strcmp(r->id, id) == 0) {
			*ret_known = true;
			*ret_unreachable_ms = r->unreachable_ms;
			return r->state;
		}
	}
	return AGENT_GONE;
}

static void subtract_held(struct mesos_agent *a, const struct resources *held)
{
	struct resources part;
	resources_copy(&part, held);
	resources_allocate(&part, NULL, false);
	resources_subtract(&a->free, &part);
	resources_done(&part);
}

/* What is free, from what is held. */
static void recount(struct mesos_agent *a)
{
	resources_done(&a->free);
	resources_copy(&a->free, &a->total);
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->holds) {
			subtract_held(a, &t->resources);
		}
	}
	LIST_EACH (&a->executors, l) {
		const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (x->holds) {
			subtract_held(a, &x->resources);
		}
	}
	LIST_EACH (&a->offers, l) {
		subtract_held(a, &LIST_ENTRY(l, struct offer, in_agent)->resources);
	}
}

static void tell_failure(struct mesos_agent *a)
{
	LIST_EACH (&a->c->frameworks, l) {
		framework_send(LIST_ENTRY(l, struct framework, link), json_pack("{s:s,s:{s:{s:s}}}", "type", "FAILURE",
										"failure", "agent_id", "value", a->id));
	}
}

/* The master's last word for now on a task whose agent it lost. */
static void tell_lost(struct task *t, const char *aware_state, const char *message, const char *reason, bool with_time)
{
	struct framework *f = t->framework;
	const char *state = framework_can(f, FRAMEWORK_PARTITION_AWARE) ? aware_state : "TASK_LOST";
	json_t *s = master_status(f->c, t->id, state, message, reason, t->agent->id);
	if (with_time) {
		json_object_set_new(s, "unreachable_time", cluster_nanoseconds(t->agent->unreachable_ms));
	}
	task_set_master(t, json_incref(s));
	task_send_status(f, s);
	json_decref(s);
}

static void mark_unreachable(struct mesos_agent *a)
{
	a->state = AGENT_UNREACHABLE;
	a->unreachable_ms = a->c->now;
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_master && task_state_terminal(t->master_state)) {
			task_master_forget(t);
			task_maybe_free(t);
		} else if (t->on_master) {
			struct framework *f = t->framework;
			task_release(t);
			map_del(&f->tasks_by_id, t->id);
			list_remove(&t->in_framework);
			t->on_master = false;
			t->unreachable = true;
			list_push(&f->unreachable, &t->in_framework);
			tell_lost(t, "TASK_UNREACHABLE", "health check timed out", "REASON_AGENT_REMOVED", true);
		}
	}
	LIST_EACH (&a->executors, l) {
		LIST_ENTRY(l, struct executor, in_agent)->holds = false;
	}
	offers_rescind_agent(a);
	recount(a);
	tell_failure(a);
}

static void silence_over(struct timer *t, int64_t now)
{
	struct mesos_agent *a = (struct mesos_agent *)(void *)((char *)t - offsetof(struct mesos_agent, lost));
	(void)now;
	bool back = agent_reachable(a) && a->state == AGENT_REGISTERED;
	if (!back && a->state != AGENT_UNREACHABLE && a->state != AGENT_GONE) {
		mark_unreachable(a);
	}
}

static void expect_sign_of_life(struct mesos_agent *a, int64_t later_ms)
{
	if (a->lost.slot == 0) {
		timer_set(&a->c->timers, &a->lost, a->c->now + later_ms + a->c->config.ping_timeout_ms, silence_over);
	}
}

/* A task that the master had given up, or has never heard of since its restart. */
static void task_back(struct task *t)
{
	struct framework *f = t->framework;
	bool lost = t->unreachable;
	list_remove(&t->in_framework);
	list_push(&f->tasks, &t->in_framework);
	map_put(&f->tasks_by_id, t->id, t);
	t->on_master = true;
	t->unreachable = false;
	t->holds = !task_state_terminal(t->state);
	t->status_uuid[0] = 0;
	if (!lost) {
		/* A master that was restarted after it had given up the agent. */
		if (strcmp(t->master_state, "TASK_UNREACHABLE") == 0) {
			t->master_state = task_state_name(t->state);
		}
		return;
	}
	json_t *s = master_status(f->c, t->id, t->state, "Unreachable agent re-reregistered",
				  "REASON_AGENT_REREGISTERED", t->agent->id);
	for (size_t i = json_array_size(t->statuses); i > 0; i--) {
		json_t *container = js_obj(json_array_get(t->statuses, i - 1), "container_status");
		if (container) {
			json_object_set(s, "container_status", container);
			break;
		}
	}
	/* The state of the last update that was forwarded is what acknowledgements are about. */
	t->master_state = task_state_name(t->state);
	task_send_status(f, s);
	json_decref(s);
}

static void task_unknown_here(struct task *t)
{
	const char *state = framework_can(t->framework, FRAMEWORK_PARTITION_AWARE) ? "TASK_DROPPED" : "TASK_LOST";
	t->on_agent = true;
	task_update(t, agent_status(t, state, "Reconciliation: task unknown to the agent", "SOURCE_AGENT",
				    "REASON_RECONCILIATION"));
}

/* The framework of an executor was removed while its agent was away. */
static struct executor *orphan(struct mesos_agent *a)
{
	LIST_EACH (&a->executors, l) {
		struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (!map_get(&a->c->frameworks_by_id, x->framework_id)) {
			return x;
		}
	}
	return NULL;
}

static void frameworks_back(struct mesos_agent *a)
{
	const struct executor *lone;
	while ((lone = orphan(a)) != NULL) {
		CLEANUP_FREE char *id = xstrdup(lone->framework_id);
		agent_shutdown_framework(a, id);
	}
	LIST_EACH (&a->executors, l) {
		struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		struct framework *f = map_get(&a->c->frameworks_by_id, x->framework_id);
		if (f->forgotten) {
			framework_recover(f);
		}
		x->holds = true;
	}
}

static void tasks_back(struct mesos_agent *a)
{
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->framework->forgotten && t->on_agent) {
			framework_recover(t->framework);
		}
		if (t->on_agent && !t->on_master) {
			task_back(t);
		}
	}
}

static void reregister(struct mesos_agent *a)
{
	struct mesos_cluster *c = a->c;
	a->state = AGENT_REGISTERED;
	a->unlisted = false;
	a->reregistered_ms = c->now;
	timer_stop(&c->timers, &a->lost);
	frameworks_back(a);
	tasks_back(a);
	recount(a);
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		task_resend(t, c->now);
		if (t->kill_pending) {
			t->kill_pending = false;
			executor_kill_task(t, t->pending_grace_ms);
		}
		if (!t->on_agent && t->on_master) {
			task_unknown_here(t);
		}
	}
	allocate(c);
}

static void retire(struct mesos_agent *a)
{
	struct mesos_cluster *c = a->c;
	struct retired_agent *r = xcalloc(1, sizeof(*r));
	*r = (struct retired_agent){.id = a->id, .state = a->state, .unreachable_ms = a->unreachable_ms};
	list_push(&c->retired, &r->link);
	map_del(&c->agents_by_id, a->id);
	a->id = xasprintf("%s-S%llu", c->master_id, (unsigned long long)c->next_agent++);
	map_put(&c->agents_by_id, a->id, a);
}

/* It lost everything, its id too. */
static void register_anew(struct mesos_agent *a)
{
	if (a->state != AGENT_UNREACHABLE && a->state != AGENT_GONE) {
		mark_unreachable(a);
	}
	while (!list_empty(&a->tasks)) {
		struct task *t = LIST_ENTRY(a->tasks.next, struct task, in_agent);
		task_master_forget(t);
		task_agent_forget(t);
		task_maybe_free(t);
	}
	while (!list_empty(&a->executors)) {
		executor_drop(LIST_ENTRY(a->executors.next, struct executor, in_agent));
	}
	filters_forget_agent(a->c, a);
	retire(a);
	a->registered_ms = a->c->now;
	reregister(a);
}

static void come_back(struct timer *t, int64_t now)
{
	struct mesos_agent *a = (struct mesos_agent *)(void *)((char *)t - offsetof(struct mesos_agent, comeback));
	struct mesos_cluster *c = a->c;
	if (c->master != MASTER_LEADING) {
		timer_set(&c->timers, t, now + c->config.reregister_ms, come_back);
	} else if (a->powered && a->up && !a->partitioned && a->blank) {
		a->blank = false;
		register_anew(a);
	} else if (agent_reachable(a) && a->state == AGENT_GONE) {
		/* The master refuses it: its executors end. */
		agent_shut_down(a);
	} else if (agent_reachable(a)) {
		reregister(a);
	}
}

static void schedule_comeback(struct mesos_agent *a)
{
	timer_set(&a->c->timers, &a->comeback, a->c->now + a->c->config.reregister_ms, come_back);
}

void agents_master_restarted(struct mesos_cluster *c)
{
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (a->state == AGENT_UNREACHABLE || a->state == AGENT_GONE) {
			continue;
		}
		int64_t back_ms = c->config.recovery_ms + c->config.reregister_ms;
		a->state = AGENT_RECOVERED;
		timer_set(&c->timers, &a->comeback, c->now + back_ms, come_back);
		timer_stop(&c->timers, &a->lost);
		expect_sign_of_life(a, back_ms);
	}
}

static void containers_vanish(struct mesos_agent *a)
{
	LIST_EACH (&a->executors, l) {
		nested_drop_below(a, LIST_ENTRY(l, struct executor, in_agent)->container_id);
	}
	while (!list_empty(&a->containers)) {
		struct container *k = LIST_ENTRY(a->containers.next, struct container, in_agent);
		if (k->task) {
			k->task->container = NULL;
		}
		container_signal(k, SIGKILL);
		container_free(k);
	}
}

void mesos_agent_kill(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	if (a->powered) {
		a->powered = a->up = false;
		a->blank = true;
		containers_vanish(a);
		LIST_EACH (&a->tasks, l) {
			struct task *t = LIST_ENTRY(l, struct task, in_agent);
			task_agent_forget(t);
			task_maybe_free(t);
		}
		expect_sign_of_life(a, 0);
	}
	cluster_leave(a->c);
}

void agent_shut_down(struct mesos_agent *a)
{
	a->up = false;
	a->blank = true;
	containers_vanish(a);
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		task_agent_forget(t);
		task_maybe_free(t);
	}
	while (!list_empty(&a->executors)) {
		executor_drop(LIST_ENTRY(a->executors.next, struct executor, in_agent));
	}
}

/* Frameworks that did not ask for checkpoints lose their tasks with the agent's process. */
static void lose_volatile_tasks(struct mesos_agent *a)
{
	CLEANUP_FREE char *message = xasprintf("Agent %s disconnected", a->hostname);
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_master && !t->framework->checkpoint) {
			tell_lost(t, "TASK_LOST", message, "REASON_AGENT_DISCONNECTED", false);
			task_master_forget(t);
			task_maybe_free(t);
		}
	}
}

void mesos_agent_stop(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	if (a->up) {
		bool seen = agent_reachable(a) && a->state == AGENT_REGISTERED;
		a->up = false;
		if (seen) {
			a->state = AGENT_DISCONNECTED;
			offers_rescind_agent(a);
			lose_volatile_tasks(a);
		}
		expect_sign_of_life(a, 0);
	}
	cluster_leave(a->c);
}

static void drop_volatile_executors(struct mesos_agent *a)
{
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_agent && !t->framework->checkpoint) {
			if (t->container) {
				container_end(t->container, 0);
			}
			task_agent_forget(t);
			task_maybe_free(t);
		}
	}
	LIST_EACH (&a->executors, l) {
		struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (!x->checkpoint) {
			executor_drop(x);
		}
	}
}

void mesos_agent_start(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	if (!a->up) {
		a->powered = a->up = true;
		drop_volatile_executors(a);
		schedule_comeback(a);
	}
	cluster_leave(a->c);
}

void mesos_agent_forget(struct mesos_agent *a)
{
	a->unlisted = a->state == AGENT_UNREACHABLE;
}

void mesos_agent_refuse(struct mesos_agent *a, bool refuse)
{
	a->refuses = refuse;
}

void mesos_agent_partition(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	a->partitioned = true;
	expect_sign_of_life(a, 0);
	cluster_leave(a->c);
}

void mesos_agent_heal(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	if (a->partitioned) {
		a->partitioned = false;
		if (agent_reachable(a) && a->state == AGENT_REGISTERED) {
			reregister(a);
		} else {
			schedule_comeback(a);
		}
	}
	cluster_leave(a->c);
}

void agent_mark_gone(struct mesos_agent *a)
{
	bool present = a->state != AGENT_UNREACHABLE;
	a->state = AGENT_GONE;
	LIST_EACH (&a->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->on_master || t->unreachable) {
			bool aware = framework_can(t->framework, FRAMEWORK_PARTITION_AWARE);
			tell_lost(t, "TASK_GONE_BY_OPERATOR", "Agent has been marked gone",
				  aware ? "REASON_AGENT_REMOVED_BY_OPERATOR" : "REASON_AGENT_REMOVED", false);
			task_master_forget(t);
			task_maybe_free(t);
		}
	}
	offers_rescind_agent(a);
	if (present) {
		tell_failure(a);
	}
	timer_stop(&a->c->timers, &a->lost);
	if (agent_reachable(a)) {
		agent_shut_down(a);
	}
}

void mesos_agent_mark_gone(struct mesos_agent *a, int64_t now_ms)
{
	cluster_enter(a->c, now_ms);
	if (a->state != AGENT_GONE) {
		agent_mark_gone(a);
	}
	cluster_leave(a->c);
}
