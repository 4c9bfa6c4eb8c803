/* Probes: what Mesos tells of a container's check and health check, and what follows of it.
 *
 * A check tells of changes only, so how often something failed or succeeded one after the other is told by the time for
 * which it has been so: docs/internals/probes.md.
 */
#include <string.h>

#include "adapter/core_state.h"
#include "base/mem.h"

#define CHECK_UPDATED "REASON_TASK_CHECK_STATUS_UPDATED"
#define HEALTH_UPDATED "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"

static const char *const kind_names[KUBE_PROBES] = {
    [PROBE_STARTUP] = "startup", [PROBE_LIVENESS] = "liveness", [PROBE_READINESS] = "readiness"};
static const char *const kind_titles[KUBE_PROBES] = {
    [PROBE_STARTUP] = "Startup", [PROBE_LIVENESS] = "Liveness", [PROBE_READINESS] = "Readiness"};

static const struct kube_probe *probe_of(const struct task *task, enum kube_probe_kind kind)
{
	return task->spec ? task->spec->probes[kind] : NULL;
}

static bool has_probes(const struct task *task)
{
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		if (probe_of(task, (enum kube_probe_kind)kind)) {
			return true;
		}
	}
	return false;
}

/* A pod with probes that Mesos cannot do is refused, and never comes here. */
static struct checks checks_of(const struct task *task)
{
	struct checks a = {0};
	struct err e = {0};
	checks_assign(task->spec, &a, &e);
	return a;
}

static struct probed *probed_by(struct task *task, enum probe_source source)
{
	return source == PROBE_BY_HEALTH ? &task->probes.health : &task->probes.check;
}

bool task_started(const struct task *task)
{
	return task_runs(task) && (!probe_of(task, PROBE_STARTUP) || task->probes.started);
}

bool task_ready(const struct task *task)
{
	return task_started(task) && !task->run.unreachable && (!probe_of(task, PROBE_READINESS) || task->probes.ready);
}

void task_probes_begin(struct task *task, int64_t now)
{
	task->probes.begin_ms = task->probes.begin_ms ? task->probes.begin_ms : now;
}

/* ---- what is told ---- */

static char *words(const struct kube_handler *handler, int result)
{
	if (result < 0) {
		return xstrdup("no answer in time");
	}
	switch (handler->type) {
	case HANDLER_EXEC:
		return xasprintf("command exited with status %d", result);
	case HANDLER_HTTP:
		return xasprintf("HTTP probe failed with statuscode: %d", result);
	case HANDLER_TCP:
	case HANDLER_GRPC:
		break;
	}
	return xasprintf("no connection to port %d", handler->port);
}

static void say_unhealthy(struct core *core, const struct pod *pod, const struct task *task, enum kube_probe_kind kind,
			  const char *what)
{
	CLEANUP_FREE char *text =
	    xasprintf("%s probe of container %s failed: %s", kind_titles[kind], task->spec->name, what);
	pod_record(core, pod, "Warning", "Unhealthy", text);
}

/* Of the probes that this asking answers, those that count at present. */
static void say_failed(struct core *core, const struct pod *pod, const struct task *task, enum probe_source source,
		       int result)
{
	struct checks checks = checks_of(task);
	if (!task_runs(task)) {
		return;
	}
	bool starting = probe_of(task, PROBE_STARTUP) && !task->probes.started;
	for (int i = 0; i < KUBE_PROBES; i++) {
		enum kube_probe_kind kind = (enum kube_probe_kind)i;
		if (checks.by[kind] == source && (kind == PROBE_STARTUP) == starting) {
			CLEANUP_FREE char *what = source == PROBE_BY_CHECK
						      ? words(&probe_of(task, kind)->handler, result)
						      : xstrdup("Mesos found it unhealthy");
			say_unhealthy(core, pod, task, kind, what);
		}
	}
}

