#include "tests/unit/unit.h"

#include "kube/node.h"
#include "tests/unit/kube/sample.h"

static const struct kube_node node = {
    .name = "agent-1",
    .labels = {{"kubernetes.io/os", "linux"}, {"kubernetes.io/arch", "amd64"}, {"rack", "r1"}},
    .n_labels = 3,
    .agent_id = "fw-S0",
    .taint_key = "mesos.apache.org/agent",
    .taint_effect = "NoSchedule",
    .capacity = {.cpu_milli = 7500, .memory = (int64_t)16 << 30, .ephemeral_storage = -1, .gpus = -1},
    .allocatable = {.cpu_milli = 500, .memory = (int64_t)1 << 30, .ephemeral_storage = -1, .gpus = -1},
    .extended = {{"mesos.apache.org/widgets", 3, 3}},
    .n_extended = 1,
    .pods = 110,
    .hostname = "Agent_1",
    .kubelet_port = 10250,
    .internal_ip = "10.0.0.1",
    .version = "v1",
    .now_ms = 1795342665000,
};

static void assert_json(const json_t *got, const char *expected)
{
	CLEANUP_JSON json_t *want = sample_json(expected);
	if (!json_equal(got, want)) {
		CLEANUP_FREE char *text = js_text(got);
		fail_msg("got %s", text);
	}
}

static bool has_all_keys(const json_t *got, const json_t *recorded)
{
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)(uintptr_t)recorded, key, v) {
		if (!json_object_get(got, key)) {
			return false;
		}
	}
	return true;
}

static void a_new_node_has_what_a_recorded_one_has(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *body = kube_node_create_body(&node);
	CLEANUP_JSON json_t *recorded = sample_tree("node-01-post.request");
	assert_true(has_all_keys(body, recorded));
	assert_true(has_all_keys(js_at(body, "metadata", NULL), js_at(recorded, "metadata", NULL)));
	assert_true(has_all_keys(js_at(body, "status", NULL), js_at(recorded, "status", NULL)));
	assert_true(has_all_keys(js_at(body, "status", "nodeInfo", NULL), js_at(recorded, "status", "nodeInfo", NULL)));
	assert_json(js_at(body, "metadata", NULL),
		    "{'name':'agent-1','labels':{'kubernetes.io/os':'linux','kubernetes.io/arch':'amd64','rack':'r1'},"
		    "'annotations':{'mesos.apache.org/agent-id':'fw-S0',"
		    "'metrics.k8s.io/resource-metrics-path':'/nodes/agent-1/metrics/resource'}}");
	assert_json(js_at(body, "spec", NULL), "{'taints':[{'key':'mesos.apache.org/agent','effect':'NoSchedule'}]}");
	assert_json(js_at(body, "status", "capacity", NULL),
		    "{'cpu':'7500m','memory':'16Gi','mesos.apache.org/widgets':'3','pods':'110'}");
	assert_json(js_at(body, "status", "allocatable", NULL),
		    "{'cpu':'500m','memory':'1Gi','mesos.apache.org/widgets':'3','pods':'110'}");
	assert_json(js_at(body, "status", "daemonEndpoints", NULL), "{'kubeletEndpoint':{'Port':10250}}");
	assert_json(js_at(body, "status", "addresses", NULL),
		    "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'Hostname','address':'Agent_1'}]");
	assert_string_equal(js_str_at(body, "status", "nodeInfo", "architecture", NULL), "amd64");
}

static void it_is_ready_since_now(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *body = kube_node_create_body(&node);
	json_t *conditions = js_at(body, "status", "conditions", NULL);
	json_t *ready = json_array_get(conditions, json_array_size(conditions) - 1);
	assert_string_equal(js_str(ready, "type"), "Ready");
	assert_string_equal(js_str(ready, "status"), "True");
	assert_string_equal(js_str(ready, "lastHeartbeatTime"), "2026-11-22T10:17:45Z");
}

