#include "translate/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "mesos/wire.h"
#include "translate/checks.h"
#include "translate/expand.h"
#include "translate/ids.h"
#include "translate/image.h"
#include "translate/network.h"
#include "translate/volumes.h"

#define PAUSE_COMMAND "exec sleep infinity" /* ends at SIGTERM; nothing it needs is in an image */
#define HOST_NAME "HOSTNAME"
#define GRACE_MAX_S ((int64_t)1000000000) /* its nanoseconds fit an int64 */

/* What one call of plan_append works with. */
struct planner {
	const struct kube_pod *pod;
	const struct plan_target *target;
	const struct translate_config *config;
	struct mesos_resources pool; /* a copy: nothing is taken from the caller's before all is well */
	struct err *e;
};

static struct amounts item_amounts(const struct kube_pod *pod, const struct plan_item *item,
				   const struct translate_config *config)
{
	return item->container ? container_amounts(pod, item->container, config) : pause_amounts(pod, config);
}

struct amounts plan_amounts(const struct kube_pod *pod, const struct plan_item *items, size_t n,
			    const struct translate_config *config)
{
	struct amounts sum = {0};
	for (size_t i = 0; i < n; i++) {
		amounts_add(&sum, item_amounts(pod, &items[i], config));
	}
	return sum;
}

static const char *item_name(const struct plan_item *item)
{
	return item->container ? item->container->name : TASK_PAUSE_NAME;
}

/* Never reserved ones: the master wants the same ExecutorInfo with every group, and which reservation the first one
 * used is not known any more after a restart of ours. */
static void executor_resources(const struct planner *p, struct mesos_resources *ret)
{
	struct amounts a = executor_amounts(p->pod, p->config);
	mesos_resources_init(ret);
	mesos_resources_put_scalar(ret, "cpus", a.cpus, p->target->role);
	mesos_resources_put_scalar(ret, "mem", a.mem, p->target->role);
	mesos_resources_put_scalar(ret, "disk", a.disk, p->target->role);
}

static int take_executor(struct planner *p)
{
	struct mesos_resources needed;
	executor_resources(p, &needed);
	int bad = mesos_resources_subtract(&p->pool, &needed);
	mesos_resources_done(&needed);
	return bad ? err_set(p->e, ERR_LIMIT, "pod %s/%s: too little unreserved cpus, mem or disk for its executor",
			     p->pod->ns, p->pod->name)
		   : 0;
}

static json_t *executor_json(const struct planner *p)
{
	struct mesos_resources needed;
	json_t *o = json_object();
	executor_resources(p, &needed);
	json_object_set_new(o, "type", json_string("DEFAULT"));
	json_object_set_new(o, "executor_id", wire_new_id(p->pod->uid));
	json_object_set_new(o, "framework_id", wire_new_id(p->target->framework_id));
	json_object_set_new(o, "resources", mesos_resources_encode(&needed));
	mesos_resources_done(&needed);
	json_t *container = network_executor_container(p->pod, p->target->site);
	if (container) {
		json_object_set_new(o, "container", container);
	}
	return o;
}

static int take_scalar(struct planner *p, const struct plan_item *item, const char *name, int64_t milli,
		       struct mesos_resources *to)
{
	if (milli > 0 && mesos_resources_take(&p->pool, name, milli, p->target->role, to)) {
		return err_set(p->e, ERR_LIMIT, "pod %s/%s: too little %s for %s", p->pod->ns, p->pod->name, name,
			       item_name(item));
	}
	return 0;
}

static bool has_port_before(const struct kube_container *c, size_t n, int host_port)
{
	for (size_t i = 0; i < n; i++) {
		if (c->ports[i].host_port == host_port) {
			return true;
		}
	}
	return false;
}

static int take_ports(struct planner *p, const struct kube_container *c, struct mesos_resources *to)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		int port = c->ports[i].host_port;
		if (!port || has_port_before(c, i, port)) {
			continue;
		}
		if (mesos_resources_take_port(&p->pool, (uint64_t)port, p->target->role, to)) {
			return err_set(p->e, ERR_LIMIT, "pod %s/%s: port %d is not offered", p->pod->ns, p->pod->name,
				       port);
		}
	}
	return 0;
}

static int take_item(struct planner *p, const struct plan_item *item, struct mesos_resources *to)
{
	struct amounts a = item_amounts(p->pod, item, p->config);
	if (take_scalar(p, item, "cpus", a.cpus, to) || take_scalar(p, item, "mem", a.mem, to) ||
	    take_scalar(p, item, "disk", a.disk, to) || take_scalar(p, item, "gpus", a.gpus, to)) {
		return -1;
	}
	return item->container ? take_ports(p, item->container, to) : 0;
}

