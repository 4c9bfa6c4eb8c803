#include "tests/unit/unit.h"

#include "kube/pod_status.h"
#include "kube/text.h"
#include "tests/unit/kube/sample.h"

#define T0 1795342665000 /* 2026-11-22T10:17:45Z */

static void assert_json(json_t *owned, const char *expected)
{
	CLEANUP_JSON json_t *want = sample_json(expected);
	if (!json_equal(owned, want)) {
		CLEANUP_FREE char *got = js_text(owned);
		fail_msg("got %s", got);
	}
	json_decref(owned);
}

static void a_waiting_pod_is_written_as_the_api_wants_it(void **state)
{
	(void)state;
	struct kube_container_report c = {
	    .name = "main", .image = "busybox", .now = {.state = CONTAINER_WAITING, .reason = "ContainerCreating"}};
	struct kube_pod_report report = {
	    .phase = POD_PHASE_PENDING,
	    .host_ip = "10.0.0.1",
	    .start_ms = T0,
	    .conditions = {{.type = POD_SCHEDULED, .status = CONDITION_TRUE, .since_ms = T0},
			   {.type = POD_READY,
			    .status = CONDITION_FALSE,
			    .reason = "ContainersNotReady",
			    .message = "containers with unready status: [main]",
			    .since_ms = T0}},
	    .n_conditions = 2,
	    .containers = &c,
	    .n_containers = 1};
	assert_json(kube_pod_status_patch("u-1", &report),
		    "{'metadata':{'uid':'u-1'},'status':{'phase':'Pending','reason':null,'message':null,"
		    "'hostIP':'10.0.0.1','hostIPs':[{'$patch':'replace'},{'ip':'10.0.0.1'}],'podIP':null,'podIPs':null,"
		    "'startTime':'2026-11-22T10:17:45Z','conditions':["
		    "{'type':'PodScheduled','status':'True','lastProbeTime':null,"
		    "'lastTransitionTime':'2026-11-22T10:17:45Z','reason':null,'message':null},"
		    "{'type':'Ready','status':'False','lastProbeTime':null,"
		    "'lastTransitionTime':'2026-11-22T10:17:45Z','reason':'ContainersNotReady',"
		    "'message':'containers with unready status: [main]'}],"
		    "'containerStatuses':[{'name':'main','state':{'waiting':{'reason':'ContainerCreating'}},"
		    "'lastState':{},'ready':false,'restartCount':0,'image':'busybox','imageID':'','started':false}]}}");
}

static void a_restarted_container_shows_both_runs(void **state)
{
	(void)state;
	struct kube_container_report c = {
	    .name = "main",
	    .image = "busybox",
	    .now = {.state = CONTAINER_RUNNING, .started_ms = T0, .container_id = "mesos://b"},
	    .has_last = true,
	    .last = {.state = CONTAINER_TERMINATED,
		     .exit_code = 139,
		     .signal = 11,
		     .reason = "Error",
		     .message = "core",
		     .finished_ms = T0,
		     .container_id = "mesos://a"},
	    .restart_count = 1,
	    .ready = true,
	    .started = true,
	};
	struct kube_container_report i = {
	    .name = "init",
	    .image = "b",
	    .now = {.state = CONTAINER_TERMINATED, .reason = "Completed", .started_ms = T0}};
	struct kube_pod_report report = {.phase = POD_PHASE_RUNNING,
					 .reason = "R",
					 .message = "M",
					 .pod_ip = "10.9.8.7",
					 .containers = &c,
					 .n_containers = 1,
					 .init_containers = &i,
					 .n_init_containers = 1};
	assert_json(
	    kube_pod_status_patch("u-1", &report),
	    "{'metadata':{'uid':'u-1'},'status':{'phase':'Running','reason':'R','message':'M','hostIP':null,'hostIPs':"
	    "null,"
	    "'podIP':'10.9.8.7','podIPs':[{'$patch':'replace'},{'ip':'10.9.8.7'}],'startTime':null,'conditions':[],"
	    "'initContainerStatuses':[{'name':'init','state':{'terminated':{'exitCode':0,'reason':'Completed',"
	    "'startedAt':'2026-11-22T10:17:45Z','finishedAt':null}},'lastState':{},'ready':false,'restartCount':0,"
	    "'image':'b','imageID':'','started':false}],"
	    "'containerStatuses':[{'name':'main','state':{'running':{'startedAt':'2026-11-22T10:17:45Z'}},"
	    "'lastState':{'terminated':{'exitCode':139,'signal':11,'reason':'Error','message':'core','startedAt':null,"
	    "'finishedAt':'2026-11-22T10:17:45Z','containerID':'mesos://a'}},'ready':true,'restartCount':1,"
	    "'image':'busybox','imageID':'','containerID':'mesos://b','started':true}]}}");
}

