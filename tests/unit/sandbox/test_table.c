#include "tests/unit/unit.h"

#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/table.h"
#include "tests/unit/sandbox/recorded.h"

#define NOW_TEXT "2026-11-22T10:20:00Z"

static int64_t now(void)
{
	int64_t ms;
	assert_int_equal(time_parse(NOW_TEXT, &ms), 0);
	return ms;
}

static json_t *parse(const char *text)
{
	struct err e = {0};
	json_t *o = js_parse(text, strlen(text), &e);
	assert_string_equal(e.text, "");
	return o;
}

/* The cells of the only row, as text with bars; free() it. */
static char *row_text(const char *resource, const char *object)
{
	CLEANUP_JSON json_t *o = parse(object), *table = table_of(resource, o, now(), true);
	struct buf b = BUF_INIT(4096);
	size_t i;
	json_t *cell, *row = json_array_get(js_arr(table, "rows"), 0);
	assert_int_equal(json_array_size(js_arr(row, "cells")), json_array_size(js_arr(table, "columnDefinitions")));
	json_array_foreach (js_arr(row, "cells"), i, cell) {
		if (json_is_integer(cell)) {
			buf_printf(&b, "%s%lld", i > 0 ? "|" : "", (long long)json_integer_value(cell));
		} else {
			buf_printf(&b, "%s%s", i > 0 ? "|" : "",
				   json_is_true(cell)	 ? "true"
				   : json_is_false(cell) ? "false"
							 : json_string_value(cell));
		}
	}
	return buf_steal(&b, NULL);
}

static void assert_row(const char *resource, const char *object, const char *expected)
{
	CLEANUP_FREE char *row = row_text(resource, object);
	assert_string_equal(row, expected);
}

static json_t *first_of_stream(const char *name)
{
	struct buf body;
	recorded_body(name, &body);
	json_t *o = json_loadb(body.data, strcspn(body.data, "\n"), 0, NULL);
	buf_done(&body);
	assert_non_null(o);
	return o;
}

/* Columns and cells of ours against a recorded table; `at` is when it was recorded. */
static void assert_like_recorded(json_t *recorded, const char *resource, const char *object, const char *at)
{
	int64_t ms;
	assert_int_equal(time_parse(at, &ms), 0);
	CLEANUP_JSON json_t *o = parse(object), *ours = table_of(resource, o, ms, true);
	size_t i;
	json_t *column;
	json_array_foreach (js_arr(recorded, "columnDefinitions"), i, column) {
		json_t *mine = json_array_get(js_arr(ours, "columnDefinitions"), i);
		json_object_set_new(column, "description", json_string(""));
		assert_true(json_equal(mine, column));
	}
	assert_int_equal(json_array_size(js_arr(ours, "columnDefinitions")), i);
	json_t *row = json_array_get(js_arr(ours, "rows"), 0), *theirs = json_array_get(js_arr(recorded, "rows"), 0);
	assert_true(json_equal(json_object_get(row, "cells"), json_object_get(theirs, "cells")));
	assert_string_equal(js_str_at(row, "object", "kind", NULL), js_str_at(theirs, "object", "kind", NULL));
	assert_string_equal(js_str_at(row, "object", "apiVersion", NULL),
			    js_str_at(theirs, "object", "apiVersion", NULL));
}

static void a_node_has_the_columns_and_cells_of_the_real_server(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *recorded = recorded_json("kube-table/09-table.response");
	assert_like_recorded(recorded, "nodes",
			     "{\"metadata\":{\"name\":\"rig-node-1\",\"creationTimestamp\":\"2026-11-22T10:15:24Z\"},"
			     "\"status\":{\"conditions\":[{\"type\":\"MemoryPressure\",\"status\":\"False\"},"
			     "{\"type\":\"Ready\",\"status\":\"True\"}],\"addresses\":[{\"type\":\"InternalIP\","
			     "\"address\":\"127.0.0.1\"}],"
			     "\"nodeInfo\":{\"kubeletVersion\":\"v1.36.2\",\"architecture\":\"amd64\","
			     "\"containerRuntimeVersion\":\"mesos://1.11\"}}}",
			     "2026-11-22T10:15:31Z");
}

