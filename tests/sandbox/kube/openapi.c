#include "tests/sandbox/kube/openapi.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/registry.h"

#define TITLE "Kubernetes"
#define VERSION "v1.36.2+sandbox"
#define PROTOBUF_MAX ((size_t)1 << 20)
#define GROUP_VERSION_KIND "x-kubernetes-group-version-kind"
#define PROTOBUF "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

static void answer_json(struct sandbox_response *res, json_t *document)
{
	CLEANUP_FREE char *text = js_text(document);
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_puts(&res->body, text);
	json_decref(document);
}

/* "api/v1" or "apis/apps/v1"; free() it. */
static char *group_version_path(const struct kube_resource *r)
{
	return *r->group ? xasprintf("apis/%s/%s", r->group, r->version) : xasprintf("api/%s", r->version);
}

/* "/apis/apps/v1/namespaces/{namespace}/replicasets/{name}"; free() it. */
static char *item_path(const struct kube_resource *r)
{
	CLEANUP_FREE char *prefix = group_version_path(r);
	return xasprintf("/%s/%s%s/{name}", prefix, r->namespaced ? "namespaces/{namespace}/" : "", r->plural);
}

/* Protobuf, as much as is needed: nested messages and strings, both length-delimited. */

static void protobuf_field(struct buf *b, int number, const char *bytes, size_t n)
{
	buf_putc(b, (char)(number << 3 | 2));
	size_t left = n;
	for (; left > 127; left >>= 7) {
		buf_putc(b, (char)(left | 128));
	}
	buf_putc(b, (char)left);
	buf_append(b, bytes, n);
}

static void protobuf_text(struct buf *b, int number, const char *text)
{
	protobuf_field(b, number, text, strlen(text));
}

/* Puts what `b` holds into field `number` of an otherwise empty message. */
static void protobuf_wrap(struct buf *b, int number)
{
	CLEANUP_BUF struct buf inner = *b;
	buf_init(b, PROTOBUF_MAX);
	protobuf_field(b, number, buf_str(&inner), inner.len);
}

/* ParametersItem{parameter: 1 {non_body_parameter: 2 {query_parameter_sub_schema: 3 {in: 2, name: 4, type: 6}}}} */
static void protobuf_parameter(struct buf *operation, const char *name)
{
	CLEANUP_BUF struct buf b = BUF_INIT(PROTOBUF_MAX);
	protobuf_text(&b, 2, "query");
	protobuf_text(&b, 4, name);
	protobuf_text(&b, 6, "string");
	protobuf_wrap(&b, 3);
	protobuf_wrap(&b, 2);
	protobuf_wrap(&b, 1);
	protobuf_field(operation, 8, b.data, b.len);
}

/* NamedAny{name: 1, value: 2 {yaml: 2}} */
static void protobuf_extension(struct buf *operation, const struct kube_resource *r)
{
	CLEANUP_FREE char *yaml = xasprintf("group: \"%s\"\nkind: %s\nversion: %s\n", r->group, r->kind, r->version);
	CLEANUP_BUF struct buf value = BUF_INIT(PROTOBUF_MAX);
	CLEANUP_BUF struct buf b = BUF_INIT(PROTOBUF_MAX);
	protobuf_text(&value, 2, yaml);
	protobuf_text(&b, 1, GROUP_VERSION_KIND);
	protobuf_field(&b, 2, value.data, value.len);
	protobuf_field(operation, 13, b.data, b.len);
}

/* NamedPathItem{name: 1, value: 2 {patch: 8 Operation{parameters: 8, vendor_extension: 13}}} */
static void protobuf_path(struct buf *paths, const struct kube_resource *r)
{
	CLEANUP_BUF struct buf operation = BUF_INIT(PROTOBUF_MAX);
	CLEANUP_BUF struct buf item = BUF_INIT(PROTOBUF_MAX);
	CLEANUP_FREE char *path = item_path(r);
	protobuf_parameter(&operation, "dryRun");
	protobuf_parameter(&operation, "fieldValidation");
	protobuf_extension(&operation, r);
	protobuf_wrap(&operation, 8);
	protobuf_text(&item, 1, path);
	protobuf_field(&item, 2, operation.data, operation.len);
	protobuf_field(paths, 2, item.data, item.len);
}

