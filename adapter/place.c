#include "adapter/place.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/buf.h"
#include "base/mem.h"

#define SENTENCE_MAX 900
#define FAILED_TERMS_MAX 64  /* kinds of pods that failed, remembered while others are placed */
#define REASONS_MAX 64	     /* kinds of pods that are compared with all agents, for their reason, in one step */
#define REASONS_AGAIN_MS 100 /* the next ones are, after so long */
#define REASON_LOOKS 100     /* to say a reason takes as long as so many comparisons */
#define PLACE_AGAIN_MS 1     /* after a step that was full, the queue goes on */

/* ---- pure ---- */

enum misfit amounts_fit(const struct amounts *amounts, const struct amounts *free)
{
	if (amounts->gpus > free->gpus) {
		return MISFIT_GPUS;
	}
	if (amounts->cpus > free->cpus) {
		return MISFIT_CPUS;
	}
	if (amounts->mem > free->mem) {
		return MISFIT_MEM;
	}
	return amounts->disk > free->disk ? MISFIT_DISK : FITS;
}

bool selector_matches(const struct kube_pod *pod, const struct mesos_offer *offer, const struct node_labels *fixed,
		      const char *all)
{
	char buffer[NODE_NAME_MAX];
	for (size_t i = 0; i < pod->n_node_selector; i++) {
		const char *name = pod->node_selector[i].name, *wanted = pod->node_selector[i].value;
		const char *value = offer ? agent_label(offer, fixed, name, buffer) : NULL;
		if (all && strcmp(name, LABEL_HOSTNAME) == 0 && strcmp(wanted, all) == 0) {
			continue;
		}
		if (!value || strcmp(value, wanted) != 0) {
			return false;
		}
	}
	return true;
}

bool selector_same(const struct kube_pod *a, const struct kube_pod *b)
{
	if (a->n_node_selector != b->n_node_selector) {
		return false;
	}
	for (size_t i = 0; i < a->n_node_selector; i++) {
		if (strcmp(a->node_selector[i].name, b->node_selector[i].name) != 0 ||
		    strcmp(a->node_selector[i].value, b->node_selector[i].value) != 0) {
			return false;
		}
	}
	return true;
}

/* The scarcer of cpus and mem decides, in millionths of a share that would be left. */
int64_t place_score(const struct amounts *amounts, const struct amounts *free)
{
	int64_t cpus = free->cpus - amounts->cpus;
	int64_t mem = (free->mem - amounts->mem) / 2048; /* two gigabytes weigh as much as a cpu */
	return cpus < mem ? cpus : mem;
}

static void put_reason(struct buf *b, const char **between, size_t n, const char *name, int64_t needed)
{
	char fraction[8];
	if (!n) {
		return;
	}
	size_t digits = (size_t)snprintf(fraction, sizeof(fraction), ".%03d", (int)(needed % 1000));
	while (digits && (fraction[digits - 1] == '0' || fraction[digits - 1] == '.')) {
		fraction[--digits] = '\0';
	}
	buf_printf(b, "%s%s short on %zu (the pod needs %lld%s)", *between, name, n, (long long)needed / 1000,
		   fraction);
	*between = ", ";
}

