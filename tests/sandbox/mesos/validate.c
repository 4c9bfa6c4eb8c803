/* Which tasks the master refuses, in its words. Order and sentences follow master/validation.cpp as it was heard. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"

#define EXECUTOR_LEAST_CPUS_MILLI 10
#define EXECUTOR_LEAST_MEM_MILLI (32 * 1000)

char *id_invalid(const char *id)
{
	if (id[0] == 0) {
		return xstrdup("ID must not be empty");
	}
	if (strlen(id) > MESOS_ID_MAX) {
		return xasprintf("ID must not be greater than %d characters", MESOS_ID_MAX);
	}
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0) {
		return xasprintf("'%s' is disallowed", id);
	}
	for (const char *p = id; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/' || *p == '\\') {
			return xasprintf("'%s' contains invalid characters", id);
		}
	}
	return NULL;
}

static char *check_invalid(const json_t *check)
{
	const char *type = js_str(check, "type");
	if (!check) {
		return NULL;
	}
	if (!type) {
		return xstrdup("Task uses invalid health check: HealthCheck must specify 'type'");
	}
	if (strcmp(type, "COMMAND") == 0 && !js_obj(check, "command")) {
		return xstrdup(
		    "Task uses invalid health check: Expecting 'command' to be set for COMMAND health check");
	}
	if (strcmp(type, "HTTP") == 0 && !js_obj(check, "http")) {
		return xstrdup("Task uses invalid health check: Expecting 'http' to be set for HTTP health check");
	}
	if (strcmp(type, "TCP") == 0 && !js_obj(check, "tcp")) {
		return xstrdup("Task uses invalid health check: Expecting 'tcp' to be set for TCP health check");
	}
	return NULL;
}

static char *limits_invalid(const json_t *info, const struct resources *needed)
{
	const json_t *limits = js_obj(info, "limits");
	double cpus = js_num(js_obj(limits, "cpus"), "value", -1), mem = js_num(js_obj(limits, "mem"), "value", -1);
	if (cpus >= 0 && cpus * 1000 < (double)resources_milli(needed, "cpus")) {
		return xstrdup("The cpu limit must be greater than or equal to the cpu request");
	}
	if (mem >= 0 && mem * 1000 < (double)resources_milli(needed, "mem")) {
		return xstrdup("The memory limit must be greater than or equal to the memory request");
	}
	return NULL;
}

static char *resources_json_invalid(const json_t *info)
{
	struct resources needed = {0};
	struct err e = {0};
	if (resources_from_json(js_arr(info, "resources"), &needed, &e)) {
		return xstrdup(e.text);
	}
	char *why = resources_empty(&needed) ? xstrdup("Task uses no resources") : limits_invalid(info, &needed);
	resources_done(&needed);
	return why;
}

/* What holds for tasks alone and in groups. */
static char *common_invalid(struct framework *f, const struct mesos_agent *a, const json_t *info)
{
	const char *id = js_str_at(info, "task_id", "value", NULL),
		   *agent_id = js_str_at(info, "agent_id", "value", NULL);
	char *why = id_invalid(id);
	if (why) {
		return why;
	}
	if (task_find(f, id)) {
		return xasprintf("Task has duplicate ID: %s", id);
	}
	if (strcmp(agent_id, a->id) != 0) {
		return xasprintf("Task uses invalid agent %s while agent %s is expected", agent_id, a->id);
	}
	why = check_invalid(js_obj(info, "health_check"));
	return why ? why : resources_json_invalid(info);
}

char *task_invalid(struct framework *f, struct mesos_agent *a, const json_t *info)
{
	char *why = common_invalid(f, a, info);
	if (!why && !js_obj(info, "command") == !js_obj(info, "executor")) {
		return xstrdup("Task should have at least one (but not both) of CommandInfo or ExecutorInfo present");
	}
	return why;
}

char *task_resources_invalid(const struct resources *needed, const struct resources *offered, bool group)
{
	if (resources_contain(offered, needed)) {
		return NULL;
	}
	CLEANUP_FREE char *total = resources_text(needed);
	CLEANUP_FREE char *available = resources_text(offered);
	return xasprintf("Total resources %s required by task%s and its executor %s more than available %s", total,
			 group ? " group" : "", group ? "are" : "is", available);
}

