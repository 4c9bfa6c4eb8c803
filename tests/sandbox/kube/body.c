#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "tests/sandbox/kube/model.h"
#include "tests/sandbox/kube/proto.h"

#define SUMMARY_MAX 30

static bool media_is(const char *header, const char *type)
{
	size_t n = strcspn(header, "; ");
	return n == strlen(type) && strncasecmp(header, type, n) == 0;
}

/* What Go would say of the first thing that is wrong. */
static void json_complaint(const json_error_t *error, const char *body, size_t n, struct err *e)
{
	if (n == 0 || json_error_code(error) == json_error_premature_end_of_input) {
		err_set(e, ERR_INVALID, "unexpected end of JSON input");
		return;
	}
	size_t at = error->position > 0 && (size_t)error->position <= n ? (size_t)error->position - 1 : 0;
	char c = body[at];
	err_set(e, ERR_INVALID, "invalid character '%c' looking for beginning of value", c >= ' ' && c < 127 ? c : '?');
}

enum language { BODY_JSON, BODY_YAML, BODY_PROTO };

static json_t *parse(const struct call *c, enum language language, const struct schema_type *type, struct err *e)
{
	const char *body = c->req->body ? c->req->body : "";
	if (language == BODY_PROTO) {
		return proto_read(type, body, c->req->body_len, e);
	}
	if (language == BODY_YAML) {
		return yaml_parse(body, c->req->body_len, "body", e);
	}
	json_error_t error;
	json_t *tree = json_loadb(body, c->req->body_len, JSON_DECODE_ANY, &error);
	if (!tree) {
		json_complaint(&error, body, c->req->body_len, e);
	}
	return tree;
}

json_t *call_body_json(struct call *c, bool yaml)
{
	struct err e;
	json_t *tree = parse(c, yaml ? BODY_YAML : BODY_JSON, NULL, &e);
	if (!tree) {
		refuse_bad_request(&c->refusal, "%s", e.text);
	}
	return tree;
}

static int content_type(struct call *c, enum language *ret)
{
	const char *header = sandbox_request_header(c->req, "Content-Type");
	*ret = BODY_JSON;
	if (!header || !header[0] || media_is(header, "application/json")) {
		return 0;
	}
	if (media_is(header, "application/yaml") || media_is(header, PROTO_CONTENT_TYPE)) {
		*ret = media_is(header, PROTO_CONTENT_TYPE) ? BODY_PROTO : BODY_YAML;
		return 0;
	}
	return refuse(
	    &c->refusal, 415, "UnsupportedMediaType", NULL,
	    "the body of the request was in an unknown format - accepted media types include: application/json, "
	    "application/yaml, application/vnd.kubernetes.protobuf");
}

static json_t *parse_or_summarize(struct call *c, enum language language, const struct schema_type *type,
				  const char *kind)
{
	struct err e;
	json_t *tree = parse(c, language, type, &e);
	if (!tree || !json_is_object(tree)) {
		const char *body = c->req->body ? c->req->body : "";
		bool cut = c->req->body_len > SUMMARY_MAX;
		char CLEANUP_FREE *head = xstrndup(body, cut ? SUMMARY_MAX : c->req->body_len);
		refuse_bad_request(
		    &c->refusal,
		    "the object provided is unrecognized (must be of type %s): couldn't get version/kind; json "
		    "parse error: %s (%s%s)",
		    kind, tree ? "json: cannot unmarshal into Go value of type struct" : e.text,
		    head[0] ? head : "<empty>", cut ? " ..." : "");
		json_decref(tree);
		return NULL;
	}
	return tree;
}

/* The body may be of another version of the same kind only if that version is served; of another kind never. */
static int check_kind(struct call *c, const json_t *tree, const char *kind, const char *group, const char *version)
{
	const char *got = js_str(tree, "kind");
	const char *api = js_str(tree, "apiVersion");
	if (!got || !api) {
		return 0;
	}
	char CLEANUP_FREE *wanted = xasprintf("%s%s%s", group, group[0] ? "/" : "", version);
	/* As the real one, which takes the Evictions of older clients although it serves no other kind of that version.
	 */
	bool older = strcmp(kind, "Eviction") == 0 && strcmp(api, "policy/v1beta1") == 0;
	if (strcmp(got, kind) == 0 && (strcmp(api, wanted) == 0 || older)) {
		return 0;
	}
	const char *slash = strchr(api, '/');
	char CLEANUP_FREE *got_group = slash ? xstrndup(api, (size_t)(slash - api)) : xstrdup("");
	const char *got_version = slash ? slash + 1 : api;
	if (!registry_find_kind(got_group, got_version, got)) {
		return refuse_bad_request(&c->refusal, "no kind \"%s\" is registered for version \"%s\" in scheme", got,
					  api);
	}
	return refuse_bad_request(
	    &c->refusal,
	    "%s in version \"%s\" cannot be handled as a %s: converting (%s.%s) to (%.*s.%s): unknown "
	    "conversion",
	    got, got_version, kind, got_version, got, group[0] ? (int)strcspn(group, ".") : 4,
	    group[0] ? group : "core", kind);
}

int report_unknown(struct call *c, const json_t *unknown, const char *kind, const char *version)
{
	const char *mode = query_get(&c->query, "fieldValidation");
	if (json_array_size(unknown) == 0 || (mode && strcmp(mode, "Ignore") == 0)) {
		return 0;
	}
	size_t i;
	json_t *path;
	struct buf CLEANUP_BUF all = BUF_INIT(65536);
	json_array_foreach ((json_t *)(uintptr_t)unknown, i, path) {
		if (mode && strcmp(mode, "Strict") == 0) {
			buf_printf(&all, "%sunknown field \"%s\"", all.len ? ", " : "", json_string_value(path));
		} else {
			call_warn(c, "unknown field \"%s\"", json_string_value(path));
		}
	}
	if (all.len == 0) {
		return 0;
	}
	return refuse_bad_request(&c->refusal,
				  "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s", kind,
				  version, kind, buf_str(&all));
}

json_t *call_body_object(struct call *c, const struct schema_type *type, const char *kind, const char *group,
			 const char *version)
{
	enum language language;
	if (content_type(c, &language) < 0) {
		return NULL;
	}
	json_t CLEANUP_JSON *tree = parse_or_summarize(c, language, type, kind);
	if (!tree || check_kind(c, tree, kind, group, version) < 0) {
		return NULL;
	}
	struct err e;
	json_t CLEANUP_JSON *unknown = json_array();
	char CLEANUP_FREE *api = xasprintf("%s%s%s", group, group[0] ? "/" : "", version);
	set_str(tree, "kind", kind);
	set_str(tree, "apiVersion", api);
	json_t *object = schema_decode(type, tree, true, unknown, &e);
	if (!object) {
		refuse_bad_request(&c->refusal, "%s in version \"%s\" cannot be handled as a %s: %s", kind, version,
				   kind, e.text);
		return NULL;
	}
	if (report_unknown(c, unknown, kind, version) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *call_body_options(struct call *c)
{
	enum language language;
	struct err e;
	if (content_type(c, &language) < 0) {
		return NULL;
	}
	json_t *tree = parse(c, language, schema_find(c->s->schema, "DeleteOptions"), &e);
	if (!tree) {
		refuse_bad_request(&c->refusal, "%s", e.text);
	} else if (!json_is_object(tree)) {
		refuse_bad_request(&c->refusal, "DeleteOptions must be an object");
		json_decref(tree);
		return NULL;
	}
	return tree;
}
