#include "adapter/settings_check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/authority.h"
#include "base/mem.h"
#include "mesos/zk_url.h"

#define NAME_MAX_BYTES 253
#define LABEL_MAX_BYTES 63

int check_master_url(const char *url, struct err *e)
{
	bool tls = strncmp(url, "https://", 8) == 0;
	if (zk_url_is(url)) {
		return err_set(e, ERR_INVALID, "zk:// must be the only value");
	}
	if (!tls && strncmp(url, "http://", 7) != 0) {
		return err_set(e, ERR_INVALID, "must begin with http://, https:// or zk://");
	}
	const char *authority = url + (tls ? 8 : 7);
	size_t n = strcspn(authority, "/?#");
	const char *rest = authority + n;
	if (*rest && strcmp(rest, "/") != 0) {
		return err_set(e, ERR_INVALID, "must end after host and port, but has \"%.64s\"", rest);
	}
	if (memchr(authority, '@', n)) {
		return err_set(e, ERR_INVALID,
			       "must not contain a user or password; use mesos-principal and mesos-secret-file");
	}
	return authority_parse(authority, n, NULL, NULL, e);
}

static int check_role_part(const char *part, size_t n, struct err *e)
{
	if (n == 0) {
		return err_set(e, ERR_INVALID, "has an empty part");
	}
	if ((n == 1 && (*part == '.' || *part == '*')) || (n == 2 && memcmp(part, "..", 2) == 0)) {
		return err_set(e, ERR_INVALID, "has the part \"%.*s\"", (int)n, part);
	}
	if (*part == '-') {
		return err_set(e, ERR_INVALID, "has a part that begins with \"-\"");
	}
	for (size_t i = 0; i < n; i++) {
		if (isspace((unsigned char)part[i]) || iscntrl((unsigned char)part[i])) {
			return err_set(e, ERR_INVALID, "has white space or control characters");
		}
	}
	return 0;
}

int check_mesos_role(const char *role, struct err *e)
{
	if (strcmp(role, "*") == 0) {
		return 0;
	}
	for (const char *part = role;;) {
		size_t n = strcspn(part, "/");
		if (check_role_part(part, n, e)) {
			return -1;
		}
		if (!part[n]) {
			return 0;
		}
		part += n + 1;
	}
}

static bool is_dns_label(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool alnum = islower((unsigned char)p[i]) || isdigit((unsigned char)p[i]);
		if (!alnum && (p[i] != '-' || i == 0 || i == n - 1)) {
			return false;
		}
	}
	return n > 0 && n <= LABEL_MAX_BYTES;
}

int check_kube_label(const char *name, struct err *e)
{
	if (!is_dns_label(name, strlen(name))) {
		return err_set(e, ERR_INVALID, "must be 1 to %d of a-z, 0-9 and -, beginning and ending with none of -",
			       LABEL_MAX_BYTES);
	}
	return 0;
}

int check_kube_name(const char *name, struct err *e)
{
	bool good = strlen(name) <= NAME_MAX_BYTES;
	for (const char *p = name; good;) {
		size_t n = strcspn(p, ".");
		good = is_dns_label(p, n);
		if (!p[n]) {
			break;
		}
		p += n + 1;
	}
	return good ? 0
		    : err_set(e, ERR_INVALID, "must be labels of a-z, 0-9 and - joined with dots, at most %d bytes",
			      NAME_MAX_BYTES);
}

/* [prefix/]name as label and taint keys are. */
static bool is_qualified_name(const char *text)
{
	const char *slash = strchr(text, '/');
	const char *name = slash ? slash + 1 : text;
	size_t n = strlen(name);
	if (slash) {
		CLEANUP_FREE char *prefix = xstrndup(text, (size_t)(slash - text));
		if (check_kube_name(prefix, NULL)) {
			return false;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)name[i]) && (!strchr("-_.", name[i]) || i == 0 || i == n - 1)) {
			return false;
		}
	}
	return n > 0 && n <= LABEL_MAX_BYTES;
}

int check_taint(const char *text, char **ret_key, char **ret_effect, struct err *e)
{
	const char *colon = strrchr(text, ':');
	CLEANUP_FREE char *key = xstrndup(text, colon ? (size_t)(colon - text) : 0);
	if (!colon || !is_qualified_name(key)) {
		return err_set(e, ERR_INVALID,
			       "must be a taint's key and effect, like mesos.apache.org/agent:NoSchedule");
	}
	const char *effect = colon + 1;
	if (strcmp(effect, "NoSchedule") != 0 && strcmp(effect, "PreferNoSchedule") != 0 &&
	    strcmp(effect, "NoExecute") != 0) {
		return err_set(e, ERR_INVALID, "effect \"%.32s\" is none of NoSchedule, PreferNoSchedule, NoExecute",
			       effect);
	}
	*ret_key = xstrdup(key);
	*ret_effect = xstrdup(effect);
	return 0;
}

int check_label(const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');
	CLEANUP_FREE char *key = xstrndup(text, equals ? (size_t)(equals - text) : 0);
	const char *value = equals ? equals + 1 : "";
	if (!equals || !is_qualified_name(key) || strchr(value, '/') || (*value && !is_qualified_name(value))) {
		return err_set(e, ERR_INVALID, "must be a label's key and value, like type=virtual-kubelet");
	}
	return 0;
}

static bool is_address(int family, const char *text)
{
	struct in6_addr address;
	return inet_pton(family, text, &address) == 1;
}

bool check_ip(const char *text)
{
	return is_address(AF_INET, text) || is_address(AF_INET6, text);
}

int check_listen_address(const char *text, char **ret_host, uint16_t *ret_port, struct err *e)
{
	const char *colon = strrchr(text, ':');
	bool any_port = colon && strcmp(colon, ":0") == 0;
	CLEANUP_FREE char *full = xasprintf("%s%s", colon == text ? "[::]" : "", text);
	CLEANUP_FREE char *host = NULL;
	uint16_t port;
	if (authority_parse(full, strlen(full) - (any_port ? 2 : 0), &host, &port, e)) {
		return -1;
	}
	if (!port && !any_port) {
		return err_set(e, ERR_INVALID, "must be an IP address and a port, like 127.0.0.1:10255");
	}
	if (!is_address(full[0] == '[' ? AF_INET6 : AF_INET, host)) {
		return err_set(e, ERR_INVALID, "has no IP address before its port");
	}
	*ret_port = port;
	*ret_host = host;
	host = NULL;
	return 0;
}

int check_readable(const char *path, struct err *e)
{
	struct stat st;
	if (stat(path, &st) || access(path, R_OK)) {
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot read %s: %s", path,
			       strerror(errno));
	}
	if (!S_ISREG(st.st_mode)) {
		return err_set(e, ERR_INVALID, "%s is no regular file", path);
	}
	return 0;
}
