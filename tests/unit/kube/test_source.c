#include "kube/source.h"

#include <string.h>

#include "tests/unit/kube/sample.h"
#include "tests/unit/unit.h"

static struct kube_source *decoded(enum kube_source_kind kind, const char *text)
{
	CLEANUP_JSON json_t *o = sample_json(text);
	struct err e;
	struct kube_source *s = kube_source_decode(kind, o, &e);
	if (!s) {
		fail_msg("%s", e.text);
	}
	return s;
}

static const char *value(const struct kube_source *s, const char *key)
{
	const struct kube_datum *d = kube_source_find(s, key);
	return d ? (const char *)d->bytes : NULL;
}

static void a_configmap_holds_texts_and_bytes(void **state)
{
	(void)state;
	struct kube_source *s = decoded(KUBE_SOURCE_CONFIGMAP, "{'data':{'a':'1','b.conf':'x=2\\n','empty':''},"
							       "'binaryData':{'bin':'AAEC'}}");
	assert_int_equal(s->n, 4);
	assert_string_equal(s->items[0].key, "a");
	assert_string_equal(value(s, "b.conf"), "x=2\n");
	assert_int_equal(kube_source_find(s, "empty")->n, 0);
	assert_false(kube_source_find(s, "a")->binary);
	const struct kube_datum *bin = kube_source_find(s, "bin");
	assert_true(bin->binary && bin->n == 3 && !memcmp(bin->bytes, "\0\1\2", 4));
	assert_null(kube_source_find(s, "none"));
	kube_source_free(s);
}

static void a_secret_is_decoded_from_base64(void **state)
{
	(void)state;
	struct kube_source *s =
	    decoded(KUBE_SOURCE_SECRET, "{'type':'Opaque','data':{'password':'czNjcmV0','none':''}}");
	assert_string_equal(value(s, "password"), "s3cret");
	assert_string_equal(value(s, "none"), "");
	kube_source_free(s);
	kube_source_free(NULL);
}

