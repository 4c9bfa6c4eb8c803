/* Processes have no more capabilities than an isolator gave them. */
#include "base/file.h"
#include "tests/unit/sandbox/runner_rig.h"

#define SETPCAP_BIT 8
#define CAPABILITIES_OF(bounding, effective)                                                                           \
	",\"container\":{\"type\":\"MESOS\",\"linux_info\":{\"bounding_capabilities\":{\"capabilities\":[" bounding    \
	"]},\"effective_capabilities\":{\"capabilities\":[" effective "]}}}"

/* What stands in our own; free() it. */
static char *own(const char *field)
{
	CLEANUP_FREE char *status = file_read("/proc/self/status", 1 << 16, NULL, NULL);
	CLEANUP_FREE char *line = xasprintf("\n%s:\t", field);
	const char *at = strstr(status, line) + strlen(line);
	return xstrndup(at, strcspn(at, "\n"));
}

/* Only who may limit capabilities can; elsewhere processes keep what the sandbox has. */
static bool may_limit(void)
{
	CLEANUP_FREE char *effective = own("CapEff");
	return strtoull(effective, NULL, 16) >> SETPCAP_BIT & 1;
}

/* What a process of the agent says of itself in /proc. */
static void says(struct mesos_isolation agent, const char *field, const char *value, const char *container)
{
	struct runner_rig f;
	runner_rig_init_isolated(&f, agent);
	CLEANUP_FREE char *fields =
	    xasprintf("\"command\":{\"value\":\"grep -Eq '^%s:.%s$' /proc/self/status\"}%s", field, value, container);
	runner_rig_launch(&f, fields);
	client_update(&f.k, "t", "TASK_RUNNING", NULL);
	runner_rig_await(&f);
	client_update(&f.k, "t", "TASK_FINISHED", NULL);
	runner_rig_done(&f);
}

static void a_process_has_the_capabilities_of_its_container(void **state)
{
	(void)state;
	static const struct mesos_isolation isolated = {.isolators = "linux/capabilities"};
	static const struct mesos_isolation flags = {
	    .isolators = "linux/capabilities", .effective = "CHOWN", .bounding = "CHOWN"};
	if (!may_limit()) {
		skip();
	}
	const char *some = CAPABILITIES_OF("\"CHOWN\",\"KILL\"", "\"CHOWN\",\"KILL\"");
	says(isolated, "CapBnd", "0{14}21", some);
	says(isolated, "CapEff", "0{14}21", some);
	says(isolated, "CapEff", "0{16}", CAPABILITIES_OF("", ""));
	says(isolated, "CapBnd", "0{16}", CAPABILITIES_OF("", ""));
	says(flags, "CapEff", "0{15}1", "");
}

static void without_the_isolator_it_keeps_what_there_is(void **state)
{
	(void)state;
	CLEANUP_FREE char *bounding = own("CapBnd"), *no_new_privs = own("NoNewPrivs");
	says((struct mesos_isolation){0}, "CapBnd", bounding, CAPABILITIES_OF("", ""));
	says((struct mesos_isolation){.isolators = "linux/seccomp"}, "NoNewPrivs", no_new_privs, "");
}

static void an_agent_with_linux_nnp_lets_nobody_gain_privileges(void **state)
{
	(void)state;
	says((struct mesos_isolation){.isolators = "linux/nnp"}, "NoNewPrivs", "1", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_process_has_the_capabilities_of_its_container),
	    cmocka_unit_test(without_the_isolator_it_keeps_what_there_is),
	    cmocka_unit_test(an_agent_with_linux_nnp_lets_nobody_gain_privileges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
