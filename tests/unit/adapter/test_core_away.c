/* Agents that are away or gone: their nodes, the eviction of their pods, and what is left alone. */
#include <string.h>

#include "base/js.h"
#include "tests/unit/adapter/world_test.h"

#define ROOM "cpus:8;mem:8192;disk:10000"
#define JOB "'restartPolicy':'Never'"
#define TOLERATES(seconds)                                                                                             \
	",'tolerations':[{'key':'node.kubernetes.io/unreachable','operator':'Exists','tolerationSeconds':" seconds "}" \
	"]"

/* A pod of one task on agent a1, which the master then loses sight of. */
static void away(const char *spec)
{
	world_begin(&w);
	world_running(&w, "web", "", spec);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_agent_failed(&w, "a1");
}

static void says(enum mesos_task_state state, const char *task_id, const char *reason)
{
	char id[64], name[64];
	snprintf(id, sizeof(id), "%s", task_id);
	snprintf(name, sizeof(name), "%s", reason);
	struct mesos_task_status s = {.task_id = id, .agent_id = (char[]){"a1"}, .state = state, .reason = name};
	world_status(&w, &s);
}

static const char *condition(const char *pod, const char *type, const char *member)
{
	return js_str(world_condition(&w, pod, type), member);
}

static void assert_taints(const struct effect *mark, size_t n)
{
	assert_non_null(mark);
	assert_string_equal(mark->node, "a1");
	assert_string_equal(mark->agent_id, "a1");
	assert_int_equal(json_array_size(mark->body), n);
}

static const char *ready_of(const struct effect *mark, const char *member)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_arr(js_obj(mark->body_status, "status"), "conditions"), i, o) {
		if (!strcmp(js_str(o, "type"), "Ready")) {
			return js_str(o, member);
		}
	}
	return NULL;
}

static void the_node_of_an_unreachable_agent_is_marked_and_its_return_takes_that_back(void **state)
{
	(void)state;
	away(JOB);
	world_good_day(&w);
	struct effect *mark = world_last(&w, EFFECT_MARK_NODE);
	assert_taints(mark, 2);
	assert_string_equal(js_str(json_array_get(mark->body, 0), "effect"), "NoSchedule");
	assert_string_equal(js_str(json_array_get(mark->body, 1), "effect"), "NoExecute");
	assert_string_equal(ready_of(mark, "status"), "Unknown");
	assert_string_equal(ready_of(mark, "reason"), "MesosAgentUnreachable");
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 1); /* once, although two things said so */
	assert_string_equal(condition("web", "Ready", "reason"), "NodeUnreachable");
	assert_int_equal(world_times_said(&w, "web", "NodeNotReady"), 1);
	size_t nodes = world_count(&w, EFFECT_UPSERT_NODE);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), nodes + 1);
	assert_string_equal(condition("web", "Ready", "status"), "True");
	assert_null(world_condition(&w, "web", "DisruptionTarget"));
}

static void an_agent_that_offered_nothing_in_this_life_is_marked_and_unmarked_too(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", JOB);
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_good_day(&w);
	assert_taints(world_last(&w, EFFECT_MARK_NODE), 2);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	struct effect *mark = world_last(&w, EFFECT_MARK_NODE);
	assert_taints(mark, 0);
	assert_string_equal(ready_of(mark, "status"), "True");
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 2);
}

static void a_mark_that_failed_is_tried_again(void **state)
{
	(void)state;
	away(JOB);
	struct effect *mark = world_last(&w, EFFECT_MARK_NODE);
	world_skip(&w);
	world_result(&w, mark, ERR_CONFLICT);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 1);
	world_wait(&w, 500);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 2);
	world_result(&w, world_last(&w, EFFECT_MARK_NODE), ERR_NONE);
	world_wait(&w, 100000);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 2);
}

