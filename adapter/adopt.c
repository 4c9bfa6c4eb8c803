/* Pods that somebody else bound to one of our nodes: kube-scheduler, a DaemonSet, whoever wrote nodeName.
 *
 * Their node says which agent it stands for at present; on one that stands for all agents they wait for an offer like
 * pods that are not bound. Which agent it is, is written to the pod before anything is launched, as our own bindings
 * do, for another agent may have the node tomorrow while the pod's tasks still live on this one.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "kube/objects.h"

void pod_marks(const struct core *core, const struct pod *pod, const struct agent *agent, struct pod_marks *ret)
{
	executor_text(executor_amounts(pod->spec, &core->cfg.translate), ret->executor);
	ret->pairs[0] = (struct kube_pair){ANNOTATION_AGENT_ID, agent->id};
	ret->pairs[1] = (struct kube_pair){ANNOTATION_JOINED, pod->network ? pod->network : ""};
	ret->pairs[2] = (struct kube_pair){ANNOTATION_EXECUTOR, ret->executor};
	ret->pairs[3] = (struct kube_pair){ANNOTATION_ADAPTER, core->cfg.scheduler};
	ret->n = core->cfg.scheduler ? 4 : 3;
}

void pod_join(struct pod *pod)
{
	if (!pod->joined) {
		pod->joined = true;
		pod->network = xstrdup(pod->spec->network);
	}
}

void pod_unjoin(struct pod *pod)
{
	free(pod->network);
	pod->network = NULL;
	pod->joined = false;
}

bool is_others(const struct core *core, const char *adapter)
{
	return adapter && core->cfg.scheduler && strcmp(adapter, core->cfg.scheduler) != 0;
}

bool pod_is_others(const struct core *core, const struct kube_pod *spec)
{
	return is_others(core, spec->adapter);
}

static struct node *node_of_adoptable(const struct core *core, const struct kube_pod *spec)
{
	return spec->agent_id || pod_is_others(core, spec) ? NULL : map_get(&core->nodes, spec->node_name);
}

bool pod_is_adoptable(const struct core *core, const struct kube_pod *spec)
{
	return node_of_adoptable(core, spec) != NULL;
}

bool pod_wants_agent(const struct core *core, const struct kube_pod *spec)
{
	const struct node *node = node_of_adoptable(core, spec);
	return node && node_is_of_all(node);
}

struct agent *agent_by_node(struct core *core, const struct kube_pod *spec)
{
	const struct node *node = node_of_adoptable(core, spec);
	return node && !node->agent ? former_agent(core, node) : node ? node->agent : NULL;
}

const char *pod_node_name(const struct pod *pod)
{
	return pod->spec->node_name ? pod->spec->node_name : pod->agent->node->name;
}

void pods_look_again(struct core *core)
{
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (pod->state == POD_FOREIGN && pod_is_adoptable(core, pod->spec)) {
			pod_begin(core, pod);
		}
	}
}

void pod_adopt(struct core *core, struct pod *pod)
{
	pod->state = POD_BOUND;
	pod->binding = 0;
	pod->generation = ++core->last_generation;
	pod_touch(core, pod);
}

struct effect *pod_adoption(struct core *core, struct pod *pod, const struct agent *agent)
{
	pod_join(pod);
	struct effect *f = effects_add(core->out, EFFECT_ADOPT_POD);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->node = xstrdup(pod->spec->node_name);
	f->agent_id = xstrdup(agent->id);
	struct pod_marks marks;
	pod_marks(core, pod, agent, &marks);
	f->body = kube_pod_adopt_body(pod->spec->uid, pod->spec->resource_version, marks.pairs, marks.n);
	return f;
}

void pod_store_agent(struct core *core, struct pod *pod)
{
	if (pod->adopting) {
		return; /* the watch will show it */
	}
	if (pod->not_before_ms > core->now) {
		pod_alarm(core, pod, pod->not_before_ms);
		return;
	}
	if (!write_turn(core, pod)) {
		return;
	}
	pod_adoption(core, pod, pod->agent);
	pod->adopting = true;
}

void pod_store_agent_result(struct core *core, struct pod *pod, const struct err *failure)
{
	if (!failure) {
		return;
	}
	pod->adopting = false;
	if (!write_says_nothing_of_pod(failure)) {
		pod_retry_later(core, pod);
		pod->not_before_ms = core->now + pod->retry_ms;
	}
	pod_touch(core, pod);
}

/* The watch shows the agent. If it was not our writing, an earlier life of ours may have launched something. */
void pod_agent_stored(struct core *core, struct pod *pod)
{
	if (pod_is_others(core, pod->spec)) {
		pod_disown(core, pod);
		return;
	}
	if (pod->state != POD_BOUND || (pod->adopting && strcmp(pod->spec->agent_id, pod->agent->id) == 0)) {
		return;
	}
	struct agent *agent = agent_get(core, pod->spec->agent_id);
	if (!agent) {
		pod_disown(core, pod);
		return;
	}
	agent_join(core, pod, agent);
	pod_unjoin(pod);
	pod_join(pod);
	pod_release(core, pod);
	pod_tasks_probe(pod);
	pod->state = POD_UNSURE;
	pod_ask(core, pod);
}
