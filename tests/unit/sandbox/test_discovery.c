#include "tests/unit/unit.h"

#include <string.h>

#include "base/js.h"
#include "tests/sandbox/kube/discovery.h"
#include "tests/sandbox/kube/registry.h"
#include "tests/unit/sandbox/recorded.h"

#define RECORDED "kube-discovery/"
#define KUBECTL_ACCEPT                                                                                                 \
	"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                        \
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

/* One request; the response is the caller's. */
static bool ask(const char *method, const char *path, const char *query, const char *accept, const char *known_etag,
		struct sandbox_response *res)
{
	struct sandbox_header headers[3] = {{"Host", "127.0.0.1:6443"}};
	size_t n = 1;
	if (accept) {
		headers[n++] = (struct sandbox_header){"Accept", accept};
	}
	if (known_etag) {
		headers[n++] = (struct sandbox_header){"If-None-Match", known_etag};
	}
	struct sandbox_request req = {
	    .method = method, .path = path, .query = query, .headers = headers, .n_headers = n, .body = ""};
	sandbox_response_init(res);
	return discovery_handle(&req, res);
}

static json_t *get(const char *path, const char *accept)
{
	struct sandbox_response res;
	assert_true(ask("GET", path, "", accept, NULL, &res));
	assert_int_equal(res.status, 200);
	json_t *document = json_loads(buf_str(&res.body), 0, NULL);
	assert_non_null(document);
	sandbox_response_done(&res);
	return document;
}

static const char *header(const struct sandbox_response *res, const char *name)
{
	for (size_t i = 0; i < res->n_headers; i++) {
		if (strcmp(res->headers[i].name, name) == 0) {
			return res->headers[i].value;
		}
	}
	return "";
}

static json_t *find(json_t *array, const char *key, const char *value)
{
	size_t i;
	json_t *o;
	json_array_foreach (array, i, o) {
		if (strcmp(js_str(o, key) ? js_str(o, key) : "", value) == 0) {
			return o;
		}
	}
	return NULL;
}

static void assert_same(const json_t *ours, const json_t *theirs, const char *what)
{
	if (!theirs || !json_equal(ours, theirs)) {
		char *a = js_text(ours), *b = theirs ? js_text(theirs) : NULL;
		fail_msg("%s: ours %s, recorded %s", what, a, b ? b : "nothing");
	}
}

static void plain_resource_lists_say_what_the_real_ones_say(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"/api/v1", RECORDED "15-api-v1.response"},
	    {"/apis/coordination.k8s.io/v1", RECORDED "16-apis-coordination-v1.response"},
	    {"/apis/events.k8s.io/v1", RECORDED "17-apis-events-v1.response"},
	};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_JSON json_t *ours = get(cases[i][0], "application/json");
		CLEANUP_JSON json_t *theirs = recorded_json(cases[i][1]);
		assert_string_equal(js_str(ours, "groupVersion"), js_str(theirs, "groupVersion"));
		assert_int_equal(json_array_size(js_arr(ours, "resources")) > 0, 1);
		size_t k;
		json_t *o;
		json_array_foreach (js_arr(ours, "resources"), k, o) {
			json_t *recorded = find(js_arr(theirs, "resources"), "name", js_str(o, "name"));
			json_object_del(recorded, "storageVersionHash");
			assert_same(o, recorded, js_str(o, "name"));
		}
	}
}

/* Ours may have fewer subresources. */
static void assert_same_aggregate(json_t *ours, json_t *theirs)
{
	const char *name = js_str(ours, "resource");
	size_t i;
	json_t *o;
	assert_non_null(theirs);
	json_array_foreach (js_arr(ours, "subresources"), i, o) {
		assert_same(o, find(js_arr(theirs, "subresources"), "subresource", js_str(o, "subresource")), name);
	}
	json_object_del(ours, "subresources");
	json_object_del(theirs, "subresources");
	assert_same(ours, theirs, name);
}

static size_t compare_aggregates(json_t *ours, json_t *theirs)
{
	size_t i, k, n = 0;
	json_t *group, *resource;
	json_array_foreach (js_arr(ours, "items"), i, group) {
		const char *name = js_str_at(group, "metadata", "name", NULL);
		json_t *recorded = NULL, *candidate;
		size_t j;
		json_array_foreach (js_arr(theirs, "items"), j, candidate) {
			const char *other = js_str_at(candidate, "metadata", "name", NULL);
			if ((!name && !other) || (name && other && strcmp(name, other) == 0)) {
				recorded = json_array_get(js_arr(candidate, "versions"), 0);
			}
		}
		json_t *version = json_array_get(js_arr(group, "versions"), 0);
		assert_string_equal(js_str(version, "freshness"), "Current");
		json_array_foreach (js_arr(version, "resources"), k, resource) {
			assert_same_aggregate(
			    resource, find(js_arr(recorded, "resources"), "resource", js_str(resource, "resource")));
			n++;
		}
	}
	return n;
}

