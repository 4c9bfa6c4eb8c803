#include "kube/kubeconfig.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/js.h"
#include "base/mem.h"
#include "base/pem.h"
#include "base/yaml.h"

#define CONFIG_MAX YAML_TEXT_MAX

/* Where we are in the file, for paths and errors. */
struct place {
	const char *path;
	const char *kind; /* "user", "cluster" */
	const char *name;
};

void kube_config_done(struct kube_config *c)
{
	if (!c) {
		return;
	}
	free(c->source);
	free(c->server);
	free(c->ca_pem);
	free(c->cert_pem);
	free(c->key_pem);
	free(c->tls_server_name);
	free(c->token);
	free(c->namespace_);
	free(c->path);
	free(c->context);
	free(c->dir);
	file_set_done(&c->files);
	*c = (struct kube_config){0};
}

char *kube_token_read(struct file_set *files, const char *path, struct err *e)
{
	char *text = file_set_read(files, path, KUBE_TOKEN_MAX, NULL, e);
	if (!text) {
		err_wrap(e, "token");
		return NULL;
	}
	char *begin = text + strspn(text, " \t\r\n");
	size_t n = strlen(begin);
	while (n && isspace((unsigned char)begin[n - 1])) {
		n--;
	}
	bool clean = n > 0;
	for (size_t i = 0; i < n; i++) {
		clean = clean && (unsigned char)begin[i] > 0x20 && (unsigned char)begin[i] < 0x7f;
	}
	char *token = clean ? xstrndup(begin, n) : NULL;
	if (!token) {
		err_set(e, ERR_INVALID, "token file %s: %s", path, n ? "not one word of ASCII" : "empty");
	}
	free(text);
	return token;
}

/* ---- fields of one cluster, user or context ---- */

static int wrong(const struct place *at, enum err_code code, struct err *e, const char *key, const char *what)
{
	return err_set(e, code, "%s: %s \"%.100s\": %s %s", at->path, at->kind, at->name, key, what);
}

/* 1: there, and not empty; 0: missing, null or empty. */
static int text_field(const json_t *o, const char *key, const struct place *at, const char **ret, struct err *e)
{
	const json_t *v = json_object_get(o, key);
	if (!v || json_is_null(v)) {
		return 0;
	}
	if (!json_is_string(v)) {
		return wrong(at, ERR_INVALID, e, key, "must be text");
	}
	if (!json_string_length(v)) {
		return 0;
	}
	*ret = json_string_value(v);
	return 1;
}

static int copy_field(const json_t *o, const char *key, const struct place *at, char **ret, struct err *e)
{
	const char *text = NULL;
	int there = text_field(o, key, at, &text, e);
	if (there > 0) {
		free(*ret);
		*ret = xstrdup(text);
	}
	return there;
}

/* Relative paths start at the kubeconfig's folder. */
static char *resolve(const char *config_path, const char *path)
{
	const char *slash = strrchr(config_path, '/');
	if (*path == '/' || !slash) {
		return xstrdup(path);
	}
	return xasprintf("%.*s/%s", (int)(slash - config_path), config_path, path);
}

/* The text of KEY-data, in base64, or of the file that KEY names. 1 with `ret_from` for errors, 0: neither. */
static int read_pem(const json_t *o, const char *key, const struct place *at, char **ret, char **ret_from,
		    struct file_set *files, struct err *e)
{
	CLEANUP_FREE char *data_key = xasprintf("%s-data", key);
	const char *text = NULL;
	int there = text_field(o, data_key, at, &text, e);
	if (there < 0) {
		return -1;
	}
	if (there) {
		*ret_from = xstrdup(data_key);
		*ret = base64_decode(text, strlen(text), NULL, e);
		return *ret ? 1 : -1;
	}
	there = text_field(o, key, at, &text, e);
	if (there > 0) {
		CLEANUP_FREE char *path = resolve(at->path, text);
		*ret_from = xasprintf("%s %s", key, path);
		*ret = file_set_read(files, path, KUBE_PEM_MAX, NULL, e);
		return *ret ? 1 : -1;
	}
	return there;
}