/* True: that is another result than before. */
static bool told(struct probed *probed, bool good, bool asked, int64_t now)
{
	asked = asked || probed->asked;
	if (probed->told && probed->good == good) {
		probed->asked = asked;
		return false;
	}
	*probed = (struct probed){.told = true, .good = good, .asked = asked, .since_ms = now};
	return true;
}

static const struct kube_handler *handler_by(const struct task *task, const struct checks *checks,
					     enum probe_source source)
{
	for (int kind = 0; kind < KUBE_PROBES; kind++) {
		if (checks->by[kind] == source) {
			return &probe_of(task, (enum kube_probe_kind)kind)->handler;
		}
	}
	return NULL;
}

static void check_told(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	struct checks checks = checks_of(task);
	const struct kube_handler *handler = handler_by(task, &checks, PROBE_BY_CHECK);
	if (!handler) {
		return;
	}
	bool good = check_succeeded(handler, status->check_result);
	/* Before the first result a check is told as one without any. */
	bool asked = good || (status->reason && strcmp(status->reason, CHECK_UPDATED) == 0);
	told(&task->probes.check, good, asked, core->now);
	if (!good && asked) {
		say_failed(core, pod, task, PROBE_BY_CHECK, status->check_result);
	}
}

static void health_told(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	bool news = told(&task->probes.health, status->healthy, true, core->now);
	if (news && !status->healthy && status->reason && strcmp(status->reason, HEALTH_UPDATED) == 0) {
		say_failed(core, pod, task, PROBE_BY_HEALTH, -1);
	}
}

/* ---- what follows ---- */

/* When it will have been so for as long as it takes; UNSET: it is not so. */
static int64_t ripe(const struct probed *probed, bool good, int64_t from_ms, int64_t times, const struct kube_probe *p)
{
	int64_t since = probed->since_ms > from_ms ? probed->since_ms : from_ms;
	if (!probed->told || probed->good != good) {
		return UNSET;
	}
	bool at_once = times == 1 && probed->asked;
	return at_once ? since : since + ((times - 1) * p->period_s + p->timeout_s) * 1000;
}

static void condemn(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind)
{
	const struct kube_probe *p = probe_of(task, kind);
	task->condemned = true;
	task->kill_ms = core->now;
	task->grace_ms = 1000 * (p->grace_s >= 0 ? p->grace_s : pod->spec->termination_grace_s);
	say_condemned(core, pod, task, kind);
}

void say_condemned(struct core *core, const struct pod *pod, const struct task *task, enum kube_probe_kind kind)
{
	CLEANUP_FREE char *text = xasprintf("Container %s failed %s probe%s", task->spec->name, kind_names[kind],
					    task_restarts(pod, task) ? ", will be restarted" : "");
	pod_record(core, pod, "Normal", "Killing", text);
}

static void changed(struct core *core, struct pod *pod, struct task *task)
{
	pod->generation = task->generation = ++core->last_generation;
	pod_touch(core, pod);
}

static int64_t from_of(const struct task *task, const struct kube_probe *p)
{
	int64_t first = task->probes.begin_ms + p->delay_s * 1000;
	return first > task->probes.started_ms ? first : task->probes.started_ms;
}

static void condemn_when_ripe(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind,
			      const struct probed *probed)
{
	const struct kube_probe *p = probe_of(task, kind);
	int64_t at = ripe(probed, false, from_of(task, p), p->failure, p);
	if (at <= core->now) {
		condemn(core, pod, task, kind);
	} else {
		pod_alarm(core, pod, at);
	}
}

/* A check that never succeeded was told of as failing when the run began. */
static void look_startup(struct core *core, struct pod *pod, struct task *task, const struct probed *probed)
{
	if (probed->told && probed->good) {
		task->probes.started = true;
		task->probes.started_ms = core->now;
		changed(core, pod, task);
	} else {
		condemn_when_ripe(core, pod, task, PROBE_STARTUP, probed);
	}
}

