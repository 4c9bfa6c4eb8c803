/* The Kubernetes half of the sandbox: API server, controllers, certificates, credentials and the files that clients
 * need.
 *
 * Writes into the directory: kubeconfig (administrator, by certificate), kubeconfig-token (by token),
 * kubeconfig-adapter (a service account with the rights of deploy/manifests/rbac.yaml), kubeconfig-plain (no rights),
 * kubeconfig-anonymous, kubeconfig-foreign and kubeconfig-expired (certificates to be refused), and ca.crt. The
 * adapter's identity once more with files of their own: kubeconfig-adapter-certificate (ca.crt, adapter.crt,
 * adapter.key) and kubeconfig-adapter-token (ca.crt, adapter.token). metrics.token is that of a metrics-server.
 */
#ifndef SANDBOX_SERVE_KUBE_H
#define SANDBOX_SERVE_KUBE_H

#include <uv.h>

#include "base/err.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/kube/apiserver.h"
#include "tests/sandbox/pki.h"
#include "tests/sandbox/ticker.h"

struct serve_kube;

struct serve_kube_options {
	const char *dir;
	uint16_t port;
	bool fast;
	bool proxy_loopback;	       /* nodes/NAME/proxy reaches loopback addresses */
	bool verify_kubelets;	       /* with our own authority */
	bool metrics_server;	       /* metrics.k8s.io is there */
	const char *kubelet_authority; /* file to verify kubelets with; NULL: they are not verified */
	struct pki *pki;	       /* borrowed */
};

struct serve_kube *serve_kube_new(uv_loop_t *loop, struct ticker *ticker, const struct serve_kube_options *o,
				  struct err *e);
/* Call once the ticker is closed; the loop must run on until the front has gone. NULL-safe. */
void serve_kube_free(struct serve_kube *k);

/* After a step of the pki: show, trust and hand out what is due now, and write all files anew. Tokens change with
 * PKI_SWITCH, and those of before are good until PKI_RETIRE. */
int serve_kube_reissue(struct serve_kube *k, enum pki_step step, struct err *e);

/* What becomes of requests that change something; reads and watches go on. */
enum serve_kube_fault {
	SERVE_KUBE_FINE,
	SERVE_KUBE_BUSY,   /* 429 of flow control, Retry-After: 1 */
	SERVE_KUBE_BROKEN, /* 500 */
};
void serve_kube_fault(struct serve_kube *k, enum serve_kube_fault fault);
/* How many were refused so, since the start. */
size_t serve_kube_refused(const struct serve_kube *k);

struct apiserver *serve_kube_server(struct serve_kube *k);
struct front *serve_kube_front(struct serve_kube *k);

#endif