static void a_status_says_which_spec_it_is_of_where_specs_are_counted(void **state)
{
	(void)state;
	struct kube_pod_report report = {.conditions = {{.type = POD_READY, .status = CONDITION_TRUE, .since_ms = T0}},
					 .n_conditions = 1};
	CLEANUP_JSON json_t *uncounted = kube_pod_status_patch("u-1", &report);
	report.observed_generation = 7;
	CLEANUP_JSON json_t *counted = kube_pod_status_patch("u-1", &report);
	const json_t *before = js_obj(uncounted, "status"), *after = js_obj(counted, "status");
	assert_null(json_object_get(before, "observedGeneration"));
	assert_null(json_object_get(json_array_get(js_arr(before, "conditions"), 0), "observedGeneration"));
	assert_int_equal(js_int(after, "observedGeneration", 0), 7);
	assert_int_equal(js_int(json_array_get(js_arr(after, "conditions"), 0), "observedGeneration", 0), 7);
}

static void a_container_says_what_it_has_and_an_answer_to_a_resize_is_taken_back(void **state)
{
	(void)state;
	struct kube_resources has = {.requests = {1500, 64 << 20, -1, -1}, .limits = {2000, 64 << 20, 1000, 1}};
	struct kube_container_report c = {.name = "main", .image = "busybox", .resources = &has};
	struct kube_pod_report report = {.containers = &c, .n_containers = 1, .resize_over = true};
	CLEANUP_JSON json_t *patch = kube_pod_status_patch("u-1", &report);
	const json_t *status = js_obj(patch, "status");
	const json_t *main_status = json_array_get(js_arr(status, "containerStatuses"), 0);
	assert_json(json_deep_copy(json_object_get(main_status, "allocatedResources")),
		    "{'cpu':'1500m','memory':'64Mi'}");
	assert_json(json_deep_copy(json_object_get(main_status, "resources")),
		    "{'requests':{'cpu':'1500m','memory':'64Mi'},'limits':{'cpu':'2','memory':'64Mi',"
		    "'ephemeral-storage':'1000','nvidia.com/gpu':'1'}}");
	assert_json(json_deep_copy(json_object_get(status, "conditions")),
		    "[{'$patch':'delete','type':'PodResizePending'}]");
}

static struct kube_pod *stored(const struct kube_pod_report *report)
{
	CLEANUP_JSON json_t *patch = kube_pod_status_patch(SAMPLE_UID, report);
	json_t *tree = sample_tree("pod-create-09-automount-off");
	json_object_set(tree, "status", json_object_get(patch, "status"));
	return sample_decode(tree, NULL);
}

/* The status that a real API server stored from such a patch reads back as what was written. */
static void what_is_written_reads_back(void **state)
{
	(void)state;
	struct kube_container_report c = {
	    .name = "main",
	    .image = "busybox",
	    .now = {.state = CONTAINER_WAITING, .reason = "CrashLoopBackOff", .message = "back-off"},
	    .has_last = true,
	    .last = {.state = CONTAINER_TERMINATED,
		     .exit_code = 3,
		     .reason = "Error",
		     .started_ms = T0,
		     .finished_ms = T0 + 1000,
		     .container_id = "mesos://a"},
	    .restart_count = 5,
	};
	struct kube_pod_report report = {
	    .phase = POD_PHASE_RUNNING, .start_ms = T0, .containers = &c, .n_containers = 1};
	struct kube_pod *pod = stored(&report);
	assert_int_equal(pod->phase, POD_PHASE_RUNNING);
	assert_true(pod->start_ms == T0);
	assert_int_equal(pod->statuses[0].restart_count, 5);
	assert_int_equal(pod->statuses[0].exit_code, 3);
	assert_string_equal(pod->statuses[0].reason, "Error");
	assert_string_equal(pod->statuses[0].last_container_id, "mesos://a");
	assert_string_equal(pod->statuses[0].container_id, "mesos://a");
	assert_true(pod->statuses[0].last_finished_ms == T0 + 1000);
	kube_pod_free(pod);
}

