/* Resources of a pod as a whole: a pod's JSON in, what each of its tasks and its executor take out, exactly. */
#include <string.h>

#include "mesos/resources.h"
#include "tests/unit/kube/sample.h"
#include "tests/unit/translate/master.h"
#include "tests/unit/unit.h"
#include "translate/plan.h"

#define ROLE "kubernetes"
#define ITEMS_MAX 10

/* "cpus mem", in thousandths, and "/ cpus mem" for limits. */
static char *amounts_text(const json_t *info)
{
	const json_t *limits = js_obj(info, "limits");
	const json_t *resources = js_arr(info, "resources");
	CLEANUP_FREE char *taken =
	    xasprintf("%.0f %.0f", master_scalar(resources, "cpus") * 1000, master_scalar(resources, "mem") * 1000);
	return !limits ? xasprintf("%s", taken)
		       : xasprintf("%s / %.0f %.0f", taken, js_num(js_obj(limits, "cpus"), "value", 0) * 1000,
				   js_num(js_obj(limits, "mem"), "value", 0) * 1000);
}

static void put(json_t *to, const char *name, const json_t *info)
{
	CLEANUP_FREE char *text = amounts_text(info);
	json_object_set_new(to, name, json_string(text));
}

static size_t items_of(const struct kube_pod *pod, bool pause, struct plan_item ret[ITEMS_MAX])
{
	size_t n = 0;
	if (pause) {
		ret[n++] = (struct plan_item){NULL, 0};
	}
	for (size_t i = 0; i < pod->n_init_containers; i++) {
		ret[n++] = (struct plan_item){&pod->init_containers[i], 0};
	}
	for (size_t i = 0; i < pod->n_containers; i++) {
		ret[n++] = (struct plan_item){&pod->containers[i], 0};
	}
	return n;
}

/* What the pod needs is what the master is asked for, when it is all launched at once. */
static json_t *shown(const json_t *operations, const struct pod_need *need)
{
	json_t *o = json_object(), *operation;
	size_t i;
	json_array_foreach (operations, i, operation) {
		const json_t *tasks = js_at(operation, "launch_group", "task_group", "tasks", NULL);
		const json_t *task = json_array_get(tasks, 0);
		const char *id = js_str_at(task, "task_id", "value", NULL);
		CLEANUP_FREE char *name = xstrdup(strchr(id, '.') + 1);
		*strchr(name, '.') = '\0';
		put(o, name, task);
	}
	put(o, "executor", js_at(json_array_get(operations, 0), "launch_group", "executor", NULL));
	json_object_set_new(o, "total", json_pack("[I,I]", (json_int_t)need->total.cpus, (json_int_t)need->total.mem));
	return o;
}

static json_t *planned(const struct kube_pod *pod, struct err *e)
{
	const struct plan_target target = {"fw-0", "fw-S0", ROLE, true, &(struct pod_site){.node_name = "n"}};
	struct plan_item items[ITEMS_MAX];
	struct translate_config config;
	struct mesos_resources pool;
	struct pod_need need;
	struct master master;
	CLEANUP_JSON json_t *operations = json_array();
	translate_config_init(&config);
	mesos_resources_init(&pool);
	mesos_resources_put_scalar(&pool, "cpus", 64000, ROLE);
	mesos_resources_put_scalar(&pool, "mem", 640000000, ROLE);
	mesos_resources_put_scalar(&pool, "disk", 640000000, ROLE);
	master_init(&master, "fw-0", "fw-S0", &pool);
	int bad = pod_need_make(pod, &config, &need, e) ||
		  plan_append(pod, items, items_of(pod, need.pause, items), &target, &config, &pool, operations, e);
	if (!bad && !master_accepts(&master, operations)) {
		fail_msg("%s", master.violation);
	}
	master_done(&master);
	mesos_resources_done(&pool);
	return bad ? NULL : shown(operations, &need);
}

struct row {
	const char *spec, *plan; /* "!…": the refusal */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err e = {0};
		CLEANUP_FREE char *spec = xasprintf("'enableServiceLinks':false,%s", rows[i].spec);
		struct kube_pod *pod = sample_spec(spec, &e);
		CLEANUP_JSON json_t *got = pod ? planned(pod, &e) : NULL;
		CLEANUP_FREE char *text = got ? js_text(got) : xasprintf("!%s", e.text);
		CLEANUP_JSON json_t *wanted = *rows[i].plan == '!' ? NULL : sample_json(rows[i].plan);
		if (wanted ? !json_equal(got, wanted) : strcmp(text, rows[i].plan) != 0) {
			fail_msg("%s became %s", rows[i].spec, text);
		}
		kube_pod_free(pod);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(*(rows)))