char *misfit_sentence(const struct misfit_counts *counts, const struct kube_pod *pod, const struct pod_need *need)
{
	CLEANUP_BUF struct buf b = BUF_INIT(SENTENCE_MAX);
	const char *between = ": ";
	if (!counts->agents) {
		buf_puts(&b, "no Mesos agent has offered anything to our roles");
		return buf_steal(&b, NULL);
	}
	buf_printf(&b, "0/%zu agents fit", counts->agents);
	put_reason(&b, &between, counts->by[MISFIT_CPUS], "cpus", need->total.cpus);
	put_reason(&b, &between, counts->by[MISFIT_MEM], "mem (MB)", need->total.mem);
	put_reason(&b, &between, counts->by[MISFIT_DISK], "disk (MB)", need->total.disk);
	put_reason(&b, &between, counts->by[MISFIT_GPUS], "gpus", need->total.gpus);
	if (counts->by[MISFIT_PORT]) {
		buf_printf(&b, "%shostPort not offered by %zu", between, counts->by[MISFIT_PORT]);
		between = ", ";
	}
	if (counts->by[MISFIT_SELECTOR]) {
		buf_printf(&b, "%snodeSelector", between);
		for (size_t i = 0; i < pod->n_node_selector; i++) {
			buf_printf(&b, " %s=%s", pod->node_selector[i].name, pod->node_selector[i].value);
		}
		buf_printf(&b, " does not match %zu", counts->by[MISFIT_SELECTOR]);
		between = ", ";
	}
	if (counts->by[MISFIT_VOLUME]) {
		buf_printf(&b, "%s%zu didn't match PersistentVolume's node affinity", between,
			   counts->by[MISFIT_VOLUME]);
		between = ", ";
	}
	if (counts->by[MISFIT_UNBOUND]) {
		buf_printf(&b, "%s%zu didn't find available persistent volumes to bind", between,
			   counts->by[MISFIT_UNBOUND]);
		between = ", ";
	}
	if (counts->by[MISFIT_CORDONED]) {
		buf_printf(&b, "%s%zu cordoned", between, counts->by[MISFIT_CORDONED]);
		between = ", ";
	}
	if (counts->by[MISFIT_PODS]) {
		buf_printf(&b, "%stoo many pods on %zu", between, counts->by[MISFIT_PODS]);
		between = ", ";
	}
	if (counts->by[FITS]) {
		buf_printf(&b, "%sno offer at present from %zu", between, counts->by[FITS]);
	}
	return buf_steal(&b, NULL);
}

/* ---- placing ---- */

static bool port_set_aside(const struct slot *slot, uint16_t port)
{
	for (size_t i = 0; i < slot->n_ports; i++) {
		if (slot->ports[i] == port) {
			return true;
		}
	}
	return false;
}

static bool ports_fit(const struct slot *slot, const struct pod_need *need)
{
	for (size_t i = 0; i < need->n_ports; i++) {
		if (port_set_aside(slot, need->ports[i]) ||
		    !mesos_resources_has_port(&slot->pool, need->ports[i], slot->offers[0]->role)) {
			return false;
		}
	}
	return true;
}

/* A pod between two containers has its ports still to come. */
static bool ports_pledged(const struct agent *agent, const struct pod_need *need)
{
	for (size_t i = 0; i < need->n_ports; i++) {
		if (agent_port_pledged(agent, need->ports[i])) {
			return true;
		}
	}
	return false;
}

static bool agent_full(const struct core *core, const struct agent *agent)
{
	return core->cfg.max_pods && agent->n_pods >= core->cfg.max_pods;
}

/* Who is bound to the node already is not kept away, as from a kubelet. */
static bool cordoned_for(const struct agent *agent, const struct pod *pod)
{
	const char *bound = pod->spec->node_name;
	return agent->node->cordoned && !(bound && strcmp(bound, agent->node->name) == 0);
}

static bool slot_open(const struct core *core, const struct slot *slot, const struct pod *pod)
{
	const struct agent *agent = slot->agent;
	return agent->node->state == NODE_READY && !agent->away && !cordoned_for(agent, pod) && !agent->leave &&
	       !agent_full(core, agent) && slot->n_batch < SLOT_PODS_MAX &&
	       (!slot->n_batch || core->now - slot->batch_ms < SLOT_JOIN_MS);
}

/* It takes nothing reserved. */
static bool executor_fits(const struct core *core, const struct slot *slot, const struct pod *pod)
{
	struct amounts x = executor_amounts(pod->spec, &core->cfg.translate);
	const struct amounts *u = &slot->unreserved;
	return x.cpus <= u->cpus && x.mem <= u->mem && x.disk <= u->disk;
}

static bool selector_fits(const struct core *core, const struct pod *pod, const struct mesos_offer *offer)
{
	return selector_matches(pod->spec, offer, &core->cfg.node_labels, core->all ? core->all->name : NULL);
}