static void a_patch_leaves_taints_alone_and_replaces_addresses(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *patch = kube_node_patch_body(&node);
	assert_json(patch,
		    "{'metadata':{'labels':{'kubernetes.io/os':'linux','kubernetes.io/arch':'amd64','rack':'r1'},"
		    "'annotations':{'mesos.apache.org/agent-id':'fw-S0',"
		    "'metrics.k8s.io/resource-metrics-path':'/nodes/agent-1/metrics/resource'}}}");
	CLEANUP_JSON json_t *status = kube_node_status_body(&node);
	assert_int_equal(json_object_size(status), 1);
	assert_json(js_at(status, "status", "addresses", NULL),
		    "[{'$patch':'replace'},{'type':'InternalIP','address':'10.0.0.1'},"
		    "{'type':'Hostname','address':'Agent_1'}]");
}

static void a_bare_node_is_valid_too(void **state)
{
	(void)state;
	struct kube_node bare = {.name = "n",
				 .capacity = {1000, -1, 1000, 2},
				 .allocatable = {0, -1, 0, 0},
				 .pods = 1,
				 .now_ms = 1795342665000};
	CLEANUP_JSON json_t *body = kube_node_create_body(&bare);
	assert_json(js_at(body, "spec", NULL), "{}");
	assert_json(js_at(body, "status", "capacity", NULL),
		    "{'cpu':'1','ephemeral-storage':'1000','nvidia.com/gpu':'2','pods':'1'}");
	assert_json(js_at(body, "status", "addresses", NULL), "[{'type':'Hostname','address':'n'}]");
}

#define UNREACHABLE "'key':'node.kubernetes.io/unreachable'"

static void the_taints_of_an_absent_agent_come_and_go_and_no_other_is_touched(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *away = kube_node_away_taints(1795342665000);
	assert_json(away, "[{" UNREACHABLE ",'effect':'NoSchedule','timeAdded':'2026-11-22T10:17:45Z'},"
			  "{" UNREACHABLE ",'effect':'NoExecute','timeAdded':'2026-11-22T10:17:45Z'}]");
	CLEANUP_JSON json_t *had = sample_json("{'metadata':{'resourceVersion':'7'},"
					       "'spec':{'taints':[{'key':'theirs','effect':'NoSchedule'},"
					       "{" UNREACHABLE ",'effect':'NoExecute','timeAdded':'earlier'}]}}");
	CLEANUP_JSON json_t *patch = kube_node_taints_patch(had, away);
	assert_json(patch,
		    "{'metadata':{'resourceVersion':'7'},'spec':{'taints':[{'key':'theirs','effect':'NoSchedule'},"
		    "{" UNREACHABLE ",'effect':'NoExecute','timeAdded':'earlier'},"
		    "{" UNREACHABLE ",'effect':'NoSchedule','timeAdded':'2026-11-22T10:17:45Z'}]}}");
	assert_null(kube_node_taints_patch(patch, away)); /* nothing to be done */
	CLEANUP_JSON json_t *back = kube_node_taints_patch(patch, NULL);
	assert_json(back,
		    "{'metadata':{'resourceVersion':'7'},'spec':{'taints':[{'key':'theirs','effect':'NoSchedule'}]}}");
	assert_null(kube_node_taints_patch(back, NULL));
	CLEANUP_JSON json_t *bare = sample_json("{'metadata':{'resourceVersion':'1'},'spec':{}}");
	assert_null(kube_node_taints_patch(bare, NULL));
	CLEANUP_JSON json_t *first = kube_node_taints_patch(bare, away);
	assert_int_equal(json_array_size(js_at(first, "spec", "taints", NULL)), 2);
}

static void the_conditions_of_an_absent_agent_are_unknown_and_then_as_before(void **state)
{
	(void)state;
	struct kube_node_access access = {0};
	CLEANUP_JSON json_t *away = kube_node_away_body("R", "why", 1795342600000, 1795342665000, &access);
	CLEANUP_JSON json_t *back =
	    kube_node_back_body(1795342665000, 1795342665000, &access, &(struct kube_not_ready){0});
	CLEANUP_JSON json_t *whole = kube_node_create_body(&node);
	json_t *conditions = js_at(away, "status", "conditions", NULL);
	assert_int_equal(json_array_size(conditions), 5);
	assert_json(json_array_get(conditions, 4),
		    "{'type':'Ready','status':'Unknown','reason':'R','message':'why',"
		    "'lastHeartbeatTime':'2026-11-22T10:17:45Z','lastTransitionTime':'2026-11-22T10:16:40Z'}");
	assert_true(json_equal(js_at(back, "status", "conditions", NULL), js_at(whole, "status", "conditions", NULL)));
}

