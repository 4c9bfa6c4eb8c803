/* What must be true in the end, when misfortune is over and time has passed; and the master's arithmetic at any time.
 *
 * Looks into the models (tests/sandbox/mesos/model.h) instead of asking them, since it must disturb nothing.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"
#include "tests/simulate/runner.h"
#include "tests/simulate/sim.h"
#include "translate/ids.h"

/* ---- resources add up ---- */

static void add_held(struct resources *sum, const struct resources *held)
{
	struct resources part;
	resources_copy(&part, held);
	resources_allocate(&part, NULL, false);
	resources_add(sum, &part);
	resources_done(&part);
}

static void check_agent(struct sim *sim, const struct mesos_agent *a)
{
	struct resources sum;
	resources_copy(&sum, &a->free);
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->holds) {
			add_held(&sum, &t->resources);
		}
	}
	LIST_EACH (&a->executors, l) {
		const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (x->holds) {
			add_held(&sum, &x->resources);
		}
	}
	LIST_EACH (&a->offers, l) {
		add_held(&sum, &LIST_ENTRY(l, struct offer, in_agent)->resources);
	}
	if (!resources_contain(&sum, &a->total) || !resources_contain(&a->total, &sum)) {
		CLEANUP_FREE char *total = resources_text(&a->total);
		CLEANUP_FREE char *text = resources_text(&sum);
		sim_violated(sim, "resources: %s has %s, and free, used and offered are %s", a->hostname, total, text);
	}
	resources_done(&sum);
}

void resources_check(struct sim *sim)
{
	for (size_t i = 0; i < mesos_cluster_agent_count(sim->mesos); i++) {
		const struct mesos_agent *a = mesos_cluster_agent_at(sim->mesos, i);
		if (a->state == AGENT_REGISTERED) { /* of others the master counts nothing */
			check_agent(sim, a);
		}
	}
}

/* ---- settled ---- */

struct inquiry {
	struct sim *sim;
	char *complaint; /* the first */
};

static void complain(struct inquiry *q, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct inquiry *q, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!q->complaint) {
		q->complaint = xstrdup(text);
	}
}

static const json_t *container_status(const json_t *pod, const char *list, const char *name)
{
	size_t i;
	json_t *status;
	json_array_foreach (js_arr(js_obj(pod, "status"), list), i, status) {
		if (strcmp(js_str(status, "name"), name) == 0) {
			return status;
		}
	}
	return NULL;
}

static void all_run(struct inquiry *q, const json_t *pod)
{
	const char *uid = js_str_at(pod, "metadata", "uid", NULL), *name = js_str_at(pod, "metadata", "name", NULL);
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(js_obj(pod, "spec"), "containers"), i, container) {
		const char *own = js_str(container, "name");
		const json_t *status = container_status(pod, "containerStatuses", own);
		char id[TASK_ID_MAX];
		task_id_make(uid, own, (int)js_int(status, "restartCount", 0), id);
		bool says = js_at(status, "state", "running", NULL) != NULL, lives = runner_lives(q->sim->runner, id);
		bool over = js_at(status, "state", "terminated", NULL) != NULL;
		if (!says && !over) {
			complain(q, "container %s of %s waits", own, name);
		} else if (says != lives) {
			complain(q, "container %s of %s %s, and the status says %s", own, name,
				 lives ? "lives" : "does not live", says ? "running" : "not running");
		}
	}
}

/* ---- does a pod that waits fit anywhere? ---- */

static bool has_port(const struct resources *r, uint16_t port)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; strcmp(r->v[i].name, "ports") == 0 && k < r->v[i].n_ranges; k++) {
			if (r->v[i].ranges[k].begin <= port && port <= r->v[i].ranges[k].end) {
				return true;
			}
		}
	}
	return false;
}

static bool has_attribute(const struct mesos_agent *a, const char *name, const char *value)
{
	size_t i;
	json_t *attribute;
	json_array_foreach (a->attributes, i, attribute) {
		const char *text = js_str_at(attribute, "text", "value", NULL);
		if (strcmp(js_str(attribute, "name"), name) == 0 && text && strcmp(text, value) == 0) {
			return true;
		}
	}
	return false;
}

