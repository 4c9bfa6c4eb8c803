/* Executors on an agent: the default one, whose task groups live and die together, and the command executor of one
 * task. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

bool agent_reachable(const struct mesos_agent *a)
{
	return a->powered && a->up && !a->partitioned && !a->blank;
}

struct executor *executor_find(struct mesos_agent *a, const char *framework_id, const char *id)
{
	LIST_EACH (&a->executors, l) {
		struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (x->is_default && strcmp(x->id, id) == 0 && strcmp(x->framework_id, framework_id) == 0) {
			return x;
		}
	}
	return NULL;
}

struct executor *executor_new(struct framework *f, struct mesos_agent *a, const char *id, const json_t *info,
			      const char *role, const struct resources *resources)
{
	struct executor *x = xcalloc(1, sizeof(*x));
	x->agent = a;
	x->framework_id = xstrdup(f->id);
	x->id = xstrdup(id);
	x->is_default = info != NULL;
	x->checkpoint = f->checkpoint;
	x->info = json_incref((json_t *)info);
	x->role = xstrdup(role);
	x->holds = true;
	list_init(&x->tasks);
	ids_uuid(&f->c->ids, x->container_id);
	x->run_dir = run_dir_of(a, f->id, id, x->container_id);
	if (resources) {
		resources_copy(&x->resources, resources);
	}
	list_push(&a->executors, &x->in_agent);
	return x;
}

static void give_back(struct executor *x)
{
	if (x->holds) {
		x->holds = false;
		resources_allocate(&x->resources, NULL, false);
		resources_add(&x->agent->free, &x->resources);
	}
}

void executor_drop(struct executor *x)
{
	give_back(x);
	timer_stop(&x->agent->c->timers, &x->end);
	nested_drop_below(x->agent, x->container_id);
	LIST_EACH (&x->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_executor);
		list_remove(l);
		t->executor = NULL;
	}
	list_remove(&x->in_agent);
	resources_done(&x->resources);
	json_decref(x->info);
	free(x->framework_id);
	free(x->id);
	free(x->role);
	free(x->run_dir);
	free(x);
}

static void executor_ended(struct executor *x)
{
	struct mesos_agent *a = x->agent;
	struct framework *f = framework_find(a->c, x->framework_id);
	json_t *failure = json_pack("{s:s,s:{s:{s:s},s:{s:s},s:i}}", "type", "FAILURE", "failure", "agent_id", "value",
				    a->id, "executor_id", "value", x->id, "status", 0);
	bool tell = x->is_default && f && agent_reachable(a) && a->state == AGENT_REGISTERED;
	/* Those that came too late. */
	LIST_EACH (&x->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_executor);
		list_remove(l);
		t->executor = NULL;
		task_update(t, agent_status(t, "TASK_FAILED", "Executor terminated", "SOURCE_AGENT",
					    "REASON_EXECUTOR_TERMINATED"));
	}
	executor_drop(x);
	if (tell) {
		framework_send(f, failure);
	} else {
		json_decref(failure);
	}
}

static void end_comes(struct timer *t, int64_t now)
{
	(void)now;
	executor_ended((struct executor *)(void *)((char *)t - offsetof(struct executor, end)));
}

/* The default executor takes its time to leave, and whoever launches on it meanwhile is out of luck. */
static void executor_idle(struct executor *x)
{
	struct mesos_cluster *c = x->agent->c;
	if (!x->is_default) {
		executor_ended(x);
		return;
	}
	x->ending = true;
	timer_set(&c->timers, &x->end, c->now + MESOS_EXECUTOR_END_MS, end_comes);
}

static void kill_group(struct executor *x, int group)
{
	LIST_EACH (&x->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_executor);
		if (t->group == group) {
			executor_kill_task(t, -1);
		}
	}
}

