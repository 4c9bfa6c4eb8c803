/* Groups of fields, each a table: a pod's JSON in, that part of the launch plan out that the group decides, exactly. */
#include <string.h>

#include "tests/unit/kube/sample.h"
#include "tests/unit/translate/master.h"
#include "tests/unit/unit.h"
#include "translate/plan.h"

#define ROLE "kubernetes"

/* ---- what else there is ---- */

static const struct {
	enum kube_source_kind kind;
	const char *name, *object;
} objects[] = {
    {KUBE_SOURCE_CONFIGMAP, "settings", "{'data':{'MODE':'fast','my.key':'$(MODE)'},'binaryData':{'BIN':'AAEC'}}"},
    {KUBE_SOURCE_SECRET, "db", "{'data':{'USER':'bWU=','PASS':'czNjcmV0','NUL':'YQBi'}}"},
    {KUBE_SOURCE_SECRET, "raw", "{'data':{'BYTES':'/w=='}}"},
    {KUBE_SOURCE_SERVICE, "kubernetes",
     "{'metadata':{'name':'kubernetes'},'spec':{'clusterIP':'10.96.0.1','ports':[{'name':'https','port':443}]}}"},
    {KUBE_SOURCE_SERVICES, "",
     "{'items':[{'metadata':{'name':'web'},'spec':{'clusterIP':'10.96.0.7','ports':[{'port':80}]}}]}"},
};

#define N_OBJECTS (sizeof(objects) / sizeof(*objects))

static struct kube_source *decoded[N_OBJECTS];
static bool with_services;

static const struct kube_source *find(void *arg, const struct kube_source_ref *ref)
{
	bool service = ref->kind == KUBE_SOURCE_SERVICE || ref->kind == KUBE_SOURCE_SERVICES;
	(void)arg;
	for (size_t i = 0; i < N_OBJECTS; i++) {
		if (objects[i].kind == ref->kind && !strcmp(objects[i].name, ref->name)) {
			return service && !with_services ? NULL : decoded[i];
		}
	}
	return NULL;
}

static const struct pod_site site = {.node_name = "agent-1",
				     .host_ip = "10.0.0.1",
				     .pod_ip = "10.0.0.2",
				     .cpu_milli = 3500,
				     .memory = (int64_t)4 << 30,
				     .ephemeral_storage = (int64_t)10 << 30,
				     .sources = {find, NULL}};

static int decode_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OBJECTS; i++) {
		CLEANUP_JSON json_t *o = sample_json(objects[i].object);
		decoded[i] = kube_source_decode(objects[i].kind, o, NULL);
		assert_non_null(decoded[i]);
	}
	return 0;
}

static int free_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OBJECTS; i++) {
		kube_source_free(decoded[i]);
	}
	return 0;
}

/* ---- one row ---- */

static void offered(struct mesos_resources *ret)
{
	CLEANUP_JSON json_t *array =
	    sample_json("[{'name':'ports','type':'RANGES','ranges':{'range':[{'begin':1,'end':65535}]},"
			"'allocation_info':{'role':'" ROLE "'}}]");
	mesos_resources_init(ret);
	assert_int_equal(mesos_resources_decode(array, ret, NULL), 0);
	mesos_resources_put_scalar(ret, "cpus", 64000, ROLE);
	mesos_resources_put_scalar(ret, "mem", 640000000, ROLE);
	mesos_resources_put_scalar(ret, "disk", 640000000, ROLE);
	mesos_resources_put_scalar(ret, "gpus", 8000, ROLE);
}

