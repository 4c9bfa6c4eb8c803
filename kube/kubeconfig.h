/* How to reach an API server and who we are there: from a kubeconfig file or from inside a pod.
 *
 * Follows kubeconfig v1 ("Organizing Cluster Access Using kubeconfig Files") for: clusters[].cluster.server,
 * certificate-authority(-data), insecure-skip-tls-verify, tls-server-name; users[].user.client-certificate(-data),
 * client-key(-data), token, tokenFile; contexts[].context.cluster, user, namespace; current-context. -data wins over
 * the file, tokenFile over token; relative paths start at the kubeconfig's folder. Refused by name, because leaving
 * them out would change who we are or whom we trust: exec, auth-provider, username/password,
 * as/as-groups/as-uid/as-user-extra, proxy-url.
 *
 * In a pod: KUBERNETES_SERVICE_HOST and _PORT, and token, ca.crt and namespace in the service account's folder.
 *
 * A configuration knows where it came from, so that it can be read again when one of its files is another one.
 */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/file_set.h"

#define KUBE_SERVICE_ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define KUBE_TOKEN_MAX ((size_t)64 << 10)
#define KUBE_PEM_MAX ((size_t)1 << 20)

/* Strings are owned; NULL where there is none. Certificates are PEM text. */
struct kube_config {
	char *source; /* for logs: "kubeconfig /etc/kubeconfig, context admin" */
	char *server; /* "https://host:6443", no slash at the end */
	char *ca_pem, *cert_pem, *key_pem;
	char *tls_server_name;
	bool insecure;
	char *token;
	char *namespace_; /* "default" when nothing says otherwise */

	char *path, *context;  /* of the kubeconfig; NULL: in a pod */
	char *dir;	       /* of the service account; NULL: a kubeconfig */
	struct file_set files; /* all that was read for it */
};

/* `context` NULL: current-context. `ret` needs no initialisation. */
int kube_config_load(const char *path, const char *context, struct kube_config *ret, struct err *e);
/* The same for text that was read already, as tests and fuzzing have it; `path` for errors and relative paths. */
int kube_config_parse(const char *text, size_t n, const char *path, const char *context, struct kube_config *ret,
		      struct err *e);
/* `dir` NULL: KUBE_SERVICE_ACCOUNT_DIR; host and port NULL: from the environment. */
int kube_config_in_cluster(const char *dir, const char *host, const char *port, struct kube_config *ret, struct err *e);
/* The same source read again: `ret` is a configuration of its own. Another server is ERR_INVALID, since all that is
 * known by then belongs to the one of the start; so is whatever was an error at the start. */
int kube_config_reload(const struct kube_config *config, struct kube_config *ret, struct err *e);
/* NULL-safe. */
void kube_config_done(struct kube_config *config);

/* For the files of this folder. A bearer token from a file: trimmed, free() it; empty or with spaces or control
 * characters inside is ERR_INVALID. The file joins the set. */
char *kube_token_read(struct file_set *files, const char *path, struct err *e);
/* The rest of kube_config_in_cluster and kube_config_reload: token, CA and namespace of the service account. */
int kube_service_account_read(const char *dir, struct kube_config *c, struct err *e);

#endif
