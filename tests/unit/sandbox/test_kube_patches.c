#include "tests/sandbox/kube/patches.h"

#include <stdlib.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static json_t *tree(const char *text)
{
	char CLEANUP_FREE *copy = xstrdup(text);
	for (char *p = copy; *p; p++) {
		*p = *p == '\'' ? '"' : *p;
	}
	json_t *t = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(t);
	return t;
}

static void assert_tree(const json_t *got, const char *wanted)
{
	json_t CLEANUP_JSON *w = tree(wanted);
	char *text = got ? js_text(got) : xstrdup("nothing");
	char *expected = js_text(w);
	if (!got || !json_equal((json_t *)(uintptr_t)got, w)) {
		assert_string_equal(text, expected);
	}
	free(text);
	free(expected);
}

static void json_patch_does_what_its_standard_shows(void **state)
{
	(void)state;
	static const char *const CASES[][3] = {
	    {"{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]", "{'baz':'qux','foo':'bar'}"},
	    {"{'foo':['bar','baz']}", "[{'op':'add','path':'/foo/1','value':'qux'}]", "{'foo':['bar','qux','baz']}"},
	    {"{'foo':['bar']}", "[{'op':'add','path':'/foo/-','value':['a']}]", "{'foo':['bar',['a']]}"},
	    {"{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]", "{'foo':'bar'}"},
	    {"{'foo':['a','b','c']}", "[{'op':'remove','path':'/foo/1'}]", "{'foo':['a','c']}"},
	    {"{'baz':'qux'}", "[{'op':'replace','path':'/baz','value':'boo'}]", "{'baz':'boo'}"},
	    {"{'foo':{'bar':'b','waldo':'f'},'qux':{'c':'g'}}",
	     "[{'op':'move','from':'/foo/waldo','path':'/qux/thud'}]",
	     "{'foo':{'bar':'b'},'qux':{'c':'g','thud':'f'}}"},
	    {"{'a':{'b':1}}", "[{'op':'copy','from':'/a','path':'/c'}]", "{'a':{'b':1},'c':{'b':1}}"},
	    {"{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':10}]", "{'/':9,'~1':10}"},
	    {"{'a/b':1}", "[{'op':'replace','path':'/a~1b','value':2}]", "{'a/b':2}"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct refusal r = {0};
		json_t CLEANUP_JSON *doc = tree(CASES[i][0]);
		json_t CLEANUP_JSON *ops = tree(CASES[i][1]);
		json_t CLEANUP_JSON *got = patch_json(doc, ops, &r);
		assert_tree(got, CASES[i][2]);
		assert_tree(doc, CASES[i][0]);
		refusal_done(&r);
	}
}

static void a_json_patch_that_does_not_apply_changes_nothing(void **state)
{
	(void)state;
	static const char *const BAD[] = {
	    "[{'op':'remove','path':'/nope'}]",
	    "[{'op':'replace','path':'/nope','value':1}]",
	    "[{'op':'add','path':'/a/9','value':1}]",
	    "[{'op':'test','path':'/b','value':2}]",
	    "[{'op':'move','from':'/nope','path':'/x'}]",
	    "[{'op':'sing','path':'/b'}]",
	    "[{'path':'/b'}]",
	    "[{'op':'add','path':'b','value':1}]",
	    "[{'op':'add','path':'/a/01x','value':1}]",
	    "[{'op':'remove','path':'/b'},{'op':'remove','path':'/b'}]",
	    "['op']",
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct refusal r = {0};
		json_t CLEANUP_JSON *doc = tree("{'a':[1],'b':1}");
		json_t CLEANUP_JSON *ops = tree(BAD[i]);
		assert_null(patch_json(doc, ops, &r));
		assert_int_equal(r.code, 422);
		assert_tree(doc, "{'a':[1],'b':1}");
		refusal_done(&r);
	}
}

static void merge_patch_does_what_its_standard_shows(void **state)
{
	(void)state;
	static const char *const CASES[][3] = {
	    {"{'a':'b'}", "{'a':'c'}", "{'a':'c'}"},
	    {"{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}"},
	    {"{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}"},
	    {"{'a':['b']}", "{'a':'c'}", "{'a':'c'}"},
	    {"{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}"},
	    {"{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}"},
	    {"['a','b']", "['c','d']", "['c','d']"},
	    {"{'e':null}", "{'a':1}", "{'e':null,'a':1}"},
	    {"[1,2]", "{'a':'b','c':null}", "{'a':'b'}"},
	    {"{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		json_t CLEANUP_JSON *doc = tree(CASES[i][0]);
		json_t CLEANUP_JSON *patch = tree(CASES[i][1]);
		json_t CLEANUP_JSON *got = patch_merge(doc, patch);
		assert_tree(got, CASES[i][2]);
		assert_tree(doc, CASES[i][0]);
	}
}

static void strategic_merge_knows_keys_order_and_directives(void **state)
{
	(void)state;
	static const char *const CASES[][4] = {
	    {"PodStatus", "{'conditions':[{'type':'A','status':'0'},{'type':'B','status':'0'}]}",
	     "{'conditions':[{'type':'B','status':'1'}]}",
	     "{'conditions':[{'type':'A','status':'0'},{'type':'B','status':'1'}]}"},
	    {"PodStatus", "{'podIPs':[{'ip':'a'}]}", "{'podIPs':[{'ip':'b'}]}", "{'podIPs':[{'ip':'b'},{'ip':'a'}]}"},
	    {"PodStatus", "{'podIPs':[{'ip':'a'}]}", "{'podIPs':[{'$patch':'replace'},{'ip':'b'}]}",
	     "{'podIPs':[{'ip':'b'}]}"},
	    {"PodStatus", "{'podIPs':[{'ip':'a'},{'ip':'c'}]}", "{'podIPs':[{'$patch':'delete','ip':'a'}]}",
	     "{'podIPs':[{'ip':'c'}]}"},
	    {"PodStatus", "{'message':'m','phase':'p'}", "{'message':null}", "{'phase':'p'}"},
	    {"PodSpec", "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'}]}",
	     "{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'b','image':'2'}]}",
	     "{'containers':[{'name':'b','image':'2'},{'name':'a','image':'1'}]}"},
	    {"PodSpec", "{'tolerations':[{'key':'a'}]}", "{'tolerations':[{'key':'b'}]}",
	     "{'tolerations':[{'key':'b'}]}"},
	    {"PodSpec", "{'volumes':[{'name':'v','hostPath':{'path':'/x'}}]}",
	     "{'volumes':[{'name':'v','emptyDir':{},'$retainKeys':['name','emptyDir']}]}",
	     "{'volumes':[{'name':'v','emptyDir':{}}]}"},
	    {"ObjectMeta", "{'finalizers':['a','b']}",
	     "{'$deleteFromPrimitiveList/finalizers':['a'],'finalizers':['c']}", "{'finalizers':['c','b']}"},
	    {"ObjectMeta", "{'labels':{'a':'1','b':'1'}}", "{'labels':{'a':null,'c':'1'}}",
	     "{'labels':{'b':'1','c':'1'}}"},
	    {"ObjectMeta", "{'labels':{'a':'1'}}", "{'labels':{'$patch':'replace','b':'2'}}", "{'labels':{'b':'2'}}"},
	    {"ObjectMeta", "{'labels':{'a':'1'}}", "{'labels':{'$patch':'delete'}}", "{}"},
	    {"NodeStatus", "{'addresses':[{'type':'InternalIP','address':'1'}]}",
	     "{'addresses':[{'type':'InternalIP','address':'2'}]}",
	     "{'addresses':[{'type':'InternalIP','address':'2'}]}"},
	    {"NodeSpec", "{'taints':[{'key':'a','effect':'NoSchedule'}]}",
	     "{'taints':[{'key':'b','effect':'NoSchedule'}]}", "{'taints':[{'key':'b','effect':'NoSchedule'}]}"},
	};
	struct schema *s = schema_new();
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct refusal r = {0};
		json_t CLEANUP_JSON *doc = tree(CASES[i][1]);
		json_t CLEANUP_JSON *patch = tree(CASES[i][2]);
		json_t CLEANUP_JSON *got = patch_strategic(schema_find(s, CASES[i][0]), doc, patch, &r);
		assert_tree(got, CASES[i][3]);
		assert_tree(doc, CASES[i][1]);
		refusal_done(&r);
	}
	schema_free(s);
}

static void an_element_without_its_merge_key_is_refused_with_itself(void **state)
{
	(void)state;
	struct schema *s = schema_new();
	struct refusal r = {0};
	json_t CLEANUP_JSON *doc = tree("{}");
	json_t CLEANUP_JSON *patch = tree("{'conditions':[{'status':'True','n':1,'l':['a','b'],'m':{'x':null}}]}");
	assert_null(patch_strategic(schema_find(s, "PodStatus"), doc, patch, &r));
	assert_int_equal(r.code, 500);
	assert_string_equal(
	    r.message, "map: map[l:[a b] m:map[x:<nil>] n:1 status:True] does not contain declared merge key: type");
	refusal_done(&r);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_patch_does_what_its_standard_shows),
	    cmocka_unit_test(a_json_patch_that_does_not_apply_changes_nothing),
	    cmocka_unit_test(merge_patch_does_what_its_standard_shows),
	    cmocka_unit_test(strategic_merge_knows_keys_order_and_directives),
	    cmocka_unit_test(an_element_without_its_merge_key_is_refused_with_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