static void look_readiness(struct core *core, struct pod *pod, struct task *task, const struct probed *probed)
{
	const struct kube_probe *p = probe_of(task, PROBE_READINESS);
	bool ready = task->probes.ready;
	int64_t at = ripe(probed, !ready, from_of(task, p), ready ? p->failure : p->success, p);
	if (at <= core->now) {
		task->probes.ready = !ready;
		changed(core, pod, task);
	} else {
		pod_alarm(core, pod, at);
	}
}

static bool often_enough(const struct probe_asked *a, const struct kube_probe *p)
{
	return a->times >= (a->good ? p->success : p->failure);
}

void task_probe_counted(struct core *core, struct pod *pod, struct task *task, enum kube_probe_kind kind,
			const char *failure)
{
	const struct kube_probe *p = probe_of(task, kind);
	const struct probe_asked *a = &task->probes.asked[kind];
	bool counts = pod->state == POD_ACTIVE && task_runs(task) && !task->condemned &&
		      (kind == PROBE_STARTUP) == !task_started(task);
	if (!counts) {
		return;
	}
	if (failure) {
		say_unhealthy(core, pod, task, kind, failure);
	}
	if (!often_enough(a, p)) {
		return;
	}
	if (kind == PROBE_READINESS && task->probes.ready != a->good) {
		task->probes.ready = a->good;
		changed(core, pod, task);
	} else if (kind == PROBE_STARTUP && a->good) {
		task->probes.started = true;
		task->probes.started_ms = core->now;
		changed(core, pod, task);
	} else if (kind != PROBE_READINESS && !a->good) {
		condemn(core, pod, task, kind);
	}
}

static void look(struct core *core, struct pod *pod, struct task *task)
{
	struct checks checks = checks_of(task);
	if (!task_runs(task)) {
		return; /* a kubelet would not ask yet */
	}
	if (checks.by[PROBE_STARTUP] == PROBE_BY_ADAPTER && !task->probes.started) {
		task_probe_when_due(core, pod, task, PROBE_STARTUP);
	} else if (checks.by[PROBE_STARTUP] && !task->probes.started) {
		look_startup(core, pod, task, probed_by(task, checks.by[PROBE_STARTUP]));
	}
	if (!task_started(task) || task->condemned) {
		return;
	}
	if (checks.by[PROBE_LIVENESS] == PROBE_BY_ADAPTER) {
		task_probe_when_due(core, pod, task, PROBE_LIVENESS);
	} else if (checks.by[PROBE_LIVENESS] && !checks.kills) {
		condemn_when_ripe(core, pod, task, PROBE_LIVENESS, probed_by(task, PROBE_BY_HEALTH));
	}
	if (checks.by[PROBE_READINESS] == PROBE_BY_ADAPTER) {
		task_probe_when_due(core, pod, task, PROBE_READINESS);
	} else if (checks.by[PROBE_READINESS]) {
		look_readiness(core, pod, task, probed_by(task, checks.by[PROBE_READINESS]));
	}
}

void task_probes_told(struct core *core, struct pod *pod, struct task *task, const struct mesos_task_status *status)
{
	if (status->state != TASK_RUNNING || !has_probes(task)) {
		return;
	}
	if (status->has_check) {
		check_told(core, pod, task, status);
	}
	if (status->has_healthy) {
		health_told(core, pod, task, status);
	}
	look(core, pod, task);
}

/* The executor ended it because its liveness probe failed. */
bool task_ended_unhealthy(const struct task *task, const struct mesos_task_status *status)
{
	return task->spec && status->state == TASK_KILLED && !task->run.kill_sent && task->probes.health.told &&
	       !task->probes.health.good && probe_of(task, PROBE_LIVENESS) && checks_of(task).kills;
}

void pod_look_at_probes(struct core *core, struct pod *pod)
{
	for (size_t i = pod->first_init; i < pod->n_tasks; i++) {
		struct task *task = &pod->tasks[i];
		if (task_sidecar(task) && task_started(task)) {
			task->passed = true;
		}
		if (task->run.state == RUN_RUNNING && !task->run.unreachable && !task->condemned && has_probes(task)) {
			look(core, pod, task);
		}
	}
}