/* Document{swagger: 1, info: 2 {title: 1, version: 2}, paths: 8 {path: 2}, definitions: 9} of openapi.v2 (gnostic) */
static void answer_v2_protobuf(struct sandbox_response *res)
{
	CLEANUP_BUF struct buf info = BUF_INIT(PROTOBUF_MAX);
	CLEANUP_BUF struct buf paths = BUF_INIT(PROTOBUF_MAX);
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	for (size_t i = 0; i < n; i++) {
		if (registry_word_in(all[i].verbs, "patch")) {
			protobuf_path(&paths, &all[i]);
		}
	}
	protobuf_text(&info, 1, TITLE);
	protobuf_text(&info, 2, VERSION);
	sandbox_response_header(res, "Content-Type", PROTOBUF);
	protobuf_text(&res->body, 1, "2.0");
	protobuf_field(&res->body, 2, info.data, info.len);
	protobuf_field(&res->body, 8, paths.data, paths.len);
	protobuf_field(&res->body, 9, "", 0);
}

static void answer_v2(const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *accept = sandbox_request_header(req, "Accept");
	if (accept && strstr(accept, "openapi.spec.v2") && strstr(accept, "protobuf")) {
		answer_v2_protobuf(res);
	} else {
		answer_json(res, json_pack("{s:s, s:{s:s, s:s}, s:{}, s:{}}", "swagger", "2.0", "info", "title", TITLE,
					   "version", VERSION, "paths", "definitions"));
	}
}

static void answer_v3_index(struct sandbox_response *res)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	json_t *paths = json_object();
	for (size_t i = 0; i < n; i++) {
		CLEANUP_FREE char *path = group_version_path(&all[i]);
		if (!json_object_get(paths, path)) {
			json_object_set_new(
			    paths, path, json_pack("{s:o}", "serverRelativeURL", json_sprintf("/openapi/v3/%s", path)));
		}
	}
	answer_json(res, json_pack("{s:o}", "paths", paths));
}

static json_t *query_parameter(const char *name)
{
	return json_pack("{s:s, s:s, s:{s:s}}", "name", name, "in", "query", "schema", "type", "string");
}

static json_t *patch_operation(const struct kube_resource *r)
{
	return json_pack("{s:[o, o], s:{s:{s:s}}, s:s, s:{s:s, s:s, s:s}}", "parameters", query_parameter("dryRun"),
			 query_parameter("fieldValidation"), "responses", "200", "description", "OK",
			 "x-kubernetes-action", "patch", GROUP_VERSION_KIND, "group", r->group, "version", r->version,
			 "kind", r->kind);
}

/* NULL when no resource is there. */
static json_t *v3_document(const char *group_version)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	json_t *paths = json_object();
	for (size_t i = 0; i < n; i++) {
		const struct kube_resource *r = &all[i];
		CLEANUP_FREE char *prefix = group_version_path(r);
		if (strcmp(prefix, group_version) == 0 && registry_word_in(r->verbs, "patch")) {
			CLEANUP_FREE char *path = item_path(r);
			json_object_set_new(paths, path, json_pack("{s:o}", "patch", patch_operation(r)));
		}
	}
	if (json_object_size(paths) == 0) {
		json_decref(paths);
		return NULL;
	}
	return json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:{}}}", "openapi", "3.0.0", "info", "title", TITLE, "version",
			 VERSION, "paths", paths, "components", "schemas");
}

bool openapi_handle(const struct sandbox_request *req, struct sandbox_response *res)
{
	static const char v3[] = "/openapi/v3";
	if (strcmp(req->path, "/openapi/v2") == 0) {
		answer_v2(req, res);
	} else if (strcmp(req->path, v3) == 0 || strcmp(req->path, "/openapi/v3/") == 0) {
		answer_v3_index(res);
	} else if (strncmp(req->path, v3, strlen(v3)) == 0 && req->path[strlen(v3)] == '/') {
		json_t *document = v3_document(req->path + strlen(v3) + 1);
		if (!document) {
			return false;
		}
		answer_json(res, document);
	} else {
		return false;
	}
	res->status = 200;
	return true;
}
