/* One node that stands for all agents. */
#include <stdlib.h>
#include <string.h>

#include "adapter/look.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"
#define CPUS(n) "'resources':{'requests':{'cpu':'" n "'}}"
#define ON_ALL "'nodeName':'mesos'"

static void begin_with(bool aggregate)
{
	w.cfg.aggregate = aggregate;
	w.cfg.scheduler = "mesos";
	world_restart(&w);
}

static void begin(void)
{
	begin_with(true);
	world_begin(&w);
}

static void two_agents(void)
{
	begin();
	world_offer(&w, "o1", "a1", ROOM, "rack=r1");
	world_offer(&w, "o2", "a2", ROOM, "rack=r2");
	world_wait(&w, 0);
	world_good_day(&w);
}

static const char *annotation(const json_t *o, const char *name)
{
	return js_str_at(o, "metadata", "annotations", name, NULL);
}

static const char *agent_of(const char *name)
{
	return annotation(world_object(&w, name), "mesos.apache.org/agent-id");
}

static const char *node_of(const char *name)
{
	return js_str_at(world_object(&w, name), "spec", "nodeName", NULL);
}

static const char *amount(const struct effect *f, const char *list, const char *name)
{
	return js_str_at(f->body_status, "status", list, name, NULL);
}

static void node_is(const char *name, const char *agent, const char *leaves, bool ready)
{
	struct kube_node_seen node = {
	    .name = name,
	    .uid = name,
	    .agent_id = agent,
	    .adapter = "mesos",
	    .ready = ready,
	    .leaves = leaves,
	    .unschedulable = leaves != NULL,
	    .capacity = {-1, -1, -1, -1},
	};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
}

static void node_is_gone(const char *name)
{
	world_event(&w, &(struct core_event){.type = CORE_NODE_GONE, .uid = name});
}

/* A pod that others bound to the node is launched on the agent of this offer. */
static void launched_there(const char *name, const char *offer, const char *agent)
{
	world_offer(&w, offer, agent, ROOM, "");
	world_good_day(&w);
	assert_string_equal(agent_of(name), agent);
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	assert_non_null(accept);
	assert_string_equal(accept->agent_id, agent);
	world_run(&w, accept);
	assert_string_equal(world_phase(&w, name), "Running");
}

/* ---- what it says ---- */

static void all_agents_are_one_node_that_is_as_large_as_they_are_together(void **state)
{
	(void)state;
	w.cfg.max_pods = 20;
	two_agents();
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
	const struct effect *made = world_last(&w, EFFECT_UPSERT_NODE);
	assert_string_equal(made->node, "mesos");
	assert_null(made->agent_id);
	assert_null(annotation(made->body, "mesos.apache.org/agent-id"));
	assert_string_equal(annotation(made->body, "mesos.apache.org/adapter"), "mesos");
	assert_string_equal(amount(made, "capacity", "cpu"), "16");
	assert_string_equal(amount(made, "allocatable", "cpu"), "16");
	assert_string_equal(amount(made, "capacity", "pods"), "40");
	assert_null(js_str_at(made->body, "metadata", "labels", "rack", NULL));
	assert_string_equal(js_str_at(made->body, "metadata", "labels", "kubernetes.io/hostname", NULL), "mesos");
}

static void more_agents_are_told_after_a_moment_however_many_come(void **state)
{
	(void)state;
	w.cfg.node_change_ms = 30000;
	two_agents();
	for (int i = 0; i < 5; i++) {
		CLEANUP_FREE char *agent = xasprintf("b%d", i), *offer = xasprintf("ob%d", i);
		world_offer(&w, offer, agent, ROOM, "");
		world_wait(&w, 100);
	}
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 0);
	world_wait(&w, 5000);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 1);
	assert_string_equal(amount(world_last(&w, EFFECT_NODE_STATUS), "capacity", "cpu"), "56");
	world_good_day(&w);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_NODE_STATUS), 1);
}

static void what_an_agent_that_is_to_be_taken_away_has_left_is_not_allocatable(void **state)
{
	(void)state;
	w.cfg.node_change_ms = 30000;
	two_agents();
	world_listed(&w, "a1", ROOM, true, false);
	world_wait(&w, 5000);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	assert_non_null(told);
	assert_string_equal(amount(told, "capacity", "cpu"), "16");
	assert_string_equal(amount(told, "allocatable", "cpu"), "8");
}

