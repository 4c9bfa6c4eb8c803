#include "tests/unit/unit.h"

#include "mesos/resources.h"
#include "tests/unit/kube/sample.h"
#include "translate/need.h"

static void need_of(struct kube_pod *pod, struct pod_need *ret)
{
	struct translate_config config;
	struct err e = {0};
	translate_config_init(&config);
	assert_non_null(pod);
	if (pod_need_make(pod, &config, ret, &e)) {
		fail_msg("%s", e.text);
	}
	kube_pod_free(pod);
}

static void assert_amounts(struct amounts got, int64_t cpus, int64_t mem, int64_t disk, int64_t gpus)
{
	assert_int_equal(got.cpus, cpus);
	assert_int_equal(got.mem, mem);
	assert_int_equal(got.disk, disk);
	assert_int_equal(got.gpus, gpus);
}

static void a_pod_costs_its_containers_its_pause_and_its_executor(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(sample_pod("pod-create-09-automount-off"), &need);
	assert_true(need.pause);
	assert_amounts(need.total, 100 + 1 + 10, 32000 + 1000 + 32000, 1000, 0);
	need_of(sample_spec("'restartPolicy':'Never','containers':[{'name':'a','image':'b','resources':{'limits':"
			    "{'cpu':'2','memory':'100M','nvidia.com/gpu':2,'ephemeral-storage':'1Gi'}}}]",
			    NULL),
		&need);
	assert_false(need.pause);
	assert_amounts(need.total, 2010, 95368 + 32000, 1024000 + 1000, 2000); /* 100,000,000 / 2^20 rounded up */
}

static void the_overhead_of_a_pod_is_a_part_of_its_cost(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(sample_spec("'restartPolicy':'Never','overhead':{'cpu':'250m','memory':'64Mi'},"
			    "'containers':[{'name':'a','image':'b'}]",
			    NULL),
		&need);
	assert_amounts(need.total, 100 + 10 + 250, 32000 + 32000 + 64000, 1000, 0);
}

static void init_containers_count_by_the_largest_only(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(
	    sample_spec("'restartPolicy':'Never','initContainers':["
			"{'name':'i','image':'b','resources':{'requests':{'cpu':'3','memory':'1Mi'}}},"
			"{'name':'j','image':'b','resources':{'requests':{'cpu':'1','memory':'1Gi'}}}],"
			"'containers':[{'name':'a','image':'b','resources':{'requests':{'cpu':'1','memory':'64Mi'}}},"
			"{'name':'c','image':'b','resources':{'requests':{'cpu':'1','memory':'64Mi'}}}]",
			NULL),
	    &need);
	assert_true(need.pause);
	assert_amounts(need.total, 3000 + 11, 1024000 + 33000, 1000, 0);
}