static struct slot *choose(struct core *core, const struct pod *pod)
{
	struct slot *best = NULL;
	int64_t best_score = INT64_MIN;
	LIST_EACH (&core->held, link) {
		struct slot *slot = LIST_ENTRY(link, struct slot, held);
		struct amounts left = agent_room(slot->agent, slot->free);
		core->looks++;
		if (amounts_fit(&pod->need.total, &left) != FITS || !slot_open(core, slot, pod)) {
			continue;
		}
		int64_t score = place_score(&pod->need.total, &left);
		if (score > best_score && executor_fits(core, slot, pod) && ports_fit(slot, &pod->need) &&
		    !ports_pledged(slot->agent, &pod->need) && selector_fits(core, pod, slot->offers[0]) &&
		    pins_match(&pod->pins, slot->offers[0], slot->agent->node->name, &core->cfg.node_labels) &&
		    late_claims_fit(&pod->late, slot->offers[0], slot->agent->node->name, &core->cfg.node_labels)) {
			best = slot;
			best_score = score;
		}
	}
	return best;
}

static struct amounts wanted_amounts(const struct core *core, const struct pod *pod)
{
	struct plan_item items[POD_CONTAINERS_MAX + 1];
	int64_t later = UNSET;
	if (pod->state == POD_BOUND) {
		return pod->need.total; /* room for the containers after the init containers, too */
	}
	size_t n = pod_wanted(pod, core->now, items, &later);
	return plan_amounts(pod->spec, items, n, &core->cfg.translate);
}

/* Of an agent that offers nothing at present, against what it offered last. */
static enum misfit last_misfit(const struct agent *agent, const struct pod_need *need, const struct amounts *amounts,
			       const struct amounts *free)
{
	const struct mesos_offer *offer = agent->info;
	for (size_t i = 0; offer && i < need->n_ports; i++) {
		if (!mesos_resources_has_port(&offer->resources, need->ports[i], offer->role)) {
			return MISFIT_PORT;
		}
	}
	return amounts_fit(amounts, free);
}

static const char *const misfit_names[] = {
    [MISFIT_CPUS] = "cpus", [MISFIT_MEM] = "mem", [MISFIT_DISK] = "disk", [MISFIT_GPUS] = "gpus"};

/* A bound pod goes nowhere else, so only what its agent lacks matters. */
static char *waiting_sentence(const struct core *core, const struct pod *pod)
{
	const struct agent *agent = pod->agent;
	struct amounts a = wanted_amounts(core, pod);
	enum misfit misfit = last_misfit(agent, &pod->need, &a, &agent->last_free);
	if (agent->away) {
		return xasprintf("Mesos agent %s is not connected", agent->id);
	}
	LIST_EACH (&agent->slots, link) {
		const struct slot *slot = LIST_ENTRY(link, struct slot, link);
		misfit = ports_fit(slot, &pod->need) ? amounts_fit(&a, &slot->free) : MISFIT_PORT;
	}
	if (agent->deactivated) {
		return xasprintf("Mesos agent %s is deactivated: it is offered to nobody", agent->id);
	}
	if (misfit == MISFIT_PORT) {
		return xasprintf("waits for its hostPort to be offered by Mesos agent %s", agent->id);
	}
	return misfit == FITS
		   ? xasprintf("waits for an offer of Mesos agent %s", agent->id)
		   : xasprintf("waits for more %s to be offered by Mesos agent %s", misfit_names[misfit], agent->id);
}

/* For the reason only: against what each agent offers now, or offered last. */
static enum misfit misfit_of(const struct core *core, const struct agent *agent, const struct pod *pod)
{
	struct amounts left = agent_room(agent, agent->last_free);
	enum misfit best = last_misfit(agent, &pod->need, &pod->need.total, &left);
	if (!selector_fits(core, pod, agent_info(agent))) {
		return MISFIT_SELECTOR;
	}
	if (!pins_match(&pod->pins, agent_info(agent), agent->node->name, &core->cfg.node_labels)) {
		return MISFIT_VOLUME;
	}
	if (!late_claims_fit(&pod->late, agent_info(agent), agent->node->name, &core->cfg.node_labels)) {
		return MISFIT_UNBOUND;
	}
	if (cordoned_for(agent, pod) || agent->leave) {
		return MISFIT_CORDONED;
	}
	if (agent_full(core, agent)) {
		return MISFIT_PODS;
	}
	if (ports_pledged(agent, &pod->need)) {
		return MISFIT_PORT;
	}
	LIST_EACH (&agent->slots, link) {
		const struct slot *slot = LIST_ENTRY(link, struct slot, link);
		left = agent_room(agent, slot->free);
		enum misfit m = ports_fit(slot, &pod->need) ? amounts_fit(&pod->need.total, &left) : MISFIT_PORT;
		if (link == agent->slots.next || m == FITS) {
			best = m;
		}
	}
	return best;
}

