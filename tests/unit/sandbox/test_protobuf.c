#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/protobuf.h"

#define CORPUS TEST_DATA "/../fuzz/corpus/protobuf/"
#define BODY_MAX 4096

static size_t read_body(const char *name, char out[BODY_MAX])
{
	char path[512];
	snprintf(path, sizeof(path), CORPUS "%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(out, 1, BODY_MAX, f);
	fclose(f);
	return n;
}

static void assert_becomes(const char *name, const char *expected)
{
	char body[BODY_MAX];
	struct err e = {0};
	CLEANUP_JSON json_t *object = protobuf_object(body, read_body(name, body), &e);
	assert_string_equal(e.text, "");
	CLEANUP_FREE char *text = js_text(object);
	assert_string_equal(text, expected);
}

static void what_kubectl_sends_becomes_the_object_without_empty_fields(void **state)
{
	(void)state;
	assert_becomes("kubectl-namespace",
		       "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"e2e\"}}");
	assert_becomes(
	    "kubectl-job",
	    "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"once2\"},\"spec\":{\"template\":{"
	    "\"spec\":{\"containers\":[{\"name\":\"once2\",\"image\":\"busybox\",\"command\":[\"sh\",\"-c\","
	    "\"exit 0\"]}],\"restartPolicy\":\"Never\"}}}}");
}

static void bytes_become_base64_and_empty_values_of_maps_stay(void **state)
{
	(void)state;
	assert_becomes(
	    "secret", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"c\",\"labels\":{\"a\":\"\"},"
		      "\"creationTimestamp\":\"2026-11-22T10:20:00Z\"},\"data\":{\"k\":\"AP8=\"},\"type\":\"Opaque\"}");
	assert_becomes(
	    "configmap",
	    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"labels\":{\"a\":\"\"},"
	    "\"creationTimestamp\":\"2026-11-22T10:20:00Z\"},\"data\":{\"k\":\"v\",\"e\":\"\"},\"binaryData\":{\"b\":"
	    "\"AQ==\"}}");
}

static void a_zero_that_was_said_stays(void **state)
{
	(void)state;
	assert_becomes("eviction", "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"p\"},"
				   "\"deleteOptions\":{\"gracePeriodSeconds\":0}}");
}

static void what_is_not_known_or_broken_is_one_clear_error(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum err_code code;
		const char *text;
	} cases[] = {
	    {"unknown-kind", ERR_UNSUPPORTED, "protobuf: this kind is not known here"},
	    {"unknown-field", ERR_UNSUPPORTED, "protobuf: field 99 is not known here"},
	    {"length-beyond-end", ERR_INVALID, "protobuf: field 1 is broken"},
	    {"endless-varint", ERR_INVALID, "protobuf: broken tag"},
	    {"not-utf8", ERR_INVALID, "protobuf: name is no text"},
	    {"bad-wire", ERR_INVALID, "protobuf: metadata has wire type 0"},
	    {"empty", ERR_INVALID, "protobuf: does not begin with k8s"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[BODY_MAX];
		struct err e = {0};
		assert_null(protobuf_object(body, read_body(cases[i].name, body), &e));
		assert_int_equal(e.code, cases[i].code);
		assert_string_equal(e.text, cases[i].text);
	}
}

static void a_body_cut_anywhere_never_passes_for_whole(void **state)
{
	(void)state;
	char body[BODY_MAX];
	size_t n = read_body("kubectl-job", body);
	CLEANUP_JSON json_t *whole = protobuf_object(body, n, NULL);
	assert_non_null(whole);
	/* The last four bytes are two empty fields of the envelope. */
	for (size_t i = 0; i < n - 4; i++) {
		CLEANUP_FREE char *part = malloc(i + 1);
		memcpy(part, body, i);
		CLEANUP_JSON json_t *object = protobuf_object(part, i, NULL);
		assert_null(object);
	}
}

static void keep_request(void *model, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res)
{
	(void)model;
	(void)now_ms;
	const char *type = sandbox_request_header(req, "content-type");
	buf_printf(&res->body, "%s %zu %.*s", type ? type : "-", req->body_len, (int)req->body_len, req->body);
}

static void assert_front(const char *type, const char *name, const char *expected)
{
	char body[BODY_MAX];
	struct sandbox_header headers[] = {{"Host", "x"}, {"Content-Type", type}};
	struct sandbox_request req = {
	    .method = "POST", .path = "/", .query = "", .headers = headers, .n_headers = 2, .body = body};
	struct sandbox_response res;
	req.body_len = read_body(name, body);
	sandbox_response_init(&res);
	protobuf_front(keep_request, NULL, 0, &req, &res);
	assert_string_equal(buf_str(&res.body), expected);
	sandbox_response_done(&res);
}

static void the_handler_sees_json_only_when_it_can_be_had(void **state)
{
	(void)state;
	assert_front(
	    PROTOBUF_MEDIA_TYPE, "kubectl-namespace",
	    "application/json 64 {\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"e2e\"}}");
	assert_front(PROTOBUF_MEDIA_TYPE, "unknown-kind", PROTOBUF_MEDIA_TYPE " 24 k8s");
	assert_front("application/json", "empty", "application/json 0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_kubectl_sends_becomes_the_object_without_empty_fields),
	    cmocka_unit_test(bytes_become_base64_and_empty_values_of_maps_stay),
	    cmocka_unit_test(a_zero_that_was_said_stays),
	    cmocka_unit_test(what_is_not_known_or_broken_is_one_clear_error),
	    cmocka_unit_test(a_body_cut_anywhere_never_passes_for_whole),
	    cmocka_unit_test(the_handler_sees_json_only_when_it_can_be_had),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