static void what_is_malformed_is_told_by_its_key(void **state)
{
	(void)state;
	static const struct {
		enum kube_source_kind kind;
		const char *text, *sentence;
	} rows[] = {
	    {KUBE_SOURCE_SECRET, "{'data':{'a':'*'}}", "a: "},
	    {KUBE_SOURCE_SECRET, "{'data':{'a':1}}", "data[a]: not a string"},
	    {KUBE_SOURCE_CONFIGMAP, "{'binaryData':{'b':'='}}", "b: "},
	    {KUBE_SOURCE_CONFIGMAP, "[]", "not an object"},
	    {KUBE_SOURCE_SERVICES,
	     "{'items':[{'metadata':{'name':'a'},'spec':{'clusterIP':'10.0.0.1','ports':[{'port':0}]}}]}",
	     "spec.ports: a port without a number"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP_JSON json_t *o = sample_json(rows[i].text);
		struct err e = {0};
		assert_null(kube_source_decode(rows[i].kind, o, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_non_null(strstr(e.text, rows[i].sentence));
	}
}

static void more_than_fits_is_refused(void **state)
{
	(void)state;
	struct err e;
	CLEANUP_JSON json_t *o = json_object();
	json_t *data = json_object();
	CLEANUP_FREE char *big = xcalloc(1, KUBE_SOURCE_BYTES_MAX);
	memset(big, 'x', KUBE_SOURCE_BYTES_MAX - 1);
	json_object_set_new(data, "a", json_string(big));
	json_object_set_new(o, "data", data);
	assert_null(kube_source_decode(KUBE_SOURCE_CONFIGMAP, o, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	CLEANUP_JSON json_t *list = json_object();
	json_t *items = json_array();
	for (int i = 0; i <= KUBE_SERVICES_MAX; i++) {
		json_array_append_new(items, json_object());
	}
	json_object_set_new(list, "items", items);
	assert_null(kube_source_decode(KUBE_SOURCE_SERVICES, list, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(strstr(e.text, "enableServiceLinks"));
}

static void services_become_the_variables_of_the_kubelet(void **state)
{
	(void)state;
	struct kube_source *s =
	    decoded(KUBE_SOURCE_SERVICES,
		    "{'items':[{'metadata':{'name':'redis-primary'},'spec':{'clusterIP':'10.0.0.11','ports':["
		    "{'port':6379,'protocol':'TCP'},{'name':'p-2','port':53,'protocol':'UDP'}]}},"
		    "{'metadata':{'name':'headless'},'spec':{'clusterIP':'None','ports':[{'port':80}]}},"
		    "{'metadata':{'name':'outside'},'spec':{'type':'ExternalName','externalName':'x'}},"
		    "{'metadata':{'name':'8ball'},'spec':{'clusterIP':'10.0.0.12'}}]}");
	static const char *const rows[][2] = {
	    {"REDIS_PRIMARY_SERVICE_HOST", "10.0.0.11"},
	    {"REDIS_PRIMARY_SERVICE_PORT", "6379"},
	    {"REDIS_PRIMARY_SERVICE_PORT_P_2", "53"},
	    {"REDIS_PRIMARY_PORT", "tcp://10.0.0.11:6379"},
	    {"REDIS_PRIMARY_PORT_6379_TCP", "tcp://10.0.0.11:6379"},
	    {"REDIS_PRIMARY_PORT_6379_TCP_PROTO", "tcp"},
	    {"REDIS_PRIMARY_PORT_6379_TCP_PORT", "6379"},
	    {"REDIS_PRIMARY_PORT_6379_TCP_ADDR", "10.0.0.11"},
	    {"REDIS_PRIMARY_PORT_53_UDP", "udp://10.0.0.11:53"},
	    {"REDIS_PRIMARY_PORT_53_UDP_PROTO", "udp"},
	    {"REDIS_PRIMARY_PORT_53_UDP_PORT", "53"},
	    {"REDIS_PRIMARY_PORT_53_UDP_ADDR", "10.0.0.11"},
	    {"_8BALL_SERVICE_HOST", "10.0.0.12"},
	};
	assert_int_equal(s->n, sizeof(rows) / sizeof(*rows));
	for (size_t i = 0; i < s->n; i++) {
		assert_string_equal(s->items[i].key, rows[i][0]);
		assert_string_equal((const char *)s->items[i].bytes, rows[i][1]);
	}
	kube_source_free(s);
}

static void paths_name_one_object_or_the_services_of_a_namespace(void **state)
{
	(void)state;
	static const struct {
		struct kube_source_ref ref;
		const char *path;
		bool valid;
	} rows[] = {
	    {{KUBE_SOURCE_CONFIGMAP, "ns", "a.b"}, "/api/v1/namespaces/ns/configmaps/a.b", true},
	    {{KUBE_SOURCE_SECRET, "ns", "s"}, "/api/v1/namespaces/ns/secrets/s", true},
	    {{KUBE_SOURCE_SERVICE, "default", "kubernetes"}, "/api/v1/namespaces/default/services/kubernetes", true},
	    {{KUBE_SOURCE_SERVICES, "ns", ""}, "/api/v1/namespaces/ns/services", true},
	    {{KUBE_SOURCE_CLAIM, "ns", "data-0"}, "/api/v1/namespaces/ns/persistentvolumeclaims/data-0", true},
	    {{KUBE_SOURCE_VOLUME, "", "disk.1"}, "/api/v1/persistentvolumes/disk.1", true},
	    {{KUBE_SOURCE_VOLUMES, "", ""}, "/api/v1/persistentvolumes", true},
	    {{KUBE_SOURCE_CLASS, "", "fast"}, "/apis/storage.k8s.io/v1/storageclasses/fast", true},
	    {{KUBE_SOURCE_SECRET, "ns", ""}, NULL, false},
	    {{KUBE_SOURCE_SECRET, "ns", ".."}, NULL, false},
	    {{KUBE_SOURCE_SECRET, "ns", "a/b"}, NULL, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(kube_source_ref_valid(&rows[i].ref), rows[i].valid);
		if (rows[i].path) {
			CLEANUP_FREE char *path = kube_source_path(&rows[i].ref);
			assert_string_equal(path, rows[i].path);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_configmap_holds_texts_and_bytes),
	    cmocka_unit_test(a_secret_is_decoded_from_base64),
	    cmocka_unit_test(what_is_malformed_is_told_by_its_key),
	    cmocka_unit_test(more_than_fits_is_refused),
	    cmocka_unit_test(services_become_the_variables_of_the_kubelet),
	    cmocka_unit_test(paths_name_one_object_or_the_services_of_a_namespace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