/* The operation that launches the pod's first container; NULL with the error. The master accepts it. */
static json_t *planned(const struct kube_pod *pod, struct err *e)
{
	const struct plan_target target = {"fw-0", "fw-S0", ROLE, true, &site};
	const struct plan_item item = {&pod->containers[0], 0};
	struct translate_config config;
	struct mesos_resources pool;
	struct pod_need need;
	struct master master;
	json_t *operations = json_array();
	translate_config_init(&config);
	offered(&pool);
	master_init(&master, "fw-0", "fw-S0", &pool);
	int bad =
	    pod_need_make(pod, &config, &need, e) || plan_append(pod, &item, 1, &target, &config, &pool, operations, e);
	if (!bad && !master_accepts(&master, operations)) {
		fail_msg("%s", master.violation);
	}
	master_done(&master);
	mesos_resources_done(&pool);
	json_t *operation = bad ? NULL : json_incref(json_array_get(operations, 0));
	json_decref(operations);
	return operation;
}

enum part {
	TASK_ENVIRONMENT,
	TASK_HOST_NAME,
	TASK_COMMAND,
	TASK_DISCOVERY,
	TASK_LIMITS,
	TASK_AMOUNTS,
	EXECUTOR_CONTAINER,
	EXECUTOR_AMOUNTS
};

/* Resources as {"name":thousandths}, for a row that fits its line. */
static json_t *amounts(const json_t *info)
{
	json_t *o = json_object(), *r;
	size_t i;
	json_array_foreach (js_arr(info, "resources"), i, r) {
		const json_t *scalar = js_at(r, "scalar", "value", NULL);
		json_t *ranges = js_at(r, "ranges", "range", NULL);
		json_object_set_new(o, js_str(r, "name"),
				    scalar ? json_integer((json_int_t)(json_number_value(scalar) * 1000 + 0.5))
					   : json_incref(ranges));
	}
	return o;
}

static json_t *part_of(const json_t *operation, enum part part)
{
	const json_t *tasks = js_at(operation, "launch_group", "task_group", "tasks", NULL);
	const json_t *task = json_array_get(tasks, 0);
	if (part != TASK_HOST_NAME) {
		sample_take_host_name(js_obj(task, "command"));
	}
	switch (part) {
	case TASK_ENVIRONMENT:
	case TASK_HOST_NAME:
		return json_incref(js_at(task, "command", "environment", "variables", NULL));
	case TASK_COMMAND:
		return json_incref(js_obj(task, "command"));
	case TASK_DISCOVERY:
		return json_incref(js_obj(task, "discovery"));
	case TASK_LIMITS:
		return json_incref(js_obj(task, "limits"));
	case TASK_AMOUNTS:
		return amounts(task);
	case EXECUTOR_CONTAINER:
		return json_incref(js_at(operation, "launch_group", "executor", "container", NULL));
	case EXECUTOR_AMOUNTS:
		return amounts(js_at(operation, "launch_group", "executor", NULL));
	}
	return NULL;
}

struct row {
	const char *container; /* members of the container */
	const char *spec;      /* of the pod's spec, each with a comma before it */
	const char *metadata;  /* likewise; NULL: none */
	const char *plan;      /* JSON; "": the part is absent; "!…": the beginning of the refusal */
};

static void check_row(const struct row *row, enum part part)
{
	struct err e = {0};
	CLEANUP_FREE char *text =
	    xasprintf("{'metadata':{'name':'web','namespace':'default','uid':'" SAMPLE_UID "'%s},"
		      "'spec':{'restartPolicy':'Never','containers':[{'name':'app','image':'busybox'%s%s}]%s}}",
		      row->metadata ? row->metadata : "", *row->container ? "," : "", row->container, row->spec);
	struct kube_pod *pod = sample_decode(sample_json(text), &e);
	json_t *operation = pod ? planned(pod, &e) : NULL;
	if (*row->plan == '!') {
		if (operation || strncmp(e.text, row->plan + 1, strlen(row->plan + 1)) != 0) {
			fail_msg("%s%s: %s", row->container, row->spec, operation ? "is launched" : e.text);
		}
	} else if (!operation) {
		fail_msg("%s%s: %s", row->container, row->spec, e.text);
	} else {
		json_t *got = part_of(operation, part), *wanted = *row->plan ? sample_json(row->plan) : NULL;
		if (!json_equal(got, wanted) && (got || wanted)) {
			CLEANUP_FREE char *shown = got ? js_text(got) : xstrdup("nothing");
			fail_msg("%s%s became %s", row->container, row->spec, shown);
		}
		json_decref(got);
		json_decref(wanted);
	}
	json_decref(operation);
	kube_pod_free(pod);
}

