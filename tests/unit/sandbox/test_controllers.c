#include "tests/unit/unit.h"

#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/controllers.h"

#define START_MS 1795342800000 /* 2026-11-22 */
#define MERGE "application/merge-patch+json"
#define NAMESPACE "/api/v1/namespaces/default"

struct world {
	struct apiserver *server;
	struct controllers *controllers;
	int64_t now;
};

static int setup(void **state)
{
	static const struct apiserver_config config = {.seed = 1, .no_service_account_admission = true};
	struct world *w = xcalloc(1, sizeof(*w));
	w->now = START_MS;
	w->server = apiserver_new(&config, w->now);
	w->controllers = controllers_new(w->server, 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	controllers_free(w->controllers);
	apiserver_free(w->server);
	free(w);
	return 0;
}

/* A new reference; fails the test unless the status is 2xx. */
static json_t *request(struct world *w, const char *method, const char *path, const char *type, const char *body)
{
	struct err e = {0};
	CLEANUP_JSON json_t *in = body ? js_parse(body, strlen(body), &e) : NULL;
	json_t *out = NULL;
	assert_string_equal(e.text, "");
	int status = apiserver_do(w->server, w->now, method, path, type, in, &out);
	if (status >= 300) {
		fail_msg("%s %s: %d %s", method, path, status, js_str(out, "message") ? js_str(out, "message") : "");
	}
	return out;
}

static void act(struct world *w, const char *method, const char *path, const char *type, const char *body)
{
	json_decref(request(w, method, path, type, body));
}

/* Until the controllers have nothing to do now. */
static void settle(struct world *w)
{
	controllers_run(w->controllers, w->now);
}

static void pass(struct world *w, int64_t ms)
{
	w->now += ms;
	settle(w);
}

static json_t *pods(struct world *w)
{
	json_t *list = request(w, "GET", NAMESPACE "/pods", NULL, NULL);
	json_t *items = json_incref(js_arr(list, "items"));
	json_decref(list);
	return items;
}

static size_t pod_count(struct world *w)
{
	CLEANUP_JSON json_t *items = pods(w);
	return json_array_size(items);
}

/* free() it. */
static char *pod_path(struct world *w, size_t i, const char *more)
{
	CLEANUP_JSON json_t *items = pods(w);
	const char *name = js_str_at(json_array_get(items, i), "metadata", "name", NULL);
	assert_non_null(name);
	return xasprintf(NAMESPACE "/pods/%s%s", name, more);
}

static void set_phase(struct world *w, size_t i, const char *phase)
{
	CLEANUP_FREE char *path = pod_path(w, i, "/status");
	CLEANUP_FREE char *body = xasprintf("{\"status\":{\"phase\":\"%s\"}}", phase);
	act(w, "PATCH", path, MERGE, body);
}

static void set_ready(struct world *w, size_t i)
{
	CLEANUP_FREE char *path = pod_path(w, i, "/status");
	act(w, "PATCH", path, MERGE,
	    "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
}

static void bind_to(struct world *w, size_t i, const char *node)
{
	CLEANUP_JSON json_t *items = pods(w);
	CLEANUP_FREE char *path = pod_path(w, i, "/binding");
	CLEANUP_FREE char *body =
	    xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"%s\"},"
		      "\"target\":{\"kind\":\"Node\",\"name\":\"%s\"}}",
		      js_str_at(json_array_get(items, i), "metadata", "name", NULL), node);
	act(w, "POST", path, NULL, body);
}

#define CONTAINERS "\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"command\":[\"x\"]}]"

static void make_replicaset(struct world *w, int replicas)
{
	CLEANUP_FREE char *body =
	    xasprintf("{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":\"web\"},\"spec\":{"
		      "\"replicas\":%d,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{"
		      "\"labels\":{\"app\":\"web\"},\"annotations\":{\"note\":\"n\"}},\"spec\":{" CONTAINERS "}}}}",
		      replicas);
	act(w, "POST", "/apis/apps/v1/namespaces/default/replicasets", NULL, body);
	settle(w);
}

static int64_t rs_status(struct world *w, const char *key)
{
	CLEANUP_JSON json_t *rs = request(w, "GET", "/apis/apps/v1/namespaces/default/replicasets/web", NULL, NULL);
	return js_int(js_obj(rs, "status"), key, 0);
}

static void scale(struct world *w, int replicas)
{
	CLEANUP_FREE char *body = xasprintf("{\"spec\":{\"replicas\":%d}}", replicas);
	act(w, "PATCH", "/apis/apps/v1/namespaces/default/replicasets/web", MERGE, body);
	settle(w);
}

static void a_replica_set_makes_its_pods_from_the_template(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 3);
	CLEANUP_JSON json_t *items = pods(w);
	assert_int_equal(json_array_size(items), 3);
	const json_t *pod = json_array_get(items, 0),
		     *owner = json_array_get(js_arr(js_obj(pod, "metadata"), "ownerReferences"), 0);
	assert_string_equal(js_str(owner, "kind"), "ReplicaSet");
	assert_string_equal(js_str(owner, "name"), "web");
	assert_true(js_bool(owner, "controller", false));
	assert_memory_equal(js_str_at(pod, "metadata", "name", NULL), "web-", 4);
	assert_string_equal(js_str_at(pod, "metadata", "labels", "app", NULL), "web");
	assert_string_equal(js_str_at(pod, "metadata", "annotations", "note", NULL), "n");
	assert_int_equal(rs_status(w, "replicas"), 3);
	assert_int_equal(rs_status(w, "readyReplicas"), 0);
}

