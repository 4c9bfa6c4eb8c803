/* What all HTTP endpoints of master and agents have in common. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/mesos/model.h"
#include "tests/sandbox/mesos/proto.h"

void api_text(struct sandbox_response *res, int status, const char *text)
{
	res->status = status;
	sandbox_response_header(res, "Content-Type", "text/plain; charset=utf-8");
	buf_clear(&res->body);
	(void)buf_puts(&res->body, text);
}

static int append(const char *text, size_t n, void *to)
{
	return buf_append(to, text, n);
}

void api_json(struct sandbox_response *res, int status, json_t *body)
{
	res->status = status;
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_clear(&res->body);
	(void)json_dump_callback(body, append, &res->body, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	json_decref(body);
}

static const struct mesos_credential *credential_of(const struct mesos_cluster *c, const char *header)
{
	char bad;
	size_t n;
	if (!header || strncmp(header, "Basic ", 6) != 0) {
		return NULL;
	}
	CLEANUP_FREE char *pair = ids_base64_decode(header + 6, &n, &bad);
	char *colon = pair ? strchr(pair, ':') : NULL;
	if (!colon) {
		return NULL;
	}
	*colon = 0;
	for (size_t i = 0; i < c->config.n_credentials; i++) {
		const struct mesos_credential *k = &c->config.credentials[i];
		if (strcmp(k->principal, pair) == 0 && strcmp(k->secret, colon + 1) == 0) {
			return k;
		}
	}
	return NULL;
}

int api_authenticate(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res,
		     const char *realm, const char **ret_principal)
{
	*ret_principal = NULL;
	if (c->config.n_credentials == 0) {
		return 0;
	}
	const struct mesos_credential *k = credential_of(c, sandbox_request_header(req, "Authorization"));
	if (k) {
		*ret_principal = k->principal;
		return 0;
	}
	CLEANUP_FREE char *challenge = xasprintf("Basic realm=\"%s\"", realm);
	sandbox_response_header(res, "WWW-Authenticate", challenge);
	api_text(res, 401, "401 Unauthorized.");
	return -1;
}

int api_check_method(const struct sandbox_request *req, struct sandbox_response *res, const char *method)
{
	if (strcmp(req->method, method) == 0) {
		return 0;
	}
	CLEANUP_FREE char *text =
	    xasprintf("405 Method Not Allowed. Expecting one of { '%s' }, but received '%s'.", method, req->method);
	sandbox_response_header(res, "Allow", method);
	api_text(res, 405, text);
	return -1;
}

/* The simple part of content negotiation: our type, a wildcard, or nothing asked for. */
bool api_accepts_json(const struct sandbox_request *req)
{
	const char *accept = sandbox_request_header(req, "Accept");
	return !accept || strstr(accept, "application/json") || strstr(accept, "*/*") ||
	       strstr(accept, "application/*");
}

json_t *api_call(const struct sandbox_request *req, struct sandbox_response *res, const struct proto_message *message)
{
	const char *type = sandbox_request_header(req, "Content-Type");
	struct err e = {0};
	if (!type) {
		api_text(res, 400, "Expecting 'Content-Type' to be present");
		return NULL;
	}
	if (strcmp(type, "application/x-protobuf") == 0) {
		api_text(res, 400, "Failed to parse body into Call protobuf");
		return NULL;
	}
	if (strcmp(type, "application/json") != 0) {
		api_text(res, 415, "Expecting 'Content-Type' of application/json or application/x-protobuf");
		return NULL;
	}
	CLEANUP_JSON json_t *body = proto_parse(req->body, req->body_len, &e);
	json_t *call = body ? proto_convert(message, body, "Call", &e) : NULL;
	if (!call) {
		api_text(res, 400, e.text);
	}
	return call;
}

json_t *api_version(void)
{
	return json_pack("{s:s,s:f,s:s,s:s,s:s}", "build_date", "2024-08-23 00:00:00 UTC", "build_time", 1724371200.0,
			 "build_user", "sandbox", "git_sha", "sandbox", "version", MESOS_VERSION);
}