static void whether_the_kubelets_verbs_work_is_a_condition_once_it_is_known(void **state)
{
	(void)state;
	struct kube_node tried = node;
	tried.access = (struct kube_node_access){false, "CredentialsRefused", "why not", 1795342600000};
	CLEANUP_JSON json_t *body = kube_node_status_body(&tried);
	assert_json(json_array_get(js_at(body, "status", "conditions", NULL), 5),
		    "{'type':'KubeletPortReady','status':'False','reason':'CredentialsRefused','message':'why not',"
		    "'lastHeartbeatTime':'2026-11-22T10:17:45Z','lastTransitionTime':'2026-11-22T10:16:40Z'}");
	CLEANUP_JSON json_t *away = kube_node_away_body("R", "why", 1795342600000, 1795342665000, &tried.access);
	assert_string_equal(js_str(json_array_get(js_at(away, "status", "conditions", NULL), 5), "status"), "Unknown");
	CLEANUP_JSON json_t *back = kube_node_back_body(1795342665000, 1795342665000, &tried.access, &node.not_ready);
	assert_string_equal(js_str(json_array_get(js_at(back, "status", "conditions", NULL), 5), "status"), "False");
}

static void a_node_that_is_not_ready_says_why_and_since_when_and_its_other_conditions_stand(void **state)
{
	(void)state;
	struct kube_not_ready why = {"R", "why", 1795342600000};
	CLEANUP_JSON json_t *body = kube_node_back_body(1795342500000, 1795342665000, &node.access, &why);
	json_t *conditions = js_at(body, "status", "conditions", NULL);
	assert_json(json_array_get(conditions, 4),
		    "{'type':'Ready','status':'False','reason':'R','message':'why',"
		    "'lastHeartbeatTime':'2026-11-22T10:17:45Z','lastTransitionTime':'2026-11-22T10:16:40Z'}");
	assert_string_equal(js_str(json_array_get(conditions, 3), "lastTransitionTime"), "2026-11-22T10:15:00Z");
	assert_string_equal(js_str(json_array_get(conditions, 3), "status"), "False");
}

static void a_node_for_all_agents_says_so_and_is_that_of_none(void **state)
{
	(void)state;
	struct kube_node all = node;
	all.of = KUBE_NODE_OF_ALL;
	all.agent_id = NULL;
	CLEANUP_JSON json_t *body = kube_node_create_body(&all);
	const json_t *conditions = js_at(body, "status", "conditions", NULL);
	assert_string_equal(js_str(json_array_get(conditions, 4), "reason"), "StandsForMesosAgents");
	assert_string_equal(js_str(json_array_get(conditions, 4), "status"), "True");
	assert_string_equal(js_str(json_array_get(conditions, 2), "reason"), "NotReportedByMesos");
	/* What an agent of that name left there goes. */
	CLEANUP_JSON json_t *patch = kube_node_patch_body(&all);
	assert_true(json_is_null(js_at(patch, "metadata", "annotations", ANNOTATION_AGENT_ID, NULL)));
	assert_true(kube_node_is_of(body, NULL));
	assert_false(kube_node_is_of(body, "fw-S1"));
	CLEANUP_JSON json_t *one = kube_node_create_body(&node);
	assert_false(kube_node_is_of(one, NULL));
}

static void of_a_node_that_is_only_kept_nothing_changes_but_that_it_is_ready_and_where_its_port_is(void **state)
{
	(void)state;
	struct kube_node kept = {
	    .name = "n", .since_ms = 1, .now_ms = 1795342665000, .internal_ip = "10.0.0.9", .kubelet_port = 10250};
	CLEANUP_JSON json_t *body = kube_node_kept_body(&kept);
	const json_t *status = js_obj(body, "status");
	assert_int_equal(json_object_size(status), 3);
	assert_int_equal(json_array_size(js_arr(status, "conditions")), 5);
	assert_json(js_obj(status, "daemonEndpoints"), "{'kubeletEndpoint':{'Port':10250}}");
	assert_json(js_arr(status, "addresses"), "[{'$patch':'replace'},{'type':'InternalIP','address':'10.0.0.9'},"
						 "{'type':'Hostname','address':'n'}]");
	kept.internal_ip = NULL;
	CLEANUP_JSON json_t *without = kube_node_kept_body(&kept);
	assert_int_equal(json_object_size(js_obj(without, "status")), 1);
}

