/* Tokens of service accounts, asked for and used. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/sandbox/kube_rig.h"

#define TOKEN "/api/v1/namespaces/default/serviceaccounts/default/token"
#define PODS "/api/v1/namespaces/default/pods"

static char *uid_of(struct rig *r, const char *pod)
{
	CLEANUP_FREE char *path = xasprintf(PODS "/%s", pod);
	assert_int_equal(rig_send(r, "GET", path, NULL), 200);
	return xstrdup(rig_str(r, "metadata", "uid"));
}

/* NULL: refused. free() it. */
static char *ask(struct rig *r, const char *spec, int status)
{
	CLEANUP_FREE char *body =
	    xasprintf("{'apiVersion':'authentication.k8s.io/v1','kind':'TokenRequest','spec':{%s}}", spec);
	int got = rig_send(r, "POST", TOKEN, body);
	if (got != status) {
		fail_msg("%s: %d", spec, got);
	}
	return got == 201 ? xstrdup(rig_str(r, "status", "token")) : NULL;
}

static char *bound_to(const char *pod, const char *uid)
{
	return xasprintf("'audiences':[],'boundObjectRef':{'kind':'Pod','apiVersion':'v1','name':'%s','uid':'%s'}", pod,
			 uid);
}

static void a_token_is_its_accounts_until_it_expires(void **state)
{
	struct rig r;
	(void)state;
	rig_init(&r);
	CLEANUP_FREE char *token = ask(&r, "'audiences':[],'expirationSeconds':600", 201);
	assert_int_equal(rig_send_as(&r, token, "GET", PODS), 403);
	assert_non_null(
	    strstr(js_str(r.answer, "message"), "User \"system:serviceaccount:default:default\" cannot list"));
	r.now += 600000;
	assert_int_equal(rig_send_as(&r, token, "GET", PODS), 401);
	rig_done(&r);
}

static void a_token_for_others_opens_nothing_here(void **state)
{
	struct rig r;
	(void)state;
	rig_init(&r);
	CLEANUP_FREE char *token = ask(&r, "'audiences':['vault']", 201);
	assert_int_equal(rig_send_as(&r, token, "GET", PODS), 401);
	rig_done(&r);
}

static void a_token_ends_with_the_pod_that_it_is_bound_to(void **state)
{
	struct rig r;
	(void)state;
	rig_init(&r);
	rig_pod(&r, "web", NULL);
	CLEANUP_FREE char *uid = uid_of(&r, "web"), *spec = bound_to("web", uid), *token = ask(&r, spec, 201);
	assert_int_equal(rig_send_as(&r, token, "GET", PODS), 403);
	assert_int_equal(rig_send(&r, "DELETE", PODS "/web?gracePeriodSeconds=0", NULL), 200);
	assert_int_equal(rig_send_as(&r, token, "GET", PODS), 401);
	rig_done(&r);
}

static void what_cannot_be_bound_is_refused_as_recorded(void **state)
{
	struct rig r;
	(void)state;
	rig_init(&r);
	rig_pod(&r, "web", NULL);
	CLEANUP_FREE char *other = bound_to("web", "00000000-0000-0000-0000-000000000000");
	ask(&r, other, 409);
	assert_string_equal(
	    js_str(r.answer, "message"),
	    "Operation cannot be fulfilled on Pod \"web\": the UID in the bound object reference "
	    "(00000000-0000-0000-0000-000000000000) does not match the UID in record. The object might have "
	    "been deleted and then recreated");
	CLEANUP_FREE char *missing = bound_to("nope", "9848a467-941c-4929-8a9d-44b639cd947b");
	ask(&r, missing, 404);
	assert_string_equal(js_str(r.answer, "message"), "pods \"nope\" not found");
	ask(&r, "'audiences':[],'expirationSeconds':60", 422);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_is_its_accounts_until_it_expires),
	    cmocka_unit_test(a_token_for_others_opens_nothing_here),
	    cmocka_unit_test(a_token_ends_with_the_pod_that_it_is_bound_to),
	    cmocka_unit_test(what_cannot_be_bound_is_refused_as_recorded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
