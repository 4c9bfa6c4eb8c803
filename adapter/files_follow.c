/* Files of running containers follow what they are made of: ConfigMaps, Secrets and fields of the pod change, and
 * tokens are renewed.
 *
 * Nothing is watched. Every 30 to 60 s what a pod's written volumes are made of is had anew, of so many pods at a time,
 * and is written if it is another than what stands. What will not change (immutable ConfigMaps and Secrets) is not had
 * again; what the pod itself tells is looked at when it changes. A token is asked for only when it is time, or when its
 * volume is written anyway. What cannot be had, or written, leaves what stands; an event says it once.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/files.h"
#include "base/mem.h"
#include "translate/volumes.h"
#include "translate/written.h"

#define FILES_LOOK_MS 60000 /* at most between two looks */
#define FILES_LOOKS_MAX 12  /* pods that are looked at */

/* ---- turns ---- */

void pod_files_look_ends(struct core *core, struct pod *pod)
{
	struct pod_files *files = &pod->files;
	list_remove(&files->look_turn);
	if (!files->looking) {
		return;
	}
	files->looking = false;
	core->n_file_looks--;
	if (!list_empty(&core->file_lookers)) {
		struct pod_files *next = LIST_ENTRY(core->file_lookers.next, struct pod_files, look_turn);
		list_remove(&next->look_turn);
		pod_touch(core, LIST_ENTRY(next, struct pod, files));
	}
}

static bool may_look(struct core *core, struct pod *pod)
{
	struct pod_files *files = &pod->files;
	if (!files->look_ms) {
		files->look_ms = core->now + core_jittered(core, FILES_LOOK_MS);
	}
	if (files->look_ms > core->now) {
		pod_alarm(core, pod, files->look_ms);
	} else if (files->looking || core->n_file_looks < FILES_LOOKS_MAX) {
		core->n_file_looks += !files->looking;
		files->looking = true;
		list_remove(&files->look_turn);
	} else if (!list_linked(&files->look_turn)) {
		list_push(&core->file_lookers, &files->look_turn);
	}
	return files->looking;
}

/* Something of the pod waits for what is held, to be launched. */
static bool holds_for_launch(const struct core *core, const struct pod *pod)
{
	struct plan_item items[POD_TASKS_ROOM];
	int64_t later = UNSET;
	return pod_lacks_configuration(pod) || pod_due(pod, core->now, items, &later) > 0;
}

static void look_again(struct core *core, struct pod *pod)
{
	pod->files.look_ms = core->now + core_jittered(core, FILES_LOOK_MS);
	pod_files_look_ends(core, pod);
	pod_alarm(core, pod, pod->files.look_ms);
	if (!holds_for_launch(core, pod)) {
		sources_release(core, pod);
	}
}

/* ---- a look ---- */

static void gave_up(struct files_draft *d, const char *why)
{
	if (!d->pod->files.look_told) {
		pod_record(d->core, d->pod, "Warning", "FailedMount", why);
	}
	d->pod->files.look_told = true;
	look_again(d->core, d->pod);
}

/* `only`: of these volumes. True: all that is held is answered. */
static bool have(struct files_draft *d, const bool *only, bool tokens)
{
	struct source_holder holder = {d->core, d->pod};
	for (size_t i = 0; i < d->pod->spec->n_volumes; i++) {
		if (only[i]) {
			volume_refs(d->pod->spec, &d->pod->spec->volumes[i], tokens, source_hold_each, &holder);
		}
	}
	return sources_answered(d->pod);
}

static const char *failure_of(struct files_draft *d, const bool *only, bool tokens)
{
	struct source_failure failure = {.core = d->core};
	for (size_t i = 0; i < d->pod->spec->n_volumes; i++) {
		if (only[i]) {
			volume_refs(d->pod->spec, &d->pod->spec->volumes[i], tokens, source_find_failure, &failure);
		}
	}
	return failure.why;
}

static void write_news(struct files_draft *d)
{
	const struct pod_files *files = &d->pod->files;
	const char *why = NULL;
	if (!have(d, d->news, true)) {
		return;
	}
	why = failure_of(d, d->news, true);
	if (!why) {
		files_write(d);
		why = files->under_way ? NULL : files->failure;
	}
	if (why) {
		gave_up(d, why);
	}
}

static void look(struct files_draft *d)
{
	if (!have(d, d->of, false)) {
		return;
	}
	const char *why = failure_of(d, d->of, false);
	if (why || files_compare(d)) {
		gave_up(d, why ? why : d->e.text);
	} else if (d->any_news) {
		write_news(d);
	} else {
		d->pod->files.look_told = false;
		look_again(d->core, d->pod);
	}
}

/* What its running containers have and may become another. False: there is nothing of that kind. */
static bool add_running(struct files_draft *d)
{
	struct pod *pod = d->pod;
	bool any = false;
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		if (pod->tasks[i].run.state == RUN_RUNNING) {
			files_draft_add(d, pod->tasks[i].spec);
		}
	}
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		d->of[i] = d->of[i] && !pod->files.volumes[i].fixed;
		any = any || d->of[i];
	}
	return any;
}

void pod_files_follow(struct core *core, struct pod *pod)
{
	struct files_draft d;
	int pause = pod->state == POD_ACTIVE && pod_writes(pod->spec) ? files_pause(pod) : 0;
	if (!pause) {
		pod_files_look_ends(core, pod);
		return;
	}
	files_draft_init(&d, core, pod, pause);
	bool any = add_running(&d);
	if (!any && pod->files.looking) {
		look_again(core, pod);
	} else if (!any) {
		pod_files_look_ends(core, pod);
	} else if (may_look(core, pod)) {
		look(&d);
	}
	files_draft_done(&d);
}

void pod_files_seen(struct core *core, struct pod *pod, const struct kube_pod *old)
{
	for (size_t i = 0; pod->files.volumes && i < pod->spec->n_volumes; i++) {
		if (written_values_differ(&pod->spec->volumes[i], &old->volumes[i])) {
			pod->files.volumes[i].fixed = false;
			pod->files.look_ms = core->now;
		}
	}
}
