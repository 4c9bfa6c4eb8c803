#include "kube/csr.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/pem.h"
#include "kube/objects.h"

#define API_VERSION "certificates.k8s.io/v1"
#define PLURAL "certificatesigningrequests"

struct kube_csr {
	struct kube_client *client;
	struct kube_call *call;
	char *name; /* NULL: not created yet */
	kube_csr_named on_named;
	kube_csr_done on_done;
	void *arg;
	uv_timer_t *look;
};

/* ---- objects ---- */

json_t *kube_csr_body(const char *name_prefix, const char *signer, const char *request)
{
	CLEANUP_FREE char *encoded = base64_encode(request, strlen(request));
	return json_pack("{s:s,s:s,s:{s:s},s:{s:s,s:s,s:[s,s]}}", "apiVersion", API_VERSION, "kind",
			 "CertificateSigningRequest", "metadata", "generateName", name_prefix, "spec", "request",
			 encoded, "signerName", signer, "usages", "digital signature", "server auth");
}

/* The condition that ends it; NULL: none yet. */
static const json_t *refusal_of(const json_t *object)
{
	size_t i;
	json_t *o;
	json_array_foreach (js_at(object, "status", "conditions", NULL), i, o) {
		const char *type = js_str(o, "type");
		if (type && (strcmp(type, "Denied") == 0 || strcmp(type, "Failed") == 0)) {
			return o;
		}
	}
	return NULL;
}

static enum kube_csr_state take_certificate(const char *encoded, char **ret, struct err *why)
{
	size_t n = 0;
	char *pem =
	    strlen(encoded) <= KUBE_CSR_CERTIFICATE_MAX ? base64_decode(encoded, strlen(encoded), &n, why) : NULL;
	if (!pem || memchr(pem, '\0', n) || pem_check_certificates(pem, why) < 0) {
		free(pem);
		err_set(why, ERR_PROTOCOL, "what was issued is no certificate");
		return KUBE_CSR_REFUSED;
	}
	*ret = pem;
	return KUBE_CSR_ISSUED;
}

enum kube_csr_state kube_csr_read(const json_t *object, char **ret_certificate, struct err *why)
{
	const json_t *refusal = refusal_of(object);
	const char *certificate = js_str_at(object, "status", "certificate", NULL);
	if (refusal) {
		const char *reason = js_str(refusal, "reason"), *message = js_str(refusal, "message");
		err_set(why, ERR_DENIED, "%s: %s: %s", js_str(refusal, "type"), reason ? reason : "",
			message ? message : "");
		return KUBE_CSR_REFUSED;
	}
	return certificate && *certificate ? take_certificate(certificate, ret_certificate, why) : KUBE_CSR_PENDING;
}

int64_t kube_csr_renew_at(int64_t from_ms, int64_t until_ms, const struct random_source *random)
{
	return from_ms + (until_ms - from_ms) / 100 * random_between(random, 70, 90);
}

/* ---- the way of one ---- */

static void over(struct kube_csr *csr, const char *certificate, const struct err *why)
{
	kube_csr_done on_done = csr->on_done;
	void *arg = csr->arg;
	kube_csr_free(csr);
	on_done(arg, certificate, why);
}

static void look_later(struct kube_csr *csr);

static void judge(struct kube_csr *csr, const json_t *object)
{
	struct err why = {0};
	CLEANUP_FREE char *certificate = NULL;
	switch (kube_csr_read(object, &certificate, &why)) {
	case KUBE_CSR_PENDING:
		look_later(csr);
		break;
	case KUBE_CSR_ISSUED:
	case KUBE_CSR_REFUSED:
		over(csr, certificate, &why);
		break;
	}
}

static void on_looked(void *arg, const struct kube_result *result)
{
	struct kube_csr *csr = arg;
	csr->call = NULL;
	if (result->err.code == ERR_NOT_FOUND) {
		over(csr, NULL, &result->err);
	} else if (result->err.code != ERR_NONE) {
		look_later(csr);
	} else {
		judge(csr, result->body);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct kube_csr *csr = t->data;
	CLEANUP_FREE char *path = kube_path(API_VERSION, NULL, PLURAL, csr->name, NULL);
	struct kube_request request = {.path = path};
	csr->call = kube_call(csr->client, &request, on_looked, csr);
}

static void look_later(struct kube_csr *csr)
{
	uv_timer_start(csr->look, on_timer, KUBE_CSR_LOOK_MS, 0);
}

static void on_created(void *arg, const struct kube_result *result)
{
	struct kube_csr *csr = arg;
	const char *name = js_str_at(result->body, "metadata", "name", NULL);
	struct err why = result->err;
	csr->call = NULL;
	if (why.code == ERR_NONE && !name) {
		err_set(&why, ERR_PROTOCOL, "the API server's answer is no CertificateSigningRequest");
	}
	if (why.code != ERR_NONE) {
		over(csr, NULL, &why);
		return;
	}
	csr->name = xstrdup(name);
	csr->on_named(csr->arg, csr->name);
	judge(csr, result->body);
}

/* ---- life ---- */

struct kube_csr *kube_csr_new(struct kube_client *client, const char *name_prefix, const char *signer,
			      const char *request, kube_csr_named on_named, kube_csr_done on_done, void *arg)
{
	struct kube_csr *csr = xcalloc(1, sizeof(*csr));
	CLEANUP_JSON json_t *body = kube_csr_body(name_prefix, signer, request);
	CLEANUP_FREE char *text = js_text(body);
	CLEANUP_FREE char *path = kube_path(API_VERSION, NULL, PLURAL, NULL, NULL);
	struct kube_request create = {.method = "POST", .path = path, .body = text, .body_len = strlen(text)};
	csr->client = client;
	csr->on_named = on_named;
	csr->on_done = on_done;
	csr->arg = arg;
	csr->look = xcalloc(1, sizeof(*csr->look));
	uv_timer_init(kube_client_loop(client), csr->look);
	csr->look->data = csr;
	csr->call = kube_call(client, &create, on_created, csr);
	return csr;
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

void kube_csr_free(struct kube_csr *csr)
{
	if (csr) {
		kube_call_cancel(csr->call);
		uv_close((uv_handle_t *)csr->look, timer_closed);
		free(csr->name);
		free(csr);
	}
}
