/* Security contexts: a pod's JSON and what agents have in, the container's LinuxInfo out, exactly, or the refusal. */
#include <string.h>

#include "base/capability.h"
#include "tests/unit/kube/sample.h"
#include "tests/unit/translate/master.h"
#include "tests/unit/unit.h"
#include "translate/plan.h"

#define ROLE "kubernetes"
#define CAP(name) ((uint64_t)1 << capability_find(name))

/* As CapabilityInfo lists them: by number. */
#define FOURTEEN                                                                                                       \
	"'CHOWN','DAC_OVERRIDE','FOWNER','FSETID','KILL','SETGID','SETUID','SETPCAP','NET_BIND_SERVICE','NET_RAW',"    \
	"'SYS_CHROOT','MKNOD','AUDIT_WRITE','SETFCAP'"
#define SETS(bounding, effective)                                                                                      \
	"'bounding_capabilities':{'capabilities':[" bounding "]},"                                                     \
	"'effective_capabilities':{'capabilities':[" effective "]}"
#define BOTH(set) SETS(set, set)

static const struct agent_rights nothing = {.bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL};
static const struct agent_rights capabilities = {
    .capabilities = true, .bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL};
static const struct agent_rights other_user = {
    .capabilities = true, .bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL, .other_user = true};
static const struct agent_rights seccomp = {
    .seccomp = true, .seccomp_profile = "default.json", .bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL};
static const struct agent_rights no_profile = {
    .seccomp = true, .bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL};
static const struct agent_rights no_new_privs = {
    .no_new_privs = true, .bounding = CAPABILITIES_ALL, .effective = CAPABILITIES_ALL};

struct row {
	const char *container; /* its securityContext's members */
	const char *pod;       /* the pod's */
	const char *info; /* members of LinuxInfo besides share_cgroups; "!…": the refusal without "not supported: " */
};

static struct kube_pod *pod_of(const struct row *row, struct err *e)
{
	CLEANUP_FREE char *spec =
	    xasprintf("'restartPolicy':'Never','securityContext':{%s},'containers':[{'name':'app','image':'busybox',"
		      "'securityContext':{%s}}]",
		      row->pod, row->container);
	return sample_spec(spec, e);
}

static void offered(struct mesos_resources *ret)
{
	mesos_resources_init(ret);
	mesos_resources_put_scalar(ret, "cpus", 64000, ROLE);
	mesos_resources_put_scalar(ret, "mem", 640000000, ROLE);
	mesos_resources_put_scalar(ret, "disk", 640000000, ROLE);
}

/* LinuxInfo of the container's task. NULL with the error. */
static json_t *linux_info(const struct kube_pod *pod, const struct agent_rights *agents, struct err *e)
{
	static const struct pod_site site = {.node_name = "agent-1"};
	const struct plan_target target = {"fw-0", "fw-S0", ROLE, true, &site};
	const struct plan_item item = {&pod->containers[0], 0};
	struct translate_config config;
	struct mesos_resources pool;
	struct pod_need need;
	struct master master;
	CLEANUP_JSON json_t *operations = json_array();
	translate_config_init(&config);
	config.rights = *agents;
	offered(&pool);
	master_init(&master, "fw-0", "fw-S0", &pool);
	int bad =
	    pod_need_make(pod, &config, &need, e) || plan_append(pod, &item, 1, &target, &config, &pool, operations, e);
	assert_true(bad || master_accepts(&master, operations));
	master_done(&master);
	mesos_resources_done(&pool);
	const json_t *tasks = js_at(json_array_get(operations, 0), "launch_group", "task_group", "tasks", NULL);
	return bad ? NULL : json_incref(js_at(json_array_get(tasks, 0), "container", "linux_info", NULL));
}

/* What stands there, and what a command beside it gets. */
static void check_info(const struct row *row, const struct kube_pod *pod, const struct agent_rights *agents,
		       json_t *got)
{
	CLEANUP_FREE char *text = xasprintf("{'share_cgroups':false%s%s}", *row->info ? "," : "", row->info);
	CLEANUP_JSON json_t *wanted = sample_json(text);
	if (!json_equal(got, wanted)) {
		CLEANUP_FREE char *shown = js_text(got);
		fail_msg("{%s} {%s} became %s", row->container, row->pod, shown);
	}
	CLEANUP_JSON json_t *beside = rights_beside(&pod->containers[0], agents);
	json_object_del(wanted, "share_cgroups");
	assert_true(*row->info ? json_equal(beside, wanted) : !beside);
}

