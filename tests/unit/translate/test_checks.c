/* From probes to the check and the health check of a task: Kubernetes' JSON in, Mesos' out. */
#include "tests/unit/unit.h"

#include "base/js.h"
#include "base/mem.h"
#include "tests/unit/kube/sample.h"
#include "translate/checks.h"

#define FIRST "{'exec':{'command':['sh','-c','$(A)']}}"
#define SECOND "{'tcpSocket':{'port':81},'periodSeconds':3,'timeoutSeconds':2,'initialDelaySeconds':7}"
#define WEB "{'httpGet':{'port':80,'path':'/ok'},'failureThreshold':5}"
#define TLS "{'httpGet':{'port':443,'scheme':'HTTPS'}}"

#define FIRST_COMMAND "{'shell':false,'value':'sh','arguments':['sh','-c','one']}"
#define USUAL "'delay_seconds':0,'interval_seconds':10,'timeout_seconds':1"
#define HEALTH(failures) "'grace_period_seconds':0,'consecutive_failures':" failures
#define NEVER "2147483647"

static const struct {
	const char *name, *members;
	const char *check, *health_check; /* NULL: none */
} rows[] = {
    {"no probe", "'env':[]", NULL, NULL},
    {"readiness, a command", "'readinessProbe':" FIRST,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}", NULL},
    {"readiness, a connection", "'readinessProbe':" SECOND,
     "{'type':'TCP','tcp':{'port':81},'delay_seconds':7,'interval_seconds':3,'timeout_seconds':2}", NULL},
    {"readiness, a page", "'readinessProbe':" WEB, "{'type':'HTTP','http':{'port':80,'path':'/ok'}," USUAL "}", NULL},
    {"readiness over TLS takes the health check", "'readinessProbe':" TLS, NULL,
     "{'type':'HTTP','http':{'port':443,'path':'/','scheme':'https'}," USUAL "," HEALTH(NEVER) "}"},
    {"liveness, a command", "'livenessProbe':" FIRST, NULL,
     "{'type':'COMMAND','command':" FIRST_COMMAND "," USUAL "," HEALTH("3") "}"},
    {"liveness, a page", "'livenessProbe':" WEB, NULL,
     "{'type':'HTTP','http':{'port':80,'path':'/ok','scheme':'http'}," USUAL "," HEALTH("5") "}"},
    {"liveness and readiness", "'livenessProbe':" WEB ",'readinessProbe':" FIRST,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}",
     "{'type':'HTTP','http':{'port':80,'path':'/ok','scheme':'http'}," USUAL "," HEALTH("5") "}"},
    {"startup alone takes the check", "'startupProbe':" FIRST,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}", NULL},
    {"an executor knows no hooks, so liveness is ours to judge",
     "'lifecycle':{'preStop':{'sleep':{'seconds':5}}},'livenessProbe':" FIRST, NULL,
     "{'type':'COMMAND','command':" FIRST_COMMAND "," USUAL "," HEALTH(NEVER) "}"},
    {"nor does it wait for one", "'lifecycle':{'postStart':{'exec':{'command':['up']}}},'livenessProbe':" FIRST, NULL,
     "{'type':'COMMAND','command':" FIRST_COMMAND "," USUAL "," HEALTH(NEVER) "}"},
    {"with a startup probe liveness is ours to judge", "'startupProbe':" FIRST ",'livenessProbe':" WEB,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}",
     "{'type':'HTTP','http':{'port':80,'path':'/ok','scheme':'http'}," USUAL "," HEALTH(NEVER) "}"},
    {"startup beside readiness takes the health check", "'startupProbe':" SECOND ",'readinessProbe':" FIRST,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}",
     "{'type':'TCP','tcp':{'port':81},'delay_seconds':7,'interval_seconds':3,'timeout_seconds':2," HEALTH(NEVER) "}"},
    {"startup asks what liveness asks, and oftener",
     "'startupProbe':{'httpGet':{'port':80,'path':'/ok'},'periodSeconds':2},'livenessProbe':" WEB
     ",'readinessProbe':" FIRST,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}",
     "{'type':'HTTP','http':{'port':80,'path':'/ok','scheme':'http'},"
     "'delay_seconds':0,'interval_seconds':2,'timeout_seconds':1," HEALTH(NEVER) "}"},
    {"liveness and readiness ask the same, so that startup has room",
     "'startupProbe':" FIRST ",'livenessProbe':" WEB ",'readinessProbe':" WEB,
     "{'type':'COMMAND','command':{'command':" FIRST_COMMAND "}," USUAL "}",
     "{'type':'HTTP','http':{'port':80,'path':'/ok','scheme':'http'}," USUAL "," HEALTH(NEVER) "}"},
};

