/* What admission does to a new pod: service account, priority, tolerations. */
#include <stdio.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"

#define ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define TOKEN_SECONDS 3607 /* the odd number tells such tokens from those that users ask for */
#define TOLERATION_SECONDS 300

static const struct kube_resource *pods(void)
{
	return registry_find("", "v1", "pods");
}

static bool mounts_dir(const json_t *container)
{
	size_t i;
	json_t *mount;
	json_array_foreach (js_arr(container, "volumeMounts"), i, mount) {
		const char *path = js_str(mount, "mountPath");
		if (path && strcmp(path, ACCOUNT_DIR) == 0) {
			return true;
		}
	}
	return false;
}

static bool mount_in(json_t *spec, const char *list, const char *volume)
{
	bool any = false;
	size_t i;
	json_t *container;
	json_array_foreach (js_arr(spec, list), i, container) {
		if (!mounts_dir(container)) {
			set_default(container, "volumeMounts", json_array());
			json_array_append_new(
			    js_arr(container, "volumeMounts"),
			    json_pack("{s:s, s:b, s:s}", "name", volume, "readOnly", 1, "mountPath", ACCOUNT_DIR));
			any = true;
		}
	}
	return any;
}

static void add_token_volume(struct call *c, json_t *spec)
{
	char name[32];
	snprintf(name, sizeof(name), "kube-api-access-");
	make_suffix(c->s, name + strlen(name), 5);
	bool init = mount_in(spec, "initContainers", name);
	bool main = mount_in(spec, "containers", name);
	if (!init && !main) {
		return;
	}
	set_default(spec, "volumes", json_array());
	json_array_append_new(
	    js_arr(spec, "volumes"),
	    json_pack("{s:s, s:{s:[{s:{s:i, s:s}}, {s:{s:s, s:[{s:s, s:s}]}}, {s:{s:[{s:s, s:{s:s, s:s}}]}}], s:i}}",
		      "name", name, "projected", "sources", "serviceAccountToken", "expirationSeconds", TOKEN_SECONDS,
		      "path", "token", "configMap", "name", "kube-root-ca.crt", "items", "key", "ca.crt", "path",
		      "ca.crt", "downwardAPI", "items", "path", "namespace", "fieldRef", "apiVersion", "v1",
		      "fieldPath", "metadata.namespace", "defaultMode", 420));
}

static int service_account(struct call *c, json_t *pod)
{
	json_t *spec = js_obj(pod, "spec");
	const char *ns = meta_str(pod, "namespace");
	const char *name = js_str(spec, "serviceAccountName");
	if (!name || !name[0]) {
		set_str(spec, "serviceAccountName", "default");
		set_str(spec, "serviceAccount", "default");
		name = "default";
	}
	const struct object *account = store_get(store_bucket(&c->s->store, "serviceaccounts"), ns, name);
	if (!account) {
		return refuse_forbidden(&c->refusal, pods(), meta_str(pod, "name"),
					"error looking up service account %s/%s: serviceaccount \"%s\" not found", ns,
					name, name);
	}
	bool by_account = js_bool(account->tree, "automountServiceAccountToken", true);
	if (js_bool(spec, "automountServiceAccountToken", by_account)) {
		add_token_volume(c, spec);
	}
	return 0;
}

static int priority(struct call *c, json_t *pod)
{
	json_t *spec = js_obj(pod, "spec");
	const char *class = js_str(spec, "priorityClassName");
	int64_t value = 0;
	if (class && class[0]) {
		const struct object *o = store_get(store_bucket(&c->s->store, "priorityclasses"), "", class);
		bool node_critical = strcmp(class, "system-node-critical") == 0;
		if (!o && !node_critical && strcmp(class, "system-cluster-critical") != 0) {
			return refuse_forbidden(&c->refusal, pods(), meta_str(pod, "name"),
						"no PriorityClass with name %s was found", class);
		}
		value = o ? js_int(o->tree, "value", 0) : node_critical ? 2000001000 : 2000000000;
	}
	json_object_set_new(spec, "priority", json_integer(value));
	set_default(spec, "preemptionPolicy", json_string("PreemptLowerPriority"));
	return 0;
}

static bool tolerates(const json_t *spec, const char *key)
{
	size_t i;
	json_t *t;
	json_array_foreach (js_arr(spec, "tolerations"), i, t) {
		const char *own_key = js_str(t, "key");
		const char *effect = js_str(t, "effect");
		if ((!own_key || !own_key[0] || strcmp(own_key, key) == 0) &&
		    (!effect || !effect[0] || strcmp(effect, "NoExecute") == 0)) {
			return true;
		}
	}
	return false;
}

static void default_tolerations(json_t *spec)
{
	static const char *const KEYS[] = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"};
	for (size_t i = 0; i < 2; i++) {
		if (!tolerates(spec, KEYS[i])) {
			set_default(spec, "tolerations", json_array());
			json_array_append_new(js_arr(spec, "tolerations"),
					      json_pack("{s:s, s:s, s:s, s:i}", "key", KEYS[i], "operator", "Exists",
							"effect", "NoExecute", "tolerationSeconds",
							TOLERATION_SECONDS));
		}
	}
}

static int runtime_class(struct call *c, const json_t *pod)
{
	const char *class = js_str(js_obj(pod, "spec"), "runtimeClassName");
	if (!class || !class[0]) {
		return 0;
	}
	return refuse_forbidden(&c->refusal, pods(), meta_str(pod, "name"),
				"pod rejected: RuntimeClass \"%s\" not found", class);
}

int pod_admit(struct call *c, json_t *pod)
{
	if (!c->s->config.no_service_account_admission && service_account(c, pod) < 0) {
		return -1;
	}
	if (priority(c, pod) < 0 || runtime_class(c, pod) < 0) {
		return -1;
	}
	if (!c->s->config.no_service_account_admission) {
		default_tolerations(js_obj(pod, "spec"));
	}
	return 0;
}