static void only_a_lone_container_that_never_restarts_goes_without_pause(void **state)
{
	(void)state;
	static const struct {
		const char *spec;
		bool pause;
	} rows[] = {
	    {"'restartPolicy':'Never','containers':[{'name':'a','image':'b'}]", false},
	    {"'restartPolicy':'OnFailure','containers':[{'name':'a','image':'b'}]", true},
	    {"'restartPolicy':'Always','containers':[{'name':'a','image':'b'}]", true},
	    {"'containers':[{'name':'a','image':'b'}]", true},
	    {"'restartPolicy':'Never','containers':[{'name':'a','image':'b'},{'name':'c','image':'b'}]", true},
	    {"'restartPolicy':'Never','initContainers':[{'name':'i','image':'b'}],'containers':[{'name':'a','image':'b'"
	     "}]",
	     true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pod_need need;
		need_of(sample_spec(rows[i].spec, NULL), &need);
		assert_int_equal(need.pause, rows[i].pause);
	}
}

static void host_ports_are_listed_once(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(sample_container(
		    "'ports':[{'containerPort':80},{'containerPort':53,'hostPort':31053},"
		    "{'containerPort':53,'hostPort':31053,'protocol':'UDP'},{'containerPort':1,'hostPort':31000}]",
		    NULL),
		&need);
	assert_int_equal(need.n_ports, 2);
	assert_int_equal(need.ports[0], 31053);
	assert_int_equal(need.ports[1], 31000);
}

static void amounts_of_zero_take_the_default_but_never_more_than_the_limit(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(sample_spec("'restartPolicy':'Never','containers':[{'name':'a','image':'b','resources':{"
			    "'requests':{'cpu':0,'memory':'0'},'limits':{'cpu':'50m'}}}]",
			    NULL),
		&need);
	assert_amounts(need.total, 50 + 10, 32000 + 32000, 1000, 0);
}

static void absurd_amounts_saturate(void **state)
{
	(void)state;
	struct pod_need need;
	need_of(sample_spec("'restartPolicy':'Never','containers':["
			    "{'name':'a','image':'b','resources':{'requests':{'cpu':'9e15','memory':'9e15'}}},"
			    "{'name':'c','image':'b','resources':{'requests':{'cpu':'9e15','nvidia.com/gpu':'9e15'}}}]",
			    NULL),
		&need);
	assert_true(need.total.cpus > MESOS_SCALAR_MAX_MILLI && need.total.cpus <= 3 * MESOS_SCALAR_MAX_MILLI);
	assert_true(need.total.mem > 0 && need.total.gpus == MESOS_SCALAR_MAX_MILLI);
}

static void refusals_name_the_field(void **state)
{
	(void)state;
	static const struct {
		const char *spec, *text;
	} rows[] = {
	    {"'containers':[{'name':'a','image':'b','stdin':true,'workingDir':'/'}],'hostnameOverride':'x'",
	     "not supported: spec.hostnameOverride (the host name is the agent's), spec.containers[a].workingDir (only "
	     "together with a command), spec.containers[a].stdin (not without tty)"},
	    {"'containers':[{'name':'a','image':'b','a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1,'j':1}]",
	     "not supported: spec.containers[a].a (not known), spec.containers[a].b (not known), spec.containers[a].c "
	     "(not known), spec.containers[a].d (not known), spec.containers[a].e (not known), spec.containers[a].f "
	     "(not known), spec.containers[a].g (not known), spec.containers[a].h (not known) and 2 more"},
	    {"'containers':[{'name':'a','image':'b','resources':{'limits':{'hugepages-2Mi':'2Mi','example.com/x':1}}}]",
	     "not supported: spec.containers[a].resources.limits[hugepages-2Mi] (Mesos has no huge pages), "
	     "spec.containers[a].resources.limits[example.com/x] (no resource of an agent)"},
	    {"'containers':[{'name':'a'}]", "not supported: spec.containers[a].image: none is given"},
	    {"'containers':[{'name':'a','image':'b','command':['']}]",
	     "not supported: spec.containers[a].command: its first word is empty"},
	    {"'containers':[{'name':'a','image':'b','resources':{'requests':{'cpu':2},'limits':{'cpu':1}}}]",
	     "not supported: spec.containers[a].resources.limits.cpu: below the request"},
	    {"'initContainers':[{'name':'i','image':'b','resources':{'requests':{'memory':'2M'},'limits':"
	     "{'memory':'1M'}}}],'containers':[{'name':'a','image':'b'}]",
	     "not supported: spec.initContainers[i].resources.limits.memory: below the request"},
	    {"'containers':[{'name':'a','image':'b','ports':[{'containerPort':1,'hostPort':31000}]},"
	     "{'name':'c','image':'b','ports':[{'containerPort':1,'hostPort':31000}]}]",
	     "not supported: spec.containers[c].ports: host port 31000, which another container of the pod has"},
	};
	struct translate_config config;
	translate_config_init(&config);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		struct pod_need need = {.n_ports = 7};
		struct kube_pod *pod = sample_spec(rows[i].spec, &e);
		assert_non_null(pod);
		assert_int_equal(pod_need_make(pod, &config, &need, &e), -1);
		assert_string_equal(e.text, rows[i].text);
		assert_int_equal(e.code, ERR_UNSUPPORTED);
		assert_int_equal(need.n_ports, 7);
		kube_pod_free(pod);
	}
}

