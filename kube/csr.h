/* A certificate from Kubernetes: a CertificateSigningRequest is created and looked at until somebody approved it and
 * the signer issued, or one of them refused.
 *
 * Nobody knows how long that takes, so there is no end to the patience: the API server removes requests that nobody
 * approved after a day (pkg/controller/certificates/cleaner), and that is told as an end. Answers that fail are looked
 * at as none: the next look is KUBE_CSR_LOOK_MS later. Source: certificates.k8s.io/v1.
 */
#ifndef KUBE_CSR_H
#define KUBE_CSR_H

#include "base/backoff.h"
#include "base/err.h"
#include "kube/client.h"

#define KUBE_CSR_LOOK_MS 2000
#define KUBE_CSR_SERVING "kubernetes.io/kubelet-serving"
#define KUBE_CSR_CERTIFICATE_MAX ((size_t)256 << 10) /* bytes of an issued certificate with its chain */

/* What a request looks like; a new reference. `request`: PKCS #10 in PEM. */
json_t *kube_csr_body(const char *name_prefix, const char *signer, const char *request);

enum kube_csr_state { KUBE_CSR_PENDING, KUBE_CSR_ISSUED, KUBE_CSR_REFUSED };
/* What became of it. Issued: *ret_certificate is PEM, free() it. Refused: why, in the words of who did. */
enum kube_csr_state kube_csr_read(const json_t *object, char **ret_certificate, struct err *why);

/* When the next certificate is to be asked for: after 70 to 90 hundredths of its life, at random, as a kubelet does. */
int64_t kube_csr_renew_at(int64_t from_ms, int64_t until_ms, const struct random_source *random);

struct kube_csr;

/* certificate NULL: there is none, and why. The request is over when it is called. */
typedef void (*kube_csr_done)(void *arg, const char *certificate, const struct err *why);
/* Its name, once it is there: for whoever shall approve it. */
typedef void (*kube_csr_named)(void *arg, const char *name);

struct kube_csr *kube_csr_new(struct kube_client *client, const char *name_prefix, const char *signer,
			      const char *request, kube_csr_named on_named, kube_csr_done on_done, void *arg);
/* Nothing more is told; the request stays where it is. NULL-safe. */
void kube_csr_free(struct kube_csr *csr);

#endif