static void it_says_what_it_did_in_events(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 2);
	CLEANUP_JSON json_t *list = request(w, "GET", NAMESPACE "/events", NULL, NULL);
	assert_int_equal(json_array_size(js_arr(list, "items")), 2);
	const json_t *event = json_array_get(js_arr(list, "items"), 0);
	assert_string_equal(js_str(event, "reason"), "SuccessfulCreate");
	assert_memory_equal(js_str(event, "message"), "Created pod: web-", 17);
}

static void nothing_is_left_to_do_until_something_changes(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 2);
	assert_true(controllers_next_deadline(w->controllers) == INT64_MAX);
	set_ready(w, 0);
	assert_true(controllers_next_deadline(w->controllers) <= w->now);
	settle(w);
	assert_true(controllers_next_deadline(w->controllers) == INT64_MAX);
}

static void ready_pods_are_counted(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 3);
	set_ready(w, 0);
	set_ready(w, 2);
	settle(w);
	assert_int_equal(rs_status(w, "readyReplicas"), 2);
	assert_int_equal(rs_status(w, "availableReplicas"), 2);
	assert_int_equal(rs_status(w, "observedGeneration"), 1);
}

static void a_failed_pod_is_replaced_and_kept(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 2);
	set_phase(w, 0, "Failed");
	settle(w);
	assert_int_equal(pod_count(w), 3);
	assert_int_equal(rs_status(w, "replicas"), 2);
}

static void a_terminating_pod_is_replaced_at_once(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 1);
	bind_to(w, 0, "n1");
	CLEANUP_FREE char *path = pod_path(w, 0, "");
	act(w, "DELETE", path, NULL, NULL);
	settle(w);
	assert_int_equal(pod_count(w), 2);
}

static void surplus_pods_go_those_first_that_do_least(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 3);
	bind_to(w, 1, "n1");
	set_ready(w, 1);
	CLEANUP_JSON json_t *before = pods(w);
	scale(w, 1);
	CLEANUP_JSON json_t *after = pods(w);
	assert_int_equal(json_array_size(after), 1);
	assert_string_equal(js_str_at(json_array_get(after, 0), "metadata", "uid", NULL),
			    js_str_at(json_array_get(before, 1), "metadata", "uid", NULL));
	assert_int_equal(rs_status(w, "replicas"), 1);
}

static void pods_of_others_are_left_alone(void **state)
{
	struct world *w = *state;
	act(w, "POST", NAMESPACE "/pods", NULL,
	    "{\"metadata\":{\"name\":\"free\",\"labels\":{\"app\":\"web\"}},\"spec\":{" CONTAINERS "}}");
	make_replicaset(w, 1);
	assert_int_equal(pod_count(w), 2);
	scale(w, 0);
	assert_int_equal(pod_count(w), 1);
}

static void pods_that_fail_at_once_are_replaced_ever_more_slowly(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 1);
	size_t made = 1;
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0, n = pod_count(w); k < n; k++) {
			set_phase(w, k, "Failed");
		}
		pass(w, 250);
		made = pod_count(w);
	}
	/* 50 seconds: one at once, then after 1, 2, 4, 8, 16 seconds. */
	assert_in_range(made, 6, 9);
	assert_true(controllers_next_deadline(w->controllers) > w->now);
	assert_true(controllers_next_deadline(w->controllers) < INT64_MAX);
}

