/* What the operator API shows of the cluster. Shapes follow master.proto's Response. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

static void each_framework(struct mesos_cluster *c, void (*show)(struct framework *f, json_t *to), json_t *to)
{
	LIST_EACH (&c->frameworks, l) {
		show(LIST_ENTRY(l, struct framework, link), to);
	}
	LIST_EACH (&c->removed, l) {
		show(LIST_ENTRY(l, struct framework, link), to);
	}
}

static void show_tasks(struct framework *f, json_t *to)
{
	LIST_EACH (&f->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_framework);
		bool ended = task_state_terminal(t->master_state);
		json_array_append_new(js_arr(to, ended ? "completed_tasks" : "tasks"), task_json(t));
	}
	LIST_EACH (&f->unreachable, l) {
		json_array_append_new(js_arr(to, "unreachable_tasks"),
				      task_json(LIST_ENTRY(l, struct task, in_framework)));
	}
	json_array_extend(js_arr(to, "completed_tasks"), f->completed);
}

json_t *state_tasks(struct mesos_cluster *c)
{
	json_t *o = json_pack("{s:[],s:[],s:[]}", "tasks", "unreachable_tasks", "completed_tasks");
	each_framework(c, show_tasks, o);
	return o;
}

json_t *state_executors(struct mesos_cluster *c)
{
	json_t *all = json_array();
	LIST_EACH (&c->agents, la) {
		const struct mesos_agent *a = LIST_ENTRY(la, struct mesos_agent, link);
		LIST_EACH (&a->executors, l) {
			const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
			if (x->is_default && x->holds) {
				json_array_append_new(all, json_pack("{s:O,s:{s:s}}", "executor_info", x->info,
								     "agent_id", "value", a->id));
			}
		}
	}
	return json_pack("{s:o}", "executors", all);
}

static json_t *sum_json(struct resources *sum)
{
	json_t *o = resources_json(sum, RESOURCE_FORMAT_ROLE);
	resources_done(sum);
	return o;
}

static void set_resources(json_t *o, const char *name, struct resources *sum)
{
	if (!resources_empty(sum)) {
		json_object_set_new(o, name, sum_json(sum));
	}
	resources_done(sum);
}

static void framework_held(struct framework *f, struct resources *allocated, struct resources *offered)
{
	LIST_EACH (&f->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_framework);
		if (t->holds) {
			resources_add(allocated, &t->resources);
		}
	}
	LIST_EACH (&f->c->agents, la) {
		const struct mesos_agent *a = LIST_ENTRY(la, struct mesos_agent, link);
		LIST_EACH (&a->executors, l) {
			const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
			if (x->holds && strcmp(x->framework_id, f->id) == 0) {
				resources_add(allocated, &x->resources);
			}
		}
	}
	LIST_EACH (&f->offers, l) {
		resources_add(offered, &LIST_ENTRY(l, struct offer, in_framework)->resources);
	}
}

static json_t *info_json(const struct framework *f)
{
	json_t *info = json_copy(f->info);
	json_object_set_new(info, "failover_timeout", json_real(js_num(f->info, "failover_timeout", 0)));
	json_object_set_new(info, "checkpoint", json_boolean(f->checkpoint));
	return info;
}

static void show_framework(struct framework *f, json_t *to)
{
	struct resources allocated = {0}, offered = {0};
	json_t *offers = json_array();
	if (f->forgotten) {
		json_decref(offers);
		return;
	}
	json_t *o = json_pack("{s:o,s:b,s:b,s:b}", "framework_info", info_json(f), "active", f->connected, "connected",
			      f->connected, "recovered", f->recovered);
	if (!f->recovered) {
		json_object_set_new(o, "registered_time", cluster_nanoseconds(f->registered_ms));
		json_object_set_new(o, "reregistered_time", cluster_nanoseconds(f->reregistered_ms));
	}
	if (f->removed) {
		json_object_set_new(o, "unregistered_time", cluster_nanoseconds(f->unregistered_ms));
	}
	framework_held(f, &allocated, &offered);
	LIST_EACH (&f->offers, l) {
		json_array_append_new(offers,
				      offer_json(LIST_ENTRY(l, struct offer, in_framework), RESOURCE_FORMAT_REFINED));
	}
	if (json_array_size(offers) > 0) {
		json_object_set(o, "offers", offers);
	}
	json_decref(offers);
	set_resources(o, "allocated_resources", &allocated);
	set_resources(o, "offered_resources", &offered);
	json_object_set_new(o, "offer_constraints",
			    f->constraints ? json_pack("{s:O}", "role_constraints", f->constraints) : json_object());
	json_array_append_new(js_arr(to, f->removed ? "completed_frameworks" : "frameworks"), o);
}

json_t *state_frameworks(struct mesos_cluster *c)
{
	json_t *o = json_pack("{s:[],s:[]}", "frameworks", "completed_frameworks");
	each_framework(c, show_framework, o);
	return o;
}

static json_t *without_roles(const struct resources *r)
{
	return resources_json(r, RESOURCE_FORMAT_REFINED);
}

static json_t *agent_info(const struct mesos_agent *a)
{
	json_t *o =
	    json_pack("{s:s,s:i,s:o,s:O,s:{s:s},s:b}", "hostname", a->hostname, "port", a->port, "resources",
		      without_roles(&a->total), "attributes", a->attributes, "id", "value", a->id, "checkpoint", 1);
	if (a->region) {
		json_object_set_new(o, "domain",
				    json_pack("{s:{s:{s:s},s:{s:s}}}", "fault_domain", "region", "name", a->region,
					      "zone", "name", a->zone));
	}
	return o;
}

static json_t *agent_capabilities(void)
{
	static const char *const names[] = {"MULTI_ROLE",	 "HIERARCHICAL_ROLE",	"RESERVATION_REFINEMENT",
					    "RESOURCE_PROVIDER", "RESIZE_VOLUME",	"AGENT_OPERATION_FEEDBACK",
					    "AGENT_DRAINING",	 "TASK_RESOURCE_LIMITS"};
	json_t *all = json_array();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_array_append_new(all, json_pack("{s:s}", "type", names[i]));
	}
	return all;
}

static json_t *agent_json(const struct mesos_agent *a)
{
	struct resources allocated = {0}, offered = {0};
	CLEANUP_FREE char *pid = xasprintf("slave(1)@%s:%d", a->ip, a->port);
	json_t *o = json_pack("{s:o,s:b,s:b,s:s,s:s,s:o,s:o}", "agent_info", agent_info(a), "active",
			      a->state == AGENT_REGISTERED && !a->deactivated, "deactivated", a->deactivated, "version",
			      MESOS_VERSION, "pid", pid, "registered_time", cluster_nanoseconds(a->registered_ms),
			      "total_resources", resources_json(&a->total, RESOURCE_FORMAT_ROLE));
	LIST_EACH (&a->tasks, l) {
		const struct task *t = LIST_ENTRY(l, struct task, in_agent);
		if (t->holds) {
			resources_add(&allocated, &t->resources);
		}
	}
	LIST_EACH (&a->executors, l) {
		const struct executor *x = LIST_ENTRY(l, struct executor, in_agent);
		if (x->holds) {
			resources_add(&allocated, &x->resources);
		}
	}
	LIST_EACH (&a->offers, l) {
		resources_add(&offered, &LIST_ENTRY(l, struct offer, in_agent)->resources);
	}
	if (a->reregistered_ms > 0) {
		json_object_set_new(o, "reregistered_time", cluster_nanoseconds(a->reregistered_ms));
	}
	set_resources(o, "allocated_resources", &allocated);
	set_resources(o, "offered_resources", &offered);
	json_object_set_new(o, "capabilities", agent_capabilities());
	if (a->draining) {
		json_object_set_new(o, "drain_info", drain_info(a));
	}
	return o;
}

json_t *state_agents(struct mesos_cluster *c)
{
	json_t *agents = json_array(), *recovered = json_array();
	LIST_EACH (&c->agents, l) {
		const struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (a->state == AGENT_REGISTERED || a->state == AGENT_DISCONNECTED) {
			json_array_append_new(agents, agent_json(a));
		} else if (a->state == AGENT_RECOVERED) {
			json_array_append_new(recovered, agent_info(a));
		}
	}
	return json_pack("{s:o,s:o}", "agents", agents, "recovered_agents", recovered);
}

/* The few fields of the old endpoint that tools ask for. */
json_t *state_v0(struct mesos_cluster *c)
{
	CLEANUP_FREE char *pid = xasprintf("master@%s:%d", c->config.ip, c->config.port);
	size_t active = 0, inactive = 0;
	LIST_EACH (&c->agents, l) {
		*(LIST_ENTRY(l, struct mesos_agent, link)->state == AGENT_REGISTERED ? &active : &inactive) += 1;
	}
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:f}", "version", MESOS_VERSION, "id", c->master_id, "pid", pid,
			 "hostname", c->config.master_hostname, "leader", pid, "activated_slaves", (json_int_t)active,
			 "unreachable_slaves", (json_int_t)inactive, "start_time", cluster_seconds(c->started_ms));
}