static void a_pod_is_evicted_when_its_toleration_ends_and_stays_until_mesos_says_what_became_of_it(void **state)
{
	(void)state;
	away(JOB TOLERATES("60"));
	world_good_day(&w);
	world_wait(&w, 59999);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	world_wait(&w, 1);
	/* First the condition, then the deletion. */
	while (!world_next_is(&w, EFFECT_PATCH_STATUS)) {
		world_take(&w, EFFECT_RECONCILE);
	}
	struct effect *patch = world_take(&w, EFFECT_PATCH_STATUS);
	world_nothing(&w);
	world_ok(&w, patch);
	assert_string_equal(condition("web", "DisruptionTarget", "status"), "True");
	assert_string_equal(condition("web", "DisruptionTarget", "reason"), "DeletionByTaintManager");
	struct effect *evict = world_take(&w, EFFECT_EVICT_POD);
	assert_string_equal(evict->uid, "uid-web");
	assert_string_equal(world_said(&w, "web", "TaintManagerEviction"), "Marking for deletion Pod default/web");
	world_ok(&w, evict);
	world_wait(&w, 7200000);
	world_good_day(&w);
	/* It may live: nobody kills it, nobody removes it. */
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_non_null(world_object(&w, "web"));
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_KILL)->task_id, "uid-web.app.0");
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
}

static void the_time_of_unreachability_counts_from_when_the_master_lost_sight(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", JOB TOLERATES("60"));
	world_wait(&w, 100000);
	world_good_day(&w);
	struct mesos_task_status s = {.task_id = (char[]){"uid-web.app.0"},
				      .agent_id = (char[]){"a1"},
				      .state = TASK_UNREACHABLE,
				      .unreachable_ms = w.now - 50000};
	world_status(&w, &s);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	world_wait(&w, 10000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
}

static void a_pod_without_the_toleration_is_evicted_at_once_and_one_without_seconds_never(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "brief", "", JOB ",'tolerations':[]");
	world_running(&w, "long", "", JOB ",'tolerations':[{'operator':'Exists'}]");
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	assert_string_equal(world_last(&w, EFFECT_EVICT_POD)->name, "brief");
	world_wait(&w, 86400000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
}

static void an_agent_that_returns_in_time_keeps_its_pods(void **state)
{
	(void)state;
	away(JOB TOLERATES("60"));
	world_good_day(&w);
	world_wait(&w, 59000);
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_good_day(&w);
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	assert_string_equal(world_phase(&w, "web"), "Running");
}

static void a_return_between_the_condition_and_the_deletion_takes_the_condition_back(void **state)
{
	(void)state;
	away(JOB ",'tolerations':[]");
	struct effect *patch = world_last(&w, EFFECT_PATCH_STATUS);
	world_skip(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_ok(&w, patch);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	assert_string_equal(condition("web", "DisruptionTarget", "status"), "False");
}

static void an_eviction_that_failed_is_tried_again(void **state)
{
	(void)state;
	away(JOB ",'tolerations':[]");
	while (world_count(&w, EFFECT_EVICT_POD) == 0) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	world_skip(&w);
	world_result(&w, world_last(&w, EFFECT_EVICT_POD), ERR_BUSY);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	world_wait(&w, 500);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 2);
}

static void an_eviction_that_finds_no_pod_kills_nothing(void **state)
{
	(void)state;
	away(JOB ",'tolerations':[]");
	while (world_count(&w, EFFECT_EVICT_POD) == 0) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	world_skip(&w);
	world_result(&w, world_last(&w, EFFECT_EVICT_POD), ERR_NOT_FOUND);
	world_wait(&w, 500);
	world_result(&w, world_last(&w, EFFECT_EVICT_POD), ERR_CONFLICT);
	world_wait(&w, 1000);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 3);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	assert_int_equal(core_count(w.core).in_state[POD_ORPHANED], 0);
	world_vanish(&w, "web"); /* now the watch says so */
	assert_int_equal(core_count(w.core).in_state[POD_ORPHANED], 1);
}

static void what_the_clusters_own_eviction_deletes_first_is_not_deleted_again(void **state)
{
	(void)state;
	away(JOB TOLERATES("60"));
	world_good_day(&w);
	world_wait(&w, 50000);
	world_delete(&w, "web", 30);
	world_wait(&w, 3600000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	assert_int_equal(world_count(&w, EFFECT_KILL), 0);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
}

static void a_bound_pod_that_was_not_launched_is_evicted_and_removed_without_a_word_of_mesos(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", "", JOB TOLERATES("60"));
	world_offer(&w, "o1", "a1", ROOM, "");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *bind = world_take(&w, EFFECT_BIND);
	world_rescind(&w, "o1");
	world_ok(&w, bind);
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNREACHABLE);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_null(world_object(&w, "web"));
}