#define CHECK(rows, part)                                                                                              \
	for (size_t i = 0; i < sizeof(rows) / sizeof(*(rows)); i++) {                                                  \
		check_row(&(rows)[i], part);                                                                           \
	}

/* ---- groups ---- */

#define VALUE(name, value) "{'name':'" name "','value':'" value "'}"
#define SECRET(name, data) "{'name':'" name "','type':'SECRET','secret':{'type':'VALUE','value':{'data':'" data "'}}}"
#define FROM(name, kind, members) "{'name':'" name "','valueFrom':{'" kind "':{" members "}}}"

static void literal_variables_and_their_references(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, ""},
	    {"'env':[" VALUE("A", "1") "," VALUE("B", "$(A)-$(C)") "," VALUE("C", "") "]", "", NULL,
	     "[" VALUE("A", "1") "," VALUE("B", "1-$(C)") "," VALUE("C", "") "]"},
	    {"'env':[" VALUE("A", "1") "," VALUE("A", "$(A)2") "]", "", NULL, "[" VALUE("A", "12") "]"},
	    {"'env':[{'name':'A'}]", "", NULL, "[" VALUE("A", "") "]"},
	    {"'env':[{'name':'A=B'}]", "", NULL, "!pod default/web: spec.containers[app].env[A=B].name"},
	};
	CHECK(rows, TASK_ENVIRONMENT)
}

static void variables_of_configmaps_and_secrets(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"'env':[" FROM("M", "configMapKeyRef", "'name':'settings','key':'my.key'") "]", "", NULL,
	     "[" VALUE("M", "$(MODE)") "]"},
	    {"'env':[" FROM("P", "secretKeyRef", "'name':'db','key':'PASS'") "," VALUE("URL", "me:$(P)@db") "]", "",
	     NULL, "[" SECRET("P", "czNjcmV0") "," SECRET("URL", "bWU6czNjcmV0QGRi") "]"},
	    {"'env':[" FROM("R", "secretKeyRef", "'name':'raw','key':'BYTES'") "]", "", NULL,
	     "[" SECRET("R", "/w==") "]"},
	    {"'envFrom':[{'configMapRef':{'name':'settings'}}]", "", NULL,
	     "[" VALUE("MODE", "fast") "," VALUE("my.key", "$(MODE)") "]"},
	    {"'envFrom':[{'prefix':'A_','configMapRef':{'name':'settings'}}],'env':[" VALUE("A_MODE", "slow") "]", "",
	     NULL, "[" VALUE("A_MODE", "slow") "," VALUE("A_my.key", "$(MODE)") "]"},
	    {"'envFrom':[{'configMapRef':{'name':'none','optional':true}},{'secretRef':{'name':'raw'}}]", "", NULL,
	     "[" SECRET("BYTES", "/w==") "]"},
	    {"'env':[" FROM("M", "configMapKeyRef", "'name':'none','key':'k','optional':true") "]", "", NULL, ""},
	    {"'env':[" FROM("M", "configMapKeyRef", "'name':'settings','key':'BIN','optional':true") "]", "", NULL, ""},
	    {"'env':[" FROM("M", "configMapKeyRef", "'name':'none','key':'k'") "]", "", NULL,
	     "!pod default/web: container app: configmap \"none\" not found"},
	    {"'envFrom':[{'secretRef':{'name':'none'}}]", "", NULL,
	     "!pod default/web: container app: secret \"none\" not found"},
	    {"'env':[" FROM("M", "secretKeyRef", "'name':'db','key':'k'") "]", "", NULL,
	     "!pod default/web: container app: couldn't find key k in Secret default/db"},
	    {"'env':[" FROM("M", "secretKeyRef", "'name':'db','key':'NUL'") "]", "", NULL,
	     "!pod default/web: container app: env[M]: its value holds a NUL"},
	    {"'env':[" FROM("M", "fileKeyRef", "'volumeName':'v','path':'p','key':'k'") "]", "", NULL,
	     "!not supported: spec.containers[app].env[M].valueFrom.fileKeyRef (files of an agent"},
	    {"'envFrom':[{'prefix':'A'}]", "", NULL, "!pod default/web: spec.containers[app].envFrom[0]: neither"},
	};
	CHECK(rows, TASK_ENVIRONMENT)
}

