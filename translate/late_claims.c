#include "translate/late_claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/claim.h"
#include "translate/claims.h"

static void volume_done(struct late_volume *v)
{
	free(v->name);
	free(v->version);
	kube_node_terms_free(v->terms);
}

void late_claims_done(struct late_claims *claims)
{
	for (size_t i = 0; i < claims->n; i++) {
		struct late_claim *c = &claims->v[i];
		for (size_t k = 0; k < c->n; k++) {
			volume_done(&c->v[k]);
		}
		free(c->v);
		free(c->name);
		free(c->uid);
		kube_node_terms_free(c->topologies);
	}
	free(claims->v);
	*claims = (struct late_claims){0};
}

/* ---- what they are read from ---- */

static bool class_ref(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_sources *sources,
		      struct kube_source_ref *ret)
{
	struct kube_source_ref ref = claim_ref(pod, v);
	const struct kube_source *claim = claim_is_unbound(pod, v, sources) ? kube_sources_find(sources, &ref) : NULL;
	const char *class = claim ? kube_source_text(claim, CLAIM_CLASS) : NULL;
	*ret = (struct kube_source_ref){KUBE_SOURCE_CLASS, "", class};
	return class && *class;
}

static const struct kube_source *late_class(const struct kube_pod *pod, const struct kube_volume *v,
					    const struct kube_sources *sources)
{
	struct kube_source_ref ref;
	const struct kube_source *class = class_ref(pod, v, sources, &ref) ? kube_sources_find(sources, &ref) : NULL;
	return class && kube_source_text(class, CLASS_LATE) ? class : NULL;
}

static const struct kube_source_ref all_volumes = {KUBE_SOURCE_VOLUMES, "", ""};

void late_claim_refs(const struct kube_pod *pod, const struct kube_volume *v, const struct kube_sources *sources,
		     void (*each)(void *arg, const struct kube_source_ref *ref), void *arg)
{
	struct kube_source_ref ref;
	if (class_ref(pod, v, sources, &ref)) {
		each(arg, &ref);
	}
	if (late_class(pod, v, sources)) {
		each(arg, &all_volumes);
	}
}

/* ---- the volumes that would do ---- */

struct wish {
	const json_t *o; /* what the claim asks for */
	const char *class;
	struct kube_node_terms *selector; /* NULL: none */
};

static const char *label_of(void *arg, const char *key)
{
	return js_str(arg, key);
}

static bool suits(const struct wish *w, const json_t *volume)
{
	int64_t modes = js_int(w->o, "modes", 0);
	return !js_str(volume, "claim") && !strcmp(js_str(volume, "class") ?: "", w->class) &&
	       (js_int(volume, "modes", 0) & modes) == modes &&
	       js_int(volume, "capacity", 0) >= js_int(w->o, "capacity", 0) &&
	       (!w->selector || kube_node_terms_match(w->selector, "", label_of, js_obj(volume, "labels")));
}

static int add_volume(struct late_claim *c, const char *name, const json_t *o, struct err *e)
{
	const json_t *affinity = js_obj(o, "affinity");
	struct kube_node_terms *terms = affinity ? kube_node_terms_decode(affinity, e) : NULL;
	if (affinity && !terms) {
		return err_wrap(e, "persistentvolume \"%s\": spec.nodeAffinity.required", name);
	}
	c->v[c->n++] =
	    (struct late_volume){xstrdup(name), xstrdup(js_str(o, "version") ?: ""), js_int(o, "capacity", 0), terms};
	return 0;
}

static int by_capacity(const void *a, const void *b)
{
	const struct late_volume *x = a, *y = b;
	return x->capacity != y->capacity ? (x->capacity < y->capacity ? -1 : 1) : strcmp(x->name, y->name);
}

static bool is_of(const json_t *volume, const struct kube_pod *pod, const struct late_claim *c)
{
	CLEANUP_FREE char *any = xasprintf("%s/%s/", pod->ns, c->name), *own = xasprintf("%s%s", any, c->uid);
	const char *claim = js_str(volume, "claim") ?: "";
	return !strcmp(claim, any) || !strcmp(claim, own);
}

/* The volume that is set aside for the claim, by whomever, ends it. */
static int find_volumes(struct late_claim *c, const struct kube_pod *pod, const struct wish *w,
			const struct kube_source *volumes, struct err *e)
{
	c->v = xcalloc(volumes->n + 1, sizeof(*c->v));
	for (size_t i = 0; i < volumes->n; i++) {
		const struct kube_datum *d = &volumes->items[i];
		CLEANUP_JSON json_t *o = js_parse((const char *)d->bytes, d->n, e);
		if (!o) {
			return -1;
		}
		if (is_of(o, pod, c)) {
			return err_set(e, ERR_NOT_FOUND,
				       "waits until persistentvolumeclaim \"%s\" is bound to persistentvolume \"%s\"",
				       c->name, d->key);
		}
		if (suits(w, o) && add_volume(c, d->key, o, e)) {
			return -1;
		}
	}
	qsort(c->v, c->n, sizeof(*c->v), by_capacity);
	return 0;
}

