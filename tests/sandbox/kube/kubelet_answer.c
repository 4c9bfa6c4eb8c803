/* What becomes of a kubelet's answer when it is not what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

static void reply(struct refusal *r, struct sandbox_response *res)
{
	json_t CLEANUP_JSON *status = refusal_status(r);
	char CLEANUP_FREE *text = js_text(status);
	res->status = r->code;
	sandbox_response_header(res, "Cache-Control", "no-cache, private");
	sandbox_response_header(res, "Content-Type", "application/json");
	buf_printf(&res->body, "%s\n", text);
	refusal_done(r);
}

char *kubelet_request_failed(const struct kubelet_call *call, const char *url, const char *why)
{
	char method[16] = "";
	for (size_t i = 0; call->method[i] && i + 1 < sizeof(method); i++) {
		method[i] = (char)(i ? call->method[i] | 0x20 : call->method[i]);
	}
	return xasprintf("%s \"%s\": %s", method, url, why);
}

static void request_failed(struct refusal *r, const struct kubelet_call *call, const char *url, const char *why)
{
	char CLEANUP_FREE *text = kubelet_request_failed(call, url, why);
	refuse(r, 500, NULL, NULL, "%s", text);
}

void kubelet_unreachable(const struct kubelet_call *call, const char *why, bool dialling, struct sandbox_response *res)
{
	struct refusal r = {0};
	if (call->errand == KUBELET_LOG) {
		request_failed(&r, call, call->url, why);
	} else if (call->errand == KUBELET_PROXY) {
		refuse(&r, 503, "ServiceUnavailable", NULL, "error trying to reach service: %s", why);
	} else {
		refuse(&r, 500, NULL, NULL, "%s%s", dialling ? "error dialing backend: " : "", why);
	}
	reply(&r, res);
}

bool kubelet_refuses(const struct kubelet_call *call, int status)
{
	if (call->errand == KUBELET_LOG) {
		return status < 200 || status > 206;
	}
	return call->errand == KUBELET_UPGRADE && status != 101 && (status < 400 || call->front == KUBELET_STREAMS);
}

/* What client-go calls these (NewGenericServerResponse). NULL as text: the kubelet's own, if it said anything. */
static const struct {
	int status;
	const char *reason, *text;
} GENERIC[] = {
    {401, "Unauthorized", "the server has asked for the client to provide credentials"},
    {403, "Forbidden", NULL},
    {404, "NotFound", "the server could not find the requested resource"},
    {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"},
    {406, "NotAcceptable", NULL},
    {409, "Conflict", "the server reported a conflict"},
    {410, "Expired", "the resource is no longer available"},
    {415, "UnsupportedMediaType", NULL},
    {422, "Invalid", "the server rejected our request due to an error in our request"},
    {429, "TooManyRequests", "the server has received too many requests and has asked us to try again later"},
    {503, "ServiceUnavailable", "the server is currently unable to handle the request"},
    {504, "Timeout",
     "the server was unable to return a response in the time allotted, but may still be processing the request"},
};

static void log_refused_generic(struct refusal *r, const struct kubelet_call *call, int status, const char *body)
{
	const char *reason = status >= 500 ? "InternalError" : NULL;
	char CLEANUP_FREE *text =
	    status >= 500
		? xasprintf("an error on the server (\"%s\") has prevented the request from succeeding", body)
		: xasprintf("the server responded with the status code %d but did not return more information", status);
	for (size_t i = 0; i < sizeof(GENERIC) / sizeof(GENERIC[0]); i++) {
		if (GENERIC[i].status == status) {
			const char *said = GENERIC[i].text ? GENERIC[i].text : body;
			reason = GENERIC[i].reason;
			free(text);
			text = xstrdup(said[0] ? said : "unknown");
		}
	}
	refuse(r, status, reason, status_details(call->name, "", "pods/log"), "%s ( pods/log %s)", text, call->name);
}

static void log_refused(struct refusal *r, const struct kubelet_call *call, int status, const char *body)
{
	if (status == 500) {
		refuse(r, 500, "InternalError", json_pack("{s:[{s:s}]}", "causes", "message", body),
		       "Internal error occurred: %s", body);
	} else if (status == 400) {
		refuse_bad_request(r, "%s", body);
	} else {
		log_refused_generic(r, call, status, body);
	}
}

void kubelet_refused(const struct kubelet_call *call, int status, const char *body, size_t n, const char *location,
		     struct sandbox_response *res)
{
	struct refusal r = {0};
	char CLEANUP_FREE *text = xstrndup(body, n);
	if (call->errand == KUBELET_UPGRADE) {
		refuse(&r, 500, NULL, NULL, "invalid upgrade response: status code %d", status);
	} else if (status >= 300 && status < 400 && location) {
		request_failed(&r, call, location, "redirects forbidden");
	} else {
		log_refused(&r, call, status, text);
	}
	reply(&r, res);
}
