/* Files of volumes: had before a launch, waited for as a kubelet waits, tokens asked for. */
#include <string.h>

#include "adapter/sources.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/adapter/world.h"
#include "tests/unit/adapter/world_test.h"

#define MOUNT "'volumeMounts':[{'name':'v','mountPath':'/v'}]"
#define NO_LINKS "'enableServiceLinks':false,"
#define OF_MAP NO_LINKS "'volumes':[{'name':'v','configMap':{'name':'settings'}}]"
#define OF_TOKEN                                                                                                       \
	NO_LINKS "'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken':{'path':'token',"              \
		 "'expirationSeconds':3607}}]}}]"

static void offer(const char *id)
{
	world_offer(&w, id, "a1", "cpus:4;mem:4096;disk:4096", "");
}

static const char *waits(const char *member)
{
	return js_str_at(world_container(&w, "web", "app"), "state", "waiting", member, NULL);
}

/* A volume of the task that was launched last. */
static json_t *volume(size_t i)
{
	const struct effect *accept = world_last(&w, EFFECT_ACCEPT);
	const json_t *tasks = js_at(json_array_get(accept->body, 1), "launch_group", "task_group", "tasks", NULL);
	return json_array_get(js_at(json_array_get(tasks, 0), "container", "volumes", NULL), i);
}

static void a_missing_config_map_makes_the_pod_wait_with_the_kubelets_event(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", MOUNT, OF_MAP);
	offer("o1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_string_equal(waits("reason"), "ContainerCreating");
	assert_string_equal(world_said(&w, "web", "FailedMount"),
			    "MountVolume.SetUp failed for volume \"v\" : configmap \"settings\" not found");
	world_wait(&w, 5000);
	assert_int_equal(world_times_said(&w, "web", "FailedMount"), 1);
	world_source(&w, "configmaps/settings", "{'data':{'mode':'fast'}}");
	world_wait(&w, 2 * SOURCE_RETRY_MAX_MS);
	offer("o2");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(js_str(volume(0), "container_path"), "/v/mode");
	assert_string_equal(js_str_at(volume(0), "source", "secret", "value", "data", NULL), "ZmFzdA==");
}

#define BY_NOTE                                                                                                        \
	"'env':[{'name':'NOTE','valueFrom':{'fieldRef':{'fieldPath':'metadata.annotations[\\u0027path\\u0027]'}}}],"   \
	"'volumeMounts':[{'name':'v','mountPath':'/v','subPathExpr':'$(NOTE)/a'}]"

/* Without the annotation it is "/a". */
static void a_sub_path_that_leads_out_of_its_volume_is_waited_for_to_be_mended(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", BY_NOTE, NO_LINKS "'volumes':[{'name':'v','emptyDir':{}}]");
	offer("o1");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 0);
	assert_string_equal(waits("reason"), "CreateContainerConfigError");
	assert_string_equal(world_said(&w, "web", "Failed"),
			    "Error: volumeMounts[/v].subPathExpr: not a path below the volume");
	json_object_set_new(js_obj(world_object(&w, "web"), "metadata"), "annotations",
			    json_pack("{s:s}", "path", "own"));
	world_show(&w, "web");
	world_wait(&w, 2 * SOURCE_RETRY_MAX_MS);
	offer("o2");
	world_good_day(&w);
	assert_int_equal(world_count(&w, EFFECT_ACCEPT), 1);
	assert_string_equal(js_str_at(volume(0), "source", "sandbox_path", "path", NULL), "volumes/v/own/a");
}

static void a_token_is_asked_for_by_the_pods_name_and_uid(void **state)
{
	(void)state;
	world_begin(&w);
	w.fetch_by_hand = true;
	world_app(&w, "web", MOUNT, OF_TOKEN);
	world_source(&w, "serviceaccounts/default/token", "{'status':{'token':'t0k'}}");
	offer("o1");
	world_ok(&w, world_take(&w, EFFECT_UPSERT_NODE));
	struct effect *token = world_take(&w, EFFECT_FETCH);
	assert_int_equal(token->source, KUBE_SOURCE_TOKEN);
	const struct kube_source_ref ref = {token->source, token->ns, token->name};
	CLEANUP_JSON json_t *body = kube_source_body(&ref);
	CLEANUP_FREE char *path = kube_source_path(&ref);
	assert_string_equal(path, "/api/v1/namespaces/default/serviceaccounts/default/token");
	assert_string_equal(js_str_at(body, "spec", "boundObjectRef", "name", NULL), "web");
	assert_true(js_str_at(body, "spec", "boundObjectRef", "uid", NULL) != NULL);
	assert_int_equal(js_int(js_obj(body, "spec"), "expirationSeconds", 0), 3607);
	assert_int_equal(json_array_size(js_at(body, "spec", "audiences", NULL)), 0);
	assert_int_equal(world_count(&w, EFFECT_BIND), 0);
	world_fetched(&w, token);
	w.fetch_by_hand = false;
	world_fetched(&w, world_take(&w, EFFECT_FETCH));
	world_good_day(&w);
	assert_string_equal(js_str(volume(0), "container_path"), "/v/token");
	assert_string_equal(js_str_at(volume(0), "source", "secret", "value", "data", NULL), "dDBr");
}

static void a_service_account_that_is_missing_is_told(void **state)
{
	(void)state;
	world_begin(&w);
	world_app(&w, "web", MOUNT, OF_TOKEN);
	offer("o1");
	world_good_day(&w);
	assert_string_equal(
	    world_said(&w, "web", "FailedMount"),
	    "MountVolume.SetUp failed for volume \"v\" : failed to fetch token: serviceaccounts \"default\" "
	    "not found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_missing_config_map_makes_the_pod_wait_with_the_kubelets_event),
	    WORLD_TEST(a_sub_path_that_leads_out_of_its_volume_is_waited_for_to_be_mended),
	    WORLD_TEST(a_token_is_asked_for_by_the_pods_name_and_uid),
	    WORLD_TEST(a_service_account_that_is_missing_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
