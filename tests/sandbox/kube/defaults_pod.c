#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

/* Sets a string where there is none or an empty one. */
static void default_str(json_t *o, const char *key, const char *value)
{
	const char *got = js_str(o, key);
	if (!got || !got[0]) {
		set_str(o, key, value);
	}
}

static void default_int(json_t *o, const char *key, int64_t value)
{
	if (js_int(o, key, 0) == 0) {
		json_object_set_new(o, key, json_integer(value));
	}
}

static void field_ref(json_t *holder)
{
	json_t *ref = js_obj(holder, "fieldRef");
	if (ref) {
		default_str(ref, "apiVersion", "v1");
	}
}

static void http_get(json_t *handler)
{
	json_t *get = js_obj(handler, "httpGet");
	if (get) {
		default_str(get, "path", "/");
		default_str(get, "scheme", "HTTP");
	}
}

static void probe(json_t *p)
{
	if (!p) {
		return;
	}
	http_get(p);
	default_int(p, "timeoutSeconds", 1);
	default_int(p, "periodSeconds", 10);
	default_int(p, "successThreshold", 1);
	default_int(p, "failureThreshold", 3);
	if (js_obj(p, "grpc")) {
		set_default(js_obj(p, "grpc"), "service", json_string(""));
	}
}

/* "Always" for a tag :latest or none, else "IfNotPresent". */
static const char *pull_policy(const char *image)
{
	if (strchr(image, '@')) {
		return "IfNotPresent";
	}
	const char *slash = strrchr(image, '/');
	const char *tag = strchr(slash ? slash : image, ':');
	return !tag || strcmp(tag, ":latest") == 0 ? "Always" : "IfNotPresent";
}

static void ports(json_t *container, bool host_network)
{
	size_t i;
	json_t *port;
	json_array_foreach (js_arr(container, "ports"), i, port) {
		default_str(port, "protocol", "TCP");
		if (host_network) {
			default_int(port, "hostPort", js_int(port, "containerPort", 0));
		}
	}
}

static void container_defaults(json_t *c, bool host_network)
{
	size_t i;
	json_t *variable;
	json_array_foreach (js_arr(c, "env"), i, variable) {
		field_ref(js_obj(variable, "valueFrom"));
	}
	ports(c, host_network);
	probe(js_obj(c, "livenessProbe"));
	probe(js_obj(c, "readinessProbe"));
	probe(js_obj(c, "startupProbe"));
	json_t *lifecycle = js_obj(c, "lifecycle");
	http_get(js_obj(lifecycle, "postStart"));
	http_get(js_obj(lifecycle, "preStop"));
	default_str(c, "terminationMessagePath", "/dev/termination-log");
	default_str(c, "terminationMessagePolicy", "File");
	const char *image = js_str(c, "image");
	default_str(c, "imagePullPolicy", pull_policy(image ? image : ""));
}

static void downward_items(json_t *source)
{
	size_t i;
	json_t *item;
	json_array_foreach (js_arr(source, "items"), i, item) {
		field_ref(item);
	}
}

static void projected(json_t *p)
{
	set_default(p, "defaultMode", json_integer(420));
	size_t i;
	json_t *source;
	json_array_foreach (js_arr(p, "sources"), i, source) {
		downward_items(js_obj(source, "downwardAPI"));
		json_t *token = js_obj(source, "serviceAccountToken");
		if (token) {
			set_default(token, "expirationSeconds", json_integer(3600));
		}
	}
}

static void volume_defaults(json_t *volume)
{
	static const char *const WITH_MODE[] = {"secret", "configMap", "downwardAPI"};
	if (json_object_size(volume) <= 1) {
		json_object_set_new(volume, "emptyDir", json_object());
	}
	for (size_t i = 0; i < sizeof(WITH_MODE) / sizeof(WITH_MODE[0]); i++) {
		json_t *source = js_obj(volume, WITH_MODE[i]);
		if (source) {
			set_default(source, "defaultMode", json_integer(420));
			downward_items(source);
		}
	}
	if (js_obj(volume, "projected")) {
		projected(js_obj(volume, "projected"));
	}
	if (js_obj(volume, "hostPath")) {
		set_default(js_obj(volume, "hostPath"), "type", json_string(""));
	}
}

static void each_container(json_t *spec, void (*each)(json_t *container, bool flag), bool flag)
{
	static const char *const LISTS[] = {"initContainers", "containers", "ephemeralContainers"};
	for (size_t l = 0; l < sizeof(LISTS) / sizeof(LISTS[0]); l++) {
		size_t i;
		json_t *container;
		json_array_foreach (js_arr(spec, LISTS[l]), i, container) {
			each(container, flag);
		}
	}
}