void pod_wait_because(struct core *core, struct pod *pod, const char *sentence)
{
	pod->why_said_ms = core->now;
	if (pod->why && strcmp(pod->why, sentence) == 0) {
		return;
	}
	free(pod->why);
	pod->why = xstrdup(sentence);
	pod_record(core, pod, "Warning", "FailedScheduling", sentence);
	pod->generation = ++core->last_generation;
	pod_touch(core, pod);
}

static char *queued_sentence(const struct core *core, const struct pod *pod)
{
	struct misfit_counts counts = {0};
	LIST_EACH (&core->agent_list, link) {
		const struct agent *agent = LIST_ENTRY(link, struct agent, link);
		if (agent_info(agent) && !agent->away) {
			counts.agents++;
			counts.by[misfit_of(core, agent, pod)]++;
		}
	}
	return misfit_sentence(&counts, pod->spec, &pod->need);
}

static bool why_due(struct core *core, struct pod *pod)
{
	if (core->now < pod->why_said_ms + core->cfg.why_every_ms) {
		pod_alarm(core, pod, pod->why_said_ms + core->cfg.why_every_ms);
		return false;
	}
	return true;
}

void pod_say_why(struct core *core, struct pod *pod)
{
	if (why_due(core, pod)) {
		CLEANUP_FREE char *sentence = waiting_sentence(core, pod);
		pod_wait_because(core, pod, sentence);
	}
}

static void place(struct core *core, struct pod *pod, struct slot *slot)
{
	list_remove(&pod->wait);
	if (pod_choose_volumes(core, pod, slot->offers[0], slot->agent->node->name)) {
		return;
	}
	slot_assign(core, slot, pod, &pod->need.total);
	agent_join(core, pod, slot->agent);
	pod_event(core, pod, POD_EV_PLACED);
	pod_pledge(core, pod); /* before the next one is placed */
}

/* Who has just failed, each on other terms. Who asks for at least as much on the same terms, fails too. */
struct failed {
	const struct pod *pods[FAILED_TERMS_MAX];
	size_t n;
};

static bool asks_no_less(const struct pod *pod, const struct pod *than)
{
	const struct amounts *a = &pod->need.total, *b = &than->need.total;
	bool ports = !than->need.n_ports ||
		     (pod->need.n_ports == than->need.n_ports &&
		      memcmp(pod->need.ports, than->need.ports, pod->need.n_ports * sizeof(pod->need.ports[0])) == 0);
	bool cordon = !pod->spec->node_name || than->spec->node_name; /* it is not kept away where the other may go */
	return a->cpus >= b->cpus && a->mem >= b->mem && a->disk >= b->disk && a->gpus >= b->gpus && ports && cordon &&
	       (!than->spec->n_node_selector || selector_same(pod->spec, than->spec)) &&
	       (!than->pins.n || pins_same(&pod->pins, &than->pins)) && !than->late.n;
}

static bool hopeless(const struct failed *failed, const struct pod *pod)
{
	for (size_t i = 0; i < failed->n; i++) {
		if (asks_no_less(pod, failed->pods[i])) {
			return true;
		}
	}
	return false;
}

/* Why pods wait, by kind; found once in a pass, and each on other terms. */
struct reasons {
	const struct pod *pods[REASONS_MAX];
	char *sentences[REASONS_MAX];
	size_t n;
};

static void reasons_done(struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->n; i++) {
		free(reasons->sentences[i]);
	}
}

/* NULL: too many kinds in this step. */
static const char *reason_of(struct core *core, struct reasons *reasons, const struct pod *pod)
{
	for (size_t i = 0; i < reasons->n; i++) {
		if (asks_no_less(pod, reasons->pods[i]) && asks_no_less(reasons->pods[i], pod)) {
			return reasons->sentences[i];
		}
	}
	if (reasons->n == REASONS_MAX) {
		return NULL;
	}
	core->looks += core->agents.count;
	reasons->pods[reasons->n] = pod;
	reasons->sentences[reasons->n] = queued_sentence(core, pod);
	return reasons->sentences[reasons->n++];
}

