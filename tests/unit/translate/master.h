/* What a master checks of LAUNCH_GROUP operations, as its recorded refusals tell; for tests and for the fuzz target.
 *
 * Sentences are the master's own where it has one.
 */
#ifndef TESTS_UNIT_TRANSLATE_MASTER_H
#define TESTS_UNIT_TRANSLATE_MASTER_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/map.h"
#include "mesos/resources.h"

#define MASTER_ID_MAX 255

struct master {
	const char *framework_id, *agent_id;
	struct mesos_resources pool; /* what is offered; goes down with each group */
	struct map tasks;	     /* ids in use */
	struct map executors;	     /* id -> ExecutorInfo (json_t) */
	json_t *seen;		     /* keeps what the maps point to */
	json_t *kept_share_cgroups;  /* executor id -> what its tasks said */
	const char *violation;	     /* NULL: all well */
};

/* A value, or a secret of type VALUE without NULs; never both. */
static inline bool master_value_ok(const json_t *variable)
{
	const char *type = js_str(variable, "type"), *value = js_str(variable, "value");
	const json_t *secret = js_obj(variable, "secret");
	const char *data = js_str_at(secret, "value", "data", NULL);
	size_t n;
	if (!type || !strcmp(type, "VALUE")) {
		return value && !secret;
	}
	if (strcmp(type, "SECRET") || value || !data || strcmp(js_str(secret, "type"), "VALUE")) {
		return false;
	}
	char *bytes = base64_decode(data, strlen(data), &n, NULL);
	bool ok = bytes && !memchr(bytes, '\0', n);
	free(bytes);
	return ok;
}

static inline void master_init(struct master *m, const char *framework_id, const char *agent_id,
			       const struct mesos_resources *offered)
{
	*m = (struct master){.framework_id = framework_id, .agent_id = agent_id};
	mesos_resources_copy(&m->pool, offered);
	m->seen = json_array();
	m->kept_share_cgroups = json_object();
}

static inline void master_done(struct master *m)
{
	mesos_resources_done(&m->pool);
	map_done(&m->tasks);
	map_done(&m->executors);
	json_decref(m->seen);
	json_decref(m->kept_share_cgroups);
}

static inline bool master_says(struct master *m, const char *violation)
{
	if (!m->violation) {
		m->violation = violation;
	}
	return false;
}

static inline bool master_id_ok(struct master *m, const char *id)
{
	if (!id || !*id) {
		return master_says(m, "ID must not be empty");
	}
	if (strlen(id) > MASTER_ID_MAX) {
		return master_says(m, "ID must not be greater than 255 characters");
	}
	if (!strcmp(id, ".") || !strcmp(id, "..")) {
		return master_says(m, "'..' is disallowed");
	}
	for (const char *s = id; *s; s++) {
		if (iscntrl((unsigned char)*s) || isspace((unsigned char)*s) || *s == '/' || *s == '\\') {
			return master_says(m, "ID contains invalid characters");
		}
	}
	return true;
}

static inline bool master_resources_ok(struct master *m, const json_t *array, const char *none)
{
	size_t i;
	json_t *r;
	if (!json_array_size(array)) {
		return master_says(m, none);
	}
	json_array_foreach (array, i, r) {
		if (js_obj(r, "scalar") && js_num(js_obj(r, "scalar"), "value", 0) <= 0) {
			return master_says(m, "Invalid scalar resource: value <= 0");
		}
	}
	return true;
}

static inline double master_scalar(const json_t *array, const char *name)
{
	double sum = 0;
	size_t i;
	json_t *r;
	json_array_foreach (array, i, r) {
		if (js_str(r, "name") && !strcmp(js_str(r, "name"), name)) {
			sum += js_num(js_obj(r, "scalar"), "value", 0);
		}
	}
	return sum;
}

static inline bool master_take(struct master *m, const json_t *array)
{
	struct mesos_resources wanted;
	struct err e;
	mesos_resources_init(&wanted);
	if (mesos_resources_decode(array, &wanted, &e)) {
		return master_says(m, "resources that cannot be read");
	}
	int bad = mesos_resources_subtract(&m->pool, &wanted);
	mesos_resources_done(&wanted);
	return !bad ||
	       master_says(m, "Total resources required by task group and its executor are more than available");
}