#define NEVER "'restartPolicy':'Never',"
#define WHOLE(requests, limits) "'resources':{'requests':{" requests "},'limits':{" limits "}},"
#define C(name, resources) "{'name':'" name "','image':'i','resources':{" resources "}}"
#define SIDECAR(name, resources) "{'name':'" name "','image':'i','restartPolicy':'Always','resources':{" resources "}}"
#define REQ(cpu, memory) "'requests':{'cpu':'" cpu "','memory':'" memory "'}"
#define LIM(cpu, memory) "'limits':{'cpu':'" cpu "','memory':'" memory "'}"

static void a_container_alone_has_all_of_it(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {NEVER WHOLE("'cpu':1,'memory':'1Gi'", "") "'containers':[" C("a", "") "]",
	     "{'a':'1000 1024000','executor':'10 32000','total':[1010,1056000]}"},
	    {NEVER WHOLE("'cpu':1", "'cpu':2,'memory':'1Gi'") "'containers':[" C("a", "") "]",
	     "{'a':'1000 1024000 / 2000 1024000','executor':'10 32000','total':[1010,1056000]}"},
	    {NEVER WHOLE("", "'memory':'1Gi'") "'containers':[" C("a", "'requests':{'memory':'512Mi'}") "]",
	     "{'a':'100 512000 / 0 1024000','executor':'10 32000','total':[110,544000]}"},
	    {NEVER "'resources':{},'containers':[" C("a", "") "]",
	     "{'a':'100 32000','executor':'10 32000','total':[110,64000]}"},
	};
	CHECK(rows);
}

static void what_the_containers_leave_is_the_pauses_or_the_executors(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {WHOLE("'cpu':2,'memory':'1Gi'", "") "'containers':[" C("a", REQ("1", "256Mi")) "]",
	     "{'_pause':'1001 769000','a':'1000 256000','executor':'10 32000','total':[2011,1057000]}"},
	    {NEVER WHOLE("'cpu':2,'memory':'1Gi'", "") "'containers':[" C("a", REQ("1", "256Mi")) "]",
	     "{'a':'1000 256000','executor':'1010 800000','total':[2010,1056000]}"},
	    /* what several cannot share equally, too */
	    {WHOLE("'cpu':'10m'", "") "'containers':[" C("a", "") "," C("b", "") "," C("c", "") "]",
	     "{'_pause':'2 1000','a':'3 32000','b':'3 32000','c':'3 32000','executor':'10 32000','total':[21,129000]}"},
	};
	CHECK(rows);
}

static void those_that_request_nothing_share_what_the_others_leave(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {WHOLE("'cpu':3,'memory':'1Gi'", "") "'containers':[" C("a", REQ("1", "512Mi")) "," C("b", "") "," C(
		 "c", "'requests':{'memory':'256Mi'}") "]",
	     "{'_pause':'1 1000','a':'1000 512000','b':'1000 256000','c':'1000 256000','executor':'10 32000',"
	     "'total':[3011,1057000]}"},
	    /* nothing is left: as without */
	    {WHOLE("'cpu':1", "") "'containers':[" C("a", "'requests':{'cpu':1}") "," C("b", "") "]",
	     "{'_pause':'1 1000','a':'1000 32000','b':'100 32000','executor':'10 32000','total':[1111,97000]}"},
	    /* never more than its own limit */
	    {WHOLE("'cpu':2", "") "'containers':[" C("a", "'requests':{'cpu':0},'limits':{'cpu':'500m'}") "]",
	     "{'_pause':'1501 1000','a':'500 32000 / 500 0','executor':'10 32000','total':[2011,65000]}"},
	};
	CHECK(rows);
}

/* The pool is large enough for all of them at once. */
static void an_init_container_has_what_the_sidecars_before_it_leave(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {WHOLE("'cpu':2,'memory':'1Gi'", "") "'initContainers':[" C("i", "") "," SIDECAR(
		 "s", REQ("500m", "256Mi")) "," C("j", "") "],'containers':[" C("a", "") "]",
	     "{'_pause':'1 1000','i':'2000 1024000','s':'500 256000','j':'1500 768000','a':'1500 768000',"
	     "'executor':'10 32000','total':[2011,1057000]}"},
	    {WHOLE("'cpu':2", "") "'initContainers':[" SIDECAR("s", "") "," C("i", "") "],'containers':[" C("a",
													    "") "]",
	     "{'_pause':'1 1000','s':'1000 32000','i':'1000 32000','a':'1000 32000','executor':'10 32000',"
	     "'total':[2011,97000]}"},
	};
	CHECK(rows);
}

#define ALONE ", and Mesos limits each task alone"