static struct kube_pod *decoded(const char *members)
{
	struct err e = {0};
	CLEANUP_FREE char *whole =
	    xasprintf("%s%s", members, strstr(members, "'env'") ? "" : ",'env':[{'name':'A','value':'one'}]");
	struct kube_pod *pod = sample_container(whole, &e);
	if (!pod || pod->refused.n) {
		fail_msg("%s", pod ? pod->refused.paths[0] : e.text);
	}
	return pod;
}

static void assert_member(const char *name, const json_t *task, const char *key, const char *expected)
{
	json_t *got = json_object_get(task, key);
	CLEANUP_JSON json_t *want = expected ? sample_json(expected) : NULL;
	if (got != want && !(got && want && json_equal(got, want))) {
		CLEANUP_FREE char *text = got ? js_text(got) : xstrdup("nothing");
		fail_msg("%s: %s is %s, expected %s", name, key, text, expected ? expected : "nothing");
	}
}

static void probes_become_the_check_and_the_health_check_of_a_task(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = {0};
		CLEANUP_JSON json_t *task = json_object();
		struct kube_pod *pod = decoded(rows[i].members);
		if (checks_put(&pod->containers[0], task, &e)) {
			fail_msg("%s: %s", rows[i].name, e.text);
		}
		assert_member(rows[i].name, task, "check", rows[i].check);
		assert_member(rows[i].name, task, "health_check", rows[i].health_check);
		kube_pod_free(pod);
	}
}

static void a_third_command_is_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *members, *begins;
	} bad[] = {
	    {"'startupProbe':" FIRST
	     ",'livenessProbe':{'exec':{'command':['b']}},'readinessProbe':{'exec':{'command':['c']}}",
	     "startupProbe: "},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = {0};
		CLEANUP_JSON json_t *task = json_object();
		struct kube_pod *pod = decoded(bad[i].members);
		assert_int_equal(checks_put(&pod->containers[0], task, &e), -1);
		if (strncmp(e.text, bad[i].begins, strlen(bad[i].begins)) != 0) {
			fail_msg("%s", e.text);
		}
		kube_pod_free(pod);
	}
}