/* What pods on an agent may need of it at once, whatever they have of it now. */
struct claimed {
	const struct sim *sim;
	const char *agent_id, *but; /* uid of the pod that does not count */
	struct amounts sum;
};

static void claim(void *arg, const json_t *object)
{
	struct claimed *claimed = arg;
	struct err e = {0};
	struct pod_need need;
	struct kube_pod *pod = kube_pod_decode(object, &e);
	bool over = pod && (pod->phase == POD_PHASE_SUCCEEDED || pod->phase == POD_PHASE_FAILED);
	if (pod && !over && pod->agent_id && strcmp(pod->agent_id, claimed->agent_id) == 0 &&
	    strcmp(pod->uid, claimed->but) != 0 &&
	    pod_need_make(pod, &claimed->sim->settings.translate, &need, &e) == 0) {
		amounts_add(&claimed->sum, need.total);
		for (size_t i = 0; i < pod->n_ephemeral; i++) {
			const struct kube_container_status *status = pod->ephemeral[i].status;
			if (!status || status->state != CONTAINER_TERMINATED) {
				amounts_add(&claimed->sum, claimed->sim->settings.translate.container_default);
			}
		}
	}
	kube_pod_free(pod);
}

static bool fits_beside_claims(struct sim *sim, const struct kube_pod *pod, const struct pod_need *need,
			       const struct mesos_agent *a)
{
	struct claimed claimed = {.sim = sim, .agent_id = a->id, .but = pod->uid, .sum = need->total};
	apiserver_each(sim->kube, "pods", SIM_NAMESPACE, claim, &claimed);
	return claimed.sum.cpus <= resources_milli(&a->total, "cpus") &&
	       claimed.sum.mem <= resources_milli(&a->total, "mem") &&
	       claimed.sum.disk <= resources_milli(&a->total, "disk");
}

static bool fits_agent(const struct kube_pod *pod, const struct pod_need *need, const struct mesos_agent *a)
{
	struct resources free;
	resources_copy(&free, &a->free);
	LIST_EACH (&a->offers, l) {
		add_held(&free, &LIST_ENTRY(l, struct offer, in_agent)->resources);
	}
	bool fits =
	    a->state == AGENT_REGISTERED && agent_reachable(a) && need->total.cpus <= resources_milli(&free, "cpus") &&
	    need->total.mem <= resources_milli(&free, "mem") && need->total.disk <= resources_milli(&free, "disk");
	for (size_t i = 0; i < need->n_ports; i++) {
		fits = fits && has_port(&free, need->ports[i]);
	}
	for (size_t i = 0; i < pod->n_node_selector; i++) {
		fits = fits && has_attribute(a, pod->node_selector[i].name, pod->node_selector[i].value);
	}
	resources_done(&free);
	return fits;
}

static const char *why_containers_wait(const json_t *object)
{
	const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
	const char *why = NULL;
	for (size_t i = 0; !why && i < 2; i++) {
		const json_t *first = json_array_get(js_arr(js_obj(object, "status"), lists[i]), 0);
		why = js_str_at(first, "state", "waiting", "message", NULL);
	}
	return why;
}

/* Not bound, or to a node that stands for all agents. */
static void waits(struct inquiry *q, const json_t *object, const char *name)
{
	struct err e = {0};
	struct pod_need need;
	struct kube_pod *pod = kube_pod_decode(object, &e);
	const char *why = why_containers_wait(object);
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(object, "status"), "conditions"), i, condition) {
		if (!why && strcmp(js_str(condition, "type"), "PodScheduled") == 0) {
			why = js_str(condition, "message");
		}
	}
	if (!pod || pod_need_make(pod, &q->sim->settings.translate, &need, &e) < 0) {
		complain(q, "%s is not understood: %s", name, e.text);
	} else if (!why) {
		complain(q, "%s waits, and nothing says why", name);
	} else {
		for (i = 0; i < mesos_cluster_agent_count(q->sim->mesos); i++) {
			const struct mesos_agent *a = mesos_cluster_agent_at(q->sim->mesos, i);
			if (fits_agent(pod, &need, a) && fits_beside_claims(q->sim, pod, &need, a)) {
				complain(q, "%s waits (\"%s\"), and it fits %s", name, why, a->hostname);
			}
		}
	}
	kube_pod_free(pod);
}

