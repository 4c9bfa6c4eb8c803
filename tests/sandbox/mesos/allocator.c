/* Who is offered what: agents in turn, the role with the least share first, in it the framework with the least, each
 * all that is free there and that no filter of its refuses. A simplification of the hierarchical allocator with the
 * same rules. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

/* Less than this is not worth an offer; as the real default. */
#define LEAST_CPUS_MILLI 10
#define LEAST_MEM_MILLI (32 * 1000)

void filter_add(struct framework_role *r, struct mesos_agent *a, const struct resources *refused, int64_t until_ms)
{
	struct filter *f = xcalloc(1, sizeof(*f));
	f->agent = a;
	f->until_ms = until_ms;
	resources_copy(&f->refused, refused);
	resources_allocate(&f->refused, NULL, false);
	list_push(&r->filters, &f->link);
}

static void filter_free(struct filter *f)
{
	list_remove(&f->link);
	resources_done(&f->refused);
	free(f);
}

void filters_clear(struct framework_role *r)
{
	while (!list_empty(&r->filters)) {
		filter_free(LIST_ENTRY(r->filters.next, struct filter, link));
	}
}

void filters_forget_agent(struct mesos_cluster *c, struct mesos_agent *a)
{
	LIST_EACH (&c->frameworks, lf) {
		struct framework *f = LIST_ENTRY(lf, struct framework, link);
		for (size_t i = 0; i < f->n_roles; i++) {
			LIST_EACH (&f->roles[i].filters, l) {
				struct filter *filter = LIST_ENTRY(l, struct filter, link);
				if (filter->agent == a) {
					filter_free(filter);
				}
			}
		}
	}
}

static bool refused(struct framework_role *r, const struct mesos_agent *a, const struct resources *what, int64_t now)
{
	LIST_EACH (&r->filters, l) {
		struct filter *f = LIST_ENTRY(l, struct filter, link);
		if (f->until_ms <= now) {
			filter_free(f);
		} else if (f->agent == a && resources_contain(&f->refused, what)) {
			return true;
		}
	}
	return false;
}

static const char *attribute_text(const struct mesos_agent *a, const json_t *selector)
{
	const char *name = js_str(selector, "attribute_name"), *pseudo = js_str(selector, "pseudoattribute_type");
	size_t i;
	json_t *attribute;
	if (pseudo) {
		return strcmp(pseudo, "HOSTNAME") == 0 ? a->hostname
		       : strcmp(pseudo, "REGION") == 0 ? a->region
		       : strcmp(pseudo, "ZONE") == 0   ? a->zone
						       : NULL;
	}
	json_array_foreach (a->attributes, i, attribute) {
		const char *of = js_str(attribute, "name");
		if (name && of && strcmp(of, name) == 0) {
			return js_str_at(attribute, "text", "value", NULL);
		}
	}
	return NULL;
}

static bool constraint_holds(const struct mesos_agent *a, const json_t *constraint)
{
	const char *value = attribute_text(a, js_obj(constraint, "selector"));
	const json_t *predicate = js_obj(constraint, "predicate");
	const char *equals = js_str_at(predicate, "text_equals", "value", NULL);
	const char *differs = js_str_at(predicate, "text_not_equals", "value", NULL);
	if (js_obj(predicate, "exists")) {
		return value != NULL;
	}
	if (js_obj(predicate, "not_exists")) {
		return value == NULL;
	}
	if (equals) {
		return value && strcmp(value, equals) == 0;
	}
	return !differs || !value || strcmp(value, differs) != 0;
}

/* One group must hold altogether; no groups at all: anything goes. */
static bool constraints_hold(const struct framework *f, const char *role, const struct mesos_agent *a)
{
	const json_t *groups = js_arr(js_obj(f->constraints, role), "groups");
	size_t i, k;
	json_t *group, *constraint;
	json_array_foreach (groups, i, group) {
		bool all = true;
		json_array_foreach (js_arr(group, "attribute_constraints"), k, constraint) {
			all = all && constraint_holds(a, constraint);
		}
		if (all) {
			return true;
		}
	}
	return json_array_size(groups) == 0;
}

static bool worth_it(const struct resources *r)
{
	return resources_milli(r, "cpus") >= LEAST_CPUS_MILLI || resources_milli(r, "mem") >= LEAST_MEM_MILLI;
}

static bool wants(struct framework *f, struct framework_role *r, struct mesos_agent *a, struct resources *ret)
{
	if (!f->connected || r->suppressed || (resources_has(&a->total, "gpus") && !framework_can(f, FRAMEWORK_GPU)) ||
	    !constraints_hold(f, r->name, a)) {
		return false;
	}
	resources_for_role(&a->free, r->name, ret);
	if (worth_it(ret) && !refused(r, a, ret, f->c->now)) {
		return true;
	}
	resources_done(ret);
	return false;
}

/* One framework in one role: a candidate for every agent. */
struct candidate {
	struct framework *f;
	struct framework_role *r;
	double share, role_share;
	bool asked;	/* about the agent at hand */
	json_t *offers; /* ids of those just made */
};

struct shares {
	struct candidate *v;
	size_t n;
	double cpus, mem, disk; /* of the whole cluster, in thousandths */
};