static void variables_of_the_pods_own_fields(void **state)
{
	(void)state;
#define FIELD(path) "'env':[" FROM("F", "fieldRef", "'fieldPath':'" path "'") "]"
#define SAYS(value) "[" VALUE("F", value) "]"
	static const struct row rows[] = {
	    {FIELD("metadata.name"), "", NULL, SAYS("web")},
	    {FIELD("metadata.namespace"), "", NULL, SAYS("default")},
	    {FIELD("metadata.uid"), "", NULL, SAYS(SAMPLE_UID)},
	    {FIELD("spec.nodeName"), "", NULL, SAYS("agent-1")},
	    {FIELD("spec.serviceAccountName"), ",'serviceAccountName':'robot'", NULL, SAYS("robot")},
	    {FIELD("status.hostIP"), "", NULL, SAYS("10.0.0.1")},
	    {FIELD("status.hostIPs"), "", NULL, SAYS("10.0.0.1")},
	    {FIELD("status.podIP"), "", NULL, SAYS("10.0.0.2")},
	    {FIELD("status.podIPs"), "", NULL, SAYS("10.0.0.2")},
	    {"'env':[{'name':'F','valueFrom':{'fieldRef':{'apiVersion':'v1','fieldPath':'metadata.name'}}},"
	     "{'name':'G','value':'$(F)'}]",
	     "", NULL, "[" VALUE("F", "web") "," VALUE("G", "web") "]"},
	    {FIELD("metadata.generation"), "", NULL,
	     "!not supported: spec.containers[app].env[F].valueFrom.fieldRef.fieldPath (metadata.generation)"},
	    {FIELD("status.podIP"), "", ",'annotations':{'mesos.apache.org/network':'blue'}",
	     "!not supported: spec.containers[app].env[F].valueFrom.fieldRef.fieldPath (on a network of CNI"},
	};
	CHECK(rows, TASK_ENVIRONMENT)
}

