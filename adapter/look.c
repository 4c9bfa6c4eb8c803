/* Questions about what the core knows, for those who serve it to others; they change nothing. */
#include "adapter/look.h"

#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

/* By name, which is how people ask; rare enough to walk all of them. */
static const struct pod *find_pod(const struct core *core, const char *ns, const char *name, const char *uid)
{
	if (!core) {
		return NULL;
	}
	LIST_EACH (&core->pod_list, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (strcmp(pod->spec->name, name) == 0 && strcmp(pod->spec->ns, ns) == 0 &&
		    (!uid || strcmp(pod->spec->uid, uid) == 0)) {
			return pod;
		}
	}
	return NULL;
}

static const struct task *find_container(const struct pod *pod, const char *name)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		if (strcmp(pod->tasks[i].spec->name, name) == 0) {
			return &pod->tasks[i];
		}
	}
	return NULL;
}

/* It was launched on an agent, or is about to be. */
static bool is_ours(const struct pod *pod)
{
	return pod->agent && pod->state != POD_FOREIGN && pod->state != POD_QUEUED && pod->state != POD_BINDING;
}

/* Its pause at best, which stays, and has the file system of the agent. */
static const struct run *find_inside(const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].run.state == RUN_RUNNING && pod->tasks[i].run.container_id) {
			return &pod->tasks[i].run;
		}
	}
	return NULL;
}

static const char *waiting_reason(const struct pod *pod, const struct task *task)
{
	if (run_over(&task->run)) {
		return "CrashLoopBackOff";
	}
	return pod->first_init < pod->first_main && !task->init ? "PodInitializing" : "ContainerCreating";
}

int core_look(const struct core *core, const char *ns, const char *name, const char *uid, const char *container,
	      struct core_look *ret, struct err *e)
{
	const struct pod *pod = find_pod(core, ns, name, uid);
	if (!pod || !is_ours(pod)) {
		return err_set(e, ERR_NOT_FOUND, "pod \"%s\" does not exist", name);
	}
	const struct task *task = container ? find_container(pod, container) : NULL;
	if (container && !task) {
		return err_set(e, ERR_NOT_FOUND, "container \"%s\" not found in pod \"%s\"", container, name);
	}
	*ret = (struct core_look){
	    .uid = pod->spec->uid,
	    .node = pod->agent->node->name,
	    .agent_id = pod->agent->id,
	    .agent_ip = pod->agent->ip,
	    .agent_port = pod->agent->port,
	    .agent_https = pod->agent->https,
	    .pod_ip = pod->ip ? pod->ip : pod->agent->ip,
	    .inside = find_inside(pod),
	};
	if (task) {
		ret->present = run_live(&task->run) || run_over(&task->run) ? &task->run : NULL;
		ret->last = task->has_last ? &task->last : NULL;
		ret->waiting = waiting_reason(pod, task);
		ret->tty = task->spec->tty;
		ret->stdin_open = task->spec->stdin_open;
		ret->stdin_once = task->spec->stdin_once;
		ret->working_dir = task->spec->working_dir;
	}
	return 0;
}

const char *core_node_of_pod(const struct core *core, const char *ns, const char *name)
{
	const struct pod *pod = find_pod(core, ns, name, NULL);
	return pod && pod->agent && pod->agent->node->name[0] ? pod->agent->node->name : NULL;
}

static struct core_node_look look_at(const struct agent *agent)
{
	return (struct core_node_look){
	    .node = agent->node->name,
	    .agent_id = agent->id,
	    .agent_ip = agent->ip,
	    .agent_port = agent->port,
	    .agent_https = agent->https,
	    .away = agent->away,
	};
}

int core_look_node(const struct core *core, const char *node, struct core_node_look *ret, struct err *e)
{
	size_t it = 0, n = core ? core->nodes.count : 0;
	const struct node *found = NULL;
	if (node) {
		found = core ? map_get(&core->nodes, node) : NULL;
	} else if (n == 1) {
		found = map_next(&core->nodes, &it);
	}
	if (!found && node) {
		return err_set(e, ERR_NOT_FOUND, "node \"%s\" does not exist", node);
	}
	if (!found) {
		return err_set(e, ERR_NOT_FOUND, "which of %zu nodes is asked for? Ask at /nodes/NAME/...", n);
	}
	*ret = look_at(found->agent);
	return 0;
}

int core_look_agent(const struct core *core, const char *agent_id, struct core_node_look *ret)
{
	const struct agent *agent = core ? map_get(&core->agents, agent_id) : NULL;
	if (!agent || map_get(&core->nodes, agent->node->name) != agent->node) {
		return -1;
	}
	*ret = look_at(agent);
	return 0;
}

void core_each_node(const struct core *core, void (*each)(void *arg, const struct core_node_look *node), void *arg)
{
	size_t it = 0;
	for (const struct node *node; core && (node = map_next(&core->nodes, &it)) != NULL;) {
		struct core_node_look look = look_at(node->agent);
		each(arg, &look);
	}
}

static void tell_pod(const struct pod *pod, void (*each)(void *arg, const struct core_pod_look *pod), void *arg)
{
	CLEANUP_FREE struct core_container_look *containers = xcalloc(pod->n_tasks + 1, sizeof(*containers));
	struct core_pod_look look = {
	    .ns = pod->spec->ns,
	    .name = pod->spec->name,
	    .uid = pod->spec->uid,
	    .start_ms = pod->start_ms,
	    .containers = containers,
	};
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		const struct task *task = &pod->tasks[i];
		if (task->run.state == RUN_RUNNING) {
			containers[look.n_containers++] =
			    (struct core_container_look){task->spec->name, task->spec->image, &task->run};
		}
	}
	each(arg, &look);
}

void core_each_pod(const struct core *core, const char *node, void (*each)(void *arg, const struct core_pod_look *pod),
		   void *arg)
{
	const struct node *found = core ? map_get(&core->nodes, node) : NULL;
	if (!found) {
		return;
	}
	LIST_EACH (&found->agent->pods, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (is_ours(pod)) {
			tell_pod(pod, each, arg);
		}
	}
}