/* A node's name may have a suffix. NULL: it is gone. */
static const struct mesos_agent *agent_of(const struct inquiry *q, const char *id)
{
	for (size_t i = 0; id && i < mesos_cluster_agent_count(q->sim->mesos); i++) {
		const struct mesos_agent *a = mesos_cluster_agent_at(q->sim->mesos, i);
		if (a->id && strcmp(a->id, id) == 0) {
			return a;
		}
	}
	return NULL;
}

/* A binding that was thought to have failed can have made it one too many on its agent. */
static void bound_waits(struct inquiry *q, const json_t *object, const char *name)
{
	struct err e = {0};
	struct pod_need need;
	struct kube_pod *pod = kube_pod_decode(object, &e);
	const struct mesos_agent *a = pod ? agent_of(q, pod->agent_id) : NULL;
	const json_t *first = json_array_get(js_arr(js_obj(object, "status"), "containerStatuses"), 0);
	const char *why = js_str_at(first, "state", "waiting", "message", NULL);
	bool understood = pod && pod_need_make(pod, &q->sim->settings.translate, &need, &e) == 0;
	if (!understood || !a || !why || fits_agent(pod, &need, a)) {
		complain(q, "%s is bound and Pending: %s", name, why ? why : "nothing says why");
	}
	kube_pod_free(pod);
}

/* Its ephemeral containers: each runs, is over, cannot be translated, or waits for more than there is. */
static void run_or_wait(struct inquiry *q, const json_t *object)
{
	struct err e = {0};
	struct kube_pod *pod = kube_pod_decode(object, &e);
	const struct mesos_agent *a = pod ? agent_of(q, pod->agent_id) : NULL;
	const struct pod_need need = {.total = q->sim->settings.translate.container_default};
	for (size_t i = 0; pod && i < pod->n_ephemeral; i++) {
		const struct kube_ephemeral *c = &pod->ephemeral[i];
		char id[TASK_ID_MAX];
		task_id_make(pod->uid, c->container.name, c->status ? c->status->restart_count : 0, id);
		bool lives = runner_lives(q->sim->runner, id);
		bool says = c->status && c->status->state == CONTAINER_RUNNING;
		bool waits = !c->status || c->status->state == CONTAINER_WAITING;
		if (says != lives) {
			complain(q, "ephemeral container %s of %s %s, and the status says otherwise", c->container.name,
				 pod->name, lives ? "lives" : "does not live");
		} else if (waits && !c->refused.n && (!a || fits_agent(pod, &need, a))) {
			complain(q, "ephemeral container %s of %s waits, and there is room", c->container.name,
				 pod->name);
		}
	}
	kube_pod_free(pod);
}

/* ---- pods, tasks, updates ---- */

/* Somebody else bound it to the node that stands for all agents. */
static bool wants_agent(const struct inquiry *q, const json_t *pod)
{
	bool pending = strcmp(js_str_at(pod, "status", "phase", NULL), "Pending") == 0;
	return q->sim->options.mode != SIM_MODE_AGENT && pending &&
	       !js_str_at(pod, "metadata", "annotations", "mesos.apache.org/agent-id", NULL);
}

static void check_settled_pod(void *arg, const json_t *pod)
{
	struct inquiry *q = arg;
	const char *name = js_str_at(pod, "metadata", "name", NULL), *phase = js_str_at(pod, "status", "phase", NULL);
	if (js_str_at(pod, "metadata", "deletionTimestamp", NULL)) {
		complain(q, "%s is still being deleted", name);
	} else if (!js_str_at(pod, "spec", "nodeName", NULL) || wants_agent(q, pod)) {
		waits(q, pod, name);
	} else if (strcmp(phase, "Running") == 0) {
		all_run(q, pod);
		run_or_wait(q, pod);
	} else if (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0) {
		bound_waits(q, pod, name);
	}
}

struct owner {
	const char *uid;
	const json_t *pod;
};

static void find_owner(void *arg, const json_t *pod)
{
	struct owner *owner = arg;
	if (strcmp(js_str_at(pod, "metadata", "uid", NULL), owner->uid) == 0) {
		owner->pod = pod;
	}
}