static void what_mesos_cannot_ask_the_adapter_asks(void **state)
{
	(void)state;
	static const struct {
		const char *members;
		enum kube_probe_kind kind;
		const char *question; /* of a pod at 10.0.0.1, or at fd00::1 */
	} ours[] = {
	    {"'livenessProbe':{'grpc':{'port':9}}", PROBE_LIVENESS,
	     "{'host':'10.0.0.1','port':9,'url':'http://10.0.0.1:9/grpc.health.v1.Health/Check','service':''}"},
	    {"'readinessProbe':{'grpc':{'port':9,'service':'db'}}", PROBE_READINESS,
	     "{'host':'10.0.0.1','port':9,'url':'http://10.0.0.1:9/grpc.health.v1.Health/Check','service':'db'}"},
	    {"'startupProbe':{'httpGet':{'port':80,'path':'x','httpHeaders':[{'name':'A','value':'b'}]}}",
	     PROBE_STARTUP, "{'host':'10.0.0.1','port':80,'url':'http://10.0.0.1:80/x','headers':[['A','b']]}"},
	    {"'livenessProbe':{'httpGet':{'port':80,'scheme':'HTTPS','host':'db.example'}}", PROBE_LIVENESS,
	     "{'host':'db.example','port':80,'url':'https://db.example:80/','headers':[]}"},
	    {"'livenessProbe':{'httpGet':{'port':80,'host':'fd00::2'}}", PROBE_LIVENESS,
	     "{'host':'fd00::2','port':80,'url':'http://[fd00::2]:80/','headers':[]}"},
	    {"'livenessProbe':{'tcpSocket':{'port':80,'host':'10.0.0.2'}}", PROBE_LIVENESS,
	     "{'host':'10.0.0.2','port':80}"},
	    {"'livenessProbe':{'httpGet':{'port':80,'path':'/{a,b} c?d=[e]'}}", PROBE_LIVENESS,
	     "{'host':'10.0.0.1','port':80,'url':'http://10.0.0.1:80/%7Ba,b%7D%20c?d=[e]','headers':[]}"},
	    {"'livenessProbe':" WEB ",'readinessProbe':" TLS, PROBE_READINESS,
	     "{'host':'10.0.0.1','port':443,'url':'https://10.0.0.1:443/','headers':[]}"},
	    {"'startupProbe':" FIRST ",'livenessProbe':" WEB ",'readinessProbe':" SECOND, PROBE_READINESS,
	     "{'host':'10.0.0.1','port':81}"},
	    {"'startupProbe':" FIRST ",'livenessProbe':" SECOND ",'readinessProbe':{'exec':{'command':['c']}}",
	     PROBE_LIVENESS, "{'host':'10.0.0.1','port':81}"},
	    {"'startupProbe':" SECOND ",'livenessProbe':" WEB ",'readinessProbe':" FIRST, PROBE_STARTUP,
	     "{'host':'10.0.0.1','port':81}"},
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		struct err e = {0};
		struct checks checks;
		struct kube_pod *pod = decoded(ours[i].members);
		const struct kube_container *c = &pod->containers[0];
		assert_int_equal(checks_assign(c, &checks, &e), 0);
		for (int kind = 0; kind < KUBE_PROBES; kind++) {
			bool is_ours = checks.by[kind] == PROBE_BY_ADAPTER;
			if (is_ours != (kind == (int)ours[i].kind)) {
				fail_msg("%s: %s is asked by %d", ours[i].members, kube_probe_keys[kind],
					 checks.by[kind]);
			}
		}
		assert_false(ours[i].kind == PROBE_LIVENESS && checks.kills);
		CLEANUP_JSON json_t *task = json_object(), *want = sample_json(ours[i].question);
		CLEANUP_JSON json_t *got = checks_question(&c->probes[ours[i].kind]->handler, "10.0.0.1");
		if (!json_equal(got, want)) {
			CLEANUP_FREE char *text = js_text(got);
			fail_msg("%s: %s", ours[i].members, text);
		}
		assert_int_equal(checks_put(c, task, &e), 0);
		kube_pod_free(pod);
	}
}

static void the_grace_of_a_liveness_probe_is_that_of_the_executor_if_it_ends_the_container(void **state)
{
	(void)state;
	static const struct {
		const char *members;
		int64_t grace;
	} graces[] = {
	    {"'env':[]", 30},
	    {"'livenessProbe':" WEB, 30},
	    {"'livenessProbe':{'tcpSocket':{'port':1},'terminationGracePeriodSeconds':4}", 4},
	    {"'startupProbe':" FIRST ",'livenessProbe':{'tcpSocket':{'port':1},'terminationGracePeriodSeconds':4}", 30},
	};
	for (size_t i = 0; i < sizeof(graces) / sizeof(*graces); i++) {
		struct kube_pod *pod = decoded(graces[i].members);
		assert_int_equal(checks_grace(&pod->containers[0], 30), graces[i].grace);
		kube_pod_free(pod);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(probes_become_the_check_and_the_health_check_of_a_task),
	    cmocka_unit_test(a_third_command_is_refused_by_name),
	    cmocka_unit_test(what_mesos_cannot_ask_the_adapter_asks),
	    cmocka_unit_test(the_grace_of_a_liveness_probe_is_that_of_the_executor_if_it_ends_the_container),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