static void a_pod_has_the_columns_and_cells_of_the_real_server(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *event = first_of_stream("kube-table/17-table.response");
	assert_like_recorded(js_obj(event, "object"), "pods",
			     "{\"metadata\":{\"name\":\"w0\",\"creationTimestamp\":\"2026-11-22T10:15:33Z\"},"
			     "\"spec\":{\"nodeName\":\"rig-node-1\",\"containers\":[{\"name\":\"main\"}]},"
			     "\"status\":{\"phase\":\"Pending\"}}",
			     "2026-11-22T10:17:22Z");
}

#define POD(spec, status)                                                                                              \
	"{\"metadata\":{\"name\":\"p\",\"creationTimestamp\":\"2026-11-22T10:15:00Z\"},\"spec\":{" spec                \
	"},\"status\":{" status "}}"
#define GONE(status)                                                                                                   \
	"{\"metadata\":{\"name\":\"p\",\"creationTimestamp\":\"2026-11-22T10:15:00Z\",\"deletionTimestamp\":"          \
	"\"2026-11-22T10:19:00Z\"},\"spec\":{" ONE "},\"status\":{" status "}}"
#define ONE "\"containers\":[{\"name\":\"a\"}]"
#define TWO "\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]"
#define INIT(more) "\"initContainers\":[{\"name\":\"i1\"" more "},{\"name\":\"i2\"}]," ONE
#define RUNNING "\"phase\":\"Running\","
#define PENDING "\"phase\":\"Pending\","
#define STATUSES(list) "\"containerStatuses\":[" list "]"
#define INITS(list) "\"initContainerStatuses\":[" list "]"
#define UP(name) "{\"name\":\"" name "\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}"
#define ENDED(name, more) "{\"name\":\"" name "\",\"restartCount\":0,\"state\":{\"terminated\":{" more "}}}"
#define WAITING(name, reason)                                                                                          \
	"{\"name\":\"" name "\",\"restartCount\":0,\"state\":{\"waiting\":{\"reason\":\"" reason "\"}}}"