static void one_lease_is_renewed(void **state)
{
	(void)state;
	two_agents();
	node_is("mesos", NULL, NULL, true);
	assert_int_equal(world_count(&w, EFFECT_RENEW_LEASE), 1);
	world_agent_failed(&w, "a1");
	world_agent_failed(&w, "a2");
	world_disconnected(&w);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_LEAVE_LEASE), 0);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 0);
}

static void when_somebody_deletes_it_it_is_made_again(void **state)
{
	(void)state;
	two_agents();
	node_is("mesos", NULL, NULL, true);
	node_is_gone("mesos");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

static void when_the_cluster_took_it_for_dead_it_is_written_anew(void **state)
{
	(void)state;
	begin_with(true);
	node_is("mesos", NULL, NULL, false); /* the condition Ready is Unknown */
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 0);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 1);
}

static void one_of_another_adapter_is_left_alone(void **state)
{
	(void)state;
	begin_with(true);
	struct kube_node_seen node = {
	    .name = "mesos", .uid = "u", .adapter = "other", .ready = true, .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_begin(&w);
	assert_false(core_has_node(w.core, "mesos"));
	world_app(&w, "theirs", "", ON_ALL);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 5000);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 0);
	assert_int_equal(world_count(&w, EFFECT_PATCH_STATUS), 0);
}

/* ---- pods ---- */

static void a_pod_of_ours_is_bound_to_it_and_keeps_the_agent_that_was_chosen(void **state)
{
	(void)state;
	struct core_look look;
	struct err e = {0};
	two_agents();
	world_app(&w, "web", "", "'nodeSelector':{'rack':'r2'}");
	world_offer(&w, "o3", "a1", ROOM, "rack=r1");
	world_offer(&w, "o4", "a2", ROOM, "rack=r2");
	world_good_day(&w);
	assert_string_equal(node_of("web"), "mesos");
	assert_string_equal(agent_of("web"), "a2");
	assert_string_equal(world_said(&w, "web", "Scheduled"),
			    "Successfully assigned default/web to mesos, Mesos agent a2");
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(js_str_at(world_object(&w, "web"), "status", "hostIP", NULL), "10.0.0.1");
	assert_int_equal(core_look(w.core, "default", "web", NULL, "app", &look, &e), 0);
	assert_string_equal(look.node, "mesos");
	assert_string_equal(look.agent_id, "a2");
}

static void its_name_as_host_name_is_any_agent(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "any", "", "'nodeSelector':{'kubernetes.io/hostname':'mesos'}");
	world_app(&w, "none", "", "'nodeSelector':{'kubernetes.io/hostname':'a9'}");
	world_offer(&w, "o3", "a1", ROOM, "");
	world_good_day(&w);
	assert_string_equal(agent_of("any"), "a1");
	assert_null(agent_of("none"));
}

static void after_a_restart_what_was_bound_is_asked_of_on_its_agent(void **state)
{
	(void)state;
	two_agents();
	world_running(&w, "web", "", "");
	world_restart(&w);
	world_synced(&w);
	world_show(&w, "web");
	world_subscribed(&w, "fw");
	const struct effect *ask = world_last(&w, EFFECT_RECONCILE);
	assert_non_null(ask);
	assert_true(effect_has_id(ask, "uid-web.app.0"));
	assert_string_equal(ask->others[0], "a1");
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
}

static void one_that_others_bound_waits_for_any_offer_that_fits(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "set", CPUS("4"), ON_ALL);
	world_offer(&w, "o3", "a1", "cpus:1;mem:8192;disk:10000", "");
	world_wait(&w, 2000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 0);
	assert_string_equal(world_phase(&w, "set"), "Pending");
	const json_t *state_of = js_at(world_container(&w, "set", "app"), "state", "waiting", NULL);
	assert_non_null(strstr(js_str(state_of, "message"), "agents fit"));
	const char *scheduled = js_str(world_condition(&w, "set", "PodScheduled"), "status");
	assert_string_equal(scheduled, "True");
	launched_there("set", "o4", "a2");
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 1);
}

static void nothing_of_it_is_launched_before_its_agent_is_stored(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "set", "", ON_ALL);
	world_offer(&w, "o3", "a1", ROOM, "");
	const struct effect *adopt = world_last(&w, EFFECT_ADOPT_POD);
	world_skip(&w);
	world_result(&w, adopt, ERR_CONFLICT);
	world_rescind(&w, "o3");
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	launched_there("set", "o4", "a2");
}

