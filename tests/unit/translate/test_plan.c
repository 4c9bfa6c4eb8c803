#include "tests/unit/unit.h"

#include "tests/unit/kube/sample.h"
#include "tests/unit/translate/master.h"
#include "translate/plan.h"

#define FRAMEWORK "fw-0000"
#define AGENT "fw-S0"
#define ROLE "kubernetes"

static const struct pod_site site = {.node_name = "agent-1", .host_ip = "10.0.0.1", .pod_ip = "10.0.0.1"};
static const struct plan_target fresh = {FRAMEWORK, AGENT, ROLE, true, &site};
static const struct plan_target again = {FRAMEWORK, AGENT, ROLE, false, &site};

/* 8 cpus, 8 GB, 10 GB, 2 gpus, ports 31000-31999, allocated to the role. */
static void offered(struct mesos_resources *ret)
{
	CLEANUP_JSON json_t *array = sample_json(
	    "[{'name':'ports','type':'RANGES','ranges':{'range':[{'begin':31000,'end':31999}]},"
	    "'allocation_info':{'role':'" ROLE "'}},"
	    "{'name':'cpus','type':'SCALAR','scalar':{'value':8},'allocation_info':{'role':'" ROLE "'}},"
	    "{'name':'gpus','type':'SCALAR','scalar':{'value':2},'allocation_info':{'role':'" ROLE "'}},"
	    "{'name':'mem','type':'SCALAR','scalar':{'value':8192},'allocation_info':{'role':'" ROLE "'}},"
	    "{'name':'disk','type':'SCALAR','scalar':{'value':10000},'allocation_info':{'role':'" ROLE "'}}]");
	mesos_resources_init(ret);
	assert_int_equal(mesos_resources_decode(array, ret, NULL), 0);
}

/* Plan the containers (and the pause task) of a pod; the master must accept it. Returns the operations. */
static json_t *plan_whole(const struct kube_pod *pod, bool pause)
{
	struct translate_config config;
	struct mesos_resources pool;
	struct plan_item items[10] = {{NULL, 0}};
	struct master master;
	struct err e = {0};
	size_t n = pause;
	translate_config_init(&config);
	offered(&pool);
	master_init(&master, FRAMEWORK, AGENT, &pool);
	for (size_t i = 0; i < pod->n_containers; i++) {
		items[n++] = (struct plan_item){&pod->containers[i], 0};
	}
	json_t *operations = json_array();
	if (plan_append(pod, items, n, &fresh, &config, &pool, operations, &e)) {
		fail_msg("%s", e.text);
	}
	if (!master_accepts(&master, operations)) {
		fail_msg("%s", master.violation);
	}
	/* What the master took is what we took. */
	assert_int_equal(mesos_resources_available(&pool, "cpus", ROLE),
			 mesos_resources_available(&master.pool, "cpus", ROLE));
	assert_int_equal(mesos_resources_available(&pool, "mem", ROLE),
			 mesos_resources_available(&master.pool, "mem", ROLE));
	struct amounts sum = plan_amounts(pod, items, n, &config);
	amounts_add(&sum, executor_amounts(pod, &config));
	assert_int_equal(mesos_resources_available(&pool, "cpus", ROLE), 8000 - sum.cpus);
	assert_int_equal(mesos_resources_available(&pool, "disk", ROLE), 10000000 - sum.disk);
	master_done(&master);
	mesos_resources_done(&pool);
	return operations;
}

static json_t *task_of(const json_t *operations, size_t i)
{
	json_t *tasks = js_at(json_array_get(operations, i), "launch_group", "task_group", "tasks", NULL);
	return json_array_get(tasks, 0);
}

static json_t *task_for(const char *container_members)
{
	struct err e = {0};
	struct kube_pod *pod = sample_container(container_members, &e);
	if (!pod) {
		fail_msg("%s", e.text);
	}
	json_t *operations = plan_whole(pod, false);
	json_t *task = json_incref(task_of(operations, 0));
	json_decref(operations);
	kube_pod_free(pod);
	return task;
}

static void assert_json(const json_t *got, const char *expected)
{
	CLEANUP_JSON json_t *want = sample_json(expected);
	if (!json_equal(got, want)) {
		CLEANUP_FREE char *text = got ? js_text(got) : xstrdup("nothing");
		fail_msg("got %s, expected %s", text, expected);
	}
}

