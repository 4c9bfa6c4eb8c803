#include "tests/simulate/mutations.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/core.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/simulate/sim.h"
#include "translate/ids.h"

static const struct {
	const char *name;
	const char *words; /* of the violation that it is, each with a blank after it */
	unsigned faults;   /* that bring it out soonest; 0: all */
} TABLE[MUTATIONS] = {
    [MUTATION_NONE] = {"none", "", 0},
    [MUTATION_ACKNOWLEDGE_EARLY] = {"acknowledge-early", "acknowledged ", 0},
    [MUTATION_GUESS] = {"guess", "twice ", 0},
    [MUTATION_NEVER_ASK] = {"never-ask", "unsettled ", 0},
    [MUTATION_KILL_UNKNOWN] = {"kill-unknown", "quarantine ", 0},
    [MUTATION_UNKNOWN_IS_DEAD] = {"unknown-is-dead", "twice ", 1u << FAULT_AGENT_PARTITION},
    [MUTATION_UNREACHABLE_IS_DEAD] = {"unreachable-is-dead", "twice removed ", 1u << FAULT_AGENT_PARTITION},
    [MUTATION_FORGET_DISCONNECTED] = {"forget-disconnected", "early offers ", 0},
    [MUTATION_LAUNCH_UNSTORED] = {"launch-unstored", "unstored ", 0},
    [MUTATION_DROP_RESCIND] = {"drop-rescind", "offers ", 1u << FAULT_RESCIND | 1u << FAULT_SLOW},
    [MUTATION_NEVER_REVIVE] = {"never-revive", "unsettled ", 0},
    [MUTATION_NEVER_DECLINE] = {"never-decline", "offers ", 0},
    /* The list must be late. */
    [MUTATION_SYNCED_EARLY] = {"synced-early", "early ",
			       1u << FAULT_CRASH | 1u << FAULT_API_REFUSES | 1u << FAULT_SLOW},
    [MUTATION_NEVER_KILL] = {"never-kill", "unsettled ", 0},
    [MUTATION_STATUS_TWICE] = {"status-twice", "backwards ", 0},
    [MUTATION_LOSE_FAILURES] = {"lose-failures", "acknowledged hook ", 0},
    [MUTATION_MISS_DELETIONS] = {"miss-deletions", "unsettled ", 1u << FAULT_DELETE},
    [MUTATION_COUNT_ENDED] = {"count-ended", "again ", 0},
    [MUTATION_BUSY] = {"busy", "flood ", 0},
};

const char *mutation_name(enum mutation mutation)
{
	return TABLE[mutation].name;
}

int mutation_parse(const char *name, enum mutation *ret)
{
	for (unsigned i = 0; i < MUTATIONS; i++) {
		if (strcmp(TABLE[i].name, name) == 0) {
			*ret = (enum mutation)i;
			return 0;
		}
	}
	return -1;
}

unsigned mutation_faults(enum mutation mutation)
{
	return TABLE[mutation].faults ? TABLE[mutation].faults : FAULTS_ALL;
}