/* Their paths hold quotes, which the tables cannot. */
static void variables_of_labels_and_annotations(void **state)
{
	(void)state;
	static const struct {
		const char *path, *value;
	} rows[] = {
	    {"metadata.labels['app']", "$(A)"},
	    {"metadata.labels['none']", ""},
	    {"metadata.annotations['example.com/team']", "blue"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *tree = sample_json("{'metadata':{'name':'web','namespace':'default','uid':'" SAMPLE_UID
					   "','labels':{'app':'$(A)'},'annotations':{'example.com/team':'blue'}},"
					   "'spec':{'restartPolicy':'Never','containers':[{'name':'app','image':'i',"
					   "'env':[{'name':'F','valueFrom':{'fieldRef':{}}}]}]}}");
		const json_t *container = json_array_get(js_at(tree, "spec", "containers", NULL), 0);
		const json_t *variable = json_array_get(js_arr(container, "env"), 0);
		json_object_set_new(js_at(variable, "valueFrom", "fieldRef", NULL), "fieldPath",
				    json_string(rows[i].path));
		struct err e = {0};
		struct kube_pod *pod = sample_decode(tree, &e);
		CLEANUP_JSON json_t *operation = planned(pod, &e);
		CLEANUP_JSON json_t *got = part_of(operation, TASK_ENVIRONMENT);
		assert_string_equal(js_str(json_array_get(got, 0), "value"), rows[i].value);
		kube_pod_free(pod);
	}
}

static void variables_of_requests_and_limits(void **state)
{
	(void)state;
#define RESOURCE(what, more) "'env':[" FROM("F", "resourceFieldRef", "'resource':'" what "'" more) "]"
#define SIZED(what, more)                                                                                              \
	RESOURCE(what, more)                                                                                           \
	",'resources':{'requests':{'cpu':'250m','memory':'32Mi'},'limits':{'cpu':'1500m','memory':'64Mi'}}"
	static const struct row rows[] = {
	    {SIZED("requests.cpu", ""), "", NULL, SAYS("1")},
	    {SIZED("requests.cpu", ",'divisor':'1m'"), "", NULL, SAYS("250")},
	    {SIZED("limits.cpu", ""), "", NULL, SAYS("2")},
	    {SIZED("limits.cpu", ",'divisor':'0'"), "", NULL, SAYS("2")},
	    {SIZED("requests.memory", ""), "", NULL, SAYS("33554432")},
	    {SIZED("limits.memory", ",'divisor':'1Mi'"), "", NULL, SAYS("64")},
	    {SIZED("limits.memory", ",'containerName':'app'"), "", NULL, SAYS("67108864")},
	    {RESOURCE("requests.memory", ""), "", NULL, SAYS("0")},
	    {RESOURCE("limits.cpu", ""), "", NULL, SAYS("4")},
	    {RESOURCE("limits.cpu", ""), ",'resources':{'limits':{'cpu':2}}", NULL, SAYS("2")},
	    {SIZED("limits.cpu", ",'divisor':'1m'"), ",'resources':{'limits':{'cpu':2}}", NULL, SAYS("1500")},
	    {RESOURCE("limits.memory", ",'divisor':'1Gi'"), "", NULL, SAYS("4")},
	    {RESOURCE("limits.ephemeral-storage", ",'divisor':'1Gi'"), "", NULL, SAYS("10")},
	    {RESOURCE("limits.hugepages-2Mi", ""), "", NULL,
	     "!not supported: spec.containers[app].env[F].valueFrom.resourceFieldRef.resource (limits.hugepages-2Mi)"},
	    {RESOURCE("limits.cpu", ",'containerName':'other'"), "", NULL,
	     "!not supported: spec.containers[app]: env[F]: container other not found"},
	    {RESOURCE("limits.cpu", ",'divisor':'x'"), "", NULL, "!pod default/web: "},
	};
	CHECK(rows, TASK_ENVIRONMENT)
}

static const char web_links[] = "{'name':'WEB_SERVICE_HOST','value':'10.96.0.7'},"
				"{'name':'WEB_SERVICE_PORT','value':'80'},"
				"{'name':'WEB_PORT','value':'tcp://10.96.0.7:80'},"
				"{'name':'WEB_PORT_80_TCP','value':'tcp://10.96.0.7:80'},"
				"{'name':'WEB_PORT_80_TCP_PROTO','value':'tcp'},"
				"{'name':'WEB_PORT_80_TCP_PORT','value':'80'},"
				"{'name':'WEB_PORT_80_TCP_ADDR','value':'10.96.0.7'}";

static const char api_links[] = "{'name':'KUBERNETES_SERVICE_PORT','value':'443'},"
				"{'name':'KUBERNETES_SERVICE_PORT_HTTPS','value':'443'},"
				"{'name':'KUBERNETES_PORT','value':'tcp://10.96.0.1:443'},"
				"{'name':'KUBERNETES_PORT_443_TCP','value':'tcp://10.96.0.1:443'},"
				"{'name':'KUBERNETES_PORT_443_TCP_PROTO','value':'tcp'},"
				"{'name':'KUBERNETES_PORT_443_TCP_PORT','value':'443'},"
				"{'name':'KUBERNETES_PORT_443_TCP_ADDR','value':'10.96.0.1'}";

static void variables_of_services(void **state)
{
	(void)state;
	static const char host[] = "{'name':'KUBERNETES_SERVICE_HOST','value':'10.96.0.1'}";
	static const char own[] = "{'name':'KUBERNETES_SERVICE_HOST','value':'api'}";
	CLEANUP_FREE char *all = xasprintf("[%s,%s,%s]", web_links, host, api_links);
	CLEANUP_FREE char *of_api = xasprintf("[%s,%s]", host, api_links);
	CLEANUP_FREE char *hidden = xasprintf("[%s,%s,{'name':'A','value':'10.96.0.1'}]", own, api_links);
	CLEANUP_FREE char *env = xasprintf("'env':[{'name':'A','value':'$(KUBERNETES_SERVICE_HOST)'},%s]", own);
	const struct row rows[] = {
	    {"", "", NULL, all},
	    {"", ",'enableServiceLinks':false", NULL, of_api},
	    {env, ",'enableServiceLinks':false", NULL, hidden},
	};
	with_services = true;
	CHECK(rows, TASK_ENVIRONMENT)
	with_services = false;
}

#define ENTER "cd \\\"$0\\\" 2>/dev/null || mkdir -p \\\"$0\\\" && cd \\\"$0\\\" && exec \\\"$@\\\""

static void commands_and_arguments(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"'command':['x','y'],'args':['$(P)'],'workingDir':'/a b','env':[" VALUE("P", "1") "]", "", NULL,
	     "{'shell':false,'value':'/bin/sh','arguments':['/bin/sh','-c','" ENTER "','/a b','x','y','1'],"
	     "'environment':{'variables':[" VALUE("P", "1") "]}}"},
	    {"'command':['/bin/x','$(A)'],'args':['-p','$(P)'],'env':[" VALUE("A", "1") "]", "", NULL,
	     "{'shell':false,'value':'/bin/x','arguments':['/bin/"
	     "x','1','-p','$(P)'],'environment':{'variables':[" VALUE("A", "1") "]}}"},
	    {"'args':['$(P)'],'envFrom':[{'secretRef':{'name':'raw'}}],'env':[" FROM("P", "fieldRef",
										     "'fieldPath':'metadata.name'") "]",
	     "", NULL,
	     "{'shell':false,'arguments':['web'],'environment':{'variables':[" SECRET("BYTES", "/w==") "," VALUE(
		 "P", "web") "]}}"},
	};
	CHECK(rows, TASK_COMMAND)
}

