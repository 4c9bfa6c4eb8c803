/* Whom a request of the adapter is for, and its headers: of probes and of hooks. */
#include <string.h>
#include <strings.h>

#include "base/js.h"
#include "kube/pod_read.h"

/* A kubelet would ask its node. */
static bool is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

int pod_read_host(struct pod_reader *r, const struct where *at, json_t *o, const char **ret)
{
	struct where here = {.up = at, .key = "host"};
	const char *host = NULL;
	if (read_str(r, at, o, "host", &host)) {
		return -1;
	}
	if (!host || !*host) {
		return 0;
	}
	*ret = host;
	const char *why = is_loopback(host)		    ? "the adapter asks, and is not on the agent"
			  : strpbrk(host, "/?#@\\ \t\r\n%") ? "neither a name nor an address"
							    : NULL;
	return why ? reader_refuse(r, &here, why) : 0;
}

static int read_header(struct pod_reader *r, const struct where *at, json_t *o, struct kube_pair *ret)
{
	ret->value = "";
	if (reader_check_fields(r, POD_SCOPE_HEADER, at, o) || read_str(r, at, o, "name", &ret->name) ||
	    read_str(r, at, o, "value", &ret->value)) {
		return -1;
	}
	return ret->name && *ret->name ? 0 : reader_error(r, ERR_INVALID, at, "name", "missing");
}

int pod_read_headers(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_pair **ret,
		     size_t *ret_n)
{
	struct where list_at = {.up = at, .key = "httpHeaders"};
	json_t *list;
	if (read_list(r, at, o, "httpHeaders", &list)) {
		return -1;
	}
	size_t n = json_array_size(list);
	struct kube_pair *headers = reader_alloc(r, n, sizeof(*headers));
	if (!headers) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *header = json_array_get(list, i);
		struct where here = {.up = &list_at, .name = js_str(header, "name"), .index = i};
		if (!json_is_object(header)) {
			return reader_error(r, ERR_INVALID, &here, NULL, "not an object");
		}
		if (read_header(r, &here, header, &headers[i])) {
			return -1;
		}
	}
	*ret = headers;
	*ret_n = n;
	return 0;
}
