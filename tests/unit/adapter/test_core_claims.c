/* Claims: a pod waits until they are bound, and goes where their volumes can be reached. */
#include <string.h>

#include "adapter/sources.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world.h"
#include "tests/unit/adapter/world_test.h"

#define MOUNT "'volumeMounts':[{'name':'v','mountPath':'/v'}]"
#define OF_CLAIM "'enableServiceLinks':false,'volumes':[{'name':'v','persistentVolumeClaim':{'claimName':'data'}}]"
#define CLAIM "persistentvolumeclaims/data"
#define BOUND(more)                                                                                                    \
	"{'metadata':{'uid':'c1'" more ",'annotations':{'pv.kubernetes.io/bind-completed':'yes'}},'spec':{"            \
	"'volumeName':'disk'},'status':{'phase':'Bound'}}"
#define ONCE                                                                                                           \
	"{'metadata':{'uid':'c1','annotations':{'pv.kubernetes.io/bind-completed':'yes'}},'spec':{"                    \
	"'volumeName':'disk','accessModes':['ReadWriteOncePod']},'status':{'phase':'Bound'}}"
#define DISK(affinity) "{'spec':{'local':{'path':'/disks/1'},'claimRef':{'uid':'c1'}" affinity "}}"
#define ON(rack)                                                                                                       \
	",'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':[{'key':'rack','operator':'In','"       \
	"values'"                                                                                                      \
	":['" rack "']}]}]}}"

static void offer(const char *id, const char *agent, const char *attributes)
{
	world_offer(&w, id, agent, "cpus:4;mem:4096;disk:4096", attributes);
}

/* A PersistentVolume has no namespace. */
static void volume(const char *text)
{
	world_source(&w, "none", text);
	json_t *object = json_incref(json_object_get(w.sources, "/api/v1/namespaces/default/none"));
	json_object_set_new(w.sources, "/api/v1/persistentvolumes/disk", object);
}

static void begin(const char *claim, const char *disk)
{
	world_begin(&w);
	world_source(&w, CLAIM, claim);
	volume(disk);
}

static void wait_for_claims(void)
{
	world_wait(&w, 2 * SOURCE_RETRY_MAX_MS);
}

static const char *why(const char *name)
{
	return world_said(&w, name, "FailedScheduling");
}

static const json_t *mounted(void)
{
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	const json_t *tasks = js_at(json_array_get(accept->body, 1), "launch_group", "task_group", "tasks", NULL);
	return json_array_get(js_at(json_array_get(tasks, 0), "container", "volumes", NULL), 0);
}

