/* Rows of the core kinds other than pods, and of the small kinds beside them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/table_inner.h"

#define CELL_MAX ((size_t)64 << 10)
#define ROLES_MAX 16

#define NAME                                                                                                           \
	{                                                                                                              \
		"Name", "string", 0                                                                                    \
	}
#define AGE                                                                                                            \
	{                                                                                                              \
		"Age", "string", 0                                                                                     \
	}
#define END                                                                                                            \
	{                                                                                                              \
		0                                                                                                      \
	}

static void add_name(json_t *cells, const json_t *o)
{
	table_text(cells, js_str_at(o, "metadata", "name", NULL), "");
}

static void add_age(json_t *cells, const json_t *o, int64_t now_ms)
{
	char age[TABLE_AGE_MAX];
	table_text(cells, table_age(o, now_ms, age), "");
}

/* Nodes */

static const struct table_column NODE_COLUMNS[] = {
    NAME,
    {"Status", "string", 0},
    {"Roles", "string", 0},
    AGE,
    {"Version", "string", 0},
    {"Internal-IP", "string", 1},
    {"External-IP", "string", 1},
    {"OS-Image", "string", 1},
    {"Kernel-Version", "string", 1},
    {"Container-Runtime", "string", 1},
    END,
};

static const char *node_ready(const json_t *node)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(js_obj(node, "status"), "conditions"), i, condition) {
		const char *type = js_str(condition, "type"), *status = js_str(condition, "status");
		if (type && strcmp(type, "Ready") == 0) {
			return status && strcmp(status, "True") == 0 ? "Ready" : "NotReady";
		}
	}
	return "Unknown";
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_roles(json_t *cells, const json_t *node)
{
	static const char prefix[] = "node-role.kubernetes.io/";
	const char *roles[ROLES_MAX], *key;
	size_t n = 0;
	json_t *value;
	CLEANUP_BUF struct buf b = BUF_INIT(CELL_MAX);
	json_object_foreach (js_at(node, "metadata", "labels", NULL), key, value) {
		const char *role = strncmp(key, prefix, strlen(prefix)) == 0 ? key + strlen(prefix)
				   : strcmp(key, "kubernetes.io/role") == 0  ? json_string_value(value)
									     : NULL;
		if (role && *role && n < ROLES_MAX) {
			roles[n++] = role;
		}
	}
	qsort(roles, n, sizeof(*roles), by_text);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i > 0 ? "," : "", roles[i]);
	}
	table_text(cells, buf_str(&b), "<none>");
}

static const char *node_address(const json_t *node, const char *wanted)
{
	size_t i;
	json_t *address;
	json_array_foreach (js_arr(js_obj(node, "status"), "addresses"), i, address) {
		const char *type = js_str(address, "type");
		if (type && strcmp(type, wanted) == 0) {
			return js_str(address, "address");
		}
	}
	return NULL;
}

static void add_kernel(json_t *cells, const json_t *info)
{
	const char *kernel = js_str(info, "kernelVersion"), *architecture = js_str(info, "architecture");
	const char *known = kernel && *kernel ? kernel : "<unknown>";
	if (architecture && *architecture) {
		table_format(cells, "%s (%s)", known, architecture);
	} else {
		table_text(cells, known, "");
	}
}

static void node_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *info = js_at(o, "status", "nodeInfo", NULL);
	add_name(cells, o);
	table_format(cells, "%s%s", node_ready(o),
		     js_bool(js_obj(o, "spec"), "unschedulable", false) ? ",SchedulingDisabled" : "");
	add_roles(cells, o);
	add_age(cells, o, now_ms);
	table_text(cells, js_str(info, "kubeletVersion"), "");
	table_text(cells, node_address(o, "InternalIP"), "<none>");
	table_text(cells, node_address(o, "ExternalIP"), "<none>");
	table_text(cells, js_str(info, "osImage"), "<unknown>");
	add_kernel(cells, info);
	table_text(cells, js_str(info, "containerRuntimeVersion"), "<unknown>");
}

/* Events, of either group: events.k8s.io has other names for the same things */

static const struct table_column EVENT_COLUMNS[] = {
    {"Last Seen", "string", 0},
    {"Type", "string", 0},
    {"Reason", "string", 0},
    {"Object", "string", 0},
    {"Subobject", "string", 1},
    {"Source", "string", 1},
    {"Message", "string", 0},
    {"First Seen", "string", 1},
    {"Count", "string", 1},
    {"Name", "string", 1},
    END,
};

static const char *either(const json_t *o, const char *core, const char *group)
{
	const char *text = js_str(o, core);
	return text && *text ? text : js_str(o, group);
}