static void check_row(const struct row *row, const struct agent_rights *agents)
{
	struct err e = {0};
	struct kube_pod *pod = pod_of(row, &e);
	CLEANUP_JSON json_t *got = pod ? linux_info(pod, agents, &e) : NULL;
	if (*row->info == '!') {
		CLEANUP_FREE char *wanted = xasprintf("not supported: %s", row->info + 1);
		if (got || strcmp(e.text, wanted) != 0) {
			fail_msg("{%s} {%s}: %s", row->container, row->pod, got ? "is launched" : e.text);
		}
		assert_int_equal(e.code, ERR_UNSUPPORTED);
	} else if (!got) {
		fail_msg("{%s} {%s}: %s", row->container, row->pod, e.text);
	} else {
		check_info(row, pod, agents, got);
	}
	kube_pod_free(pod);
}

#define CHECK(rows, agents)                                                                                            \
	for (size_t i = 0; i < sizeof(rows) / sizeof(*(rows)); i++) {                                                  \
		check_row(&(rows)[i], agents);                                                                         \
	}

#define CONTEXT "spec.containers[app].securityContext"

static void a_container_has_kubernetes_capabilities_more_and_fewer_as_it_says(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", BOTH(FOURTEEN)},
	    {"'capabilities':{}", "", BOTH(FOURTEEN)},
	    {"'capabilities':{'drop':['ALL']}", "", BOTH("")},
	    {"'capabilities':{'drop':['all'],'add':['NET_BIND_SERVICE','SYS_TIME']}", "",
	     BOTH("'NET_BIND_SERVICE','SYS_TIME'")},
	    {"'capabilities':{'drop':['NET_RAW','MKNOD','AUDIT_WRITE','SETFCAP','SYS_CHROOT','SYS_BOOT']}", "",
	     BOTH("'CHOWN','DAC_OVERRIDE','FOWNER','FSETID','KILL','SETGID','SETUID','SETPCAP','NET_BIND_SERVICE'")},
	    {"'capabilities':{'add':['checkpoint_restore'],'drop':['SETFCAP']}", "",
	     BOTH("'CHOWN','DAC_OVERRIDE','FOWNER','FSETID','KILL','SETGID','SETUID','SETPCAP','NET_BIND_SERVICE',"
		  "'NET_RAW','SYS_CHROOT','MKNOD','AUDIT_WRITE','CHECKPOINT_RESTORE'")},
	    {"'capabilities':{'add':['NET_ADMIN'],'drop':['ALL','NET_ADMIN']}", "", BOTH("")},
	    {"'capabilities':{'add':['ALL'],'drop':['ALL']}", "", BOTH("")},
	};
	CHECK(rows, &capabilities)
}

static void all_capabilities_are_all_that_mesos_knows(void **state)
{
	(void)state;
	static const struct row row = {"'capabilities':{'add':['ALL'],'drop':['SYS_ADMIN']}", "", ""};
	struct err e = {0};
	struct kube_pod *pod = pod_of(&row, &e);
	CLEANUP_JSON json_t *info = linux_info(pod, &capabilities, &e), *name;
	const json_t *set = js_at(info, "bounding_capabilities", "capabilities", NULL);
	size_t i;
	assert_int_equal(json_array_size(set), 40);
	json_array_foreach (set, i, name) {
		assert_string_not_equal(json_string_value(name), "SYS_ADMIN");
	}
	kube_pod_free(pod);
}

static void another_user_than_root_has_none_in_effect(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", SETS(FOURTEEN, "")},
	    {"'capabilities':{'drop':['ALL'],'add':['NET_RAW']}", "", SETS("'NET_RAW'", "")},
	};
	CHECK(rows, &other_user)
}