/* Every member of the recorded tree is in ours, and of the same type; volumes are not offered. */
static bool has_shape(const json_t *ours, const json_t *recorded)
{
	const char *key;
	json_t *v;
	if (json_is_number(ours) && json_is_number(recorded)) {
		return true;
	}
	if (json_typeof(ours) != json_typeof(recorded)) {
		return false;
	}
	json_object_foreach ((json_t *)(uintptr_t)recorded, key, v) {
		json_t *own = json_object_get(ours, key);
		if (strcmp(key, "volumes") && (!own || !has_shape(own, v))) {
			fprintf(stderr, "%s differs\n", key);
			return false;
		}
	}
	for (size_t i = 0; i < json_array_size(recorded); i++) {
		json_t *own = json_array_get(ours, i);
		if (own && !has_shape(own, json_array_get(recorded, i))) {
			return false;
		}
	}
	return true;
}

static void operations_have_the_shape_that_a_master_accepted(void **state)
{
	(void)state;
	json_error_t je;
	CLEANUP_JSON json_t *recorded =
	    json_load_file(TEST_DATA "/translate/26-pod-sandbox-pause-02-accept.json", 0, &je);
	struct kube_pod *pod = sample_container("'command':['sh','-c','echo']", NULL);
	CLEANUP_JSON json_t *operations = plan_whole(pod, true);
	assert_int_equal(json_array_size(operations), 2);
	assert_true(has_shape(operations, js_at(recorded, "accept", "operations", NULL)));
	kube_pod_free(pod);
}

static void the_executor_is_the_same_in_every_group_and_later(void **state)
{
	(void)state;
	struct translate_config config;
	struct mesos_resources pool;
	struct kube_pod *pod = sample_container("", NULL);
	CLEANUP_JSON json_t *first = plan_whole(pod, true), *second = json_array();
	translate_config_init(&config);
	offered(&pool);
	struct plan_item restart = {&pod->containers[0], 1};
	assert_int_equal(plan_append(pod, &restart, 1, &again, &config, &pool, second, NULL), 0);
	assert_int_equal(mesos_resources_available(&pool, "disk", ROLE),
			 10000000); /* the executor's is not taken again */
	assert_int_equal(mesos_resources_available(&pool, "cpus", ROLE), 7900);
	json_t *executor = js_at(json_array_get(first, 0), "launch_group", "executor", NULL);
	assert_json(executor,
		    "{'type':'DEFAULT','executor_id':{'value':'" SAMPLE_UID "'},"
		    "'framework_id':{'value':'" FRAMEWORK "'},'resources':["
		    "{'name':'cpus','type':'SCALAR','scalar':{'value':0.01},'allocation_info':{'role':'" ROLE "'}},"
		    "{'name':'mem','type':'SCALAR','scalar':{'value':32.0},'allocation_info':{'role':'" ROLE "'}},"
		    "{'name':'disk','type':'SCALAR','scalar':{'value':1.0},'allocation_info':{'role':'" ROLE "'}}]}");
	assert_true(json_equal(executor, js_at(json_array_get(first, 1), "launch_group", "executor", NULL)));
	assert_true(json_equal(executor, js_at(json_array_get(second, 0), "launch_group", "executor", NULL)));
	assert_string_equal(js_str_at(task_of(second, 0), "task_id", "value", NULL), SAMPLE_UID ".app.1");
	mesos_resources_done(&pool);
	kube_pod_free(pod);
}

static void the_pause_task_needs_no_image_and_ends_at_sigterm(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_container("", NULL);
	CLEANUP_JSON json_t *operations = plan_whole(pod, true);
	json_t *pause = task_of(operations, 0);
	assert_json(js_obj(pause, "command"), "{'shell':true,'value':'exec sleep infinity'}");
	assert_json(js_obj(pause, "container"), "{'type':'MESOS','linux_info':{'share_cgroups':false}}");
	assert_string_equal(js_str_at(pause, "task_id", "value", NULL), SAMPLE_UID "._pause.0");
	kube_pod_free(pod);
}

