/* The conditions of a pod, as the kubelet sets them (pkg/kubelet/status/generate.go), and those of an agent that is
 * lost. */
#include <string.h>

#include "adapter/draft.h"
#include "base/buf.h"
#include "base/mem.h"

#define GONE "MesosAgentGone"
#define EVICTED "DeletionByTaintManager"
#define RETURNED "MesosAgentReturned"
#define TERMINATED "TerminationByKubelet"
#define NAMES_MAX 4096 /* of containers or conditions in one message; further ones are left out */

struct truth {
	enum kube_condition_status status;
	const char *reason, *message;
};

static void put(struct core *core, struct pod *pod, struct draft *d, enum kube_condition_type which, struct truth truth)
{
	if (pod->condition[which] != (signed char)truth.status) {
		pod->condition[which] = (signed char)truth.status;
		pod->condition_since[which] = core->now;
	}
	d->report.conditions[d->report.n_conditions++] = (struct kube_condition){
	    .type = which,
	    .status = truth.status,
	    .reason = truth.reason,
	    .message = truth.message,
	    .since_ms = pod->condition_since[which],
	};
}

bool disruption_is_ours(const char *reason)
{
	return reason && (strcmp(reason, GONE) == 0 || strcmp(reason, EVICTED) == 0 || strcmp(reason, RETURNED) == 0 ||
			  strcmp(reason, TERMINATED) == 0);
}

bool drain_is_told(const struct kube_pod *spec)
{
	const struct kube_condition_seen *seen = &spec->conditions[POD_DISRUPTION_TARGET];
	return seen->present && seen->status == CONDITION_TRUE && seen->reason && strcmp(seen->reason, TERMINATED) == 0;
}

/* In the words of the taint eviction, for a Job's podFailurePolicy and the like; taken back when it came to nothing. */
static void put_disruption(struct core *core, struct pod *pod, struct draft *d)
{
	if (pod->lost && pod->disrupted) {
		put(core, pod, d, POD_DISRUPTION_TARGET,
		    (struct truth){CONDITION_TRUE, GONE, "its Mesos agent is gone for good"});
	} else if (pod->drained) {
		put(core, pod, d, POD_DISRUPTION_TARGET,
		    (struct truth){CONDITION_TRUE, TERMINATED, POD_DRAINED_MESSAGE});
	} else if (pod->disrupted) {
		put(core, pod, d, POD_DISRUPTION_TARGET,
		    (struct truth){CONDITION_TRUE, EVICTED, "Taint manager: deleting due to NoExecute taint"});
	} else if (pod->condition[POD_DISRUPTION_TARGET] != -1 && !pod->spec->deleting) {
		put(core, pod, d, POD_DISRUPTION_TARGET,
		    (struct truth){CONDITION_FALSE, RETURNED, "its Mesos agent came back"});
	}
}

static bool any_unreachable(const struct pod *pod)
{
	if (pod->agent && pod->agent->away && !pod_completed(pod)) {
		return true;
	}
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (run_live(&pod->tasks[i].run) && pod->tasks[i].run.unreachable) {
			return true;
		}
	}
	return false;
}

/* Its sandbox stands: what keeps it, or a container in it, has been heard of and lives. */
static struct truth ready_to_start(const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_tasks; i++) {
		if (pod->tasks[i].run.state == RUN_RUNNING) {
			return (struct truth){CONDITION_TRUE, NULL, NULL};
		}
	}
	return (struct truth){CONDITION_FALSE, NULL, NULL};
}

/* "containers with unready status: [a b]" of those that are to be named, all where nothing is said of any; NULL: none.
 */
static const char *name_them(struct draft *d, const char *what, const struct pod *pod, size_t first, size_t n,
			     bool (*named)(const struct task *, const struct kube_container_report *))
{
	CLEANUP_BUF struct buf b = BUF_INIT(NAMES_MAX);
	for (size_t i = first; i < first + n; i++) {
		if (!d->containers || named(&pod->tasks[i], &d->containers[i])) {
			buf_printf(&b, "%s%s", b.len ? " " : "", pod->tasks[i].spec->name);
		}
	}
	return b.len ? draft_keep(d, xasprintf("containers with %s status: [%s]", what, buf_str(&b))) : NULL;
}