static void what_agents_do_not_allow_is_not_given_and_cannot_be_added(void **state)
{
	(void)state;
	const struct agent_rights few = {.capabilities = true,
					 .bounding = CAP("CHOWN") | CAP("KILL") | CAP("SYS_TIME")};
	static const struct row rows[] = {
	    {"", "", BOTH("'CHOWN','KILL'")},
	    {"'capabilities':{'add':['SYS_TIME'],'drop':['KILL','SYS_ADMIN']}", "", BOTH("'CHOWN','SYS_TIME'")},
	    {"'capabilities':{'add':['SYS_TIME','NET_RAW']}", "",
	     "!" CONTEXT ".capabilities (agents do not allow NET_RAW: option agent-bounding-capabilities)"},
	    {"'capabilities':{'add':['ALL']}", "",
	     "!" CONTEXT ".capabilities (agents do not allow DAC_OVERRIDE: option agent-bounding-capabilities)"},
	    {"'capabilities':{'add':['NET_RAW'],'drop':['NET_RAW']}", "", BOTH("'CHOWN','KILL'")},
	};
	CHECK(rows, &few)
}

static void names_that_are_no_capabilities_are_refused_by_name(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"'capabilities':{'add':['NET_ADMNI']}", "",
	     "!" CONTEXT ".capabilities.add[NET_ADMNI] (no capability of Linux)"},
	    {"'capabilities':{'drop':['CHOWN','CAP_KILL','']}", "",
	     "!" CONTEXT ".capabilities.drop[CAP_KILL] (names stand without CAP_), " CONTEXT
	     ".capabilities.drop[] (no capability of Linux)"},
	    {"'capabilities':{'keep':['KILL']}", "", "!" CONTEXT ".capabilities.keep (not known)"},
	};
	CHECK(rows, &capabilities)
}

static void without_the_isolator_nothing_is_said_and_nothing_can_be_asked(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", ""},
	    {"'capabilities':{'add':[],'drop':[]},'privileged':false,'allowPrivilegeEscalation':true", "", ""},
	    {"'capabilities':{'drop':['ALL']}", "",
	     "!" CONTEXT ".capabilities (agents are not said to have the isolator linux/capabilities: option "
	     "agent-isolation)"},
	    {"'seccompProfile':{'type':'RuntimeDefault'}", "",
	     "!" CONTEXT ".seccompProfile (agents are not said to have the isolator linux/seccomp: option "
	     "agent-isolation)"},
	    {"", "'seccompProfile':{'type':'Localhost','localhostProfile':'a.json'}",
	     "!spec.securityContext.seccompProfile (agents are not said to have the isolator linux/seccomp: option "
	     "agent-isolation)"},
	    {"'allowPrivilegeEscalation':false", "",
	     "!" CONTEXT ".allowPrivilegeEscalation (agents are not said to have the isolator linux/nnp: option "
	     "agent-isolation)"},
	    {"'seccompProfile':{'type':'Unconfined'}", "", "'seccomp':{'unconfined':true}"},
	};
	CHECK(rows, &nothing)
}

static void seccomp_profiles_are_those_of_the_container_or_of_its_pod(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", ""},
	    {"'seccompProfile':{}", "'seccompProfile':null", ""},
	    {"'seccompProfile':{'type':'RuntimeDefault'}", "", "'seccomp':{'profile_name':'default.json'}"},
	    {"", "'seccompProfile':{'type':'RuntimeDefault'}", "'seccomp':{'profile_name':'default.json'}"},
	    {"'seccompProfile':{'type':'Localhost','localhostProfile':'profiles/a.json'}",
	     "'seccompProfile':{'type':'Unconfined'}", "'seccomp':{'profile_name':'profiles/a.json'}"},
	    {"'seccompProfile':{'type':'Unconfined'}", "'seccompProfile':{'type':'RuntimeDefault'}",
	     "'seccomp':{'unconfined':true}"},
	    {"'seccompProfile':{'type':'Strict'}", "",
	     "!" CONTEXT ".seccompProfile.type (neither RuntimeDefault, Unconfined nor Localhost)"},
	    {"'seccompProfile':{'type':'Localhost'}", "", "!" CONTEXT ".seccompProfile.localhostProfile (missing)"},
	    {"'seccompProfile':{'type':'Unconfined','localhostProfile':'a'}", "",
	     "!" CONTEXT ".seccompProfile.localhostProfile (only with type Localhost)"},
	    {"", "'seccompProfile':{'type':'Localhost','localhostProfile':'../../etc/passwd'}",
	     "!spec.securityContext.seccompProfile.localhostProfile (no path below the agents' directory of profiles)"},
	    {"'seccompProfile':{'type':'Localhost','localhostProfile':'/a.json'}", "",
	     "!" CONTEXT ".seccompProfile.localhostProfile (no path below the agents' directory of profiles)"},
	};
	static const struct row without[] = {
	    {"'seccompProfile':{'type':'RuntimeDefault'}", "",
	     "!" CONTEXT ".seccompProfile (RuntimeDefault is no profile yet: option agent-seccomp-profile)"},
	    {"'seccompProfile':{'type':'Localhost','localhostProfile':'a.json'}", "",
	     "'seccomp':{'profile_name':'a.json'}"},
	};
	CHECK(rows, &seccomp)
	CHECK(without, &no_profile)
}

