#include "adapter/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter/settings_check.h"
#include "adapter/settings_rights.h"
#include "adapter/settings_table.h"
#include "base/mem.h"
#include "mesos/credentials.h"

#define TEXT_PAGE_MAX ((size_t)256 << 10)

void settings_done(struct settings *s)
{
	if (!s) {
		return;
	}
	options_done(&settings_table, s);
	zk_url_done(s->zookeeper);
	free(s->zookeeper);
	free(s->taint_key);
	free(s->taint_effect);
	free(s->kubelet_host);
	free(s->metrics_host);
	*s = (struct settings){0};
}

/* An empty text means the same as none. */
static void drop_empty(char **text)
{
	if (*text && !**text) {
		free(*text);
		*text = NULL;
	}
}

/* No two values of one label, and none of the one that our nodes are found by. */
static int check_label_once(const struct settings *s, size_t which, struct err *e)
{
	const char *text = s->node_labels.items[which];
	size_t n = strcspn(text, "=") + 1;
	for (size_t i = 0; i < which; i++) {
		if (strncmp(s->node_labels.items[i], text, n) == 0) {
			return err_set(e, ERR_INVALID, "there is another value for that label");
		}
	}
	return strncmp(text, LABEL_NODE_ROLE "=", n) == 0
		   ? err_set(e, ERR_INVALID, "our nodes have that label without a value")
		   : 0;
}

static int check_kubernetes(struct settings *s, struct err *e)
{
	drop_empty(&s->kubeconfig);
	drop_empty(&s->context);
	drop_empty(&s->state_namespace);
	drop_empty(&s->node_taint);
	if (s->context && !s->kubeconfig) {
		return err_set(e, ERR_INVALID, "option context needs option kubeconfig");
	}
	if (s->kubeconfig && check_readable(s->kubeconfig, e)) {
		return err_wrap(e, "option kubeconfig");
	}
	if (check_kube_name(s->scheduler_name, e)) {
		return err_wrap(e, "option scheduler-name: \"%.64s\"", s->scheduler_name);
	}
	if (s->state_namespace && check_kube_label(s->state_namespace, e)) {
		return err_wrap(e, "option state-namespace: \"%.64s\"", s->state_namespace);
	}
	if (check_kube_name(s->state_name, e)) {
		return err_wrap(e, "option state-name: \"%.64s\"", s->state_name);
	}
	for (size_t i = 0; i < s->node_labels.n; i++) {
		if (check_label(s->node_labels.items[i], e) || check_label_once(s, i, e)) {
			return err_wrap(e, "option node-labels: \"%.64s\"", s->node_labels.items[i]);
		}
	}
	if (s->node_taint && check_taint(s->node_taint, &s->taint_key, &s->taint_effect, e)) {
		return err_wrap(e, "option node-taint: \"%.64s\"", s->node_taint);
	}
	return 0;
}

/* The value in a sentence, without what may be a password. */
static int wrong_master(const char *value, struct err *e)
{
	const char *begin = strstr(value, "://"), *end = strrchr(value, '@');
	if (!begin || !end || end < begin) {
		return err_wrap(e, "option master: \"%.128s\"", value);
	}
	return err_wrap(e, "option master: \"%.*s://…%.128s\"", (int)(begin - value), value, end);
}

static void drop_masters(struct settings *s)
{
	for (size_t i = 0; i < s->masters.n; i++) {
		mem_free_secret(s->masters.items[i]);
	}
	s->masters.n = 0;
}

