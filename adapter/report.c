/* The status of a pod as Kubernetes shall see it; storing it; and acknowledging to Mesos what is stored. */
#include <stdlib.h>
#include <string.h>

#include "adapter/draft.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/objects.h"

void record_event(struct core *core, const struct kube_event *event)
{
	struct effect *f = effects_add(core->out, EFFECT_EVENT);
	struct kube_event whole = *event;
	whole.component = core->cfg.component;
	whole.instance = core->cfg.instance;
	whole.first_ms = whole.last_ms = core->now;
	whole.count = 1;
	f->ns = xstrdup(event->ns ? event->ns : "default");
	f->name = xstrdup(event->name);
	/* Unique across lives of ours too: time and a counter. */
	f->body = kube_event_body(&whole, ((uint64_t)core->now << 20) + (core->last_event++ & 0xfffff));
}

void pod_record(struct core *core, const struct pod *pod, const char *type, const char *reason, const char *message)
{
	struct kube_event event = {
	    .kind = "Pod",
	    .ns = pod->spec->ns,
	    .name = pod->spec->name,
	    .uid = pod->spec->uid,
	    .type = type,
	    .reason = reason,
	    .message = message,
	};
	record_event(core, &event);
}

/* ---- composing ---- */

const char *draft_keep(struct draft *d, char *text)
{
	d->texts = mem_grow(d->texts, &d->cap_texts, d->n_texts + 1, sizeof(char *));
	d->texts[d->n_texts++] = text;
	return text;
}

static void draft_done(struct draft *d)
{
	for (size_t i = 0; i < d->n_texts; i++) {
		free(d->texts[i]);
	}
	free(d->texts);
	free(d->containers);
	free(d->resources);
}

static bool is_ending(const struct pod *pod)
{
	return pod->state == POD_ENDING || pod->state == POD_REMOVING;
}

static bool will_run_again(const struct pod *pod, const struct task *task)
{
	return run_over(&task->run) && !task_completed(pod, task) && !pod_completed(pod) && !is_ending(pod);
}

/* An earlier life may have launched its next run: Mesos has not said yet. */
static bool may_run_already(const struct pod *pod, const struct task *task)
{
	return task->probe_next && !task_completed(pod, task) && !phase_is_last(pod->spec->phase);
}

/* The API server lets nobody run again of whom it is told that it ended for good by the pod's policy. */
static bool never_back(const struct pod *pod, const struct run *run)
{
	return pod->spec->restart_policy == POD_RESTART_NEVER ||
	       (pod->spec->restart_policy == POD_RESTART_ON_FAILURE && run->exit_code == 0);
}

const char *task_waiting_reason(const struct core *core, const struct pod *pod, const struct task *task)
{
	bool backs_off = task->due_ms > core->now;
	if (task->refusal) {
		return "CreateContainerConfigError";
	}
	if (task->config_error) {
		return task->mount_error ? "ContainerCreating" : "CreateContainerConfigError";
	}
	if (!run_over(&task->run) || run_not_mounted(&task->run)) {
		return pod->first_init < pod->first_main && !task->init ? "PodInitializing" : "ContainerCreating";
	}
	if (run_not_pulled(&task->run)) {
		return backs_off ? "ImagePullBackOff" : task->run.reason;
	}
	return backs_off ? "CrashLoopBackOff" : task->unstarted ? "PostStartHookError" : "ContainerCreating";
}

static const char *image_is_waited_for(struct core *core, struct draft *d, const struct task *task)
{
	const char *message = task->run.message ? task->run.message : "";
	return task->due_ms > core->now ? draft_keep(d, xasprintf("Back-off pulling image \"%s\": %s: %s",
								  task_image(task), task->run.reason, message))
					: message;
}

