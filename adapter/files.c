/* Files of volumes that are written beside the pause (translate/written.h), before a container that mounts them is
 * launched.
 *
 * What was written beside which pause is known for one life of ours only: in the next it is written again before
 * anything new is launched, which changes nothing where it is the same. A pod has one write under way; a number of pods
 * at a time do, the others wait in order, as pods and not as bytes. What fails is tried again after 1, 2, 4 … 60 s, and
 * the container waits with the cause.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"
#include "translate/written.h"

#define FILES_WRITTEN_MAX 16 /* pods whose files are being written */

void pod_files_done(struct pod_files *files)
{
	list_remove(&files->turn);
	free(files->hashes);
	free(files->writing);
	free(files->failure);
	*files = (struct pod_files){0};
}

/* Another pause than the one that was written beside. */
static void begin_anew(struct pod *pod, int pause)
{
	pod_files_done(&pod->files);
	pod->files.pause = pause;
	pod->files.hashes = xcalloc(pod->spec->n_volumes, sizeof(*pod->files.hashes));
}

/* The number of its pause, and one; 0: nothing can be written beside it now. */
static int pause_of(const struct pod *pod)
{
	const struct task *pause = &pod->tasks[0];
	const struct run *run = &pause->run;
	bool runs =
	    pod->need.pause && run->state == RUN_RUNNING && !run->unreachable && !run->kill_sent && !pause->probe;
	return runs ? run->number + 1 : 0;
}

bool task_files_stand(const struct pod *pod, const struct task *task)
{
	return !container_writes(task->spec) || (task->files_pause && task->files_pause == pause_of(pod));
}

/* ---- writing ---- */

struct draft_write {
	struct core *core;
	struct pod *pod;
	const struct task *task;
	struct pod_site site;
	uint64_t *hashes; /* of its volumes; 0: not of this container */
	bool news;
	struct err e;
};

static size_t volume_index(const struct pod *pod, const struct kube_volume *v)
{
	return (size_t)(v - pod->spec->volumes);
}

static int hash_all(struct draft_write *d)
{
	const struct kube_container *c = d->task->spec;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_volume *v = c->mounts[i].volume;
		size_t at = volume_index(d->pod, v);
		if (!v->written || d->hashes[at]) {
			continue;
		}
		if (written_hash(d->pod->spec, v, &d->site, &d->hashes[at], &d->e)) {
			return -1;
		}
		d->news = d->news || d->hashes[at] != d->pod->files.hashes[at];
	}
	return 0;
}

static int make_archive(struct draft_write *d, struct buf *archive)
{
	struct pod *pod = d->pod;
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		if (d->hashes[i] == pod->files.hashes[i]) {
			d->hashes[i] = 0;
		}
		if (d->hashes[i] && written_put(archive, pod->spec, &pod->spec->volumes[i], &d->site, &d->e)) {
			return -1;
		}
	}
	return written_end(archive, &d->e);
}

/* Takes the hashes. */
static void order(struct draft_write *d, struct buf *archive)
{
	char id[TASK_ID_MAX];
	struct pod *pod = d->pod;
	const struct run *pause = &pod->tasks[0].run;
	struct effect *f = effects_add(d->core->out, EFFECT_WRITE_FILES);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->agent_id = xstrdup(pod->agent->id);
	f->task_id = xstrdup(task_id_make(pod->spec->uid, TASK_PAUSE_NAME, pause->number, id));
	f->text = xstrdup(pause->container_id);
	f->bytes = buf_steal(archive, &f->n_bytes);
	f->generation = pod->files.under_way = ++d->core->last_write;
	d->core->n_file_writes++;
	free(pod->files.writing);
	pod->files.writing = d->hashes;
	d->hashes = NULL;
}

/* As of a kubelet, with the first volume that it is about. */
static void fail(struct pod *pod, const uint64_t *hashes, const char *why)
{
	size_t i = 0;
	while (i + 1 < pod->spec->n_volumes && !hashes[i]) {
		i++;
	}
	free(pod->files.failure);
	pod->files.failure =
	    xasprintf("MountVolume.SetUp failed for volume \"%s\" : %s", pod->spec->volumes[i].name, why);
}

static bool has_turn(struct core *core, struct pod *pod)
{
	if (core->n_file_writes < FILES_WRITTEN_MAX) {
		list_remove(&pod->files.turn);
		return true;
	}
	if (!list_linked(&pod->files.turn)) {
		list_push(&core->file_writers, &pod->files.turn);
	}
	return false;
}

static void write_when_due(struct draft_write *d)
{
	struct pod *pod = d->pod;
	struct buf archive = BUF_INIT(WRITTEN_ARCHIVE_MAX);
	if (pod->files.under_way) {
		return;
	}
	if (pod->files.again_ms > d->core->now) {
		pod_alarm(d->core, pod, pod->files.again_ms);
		return;
	}
	if (!has_turn(d->core, pod)) {
		return;
	}
	if (make_archive(d, &archive)) {
		free(pod->files.failure);
		pod->files.failure = xstrdup(d->e.text);
	} else {
		order(d, &archive);
	}
	buf_done(&archive);
}

const char *task_files_prepare(struct core *core, struct pod *pod, struct task *task)
{
	struct draft_write d = {.core = core, .pod = pod, .task = task};
	int pause = pause_of(pod);
	task->files_pause = 0;
	if (!container_writes(task->spec) || !pause) {
		return NULL;
	}
	if (pod->files.pause != pause) {
		begin_anew(pod, pause);
	}
	d.site = pod_site(core, pod);
	d.hashes = xcalloc(pod->spec->n_volumes, sizeof(*d.hashes));
	if (hash_all(&d)) {
		free(pod->files.failure);
		pod->files.failure = xstrdup(d.e.text);
	} else if (d.news) {
		write_when_due(&d);
	} else {
		task->files_pause = pause;
	}
	free(d.hashes);
	return task->files_pause ? NULL : pod->files.failure;
}

/* ---- how it ended ---- */

static void written(struct pod *pod)
{
	struct pod_files *files = &pod->files;
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		files->hashes[i] = files->writing[i] ? files->writing[i] : files->hashes[i];
	}
	free(files->failure);
	files->failure = NULL;
	files->retry_ms = files->again_ms = 0;
}

void files_result(struct core *core, struct pod *pod, const struct core_event *result)
{
	core->n_file_writes--;
	if (!list_empty(&core->file_writers)) {
		struct pod_files *next = LIST_ENTRY(core->file_writers.next, struct pod_files, turn);
		list_remove(&next->turn);
		pod_touch(core, LIST_ENTRY(next, struct pod, files));
	}
	if (!pod || !result->effect->generation || pod->files.under_way != result->effect->generation) {
		return; /* it was beside a pause that is over */
	}
	pod->files.under_way = 0;
	if (result->failure) {
		struct pod_files *files = &pod->files;
		fail(pod, files->writing, result->failure->text);
		files->retry_ms = core_backoff(files->retry_ms, SOURCE_RETRY_FIRST_MS, SOURCE_RETRY_MAX_MS);
		files->again_ms = core->now + files->retry_ms;
	} else {
		written(pod);
	}
	pod_touch(core, pod);
}