/* The commas of a zk:// URL made a list of it. */
static int take_zookeeper(struct settings *s, struct err *e)
{
	CLEANUP_FREE char *text = xstrdup(s->masters.items[0]);
	for (size_t i = 1; i < s->masters.n; i++) {
		if (strstr(s->masters.items[i], "://")) {
			return err_set(e, ERR_INVALID, "option master: zk:// must be its only value");
		}
		char *longer = xasprintf("%s,%s", text, s->masters.items[i]);
		free(text);
		text = longer;
	}
	struct zk_url url;
	int rc = zk_url_parse(text, &url, e);
	if (rc < 0) {
		wrong_master(text, e);
	} else {
		s->zookeeper = xcalloc(1, sizeof(*s->zookeeper));
		*s->zookeeper = url;
		drop_masters(s);
	}
	return rc;
}

struct mesos_files settings_mesos_files(const struct settings *s)
{
	return (struct mesos_files){
	    .secret = s->secret_file, .ca = s->ca_file, .cert = s->cert_file, .key = s->key_file};
}

bool settings_zookeeper_tls(const struct settings *s)
{
	return s->ca_file || s->cert_file;
}

static int check_masters(struct settings *s, struct err *e)
{
	bool tls = false;
	if (zk_url_is(s->masters.items[0])) {
		return take_zookeeper(s, e);
	}
	for (size_t i = 0; i < s->masters.n; i++) {
		char *url = s->masters.items[i];
		if (check_master_url(url, e)) {
			return wrong_master(url, e);
		}
		size_t n = strlen(url);
		if (url[n - 1] == '/') {
			url[n - 1] = '\0';
		}
		tls = tls || strncmp(url, "https://", 8) == 0;
	}
	if (!tls && (s->ca_file || s->cert_file || s->key_file)) {
		return err_set(e, ERR_INVALID, "option %s is of no use: no master begins with https://",
			       s->ca_file     ? "mesos-ca-file"
			       : s->cert_file ? "mesos-cert-file"
					      : "mesos-key-file");
	}
	return 0;
}

static int check_roles(const struct settings *s, struct err *e)
{
	for (size_t i = 0; i < s->roles.n; i++) {
		if (check_mesos_role(s->roles.items[i], e)) {
			return err_wrap(e, "option mesos-roles: \"%.128s\"", s->roles.items[i]);
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(s->roles.items[i], s->roles.items[j]) == 0) {
				return err_set(e, ERR_INVALID, "option mesos-roles: \"%.128s\" stands there twice",
					       s->roles.items[i]);
			}
		}
	}
	return 0;
}

/* Is every file what its option says? */
static int read_files(const struct settings *s, struct mesos_credentials *c, struct err *e)
{
	if (s->ca_file &&
	    (check_readable(s->ca_file, e) || !(c->ca_pem = mesos_certificates_read(&c->files, s->ca_file, e)))) {
		return err_wrap(e, "option mesos-ca-file");
	}
	if (s->cert_file &&
	    (check_readable(s->cert_file, e) || !(c->cert_pem = mesos_certificates_read(&c->files, s->cert_file, e)))) {
		return err_wrap(e, "option mesos-cert-file");
	}
	if (s->key_file && (check_readable(s->key_file, e) ||
			    !(c->key_pem = mesos_key_read(&c->files, s->key_file, c->cert_pem, e)))) {
		return err_wrap(e, "option mesos-key-file");
	}
	if (s->secret_file &&
	    (check_readable(s->secret_file, e) || !(c->secret = mesos_secret_read(&c->files, s->secret_file, e)))) {
		return err_wrap(e, "option mesos-secret-file");
	}
	return 0;
}

static int check_files(const struct settings *s, struct err *e)
{
	struct mesos_credentials c = {0};
	if (!s->cert_file != !s->key_file) {
		return err_set(e, ERR_INVALID, "options mesos-cert-file and mesos-key-file need each other");
	}
	int bad = read_files(s, &c, e);
	mesos_credentials_done(&c);
	return bad;
}

static int check_principal(const struct settings *s, struct err *e)
{
	if (s->secret_file && !s->principal) {
		return err_set(e, ERR_INVALID, "option mesos-secret-file needs option mesos-principal");
	}
	if (s->secret_file && strchr(s->principal, ':')) {
		return err_set(e, ERR_INVALID, "option mesos-principal: must not contain \":\" when there is a secret");
	}
	return 0;
}