static void nothing_is_placed_or_launched_with_an_offer_of_an_agent_that_went_away(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "big", "'resources':{'requests':{'cpu':'9'}}", ""); /* keeps the offer in hand */
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_agent_failed(&w, "a1");
	world_app(&w, "small", "", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
}

static void a_pod_of_an_agent_that_is_gone_fails_and_is_evicted_and_then_the_node_goes(void **state)
{
	(void)state;
	static const struct {
		enum mesos_task_state state;
		const char *reason;
	} words[] = {
	    {TASK_GONE_BY_OPERATOR, "REASON_AGENT_REMOVED_BY_OPERATOR"},
	    {TASK_GONE_BY_OPERATOR, "REASON_RECONCILIATION"},
	    {TASK_GONE, "REASON_AGENT_REMOVED"},
	    {TASK_LOST, "REASON_AGENT_REMOVED"},
	    {TASK_LOST, "REASON_AGENT_REMOVED_BY_OPERATOR"},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		world_done(&w);
		world_init(&w);
		world_begin(&w);
		world_running(&w, "web", "", "");
		says(words[i].state, "uid-web._pause.0", words[i].reason);
		struct effect *mark = world_last(&w, EFFECT_MARK_NODE);
		assert_taints(mark, 2);
		while (world_count(&w, EFFECT_EVICT_POD) == 0 && w.taken < w.out.n) {
			world_ok(&w, w.out.items[w.taken++]);
		}
		assert_string_equal(world_phase(&w, "web"), "Failed");
		assert_string_equal(js_str_at(world_object(&w, "web"), "status", "reason", NULL), "NodeLost");
		assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0); /* its container was not told of yet */
		assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
		says(words[i].state, "uid-web.app.0", words[i].reason);
		world_good_day(&w);
		assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
		assert_non_null(world_said(&w, "web", "NodeLost"));
		assert_null(world_object(&w, "web"));
		assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
		assert_string_equal(world_last(&w, EFFECT_DELETE_NODE)->agent_id, "a1");
		assert_int_equal(core_count(w.core).agents, 0);
		assert_int_equal(core_count(w.core).live_tasks, 0);
	}
}

static void a_lost_task_says_nothing_of_its_agent_when_it_names_another_reason(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", "");
	says(TASK_GONE, "uid-web._pause.0", "REASON_RECONCILIATION");
	says(TASK_LOST, "uid-web.app.0", "REASON_EXECUTOR_TERMINATED");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_MARK_NODE), 0);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 0);
	assert_string_equal(world_phase(&w, "web"), "Running"); /* it will run again */
}

static void pods_without_tasks_on_an_agent_that_is_gone_are_evicted_with_the_others(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "runs", "", JOB);
	world_app(&w, "bound", "", "");
	world_offer(&w, "o1", "a1", ROOM, "");
	struct effect *bind = NULL;
	while (!bind) {
		bind = world_next_is(&w, EFFECT_BIND) ? world_take(&w, EFFECT_BIND) : NULL;
		if (!bind) {
			world_ok(&w, w.out.items[w.taken++]);
		}
	}
	world_rescind(&w, "o1");
	says(TASK_GONE_BY_OPERATOR, "uid-runs.app.0", "REASON_AGENT_REMOVED_BY_OPERATOR");
	world_ok(&w, bind); /* even bound after that */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 2);
	assert_null(world_object(&w, "runs"));
	assert_null(world_object(&w, "bound"));
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
}

static void a_finished_pod_is_kept_and_keeps_its_node(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "job", "", JOB ",'tolerations':[]");
	world_running(&w, "web", "", JOB ",'tolerations':[]");
	world_update(&w, "uid-job.app.0", "a1", TASK_FINISHED, NULL);
	world_good_day(&w);
	says(TASK_GONE_BY_OPERATOR, "uid-web.app.0", "REASON_AGENT_REMOVED_BY_OPERATOR");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	assert_string_equal(world_phase(&w, "job"), "Succeeded");
	assert_null(world_condition(&w, "job", "DisruptionTarget"));
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
	world_vanish(&w, "job");
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
}