static void aggregated_documents_say_what_the_real_ones_say(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *core = get("/api", KUBECTL_ACCEPT), *groups = get("/apis", KUBECTL_ACCEPT);
	CLEANUP_JSON json_t *their_core = recorded_json(RECORDED "12-api-aggregated.response");
	CLEANUP_JSON json_t *their_groups = recorded_json(RECORDED "13-apis-aggregated.response");
	size_t all;
	registry_all(&all);
	assert_string_equal(js_str(groups, "apiVersion"), "apidiscovery.k8s.io/v2");
	assert_int_equal(compare_aggregates(core, their_core) + compare_aggregates(groups, their_groups), all);
}

static void the_client_chooses_the_version_of_the_aggregate(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
	    {"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
	     "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2beta1"},
	    {"application/json, */*", "APIGroupList", "v1"},
	    {NULL, "APIGroupList", "v1"},
	};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_JSON json_t *document = get("/apis", cases[i][0]);
		assert_string_equal(js_str(document, "kind"), cases[i][1]);
		assert_string_equal(js_str(document, "apiVersion"), cases[i][2]);
	}
}

static void a_known_etag_is_answered_304_without_a_body(void **state)
{
	(void)state;
	struct sandbox_response first, second;
	assert_true(ask("GET", "/apis", "", KUBECTL_ACCEPT, NULL, &first));
	assert_int_equal(strlen(header(&first, "Etag")), 130);
	assert_string_equal(header(&first, "Content-Type"),
			    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
	assert_true(ask("GET", "/apis", "", KUBECTL_ACCEPT, header(&first, "Etag"), &second));
	assert_int_equal(second.status, 304);
	assert_int_equal(second.body.len, 0);
	sandbox_response_done(&first);
	sandbox_response_done(&second);
}

static void api_versions_name_the_address_asked(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *ours = get("/api", "application/json");
	CLEANUP_JSON json_t *theirs = recorded_json(RECORDED "10-api-legacy.response");
	assert_same(ours, theirs, "/api");
}

static void every_group_has_a_document_of_its_own(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *list = get("/apis", NULL);
	size_t i;
	json_t *group;
	json_array_foreach (js_arr(list, "groups"), i, group) {
		char path[128];
		snprintf(path, sizeof(path), "/apis/%s", js_str(group, "name"));
		CLEANUP_JSON json_t *document = get(path, NULL);
		assert_string_equal(js_str(document, "kind"), "APIGroup");
		json_object_del(document, "kind");
		json_object_del(document, "apiVersion");
		assert_same(document, group, path);
	}
	assert_true(i > 5);
}

static void the_version_has_the_fields_of_the_real_one(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *ours = get("/version", NULL);
	CLEANUP_JSON json_t *theirs = recorded_json(RECORDED "01-version.response");
	const char *key;
	json_t *value;
	json_object_foreach (theirs, key, value) {
		assert_non_null(js_str(ours, key));
	}
	assert_int_equal(json_object_size(ours), json_object_size(theirs));
	assert_string_equal(js_str(ours, "minor"), js_str(theirs, "minor"));
}

static void assert_text(const char *path, const char *query, int status, const char *expected)
{
	struct sandbox_response res;
	assert_true(ask("GET", path, query, NULL, NULL, &res));
	assert_int_equal(res.status, status);
	assert_string_equal(header(&res, "Content-Type"), "text/plain; charset=utf-8");
	assert_string_equal(buf_str(&res.body), expected);
	sandbox_response_done(&res);
}

static void health_is_ok_in_short_and_for_single_checks(void **state)
{
	(void)state;
	assert_text("/healthz", "", 200, "ok");
	assert_text("/livez", "timeout=3s", 200, "ok");
	assert_text("/readyz/ping", "", 200, "ok");
	assert_text("/livez/nonsense", "", 404, "404 page not found\n");
	assert_text("/healthzz", "", 404, "404 page not found\n");
}

/* Every line of ours stands in the recording. */
static void verbose_health_has_lines_of_the_real_one(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"verbose", RECORDED "06-readyz-verbose.response"},
	    {"verbose&exclude=etcd", RECORDED "08-readyz-exclude.response"},
	};
	for (size_t i = 0; i < 2; i++) {
		struct sandbox_response res;
		struct buf recorded;
		recorded_body(cases[i][1], &recorded);
		assert_true(ask("GET", "/readyz", cases[i][0], NULL, NULL, &res));
		for (char *line = res.body.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
			char saved = end[1];
			end[1] = '\0';
			assert_non_null(strstr(buf_str(&recorded), line));
			end[1] = saved;
		}
		sandbox_response_done(&res);
		buf_done(&recorded);
	}
}

