/* The model where no recording speaks: identities, owners, namespaces, scale, limits, time, determinism. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"
#include "tests/unit/unit.h"

#define PODS "/api/v1/namespaces/default/pods"
#define MAPS "/api/v1/namespaces/default/configmaps"
#define SETS "/apis/apps/v1/namespaces/default/replicasets"
#define MERGE "application/merge-patch+json"

static void a_token_counts_until_it_expires(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	assert_int_equal(rig_send_as(&r, "brief", "GET", PODS), 200);
	r.now += 1000;
	assert_int_equal(rig_send_as(&r, "brief", "GET", PODS), 401);
	assert_int_equal(rig_send_as(&r, "wrong", "GET", PODS), 401);
	assert_int_equal(rig_send_as(&r, "", "GET", PODS), 401);
	rig_done(&r);
}

static void rights_are_by_verb_resource_and_namespace(void **state)
{
	(void)state;
	static const struct {
		const char *token, *method, *path;
		int status;
	} CASES[] = {
	    {"reader", "GET", PODS, 200},
	    {"reader", "GET", PODS "/none", 404},
	    {"reader", "DELETE", PODS "/none", 403},
	    {"reader", "GET", "/api/v1/namespaces/kube-system/pods", 403},
	    {"reader", "GET", "/api/v1/pods", 403},
	    {"reader", "GET", PODS "/none/log", 403},
	    {"reader", "GET", MAPS, 403},
	    {"plain", "GET", PODS, 403},
	    {"plain", "GET", "/version", 200},
	    {"plain", "GET", "/api", 200},
	    {"plain", "GET", "/metrics", 403},
	};
	struct rig r;
	rig_init(&r);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		int got = rig_send_as(&r, CASES[i].token, CASES[i].method, CASES[i].path);
		if (got != CASES[i].status) {
			fail_msg("%s %s %s: %d", CASES[i].token, CASES[i].method, CASES[i].path, got);
		}
	}
	rig_done(&r);
}

static int with_certificate(struct rig *r, const char *name, const char *organisation, bool refused)
{
	struct sandbox_request req = {.method = "GET",
				      .path = PODS,
				      .query = "",
				      .cert_common_name = name,
				      .cert_organisations = &organisation,
				      .n_cert_organisations = organisation ? 1 : 0,
				      .cert_refused = refused};
	struct sandbox_response res;
	sandbox_response_init(&res);
	apiserver_handle(r->server, r->now, &req, &res);
	int status = res.status;
	sandbox_response_done(&res);
	return status;
}

static void a_certificate_names_user_and_groups(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	assert_int_equal(with_certificate(&r, "anybody", "system:masters", false), 200);
	assert_int_equal(with_certificate(&r, "anybody", "readers", false), 200);
	assert_int_equal(with_certificate(&r, "plainuser", NULL, false), 403);
	assert_int_equal(with_certificate(&r, NULL, NULL, true), 401);
	assert_int_equal(with_certificate(&r, NULL, NULL, false), 403);
	rig_done(&r);
}

static void make_set(struct rig *r, char uid[64])
{
	assert_int_equal(
	    rig_send(r, "POST", SETS,
		     "{'metadata':{'name':'rs'},'spec':{'replicas':1,'selector':{'matchLabels':{'a':'b'}},'template':{"
		     "'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}"),
	    201);
	snprintf(uid, 64, "%s", rig_str(r, "metadata", "uid"));
}

static void make_owned(struct rig *r, const char *name, const char *uid, const char *other_uid)
{
	char CLEANUP_FREE *second =
	    other_uid ? xasprintf(",{'apiVersion':'v1','kind':'ConfigMap','name':'o','uid':'%s'}", other_uid)
		      : xstrdup("");
	char CLEANUP_FREE *body =
	    xasprintf("{'metadata':{'name':'%s','ownerReferences':[{'apiVersion':'apps/v1','kind':'ReplicaSet',"
		      "'name':'rs','uid':'%s','blockOwnerDeletion':true}%s]}}",
		      name, uid, second);
	assert_int_equal(rig_send(r, "POST", MAPS, body), 201);
}

static void dependants_go_with_their_owner(void **state)
{
	(void)state;
	struct rig r;
	char uid[64];
	rig_init(&r);
	make_set(&r, uid);
	make_owned(&r, "a", uid, NULL);
	make_owned(&r, "b", uid, NULL);
	assert_int_equal(rig_send(&r, "DELETE", SETS "/rs", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", MAPS "/a", NULL), 404);
	assert_int_equal(rig_send(&r, "GET", MAPS "/b", NULL), 404);
	rig_done(&r);
}

static void a_dependant_with_another_owner_stays(void **state)
{
	(void)state;
	struct rig r;
	char uid[64];
	char other[64];
	rig_init(&r);
	make_set(&r, uid);
	rig_send(&r, "POST", MAPS, "{'metadata':{'name':'o'}}");
	snprintf(other, sizeof(other), "%s", rig_str(&r, "metadata", "uid"));
	make_owned(&r, "a", uid, other);
	rig_send(&r, "DELETE", SETS "/rs", NULL);
	assert_int_equal(rig_send(&r, "GET", MAPS "/a", NULL), 200);
	rig_send(&r, "DELETE", MAPS "/o", NULL);
	assert_int_equal(rig_send(&r, "GET", MAPS "/a", NULL), 404);
	rig_done(&r);
}

static void orphans_are_left_alone(void **state)
{
	(void)state;
	struct rig r;
	char uid[64];
	rig_init(&r);
	make_set(&r, uid);
	make_owned(&r, "a", uid, NULL);
	assert_int_equal(rig_send(&r, "DELETE", SETS "/rs?propagationPolicy=Orphan", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", MAPS "/a", NULL), 200);
	assert_null(js_at(r.answer, "metadata", "ownerReferences", NULL));
	rig_done(&r);
}

static void in_the_foreground_the_owner_waits_for_its_dependants(void **state)
{
	(void)state;
	struct rig r;
	char uid[64];
	rig_init(&r);
	make_set(&r, uid);
	char CLEANUP_FREE *body =
	    xasprintf("{'metadata':{'name':'p','ownerReferences':[{'apiVersion':'apps/"
		      "v1','kind':'ReplicaSet','name':'rs','uid':'%s',"
		      "'blockOwnerDeletion':true}]},'spec':{'nodeName':'n','containers':[{'name':'c','image':'i'}]}}",
		      uid);
	assert_int_equal(rig_send(&r, "POST", PODS, body), 201);
	assert_int_equal(rig_send(&r, "DELETE", SETS "/rs?propagationPolicy=Foreground", NULL), 200);
	assert_string_equal(js_str(r.answer, "kind"), "ReplicaSet");
	assert_int_equal(rig_send(&r, "GET", SETS "/rs", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", PODS "/p", NULL), 200);
	assert_string_not_equal(rig_str(&r, "metadata", "deletionTimestamp"), "");
	assert_int_equal(rig_send(&r, "DELETE", PODS "/p?gracePeriodSeconds=0", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", SETS "/rs", NULL), 404);
	rig_done(&r);
}

static void a_namespace_goes_when_its_last_object_went(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_send(&r, "POST", "/api/v1/namespaces", "{'metadata':{'name':'ns'}}");
	rig_send(&r, "POST", "/api/v1/namespaces/ns/pods",
		 "{'metadata':{'name':'p'},'spec':{'nodeName':'n','containers':[{'name':'c','image':'i'}]}}");
	assert_int_equal(rig_send(&r, "DELETE", "/api/v1/namespaces/ns", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", "/api/v1/namespaces/ns", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", "/api/v1/namespaces/ns/serviceaccounts/default", NULL), 404);
	assert_int_equal(rig_send(&r, "DELETE", "/api/v1/namespaces/ns/pods/p?gracePeriodSeconds=0", NULL), 200);
	assert_int_equal(rig_send(&r, "GET", "/api/v1/namespaces/ns", NULL), 404);
	assert_int_equal(rig_send(&r, "DELETE", "/api/v1/namespaces/default", NULL), 403);
	rig_done(&r);
}

static void scale_changes_the_replicas_and_nothing_else(void **state)
{
	(void)state;
	struct rig r;
	char uid[64];
	rig_init(&r);
	make_set(&r, uid);
	assert_int_equal(rig_send(&r, "GET", SETS "/rs/scale", NULL), 200);
	assert_string_equal(rig_str(&r, "status", "selector"), "a=b");
	assert_int_equal(rig_patch(&r, MERGE, SETS "/rs/scale", "{'spec':{'replicas':5}}"), 200);
	assert_int_equal(js_int(js_obj(r.answer, "spec"), "replicas", 0), 5);
	assert_int_equal(rig_patch(&r, MERGE, SETS "/rs/scale", "{'spec':{'replicas':-1}}"), 422);
	assert_int_equal(rig_send(&r, "PUT", SETS "/rs/scale",
				  "{'metadata':{'name':'rs','resourceVersion':'1'},'spec':{'replicas':2}}"),
			 409);
	rig_send(&r, "GET", SETS "/rs", NULL);
	assert_int_equal(js_int(js_obj(r.answer, "spec"), "replicas", 0), 5);
	assert_int_equal(js_int(js_obj(r.answer, "metadata"), "generation", 0), 2);
	rig_done(&r);
}

static void the_quality_of_service_is_that_of_the_pod_as_a_whole_if_it_has_resources(void **state)
{
	(void)state;
	static const struct {
		const char *whole, *container, *qos;
	} rows[] = {
	    {"", "", "BestEffort"},
	    {"", "'limits':{'cpu':1,'memory':1}", "Guaranteed"},
	    {"'limits':{'cpu':1,'memory':1}", "", "Guaranteed"},
	    {"'limits':{'cpu':1}", "", "Burstable"},
	    {"'requests':{'cpu':2,'memory':2}", "'limits':{'cpu':1,'memory':1}", "Burstable"},
	    {"'requests':{'cpu':1,'memory':1},'limits':{'cpu':1,'memory':1}", "'requests':{'cpu':'1m'}", "Guaranteed"},
	};
	struct rig r;
	rig_init(&r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char CLEANUP_FREE *body =
		    xasprintf("{'metadata':{'name':'q%zu'},'spec':{'resources':{%s},'containers':[{'name':'c',"
			      "'image':'i','resources':{%s}}]}}",
			      i, rows[i].whole, rows[i].container);
		assert_int_equal(rig_send(&r, "POST", PODS, body), 201);
		assert_string_equal(rig_str(&r, "status", "qosClass"), rows[i].qos);
	}
	assert_int_equal(
	    rig_send(&r, "POST", PODS,
		     "{'metadata':{'name':'q'},'spec':{'resources':{'requests':{'cpu':2},'limits':{'cpu':1}},"
		     "'containers':[{'name':'c','image':'i'}]}}"),
	    422);
	rig_done(&r);
}

static void events_expire(void **state)
{
	(void)state;
	struct rig r;
	rig_init_config(&r, (struct apiserver_config){.event_ttl_ms = 60000});
	const char *events = "/api/v1/namespaces/default/events";
	assert_int_equal(apiserver_next_deadline(r.server), INT64_MAX);
	assert_int_equal(
	    rig_send(&r, "POST", events, "{'metadata':{'name':'e'},'involvedObject':{'namespace':'default'}}"), 201);
	assert_int_equal(apiserver_next_deadline(r.server), r.now + 60000);
	apiserver_tick(r.server, r.now + 59000);
	assert_int_equal(rig_send(&r, "GET", "/api/v1/namespaces/default/events/e", NULL), 200);
	apiserver_tick(r.server, r.now + 60000);
	assert_int_equal(rig_send(&r, "GET", "/api/v1/namespaces/default/events/e", NULL), 404);
	assert_int_equal(apiserver_next_deadline(r.server), INT64_MAX);
	rig_done(&r);
}

static void a_body_beyond_the_limit_is_413(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	char *big = xmalloc(APISERVER_BODY_MAX + 2);
	memset(big, ' ', APISERVER_BODY_MAX + 1);
	big[APISERVER_BODY_MAX + 1] = 0;
	assert_int_equal(rig_patch(&r, MERGE, PODS "/x", big), 413);
	assert_string_equal(js_str(r.answer, "message"), "Request entity too large: limit is 3145728");
	free(big);
	rig_done(&r);
}

static void a_dry_run_leaves_no_trace(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	rig_pod(&r, "p", "n");
	char CLEANUP_FREE *rv = xstrdup(rig_str(&r, "metadata", "resourceVersion"));
	assert_int_equal(rig_patch(&r, MERGE, PODS "/p?dryRun=All", "{'metadata':{'labels':{'a':'b'}}}"), 200);
	assert_int_equal(rig_send(&r, "DELETE", PODS "/p?dryRun=All", NULL), 200);
	assert_int_equal(rig_send(&r, "POST", PODS "/p/binding?dryRun=All", "{'target':{'name':'m'}}"), 409);
	assert_int_equal(rig_send(&r, "GET", PODS "/p", NULL), 200);
	assert_string_equal(rig_str(&r, "metadata", "resourceVersion"), rv);
	assert_int_equal(rig_send(&r, "DELETE", PODS "/p?dryRun=Some", NULL), 422);
	rig_done(&r);
}

static void equal_seeds_give_equal_answers(void **state)
{
	(void)state;
	char *texts[2];
	for (int i = 0; i < 2; i++) {
		struct rig r;
		rig_init(&r);
		rig_send(&r, "POST", PODS,
			 "{'metadata':{'generateName':'g-'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
		texts[i] = js_text(r.answer);
		rig_done(&r);
	}
	assert_string_equal(texts[0], texts[1]);
	free(texts[0]);
	free(texts[1]);
}

static void note_change(void *arg, enum apiserver_change change, const struct kube_resource *resource,
			const json_t *object)
{
	static const char *const WORDS[] = {"ADDED", "MODIFIED", "DELETED"};
	buf_printf(arg, "%s %s %s\n", WORDS[change], resource->kind, js_str_at(object, "metadata", "name", NULL));
}

static void the_subscriber_hears_every_change_in_order(void **state)
{
	(void)state;
	struct rig r;
	rig_init(&r);
	struct buf CLEANUP_BUF heard = BUF_INIT(65536);
	apiserver_subscribe(r.server, note_change, &heard);
	json_t CLEANUP_JSON *answer = NULL;
	json_t CLEANUP_JSON *map = json_pack("{s:{s:s}}", "metadata", "name", "m");
	assert_int_equal(apiserver_do(r.server, r.now, "POST", MAPS, NULL, map, &answer), 201);
	json_t CLEANUP_JSON *patch = json_pack("{s:{s:s}}", "data", "a", "b");
	assert_int_equal(apiserver_do(r.server, r.now, "PATCH", MAPS "/m", MERGE, patch, NULL), 200);
	assert_int_equal(apiserver_do(r.server, r.now, "PATCH", MAPS "/m", MERGE, patch, NULL), 200);
	assert_int_equal(apiserver_do(r.server, r.now, "DELETE", MAPS "/m", NULL, NULL, NULL), 200);
	assert_int_equal(apiserver_do(r.server, r.now, "GET", MAPS "?watch=1", NULL, NULL, NULL), 400);
	assert_string_equal(buf_str(&heard), "ADDED ConfigMap m\nMODIFIED ConfigMap m\nDELETED ConfigMap m\n");
	rig_done(&r);
}

static void nonsense_gets_one_answer_each(void **state)
{
	(void)state;
	static const struct {
		const char *method, *path, *body;
		int status;
	} CASES[] = {
	    {"GET", "", NULL, 404},
	    {"GET", "/nowhere", NULL, 404},
	    {"GET", "/api/v1/nodes/a/b/c/d/e", NULL, 404},
	    {"GET", "/api/v1/namespaces/default/nodes", NULL, 404},
	    {"GET", "/api/v1/pods/p", NULL, 404},
	    {"POST", "/api/v1/pods", "{}", 405},
	    {"BREW", PODS, NULL, 405},
	    {"POST", PODS, "[]", 400},
	    {"POST", PODS, "7", 400},
	    {"POST", PODS, "{'metadata':{'name':'p'},'spec':{'containers':null}}", 422},
	    {"POST", PODS, "{'metadata':7}", 400},
	    {"POST", PODS, "{'kind':'Nonsense','apiVersion':'v9'}", 400},
	    {"POST", PODS, "{'metadata':{'name':'p','resourceVersion':'1'}}", 500},
	    {"PUT", PODS "/p", "{'metadata':{'name':'q'}}", 400},
	    {"PUT", PODS "/p", "{}", 400},
	    {"DELETE", PODS "/p", "[]", 400},
	    {"GET", PODS "?labelSelector=%zz", NULL, 200},
	    {"GET", PODS "?limit=abc", NULL, 200},
	    {"GET", PODS "?continue=AAAA", NULL, 400},
	    {"GET", "/api/v1/namespaces/%2e%2e/pods/%00", NULL, 200},
	};
	struct rig r;
	rig_init(&r);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		int got = rig_send(&r, CASES[i].method, CASES[i].path, CASES[i].body);
		if (got != CASES[i].status) {
			char *text = r.answer ? js_text(r.answer) : xstrdup("");
			fail_msg("%s %s %s: %d %s", CASES[i].method, CASES[i].path, CASES[i].body ? CASES[i].body : "",
				 got, text);
		}
	}
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_counts_until_it_expires),
	    cmocka_unit_test(rights_are_by_verb_resource_and_namespace),
	    cmocka_unit_test(a_certificate_names_user_and_groups),
	    cmocka_unit_test(dependants_go_with_their_owner),
	    cmocka_unit_test(a_dependant_with_another_owner_stays),
	    cmocka_unit_test(orphans_are_left_alone),
	    cmocka_unit_test(in_the_foreground_the_owner_waits_for_its_dependants),
	    cmocka_unit_test(a_namespace_goes_when_its_last_object_went),
	    cmocka_unit_test(scale_changes_the_replicas_and_nothing_else),
	    cmocka_unit_test(the_quality_of_service_is_that_of_the_pod_as_a_whole_if_it_has_resources),
	    cmocka_unit_test(events_expire),
	    cmocka_unit_test(a_body_beyond_the_limit_is_413),
	    cmocka_unit_test(a_dry_run_leaves_no_trace),
	    cmocka_unit_test(equal_seeds_give_equal_answers),
	    cmocka_unit_test(the_subscriber_hears_every_change_in_order),
	    cmocka_unit_test(nonsense_gets_one_answer_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