static void assert_stored(const struct kube_pod_report *report, bool same, const struct kube_pod *pod)
{
	if ((kube_pod_report_hash(report) == pod->status_hash) != same) {
		CLEANUP_JSON json_t *o = kube_pod_status_patch("u-1", report);
		CLEANUP_FREE char *text = js_text(o);
		fail_msg("%s: %s", same ? "not recognised" : "taken for another", text);
	}
}

static void a_stored_status_is_told_from_every_other(void **state)
{
	(void)state;
	struct kube_run ended = {.state = CONTAINER_TERMINATED,
				 .reason = "Error",
				 .message = "m",
				 .exit_code = 3,
				 .signal = 9,
				 .started_ms = T0 + 1,
				 .finished_ms = T0 + 2345,
				 .container_id = "mesos://a"};
	struct kube_run runs = {.state = CONTAINER_RUNNING, .started_ms = T0, .container_id = "mesos://b"};
	struct kube_run waits = {.state = CONTAINER_WAITING, .reason = "CrashLoopBackOff", .message = "back-off"};
	struct kube_container_report c = {.name = "main", .image = "busybox", .ready = true, .started = true}, i = c;
	struct kube_resources has = {.requests = {100, 1 << 20, -1, -1}, .limits = {-1, -1, 5, 2}};
	c.resources = &has;
	struct kube_container_report added = {.name = "debugger", .now = ended};
	struct kube_pod_report first = {
	    .phase = POD_PHASE_RUNNING,
	    .reason = "R",
	    .message = "M",
	    .host_ip = "10.0.0.1",
	    .pod_ip = "10.9.8.7",
	    .start_ms = T0 + 999,
	    .observed_generation = 2,
	    .conditions = {{.type = POD_READY, .status = CONDITION_FALSE, .reason = "r", .since_ms = T0 + 7},
			   {.type = POD_SCHEDULED, .status = CONDITION_TRUE, .since_ms = T0}},
	    .n_conditions = 2,
	    .init_containers = &i,
	    .n_init_containers = 1,
	    .containers = &c,
	    .n_containers = 1,
	    .ephemeral = &added,
	    .n_ephemeral = 1};
	const struct kube_run *now[] = {&ended, &runs, &waits};
	for (size_t k = 0; k < 6; k++) {
		c.now = *now[k % 3];
		c.has_last = k >= 3;
		c.last = ended;
		i.now = ended;
		struct kube_pod *pod = stored(&first);
		assert_stored(&first, true, pod);
		struct kube_pod_report r = first;
		r.conditions[0] = first.conditions[1];
		r.conditions[1] = first.conditions[0];
		assert_stored(&r, true, pod);
		r.conditions[0].since_ms += 1000;
		assert_stored(&r, false, pod);
		r = first;
		r.conditions[0].status = CONDITION_UNKNOWN;
		assert_stored(&r, false, pod);
		r = first;
		r.conditions[0].message = "new";
		assert_stored(&r, false, pod);
		r = first;
		r.n_conditions = 1;
		assert_stored(&r, false, pod);
		r = first;
		r.phase = POD_PHASE_FAILED;
		assert_stored(&r, false, pod);
		r = first;
		r.pod_ip = NULL;
		assert_stored(&r, false, pod);
		r = first;
		r.start_ms += 1000;
		assert_stored(&r, false, pod);
		r = first;
		r.observed_generation++;
		assert_stored(&r, false, pod);
		c.restart_count++;
		assert_stored(&first, false, pod);
		c.restart_count--;
		c.ready = false;
		assert_stored(&first, false, pod);
		c.ready = true;
		c.has_last = !c.has_last;
		assert_stored(&first, false, pod);
		c.has_last = !c.has_last;
		i.now.exit_code++;
		assert_stored(&first, false, pod);
		i.now.exit_code--;
		added.now.exit_code++;
		assert_stored(&first, false, pod);
		added.now.exit_code--;
		has.limits.gpus++;
		assert_stored(&first, false, pod);
		has.limits.gpus--;
		c.resources = NULL;
		assert_stored(&first, false, pod);
		c.resources = &has;
		assert_stored(&first, true, pod);
		kube_pod_free(pod);
	}
}

