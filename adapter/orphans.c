/* Live tasks that no pod explains: left alone for the time of quarantine, told of, and then killed or kept. */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "kube/objects.h"

void orphan_drop(struct core *core, struct orphan *orphan)
{
	map_del(&core->orphans, orphan->task_id);
	list_remove(&orphan->link);
	free(orphan->task_id);
	free(orphan->agent_id);
	free(orphan);
}

static bool is_of(const struct orphan *orphan, const char *uid)
{
	struct task_id id;
	return task_id_parse(orphan->task_id, &id) == 0 && strcmp(id.uid, uid) == 0;
}

const struct orphan *orphan_of(const struct core *core, const char *uid)
{
	LIST_EACH (&core->orphan_list, link) {
		const struct orphan *orphan = LIST_ENTRY(link, struct orphan, link);
		if (is_of(orphan, uid)) {
			return orphan;
		}
	}
	return NULL;
}

void orphans_explained(struct core *core, const char *uid)
{
	const struct orphan *orphan;
	while ((orphan = orphan_of(core, uid)) != NULL) {
		orphan_drop(core, map_get(&core->orphans, orphan->task_id));
	}
}

static void report(struct core *core, const struct orphan *orphan, const char *text)
{
	struct effect *f = effects_add(core->out, EFFECT_REPORT);
	f->task_id = xstrdup(orphan->task_id);
	f->agent_id = xstrdup(orphan->agent_id);
	f->text = xstrdup(text);
}

/* An Event on the node of its agent, since there is no pod to have one; later, when the node is not known yet. */
static void tell(struct core *core, struct orphan *orphan)
{
	const struct agent *agent = map_get(&core->agents, orphan->agent_id);
	if (orphan->told || !agent || !agent->node->name[0] || core->orphans.count > ORPHAN_EVENTS_MAX) {
		return;
	}
	CLEANUP_FREE char *message =
	    xasprintf("No pod explains task %s; after %lld s it is %s", orphan->task_id,
		      (long long)core->cfg.quarantine_ms / 1000, core->cfg.keep_orphans ? "still kept" : "killed");
	struct kube_event event = {
	    .kind = "Node",
	    .name = agent->node->name,
	    .uid = agent->node->name, /* as kubelets do */
	    .type = "Warning",
	    .reason = "UnexplainedTask",
	    .message = message,
	};
	record_event(core, &event);
	orphan->told = true;
}

/* Who is told of already is passed over quickly. */
void orphans_tell(struct core *core)
{
	LIST_EACH (&core->orphan_list, link) {
		tell(core, LIST_ENTRY(link, struct orphan, link));
	}
}

/* Perhaps the task will yet be explained to a person, or its pod comes: it is left alone for the time of quarantine. */
void orphan_add(struct core *core, const char *task_id, const char *agent_id)
{
	if (map_get(&core->orphans, task_id) || core->orphans.count >= CORE_ORPHANS_MAX) {
		return;
	}
	struct orphan *orphan = xcalloc(1, sizeof(*orphan));
	orphan->task_id = xstrdup(task_id);
	orphan->agent_id = xstrdup(agent_id);
	orphan->due_ms = core->now + core->cfg.quarantine_ms;
	map_put(&core->orphans, orphan->task_id, orphan);
	list_push(&core->orphan_list, &orphan->link);
	report(core, orphan, "task that no pod explains is in quarantine");
	tell(core, orphan);
}

void orphan_update(struct core *core, const struct mesos_task_status *status)
{
	struct orphan *orphan = map_get(&core->orphans, status->task_id);
	bool live = !mesos_task_state_terminal(status->state) && status->state != TASK_UNKNOWN;
	if (!live && orphan) {
		report(core, orphan, "unexplained task is over");
		orphan_drop(core, orphan);
		return;
	}
	if (live && status->agent_id) {
		orphan_add(core, status->task_id, status->agent_id);
	}
}

static void kill(struct core *core, const struct orphan *orphan, const char *why)
{
	struct effect *f = effects_add(core->out, EFFECT_KILL);
	f->task_id = xstrdup(orphan->task_id);
	f->agent_id = xstrdup(orphan->agent_id);
	f->grace_ms = -1;
	report(core, orphan, why);
}

/* Its quarantine is over, and comes again. */
static void due(struct core *core, struct orphan *orphan)
{
	orphan->due_ms = core->now + core->cfg.quarantine_ms + KILL_AGAIN_MS;
	list_remove(&orphan->link);
	list_push(&core->orphan_list, &orphan->link);
	tell(core, orphan);
	if (core->cfg.keep_orphans) {
		report(core, orphan, "unexplained task is kept after its quarantine");
	} else if (core_acting(core)) {
		kill(core, orphan, "unexplained task is killed after its quarantine");
	}
}

bool orphans_end(struct core *core, struct pod *pod)
{
	bool any = false;
	LIST_EACH (&core->orphan_list, link) {
		struct orphan *orphan = LIST_ENTRY(link, struct orphan, link);
		if (!is_of(orphan, pod->spec->uid)) {
			continue;
		}
		if (task_explained(core, orphan->task_id)) {
			orphan_drop(core, orphan); /* it is over: else the pod would not be */
			continue;
		}
		if (core_acting(core) && orphan->kill_ms <= core->now) {
			kill(core, orphan, "unexplained task is killed, for its pod is removed");
			orphan->kill_ms = core->now + KILL_AGAIN_MS;
		}
		pod_alarm(core, pod, core->now + KILL_AGAIN_MS);
		any = true;
	}
	return any;
}

void orphans_tick(struct core *core)
{
	while (!list_empty(&core->orphan_list)) {
		struct orphan *orphan = LIST_ENTRY(core->orphan_list.next, struct orphan, link);
		if (orphan->due_ms > core->now) {
			return;
		}
		if (task_explained(core, orphan->task_id)) {
			orphan_drop(core, orphan); /* its pod has come */
		} else {
			due(core, orphan);
		}
	}
}
