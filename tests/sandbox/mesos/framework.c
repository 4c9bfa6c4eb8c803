/* Frameworks on the master: their life, their connection, what they told about themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define REMOVED_MAX 50	     /* as the real default */
#define FAILOVER_MAX_S 9.2e9 /* a duration is 64 bits of nanoseconds */

struct framework *framework_find(struct mesos_cluster *c, const char *id)
{
	struct framework *f = map_get(&c->frameworks_by_id, id);
	return f && !f->forgotten ? f : NULL;
}

struct framework *framework_removed_find(struct mesos_cluster *c, const char *id)
{
	LIST_EACH (&c->removed, l) {
		struct framework *f = LIST_ENTRY(l, struct framework, link);
		if (strcmp(f->id, id) == 0) {
			return f;
		}
	}
	return NULL;
}

bool framework_can(const struct framework *f, enum framework_capability capability)
{
	return f->capabilities & capability;
}

enum resource_format framework_format(const struct framework *f)
{
	return framework_can(f, FRAMEWORK_REFINEMENT) ? RESOURCE_FORMAT_REFINED : RESOURCE_FORMAT_ROLE;
}

struct framework_role *framework_role(struct framework *f, const char *name)
{
	for (size_t i = 0; i < f->n_roles; i++) {
		if (strcmp(f->roles[i].name, name) == 0) {
			return &f->roles[i];
		}
	}
	return NULL;
}

static unsigned capabilities_of(const json_t *info)
{
	static const struct {
		const char *name;
		enum framework_capability flag;
	} known[] = {{"TASK_KILLING_STATE", FRAMEWORK_TASK_KILLING},
		     {"GPU_RESOURCES", FRAMEWORK_GPU},
		     {"PARTITION_AWARE", FRAMEWORK_PARTITION_AWARE},
		     {"MULTI_ROLE", FRAMEWORK_MULTI_ROLE},
		     {"RESERVATION_REFINEMENT", FRAMEWORK_REFINEMENT}};
	unsigned flags = 0;
	size_t i;
	json_t *item;
	json_array_foreach (js_arr(info, "capabilities"), i, item) {
		const char *type = js_str(item, "type");
		for (size_t k = 0; type && k < sizeof(known) / sizeof(known[0]); k++) {
			flags |= strcmp(known[k].name, type) == 0 ? (unsigned)known[k].flag : 0;
		}
	}
	return flags;
}

static bool listed(const json_t *array, const char *name)
{
	size_t i;
	json_t *item;
	json_array_foreach (array, i, item) {
		if (strcmp(json_string_value(item), name) == 0) {
			return true;
		}
	}
	return false;
}

static char *role_invalid(const char *role)
{
	if (strcmp(role, "*") == 0) {
		return NULL;
	}
	if (role[0] == 0) {
		return xstrdup("Empty role name is invalid");
	}
	if (role[0] == '/') {
		return xasprintf("Role '%s' cannot start with a slash", role);
	}
	if (role[strlen(role) - 1] == '/') {
		return xasprintf("Role '%s' cannot end with a slash", role);
	}
	if (strstr(role, "//")) {
		return xasprintf("Role '%s' cannot contain two adjacent slashes", role);
	}
	if (strcmp(role, ".") == 0 || strcmp(role, "..") == 0 || role[0] == '-') {
		return xasprintf("Role '%s' is invalid", role);
	}
	if (strpbrk(role, " \t\r\n\v\f\b")) {
		return xasprintf("Role '%s' contains invalid characters", role);
	}
	return NULL;
}

static char *roles_invalid(const json_t *roles)
{
	size_t i;
	json_t *role;
	json_array_foreach (roles, i, role) {
		const char *name = json_string_value(role);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(json_string_value(json_array_get(roles, k)), name) == 0) {
				return xasprintf("'FrameworkInfo.roles' contains duplicate items: { %s }", name);
			}
		}
		CLEANUP_FREE char *why = role_invalid(name);
		if (why) {
			return xasprintf("'FrameworkInfo.roles' contains invalid role: %s", why);
		}
	}
	return NULL;
}

static char *suppressed_invalid(const json_t *roles, const char *role, const json_t *suppressed)
{
	size_t i;
	json_t *item;
	json_array_foreach (suppressed, i, item) {
		const char *name = json_string_value(item);
		if (!listed(roles, name) && (!role || strcmp(role, name) != 0)) {
			return xasprintf("Suppressed roles { %s } are not contained in the set of roles", name);
		}
	}
	return NULL;
}

