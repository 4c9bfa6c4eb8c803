#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pem.h"
#include "kube/kubeconfig.h"

#define NAMESPACE_FILE_MAX 1024

static char *server_of(const char *host, const char *port)
{
	bool ipv6 = strchr(host, ':') != NULL;
	return xasprintf(ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
}

static char *namespace_of(const char *dir)
{
	CLEANUP_FREE char *path = xasprintf("%s/namespace", dir);
	char *text = file_read(path, NAMESPACE_FILE_MAX, NULL, NULL);
	if (text) {
		text[strcspn(text, " \t\r\n")] = '\0';
	}
	if (!text || !*text) {
		free(text);
		return xstrdup("default");
	}
	return text;
}

int kube_service_account_read(const char *dir, struct kube_config *c, struct err *e)
{
	CLEANUP_FREE char *ca = xasprintf("%s/ca.crt", dir);
	CLEANUP_FREE char *token = xasprintf("%s/token", dir);
	c->dir = xstrdup(dir);
	c->token = kube_token_read(&c->files, token, e);
	if (!c->token) {
		return -1;
	}
	c->ca_pem = file_set_read(&c->files, ca, KUBE_PEM_MAX, NULL, e);
	if (!c->ca_pem) {
		return -1;
	}
	if (pem_check_certificates(c->ca_pem, e) < 0) {
		return err_wrap(e, "%s", ca);
	}
	c->namespace_ = namespace_of(dir);
	return 0;
}

int kube_config_in_cluster(const char *dir, const char *host, const char *port, struct kube_config *ret, struct err *e)
{
	host = host ? host : getenv("KUBERNETES_SERVICE_HOST");
	port = port ? port : getenv("KUBERNETES_SERVICE_PORT");
	if (!host || !*host || !port || !*port) {
		return err_set(e, ERR_NOT_FOUND,
			       "in-cluster configuration: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not "
			       "set, so this is no pod; give a kubeconfig");
	}
	struct kube_config c = {.server = server_of(host, port), .source = xstrdup("in-cluster service account")};
	if (kube_service_account_read(dir ? dir : KUBE_SERVICE_ACCOUNT_DIR, &c, e) < 0) {
		kube_config_done(&c);
		return err_wrap(e, "in-cluster configuration");
	}
	*ret = c;
	return 0;
}
