/* What the kubelet port shows and whom it believes: files, looked at again as they change, or a certificate made here.
 */
#include <stdlib.h>
#include <string.h>

#include "adapter/kubelet_state.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/self_signed.h"
#include "kube/kubeconfig.h"

#define LOOK_EVERY_MS 10000

/* The text of a certificate may hold its key as well. */
struct pems {
	char *certificate, *key, *client_ca;
};

static void pems_done(struct pems *p)
{
	mem_free_secret(p->certificate);
	mem_free_secret(p->key);
	free(p->client_ca);
}

static int read_one(struct file_set *files, const char *option, const char *path, char **ret, struct err *e)
{
	size_t n;
	if (!path) {
		return 0;
	}
	*ret = file_set_read(files, path, KUBE_PEM_MAX, &n, e);
	return *ret ? 0 : err_wrap(e, "option %s", option);
}

static int read_all(struct kubelet *k, struct file_set *files, struct pems *ret, struct err *e)
{
	const struct settings *s = k->cfg.settings;
	if (read_one(files, "kubelet-cert-file", s->kubelet_cert_file, &ret->certificate, e) < 0 ||
	    read_one(files, "kubelet-key-file", s->kubelet_key_file, &ret->key, e) < 0 ||
	    read_one(files, "kubelet-client-ca-file", s->kubelet_client_ca_file, &ret->client_ca, e) < 0) {
		return -1;
	}
	if (ret->certificate) {
		return 0;
	}
	if (k->serving.issued) {
		ret->certificate = xstrdup(k->serving.issued);
		ret->key = xstrdup(k->serving.issued);
		return 0;
	}
	log_warn("the kubelet port shows a certificate that nobody signed; API servers that check kubelets will refuse "
		 "it, others cannot tell us from an impostor: set kubelet-cert-file and kubelet-key-file, or "
		 "kubelet-cert-dir",
		 NULL);
	return self_signed_make("kube-mesos-adapter", s->kubelet_node_ip, &ret->certificate, &ret->key, e);
}

int kubelet_identify(struct kubelet *k, struct err *e)
{
	struct file_set files = {0};
	struct pems pems = {0};
	int r = read_all(k, &files, &pems, e);
	if (r == 0) {
		r = kubelet_port_identity(k->port, pems.certificate, pems.key, pems.client_ca, e);
	}
	pems_done(&pems);
	if (r < 0) {
		file_set_done(&files);
		return err_wrap(e, "kubelet port");
	}
	file_set_done(&k->files);
	k->files = files;
	if (!k->cfg.settings->kubelet_client_ca_file) {
		log_warn(
		    "no client certificate counts at the kubelet port, so API servers that show one are refused: set "
		    "kubelet-client-ca-file",
		    NULL);
	}
	return 0;
}

int kubelet_read_credentials(struct kubelet *k, struct err *e)
{
	struct mesos_files from = settings_mesos_files(k->cfg.settings);
	struct mesos_credentials fresh;
	if (mesos_credentials_read(&from, &fresh, e) < 0) {
		return -1;
	}
	mesos_credentials_done(&k->credentials);
	k->credentials = fresh;
	kubelet_check_all_soon(k);
	return 0;
}

static void look_at_credentials(struct kubelet *k)
{
	struct err e = {0};
	if (file_set_changed(&k->credentials.files) && kubelet_read_credentials(k, &e) < 0) {
		log_warn("new credentials for Mesos agents cannot be used, the old ones stay", "error", e.text, NULL);
	}
}

static void on_look(uv_timer_t *t)
{
	struct kubelet *k = t->data;
	struct err e = {0};
	look_at_credentials(k);
	kubelet_serving_look(k);
	if (!file_set_changed(&k->files)) {
		return;
	}
	if (kubelet_identify(k, &e) < 0) {
		log_warn("new certificates of the kubelet port cannot be used, the old ones stay", "error", e.text,
			 NULL);
	} else {
		log_info("the certificates of the kubelet port were read again", NULL);
	}
}

void kubelet_watch_files(struct kubelet *k)
{
	uv_timer_start(k->look, on_look, LOOK_EVERY_MS, LOOK_EVERY_MS);
}
