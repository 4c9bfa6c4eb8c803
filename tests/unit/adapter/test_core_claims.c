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

/* What has no namespace. */
static void put(const char *path, const char *text)
{
	world_source(&w, "none", text);
	json_t *object = json_incref(json_object_get(w.sources, "/api/v1/namespaces/default/none"));
	json_object_set_new(w.sources, path, object);
}

static void volume(const char *text)
{
	put("/api/v1/persistentvolumes/disk", text);
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

static void a_pod_that_somebody_else_took_does_not_ask_for_its_claims_any_more(void **state)
{
	(void)state;
	begin(NULL, NULL);
	world_app(&w, "web", MOUNT, OF_CLAIM);
	assert_int_not_equal(w.fetched.n, 0);
	json_object_set_new(js_obj(world_object(&w, "web"), "spec"), "nodeName", json_string("a-kubelet"));
	world_show(&w, "web");
	assert_int_equal(core_count(w.core).in_state[POD_FOREIGN], 1);
	size_t before = w.fetched.n;
	world_wait(&w, 600000);
	assert_int_equal(w.fetched.n, before);
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
	world_source(&w, "persistentvolumeclaims/web-v",
		     BOUND(",'ownerReferences':[{'uid':'uid-web-of-before','controller':true}]"));
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

/* ---- claims that wait for a pod ---- */

#define OPEN(more)                                                                                                     \
	"{'metadata':{'uid':'c1'" more                                                                                 \
	"},'spec':{'storageClassName':'disks','accessModes':['ReadWriteOnce'],'resources':{"                           \
	"'requests':{'storage':'10'}}},'status':{'phase':'Pending'}}"
#define CLASS(provisioner)                                                                                             \
	"{'provisioner':'" provisioner "','volumeBindingMode':'WaitForFirstConsumer','allowedTopologies':[{"           \
	"'matchLabelExpressions':[{'key':'rack','values':['r1','r2']}]}]}"
#define FREE(name, size, more)                                                                                         \
	"{'metadata':{'name':'" name                                                                                   \
	"','resourceVersion':'7'},'spec':{'local':{'path':'/d'},'storageClassName':'disks',"                           \
	"'accessModes':['ReadWriteOnce'],'capacity':{'storage':'" size "'}" more "},'status':{'phase':'Available'}}"

static void begin_late(const char *provisioner, const char *volumes)
{
	CLEANUP_FREE char *list = xasprintf("{'items':[%s]}", volumes);
	begin(OPEN(""), DISK(ON("r2")));
	put("/apis/storage.k8s.io/v1/storageclasses/disks", provisioner);
	put("/api/v1/persistentvolumes", list);
}

/* The effect of this type, which is not answered; those before it are. */
static struct effect *chosen(enum effect_type type)
{
	while (!world_next_is(&w, type)) {
		world_ok(&w, w.out.items[w.taken++]);
	}
	return world_take(&w, type);
}

static void a_late_claim_gets_the_smallest_volume_that_its_pods_agent_reaches_and_the_pod_follows(void **state)
{
	(void)state;
	begin_late(
	    CLASS("kubernetes.io/no-provisioner"),
	    FREE("large", "30", ON("r2")) "," FREE("disk", "20", ON("r2")) "," FREE("little", "1", ON("r2")) "," FREE(
		"other", "15", ON("r1")) "," FREE("taken", "15", ON("r2") ",'claimRef':{'name':'x'}"));
	world_app(&w, "web", MOUNT, OF_CLAIM ",'nodeSelector':{'rack':'r2'}");
	offer("o1", "a1", "rack=r1");
	offer("o2", "a2", "rack=r2");
	struct effect *f = chosen(EFFECT_CLAIM_VOLUME);
	assert_string_equal(f->text, "disk");
	assert_string_equal(js_str_at(f->body, "metadata", "resourceVersion", NULL), "7");
	assert_string_equal(js_str_at(f->body, "spec", "claimRef", "uid", NULL), "c1");
	put("/api/v1/persistentvolumes",
	    "{'items':[" FREE("disk", "20",
			      ON("r2") ",'claimRef':{'namespace':'default','name':'data','uid':'c1'}") "]}");
	world_ok(&w, f);
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_wait(&w, 5000);
	world_source(&w, CLAIM, BOUND(""));
	wait_for_claims();
	assert_int_equal(world_count(&w, EFFECT_CLAIM_VOLUME), 1);
	offer("o3", "a2", "rack=r2");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
	assert_string_equal(world_last(&w, EFFECT_BIND)->agent_id, "a2");
}

static void a_volume_that_somebody_else_takes_first_is_chosen_anew(void **state)
{
	(void)state;
	begin_late(CLASS("kubernetes.io/no-provisioner"), FREE("one", "20", ""));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	put("/api/v1/persistentvolumes", "{'items':[" FREE("two", "20", "") "]}");
	world_result(&w, world_take(&w, EFFECT_CLAIM_VOLUME), ERR_CONFLICT);
	world_wait(&w, 60000);
	offer("o2", "a1", "rack=r1");
	world_good_day(&w);
	assert_string_equal(world_last(&w, EFFECT_CLAIM_VOLUME)->text, "two");
}

static void a_volume_that_comes_later_is_seen_and_so_is_an_affinity_that_changes(void **state)
{
	(void)state;
	begin_late(CLASS("kubernetes.io/no-provisioner"), FREE("little", "1", ""));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r1");
	world_good_day(&w);
	world_wait(&w, 30000);
	assert_string_equal(why("web"), "0/1 agents fit: 1 didn't find available persistent volumes to bind");
	put("/api/v1/persistentvolumes", "{'items':[" FREE("two", "20", "") "]}");
	wait_for_claims();
	offer("o2", "a1", "rack=r1");
	struct effect *f = chosen(EFFECT_CLAIM_VOLUME);
	assert_string_equal(f->text, "two");
	world_source(&w, CLAIM, BOUND(""));
	world_ok(&w, f);
	world_good_day(&w);
	world_wait(&w, 60000);
	assert_string_equal(why("web"), "0/1 agents fit: 1 didn't match PersistentVolume's node affinity");
	volume(DISK(ON("r1")));
	world_wait(&w, SOURCE_FRESH_MS);
	offer("o3", "a1", "rack=r1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void a_choice_that_an_earlier_life_wrote_is_waited_for(void **state)
{
	(void)state;
	begin_late(CLASS("kubernetes.io/no-provisioner"), FREE("disk", "20", "") "," FREE("other", "20", ""));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r1");
	chosen(EFFECT_CLAIM_VOLUME); /* it arrives, its answer does not */
	put("/api/v1/persistentvolumes",
	    "{'items':[" FREE("disk", "20", ",'claimRef':{'namespace':'default','name':'data','uid':'c1'}") "," FREE(
		"other", "20", "") "]}");
	world_restart(&w);
	world_show(&w, "web");
	world_begin(&w);
	offer("o2", "a1", "rack=r1");
	world_good_day(&w);
	world_wait(&w, 60000);
	assert_int_equal(world_count(&w, EFFECT_CLAIM_VOLUME), 1);
	assert_string_equal(why("web"),
			    "waits until persistentvolumeclaim \"data\" is bound to persistentvolume \"disk\"");
	world_source(&w, CLAIM, BOUND(""));
	volume(DISK(""));
	wait_for_claims();
	offer("o3", "a1", "rack=r1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_BIND), 1);
}

static void without_a_volume_a_late_claim_is_left_to_its_provisioner_with_the_node(void **state)
{
	(void)state;
	begin_late(CLASS("disk.example"), FREE("little", "1", ""));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r9");
	world_good_day(&w);
	world_wait(&w, 60000);
	assert_string_equal(why("web"), "0/1 agents fit: 1 didn't find available persistent volumes to bind");
	offer("o2", "a2", "rack=r2");
	struct effect *f = chosen(EFFECT_CLAIM_NODE);
	assert_string_equal(f->text, "data");
	assert_string_equal(js_str_at(f->body, "metadata", "annotations", "volume.kubernetes.io/selected-node", NULL),
			    "a2");
	assert_string_equal(js_str_at(f->body, "metadata", "uid", NULL), "c1");
	world_silence(&w);
	world_source(&w, CLAIM, OPEN(",'annotations':{'volume.kubernetes.io/selected-node':'a2'}"));
	world_ok(&w, f);
	wait_for_claims();
	assert_string_equal(why("web"),
			    "waits until persistentvolumeclaim \"data\" has a volume for node a2 by disk.example");
}

static void a_choice_that_is_refused_is_told_and_tried_less_and_less_often(void **state)
{
	(void)state;
	begin_late(CLASS("kubernetes.io/no-provisioner"), FREE("one", "20", ""));
	world_app(&w, "web", MOUNT, OF_CLAIM);
	offer("o1", "a1", "rack=r1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	world_result(&w, world_take(&w, EFFECT_CLAIM_VOLUME), ERR_UNSUPPORTED);
	assert_string_equal(why("web"), "as the test wants it");
	assert_false(world_next_is(&w, EFFECT_CLAIM_VOLUME));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_pod_that_somebody_else_took_does_not_ask_for_its_claims_any_more),
	    WORLD_TEST(a_pod_waits_for_its_claim_with_the_schedulers_words_and_needs_no_offer),
	    WORLD_TEST(it_is_placed_only_on_an_agent_that_matches_the_volumes_node_affinity),
	    WORLD_TEST(a_pod_that_another_scheduler_bound_elsewhere_is_not_started),
	    WORLD_TEST(what_does_not_do_is_told),
	    WORLD_TEST(a_claim_for_one_pod_is_left_to_the_one_that_has_it),
	    WORLD_TEST(an_ephemeral_volume_takes_the_claim_that_was_made_for_its_pod_and_no_other),
	    WORLD_TEST(a_late_claim_gets_the_smallest_volume_that_its_pods_agent_reaches_and_the_pod_follows),
	    WORLD_TEST(a_volume_that_somebody_else_takes_first_is_chosen_anew),
	    WORLD_TEST(a_volume_that_comes_later_is_seen_and_so_is_an_affinity_that_changes),
	    WORLD_TEST(a_choice_that_an_earlier_life_wrote_is_waited_for),
	    WORLD_TEST(without_a_volume_a_late_claim_is_left_to_its_provisioner_with_the_node),
	    WORLD_TEST(a_choice_that_is_refused_is_told_and_tried_less_and_less_often),
	    WORLD_TEST(a_claim_that_goes_while_its_pod_is_placed_sends_it_back_to_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