char *framework_invalid(struct mesos_cluster *c, const json_t *info, const json_t *suppressed)
{
	const json_t *roles = js_arr(info, "roles");
	const char *id = js_str_at(info, "id", "value", NULL), *principal = js_str(info, "principal");
	bool multi_role = capabilities_of(info) & FRAMEWORK_MULTI_ROLE;
	double failover = js_num(info, "failover_timeout", 0);
	const struct framework *known = id ? framework_find(c, id) : NULL;
	if (multi_role && js_str(info, "role")) {
		return xstrdup("'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable");
	}
	if (!multi_role && json_array_size(roles) > 0) {
		return xstrdup("'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable");
	}
	char *why = multi_role ? roles_invalid(roles) : NULL;
	if (!why && !multi_role && js_str(info, "role")) {
		CLEANUP_FREE char *role = role_invalid(js_str(info, "role"));
		why = role ? xasprintf("'FrameworkInfo.role' is not a valid role: %s", role) : NULL;
	}
	if (why || (why = suppressed_invalid(roles, multi_role ? NULL : "*", suppressed))) {
		return why;
	}
	/* It becomes part of paths too. */
	if (id && (why = id_invalid(id))) {
		return why;
	}
	if (!(fabs(failover) < FAILOVER_MAX_S)) {
		return xasprintf("The framework failover_timeout (%g) is invalid", failover);
	}
	if (id && framework_removed_find(c, id)) {
		return xstrdup("Framework has been removed");
	}
	if (known && strcmp(principal ? principal : "", js_str(known->info, "principal") ?: "") != 0) {
		return xstrdup("Changing framework's principal is not allowed.");
	}
	return NULL;
}

static void role_done(struct framework_role *r)
{
	filters_clear(r);
	free(r->name);
}

static void set_roles(struct framework *f, const json_t *roles, const char *role)
{
	struct framework_role *old = f->roles;
	size_t n_old = f->n_roles, n = roles ? json_array_size(roles) : 1;
	f->roles = xcalloc(n > 0 ? n : 1, sizeof(*f->roles));
	f->n_roles = n;
	for (size_t i = 0; i < n; i++) {
		f->roles[i].name = xstrdup(roles ? json_string_value(json_array_get(roles, i)) : role);
		list_init(&f->roles[i].filters);
		for (size_t k = 0; k < n_old; k++) {
			if (strcmp(old[k].name, f->roles[i].name) == 0) {
				LIST_EACH (&old[k].filters, l) {
					list_remove(l);
					list_push(&f->roles[i].filters, l);
				}
			}
		}
	}
	for (size_t k = 0; k < n_old; k++) {
		role_done(&old[k]);
	}
	free(old);
}

void framework_apply(struct framework *f, const json_t *info, const json_t *suppressed, const json_t *constraints)
{
	json_t *copy = json_deep_copy(info);
	double failover = js_num(info, "failover_timeout", 0);
	const char *role = js_str(info, "role");
	json_object_set_new(copy, "id", json_pack("{s:s}", "value", f->id));
	js_unref(&f->info);
	f->info = copy;
	js_unref(&f->constraints);
	f->constraints = json_incref(js_obj(constraints, "role_constraints"));
	f->capabilities = capabilities_of(info);
	f->checkpoint = js_bool(info, "checkpoint", false);
	f->failover_ms = failover > 0 ? (int64_t)(failover * 1000) : 0;
	if (framework_can(f, FRAMEWORK_MULTI_ROLE)) {
		CLEANUP_JSON json_t *none = json_array();
		set_roles(f, js_arr(info, "roles") ? js_arr(info, "roles") : none, NULL);
	} else {
		set_roles(f, NULL, role ? role : "*");
	}
	for (size_t i = 0; i < f->n_roles; i++) {
		f->roles[i].suppressed = listed(suppressed, f->roles[i].name);
	}
}

struct framework *framework_add(struct mesos_cluster *c, const char *id, const json_t *info)
{
	struct framework *f = xcalloc(1, sizeof(*f));
	f->c = c;
	f->id = id ? xstrdup(id) : xasprintf("%s-%04llu", c->master_id, (unsigned long long)c->next_framework++);
	list_init(&f->tasks);
	list_init(&f->unreachable);
	list_init(&f->offers);
	f->completed = json_array();
	f->registered_ms = f->reregistered_ms = c->now;
	framework_apply(f, info, NULL, NULL);
	list_push(&c->frameworks, &f->link);
	map_put(&c->frameworks_by_id, f->id, f);
	c->n_frameworks++;
	return f;
}

static void heartbeat(struct timer *t, int64_t now)
{
	struct framework *f = (struct framework *)(void *)((char *)t - offsetof(struct framework, heartbeat));
	timer_set(&f->c->timers, t, now + f->c->config.heartbeat_ms, heartbeat);
	framework_send(f, json_pack("{s:s}", "type", "HEARTBEAT"));
}

void framework_connect(struct framework *f, struct sandbox_stream *s)
{
	struct mesos_cluster *c = f->c;
	if (f->stream) {
		framework_send_error(f->stream, "Framework failed over");
		stream_end(f, false);
		offers_drop_framework(f);
	}
	f->stream = s;
	f->connected = true;
	f->recovered = false;
	f->reregistered_ms = c->now;
	ids_uuid(&c->ids, f->stream_id);
	timer_stop(&c->timers, &f->failover);
	framework_send(f, json_pack("{s:s,s:{s:{s:s},s:f,s:o}}", "type", "SUBSCRIBED", "subscribed", "framework_id",
				    "value", f->id, "heartbeat_interval_seconds",
				    cluster_seconds(c->config.heartbeat_ms), "master_info", cluster_master_info(c)));
	heartbeat(&f->heartbeat, c->now);
}

