/* The scale subresource: how many replicas a workload has and should have. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/model.h"
#include "tests/sandbox/kube/patches.h"

/* "app=web,tier=front" */
static char *selector_text(const json_t *selector)
{
	struct buf CLEANUP_BUF out = BUF_INIT(65536);
	const char *key;
	json_t *value;
	json_object_foreach (js_obj(selector, "matchLabels"), key, value) {
		buf_printf(&out, "%s%s=%s", out.len ? "," : "", key, json_string_value(value));
	}
	return xstrdup(buf_str(&out));
}

static json_t *scale_of(const json_t *object)
{
	static const char *const COPIED[] = {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"};
	json_t *meta = json_object();
	for (size_t i = 0; i < sizeof(COPIED) / sizeof(COPIED[0]); i++) {
		set_str(meta, COPIED[i], meta_str(object, COPIED[i]));
	}
	char CLEANUP_FREE *selector = selector_text(js_at(object, "spec", "selector", NULL));
	json_t *spec = json_object();
	json_object_set_new(spec, "replicas", json_integer(js_int(js_obj(object, "spec"), "replicas", 0)));
	return json_pack("{s:s, s:s, s:o, s:o, s:{s:I, s:s}}", "kind", "Scale", "apiVersion", "autoscaling/v1",
			 "metadata", meta, "spec", spec, "status", "replicas",
			 (json_int_t)js_int(js_obj(object, "status"), "replicas", 0), "selector", selector);
}

static json_t *asked(struct call *c, const json_t *now)
{
	const struct schema_type *t = schema_find(c->s->schema, "Scale");
	if (strcmp(c->verb, "update") == 0) {
		return call_body_object(c, t, "Scale", "autoscaling", "v1");
	}
	const char *type = sandbox_request_header(c->req, "Content-Type");
	json_t CLEANUP_JSON *patch = call_body_json(c, false);
	if (!patch) {
		return NULL;
	}
	if (type && strncmp(type, "application/json-patch+json", 27) == 0) {
		return patch_json(now, patch, &c->refusal);
	}
	return patch_merge(now, patch);
}

int do_scale(struct call *c)
{
	const struct object *o = store_get(c->bucket, c->name_space, c->name);
	if (!o) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	json_t CLEANUP_JSON *now = scale_of(o->tree);
	if (strcmp(c->verb, "get") == 0) {
		call_reply(c, 200, json_incref(now));
		return 0;
	}
	json_t CLEANUP_JSON *wanted = asked(c, now);
	if (!wanted) {
		return -1;
	}
	const char *rv = meta_str(wanted, "resourceVersion");
	if (rv[0] && strcmp(rv, meta_str(o->tree, "resourceVersion")) != 0) {
		return refuse_stale(&c->refusal, c->r, c->name);
	}
	int64_t replicas = js_int(js_obj(wanted, "spec"), "replicas", 0);
	if (replicas < 0) {
		struct causes causes = {0};
		cause_add(&causes, "Invalid", "spec.replicas",
			  "Invalid value: %lld: must be greater than or equal to 0", (long long)replicas);
		return causes_refuse(&causes, "Scale", "autoscaling", c->name, &c->refusal);
	}
	json_t *object = copy_for_change(o->tree);
	json_t *spec = json_deep_copy(js_obj(object, "spec"));
	json_object_set_new(spec, "replicas", json_integer(replicas));
	json_object_set_new(object, "spec", spec);
	json_t *stored;
	if (update_object(c, o->tree, object, &stored) < 0) {
		return -1;
	}
	call_reply(c, 200, scale_of(stored));
	json_decref(stored);
	return 0;
}
