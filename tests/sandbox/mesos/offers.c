/* Offers: what one agent has free, held out to one framework in one role until it answers. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

static void expired(struct timer *t, int64_t now)
{
	struct offer *o = (struct offer *)(void *)((char *)t - offsetof(struct offer, expiry));
	(void)now;
	offer_rescind(o);
}

struct offer *offer_make(struct framework *f, struct mesos_agent *a, const char *role,
			 const struct resources *free_part)
{
	struct mesos_cluster *c = f->c;
	struct offer *o = xcalloc(1, sizeof(*o));
	snprintf(o->id, sizeof(o->id), "%s-O%llu", c->master_id, (unsigned long long)c->next_offer++);
	o->framework = f;
	o->agent = a;
	o->role = xstrdup(role);
	resources_subtract(&a->free, free_part);
	resources_copy(&o->resources, free_part);
	resources_allocate(&o->resources, role, false);
	resources_sort(&o->resources, &a->total);
	list_push(&f->offers, &o->in_framework);
	list_push(&a->offers, &o->in_agent);
	map_put(&c->offers, o->id, o);
	if (c->config.offer_timeout_ms > 0) {
		timer_set(&c->timers, &o->expiry, c->now + c->config.offer_timeout_ms, expired);
	}
	return o;
}

static json_t *domain(const struct mesos_agent *a)
{
	return json_pack("{s:{s:{s:s},s:{s:s}}}", "fault_domain", "region", "name", a->region, "zone", "name", a->zone);
}

static json_t *executor_ids(const struct offer *o)
{
	json_t *ids = json_array();
	LIST_EACH (&o->agent->executors, l) {
		const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (x->is_default && strcmp(x->framework_id, o->framework->id) == 0) {
			json_array_append_new(ids, json_pack("{s:s}", "value", x->id));
		}
	}
	return ids;
}

json_t *offer_json(const struct offer *o, enum resource_format format)
{
	const struct mesos_agent *a = o->agent;
	bool multi_role = framework_can(o->framework, FRAMEWORK_MULTI_ROLE);
	struct resources shown;
	resources_copy(&shown, &o->resources);
	if (!multi_role) {
		resources_allocate(&shown, NULL, false);
	}
	json_t *out = json_pack("{s:{s:s},s:{s:s},s:{s:s},s:s,s:{s:s,s:{s:s,s:s,s:i},s:s},s:o}", "id", "value", o->id,
				"framework_id", "value", o->framework->id, "agent_id", "value", a->id, "hostname",
				a->hostname, "url", "scheme", "http", "address", "hostname", a->hostname, "ip", a->ip,
				"port", a->port, "path", "/slave(1)", "resources", resources_json(&shown, format));
	resources_done(&shown);
	if (a->unavailability) {
		json_object_set(out, "unavailability", a->unavailability);
	}
	if (json_array_size(a->attributes) > 0) {
		json_object_set(out, "attributes", a->attributes);
	}
	CLEANUP_JSON json_t *ids = executor_ids(o);
	if (json_array_size(ids) > 0) {
		json_object_set(out, "executor_ids", ids);
	}
	if (multi_role) {
		json_object_set_new(out, "allocation_info", json_pack("{s:s}", "role", o->role));
	}
	if (a->region) {
		json_object_set_new(out, "domain", domain(a));
	}
	return out;
}

void offer_remove(struct offer *o, bool recover)
{
	struct mesos_cluster *c = o->framework->c;
	if (recover) {
		resources_allocate(&o->resources, NULL, false);
		resources_add(&o->agent->free, &o->resources);
	}
	timer_stop(&c->timers, &o->expiry);
	map_del(&c->offers, o->id);
	list_remove(&o->in_framework);
	list_remove(&o->in_agent);
	resources_done(&o->resources);
	free(o->role);
	free(o);
}

void offer_rescind(struct offer *o)
{
	struct framework *f = o->framework;
	json_t *event = json_pack("{s:s,s:{s:{s:s}}}", "type", "RESCIND", "rescind", "offer_id", "value", o->id);
	offer_remove(o, true);
	framework_send(f, event);
}

void offers_rescind_agent(struct mesos_agent *a)
{
	while (!list_empty(&a->offers)) {
		offer_rescind(LIST_ENTRY(a->offers.next, struct offer, in_agent));
	}
}

void offers_drop_framework(struct framework *f)
{
	while (!list_empty(&f->offers)) {
		offer_remove(LIST_ENTRY(f->offers.next, struct offer, in_framework), true);
	}
}
