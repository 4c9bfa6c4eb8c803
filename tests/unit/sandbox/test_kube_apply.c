/* Server-side apply through the model: what is merged, owned, fought over and given up. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"
#include "tests/unit/unit.h"

#define APPLY "application/apply-patch+yaml"
#define MERGE "application/merge-patch+json"
#define MAPS "/api/v1/namespaces/default/configmaps/cm"
#define PODS "/api/v1/namespaces/default/pods"

static const char *data(const struct rig *r, const char *key)
{
	const char *value = js_str(js_obj(r->answer, "data"), key);
	return value ? value : "(none)";
}

static void applying_creates_and_applying_again_changes_nothing(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'metadata':{'name':'cm'},'data':{'a':'1'}}"),
			 201);
	char CLEANUP_FREE *rv = xstrdup(rig_str(&r, "metadata", "resourceVersion"));
	r.now += 5000;
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'metadata':{'name':'cm'},'data':{'a':'1'}}"),
			 200);
	assert_string_equal(rig_str(&r, "metadata", "resourceVersion"), rv);
	rig_done(&r);
}

static void a_field_no_longer_applied_goes_unless_another_manager_has_it(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'a':'1','b':'1','c':'1'}}");
	rig_patch(&r, APPLY, MAPS "?fieldManager=you", "{'data':{'b':'1'}}");
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'c':'1'}}"), 200);
	assert_string_equal(data(&r, "a"), "(none)");
	assert_string_equal(data(&r, "b"), "1");
	assert_string_equal(data(&r, "c"), "1");
	rig_done(&r);
}

static void another_managers_field_is_a_conflict_unless_forced(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'a':'1'}}");
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=you", "{'data':{'a':'2'}}"), 409);
	assert_string_equal(js_str(r.answer, "message"), "Apply failed with 1 conflict: conflict with \"me\": .data.a");
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=you", "{'data':{'a':'1'}}"), 200);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=third&force=true", "{'data':{'a':'3'}}"), 200);
	assert_string_equal(data(&r, "a"), "3");
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{}}"), 200);
	assert_string_equal(data(&r, "a"), "3");
	rig_done(&r);
}

static void what_was_there_before_the_first_apply_is_owned(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_send(&r, "POST", "/api/v1/namespaces/default/configmaps", "{'metadata':{'name':'cm'},'data':{'a':'1'}}");
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'a':'2'}}"), 409);
	assert_non_null(strstr(js_str(r.answer, "message"), "before-first-apply"));
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me&force=true", "{'data':{'a':'2','b':'1'}}"), 200);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{}}"), 200);
	assert_string_equal(data(&r, "a"), "(none)");
	rig_done(&r);
}

static void a_plain_update_takes_the_field_from_its_applier(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'a':'1','b':'1'}}");
	assert_int_equal(rig_patch(&r, MERGE, MAPS, "{'data':{'a':'2'}}"), 200);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':{'b':'1'}}"), 200);
	assert_string_equal(data(&r, "a"), "2");
	rig_done(&r);
}

static void list_elements_are_merged_and_owned_by_their_keys(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_pod(&r, "p", "n");
	const char *mine = PODS "/p/status?fieldManager=me&force=true";
	const char *yours = PODS "/p/status?fieldManager=you";
	assert_int_equal(rig_patch(&r, APPLY, mine, "{'status':{'conditions':[{'type':'Ready','status':'True'}]}}"),
			 200);
	assert_int_equal(rig_patch(&r, APPLY, yours, "{'status':{'conditions':[{'type':'Extra','status':'True'}]}}"),
			 200);
	assert_int_equal(json_array_size(js_at(r.answer, "status", "conditions", NULL)), 2);
	assert_int_equal(rig_patch(&r, APPLY, yours, "{'status':{'conditions':[{'type':'Ready','status':'False'}]}}"),
			 409);
	assert_non_null(strstr(js_str(r.answer, "message"), ".status.conditions[type=\"Ready\"].status"));
	assert_int_equal(rig_patch(&r, APPLY, mine, "{'status':{}}"), 200);
	json_t *left = js_at(r.answer, "status", "conditions", NULL);
	assert_int_equal(json_array_size(left), 1);
	assert_string_equal(js_str(json_array_get(left, 0), "type"), "Extra");
	rig_done(&r);
}

static void yaml_is_taken_and_nonsense_refused(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "data:\n  a: 'x'\n"), 201);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "- a\n- b\n"), 400);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{"), 400);
	assert_int_equal(rig_patch(&r, APPLY, MAPS, "{'data':{}}"), 422);
	assert_int_equal(rig_patch(&r, APPLY, MAPS "?fieldManager=me", "{'data':7}"), 422);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(applying_creates_and_applying_again_changes_nothing),
	    cmocka_unit_test(a_field_no_longer_applied_goes_unless_another_manager_has_it),
	    cmocka_unit_test(another_managers_field_is_a_conflict_unless_forced),
	    cmocka_unit_test(what_was_there_before_the_first_apply_is_owned),
	    cmocka_unit_test(a_plain_update_takes_the_field_from_its_applier),
	    cmocka_unit_test(list_elements_are_merged_and_owned_by_their_keys),
	    cmocka_unit_test(yaml_is_taken_and_nonsense_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