/* Of one that did not run. */
static const char *what_for(const struct pod *pod, const struct task *task)
{
	bool too_late = task->ephemeral && (pod_completed(pod) || is_ending(pod));
	return task->refusal	    ? task->refusal
	       : task->config_error ? task->config_error
	       : too_late	    ? "the pod is over: nothing more is started in it"
				    : pod->why;
}

static void container_waits(struct core *core, struct draft *d, const struct pod *pod, const struct task *task,
			    struct kube_container_report *r)
{
	bool over = run_over(&task->run);
	r->now = (struct kube_run){.state = CONTAINER_WAITING, .reason = task_waiting_reason(core, pod, task)};
	if (over) {
		r->has_last = true;
		r->last = run_report(&task->run);
	}
	if (task->refusal || task->config_error || !over) {
		r->now.message = what_for(pod, task);
		return;
	}
	if (run_not_prepared(&task->run)) {
		r->now.message = run_not_pulled(&task->run) ? image_is_waited_for(core, d, task) : task->run.message;
		return;
	}
	if (task->due_ms <= core->now) {
		r->now.message = task->unstarted;
		return;
	}
	int64_t s = task->backoff_ms / 1000;
	CLEANUP_FREE char *wait =
	    s < 60 ? xasprintf("%llds", (long long)s) : xasprintf("%lldm%llds", (long long)s / 60, (long long)s % 60);
	r->now.message = draft_keep(d, xasprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)", wait,
						 task->spec->name, pod->spec->name, pod->spec->ns, pod->spec->uid));
}

static void container_report(struct core *core, struct draft *d, const struct pod *pod, const struct task *task,
			     struct kube_container_report *r, struct kube_resources *resources)
{
	const struct run *run = &task->run;
	r->name = task->spec->name;
	r->image = task_image(task);
	task_resources(task, resources);
	/* API servers that do not count specs do not keep them. */
	r->resources = pod->observed && !task->ephemeral ? resources : NULL;
	if (task->has_last) {
		r->has_last = true;
		r->last = run_report(&task->last);
	}
	/* A run is counted when it runs: what a later life of ours finds stored must tell which run ended. */
	bool counted = run_over(run) || task_runs(task);
	r->restart_count = !counted && task->has_last ? task->last.number : run->number;
	bool again = will_run_again(pod, task);
	if (run->state == RUN_NONE || (run->state == RUN_RUNNING && !task_runs(task)) ||
	    (again && (task->due_ms > core->now || task->config_error || task->unstarted || run_not_prepared(run))) ||
	    (run_over(run) && (again || may_run_already(pod, task)) && never_back(pod, run))) {
		container_waits(core, d, pod, task, r);
	} else {
		r->now = run_report(run);
	}
	if (task->ephemeral) {
		return; /* as the kubelet, which does not ask how they are */
	}
	bool done = task->init && task_completed(pod, task);
	r->ready = done || ((!task->init || task_sidecar(task)) && task_ready(task));
	r->started = task_started(task);
}

static bool has_begun(const struct task *task)
{
	return task->has_last || task->run.state == RUN_RUNNING || run_over(&task->run);
}

bool any_main_started(const struct pod *pod)
{
	for (size_t i = pod->first_main; i < pod->first_ephemeral; i++) {
		if (has_begun(&pod->tasks[i])) {
			return true;
		}
	}
	return false;
}

/* Of one that is still asked about, Mesos may yet say so. */
static bool any_container_may_live(const struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		const struct task *task = &pod->tasks[i];
		if (run_live(&task->run) || task->probe || task->probe_next) {
			return true;
		}
	}
	return false;
}

/* A last phase is told when nothing of the pod runs any more. */
static enum pod_phase over(const struct pod *pod, bool failed)
{
	if (any_container_may_live(pod)) {
		return any_main_started(pod) ? POD_PHASE_RUNNING : POD_PHASE_PENDING;
	}
	return failed ? POD_PHASE_FAILED : POD_PHASE_SUCCEEDED;
}

/* It is being deleted, and nothing of it lives: as the kubelet's TerminatePod, a container that never ran has failed.
 */
