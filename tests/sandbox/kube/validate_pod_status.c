#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

static const char *str(const json_t *o, const char *key)
{
	const char *value = js_str(o, key);
	return value ? value : "";
}

/* 4, 6, or 0 with a problem. */
static int ip_family(const char *text, const char **ret_problem)
{
	unsigned char bytes[16];
	if (inet_pton(AF_INET, text, bytes) == 1) {
		return 4;
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		return 6;
	}
	bool dotted = text[strspn(text, "0123456789.")] == 0 && strchr(text, '.');
	*ret_problem =
	    dotted ? "must not have leading 0s" : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
	return 0;
}

static void ip_list(const json_t *list, const char *field, struct causes *causes)
{
	int seen[7] = {0};
	bool twice = false;
	struct buf CLEANUP_BUF all = BUF_INIT(4096);
	size_t i;
	json_t *entry;
	json_array_foreach ((json_t *)(uintptr_t)list, i, entry) {
		const char *problem;
		const char *ip = str(entry, "ip");
		int family = ip_family(ip, &problem);
		if (!family) {
			char CLEANUP_FREE *at = xasprintf("%s[%zu]", field, i);
			cause_add(causes, "Invalid", at, "Invalid value: \"%s\": %s", ip, problem);
			return;
		}
		twice = twice || seen[family]++;
		buf_printf(&all, "%s{\"IP\":\"%s\"}", i ? "," : "", ip);
	}
	if (twice) {
		cause_add(causes, "Invalid", field,
			  "Invalid value: [%s]: may specify no more than one IP for each IP family", buf_str(&all));
	}
}

static void conditions(const json_t *status, struct causes *causes)
{
	size_t i;
	json_t *condition;
	json_array_foreach (js_arr(status, "conditions"), i, condition) {
		char CLEANUP_FREE *field = xasprintf("status.conditions[%zu].Type", i);
		validate_qualified_name(str(condition, "type"), field, causes);
	}
}

static const json_t *by_name(const json_t *list, const char *name)
{
	size_t i;
	json_t *element;
	json_array_foreach ((json_t *)(uintptr_t)list, i, element) {
		if (strcmp(str(element, "name"), name) == 0) {
			return element;
		}
	}
	return NULL;
}

/* A container that ended and may not be restarted never leaves that state. */
static void transitions(const json_t *old, const json_t *pod, struct causes *causes)
{
	const char *policy = str(js_obj(old, "spec"), "restartPolicy");
	if (strcmp(policy, "Always") == 0) {
		return;
	}
	size_t i;
	json_t *before;
	json_t *now = js_at(pod, "status", "containerStatuses", NULL);
	json_array_foreach (js_at(old, "status", "containerStatuses", NULL), i, before) {
		const json_t *ended = js_at(before, "state", "terminated", NULL);
		bool retried = strcmp(policy, "OnFailure") == 0 && js_int(ended, "exitCode", 0) != 0;
		const json_t *after = by_name(now, str(before, "name"));
		if (ended && !retried && after && !js_at(after, "state", "terminated", NULL)) {
			char CLEANUP_FREE *field = xasprintf("status.containerStatuses[%zu].state", i);
			cause_add(causes, "Forbidden", field,
				  "Forbidden: may not be transitioned to non-terminated state");
		}
	}
}

void validate_pod_status(const json_t *old, const json_t *pod, struct causes *causes)
{
	const json_t *before = js_obj(old, "status");
	const json_t *status = js_obj(pod, "status");
	const char *nominated = str(status, "nominatedNodeName");
	if (nominated[0] && strcmp(nominated, str(before, "nominatedNodeName")) != 0 &&
	    str(js_obj(old, "spec"), "nodeName")[0]) {
		cause_add(causes, "Forbidden", "status.nominatedNodeName",
			  "Forbidden: may not be set on pods that are already bound to a node");
	}
	transitions(old, pod, causes);
	if (strcmp(str(status, "qosClass"), str(before, "qosClass")) != 0) {
		cause_add(causes, "Invalid", "status.qosClass", "Invalid value: \"%s\": field is immutable",
			  str(status, "qosClass"));
	}
	ip_list(js_arr(status, "podIPs"), "status.podIPs", causes);
	json_t *hosts = js_arr(status, "hostIPs");
	if (json_array_size(hosts) && strcmp(str(json_array_get(hosts, 0), "ip"), str(status, "hostIP")) != 0) {
		cause_add(causes, "Invalid", "status.hostIPs[0].ip", "Invalid value: \"%s\": must be equal to `hostIP`",
			  str(json_array_get(hosts, 0), "ip"));
	}
	ip_list(hosts, "status.hostIPs", causes);
	conditions(status, causes);
	if (js_int(status, "observedGeneration", 0) < 0) {
		cause_add(causes, "Invalid", "status.observedGeneration",
			  "Invalid value: %lld: must be a non-negative integer",
			  (long long)js_int(status, "observedGeneration", 0));
	}
}