static void unknown_groups_versions_and_paths_are_plain_404(void **state)
{
	(void)state;
	static const char *const paths[] = {"/apis/metrics.k8s.io/v1beta1",
					    "/apis/none.example.com/v1/widgets",
					    "/apis/apps/v1beta1/deployments",
					    "/apis//v1",
					    "/nonsense",
					    "/metrics",
					    "/openapi/v3/apis/none/v1"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_text(paths[i], "", 404, "404 page not found\n");
	}
}

static void resources_are_left_to_others(void **state)
{
	(void)state;
	static const char *const paths[] = {"/api/v1/pods", "/api/v1/namespaces/default/pods/x",
					    "/apis/apps/v1/replicasets", "/api/v1/nonsense"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct sandbox_response res;
		assert_false(ask("POST", paths[i], "", NULL, NULL, &res));
		assert_int_equal(res.n_headers, 0);
		sandbox_response_done(&res);
	}
}

static void only_get_reads_documents(void **state)
{
	(void)state;
	struct sandbox_response res;
	assert_true(ask("POST", "/apis/apps/v1", "", NULL, NULL, &res));
	assert_int_equal(res.status, 405);
	sandbox_response_done(&res);
	assert_true(ask("DELETE", "/version", "", NULL, NULL, &res));
	assert_int_equal(res.status, 405);
	sandbox_response_done(&res);
}

static void openapi_3_says_that_the_server_validates_fields(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *index = get("/openapi/v3", NULL);
	const char *url = js_str_at(index, "paths", "apis/apps/v1", "serverRelativeURL", NULL);
	assert_non_null(url);
	CLEANUP_JSON json_t *document = get(url, NULL);
	json_t *patch =
	    js_at(document, "paths", "/apis/apps/v1/namespaces/{namespace}/replicasets/{name}", "patch", NULL);
	assert_string_equal(js_str(json_array_get(js_arr(patch, "parameters"), 1), "name"), "fieldValidation");
	assert_string_equal(js_str_at(patch, "x-kubernetes-group-version-kind", "kind", NULL), "ReplicaSet");
}

/* How far the fields of a message reach, all of them length-delimited. */
static size_t protobuf_length(const char *p, size_t n)
{
	size_t at = 0;
	while (at < n) {
		size_t len = 0;
		assert_int_equal(p[at++] & 7, 2);
		for (int shift = 0; at < n; shift += 7) {
			unsigned char byte = (unsigned char)p[at++];
			len |= (size_t)(byte & 127) << shift;
			if (byte < 128) {
				break;
			}
		}
		at += len;
	}
	return at;
}

static void openapi_2_comes_as_protobuf_when_asked(void **state)
{
	(void)state;
	struct sandbox_response res;
	assert_true(
	    ask("GET", "/openapi/v2", "", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", NULL, &res));
	static const char start[] = "\x0a\x03"
				    "2.0\x12";
	assert_memory_equal(res.body.data, start, sizeof(start) - 1);
	/* The kind of a resource, with its extension before it, and the parameter. */
	assert_non_null(memmem(res.body.data, res.body.len, "group: \"apps\"\nkind: ReplicaSet\nversion: v1\n", 41));
	assert_non_null(memmem(res.body.data, res.body.len,
			       "\"\x06"
			       "dryRun",
			       8));
	assert_int_equal(protobuf_length(res.body.data, res.body.len), res.body.len);
	sandbox_response_done(&res);
	CLEANUP_JSON json_t *document = get("/openapi/v2", "application/json");
	assert_string_equal(js_str(document, "swagger"), "2.0");
}

static void anonymous_may_read_version_and_health_only(void **state)
{
	(void)state;
	assert_true(discovery_is_public("/version"));
	assert_true(discovery_is_public("/readyz"));
	assert_false(discovery_is_public("/api"));
	assert_false(discovery_is_public("/openapi/v2"));
	assert_false(discovery_is_public("/versions"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_resource_lists_say_what_the_real_ones_say),
	    cmocka_unit_test(aggregated_documents_say_what_the_real_ones_say),
	    cmocka_unit_test(the_client_chooses_the_version_of_the_aggregate),
	    cmocka_unit_test(a_known_etag_is_answered_304_without_a_body),
	    cmocka_unit_test(api_versions_name_the_address_asked),
	    cmocka_unit_test(every_group_has_a_document_of_its_own),
	    cmocka_unit_test(the_version_has_the_fields_of_the_real_one),
	    cmocka_unit_test(health_is_ok_in_short_and_for_single_checks),
	    cmocka_unit_test(verbose_health_has_lines_of_the_real_one),
	    cmocka_unit_test(unknown_groups_versions_and_paths_are_plain_404),
	    cmocka_unit_test(resources_are_left_to_others),
	    cmocka_unit_test(only_get_reads_documents),
	    cmocka_unit_test(openapi_3_says_that_the_server_validates_fields),
	    cmocka_unit_test(openapi_2_comes_as_protobuf_when_asked),
	    cmocka_unit_test(anonymous_may_read_version_and_health_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