static double dominant(const struct shares *s, const struct resources *part)
{
	double cpus = s->cpus > 0 ? (double)resources_milli(part, "cpus") / s->cpus : 0;
	double mem = s->mem > 0 ? (double)resources_milli(part, "mem") / s->mem : 0;
	double disk = s->disk > 0 ? (double)resources_milli(part, "disk") / s->disk : 0;
	double most = cpus > mem ? cpus : mem;
	return most > disk ? most : disk;
}

/* Shares add up with every offer; the sum of dominant shares is good enough an order. */
static void give(struct shares *s, struct candidate *to, const struct resources *part)
{
	double more = dominant(s, part);
	to->share += more;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].r->name, to->r->name) == 0) {
			s->v[i].role_share += more;
		}
	}
}

static void count_held(struct shares *s, struct candidate *k)
{
	LIST_EACH (&k->f->offers, l) {
		const struct offer *o = LIST_ENTRY(l, struct offer, in_framework);
		if (strcmp(o->role, k->r->name) == 0) {
			give(s, k, &o->resources);
		}
	}
	LIST_EACH (&k->f->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_framework);
		if (t->holds && t->resources.n > 0 && t->resources.v[0].role &&
		    strcmp(t->resources.v[0].role, k->r->name) == 0) {
			give(s, k, &t->resources);
		}
	}
}

static void shares_init(struct mesos_cluster *c, struct shares *s)
{
	size_t n = 0;
	*s = (struct shares){0};
	LIST_EACH (&c->frameworks, l) {
		n += LIST_ENTRY(l, struct framework, link)->n_roles;
	}
	LIST_EACH (&c->agents, l) {
		const struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		s->cpus += (double)resources_milli(&a->total, "cpus");
		s->mem += (double)resources_milli(&a->total, "mem");
		s->disk += (double)resources_milli(&a->total, "disk");
	}
	s->v = xcalloc(n > 0 ? n : 1, sizeof(*s->v));
	LIST_EACH (&c->frameworks, l) {
		struct framework *f = LIST_ENTRY(l, struct framework, link);
		for (size_t i = 0; i < f->n_roles; i++) {
			s->v[s->n++] = (struct candidate){.f = f, .r = &f->roles[i], .offers = NULL};
		}
	}
	/* With a single candidate there is nothing to compare. */
	for (size_t i = 0; s->n > 1 && i < s->n; i++) {
		count_held(s, &s->v[i]);
	}
}

static struct candidate *neediest(struct shares *s)
{
	struct candidate *best = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct candidate *k = &s->v[i];
		if (!k->asked && (!best || k->role_share < best->role_share ||
				  (k->role_share == best->role_share && k->share < best->share))) {
			best = k;
		}
	}
	return best;
}

static void offer_agent(struct shares *s, struct mesos_agent *a)
{
	struct candidate *k;
	for (size_t i = 0; i < s->n; i++) {
		s->v[i].asked = false;
	}
	while ((k = neediest(s)) != NULL) {
		struct resources part;
		k->asked = true;
		if (wants(k->f, k->r, a, &part)) {
			struct offer *o = offer_make(k->f, a, k->r->name, &part);
			k->offers = k->offers ? k->offers : json_array();
			json_array_append_new(k->offers, json_string(o->id));
			give(s, k, &o->resources);
			resources_done(&part);
		}
	}
}

/* One OFFERS event per framework, whatever the number of agents and roles. */
static void send_offers(struct mesos_cluster *c, struct shares *s, size_t first)
{
	struct framework *f = s->v[first].f;
	json_t *all = json_array();
	for (size_t i = first; i < s->n && s->v[i].f == f; i++) {
		size_t k;
		json_t *id;
		json_array_foreach (s->v[i].offers, k, id) {
			const struct offer *o = map_get(&c->offers, json_string_value(id));
			if (o) {
				json_array_append_new(all, offer_json(o, framework_format(f)));
			}
		}
		json_decref(s->v[i].offers);
		s->v[i].offers = NULL;
	}
	if (json_array_size(all) == 0) {
		json_decref(all);
		return;
	}
	framework_send(f, json_pack("{s:s,s:{s:o}}", "type", "OFFERS", "offers", "offers", all));
}

void allocate(struct mesos_cluster *c)
{
	struct shares s;
	if (c->master != MASTER_LEADING) {
		return;
	}
	shares_init(c, &s);
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (a->state == AGENT_REGISTERED && !a->deactivated && !resources_empty(&a->free)) {
			offer_agent(&s, a);
		}
	}
	for (size_t i = 0; i < s.n; i++) {
		if (i == 0 || s.v[i - 1].f != s.v[i].f) {
			send_offers(c, &s, i);
		}
	}
	free(s.v);
	inverse_offers(c);
}

void allocation_tick(struct timer *t, int64_t now)
{
	struct mesos_cluster *c =
	    (struct mesos_cluster *)(void *)((char *)t - offsetof(struct mesos_cluster, allocation));
	timer_set(&c->timers, t, now + c->config.allocation_ms, allocation_tick);
	drained_gone(c);
	allocate(c);
}