static void a_pod_waits_for_its_claim_with_the_schedulers_words_and_needs_no_offer(void **state)
{
	(void)state;
	begin(NULL, NULL);
	world_app(&w, "web", MOUNT, OF_CLAIM);
	assert_string_equal(why("web"), "persistentvolumeclaim \"data\" not found");
	offer("o1", "a1", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_silence(&w);
	world_source(&w, CLAIM, "{'metadata':{'uid':'c1'},'spec':{},'status':{'phase':'Pending'}}");
	wait_for_claims();
	assert_string_equal(why("web"), "pod has unbound immediate PersistentVolumeClaims");
	assert_int_equal(world_times_said(&w, "web", "FailedScheduling"), 1);
	world_silence(&w);
	world_source(&w, CLAIM, BOUND(""));
	wait_for_claims();
	assert_string_equal(why("web"),
			    "persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"disk\"");
	volume(DISK(""));
	wait_for_claims();
	offer("o2", "a1", "");
	world_good_day(&w);
	assert_string_equal(js_str_at(mounted(), "source", "host_path", "path", NULL), "/disks/1/.");
	assert_string_equal(js_str(mounted(), "container_path"), "/v");
}

static void it_is_placed_only_on_an_agent_that_matches_the_volumes_node_affinity(void **state)
{
	(void)state;
	begin(BOUND(""), DISK(ON("r2")));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r1");
	world_good_day(&w);
	world_wait(&w, 60000);
	assert_string_equal(why("web"), "0/1 agents fit: 1 didn't match PersistentVolume's node affinity");
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	offer("o2", "a2", "rack=r2");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	assert_string_equal(world_last(&w, EFFECT_BIND)->agent_id, "a2");
}

static void a_pod_that_another_scheduler_bound_elsewhere_is_not_started(void **state)
{
	(void)state;
	begin(BOUND(""), DISK(ON("r2")));
	offer("o1", "a1", "rack=r1");
	world_good_day(&w);
	CLEANUP_FREE char *spec = xasprintf("'nodeName':'%s'," OF_CLAIM, world_last(&w, EFFECT_UPSERT_NODE)->node);
	world_app(&w, "web", MOUNT, spec);
	offer("o2", "a1", "rack=r1");
	world_good_day(&w);
	assert_string_equal(
	    world_said(&w, "web", "FailedMount"),
	    "MountVolume.NodeAffinity check failed for volume \"disk\" : no matching NodeSelectorTerms");
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
}

static void what_does_not_do_is_told(void **state)
{
	static const struct {
		const char *claim, *disk, *why;
	} rows[] = {
	    {BOUND(",'deletionTimestamp':'2026-01-01T00:00:00Z'"), DISK(""),
	     "persistentvolumeclaim \"data\" is being deleted"},
	    {"{'metadata':{'uid':'c1'},'status':{'phase':'Lost'}}", DISK(""),
	     "persistentvolumeclaim \"data\" bound to non-existent persistentvolume"},
	    {BOUND(""), "{'spec':{'local':{'path':'/x'},'claimRef':{'uid':'c0'}}}",
	     "persistentvolume \"disk\" is not bound to persistentvolumeclaim \"data\""},
	    {BOUND(""), "{'spec':{'local':{'path':'/x'},'claimRef':{'uid':'c1'},'volumeMode':'Block'}}",
	     "persistentvolume \"disk\" of persistentvolumeclaim \"data\": not supported: spec.local: volumeMode: an "
	     "agent mounts directories, not devices"},
	    {BOUND(""), DISK(",'nodeAffinity':{'required':{}}"),
	     "persistentvolume \"disk\": spec.nodeAffinity.required: nodeSelectorTerms: missing, or not a list"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		world_done(&w);
		world_init(&w);
		begin(rows[i].claim, rows[i].disk);
		world_app(&w, "web", MOUNT, OF_CLAIM);
		assert_string_equal(why("web"), rows[i].why);
	}
}

static void a_claim_for_one_pod_is_left_to_the_one_that_has_it(void **state)
{
	(void)state;
	begin(ONCE, DISK(""));
	world_app(&w, "one", MOUNT, OF_CLAIM);
	world_app(&w, "two", MOUNT, OF_CLAIM);
	offer("o1", "a1", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	const char *first = world_last(&w, EFFECT_BIND)->name, *other = strcmp(first, "one") ? "one" : "two";
	world_wait(&w, 60000);
	assert_string_equal(why(other), "node has pod using PersistentVolumeClaim with the same name and "
					"ReadWriteOncePod access mode");
	world_vanish(&w, first);
	world_update(&w, world_task(first, "app", 0), "a1", TASK_KILLED, NULL);
	world_update(&w, world_task(first, "_pause", 0), "a1", TASK_KILLED, NULL);
	world_good_day(&w);
	wait_for_claims();
	offer("o2", "a1", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 2);
}

static void an_ephemeral_volume_takes_the_claim_that_was_made_for_its_pod_and_no_other(void **state)
{
	(void)state;
	begin(NULL, DISK(""));
	world_app(&w, "web", MOUNT, "'enableServiceLinks':false,'volumes':[{'name':'v','ephemeral':{}}]");
	assert_string_equal(why("web"),
			    "waiting for ephemeral volume controller to create the persistentvolumeclaim \"web-v\"");
	world_silence(&w);
	world_source(&w, "persistentvolumeclaims/web-v", BOUND(""));
	wait_for_claims();
	assert_string_equal(why("web"), "PVC default/web-v was not created for pod default/web (pod is not owner)");
	world_source(&w, "persistentvolumeclaims/web-v",
		     BOUND(",'ownerReferences':[{'uid':'uid-web','controller':true}]"));
	wait_for_claims();
	offer("o1", "a1", "");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
}

static void a_claim_that_goes_while_its_pod_is_placed_sends_it_back_to_wait(void **state)
{
	(void)state;
	begin(BOUND(""), DISK(""));
	world_app(&w, "web", MOUNT, OF_CLAIM ",'nodeSelector':{'rack':'r9'}");
	offer("o1", "a1", "");
	world_good_day(&w);
	world_source(&w, CLAIM, NULL);
	world_wait(&w, SOURCE_FRESH_MS + 1000);
	offer("o2", "a2", "rack=r9");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	assert_string_equal(why("web"), "persistentvolumeclaim \"data\" not found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_waits_for_its_claim_with_the_schedulers_words_and_needs_no_offer),
	    WORLD_TEST(it_is_placed_only_on_an_agent_that_matches_the_volumes_node_affinity),
	    WORLD_TEST(a_pod_that_another_scheduler_bound_elsewhere_is_not_started),
	    WORLD_TEST(what_does_not_do_is_told),
	    WORLD_TEST(a_claim_for_one_pod_is_left_to_the_one_that_has_it),
	    WORLD_TEST(an_ephemeral_volume_takes_the_claim_that_was_made_for_its_pod_and_no_other),
	    WORLD_TEST(a_claim_that_goes_while_its_pod_is_placed_sends_it_back_to_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