void executor_task_ended(struct task *t, const char *state, const char *message, const char *reason)
{
	struct executor *x = t->executor;
	bool by_agent = !x->is_default && t->pid == 0;
	reason = t->drained ? "REASON_AGENT_DRAINING" : reason;
	json_t *status = by_agent ? agent_status(t, state, message, "SOURCE_AGENT", "REASON_CONTAINER_LAUNCH_FAILED")
				  : agent_status(t, state, message, "SOURCE_EXECUTOR", reason);
	if (!by_agent && x->unhealthy) {
		json_object_set_new(status, "healthy", json_false());
	}
	checks_stop(t);
	list_remove(&t->in_executor);
	t->executor = NULL;
	task_update(t, status);
	if (x->is_default && strcmp(state, "TASK_FINISHED") != 0) {
		kill_group(x, t->group);
	}
	if (list_empty(&x->tasks)) {
		executor_idle(x);
	}
}

static void update(struct task *t, const char *state)
{
	task_update(t, agent_status(t, state, NULL, "SOURCE_EXECUTOR", NULL));
}

void executor_launch(struct executor *x, struct task *const *tasks, size_t n)
{
	struct mesos_cluster *c = x->agent->c;
	char **failures = xcalloc(n, sizeof(*failures));
	int group = x->next_group++;
	for (size_t i = 0; i < n; i++) {
		struct task *t = tasks[i];
		t->executor = x;
		t->on_agent = true;
		t->group = group;
		list_push(&x->tasks, &t->in_executor);
		if (x->ending) {
			continue;
		}
		if (x->is_default) {
			ids_uuid(&c->ids, t->container_id);
			update(t, "TASK_STARTING");
		} else {
			snprintf(t->container_id, sizeof(t->container_id), "%s", x->container_id);
		}
	}
	for (size_t i = 0; i < n && !x->ending; i++) {
		if (container_start(tasks[i], &failures[i]) == 0) {
			if (!x->is_default) {
				update(tasks[i], "TASK_STARTING");
			}
			update(tasks[i], "TASK_RUNNING");
			checks_start(tasks[i]);
		}
	}
	/* Only now, since one failure ends the group. The last end frees the executor. */
	for (size_t i = 0; i < n; i++) {
		if (failures[i]) {
			executor_task_ended(tasks[i], "TASK_FAILED", failures[i], NULL);
			free(failures[i]);
		}
	}
	free(failures);
}

static int64_t grace_of(const struct task *t, int64_t asked_ms)
{
	int64_t ns = js_int(js_at(t->info, "kill_policy", "grace_period", NULL), "nanoseconds", -1);
	/* The command executor keeps to the task's policy whatever the call says. */
	if (asked_ms >= 0 && t->executor->is_default) {
		return asked_ms;
	}
	return ns >= 0 ? ns / 1000000 : MESOS_KILL_GRACE_MS;
}

void executor_kill_task(struct task *t, int64_t grace_ms)
{
	if (!t->executor || !t->container) {
		return;
	}
	if (!t->killed) {
		t->killed = true;
		checks_stop(t);
		if (framework_can(t->framework, FRAMEWORK_TASK_KILLING)) {
			update(t, "TASK_KILLING");
		}
	} else if (grace_ms < 0 || !t->executor->is_default) {
		return;
	}
	container_end(t->container, grace_of(t, grace_ms));
}

void executor_shutdown(struct executor *x)
{
	LIST_EACH (&x->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_executor);
		if (t->killed && t->container) {
			/* However long it was given: the agent does not wait longer for its executor. */
			container_end(t->container, MESOS_EXECUTOR_SHUTDOWN_GRACE_MS);
		} else {
			executor_kill_task(t, -1);
		}
	}
}

void agent_shutdown_framework(struct mesos_agent *a, const char *framework_id)
{
	LIST_EACH (&a->containers, l) {
		struct container *k = LIST_ENTRY(l, struct container, in_agent);
		if (strcmp(k->framework_id, framework_id) == 0) {
			container_end(k, MESOS_EXECUTOR_SHUTDOWN_GRACE_MS);
		}
	}
	LIST_EACH (&a->executors, l) {
		struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (strcmp(x->framework_id, framework_id) == 0) {
			executor_drop(x);
		}
	}
}