static void a_node_without_pods_whose_agent_does_not_return_is_deleted_after_an_hour(void **state)
{
	(void)state;
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_rescind(&w, "o1");
	world_agent_failed(&w, "a1");
	world_good_day(&w);
	assert_taints(world_last(&w, EFFECT_MARK_NODE), 2);
	world_wait(&w, 3599999);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
	world_wait(&w, 1);
	struct effect *deletion = world_last(&w, EFFECT_DELETE_NODE);
	assert_non_null(deletion);
	world_skip(&w);
	world_result(&w, deletion, ERR_BUSY); /* tried again */
	world_wait(&w, 500);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 2);
	world_good_day(&w);
	assert_int_equal(core_count(w.core).agents, 0);
	world_offer(&w, "o2", "a1", ROOM, "");
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
}

/* An agent without pods, of which nothing else would be heard while no offers are wanted. */
static void idle_and_away(void)
{
	world_begin(&w);
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_agent_failed(&w, "a1");
	world_wait(&w, 15000);
	world_good_day(&w);
	struct effect *ask = world_last(&w, EFFECT_RECONCILE);
	assert_true(effect_has_id(ask, "agent"));
	assert_string_equal(ask->others[0], "a1");
}

static void the_master_is_asked_of_an_agent_that_is_away_until_it_is_back(void **state)
{
	(void)state;
	idle_and_away();
	world_answer(&w, "agent", "a1", TASK_UNREACHABLE);
	assert_int_equal(core_count(w.core).orphans, 0);
	size_t asked = world_count(&w, EFFECT_RECONCILE);
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_RECONCILE), asked + 4);
	world_disconnected(&w);
	world_wait(&w, 60000);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "agent"));
	world_answer(&w, "agent", "a1", TASK_GONE); /* it knows no such task */
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_UPSERT_NODE), 2);
	asked = world_count(&w, EFFECT_RECONCILE);
	world_wait(&w, 600000);
	assert_int_equal(world_count(&w, EFFECT_RECONCILE), asked);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 0);
}

static void an_idle_agent_that_is_gone_for_good_loses_its_node_at_once(void **state)
{
	(void)state;
	idle_and_away();
	world_answer(&w, "agent", "a1", TASK_GONE_BY_OPERATOR);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_NODE), 1);
	assert_int_equal(core_count(w.core).agents, 0);
	assert_int_equal(core_count(w.core).orphans, 0);
}

static void a_pod_of_an_agent_that_mesos_forgot_is_evicted_when_its_toleration_ends(void **state)
{
	(void)state;
	world_begin(&w);
	world_running(&w, "web", "", JOB TOLERATES("60"));
	world_restart(&w);
	world_show(&w, "web");
	world_synced(&w);
	world_subscribed(&w, "fw");
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	assert_string_equal(world_phase(&w, "web"), "Running"); /* it may come back with it */
	world_wait(&w, 60000);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_EVICT_POD), 1);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
}

/* Two containers and a pause, deleted; the master knows neither them nor their agent. */
static struct effect *removal_of_forgotten(void)
{
	world_begin(&w);
	world_pod(&w, "web", "'containers':[{'name':'app','image':'i'},{'name':'two','image':'i'}]");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_delete(&w, "web", 30);
	world_answer(&w, "uid-web.app.0", "a1", TASK_UNKNOWN);
	world_answer(&w, "uid-web.two.0", "a1", TASK_UNKNOWN);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_UNKNOWN);
	while (!world_next_is(&w, EFFECT_DELETE_POD)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	return world_take(&w, EFFECT_DELETE_POD);
}