bool mutation_is_that(enum mutation mutation, const char *violation)
{
	size_t n = strcspn(violation, ":");
	for (const char *word = TABLE[mutation].words; *word; word += strcspn(word, " ") + 1) {
		if (strcspn(word, " ") == n && strncmp(word, violation, n) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- before ---- */

static void other_state(struct mutant *m, struct core_event *event, enum mesos_task_state state)
{
	m->status = *event->status;
	m->status.state = state;
	event->status = &m->status;
}

/* For once and for all: that it lives is not believed. */
static bool unknown_is_dead(struct mutant *m, struct core_event *event)
{
	const char *id = event->status->task_id;
	if (event->status->state == TASK_UNKNOWN) {
		if (!map_get(&m->dead, id)) {
			char *own = xstrdup(id);
			map_put(&m->dead, own, own);
		}
		other_state(m, event, TASK_GONE);
		return true;
	}
	return !map_get(&m->dead, id) || mesos_task_state_terminal(event->status->state);
}

/* A status that the core did not ask for; the core hears nothing of what became of it. */
static bool is_copy(const struct core_event *event)
{
	return event->type == CORE_RESULT && event->effect->type == EFFECT_PATCH_STATUS && !event->effect->generation;
}

bool mutation_event(struct mutant *m, struct core_event *event)
{
	if (is_copy(event)) {
		return false;
	}
	switch (m->mutation) {
	case MUTATION_UNKNOWN_IS_DEAD:
		return event->type != CORE_UPDATE || unknown_is_dead(m, event);
	case MUTATION_UNREACHABLE_IS_DEAD:
		if (event->type == CORE_UPDATE && event->status->state == TASK_UNREACHABLE) {
			other_state(m, event, TASK_GONE);
		}
		return true;
	case MUTATION_FORGET_DISCONNECTED:
		return event->type != CORE_DISCONNECTED;
	case MUTATION_DROP_RESCIND:
		return event->type != CORE_RESCINDED;
	case MUTATION_MISS_DELETIONS:
		return event->type != CORE_POD_GONE;
	case MUTATION_LOSE_FAILURES:
		event->failure = NULL;
		return true;
	default:
		return true;
	}
}

/* ---- after ---- */

static void drop(struct effects *effects, enum effect_type type)
{
	size_t kept = 0;
	for (size_t i = 0; i < effects->n; i++) {
		if (effects->items[i]->type == type) {
			effect_free(effects->items[i]);
		} else {
			effects->items[kept++] = effects->items[i];
		}
	}
	effects->n = kept;
}

static struct effect *copy_onto(struct effects *effects, const struct effect *f)
{
	struct effect *copy = effects_add(effects, f->type);
	copy->ns = xstrdup(f->ns);
	copy->name = xstrdup(f->name);
	copy->uid = xstrdup(f->uid);
	copy->text = xstrdup(f->text);
	copy->body = json_deep_copy(f->body);
	return copy;
}

static void acknowledge(const struct mesos_task_status *status, struct effects *effects)
{
	struct effect *f = effects_add(effects, EFFECT_ACKNOWLEDGE);
	f->task_id = xstrdup(status->task_id);
	f->agent_id = xstrdup(status->agent_id);
	f->text = xstrdup(status->uuid);
}

static void kill_unknown(const struct mutant *m, const struct mesos_task_status *status, struct effects *effects)
{
	struct task_id id;
	if (task_id_parse(status->task_id, &id) < 0 || map_get(&m->life->pods, id.uid) ||
	    mesos_task_state_terminal(status->state) || !m->life->synced) {
		return;
	}
	struct effect *f = effects_add(effects, EFFECT_KILL);
	f->task_id = xstrdup(status->task_id);
	f->agent_id = xstrdup(status->agent_id);
}

/* The question is not put; whoever waits for its having been put waits no longer. */
static void answer_questions(struct mutant *m, struct core *core, int64_t now_ms, struct effects *effects, bool guess)
{
	struct effects asked = {0};
	for (size_t i = 0; i < effects->n; i++) {
		struct effect *f = effects->items[i];
		if (f->type == EFFECT_RECONCILE && f->n_ids) {
			struct effect *own = effects_add(&asked, f->type), empty = *own;
			*own = *f;
			*f = empty;
		}
	}
	drop(effects, EFFECT_RECONCILE);
	for (size_t i = 0; i < asked.n; i++) {
		const struct effect *f = asked.items[i];
		struct core_event taken = {.type = CORE_RESULT, .effect = f};
		m->step(core, now_ms, &taken, effects);
		for (size_t k = 0; guess && k < f->n_ids; k++) {
			const struct mesos_task_status gone = {
			    .task_id = f->ids[k], .agent_id = f->others[k], .state = TASK_GONE};
			struct core_event update = {.type = CORE_UPDATE, .status = &gone};
			m->step(core, now_ms, &update, effects);
		}
	}
	effects_done(&asked);
}

/* It counts as stored, and never is. */
static void pretend_to_store(const struct mutant *m, struct core *core, int64_t now_ms, struct effects *effects)
{
	for (size_t i = 0; i < effects->n; i++) {
		struct core_event result = {.type = CORE_RESULT, .effect = effects->items[i]};
		if (effects->items[i]->type == EFFECT_STORE_FRAMEWORK) {
			m->step(core, now_ms, &result, effects);
			break;
		}
	}
	drop(effects, EFFECT_STORE_FRAMEWORK);
}

/* The status before the one that was just stored comes once more, on whatever version. */
static void older_status(struct mutant *m, const struct core_event *event, struct effects *effects)
{
	const struct effect *f = event->effect;
	if (event->type != CORE_RESULT || f->type != EFFECT_PATCH_STATUS || event->failure || is_copy(event)) {
		return;
	}
	const struct effect *older = m->older.n ? m->older.items[0] : NULL;
	if (older && strcmp(older->uid, f->uid) == 0) {
		struct effect *copy = copy_onto(effects, older);
		json_object_del(js_obj(copy->body, "metadata"), "resourceVersion");
	}
	effects_done(&m->older);
	m->older = (struct effects){0};
	copy_onto(&m->older, f);
}

/* One run more, or none, in every other status. */
static void count_ended(struct effects *effects)
{
	for (size_t i = 0; i < effects->n; i++) {
		const struct effect *f = effects->items[i];
		const json_t *list = f->type == EFFECT_PATCH_STATUS
					 ? js_at(f->body, "status", "ephemeralContainerStatuses", NULL)
					 : NULL;
		size_t k;
		json_t *status;
		json_array_foreach ((json_t *)(uintptr_t)list, k, status) {
			if (js_at(status, "state", "terminated", NULL)) {
				json_object_set_new(status, "restartCount",
						    json_integer((json_int_t)(f->generation % 2)));
			}
		}
	}
}

void mutation_effects(struct mutant *m, struct core *core, int64_t now_ms, const struct core_event *event,
		      struct effects *effects)
{
	switch (m->mutation) {
	case MUTATION_ACKNOWLEDGE_EARLY:
		if (event->type == CORE_UPDATE && event->status->uuid[0] && event->status->agent_id) {
			acknowledge(event->status, effects);
		}
		break;
	case MUTATION_GUESS:
		answer_questions(m, core, now_ms, effects, true);
		break;
	case MUTATION_NEVER_ASK:
		answer_questions(m, core, now_ms, effects, false);
		break;
	case MUTATION_KILL_UNKNOWN:
		if (event->type == CORE_UPDATE && event->status->agent_id) {
			kill_unknown(m, event->status, effects);
		}
		break;
	case MUTATION_LAUNCH_UNSTORED:
		pretend_to_store(m, core, now_ms, effects);
		break;
	case MUTATION_NEVER_REVIVE:
		drop(effects, EFFECT_REVIVE);
		break;
	case MUTATION_NEVER_DECLINE:
		drop(effects, EFFECT_DECLINE);
		break;
	case MUTATION_NEVER_KILL:
		drop(effects, EFFECT_KILL);
		drop(effects, EFFECT_SHUTDOWN);
		break;
	case MUTATION_MISS_DELETIONS:
		drop(effects, EFFECT_COMPARE_PODS); /* which would find out */
		break;
	case MUTATION_SYNCED_EARLY:
		if (event->type == CORE_SUBSCRIBED) {
			m->step(core, now_ms, &(struct core_event){.type = CORE_PODS_SYNCED}, effects);
		}
		break;
	case MUTATION_STATUS_TWICE:
		older_status(m, event, effects);
		break;
	case MUTATION_COUNT_ENDED:
		count_ended(effects);
		break;
	case MUTATION_BUSY:
		if (event->type == CORE_RESULT && event->effect->type == EFFECT_PATCH_STATUS) {
			copy_onto(effects, event->effect);
		}
		break;
	default:
		break;
	}
}

void mutation_forget(struct mutant *m)
{
	size_t it = 0;
	char *id;
	while ((id = map_next(&m->dead, &it)) != NULL) {
		free(id);
	}
	map_done(&m->dead);
	effects_done(&m->older);
	m->older = (struct effects){0};
}
