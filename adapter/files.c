/* Files of volumes that are written beside the pause (translate/written.h), before a container that mounts them is
 * launched.
 *
 * What was written beside which pause is known for one life of ours only: in the next it is written again before
 * anything new is launched, which changes nothing where it is the same. A pod has one write under way; a number of pods
 * at a time do, the others wait in order, as pods and not as bytes. What fails is tried again after 1, 2, 4 … 60 s, and
 * the container waits with the cause.
 */
#include "adapter/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "translate/written.h"

#define FILES_WRITTEN_MAX 16 /* pods whose files are being written */

void pod_files_done(struct core *core, struct pod *pod)
{
	struct pod_files *files = &pod->files;
	pod_files_look_ends(core, pod);
	list_remove(&files->turn);
	free(files->volumes);
	free(files->failure);
	*files = (struct pod_files){0};
}

int files_pause(const struct pod *pod)
{
	const struct task *pause = &pod->tasks[0];
	const struct run *run = &pause->run;
	bool runs =
	    pod->need.pause && run->state == RUN_RUNNING && !run->unreachable && !run->kill_sent && !pause->probe;
	return runs ? run->number + 1 : 0;
}

bool task_files_stand(const struct pod *pod, const struct task *task)
{
	return !container_writes(task->spec) || (task->files_pause && task->files_pause == files_pause(pod));
}

/* ---- what is to be written ---- */

void files_draft_init(struct files_draft *d, struct core *core, struct pod *pod, int pause)
{
	size_t n = pod->spec->n_volumes;
	if (pod->files.pause != pause) {
		pod_files_done(core, pod);
		pod->files.pause = pause;
		pod->files.volumes = xcalloc(n, sizeof(*pod->files.volumes));
	}
	*d = (struct files_draft){.core = core, .pod = pod, .site = pod_site(core, pod)};
	d->of = xcalloc(n, sizeof(*d->of));
	d->hashes = xcalloc(n, sizeof(*d->hashes));
	d->news = xcalloc(n, sizeof(*d->news));
}

void files_draft_done(struct files_draft *d)
{
	free(d->of);
	free(d->hashes);
	free(d->news);
}

void files_draft_add(struct files_draft *d, const struct kube_container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_volume *v = c->mounts[i].volume;
		d->of[v - d->pod->spec->volumes] = v->written;
	}
}

int files_compare(struct files_draft *d)
{
	const struct kube_pod *spec = d->pod->spec;
	for (size_t i = 0; i < spec->n_volumes; i++) {
		const struct pod_file_volume *stands = &d->pod->files.volumes[i];
		if (!d->of[i]) {
			continue;
		}
		if (written_hash(spec, &spec->volumes[i], &d->site, &d->hashes[i], &d->e)) {
			return -1;
		}
		d->news[i] = d->hashes[i] != stands->hash || stands->renew_ms <= d->core->now;
		d->any_news = d->any_news || d->news[i];
	}
	return 0;
}

/* ---- writing ---- */

static void failed(struct pod *pod, const char *why)
{
	free(pod->files.failure);
	pod->files.failure = xstrdup(why);
}

static int make_archive(struct files_draft *d, struct buf *archive)
{
	const struct kube_pod *spec = d->pod->spec;
	for (size_t i = 0; i < spec->n_volumes; i++) {
		struct pod_file_volume *v = &d->pod->files.volumes[i];
		v->writing = d->news[i] ? d->hashes[i] : 0;
		if (!d->news[i]) {
			continue;
		}
		if (written_put(archive, spec, &spec->volumes[i], &d->site, &d->e)) {
			return -1;
		}
		v->renew_ms = written_renew(spec, &spec->volumes[i], &d->site, d->core->now, &v->fixed);
	}
	return written_end(archive, &d->e);
}

static void order(struct files_draft *d, struct buf *archive)
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

void files_write(struct files_draft *d)
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
		failed(pod, d->e.text);
	} else {
		order(d, &archive);
	}
	buf_done(&archive);
}

const char *task_files_prepare(struct core *core, struct pod *pod, struct task *task)
{
	struct files_draft d;
	int pause = files_pause(pod);
	task->files_pause = 0;
	if (!container_writes(task->spec) || !pause) {
		return NULL;
	}
	files_draft_init(&d, core, pod, pause);
	files_draft_add(&d, task->spec);
	if (files_compare(&d)) {
		failed(pod, d.e.text);
	} else if (d.any_news) {
		files_write(&d);
	} else {
		task->files_pause = pause;
	}
	files_draft_done(&d);
	return task->files_pause ? NULL : pod->files.failure;
}

/* ---- how it ended ---- */

static void ended_well(struct pod *pod)
{
	struct pod_files *files = &pod->files;
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		struct pod_file_volume *v = &files->volumes[i];
		v->hash = v->writing ? v->writing : v->hash;
	}
	free(files->failure);
	files->failure = NULL;
	files->retry_ms = files->again_ms = 0;
}

/* As a kubelet, with the first volume that it is about. */
static void ended_badly(struct core *core, struct pod *pod, const char *why)
{
	struct pod_files *files = &pod->files;
	const char *name = NULL;
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		if (files->volumes[i].writing) {
			files->volumes[i].hash = 0; /* what stands is not known */
			name = name ? name : pod->spec->volumes[i].name;
		}
	}
	CLEANUP_FREE char *text = xasprintf("MountVolume.SetUp failed for volume \"%s\" : %s", name ? name : "", why);
	failed(pod, text);
	files->retry_ms = core_backoff(files->retry_ms, SOURCE_RETRY_FIRST_MS, SOURCE_RETRY_MAX_MS);
	files->again_ms = core->now + files->retry_ms;
}

void files_result(struct core *core, struct pod *pod, const struct core_event *result)
{
	core->n_file_writes--;
	if (!list_empty(&core->file_writers)) {
		struct pod_files *next = LIST_ENTRY(core->file_writers.next, struct pod_files, turn);
		list_remove(&next->turn);
		pod_touch(core, LIST_ENTRY(next, struct pod, files));
	}
	if (!pod || pod->files.under_way != result->effect->generation) {
		return; /* it was beside a pause that is over */
	}
	pod->files.under_way = 0;
	if (result->failure) {
		ended_badly(core, pod, result->failure->text);
	} else {
		ended_well(pod);
	}
	pod_touch(core, pod);
}