static void one_whose_agent_was_stored_after_all_is_asked_of_there(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "set", "", ON_ALL ",'restartPolicy':'Never'");
	world_offer(&w, "o3", "a1", ROOM, "");
	struct effect *adopt = world_last(&w, EFFECT_ADOPT_POD);
	world_skip(&w);
	world_apply(&w, adopt);
	world_result(&w, adopt, ERR_TIMEOUT);
	world_show(&w, "set");
	world_wait(&w, 20000);
	world_offer(&w, "o4", "a2", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ADOPT_POD), 1);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-set.app.0"));
	world_answer(&w, "uid-set.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_offer(&w, "o5", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(world_last(&w, EFFECT_ACCEPT)->agent_id, "a1");
}

static void one_that_is_deleted_while_it_waits_is_removed_by_us(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "set", CPUS("100"), ON_ALL);
	world_good_day(&w);
	world_delete(&w, "set", 30);
	world_good_day(&w);
	assert_null(world_object(&w, "set"));
}

static void one_that_cannot_be_translated_fails(void **state)
{
	(void)state;
	two_agents();
	world_app(&w, "odd", "", ON_ALL ",'hostPID':true");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "odd"), "Failed");
	assert_string_equal(js_str_at(world_object(&w, "odd"), "status", "reason", NULL), "Unsupported");
}

static void one_that_is_larger_than_any_agent_fails_though_they_could_take_it_together(void **state)
{
	(void)state;
	two_agents();
	world_listed(&w, "a1", ROOM, false, false);
	world_listed(&w, "a2", ROOM, false, false);
	world_app(&w, "large", CPUS("9"), ON_ALL);
	world_app(&w, "own", CPUS("9"), "");
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "large"), "Pending"); /* larger agents may not be back yet */
	world_wait(&w, 120000);
	world_listed(&w, "a1", ROOM, false, false);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "large"), "Failed");
	assert_string_equal(js_str_at(world_object(&w, "large"), "status", "message", NULL),
			    "Pod was rejected: Node didn't have enough resource: cpu, requested: 9011, used: 0, "
			    "capacity: 8000");
	assert_string_equal(world_phase(&w, "own"), "Pending");
	world_listed(&w, "a3", "cpus:16;mem:65536;disk:10000", false, false);
	world_app(&w, "fits", CPUS("9"), ON_ALL);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "fits"), "Pending");
}

static void a_cordon_keeps_away_pods_of_ours_and_not_those_that_are_bound(void **state)
{
	(void)state;
	two_agents();
	struct kube_node_seen node = {.name = "mesos",
				      .uid = "u",
				      .adapter = "mesos",
				      .ready = true,
				      .unschedulable = true,
				      .capacity = {-1, -1, -1, -1}};
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_app(&w, "own", "", "");
	world_app(&w, "set", "", ON_ALL);
	world_offer(&w, "o3", "a1", ROOM, "");
	world_wait(&w, 5000);
	world_good_day(&w);
	assert_string_equal(agent_of("set"), "a1");
	assert_null(node_of("own"));
	assert_non_null(strstr(world_said(&w, "own", "FailedScheduling"), "cordoned"));
	node.unschedulable = false;
	world_event(&w, &(struct core_event){.type = CORE_NODE_CHANGED, .node = &node});
	world_offer(&w, "o4", "a1", ROOM, "");
	world_good_day(&w);
	assert_string_equal(node_of("own"), "mesos");
}

/* ---- agents ---- */

static void an_agent_that_drains_does_not_cordon_the_node_and_new_pods_avoid_it(void **state)
{
	(void)state;
	two_agents();
	world_running(&w, "web", "", "'restartPolicy':'Never'");
	size_t before = world_count(&w, EFFECT_CORDON_NODE);
	world_listed(&w, "a1", ROOM, false, true);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), before);
	const char *said = world_said(&w, "mesos", "AgentDraining");
	assert_non_null(said);
	assert_non_null(strstr(said, "a1"));
	world_app(&w, "next", "", "");
	world_offer(&w, "o4", "a2", ROOM, "");
	world_good_day(&w);
	assert_string_equal(agent_of("next"), "a2");
	/* What the drain kills has failed, as on a node of its own. */
	struct mesos_task_status killed = {.task_id = (char *)(uintptr_t) "uid-web.app.0",
					   .agent_id = (char *)(uintptr_t) "a1",
					   .state = TASK_KILLED,
					   .reason = (char *)(uintptr_t) "REASON_AGENT_DRAINING",
					   .uuid = "u-drained",
					   .timestamp_ms = w.now};
	world_status(&w, &killed);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Failed");
}