/* `cert_pem` NULL: it must be certificates; else the key of that one. */
static int pem_field(const json_t *o, const char *key, const struct place *at, const char *cert_pem, char **ret,
		     struct file_set *files, struct err *e)
{
	CLEANUP_FREE char *pem = NULL;
	CLEANUP_FREE char *from = NULL;
	int there = read_pem(o, key, at, &pem, &from, files, e);
	if (there < 0 && !from) {
		return -1;
	}
	if (there > 0 && cert_pem) {
		there = pem_check_key(pem, cert_pem, e) < 0 ? -1 : 1;
	} else if (there > 0) {
		there = pem_check_certificates(pem, e) < 0 ? -1 : 1;
	}
	if (there < 0) {
		return err_wrap(e, "%s: %s \"%.100s\": %s", at->path, at->kind, at->name, from);
	}
	*ret = pem;
	pem = NULL;
	return 0;
}

static int refuse_fields(const json_t *o, const char *const *keys, const struct place *at, struct err *e)
{
	for (; *keys; keys++) {
		const json_t *v = json_object_get(o, *keys);
		bool blank = !v || json_is_null(v) || json_is_false(v) || (json_is_string(v) && !json_string_length(v));
		if (!blank) {
			return wrong(at, ERR_UNSUPPORTED, e, *keys, "is not supported");
		}
	}
	return 0;
}

/* ---- the three parts ---- */

/* The entry of a list like [{name: x, KIND: {...}}]. Borrowed. */
static const json_t *find_named(const json_t *root, const char *list, const struct place *at, struct err *e)
{
	const json_t *entries = json_object_get(root, list);
	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		const char *name = js_str(entry, "name");
		if (!name || strcmp(name, at->name) != 0) {
			continue;
		}
		const json_t *o = js_obj(entry, at->kind);
		if (!o) {
			wrong(at, ERR_INVALID, e, at->kind, "must be a mapping");
		}
		return o;
	}
	err_set(e, ERR_NOT_FOUND, "%s: there is no %s named \"%.100s\"", at->path, at->kind, at->name);
	return NULL;
}

static int set_server(const json_t *o, const struct place *at, struct kube_config *c, struct err *e)
{
	int there = copy_field(o, "server", at, &c->server, e);
	if (there < 0) {
		return -1;
	}
	if (!there) {
		return wrong(at, ERR_INVALID, e, "server", "is missing");
	}
	if (strncmp(c->server, "https://", 8) != 0 && strncmp(c->server, "http://", 7) != 0) {
		return wrong(at, ERR_INVALID, e, "server", "must begin with https:// or http://");
	}
	for (size_t n = strlen(c->server); n && c->server[n - 1] == '/'; n--) {
		c->server[n - 1] = '\0';
	}
	return 0;
}

static int read_cluster(const json_t *root, const struct place *at, struct kube_config *c, struct err *e)
{
	static const char *const refused[] = {"proxy-url", NULL};
	const json_t *o = find_named(root, "clusters", at, e);
	if (!o || refuse_fields(o, refused, at, e) < 0 || set_server(o, at, c, e) < 0 ||
	    pem_field(o, "certificate-authority", at, NULL, &c->ca_pem, &c->files, e) < 0 ||
	    copy_field(o, "tls-server-name", at, &c->tls_server_name, e) < 0) {
		return -1;
	}
	const json_t *insecure = json_object_get(o, "insecure-skip-tls-verify");
	if (insecure && !json_is_boolean(insecure) && !json_is_null(insecure)) {
		return wrong(at, ERR_INVALID, e, "insecure-skip-tls-verify", "must be true or false");
	}
	c->insecure = json_is_true(insecure);
	if (c->insecure && c->ca_pem) {
		return wrong(at, ERR_INVALID, e, "insecure-skip-tls-verify", "contradicts certificate-authority");
	}
	return 0;
}

static int read_token(const json_t *o, const struct place *at, struct kube_config *c, struct err *e)
{
	const char *file = NULL;
	if (copy_field(o, "token", at, &c->token, e) < 0) {
		return -1;
	}
	int there = text_field(o, "tokenFile", at, &file, e);
	if (there <= 0) {
		return there;
	}
	CLEANUP_FREE char *path = resolve(at->path, file);
	free(c->token);
	c->token = kube_token_read(&c->files, path, e);
	return c->token ? 0 : err_wrap(e, "%s: user \"%.100s\"", at->path, at->name);
}