static void failover_over(struct timer *t, int64_t now)
{
	struct framework *f = (struct framework *)(void *)((char *)t - offsetof(struct framework, failover));
	(void)now;
	framework_remove(f);
}

void framework_disconnect(struct framework *f, bool cut)
{
	struct mesos_cluster *c = f->c;
	if (!f->connected) {
		return;
	}
	f->connected = false;
	timer_stop(&c->timers, &f->heartbeat);
	stream_end(f, cut);
	offers_drop_framework(f);
	for (size_t i = 0; i < f->n_roles; i++) {
		filters_clear(&f->roles[i]);
	}
	/* Removal waits for the timer even with no time-out: whoever notices the disconnect may be inside the
	 * framework. */
	timer_set(&c->timers, &f->failover, c->now + f->failover_ms, failover_over);
}

static void task_gone(struct task *t)
{
	task_master_forget(t);
	task_agent_forget(t);
	task_maybe_free(t);
}

static void tasks_end(struct framework *f)
{
	CLEANUP_FREE char *message = xasprintf("Framework %s removed", f->id);
	LIST_EACH (&f->unreachable, l) {
		task_gone(LIST_ENTRY(l, struct task, in_framework));
	}
	LIST_EACH (&f->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_framework);
		if (!task_state_terminal(t->master_state)) {
			task_set_master(t, master_status(f->c, t->id, "TASK_KILLED", message,
							 "REASON_FRAMEWORK_REMOVED", t->agent->id));
		}
		task_gone(t);
	}
	/* Those that only their agent still knows. */
	LIST_EACH (&f->c->agents, la) {
		struct mesos_agent *a = LIST_ENTRY(la, struct mesos_agent, link);
		LIST_EACH (&a->tasks, l) {
			struct task *t = LIST_ENTRY(l, struct task, in_agent);
			if (t->framework == f) {
				task_gone(t);
			}
		}
	}
}

void framework_remove(struct framework *f)
{
	struct mesos_cluster *c = f->c;
	f->removed = true;
	f->connected = false;
	f->unregistered_ms = c->now;
	timer_stop(&c->timers, &f->heartbeat);
	timer_stop(&c->timers, &f->failover);
	stream_end(f, false);
	offers_drop_framework(f);
	LIST_EACH (&c->agents, l) {
		struct mesos_agent *a = LIST_ENTRY(l, struct mesos_agent, link);
		if (agent_reachable(a)) {
			agent_shutdown_framework(a, f->id);
		}
	}
	tasks_end(f);
	map_del(&c->frameworks_by_id, f->id);
	list_remove(&f->link);
	c->n_frameworks--;
	list_push(&c->removed, &f->link);
	size_t n = 0;
	LIST_EACH (&c->removed, l) {
		n++;
	}
	if (n > REMOVED_MAX) {
		struct framework *oldest = LIST_ENTRY(c->removed.next, struct framework, link);
		list_remove(&oldest->link);
		framework_free(oldest);
	}
}

void framework_recover(struct framework *f)
{
	f->forgotten = false;
	if (!f->connected) {
		f->recovered = true;
		timer_set(&f->c->timers, &f->failover, f->c->now + f->failover_ms, failover_over);
	}
}

/* The master's memory of a task; the agent keeps its own. */
static void forget_task(struct task *t)
{
	if (t->on_master) {
		map_del(&t->framework->tasks_by_id, t->id);
	}
	list_remove(&t->in_framework);
	t->on_master = t->unreachable = t->holds = false;
	task_maybe_free(t);
}

void frameworks_master_restarted(struct mesos_cluster *c)
{
	LIST_EACH (&c->frameworks, l) {
		struct framework *f = LIST_ENTRY(l, struct framework, link);
		framework_disconnect(f, true);
		timer_stop(&c->timers, &f->failover);
		f->forgotten = true;
		json_array_clear(f->completed);
		LIST_EACH (&f->tasks, lt) {
			forget_task(LIST_ENTRY(lt, struct task, in_framework));
		}
		LIST_EACH (&f->unreachable, lt) {
			forget_task(LIST_ENTRY(lt, struct task, in_framework));
		}
	}
	while (!list_empty(&c->removed)) {
		struct framework *f = LIST_ENTRY(c->removed.next, struct framework, link);
		list_remove(&f->link);
		framework_free(f);
	}
}

void framework_free(struct framework *f)
{
	inverse_forget(f->c, f, NULL);
	stream_end(f, true);
	for (size_t i = 0; i < f->n_roles; i++) {
		role_done(&f->roles[i]);
	}
	free(f->roles);
	map_done(&f->tasks_by_id);
	json_decref(f->info);
	json_decref(f->constraints);
	json_decref(f->completed);
	free(f->id);
	free(f);
}
