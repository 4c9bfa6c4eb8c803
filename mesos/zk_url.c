#include "mesos/zk_url.h"

#include <stdlib.h>
#include <string.h>

#include "base/authority.h"
#include "base/mem.h"
#include "mesos/master_url.h"

#define SCHEME "zk://"

bool zk_url_is(const char *text)
{
	return strncmp(text, SCHEME, strlen(SCHEME)) == 0;
}

void zk_url_copy(struct zk_url *to, const struct zk_url *from)
{
	*to = (struct zk_url){
	    .credentials = xstrdup(from->credentials), .n_servers = from->n_servers, .path = xstrdup(from->path)};
	for (size_t i = 0; i < from->n_servers; i++) {
		to->servers[i] = (struct zk_server){xstrdup(from->servers[i].host), from->servers[i].port};
	}
}

void zk_url_done(struct zk_url *url)
{
	if (!url) {
		return;
	}
	mem_free_secret(url->credentials);
	for (size_t i = 0; i < url->n_servers; i++) {
		free(url->servers[i].host);
	}
	free(url->path);
	*url = (struct zk_url){0};
}

static int take_credentials(struct zk_url *url, const char *text, size_t n, struct err *e)
{
	const char *colon = memchr(text, ':', n);
	if (!colon || colon == text || colon == text + n - 1) {
		return err_set(e, ERR_INVALID, "must have user:password before its \"@\"");
	}
	url->credentials = xstrndup(text, n);
	return 0;
}

static int take_server(struct zk_url *url, const char *text, size_t n, struct err *e)
{
	struct zk_server server;
	if (url->n_servers == ZK_SERVERS_MAX) {
		return err_set(e, ERR_LIMIT, "has more than %d servers", ZK_SERVERS_MAX);
	}
	if (authority_parse(text, n, &server.host, &server.port, e) < 0) {
		return err_wrap(e, "server \"%.*s\"", n < 128 ? (int)n : 128, text);
	}
	url->servers[url->n_servers++] = server;
	return server.port ? 0 : err_set(e, ERR_INVALID, "server \"%.128s\" has no port", server.host);
}

static int take_servers(struct zk_url *url, const char *text, size_t n, struct err *e)
{
	for (const char *end = text + n;;) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		if (take_server(url, text, (size_t)((comma ? comma : end) - text), e) < 0) {
			return -1;
		}
		if (!comma) {
			return 0;
		}
		text = comma + 1;
	}
}

static int take_path(struct zk_url *url, const char *text, struct err *e)
{
	if (!*text || strcmp(text, "/") == 0) {
		return err_set(e, ERR_INVALID,
			       "must end with the path that masters announce themselves at, like "
			       "/mesos");
	}
	for (const char *part = text; *part; part += strcspn(part, "/")) {
		size_t n = strcspn(++part, "/");
		if (n == 0 || (n == 1 && *part == '.') || (n == 2 && memcmp(part, "..", 2) == 0)) {
			return err_set(e, ERR_INVALID, "has an empty part, \".\" or \"..\" in its path \"%.128s\"",
				       text);
		}
	}
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr(",?#", *p)) {
			return err_set(e, ERR_INVALID,
				       "has white space, control characters or one of , ? # in its path");
		}
	}
	url->path = xstrdup(text);
	return 0;
}

int zk_url_parse(const char *text, struct zk_url *ret, struct err *e)
{
	struct zk_url url = {0};
	if (!zk_url_is(text)) {
		return err_set(e, ERR_INVALID, "does not begin with " SCHEME);
	}
	if (strlen(text) > MASTER_URL_MAX) {
		return err_set(e, ERR_LIMIT, "is longer than %d bytes", MASTER_URL_MAX);
	}
	text += strlen(SCHEME);
	size_t n = strcspn(text, "/");
	if (strchr(text + n, '@')) {
		return err_set(e, ERR_INVALID,
			       "has an \"@\" after its first \"/\"; user and password cannot have a \"/\"");
	}
	const char *at = memrchr(text, '@', n);
	const char *servers = at ? at + 1 : text;
	if ((at && take_credentials(&url, text, (size_t)(at - text), e) < 0) ||
	    take_servers(&url, servers, n - (size_t)(servers - text), e) < 0 || take_path(&url, text + n, e) < 0) {
		zk_url_done(&url);
		return -1;
	}
	*ret = url;
	return 0;
}