static void expansion_that_explodes_is_refused_before_launch(void **state)
{
	(void)state;
	struct translate_config config;
	struct pod_need need;
	struct err e;
	char members[2000];
	size_t at = (size_t)snprintf(members, sizeof(members), "'env':[{'name':'V0','value':'0123456789abcdef'}");
	for (int i = 1; i < 30; i++) {
		at += (size_t)snprintf(members + at, sizeof(members) - at, ",{'name':'V%d','value':'$(V%d)$(V%d)'}", i,
				       i - 1, i - 1);
	}
	snprintf(members + at, sizeof(members) - at, "]");
	translate_config_init(&config);
	struct kube_pod *pod = sample_container(members, &e);
	assert_int_equal(pod_need_make(pod, &config, &need, &e), -1);
	assert_string_equal(e.text, "not supported: spec.containers[app]: env[V13]: too long after expansion");
	kube_pod_free(pod);
}

static void assert_ephemeral(const char *members, const char *wanted)
{
	CLEANUP_FREE char *spec = xasprintf("'restartPolicy':'Never','volumes':[{'name':'v','emptyDir':{}}],"
					    "'containers':[{'name':'app','image':'i'}],"
					    "'ephemeralContainers':[{'name':'dbg'%s}]",
					    members);
	struct kube_pod *pod = sample_spec(spec, NULL);
	struct pod_need need;
	struct translate_config config;
	struct err e = {0};
	translate_config_init(&config);
	assert_int_equal(pod_need_make(pod, &config, &need, NULL), 0);
	assert_false(need.pause);
	assert_int_equal(need.total.cpus, 110); /* nothing of its pod is another for it */
	assert_int_equal(ephemeral_check(pod, 0, &config, &e), wanted ? -1 : 0);
	assert_string_equal(wanted ? e.text : "", wanted ? wanted : "");
	assert_amounts(container_amounts(pod, &pod->ephemeral[0].container, &config), 100, 32000, 0, 0);
	kube_pod_free(pod);
}

static void what_is_wrong_with_an_ephemeral_container_is_its_own_affair(void **state)
{
	(void)state;
	assert_ephemeral(",'image':'i','tty':true,'stdin':true,'volumeMounts':[{'name':'v','mountPath':'/v'}]", NULL);
	assert_ephemeral("", "not supported: spec.ephemeralContainers[dbg].image: none is given");
	assert_ephemeral(",'image':'i','stdin':true",
			 "not supported: spec.ephemeralContainers[dbg].stdin (not without tty)");
	assert_ephemeral(",'image':'i','command':['']",
			 "not supported: spec.ephemeralContainers[dbg].command: its first word is empty");
	assert_ephemeral(",'image':'i','ports':[{'containerPort':80}]",
			 "not supported: spec.ephemeralContainers[dbg].ports (Kubernetes allows it for other "
			 "containers only)");
	assert_ephemeral(",'image':7", "pod default/web: spec.ephemeralContainers[dbg].image: not a string");
	assert_ephemeral(",'image':'i','volumeMounts':[{'name':'none','mountPath':'/v'}]",
			 "pod default/web: spec.ephemeralContainers[dbg].volumeMounts[/v].name: no such volume");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pod_costs_its_containers_its_pause_and_its_executor),
	    cmocka_unit_test(the_overhead_of_a_pod_is_a_part_of_its_cost),
	    cmocka_unit_test(init_containers_count_by_the_largest_only),
	    cmocka_unit_test(only_a_lone_container_that_never_restarts_goes_without_pause),
	    cmocka_unit_test(host_ports_are_listed_once),
	    cmocka_unit_test(amounts_of_zero_take_the_default_but_never_more_than_the_limit),
	    cmocka_unit_test(absurd_amounts_saturate),
	    cmocka_unit_test(refusals_name_the_field),
	    cmocka_unit_test(expansion_that_explodes_is_refused_before_launch),
	    cmocka_unit_test(what_is_wrong_with_an_ephemeral_container_is_its_own_affair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