static void no_new_privileges_are_the_agents_to_give(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", ""},
	    {"'allowPrivilegeEscalation':false", "", ""},
	    {"'allowPrivilegeEscalation':true", "",
	     "!" CONTEXT ".allowPrivilegeEscalation (the agents' isolator linux/nnp allows it to nobody)"},
	};
	CHECK(rows, &no_new_privs)
}

static void a_probe_must_not_have_what_its_container_gives_up(void **state)
{
	(void)state;
#define PROBE "},'livenessProbe':{'exec':{'command':['x']}},'ignored':{"
	struct agent_rights few = capabilities;
	few.effective = CAP("CHOWN") | CAP("KILL");
	static const struct row unknown[] = {
	    {"'capabilities':{'add':['NET_ADMIN']}" PROBE, "",
	     BOTH("'CHOWN','DAC_OVERRIDE','FOWNER','FSETID','KILL','SETGID','SETUID','SETPCAP','NET_BIND_SERVICE',"
		  "'NET_ADMIN','NET_RAW','SYS_CHROOT','MKNOD','AUDIT_WRITE','SETFCAP'")},
	    {"'capabilities':{'drop':['KILL']}" PROBE, "",
	     "!spec.containers[app].livenessProbe.exec (Mesos runs it with the agents' effective capabilities, and the "
	     "container has no DAC_READ_SEARCH: option agent-effective-capabilities)"},
	    {"" PROBE, "", BOTH(FOURTEEN)},
	    {"'seccompProfile':{'type':'Unconfined'}" PROBE, "", BOTH(FOURTEEN) ",'seccomp':{'unconfined':true}"},
	};
	static const struct row known[] = {
	    {"'capabilities':{'drop':['ALL'],'add':['CHOWN','KILL','SETUID']}" PROBE, "",
	     BOTH("'CHOWN','KILL','SETUID'")},
	    {"'capabilities':{'drop':['ALL']}" PROBE, "",
	     "!spec.containers[app].livenessProbe.exec (Mesos runs it with the agents' effective capabilities, and the "
	     "container has no CHOWN: option agent-effective-capabilities)"},
	};
	static const struct row filtered[] = {
	    {"'seccompProfile':{'type':'RuntimeDefault'}" PROBE, "", "'seccomp':{'profile_name':'default.json'}"},
	    {"'seccompProfile':{'type':'Localhost','localhostProfile':'a'}" PROBE, "",
	     "!spec.containers[app].livenessProbe.exec (Mesos runs it with the agent's own seccomp profile)"},
	};
	CHECK(unknown, &capabilities)
	CHECK(known, &few)
	CHECK(filtered, &seccomp)
}

static void a_command_of_ours_has_what_a_container_has_by_default(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *wanted = sample_json("{" BOTH(FOURTEEN) "}");
	CLEANUP_JSON json_t *got = rights_beside(NULL, &capabilities);
	assert_true(json_equal(got, wanted));
	assert_null(rights_beside(NULL, &seccomp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_container_has_kubernetes_capabilities_more_and_fewer_as_it_says),
	    cmocka_unit_test(all_capabilities_are_all_that_mesos_knows),
	    cmocka_unit_test(another_user_than_root_has_none_in_effect),
	    cmocka_unit_test(what_agents_do_not_allow_is_not_given_and_cannot_be_added),
	    cmocka_unit_test(names_that_are_no_capabilities_are_refused_by_name),
	    cmocka_unit_test(without_the_isolator_nothing_is_said_and_nothing_can_be_asked),
	    cmocka_unit_test(seccomp_profiles_are_those_of_the_container_or_of_its_pod),
	    cmocka_unit_test(no_new_privileges_are_the_agents_to_give),
	    cmocka_unit_test(a_probe_must_not_have_what_its_container_gives_up),
	    cmocka_unit_test(a_command_of_ours_has_what_a_container_has_by_default),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
