/* The environment of a container: variables, and where their values come from. What the pod itself tells is resolved
 * here. */
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "kube/pod_read.h"
#include "kube/quantity.h"

#define DIVISOR_DEFAULT_MILLI 1000

static int not_an_object(struct pod_reader *r, const struct where *at)
{
	return reader_error(r, ERR_INVALID, at, NULL, "not an object");
}

/* ---- valueFrom ---- */

/* What a ConfigMap or Secret holds under a key. */
static int read_key_ref(struct pod_reader *r, const struct where *at, enum pod_scope scope, json_t *o,
			struct kube_value_from *from)
{
	from->object = from->key = "";
	return reader_check_fields(r, scope, at, o) || read_str(r, at, o, "name", &from->object) ||
	       read_str(r, at, o, "key", &from->key) || read_bool(r, at, o, "optional", &from->optional);
}

/* "labels['a/b']" names the member a/b of metadata.labels; NULL when `path` does not begin so. Free it. */
static char *subscript(const char *path, const char *prefix)
{
	size_t n = strlen(path), start = strlen(prefix);
	if (strncmp(path, prefix, start) != 0 || n < start + 4 || strncmp(path + start, "['", 2) != 0 ||
	    strcmp(path + n - 2, "']") != 0) {
		return NULL;
	}
	return xstrndup(path + start + 2, n - start - 4);
}

/* NULL: not a field that the pod tells by itself. */
static const char *own_field(const struct pod_reader *r, const char *path)
{
	CLEANUP_FREE char *label = subscript(path, "metadata.labels");
	CLEANUP_FREE char *annotation = subscript(path, "metadata.annotations");
	const char *value = NULL;
	if (!strcmp(path, "metadata.name")) {
		return r->pod->name;
	}
	if (!strcmp(path, "metadata.namespace")) {
		return r->pod->ns;
	}
	if (!strcmp(path, "metadata.uid")) {
		return r->pod->uid;
	}
	if (!strcmp(path, "spec.serviceAccountName")) {
		value = js_str(r->spec, "serviceAccountName");
	} else if (label) {
		value = js_str_at(r->metadata, "labels", label, NULL);
	} else if (annotation) {
		value = js_str_at(r->metadata, "annotations", annotation, NULL);
	} else {
		return NULL;
	}
	return value ? value : "";
}

static bool late_field(const char *path, enum kube_late_field *ret)
{
	static const struct {
		const char *path;
		enum kube_late_field field;
	} fields[] = {
	    {"spec.nodeName", KUBE_LATE_NODE_NAME}, {"status.hostIP", KUBE_LATE_HOST_IP},
	    {"status.hostIPs", KUBE_LATE_HOST_IP},  {"status.podIP", KUBE_LATE_POD_IP},
	    {"status.podIPs", KUBE_LATE_POD_IP},
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (!strcmp(path, fields[i].path)) {
			*ret = fields[i].field;
			return true;
		}
	}
	return false;
}

int pod_read_field_ref(struct pod_reader *r, const struct where *at, json_t *o, struct kube_value_from *from)
{
	const char *path = js_str(o, "fieldPath");
	const char *own = own_field(r, path ? path : "");
	struct where path_at = {.up = at, .key = "fieldPath"};
	if (reader_check_fields(r, POD_SCOPE_FIELD_REF, at, o)) {
		return -1;
	}
	if (own) {
		from->kind = KUBE_VALUE_TEXT;
		from->key = reader_copy(r, own);
		return from->key ? 0 : -1;
	}
	from->kind = KUBE_VALUE_LATE;
	if (!late_field(path ? path : "", &from->late)) {
		return reader_refuse(r, &path_at, path);
	}
	return from->late == KUBE_LATE_POD_IP && r->pod->network
		   ? reader_refuse(r, &path_at, "on a network of CNI the address is not known before the start")
		   : 0;
}

static int read_divisor(struct pod_reader *r, const struct where *at, json_t *o, struct kube_value_from *from)
{
	struct err why = {0};
	json_t *v = json_object_get(o, "divisor");
	CLEANUP_FREE char *number = json_is_number(v) ? js_text(v) : NULL;
	const char *text = number ? number : json_string_value(v);
	from->divisor_milli = DIVISOR_DEFAULT_MILLI;
	if (!v || json_is_null(v)) {
		return 0;
	}
	if (quantity_parse(text, &from->divisor_milli, &why)) {
		return reader_error(r, why.code, at, "divisor", "%s", why.text);
	}
	if (from->divisor_milli < 0) {
		return reader_error(r, ERR_INVALID, at, "divisor", "must not be negative");
	}
	from->divisor_milli = from->divisor_milli ? from->divisor_milli : DIVISOR_DEFAULT_MILLI; /* 0 is none */
	return 0;
}

int pod_read_resource_ref(struct pod_reader *r, const struct where *at, json_t *o, struct kube_value_from *from)
{
	static const char *const known[] = {"cpu", "memory", "ephemeral-storage"};
	const char *resource = js_str(o, "resource");
	struct where resource_at = {.up = at, .key = "resource"};
	from->kind = KUBE_VALUE_RESOURCE;
	if (reader_check_fields(r, POD_SCOPE_RESOURCE_REF, at, o) ||
	    read_str(r, at, o, "containerName", &from->object) || read_divisor(r, at, o, from)) {
		return -1;
	}
	from->limit = resource && !strncmp(resource, "limits.", 7);
	const char *name = from->limit					    ? resource + 7
			   : resource && !strncmp(resource, "requests.", 9) ? resource + 9
									    : "";
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(name, known[i])) {
			from->key = known[i];
			return 0;
		}
	}
	from->key = known[0];
	return reader_refuse(r, &resource_at, resource);
}