static void a_node_of_another_adapter_is_not_patched_and_ours_only_as_it_was_read(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *patch = sample_json("{'metadata':{'annotations':{'mesos.apache.org/adapter':'mesos'}}}");
	CLEANUP_JSON json_t *theirs =
	    sample_json("{'metadata':{'resourceVersion':'7','annotations':{'mesos.apache.org/adapter':'other'}}}");
	CLEANUP_JSON json_t *machine =
	    sample_json("{'metadata':{'resourceVersion':'7','labels':{'kubernetes.io/os':'linux'}}}");
	CLEANUP_JSON json_t *nobodys =
	    sample_json("{'metadata':{'resourceVersion':'7','labels':{'node-role.kubernetes.io/mesos-agent':''}}}");
	CLEANUP_JSON json_t *claim = kube_node_claim_patch(nobodys, patch);
	assert_null(kube_node_claim_patch(machine, patch)); /* it has a kubelet */
	assert_null(kube_node_claim_patch(theirs, patch));
	assert_json(claim, "{'metadata':{'resourceVersion':'7','annotations':{'mesos.apache.org/adapter':'mesos'}}}");
}

static void taint_and_labels_of_a_node_are_read(void **state)
{
	(void)state;
	struct kube_node_seen seen;
	CLEANUP_JSON json_t *tree =
	    sample_json("{'metadata':{'name':'n','uid':'u','labels':{'type':'x'}},'spec':{'taints':[{'key':'a'},"
			"{'key':'mesos.apache.org/leaves','value':'draining','effect':'NoSchedule'}]},"
			"'status':{'conditions':[{'type':'Ready','status':'False'}]}}");
	assert_int_equal(kube_node_read(tree, &seen), 0);
	assert_string_equal(seen.leaves, "draining");
	assert_true(seen.not_ready);
	assert_true(kube_node_has_label(&seen, "type=x"));
	assert_false(kube_node_has_label(&seen, "type=y"));
	assert_false(kube_node_has_label(&seen, "typ=x"));
}

static void a_node_stands_for_the_agent_of_its_annotation(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *body = kube_node_create_body(&node);
	CLEANUP_JSON json_t *stranger = sample_json("{'metadata':{'name':'agent-1'}}");
	assert_true(kube_node_is_of(body, "fw-S0"));
	assert_false(kube_node_is_of(body, "fw-S1"));
	assert_false(kube_node_is_of(stranger, "fw-S0"));
}

static void a_node_is_read_again_as_it_was_posted(void **state)
{
	(void)state;
	struct kube_node_seen seen;
	CLEANUP_JSON json_t *body = kube_node_create_body(&node);
	assert_int_equal(kube_node_read(body, &seen), -1); /* it has no uid yet */
	json_object_set_new(js_obj(body, "metadata"), "uid", json_string("u1"));
	assert_int_equal(kube_node_read(body, &seen), 0);
	assert_string_equal(seen.name, "agent-1");
	assert_string_equal(seen.uid, "u1");
	assert_string_equal(seen.agent_id, "fw-S0");
	assert_true(seen.ready);
	assert_false(seen.unschedulable);
	assert_int_equal(seen.since_ms, 1795342665000);
	assert_int_equal(seen.capacity.cpu_milli, 7500);
	assert_int_equal(seen.capacity.memory, (int64_t)16 << 30);
	assert_int_equal(seen.capacity.gpus, -1);
	CLEANUP_JSON json_t *odd = sample_json(
	    "{'metadata':{'name':'n','uid':'u'},'spec':{'unschedulable':true},'status':{'capacity':{'cpu':'many',"
	    "'memory':'-1'},'conditions':[{'type':'Ready','status':'Unknown','lastTransitionTime':'then'},{}]}}");
	assert_int_equal(kube_node_read(odd, &seen), 0);
	assert_null(seen.agent_id);
	assert_true(seen.unschedulable);
	assert_false(seen.ready);
	assert_int_equal(seen.since_ms, 0);
	assert_int_equal(seen.capacity.cpu_milli, -1);
	assert_int_equal(seen.capacity.memory, -1);
}

