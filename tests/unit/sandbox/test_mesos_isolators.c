/* What isolators of an agent make of a LinuxInfo: its flags and the info in, the process' rights or a refusal out. */
#include <string.h>

#include "base/capability.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/isolators.h"
#include "tests/unit/unit.h"

#define CAP(name) ((uint64_t)1 << capability_find(name))
#define NONE ((uint64_t)0)
#define UNSET UINT64_MAX

struct row {
	struct mesos_isolation agent;
	const char *info; /* LinuxInfo, with ' for " */
	const char *why;  /* NULL: it is launched with … */
	uint64_t bounding, effective;
};

static void check(const struct row *row)
{
	struct isolators i;
	struct err e = {0};
	struct task_spec spec = {0};
	CLEANUP_FREE char *text = xasprintf("{\"linux_info\":{%s}}", row->info);
	for (char *s = text; (s = strchr(s, '\'')) != NULL;) {
		*s = '"';
	}
	CLEANUP_JSON json_t *container = js_parse(text, strlen(text), &e);
	assert_non_null(container);
	assert_int_equal(isolators_init(&i, &row->agent, &e), 0);
	CLEANUP_FREE char *why = isolators_apply(&i, container, &spec);
	if ((why != NULL) != (row->why != NULL) || (why && strcmp(why, row->why) != 0)) {
		fail_msg("%s: %s", row->info, why ? why : "is launched");
	}
	if (!why) {
		assert_int_equal(spec.has_bounding ? spec.bounding : UNSET, row->bounding);
		assert_int_equal(spec.has_effective ? spec.effective : UNSET, row->effective);
	}
	isolators_done(&i);
}

#define BOUNDING(names) "'bounding_capabilities':{'capabilities':[" names "]}"
#define EFFECTIVE(names) "'effective_capabilities':{'capabilities':[" names "]}"

static void capabilities_are_those_of_the_container_within_those_of_the_agent(void **state)
{
	(void)state;
	static const struct mesos_isolation plain = {.isolators = "linux/capabilities"};
	static const struct mesos_isolation flags = {
	    .isolators = "linux/capabilities", .effective = "KILL", .bounding = "KILL,CHOWN"};
	static const struct mesos_isolation effective = {.isolators = "linux/capabilities", .effective = "KILL"};
	const struct row rows[] = {
	    {{0}, BOUNDING("'KILL'"), NULL, UNSET, UNSET},
	    {plain, "", NULL, UNSET, UNSET},
	    {plain, BOUNDING("'KILL','CHOWN'"), NULL, CAP("KILL") | CAP("CHOWN"), UNSET},
	    {plain, EFFECTIVE("'KILL'"), NULL, CAP("KILL"), CAP("KILL")},
	    {plain, BOUNDING("'CHECKPOINT_RESTORE'") "," EFFECTIVE(""), NULL, CAP("CHECKPOINT_RESTORE"), NONE},
	    {plain, BOUNDING("'KILL'") "," EFFECTIVE("'KILL','CHOWN'"),
	     "Requested capabilities '{ CHOWN, KILL }', but only '{ KILL }' are allowed", 0, 0},
	    {plain, EFFECTIVE("'KILL'") ",'capability_info':{'capabilities':['KILL']}",
	     "Only one of 'capability_info' or 'effective_capabilities' is allowed", 0, 0},
	    {flags, "", NULL, CAP("KILL") | CAP("CHOWN"), CAP("KILL")},
	    {flags, BOUNDING("") "," EFFECTIVE(""), NULL, NONE, NONE},
	    {flags, BOUNDING("'KILL','NET_RAW'"),
	     "Bounding capabilities '{ KILL, NET_RAW }', but only '{ CHOWN, KILL }' are allowed", 0, 0},
	    {flags, EFFECTIVE("'NET_RAW'"),
	     "Requested capabilities '{ NET_RAW }', but only '{ CHOWN, KILL }' are allowed", 0, 0},
	    {effective, "", NULL, CAP("KILL"), CAP("KILL")},
	    {effective, BOUNDING("'CHOWN'"), "Requested capabilities '{ KILL }', but only '{ CHOWN }' are allowed", 0,
	     0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check(&rows[i]);
	}
}

static void a_seccomp_profile_must_be_one_of_the_agents(void **state)
{
	(void)state;
	static const struct mesos_isolation agent = {.isolators = "linux/seccomp", .profiles = "default.json,a/b.json"};
	const struct row rows[] = {
	    {{0}, "'seccomp':{'profile_name':'no.json'}", NULL, UNSET, UNSET},
	    {agent, "'seccomp':{'profile_name':'default.json'}", NULL, UNSET, UNSET},
	    {agent, "'seccomp':{'profile_name':'a/b.json'}", NULL, UNSET, UNSET},
	    {agent, "'seccomp':{'unconfined':true}", NULL, UNSET, UNSET},
	    {agent, "'seccomp':{'profile_name':'no.json'}",
	     "Failed to read Seccomp profile file '/etc/mesos/seccomp/no.json': Failed to open file: No such file or "
	     "directory",
	     0, 0},
	    {agent, "'seccomp':{'profile_name':'default.json','unconfined':true}",
	     "Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp setting is enabled",
	     0, 0},
	    {agent, "'seccomp':{}", "Missing Seccomp profile name", 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check(&rows[i]);
	}
}

static void flags_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		struct mesos_isolation agent;
		const char *why;
	} rows[] = {
	    {{.isolators = "linux/capability"}, "Unknown or unsupported isolator 'linux/capability'"},
	    {{.isolators = "linux/capabilities", .bounding = "KILLS"}, "there is no capability 'KILLS'"},
	    {{.isolators = "linux/capabilities", .bounding = "KILL", .effective = "CHOWN"},
	     "Allowed capabilities are not a subset of the bounding capabilites"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct isolators isolators;
		struct err e = {0};
		assert_int_equal(isolators_init(&isolators, &rows[i].agent, &e), -1);
		assert_string_equal(e.text, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(capabilities_are_those_of_the_container_within_those_of_the_agent),
	    cmocka_unit_test(a_seccomp_profile_must_be_one_of_the_agents),
	    cmocka_unit_test(flags_that_make_no_sense_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