static int read_value_from(struct pod_reader *r, const struct where *up, json_t *v, struct kube_env *env)
{
	struct where at = {.up = up, .key = "valueFrom"};
	json_t *o, *ref;
	const char *key;
	if (read_object(r, up, v, "valueFrom", &o)) {
		return -1;
	}
	if (!json_object_size(o)) {
		return 0;
	}
	struct kube_value_from *from = reader_alloc(r, 1, sizeof(*from));
	if (!from || reader_check_fields(r, POD_SCOPE_VALUE_FROM, &at, o)) {
		return -1;
	}
	env->from = from;
	from->key = "";
	json_object_foreach (o, key, ref) {
		struct where ref_at = {.up = &at, .key = key};
		int bad = 0;
		if (json_is_null(ref)) {
			continue;
		}
		if (!json_is_object(ref)) {
			return not_an_object(r, &ref_at);
		}
		if (!strcmp(key, "configMapKeyRef")) {
			from->kind = KUBE_VALUE_CONFIGMAP;
			bad = read_key_ref(r, &ref_at, POD_SCOPE_CONFIGMAP_KEY, ref, from);
		} else if (!strcmp(key, "secretKeyRef")) {
			from->kind = KUBE_VALUE_SECRET;
			bad = read_key_ref(r, &ref_at, POD_SCOPE_SECRET_KEY, ref, from);
		} else if (!strcmp(key, "fieldRef")) {
			bad = pod_read_field_ref(r, &ref_at, ref, from);
		} else if (!strcmp(key, "resourceFieldRef")) {
			bad = pod_read_resource_ref(r, &ref_at, ref, from);
		}
		if (bad) {
			return -1;
		}
	}
	return 0;
}

/* ---- env ---- */

static int read_variable(struct pod_reader *r, const struct where *at, json_t *v, struct kube_env *env)
{
	if (!json_is_object(v)) {
		return not_an_object(r, at);
	}
	env->value = "";
	if (reader_check_fields(r, POD_SCOPE_ENV, at, v) || read_str(r, at, v, "name", &env->name) ||
	    read_str(r, at, v, "value", &env->value)) {
		return -1;
	}
	if (!env->name || !*env->name || strchr(env->name, '=')) {
		return reader_error(r, ERR_INVALID, at, "name", "not a variable name");
	}
	return read_value_from(r, at, v, env);
}

static int read_env(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where list_at = {.up = at, .key = "env"};
	json_t *list;
	if (read_list(r, at, o, "env", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_env *env = reader_alloc(r, n, sizeof(*env));
	if (!env) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(v, "name"), .index = i};
		if (read_variable(r, &here, v, &env[i])) {
			return -1;
		}
	}
	c->env = env;
	c->n_env = n;
	return 0;
}

/* ---- envFrom ---- */

static int read_whole(struct pod_reader *r, const struct where *at, json_t *v, struct kube_env_from *from)
{
	json_t *map, *secret;
	if (!json_is_object(v)) {
		return not_an_object(r, at);
	}
	from->name = from->prefix = "";
	if (reader_check_fields(r, POD_SCOPE_ENV_FROM, at, v) || read_str(r, at, v, "prefix", &from->prefix) ||
	    read_object(r, at, v, "configMapRef", &map) || read_object(r, at, v, "secretRef", &secret)) {
		return -1;
	}
	if (!map == !secret) {
		return reader_error(r, ERR_INVALID, at, NULL, "neither a ConfigMap nor a Secret, or both");
	}
	if (strchr(from->prefix, '=')) {
		return reader_error(r, ERR_INVALID, at, "prefix", "not the beginning of a variable name");
	}
	from->secret = secret != NULL;
	struct where ref_at = {.up = at, .key = secret ? "secretRef" : "configMapRef"};
	json_t *ref = secret ? secret : map;
	return reader_check_fields(r, secret ? POD_SCOPE_ENV_SECRET : POD_SCOPE_ENV_CONFIGMAP, &ref_at, ref) ||
	       read_str(r, &ref_at, ref, "name", &from->name) ||
	       read_bool(r, &ref_at, ref, "optional", &from->optional);
}

static int read_env_from(struct pod_reader *r, const struct where *at, json_t *o, struct kube_container *c)
{
	struct where list_at = {.up = at, .key = "envFrom"};
	json_t *list;
	if (read_list(r, at, o, "envFrom", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_env_from *from = reader_alloc(r, n, sizeof(*from));
	if (!from) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		struct where here = {.up = &list_at, .index = i};
		if (read_whole(r, &here, json_array_get(list, i), &from[i])) {
			return -1;
		}
	}
	c->env_from = from;
	c->n_env_from = n;
	return 0;
}

int pod_read_env(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c)
{
	return read_env(r, at, container, c) || read_env_from(r, at, container, c) ? -1 : 0;
}
