/* Who asks the kubelet port, and may they? As a kubelet: client certificates of the configured authority (checked by
 * whoever took the connection), bearer tokens by TokenReview, then SubjectAccessReview for the subresources of nodes.
 *
 * Nobody is let in because something failed: no answer means no. Answers are kept for minutes: users of tokens and what
 * was allowed for KUBELET_AUTH_KEEP_MS, what was refused for KUBELET_AUTH_KEEP_REFUSED_MS. Tokens are kept as digests
 * only. Source: kubelet authentication and authorization of Kubernetes; authentication.k8s.io/v1,
 * authorization.k8s.io/v1.
 */
#ifndef KUBE_KUBELET_AUTH_H
#define KUBE_KUBELET_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kube/client.h"
#include "kube/kubelet_request.h"

#define KUBELET_AUTH_KEEP_MS 120000
#define KUBELET_AUTH_KEEP_REFUSED_MS 10000
#define KUBELET_AUTH_ENTRIES_MAX 4096 /* of each cache; the oldest goes */
#define KUBELET_AUTH_CHECKS_MAX 1000  /* under way; one more is refused */
#define KUBELET_AUTH_TOKEN_MAX 16384  /* bytes of a token */
#define KUBELET_AUTH_GROUPS_MAX 256

/* Copied. Either a good certificate's names, or a token, or neither. */
struct kubelet_caller {
	const char *common_name; /* NULL: no certificate that counts */
	const char *const *organisations;
	size_t n_organisations;
	const char *token; /* NULL: none */
};

struct kubelet_auth;
struct kubelet_check;

/* status 0: let in; 401 or 403 with the sentence of a kubelet, 503 when nobody can say. Never from within
 * kubelet_auth_check. `user` is for the log. */
typedef void (*kubelet_verdict)(void *arg, int status, const char *sentence, const char *user);

struct kubelet_auth *kubelet_auth_new(struct kube_client *client);
/* Ends all checks without a word. NULL-safe. */
void kubelet_auth_free(struct kubelet_auth *auth);

/* node NULL: of all nodes. */
struct kubelet_check *kubelet_auth_check(struct kubelet_auth *auth, const struct kubelet_caller *caller,
					 enum kubelet_verb verb, const char *node, kubelet_verdict on_verdict,
					 void *arg);
void kubelet_check_cancel(struct kubelet_check *check);

#endif
