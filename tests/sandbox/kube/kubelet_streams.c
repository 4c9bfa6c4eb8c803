/* How a remote command ended, as the API server tells clients of its WebSocket: what client-go makes of a kubelet's
 * word, and StreamTranslatorHandler of that. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "tests/sandbox/kube/kubelet_inner.h"

static char *text_of(json_t *status)
{
	char *text = js_text(status);
	json_decref(status);
	return text;
}

static char *internal_error(const char *why)
{
	char CLEANUP_FREE *message = xasprintf("Internal error occurred: %s", why);
	return text_of(json_pack("{s:{},s:s,s:s,s:s,s:{s:[{s:s}]},s:i}", "metadata", "status", "Failure", "message",
				 message, "reason", "InternalError", "details", "causes", "message", why, "code", 500));
}

static char *exited(const char *code)
{
	char CLEANUP_FREE *message =
	    xasprintf("command terminated with non-zero exit code: command terminated with exit code %s", code);
	return text_of(json_pack("{s:{},s:s,s:s,s:s,s:{s:[{s:s,s:s}]}}", "metadata", "status", "Failure", "message",
				 message, "reason", "NonZeroExitCode", "details", "causes", "reason", "ExitCode",
				 "message", code));
}

static const char *exit_code(const json_t *status)
{
	size_t i;
	json_t *cause;
	json_array_foreach (js_at(status, "details", "causes", NULL), i, cause) {
		const char *reason = js_str(cause, "reason");
		if (reason && strcmp(reason, "ExitCode") == 0) {
			return js_str(cause, "message");
		}
	}
	return NULL;
}

/* client-go takes a stream that ends without a word for a command that went well. */
char *kubelet_streams_status(const char *said)
{
	json_t CLEANUP_JSON *status = json_loads(said, 0, NULL);
	const char *how = js_str(status, "status"), *reason = js_str(status, "reason"),
		   *message = js_str(status, "message");
	if (!said[0] || (how && strcmp(how, "Success") == 0)) {
		return text_of(json_pack("{s:{},s:s}", "metadata", "status", "Success"));
	}
	if (!how || strcmp(how, "Failure") != 0) {
		return internal_error("error stream protocol error: unknown error");
	}
	if (!reason || strcmp(reason, "NonZeroExitCode") != 0) {
		return internal_error(message ? message : "");
	}
	const char *code = exit_code(status);
	return code ? exited(code) : internal_error("error stream protocol error: no ExitCode cause given");
}

char *kubelet_streams_unreachable(const struct kubelet_call *call, const char *why)
{
	char CLEANUP_FREE *failed = kubelet_request_failed(call, call->url, why);
	char CLEANUP_FREE *sentence = xasprintf("error sending request: %s", failed);
	return internal_error(sentence);
}

/* Of a Status its message, of anything else all of it. */
static char *reason_of(const char *body, size_t n)
{
	json_t CLEANUP_JSON *status = json_loadb(body, n, 0, NULL);
	const char *kind = js_str(status, "kind"), *message = js_str(status, "message");
	if (kind && strcmp(kind, "Status") == 0 && message) {
		return xstrdup(message);
	}
	while (n && strchr(" \t\r\n", body[n - 1])) {
		n--;
	}
	return n ? xstrndup(body, n) : xstrdup("empty server response");
}

char *kubelet_streams_refused(const struct kubelet_call *call, int status, const char *body, size_t n,
			      const char *location)
{
	if (status >= 300 && status < 400 && location) {
		char CLEANUP_FREE *authority = kubelet_authority(call);
		char CLEANUP_FREE *to =
		    location[0] == '/' ? xasprintf("https://%s%s", authority, location) : xstrdup(location);
		char CLEANUP_FREE *failed = kubelet_request_failed(call, to, "redirect not allowed");
		char CLEANUP_FREE *sentence = xasprintf("error sending request: %s", failed);
		return internal_error(sentence);
	}
	char CLEANUP_FREE *reason = reason_of(body, n);
	char CLEANUP_FREE *sentence = xasprintf("unable to upgrade connection: %s", reason);
	return internal_error(sentence);
}

char *kubelet_streams_protocol(const char *chosen)
{
	if (chosen && (strcmp(chosen, "v4.channel.k8s.io") == 0 || strcmp(chosen, "v5.channel.k8s.io") == 0)) {
		return NULL;
	}
	char CLEANUP_FREE *sentence =
	    xasprintf("the kubelet chose protocol \"%s\"; the sandbox knows v4 and v5 only", chosen ? chosen : "");
	return internal_error(sentence);
}
