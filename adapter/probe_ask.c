/* Probes that Mesos cannot make: asked by the adapter, over the network, and counted as a kubelet counts. */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define SPREAD_SLOTS 997 /* a life of ours begins with all probes at once: they are spread over their periods */

/* The same for a container in each life. */
static int64_t spread(const struct pod *pod, const struct task *task, int64_t period_ms)
{
	uint64_t h = (uint64_t)(task - pod->tasks);
	for (const char *s = pod->spec->uid; *s; s++) {
		h = h * 31 + (unsigned char)*s;
	}
	return period_ms * (int64_t)(h % SPREAD_SLOTS) / SPREAD_SLOTS;
}

static int64_t first_due(const struct core *core, const struct pod *pod, const struct task *task,
			 const struct kube_probe *p)
{
	if (task->probes.inherited) {
		return core->now + spread(pod, task, p->period_s * 1000);
	}
	int64_t delayed = task->probes.begin_ms + p->delay_s * 1000;
	return delayed > core->now ? delayed : core->now;
}

static void ask(struct core *core, const struct pod *pod, struct task *task, enum kube_probe_kind kind,
		const char *pod_ip)
{
	const struct kube_probe *p = task->spec->probes[kind];
	struct effect *f = effects_add(core->out, EFFECT_PROBE);
	char id[TASK_ID_MAX];
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), task->run.number, id));
	f->text = xstrdup(kube_probe_keys[kind]);
	f->grace_ms = p->timeout_s * 1000;
	f->body = checks_question(&p->handler, pod_ip);
	task->probes.asked[kind].under_way = true;
}

void task_probe_when_due(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind)
{
	const struct kube_probe *p = task->spec->probes[kind];
	struct probe_asked *a = &task->probes.asked[kind];
	const char *ip = pod->ip ? pod->ip : pod->agent->ip;
	if (a->under_way) {
		return;
	}
	if (!a->due_ms) {
		a->due_ms = first_due(core, pod, task, p);
	}
	if (a->due_ms <= core->now && (ip || p->handler.host)) {
		a->due_ms = core->now + p->period_s * 1000;
		ask(core, pod, task, kind, ip ? ip : "");
		return;
	}
	pod_alarm(core, pod, a->due_ms > core->now ? a->due_ms : core->now + p->period_s * 1000);
}

static int kind_of(const char *key)
{
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		if (strcmp(kube_probe_keys[kind], key) == 0) {
			return kind;
		}
	}
	return KUBE_PROBES;
}

void probe_answered(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct task_id id;
	struct pod *pod;
	struct task *task = task_explain(core, effect->task_id, &id, &pod);
	int kind = kind_of(effect->text);
	if (!task || id.run != task->run.number || !task->spec || kind == KUBE_PROBES || !task->spec->probes[kind] ||
	    !task->probes.asked[kind].under_way) {
		return;
	}
	struct probe_asked *a = &task->probes.asked[kind];
	bool good = !failure;
	a->under_way = false;
	a->times = a->times && a->good == good ? a->times + 1 : 1;
	a->good = good;
	task_probe_counted(core, pod, task, (enum kube_probe_kind)kind, failure ? failure->text : NULL);
	pod_touch(core, pod);
}
