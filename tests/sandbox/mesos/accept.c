/* ACCEPT and DECLINE: what becomes of offers. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define REFUSE_DEFAULT_S 5
#define REFUSE_MAX_S (365 * 86400)

/* One ACCEPT under way. */
struct accepting {
	struct framework *f;
	struct mesos_agent *a;
	char *role;
	struct resources offered; /* what is left of it; with allocation roles */
};

static int64_t refuse_ms(const json_t *filters)
{
	double s = js_num(filters, "refuse_seconds", REFUSE_DEFAULT_S);
	if (!(s >= 0)) {
		s = REFUSE_DEFAULT_S;
	}
	return (int64_t)((s < REFUSE_MAX_S ? s : REFUSE_MAX_S) * 1000);
}

static void refuse(struct framework *f, const char *role, struct mesos_agent *a, const struct resources *what,
		   const json_t *filters)
{
	struct mesos_cluster *c = f->c;
	struct framework_role *r = framework_role(f, role);
	int64_t ms = refuse_ms(filters);
	if (r && ms > 0 && !resources_empty(what)) {
		/* At least one allocation long, or it would mean nothing. */
		filter_add(r, a, what, c->now + (ms > c->config.allocation_ms ? ms : c->config.allocation_ms));
	}
}

void call_decline(struct framework *f, const json_t *decline)
{
	size_t i;
	json_t *id;
	json_array_foreach (js_arr(decline, "offer_ids"), i, id) {
		struct offer *o = map_get(&f->c->offers, js_str(id, "value"));
		if (o && o->framework == f) {
			refuse(f, o->role, o->agent, &o->resources, js_obj(decline, "filters"));
			offer_remove(o, true);
		}
	}
}

static char *offers_invalid(struct framework *f, const json_t *ids)
{
	const struct offer *first = NULL;
	size_t i;
	json_t *id;
	if (json_array_size(ids) == 0) {
		return xstrdup("No offers specified");
	}
	json_array_foreach (ids, i, id) {
		const char *name = js_str(id, "value");
		const struct offer *o = map_get(&f->c->offers, name);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(js_str(json_array_get(ids, k), "value"), name) == 0) {
				return xasprintf("Duplicate offer %s in offer list", name);
			}
		}
		if (!o) {
			return xasprintf("Offer %s is no longer valid", name);
		}
		if (o->framework != f) {
			return xasprintf("Offer %s has invalid framework %s while framework %s is expected", name,
					 o->framework->id, f->id);
		}
		first = first ? first : o;
		if (o->agent != first->agent) {
			return xasprintf(
			    "Aggregated offers must belong to one single agent. Offer %s uses agent %s and agent %s",
			    name, o->agent->id, first->agent->id);
		}
		if (strcmp(o->role, first->role) != 0) {
			return xasprintf(
			    "Aggregated offers must be allocated to the same role. Offer %s uses role %s but "
			    "another is using role %s",
			    name, o->role, first->role);
		}
	}
	return NULL;
}

static const json_t *op_tasks(const json_t *operation)
{
	const char *type = js_str(operation, "type");
	if (type && strcmp(type, "LAUNCH") == 0) {
		return js_arr(js_obj(operation, "launch"), "task_infos");
	}
	if (type && strcmp(type, "LAUNCH_GROUP") == 0) {
		return js_arr(js_at(operation, "launch_group", "task_group", NULL), "tasks");
	}
	return NULL;
}

static void refuse_task(struct framework *f, const json_t *info, const char *state, const char *message,
			const char *reason)
{
	json_t *status = master_status(f->c, js_str_at(info, "task_id", "value", NULL), state, message, reason,
				       js_str_at(info, "agent_id", "value", NULL));
	task_send_status(f, status);
	json_decref(status);
}

static void lose_tasks(struct framework *f, const json_t *operations, const char *why)
{
	CLEANUP_FREE char *message = xasprintf("Task launched with invalid offers: %s", why);
	const char *state = framework_can(f, FRAMEWORK_PARTITION_AWARE) ? "TASK_DROPPED" : "TASK_LOST";
	size_t i, k;
	json_t *operation, *info;
	json_array_foreach (operations, i, operation) {
		json_array_foreach (op_tasks(operation), k, info) {
			refuse_task(f, info, state, message, "REASON_INVALID_OFFERS");
		}
	}
}

/* Takes from what is offered and registers the task. */
static struct task *admit(struct accepting *at, const json_t *info, const struct resources *needed,
			  const char *executor_id)
{
	resources_subtract(&at->offered, needed);
	return task_new(at->f, at->a, info, needed, executor_id);
}

static int needs(const struct accepting *at, const json_t *owner, struct resources *ret)
{
	if (resources_from_json(js_arr(owner, "resources"), ret, NULL)) {
		return -1;
	}
	resources_allocate(ret, at->role, true);
	return 0;
}

