/* Questions about what the core knows, for those who serve it to others; they change nothing. */
#include "adapter/look.h"

#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

static bool has_name(const struct pod *pod, const char *ns, const char *name)
{
	return strcmp(pod->spec->name, name) == 0 && strcmp(pod->spec->ns, ns) == 0;
}

/* By name alone, which is how people ask: rare enough to walk all of them. One that Kubernetes forgot, while its tasks
 * are killed, may have a successor of its name. */
static const struct pod *find_pod(const struct core *core, const char *ns, const char *name, const char *uid)
{
	const struct pod *found = NULL;
	if (core && uid) {
		found = map_get(&core->pods, uid);
		return found && has_name(found, ns, name) ? found : NULL;
	}
	if (!core) {
		return NULL;
	}
	LIST_EACH (&core->pod_list, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (has_name(pod, ns, name) && (!found || found->state == POD_ORPHANED)) {
			found = pod;
		}
	}
	return found;
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
	    .node = pod_node_name(pod),
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
		ret->waiting = task_waiting_reason(core, pod, task);
		ret->spec = task->spec;
	}
	return 0;
}

const char *core_node_of_pod(const struct core *core, const char *ns, const char *name)
{
	const struct pod *pod = find_pod(core, ns, name, NULL);
	return pod && pod->agent && pod_node_name(pod)[0] ? pod_node_name(pod) : NULL;
}

const char *core_find_node(const struct core *core, const char *node, struct err *e)
{
	size_t it = 0, n = core ? core->nodes.count : 0;
	const struct node *found = NULL;
	if (node) {
		found = core ? map_get(&core->nodes, node) : NULL;
	} else if (n == 1) {
		found = map_next(&core->nodes, &it);
	}
	if (!found && node) {
		err_set(e, ERR_NOT_FOUND, "node \"%s\" does not exist", node);
	} else if (!found) {
		err_set(e, ERR_NOT_FOUND, "which of %zu nodes is asked for? Ask at /nodes/NAME/...", n);
	}
	return found ? found->name : NULL;
}

static struct core_agent_look look_at(const struct agent *agent)
{
	return (struct core_agent_look){
	    .agent_id = agent->id,
	    .ip = agent->ip,
	    .port = agent->port,
	    .https = agent->https,
	    .away = agent->away,
	};
}

static bool has_node(const struct core *core, const struct agent *agent)
{
	return map_get(&core->nodes, agent->node->name) == agent->node;
}

int core_look_agent(const struct core *core, const char *agent_id, struct core_agent_look *ret)
{
	const struct agent *agent = core ? map_get(&core->agents, agent_id) : NULL;
	if (!agent || !has_node(core, agent)) {
		return -1;
	}
	*ret = look_at(agent);
	return 0;
}

void core_each_agent(const struct core *core, void (*each)(void *arg, const struct core_agent_look *agent), void *arg)
{
	if (!core) {
		return;
	}
	LIST_EACH (&core->agent_list, link) {
		const struct agent *agent = LIST_ENTRY(link, struct agent, link);
		struct core_agent_look look = look_at(agent);
		if (has_node(core, agent)) {
			each(arg, &look);
		}
	}
}

void core_each_agent_of(const struct core *core, const char *node,
			void (*each)(void *arg, const struct core_agent_look *agent), void *arg)
{
	const struct node *found = core ? map_get(&core->nodes, node) : NULL;
	if (found && !node_is_of_all(found)) {
		const struct agent *agent = found->agent ? found->agent : map_get(&core->agents, found->former_of);
		struct core_agent_look look = agent ? look_at(agent) : (struct core_agent_look){0};
		if (agent) {
			each(arg, &look);
		}
	} else if (found) {
		LIST_EACH (&core->agent_list, link) {
			const struct agent *agent = LIST_ENTRY(link, struct agent, link);
			struct core_agent_look look = look_at(agent);
			if (agent->n_pods && !agent->away) {
				each(arg, &look);
			}
		}
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
			    (struct core_container_look){task->spec->name, task_image(task), &task->run};
		}
	}
	each(arg, &look);
}

/* What an agent has, its own node shows, whatever name that had when the pod was bound. */
static bool is_of_node(const struct pod *pod, const struct node *node)
{
	return node->agent ? node->agent == pod->agent : strcmp(pod_node_name(pod), node->name) == 0;
}

static void tell_pods(const struct agent *agent, const struct node *node,
		      void (*each)(void *arg, const struct core_pod_look *pod), void *arg)
{
	LIST_EACH (&agent->pods, link) {
		const struct pod *pod = LIST_ENTRY(link, struct pod, on);
		if (is_ours(pod) && is_of_node(pod, node)) {
			tell_pod(pod, each, arg);
		}
	}
}

void core_each_pod(const struct core *core, const char *node, const char *agent_id,
		   void (*each)(void *arg, const struct core_pod_look *pod), void *arg)
{
	const struct node *found = core ? map_get(&core->nodes, node) : NULL;
	if (!found) {
		return;
	}
	const struct agent *one = map_get(&core->agents, agent_id);
	if (one) {
		tell_pods(one, found, each, arg);
	} else if (!agent_id) {
		LIST_EACH (&core->agent_list, link) {
			tell_pods(LIST_ENTRY(link, struct agent, link), found, each, arg);
		}
	}
}