static void put_strings(json_t *list, char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, wire_new_string(texts[i]));
	}
}

static void put_secret(json_t *variable, const char *value)
{
	json_object_set_new(variable, "type", json_string("SECRET"));
	json_object_set_new(variable, "secret", wire_new_secret(value, strlen(value)));
}

static json_t *variable_json(const char *name)
{
	json_t *v = json_object();
	json_object_set_new(v, "name", wire_new_string(name));
	return v;
}

/* HOSTNAME is the doing of container runtimes, not of the kubelet: the pod's own value wins. */
static json_t *environment_json(const struct kube_pod *pod, const struct expanded *x)
{
	json_t *o = json_object(), *variables = json_array();
	bool named = false;
	for (size_t i = 0; i < x->n_env; i++) {
		const struct variable *variable = x->env[i];
		json_t *v = variable_json(variable->name);
		named |= !strcmp(variable->name, HOST_NAME);
		if (variable->secret) {
			put_secret(v, variable->value);
		} else {
			json_object_set_new(v, "value", wire_new_string(variable->value));
		}
		json_array_append_new(variables, v);
	}
	if (!named) {
		CLEANUP_FREE char *name = network_host_name(pod);
		json_t *v = variable_json(HOST_NAME);
		json_object_set_new(v, "value", wire_new_string(name));
		json_array_append_new(variables, v);
	}
	json_object_set_new(o, "variables", variables);
	return o;
}

/* With `command`, value is what is run and the arguments start with its name; `args` alone follow the image's
 * ENTRYPOINT; with neither, ENTRYPOINT and CMD hold. `shell` is true unless told otherwise. */
static json_t *command_json(const struct kube_pod *pod, const struct expanded *x)
{
	json_t *o = json_object(), *arguments = json_array();
	json_object_set_new(o, "shell", json_false());
	if (x->n_command) {
		json_object_set_new(o, "value", wire_new_string(x->command[0]));
	}
	put_strings(arguments, x->command, x->n_command);
	put_strings(arguments, x->args, x->n_args);
	if (json_array_size(arguments)) {
		json_object_set(o, "arguments", arguments);
	}
	json_decref(arguments);
	json_object_set_new(o, "environment", environment_json(pod, x));
	return o;
}

static json_t *pause_command_json(void)
{
	json_t *o = json_object();
	json_object_set_new(o, "shell", json_true());
	json_object_set_new(o, "value", json_string(PAUSE_COMMAND));
	return o;
}

/* All tasks of one executor must agree on share_cgroups; false gives each its own limits. */
static json_t *container_json(const struct kube_container *c, const struct translate_config *config)
{
	json_t *o = json_object(), *linux_info = json_object();
	json_object_set_new(o, "type", json_string("MESOS"));
	if (c) {
		json_t *mesos = json_object();
		json_object_set_new(mesos, "image", image_json(c->image, c->pull_always));
		json_object_set_new(o, "mesos", mesos);
		if (c->tty) {
			json_object_set_new(o, "tty_info", json_object());
		}
	}
	json_object_set_new(linux_info, "share_cgroups", json_false());
	if (c) {
		volumes_put_linux(c, linux_info);
		rights_put(c, &config->rights, linux_info);
	}
	json_object_set_new(o, "linux_info", linux_info);
	return o;
}

static void put_limit(json_t *limits, const char *name, int64_t milli)
{
	json_t *scalar = json_object();
	json_object_set_new(scalar, "value",
			    milli % 1000 ? json_real((double)milli / 1000) : json_integer(milli / 1000));
	json_object_set_new(limits, name, scalar);
}

static json_t *limits_json(const struct kube_pod *pod, const struct kube_container *c)
{
	json_t *o = json_object();
	struct amounts most = container_limits(pod, c);
	if (most.cpus) {
		put_limit(o, "cpus", most.cpus);
	}
	if (most.mem) {
		put_limit(o, "mem", most.mem);
	}
	return o;
}

static json_t *kill_policy_json(int64_t grace_s)
{
	json_t *o = json_object(), *period = json_object();
	int64_t seconds = grace_s < GRACE_MAX_S ? grace_s : GRACE_MAX_S;
	json_object_set_new(period, "nanoseconds", json_integer(seconds * 1000000000));
	json_object_set_new(o, "grace_period", period);
	return o;
}

static json_t *labels_json(const struct kube_pod *pod, const char *container)
{
	const char *const labels[][2] = {{"io.kubernetes.pod.namespace", pod->ns},
					 {"io.kubernetes.pod.name", pod->name},
					 {"io.kubernetes.container.name", container}};
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		json_t *label = json_object();
		json_object_set_new(label, "key", json_string(labels[i][0]));
		json_object_set_new(label, "value", wire_new_string(labels[i][1]));
		json_array_append_new(list, label);
	}
	json_object_set_new(o, "labels", list);
	return o;
}