static int read_class(struct late_claim *c, const struct kube_source *class, struct err *e)
{
	const char *provisioner = kube_source_text(class, CLASS_PROVISIONER) ?: "";
	const struct kube_datum *d = kube_source_find(class, CLASS_TOPOLOGIES);
	c->provisions = *provisioner && strcmp(provisioner, NO_PROVISIONER) != 0;
	if (d) {
		CLEANUP_JSON json_t *o = js_parse((const char *)d->bytes, d->n, e);
		c->topologies = o ? kube_node_terms_decode(o, e) : NULL;
		return c->topologies ? 0 : err_wrap(e, "storageclass of \"%s\": allowedTopologies", c->name);
	}
	return 0;
}

/* `o`, if any, becomes terms. */
static int read_selector(const json_t *o, struct kube_node_terms **ret, struct err *e)
{
	const json_t *selector = js_obj(o, "selector");
	*ret = selector ? kube_node_terms_decode(selector, e) : NULL;
	return selector && !*ret ? err_wrap(e, "spec.selector") : 0;
}

static int make(struct late_claim *c, const struct kube_pod *pod, const struct kube_volume *v,
		const struct kube_sources *sources, const struct kube_source *class, struct err *e)
{
	struct kube_source_ref ref = claim_ref(pod, v);
	const struct kube_source *claim = kube_sources_find(sources, &ref),
				 *volumes = kube_sources_find(sources, &all_volumes);
	const struct kube_datum *d = kube_source_find(claim, CLAIM_WISH);
	const char *node = kube_source_text(claim, CLAIM_NODE);
	CLEANUP_JSON json_t *o = d ? js_parse((const char *)d->bytes, d->n, e) : NULL;
	struct wish w = {.o = o, .class = kube_source_text(claim, CLAIM_CLASS)};
	if (!o || !volumes) {
		return err_set(e, ERR_NOT_FOUND, "persistentvolumeclaim \"%s\": its volumes are not known", v->claim);
	}
	c->name = xstrdup(v->claim);
	c->uid = xstrdup(kube_source_text(claim, CLAIM_UID) ?: "");
	if (node) {
		return err_set(e, ERR_NOT_FOUND,
			       "waits until persistentvolumeclaim \"%s\" has a volume for node %s by %s", v->claim,
			       node, kube_source_text(class, CLASS_PROVISIONER) ?: "nobody");
	}
	if (read_class(c, class, e) || read_selector(o, &w.selector, e)) {
		return err_wrap(e, "persistentvolumeclaim \"%s\"", v->claim);
	}
	int bad = find_volumes(c, pod, &w, volumes, e);
	kube_node_terms_free(w.selector);
	return bad;
}

int late_claim_add(struct late_claims *claims, const struct kube_pod *pod, const struct kube_volume *v,
		   const struct kube_sources *sources, struct err *e)
{
	const struct kube_source *class = late_class(pod, v, sources);
	if (!class) {
		return 0;
	}
	claims->v = claims->v ? claims->v : xcalloc(pod->n_volumes, sizeof(*claims->v));
	return make(&claims->v[claims->n++], pod, v, sources, class, e) ? -1 : 1;
}

/* ---- choosing ---- */

static bool is_taken(const struct late_claims *claims, size_t before, const size_t *chosen, const char *name)
{
	for (size_t i = 0; i < before; i++) {
		if (chosen[i] != LATE_PROVISIONED && !strcmp(claims->v[i].v[chosen[i]].name, name)) {
			return true;
		}
	}
	return false;
}

static bool reaches(const struct kube_node_terms *terms, const char *node,
		    const char *(*label)(void *arg, const char *key), void *arg)
{
	return !terms || kube_node_terms_match(terms, node, label, arg);
}

bool late_claims_choose(const struct late_claims *claims, const char *node,
			const char *(*label)(void *arg, const char *key), void *arg, size_t *ret)
{
	size_t own[LATE_CLAIMS_MAX], *chosen = ret ? ret : own;
	for (size_t i = 0; i < claims->n; i++) {
		const struct late_claim *c = &claims->v[i];
		size_t k = 0;
		while (k < c->n &&
		       (is_taken(claims, i, chosen, c->v[k].name) || !reaches(c->v[k].terms, node, label, arg))) {
			k++;
		}
		if (k == c->n && !(c->provisions && reaches(c->topologies, node, label, arg))) {
			return false;
		}
		chosen[i] = k < c->n ? k : LATE_PROVISIONED;
	}
	return true;
}

/* ---- what is written ---- */

json_t *late_volume_body(const struct late_volume *v, const char *ns, const struct late_claim *c)
{
	return json_pack("{s:{s:s, s:{s:s}}, s:{s:{s:s, s:s, s:s, s:s, s:s}}}", "metadata", "resourceVersion",
			 v->version, "annotations", BOUND_BY_CONTROLLER, "yes", "spec", "claimRef", "apiVersion", "v1",
			 "kind", "PersistentVolumeClaim", "namespace", ns, "name", c->name, "uid", c->uid);
}

json_t *late_claim_body(const struct late_claim *c, const char *node)
{
	return json_pack("{s:{s:s, s:{s:s}}}", "metadata", "uid", c->uid, "annotations", SELECTED_NODE, node);
}
