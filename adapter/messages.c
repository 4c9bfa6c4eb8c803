/* The last words of containers: asked for when one ends, and waited for, for a while, with the status that tells of it.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "translate/message.h"

#define MESSAGE_WAIT_MS 10000  /* then the end is told without */
#define MESSAGE_LOOK_MS 500    /* where an agent is, its next offer says */
#define MESSAGE_SPARE_MS 30000 /* an agent whose files could not be read is not asked again for so long */

void task_await_message(struct core *core, const struct pod *pod, struct task *task)
{
	if (!task->spec) {
		return;
	}
	struct message_sources sources = message_sources(task->spec, &task->run);
	const struct agent *agent = pod->agent;
	bool spared = core->now < agent->unread_until_ms || (agent->access.reason && !agent->access.good);
	task->message_ms = (sources.file || sources.log) && !spared ? core->now + MESSAGE_WAIT_MS : 0;
	task->message_asked = false;
}

static void ask(struct core *core, const struct pod *pod, struct task *task)
{
	static const char *const logs[] = {"stdout", "stderr"};
	struct message_sources sources = message_sources(task->spec, &task->run);
	struct effect *f = effects_add(core->out, EFFECT_READ_MESSAGE);
	char id[TASK_ID_MAX];
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->agent_id = xstrdup(pod->agent->id);
	f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), task->run.number, id));
	f->text = xstrdup(task->run.container_id);
	if (sources.file) {
		effect_add_id(f, MESSAGE_FILE);
	}
	for (size_t i = 0; sources.log && i < sizeof(logs) / sizeof(*logs); i++) {
		effect_add_other(f, logs[i]);
	}
	task->message_asked = true;
}

/* True while it is worth waiting. */
static bool awaits(struct core *core, struct pod *pod, struct task *task)
{
	if (!task->message_ms) {
		return false;
	}
	if (task->message_ms <= core->now) {
		task->message_ms = 0;
		return false;
	}
	bool known = pod->agent->ip && pod->agent->port;
	if (!task->message_asked && known) {
		ask(core, pod, task);
	}
	int64_t look_ms = core->now + MESSAGE_LOOK_MS;
	pod_alarm(core, pod, !task->message_asked && look_ms < task->message_ms ? look_ms : task->message_ms);
	return true;
}

bool pod_awaits_messages(struct core *core, struct pod *pod)
{
	bool any = false;
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		any |= awaits(core, pod, &pod->tasks[i]);
	}
	return any;
}

void message_read(struct core *core, const struct core_event *result)
{
	struct task_id id;
	struct pod *pod;
	struct task *task = task_explain(core, result->effect->task_id, &id, &pod);
	struct agent *agent = map_get(&core->agents, result->effect->agent_id);
	if (result->failure && agent) {
		agent->unread_until_ms = core->now + MESSAGE_SPARE_MS;
	}
	if (!task || id.run != task->run.number || !task->message_ms) {
		return; /* it came too late */
	}
	if (!result->failure && result->text) {
		message_add(&task->run, result->text, pod->n_tasks - pod->first_init);
	}
	task->message_ms = 0;
	pod_touch(core, pod);
}
