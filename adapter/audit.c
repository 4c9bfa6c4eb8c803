/* The audit: now and then both worlds are compared with what the core believes, although nothing seems to be wrong.
 *
 * The master is asked for everything (implicit reconciliation). A task that we believe to live and that no answer names
 * is asked for by name, which is the ordinary path to its end; answers that tell something new, and tasks that no pod
 * explains, have theirs. What is found is counted and told: each is a defect of somebody.
 */
#include "adapter/core_state.h"
#include "base/mem.h"

#define JITTER_PARTS 5 /* of the time between two audits, one part up or down */

/* Numbers that look random, from a number: the core has no randomness of its own. */
static uint64_t scramble(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static int64_t next_audit(const struct core *core)
{
	int64_t every = core->cfg.audit_every_ms, part = every / JITTER_PARTS;
	return core->now + every - part + (int64_t)(scramble((uint64_t)core->now) % (uint64_t)(2 * part + 1));
}

static bool said_to_live(const struct task *task)
{
	return task->heard && run_live(&task->run) && !task->run.unreachable;
}

static void begin(struct core *core)
{
	ask_implicitly(core);
	effects_add(core->out, EFFECT_COMPARE_PODS);
	orphans_tell(core);
	core->audit = (struct audit){.begin_ms = UNSET, .end_ms = core->now + AUDIT_ANSWER_MS};
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		for (size_t i = 0; i < pod->n_tasks; i++) {
			pod->tasks[i].unanswered = said_to_live(&pod->tasks[i]) ? pod->tasks[i].run.number + 1 : 0;
		}
	}
}

/* Its answers come with the next update of the run, whatever that is. */
void audit_heard(struct task *task, int run)
{
	if (task->unanswered == run + 1) {
		task->unanswered = 0;
	}
}

void audit_news(struct core *core)
{
	core->audit.news += core->audit.end_ms != UNSET;
}

static bool missing(const struct task *task)
{
	return task->unanswered == task->run.number + 1 && said_to_live(task);
}

static void ask_for_missing(struct core *core, struct pod *pod)
{
	size_t n = 0;
	for (size_t i = 0; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (missing(task)) {
			char id[TASK_ID_MAX];
			struct effect *f = effects_add(core->out, EFFECT_REPORT);
			f->ns = xstrdup(pod->spec->ns);
			f->name = xstrdup(pod->spec->name);
			f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), task->run.number, id));
			f->agent_id = xstrdup(pod->agent->id);
			f->text = xstrdup("the master did not name a task that should live: asking");
			n++;
		}
		task->unanswered = 0;
	}
	if (n) {
		pod_ask(core, pod);
	}
	core->audit.missing += n;
}

static void end(struct core *core)
{
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (pod->agent) {
			ask_for_missing(core, pod);
		}
	}
	core->found.audits++;
	core->found.missing += core->audit.missing;
	core->found.news += core->audit.news;
	core->audit = (struct audit){.begin_ms = next_audit(core), .end_ms = UNSET};
}

void audit_tick(struct core *core)
{
	if (core->audit.end_ms <= core->now) {
		end(core);
	}
	if (core->audit.begin_ms <= core->now) {
		begin(core);
	}
}

static void report_pod(struct core *core, const struct pod *pod)
{
	struct effect *f = effects_add(core->out, EFFECT_REPORT);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->text = xstrdup("the watch does not know a pod that should exist: it is gone");
}

static void report_unseen(struct core *core, size_t n)
{
	struct effect *f = effects_add(core->out, EFFECT_REPORT);
	f->text = xasprintf("%zu pods that the watch knows were not looked at: they are listed again", n);
}

/* The watch and the core are told of the same things in the same order, so they know the same pods. */
void audit_pods(struct core *core, const char *const *uids, size_t n)
{
	struct effect *show = NULL;
	for (size_t i = 0; i < n; i++) {
		struct pod *pod = map_get(&core->pods, uids[i]);
		if (pod) {
			pod->compared = true;
		} else if (core->pods.count < CORE_PODS_MAX) {
			show = show ? show : effects_add(core->out, EFFECT_SHOW_PODS);
			effect_add_id(show, uids[i]);
		}
	}
	if (show) {
		core->found.unseen_pods += show->n_ids;
		report_unseen(core, show->n_ids);
	}
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		bool known = pod->compared;
		pod->compared = false;
		if (!known && pod->state != POD_ORPHANED) {
			report_pod(core, pod);
			core->found.vanished_pods++;
			pod_event(core, pod, POD_EV_VANISHED);
		}
	}
}

/* An audit needs a session from its begin to its end. */
void audit_reset(struct core *core)
{
	core->audit = (struct audit){.begin_ms = UNSET, .end_ms = UNSET};
	if (core->cfg.audit_every_ms && core_acting(core)) {
		core->audit.begin_ms = next_audit(core);
	}
}

int64_t audit_deadline(const struct core *core)
{
	return core->audit.begin_ms < core->audit.end_ms ? core->audit.begin_ms : core->audit.end_ms;
}
