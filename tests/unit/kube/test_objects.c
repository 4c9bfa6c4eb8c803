#include "tests/unit/unit.h"

#include "kube/objects.h"
#include "tests/unit/kube/sample.h"

static void assert_same(json_t *owned, json_t *want)
{
	if (!json_equal(owned, want)) {
		CLEANUP_FREE char *got = js_text(owned);
		fail_msg("got %s", got);
	}
	json_decref(owned);
	json_decref(want);
}

static void a_binding_is_the_recorded_one_with_its_guard(void **state)
{
	(void)state;
	struct kube_pair annotation = {"mesos.apache.org/offer", "o-1"};
	json_t *want = sample_tree("binding-13-bind-annotations.request");
	json_t *metadata = json_object_get(want, "metadata");
	json_object_del(metadata, "labels");
	json_object_set_new(metadata, "namespace", json_string("binding"));
	json_object_set_new(metadata, "uid", json_string("u-1"));
	assert_same(kube_binding_body("binding", "b3", "u-1", "rig-node-1", &annotation, 1), want);

	json_t *plain = kube_binding_body("d", "p", "u", "n", NULL, 0);
	assert_null(js_at(plain, "metadata", "annotations", NULL));
	json_decref(plain);
}

static void a_deletion_is_the_recorded_one(void **state)
{
	(void)state;
	assert_same(kube_pod_delete_body("2a4d694e-f817-4f9d-8712-24753a4641ef"),
		    sample_tree("delete-08-finalise.request"));
}

static void an_event_is_the_recorded_one(void **state)
{
	(void)state;
	struct kube_event event = {.kind = "Pod",
				   .ns = "events",
				   .name = "e1",
				   .uid = "bb91fcb1-b6ff-4794-ba4e-74050286e219",
				   .type = "Normal",
				   .reason = "Started",
				   .message = "Container started",
				   .component = "kubelet",
				   .instance = "rig-node-1",
				   .first_ms = 1795342673000,
				   .last_ms = 1795342673000,
				   .count = 1};
	json_t *want = sample_tree("events-01-core-post.request");
	json_object_del(json_object_get(want, "involvedObject"), "fieldPath");
	assert_same(kube_event_body(&event, 0x18ea56a65c9c2280), want);
}

static void an_eviction_leaves_the_grace_to_the_pod(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *body = kube_pod_evict_body("u-1");
	CLEANUP_FREE char *text = js_text(body);
	assert_string_equal(text, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
				  "\"preconditions\":{\"uid\":\"u-1\"}}");
}

static void a_node_is_deleted_only_as_it_was_read(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *node = sample_json("{'metadata':{'uid':'u-2','resourceVersion':'17'}}");
	CLEANUP_JSON json_t *body = kube_node_delete_body(node);
	CLEANUP_FREE char *text = js_text(js_obj(body, "preconditions"));
	assert_string_equal(text, "{\"uid\":\"u-2\",\"resourceVersion\":\"17\"}");
}

static void an_event_of_a_node_goes_to_the_default_namespace(void **state)
{
	(void)state;
	struct kube_event event = {
	    .kind = "Node", .name = "n1", .uid = "n1", .type = "Normal", .reason = "R", .count = 1};
	CLEANUP_JSON json_t *body = kube_event_body(&event, 1);
	assert_string_equal(js_str_at(body, "metadata", "namespace", NULL), "default");
	assert_string_equal(js_str_at(body, "metadata", "name", NULL), "n1.0000000000000001");
	assert_null(js_at(body, "involvedObject", "namespace", NULL));
}

static void long_names_and_messages_are_cut_to_what_the_api_takes(void **state)
{
	(void)state;
	char name[254], message[5000], reason[300];
	memset(name, 'n', sizeof(name) - 1);
	memset(message, 'm', sizeof(message) - 1);
	memset(reason, 'R', sizeof(reason) - 1);
	name[sizeof(name) - 1] = message[sizeof(message) - 1] = reason[sizeof(reason) - 1] = '\0';
	struct kube_event event = {.kind = "Pod",
				   .ns = "d",
				   .name = name,
				   .uid = "u",
				   .type = "Warning",
				   .reason = reason,
				   .message = message};
	CLEANUP_JSON json_t *body = kube_event_body(&event, UINT64_MAX);
	assert_int_equal(strlen(js_str_at(body, "metadata", "name", NULL)), 253);
	assert_int_equal(strlen(js_str(body, "message")), 1024);
	assert_int_equal(strlen(js_str(body, "reason")), 128);
}

static void paths_are_built_for_every_kind_of_resource(void **state)
{
	(void)state;
	static const struct {
		const char *gv, *ns, *resource, *name, *sub, *path;
	} rows[] = {
	    {"v1", "d", "pods", "web-1", "status", "/api/v1/namespaces/d/pods/web-1/status"},
	    {"v1", "d", "pods", NULL, NULL, "/api/v1/namespaces/d/pods"},
	    {"v1", NULL, "nodes", "n1", NULL, "/api/v1/nodes/n1"},
	    {"v1", NULL, "pods", NULL, NULL, "/api/v1/pods"},
	    {"coordination.k8s.io/v1", "kube-node-lease", "leases", "n1", NULL,
	     "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"},
	    {"v1", "d", "pods", "a/../b?c=%", NULL, "/api/v1/namespaces/d/pods/a%2F..%2Fb%3Fc%3D%25"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *path =
		    kube_path(rows[i].gv, rows[i].ns, rows[i].resource, rows[i].name, rows[i].sub);
		assert_string_equal(path, rows[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_binding_is_the_recorded_one_with_its_guard),
	    cmocka_unit_test(a_deletion_is_the_recorded_one),
	    cmocka_unit_test(an_eviction_leaves_the_grace_to_the_pod),
	    cmocka_unit_test(a_node_is_deleted_only_as_it_was_read),
	    cmocka_unit_test(an_event_is_the_recorded_one),
	    cmocka_unit_test(an_event_of_a_node_goes_to_the_default_namespace),
	    cmocka_unit_test(long_names_and_messages_are_cut_to_what_the_api_takes),
	    cmocka_unit_test(paths_are_built_for_every_kind_of_resource),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