static char *executor_resources_invalid(const char *id, const json_t *executor)
{
	struct resources r = {0};
	struct err e = {0};
	char *why = NULL;
	if (resources_from_json(js_arr(executor, "resources"), &r, &e)) {
		return xstrdup(e.text);
	}
	int64_t cpus = resources_milli(&r, "cpus"), mem = resources_milli(&r, "mem");
	if (cpus < EXECUTOR_LEAST_CPUS_MILLI) {
		CLEANUP_FREE char *has = cpus > 0 ? xasprintf("%g", (double)cpus / 1000) : xstrdup("None");
		why = xasprintf("Executor '%s' uses less CPUs (%s) than the minimum required (0.01)", id, has);
	} else if (mem < EXECUTOR_LEAST_MEM_MILLI) {
		CLEANUP_FREE char *has = mem > 0 ? xasprintf("%lldMB", (long long)mem / 1000) : xstrdup("None");
		why = xasprintf("Executor '%s' uses less memory (%s) than the minimum required (32MB)", id, has);
	} else if (resources_milli(&r, "disk") == 0) {
		why = xasprintf("Executor '%s' uses no disk", id);
	}
	resources_done(&r);
	return why;
}

static char *executor_invalid(struct framework *f, struct mesos_agent *a, const json_t *executor)
{
	const char *id = js_str_at(executor, "executor_id", "value", NULL), *type = js_str(executor, "type");
	const char *framework_id = js_str_at(executor, "framework_id", "value", NULL);
	char *why = id_invalid(id);
	if (why) {
		return why;
	}
	if (!framework_id) {
		return xstrdup("'ExecutorInfo.framework_id' must be set");
	}
	if (strcmp(framework_id, f->id) != 0) {
		return xasprintf("ExecutorInfo has an invalid FrameworkID (Actual: %s vs Expected: %s)", framework_id,
				 f->id);
	}
	if (!type || strcmp(type, "DEFAULT") != 0) {
		return xstrdup("Only the DEFAULT executor runs task groups in the sandbox");
	}
	if (js_obj(executor, "command")) {
		return xstrdup("'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
	}
	why = executor_resources_invalid(id, executor);
	const struct executor *known = why ? NULL : executor_find(a, f->id, id);
	if (known && !json_equal(known->info, executor)) {
		return xstrdup("ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID");
	}
	return why;
}

static bool shares_cgroups(const json_t *info)
{
	return js_bool(js_at(info, "container", "linux_info", NULL), "share_cgroups", true);
}

static char *cgroups_invalid(struct framework *f, struct mesos_agent *a, const json_t *executor, const json_t *tasks)
{
	const struct executor *known = executor_find(a, f->id, js_str_at(executor, "executor_id", "value", NULL));
	const json_t *first = json_array_get(tasks, 0);
	size_t i;
	json_t *info;
	if (known && !list_empty(&known->tasks)) {
		first = LIST_ENTRY(known->tasks.next, struct task, in_executor)->info;
	}
	json_array_foreach (tasks, i, info) {
		if (shares_cgroups(info) != shares_cgroups(first)) {
			return xstrdup(
			    "If set, the value of 'linux_info.share_cgroups' must be the same for all tasks in each "
			    "task group and under each executor");
		}
		if (js_obj(info, "limits") && shares_cgroups(info)) {
			return xasprintf(
			    "Task '%s' is invalid: Resource limits may only be set for tasks which do not share "
			    "cgroups with their executor",
			    js_str_at(info, "task_id", "value", NULL));
		}
	}
	return NULL;
}

static char *member_invalid(struct framework *f, struct mesos_agent *a, const json_t *executor, const json_t *tasks,
			    size_t i)
{
	const json_t *info = json_array_get(tasks, i);
	const char *id = js_str_at(info, "task_id", "value", NULL);
	const char *type = js_str_at(info, "container", "type", NULL);
	CLEANUP_FREE char *why = common_invalid(f, a, info);
	for (size_t k = 0; k < i && !why; k++) {
		const char *other = js_str_at(json_array_get(tasks, k), "task_id", "value", NULL);
		why = strcmp(other, id) == 0 ? xasprintf("Task has duplicate ID: %s", id) : NULL;
	}
	if (!why && type && strcmp(type, "DOCKER") == 0) {
		why = xstrdup("Docker ContainerInfo is not supported on the task");
	}
	if (why) {
		return xasprintf("Task '%s' is invalid: %s", id, why);
	}
	if (js_obj(info, "executor") && !json_equal(js_obj(info, "executor"), executor)) {
		return xasprintf("The `ExecutorInfo` of task '%s' is different from executor '%s'", id,
				 js_str_at(executor, "executor_id", "value", NULL));
	}
	return NULL;
}

char *group_invalid(struct framework *f, struct mesos_agent *a, const json_t *executor, const json_t *tasks)
{
	char *why = NULL;
	for (size_t i = 0; i < json_array_size(tasks) && !why; i++) {
		why = member_invalid(f, a, executor, tasks, i);
	}
	why = why ? why : executor_invalid(f, a, executor);
	return why ? why : cgroups_invalid(f, a, executor, tasks);
}