static bool is_incomplete(const struct task *task, const struct kube_container_report *c)
{
	return task_sidecar(task) ? !c->started : !c->ready;
}

static bool is_unready(const struct task *task, const struct kube_container_report *c)
{
	return (!task->init || task_sidecar(task)) && !c->ready;
}

static struct truth initialized(const struct pod *pod, struct draft *d)
{
	const char *message =
	    name_them(d, "incomplete", pod, pod->first_init, pod->first_main - pod->first_init, is_incomplete);
	if (d->report.phase == POD_PHASE_SUCCEEDED) {
		return (struct truth){CONDITION_TRUE, "PodCompleted", NULL};
	}
	if (!message || any_main_started(pod)) {
		return (struct truth){CONDITION_TRUE, NULL, NULL};
	}
	return (struct truth){CONDITION_FALSE, "ContainersNotInitialized", message};
}

static struct truth containers_ready(const struct pod *pod, struct draft *d)
{
	if (any_unreachable(pod)) {
		return (struct truth){CONDITION_FALSE, "NodeUnreachable",
				      "the Mesos agent is unreachable; what runs there may go on"};
	}
	if (d->report.phase == POD_PHASE_SUCCEEDED) {
		return (struct truth){CONDITION_FALSE, "PodCompleted", NULL};
	}
	if (d->report.phase == POD_PHASE_FAILED) {
		return (struct truth){CONDITION_FALSE, "PodFailed", NULL};
	}
	const char *message =
	    name_them(d, "unready", pod, pod->first_init, pod->first_ephemeral - pod->first_init, is_unready);
	if (message) {
		return (struct truth){CONDITION_FALSE, "ContainersNotReady", message};
	}
	return (struct truth){CONDITION_TRUE, NULL, NULL};
}

/* What others have to say before the pod is ready. */
static struct truth gates_open(const struct pod *pod, struct draft *d)
{
	CLEANUP_BUF struct buf b = BUF_INIT(NAMES_MAX);
	for (size_t i = 0; i < pod->spec->n_readiness_gates; i++) {
		const struct kube_readiness_gate *gate = &pod->spec->readiness_gates[i];
		const char *comma = b.len ? ", " : "";
		if (!gate->status) {
			buf_printf(&b, "%scorresponding condition of pod readiness gate \"%s\" does not exist.", comma,
				   gate->type);
		} else if (strcmp(gate->status, "True") != 0) {
			buf_printf(&b, "%sthe status of pod readiness gate \"%s\" is not \"True\", but %s", comma,
				   gate->type, gate->status);
		}
	}
	if (!b.len) {
		return (struct truth){CONDITION_TRUE, NULL, NULL};
	}
	return (struct truth){CONDITION_FALSE, "ReadinessGatesNotReady", draft_keep(d, xstrdup(buf_str(&b)))};
}

static void put_resize(struct core *core, struct pod *pod, struct draft *d)
{
	const struct task *task = phase_is_last(d->report.phase) ? NULL : pod_resized(pod);
	if (task) {
		pod->resize_told = true;
		const char *message = draft_keep(d, xasprintf(POD_RESIZE_LATER, task->spec->name));
		put(core, pod, d, POD_RESIZE_PENDING, (struct truth){CONDITION_TRUE, "Infeasible", message});
	} else {
		pod->condition[POD_RESIZE_PENDING] = -1;
		d->report.resize_over = pod->resize_told;
	}
}

void put_conditions(struct core *core, struct pod *pod, struct draft *d)
{
	struct truth containers = containers_ready(pod, d);
	put(core, pod, d, POD_SCHEDULED, (struct truth){CONDITION_TRUE, NULL, NULL});
	put(core, pod, d, POD_READY_TO_START, ready_to_start(pod));
	put(core, pod, d, POD_INITIALIZED, initialized(pod, d));
	put(core, pod, d, POD_CONTAINERS_READY, containers);
	put(core, pod, d, POD_READY, containers.status == CONDITION_TRUE ? gates_open(pod, d) : containers);
	put_disruption(core, pod, d);
	put_resize(core, pod, d);
}

void put_unschedulable(struct core *core, struct pod *pod, struct draft *d)
{
	put(core, pod, d, POD_SCHEDULED, (struct truth){CONDITION_FALSE, "Unschedulable", pod->why});
}