static int read_user(const json_t *root, const struct place *at, struct kube_config *c, struct err *e)
{
	static const char *const refused[] = {"exec",	"auth-provider", "username",	  "password", "as",
					      "as-uid", "as-groups",	 "as-user-extra", NULL};
	const json_t *o = find_named(root, "users", at, e);
	if (!o || refuse_fields(o, refused, at, e) < 0 || read_token(o, at, c, e) < 0 ||
	    pem_field(o, "client-certificate", at, NULL, &c->cert_pem, &c->files, e) < 0) {
		return -1;
	}
	bool keyed = json_object_get(o, "client-key-data") || json_object_get(o, "client-key");
	if (!c->cert_pem) {
		return keyed ? wrong(at, ERR_INVALID, e, "client-certificate", "is missing beside client-key") : 0;
	}
	if (pem_field(o, "client-key", at, c->cert_pem, &c->key_pem, &c->files, e) < 0) {
		return -1;
	}
	return c->key_pem ? 0 : wrong(at, ERR_INVALID, e, "client-key", "is missing beside client-certificate");
}

static int read_context(const json_t *root, const struct place *at, struct kube_config *c, struct err *e)
{
	const char *cluster = NULL, *user = NULL;
	const json_t *o = find_named(root, "contexts", at, e);
	if (!o || text_field(o, "cluster", at, &cluster, e) < 0 || text_field(o, "user", at, &user, e) < 0 ||
	    copy_field(o, "namespace", at, &c->namespace_, e) < 0) {
		return -1;
	}
	if (!cluster) {
		return wrong(at, ERR_INVALID, e, "cluster", "is missing");
	}
	if (read_cluster(root, &(struct place){at->path, "cluster", cluster}, c, e) < 0) {
		return -1;
	}
	return user ? read_user(root, &(struct place){at->path, "user", user}, c, e) : 0;
}

static int read_root(const json_t *root, const char *path, const char *context, struct kube_config *c, struct err *e)
{
	if (!json_is_object(root)) {
		return err_set(e, ERR_INVALID, "%s: no kubeconfig, its top must be a mapping", path);
	}
	const char *kind = js_str(root, "kind");
	if (kind && strcmp(kind, "Config") != 0) {
		return err_set(e, ERR_INVALID, "%s: no kubeconfig, its kind is \"%.100s\"", path, kind);
	}
	if (!context) {
		context = js_str(root, "current-context");
	}
	if (!context || !*context) {
		return err_set(e, ERR_INVALID, "%s: no context was asked for and current-context is not set", path);
	}
	c->source = xasprintf("kubeconfig %s, context %s", path, context);
	c->path = xstrdup(path);
	c->context = xstrdup(context);
	c->namespace_ = xstrdup("default");
	return read_context(root, &(struct place){path, "context", context}, c, e);
}

/* `c` may hold files already. */
static int parse(const char *text, size_t n, const char *path, const char *context, struct kube_config *c,
		 struct err *e)
{
	json_t *root = yaml_parse(text, n, path, e);
	int r = root ? read_root(root, path, context, c, e) : -1;
	json_decref(root);
	return r;
}

/* Hands it over, or drops it. */
static int deliver(int r, struct kube_config *c, struct kube_config *ret)
{
	if (r < 0) {
		kube_config_done(c);
		return -1;
	}
	*ret = *c;
	return 0;
}

int kube_config_parse(const char *text, size_t n, const char *path, const char *context, struct kube_config *ret,
		      struct err *e)
{
	struct kube_config c = {0};
	return deliver(parse(text, n, path, context, &c, e), &c, ret);
}

int kube_config_load(const char *path, const char *context, struct kube_config *ret, struct err *e)
{
	size_t n;
	struct kube_config c = {0};
	CLEANUP_FREE char *text = file_set_read(&c.files, path, CONFIG_MAX, &n, e);
	if (!text) {
		return err_wrap(e, "kubeconfig");
	}
	return deliver(parse(text, n, path, context, &c, e), &c, ret);
}

/* ---- again ---- */

static int load_again(const struct kube_config *config, struct kube_config *ret, struct err *e)
{
	if (config->path) {
		return kube_config_load(config->path, config->context, ret, e);
	}
	struct kube_config c = {.source = xstrdup(config->source), .server = xstrdup(config->server)};
	int r = kube_service_account_read(config->dir, &c, e);
	return deliver(r < 0 ? err_wrap(e, "%s", config->source) : r, &c, ret);
}

int kube_config_reload(const struct kube_config *config, struct kube_config *ret, struct err *e)
{
	struct kube_config fresh;
	if (load_again(config, &fresh, e) < 0) {
		return -1;
	}
	if (strcmp(fresh.server, config->server) != 0) {
		err_set(e, ERR_INVALID, "%s: another server, %.100s, is for another start of this program",
			fresh.source, fresh.server);
		kube_config_done(&fresh);
		return -1;
	}
	*ret = fresh;
	return 0;
}