static void conditions_are_read_with_their_times_and_those_of_others_left_alone(void **state)
{
	(void)state;
	json_t *tree = sample_tree("pod-create-09-automount-off");
	json_object_set_new(
	    tree, "status",
	    sample_json("{'conditions':[{'type':'Ready','status':'False','reason':'R',"
			"'lastTransitionTime':'2026-11-22T10:17:45Z'},{'type':'example.org/gate','status':'True'},7,"
			"{'type':'PodScheduled','status':'odd'},{'type':'Ready','status':'True'}]}"));
	struct kube_pod *pod = sample_decode(tree, NULL);
	assert_true(pod->conditions[POD_READY].present);
	assert_int_equal(pod->conditions[POD_READY].status, CONDITION_FALSE);
	assert_string_equal(pod->conditions[POD_READY].reason, "R");
	assert_true(pod->conditions[POD_READY].since_ms == T0);
	assert_int_equal(pod->conditions[POD_SCHEDULED].status, CONDITION_UNKNOWN);
	assert_false(pod->conditions[POD_INITIALIZED].present);
	kube_pod_free(pod);
}

static void text_is_cut_at_characters_and_never_loses_its_message(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
		size_t max;
	} rows[] = {
	    {"", "", 10},
	    {"abc", "abc", 10},
	    {"abc", "ab", 2},
	    {"a\u00e9", "a", 2},
	    {"a\u00e9", "a\u00e9", 3},
	    {"\u20ac\u20ac", "\u20ac", 5},
	    {"\U0001f600", "", 3},
	    {"\U0001f600", "\U0001f600", 4},
	    {"a\xff z", "a? z", 10},
	    {"\xc3", "?", 10},
	    {"\xc0\xaf", "??", 10},
	    {"\xe0\x80\x80", "???", 10},
	    {"\xed\xa0\x80", "???", 10},
	    {"\xf4\x90\x80\x80", "????", 10},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_JSON json_t *got = kube_text(rows[i].in, rows[i].max);
		assert_non_null(got);
		assert_string_equal(json_string_value(got), rows[i].out);
	}
	assert_true(json_is_null(kube_text(NULL, 5)));
}

static void a_message_that_is_no_utf8_still_makes_a_patch(void **state)
{
	(void)state;
	struct kube_pod_report report = {.phase = POD_PHASE_FAILED, .message = "bad \xfe byte"};
	CLEANUP_JSON json_t *patch = kube_pod_status_patch("u", &report);
	assert_string_equal(js_str_at(patch, "status", "message", NULL), "bad ? byte");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_waiting_pod_is_written_as_the_api_wants_it),
	    cmocka_unit_test(a_restarted_container_shows_both_runs),
	    cmocka_unit_test(a_status_says_which_spec_it_is_of_where_specs_are_counted),
	    cmocka_unit_test(a_container_says_what_it_has_and_an_answer_to_a_resize_is_taken_back),
	    cmocka_unit_test(what_is_written_reads_back),
	    cmocka_unit_test(a_stored_status_is_told_from_every_other),
	    cmocka_unit_test(conditions_are_read_with_their_times_and_those_of_others_left_alone),
	    cmocka_unit_test(text_is_cut_at_characters_and_never_loses_its_message),
	    cmocka_unit_test(a_message_that_is_no_utf8_still_makes_a_patch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
