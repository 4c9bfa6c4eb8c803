#include "translate/request.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A path may have any characters in a pod. */
static char *escaped(const char *path)
{
	CLEANUP_BUF struct buf b = BUF_INIT(3 * strlen(path) + 1);
	for (const unsigned char *s = (const unsigned char *)path; *s; s++) {
		if (*s <= ' ' || *s > '~' || strchr("\"<>\\^`{|}", *s)) {
			buf_printf(&b, "%%%02X", *s);
		} else {
			buf_putc(&b, (char)*s);
		}
	}
	return xstrdup(buf_str(&b));
}

char *request_url(bool https, const char *host, int port, const char *path)
{
	bool v6 = strchr(host, ':') && host[0] != '[';
	CLEANUP_FREE char *rest = escaped(path);
	return xasprintf("%s://%s%s%s:%d%s", https ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", port, rest);
}

json_t *request_headers(const struct kube_pair *headers, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, json_pack("[s,s]", headers[i].name, headers[i].value));
	}
	return list;
}