/* What may live while its pod waits for room (bound_waits): the pause, sidecars, what people debug it with. */
static bool goes_before(const json_t *pod, const struct task_id *id)
{
	bool sidecar = false;
	size_t i;
	json_t *c;
	json_array_foreach (js_arr(js_obj(pod, "spec"), "initContainers"), i, c) {
		const char *policy = js_str(c, "restartPolicy");
		sidecar = sidecar || (!strcmp(js_str(c, "name"), id->container) && policy && !strcmp(policy, "Always"));
	}
	return id->pause || sidecar || id->container[0] == SIM_EPHEMERAL;
}

static void check_settled_task(void *arg, const char *task_id)
{
	struct inquiry *q = arg;
	struct task_id id = {0};
	task_id_parse(task_id, &id);
	struct owner owner = {.uid = id.uid};
	apiserver_each(q->sim->kube, "pods", SIM_NAMESPACE, find_owner, &owner);
	const char *phase = js_str_at(owner.pod, "status", "phase", NULL);
	if (!owner.pod) {
		complain(q, "%s lives, and its pod is gone", task_id);
	} else if (strcmp(phase, "Running") != 0 && !(strcmp(phase, "Pending") == 0 && goes_before(owner.pod, &id))) {
		complain(q, "%s lives, and its pod is %s", task_id, phase);
	}
}

static void check_updates(struct inquiry *q, const struct mesos_agent *a)
{
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (!list_empty(&t->updates)) {
			complain(q, "an update of %s is not acknowledged: %s", t->id, t->state);
		}
	}
}

char *settled_not(struct sim *sim)
{
	struct inquiry q = {.sim = sim};
	size_t leaders = 0;
	for (size_t i = 0; i < sim->n_adapters; i++) {
		const struct sim_adapter *adapter = &sim->adapters[i];
		leaders += adapter->leads && adapter->life.synced && adapter->life.subscribed;
	}
	if (leaders != 1) {
		complain(&q, "%zu adapters lead, are synced and subscribed", leaders);
	}
	apiserver_each(sim->kube, "pods", SIM_NAMESPACE, check_settled_pod, &q);
	runner_each(sim->runner, check_settled_task, &q);
	for (size_t i = 0; i < mesos_cluster_agent_count(sim->mesos); i++) {
		check_updates(&q, mesos_cluster_agent_at(sim->mesos, i));
	}
	return q.complaint;
}

/* For a trace that ends in a violation. */
void settled_show(struct sim *sim)
{
	for (size_t i = 0; i < mesos_cluster_agent_count(sim->mesos); i++) {
		const struct mesos_agent *a = mesos_cluster_agent_at(sim->mesos, i);
		CLEANUP_FREE char *total = resources_text(&a->total);
		CLEANUP_FREE char *free_text = resources_text(&a->free);
		sim_trace(sim, "end", "%s %s%s%s%s%s: state %d, %s, free %s", a->hostname, a->id,
			  a->powered ? "" : " off", a->up ? "" : " down", a->partitioned ? " partitioned" : "",
			  a->blank ? " blank" : "", a->state, total, free_text);
		LIST_EACH (&a->tasks, l) {
			const struct task *t = LIST_ENTRY(l, struct task, in_agent);
			CLEANUP_FREE char *held = resources_text(&t->resources);
			sim_trace(sim, "end", "  %s %s%s%s", t->id,
				  t->on_master ? t->master_state : "(unknown to the master)",
				  t->on_agent ? "" : " (unknown to the agent)", t->holds ? held : "");
		}
	}
}

bool settled_reaches(struct sim *sim, const char *task_id)
{
	for (size_t i = 0; i < mesos_cluster_agent_count(sim->mesos); i++) {
		const struct mesos_agent *a = mesos_cluster_agent_at(sim->mesos, i);
		LIST_EACH (&a->tasks, l) {
			const struct task *t = LIST_ENTRY(l, struct task, in_agent);
			if (strcmp(t->id, task_id) == 0 && t->on_agent) {
				return a->state != AGENT_GONE && !a->unlisted && !a->blank;
			}
		}
	}
	return false;
}