/* Command and container: what is expanded, and the volumes. */
static int put_contents(struct planner *p, const struct kube_container *c, json_t *task)
{
	struct expanded x;
	json_t *volumes;
	if (expand_container(p->pod, c, p->target->site, &x, p->e)) {
		return -1;
	}
	int bad = volumes_make(p->pod, c, &x, p->target->site, &volumes, p->e);
	if (!bad) {
		json_t *container = container_json(c, p->config);
		json_object_set_new(task, "command", command_json(p->pod, &x));
		if (json_array_size(volumes)) {
			json_object_set(container, "volumes", volumes);
		}
		json_object_set_new(task, "container", container);
		json_decref(volumes);
	}
	expanded_done(&x);
	return bad;
}

static int put_container(struct planner *p, const struct kube_container *c, json_t *task)
{
	if (checks_put(c, task, p->e) || put_contents(p, c, task)) {
		return err_wrap(p->e, "pod %s/%s: container %s", p->pod->ns, p->pod->name, c->name);
	}
	json_t *limits = limits_json(p->pod, c);
	if (json_object_size(limits)) {
		json_object_set(task, "limits", limits);
	}
	json_decref(limits);
	json_object_set_new(task, "kill_policy", kill_policy_json(checks_grace(c, p->pod->termination_grace_s)));
	json_t *discovery = network_discovery(p->pod, c);
	if (discovery) {
		json_object_set_new(task, "discovery", discovery);
	}
	return 0;
}

static json_t *task_json(struct planner *p, const struct plan_item *item)
{
	char id[TASK_ID_MAX];
	struct mesos_resources taken;
	CLEANUP_FREE char *name = xasprintf("%s/%s/%s", p->pod->ns, p->pod->name, item_name(item));
	json_t *task = json_object();
	mesos_resources_init(&taken);
	int bad = take_item(p, item, &taken);
	json_object_set_new(task, "name", wire_new_string(name));
	json_object_set_new(task, "task_id", wire_new_id(task_id_make(p->pod->uid, item_name(item), item->run, id)));
	json_object_set_new(task, "agent_id", wire_new_id(p->target->agent_id));
	json_object_set_new(task, "resources", mesos_resources_encode(&taken));
	json_object_set_new(task, "labels", labels_json(p->pod, item_name(item)));
	mesos_resources_done(&taken);
	if (!bad && item->container) {
		bad = put_container(p, item->container, task);
	} else {
		json_object_set_new(task, "command", pause_command_json());
		json_object_set_new(task, "container", container_json(NULL, p->config));
	}
	if (bad) {
		json_decref(task);
		return NULL;
	}
	return task;
}

static json_t *operation_json(struct planner *p, const struct plan_item *item)
{
	json_t *task = task_json(p, item);
	if (!task) {
		return NULL;
	}
	json_t *operation = json_object(), *launch = json_object(), *group = json_object(), *tasks = json_array();
	json_array_append_new(tasks, task);
	json_object_set_new(group, "tasks", tasks);
	json_object_set_new(launch, "executor", executor_json(p));
	json_object_set_new(launch, "task_group", group);
	json_object_set_new(operation, "type", json_string("LAUNCH_GROUP"));
	json_object_set_new(operation, "launch_group", launch);
	return operation;
}

static int make_operations(struct planner *p, const struct plan_item *items, size_t n, json_t *operations)
{
	if (pod_limits_check(p->pod, p->config, p->e) || (p->target->new_executor && take_executor(p))) {
		return -1; /* limits may have changed since the pod was looked at */
	}
	for (size_t i = 0; i < n; i++) {
		json_t *operation = operation_json(p, &items[i]);
		if (!operation) {
			return -1;
		}
		json_array_append_new(operations, operation);
	}
	return 0;
}

int plan_append(const struct kube_pod *pod, const struct plan_item *items, size_t n, const struct plan_target *target,
		const struct translate_config *config, struct mesos_resources *pool, json_t *operations, struct err *e)
{
	struct planner p = {.pod = pod, .target = target, .config = config, .e = e};
	CLEANUP_JSON json_t *made = json_array();
	mesos_resources_copy(&p.pool, pool);
	if (make_operations(&p, items, n, made)) {
		mesos_resources_done(&p.pool);
		return -1;
	}
	json_array_extend(operations, made);
	mesos_resources_done(pool);
	*pool = p.pool;
	return 0;
}