static void commands_map_as_the_recorded_matrix_says(void **state)
{
	(void)state;
	static const struct {
		const char *members, *command;
	} rows[] = {
	    {"", "{'shell':false}"},
	    {"'command':['/bin/echo','x']", "{'shell':false,'value':'/bin/echo','arguments':['/bin/echo','x']}"},
	    {"'command':['sh','-c'],'args':['a b']", "{'shell':false,'value':'sh','arguments':['sh','-c','a b']}"},
	    {"'args':['a0','a1']", "{'shell':false,'arguments':['a0','a1']}"},
	    {"'env':[{'name':'A','value':'1'}]",
	     "{'shell':false,'environment':{'variables':[{'name':'A','value':'1'}]}}"},
	    {"'args':['$(A)$$(A)$(B)'],'env':[{'name':'A','value':'1'}]",
	     "{'shell':false,'arguments':['1$(A)$(B)'],'environment':{'variables':[{'name':'A','value':'1'}]}}"},
	    {"'env':[{'name':'A','value':'1'},{'name':'A','value':'$(A)2'}]",
	     "{'shell':false,'environment':{'variables':[{'name':'A','value':'12'}]}}"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_JSON json_t *task = task_for(rows[i].members);
		sample_take_host_name(js_obj(task, "command"));
		assert_json(js_obj(task, "command"), rows[i].command);
	}
}

static void a_container_with_a_terminal_gets_one(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *task = task_for("'tty':true,'stdin':true,'stdinOnce':true");
	assert_json(js_obj(task, "container"), "{'type':'MESOS','mesos':{'image':{'type':'DOCKER','docker':{'name':"
					       "'busybox'}}},'tty_info':{},'linux_info':{'share_cgroups':false}}");
}

static void images_limits_and_grace_are_carried_over(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *task =
	    task_for("'imagePullPolicy':'Always','resources':{'limits':{'cpu':'1500m','memory':'64Mi'},"
		     "'requests':{'cpu':'100m'}}");
	assert_json(js_obj(task, "container"),
		    "{'type':'MESOS','mesos':{'image':{'type':'DOCKER','docker':{'name':'busybox'},"
		    "'cached':false}},'linux_info':{'share_cgroups':false}}");
	assert_json(js_obj(task, "limits"), "{'cpus':{'value':1.5},'mem':{'value':64}}");
	assert_json(js_obj(task, "kill_policy"), "{'grace_period':{'nanoseconds':30000000000}}");
	assert_json(js_arr(task, "resources"),
		    "[{'name':'cpus','type':'SCALAR','scalar':{'value':0.1},'allocation_info':{'role':'" ROLE "'}},"
		    "{'name':'mem','type':'SCALAR','scalar':{'value':64.0},'allocation_info':{'role':'" ROLE "'}}]");
	CLEANUP_JSON json_t *plain = task_for("");
	assert_null(js_obj(plain, "limits"));
	assert_null(js_at(plain, "container", "mesos", "image", "cached", NULL));
}

static void labels_and_name_tell_whose_task_it_is_and_nothing_else(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *task = task_for("'env':[{'name':'PASSWORD','value':'hunter2'}]");
	assert_string_equal(js_str(task, "name"), "default/web/app");
	assert_json(js_obj(task, "labels"), "{'labels':[{'key':'io.kubernetes.pod.namespace','value':'default'},"
					    "{'key':'io.kubernetes.pod.name','value':'web'},"
					    "{'key':'io.kubernetes.container.name','value':'app'}]}");
}

static void host_ports_disks_and_gpus_are_taken(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *task = task_for(
	    "'ports':[{'containerPort':1,'hostPort':31005},{'containerPort':53,'hostPort':31053,'protocol':'UDP'},"
	    "{'containerPort':53,'hostPort':31053}],'resources':{'limits':{'nvidia.com/gpu':1,"
	    "'ephemeral-storage':'1Gi'},'requests':{'ephemeral-storage':'1Mi'}}");
	size_t i;
	json_t *r;
	bool ports = false;
	assert_true(master_scalar(js_arr(task, "resources"), "gpus") == 1);
	assert_true(master_scalar(js_arr(task, "resources"), "disk") == 1024);
	json_array_foreach (js_arr(task, "resources"), i, r) {
		if (!strcmp(js_str(r, "name"), "ports")) {
			ports = true;
			assert_json(js_at(r, "ranges", NULL),
				    "{'range':[{'begin':31005,'end':31005},{'begin':31053,'end':31053}]}");
		}
	}
	assert_true(ports);
}

static void a_short_pool_changes_nothing(void **state)
{
	(void)state;
	static const char *const members[] = {
	    "'resources':{'requests':{'cpu':'7999m'}}",
	    "'resources':{'requests':{'memory':'8192Mi'}}",
	    "'resources':{'requests':{'ephemeral-storage':'10000Mi'}}",
	    "'resources':{'limits':{'nvidia.com/gpu':3}}",
	    "'ports':[{'containerPort':80,'hostPort':80}]",
	};
	struct translate_config config;
	translate_config_init(&config);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		struct mesos_resources pool;
		struct err e = {0};
		struct kube_pod *pod = sample_container(members[i], NULL);
		struct plan_item items[] = {{NULL, 0}, {&pod->containers[0], 0}};
		CLEANUP_JSON json_t *operations = sample_json("['before']");
		offered(&pool);
		assert_int_equal(plan_append(pod, items, 2, &fresh, &config, &pool, operations, &e), -1);
		assert_int_equal(e.code, ERR_LIMIT);
		assert_json(operations, "['before']");
		assert_int_equal(mesos_resources_available(&pool, "cpus", ROLE), 8000);
		assert_int_equal(mesos_resources_available(&pool, "mem", ROLE), 8192000);
		mesos_resources_done(&pool);
		kube_pod_free(pod);
	}
}

