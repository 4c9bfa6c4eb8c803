#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/schema.h"
#include "tests/unit/unit.h"

static void quantities_take_their_canonical_form(void **state)
{
	(void)state;
	static const char *const PAIRS[][2] = {
	    {"1", "1"},	      {"0.5", "500m"},	  {"1000m", "1"},   {"1024Mi", "1Gi"}, {"1.5Gi", "1536Mi"},
	    {"0", "0"},	      {"1e3", "1e3"},	  {"1500", "1500"}, {"1000k", "1M"},   {"-1", "-1"},
	    {"100m", "100m"}, {"512", "512"},	  {"0.1n", "1n"},   {"1Ei", "1Ei"},    {"16Gi", "16Gi"},
	    {"+2", "2"},      {"500Ki", "500Ki"}, {".5", "500m"},   {"0Gi", "0"},      {"1048576", "1048576"},
	    {"1.5", "1500m"},
	};
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		char out[64];
		assert_int_equal(quantity_canonical(PAIRS[i][0], out), 0);
		assert_string_equal(out, PAIRS[i][1]);
	}
}

static void what_is_no_quantity_is_refused(void **state)
{
	(void)state;
	static const char *const BAD[] = {"", "abc", "1 Gi", "1.2.3", "--1", "1Gb", "Gi", "1e", "0x1", "1e99"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		char out[64];
		assert_int_equal(quantity_canonical(BAD[i], out), -1);
	}
}

static void huge_quantities_are_capped_not_wrapped(void **state)
{
	(void)state;
	__int128 huge;
	__int128 big;
	assert_int_equal(quantity_nano("99999999999999999999999999Ei", &huge), 0);
	assert_int_equal(quantity_nano("1", &big), 0);
	assert_true(huge > big);
}

static void times_become_utc_and_micro_times_need_six_digits(void **state)
{
	(void)state;
	char out[64];
	struct err e;
	assert_int_equal(schema_time("2026-11-22T10:17:45+02:00", false, out, &e), 0);
	assert_string_equal(out, "2026-11-22T08:17:45Z");
	assert_int_equal(schema_time("2026-11-22T10:17:45.123456Z", true, out, &e), 0);
	assert_string_equal(out, "2026-11-22T10:17:45.123456Z");
	assert_int_equal(schema_time("2026-11-22T10:17:45Z", true, out, &e), -1);
	assert_non_null(strstr(e.text, "cannot parse \"Z\" as \".000000\""));
	assert_int_equal(schema_time("", false, out, &e), -1);
	assert_int_equal(schema_time("2026-13-45T99:99:99Z", false, out, &e), -1);
}

static json_t *decoded(const char *type, const char *text, json_t *unknown, struct err *e)
{
	struct schema *s = schema_new();
	json_t *in = json_loads(text, 0, NULL);
	assert_non_null(in);
	json_t *out = schema_decode(schema_find(s, type), in, true, unknown, e);
	json_decref(in);
	schema_free(s);
	return out;
}

static void decoding_orders_drops_and_fills_in(void **state)
{
	(void)state;
	struct err e;
	json_t CLEANUP_JSON *unknown = json_array();
	json_t CLEANUP_JSON *out = decoded(
	    "ContainerStatus",
	    "{\"image\":\"i\",\"nonsense\":{},\"name\":\"c\",\"containerID\":\"\",\"started\":false}", unknown, &e);
	char CLEANUP_FREE *text = js_text(out);
	assert_string_equal(
	    text, "{\"name\":\"c\",\"state\":{},\"lastState\":{},\"ready\":false,\"restartCount\":0,\"image\":\"i\","
		  "\"imageID\":\"\",\"started\":false}");
	assert_int_equal(json_array_size(unknown), 1);
	assert_string_equal(json_string_value(json_array_get(unknown, 0)), "nonsense");
}

static void a_wrong_type_is_named_with_its_field(void **state)
{
	(void)state;
	static const struct {
		const char *in, *sentence;
	} CASES[] = {
	    {"{\"spec\":{\"containers\":\"no\"}}",
	     "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container"},
	    {"{\"spec\":7}", "json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec"},
	    {"{\"metadata\":{\"labels\":[]}}",
	     "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string"},
	    {"{\"spec\":{\"priority\":99999999999}}",
	     "json: cannot unmarshal number 99999999999 into Go struct field PodSpec.spec.priority of type int32"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct err e;
		assert_null(decoded("Pod", CASES[i].in, NULL, &e));
		assert_string_equal(e.text, CASES[i].sentence);
	}
}

static void every_stored_kind_has_a_type(void **state)
{
	(void)state;
	struct schema *s = schema_new();
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	for (size_t i = 0; i < n; i++) {
		const struct schema_type *t = schema_of_resource(s, &all[i]);
		assert_non_null(t);
		assert_non_null(schema_field(t, "metadata"));
	}
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantities_take_their_canonical_form),
	    cmocka_unit_test(what_is_no_quantity_is_refused),
	    cmocka_unit_test(huge_quantities_are_capped_not_wrapped),
	    cmocka_unit_test(times_become_utc_and_micro_times_need_six_digits),
	    cmocka_unit_test(decoding_orders_drops_and_fills_in),
	    cmocka_unit_test(a_wrong_type_is_named_with_its_field),
	    cmocka_unit_test(every_stored_kind_has_a_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
