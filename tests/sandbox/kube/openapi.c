#include "tests/sandbox/kube/openapi.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/registry.h"

#define TITLE "Kubernetes"
#define VERSION "v1.36.2+sandbox"
#define PROTOBUF "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

static void answer_json(struct sandbox_response *res, json_t *document)
{
	CLEANUP_FREE char *text = js_text(document);
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_puts(&res->body, text);
	json_decref(document);
}

/* A length-delimited field of less than 128 bytes. */
static void protobuf_field(struct buf *b, int number, const char *bytes, size_t n)
{
	buf_putc(b, (char)(number << 3 | 2));
	buf_putc(b, (char)n);
	buf_append(b, bytes, n);
}

/* openapi.v2.Document{swagger: 1, info: 2 {title: 1, version: 2}, paths: 8, definitions: 9} */
static void answer_v2_protobuf(struct sandbox_response *res)
{
	CLEANUP_BUF struct buf info = BUF_INIT(100);
	protobuf_field(&info, 1, TITLE, strlen(TITLE));
	protobuf_field(&info, 2, VERSION, strlen(VERSION));
	sandbox_response_header(res, "Content-Type", PROTOBUF);
	protobuf_field(&res->body, 1, "2.0", 3);
	protobuf_field(&res->body, 2, info.data, info.len);
	protobuf_field(&res->body, 8, "", 0);
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

/* "api/v1" or "apis/apps/v1"; free() it. */
static char *group_version_path(const struct kube_resource *r)
{
	return *r->group ? xasprintf("apis/%s/%s", r->group, r->version) : xasprintf("api/%s", r->version);
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

static json_t *patch_operation(const struct kube_resource *r)
{
	return json_pack("{s:[{s:s, s:s, s:{s:s}}], s:{s:{s:s}}, s:s, s:{s:s, s:s, s:s}}", "parameters", "name",
			 "fieldValidation", "in", "query", "schema", "type", "string", "responses", "200",
			 "description", "OK", "x-kubernetes-action", "patch", "x-kubernetes-group-version-kind",
			 "group", r->group, "version", r->version, "kind", r->kind);
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
			CLEANUP_FREE char *path = xasprintf("/%s/%s%s/{name}", prefix,
							    r->namespaced ? "namespaces/{namespace}/" : "", r->plural);
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
