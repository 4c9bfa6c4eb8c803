#include "tests/sandbox/kube/discovery.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/health.h"
#include "tests/sandbox/kube/openapi.h"
#include "tests/sandbox/kube/registry.h"

#define AGGREGATED "APIGroupDiscoveryList"
#define HASH_BYTES 64

static void answer_json(struct sandbox_response *res, json_t *document, size_t flags)
{
	char *text = js_dump(document, flags | (flags ? 0 : JSON_COMPACT));
	res->status = 200;
	sandbox_response_header(res, "Cache-Control", "no-cache, private");
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_puts(&res->body, text);
	free(text);
	json_decref(document);
}

static void answer_text(struct sandbox_response *res, int status, const char *text)
{
	res->status = status;
	sandbox_response_header(res, "Cache-Control", "no-cache, private");
	sandbox_response_header(res, "Content-Type", "text/plain; charset=utf-8");
	sandbox_response_header(res, "X-Content-Type-Options", "nosniff");
	buf_puts(&res->body, text);
}

/* Comma-separated words as an array; a new reference. */
static json_t *words(const char *list)
{
	json_t *array = json_array();
	for (const char *p = list; p && *p;) {
		size_t n = strcspn(p, ",");
		json_array_append_new(array, json_stringn(p, n));
		p += n + (p[n] == ',');
	}
	return array;
}

static void set_words(json_t *object, const char *key, const char *list)
{
	if (list && *list) {
		json_object_set_new(object, key, words(list));
	}
}

/* Unaggregated: APIResourceList */

static json_t *plain_resource(const struct kube_resource *r)
{
	json_t *o = json_pack("{s:s, s:s, s:b, s:s}", "name", r->plural, "singularName", r->singular, "namespaced",
			      r->namespaced, "kind", r->kind);
	set_words(o, "verbs", r->verbs);
	set_words(o, "shortNames", r->short_names);
	set_words(o, "categories", r->categories);
	return o;
}

static json_t *plain_subresource(const struct kube_resource *r, const struct kube_subresource *s)
{
	CLEANUP_FREE char *name = xasprintf("%s/%s", r->plural, s->name);
	json_t *o = json_pack("{s:s, s:s, s:b}", "name", name, "singularName", "", "namespaced", r->namespaced);
	if (s->group) {
		json_object_set_new(o, "group", json_string(s->group));
		json_object_set_new(o, "version", json_string(s->version));
	}
	json_object_set_new(o, "kind", json_string(s->kind));
	set_words(o, "verbs", s->verbs);
	return o;
}

static json_t *resource_list(const char *group, const char *version)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	json_t *resources = json_array();
	json_t *list = json_pack("{s:s}", "kind", "APIResourceList");
	CLEANUP_FREE char *group_version = xasprintf("%s%s%s", group, *group ? "/" : "", version);
	for (size_t i = 0; i < n; i++) {
		const struct kube_resource *r = &all[i];
		if (strcmp(r->group, group) != 0 || strcmp(r->version, version) != 0) {
			continue;
		}
		json_array_append_new(resources, plain_resource(r));
		for (const struct kube_subresource *s = r->subresources; s && s->name; s++) {
			json_array_append_new(resources, plain_subresource(r, s));
		}
	}
	if (*group) {
		json_object_set_new(list, "apiVersion", json_string("v1"));
	}
	json_object_set_new(list, "groupVersion", json_string(group_version));
	json_object_set_new(list, "resources", resources);
	return list;
}

/* Unaggregated: APIGroup, APIGroupList, APIVersions. Each group has one version here. */

static json_t *plain_group(const struct kube_resource *r)
{
	CLEANUP_FREE char *group_version = xasprintf("%s/%s", r->group, r->version);
	return json_pack("{s:s, s:[{s:s, s:s}], s:{s:s, s:s}}", "name", r->group, "versions", "groupVersion",
			 group_version, "version", r->version, "preferredVersion", "groupVersion", group_version,
			 "version", r->version);
}

/* Is row i the first of its group? */
static bool begins_group(const struct kube_resource *all, size_t i)
{
	return i == 0 || strcmp(all[i - 1].group, all[i].group) != 0;
}

static json_t *group_list(void)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	json_t *groups = json_array();
	for (size_t i = 0; i < n; i++) {
		if (*all[i].group && begins_group(all, i)) {
			json_array_append_new(groups, plain_group(&all[i]));
		}
	}
	return json_pack("{s:s, s:s, s:o}", "kind", "APIGroupList", "apiVersion", "v1", "groups", groups);
}