static void an_agent_that_is_lost_evicts_its_pods_and_the_node_stays(void **state)
{
	(void)state;
	two_agents();
	world_running(&w, "web", "", "");
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	assert_string_equal(world_said(&w, "web", "NodeNotReady"), "Mesos agent a1 is not connected");
	world_wait(&w, 301000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 0);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
	world_good_day(&w);
	world_app(&w, "next", "", "");
	world_offer(&w, "o4", "a2", ROOM, "");
	world_good_day(&w);
	assert_string_equal(agent_of("next"), "a2");
}

static void an_agent_that_stays_away_is_forgotten(void **state)
{
	(void)state;
	two_agents();
	world_agent_failed(&w, "a1");
	assert_int_equal(core_count(w.core).agents, 2);
	world_wait(&w, 3600000);
	assert_int_equal(core_count(w.core).agents, 1);
	world_offer(&w, "o4", "a1", ROOM, "");
	assert_int_equal(core_count(w.core).agents, 2);
}

/* ---- another mode than before ---- */

/* In mode agent, "web" runs on the node of a1. */
static void a_pod_of_the_mode_before(bool aggregate)
{
	begin_with(aggregate);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 0);
	world_good_day(&w);
	world_running(&w, "web", "", "");
	begin_with(!aggregate);
}

static void the_pod_goes_on(void)
{
	world_synced(&w);
	world_show(&w, "web");
	world_subscribed(&w, "fw");
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_RUNNING);
	world_offer(&w, "o9", "a1", ROOM, "");
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running");
	assert_string_equal(agent_of("web"), "a1");
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
}

/* The node is deleted once the pod is. */
static void and_then_the_node_goes(const char *node, const char *agent)
{
	world_vanish(&w, "web");
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_wait(&w, 0);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
	const struct effect *gone = world_last(&w, EFFECT_DELETE_NODE);
	assert_string_equal(gone->node, node);
	assert_true(agent ? !strcmp(gone->agent_id, agent) : !gone->agent_id);
	world_good_day(&w);
	node_is_gone(node);
	assert_false(core_has_node(w.core, node));
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
}

static void the_node_of_an_agent_is_kept_up_and_cordoned_until_its_pods_are_gone(void **state)
{
	(void)state;
	a_pod_of_the_mode_before(false);
	node_is("a1", "a1", NULL, true);
	the_pod_goes_on();
	assert_string_equal(node_of("web"), "a1");
	const struct effect *cordon = world_last(&w, EFFECT_CORDON_NODE);
	assert_non_null(cordon);
	assert_string_equal(cordon->node, "a1");
	assert_string_equal(cordon->text, "node-mode");
	assert_string_equal(world_last(&w, EFFECT_RENEW_LEASE)->node, "a1");
	assert_true(core_has_node(w.core, "a1"));
	assert_string_equal(core_node_of_pod(w.core, "default", "web"), "a1");
	and_then_the_node_goes("a1", "a1");
}

static void the_node_of_all_is_kept_up_and_cordoned_until_its_pods_are_gone(void **state)
{
	(void)state;
	a_pod_of_the_mode_before(true);
	node_is("mesos", NULL, NULL, true);
	the_pod_goes_on();
	assert_string_equal(node_of("web"), "mesos");
	assert_string_equal(world_last(&w, EFFECT_CORDON_NODE)->text, "node-mode");
	assert_string_equal(world_last(&w, EFFECT_UPSERT_NODE)->node, "a1"); /* not the name that the pod has */
	and_then_the_node_goes("mesos", NULL);
}

static void an_empty_node_of_an_agent_goes_at_once_and_not_before_the_pods_are_listed(void **state)
{
	(void)state;
	begin_with(true);
	node_is("a7", "a7", NULL, true);
	world_event(&w, &(struct core_event){.type = CORE_NODES_SYNCED});
	world_good_day(&w);
	world_wait(&w, 30000);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_wait(&w, 20000);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
}

static void what_others_bound_to_the_node_of_an_agent_runs_there(void **state)
{
	(void)state;
	begin_with(true);
	node_is("a1", "a1", NULL, true);
	world_begin(&w);
	world_app(&w, "set", "", "'nodeName':'a1'");
	world_offer(&w, "o1", "a2", ROOM, "");
	world_wait(&w, 0);
	world_good_day(&w);
	assert_string_equal(agent_of("set"), "a1");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	launched_there("set", "o2", "a1");
}

static void what_others_bound_to_the_node_of_all_runs_on_any(void **state)
{
	(void)state;
	begin_with(false);
	node_is("mesos", NULL, NULL, true);
	world_begin(&w);
	world_app(&w, "set", "", ON_ALL);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	launched_there("set", "o2", "a1");
}

