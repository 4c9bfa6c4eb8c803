#include "adapter/claims.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/core_state.h"
#include "base/js.h"
#include "base/mem.h"
#include "kube/node_terms.h"
#include "translate/claims.h"
#include "translate/volume_files.h"

/* ---- pins ---- */

void pins_done(struct pins *pins)
{
	for (size_t i = 0; i < pins->n; i++) {
		free(pins->v[i].volume);
		kube_node_terms_free(pins->v[i].terms);
	}
	free(pins->v);
	*pins = (struct pins){0};
}

bool pins_same(const struct pins *a, const struct pins *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++) {
		if (strcmp(a->v[i].volume, b->v[i].volume) != 0) {
			return false;
		}
	}
	return a->n == b->n;
}

struct labels {
	const struct mesos_offer *offer;
	const struct node_labels *fixed;
	char buffer[NODE_NAME_MAX];
};

static const char *label_of(void *arg, const char *key)
{
	struct labels *l = arg;
	return l->offer ? agent_label(l->offer, l->fixed, key, l->buffer) : NULL;
}

bool pins_match(const struct pins *pins, const struct mesos_offer *offer, const char *node,
		const struct node_labels *fixed)
{
	struct labels labels = {.offer = offer, .fixed = fixed};
	for (size_t i = 0; i < pins->n; i++) {
		if (!kube_node_terms_match(pins->v[i].terms, node, label_of, &labels)) {
			return false;
		}
	}
	return true;
}

bool late_claims_fit(const struct late_claims *late, const struct mesos_offer *offer, const char *node,
		     const struct node_labels *fixed)
{
	struct labels labels = {.offer = offer, .fixed = fixed};
	return !late->n || late_claims_choose(late, node, label_of, &labels, NULL);
}

/* NULL with the reason when nobody can tell where the volume is. */
static struct kube_node_terms *terms_of(const struct claimed *claimed, struct err *e)
{
	CLEANUP_JSON json_t *tree = js_parse((const char *)claimed->affinity->bytes, claimed->affinity->n, e);
	struct kube_node_terms *terms = tree ? kube_node_terms_decode(tree, e) : NULL;
	if (!terms) {
		err_wrap(e, "persistentvolume \"%s\": spec.nodeAffinity.required", claimed->volume);
	}
	return terms;
}

/* ---- what is known of a claim ---- */

static int resolve(const struct core *core, const struct pod *pod, const struct kube_volume *v, struct claimed *ret,
		   struct err *e)
{
	struct kube_sources sources = sources_view(core);
	struct kube_source_ref ref = claim_ref(pod->spec, v);
	struct source_failure failure = {.core = core};
	source_find_failure(&failure, &ref);
	if (claim_volume_ref(pod->spec, v, &sources, &ref)) {
		source_find_failure(&failure, &ref);
	}
	return failure.why ? err_set(e, ERR_NOT_FOUND, "%s", failure.why)
			   : claim_resolve(pod->spec, v, &sources, ret, e);
}

static bool uses(const struct pod *pod, const char *ns, const char *claim)
{
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		const struct kube_volume *v = &pod->spec->volumes[i];
		if (v->kind == KUBE_VOLUME_CLAIM && !strcmp(v->claim, claim)) {
			return !strcmp(pod->spec->ns, ns);
		}
	}
	return false;
}

/* It has a node, or is about to, and may run. */
static bool is_placed(const struct pod *pod)
{
	switch (pod->state) {
	case POD_QUEUED:
	case POD_REFUSED:
	case POD_DONE:
	case POD_REMOVING:
		return false;
	case POD_FOREIGN:
		return pod->spec->node_name && !phase_is_last(pod->spec->phase);
	default:
		return true;
	}
}

static bool used_by_another(const struct core *core, const struct pod *pod, const char *claim)
{
	LIST_EACH (&core->pod_list, link) {
		const struct pod *other = LIST_ENTRY(link, struct pod, all);
		if (other != pod && is_placed(other) && uses(other, pod->spec->ns, claim)) {
			return true;
		}
	}
	return false;
}

/* ---- before a pod is placed ---- */

bool pod_has_claims(const struct pod *pod)
{
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		if (pod->spec->volumes[i].kind == KUBE_VOLUME_CLAIM) {
			return true;
		}
	}
	return false;
}

static int pin(struct pins *pins, const struct claimed *claimed, struct err *e)
{
	struct kube_node_terms *terms = claimed->affinity ? terms_of(claimed, e) : NULL;
	if (terms) {
		pins->v[pins->n++] = (struct pin){xstrdup(claimed->volume), terms};
	}
	return terms || !claimed->affinity ? 0 : -1;
}

/* As late_claim_add. */
static int add_late(const struct core *core, const struct pod *pod, const struct kube_volume *v,
		    struct late_claims *late, struct err *e)
{
	struct kube_sources sources = sources_view(core);
	struct source_failure failure = {.core = core};
	late_claim_refs(pod->spec, v, &sources, source_find_failure, &failure);
	return failure.why ? err_set(e, ERR_NOT_FOUND, "%s", failure.why)
			   : late_claim_add(late, pod->spec, v, &sources, e);
}