static enum pod_phase phase_deleted(const struct pod *pod)
{
	for (size_t i = pod->first_main; i < pod->first_ephemeral; i++) {
		const struct run *run = &pod->tasks[i].run;
		if (run->state != RUN_ENDED || run->exit_code != 0) {
			return POD_PHASE_FAILED;
		}
	}
	return POD_PHASE_SUCCEEDED;
}

/* As the kubelet's getPhase: what never ran makes it Pending, what may run again Running. Init containers that run
 * again with a new sandbox take nothing back. */
static enum pod_phase phase_of(const struct pod *pod)
{
	bool never_ran = false, failed = false;
	if (phase_is_last(pod->spec->phase)) {
		return pod->spec->phase; /* whoever said so */
	}
	if (phase_is_last(pod->phase)) {
		return pod->phase;
	}
	if (pod->lost) {
		return POD_PHASE_FAILED;
	}
	if (pod->expired || pod->drained) {
		return over(pod, true);
	}
	if (pod->state == POD_REFUSED) {
		return pod->spec->node_name ? POD_PHASE_FAILED : POD_PHASE_PENDING;
	}
	if (is_ending(pod) && !any_container_may_live(pod)) {
		return phase_deleted(pod);
	}
	for (size_t i = pod->first_init; i < pod->first_main; i++) {
		const struct task *task = &pod->tasks[i];
		if (task_completed(pod, task) || task->passed) {
			continue;
		}
		if (task_failed_for_good(pod, task)) {
			return over(pod, true);
		}
		if (!any_main_started(pod)) {
			return POD_PHASE_PENDING;
		}
	}
	for (size_t i = pod->first_main; i < pod->first_ephemeral; i++) {
		const struct task *task = &pod->tasks[i];
		bool ran = (run_over(&task->run) && !run_not_prepared(&task->run)) || task_runs(task) || task->has_last;
		never_ran = never_ran || !ran;
		failed = failed || (run_over(&task->run) && (task->run.state == RUN_LOST || task->run.exit_code != 0));
	}
	if (pod_completed(pod)) {
		return over(pod, failed);
	}
	return never_ran ? POD_PHASE_PENDING : POD_PHASE_RUNNING;
}

/* What a kubelet says at the end of containers of which it knows no end. */
static void never_located(struct kube_container_report *c)
{
	if (c->now.state == CONTAINER_WAITING) {
		c->now = (struct kube_run){
		    .state = CONTAINER_TERMINATED,
		    .reason = "ContainerStatusUnknown",
		    .message = "The container could not be located when the pod was terminated",
		    .exit_code = 137,
		};
	}
}

static bool is_initialized(const struct pod *pod)
{
	const struct task *last = pod->first_main > pod->first_init ? &pod->tasks[pod->first_main - 1] : NULL;
	return !last || any_main_started(pod) || (task_sidecar(last) ? last->passed : task_completed(pod, last));
}

/* … as its TerminatePod: of a pod that is over no container waits, but those whose turn never came. What was told so
 * stays told, also while Mesos is asked once more. */
static void nobody_waits(struct pod *pod, struct draft *d)
{
	bool doubtful = any_container_may_live(pod);
	size_t turns = is_initialized(pod) ? pod->first_ephemeral : pod->first_main;
	while (turns > pod->first_init + 1 && turns <= pod->first_main && !has_begun(&pod->tasks[turns - 1])) {
		turns--;
	}
	for (size_t i = pod->first_init; i < pod->first_ephemeral; i++) {
		struct task *task = &pod->tasks[i];
		task->given_up = task->given_up || (i < turns && !doubtful);
		if (task->given_up) {
			never_located(&d->containers[i]);
		}
	}
}

static void compose_unbound(struct core *core, struct pod *pod, struct draft *d)
{
	d->report.phase = POD_PHASE_PENDING;
	put_unschedulable(core, pod, d);
}