void pod_spec_defaults(json_t *spec)
{
	size_t i;
	json_t *volume;
	json_array_foreach (js_arr(spec, "volumes"), i, volume) {
		volume_defaults(volume);
	}
	each_container(spec, container_defaults, js_bool(spec, "hostNetwork", false));
	default_str(spec, "restartPolicy", "Always");
	default_str(spec, "dnsPolicy", "ClusterFirst");
	default_str(spec, "schedulerName", "default-scheduler");
	set_default(spec, "terminationGracePeriodSeconds", json_integer(30));
	set_default(spec, "securityContext", json_object());
	const char *account = js_str(spec, "serviceAccountName");
	const char *old_account = js_str(spec, "serviceAccount");
	if (account || old_account) {
		char CLEANUP_FREE *name = xstrdup(account ? account : old_account);
		set_str(spec, "serviceAccountName", name);
		set_str(spec, "serviceAccount", name);
	}
}

/* What is not requested but limited is requested as limited. */
static void requests_from_limits(json_t *container, bool unused)
{
	(void)unused;
	json_t *resources = js_obj(container, "resources");
	json_t *limits = js_obj(resources, "limits");
	const char *key;
	json_t *value;
	json_object_foreach (limits, key, value) {
		set_default(resources, "requests", json_object());
		set_default(js_obj(resources, "requests"), key, json_incref(value));
	}
}

static bool any_requests(const json_t *spec, const char *resource)
{
	static const char *const LISTS[] = {"initContainers", "containers"};
	bool any = false;
	for (size_t l = 0; l < 2; l++) {
		size_t i;
		json_t *container;
		json_array_foreach (js_arr(spec, LISTS[l]), i, container) {
			any = any || js_str_at(container, "resources", "requests", resource, NULL);
		}
	}
	return any;
}

/* The same of the pod as a whole, where no container requests any. */
static void whole_requests_from_limits(json_t *spec)
{
	json_t *resources = js_obj(spec, "resources");
	json_t *limits = js_obj(resources, "limits");
	const char *key;
	json_t *value;
	json_object_foreach (limits, key, value) {
		if (!any_requests(spec, key)) {
			set_default(resources, "requests", json_object());
			set_default(js_obj(resources, "requests"), key, json_incref(value));
		}
	}
}

void pod_defaults(json_t *pod)
{
	json_t *spec = js_obj(pod, "spec");
	each_container(spec, requests_from_limits, false);
	whole_requests_from_limits(spec);
	set_default(spec, "enableServiceLinks", json_true());
	pod_spec_defaults(spec);
}

struct qos {
	bool any, guaranteed;
};

/* Of a container, or of a pod as a whole. */
static void qos_count(const json_t *holder, struct qos *q)
{
	static const char *const COUNTED[] = {"cpu", "memory"};
	json_t *resources = js_obj(holder, "resources");
	for (size_t i = 0; i < 2; i++) {
		const char *request = js_str(js_obj(resources, "requests"), COUNTED[i]);
		const char *limit = js_str(js_obj(resources, "limits"), COUNTED[i]);
		__int128 r = 0;
		__int128 l = 0;
		bool requested = request && quantity_nano(request, &r) == 0 && r > 0;
		bool limited = limit && quantity_nano(limit, &l) == 0 && l > 0;
		q->any = q->any || requested || limited;
		q->guaranteed = q->guaranteed && limited && requested && r == l;
	}
}

/* Resources of the pod as a whole decide alone. */
const char *pod_qos(const json_t *pod)
{
	static const char *const LISTS[] = {"initContainers", "containers"};
	const json_t *spec = js_obj(pod, "spec");
	const json_t *whole = js_obj(spec, "resources");
	struct qos q = {.guaranteed = true};
	if (json_object_size(js_obj(whole, "requests")) || json_object_size(js_obj(whole, "limits"))) {
		qos_count(spec, &q);
		return !q.any ? "BestEffort" : q.guaranteed ? "Guaranteed" : "Burstable";
	}
	for (size_t l = 0; l < 2; l++) {
		size_t i;
		json_t *container;
		json_array_foreach (js_arr(spec, LISTS[l]), i, container) {
			qos_count(container, &q);
		}
	}
	return !q.any ? "BestEffort" : q.guaranteed ? "Guaranteed" : "Burstable";
}