static int find_pins(const struct core *core, const struct pod *pod, struct pins *pins, struct late_claims *late,
		     struct err *e)
{
	pins->v = xcalloc(pod->spec->n_volumes, sizeof(*pins->v));
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		const struct kube_volume *v = &pod->spec->volumes[i];
		struct claimed claimed;
		int is_late = v->kind == KUBE_VOLUME_CLAIM ? add_late(core, pod, v, late, e) : 0;
		if (v->kind != KUBE_VOLUME_CLAIM || is_late > 0) {
			continue;
		}
		if (is_late < 0 || resolve(core, pod, v, &claimed, e) || pin(pins, &claimed, e)) {
			return -1;
		}
		if (claimed.once_pod && used_by_another(core, pod, v->claim)) {
			return err_set(e, ERR_CONFLICT,
				       "node has pod using PersistentVolumeClaim with the same name and "
				       "ReadWriteOncePod access mode");
		}
	}
	return 0;
}

void pod_hold_volumes(struct core *core, struct pod *pod)
{
	struct kube_sources sources = sources_view(core);
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		const struct kube_volume *v = &pod->spec->volumes[i];
		struct kube_source_ref ref;
		if (v->kind == KUBE_VOLUME_CLAIM && claim_volume_ref(pod->spec, v, &sources, &ref)) {
			source_hold(core, pod, &ref);
		}
	}
}

static void hold_claims(struct core *core, struct pod *pod)
{
	struct source_holder holder = {core, pod};
	struct kube_sources sources = sources_view(core);
	for (size_t i = 0; i < pod->spec->n_volumes; i++) {
		const struct kube_volume *v = &pod->spec->volumes[i];
		if (v->kind == KUBE_VOLUME_CLAIM) {
			struct kube_source_ref ref = claim_ref(pod->spec, v);
			source_hold(core, pod, &ref);
			late_claim_refs(pod->spec, v, &sources, source_hold_each, &holder);
		}
	}
	pod_hold_volumes(core, pod);
}

bool pod_claims_ready(struct core *core, struct pod *pod)
{
	struct err e = {0};
	struct pins pins = {0};
	struct late_claims late = {0};
	if (!pod_has_claims(pod)) {
		return true;
	}
	if (pod->choosing) {
		return false;
	}
	hold_claims(core, pod);
	if (!sources_answered(pod)) {
		return false;
	}
	if (find_pins(core, pod, &pins, &late, &e)) {
		late_claims_done(&late);
		pins_done(&pins);
		pod_wait_because(core, pod, e.text);
		sources_again(core, pod);
		return false;
	}
	pins_done(&pod->pins);
	late_claims_done(&pod->late);
	pod->pins = pins;
	pod->late = late;
	return true;
}

/* ---- claims that wait for an agent ---- */

static void choose_one(struct core *core, struct pod *pod, const struct late_claim *c, size_t chosen, const char *node)
{
	bool made = chosen == LATE_PROVISIONED;
	struct effect *f = effects_add(core->out, made ? EFFECT_CLAIM_NODE : EFFECT_CLAIM_VOLUME);
	f->ns = xstrdup(pod->spec->ns);
	f->name = xstrdup(pod->spec->name);
	f->uid = xstrdup(pod->spec->uid);
	f->node = xstrdup(node);
	f->text = xstrdup(made ? c->name : c->v[chosen].name);
	f->body = made ? late_claim_body(c, node) : late_volume_body(&c->v[chosen], pod->spec->ns, c);
	pod->choosing++;
}

bool pod_choose_volumes(struct core *core, struct pod *pod, const struct mesos_offer *offer, const char *node)
{
	struct labels labels = {.offer = offer, .fixed = &core->cfg.node_labels};
	size_t chosen[LATE_CLAIMS_MAX];
	if (!pod->late.n || !late_claims_choose(&pod->late, node, label_of, &labels, chosen)) {
		return false;
	}
	for (size_t i = 0; i < pod->late.n; i++) {
		choose_one(core, pod, &pod->late.v[i], chosen[i], node);
	}
	pod->claims_wait = true;
	return true;
}

/* What is known of its claims is old now. */
void pod_volume_chosen(struct core *core, struct pod *pod, const struct err *failure)
{
	pod->choosing -= pod->choosing > 0;
	if (pod->state != POD_QUEUED) {
		return;
	}
	if (failure && failure->code != ERR_CONFLICT && !write_says_nothing_of_pod(failure)) {
		pod_wait_because(core, pod, failure->text);
	}
	if (failure) {
		pod_retry_later(core, pod);
		pod->not_before_ms = core->now + pod->retry_ms;
	} else {
		pod->retry_ms = 0;
	}
	if (!pod->choosing) {
		sources_release(core, pod);
		pod_touch(core, pod);
	}
}

/* ---- before a container is started ---- */

char *claims_complaint(const struct core *core, const struct pod *pod, const struct kube_container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_volume *v = c->mounts[i].volume;
		struct claimed claimed;
		struct err e = {0};
		struct pin one;
		struct pins pins = {.v = &one};
		if (v->kind != KUBE_VOLUME_CLAIM) {
			continue;
		}
		if (resolve(core, pod, v, &claimed, &e) || pin(&pins, &claimed, &e)) {
			err_wrap(&e, VOLUME_FAILED, v->name);
			return xstrdup(e.text);
		}
		bool match = pins_match(&pins, agent_info(pod->agent), pod->agent->node->name, &core->cfg.node_labels);
		if (pins.n) {
			free(one.volume);
			kube_node_terms_free(one.terms);
		}
		if (!match) {
			return xasprintf("MountVolume.NodeAffinity check failed for volume \"%s\" : no matching "
					 "NodeSelectorTerms",
					 claimed.volume);
		}
	}
	return NULL;
}
