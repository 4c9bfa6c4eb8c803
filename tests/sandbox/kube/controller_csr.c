/* The signer of kubernetes.io/kubelet-serving: what was approved gets a certificate, or the reason why not. */
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tests/sandbox/kube/controllers_inner.h"

#define SIGNER "kubernetes.io/kubelet-serving"

static bool has_condition(const json_t *csr, const char *type)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_at(csr, "status", "conditions", NULL), i, o) {
		const char *t = js_str(o, "type");
		if (t && strcmp(t, type) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_due(const json_t *csr)
{
	const char *signer = js_str_at(csr, "spec", "signerName", NULL);
	return signer && strcmp(signer, SIGNER) == 0 && has_condition(csr, "Approved") &&
	       !has_condition(csr, "Denied") && !has_condition(csr, "Failed") &&
	       !js_str_at(csr, "status", "certificate", NULL);
}

static json_t *failure(const json_t *csr, const char *why, int64_t now_ms)
{
	char now[TIME_TEXT_MAX];
	json_t *conditions = json_deep_copy(js_at(csr, "status", "conditions", NULL));
	json_array_append_new(conditions,
			      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "type", "Failed", "status", "True", "reason",
					"SignerValidationFailure", "message", why, "lastUpdateTime",
					time_text(now_ms, now), "lastTransitionTime", now));
	return json_pack("{s:{s:o}}", "status", "conditions", conditions);
}

void csr_sign(struct apiserver *server, const char *name, const struct controllers_signer *signer, int64_t now_ms)
{
	CLEANUP_JSON json_t *csr = json_deep_copy(apiserver_peek(server, "certificatesigningrequests", "", name));
	if (!csr || !is_due(csr)) {
		return;
	}
	struct err why = {0};
	size_t n = 0;
	const char *encoded = js_str_at(csr, "spec", "request", NULL);
	CLEANUP_FREE char *request = base64_decode(encoded ? encoded : "", encoded ? strlen(encoded) : 0, &n, &why);
	CLEANUP_FREE char *certificate = request ? signer->sign(signer->arg, request, &why) : NULL;
	CLEANUP_FREE char *path = xasprintf("/apis/certificates.k8s.io/v1/certificatesigningrequests/%s/status", name);
	CLEANUP_JSON json_t *patch = NULL, *answer = NULL;
	if (certificate) {
		CLEANUP_FREE char *text = base64_encode(certificate, strlen(certificate));
		patch = json_pack("{s:{s:s}}", "status", "certificate", text);
	} else {
		patch = failure(csr, why.text, now_ms);
	}
	apiserver_do(server, now_ms, "PATCH", path, "application/merge-patch+json", patch, &answer);
}