/* When further kinds have their turn. */
static int64_t reasons_turn(struct core *core)
{
	if (core->reasons_ms <= core->now) {
		core->reasons_ms = core->now + REASONS_AGAIN_MS;
		core->n_reasons = 0;
	} else if (++core->n_reasons == REASONS_MAX) {
		core->reasons_ms += REASONS_AGAIN_MS;
		core->n_reasons = 0;
	}
	return core->reasons_ms;
}

static void queue_stuck(struct core *core, struct pod *pod, struct reasons *reasons)
{
	list_remove(&pod->wait);
	list_push(&core->stuck, &pod->wait);
	if (pod->late.n) {
		sources_again(core, pod); /* a volume may come */
	}
	if (!why_due(core, pod)) {
		return;
	}
	const char *sentence = reason_of(core, reasons, pod);
	if (sentence) {
		core->looks += REASON_LOOKS;
		pod_wait_because(core, pod, sentence);
	} else {
		pod_alarm(core, pod, reasons_turn(core));
	}
}

static bool step_is_full(const struct core *core)
{
	return core->looks >= core->looks_end;
}

/* At least one pod, and as many as a step has time for: leases and updates are not to wait for a long queue. Who was
 * tried goes behind those who were not, so each has its turn. */
static void place_queue(struct core *core)
{
	struct failed failed = {.n = 0};
	struct reasons reasons = {.n = 0};
	bool full = false;
	while (core->told_all && !writes_held(core) && !list_empty(&core->fresh) && !full) {
		struct pod *pod = LIST_ENTRY(core->fresh.next, struct pod, wait);
		bool tried = !hopeless(&failed, pod);
		struct slot *slot = tried ? choose(core, pod) : NULL;
		core->looks++;
		if (slot) {
			place(core, pod, slot);
		} else {
			if (tried && failed.n < FAILED_TERMS_MAX) {
				failed.pods[failed.n++] = pod;
			}
			queue_stuck(core, pod, &reasons);
		}
		full = step_is_full(core);
	}
	reasons_done(&reasons);
	core->place_ms = full && !list_empty(&core->fresh) ? core->now + PLACE_AGAIN_MS : UNSET;
}

int64_t place_deadline(const struct core *core)
{
	return core_acting(core) ? core->place_ms : UNSET;
}

/* Bound pods take what their agent offers before others do. */
static void serve_waiting(struct core *core, struct slot *slot)
{
	LIST_EACH (&slot->agent->waiting, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, wait);
		struct amounts a = wanted_amounts(core, pod);
		core->looks++;
		bool ports = pod->state != POD_BOUND || ports_fit(slot, &pod->need);
		if (slot->n_batch < SLOT_PODS_MAX && ports && amounts_fit(&a, &slot->free) == FITS) {
			list_remove(&pod->wait);
			core->n_waiting--;
			slot_assign(core, slot, pod, &a);
			pod_pledge(core, pod);
		}
	}
}

void agent_serve(struct core *core, struct agent *agent)
{
	if (!list_linked(&agent->serve)) {
		list_push(&core->serve, &agent->serve);
	}
}

static void serve_agents(struct core *core)
{
	while (!list_empty(&core->serve)) {
		struct agent *agent = LIST_ENTRY(core->serve.next, struct agent, serve);
		list_remove(&agent->serve);
		if (agent->away || list_empty(&agent->waiting)) {
			continue;
		}
		LIST_EACH (&agent->slots, link) {
			serve_waiting(core, LIST_ENTRY(link, struct slot, link));
		}
	}
}

void place_all(struct core *core)
{
	serve_agents(core);
	if (core->supply) {
		core->supply = false;
		while (!list_empty(&core->stuck)) {
			struct list *link = core->stuck.next;
			list_remove(link);
			list_push(&core->fresh, link);
		}
	}
	if (core->place_ms == UNSET || core->place_ms <= core->now) {
		place_queue(core);
	}
}