static json_t *core_versions(const struct sandbox_request *req)
{
	const char *host = sandbox_request_header(req, "Host");
	return json_pack("{s:s, s:[s], s:[{s:s, s:s}]}", "kind", "APIVersions", "versions", "v1",
			 "serverAddressByClientCIDRs", "clientCIDR", "0.0.0.0/0", "serverAddress", host ? host : "");
}

static const struct kube_resource *find_group(const char *group, size_t len)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	for (size_t i = 0; i < n; i++) {
		if (strlen(all[i].group) == len && memcmp(all[i].group, group, len) == 0) {
			return &all[i];
		}
	}
	return NULL;
}

/* Aggregated: everything about all groups in one document */

static json_t *response_kind(const char *group, const char *version, const char *kind)
{
	return json_pack("{s:s, s:s, s:s}", "group", group ? group : "", "version", version ? version : "", "kind",
			 kind);
}

static json_t *aggregated_subresources(const struct kube_resource *r)
{
	json_t *array = json_array();
	for (const struct kube_subresource *s = r->subresources; s && s->name; s++) {
		json_t *o = json_pack("{s:s, s:o}", "subresource", s->name, "responseKind",
				      response_kind(s->group, s->version, s->kind));
		set_words(o, "verbs", s->verbs);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *aggregated_resource(const struct kube_resource *r)
{
	json_t *o =
	    json_pack("{s:s, s:o, s:s, s:s}", "resource", r->plural, "responseKind", response_kind("", "", r->kind),
		      "scope", r->namespaced ? "Namespaced" : "Cluster", "singularResource", r->singular);
	set_words(o, "verbs", r->verbs);
	set_words(o, "shortNames", r->short_names);
	set_words(o, "categories", r->categories);
	if (r->subresources) {
		json_object_set_new(o, "subresources", aggregated_subresources(r));
	}
	return o;
}

static json_t *aggregated_group(const struct kube_resource *first)
{
	json_t *metadata = json_object();
	if (*first->group) {
		json_object_set_new(metadata, "name", json_string(first->group));
	}
	return json_pack("{s:o, s:[{s:s, s:[], s:s}]}", "metadata", metadata, "versions", "version", first->version,
			 "resources", "freshness", "Current");
}

static json_t *aggregated(bool core, const char *version)
{
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	CLEANUP_FREE char *api_version = xasprintf("apidiscovery.k8s.io/%s", version);
	json_t *items = json_array(), *resources = NULL;
	for (size_t i = 0; i < n; i++) {
		if ((*all[i].group == '\0') != core) {
			continue;
		}
		if (begins_group(all, i)) {
			json_t *group = aggregated_group(&all[i]);
			json_array_append_new(items, group);
			resources = js_arr(json_array_get(js_arr(group, "versions"), 0), "resources");
		}
		json_array_append_new(resources, aggregated_resource(&all[i]));
	}
	return json_pack("{s:s, s:s, s:{}, s:o}", "kind", AGGREGATED, "apiVersion", api_version, "metadata", "items",
			 items);
}

/* The version of the aggregated document that the client likes best, or NULL when it wants the plain one. */
static const char *wanted_aggregate(const struct sandbox_request *req)
{
	const char *accept = sandbox_request_header(req, "Accept");
	for (const char *p = accept; p && *p;) {
		size_t n = strcspn(p, ",");
		CLEANUP_FREE char *one = xstrndup(p, n);
		if (!strstr(one, "as=" AGGREGATED)) {
			return NULL;
		}
		if (strstr(one, "v=v2beta1")) {
			return "v2beta1";
		}
		if (strstr(one, "v=v2")) {
			return "v2";
		}
		p += n + (p[n] == ',');
	}
	return NULL;
}

static char *etag_of(const char *text, size_t n)
{
	unsigned char hash[HASH_BYTES];
	unsigned len = 0;
	struct buf b = BUF_INIT(4 * HASH_BYTES);
	EVP_Digest(text, n, hash, &len, EVP_sha512(), NULL);
	buf_putc(&b, '"');
	for (unsigned i = 0; i < len; i++) {
		buf_printf(&b, "%02X", hash[i]);
	}
	buf_putc(&b, '"');
	return buf_steal(&b, NULL);
}

static void answer_aggregate(const struct sandbox_request *req, struct sandbox_response *res, bool core,
			     const char *version)
{
	CLEANUP_JSON json_t *document = aggregated(core, version);
	CLEANUP_FREE char *text = js_text(document);
	CLEANUP_FREE char *etag = etag_of(text, strlen(text));
	CLEANUP_FREE char *type = xasprintf("application/json;g=apidiscovery.k8s.io;v=%s;as=" AGGREGATED, version);
	const char *known = sandbox_request_header(req, "If-None-Match");
	sandbox_response_header(res, "Cache-Control", "public");
	sandbox_response_header(res, "Etag", etag);
	sandbox_response_header(res, "Vary", "Accept");
	if (known && strcmp(known, etag) == 0) {
		res->status = 304;
		return;
	}
	res->status = 200;
	sandbox_response_header(res, "Content-Type", type);
	buf_puts(&res->body, text);
}

/* Single documents */

static void answer_version(struct sandbox_response *res)
{
	answer_json(res,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "major", "1",
			      "minor", "36", "emulationMajor", "1", "emulationMinor", "36", "minCompatibilityMajor",
			      "1", "minCompatibilityMinor", "35", "gitVersion", "v1.36.2+sandbox", "gitCommit", "",
			      "gitTreeState", "clean", "buildDate", "2026-08-21T00:00:00Z", "goVersion", "", "compiler",
			      "gcc", "platform", "linux/amd64"),
		    JSON_INDENT(2));
}

static void answer_root(struct sandbox_response *res)
{
	static const char *const others[] = {"/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"};
	size_t n;
	const struct kube_resource *all = registry_all(&n);
	json_t *paths = json_pack("[s, s, s, s]", "/api", "/api/v1", "/apis", "/apis/");
	for (size_t i = 0; i < n; i++) {
		if (*all[i].group && begins_group(all, i)) {
			json_array_append_new(paths, json_sprintf("/apis/%s", all[i].group));
			json_array_append_new(paths, json_sprintf("/apis/%s/%s", all[i].group, all[i].version));
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		json_array_append_new(paths, json_string(others[i]));
	}
	answer_json(res, json_pack("{s:o}", "paths", paths), JSON_INDENT(2));
}

static void answer_not_found(struct sandbox_response *res)
{
	answer_text(res, 404, "404 page not found\n");
}

/* Routing */

/* What follows /apis/GROUP: false when the request is for a resource of a group version that exists. */
static bool handle_group(const struct sandbox_request *req, struct sandbox_response *res, const char *group)
{
	size_t len = strcspn(group, "/");
	const struct kube_resource *first = find_group(group, len);
	if (!first || len == 0) {
		answer_not_found(res);
		return true;
	}
	const char *rest = group + len;
	if (*rest == '\0' || strcmp(rest, "/") == 0) {
		json_t *one = plain_group(first);
		json_t *document = json_pack("{s:s, s:s}", "kind", "APIGroup", "apiVersion", "v1");
		json_object_update(document, one);
		json_decref(one);
		answer_json(res, document, 0);
		return true;
	}
	size_t version_len = strcspn(rest + 1, "/");
	if (version_len != strlen(first->version) || memcmp(rest + 1, first->version, version_len) != 0) {
		answer_not_found(res);
		return true;
	}
	if (rest[1 + version_len] != '\0') {
		return false;
	}
	if (strcmp(req->method, "GET") == 0) {
		answer_json(res, resource_list(first->group, first->version), 0);
	} else {
		answer_text(res, 405, "405: Method Not Allowed");
	}
	return true;
}

static void answer_api(const struct sandbox_request *req, struct sandbox_response *res, bool core)
{
	const char *version = wanted_aggregate(req);
	if (version) {
		answer_aggregate(req, res, core, version);
	} else {
		answer_json(res, core ? core_versions(req) : group_list(), 0);
	}
}

static bool is(const char *path, const char *name)
{
	size_t n = strlen(name);
	return strncmp(path, name, n) == 0 && (path[n] == '\0' || strcmp(path + n, "/") == 0);
}

bool discovery_handle(const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *path = req->path;
	bool get = strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
	if (strncmp(path, "/api/v1/", 8) == 0 && path[8] != '\0') {
		return false;
	}
	if (strncmp(path, "/apis/", 6) == 0 && path[6] != '\0') {
		return handle_group(req, res, path + 6);
	}
	if (!get) {
		answer_text(res, 405, "405: Method Not Allowed");
	} else if (is(path, "/api")) {
		answer_api(req, res, true);
	} else if (is(path, "/apis")) {
		answer_api(req, res, false);
	} else if (is(path, "/api/v1")) {
		answer_json(res, resource_list("", "v1"), 0);
	} else if (is(path, "/version")) {
		answer_version(res);
	} else if (strcmp(path, "/") == 0) {
		answer_root(res);
	} else if (!health_handle(req, res) && !openapi_handle(req, res)) {
		answer_not_found(res);
	}
	return true;
}

bool discovery_is_public(const char *path)
{
	return is(path, "/version") || is(path, "/healthz") || is(path, "/livez") || is(path, "/readyz");
}