static void an_executor_is_never_put_on_reserved_resources(void **state)
{
	(void)state;
	struct translate_config config;
	struct mesos_resources pool;
	struct err e = {0};
	CLEANUP_JSON json_t *array =
	    sample_json("[{'name':'cpus','type':'SCALAR','scalar':{'value':8},'allocation_info':{'role':'" ROLE "'},"
			"'reservations':[{'type':'STATIC','role':'" ROLE "'}]}]");
	mesos_resources_init(&pool);
	assert_int_equal(mesos_resources_decode(array, &pool, NULL), 0);
	translate_config_init(&config);
	struct kube_pod *pod = sample_container("", NULL);
	struct plan_item item = {&pod->containers[0], 0};
	CLEANUP_JSON json_t *operations = json_array();
	assert_int_equal(plan_append(pod, &item, 1, &fresh, &config, &pool, operations, &e), -1);
	assert_string_equal(e.text, "pod default/web: too little unreserved cpus, mem or disk for its executor");
	mesos_resources_done(&pool);
	kube_pod_free(pod);
}

static void an_absurd_grace_period_stays_a_number(void **state)
{
	(void)state;
	struct kube_pod *pod = sample_spec("'containers':[{'name':'app','image':'b'}],"
					   "'terminationGracePeriodSeconds':9223372036854775807",
					   NULL);
	CLEANUP_JSON json_t *operations = plan_whole(pod, false);
	assert_json(js_obj(task_of(operations, 0), "kill_policy"),
		    "{'grace_period':{'nanoseconds':1000000000000000000}}");
	kube_pod_free(pod);
}

/* The model of the master's checks must be able to say no. */
static void the_model_refuses_what_a_master_refused(void **state)
{
	(void)state;
	static const struct {
		const char *path[5];
		const char *value, *violation;
	} rows[] = {
	    {{"task", "task_id", "value"}, "'a/b'", "ID contains invalid characters"},
	    {{"task", "task_id", "value"}, "''", "ID must not be empty"},
	    {{"task", "task_id", "value"}, "'..'", "'..' is disallowed"},
	    {{"task", "agent_id", "value"}, "'zzz-S0'", "Task uses invalid agent"},
	    {{"task", "resources"}, "[]", "Task uses no resources"},
	    {{"task", "container", "type"}, "'DOCKER'", "Docker ContainerInfo is not supported on the task"},
	    {{"task", "command", "shell"}, "true", "Shell specified but no command value provided"},
	    {{"task", "limits"},
	     "{'cpus':{'value':0.05}}",
	     "The cpu limit must be greater than or equal to the cpu request"},
	    {{"executor", "resources"}, "[]", "Executor uses no resources"},
	    {{"executor", "framework_id"}, "null", "'ExecutorInfo.framework_id' must be set"},
	};
	struct kube_pod *pod = sample_container("", NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_JSON json_t *operations = plan_whole(pod, false);
		struct mesos_resources pool;
		struct master master;
		offered(&pool);
		master_init(&master, FRAMEWORK, AGENT, &pool);
		json_t *at = !strcmp(rows[i].path[0], "task")
				 ? task_of(operations, 0)
				 : js_at(json_array_get(operations, 0), "launch_group", "executor", NULL);
		size_t k = 1;
		for (; rows[i].path[k + 1]; k++) {
			at = json_object_get(at, rows[i].path[k]);
		}
		CLEANUP_FREE char *wrapped = xasprintf("[%s]", rows[i].value);
		CLEANUP_JSON json_t *value = sample_json(wrapped);
		json_object_set(at, rows[i].path[k], json_array_get(value, 0));
		assert_false(master_accepts(&master, operations));
		assert_string_equal(master.violation, rows[i].violation);
		master_done(&master);
		mesos_resources_done(&pool);
	}
	kube_pod_free(pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operations_have_the_shape_that_a_master_accepted),
	    cmocka_unit_test(the_executor_is_the_same_in_every_group_and_later),
	    cmocka_unit_test(the_pause_task_needs_no_image_and_ends_at_sigterm),
	    cmocka_unit_test(commands_map_as_the_recorded_matrix_says),
	    cmocka_unit_test(a_container_with_a_terminal_gets_one),
	    cmocka_unit_test(images_limits_and_grace_are_carried_over),
	    cmocka_unit_test(labels_and_name_tell_whose_task_it_is_and_nothing_else),
	    cmocka_unit_test(host_ports_disks_and_gpus_are_taken),
	    cmocka_unit_test(a_short_pool_changes_nothing),
	    cmocka_unit_test(an_executor_is_never_put_on_reserved_resources),
	    cmocka_unit_test(an_absurd_grace_period_stays_a_number),
	    cmocka_unit_test(the_model_refuses_what_a_master_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