static void what_was_let_go_with_its_agent_is_asked_of_when_that_is_back(void **state)
{
	(void)state;
	world_result(&w, removal_of_forgotten(), ERR_IO);
	size_t kills = world_count(&w, EFFECT_KILL);
	world_offer(&w, "o2", "a1", ROOM, "");
	const struct effect *question = world_last(&w, EFFECT_RECONCILE);
	assert_true(effect_has_id(question, "uid-web.app.0") && effect_has_id(question, "uid-web._pause.0"));
	world_wait(&w, 1000); /* the next try would be due */
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	assert_int_equal(world_count(&w, EFFECT_KILL), kills + 1);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_answer(&w, "uid-web.two.0", "a1", TASK_GONE);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
	world_answer(&w, "uid-web._pause.0", "a1", TASK_GONE);
	world_good_day(&w);
	assert_null(world_object(&w, "web"));
}

/* As above, but its agent was never known to be away in this life. */
static void when_one_that_was_taken_for_lost_lives_the_others_are_asked_of_too(void **state)
{
	(void)state;
	world_begin(&w);
	world_pod(&w, "web", "'containers':[{'name':'app','image':'i'},{'name':'two','image':'i'}]");
	world_offer(&w, "o1", "a1", ROOM, "");
	world_good_day(&w);
	world_run(&w, world_last(&w, EFFECT_ACCEPT));
	world_delete(&w, "web", 30);
	world_answer(&w, "uid-web.app.0", "a1", TASK_GONE);
	world_answer(&w, "uid-web.two.0", "a1", TASK_GONE);
	world_good_day(&w);
	world_answer(&w, "uid-web.app.0", "a1", TASK_RUNNING);
	world_wait(&w, 2000);
	assert_true(effect_has_id(world_last(&w, EFFECT_RECONCILE), "uid-web.two.0"));
	world_update(&w, "uid-web._pause.0", "a1", TASK_KILLED, NULL);
	world_update(&w, "uid-web.app.0", "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 0);
	world_answer(&w, "uid-web.two.0", "a1", TASK_GONE);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_DELETE_POD), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(the_node_of_an_unreachable_agent_is_marked_and_its_return_takes_that_back),
	    WORLD_TEST(an_agent_that_offered_nothing_in_this_life_is_marked_and_unmarked_too),
	    WORLD_TEST(a_mark_that_failed_is_tried_again),
	    WORLD_TEST(a_pod_is_evicted_when_its_toleration_ends_and_stays_until_mesos_says_what_became_of_it),
	    WORLD_TEST(the_time_of_unreachability_counts_from_when_the_master_lost_sight),
	    WORLD_TEST(a_pod_without_the_toleration_is_evicted_at_once_and_one_without_seconds_never),
	    WORLD_TEST(an_agent_that_returns_in_time_keeps_its_pods),
	    WORLD_TEST(a_return_between_the_condition_and_the_deletion_takes_the_condition_back),
	    WORLD_TEST(an_eviction_that_failed_is_tried_again),
	    WORLD_TEST(an_eviction_that_finds_no_pod_kills_nothing),
	    WORLD_TEST(what_the_clusters_own_eviction_deletes_first_is_not_deleted_again),
	    WORLD_TEST(a_bound_pod_that_was_not_launched_is_evicted_and_removed_without_a_word_of_mesos),
	    WORLD_TEST(nothing_is_placed_or_launched_with_an_offer_of_an_agent_that_went_away),
	    WORLD_TEST(a_pod_of_an_agent_that_is_gone_fails_and_is_evicted_and_then_the_node_goes),
	    WORLD_TEST(a_lost_task_says_nothing_of_its_agent_when_it_names_another_reason),
	    WORLD_TEST(pods_without_tasks_on_an_agent_that_is_gone_are_evicted_with_the_others),
	    WORLD_TEST(a_finished_pod_is_kept_and_keeps_its_node),
	    WORLD_TEST(a_node_without_pods_whose_agent_does_not_return_is_deleted_after_an_hour),
	    WORLD_TEST(the_master_is_asked_of_an_agent_that_is_away_until_it_is_back),
	    WORLD_TEST(an_idle_agent_that_is_gone_for_good_loses_its_node_at_once),
	    WORLD_TEST(a_pod_of_an_agent_that_mesos_forgot_is_evicted_when_its_toleration_ends),
	    WORLD_TEST(what_was_let_go_with_its_agent_is_asked_of_when_that_is_back),
	    WORLD_TEST(when_one_that_was_taken_for_lost_lives_the_others_are_asked_of_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