static void add_event_object(json_t *cells, const json_t *object)
{
	const char *kind = js_str(object, "kind"), *name = js_str(object, "name");
	CLEANUP_FREE char *lower = xstrdup(kind ? kind : "");
	for (char *p = lower; *p; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	table_format(cells, "%s%s%s", lower, name && *name ? "/" : "", name ? name : "");
}

static void add_event_source(json_t *cells, const json_t *o)
{
	const json_t *source = js_obj(o, "source") ? js_obj(o, "source") : js_obj(o, "deprecatedSource");
	const char *component = js_str(source, "component"), *host = js_str(source, "host");
	if (!component && !host) {
		component = either(o, "reportingComponent", "reportingController");
		host = js_str(o, "reportingInstance");
	}
	table_format(cells, "%s%s%s", component ? component : "", host && *host ? ", " : "", host ? host : "");
}

static void event_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *series = js_obj(o, "series");
	const json_t *about = js_obj(o, "involvedObject") ? js_obj(o, "involvedObject") : js_obj(o, "regarding");
	const char *first = either(o, "firstTimestamp", "deprecatedFirstTimestamp");
	const char *last = either(o, "lastTimestamp", "deprecatedLastTimestamp");
	int64_t count = js_int(o, "count", js_int(o, "deprecatedCount", 0));
	char age[TABLE_AGE_MAX];
	first = first ? first : js_str(o, "eventTime");
	last = last ? last : first;
	if (series) {
		last = js_str(series, "lastObservedTime");
		count = js_int(series, "count", 0);
	}
	table_text(cells, table_since(last, now_ms, age), "");
	table_text(cells, js_str(o, "type"), "");
	table_text(cells, js_str(o, "reason"), "");
	add_event_object(cells, about);
	table_text(cells, js_str(about, "fieldPath"), "");
	add_event_source(cells, o);
	table_text(cells, either(o, "message", "note"), "");
	table_text(cells, table_since(first, now_ms, age), "");
	table_number(cells, count > 0 ? count : 1);
	add_name(cells, o);
}

/* Services */

static const struct table_column SERVICE_COLUMNS[] = {
    NAME,
    {"Type", "string", 0},
    {"Cluster-IP", "string", 0},
    {"External-IP", "string", 0},
    {"Port(s)", "string", 0},
    AGE,
    {"Selector", "string", 1},
    END,
};

static void add_ports(json_t *cells, const json_t *ports)
{
	CLEANUP_BUF struct buf b = BUF_INIT(CELL_MAX);
	size_t i;
	json_t *port;
	json_array_foreach (ports, i, port) {
		const char *protocol = js_str(port, "protocol");
		long long node = js_int(port, "nodePort", 0);
		buf_printf(&b, "%s%lld", i > 0 ? "," : "", (long long)js_int(port, "port", 0));
		if (node > 0) {
			buf_printf(&b, ":%lld", node);
		}
		buf_printf(&b, "/%s", protocol ? protocol : "TCP");
	}
	table_text(cells, buf_str(&b), "<none>");
}

static void service_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec");
	CLEANUP_FREE char *selector = table_labels(js_obj(spec, "selector"));
	CLEANUP_BUF struct buf external = BUF_INIT(CELL_MAX);
	size_t i;
	json_t *ip;
	json_array_foreach (js_arr(spec, "externalIPs"), i, ip) {
		buf_printf(&external, "%s%s", i > 0 ? "," : "", json_is_string(ip) ? json_string_value(ip) : "");
	}
	add_name(cells, o);
	table_text(cells, js_str(spec, "type"), "ClusterIP");
	table_text(cells, js_str(spec, "clusterIP"), "<none>");
	table_text(cells, buf_str(&external), "<none>");
	add_ports(cells, js_arr(spec, "ports"));
	add_age(cells, o, now_ms);
	table_text(cells, selector, "");
}

/* One or two facts each */

static const struct table_column NAMESPACE_COLUMNS[] = {NAME, {"Status", "string", 0}, AGE, END};

static void namespace_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	table_text(cells, js_str_at(o, "status", "phase", NULL), "");
	add_age(cells, o, now_ms);
}

static const struct table_column CONFIGMAP_COLUMNS[] = {NAME, {"Data", "string", 0}, AGE, END};

static void configmap_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	table_number(cells, (int64_t)(json_object_size(js_obj(o, "data")) + json_object_size(js_obj(o, "binaryData"))));
	add_age(cells, o, now_ms);
}

static const struct table_column SECRET_COLUMNS[] = {NAME, {"Type", "string", 0}, {"Data", "string", 0}, AGE, END};

static void secret_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	table_text(cells, js_str(o, "type"), "");
	table_number(cells, (int64_t)json_object_size(js_obj(o, "data")));
	add_age(cells, o, now_ms);
}

static const struct table_column ACCOUNT_COLUMNS[] = {NAME, AGE, END};

static void account_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	add_age(cells, o, now_ms);
}

static const struct table_column LEASE_COLUMNS[] = {NAME, {"Holder", "string", 0}, AGE, END};

static void lease_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	table_text(cells, js_str_at(o, "spec", "holderIdentity", NULL), "");
	add_age(cells, o, now_ms);
}

static const struct table_column PRIORITY_COLUMNS[] = {
    NAME, {"Value", "integer", 0}, {"Global-Default", "boolean", 0}, AGE, {"PreemptionPolicy", "string", 1}, END,
};

static void priority_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	add_name(cells, o);
	table_number(cells, js_int(o, "value", 0));
	json_array_append_new(cells, json_boolean(js_bool(o, "globalDefault", false)));
	add_age(cells, o, now_ms);
	table_text(cells, js_str(o, "preemptionPolicy"), "PreemptLowerPriority");
}

const struct table_printer TABLE_CORE[] = {
    {"nodes", NODE_COLUMNS, node_row},
    {"events", EVENT_COLUMNS, event_row},
    {"services", SERVICE_COLUMNS, service_row},
    {"namespaces", NAMESPACE_COLUMNS, namespace_row},
    {"configmaps", CONFIGMAP_COLUMNS, configmap_row},
    {"secrets", SECRET_COLUMNS, secret_row},
    {"serviceaccounts", ACCOUNT_COLUMNS, account_row},
    {"leases", LEASE_COLUMNS, lease_row},
    {"priorityclasses", PRIORITY_COLUMNS, priority_row},
    {0},
};