static void make_job(struct world *w, const char *spec)
{
	CLEANUP_FREE char *body =
	    xasprintf("{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"j\"},\"spec\":{%s"
		      "\"template\":{\"spec\":{\"restartPolicy\":\"Never\"," CONTAINERS "}}}}",
		      spec);
	act(w, "POST", "/apis/batch/v1/namespaces/default/jobs", NULL, body);
	settle(w);
}

static json_t *job_status(struct world *w)
{
	json_t *job = request(w, "GET", "/apis/batch/v1/namespaces/default/jobs/j", NULL, NULL);
	json_t *status = json_incref(js_obj(job, "status"));
	json_decref(job);
	return status;
}

static bool job_is(struct world *w, const char *type)
{
	CLEANUP_JSON json_t *status = job_status(w);
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(status, "conditions"), i, condition) {
		if (strcmp(js_str(condition, "type"), type) == 0) {
			return strcmp(js_str(condition, "status"), "True") == 0;
		}
	}
	return false;
}

static void a_job_is_complete_when_its_pod_succeeded(void **state)
{
	struct world *w = *state;
	make_job(w, "");
	assert_int_equal(pod_count(w), 1);
	CLEANUP_JSON json_t *items = pods(w);
	assert_string_equal(js_str_at(json_array_get(items, 0), "metadata", "labels", "job-name", NULL), "j");
	CLEANUP_JSON json_t *active = job_status(w);
	assert_int_equal(js_int(active, "active", 0), 1);
	assert_non_null(js_str(active, "startTime"));
	set_phase(w, 0, "Succeeded");
	pass(w, 3000);
	assert_true(job_is(w, "Complete"));
	CLEANUP_JSON json_t *done = job_status(w);
	assert_int_equal(js_int(done, "succeeded", 0), 1);
	assert_int_equal(js_int(done, "active", 0), 0);
	assert_non_null(js_str(done, "completionTime"));
	assert_int_equal(pod_count(w), 1);
}

static void a_job_keeps_its_parallelism_until_enough_succeeded(void **state)
{
	struct world *w = *state;
	make_job(w, "\"completions\":3,\"parallelism\":2,");
	assert_int_equal(pod_count(w), 2);
	set_phase(w, 0, "Succeeded");
	settle(w);
	assert_int_equal(pod_count(w), 3);
	for (size_t i = 0; i < 3; i++) {
		set_phase(w, i, "Succeeded");
	}
	settle(w);
	assert_int_equal(pod_count(w), 3);
	assert_true(job_is(w, "Complete"));
}

static void a_job_gives_up_after_its_backoff_limit(void **state)
{
	struct world *w = *state;
	make_job(w, "\"backoffLimit\":2,");
	for (int i = 0; i < 3; i++) {
		assert_false(job_is(w, "Failed"));
		size_t n = pod_count(w);
		for (size_t k = 0; k < n; k++) {
			set_phase(w, k, "Failed");
		}
		pass(w, 5000);
	}
	assert_true(job_is(w, "Failed"));
	CLEANUP_JSON json_t *status = job_status(w);
	assert_int_equal(js_int(status, "failed", 0), 3);
	pass(w, 100000);
	assert_int_equal(pod_count(w), 3);
}

static void a_suspended_job_has_no_pods(void **state)
{
	struct world *w = *state;
	make_job(w, "\"suspend\":true,");
	assert_int_equal(pod_count(w), 0);
	act(w, "PATCH", "/apis/batch/v1/namespaces/default/jobs/j", MERGE, "{\"spec\":{\"suspend\":false}}");
	settle(w);
	assert_int_equal(pod_count(w), 1);
}

static void make_node(struct world *w)
{
	act(w, "POST", "/api/v1/nodes", NULL, "{\"metadata\":{\"name\":\"n1\"}}");
}

static void pods_of_a_missing_node_go_after_a_quarantine(void **state)
{
	struct world *w = *state;
	make_node(w);
	make_replicaset(w, 1);
	bind_to(w, 0, "n1");
	settle(w);
	CLEANUP_JSON json_t *before = pods(w);
	act(w, "DELETE", "/api/v1/nodes/n1", NULL, NULL);
	settle(w);
	pass(w, 39000);
	assert_int_equal(pod_count(w), 1);
	pass(w, 2000);
	/* Gone, and replaced by the replica set. */
	CLEANUP_JSON json_t *after = pods(w);
	assert_int_equal(json_array_size(after), 1);
	assert_string_not_equal(js_str_at(json_array_get(after, 0), "metadata", "uid", NULL),
				js_str_at(json_array_get(before, 0), "metadata", "uid", NULL));
}