static void the_status_of_a_pod_is_the_word_that_the_real_server_finds(void **state)
{
	(void)state;
	static const struct {
		const char *pod, *expected;
	} cases[] = {
	    {POD(ONE, "\"phase\":\"Pending\""), "p|0/1|Pending|0|5m"},
	    {POD(ONE, RUNNING STATUSES(UP("a"))), "p|1/1|Running|0|5m"},
	    {POD(TWO, RUNNING STATUSES(UP("a") "," WAITING("b", "ContainerCreating"))), "p|1/2|ContainerCreating|0|5m"},
	    {POD(ONE, RUNNING STATUSES("{\"name\":\"a\",\"restartCount\":4,\"state\":{\"waiting\":{\"reason\":"
				       "\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"finishedAt\":"
				       "\"2026-11-22T10:19:18Z\"}}}")),
	     "p|0/1|CrashLoopBackOff|4 (42s ago)|5m"},
	    {POD(ONE, "\"phase\":\"Succeeded\"," STATUSES(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\""))),
	     "p|0/1|Completed|0|5m"},
	    {POD(ONE, "\"phase\":\"Failed\"," STATUSES(ENDED("a", "\"exitCode\":3,\"reason\":\"Error\""))),
	     "p|0/1|Error|0|5m"},
	    {POD(ONE, "\"phase\":\"Failed\"," STATUSES(ENDED("a", "\"exitCode\":3"))), "p|0/1|ExitCode:3|0|5m"},
	    {POD(ONE, "\"phase\":\"Failed\"," STATUSES(ENDED("a", "\"exitCode\":137,\"signal\":9"))),
	     "p|0/1|Signal:9|0|5m"},
	    {POD(ONE, "\"phase\":\"Failed\",\"reason\":\"Evicted\""), "p|0/1|Evicted|0|5m"},
	    {POD(TWO, RUNNING STATUSES(UP("a") "," ENDED("b", "\"exitCode\":3,\"reason\":\"Error\""))),
	     "p|1/2|Error|0|5m"},
	    {POD(TWO, RUNNING STATUSES(ENDED("a", "\"reason\":\"Completed\"") "," UP("b"))), "p|1/2|NotReady|0|5m"},
	    {POD(TWO, RUNNING "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]," STATUSES(
			  ENDED("a", "\"reason\":\"Completed\"") "," UP("b"))),
	     "p|1/2|Running|0|5m"},
	    {POD(ONE, PENDING "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":"
			      "\"SchedulingGated\"}]"),
	     "p|0/1|SchedulingGated|0|5m"},
	    {POD(INIT(""), PENDING INITS(WAITING("i1", "PodInitializing"))), "p|0/1|Init:0/2|0|5m"},
	    {POD(INIT(""), PENDING INITS(ENDED("i1", "\"exitCode\":0") "," UP("i2"))), "p|0/1|Init:1/2|0|5m"},
	    {POD(INIT(""), PENDING INITS(ENDED("i1", "\"exitCode\":1,\"reason\":\"Error\""))), "p|0/1|Init:Error|0|5m"},
	    {POD(INIT(""), PENDING INITS(ENDED("i1", "\"exitCode\":1"))), "p|0/1|Init:ExitCode:1|0|5m"},
	    {POD(INIT(""), PENDING INITS(WAITING("i1", "CrashLoopBackOff"))), "p|0/1|Init:CrashLoopBackOff|0|5m"},
	    {POD(INIT(",\"restartPolicy\":\"Always\""),
		 RUNNING INITS("{\"name\":\"i1\",\"ready\":true,\"started\":true,\"restartCount\":2,\"state\":{"
			       "\"running\":{}}}," ENDED("i2", "\"exitCode\":0")) "," STATUSES(UP("a"))),
	     "p|2/2|Running|2|5m"},
	    {GONE(RUNNING STATUSES(UP("a"))), "p|1/1|Terminating|0|5m"},
	    {GONE("\"phase\":\"Failed\",\"reason\":\"Evicted\""), "p|0/1|Evicted|0|5m"},
	    {GONE(RUNNING "\"reason\":\"NodeLost\""), "p|0/1|Unknown|0|5m"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_FREE char *row = row_text("pods", cases[i].pod);
		CLEANUP_FREE char *expected = xasprintf("%s|<none>|<none>|<none>|<none>", cases[i].expected);
		assert_string_equal(row, expected);
	}
}

static void the_wide_cells_of_a_pod_are_filled(void **state)
{
	(void)state;
	assert_row(
	    "pods",
	    POD("\"nodeName\":\"n1\",\"readinessGates\":[{\"conditionType\":\"g/1\"},{\"conditionType\":\"g/2\"}]," ONE,
		RUNNING "\"podIP\":\"10.0.0.1\",\"nominatedNodeName\":\"n2\",\"conditions\":[{\"type\":\"g/1\","
			"\"status\":\"True\"}]"),
	    "p|0/1|Running|0|5m|10.0.0.1|n1|n2|1/2");
}

#define META(name) "\"metadata\":{\"name\":\"" name "\",\"creationTimestamp\":\"2026-11-22T10:19:30Z\"}"