static void a_lease_is_owned_by_its_node_and_renewed_in_place(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *lease = kube_node_lease_body("agent-1", "u1", 1795342665000);
	CLEANUP_JSON json_t *patch = kube_node_lease_patch("agent-1", 1795342665000);
	assert_json(patch, "{'spec':{'holderIdentity':'agent-1','leaseDurationSeconds':40,"
			   "'renewTime':'2026-11-22T10:17:45.000000Z'}}");
	assert_json(lease,
		    "{'apiVersion':'coordination.k8s.io/v1','kind':'Lease','metadata':{'name':'agent-1',"
		    "'namespace':'kube-node-lease','ownerReferences':[{'apiVersion':'v1','kind':'Node',"
		    "'name':'agent-1','uid':'u1'}]},'spec':{'holderIdentity':'agent-1','leaseDurationSeconds':40,"
		    "'renewTime':'2026-11-22T10:17:45.000000Z'}}");
}

static void a_cordon_of_ours_is_undone_and_no_other(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *free_node = sample_json(
	    "{'metadata':{'resourceVersion':'7'},'spec':{'taints':[{'key':'theirs','effect':'NoSchedule'}]}}");
	CLEANUP_JSON json_t *patch = kube_node_cordon_patch(free_node, "maintenance");
	assert_json(patch,
		    "{'metadata':{'resourceVersion':'7','annotations':{'mesos.apache.org/cordoned-for':'maintenance'}},"
		    "'spec':{'unschedulable':true,'taints':[{'key':'theirs','effect':'NoSchedule'},"
		    "{'key':'mesos.apache.org/leaves','value':'maintenance','effect':'NoSchedule'}]}}");
	assert_null(kube_node_cordon_patch(free_node, NULL));
	CLEANUP_JSON json_t *undone = kube_node_cordon_patch(patch, NULL);
	assert_json(undone, "{'metadata':{'resourceVersion':'7','annotations':{'mesos.apache.org/cordoned-for':null}},"
			    "'spec':{'unschedulable':null,'taints':[{'key':'theirs','effect':'NoSchedule'}]}}");
	CLEANUP_JSON json_t *theirs = sample_json("{'metadata':{'resourceVersion':'7'},'spec':{'unschedulable':true}}");
	CLEANUP_JSON json_t *taint = kube_node_cordon_patch(theirs, "draining");
	assert_json(taint, "{'metadata':{'resourceVersion':'7'},'spec':{'taints':"
			   "[{'key':'mesos.apache.org/leaves','value':'draining','effect':'NoSchedule'}]}}");
	CLEANUP_JSON json_t *both =
	    sample_json("{'metadata':{'resourceVersion':'7'},'spec':{'unschedulable':true,'taints':"
			"[{'key':'mesos.apache.org/leaves','value':'draining','effect':'NoSchedule'}]}}");
	CLEANUP_JSON json_t *kept = kube_node_cordon_patch(both, NULL);
	assert_json(kept, "{'metadata':{'resourceVersion':'7'},'spec':{'taints':[]}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_node_has_what_a_recorded_one_has),
	    cmocka_unit_test(it_is_ready_since_now),
	    cmocka_unit_test(a_patch_leaves_taints_alone_and_replaces_addresses),
	    cmocka_unit_test(a_bare_node_is_valid_too),
	    cmocka_unit_test(the_taints_of_an_absent_agent_come_and_go_and_no_other_is_touched),
	    cmocka_unit_test(the_conditions_of_an_absent_agent_are_unknown_and_then_as_before),
	    cmocka_unit_test(whether_the_kubelets_verbs_work_is_a_condition_once_it_is_known),
	    cmocka_unit_test(a_node_that_is_not_ready_says_why_and_since_when_and_its_other_conditions_stand),
	    cmocka_unit_test(a_node_for_all_agents_says_so_and_is_that_of_none),
	    cmocka_unit_test(of_a_node_that_is_only_kept_nothing_changes_but_that_it_is_ready_and_where_its_port_is),
	    cmocka_unit_test(a_node_of_another_adapter_is_not_patched_and_ours_only_as_it_was_read),
	    cmocka_unit_test(taint_and_labels_of_a_node_are_read),
	    cmocka_unit_test(a_node_stands_for_the_agent_of_its_annotation),
	    cmocka_unit_test(a_node_is_read_again_as_it_was_posted),
	    cmocka_unit_test(a_cordon_of_ours_is_undone_and_no_other),
	    cmocka_unit_test(a_lease_is_owned_by_its_node_and_renewed_in_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