static void compose_bound(struct core *core, struct pod *pod, struct draft *d)
{
	struct kube_pod_report *r = &d->report;
	r->phase = pod->phase = phase_of(pod);
	if (pod->lost) {
		r->reason = "NodeLost";
		r->message = draft_keep(d, xasprintf("Mesos agent %s is gone for good", pod->agent->id));
	} else if (pod->drained && r->phase == POD_PHASE_FAILED) {
		r->reason = "Terminated";
		r->message = POD_DRAINED_MESSAGE;
	} else if (pod->expired && r->phase == POD_PHASE_FAILED) {
		r->reason = "DeadlineExceeded";
		r->message = POD_EXPIRED;
	} else if (pod->state == POD_REFUSED) {
		r->reason = pod->refusal;
		r->message = draft_keep(d, xasprintf("Pod was rejected: %s", pod->why));
	}
	bool chosen = pod->agent && pod->state != POD_BINDING;
	r->host_ip = chosen && pod->agent->ip ? pod->agent->ip : pod->spec->host_ip;
	r->pod_ip = pod->ip;
	r->start_ms = pod->start_ms;
	if (pod->state == POD_REFUSED) {
		put_conditions(core, pod, d);
		return; /* as of a kubelet: it has no containers, and people are shown the reason */
	}
	d->containers = xcalloc(pod->n_tasks, sizeof(*d->containers));
	d->resources = xcalloc(pod->n_tasks, sizeof(*d->resources));
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		container_report(core, d, pod, &pod->tasks[i], &d->containers[i], &d->resources[i]);
	}
	if (phase_is_last(r->phase)) {
		nobody_waits(pod, d);
	}
	r->init_containers = d->containers + pod->first_init;
	r->n_init_containers = pod->first_main - pod->first_init;
	r->containers = d->containers + pod->first_main;
	r->n_containers = pod->first_ephemeral - pod->first_main;
	r->ephemeral = d->containers + pod->first_ephemeral;
	r->n_ephemeral = pod->n_tasks - pod->first_ephemeral;
	put_conditions(core, pod, d);
}

/* By us, to an agent; or by somebody else to a node that stands for all of them, and it waits for one. */
static bool is_bound(const struct pod *pod)
{
	bool chosen = pod->agent && pod->state != POD_QUEUED && pod->state != POD_BINDING;
	return chosen || (pod->spec->node_name && !pod->spec->agent_id);
}

static void compose(struct core *core, struct pod *pod, struct draft *d)
{
	d->report.observed_generation = pod->observed;
	if (is_bound(pod)) {
		compose_bound(core, pod, d);
	} else {
		compose_unbound(core, pod, d);
	}
}

/* ---- storing ---- */

void pod_status_seen(struct core *core, struct pod *pod)
{
	const struct kube_pod *spec = pod->spec;
	if (pod->written) {
		pod_status_shown(pod);
		return; /* the line may be older than what was written since */
	}
	if (pod->generation && pod->stored == pod->generation && pod->stored_hash != spec->status_hash) {
		pod->generation = ++core->last_generation; /* it was taken for stored, and is not */
	}
	pod->stored_hash = spec->status_hash;
	pod->drained = pod->drained || drain_is_told(spec);
	for (int i = 0; i < KUBE_CONDITION_TYPES; i++) {
		const struct kube_condition_seen *seen = &spec->conditions[i];
		bool known = seen->present && (i != POD_DISRUPTION_TARGET || disruption_is_ours(seen->reason));
		pod->condition[i] = known ? (signed char)seen->status : -1;
		pod->condition_since[i] = known ? seen->since_ms : 0;
	}
	pod->resize_told = pod->resize_told || spec->conditions[POD_RESIZE_PENDING].present;
}

