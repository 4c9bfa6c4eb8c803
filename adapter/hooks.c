/* The hooks of containers: postStart when one has started, preStop before one is told to end. The shell runs them and
 * tells how they ended; those that only sleep are over when their time is. What is not known to have ended is run
 * (again): docs/internals/hooks.md.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/i64.h"
#include "base/mem.h"
#include "translate/request.h"
#include "translate/working_dir.h"

static const struct kube_hook *hook_of(const struct task *task, enum kube_hook_kind kind)
{
	return task->spec ? task->spec->hooks[kind] : NULL;
}

static bool is_over(const struct hooked *h)
{
	return h->state == HOOK_WELL || h->state == HOOK_FAILED;
}

bool task_runs(const struct task *task)
{
	return task->run.state == RUN_RUNNING &&
	       (!hook_of(task, HOOK_POST_START) || task->hooks[HOOK_POST_START].state == HOOK_WELL);
}

bool task_holds_others(const struct task *task, bool launched)
{
	bool live = run_live(&task->run) && !is_over(&task->hooks[HOOK_POST_START]);
	return hook_of(task, HOOK_POST_START) && (launched || live);
}

void task_hooks_anew(struct task *task)
{
	memset(task->hooks, 0, sizeof(task->hooks));
	free(task->unstarted);
	task->unstarted = NULL;
}

/* ---- running them ---- */

static json_t *http_body(const struct pod *pod, const struct kube_hook *hook)
{
	const char *host = hook->host ? hook->host : pod->ip ? pod->ip : pod->agent->ip ? pod->agent->ip : "";
	CLEANUP_FREE char *url = request_url(hook->https, host, hook->port, hook->path);
	return json_pack("{s:s,s:o}", "url", url, "headers", request_headers(hook->headers, hook->n_headers));
}

static json_t *exec_body(const struct task *task, const struct kube_hook *hook, const struct agent_rights *rights)
{
	size_t n;
	char **words = working_dir_command(task->spec->working_dir, hook->command, hook->n_command, &n);
	json_t *command = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(command, json_string(words[i]));
	}
	texts_free(words, n);
	return json_pack("{s:o,s:o*}", "command", command, "linux_info", rights_beside(task->spec, rights));
}

static void run_hook(struct core *core, const struct pod *pod, struct task *task, enum kube_hook_kind kind,
		     int64_t limit_ms)
{
	char id[TASK_ID_MAX];
	const struct kube_hook *hook = hook_of(task, kind);
	struct effect *f = effects_add(core->out, EFFECT_RUN_HOOK);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->agent_id = xstrdup(pod->agent->id);
	f->task_id = xstrdup(task_id_make(pod->spec->uid, task_name(task), task->run.number, id));
	f->text = xstrdup(task->run.container_id);
	f->hook = kind;
	f->grace_ms = limit_ms;
	f->body = hook->type == HOOK_EXEC ? exec_body(task, hook, &core->cfg.translate.rights) : http_body(pod, hook);
	task->hooks[kind].state = HOOK_UNDER_WAY;
}

/* ---- postStart ---- */

static void started_well(struct core *core, struct pod *pod, struct task *task)
{
	task->hooks[HOOK_POST_START].state = HOOK_WELL;
	task->probes.begin_ms = core->now;
	pod->generation = task->generation = ++core->last_generation;
	pod_touch(core, pod);
}

static void begin_post_start(struct core *core, struct pod *pod, struct task *task)
{
	const struct kube_hook *hook = hook_of(task, HOOK_POST_START);
	struct hooked *h = &task->hooks[HOOK_POST_START];
	h->begin_ms = h->begin_ms ? h->begin_ms : core->now;
	int64_t due = hook->type == HOOK_SLEEP ? h->begin_ms + hook->sleep_s * 1000 : h->again_ms;
	if (due > core->now) {
		pod_alarm(core, pod, due);
	} else if (hook->type == HOOK_SLEEP) {
		started_well(core, pod, task);
	} else {
		run_hook(core, pod, task, HOOK_POST_START, 0);
	}
}

void pod_run_hooks(struct core *core, struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		const struct run *run = &task->run;
		if (hook_of(task, HOOK_POST_START) && task->hooks[HOOK_POST_START].state == HOOK_NOT_YET &&
		    run->state == RUN_RUNNING && !run->unreachable && !run->kill_sent && !task->probe) {
			begin_post_start(core, pod, task);
		}
	}
}