static void requests_become_resources(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, "{'cpus':100,'mem':32000}"},
	    {"'resources':{'requests':{'cpu':'1500m','memory':'1Gi','ephemeral-storage':'100Mi'}}", "", NULL,
	     "{'cpus':1500,'mem':1024000,'disk':100000}"},
	    {"'resources':{'limits':{'cpu':'2','memory':'64Mi','nvidia.com/gpu':2}}", "", NULL,
	     "{'cpus':2000,'mem':64000,'gpus':2000}"},
	    {"'resources':{'requests':{'ephemeral-storage':'1Mi'},'limits':{'ephemeral-storage':'2Mi'}}", "", NULL,
	     "{'cpus':100,'mem':32000,'disk':2000}"},
	    {"'ports':[{'containerPort':80,'hostPort':8080},{'containerPort':81}]", "", NULL,
	     "{'cpus':100,'mem':32000,'ports':[{'begin':8080,'end':8080}]}"},
	    {"'resources':{'limits':{'hugepages-2Mi':'2Mi'}}", "", NULL,
	     "!not supported: spec.containers[app].resources.limits[hugepages-2Mi] (Mesos has no huge pages)"},
	    {"'resources':{'requests':{'example.com/fpga':1}}", "", NULL,
	     "!not supported: spec.containers[app].resources.requests[example.com/fpga] (no resource of an agent)"},
	    {"'resources':{'claims':[{'name':'a'}]}", "", NULL,
	     "!not supported: spec.containers[app].resources.claims (no dynamic"},
	    {"", ",'overhead':{'cpu':'1'}", NULL, "{'cpus':100,'mem':32000}"},
	    {"", ",'runtimeClassName':'gvisor'", NULL, "!not supported: spec.runtimeClassName (one runtime"},
	};
	CHECK(rows, TASK_AMOUNTS)
}