void pod_settle_acknowledgements(struct core *core, struct pod *pod, bool gone)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		char id[TASK_ID_MAX];
		if (task->uuid[0] && (gone || task->generation <= pod->stored)) {
			task_id_make(pod->spec->uid, task_name(task), task->uuid_run, id);
			acknowledge(core, pod->agent->id, id, task->uuid);
			task->uuid[0] = '\0';
		}
	}
}

static void stored(struct core *core, struct pod *pod, uint64_t generation)
{
	pod->stored = generation;
	pod_settle_acknowledgements(core, pod, false);
	/* A container that ended may be launched again now; a pod that is over may be removed. */
	pod_touch(core, pod);
}

static void write_status(struct core *core, struct pod *pod, const struct kube_pod_report *report)
{
	struct effect *f = effects_add(core->out, EFFECT_PATCH_STATUS);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->text = xstrdup(pod->version);
	f->generation = pod->patching = pod->generation;
	f->body = kube_pod_status_patch(pod->spec->uid, report);
	pod->written = true;
	/* So that a request that was long on its way cannot undo a later one. */
	if (pod->version[0]) {
		json_object_set_new(js_obj(f->body, "metadata"), "resourceVersion", json_string(pod->version));
	}
}

/* Others write statuses too: that of pods on a node that is not ready, for one. Ours is put back, as a kubelet does it;
 * not at once each time, lest two who disagree write without end. Binding it, the API server itself says that it is
 * scheduled. */
static void repair(struct core *core, struct pod *pod)
{
	if (pod->patching || pod->state == POD_BINDING || !pod_status_is_others(pod)) {
		return;
	}
	if (pod->repair_ms > core->now) {
		pod_alarm(core, pod, pod->repair_ms);
		return;
	}
	pod->repair_ms = core->now + STATUS_REPAIR_MS;
	pod->stored_hash = pod->spec->status_hash;
	pod_store_again(core, pod);
}

void pod_report(struct core *core, struct pod *pod)
{
	repair(core, pod);
	/* Before all pods are listed, what is known of this one may be older than what is stored. */
	if (!core->synced || pod->generation <= pod->stored || pod_awaits_messages(core, pod) || pod->patching ||
	    list_linked(&pod->write)) {
		return;
	}
	if (pod->patch_ms > core->now) {
		pod_alarm(core, pod, pod->patch_ms);
		return;
	}
	if (pod->awaits_version) {
		return;
	}
	struct draft d = {0};
	compose(core, pod, &d);
	uint64_t hash = kube_pod_report_hash(&d.report);
	if (hash == pod->stored_hash) {
		stored(core, pod, pod->generation);
	} else if (write_turn(core, pod)) {
		write_status(core, pod, &d.report);
		pod->patching_hash = hash;
	}
	draft_done(&d);
}

void pod_report_result(struct core *core, struct pod *pod, const struct core_event *result)
{
	const struct err *failure = result->failure;
	pod->patching = 0;
	if (!failure && !pod->patching_hash) {
		pod->stored_hash = 0; /* all pods were listed meanwhile: it may have been taken back */
		pod_touch(core, pod);
		return;
	}
	if (!failure) {
		pod->retry_ms = 0;
		pod->patch_ms = 0;
		pod->conflict = false;
		pod->unshown = true;
		pod->stored_hash = pod->patching_hash;
		pod_version_seen(core, pod, result->text);
		pod_status_made(pod, result->text);
		stored(core, pod, result->effect->generation);
		return;
	}
	/* Also when it was not found: that the pod is gone, only the watch says; tasks are killed for it. What is
	 * stored is not known now: the failure may have come after the deed. */
	pod->stored_hash = 0;
	if (!write_says_nothing_of_pod(failure)) {
		pod_retry_later(core, pod);
		pod->patch_ms = core->now + pod->retry_ms;
	}
	pod->conflict = failure->code == ERR_CONFLICT;
	if (pod->conflict && strcmp(result->effect->text, pod->version) != 0) {
		pod->patch_ms = core->now; /* the version has come meanwhile */
	}
	pod_touch(core, pod);
}
