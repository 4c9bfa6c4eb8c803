/* Questions to Mesos: of tasks by name, and of everything. What it answers, tasks.c hears. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapter/core_state.h"

#define TASKS_PER_QUESTION 1000
#define IMPLICIT_EVERY_MS 2000
#define END_OF_ALL "everything-"
#define TOLD_WAIT_MS 2000

void agent_question(struct core *core, const char *task_id, const char *agent_id)
{
	if (!core->question || core->question->n_ids >= TASKS_PER_QUESTION) {
		core->question = effects_add(core->out, EFFECT_RECONCILE);
	}
	effect_add_id(core->question, task_id);
	effect_add_other(core->question, agent_id);
}

static void question(struct core *core, struct pod *pod, const struct task *task, int number)
{
	char id[TASK_ID_MAX];
	agent_question(core, task_id_make(pod->spec->uid, task_name(task), number, id), pod->agent->id);
	pod->asking++;
}

static void begin_to_ask_all(struct core *core, struct pod *pod)
{
	pod->asked_all = ++core->last_all;
	pod->ask_ms = core->now;
	pod->ask_every_ms = 0;
	pod_touch(core, pod);
}

/* No end of it comes, or one that means nothing: who waits for it asks once more. */
static void everything_not_asked(struct core *core)
{
	core->implicit_ms = core->now - IMPLICIT_EVERY_MS;
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (pod->asked_all) {
			begin_to_ask_all(core, pod);
		}
	}
}

/* The call is done, so what the master has to say to it, it has said. */
void questions_taken(struct core *core, const struct effect *effect, const struct err *failure)
{
	struct task_id id;
	if (failure && !effect->n_ids) {
		everything_not_asked(core);
	}
	for (size_t i = 0; i < effect->n_ids; i++) {
		struct pod *pod = task_id_parse(effect->ids[i], &id) < 0 ? NULL : map_get(&core->pods, id.uid);
		if (pod && pod->asking && --pod->asking == 0) {
			pod_touch(core, pod);
		}
	}
}

/* A task that never was. A question for everything has no end that could be seen, but what is asked after it is
 * answered after it; and an answer to this name answers no earlier question. */
static const char *end_of_all(const struct pod *pod, char id[TASK_ID_MAX])
{
	snprintf(id, TASK_ID_MAX, "%s%" PRIu64 "-%s", END_OF_ALL, pod->asked_all, pod->spec->uid);
	return id;
}

static void questions_of(struct core *core, struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		const struct task *task = &pod->tasks[i];
		if (task->probe) {
			question(core, pod, task, task->run.number);
		}
		if (task->probe_next) {
			question(core, pod, task, task->run.number + 1);
		}
	}
	if (pod->asked_all) {
		char id[TASK_ID_MAX];
		agent_question(core, end_of_all(pod, id), pod->agent->id);
	}
	pod->ask_every_ms = core_backoff(pod->ask_every_ms, core->cfg.ask_first_ms, core->cfg.ask_max_ms);
	pod->ask_ms = core->now + pod->ask_every_ms;
	pod_alarm(core, pod, pod->ask_ms);
}

/* Everything that the master knows of: also what nobody can ask by name, pause tasks of an earlier life and orphans. */
void ask_implicitly(struct core *core)
{
	effects_add(core->out, EFFECT_RECONCILE);
	core->question = NULL; /* the next one comes after this */
	core->implicit_ms = core->now;
	core->asked_all = true;
}

/* Its pause task may live under a number that nobody knows any more. */
static bool pause_unknown(const struct pod *pod)
{
	return pod->need.pause && !pod->pause_known && pod->tasks[0].run.state == RUN_NONE;
}

/* All that could be asked by name is answered, so the agent is there and the master knows what it has: a question for
 * everything tells of the pause, before it answers the one that marks its end. True when that had to be asked. */
bool pod_ask_for_pause(struct core *core, struct pod *pod)
{
	if (!pause_unknown(pod)) {
		return false;
	}
	begin_to_ask_all(core, pod);
	return true;
}

/* The session ended before everything was told: in the next one its agent may not be back yet, so it is asked by name
 * first. */
void pod_all_untold(struct pod *pod)
{
	if (pod->asked_all) {
		pod->asked_all = 0;
		pod_tasks_probe(pod);
	}
}

/* Mark what lives as to be asked of; the question is put when we may act. */
void pod_ask(struct core *core, struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (run_live(&pod->tasks[i].run)) {
			pod->tasks[i].probe = true;
		}
	}
	pod->ask_ms = core->now;
	pod->ask_every_ms = 0;
	pod_touch(core, pod);
}

void pod_doubt_lost(struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].run.state == RUN_LOST) {
			pod->tasks[i].probe = true;
			pod->pause_known = false; /* who told everything did not know of that agent either */
		}
	}
}

void pod_ask_again(struct core *core, struct pod *pod)
{
	if (!core_acting(core) || !pod->agent || !pod_any_probe(pod)) {
		return;
	}
	if (pod->ask_ms > core->now) {
		pod_alarm(core, pod, pod->ask_ms);
		return;
	}
	if (pod->asked_all && !core->asked_all) {
		if (core->now - core->implicit_ms < IMPLICIT_EVERY_MS) {
			pod->ask_ms = core->implicit_ms + IMPLICIT_EVERY_MS;
			pod_alarm(core, pod, pod->ask_ms);
			return;
		}
		ask_implicitly(core);
	}
	questions_of(core, pod);
}

/* A pod of which something lives may look as if it never was bound (rebind.c): before the first one is placed, Mesos
 * has its say. While a master that is new waits for its agents the end of that has no answer; placement waits no
 * longer. */
static void ask_before_placement(struct core *core)
{
	char id[TASK_ID_MAX];
	snprintf(id, sizeof(id), "%s%" PRIu64 "-", END_OF_ALL, ++core->last_all);
	agent_question(core, id, "");
	core->question = NULL;
	core->told_all = false;
	core->told_by_ms = core->now + TOLD_WAIT_MS;
}

/* A session has begun: ask of everything, then by name of whatever an answer is needed for. */
void core_ask_all(struct core *core)
{
	ask_implicitly(core);
	ask_before_placement(core);
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (pod->agent) {
			if (pod->state == POD_BOUND) {
				pod_tasks_probe(pod); /* its agent may have gone while nobody told us */
			}
			pod_ask(core, pod);
			if (pod_any_probe(pod)) {
				questions_of(core, pod);
			}
		}
	}
	agents_ask(core);
}

/* True when the status is of a name that marks the end of everything. */
bool everything_told(struct core *core, const struct mesos_task_status *status)
{
	char id[TASK_ID_MAX];
	if (strncmp(status->task_id, END_OF_ALL, strlen(END_OF_ALL)) != 0) {
		return false;
	}
	const char *uid = strchr(status->task_id + strlen(END_OF_ALL), '-');
	if (uid && !uid[1]) {
		core->told_all = true;
		return true;
	}
	struct pod *pod = uid ? map_get(&core->pods, uid + 1) : NULL;
	bool here = pod && pod->asked_all && strcmp(end_of_all(pod, id), status->task_id) == 0;
	if (here && (says_absent(pod, status->state) || status->state == TASK_GONE_BY_OPERATOR)) {
		pod->asked_all = 0;
		pod->pause_known = true;
		pod_touch(core, pod);
	}
	return true;
}