static void a_node_that_is_kept_says_where_the_kubelet_port_is_now(void **state)
{
	(void)state;
	w.cfg.kubelet_address = "10.0.0.9";
	w.cfg.kubelet_port = 10250;
	begin_with(true);
	node_is("a1", "a1", "node-mode", true);
	world_app(&w, "set", "", "'nodeName':'a1'");
	world_begin(&w);
	world_wait(&w, 10000);
	const struct effect *told = world_last(&w, EFFECT_NODE_STATUS);
	assert_non_null(told);
	assert_string_equal(told->node, "a1");
	assert_non_null(js_at(told->body_status, "status", "daemonEndpoints", "kubeletEndpoint", NULL));
}

static void a_cordon_of_ours_that_a_restored_backup_brings_back_is_undone_again(void **state)
{
	(void)state;
	begin_with(true);
	node_is("mesos", NULL, "node-mode", true);
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 0);
	world_good_day(&w);
	size_t before = world_count(&w, EFFECT_CORDON_NODE);
	node_is("mesos", NULL, NULL, true);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), before);
	node_is("mesos", NULL, "node-mode", true);
	assert_int_equal(world_count(&w, EFFECT_CORDON_NODE), before + 1);
	assert_null(world_last(&w, EFFECT_CORDON_NODE)->text);
}

static void back_in_its_mode_a_node_is_no_longer_cordoned_by_us(void **state)
{
	(void)state;
	begin_with(true);
	node_is("mesos", NULL, "node-mode", true);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_wait(&w, 0);
	const struct effect *undone = world_last(&w, EFFECT_CORDON_NODE);
	assert_non_null(undone);
	assert_null(undone->text);
	begin_with(false);
	node_is("a1", "a1", "node-mode", true);
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	undone = world_last(&w, EFFECT_CORDON_NODE);
	assert_string_equal(undone->node, "a1");
	assert_null(undone->text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(all_agents_are_one_node_that_is_as_large_as_they_are_together),
	    WORLD_TEST(more_agents_are_told_after_a_moment_however_many_come),
	    WORLD_TEST(what_an_agent_that_is_to_be_taken_away_has_left_is_not_allocatable),
	    WORLD_TEST(one_lease_is_renewed),
	    WORLD_TEST(when_somebody_deletes_it_it_is_made_again),
	    WORLD_TEST(when_the_cluster_took_it_for_dead_it_is_written_anew),
	    WORLD_TEST(one_of_another_adapter_is_left_alone),
	    WORLD_TEST(a_pod_of_ours_is_bound_to_it_and_keeps_the_agent_that_was_chosen),
	    WORLD_TEST(its_name_as_host_name_is_any_agent),
	    WORLD_TEST(after_a_restart_what_was_bound_is_asked_of_on_its_agent),
	    WORLD_TEST(one_that_others_bound_waits_for_any_offer_that_fits),
	    WORLD_TEST(nothing_of_it_is_launched_before_its_agent_is_stored),
	    WORLD_TEST(one_whose_agent_was_stored_after_all_is_asked_of_there),
	    WORLD_TEST(one_that_is_deleted_while_it_waits_is_removed_by_us),
	    WORLD_TEST(one_that_cannot_be_translated_fails),
	    WORLD_TEST(one_that_is_larger_than_any_agent_fails_though_they_could_take_it_together),
	    WORLD_TEST(a_cordon_keeps_away_pods_of_ours_and_not_those_that_are_bound),
	    WORLD_TEST(an_agent_that_drains_does_not_cordon_the_node_and_new_pods_avoid_it),
	    WORLD_TEST(an_agent_that_is_lost_evicts_its_pods_and_the_node_stays),
	    WORLD_TEST(an_agent_that_stays_away_is_forgotten),
	    WORLD_TEST(the_node_of_an_agent_is_kept_up_and_cordoned_until_its_pods_are_gone),
	    WORLD_TEST(the_node_of_all_is_kept_up_and_cordoned_until_its_pods_are_gone),
	    WORLD_TEST(an_empty_node_of_an_agent_goes_at_once_and_not_before_the_pods_are_listed),
	    WORLD_TEST(what_others_bound_to_the_node_of_an_agent_runs_there),
	    WORLD_TEST(what_others_bound_to_the_node_of_all_runs_on_any),
	    WORLD_TEST(a_node_that_is_kept_says_where_the_kubelet_port_is_now),
	    WORLD_TEST(a_cordon_of_ours_that_a_restored_backup_brings_back_is_undone_again),
	    WORLD_TEST(back_in_its_mode_a_node_is_no_longer_cordoned_by_us),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