static void a_node_that_returns_in_time_keeps_its_pods(void **state)
{
	struct world *w = *state;
	make_node(w);
	make_replicaset(w, 1);
	bind_to(w, 0, "n1");
	CLEANUP_JSON json_t *before = pods(w);
	act(w, "DELETE", "/api/v1/nodes/n1", NULL, NULL);
	settle(w);
	pass(w, 20000);
	make_node(w);
	pass(w, 60000);
	CLEANUP_JSON json_t *after = pods(w);
	assert_string_equal(js_str_at(json_array_get(after, 0), "metadata", "uid", NULL),
			    js_str_at(json_array_get(before, 0), "metadata", "uid", NULL));
}

static void a_pod_bound_before_its_node_is_made_is_kept(void **state)
{
	struct world *w = *state;
	make_replicaset(w, 1);
	bind_to(w, 0, "n1");
	settle(w);
	make_node(w);
	CLEANUP_JSON json_t *before = pods(w);
	pass(w, 100000);
	CLEANUP_JSON json_t *after = pods(w);
	assert_string_equal(js_str_at(json_array_get(after, 0), "metadata", "uid", NULL),
			    js_str_at(json_array_get(before, 0), "metadata", "uid", NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static char *sign(void *arg, const char *request, struct err *why)
{
	(void)arg;
	if (strstr(request, "good")) {
		return xstrdup("CERTIFICATE");
	}
	err_set(why, ERR_INVALID, "DNS or IP subjectAltName is required");
	return NULL;
}

#define CSRS "/apis/certificates.k8s.io/v1/certificatesigningrequests"

/* What is signed of a request once it is approved; a new reference. */
static json_t *approved(struct world *w, const char *name, const char *request_text)
{
	CLEANUP_FREE char *pem = xasprintf("-----BEGIN CERTIFICATE REQUEST-----%s", request_text);
	CLEANUP_FREE char *encoded = base64_encode(pem, strlen(pem));
	CLEANUP_FREE char *body = xasprintf("{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":"
					    "\"CertificateSigningRequest\",\"metadata\":{\"name\":\"%s\"},\"spec\":{"
					    "\"request\":\"%s\",\"signerName\":\"kubernetes.io/kubelet-serving\","
					    "\"usages\":[\"server auth\"],\"username\":\"liar\"}}",
					    name, encoded);
	CLEANUP_FREE char *path = xasprintf(CSRS "/%s", name);
	CLEANUP_FREE char *approval = xasprintf("%s/approval", path);
	json_decref(request(w, "POST", CSRS, NULL, body));
	controllers_run(w->controllers, w->now);
	CLEANUP_JSON json_t *waiting = request(w, "GET", path, NULL, NULL);
	assert_null(js_str_at(waiting, "status", "certificate", NULL));
	assert_string_not_equal(js_str_at(waiting, "spec", "username", NULL), "liar");
	json_decref(request(w, "PATCH", approval, MERGE,
			    "{\"status\":{\"certificate\":\"bm8=\",\"conditions\":[{\"type\":\"Approved\",\"status\":"
			    "\"True\"}]}}"));
	controllers_run(w->controllers, w->now);
	return request(w, "GET", path, NULL, NULL);
}

static void an_approved_request_of_a_kubelet_gets_its_certificate_or_the_reason_why_not(void **state)
{
	struct world *w = *state;
	controllers_set_signer(w->controllers, &(struct controllers_signer){sign, NULL});
	CLEANUP_JSON json_t *good = approved(w, "good", "good");
	assert_string_equal(js_str_at(good, "status", "certificate", NULL), "Q0VSVElGSUNBVEU=");
	CLEANUP_JSON json_t *bad = approved(w, "bad", "bad");
	const json_t *failed = json_array_get(js_at(bad, "status", "conditions", NULL), 1);
	assert_string_equal(js_str(failed, "type"), "Failed");
	assert_string_equal(js_str(failed, "message"), "DNS or IP subjectAltName is required");
}

/* ---- claims ---- */

static void put_volume(struct world *w, const char *name, const char *size, const char *more)
{
	CLEANUP_FREE char *body =
	    xasprintf("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"capacity\":{\"storage\":\"%s\"},\"accessModes\":["
		      "\"ReadWriteOnce\"],\"storageClassName\":\"disks\",\"hostPath\":{\"path\":\"/d\"}%s}}",
		      name, size, more);
	act(w, "POST", "/api/v1/persistentvolumes", NULL, body);
	settle(w);
}

static void put_claim(struct world *w, const char *name)
{
	CLEANUP_FREE char *body = xasprintf(
	    "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":"
	    "\"disks\",\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}",
	    name);
	act(w, "POST", NAMESPACE "/persistentvolumeclaims", NULL, body);
	settle(w);
}

static void assert_claim(struct world *w, const char *name, const char *phase, const char *volume)
{
	CLEANUP_FREE char *path = xasprintf(NAMESPACE "/persistentvolumeclaims/%s", name);
	CLEANUP_JSON json_t *claim = request(w, "GET", path, NULL, NULL);
	assert_string_equal(js_str_at(claim, "status", "phase", NULL), phase);
	assert_string_equal(js_str_at(claim, "spec", "volumeName", NULL) ?: "", volume);
	assert_true(!*volume == !js_str_at(claim, "metadata", "annotations", "pv.kubernetes.io/bind-completed", NULL));
}

static void assert_volume(struct world *w, const char *name, const char *phase, const char *claim)
{
	CLEANUP_FREE char *path = xasprintf("/api/v1/persistentvolumes/%s", name);
	CLEANUP_JSON json_t *volume = request(w, "GET", path, NULL, NULL);
	assert_string_equal(js_str_at(volume, "status", "phase", NULL), phase);
	assert_string_equal(js_str_at(volume, "spec", "claimRef", "name", NULL) ?: "", claim);
}

static void a_claim_gets_the_smallest_volume_that_does(void **state)
{
	struct world *w = *state;
	put_claim(w, "data");
	assert_claim(w, "data", "Pending", "");
	put_volume(w, "little", "1Mi", "");
	assert_claim(w, "data", "Pending", "");
	put_volume(w, "large", "3Gi", ",\"claimRef\":{\"namespace\":\"default\",\"name\":\"other\"}");
	put_volume(w, "fair", "2Gi", "");
	assert_claim(w, "data", "Bound", "fair");
	assert_volume(w, "fair", "Bound", "data");
	assert_volume(w, "little", "Available", "");
	put_claim(w, "other");
	assert_claim(w, "other", "Bound", "large");
	act(w, "DELETE", NAMESPACE "/persistentvolumeclaims/data", NULL, NULL);
	settle(w);
	assert_volume(w, "fair", "Released", "data");
	put_claim(w, "data");
	assert_claim(w, "data", "Pending", "");
}

static void a_class_that_waits_for_a_pod_binds_only_what_names_the_claim(void **state)
{
	struct world *w = *state;
	act(w, "POST", "/apis/storage.k8s.io/v1/storageclasses", NULL,
	    "{\"metadata\":{\"name\":\"disks\"},\"provisioner\":\"kubernetes.io/no-provisioner\",\"volumeBindingMode\":"
	    "\"WaitForFirstConsumer\"}");
	put_volume(w, "v", "1Gi", "");
	put_claim(w, "data");
	assert_claim(w, "data", "Pending", "");
	act(w, "PATCH", "/api/v1/persistentvolumes/v", MERGE,
	    "{\"spec\":{\"claimRef\":{\"namespace\":\"default\",\"name\":\"data\"}}}");
	settle(w);
	assert_claim(w, "data", "Bound", "v");
	assert_volume(w, "v", "Bound", "data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_approved_request_of_a_kubelet_gets_its_certificate_or_the_reason_why_not),
	    TEST(a_replica_set_makes_its_pods_from_the_template),
	    TEST(it_says_what_it_did_in_events),
	    TEST(nothing_is_left_to_do_until_something_changes),
	    TEST(ready_pods_are_counted),
	    TEST(a_failed_pod_is_replaced_and_kept),
	    TEST(a_terminating_pod_is_replaced_at_once),
	    TEST(surplus_pods_go_those_first_that_do_least),
	    TEST(pods_of_others_are_left_alone),
	    TEST(pods_that_fail_at_once_are_replaced_ever_more_slowly),
	    TEST(a_job_is_complete_when_its_pod_succeeded),
	    TEST(a_job_keeps_its_parallelism_until_enough_succeeded),
	    TEST(a_job_gives_up_after_its_backoff_limit),
	    TEST(a_suspended_job_has_no_pods),
	    TEST(pods_of_a_missing_node_go_after_a_quarantine),
	    TEST(a_node_that_returns_in_time_keeps_its_pods),
	    TEST(a_pod_bound_before_its_node_is_made_is_kept),
	    TEST(a_claim_gets_the_smallest_volume_that_does),
	    TEST(a_class_that_waits_for_a_pod_binds_only_what_names_the_claim),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