/* ---- preStop ---- */

int64_t task_stops_until(struct core *core, const struct pod *pod, struct task *task, int64_t grace_ms)
{
	const struct kube_hook *hook = hook_of(task, HOOK_PRE_STOP);
	struct hooked *h = &task->hooks[HOOK_PRE_STOP];
	if (!hook || task->run.state != RUN_RUNNING || task->run.kill_sent || is_over(h)) {
		return 0;
	}
	h->begin_ms = h->begin_ms ? h->begin_ms : core->now;
	bool sleeps = hook->type == HOOK_SLEEP;
	int64_t until = h->begin_ms + (sleeps ? i64_min(hook->sleep_s * 1000, grace_ms) : grace_ms);
	if (until <= core->now) {
		return 0;
	}
	if (sleeps || h->state == HOOK_UNDER_WAY) {
		return until;
	}
	if (h->again_ms > core->now) {
		return i64_min(until, h->again_ms);
	}
	run_hook(core, pod, task, HOOK_PRE_STOP, until - core->now);
	return until;
}

/* ---- how they ended ---- */

static char *failure_text(const struct task *task, enum kube_hook_kind kind, const struct err *failure)
{
	return xasprintf("%s hook of container %s: %s", kube_hook_keys[kind], task->spec->name, failure->text);
}

/* As the kubelet, which does not say what a hook said, for that may be secret. */
static void say_failed(struct core *core, const struct pod *pod, const struct task *task, enum kube_hook_kind kind,
		       const struct err *failure)
{
	static const char *const reasons[] = {
	    [HOOK_POST_START] = "FailedPostStartHook", [HOOK_PRE_STOP] = "FailedPreStopHook"};
	CLEANUP_FREE char *text = failure_text(task, kind, failure);
	pod_record(core, pod, "Warning", reasons[kind], text);
}

/* Nothing is known of the hook itself: its agent could not be spoken to. */
static bool never_came(const struct err *failure)
{
	return failure->code == ERR_BUSY || failure->code == ERR_IO || failure->code == ERR_TIMEOUT ||
	       failure->code == ERR_AUTH;
}

static void again_later(struct core *core, struct pod *pod, struct task *task, enum kube_hook_kind kind,
			const struct err *failure)
{
	struct hooked *h = &task->hooks[kind];
	if (!h->retry_ms) {
		say_failed(core, pod, task, kind, failure);
	}
	h->state = HOOK_NOT_YET;
	h->retry_ms = core_backoff(h->retry_ms, core->cfg.retry_first_ms, core->cfg.retry_max_ms);
	h->again_ms = core->now + h->retry_ms;
}

static void ended(struct core *core, struct pod *pod, struct task *task, enum kube_hook_kind kind,
		  const struct err *failure)
{
	struct hooked *h = &task->hooks[kind];
	h->state = failure ? HOOK_FAILED : HOOK_WELL;
	if (failure) {
		say_failed(core, pod, task, kind, failure);
	}
	if (kind == HOOK_POST_START && !failure) {
		started_well(core, pod, task);
	} else if (kind == HOOK_POST_START) {
		task->unstarted = failure_text(task, kind, failure);
		task->kill_ms = core->now;
		task->grace_ms = 1000 * pod->spec->termination_grace_s;
	}
}

void hook_result(struct core *core, const struct core_event *result)
{
	struct task_id id;
	struct pod *pod;
	enum kube_hook_kind kind = result->effect->hook;
	struct task *task = task_explain(core, result->effect->task_id, &id, &pod);
	bool awaited =
	    task && id.run == task->run.number && task->hooks[kind].state == HOOK_UNDER_WAY && !run_over(&task->run);
	if (!awaited || (kind == HOOK_POST_START && task->run.kill_sent)) {
		return;
	}
	if (result->failure && never_came(result->failure) && !task->run.kill_sent) {
		again_later(core, pod, task, kind, result->failure);
	} else {
		ended(core, pod, task, kind, result->failure);
	}
	if (kind == HOOK_PRE_STOP && !task->run.kill_sent) {
		task->kill_ms = core->now;
	}
	pod_touch(core, pod);
}