static int check_mesos(struct settings *s, struct err *e)
{
	drop_empty(&s->principal);
	drop_empty(&s->secret_file);
	drop_empty(&s->ca_file);
	drop_empty(&s->cert_file);
	drop_empty(&s->key_file);
	if (!*s->framework_name || !*s->framework_user) {
		return err_set(e, ERR_INVALID, "option %s must not be empty",
			       *s->framework_name ? "framework-user" : "framework-name");
	}
	return check_masters(s, e) || check_roles(s, e) || check_principal(s, e) || check_files(s, e) ||
		       settings_read_rights(s, e)
		   ? -1
		   : 0;
}

static int check_kubelet_files(const struct settings *s, struct err *e)
{
	struct file_set files = {0};
	CLEANUP_FREE char *cert = NULL;
	CLEANUP_FREE char *key = NULL;
	CLEANUP_FREE char *ca = NULL;
	int bad = 0;
	if (!s->kubelet_cert_file != !s->kubelet_key_file) {
		return err_set(e, ERR_INVALID, "options kubelet-cert-file and kubelet-key-file need each other");
	}
	if (s->kubelet_cert_dir && s->kubelet_cert_file) {
		return err_set(e, ERR_INVALID, "options kubelet-cert-file and kubelet-cert-dir exclude each other");
	}
	if (s->kubelet_cert_dir && access(s->kubelet_cert_dir, W_OK | X_OK) != 0) {
		return err_set(e, ERR_INVALID, "option kubelet-cert-dir: %s: %s", s->kubelet_cert_dir, strerror(errno));
	}
	if (s->kubelet_cert_file && !(cert = mesos_certificates_read(&files, s->kubelet_cert_file, e))) {
		bad = err_wrap(e, "option kubelet-cert-file");
	} else if (cert && !(key = mesos_key_read(&files, s->kubelet_key_file, cert, e))) {
		bad = err_wrap(e, "option kubelet-key-file");
	} else if (s->kubelet_client_ca_file && !(ca = mesos_certificates_read(&files, s->kubelet_client_ca_file, e))) {
		bad = err_wrap(e, "option kubelet-client-ca-file");
	}
	file_set_done(&files);
	return bad;
}

/* Nodes name one address, which cannot be all of them. */
static int check_node_ip(struct settings *s, struct err *e)
{
	bool all = strcmp(s->kubelet_host, "::") == 0 || strcmp(s->kubelet_host, "0.0.0.0") == 0;
	if (s->kubelet_node_ip) {
		return check_ip(s->kubelet_node_ip)
			   ? 0
			   : err_set(e, ERR_INVALID, "option kubelet-node-ip: \"%.64s\" is no IP address",
				     s->kubelet_node_ip);
	}
	if (all) {
		return err_set(e, ERR_INVALID,
			       "option kubelet-address is all addresses, so option kubelet-node-ip must say "
			       "which one nodes shall name");
	}
	s->kubelet_node_ip = xstrdup(s->kubelet_host);
	return 0;
}

static int check_kubelet(struct settings *s, struct err *e)
{
	drop_empty(&s->kubelet_address);
	drop_empty(&s->kubelet_node_ip);
	drop_empty(&s->kubelet_cert_file);
	drop_empty(&s->kubelet_key_file);
	drop_empty(&s->kubelet_cert_dir);
	drop_empty(&s->kubelet_client_ca_file);
	if (!s->kubelet_address) {
		return 0;
	}
	if (check_listen_address(s->kubelet_address, &s->kubelet_host, &s->kubelet_port, e)) {
		return err_wrap(e, "option kubelet-address: \"%.64s\"", s->kubelet_address);
	}
	return check_node_ip(s, e) || check_kubelet_files(s, e) ? -1 : 0;
}