static void a_limit_is_kept_or_refused(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {WHOLE("", "'memory':'1Gi'") "'initContainers':[" C("i", "") "],'containers':[" C("a", "") "]",
	     "{'_pause':'1 1000','i':'100 1024000 / 0 1024000','a':'100 1024000 / 0 1024000','executor':'10 32000',"
	     "'total':[111,1057000]}"},
	    {WHOLE("", "'cpu':2") "'containers':[" C("a", "'limits':{'cpu':1}") "," C("b", "'limits':{'cpu':1}") "]",
	     "{'_pause':'1 1000','a':'1000 32000 / 1000 0','b':'1000 32000 / 1000 0','executor':'10 32000',"
	     "'total':[2011,97000]}"},
	    {WHOLE("", "'cpu':2") "'containers':[" C("a", "'limits':{'cpu':1}") "," C("b",
										      "'limits':{'cpu':'1001m'}") "]",
	     "!not supported: spec.resources.limits.cpu: the limits of containers that run at once are more" ALONE},
	    {WHOLE("", "'memory':'1Gi'") "'containers':[" C("a", "'limits':{'memory':'1Mi'}") "," C("b", "") "]",
	     "!not supported: spec.resources.limits.memory: container b runs beside others without a limit of its "
	     "own" ALONE},
	    {WHOLE("", "'memory':'1Gi'") "'initContainers':[" SIDECAR("s", "'limits':{'memory':'1Mi'}") "," C(
		 "i", "") "],'containers':[" C("a", "'limits':{'memory':'1Mi'}") "]",
	     "!not supported: spec.resources.limits.memory: container i runs beside others without a limit of its "
	     "own" ALONE},
	    {WHOLE("'cpu':2", "'cpu':1") "'containers':[" C("a", "'requests':{'cpu':2}") "]",
	     "!not supported: spec.resources.limits.cpu: below the request"},
	};
	CHECK(rows);
}

static void only_cpu_and_memory_are_those_of_a_pod(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {WHOLE("'ephemeral-storage':1", "") "'containers':[" C("a", "") "]",
	     "!not supported: spec.resources.requests[ephemeral-storage] (only cpu and memory are those of a pod)"},
	    {WHOLE("", "'hugepages-2Mi':1") "'containers':[" C("a", "") "]",
	     "!not supported: spec.resources.limits[hugepages-2Mi] (Mesos has no huge pages)"},
	    {"'resources':{'claims':[{'name':'x'}]},'containers':[" C("a", "") "]",
	     "!not supported: spec.resources.claims (no dynamic resource allocation)"},
	    {WHOLE("'cpu':'-1'", "") "'containers':[" C("a", "") "]",
	     "!pod default/web: spec.resources.requests[cpu]: must not be negative"},
	};
	CHECK(rows);
}

static void an_ephemeral_container_has_no_part_of_it_and_runs_where_no_limit_is_to_be_kept(void **state)
{
	(void)state;
	static const struct {
		const char *whole, *refusal;
	} rows[] = {
	    {WHOLE("'cpu':2", ""), NULL},
	    {WHOLE("", "'memory':'1Gi'"), "not supported: spec.ephemeralContainers[dbg]: the pod has limits as a "
					  "whole" ALONE},
	};
	struct translate_config config;
	translate_config_init(&config);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		CLEANUP_FREE char *spec =
		    xasprintf("%s'containers':[" C("a", "") "],'ephemeralContainers':[{'name':'dbg','image':'i'}]",
			      rows[i].whole);
		struct kube_pod *pod = sample_spec(spec, &e);
		assert_int_equal(ephemeral_check(pod, 0, &config, &e), rows[i].refusal ? -1 : 0);
		assert_string_equal(rows[i].refusal ? e.text : "", rows[i].refusal ? rows[i].refusal : "");
		assert_int_equal(container_amounts(pod, &pod->ephemeral[0].container, &config).cpus, 100);
		kube_pod_free(pod);
	}
}

static void absurd_amounts_saturate(void **state)
{
	(void)state;
	struct translate_config config;
	struct pod_need need;
	struct err e = {0};
	translate_config_init(&config);
	struct kube_pod *pod =
	    sample_spec("'overhead':{'cpu':'9e15'}," WHOLE("'cpu':'9e15','memory':'9e15'",
							   "'cpu':'9e15'") "'containers':[{'name':'a','image':'b'}]",
			&e);
	assert_int_equal(pod_need_make(pod, &config, &need, &e), 0);
	assert_true(need.total.cpus > MESOS_SCALAR_MAX_MILLI && need.total.cpus <= 3 * MESOS_SCALAR_MAX_MILLI);
	assert_true(need.total.mem > 0);
	kube_pod_free(pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_container_alone_has_all_of_it),
	    cmocka_unit_test(what_the_containers_leave_is_the_pauses_or_the_executors),
	    cmocka_unit_test(those_that_request_nothing_share_what_the_others_leave),
	    cmocka_unit_test(an_init_container_has_what_the_sidecars_before_it_leave),
	    cmocka_unit_test(a_limit_is_kept_or_refused),
	    cmocka_unit_test(only_cpu_and_memory_are_those_of_a_pod),
	    cmocka_unit_test(an_ephemeral_container_has_no_part_of_it_and_runs_where_no_limit_is_to_be_kept),
	    cmocka_unit_test(absurd_amounts_saturate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
