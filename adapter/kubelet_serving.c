/* The port's certificate from Kubernetes: asked for with a CertificateSigningRequest of the signer
 * kubernetes.io/kubelet-serving, kept in a file with its key, and exchanged before it expires.
 *
 * One certificate for all our nodes (docs/decisions/0008-serving-certificate.md). Until one is issued the port shows
 * one that nobody signed; while the next one is asked for it goes on with the present one.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/cert_request.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pem.h"
#include "kube/kubeconfig.h"

#define FILE_NAME "kubelet-server.pem"
#define NODES "system:nodes"
#define NODE_PREFIX "system:node:"
#define AGAIN_MIN_MS 30000
#define AGAIN_MAX_MS 1800000

static char *path_of(const struct kubelet *k)
{
	return xasprintf("%s/" FILE_NAME, k->cfg.settings->kubelet_cert_dir);
}

static void wipe(char **text)
{
	mem_free_secret(*text);
	*text = NULL;
}

/* Certificate and key in one text: may it be shown? Then it is taken, and the next one is due in time. */
static int take(struct kubelet *k, char **text, struct err *e)
{
	int64_t from, until, now = clock_wall_ms();
	const char *ip = k->cfg.settings->kubelet_node_ip;
	if (pem_check_certificates(*text, e) < 0 || pem_check_key(*text, *text, e) < 0 ||
	    pem_validity(*text, &from, &until, e) < 0) {
		return -1;
	}
	if (until <= now) {
		return err_set(e, ERR_EXPIRED, "it has expired");
	}
	if (!pem_is_for_ip(*text, ip)) {
		return err_set(e, ERR_INVALID, "it is not for the address %s", ip);
	}
	wipe(&k->serving.issued);
	k->serving.issued = *text;
	*text = NULL;
	k->serving.due_ms = kube_csr_renew_at(from, until, &RANDOM_SYSTEM);
	return 0;
}

static void load(struct kubelet *k)
{
	struct err e = {0};
	CLEANUP_FREE char *path = path_of(k);
	char *text = file_read(path, 2 * KUBE_PEM_MAX, NULL, &e);
	if (text && take(k, &text, &e) == 0) {
		return;
	}
	wipe(&text);
	if (e.code != ERR_NOT_FOUND) {
		log_warn("the certificate of the kubelet port cannot be used, another one is asked for", "file", path,
			 "error", e.text, NULL);
	}
}

/* ---- requests ---- */

static void failed(struct kubelet *k, const struct err *why)
{
	int64_t wait = backoff_next_ms(&k->serving.backoff);
	k->serving.due_ms = clock_wall_ms() + wait;
	log_warn("Kubernetes gives no certificate for the kubelet port", "error", why->text, "again_in_s",
		 NUMSTR(wait / 1000), NULL);
}

static void on_named(void *arg, const char *name)
{
	const struct kubelet *k = arg;
	log_warn(k->serving.issued ? "the next certificate of the kubelet port waits for approval"
				   : "the kubelet port waits for its certificate to be approved",
		 "approve", "kubectl certificate approve NAME", "name", name, NULL);
}

static void keep(const struct kubelet *k)
{
	struct err e = {0};
	CLEANUP_FREE char *path = path_of(k);
	if (file_replace(path, k->serving.issued, &e) < 0) {
		log_warn("the certificate of the kubelet port cannot be kept; it is asked for again at the next start",
			 "error", e.text, NULL);
	}
}

static void on_issued(void *arg, const char *certificate, const struct err *why)
{
	struct kubelet *k = arg;
	struct err e = *why;
	k->serving.request = NULL;
	char *text = certificate ? xasprintf("%s%s%s", certificate,
					     certificate[strlen(certificate) - 1] == '\n' ? "" : "\n", k->serving.key)
				 : NULL;
	wipe(&k->serving.key);
	if (!text || take(k, &text, &e) < 0) {
		wipe(&text);
		failed(k, &e);
		return;
	}
	backoff_reset(&k->serving.backoff);
	keep(k);
	if (kubelet_identify(k, &e) < 0) {
		failed(k, &e);
	} else {
		log_info("the kubelet port shows the certificate that Kubernetes issued", NULL);
	}
}

static void ask(struct kubelet *k)
{
	struct err e = {0};
	char *request = NULL;
	CLEANUP_FREE char *name = xasprintf(NODE_PREFIX "%s", k->cfg.settings->state_name);
	struct cert_request_subject subject = {
	    .common_name = name, .organisation = NODES, .ip = k->cfg.settings->kubelet_node_ip};
	if (cert_request_make(&subject, &request, &k->serving.key, &e) < 0) {
		failed(k, &e);
		return;
	}
	CLEANUP_FREE char *prefix = xasprintf("%s-", k->cfg.settings->state_name);
	k->serving.request = kube_csr_new(k->cfg.kube, prefix, KUBE_CSR_SERVING, request, on_named, on_issued, k);
	free(request);
}

void kubelet_serving_look(struct kubelet *k)
{
	if (k->cfg.settings->kubelet_cert_dir && !k->serving.request && k->serving.due_ms <= clock_wall_ms()) {
		ask(k);
	}
}

/* ---- life ---- */

void kubelet_serving_start(struct kubelet *k)
{
	backoff_init(&k->serving.backoff, AGAIN_MIN_MS, AGAIN_MAX_MS, RANDOM_SYSTEM);
	if (k->cfg.settings->kubelet_cert_dir) {
		load(k);
	}
}

void kubelet_serving_done(struct kubelet *k)
{
	kube_csr_free(k->serving.request);
	wipe(&k->serving.key);
	wipe(&k->serving.issued);
}