static int check_health(struct settings *s, struct err *e)
{
	drop_empty(&s->metrics_address);
	if (s->metrics_address && check_listen_address(s->metrics_address, &s->metrics_host, &s->metrics_port, e)) {
		return err_wrap(e, "option metrics-address: \"%.64s\"", s->metrics_address);
	}
	return 0;
}

/* The rules of client-go, and what the wire allows. */
static int check_election(const struct settings *s, struct err *e)
{
	if (s->lease_duration_ms % 1000) {
		return err_set(e, ERR_INVALID, "option lease-duration must be whole seconds");
	}
	if (s->lease_renew_ms >= s->lease_duration_ms) {
		return err_set(e, ERR_INVALID, "option lease-renew-deadline must be shorter than lease-duration");
	}
	if (s->lease_retry_ms * 6 / 5 >= s->lease_renew_ms) {
		return err_set(e, ERR_INVALID,
			       "option lease-retry, and a fifth more, must be shorter than lease-renew-deadline");
	}
	return 0;
}

enum settings_wish settings_load(int argc, const char *const *argv, struct settings *ret, struct err *e)
{
	struct settings s = {0};
	translate_config_init(&s.translate);
	int wish = options_load(&settings_table, argc, argv, &s, e);
	if (wish == SETTINGS_RUN && (check_kubernetes(&s, e) || check_election(&s, e) || check_mesos(&s, e) ||
				     check_kubelet(&s, e) || check_health(&s, e))) {
		wish = SETTINGS_WRONG;
	}
	if (wish == SETTINGS_RUN && s.backoff_min_ms > s.backoff_max_ms) {
		wish = err_set(e, ERR_INVALID, "option backoff-min must not be longer than backoff-max");
	}
	if (wish == SETTINGS_RUN) {
		*ret = s;
	} else {
		settings_done(&s);
	}
	return (enum settings_wish)wish;
}

const char *settings_state_namespace(const struct settings *s, const char *own_namespace)
{
	return s->state_namespace ? s->state_namespace : own_namespace;
}

void settings_core_config(const struct settings *s, struct core_config *ret)
{
	core_config_init(ret);
	ret->roles = (const char *const *)s->roles.items;
	ret->n_roles = s->roles.n;
	ret->translate = s->translate;
	ret->taint_key = s->taint_key;
	ret->taint_effect = s->taint_effect;
	ret->scheduler = s->scheduler_name;
	ret->aggregate = s->node_mode == NODE_MODE_AGGREGATE;
	ret->node_labels = (struct node_labels){(const char *const *)s->node_labels.items, s->node_labels.n};
	ret->max_pods = s->max_pods;
	ret->offer_hold_ms = s->offer_hold_ms;
	ret->decline_busy_ms = s->decline_busy_ms;
	ret->decline_idle_ms = s->decline_idle_ms;
	ret->backoff_first_ms = s->backoff_min_ms;
	ret->backoff_max_ms = s->backoff_max_ms;
	ret->quarantine_ms = s->quarantine_ms;
	ret->keep_orphans = s->orphan_policy == ORPHANS_KEEP;
}

int settings_print(enum settings_wish wish, FILE *out)
{
	CLEANUP_BUF struct buf text = BUF_INIT(TEXT_PAGE_MAX);
	switch (wish) {
	case SETTINGS_HELP:
		options_help(&settings_table, &text);
		break;
	case SETTINGS_HELP_MARKDOWN:
		options_markdown(&settings_table, &text);
		break;
	case SETTINGS_HELP_YAML:
		options_sample(&settings_table, &text);
		break;
	case SETTINGS_VERSION:
		buf_printf(&text, "%s %s\n", settings_table.program, PROJECT_VERSION);
		break;
	default:
		return -1;
	}
	return fputs(buf_str(&text), out) < 0 || fflush(out) != 0 ? -1 : 0;
}