static void other_kinds_have_the_cells_of_the_real_server(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
	    {"nodes",
	     "{\"metadata\":{\"name\":\"n\",\"creationTimestamp\":\"2026-11-22T10:19:30Z\",\"labels\":{"
	     "\"node-role.kubernetes.io/worker\":\"\",\"kubernetes.io/"
	     "role\":\"agent\"}},\"spec\":{\"unschedulable\":true},"
	     "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
	     "n|NotReady,SchedulingDisabled|agent,worker|30s||<none>|<none>|<unknown>|<unknown>|<unknown>"},
	    {"nodes", "{" META("n") "}", "n|Unknown|<none>|30s||<none>|<none>|<unknown>|<unknown>|<unknown>"},
	    {"namespaces", "{" META("default") ",\"status\":{\"phase\":\"Active\"}}", "default|Active|30s"},
	    {"configmaps", "{" META("c") ",\"data\":{\"a\":\"1\",\"b\":\"2\"},\"binaryData\":{\"c\":\"\"}}", "c|3|30s"},
	    {"secrets", "{" META("s") ",\"type\":\"Opaque\",\"data\":{\"a\":\"\"}}", "s|Opaque|1|30s"},
	    {"serviceaccounts", "{" META("default") "}", "default|30s"},
	    {"leases", "{" META("l") ",\"spec\":{\"holderIdentity\":\"me\"}}", "l|me|30s"},
	    {"services",
	     "{" META("s") ",\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"port\":80,"
			   "\"nodePort\":30080,\"protocol\":\"TCP\"},{\"port\":53,\"protocol\":\"UDP\"}],\"selector\":{"
			   "\"b\":\"2\",\"a\":\"1\"}}}",
	     "s|NodePort|10.0.0.1|<none>|80:30080/TCP,53/UDP|30s|a=1,b=2"},
	    {"replicasets",
	     "{" META("web") ",\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app\":\"web\"},"
			     "\"matchExpressions\":[{\"key\":\"t\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]}]},"
			     "\"template\":{"
			     "\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i1\"},{\"name\":\"b\",\"image\":"
			     "\"i2\"}]}}},"
			     "\"status\":{\"replicas\":2,\"readyReplicas\":1}}",
	     "web|3|2|1|30s|a,b|i1,i2|app=web,t in (x,y)"},
	    {"deployments",
	     "{" META(
		 "web") ",\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{"
			"\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}},\"status\":{\"replicas\":2,"
			"\"updatedReplicas\":2}}",
	     "web|0/2|2|0|30s|a|i|app=web"},
	    {"jobs",
	     "{" META("j") ",\"spec\":{\"completions\":2},\"status\":{\"succeeded\":1,\"startTime\":"
			   "\"2026-11-22T10:19:35Z\"}}",
	     "j|Running|1/2|25s|30s|||<none>"},
	    {"jobs",
	     "{" META(
		 "j") ",\"spec\":{\"completions\":1},\"status\":{\"succeeded\":1,\"startTime\":"
		      "\"2026-11-22T10:19:35Z\",\"completionTime\":\"2026-11-22T10:19:40Z\",\"conditions\":[{\"type\":"
		      "\"Complete\",\"status\":\"True\"}]}}",
	     "j|Complete|1/1|5s|30s|||<none>"},
	    {"events",
	     "{" META(
		 "e") ",\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"p\",\"fieldPath\":\"spec.x\"},\"reason\":"
		      "\"Scheduled\",\"message\":\"done\",\"type\":\"Normal\",\"source\":{\"component\":\"mesos\","
		      "\"host\":"
		      "\"h\"},\"firstTimestamp\":\"2026-11-22T10:19:00Z\",\"lastTimestamp\":\"2026-11-22T10:19:50Z\","
		      "\"count\":3}",
	     "10s|Normal|Scheduled|pod/p|spec.x|mesos, h|done|60s|3|e"},
	    {"events",
	     "{" META("e") ",\"regarding\":{\"kind\":\"Pod\",\"name\":\"p\"},\"reason\":\"R\",\"note\":\"n\",\"type\":"
			   "\"Warning\",\"reportingController\":\"mesos\",\"reportingInstance\":\"m1\",\"eventTime\":"
			   "\"2026-11-22T10:19:00.000000Z\",\"series\":{\"count\":7,\"lastObservedTime\":"
			   "\"2026-11-22T10:19:55.000000Z\"}}",
	     "5s|Warning|R|pod/p||mesos, m1|n|60s|7|e"},
	    {"priorityclasses", "{" META("high") ",\"value\":1000}", "high|1000|false|30s|PreemptLowerPriority"},
	    {"clusterroles", "{" META("admin") "}", "admin|2026-11-22T10:19:30Z"},
	    {"nonsense", "{}", "|<unknown>"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_row(cases[i][0], cases[i][1], cases[i][2]);
	}
}

