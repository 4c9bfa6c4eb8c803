/* PATCH of an object: the patch in its language, then the same way as an update. */
#include "tests/sandbox/kube/patches.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "tests/sandbox/kube/apply.h"
#include "tests/sandbox/kube/model.h"

enum language { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };

static int language_of(struct call *c, enum language *ret)
{
	static const struct {
		const char *type;
		enum language language;
	} TYPES[] = {
	    {"application/json-patch+json", PATCH_JSON},
	    {"application/merge-patch+json", PATCH_MERGE},
	    {"application/strategic-merge-patch+json", PATCH_STRATEGIC},
	    {"application/apply-patch+yaml", PATCH_APPLY},
	};
	const char *header = sandbox_request_header(c->req, "Content-Type");
	size_t n = header ? strcspn(header, "; ") : 0;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (n == strlen(TYPES[i].type) && strncasecmp(header, TYPES[i].type, n) == 0) {
			*ret = TYPES[i].language;
			return 0;
		}
	}
	return refuse(&c->refusal, 415, "UnsupportedMediaType", json_object(), "415: Unsupported Media Type");
}

static json_t *parse_patch(struct call *c, enum language language)
{
	return call_body_json(c, language == PATCH_APPLY);
}

/* The patched tree with the types of its kind, or 422 with the tree and what is wrong in it. */
static json_t *typed(struct call *c, const struct schema_type *t, json_t *patched)
{
	struct err e;
	json_t CLEANUP_JSON *unknown = json_array();
	json_t *object = schema_decode(t, patched, true, unknown, &e);
	if (!object) {
		char CLEANUP_FREE *text = js_text(patched);
		json_t *quoted = json_string(text);
		char *literal = js_dump(quoted, 0);
		struct causes causes = {0};
		cause_add(&causes, "Invalid", "patch", "Invalid value: %s: %s", literal, e.text);
		causes_refuse(&causes, "", "", "", &c->refusal);
		free(literal);
		json_decref(quoted);
		return NULL;
	}
	if (report_unknown(c, unknown, c->r->kind, c->r->version) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *patched(struct call *c, const struct schema_type *t, enum language language, const json_t *live,
		       const json_t *body)
{
	switch (language) {
	case PATCH_JSON:
		return patch_json(live, body, &c->refusal);
	case PATCH_STRATEGIC:
		return patch_strategic(t, live, body, &c->refusal);
	case PATCH_APPLY:
		return apply_merge(c, t, live, body);
	default:
		break;
	}
	if (!json_is_object(body)) {
		refuse_bad_request(&c->refusal,
				   "error decoding patch: json: cannot unmarshal %s into Go value of type map",
				   json_is_array(body) ? "array" : "string");
		return NULL;
	}
	return patch_merge(live, body);
}

static json_t *patch_of(struct call *c, enum language language, const json_t *live)
{
	const struct schema_type *t = schema_of_resource(c->s->schema, c->r);
	json_t CLEANUP_JSON *body = parse_patch(c, language);
	if (!body) {
		return NULL;
	}
	if (language == PATCH_APPLY && !json_is_object(body)) {
		refuse_bad_request(&c->refusal, "error decoding YAML: an object is needed");
		return NULL;
	}
	json_t CLEANUP_JSON *tree = patched(c, t, language, live, body);
	if (!tree) {
		return NULL;
	}
	char api[96];
	set_str(tree, "kind", c->r->kind);
	set_str(tree, "apiVersion", registry_api_version(c->r, api));
	return typed(c, t, tree);
}

static int apply_creates(struct call *c)
{
	json_t *object = patch_of(c, PATCH_APPLY, NULL);
	if (!object) {
		return -1;
	}
	json_t *managers = js_at(object, "metadata", "managedFields", NULL);
	json_t CLEANUP_JSON *kept = json_incref(managers);
	set_str(meta_of(object), "name", c->name);
	json_t *stored;
	c->managed_fields = kept;
	if (create_object(c, object, &stored) < 0) {
		return -1;
	}
	call_reply(c, 201, in_form_of(c->r, stored));
	json_decref(stored);
	return 0;
}

int do_patch(struct call *c)
{
	enum language language = PATCH_MERGE;
	if (language_of(c, &language) < 0) {
		return -1;
	}
	const struct object *o = store_get(c->bucket, c->r->namespaced ? c->name_space : "", c->name);
	if (!o && language == PATCH_APPLY && !c->sub[0]) {
		return apply_creates(c);
	}
	if (!o) {
		return refuse_not_found(&c->refusal, c->r, c->name);
	}
	json_t CLEANUP_JSON *stored = json_incref(o->tree);
	json_t CLEANUP_JSON *live = in_form_of(c->r, stored);
	json_t *object = patch_of(c, language, live);
	if (!object) {
		return -1;
	}
	json_t CLEANUP_JSON *managers = json_incref(js_at(object, "metadata", "managedFields", NULL));
	c->managed_fields = language == PATCH_APPLY ? managers : NULL;
	json_t *now;
	if (update_object(c, stored, object, &now) < 0) {
		return -1;
	}
	call_reply(c, 200, in_form_of(c->r, now));
	json_decref(now);
	return 0;
}
