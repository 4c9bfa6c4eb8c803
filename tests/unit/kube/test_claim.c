/* Claims and volumes as sources, and the nodes that a volume can be reached from. */
#include "kube/claim.h"

#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "kube/node_terms.h"
#include "kube/source.h"
#include "tests/unit/kube/sample.h"
#include "tests/unit/unit.h"

/* What there is of the object, "key=value;" each, in order. free() it. */
static char *told(enum kube_source_kind kind, const char *text)
{
	struct err e = {0};
	CLEANUP_JSON json_t *o = sample_json(text);
	struct kube_source *s = kube_source_decode(kind, o, &e);
	struct buf b = BUF_INIT(4096);
	assert_non_null(s);
	for (size_t i = 0; i < s->n; i++) {
		buf_printf(&b, "%s=%s;", s->items[i].key, (const char *)s->items[i].bytes);
	}
	kube_source_free(s);
	return b.len ? buf_steal(&b, NULL) : xstrdup("");
}

static void a_claim_tells_its_volume_once_it_is_wholly_bound(void **state)
{
	static const char *const rows[][2] = {
	    {"{'metadata':{'uid':'c1','annotations':{'pv.kubernetes.io/"
	     "bind-completed':'yes'}},'spec':{'volumeName':'v'},"
	     "'status':{'phase':'Bound'}}",
	     "uid=c1;volume=v;"},
	    {"{'metadata':{'uid':'c1'},'spec':{'volumeName':'v'},'status':{'phase':'Pending'}}", "uid=c1;"},
	    {"{'metadata':{'uid':'c1','annotations':{'pv.kubernetes.io/"
	     "bind-completed':'yes'}},'spec':{'volumeName':'v',"
	     "'accessModes':['ReadWriteOncePod']},'status':{'phase':'Lost'}}",
	     "uid=c1;volume=v;lost=;oncePod=;"},
	    {"{'metadata':{'uid':'c1','deletionTimestamp':'2026-01-01T00:00:00Z','ownerReferences':[{'uid':'o1'},{'uid'"
	     ":'o2',"
	     "'controller':true}]},'spec':{}}",
	     "uid=c1;deleting=2026-01-01T00:00:00Z;owner=o2;wish={\"modes\":0,\"capacity\":0};"},
	    {"{'metadata':{'uid':'c1','annotations':{'volume.kubernetes.io/"
	     "selected-node':'n1'}},'spec':{'storageClassName':"
	     "'disks','accessModes':['ReadWriteOnce','ReadWriteMany'],'resources':{'requests':{'storage':'1Ki'}},"
	     "'selector':{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'c','operator':'Exists'}]}}}",
	     "uid=c1;class=disks;node=n1;wish={\"modes\":5,\"capacity\":1024000,\"selector\":{\"nodeSelectorTerms\":[{"
	     "\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"b\"]},{\"key\":\"c\",\"operator\":"
	     "\"Exists\"}]}]}};"},
	    {"{'metadata':{'uid':'c1'},'spec':{'storageClassName':'disks','volumeMode':'Block'}}", "uid=c1;"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *text = told(KUBE_SOURCE_CLAIM, rows[i][0]);
		assert_string_equal(text, rows[i][1]);
	}
}

#define NO_DRIVER                                                                                                      \
	"no driver of Kubernetes runs on an agent; what agents have mounted themselves can be offered as hostPath or " \
	"local;"

static void a_volume_tells_where_it_is_on_an_agent_or_why_it_cannot_be_mounted(void **state)
{
	static const char *const rows[][2] = {
	    {"{'spec':{'hostPath':{'path':'/srv//x/'},'claimRef':{'uid':'c1'}}}", "claim=c1;path=/srv/x;"},
	    {"{'spec':{'hostPath':{'path':'/x','type':'Directory'}}}", "path=/x;directory=;"},
	    {"{'spec':{'local':{'path':'/"
	     "x'},'volumeMode':'Filesystem','nodeAffinity':{'required':{'nodeSelectorTerms':[]}}}}",
	     "affinity={\"nodeSelectorTerms\":[]};path=/x;directory=;"},
	    {"{'spec':{'hostPath':{'path':'/x','type':'Socket'}}}",
	     "refused=spec.hostPath: type: an agent cannot tell files, sockets and devices apart;"},
	    {"{'spec':{'hostPath':{'path':'/x/../y'}}}",
	     "refused=spec.hostPath: path: not an absolute path without \"..\";"},
	    {"{'spec':{'local':{'path':'x'}}}", "refused=spec.local: path: not an absolute path without \"..\";"},
	    {"{'spec':{'local':{'path':'/x'},'volumeMode':'Block'}}",
	     "refused=spec.local: volumeMode: an agent mounts directories, not devices;"},
	    {"{'spec':{'local':{'path':'/x'},'mountOptions':['ro']}}",
	     "refused=spec.local: mountOptions: an agent takes none;"},
	    {"{'spec':{'accessModes':['ReadWriteMany'],'nfs':{'server':'s','path':'/'}}}",
	     "refused=spec.nfs: " NO_DRIVER},
	    {"{'spec':{}}", "refused=spec.: " NO_DRIVER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *text = told(KUBE_SOURCE_VOLUME, rows[i][0]);
		assert_string_equal(text, rows[i][1]);
	}
}

static void a_class_tells_whether_its_claims_wait_and_where_it_makes_volumes(void **state)
{
	static const char *const rows[][2] = {
	    {"{'provisioner':'p','volumeBindingMode':'Immediate'}", "provisioner=p;"},
	    {"{'provisioner':'p','volumeBindingMode':'WaitForFirstConsumer','allowedTopologies':[{'"
	     "matchLabelExpressions':["
	     "{'key':'zone','values':['a','b']}]}]}",
	     "late=;provisioner=p;topologies={\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"zone\","
	     "\"values\":["
	     "\"a\",\"b\"],\"operator\":\"In\"}]}]};"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_FREE char *text = told(KUBE_SOURCE_CLASS, rows[i][0]);
		assert_string_equal(text, rows[i][1]);
	}
}

static void of_all_volumes_those_count_that_can_be_had_or_are_somebodys(void **state)
{
	(void)state;
	CLEANUP_FREE char *text = told(
	    KUBE_SOURCE_VOLUMES,
	    "{'items':[{'metadata':{'name':'free','resourceVersion':'7','labels':{'a':'b'}},'spec':{'local':{'path':'/"
	    "x'},"
	    "'storageClassName':'disks','accessModes':['ReadOnlyMany'],'capacity':{'storage':'2'}},'status':{'phase':"
	    "'Available'}},{'metadata':{'name':'meant'},'spec':{'local':{'path':'/x'},'claimRef':{'namespace':'n',"
	    "'name':'c'}},'status':{'phase':'Available'}},{'metadata':{'name':'had'},'spec':{'nfs':{},'claimRef':{"
	    "'namespace':'n','name':'c','uid':'u'}},'status':{'phase':'Bound'}},{'metadata':{'name':'over'},'spec':{"
	    "'local':{'path':'/x'},'claimRef':{'name':'c'}},'status':{'phase':'Released'}},{'metadata':{'name':'nfs'},"
	    "'spec':{'nfs':{}},'status':{'phase':'Available'}},{'metadata':{'name':'new'},'spec':{'local':{'path':'/"
	    "x'}},"
	    "'status':{'phase':'Pending'}}]}");
	assert_string_equal(text,
			    "free={\"version\":\"7\",\"class\":\"disks\",\"modes\":2,\"capacity\":2000,\"labels\":{"
			    "\"a\":\"b\"}};meant={\"claim\":\"n/c/\"};had={\"claim\":\"n/c/u\"};");
}

/* ---- terms ---- */

static const char *label(void *arg, const char *key)
{
	(void)arg;
	return !strcmp(key, "rack") ? "r1" : !strcmp(key, "cores") ? "16" : !strcmp(key, "empty") ? "" : NULL;
}

#define EXPRESSION(key, op, values) "{'key':'" key "','operator':'" op "','values':[" values "]}"
#define TERM(expressions) "{'matchExpressions':[" expressions "]}"

static void terms_match_as_in_kubernetes(void **state)
{
	static const struct {
		const char *terms;
		bool match;
	} rows[] = {
	    {TERM(EXPRESSION("rack", "In", "'r0','r1'")), true},
	    {TERM(EXPRESSION("rack", "In", "'r0'")), false},
	    {TERM(EXPRESSION("none", "In", "'r0'")), false},
	    {TERM(EXPRESSION("rack", "NotIn", "'r0'")), true},
	    {TERM(EXPRESSION("rack", "NotIn", "'r1'")), false},
	    {TERM(EXPRESSION("none", "NotIn", "'r1'")), true},
	    {TERM(EXPRESSION("empty", "Exists", "")), true},
	    {TERM(EXPRESSION("none", "Exists", "")), false},
	    {TERM(EXPRESSION("none", "DoesNotExist", "")), true},
	    {TERM(EXPRESSION("rack", "DoesNotExist", "")), false},
	    {TERM(EXPRESSION("cores", "Gt", "'15'")), true},
	    {TERM(EXPRESSION("cores", "Gt", "'16'")), false},
	    {TERM(EXPRESSION("cores", "Lt", "'17'")), true},
	    {TERM(EXPRESSION("rack", "Lt", "'17'")), false},
	    {TERM(EXPRESSION("rack", "In", "'r1'") "," EXPRESSION("none", "Exists", "")), false},
	    {TERM(EXPRESSION("none", "Exists", "")) "," TERM(EXPRESSION("rack", "Exists", "")), true},
	    {"{'matchFields':[" EXPRESSION("metadata.name", "In", "'n1'") "]}", true},
	    {"{'matchFields':[" EXPRESSION("metadata.name", "NotIn", "'n1'") "]}", false},
	    {"{'matchExpressions':[" EXPRESSION("rack", "Exists", "") "],'matchFields':[" EXPRESSION("metadata.name",
												     "In", "'n2'") "]}",
	     false},
	    {"{}", false},
	    {"", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		CLEANUP_FREE char *text = xasprintf("{'nodeSelectorTerms':[%s]}", rows[i].terms);
		CLEANUP_JSON json_t *o = sample_json(text);
		struct kube_node_terms *terms = kube_node_terms_decode(o, &e);
		if (!terms || kube_node_terms_match(terms, "n1", label, NULL) != rows[i].match) {
			fail_msg("%s: %s", rows[i].terms, e.text);
		}
		kube_node_terms_free(terms);
	}
}

static void terms_that_nobody_can_read_are_told_by_their_place(void **state)
{
	static const char *const rows[][2] = {
	    {"{}", "nodeSelectorTerms: missing, or not a list"},
	    {"{'nodeSelectorTerms':[{}," TERM("{'operator':'In'}") "]}",
	     "nodeSelectorTerms[1].matchExpressions: key: missing"},
	    {"{'nodeSelectorTerms':[" TERM(EXPRESSION("a", "Like", "'x'")) "]}",
	     "nodeSelectorTerms[0].matchExpressions[a]: operator: none that is known"},
	    {"{'nodeSelectorTerms':[" TERM(EXPRESSION("a", "In", "")) "]}",
	     "nodeSelectorTerms[0].matchExpressions[a]: values: not what In takes"},
	    {"{'nodeSelectorTerms':[" TERM(EXPRESSION("a", "Gt", "'1','2'")) "]}",
	     "nodeSelectorTerms[0].matchExpressions[a]: values: not what Gt takes"},
	    {"{'nodeSelectorTerms':[{'matchFields':[" EXPRESSION("spec.x", "In", "'1'") "]}]}",
	     "nodeSelectorTerms[0].matchFields: key: not metadata.name"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		CLEANUP_JSON json_t *o = sample_json(rows[i][0]);
		assert_null(kube_node_terms_decode(o, &e));
		assert_string_equal(e.text, rows[i][1]);
	}
}

static void more_terms_than_the_limit_are_refused(void **state)
{
	struct err e = {0};
	(void)state;
	CLEANUP_JSON json_t *o = sample_json("{'nodeSelectorTerms':[" TERM("") "]}");
	json_t *list = js_arr(json_array_get(js_arr(o, "nodeSelectorTerms"), 0), "matchExpressions");
	for (int i = 0; i <= NODE_EXPRESSIONS_MAX; i++) {
		json_array_append_new(list, sample_json(EXPRESSION("a", "Exists", "")));
	}
	assert_null(kube_node_terms_decode(o, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	json_array_remove(list, 0);
	struct kube_node_terms *terms = kube_node_terms_decode(o, &e);
	assert_non_null(terms);
	kube_node_terms_free(terms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_claim_tells_its_volume_once_it_is_wholly_bound),
	    cmocka_unit_test(a_volume_tells_where_it_is_on_an_agent_or_why_it_cannot_be_mounted),
	    cmocka_unit_test(a_class_tells_whether_its_claims_wait_and_where_it_makes_volumes),
	    cmocka_unit_test(of_all_volumes_those_count_that_can_be_had_or_are_somebodys),
	    cmocka_unit_test(terms_match_as_in_kubernetes),
	    cmocka_unit_test(terms_that_nobody_can_read_are_told_by_their_place),
	    cmocka_unit_test(more_terms_than_the_limit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
