/* The subresource ephemeralcontainers of a pod: what the API server lets through. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"
#include "tests/unit/unit.h"

#define PODS "/api/v1/namespaces/default/pods"
#define SUB PODS "/p/ephemeralcontainers"
#define STRATEGIC "application/strategic-merge-patch+json"

static int patch(struct rig *r, const char *list)
{
	char CLEANUP_FREE *body = xasprintf("{'spec':{'ephemeralContainers':%s}}", list);
	return rig_patch(r, STRATEGIC, SUB, body);
}

static void init(struct rig *r)
{
	rig_init(r);
	rig_pod(r, "p", NULL);
}

static size_t count(const struct rig *r)
{
	return json_array_size(js_at(r->answer, "spec", "ephemeralContainers", NULL));
}

static void containers_are_added_one_by_one_and_only_they(void **state)
{
	(void)state;
	struct rig r;
	init(&r);
	assert_int_equal(patch(&r, "[{'name':'a','image':'i'}]"), 200);
	assert_int_equal(count(&r), 1);
	int generation = (int)js_int(js_obj(r.answer, "metadata"), "generation", 0);
	assert_int_equal(rig_patch(&r, STRATEGIC, SUB,
				   "{'metadata':{'labels':{'x':'y'}},'spec':{'activeDeadlineSeconds':5,"
				   "'ephemeralContainers':[{'name':'b','image':'i','resources':{}}]}}"),
			 200);
	assert_int_equal(count(&r), 2);
	assert_int_equal(js_int(js_obj(r.answer, "metadata"), "generation", 0), generation + 1);
	assert_null(js_at(r.answer, "spec", "activeDeadlineSeconds", NULL));
	assert_null(js_at(r.answer, "metadata", "labels", NULL));
	rig_done(&r);
}

static void none_is_changed_or_removed(void **state)
{
	(void)state;
	struct rig r;
	init(&r);
	assert_int_equal(patch(&r, "[{'name':'a','image':'i'},{'name':'b','image':'i'}]"), 200);
	assert_int_equal(patch(&r, "[{'name':'a','image':'other'}]"), 422);
	assert_string_equal(js_str(r.answer, "message"),
			    "Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "
			    "\"a\" may not be changed");
	assert_int_equal(patch(&r, "[{'name':'a','$patch':'delete'}]"), 422);
	assert_string_equal(js_str(r.answer, "message"),
			    "Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "
			    "\"a\" may not be removed");
	assert_int_equal(rig_send(&r, "GET", PODS "/p", NULL), 200);
	assert_int_equal(count(&r), 2);
	rig_done(&r);
}

static void nothing_but_the_subresource_adds_them(void **state)
{
	(void)state;
	struct rig r;
	init(&r);
	assert_int_equal(
	    rig_patch(&r, STRATEGIC, PODS "/p", "{'spec':{'ephemeralContainers':[{'name':'a','image':'i'}]}}"), 422);
	assert_int_equal(rig_send(&r, "POST", PODS,
				  "{'metadata':{'name':'q'},'spec':{'containers':[{'name':'c','image':'i'}],"
				  "'ephemeralContainers':[{'name':'a','image':'i'}]}}"),
			 422);
	assert_string_equal(js_str(r.answer, "message"),
			    "Pod \"q\" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create");
	rig_done(&r);
}

static void what_makes_a_container_a_part_of_the_service_is_forbidden(void **state)
{
	(void)state;
	static const struct {
		const char *members, *cause;
	} CASES[] = {
	    {"'ports':[{'containerPort':80}]", "ports"},
	    {"'livenessProbe':{'exec':{'command':['x']}}", "livenessProbe"},
	    {"'readinessProbe':{'exec':{'command':['x']}}", "readinessProbe"},
	    {"'startupProbe':{'exec':{'command':['x']}}", "startupProbe"},
	    {"'lifecycle':{'preStop':{'exec':{'command':['x']}}}", "lifecycle"},
	    {"'resources':{'requests':{'cpu':'1'}}", "resources"},
	    {"'resizePolicy':[{'resourceName':'cpu','restartPolicy':'NotRequired'}]", "resizePolicy"},
	    {"'restartPolicy':'Always'", "restartPolicy"},
	};
	struct rig r;
	init(&r);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char CLEANUP_FREE *list = xasprintf("[{'name':'a','image':'i',%s}]", CASES[i].members);
		char CLEANUP_FREE *wanted = xasprintf("Pod \"p\" is invalid: spec.ephemeralContainers[0].%s: "
						      "Forbidden: cannot be set for an Ephemeral Container",
						      CASES[i].cause);
		assert_int_equal(patch(&r, list), 422);
		assert_string_equal(js_str(r.answer, "message"), wanted);
	}
	rig_done(&r);
}

static void names_are_unique_among_all_containers_and_a_target_is_one_of_the_others(void **state)
{
	(void)state;
	struct rig r;
	init(&r);
	assert_int_equal(rig_send(&r, "GET", PODS "/p", NULL), 200);
	const char *own = js_str(json_array_get(js_at(r.answer, "spec", "containers", NULL), 0), "name");
	char CLEANUP_FREE *name = xstrdup(own);
	char CLEANUP_FREE *same = xasprintf("[{'name':'%s','image':'i'}]", name);
	char CLEANUP_FREE *target = xasprintf("[{'name':'a','image':'i','targetContainerName':'%s'}]", name);
	assert_int_equal(patch(&r, same), 422);
	assert_non_null(strstr(js_str(r.answer, "message"), "spec.ephemeralContainers[0].name: Duplicate value"));
	assert_int_equal(patch(&r, "[{'name':'a','image':'i','targetContainerName':'none'}]"), 422);
	assert_non_null(strstr(js_str(r.answer, "message"),
			       "spec.ephemeralContainers[0].targetContainerName: Not found: \"none\""));
	assert_int_equal(patch(&r, target), 200);
	rig_done(&r);
}

static void a_part_of_a_volume_is_not_mounted(void **state)
{
	(void)state;
	struct rig r;
	init(&r);
	assert_int_equal(rig_send(&r, "POST", PODS,
				  "{'metadata':{'name':'q'},'spec':{'volumes':[{'name':'v','emptyDir':{}}],"
				  "'containers':[{'name':'c','image':'i'}]}}"),
			 201);
	assert_int_equal(rig_patch(&r, STRATEGIC, PODS "/q/ephemeralcontainers",
				   "{'spec':{'ephemeralContainers':[{'name':'a','image':'i','volumeMounts':["
				   "{'name':'v','mountPath':'/v','subPath':'x'}]}]}}"),
			 422);
	assert_string_equal(
	    js_str(r.answer, "message"),
	    "Pod \"q\" is invalid: spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot "
	    "be set for an Ephemeral Container");
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(containers_are_added_one_by_one_and_only_they),
	    cmocka_unit_test(none_is_changed_or_removed),
	    cmocka_unit_test(nothing_but_the_subresource_adds_them),
	    cmocka_unit_test(what_makes_a_container_a_part_of_the_service_is_forbidden),
	    cmocka_unit_test(names_are_unique_among_all_containers_and_a_target_is_one_of_the_others),
	    cmocka_unit_test(a_part_of_a_volume_is_not_mounted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
