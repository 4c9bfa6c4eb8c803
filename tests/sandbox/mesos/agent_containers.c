/* GET_CONTAINERS: what runs on an agent and what it uses, as its processes say. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/nested.h"

/* What the agent adds for the command executor itself. */
#define COMMAND_EXECUTOR_CPUS_MILLI 100
#define COMMAND_EXECUTOR_MEM_MILLI 32000
#define BYTES_OF_MILLI(mb) ((mb)*1024 / 1000 * 1024)

struct limits {
	int64_t cpus_milli, mem_milli;
};

static void add_limits(struct limits *l, const struct resources *r)
{
	l->cpus_milli += resources_milli(r, "cpus");
	l->mem_milli += resources_milli(r, "mem");
}

/* Nothing is known: false. */
static bool add_usage(const struct container *k, struct task_usage *sum)
{
	struct task_usage u;
	if (!k) {
		return false;
	}
	const struct task_runner *runner = &k->agent->c->config.runner;
	if (!runner->usage || runner->usage(runner->ctx, k->id, &u) < 0) {
		return false;
	}
	sum->user_ms += u.user_ms;
	sum->system_ms += u.system_ms;
	sum->rss_bytes += u.rss_bytes;
	return true;
}

static bool add_usage_below(struct mesos_agent *a, const char *path, struct task_usage *sum)
{
	size_t n = strlen(path);
	bool known = false;
	LIST_EACH (&a->nested, l) {
		const struct nested *x = LIST_ENTRY(l, struct nested, in_agent);
		if (strncmp(x->path, path, n) == 0 && x->path[n] == '.') {
			known = add_usage(x->container, sum) || known;
		}
	}
	return known;
}

static json_t *statistics(const struct mesos_cluster *c, const struct limits *l, const struct task_usage *u)
{
	json_t *o = json_pack("{s:f}", "timestamp", cluster_seconds(c->now));
	if (u) {
		json_object_update_new(o, json_pack("{s:f,s:f}", "cpus_user_time_secs", cluster_seconds(u->user_ms),
						    "cpus_system_time_secs", cluster_seconds(u->system_ms)));
	}
	if (l) {
		json_int_t bytes = (json_int_t)BYTES_OF_MILLI(l->mem_milli);
		json_object_update_new(o, json_pack("{s:f,s:I,s:I}", "cpus_soft_limit", (double)l->cpus_milli / 1000.0,
						    "mem_limit_bytes", bytes, "mem_soft_limit_bytes", bytes));
	}
	if (u) {
		json_object_set_new(o, "mem_rss_bytes", json_integer((json_int_t)u->rss_bytes));
	}
	return o;
}

static json_t *status_json(json_t *id, int64_t pid)
{
	json_t *o = json_pack("{s:o}", "container_id", id);
	if (pid > 0) {
		json_object_set_new(o, "executor_pid", json_integer((json_int_t)pid));
	}
	return o;
}

/* As the agent names the executor of a single task. */
static char *executor_name(const struct executor *x)
{
	if (x->is_default || list_empty(&x->tasks)) {
		return xstrdup("");
	}
	const struct task *t = LIST_ENTRY(x->tasks.next, struct task, in_executor);
	const json_t *command = js_obj(t->info, "command");
	const char *value = js_str(command, "value");
	if (!value) {
		return xasprintf("Command Executor (Task: %s) (Command: NO EXECUTABLE)", t->id);
	}
	if (!js_bool(command, "shell", true)) {
		return xasprintf("Command Executor (Task: %s) (Command: %s)", t->id, value);
	}
	bool longer = strlen(value) > 15;
	return xasprintf("Command Executor (Task: %s) (Command: sh -c '%.*s%s')", t->id, longer ? 12 : 15, value,
			 longer ? "..." : "");
}

/* An executor is no process here: its root container uses what those in it use. */
static json_t *root_container(const struct executor *x)
{
	struct limits limits = {0};
	struct task_usage u = {0};
	bool known = add_usage_below(x->agent, x->container_id, &u);
	int64_t pid = 0;
	CLEANUP_FREE char *name = executor_name(x);
	add_limits(&limits, &x->resources);
	if (!x->is_default) {
		limits.cpus_milli += COMMAND_EXECUTOR_CPUS_MILLI;
		limits.mem_milli += COMMAND_EXECUTOR_MEM_MILLI;
	}
	LIST_EACH (&x->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_executor);
		known = add_usage(t->container, &u) || known;
		add_limits(&limits, &t->resources);
		pid = x->is_default ? 0 : t->pid;
	}
	return json_pack("{s:{s:s},s:{s:s},s:s,s:{s:s},s:o,s:o}", "framework_id", "value", x->framework_id,
			 "executor_id", "value", x->id, "executor_name", name, "container_id", "value", x->container_id,
			 "container_status", status_json(json_pack("{s:s}", "value", x->container_id), pid),
			 "resource_statistics", statistics(x->agent->c, &limits, known ? &u : NULL));
}

static json_t *task_container(const struct task *t)
{
	struct limits limits = {0};
	struct task_usage u = {0};
	CLEANUP_FREE char *path = task_path(t);
	bool known = add_usage(t->container, &u);
	known = add_usage_below(t->agent, path, &u) || known;
	add_limits(&limits, &t->resources);
	json_t *id = json_pack("{s:s,s:{s:s}}", "value", t->container_id, "parent", "value", t->executor->container_id);
	return json_pack("{s:{s:s},s:o,s:o}", "container_id", "value", t->container_id, "container_status",
			 status_json(id, t->pid), "resource_statistics",
			 statistics(t->agent->c, &limits, known ? &u : NULL));
}

static json_t *nested_container(const struct nested *n)
{
	struct task_usage u = {0};
	bool known = add_usage(n->container, &u);
	return json_pack("{s:{s:s},s:o,s:o}", "container_id", "value", js_str(n->id, "value"), "container_status",
			 status_json(json_incref(n->id), n->pid), "resource_statistics",
			 statistics(n->agent->c, NULL, known ? &u : NULL));
}

json_t *agent_containers(struct mesos_agent *a, const json_t *call)
{
	bool nested = js_bool(js_obj(call, "get_containers"), "show_nested", false);
	json_t *all = json_array();
	LIST_EACH (&a->executors, lx) {
		const struct executor *x = LIST_ENTRY(lx, struct executor, in_agent);
		json_array_append_new(all, root_container(x));
		LIST_EACH (&x->tasks, l) {
			const struct task *t = LIST_ENTRY(l, struct task, in_executor);
			if (nested && x->is_default && t->container) {
				json_array_append_new(all, task_container(t));
			}
		}
	}
	LIST_EACH (&a->nested, l) {
		const struct nested *n = LIST_ENTRY(l, struct nested, in_agent);
		if (nested && n->container) {
			json_array_append_new(all, nested_container(n));
		}
	}
	return json_pack("{s:o}", "containers", all);
}