static inline bool master_executor_ok(struct master *m, json_t *executor)
{
	const char *id = js_str_at(executor, "executor_id", "value", NULL);
	const char *framework = js_str_at(executor, "framework_id", "value", NULL);
	json_t *resources = js_arr(executor, "resources");
	json_t *running = map_get(&m->executors, id);
	if (!executor || !js_str(executor, "type") || strcmp(js_str(executor, "type"), "DEFAULT")) {
		return master_says(m, "executor is not of type DEFAULT");
	}
	if (js_obj(executor, "command")) {
		return master_says(m, "'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
	}
	if (!framework || strcmp(framework, m->framework_id)) {
		return master_says(m, "'ExecutorInfo.framework_id' must be set");
	}
	if (!master_id_ok(m, id)) {
		return false;
	}
	if (running) {
		return json_equal(running, executor) ||
		       master_says(m, "ExecutorInfo is not compatible with existing ExecutorInfo");
	}
	if (!master_resources_ok(m, resources, "Executor uses no resources")) {
		return false;
	}
	if (master_scalar(resources, "cpus") < 0.01) {
		return master_says(m, "Executor uses less CPUs than the minimum required (0.01)");
	}
	if (master_scalar(resources, "mem") < 32) {
		return master_says(m, "Executor uses less memory than the minimum required (32MB)");
	}
	if (master_scalar(resources, "disk") <= 0) {
		return master_says(m, "Executor uses no disk");
	}
	json_array_append(m->seen, executor);
	map_put(&m->executors, id, executor);
	return master_take(m, resources);
}

static inline bool master_command_ok(struct master *m, const json_t *task)
{
	json_t *command = js_obj(task, "command"), *v;
	bool image = js_at(task, "container", "mesos", "image", "docker", "name", NULL) != NULL;
	bool value = js_str(command, "value") != NULL;
	size_t i;
	if (!command || js_obj(task, "executor")) {
		return master_says(
		    m, "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present");
	}
	if (js_bool(command, "shell", true) && !value) {
		return master_says(m, "Shell specified but no command value provided");
	}
	if (!value && !image) {
		return master_says(m, "nothing to run: neither value nor image");
	}
	json_array_foreach (js_at(command, "environment", "variables", NULL), i, v) {
		if (!js_str(v, "name") || !*js_str(v, "name") || !master_value_ok(v)) {
			return master_says(m, "Environment variable must have a name and a value, or a secret");
		}
	}
	json_array_foreach (js_arr(command, "arguments"), i, v) {
		if (!json_is_string(v)) {
			return master_says(m, "argument is not a string");
		}
	}
	return true;
}

/* What isolators of agents refuse, or would follow out of the container. */
static inline bool master_volumes_ok(struct master *m, const json_t *volumes)
{
	size_t i;
	json_t *v;
	json_array_foreach (volumes, i, v) {
		const char *at = js_str(v, "container_path"), *mode = js_str(v, "mode");
		const char *type = js_str_at(v, "source", "type", NULL);
		const char *own = js_str_at(v, "source", "sandbox_path", "path", NULL);
		const char *host = js_str_at(v, "source", "host_path", "path", NULL);
		const char *whose = js_str_at(v, "source", "sandbox_path", "type", NULL);
		bool relative = at && *at != '/'; /* below the task's directory */
		if (!at || !at[!relative] || strstr(at, "/../") || strstr(at, "//") || !strncmp(at, "../", 3)) {
			return master_says(m, "volume that is not mounted below the root");
		}
		if (relative && whose && !strcmp(whose, "SELF")) {
			return master_says(m, "'container_path' is relative for SANDBOX_PATH volume SELF type");
		}
		if (!mode || (strcmp(mode, "RO") && strcmp(mode, "RW"))) {
			return master_says(m, "volume without a mode");
		}
		const char *data = js_str_at(v, "source", "secret", "value", "data", NULL);
		if (js_obj(v, "image")) {
			if (js_obj(v, "source")) {
				return master_says(m, "volume of an image that has a source");
			}
			continue;
		}
		if (!type || (own != NULL) + (host != NULL) + (data != NULL) != 1 ||
		    strcmp(type, own	? "SANDBOX_PATH"
				 : host ? "HOST_PATH"
					: "SECRET") != 0) {
			return master_says(m, "source.type is not what is set");
		}
		if (data && strcmp(js_str_at(v, "source", "secret", "type", NULL) ?: "", "VALUE") != 0) {
			return master_says(m, "Secret of type VALUE must have the 'value' field set");
		}
		if (own ? (*own == '/' || strstr(own, "/../")) : host && *host != '/') {
			return master_says(m, "path of a volume leads elsewhere");
		}
	}
	return true;
}

/* What the isolators linux/capabilities and linux/seccomp refuse. */
static inline bool master_rights_ok(struct master *m, const json_t *linux_info)
{
	const json_t *bounding = js_at(linux_info, "bounding_capabilities", "capabilities", NULL);
	const json_t *seccomp = js_obj(linux_info, "seccomp");
	const char *profile = js_str(seccomp, "profile_name");
	size_t i, k;
	json_t *wanted, *allowed;
	json_array_foreach (js_at(linux_info, "effective_capabilities", "capabilities", NULL), i, wanted) {
		bool found = false;
		json_array_foreach (bounding, k, allowed) {
			found = found || json_equal(wanted, allowed);
		}
		if (!found) {
			return master_says(m, "Requested capabilities that are not allowed");
		}
	}
	if (seccomp && (!profile || !*profile) == !js_bool(seccomp, "unconfined", false)) {
		return master_says(m, "Missing Seccomp profile name, or one although 'unconfined'");
	}
	return true;
}

static inline bool master_container_ok(struct master *m, const json_t *task, const char *executor_id)
{
	json_t *container = js_obj(task, "container");
	json_t *share = js_at(container, "linux_info", "share_cgroups", NULL);
	json_t *before = json_object_get(m->kept_share_cgroups, executor_id);
	const char *type = js_str(container, "type");
	if (container && (!type || strcmp(type, "MESOS"))) {
		return master_says(m, "Docker ContainerInfo is not supported on the task");
	}
	if (before && (!share || !json_equal(before, share))) {
		return master_says(m, "tasks of one executor disagree on share_cgroups");
	}
	json_object_set_new(m->kept_share_cgroups, executor_id, json_boolean(!share || json_is_true(share)));
	json_t *limits = js_obj(task, "limits"), *resources = js_arr(task, "resources");
	if (limits && !json_is_false(share)) {
		return master_says(m, "limits are allowed with share_cgroups false only");
	}
	if (js_obj(limits, "cpus") && js_num(js_obj(limits, "cpus"), "value", -1) < master_scalar(resources, "cpus")) {
		return master_says(m, "The cpu limit must be greater than or equal to the cpu request");
	}
	if (js_obj(limits, "mem") && js_num(js_obj(limits, "mem"), "value", -1) < master_scalar(resources, "mem")) {
		return master_says(m, "The memory limit must be greater than or equal to the memory request");
	}
	return master_volumes_ok(m, js_arr(container, "volumes")) &&
	       master_rights_ok(m, js_obj(container, "linux_info"));
}

static inline bool master_task_ok(struct master *m, json_t *task, const char *executor_id)
{
	const char *id = js_str_at(task, "task_id", "value", NULL), *agent = js_str_at(task, "agent_id", "value", NULL);
	if (!js_str(task, "name")) {
		return master_says(m, "Missing required fields: name");
	}
	if (!master_id_ok(m, id)) {
		return false;
	}
	if (map_get(&m->tasks, id)) {
		return master_says(m, "Task has duplicate ID");
	}
	if (!agent || strcmp(agent, m->agent_id)) {
		return master_says(m, "Task uses invalid agent");
	}
	json_array_append(m->seen, task);
	map_put(&m->tasks, id, task);
	json_t *grace = js_at(task, "kill_policy", "grace_period", "nanoseconds", NULL);
	if (grace && json_integer_value(grace) < 0) {
		return master_says(m, "Task's 'kill_policy.grace_period' must be non-negative");
	}
	return master_resources_ok(m, js_arr(task, "resources"), "Task uses no resources") &&
	       master_command_ok(m, task) && master_container_ok(m, task, executor_id) &&
	       master_take(m, js_arr(task, "resources"));
}

/* True when a real master would launch all of it; else `violation` says why not. */
static inline bool master_accepts(struct master *m, const json_t *operations)
{
	size_t i, k;
	json_t *operation, *task;
	json_array_foreach (operations, i, operation) {
		json_t *launch = js_obj(operation, "launch_group");
		json_t *executor = js_obj(launch, "executor"), *tasks = js_at(launch, "task_group", "tasks", NULL);
		if (!js_str(operation, "type") || strcmp(js_str(operation, "type"), "LAUNCH_GROUP")) {
			return master_says(m, "not a LAUNCH_GROUP");
		}
		if (!json_array_size(tasks)) {
			return master_says(m, "Task group cannot be empty");
		}
		if (!master_executor_ok(m, executor)) {
			return false;
		}
		json_array_foreach (tasks, k, task) {
			if (!master_task_ok(m, task, js_str_at(executor, "executor_id", "value", NULL))) {
				return false;
			}
		}
	}
	return true;
}

#endif