static void ages_change_their_unit_where_the_real_ones_do(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		const char *expected;
	} cases[] = {
	    {-5, "<invalid>"}, {-1, "0s"},	   {0, "0s"},	     {119, "119s"},	 {120, "2m"},
	    {125, "2m5s"},     {599, "9m59s"},	   {600, "10m"},     {10799, "179m"},	 {10800, "3h"},
	    {11400, "3h10m"},  {28800, "8h"},	   {172799, "47h"},  {172800, "2d"},	 {176400, "2d1h"},
	    {691200, "8d"},    {63071999, "729d"}, {63072000, "2y"}, {63158400, "2y1d"}, {252288000, "8y"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char created[TIME_TEXT_MAX];
		time_text(now() - cases[i].seconds * 1000, created);
		CLEANUP_FREE char *object =
		    xasprintf("{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"%s\"}}", created);
		CLEANUP_FREE char *expected = xasprintf("a|%s", cases[i].expected);
		assert_row("serviceaccounts", object, expected);
	}
	assert_row("serviceaccounts", "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"yesterday\"}}",
		   "a|<unknown>");
}

static void a_list_becomes_a_row_each_with_the_metadata_of_the_list(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *list =
	    parse("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
		  "\"12\",\"continue\":\"xyz\",\"remainingItemCount\":3},\"items\":[{" META("a") "},{" META("b") "}]}");
	CLEANUP_JSON json_t *table = table_of("pods", list, now(), true);
	assert_int_equal(json_array_size(js_arr(table, "rows")), 2);
	assert_string_equal(js_str_at(table, "metadata", "continue", NULL), "xyz");
	json_t *row = json_array_get(js_arr(table, "rows"), 1);
	assert_string_equal(js_str_at(row, "object", "metadata", "name", NULL), "b");
	assert_null(js_str_at(row, "object", "spec", NULL));
}

static void only_the_first_table_of_a_watch_has_columns(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *pod = parse("{" META("a") "}"), *table = table_of("pods", pod, now(), false);
	assert_true(json_is_null(json_object_get(table, "columnDefinitions")));
	assert_int_equal(json_array_size(js_arr(table, "rows")), 1);
}

static void rows_include_the_object_or_nothing_when_asked(void **state)
{
	(void)state;
	CLEANUP_JSON json_t *list = parse(
	    "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{" META("a") ",\"spec\":{\"nodeName\":\"n\"}}]}");
	CLEANUP_JSON json_t *table = table_of("pods", list, now(), true);
	json_t *row = json_array_get(js_arr(table, "rows"), 0);
	table_include(table, list, "Metadata");
	assert_string_equal(js_str_at(row, "object", "kind", NULL), "PartialObjectMetadata");
	table_include(table, list, "Object");
	assert_string_equal(js_str_at(row, "object", "kind", NULL), "Pod");
	assert_string_equal(js_str_at(row, "object", "apiVersion", NULL), "v1");
	assert_string_equal(js_str_at(row, "object", "spec", "nodeName", NULL), "n");
	assert_null(js_str(json_array_get(js_arr(list, "items"), 0), "kind"));
	table_include(table, list, "None");
	assert_true(json_is_null(json_object_get(row, "object")));
}