static void launch_one(struct accepting *at, const json_t *info)
{
	struct resources needed = {0};
	const char *id = js_str_at(info, "task_id", "value", NULL);
	CLEANUP_FREE char *why = task_invalid(at->f, at->a, info);
	if (!why && needs(at, info, &needed) == 0) {
		why = task_resources_invalid(&needed, &at->offered, false);
	}
	if (!why && js_obj(info, "executor")) {
		why = xstrdup("Custom executors cannot run in the sandbox");
	}
	if (why) {
		refuse_task(at->f, info, "TASK_ERROR", why, "REASON_TASK_INVALID");
	} else {
		struct task *t = admit(at, info, &needed, id);
		if (agent_reachable(at->a)) {
			executor_launch(executor_new(at->f, at->a, id, NULL, at->role, NULL), &t, 1);
		}
	}
	resources_done(&needed);
}

/* The sum for tasks and, when it is new, executor. */
static char *group_needs(struct accepting *at, const json_t *executor, const json_t *tasks, bool with_executor,
			 struct resources *ret_executor)
{
	struct resources total = {0};
	size_t i;
	json_t *info;
	json_array_foreach (tasks, i, info) {
		struct resources one = {0};
		(void)needs(at, info, &one);
		resources_add(&total, &one);
		resources_done(&one);
	}
	if (with_executor && needs(at, executor, ret_executor) == 0) {
		resources_add(&total, ret_executor);
	}
	char *why = task_resources_invalid(&total, &at->offered, true);
	resources_done(&total);
	return why;
}

static void launch_group(struct accepting *at, const json_t *executor, const json_t *tasks)
{
	const char *id = js_str_at(executor, "executor_id", "value", NULL);
	struct executor *x = executor_find(at->a, at->f->id, id);
	size_t n = json_array_size(tasks), i;
	struct resources own = {0};
	json_t *info;
	if (n == 0) {
		return;
	}
	CLEANUP_FREE char *why = group_invalid(at->f, at->a, executor, tasks);
	why = why ? why : group_needs(at, executor, tasks, !x, &own);
	struct task **members = xcalloc(n, sizeof(struct task *));
	json_array_foreach (tasks, i, info) {
		struct resources needed = {0};
		if (why) {
			refuse_task(at->f, info, "TASK_ERROR", why, "REASON_TASK_GROUP_INVALID");
		} else {
			(void)needs(at, info, &needed);
			members[i] = admit(at, info, &needed, id);
			resources_done(&needed);
		}
	}
	if (!why && !x && agent_reachable(at->a)) {
		resources_subtract(&at->offered, &own);
		x = executor_new(at->f, at->a, id, executor, at->role, &own);
	}
	if (!why && agent_reachable(at->a)) {
		executor_launch(x, members, n);
	}
	resources_done(&own);
	free(members);
}

static void perform(struct accepting *at, const json_t *operations)
{
	size_t i, k;
	json_t *operation, *info;
	json_array_foreach (operations, i, operation) {
		const char *type = js_str(operation, "type");
		if (type && strcmp(type, "LAUNCH") == 0) {
			json_array_foreach (op_tasks(operation), k, info) {
				launch_one(at, info);
			}
		} else if (type && strcmp(type, "LAUNCH_GROUP") == 0 && js_obj(operation, "launch_group")) {
			launch_group(at, js_at(operation, "launch_group", "executor", NULL), op_tasks(operation));
		}
	}
}

static void take_offers(struct accepting *at, struct framework *f, const json_t *ids)
{
	size_t i;
	json_t *id;
	json_array_foreach (ids, i, id) {
		struct offer *o = map_get(&f->c->offers, js_str(id, "value"));
		at->a = o->agent;
		free(at->role);
		at->role = xstrdup(o->role);
		resources_add(&at->offered, &o->resources);
		offer_remove(o, false);
	}
}

static void drop_offers(struct framework *f, const json_t *ids)
{
	size_t i;
	json_t *id;
	json_array_foreach (ids, i, id) {
		struct offer *o = map_get(&f->c->offers, js_str(id, "value"));
		if (o && o->framework == f) {
			offer_remove(o, true);
		}
	}
}

void call_accept(struct framework *f, const json_t *accept)
{
	const json_t *ids = js_arr(accept, "offer_ids"), *operations = js_arr(accept, "operations");
	struct accepting at = {.f = f};
	CLEANUP_FREE char *why = offers_invalid(f, ids);
	if (why) {
		lose_tasks(f, operations, why);
		drop_offers(f, ids);
		return;
	}
	take_offers(&at, f, ids);
	perform(&at, operations);
	refuse(f, at.role, at.a, &at.offered, js_obj(accept, "filters"));
	resources_allocate(&at.offered, NULL, false);
	resources_add(&at.a->free, &at.offered);
	resources_done(&at.offered);
	free(at.role);
}