static void the_executor_takes_the_overhead_besides_its_own(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, "{'cpus':10,'mem':32000,'disk':1000}"},
	    {"", ",'overhead':{'cpu':'250m','memory':'120Mi'}", NULL, "{'cpus':260,'mem':152000,'disk':1000}"},
	    {"", ",'overhead':{'ephemeral-storage':'1Mi','cpu':0}", NULL, "{'cpus':10,'mem':32000,'disk':2000}"},
	    {"", ",'overhead':{'nvidia.com/gpu':1}", NULL,
	     "!not supported: spec.overhead[nvidia.com/gpu] (an executor has none)"},
	    {"", ",'overhead':{'hugepages-2Mi':'2Mi'}", NULL,
	     "!not supported: spec.overhead[hugepages-2Mi] (Mesos has no huge pages)"},
	    {"", ",'overhead':{'cpu':'-1'}", NULL, "!pod default/web: spec.overhead[cpu]: must not be negative"},
	};
	CHECK(rows, EXECUTOR_AMOUNTS)
}

static void limits_become_limits(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, ""},
	    {"'resources':{'requests':{'cpu':'1','memory':'1Gi'}}", "", NULL, ""},
	    {"'resources':{'requests':{'cpu':'1'},'limits':{'cpu':'1500m','memory':'64Mi'}}", "", NULL,
	     "{'cpus':{'value':1.5},'mem':{'value':64}}"},
	};
	CHECK(rows, TASK_LIMITS)
}

static void container_ports_are_told(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, ""},
	    {"'ports':[{'name':'http','containerPort':8080},{'containerPort':53,'protocol':'UDP'}]", "", NULL,
	     "{'visibility':'CLUSTER','name':'web','ports':{'ports':[{'number':8080,'name':'http','protocol':'tcp'},"
	     "{'number':53,'protocol':'udp'}]}}"},
	    {"'ports':[{'containerPort':1,'hostIP':'127.0.0.1'}]", "", NULL,
	     "!not supported: spec.containers[app].ports[0].hostIP (ports are those of all addresses)"},
	    {"'ports':[{'containerPort':1,'protocol':'SCTP'}]", "", NULL,
	     "!not supported: spec.containers[app].ports[0].protocol (Mesos knows no others)"},
	};
	CHECK(rows, TASK_DISCOVERY)
}

#define BLUE ",'annotations':{'mesos.apache.org/network':'blue'}"

static void networks_and_names(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, ""},
	    {"", ",'hostNetwork':true", NULL, ""},
	    {"", "", BLUE, "{'type':'MESOS','hostname':'web','network_infos':[{'name':'blue'}]}"},
	    {"", ",'hostname':'db-0'", BLUE, "{'type':'MESOS','hostname':'db-0','network_infos':[{'name':'blue'}]}"},
	    {"'ports':[{'containerPort':80,'hostPort':8080},{'containerPort':53,'hostPort':53,'protocol':'UDP'}]", "",
	     BLUE,
	     "{'type':'MESOS','hostname':'web','network_infos':[{'name':'blue','port_mappings':["
	     "{'host_port':8080,'container_port':80,'protocol':'tcp'},"
	     "{'host_port':53,'container_port':53,'protocol':'udp'}]}]}"},
	    {"", ",'hostNetwork':true", BLUE, "!not supported: spec.hostNetwork (annotation mesos.apache.org/network"},
	    {"", ",'hostname':'db-0','subdomain':'db'", NULL, ""},
	    {"", ",'hostname':'db-0','subdomain':'db'", BLUE,
	     "{'type':'MESOS','hostname':'db-0','network_infos':[{'name':'blue'}]}"},
	    {"", ",'hostnameOverride':'db-0'", BLUE, "!not supported: spec.hostnameOverride ("},
	    {"", ",'setHostnameAsFQDN':true", NULL, "!not supported: spec.setHostnameAsFQDN ("},
	    {"", ",'dnsPolicy':'None'", NULL, "!not supported: spec.dnsPolicy (without dnsConfig)"},
	    {"", ",'dnsPolicy':'None','dnsConfig':{'nameservers':['1.1.1.1']}", NULL, ""},
	    {"", ",'dnsPolicy':'ClusterFirstWithHostNet'", NULL, "!not supported: spec.dnsPolicy ("},
	    {"", ",'dnsPolicy':'Default'", NULL, ""},
	    {"", ",'dnsConfig':{'nameservers':['1.1.1.1']}", NULL, "!not supported: spec.dnsConfig ("},
	    {"", ",'hostAliases':[{'ip':'1.1.1.1'}]", NULL, ""},
	    {"", ",'hostAliases':[{'ip':'1.1.1.1'}]", BLUE, "!not supported: spec.hostAliases (on a network of CNI "},
	};
	CHECK(rows, EXECUTOR_CONTAINER)
}