static void malformed_objects_still_make_rows(void **state)
{
	(void)state;
	static const char *const objects[] = {
	    "{}",
	    "{\"metadata\":7,\"spec\":[],\"status\":\"x\"}",
	    "{\"metadata\":{\"labels\":[]},\"spec\":{\"containers\":{},\"ports\":[1],\"selector\":{\"matchLabels\":{"
	    "\"a\":1},"
	    "\"matchExpressions\":[3,{}]},\"externalIPs\":[5]},\"status\":{\"conditions\":[null],\"containerStatuses\":"
	    "[1,{}],"
	    "\"initContainerStatuses\":[\"x\"],\"addresses\":[[]]},\"series\":{}}",
	};
	static const char *const resources[] = {"pods",	       "nodes",	      "events",	      "services",
						"replicasets", "deployments", "statefulsets", "daemonsets",
						"jobs",	       "secrets",     "configmaps"};
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		for (size_t k = 0; k < sizeof(resources) / sizeof(resources[0]); k++) {
			CLEANUP_FREE char *row = row_text(resources[k], objects[i]);
			assert_non_null(row);
		}
	}
}

static void claims_and_volumes_have_the_columns_of_kubectl(void **state)
{
	(void)state;
	assert_row(
	    "persistentvolumeclaims",
	    "{\"metadata\":{\"name\":\"data\",\"creationTimestamp\":\"2026-11-22T10:19:00Z\"},\"spec\":{\"volumeName\":"
	    "\"v\",\"storageClassName\":\"disks\",\"volumeMode\":\"Filesystem\"},\"status\":{\"phase\":\"Bound\","
	    "\"accessModes\":[\"ReadWriteMany\",\"ReadWriteOnce\"],\"capacity\":{\"storage\":\"1Gi\"}}}",
	    "data|Bound|v|1Gi|RWO,RWX|disks|<unset>|60s|Filesystem");
	assert_row("persistentvolumes",
		   "{\"metadata\":{\"name\":\"v\",\"creationTimestamp\":\"2026-11-22T10:19:00Z\",\"deletionTimestamp\":"
		   "\"2026-11-22T10:19:30Z\"},\"spec\":{\"capacity\":{\"storage\":\"1Gi\"},\"accessModes\":["
		   "\"ReadWriteOncePod\"],\"persistentVolumeReclaimPolicy\":\"Retain\",\"claimRef\":{\"namespace\":"
		   "\"default\",\"name\":\"data\"}},\"status\":{\"phase\":\"Bound\"}}",
		   "v|1Gi|RWOP|Retain|Terminating|default/data||<unset>||60s|<unset>");
	assert_row("storageclasses",
		   "{\"metadata\":{\"name\":\"disks\",\"creationTimestamp\":\"2026-11-22T10:19:00Z\",\"annotations\":{"
		   "\"storageclass.kubernetes.io/is-default-class\":\"true\"}},\"provisioner\":\"p\"}",
		   "disks (default)|p|Delete|Immediate|false|60s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_node_has_the_columns_and_cells_of_the_real_server),
	    cmocka_unit_test(a_pod_has_the_columns_and_cells_of_the_real_server),
	    cmocka_unit_test(the_status_of_a_pod_is_the_word_that_the_real_server_finds),
	    cmocka_unit_test(the_wide_cells_of_a_pod_are_filled),
	    cmocka_unit_test(other_kinds_have_the_cells_of_the_real_server),
	    cmocka_unit_test(ages_change_their_unit_where_the_real_ones_do),
	    cmocka_unit_test(a_list_becomes_a_row_each_with_the_metadata_of_the_list),
	    cmocka_unit_test(only_the_first_table_of_a_watch_has_columns),
	    cmocka_unit_test(rows_include_the_object_or_nothing_when_asked),
	    cmocka_unit_test(malformed_objects_still_make_rows),
	    cmocka_unit_test(claims_and_volumes_have_the_columns_of_kubectl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