/* So StatefulSets tell their pods apart, and Jobs whose completions are counted. */
static void every_container_has_the_pods_host_name_as_a_variable(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"", "", NULL, "[" VALUE("HOSTNAME", "web") "]"},
	    {"", ",'hostname':'db-0','subdomain':'db'", NULL, "[" VALUE("HOSTNAME", "db-0") "]"},
	    {"", ",'hostname':'db-0'", BLUE, "[" VALUE("HOSTNAME", "db-0") "]"},
	    {"'env':[{'name':'A','value':'$(HOSTNAME)'}]", "", NULL,
	     "[" VALUE("A", "$(HOSTNAME)") "," VALUE("HOSTNAME", "web") "]"},
	    {"'env':[{'name':'HOSTNAME','value':'mine'}]", "", NULL, "[" VALUE("HOSTNAME", "mine") "]"},
	};
	CHECK(rows, TASK_HOST_NAME)
}

static void security_contexts_are_refused_where_they_would_change_anything(void **state)
{
	(void)state;
	static const struct row rows[] = {
	    {"'securityContext':{'privileged':false,'allowPrivilegeEscalation':true,'readOnlyRootFilesystem':false}",
	     ",'securityContext':{'runAsNonRoot':false,'supplementalGroupsPolicy':'Merge'}", NULL, ""},
	    {"'securityContext':{'privileged':true}", "", NULL,
	     "!not supported: spec.containers[app].securityContext.privileged (Mesos has no such containers)"},
	    {"", ",'securityContext':{'runAsUser':1000,'fsGroup':1}", NULL,
	     "!not supported: spec.securityContext.runAsUser (Mesos takes the name of a user on the agent, and no "
	     "number), "
	     "spec.securityContext.fsGroup ("},
	};
	CHECK(rows, EXECUTOR_CONTAINER)
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(literal_variables_and_their_references),
	    cmocka_unit_test(variables_of_configmaps_and_secrets),
	    cmocka_unit_test(variables_of_the_pods_own_fields),
	    cmocka_unit_test(variables_of_labels_and_annotations),
	    cmocka_unit_test(variables_of_requests_and_limits),
	    cmocka_unit_test(variables_of_services),
	    cmocka_unit_test(commands_and_arguments),
	    cmocka_unit_test(requests_become_resources),
	    cmocka_unit_test(the_executor_takes_the_overhead_besides_its_own),
	    cmocka_unit_test(limits_become_limits),
	    cmocka_unit_test(container_ports_are_told),
	    cmocka_unit_test(networks_and_names),
	    cmocka_unit_test(every_container_has_the_pods_host_name_as_a_variable),
	    cmocka_unit_test(security_contexts_are_refused_where_they_would_change_anything),
	};
	return cmocka_run_group_tests(tests, decode_objects, free_objects);
}
